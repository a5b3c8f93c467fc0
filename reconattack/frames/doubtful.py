"""Pictures in which the scan was found with a doubt: set aside until a person confirms the outline.

Such a picture keeps its pixels and what was found, so that the outline can be drawn, and has an
attribute `error` as a frame that cannot be read: nothing is computed from it.
"""

from collections.abc import Sequence

import xarray as xr

from reconattack.frames.region import region_of

DOUBT = "the outline of the scan is in doubt: "
DOUBTS = "doubts"  # the attribute of a picture frame with the sentences of its doubts
MOST_TOLD = 100  # doubtful frames in a message
MOST_DRAWN = 600  # panels of a contact sheet


def set_aside(picture: xr.Dataset, who: str) -> xr.Dataset:
    """The picture with the attribute `error`, which says what was found; others are not changed.

    Parameters
    ----------
    picture
        A picture frame, with the attribute `DOUBTS` if its outline is in doubt.
    who
        Start of the error, such as `frame a (a.png)`.
    """
    if DOUBTS not in picture.attrs:
        return picture
    found = region_of(picture.attrs).words
    return picture.assign_attrs(error=f"{who}: {DOUBT}found {found}. {picture.attrs[DOUBTS]}")


def with_noted_doubts(picture: xr.Dataset) -> xr.Dataset:
    """The picture whose doubts are part of the attribute `notes`: a person has confirmed them."""
    attributes = dict(picture.attrs)
    notes = "; ".join(filter(None, [attributes.get("notes"), attributes.pop(DOUBTS, None)]))
    picture = picture.copy(deep=False)
    picture.attrs = attributes | ({"notes": notes} if notes else {})
    return picture


def is_doubtful(error: str | None) -> bool:
    """Whether an error of a frame is that of `set_aside`."""
    return isinstance(error, str) and DOUBT in error


def doubts_in_words(errors: Sequence[str], frames: int, sheet: str, on_bad_frame: str) -> str:
    """What was found in doubtful frames, where it is drawn, and what to do.

    Parameters
    ----------
    errors
        Errors of `set_aside`, of all doubtful frames.
    frames
        Number of all frames.
    sheet
        The contact sheet.
    on_bad_frame
        `stop` or `skip`.
    """
    drawn = "it" if len(errors) <= MOST_DRAWN else f"that of the first {MOST_DRAWN}"
    left_out = "these frames are left out" if on_bad_frame == "skip" else "the run stops"
    more = len(errors) - MOST_TOLD
    rest = [f"  and {more} frames more: results/tables/frames.csv lists all"] if more > 0 else []
    return "\n".join(
        [
            f"The outline of the scan is in doubt in {len(errors)} of {frames} frames, and "
            f"{left_out}. {sheet} shows {drawn}: look at it. Where it is right, write 1 into the "
            "column outline_confirmed of the frame table. Where it is wrong, or the face of the "
            "probe is not seen, declare image_depth and probe_radius (of a linear probe: "
            "lateral_span), declare picture.region of the scanner, or cut with the cohort's box"
            + (":" if on_bad_frame == "skip" else "; or set run.on_bad_frame to skip:"),
            *(f"  {error.replace(DOUBT, '')}" for error in errors[:MOST_TOLD]),
            *rest,
        ]
    )
