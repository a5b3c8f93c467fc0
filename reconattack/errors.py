"""The one exception for what a person can mend in their data or configuration."""


class InputError(ValueError):
    """Input that cannot be used; its message says where, what was found and what to do."""
