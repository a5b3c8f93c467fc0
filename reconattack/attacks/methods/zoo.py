"""The paper's attack: zeroth-order sign search over the reconstruction parameters.

For each frame the gradient of the binary cross-entropy J is estimated by central differences,
dJ/dp = (J(p + d) - J(p - d)) / 2d, and all parameters move at once by rate * sign(dJ/dp) inside the
box (Byra et al. 2020, arXiv:2009.03364, section 2.4, after Chen et al. 2017, arXiv:1708.03999).
A step costs two queries for each parameter and one for the new point.
"""

from collections.abc import Callable

import numpy as np

from reconattack.attacks.record import Path
from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.decision import decide

Oracle = Callable[[np.ndarray, np.ndarray], np.ndarray]


def attack(
    oracle: Oracle,
    references: np.ndarray,
    space: SearchSpace,
    cutoff: float,
    max_steps: int,
    stop_at_bounds: str,
) -> list[Path]:
    """Attack many frames side by side, their probes batched.

    Parameters
    ----------
    oracle
        (frames, parameter vectors) -> logits.
    references
        (frame,): the decision to flip, 0 or 1; -1 where the classifier's own decision at the
        initial parameters is the reference. Frames decided otherwise at the start are not attacked.
    space
        Box, probe steps and rates.
    cutoff
        Probability from which on a frame counts as fatty.
    max_steps
        Updates after which an attack is given up.
    stop_at_bounds
        `all`: end when the box lets no parameter move; `any`: end when one lies on the box.

    Returns
    -------
    list of Path
        One for each frame, in order.
    """
    frames = np.arange(len(references))
    start = np.tile(space.initial, (len(frames), 1))
    logits = oracle(frames, start)
    decisions = decide(logits, cutoff)
    references = np.where(references < 0, decisions, references)
    paths = [Path(reference) for reference in references]
    _append(paths, start, logits)
    for frame in np.flatnonzero(decisions != references):
        paths[frame].stop_reason = "wrong_at_start"
    for _ in range(max_steps):
        active = np.array([f for f in frames if paths[f].stop_reason is None], int)
        if not len(active):
            break
        _step(oracle, active, paths, space)
        for frame in active:
            path = paths[frame]
            if path.stop_reason is not None:
                continue
            if decide(path.logits[-1], cutoff) != path.reference:
                path.stop_reason = "flipped"
            elif stop_at_bounds == "any" and space.at_bound(path.parameters[-1]).any():
                path.stop_reason = "bounds"
    for path in paths:
        path.stop_reason = path.stop_reason or "step_limit"
    return paths


def cross_entropy(logits: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Binary cross-entropy from logits, softplus(-+logit): no saturation, no log of zero."""
    return np.logaddexp(0, np.where(references == 1, -logits, logits))


def loss_gradients(
    oracle: Oracle,
    frames: np.ndarray,
    points: np.ndarray,
    references: np.ndarray,
    space: SearchSpace,
) -> np.ndarray:
    """Central differences of the loss at one point of each frame, (n, parameter)."""
    probed = space.probe > 0
    probes = space.probes(points)[:, probed]
    repeats = probes.shape[1] * probes.shape[2]
    logits = oracle(np.repeat(frames, repeats), probes.reshape(-1, points.shape[1]))
    losses = cross_entropy(logits, np.repeat(references, repeats)).reshape(probes.shape[:3])
    gradients = np.zeros(points.shape)
    gradients[:, probed] = (losses[..., 1] - losses[..., 0]) / (2 * space.probe[probed])
    return gradients


def _step(
    oracle: Oracle,
    frames: np.ndarray,
    paths: list[Path],
    space: SearchSpace,
) -> None:
    """Move each frame once, or note why it cannot move."""
    points = np.array([paths[frame].parameters[-1] for frame in frames])
    references = np.array([paths[frame].reference for frame in frames])
    gradients = loss_gradients(oracle, frames, points, references, space)
    moved = space.move(points, np.sign(gradients))
    going = []
    for row, frame in enumerate(frames):
        path = paths[frame]
        path.gradients.append(gradients[row])
        if (moved[row] == points[row]).all():
            path.stop_reason = "bounds" if gradients[row].any() else "flat"
        elif any((moved[row] == visited).all() for visited in path.parameters):
            path.stop_reason = "cycle"
        else:
            going.append(row)
    logits = oracle(frames[going], moved[going])
    _append([paths[frame] for frame in frames[going]], moved[going], logits)


def _append(paths: list[Path], points: np.ndarray, logits: np.ndarray) -> None:
    for path, point, logit in zip(paths, points, logits, strict=True):
        path.parameters.append(point)
        path.logits.append(logit)
        path.losses.append(float(cross_entropy(logit, path.reference)))
