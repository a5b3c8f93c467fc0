"""Train one network: on the image cohorts and on the RF frames that its fold does not judge."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.errors import InputError
from reconattack.folds import held_out_patients
from reconattack.frames import readable_frames
from reconattack.jobs import job
from reconattack.network_input import NetworkInput
from reconattack.seeds import seed_of
from reconattack.storage import write_table


def train(
    chunks: Sequence[str],
    held_out: set[str],
    settings: Mapping,
    resize: Mapping[str, str],
    seed: int,
    outputs: Mapping[str, str],
) -> None:
    """Train a network on every frame of `chunks` whose patient is not in `held_out`."""
    # TensorFlow prints while it is imported; by now that goes to the job's log.
    from reconattack.classifiers.network_files import export_network, save_network
    from reconattack.classifiers.training import TrainingSettings, make_deterministic
    from reconattack.classifiers.training import train as train_network

    settings = dict(settings)
    network_input = NetworkInput(*settings.pop("input_size"), **resize)
    make_deterministic(seed, settings.pop("threads"))
    images, cases = training_images(chunks, held_out, network_input)
    network, history, validation = train_network(images, cases, TrainingSettings(**settings), seed)
    save_network(network, outputs["keras"])
    export_network(network, outputs["onnx"])
    write_table(outputs["history"], history)
    write_table(outputs["validation"], validation)


def training_images(
    chunks: Sequence[str], held_out: set[str], network_input: NetworkInput
) -> tuple[np.ndarray, pd.DataFrame]:
    """Network inputs float32 (n, height, width) and a row per image, held-out patients left out."""
    images, cases = [], []
    for chunk in chunks:
        for name, image in readable_frames(chunk):
            if image.attrs["patient"] in held_out:
                continue
            if "label" not in image.attrs:
                raise InputError(f"frame {name} has no label; expected one to train on")
            images.append(network_input(image["bmode"].values[None])[0])
            known = {field: image.attrs[field] for field in ("patient", "label", "scanner")}
            cases.append({"frame": name, **known})
    return np.stack(images), pd.DataFrame(cases).astype({"label": int})


if __name__ == "__main__":
    with job(snakemake.log[0]):
        wildcards = snakemake.wildcards
        train(
            chunks=[*snakemake.input.images, *snakemake.input.rf_images],
            held_out=held_out_patients(snakemake.input.folds[0], wildcards.fold)
            if snakemake.input.folds
            else set(),
            settings=snakemake.params.settings,
            resize=snakemake.params.resize,
            seed=seed_of(wildcards.model, wildcards.seed, wildcards.fold),
            outputs=dict(snakemake.output.items()),
        )
