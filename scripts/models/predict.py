"""Predict each RF frame at the initial setting by the network of its fold."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.classifiers.folds import fold_of_frame
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.prediction import predict_frames
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def predict(
    frames: Sequence[str],
    folds: Sequence[str],
    networks: Sequence[Mapping[str, str]],
    model_settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    resize: Mapping[str, Any] | None,
    threads: int,
    table: str,
) -> None:
    """Write a row per network and frame that it judges.

    `networks` are the networks of one model: `seed`, `fold`, `file`. `folds` is the file that
    assigns frames to folds, or empty.
    """
    judges = [
        open_classifier(model_settings, network["file"], resize, threads) for network in networks
    ]
    read = (pair for chunk in frames for pair in open_frames(chunk))
    predictions = predict_frames(
        read, networks, judges, fold_of_frame(folds), initial, image_rows, cutoff
    )
    for judge in judges:
        judge.log_use()
    write_table(table, predictions)


if __name__ == "__main__":
    run_rule(predict, snakemake)
