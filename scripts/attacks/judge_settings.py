"""Judge those frames of one chunk which one fold's network judges, at settings set by accident."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.drawn_settings import choose_settings, setting_space
from reconattack.attacks.oracle import Oracle
from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.jobs import job
from reconattack.storage import trace, write_dataset


def judge_settings(
    chunk: str,
    judged: set[str] | None,
    model: str | None,
    model_settings: Mapping,
    settings: Mapping,
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, str],
    threads: int,
    output: str,
    attributes: Mapping[str, str],
) -> None:
    """Write the logits of the `judged` frames of a chunk (None: all of them) at every setting.

    `settings` is the configuration's `accidental`. A frame that could not be read has an empty row.
    """
    space = setting_space(initial, settings["parameters"])
    sweeps = {name: knob["sweep"] for name, knob in settings["parameters"].items()}
    chosen = choose_settings(space, settings["settings"], settings["deviation"], sweeps)
    classifier = open_classifier(model_settings, model, resize, threads)
    vectors = chosen[list(space.names)]
    frames, logits = {}, []
    for name, frame in open_frames(chunk, judged):
        frames[name] = frame.attrs
        logits.append(logits_of_frame(frame, vectors, initial, image_rows, classifier))
    classifier.log_use()
    write_dataset(output, labelled_logits(logits, frames, chosen), attributes)


def logits_of_frame(
    frame: xr.Dataset,
    vectors: pd.DataFrame,
    initial: Mapping[str, float],
    image_rows: int,
    classifier: Classifier,
) -> np.ndarray:
    """Logits of one frame at settings (setting, parameter), float64 (setting,); NaN if unread."""
    if "error" in frame.attrs:
        return np.full(len(vectors), np.nan)
    reconstruction = Reconstruction(frame, image_rows, tuple(vectors), initial)
    oracle = Oracle([reconstruction], classifier)
    return oracle(np.zeros(len(vectors), int), vectors.to_numpy())


def labelled_logits(
    logits: Sequence[np.ndarray], frames: Mapping[str, Mapping], chosen: pd.DataFrame
) -> xr.Dataset:
    """Name the axes of logits (frame, setting), with what is known of the frames and settings."""
    of_frame = {
        "frame": (list(frames), object, "RF frame"),
        "patient": ([known["patient"] for known in frames.values()], object, "patient"),
        "label": (
            [known.get("label", -1) for known in frames.values()],
            int,
            "1 fatty, 0 normal, -1 unknown",
        ),
    }
    of_setting = {
        "setting": "name of the setting",
        "distribution": "how the setting was chosen",
    }
    return xr.Dataset(
        {
            "logit": (
                ("frame", "setting"),
                np.reshape(logits, (len(frames), len(chosen))),
                _attributes("1", "log-odds of fatty liver"),
            )
        },
        coords={
            **{
                name: ("frame", np.array(values, dtype), _attributes("1", long_name))
                for name, (values, dtype, long_name) in of_frame.items()
            },
            **{
                name: ("setting", chosen[name].to_numpy(object), _attributes("1", long_name))
                for name, long_name in of_setting.items()
            },
            **{
                name: ("setting", chosen[name].to_numpy(), PARAMETERS[name].attributes)
                for name in PARAMETERS
                if name in chosen
            },
        },
    )


def _attributes(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}


if __name__ == "__main__":
    with job(snakemake.log[0]):
        judge_settings(
            chunk=snakemake.input.frames,
            judged=frames_of_fold(snakemake.input.folds, snakemake.wildcards.fold),
            model=next(iter(snakemake.input.model), None),
            model_settings=snakemake.params.model_settings,
            settings=snakemake.params.settings,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            resize=snakemake.params.resize,
            threads=snakemake.params.threads,
            output=snakemake.output.logits,
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input))
            | {"image_rows": snakemake.params.image_rows}
            | {f"resize_{rule}": value for rule, value in snakemake.params.resize.items()},
        )
