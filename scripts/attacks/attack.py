"""Attack those frames of one chunk which one fold's network judges."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.attacks.judging import judging_attributes
from reconattack.attacks.results import flips_of
from reconattack.attacks.run import attack_frames, partial_files, readable_of
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_dataset


def attack(
    frames: str,
    folds: Sequence[str],
    fold: str,
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
    keras: Sequence[str] = (),
    partial: str | None = None,
    starts: Sequence[str] = (),
) -> None:
    """Attack the frames of a chunk that `fold` judges and write every step to `attacks`.

    `attack` is the attack's name. A grid keeps its judgements in the folder `partial` until the
    result is written. `keras` names the model's Keras file, for white-box methods. `starts` are
    records of attacks whose flips are tried first.
    """
    attributes = attributes | judging_attributes(image_rows, resize)
    of_fold = dict(open_frames(frames, frames_of_fold(folds, fold)))
    judge = open_classifier(model_settings, next(iter(model_files), None), resize, threads)
    result = attack_frames(
        of_fold,
        judge,
        settings,
        initial,
        image_rows,
        cutoff,
        attack,
        threads=threads,
        keras=next(iter(keras), None),
        partial=partial and partial_files(partial, readable_of(of_fold), attributes),
        flips=flips_of(starts),
    )
    judge.log_use()
    write_dataset(attacks, result, attributes)
    if partial is not None:
        shutil.rmtree(partial, ignore_errors=True)


if __name__ == "__main__":
    run_rule(attack, snakemake)
