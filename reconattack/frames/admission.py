"""Unreadable frames: stop and name all of them, or go on without them."""

from collections.abc import Mapping

from reconattack.errors import InputError


def admit(errors: Mapping[str, Mapping[str, str | None]], on_bad_frame: str) -> None:
    """Raise InputError if frames cannot be used and may not be skipped.

    Parameters
    ----------
    errors
        Error of each frame of each cohort; None for a readable frame.
    on_bad_frame
        `stop`, or `skip`, which needs a readable frame in each cohort.
    """
    bad = [error for frames in errors.values() for error in frames.values() if error]
    empty = [cohort for cohort, frames in errors.items() if all(frames.values())]
    if not bad or (on_bad_frame == "skip" and not empty):
        return
    advice = (
        f"no frame of {', '.join(empty)} is left"
        if empty
        else "mend them, take them out of the table, or set run.on_bad_frame to skip"
    )
    count = sum(map(len, errors.values()))
    listed = "\n".join(f"  {error}" for error in bad)
    raise InputError(f"{len(bad)} of {count} frames cannot be used; {advice}:\n{listed}")
