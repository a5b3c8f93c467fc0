"""Count the frames that each control flips alone and those that each pair flips."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.errors import InputError
from reconattack.evidence.statistics import wilson_interval
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.run.jobs import job
from reconattack.storage import located, write_table

KEYS = ("model", "seed", "attack")


def tabulate_knobs(
    files: Sequence[Mapping[str, str]], boxes: Mapping[str, Mapping[str, Mapping]], output: str
) -> None:
    """Write a row per model, seed, attack and control, `other_control` empty, and per pair.

    Parameters
    ----------
    files
        Results of attacks by each knob (`model`, `seed`, `attack`, `path`).
    boxes
        The parameters of each attack: `box` and, where known, `source`.
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
    write_table(output, pd.DataFrame(rows).astype({"n_only_together": "Int64"}))


def read_flips(paths: Sequence[str]) -> xr.Dataset:
    """`pair_flips` and `reference` of the frames that were attacked."""
    flips = []
    for path in paths:
        with xr.open_dataset(path) as attacks:
            tried = ~np.isin(attacks["stop_reason"].values.astype(str), NOT_ATTACKED)
            flips.append(attacks[["pair_flips", "reference"]].isel(frame=tried).load())
    return xr.concat(flips, "frame")


def knob_rows(flips: xr.Dataset, parameters: Mapping[str, Mapping]) -> Iterator[dict]:
    """Each control alone, then each pair."""
    controls = flips["control"].values.tolist()
    subsets = combinations_with_replacement(controls, 2)
    for first, second in sorted(subsets, key=lambda pair: pair[0] != pair[1]):
        of_pair = flips["pair_flips"].sel(control=first, other_control=second).values
        alone = flips["pair_flips"].sel(control=[first, second])
        by_either = np.diagonal(alone.sel(other_control=[first, second]), axis1=1, axis2=2)
        pair = first != second
        yield {
            "control": first,
            "other_control": second if pair else None,
            **outcome(of_pair.astype(bool), flips["reference"].values),
            "n_only_together": int((of_pair & ~by_either.any(axis=1)).sum()) if pair else None,
            **declared(dict.fromkeys((first, second)), parameters),
        }


def outcome(flipped: np.ndarray, references: np.ndarray) -> dict:
    """Frames flipped, bool (frame,), of references 0 or 1, with Wilson's interval."""
    low, high = wilson_interval(int(flipped.sum()), len(flipped))
    return {
        "n_attacked": len(flipped),
        "n_flipped": int(flipped.sum()),
        "rate": flipped.mean() if len(flipped) else np.nan,
        "rate_low": low,
        "rate_high": high,
        "n_false_alarm": int((flipped & (references == 0)).sum()),
        "n_missed_disease": int((flipped & (references == 1)).sum()),
    }


def declared(controls: Sequence[str], parameters: Mapping[str, Mapping]) -> dict[str, str]:
    """Boxes of some controls and where they come from."""
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
    """The box of one control's parameters, such as "-6 to 6 dB"; equal boxes are said once."""
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


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_knobs(
            files=located(snakemake.params.files, snakemake.input),
            boxes=snakemake.params.boxes,
            output=snakemake.output.table,
        )
