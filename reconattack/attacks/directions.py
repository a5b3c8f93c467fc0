"""What a flip is: which of two decisions became which."""

FALSE_ALARM, MISSED_DISEASE, OWN_DECISION = (
    "false alarm",
    "missed disease",
    "change of own decision",
)
MISTAKES = FALSE_ALARM, MISSED_DISEASE
CHANGE = "change of the decision"  # that is not between two classes


def direction_of(label: int | None) -> str:
    """What a flip is, by a frame's label: without a label nobody knows which decision is right."""
    return {0: FALSE_ALARM, 1: MISSED_DISEASE, None: OWN_DECISION}[label]
