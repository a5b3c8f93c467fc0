"""The paper's attack: zeroth-order sign search over the reconstruction parameters.

For each frame the gradient of the binary cross-entropy J is estimated by central differences,
dJ/dp = (J(p + d) - J(p - d)) / 2d, and all parameters move at once by rate * sign(dJ/dp) inside the
box (Byra et al. 2020, arXiv:2009.03364, section 2.4, after Chen et al. 2017, arXiv:1708.03999).
Where the decision is not binary, J is minus the margin, which has the same signs. A step costs two
queries for each parameter and one for the new point.
"""

import numpy as np

from reconattack.attacks.path import Path, Scores, Target, judge_start
from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.decisions.decision import Decision

STEPS = True
SETTINGS = {
    "max_steps": {
        "description": "Largest number of update steps per frame.",
        "type": "integer",
        "minimum": 1,
    },
    "stop_at_bounds": {
        "description": (
            "all: stop when the box blocks every parameter. any: stop when one parameter reaches "
            "its bound."
        ),
        "enum": ["all", "any"],
    },
}


def attack(target: Target, space: SearchSpace, max_steps: int, stop_at_bounds: str) -> list[Path]:
    """Attack many frames side by side, their probes batched.

    Parameters
    ----------
    target
        Frames, classifier and reference decisions.
    space
        Box, probe steps and rates.
    max_steps
        Number of updates after which an attack is given up.
    stop_at_bounds
        `all`: end when the box lets no parameter move; `any`: end when one lies on the box.

    Returns
    -------
    list of Path
        One for each frame, in order.
    """
    paths = judge_start(target, space)
    for _ in range(max_steps):
        active = np.array([f for f, path in enumerate(paths) if path.stop_reason is None], int)
        if not len(active):
            break
        _step(target.oracle, target.decision, active, paths, space)
        for frame in active:
            path = paths[frame]
            if path.stop_reason is not None:
                continue
            if target.decision.flips(path.scores[-1], path.reference):
                path.stop_reason = "flipped"
            elif stop_at_bounds == "any" and space.at_bound(path.parameters[-1]).any():
                path.stop_reason = "bounds"
    for path in paths:
        path.stop_reason = path.stop_reason or "step_limit"
    return paths


def loss_gradients(
    oracle: Scores,
    decision: Decision,
    frames: np.ndarray,
    points: np.ndarray,
    references: np.ndarray,
    space: SearchSpace,
) -> np.ndarray:
    """Central differences of the loss at one point of each frame, (n, parameter)."""
    probed = space.probe > 0
    probes = space.probes(points)[:, probed]
    repeats = probes.shape[1] * probes.shape[2]
    scores = oracle(np.repeat(frames, repeats), probes.reshape(-1, points.shape[1]))
    losses = decision.losses(scores, np.repeat(references, repeats)).reshape(probes.shape[:3])
    gradients = np.zeros(points.shape)
    gradients[:, probed] = (losses[..., 1] - losses[..., 0]) / (2 * space.probe[probed])
    return gradients


def _step(
    oracle: Scores,
    decision: Decision,
    frames: np.ndarray,
    paths: list[Path],
    space: SearchSpace,
) -> None:
    """Move each frame once, or note why it cannot move."""
    points = np.array([paths[frame].parameters[-1] for frame in frames])
    references = np.array([paths[frame].reference for frame in frames])
    gradients = loss_gradients(oracle, decision, frames, points, references, space)
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
    scores = oracle(frames[going], moved[going])
    for frame, point, score in zip(frames[going], moved[going], scores, strict=True):
        paths[frame].append(point, score, decision)
