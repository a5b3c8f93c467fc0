"""Predict further simulated patients by the networks of every fold, none of which saw them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.prediction import initial_answer
from reconattack.evidence.performance import simulated_performance
from reconattack.frames.chunks import readable_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def validate_simulation(
    frames: Sequence[str],
    networks: Sequence[Mapping[str, str]],
    model_settings: Mapping[str, Mapping],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    resize: Mapping[str, Mapping[str, Any] | None],
    table: str,
) -> None:
    """Write the performance of each network, and its mean over the networks of each model.

    `networks` are those of all models: `model`, `seed`, `fold`, `file`. `model_settings` and
    `resize` hold those of each model.
    """
    judges = [
        open_classifier(model_settings[network["model"]], network["file"], resize[network["model"]])
        for network in networks
    ]
    labels, logits = [], []
    for chunk in frames:
        for _, frame in readable_frames(chunk):
            labels.append(frame.attrs["label"])
            logits.append(
                [float(initial_answer(frame, judge, initial, image_rows)) for judge in judges]
            )
    performance = simulated_performance(networks, np.array(labels), np.array(logits), cutoff)
    write_table(table, performance)
    print(performance.to_string(index=False))


if __name__ == "__main__":
    run_rule(validate_simulation, snakemake)
