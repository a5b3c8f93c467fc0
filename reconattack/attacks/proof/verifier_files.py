"""One frame's chain and property for the verifiers of neural networks: ONNX and VNN-LIB.

The chain from a setting to the margin divides by the window, W = alpha_upper - alpha_lower, and
many verifiers know no division. But the margin times W / 255 has the margin's sign, and it is
piecewise linear in the setting:

- A pixel's grey level is clipped to 0 and 255. Times W / 255 it is
  max(level - alpha_lower, 0) - max(level - alpha_upper, 0), and the level is affine in beta.
- A rectifier times a positive number is the rectifier of the product, so this number goes through
  the network; only biases are multiplied by it, and W is affine in the setting.

So the file has affine operations and rectifiers alone (Gemm, Relu). Its inputs are the true
parameters, and the property is a box of them: nothing is relaxed.

Left out is what is not of real numbers: the rounding to 8 bits and float32, and the bend of levels
over beta (`reconattack.attacks.proof.levels`). `MarginBound` bounds what they do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from scipy.sparse import sparray

from reconattack.attacks.proof.bounds import MarginBound
from reconattack.attacks.proof.cell import KNOBS, Cell
from reconattack.attacks.proof.least import LeastBound
from reconattack.errors import InputError
from reconattack.reconstruction.steps import GREY_LEVELS

ALWAYS = KNOBS[:3]
ONE = ("margin of the decision",)
OPSET, IR_VERSION = 13, 7  # old enough for the released verifiers
MOST_WEIGHTS = 200_000_000  # 0.8 GB; a file of 2 GB cannot be written


@dataclass(frozen=True)
class _Gemm:
    """An affine operation on a row: row @ weights + bias, float32 (in, out) and (out,)."""

    weights: np.ndarray
    bias: np.ndarray


def inputs_of(box: Cell) -> list[str]:
    """Names of the inputs: the paper's parameters, and the gain where it moves."""
    moves = dict(zip(KNOBS, np.subtract(box.upper, box.lower) > 0, strict=True))
    return [name for name in KNOBS if name in ALWAYS or moves[name]]


def chain_model(bound: MarginBound | LeastBound, box: Cell) -> onnx.ModelProto:
    """The chain of one frame, valid within a box.

    Parameters
    ----------
    bound
        The frame's pixels, the network, the decision and the cut-off; or several margins.
    box
        The settings.

    Returns
    -------
    onnx.ModelProto
        Input `setting`, float32 (1, parameter) in the order of `inputs_of`. Output `margin`,
        float32 (1, margin): (alpha_upper - alpha_lower) / 255 times each margin, in log-odds or in
        the unit of the number.

    Raises
    ------
    InputError
        If the network is too large for a file.
    """
    members = bound.members if isinstance(bound, LeastBound) else [bound]
    weights = sum(np.prod(layer.weights.shape) for layer in members[0].network.layers)
    if weights > MOST_WEIGHTS:
        raise InputError(
            f"the network has {weights:,} weights as full matrices; expected at most "
            f"{MOST_WEIGHTS:,} for a verifier's file"
        )
    chain = _Chain(members, box)
    gemms = [*chain.pixels(), *chain.layers()]
    return _model(gemms, rectified={0, *range(2, len(gemms) - 1)})


def property_text(
    box: Cell,
    facts: Mapping[str, object],
    margins: Sequence[str] = ONE,
    flips: Sequence[Sequence[int]] = ((0,),),
) -> str:
    """VNN-LIB 1.0: is there a setting in the box that flips the decision?

    Parameters
    ----------
    box
        The settings.
    facts
        Comments at the top.
    margins
        What each output of the chain is.
    flips
        Outputs of which none is above 0 at a flip, for each way to flip.

    Returns
    -------
    str
        `sat` is a counterexample, `unsat` that there is none.
    """
    names = inputs_of(box)
    lines = [f"; {key}: {' '.join(str(value).split())}" for key, value in facts.items()]
    lines += [f"; X_{number}: {name}" for number, name in enumerate(names)]
    lines += [
        *(
            f"; Y_{number}: {margin} times (alpha_upper - alpha_lower) / 255"
            for number, margin in enumerate(margins)
        ),
        "; sat: a setting of the box flips the decision; unsat: none does",
        *(f"(declare-const X_{number} Real)" for number in range(len(names))),
        *(f"(declare-const Y_{number} Real)" for number in range(len(margins))),
    ]
    for number, name in enumerate(names):
        knob = KNOBS.index(name)
        lower, upper = (_decimal(end[knob]) for end in (box.lower, box.upper))
        lines += [f"(assert (>= X_{number} {lower}))", f"(assert (<= X_{number} {upper}))"]
    return "\n".join([*lines, *_asked(flips), ""])


def _asked(flips: Sequence[Sequence[int]]) -> list[str]:
    """That one of the ways to flip is open."""
    ways = [[f"(<= Y_{number} 0.0)" for number in way] for way in flips]
    if len(ways) == 1:
        return [f"(assert {condition})" for condition in ways[0]]
    return ["(assert (or", *(f"    (and {' '.join(way)})" for way in ways), "))"]


