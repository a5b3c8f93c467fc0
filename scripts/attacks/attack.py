"""Attack those frames of one chunk which one fold's network judges."""

import shutil
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from reconattack.attacks import immune, search
from reconattack.attacks.methods import (
    cma_es,
    cobyqa,
    corners,
    differential_evolution,
    direct,
    each_knob,
    gradient,
    grid,
    hop_skip_jump,
    minimal,
    random_search,
    zoo,
)
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.record import Path, record, with_unreadable
from reconattack.attacks.search import Slopes
from reconattack.attacks.space import SearchSpace, search_space
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.picture_change import MEASURES, level_change, picture_change
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.jobs import job
from reconattack.seeds import seed_of
from reconattack.storage import trace, write_dataset

WHOLE = {"zoo": zoo.attack, "grid": grid.attack}
GOING_ON = {  # after the first flip
    "each_knob": each_knob.attack,
    "minimal": minimal.attack,
    "hop_skip_jump": hop_skip_jump.attack,
}
SEARCHES = {
    "corners": corners.search,
    "random": random_search.search,
    "cobyqa": cobyqa.search,
    "direct": direct.search,
    "cma": cma_es.search,
    "differential_evolution": differential_evolution.search,
    "gradient": gradient.search,
}
WHITE_BOX = ("gradient",)
ONE_BY_ONE = ("cobyqa", *WHITE_BOX)  # SciPy lets one COBYQA run at a time, slopes take a core each
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
    partial: str | None = None,
    keras: str | None = None,
) -> None:
    """Attack the `judged` frames of a chunk (None: all of them) and write every step.

    What a grid has judged so far is kept in the folder `partial` until the result is written.
    `keras` is the model's Keras file, for white-box methods.
    """
    settings = dict(settings)
    method = settings.pop("method")
    space = search_space(initial, settings.pop("parameters"), attack_name)
    of_fold = dict(open_frames(chunk, judged))
    frames = {name: frame for name, frame in of_fold.items() if "error" not in frame.attrs}
    reconstructions = [
        Reconstruction(frame, image_rows, space.names, initial) for frame in frames.values()
    ]
    labels = labels_of(frames.values())
    judge = open_classifier(model_settings, model, resize, threads)
    oracle = Oracle(reconstructions, judge)
    seeds = [seed_of("attack", attack_name, name) for name in frames]
    if method == "grid" and partial is not None:
        settings["partial"] = grid.partial_files(partial, list(frames), attributes)
    searched = method == "grid" or not immune.is_immune(judge)
    if method in WHITE_BOX and searched:
        settings["slopes"] = slopes_of(keras, judge, reconstructions, space.names, threads)
    if searched:
        paths = find_paths(method, oracle, labels, space, cutoff, seeds, settings)
    else:
        paths = immune.attack(oracle, labels, space, cutoff, judge)
    judge.log_use()
    result = record(paths, list(frames), space.names, queries_of(paths, oracle))
    further = record_of_method(method, paths, space, cutoff, settings, searched)
    changes = picture_changes(list(frames.values()), reconstructions, judge, paths, space)
    whole = xr.merge([result, changes, further], combine_attrs="no_conflicts")
    result = with_unreadable(whole, list(of_fold))
    result["label"] = "frame", labels_of(of_fold.values()), LABEL_ATTRIBUTES
    gains = [frame.attrs.get("gain_state", "") for frame in of_fold.values()]
    result["gain_state"] = "frame", np.array(gains, object), GAIN_ATTRIBUTES
    write_dataset(output, result, attributes)
    if partial is not None:
        shutil.rmtree(partial, ignore_errors=True)


def slopes_of(
    keras: str,
    judge: Judge,
    reconstructions: Sequence[Reconstruction],
    names: Sequence[str],
    threads: int,
) -> Slopes:
    """Slopes of a judge's logit by the Keras form of network and reconstruction."""
    # Attacks of other methods need not wait for TensorFlow.
    from reconattack.attacks.white_box.slopes import NetworkSlopes
    from reconattack.classifiers.backends.keras_network import KerasNetwork
    from reconattack.classifiers.training.training import make_deterministic

    make_deterministic(0, threads)
    network = KerasNetwork(keras, getattr(judge, "model", judge))
    return NetworkSlopes(reconstructions, network, judge, names)


def find_paths(
    method: str,
    oracle: Oracle,
    labels: np.ndarray,
    space: SearchSpace,
    cutoff: float,
    seeds: Sequence[int],
    settings: Mapping,
) -> list[Path]:
    """Attack by the paper's method, by the whole lattice, by each control or by a search."""
    if method in WHOLE:
        return WHOLE[method](oracle, labels, space, cutoff, **settings)
    if method in GOING_ON:
        return GOING_ON[method](oracle, labels, space, cutoff, seeds=seeds, **settings)
    return search.attack(
        oracle,
        labels,
        space,
        cutoff,
        SEARCHES[method],
        seeds=seeds,
        side_by_side=method not in ONE_BY_ONE,
        **settings,
    )


def record_of_method(
    method: str,
    paths: Sequence[Path],
    space: SearchSpace,
    cutoff: float,
    settings: Mapping,
    searched: bool,
) -> xr.Dataset:
    """What a method finds or says beyond its paths; nothing for most."""
    if method in WHITE_BOX and searched:
        return xr.Dataset(attrs={"gradient_form": gradient.FORM})
    if method == "each_knob":
        return each_knob.knob_record(paths, space)
    if method == "minimal":
        return minimal.margin_record(paths, space, cutoff)
    if method == "grid":
        return grid.lattice_record(paths, space, settings["lattice"], settings["max_points"])
    return xr.Dataset()


def queries_of(paths: Sequence[Path], oracle: Oracle) -> np.ndarray:
    """Queries of each frame, int (frame,): all judged images where a path has no own count."""
    return np.array(
        [
            judged if path.queries is None else path.queries
            for path, judged in zip(paths, oracle.queries, strict=True)
        ],
        int,
    )


def labels_of(frames: Iterable[xr.Dataset]) -> np.ndarray:
    """Label of each frame, int (frame,)."""
    return np.array([frame.attrs.get("label", -1) for frame in frames], int)


def picture_changes(
    frames: Sequence[xr.Dataset],
    reconstructions: Sequence[Reconstruction],
    judge: Judge,
    paths: Sequence[Path],
    space: SearchSpace,
) -> xr.Dataset:
    """What each frame's final setting did to the picture that the judge was shown, a variable
    (frame) for each measure.
    """
    initial = dict(zip(space.names, space.initial, strict=True))
    rows = []
    for frame, reconstruction, path in zip(frames, reconstructions, paths, strict=True):
        (final,) = judge.picture_setting(reconstruction, path.parameters[path.best_step])
        original, changed = reconstruction.bmode(np.stack([space.initial, final]))
        rows.append(
            picture_change(original, changed, reconstruction.sector)
            | level_change(
                dict(zip(space.names, final, strict=True)), initial, frame.attrs["center_frequency"]
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
            partial=snakemake.params.partial,
            keras=next(iter(snakemake.input.keras), None),
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input))
            | {"image_rows": snakemake.params.image_rows}
            | {f"resize_{rule}": value for rule, value in snakemake.params.resize.items()},
        )
