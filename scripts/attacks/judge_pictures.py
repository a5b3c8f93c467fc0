"""Audit those frames of one chunk which one fold's model judges from their pictures alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.attacks.drawn_pictures import agreement_rows
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def judge_pictures(
    frames: str,
    folds: Sequence[str],
    fold: str,
    model_files: Sequence[str],
    model_settings: Mapping,
    settings: Mapping[str, Any],
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, Any] | None,
    cutoff: float,
    threads: int,
    table: str,
) -> None:
    """Write a row per frame and kind of picture (`settings`: `kinds`, `points`, `parameters`)."""
    judge = open_classifier(model_settings, next(iter(model_files), None), resize, threads)
    own = frames_of_fold(folds, fold)
    judged = agreement_rows(
        open_frames(frames, own), judge, **settings, initial=initial, image_rows=image_rows,
        cutoff=cutoff,
    )  # fmt: skip
    judge.log_use()
    write_table(table, judged)


if __name__ == "__main__":
    run_rule(judge_pictures, snakemake)
