"""Attack those frames of one chunk which one fold's network judges."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks import zoo
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.record import Path, record, with_unreadable
from reconattack.attacks.space import SearchSpace, search_space
from reconattack.classifiers.opening import open_classifier
from reconattack.frames import open_frames
from reconattack.jobs import job
from reconattack.picture_change import MEASURES, level_change, picture_change
from reconattack.reconstruction import Reconstruction
from reconattack.storage import trace, write_dataset

METHODS = {"zoo": zoo.attack}
LABEL_ATTRIBUTES = {"units": "1", "long_name": "1 fatty, 0 normal, -1 unknown"}
GAIN_ATTRIBUTES = {"units": "1", "long_name": "whether the samples carry a time gain"}


def attack(
    chunk: str,
    judged: set[str] | None,
    model: str | None,
    model_settings: Mapping,
    settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, str],
    cutoff: float,
    threads: int,
    attack_name: str,
    output: str,
    attributes: Mapping[str, str],
) -> None:
    """Attack the `judged` frames of a chunk (None: all of them) and write every step."""
    settings = dict(settings)
    method = METHODS[settings.pop("method")]
    space = search_space(initial, settings.pop("parameters"), attack_name)
    of_fold = {name: f for name, f in open_frames(chunk) if judged is None or name in judged}
    frames = {name: frame for name, frame in of_fold.items() if "error" not in frame.attrs}
    reconstructions = [Reconstruction(frame, image_rows) for frame in frames.values()]
    labels = labels_of(frames.values())
    classifier = open_classifier(model_settings, model, resize, threads)
    oracle = Oracle(reconstructions, classifier)
    paths = method(oracle, labels, space, cutoff=cutoff, **settings)
    classifier.log_use()
    result = record(paths, list(frames), space.names, oracle.queries)
    changes = picture_changes(list(frames.values()), reconstructions, paths, space)
    result = with_unreadable(xr.merge([result, changes]), list(of_fold))
    result["label"] = "frame", labels_of(of_fold.values()), LABEL_ATTRIBUTES
    gains = [frame.attrs.get("gain_state", "") for frame in of_fold.values()]
    result["gain_state"] = "frame", np.array(gains, object), GAIN_ATTRIBUTES
    write_dataset(output, result, attributes)


def labels_of(frames: Iterable[xr.Dataset]) -> np.ndarray:
    """Label of each frame, int (frame,)."""
    return np.array([frame.attrs.get("label", -1) for frame in frames], int)


def frames_of_fold(folds: Sequence[str], fold: str) -> set[str] | None:
    """Frames that a fold judges; None, all of them, where there are no folds."""
    if not folds:
        return None
    table = pd.read_csv(folds[0], dtype=str)
    return set(table.loc[table["fold"] == fold, "frame"])


def picture_changes(
    frames: Sequence[xr.Dataset],
    reconstructions: Sequence[Reconstruction],
    paths: Sequence[Path],
    space: SearchSpace,
) -> xr.Dataset:
    """What each frame's last setting did to its picture, a variable (frame) for each measure."""
    initial = dict(zip(space.names, space.initial, strict=True))
    rows = []
    for frame, reconstruction, path in zip(frames, reconstructions, paths, strict=True):
        last = path.parameters[-1]
        original, changed = reconstruction.bmode(np.stack([space.initial, last]))
        rows.append(
            picture_change(original, changed, reconstruction.sector)
            | level_change(
                dict(zip(space.names, last, strict=True)), initial, frame.attrs["center_frequency"]
            )
        )
    return xr.Dataset(
        {
            name: ("frame", np.array([row[name] for row in rows]), measure_attributes)
            for name, measure_attributes in MEASURES.items()
        }
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        attack(
            chunk=snakemake.input.frames,
            judged=frames_of_fold(snakemake.input.folds, snakemake.wildcards.fold),
            model=next(iter(snakemake.input.model), None),
            model_settings=snakemake.params.model_settings,
            settings=snakemake.params.settings,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            resize=snakemake.params.resize,
            cutoff=snakemake.params.cutoff,
            threads=snakemake.params.threads,
            attack_name=snakemake.wildcards.attack,
            output=snakemake.output.attacks,
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input))
            | {"image_rows": snakemake.params.image_rows}
            | {f"resize_{rule}": value for rule, value in snakemake.params.resize.items()},
        )
