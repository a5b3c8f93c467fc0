"""Attack the units that one fold's network judges: one setting for all frames of a unit."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import xarray as xr

from reconattack.attacks.judging import judging_attributes
from reconattack.attacks.record import joined_records
from reconattack.attacks.results import flips_of
from reconattack.attacks.run import attack_units as attack_each
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_dataset


def attack_units(
    frames: Sequence[str],
    folds: Sequence[str],
    fold: str,
    units: Mapping[str, str],
    rule: str,
    frames_at_once: int,
    model_files: Sequence[str],
    model_settings: Mapping,
    settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, Any] | None,
    cutoff: float,
    threads: int,
    attack: str,
    attacks: str,
    attributes: Mapping[str, str],
    starts: Sequence[str] = (),
) -> None:
    """Attack the units of `fold` and write every step to `attacks`.

    `frames` are the chunks, `units` names the unit of each frame, and `rule` says how the decision
    over a unit follows from those over its frames. About `frames_at_once` frames are in memory.
    `starts` are records of other attacks on the units, whose flips are tried first.
    """
    kept = frames_of_fold(folds, fold)
    groups: dict[str, list[str]] = {}
    for frame, unit in units.items():
        if kept is None or frame in kept:
            groups.setdefault(unit, []).append(frame)
    judge = open_classifier(model_settings, next(iter(model_files), None), resize, threads)
    given = rule, judge, settings, initial, image_rows, cutoff, attack
    flips = flips_of(starts)
    records = [
        attack_each(frames_of(frames, some), *given, flips=flips)
        for some in batches(groups, frames_at_once)
    ]
    judge.log_use()
    whole = joined_records(records)
    write_dataset(attacks, whole, attributes | judging_attributes(image_rows, resize))


def batches(
    groups: Mapping[str, Sequence[str]], frames_at_once: int
) -> Iterator[dict[str, Sequence[str]]]:
    """Some units at a time, with about so many frames; at least one batch, which may be empty."""
    batch: dict[str, Sequence[str]] = {}
    for unit, names in groups.items():
        if batch and sum(map(len, batch.values())) + len(names) > frames_at_once:
            yield batch
            batch = {}
        batch[unit] = names
    yield batch


def frames_of(
    chunks: Sequence[str], units: Mapping[str, Sequence[str]]
) -> dict[str, list[xr.Dataset]]:
    """The frames of some units, read from the chunks."""
    names = {name for of_unit in units.values() for name in of_unit}
    read = {name: frame for chunk in chunks for name, frame in open_frames(chunk, names)}
    return {unit: [read[name] for name in of_unit] for unit, of_unit in units.items()}


if __name__ == "__main__":
    run_rule(attack_units, snakemake)
