"""Try settings that flipped other networks on those frames of a chunk which one network judges."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.oracle import Oracle
from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.decision import decide
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.jobs import job
from reconattack.storage import located, read_table, write_table

COLUMNS = [
    *("source_model", "source_seed", "attack", "frame", "reference"),
    *("source_success", "right_at_start", "logit", "flipped"),
]


def judge_transferred(
    chunk: str,
    decisions: Mapping[str, int],
    sources: Sequence[Mapping[str, str]],
    model: str | None,
    model_settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, str],
    cutoff: float,
    threads: int,
    output: str,
) -> None:
    """Write a row per attack of `sources` (`model`, `seed`, `attack`, `path`) and frame.

    `decisions` are the network's at the initial setting, of the frames that it judges. It is asked
    for the source's final setting where that flipped the source and both had decided alike at the
    start; elsewhere `logit` and `flipped` are empty.
    """
    rows = [
        row | {"right_at_start": decisions[row["frame"]] == row["reference"]}
        for source in sources
        for row in attacked_frames(source)
        if row["frame"] in decisions
    ]
    tried = [row for row in rows if row["source_success"] and row["right_at_start"]]
    classifier = open_classifier(model_settings, model, resize, threads)
    logits = logits_of(tried, chunk, classifier, initial, image_rows)
    for row, logit in zip(tried, logits, strict=True):
        row |= {"logit": logit, "flipped": bool(decide(logit, cutoff) != row["reference"])}
    classifier.log_use()
    write_table(output, pd.DataFrame(rows, columns=COLUMNS))


def attacked_frames(source: Mapping[str, str]) -> Iterator[dict]:
    """What became of each frame that an attack did attack, with its final `setting` by name."""
    with xr.open_dataset(source["path"]) as attacks:
        attacks = attacks[["parameters", "best_step", "reference", "success", "stop_reason"]].load()
    for number, name in enumerate(attacks["frame"].values):
        frame = attacks.isel(frame=number)
        if str(frame["stop_reason"].values) in NOT_ATTACKED:
            continue
        setting = frame["parameters"].isel(step=int(frame["best_step"])).to_series()
        yield {
            "source_model": source["model"],
            "source_seed": source["seed"],
            "attack": source["attack"],
            "frame": str(name),
            "reference": int(frame["reference"]),
            "source_success": bool(frame["success"]),
            "setting": setting.to_dict(),
        }


def logits_of(
    rows: Sequence[Mapping],
    chunk: str,
    classifier: Classifier,
    initial: Mapping[str, float],
    image_rows: int,
) -> np.ndarray:
    """The classifier's logits of the `frame` of each row at its `setting`, (row,).

    What a setting leaves out stays at its initial value.
    """
    settings = [NEUTRAL | dict(initial) | row["setting"] for row in rows]
    names = [name for name in PARAMETERS if any(name in row["setting"] for row in rows)]
    frames = dict(open_frames(chunk, {row["frame"] for row in rows}))
    places = {name: place for place, name in enumerate(frames)}
    oracle = Oracle(
        [Reconstruction(frame, image_rows, names, initial) for frame in frames.values()],
        classifier,
    )
    points = np.array([[setting[name] for name in names] for setting in settings])
    return oracle(np.array([places[row["frame"]] for row in rows], int), points)


def decisions_of(predictions: str, seed: str, fold: str) -> dict[str, int]:
    """Decision at the initial setting on each frame that a network judges and that can be read."""
    table = read_table(predictions, dtype={"seed": str, "fold": str})
    judged = table[(table["seed"] == seed) & (table["fold"] == fold)].dropna(subset="predicted")
    return dict(zip(judged["frame"], judged["predicted"].astype(int), strict=True))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        judge_transferred(
            chunk=snakemake.input.frames,
            decisions=decisions_of(
                snakemake.input.predictions, snakemake.wildcards.seed, snakemake.wildcards.fold
            ),
            sources=located(snakemake.params.sources, snakemake.input),
            model=next(iter(snakemake.input.model), None),
            model_settings=snakemake.params.model_settings,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            resize=snakemake.params.resize,
            cutoff=snakemake.params.cutoff,
            threads=snakemake.params.threads,
            output=snakemake.output.table,
        )
