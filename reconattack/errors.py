"""The one exception for what a person can mend in their data or configuration."""


class InputError(ValueError):
    """Input that cannot be used; its message says where, what was found and what to do.

    What it quotes from a file cannot move a terminal's cursor or colour it: of what cannot be
    printed it shows the code.
    """

    def __str__(self) -> str:
        return "".join(
            sign if sign.isprintable() or sign in "\n\t" else sign.encode("unicode_escape").decode()
            for sign in super().__str__()
        )
