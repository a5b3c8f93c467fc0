"""Train one texture classifier on the image cohorts and on the RF frames that its fold does not
judge.
"""

from collections.abc import Mapping, Sequence

from reconattack.classifiers.backends.skops_files import save_model
from reconattack.classifiers.folds import held_out_patients
from reconattack.classifiers.training.texture_cases import training_features, training_pictures
from reconattack.classifiers.training.texture_training import TextureSettings, train_texture_model
from reconattack.run.jobs import run_rule
from reconattack.seeds import seed_of
from reconattack.storage import write_table


def train_texture(
    images: Sequence[str],
    frames: Sequence[str],
    folds: Sequence[str],
    settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    model: str,
    seed: str,
    fold: str,
    outputs: Mapping[str, str],
) -> None:
    """Train a texture classifier and write it, with its history and validation table.

    `settings` is the model's block of the configuration; its `threads` have no effect on the
    training, which uses one. The random numbers follow from `model`, `seed` and `fold`.
    """
    texture = TextureSettings(**{key: x for key, x in settings.items() if key != "threads"})
    held_out = held_out_patients(folds, fold)
    pictures = training_pictures(images, frames, held_out, initial, image_rows)
    features, cases = training_features(pictures)
    trained, history, validation = train_texture_model(
        features, cases, texture, seed_of(model, seed, fold)
    )
    save_model(trained, outputs["skops"])
    write_table(outputs["history"], history)
    write_table(outputs["validation"], validation)


if __name__ == "__main__":
    run_rule(train_texture, snakemake)
