"""Judge each RF frame at the initial parameters by the network of its fold."""

from collections.abc import Mapping, Sequence

import pandas as pd
from scipy.special import expit

from reconattack.attacks.oracle import initial_logit
from reconattack.classifiers.decision import decide
from reconattack.classifiers.folds import fold_of_frame
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import job
from reconattack.storage import located, write_table


def predict(
    chunks: Sequence[str],
    networks: Sequence[Mapping[str, str]],
    model_settings: Mapping,
    fold_of: Mapping[str, str],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    resize: Mapping[str, str],
    threads: int,
    output: str,
) -> None:
    """Write a row per network and judged frame; a frame that could not be read has an empty one.

    `networks` names the networks (`seed`, `fold`, `file`); `fold_of` gives a frame's fold, and a
    network of fold `all` judges every frame.
    """
    classifiers = [
        (network, open_classifier(model_settings, network["file"], resize, threads))
        for network in networks
    ]
    rows = [
        {
            "seed": network["seed"],
            "frame": name,
            "patient": frame.attrs["patient"],
            "fold": network["fold"],
            "label": frame.attrs.get("label"),
            "logit": initial_logit(frame, classifier, initial, image_rows),
        }
        for chunk in chunks
        for name, frame in open_frames(chunk)
        for network, classifier in classifiers
        if network["fold"] in ("all", fold_of.get(name))
    ]
    for _, classifier in classifiers:
        classifier.log_use()
    table = pd.DataFrame(rows).astype({"label": "Int64"}).sort_values("seed", kind="stable")
    table["probability"] = expit(table["logit"])
    decisions = pd.Series(decide(table["logit"].to_numpy(), cutoff), table.index, "Int64")
    table["predicted"] = decisions.where(table["logit"].notna())
    write_table(output, table)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        predict(
            chunks=snakemake.input.frames,
            networks=located(snakemake.params.networks, snakemake.input),
            model_settings=snakemake.params.model_settings,
            fold_of=fold_of_frame(snakemake.input.folds),
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            cutoff=snakemake.params.cutoff,
            resize=snakemake.params.resize,
            threads=snakemake.params.threads,
            output=snakemake.output.table,
        )
