"""Judge those frames of one chunk which one fold's network judges, at settings set by accident."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.attacks.judged_settings import judge_drawn_settings
from reconattack.attacks.judging import judging_attributes
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_dataset


def judge_settings(
    frames: str,
    folds: Sequence[str],
    fold: str,
    model_files: Sequence[str],
    model_settings: Mapping,
    settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, Any] | None,
    threads: int,
    logits: str,
    attributes: Mapping[str, str],
) -> None:
    """Write the logits of the frames of a chunk that `fold` judges, at every drawn setting.

    `settings` is the configuration's `accidental`.
    """
    judge = open_classifier(model_settings, next(iter(model_files), None), resize, threads)
    of_fold = open_frames(frames, frames_of_fold(folds, fold))
    judged = judge_drawn_settings(of_fold, judge, settings, initial, image_rows)
    judge.log_use()
    write_dataset(logits, judged, attributes | judging_attributes(image_rows, resize))


if __name__ == "__main__":
    run_rule(judge_settings, snakemake)
