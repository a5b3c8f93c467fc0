"""The record of an attack: every step of every frame, in the contract's names."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import expit

from reconattack.attacks.path import Path
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.decision import Decision
from reconattack.reconstruction.parameter import described
from reconattack.reconstruction.parameters import PARAMETERS

POSITIONS = "positions_along"  # attribute of a variable that holds positions along a dimension


def record(
    paths: Sequence[Path],
    frames: Sequence[str],
    names: Sequence[str],
    queries: np.ndarray,
    decision: Decision | None = None,
    decided: np.ndarray | None = None,
) -> xr.Dataset:
    """Pad the paths with NaN to the longest one and label them.

    Parameters
    ----------
    paths
        The path of each frame.
    frames
        Names of the frames.
    names
        Names of the parameters.
    queries
        int (frame,).
    decision
        What the scores of the paths mean; None for a binary decision with the cut-off 0.5.
    decided
        What is decided at the initial setting and at the result, float64 (frame, 2). None takes it
        from the scores, for a binary decision.

    Returns
    -------
    xarray.Dataset
        Dimensions frame, step, parameter; step 0 holds the initial parameters. `logit` and
        `probability` are there for a binary decision alone.
    """
    decision = decision or Binary()
    if decided is None:
        ends = [[path.scores[0], path.scores[path.best_step]] for path in paths]
        decided = decision.decided(np.reshape(ends, (len(paths), 2)))
    steps = max((len(path.parameters) for path in paths), default=1)
    scores = padded([np.array(path.scores) for path in paths], (steps,))
    shape = (steps, len(names))
    by_step, by_parameter = ("frame", "step"), ("frame", "step", "parameter")
    return xr.Dataset(
        {
            "parameters": (
                by_parameter,
                padded([np.array(path.parameters) for path in paths], shape),
                described("as in parameter_units", "reconstruction parameters of the step"),
            ),
            **_of_scores(decision, paths, scores),
            "loss": (
                by_step,
                padded([np.array(path.losses) for path in paths], (steps,)),
                described(decision.score_unit, decision.loss_means),
            ),
            "gradient": (
                by_parameter,
                padded([np.array(path.gradients) for path in paths], shape),
                described("1 per parameter unit", "slope of the loss"),
            ),
            "decision_initial": (
                "frame",
                decided[:, 0],
                described("1", f"{decision.what} that is decided at the initial setting"),
            ),
            "decision_final": (
                "frame",
                decided[:, 1],
                described("1", f"{decision.what} that is decided at the attack's result"),
            ),
            "reference": (
                "frame",
                np.array([path.reference for path in paths], int),
                described("1", decision.reference_means),
            ),
            "queries": ("frame", queries, described("1", "images that were judged, and slopes")),
            "queries_to_flip": (
                "frame",
                queries_to_flip(paths, queries),
                described("1", "queries up to the first flip"),
            ),
            "repeats": (
                "frame",
                np.array([path.repeats for path in paths], int),
                described("1", "points asked again and answered from memory"),
            ),
            "best_step": (
                "frame",
                np.array([path.best_step for path in paths], int),
                described("1", "step that is the attack's result"),
            ),
            "success": (
                "frame",
                np.array([path.stop_reason == "flipped" for path in paths], bool),
                described("1", "whether the decision was flipped"),
            ),
            "stop_reason": (
                "frame",
                np.array([path.stop_reason for path in paths], object),
                described("1", "why the attack ended"),
            ),
        },
        coords={
            "frame": ("frame", np.array(frames, object), described("1", "RF frame")),
            "step": ("step", np.arange(steps), described("1", "step of the attack")),
            "parameter": (
                "parameter",
                np.array(names, object),
                described("1", "reconstruction parameter"),
            ),
            "parameter_units": (
                "parameter",
                np.array([PARAMETERS[name].units for name in names], object),
                described("1", "unit of the parameter"),
            ),
        },
        attrs={"decision": decision.kind, "margin_unit": decision.unit},
    )


def _of_scores(decision: Decision, paths: Sequence[Path], scores: np.ndarray) -> dict[str, tuple]:
    """What the scores of all steps, (frame, step), mean, a variable each."""
    by_step = "frame", "step"
    references = [path.reference for path in paths]
    margins = [decision.margins(*pair) for pair in zip(scores, references, strict=True)]
    meaning = {
        "margin": (
            by_step,
            np.reshape(margins, scores.shape),
            described(decision.unit, "how far the reference decision is from being left"),
        )
    }
    if not isinstance(decision, Binary):
        return meaning
    probabilities = expit(scores)
    return {
        "probability": (by_step, probabilities, described("1", "probability of fatty liver")),
        "logit": (by_step, scores, described(decision.score_unit, decision.score_means)),
        **meaning,
    }


def queries_to_flip(paths: Sequence[Path], queries: np.ndarray) -> np.ndarray:
    """Queries of each frame, (frame,), up to its first flip; NaN where nothing flipped."""
    flipped = np.array([path.stop_reason == "flipped" for path in paths], bool)
    counts = [
        count if path.queries_to_flip is None else path.queries_to_flip
        for path, count in zip(paths, queries, strict=True)
    ]
    return np.where(flipped, np.array(counts, float), np.nan)


def with_unreadable(result: xr.Dataset, frames: Sequence[str]) -> xr.Dataset:
    """Give each of `frames` that a record lacks an empty place in it, all in the given order."""
    empty = {
        name: {"i": 0, "b": False, "O": "unreadable"}.get(variable.dtype.kind, np.nan)
        for name, variable in result.data_vars.items()
    }
    whole = result.reindex(frame=np.array(frames, object), fill_value=empty)
    places = np.array([list(frames).index(name) for name in result["frame"].values], int)
    for name, variable in result.data_vars.items():
        if variable.attrs.get(POSITIONS) == "frame":
            whole[name] = variable.copy(data=places[variable.values])
    return whole


def joined_records(records: Sequence[xr.Dataset]) -> xr.Dataset:
    """Records of some frames each as one record of all frames, in the given order.

    A variable that has no frame of its own but positions of frames, such as the proved parts of a
    box, is put one after the other.
    """
    firsts = np.cumsum([0, *(record.sizes["frame"] for record in records)])
    lists = {
        variable.dims[0]
        for record in records
        for variable in record.data_vars.values()
        if variable.attrs.get(POSITIONS) == "frame"
    }
    rows = [record.drop_dims(lists) for record in records]
    parts = [xr.concat(rows, "frame", data_vars="minimal", combine_attrs="no_conflicts")]
    for listed in lists:
        others = [
            record[[n for n, v in record.data_vars.items() if listed in v.dims]]
            for record in records
        ]
        for other, first in zip(others, firsts, strict=False):
            for name, variable in other.data_vars.items():
                if variable.attrs.get(POSITIONS) == "frame":
                    other[name] = variable.copy(data=variable.values + first)
        parts.append(xr.concat(others, listed, data_vars="minimal", combine_attrs="no_conflicts"))
    return xr.merge(parts, combine_attrs="no_conflicts")


def padded(rows: Sequence[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Rows of different lengths, (row, *shape) float64, with NaN after the end of each."""
    padded = np.full((len(rows), *shape), np.nan)
    for target, row in zip(padded, rows, strict=True):
        if len(row):
            target[: len(row)] = row
    return padded
