"""Try settings that flipped other networks on those frames of a chunk which one network judges."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.attacks.transfer import judge_transferred_settings
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import read_table, write_table


def judge_transferred(
    frames: str,
    predictions: str,
    seed: str,
    fold: str,
    sources: Sequence[Mapping[str, str]],
    model_files: Sequence[str],
    model_settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, Any] | None,
    cutoff: float,
    threads: int,
    table: str,
) -> None:
    """Write a row per attack of `sources` (`model`, `seed`, `attack`, `path`) and frame."""
    decisions = decisions_of(predictions, seed, fold)
    judge = open_classifier(model_settings, next(iter(model_files), None), resize, threads)
    judged = judge_transferred_settings(
        dict(open_frames(frames, decisions)), decisions, sources, judge, initial, image_rows, cutoff
    )
    judge.log_use()
    write_table(table, judged)


def decisions_of(predictions: str, seed: str, fold: str) -> dict[str, int]:
    """Decision at the initial setting on each frame that a network judges and that can be read."""
    rows = read_table(predictions, dtype={"seed": str, "fold": str})
    judged = rows[(rows["seed"] == seed) & (rows["fold"] == fold)].dropna(subset="predicted")
    return dict(zip(judged["frame"], judged["predicted"].astype(int), strict=True))


if __name__ == "__main__":
    run_rule(judge_transferred, snakemake)
