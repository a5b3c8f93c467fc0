"""Attack those frames of one chunk which one fold's network judges, and pass the model's guard."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.attacks.guarded import Guarding
from reconattack.attacks.judging import judging_attributes
from reconattack.attacks.run import attack_frames
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.guard import Guard
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_dataset


def attack_guarded(
    frames: str,
    folds: Sequence[str],
    fold: str,
    model_files: Sequence[str],
    guard: str,
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
) -> None:
    """Attack the frames of a chunk that `fold` judges and write every step to `attacks`.

    `attack` is the attack's name, `guard` the file of the guard that its flips have to pass.
    """
    judge = open_classifier(model_settings, next(iter(model_files), None), resize, threads)
    result = attack_frames(
        dict(open_frames(frames, frames_of_fold(folds, fold))),
        judge,
        settings,
        initial,
        image_rows,
        cutoff,
        attack,
        guarding=Guarding(Guard.read(guard)),
    )
    judge.log_use()
    write_dataset(attacks, result, attributes | judging_attributes(image_rows, resize))


if __name__ == "__main__":
    run_rule(attack_guarded, snakemake)
