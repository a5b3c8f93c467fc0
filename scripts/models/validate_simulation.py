"""Judge further simulated patients by every fold's network, none of which saw them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.oracle import initial_logit
from reconattack.classifiers.decision import decide
from reconattack.classifiers.opening import open_classifier
from reconattack.evidence.statistics import (
    auc,
    calibration_slope,
    delong_interval,
    sensitivity_specificity,
)
from reconattack.frames.chunks import readable_frames
from reconattack.run.jobs import job
from reconattack.storage import located, write_table


def validate_simulation(
    chunks: Sequence[str],
    networks: Sequence[Mapping[str, str]],
    model_settings: Mapping[str, Mapping],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    resize: Mapping[str, str],
    output: str,
) -> None:
    """Write a row per network and one with the mean over the networks of each model."""
    classifiers = [
        open_classifier(model_settings[network["model"]], network["file"], resize)
        for network in networks
    ]
    labels, logits = [], []
    for chunk in chunks:
        for _, frame in readable_frames(chunk):
            labels.append(frame.attrs["label"])
            logits.append([initial_logit(frame, c, initial, image_rows) for c in classifiers])
    rows = pd.DataFrame(
        network_row(network, np.array(labels), scores, cutoff)
        for network, scores in zip(networks, np.array(logits).T, strict=True)
    )
    measures = rows.drop(columns=["seed", "auc_low", "auc_high"])
    means = measures.groupby("model", sort=False).mean(numeric_only=True).reset_index()
    means = means.assign(fold="mean")
    table = pd.concat([rows, means], ignore_index=True)
    write_table(output, table)
    print(table.to_string(index=False))


def network_row(
    network: Mapping[str, str], labels: np.ndarray, logits: np.ndarray, cutoff: float
) -> dict:
    """How one network does on all further patients."""
    predicted = decide(logits, cutoff)
    sensitivity, specificity = sensitivity_specificity(labels, predicted)
    low, high = delong_interval(labels, logits)
    return {
        "model": network["model"],
        "seed": network["seed"],
        "fold": network["fold"],
        "n": len(labels),
        "n_positive": int(labels.sum()),
        "auc": auc(labels, logits),
        "auc_low": low,
        "auc_high": high,
        "accuracy": np.mean(predicted == labels),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "calibration_slope": calibration_slope(labels, logits)[0],
    }


if __name__ == "__main__":
    with job(snakemake.log[0]):
        validate_simulation(
            chunks=snakemake.input.frames,
            networks=located(snakemake.params.networks, snakemake.input),
            model_settings=snakemake.params.model_settings,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            cutoff=snakemake.params.cutoff,
            resize=snakemake.params.resize,
            output=snakemake.output.table,
        )
