"""What a guard says of pictures: of frames that it was not fitted to, and of attacks' results."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.results import FrameResult, attacked_frames
from reconattack.classifiers.guard import Guard, allowed_settings, is_allowed
from reconattack.reconstruction.drawing import reconstruction_of

INITIAL, DRAWN, ATTACKED = "initial", "drawn", "attack"  # what a picture of the table is
COLUMNS = (
    *("frame", "patient", "picture", "attack", "flipped", "allowed"),
    *("guard_score", "guard_threshold", "alarm"),
)


def guard_rows(
    frames: Iterable[tuple[str, xr.Dataset]],
    guard: Guard,
    records: Mapping[str, str],
    initial: Mapping[str, float],
    image_rows: int,
) -> pd.DataFrame:
    """Scores of each frame's pictures: at the initial setting, at drawn ones, after attacks.

    Parameters
    ----------
    frames
        Name and RF frame; one that could not be read is left out.
    guard
        The guard. The drawn settings lie in its envelope.
    records
        The record of each attack on these frames, by the attack's name. A frame that was not
        attacked has no row of it.
    initial
        The initial setting.
    image_rows
        Height of the pictures in pixels.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS` and those of the parameters, a row per picture; `flipped` is empty where no attack
        chose the setting.
    """
    results = {attack: _by_name(attacked_frames(path)) for attack, path in records.items()}
    rows = [
        row
        for name, frame in frames
        if "error" not in frame.attrs
        for row in _frame_rows(name, frame, guard, results, initial, image_rows)
    ]
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    names = dict.fromkeys(key for row in rows for key in row)
    return pd.DataFrame(rows)[[*COLUMNS, *(name for name in names if name not in COLUMNS)]]


def _frame_rows(
    name: str,
    frame: xr.Dataset,
    guard: Guard,
    results: Mapping[str, Mapping[str, FrameResult]],
    initial: Mapping[str, float],
    image_rows: int,
) -> Iterator[dict]:
    names, vectors = allowed_settings(guard.envelope, initial, guard.settings, name)
    shown = [(INITIAL, None, None), *[(DRAWN, None, None)] * guard.settings]
    about = {"frame": name, "patient": frame.attrs["patient"]}

    def judged(shown: Sequence[tuple], names: Sequence[str], vectors: np.ndarray) -> Iterator[dict]:
        reconstruction = reconstruction_of(frame, image_rows, names, initial)
        scores = guard.scores(reconstruction.bmode(vectors), reconstruction.sector)
        for (picture, attack, flipped), vector, score in zip(shown, vectors, scores, strict=True):
            setting = dict(zip(names, vector.tolist(), strict=True))
            yield about | {
                "picture": picture,
                "attack": attack,
                "flipped": flipped,
                "allowed": is_allowed(guard.envelope, initial, setting),
                "guard_score": float(score),
                "guard_threshold": guard.threshold,
                "alarm": bool(guard.alarms(score)),
                **initial,
                **setting,
            }

    yield from judged(shown, names, vectors)
    for attack, by_name in results.items():
        if name in by_name:
            found = by_name[name]
            setting = found.setting
            final = [(ATTACKED, attack, found.flipped)]
            yield from judged(final, tuple(setting), np.array([list(setting.values())]))


def _by_name(frames: Iterable[FrameResult]) -> dict[str, FrameResult]:
    return {frame.name: frame for frame in frames}
