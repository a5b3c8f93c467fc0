"""What to do about frames that could not be read: stop with all of them named, or go on without."""

from collections.abc import Mapping

from reconattack.errors import InputError


def admit(errors: Mapping[str, Mapping[str, str | None]], on_bad_frame: str) -> None:
    """Raise InputError if frames cannot be used and this is not to be passed over.

    Parameters
    ----------
    errors
        For each cohort the error of each of its frames, None where there is none.
    on_bad_frame
        `stop`, or `skip` to go on as long as a frame of each cohort is left.
    """
    bad = [error for of_cohort in errors.values() for error in of_cohort.values() if error]
    empty = [cohort for cohort, of_cohort in errors.items() if all(of_cohort.values())]
    if not bad or (on_bad_frame == "skip" and not empty):
        return
    advice = (
        f"no frame of {', '.join(empty)} is left"
        if empty
        else "mend them, take them out of the table, or set run.on_bad_frame to skip"
    )
    frames = sum(map(len, errors.values()))
    listed = "\n".join(f"  {error}" for error in bad)
    raise InputError(f"{len(bad)} of {frames} frames cannot be used; {advice}:\n{listed}")
