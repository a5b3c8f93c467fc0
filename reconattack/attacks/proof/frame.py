"""What a proof needs of one frame under one network."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array, csr_array, kron
from scipy.special import logit

from reconattack.attacks.proof.bounds import MarginBound
from reconattack.attacks.proof.cell import KNOBS, Cell
from reconattack.attacks.proof.ensemble import EnsembleBound
from reconattack.attacks.proof.least import LeastBound
from reconattack.attacks.proof.levels import grey_error, pixel_levels
from reconattack.attacks.proof.pixels import Picture
from reconattack.attacks.proof.relu_network import ReluNetwork, read_network
from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.decision import Decision, LinearMargin
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.derived import Ensemble
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.network_input import NetworkInput
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import NEUTRAL, PICTURE, SLIDERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import GREY_LEVELS

# Error of a float32 sigmoid or softmax: ten times the 1.7e-7 that ONNX Runtime 1.32 has from -30 to
# 30, where it documents none.
PROBABILITY_ERROR = 2e-6
PROVABLE_VIEWS = ("image", "image+parameters")
AFTER_LEVELS = (*SLIDERS, *PICTURE)  # stages of which no bound is known


def provable_network(judge: Judge) -> ReluNetwork:
    """The network of a judge; raises InputError if nothing can be proved of it."""
    network = judge.model if isinstance(judge, Ensemble) else judge
    if not isinstance(network, OnnxClassifier) or network.takes not in PROVABLE_VIEWS:
        raise InputError(
            f"model {judge.name} cannot be proved; expected a network in ONNX that takes the "
            "B-mode image, with its setting or without, or the mean of such a network over "
            "several settings"
        )
    if isinstance(judge.decision, Mask) or (judge.decision and network is not judge):
        raise InputError(
            f"model {judge.name} cannot be proved: it decides {judge.decision.kind}"
            f"{' by a mean over settings' if network is not judge else ''}; expected a binary "
            "decision, or classes or a number of one picture"
        )
    if network.network_input.dtype != "float32":
        raise InputError(
            f"model {judge.name} cannot be proved: its images are resized in "
            f"{network.network_input.dtype}; expected float32"
        )
    found = read_network(network.name, network)
    if found.gives_probability and network is not judge:
        raise InputError(
            f"model {judge.name} cannot be proved: its network gives a probability; expected a "
            "logit where several are averaged"
        )
    return found


def decision_bound(
    judge: Judge,
    network: ReluNetwork,
    reconstruction: Reconstruction,
    box: Cell,
    reference: float,
    decision: Decision,
) -> MarginBound | EnsembleBound | LeastBound:
    """The bound of the margin of one frame's decision by a provable judge.

    The reference is the class, or the number, that is to be kept.
    """
    if not isinstance(decision, Binary):
        return least_bound(judge, network, reconstruction, box, decision.linear_margins(reference))
    cutoff = decision.cutoff
    if not isinstance(judge, Ensemble):
        rule = judge.network_input
        return frame_bound(reconstruction, network, rule, box, reference, cutoff)
    offsets = _offsets(judge, reconstruction)
    members = []
    for offset in offsets:
        ends = (tuple(np.add(end, offset).tolist()) for end in (box.lower, box.upper))
        rule = judge.model.network_input
        members.append(frame_bound(reconstruction, network, rule, Cell(*ends), reference, cutoff))
    return EnsembleBound(members, offsets)


def least_bound(
    judge: OnnxClassifier,
    network: ReluNetwork,
    reconstruction: Reconstruction,
    box: Cell,
    margins: Sequence[LinearMargin],
) -> LeastBound:
    """The bound of the least of some margins that are linear in the outputs of a network."""
    inputs = network_inputs(reconstruction, network, judge.network_input, box)
    slack = 0.0
    if network.gives_probability:
        slack = -float(np.log1p(-2 * PROBABILITY_ERROR * len(margins[0].row)))
    return LeastBound(
        [
            MarginBound(
                inputs.picture,
                network.combined(margin.row),
                1.0,
                margin.threshold,
                inputs.roundings,
                slack,
                inputs.largest,
            )
            for margin in margins
        ]
    )


def _offsets(judge: Ensemble, reconstruction: Reconstruction) -> np.ndarray:
    """The offsets of an ensemble in the order of `KNOBS`, (member, 4)."""
    names, shifts = reconstruction.names, judge.shifts(reconstruction.names)
    others = [name for name, moves in zip(names, shifts.any(axis=0), strict=True) if moves]
    others = [name for name in others if name not in KNOBS]
    if others:
        raise InputError(
            f"model {judge.name} cannot be proved: its offsets move {', '.join(others)}; expected "
            f"only {', '.join(KNOBS)}"
        )
    by_name = dict(zip(names, shifts.T, strict=True))
    nothing = np.zeros(len(shifts))
    return np.stack([by_name.get(name, nothing) for name in KNOBS], axis=1)


def provable_box(space: SearchSpace, setting: Mapping[str, float]) -> Cell:
    """The box of an attack in the order of `KNOBS`.

    Parameters
    ----------
    space
        The box; it moves no other parameters than `KNOBS`.
    setting
        Values of the parameters that the space does not have.

    Raises
    ------
    InputError
        If it moves another parameter, or one that changes pictures in a way of which no bound is
        known is not neutral.
    """
    moving = [name for name, free in zip(space.names, space.free, strict=True) if free]
    others = [name for name in moving if name not in KNOBS]
    if others:
        raise InputError(
            f"parameters: a proof cannot move {', '.join(others)}; expected only {', '.join(KNOBS)}"
        )
    values = dict(setting) | dict(zip(space.names, space.initial.tolist(), strict=True))
    changed = [name for name in AFTER_LEVELS if values.get(name, NEUTRAL[name]) != NEUTRAL[name]]
    if changed:
        raise InputError(
            f"reconstruction.initial: a proof cannot hold with {', '.join(changed)} at other than "
            "neutral values"
        )
    ends = {
        name: (low, high)
        for name, low, high in zip(
            space.names, space.lower.tolist(), space.upper.tolist(), strict=True
        )
    }
    pairs = [ends.get(name, (values[name], values[name])) for name in KNOBS]
    return Cell(*map(tuple, zip(*pairs, strict=True)))


def frame_bound(
    reconstruction: Reconstruction,
    network: ReluNetwork,
    network_input: NetworkInput,
    box: Cell,
    reference: int,
    cutoff: float,
) -> MarginBound:
    """The bound of the margin of one frame's decision, for cells of a box."""
    inputs = network_inputs(reconstruction, network, network_input, box)
    sign = 1.0 if reference == 1 else -1.0
    slack = logit_error(cutoff, PROBABILITY_ERROR if network.gives_probability else 0.0)
    threshold = float(logit(cutoff))
    return MarginBound(
        inputs.picture, network, sign, threshold, inputs.roundings, slack, inputs.largest
    )


