"""The frames that each control flips alone and each pair of controls flips, `knobs.csv`."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.results import attacked_part
from reconattack.errors import InputError
from reconattack.evidence.statistics import proportion
from reconattack.reconstruction.parameters import PARAMETERS

KEYS = ("model", "seed", "attack")


def knob_table(
    files: Sequence[Mapping[str, str]], boxes: Mapping[str, Mapping[str, Mapping]]
) -> pd.DataFrame:
    """Count the frames that each control flips alone, and those that each pair flips.

    Parameters
    ----------
    files
        Records of attacks of method each_knob: `model`, `seed`, `attack`, `path`.
    boxes
        The parameters of each attack: `box` and, where known, `source`.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, attack and control, whose `other_control` is missing, then a row per
        pair.

    Raises
    ------
    InputError
        If there are no files.
    """
    if not files:
        raise InputError(
            "run.attacks selects no attack of method each_knob: there is nothing to tabulate"
        )
    paths: dict[tuple, list[str]] = {}
    for file in files:
        paths.setdefault(tuple(file[key] for key in KEYS), []).append(file["path"])
    rows = [
        dict(zip(KEYS, key, strict=True)) | row
        for key, of_attack in paths.items()
        for row in knob_rows(read_flips(of_attack), boxes[key[-1]])
    ]
    return pd.DataFrame(rows).astype({"n_only_together": "Int64"})


def read_flips(paths: Sequence[str]) -> xr.Dataset:
    """`pair_flips` (frame, control, other_control) and `label` (frame) of attacked frames."""
    return xr.concat([attacked_part(path, ["pair_flips", "label"]) for path in paths], "frame")


def knob_rows(flips: xr.Dataset, parameters: Mapping[str, Mapping]) -> Iterator[dict]:
    """The rows of one attack: each control alone, then each pair.

    Parameters
    ----------
    flips
        The result of `read_flips`.
    parameters
        The attack's parameters: `box` and, where known, `source`.
    """
    is_binary = flips.attrs.get("decision", "binary") == "binary"
    controls = flips["control"].values.tolist()
    subsets = combinations_with_replacement(controls, 2)
    for first, second in sorted(subsets, key=lambda pair: pair[0] != pair[1]):
        of_pair = flips["pair_flips"].sel(control=first, other_control=second).values
        alone = flips["pair_flips"].sel(control=[first, second])
        by_either = np.diagonal(alone.sel(other_control=[first, second]), axis1=1, axis2=2)
        is_pair = first != second
        yield {
            "control": first,
            "other_control": second if is_pair else None,
            **outcome(of_pair.astype(bool), flips["label"].values, is_binary),
            "n_only_together": int((of_pair & ~by_either.any(axis=1)).sum()) if is_pair else None,
            **declared(dict.fromkeys((first, second)), parameters),
        }


def outcome(flipped: np.ndarray, labels: np.ndarray, is_binary: bool = True) -> dict:
    """Count flipped frames, bool (frame,), with Wilson's interval.

    A flip of a frame with label 0 is a false alarm, with label 1 a missed disease, and without a
    label (-1) neither. Neither is counted where the decision is not binary.
    """
    n_flipped = int(flipped.sum())
    counts = {
        "n_attacked": len(flipped),
        "n_flipped": n_flipped,
        **proportion("rate", n_flipped, len(flipped)),
    }
    if not is_binary:
        return counts
    return counts | {
        "n_false_alarm": int((flipped & (labels == 0)).sum()),
        "n_missed_disease": int((flipped & (labels == 1)).sum()),
    }


def declared(controls: Sequence[str], parameters: Mapping[str, Mapping]) -> dict[str, str]:
    """The boxes of some controls, and the sources of these boxes."""
    knobs = [
        {name: knob for name, knob in parameters.items() if PARAMETERS[name].control == control}
        for control in controls
    ]
    sources = {
        knob["source"]: None
        for of_control in knobs
        for knob in of_control.values()
        if "source" in knob
    }
    return {"box": "; ".join(map(box_text, knobs)), "source": "; ".join(sources)}


def box_text(knobs: Mapping[str, Mapping]) -> str:
    """The box of one control's parameters, such as "-6 to 6 dB"; equal boxes are given once."""
    texts = {
        name: f"{knob['box'][0]:g} to {knob['box'][1]:g} {PARAMETERS[name].units}".removesuffix(
            " 1"
        )
        for name, knob in knobs.items()
    }
    (first, *others) = texts.values()
    if not others:
        return first
    if set(others) == {first}:
        return f"{len(texts)} x {first}"
    return ", ".join(f"{PARAMETERS[name].symbol} {text}" for name, text in texts.items())
