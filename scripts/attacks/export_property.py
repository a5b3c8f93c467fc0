"""Write one frame's chain and property for the verifiers of neural networks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reconattack.attacks.verifier_property import verifier_property
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.opening import open_classifier
from reconattack.errors import InputError
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing


def export_property(
    frames: str,
    frame: str,
    model: str,
    seed: str,
    folds: Sequence[str],
    fold: str,
    model_files: Sequence[str],
    model_settings: Mapping,
    attack: str,
    parameters: Mapping[str, Mapping[str, Any]],
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, Any] | None,
    cutoff: float,
    threads: int,
    network: str,
    question: str,
) -> None:
    """Write the chain of `frame` to `network` (ONNX), the property to `question` (VNN-LIB).

    `parameters` are those of the attack, whose box is asked about. The frame must be one that
    `fold` judges.
    """
    of_fold = frames_of_fold(folds, fold)
    if of_fold is not None and frame not in of_fold:
        raise InputError(
            f"frame {frame} is not classified by the network of fold {fold}; expected one of "
            f"{', '.join(sorted(of_fold))}, or the fold of the frame in {folds[0]}"
        )
    ((_, opened),) = open_frames(frames, [frame])
    judge = open_classifier(model_settings, next(iter(model_files), None), resize, threads)
    of = {"model": model, "seed": seed, "fold": fold}
    chain, asked = verifier_property(
        frame, opened, judge, attack, parameters, initial, image_rows, cutoff, of
    )
    for path, content in ((network, chain.SerializeToString()), (question, asked.encode())):
        with replacing(path) as temporary:
            Path(temporary).write_bytes(content)


if __name__ == "__main__":
    run_rule(export_property, snakemake)
