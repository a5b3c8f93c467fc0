"""Frames that cannot be used: stop and name all of them, or go on without them."""

import re
from collections.abc import Iterable, Mapping

from reconattack.errors import InputError, first_names
from reconattack.frames.doubtful import doubts_in_words, is_doubtful

HEAD = re.compile(r"(frame|image) ([\w.-]+)(?: \((.+?)\))?: (.*)", re.DOTALL)


def admit(
    errors: Mapping[str, Mapping[str, str | None]], on_bad_frame: str, sheet: str = ""
) -> str:
    """Raise InputError if frames cannot be used and may not be skipped.

    Parameters
    ----------
    errors
        Error of each frame of each cohort; None for a readable frame.
    on_bad_frame
        `stop`, or `skip`, which needs a usable frame in each cohort.
    sheet
        The contact sheet, which shows the outline that is in doubt.

    Returns
    -------
    str
        Which frames are skipped, and why; empty if all frames can be used.
    """
    frames = sum(map(len, errors.values()))
    bad = [error for frames in errors.values() for error in frames.values() if error]
    empty = [cohort for cohort, frames in errors.items() if all(frames.values())]
    if not bad:
        return ""
    goes_on = on_bad_frame == "skip" and not empty
    doubtful = [error for error in bad if is_doubtful(error)]
    unusable = [error for error in bad if not is_doubtful(error)]
    parts = []
    if unusable or empty:
        advice = (
            f"no frame of {', '.join(empty)} is left"
            if empty
            else "mend them, take them out of the table, or set run.on_bad_frame to skip"
        )
        number = len(bad if empty else unusable)
        found = f"{number} of {frames} frames cannot be used"
        listed = [f"  {line}" for line in told_once(unusable)]
        parts += [f"{found} and are left out:" if goes_on else f"{found}; {advice}:", *listed]
    if doubtful:
        parts.append(doubts_in_words(doubtful, frames, sheet, "skip" if goes_on else "stop"))
    if not goes_on:
        raise InputError("\n".join(parts))
    return "\n".join(parts)


def told_once(errors: Iterable[str]) -> list[str]:
    """Errors of frames or images; one that several have stands once, with their names and number.

    Those that begin with `frame NAME (PATH): ` or `image NAME: ` are compared without this.
    """
    groups: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for error in errors:
        named = HEAD.fullmatch(error)
        kind, name, path, words = named.groups() if named else ("", "", "", error)
        key = (kind, words.removeprefix(f"{path}: "))
        groups.setdefault(key, []).append((error, name, path))
    lines = []
    for (kind, words), alike in groups.items():
        said, names, paths = zip(*alike, strict=True)
        if len(set(paths)) == 1:
            who = first_names(names) + (f" ({paths[0]})" if paths[0] else "")
        else:
            who = first_names([f"{name} ({path})" for _, name, path in alike])
        lines.append(f"{kind}s {who}: {words}" if len({*said}) > 1 else said[0])
    return lines
