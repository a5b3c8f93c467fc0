"""The output of a brought model whose decision is declared: classes, a number or a mask."""

from collections.abc import Sequence

from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.decisions.number import Number
from reconattack.classifiers.output import AnyOutput, ClassScores, Labels, OneNumber, Pixels
from reconattack.errors import InputError

# Last node -> form of numbers that belong together, and of each by itself.
TOGETHER = {"Softmax": "probabilities", "LogSoftmax": "logits"}
EACH = {"Sigmoid": "probability", "HardSigmoid": "probability"}
LINEAR = ("Gemm", "MatMul", "Conv", "ConvTranspose", "Resize", "Upsample")


def decided_output(
    decision: Decision,
    shape: Sequence[int],
    last: str | None = None,
    declared: str | None = None,
    layout: str = "nchw",
) -> tuple[AnyOutput, str]:
    """How the output of a model is read for its decision, and what says so.

    Parameters
    ----------
    decision
        What the model decides.
    shape
        Shape of the output for one image, without the axis of images.
    last
        Type of the last node that changes numbers; None if nothing is known of it.
    declared
        `output` of the configuration.
    layout
        `nchw` or `nhwc`: that of the channels of masks.

    Raises
    ------
    InputError
        If the output does not fit the decision, or its form is unknown.
    """
    if isinstance(decision, Classes):
        return _of_classes(decision, shape, last, declared)
    if isinstance(decision, Number):
        _check_numbers(shape, 1, "decision.kind: number")
        if declared not in (None, "number"):
            raise InputError(
                f"output: {declared} is declared; expected no output, or output: number, of a "
                "model that decides a number"
            )
        return OneNumber(), "decision"
    if isinstance(decision, Mask):
        return _of_mask(decision, shape, last, declared, layout)
    raise InputError(f"a {decision.kind} decision has no output of its own")


def expected_output(decision: Decision, declared: str | None) -> AnyOutput:
    """The output of a function that was not called yet, for a decision that is not binary."""
    if isinstance(decision, Classes):
        count = len(decision.classes)
        return _of_classes(decision, (count,), None, declared or "probabilities")[0]
    if isinstance(decision, Mask):
        if declared == "labels":
            return Labels(len(decision.structures))
        together = declared in ("logits", "probabilities")
        channels = len(decision.structures) + together
        return _of_mask(decision, (channels, 1, 1), None, declared or "probability", "nchw")[0]
    return decided_output(decision, (1,), None, declared)[0]


def _of_classes(
    decision: Classes, shape: Sequence[int], last: str | None, declared: str | None
) -> tuple[AnyOutput, str]:
    count = len(decision.classes)
    _check_numbers(shape, count, f"decision.classes, {', '.join(decision.classes)}")
    form, source = _form(TOGETHER | dict.fromkeys(LINEAR, "logits"), last, declared)
    if form not in ("logits", "probabilities"):
        raise InputError(
            f"output: {form} is declared; expected logits or probabilities of {count} classes"
        )
    return ClassScores(form, count), source


def _of_mask(
    decision: Mask, shape: Sequence[int], last: str | None, declared: str | None, layout: str
) -> tuple[AnyOutput, str]:
    shape, count = tuple(shape), len(decision.structures)
    if len(shape) == 2:
        channels = 1
    elif len(shape) == 3:
        channels = shape[0] if layout == "nchw" else shape[2]
    else:
        raise InputError(
            f"found an output of shape {list(shape)} for an image; expected a mask, "
            "(height, width) or with channels"
        )
    if channels not in (count, count + 1):
        raise InputError(
            f"found {channels} channels ({layout}) in an output of shape {list(shape)}; expected "
            f"{count}, one for each of decision.structures, {', '.join(decision.structures)}, or "
            f"{count + 1} with background first; decision.layout says where the channels lie"
        )
    alone = channels == count
    known = EACH if alone else TOGETHER
    linear = "logit" if alone else "logits"
    form, source = _form(known | dict.fromkeys(LINEAR, linear), last, declared)
    expected = ("logit", "probability") if alone else ("logits", "probabilities")
    if form not in expected:
        raise InputError(
            f"output: {form} is declared; expected {' or '.join(expected)} of {channels} channels "
            f"for {count} structure{'s' * (count > 1)}"
        )
    return Pixels(form, count, layout), source


def _form(known: dict[str, str], last: str | None, declared: str | None) -> tuple[str, str]:
    if declared is not None:
        return declared, "configuration"
    if last in known:
        return known[last], f"last node {last}"
    forms = " or ".join(dict.fromkeys(known.values()))
    what = f"the last node is {last}, which does not tell" if last else "nothing tells"
    raise InputError(
        f"{what} what its output means; add to the model's configuration output: {forms}"
    )


def _check_numbers(shape: Sequence[int], expected: int, of: str) -> None:
    found = 1
    for size in shape:
        found *= size
    if found != expected:
        raise InputError(
            f"found {found} numbers for an image, in the shape {list(shape)}; expected {expected}: "
            f"{of}"
        )