class _Chain:
    """The operations, and the parameters that go along with them.

    Behind the first rectifiers the parameters are carried as their distance from the box's lower
    end: it is nowhere negative, so that rectifiers leave it as it is.
    """

    def __init__(self, members: Sequence[MarginBound], box: Cell) -> None:
        self._members = members
        self._picture = members[0].picture
        self._box = box
        self._names = inputs_of(box)
        self._lower = np.array([box.lower[KNOBS.index(name)] for name in self._names])
        window = self._affine({"alpha_upper": 1.0, "alpha_lower": -1.0})
        self._window = self._carried(window)

    def pixels(self) -> tuple[_Gemm, _Gemm]:
        """From the setting to the rectifiers of clipped pixels, and on to the network's inputs."""
        picture = self._picture
        lowest, highest = picture.ranges(self._box, np.arange(len(picture.levels.slope)))
        shown = highest > 0
        white = shown & (lowest >= GREY_LEVELS)
        below = np.flatnonzero(shown & (lowest < 0))  # may be black
        above = np.flatnonzero(shown & (highest > GREY_LEVELS) & ~white)  # may be white
        whole = np.flatnonzero(shown & (lowest >= 0) & ~white)
        count = len(self._names)
        rows = np.concatenate(
            [
                self._levels(below, "alpha_lower"),
                self._levels(above, "alpha_upper"),
                np.column_stack([np.eye(count), -self._lower]),
            ]
        )
        weights = picture.weights
        sums = weights[:, whole] @ self._carried(self._levels(whole, "alpha_lower"))
        sums += np.outer(weights[:, np.flatnonzero(white)].sum(axis=1), self._window)
        sums += np.outer(picture.offset / GREY_LEVELS, self._window)
        first = _Gemm(np.float32(rows[:, :-1].T), np.float32(rows[:, -1]))
        return first, self._with_carried([weights[:, below].T, -weights[:, above].T], sums)

    def layers(self) -> list[_Gemm]:
        """The network's layers, the last of which gives the margins."""
        hidden = self._members[0].network.layers[:-1]
        gemms = [
            self._with_carried([layer.weights.T], np.outer(layer.bias / GREY_LEVELS, self._window))
            for layer in hidden
        ]
        lasts = [(member, member.network.layers[-1]) for member in self._members]
        weights = np.vstack([member.sign * last.weights.toarray() for member, last in lasts])
        constants = [member.sign * (last.bias[0] - member.threshold) for member, last in lasts]
        bias = np.outer(np.array(constants) / GREY_LEVELS, self._window)
        end = np.vstack([weights.T, bias[:, :-1].T])
        return [*gemms, _Gemm(np.float32(end), np.float32(bias[:, -1]))]

    def _levels(self, pixels: np.ndarray, threshold: str) -> np.ndarray:
        """Rows of level - threshold in the setting, (pixels, parameter + 1)."""
        levels = self._picture.levels
        rows = np.tile(self._affine({threshold: -1.0, "gain": 1.0}), (len(pixels), 1))
        rows[:, self._names.index("beta")] += levels.slope[pixels]
        rows[:, -1] += levels.constant[pixels]
        return rows

    def _affine(self, factors: Mapping[str, float]) -> np.ndarray:
        """A row of the setting's factors and a constant, (parameter + 1,)."""
        row = np.zeros(len(self._names) + 1)
        for name, factor in factors.items():
            if name in self._names:
                row[self._names.index(name)] += factor
            else:
                row[-1] += factor * self._box.lower[KNOBS.index(name)]
        return row

    def _carried(self, rows: np.ndarray) -> np.ndarray:
        """Rows of the setting, (..., parameter + 1), as rows of the carried distances."""
        rows = rows.copy()
        rows[..., -1] += rows[..., :-1] @ self._lower
        return rows

    def _with_carried(self, parts: Sequence[sparray], affine: np.ndarray) -> _Gemm:
        """An operation from `parts` (in, out) and rows of the carried distances, which go on."""
        count, outputs = len(self._names), len(affine)
        inputs = sum(part.shape[0] for part in parts)
        weights = np.zeros((inputs + count, outputs + count), np.float32)
        row = 0
        for part in parts:
            weights[row : row + part.shape[0], :outputs] = part.astype(np.float32).toarray()
            row += part.shape[0]
        weights[inputs:, :outputs] = affine[:, :-1].T
        weights[inputs:, outputs:] = np.eye(count)
        return _Gemm(weights, np.float32(np.append(affine[:, -1], np.zeros(count))))


def _model(gemms: Sequence[_Gemm], rectified: set[int]) -> onnx.ModelProto:
    """Operations one after the other, some with rectifiers behind them."""
    nodes, constants, flow = [], [], "setting"
    for number, gemm in enumerate(gemms):
        names = f"weights_{number}", f"bias_{number}"
        arrays = gemm.weights, gemm.bias
        constants += [
            numpy_helper.from_array(a, name) for a, name in zip(arrays, names, strict=True)
        ]
        output = "margin" if number == len(gemms) - 1 else f"sum_{number}"
        nodes.append(helper.make_node("Gemm", [flow, *names], [output], name=output))
        flow = output
        if number in rectified:
            flow = f"rectified_{number}"
            nodes.append(helper.make_node("Relu", [output], [flow], name=flow))
    ends = (("setting", gemms[0].weights.shape[0]), ("margin", len(gemms[-1].bias)))
    first, last = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size]) for name, size in ends
    )
    graph = helper.make_graph(nodes, "chain", [first], [last], constants)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(
        graph, producer_name="reconattack", opset_imports=[opset], ir_version=IR_VERSION
    )
    onnx.checker.check_model(model)
    return model


def _decimal(value: float) -> str:
    """A number without an exponent, which not every parser reads."""
    return np.format_float_positional(value, trim="0")