class NetworkInputs(NamedTuple):
    """What reaches a network of one frame.

    Attributes
    ----------
    picture, roundings, largest
        As `MarginBound` takes them.
    """

    picture: Picture
    roundings: int
    largest: np.ndarray | None


def network_inputs(
    reconstruction: Reconstruction, network: ReluNetwork, network_input: NetworkInput, box: Cell
) -> NetworkInputs:
    """What reaches a network of one frame, at the settings of a box."""
    if not reconstruction.is_linear or reconstruction.upper_offset:
        raise InputError(
            f"the picture of patient {reconstruction.frame.attrs['patient']} cannot be proved: "
            f"white lies {reconstruction.upper_offset:+g} dB from alpha_upper, and its grey map is "
            f"{'linear' if reconstruction.is_linear else 'not linear'}; expected a linear one, and "
            "reconstruction.initial.alpha_upper at alpha_lower plus the picture's dynamic_range"
        )
    gain = max(abs(box.lower[3]), abs(box.upper[3]))
    levels = pixel_levels(reconstruction, (box.lower[0], box.upper[0]), gain)
    narrowest = box.lower[2] - box.upper[1]
    error = grey_error(levels.error, narrowest, float(np.abs(box.thresholds).max()))
    shape = reconstruction.sector.shape
    down, across = network_input.matrices(shape)
    resize = kron(csr_array(down.astype(float)), csr_array(across.T.astype(float)), format="csr")
    weights = csc_array(network.entry.weights @ resize)
    bars = network_input.bars(shape) * network_input.background
    if reconstruction.outside is not None:
        bars = bars + down @ reconstruction.outside.astype(float) @ across
    offset = network.entry.bias + network.entry.weights @ bars.ravel().astype(float)
    picture = Picture(levels, weights[:, np.flatnonzero(reconstruction.sector)], offset, error)
    largest = None
    if resize.data.min(initial=0) < 0:
        sizes = abs(resize).sum(axis=1) * GREY_LEVELS + np.abs(bars.ravel().astype(float))
        largest = network.entry.magnitude @ sizes
    roundings = int(np.diff(down.indptr).max() + np.diff(across.indptr).max()) + 2
    return NetworkInputs(picture, roundings, largest)


def logit_error(cutoff: float, error: float) -> float:
    """How far from the cut-off's logit a decision may depend on an error of the probability.

    float64's own error of a probability is added.
    """
    error += 8 * np.finfo(float).eps * cutoff
    if not error < min(cutoff, 1 - cutoff):
        return np.inf
    return float(np.abs(logit([cutoff - error, cutoff + error]) - logit(cutoff)).max())
