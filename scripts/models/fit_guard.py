"""Fit the guard of one model to the RF frames that its fold does not judge."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.classifiers.folds import held_out_patients
from reconattack.classifiers.training import guard_fitting
from reconattack.run.jobs import run_rule
from reconattack.seeds import seed_of
from reconattack.storage import replacing


def fit_guard(
    frames: Sequence[str],
    folds: Sequence[str],
    settings: Mapping[str, Any],
    initial: Mapping[str, float],
    image_rows: int,
    model: str,
    seed: str,
    fold: str,
    guard: str,
) -> None:
    """Write the guard (`settings`: `envelope`, `settings`, `false_alarm_rate`) as JSON.

    Which patients calibrate it follows from `model`, `seed` and `fold`.
    """
    training = guard_fitting.training_frames(frames, held_out_patients(folds, fold))
    fitted = guard_fitting.fit_guard(
        training, settings, initial, image_rows, seed_of("guard", model, seed, fold)
    )
    with replacing(guard) as temporary:
        fitted.write(temporary)


if __name__ == "__main__":
    run_rule(fit_guard, snakemake)
