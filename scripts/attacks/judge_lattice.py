"""Judge those frames of one chunk which one fold's model judges, on a coarse lattice of the box."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from reconattack.attacks.judged_lattice import judge_even_lattice
from reconattack.attacks.judging import judging_attributes
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_dataset


def judge_lattice(
    frames: str,
    folds: Sequence[str],
    fold: str,
    shown: Collection[str],
    model_files: Sequence[str],
    model_settings: Mapping,
    points: int,
    parameters: Mapping[str, Mapping],
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, Any] | None,
    threads: int,
    logits: str,
    attributes: Mapping[str, str],
) -> None:
    """Write the logits of the frames of a chunk that `fold` judges and that are `shown`."""
    judge = open_classifier(model_settings, next(iter(model_files), None), resize, threads)
    own = frames_of_fold(folds, fold)
    chosen = [name for name in shown if own is None or name in own]
    judged = judge_even_lattice(
        open_frames(frames, chosen), judge, points, parameters, initial, image_rows
    )
    judge.log_use()
    write_dataset(logits, judged, attributes | judging_attributes(image_rows, resize))


if __name__ == "__main__":
    run_rule(judge_lattice, snakemake)
