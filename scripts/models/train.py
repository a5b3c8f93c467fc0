"""Train one network on the image cohorts and on the RF frames that its fold does not judge."""

from collections.abc import Mapping, Sequence

from reconattack.classifiers.backends.determinism import make_deterministic
from reconattack.classifiers.decisions.declared import declared_decision
from reconattack.classifiers.folds import held_out_patients
from reconattack.classifiers.training.instructions import use_all_instructions
from reconattack.classifiers.training.network import declared_network
from reconattack.classifiers.training.showing import (
    Showing,
    check_view,
    training_cases,
    training_masks,
)
from reconattack.classifiers.views import input_rule
from reconattack.run.jobs import run_rule
from reconattack.seeds import seed_of
from reconattack.storage import write_table


def train(
    images: Sequence[str],
    frames: Sequence[str],
    folds: Sequence[str],
    settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, str],
    model: str,
    seed: str,
    fold: str,
    outputs: Mapping[str, str],
) -> None:
    """Train a network and write it as `.keras` and ONNX, with its history and validation table.

    `settings` is the model's block of the configuration. The random numbers of the training follow
    from `model`, `seed` and `fold`.
    """
    if declared_network(settings["network"]).backbone:
        use_all_instructions()
    # TensorFlow prints while it is imported; now that goes to the job's log.
    from reconattack.classifiers.backends.network_files import export_network, save_network
    from reconattack.classifiers.training.training import TrainingSettings, train_network

    settings = {"takes": "image"} | dict(settings)
    takes, reconstructions = settings["takes"], settings.pop("reconstructions", None)
    decision = declared_decision(settings.get("decision"))
    check_view(takes, images, reconstructions, decision)
    network_input = input_rule(takes, *settings.pop("input_size"), resize)
    training_seed = seed_of(model, seed, fold)
    make_deterministic(training_seed, settings.pop("threads"))
    showing = Showing(takes, network_input, initial, image_rows, reconstructions, decision)
    held_out = held_out_patients(folds, fold)
    (shown, *parameters), cases, drawn = training_cases(images, frames, held_out, showing)
    masks = training_masks(frames, held_out, showing)
    training = TrainingSettings(**settings)
    network, history, validation = train_network(
        shown, cases, training, training_seed, *parameters, drawn=drawn, masks=masks
    )
    save_network(network, outputs["keras"])
    export_network(network, outputs["onnx"], takes, decision and decision.kind)
    write_table(outputs["history"], history)
    write_table(outputs["validation"], validation)


if __name__ == "__main__":
    run_rule(train, snakemake)
