"""Judge each RF frame at the initial parameters by the network that never saw its patient."""

from collections.abc import Mapping, Sequence

import pandas as pd
from scipy.special import expit

from reconattack.classifiers.decision import decide
from reconattack.classifiers.onnx_classifier import OnnxClassifier
from reconattack.frames import open_frames
from reconattack.jobs import job
from reconattack.storage import write_table


def predict(
    chunks: Sequence[str],
    networks: Sequence[Mapping[str, str]],
    fold_of: Mapping[str, str],
    cutoff: float,
    resize: Mapping[str, str],
    threads: int,
    output: str,
) -> None:
    """Write a row per network and judged frame.

    `networks` names the networks (`seed`, `fold`, `onnx`); `fold_of` gives a frame's fold, and a
    network of fold `all` judges every frame.
    """
    classifiers = [
        (network, OnnxClassifier(network["onnx"], threads=threads, **resize))
        for network in networks
    ]
    rows = [
        {
            "seed": network["seed"],
            "frame": name,
            "patient": image.attrs["patient"],
            "fold": network["fold"],
            "label": image.attrs.get("label"),
            "logit": classifier.logits(image["bmode"].values[None])[0],
        }
        for chunk in chunks
        for name, image in open_frames(chunk)
        for network, classifier in classifiers
        if network["fold"] in ("all", fold_of.get(name))
    ]
    table = pd.DataFrame(rows).astype({"label": "Int64"}).sort_values("seed", kind="stable")
    table["probability"] = expit(table["logit"])
    table["predicted"] = decide(table["logit"].to_numpy(), cutoff)
    write_table(output, table)


def folds_of_frames(folds: Sequence[str]) -> dict[str, str]:
    """Fold of each frame, from `folds.csv` if there is one."""
    if not folds:
        return {}
    table = pd.read_csv(folds[0], dtype=str)
    return dict(zip(table["frame"], table["fold"], strict=True))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        predict(
            chunks=snakemake.input.images,
            networks=snakemake.params.networks,
            fold_of=folds_of_frames(snakemake.input.folds),
            cutoff=snakemake.params.cutoff,
            resize=snakemake.params.resize,
            threads=snakemake.params.threads,
            output=snakemake.output.table,
        )
