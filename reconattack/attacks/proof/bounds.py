"""A lower bound of the margin of a decision over a cell: linear relaxation of the rectifiers.

Each rectifier lies between two lines over the range of its input (Zhang et al. 2018, CROWN,
arXiv:1811.00866; Singh et al. 2019, DeepPoly, doi:10.1145/3290354). Going back through the network
gives one linear function of the inputs that the margin nowhere falls below. It is a form over the
cell, which is least at a corner.
"""

from dataclasses import dataclass, replace

import numpy as np

from reconattack.attacks.proof.cell import Cell, coordinates
from reconattack.attacks.proof.levels import UNIT
from reconattack.attacks.proof.pixels import HALF, Picture, Sums
from reconattack.attacks.proof.relu_network import Layer, ReluNetwork
from reconattack.attacks.proof.rounding import least_rounding
from reconattack.attacks.proof.setting_forms import setting_forms

OWN_SLACK = 1e-6  # of a logit, for the float64 arithmetic of the proof


@dataclass(frozen=True)
class Bound:
    """What is known of a cell.

    Attributes
    ----------
    least
        Lower bound of the margin.
    corner
        Number of the corner at which the bound is least.
    spread
        What each knob of `reconattack.attacks.proof.cell.KNOBS` moves in the cell, (4,).
    """

    least: float
    corner: int
    spread: np.ndarray


@dataclass(frozen=True)
class _Inputs:
    """Inputs of the network over a cell: forms below and above, (input, 4), rounding included."""

    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True)
class _Range:
    """Lowest and highest values that reach the rectifiers behind a layer, each (n,)."""

    lower: np.ndarray
    upper: np.ndarray

    def relaxed(self, slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Slope of a line below the rectifier, slope and value at 0 of one above, each (n,)."""
        active, dead = self.lower >= 0, self.upper <= 0
        width = np.where(active | dead, 1, self.upper - self.lower)
        above = np.where(active, 1, np.where(dead, 0, self.upper / width))
        at = np.where(active | dead, 0, -self.lower * above)
        return np.where(active, 1, np.where(dead, 0, slopes)), above, at

    @property
    def least_area(self) -> np.ndarray:
        """Slopes of the lines below that enclose least."""
        return (self.upper > -self.lower).astype(float)


@dataclass(frozen=True)
class _Trial:
    """A bound, its worst corner, weights of inputs and unclipped pixels, what rounding costs."""

    least: float
    corner: int
    row: np.ndarray
    influence: np.ndarray
    rounding: float


class MarginBound:
    """Bounds of the margin of one frame's decision.

    Attributes
    ----------
    picture
        The frame's pixels.
    network
        The network.
    sign
        1 where the decision is the positive class, else -1.
    threshold
        Logit of the cut-off.
    roundings
        float32 operations between a grey level and a resized pixel.
    slack
        Error of a logit that the network gives as a probability, near the cut-off.
    largest
        Largest sum of absolute values that an input adds up, (input,), for a kernel with negative
        weights: its sums do not tell how large their terms were. None for any other.
    is_close
        Whether a cell is bounded as closely as possible, also where the margin's sign is clear.
        False saves time where nothing but the sign counts.
    """

    is_close = False

    def __init__(
        self,
        picture: Picture,
        network: ReluNetwork,
        sign: float,
        threshold: float,
        roundings: int,
        slack: float = 0.0,
        largest: np.ndarray | None = None,
    ) -> None:
        self.picture = picture
        self.network = network
        self.sign = sign
        self.threshold = threshold
        self._slack = OWN_SLACK + slack
        self._first = _Signed(network.layers[0])
        self._roundings = roundings + network.entry.roundings
        self._largest = largest
        self._offset = np.concatenate([picture.offset, np.zeros(network.told)])

    def __call__(self, cell: Cell, sums: Sums) -> Bound:
        """A lower bound of the margin over a cell, from the sums of its pixels."""
        sums = self._beside_setting(sums, cell)
        inputs, corners = self._inputs(sums), cell.coordinates
        below, above = self._first(inputs)
        ranges = [_Range((below @ corners).min(axis=1), (above @ corners).max(axis=1))]
        ranges = ranges[: len(self.network.layers) - 1]  # none behind the last layer
        for number in range(1, len(self.network.layers) - 1):
            ranges.append(self._range_behind(number, ranges, inputs, corners))
        error = self._float_error(ranges, inputs, corners)
        slopes = [range_.least_area for range_ in ranges]
        best = self._trial(ranges, slopes, sums, corners, error)
        if (best.least <= 0 or self.is_close) and ranges:
            area, *deeper = slopes
            there = ((below + above) @ corners[:, best.corner] > 0).astype(float)
            for slopes in (there, (area + there) / 2):
                found = self._trial(ranges, [slopes, *deeper], sums, corners, error)
                best = max(best, found, key=lambda trial: trial.least)
                if best.least > 0 and not self.is_close:
                    break
        least = best.least
        if least <= 0 < least + best.rounding or self.is_close:
            levels, error = self.picture.levels, self.picture.error
            joint = least_rounding(levels, sums.unclipped, best.influence, cell, error)
            least += best.rounding + joint
        return Bound(least, best.corner, self._spread(best.row, inputs, cell))

    def _trial(
        self,
        ranges: list[_Range],
        slopes: list[np.ndarray],
        sums: Sums,
        corners: np.ndarray,
        error: float,
    ) -> "_Trial":
        """The bound for chosen slopes of the lines below the rectifiers."""
        row, constant = self._backward(ranges, slopes)
        values = self._form(row, constant, sums) @ corners
        influence = self.picture.influence(row[: len(self.picture.offset)], sums.unclipped)
        rounding = (HALF + self.picture.error) * float(np.abs(influence).sum())
        least = float(values.min()) - rounding - error
        return _Trial(least, int(values.argmin()), row, influence, rounding)

    def _beside_setting(self, sums: Sums, cell: Cell) -> Sums:
        """The sums, with the told setting behind them for a network that takes it."""
        told = self.network.told
        if not told:
            return sums
        below, above = setting_forms(cell)
        return replace(
            sums,
            affine=np.concatenate([sums.affine, np.zeros((told, 4))]),
            lower=np.concatenate([sums.lower, below]),
            upper=np.concatenate([sums.upper, above]),
            radius=np.concatenate([sums.radius, np.zeros(told)]),
        )

    def _inputs(self, sums: Sums) -> _Inputs:
        half = (HALF + self.picture.error) * sums.radius
        lower, upper = sums.affine + sums.lower, sums.affine + sums.upper
        lower[:, 3] += self._offset - half
        upper[:, 3] += self._offset + half
        return _Inputs(lower, upper)

    def _form(self, row: np.ndarray, constant: float, sums: Sums) -> np.ndarray:
        """The bound before rounding as a form, (4,)."""
        form = row @ sums.affine + np.maximum(row, 0) @ sums.lower + np.minimum(row, 0) @ sums.upper
        form[3] += constant + row @ self._offset
        return form

    def _backward(self, ranges: list[_Range], slopes: list[np.ndarray]) -> tuple[np.ndarray, float]:
        """Weights of the inputs, (input,), and a constant: nowhere above the margin."""
        last = self.network.layers[-1]
        row = self.sign * last.weights.toarray()[0]
        constant = self.sign * (float(last.bias[0]) - self.threshold)
        (row,), (constant,) = self._through(row[np.newaxis], np.array([constant]), ranges, slopes)
        return row, float(constant)

    def _through(
        self,
        rows: np.ndarray,
        constants: np.ndarray,
        ranges: list[_Range],
        slopes: list[np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Linear functions (n, unit) of what is behind some rectifiers, bounded by the inputs."""
        behind = zip(self.network.layers, ranges, slopes, strict=False)
        for layer, range_, slope in reversed([*behind]):
            below, above, at = range_.relaxed(slope)
            plus, minus = np.maximum(rows, 0), np.minimum(rows, 0)
            rows = plus * below + minus * above
            constants = constants + minus @ at + rows @ layer.bias
            rows = (layer.weights.T @ rows.T).T
        return rows, constants

    def _range_behind(
        self, number: int, ranges: list[_Range], inputs: _Inputs, coordinates: np.ndarray
    ) -> _Range:
        """Range of what a deeper layer gives to its rectifiers."""
        layer = self.network.layers[number]
        slopes = [range_.least_area for range_ in ranges]
        matrix = layer.weights.toarray()

        def lowest(sign: float) -> np.ndarray:
            rows, constants = self._through(sign * matrix, sign * layer.bias, ranges, slopes)
            forms = np.maximum(rows, 0) @ inputs.lower + np.minimum(rows, 0) @ inputs.upper
            forms[:, 3] += constants
            return (forms @ coordinates).min(axis=1)

        return _Range(lowest(1.0), -lowest(-1.0))

    def _float_error(self, ranges: list[_Range], inputs: _Inputs, coordinates: np.ndarray) -> float:
        """How far float32 arithmetic may move the logit, and the slack of this arithmetic."""
        entry = self.network.entry
        highest = (inputs.upper @ coordinates).max(axis=1)
        lowest = (inputs.lower @ coordinates).min(axis=1)
        values = np.maximum(np.abs(highest), np.abs(lowest))
        of_image = len(entry.bias)
        sizes = self._largest if self._largest is not None else highest[:of_image] - entry.bias
        error = gamma(self._roundings) * (np.maximum(sizes, 0) + entry.magnitude_bias)
        error = np.concatenate([error, np.zeros(self.network.told)])  # the layer counts its own
        for number, layer in enumerate(self.network.layers):
            if number:
                values = np.maximum(ranges[number - 1].upper, 0)
            moved = layer.magnitude @ (values + error) + layer.magnitude_bias
            error = abs(layer.weights) @ error + gamma(layer.roundings) * moved
        # Where numbers are large, the arithmetic of the proof errs by more than its slack, and by
        # less than a thousandth of float32's.
        return 1.001 * float(error[0]) + self._slack

    def _spread(self, row: np.ndarray, inputs: _Inputs, cell: Cell) -> np.ndarray:
        """What each knob alone moves of the weighted inputs, the others at their middle."""
        forms = (inputs.lower + inputs.upper) / 2
        middle = (np.array(cell.lower) + cell.upper) / 2
        ends = np.tile(middle, (len(middle), 2, 1))
        knobs = np.arange(len(middle))
        ends[knobs, 0, knobs], ends[knobs, 1, knobs] = cell.lower, cell.upper
        values = forms @ coordinates(ends.reshape(-1, len(middle)))
        moved = values[:, 1::2] - values[:, ::2]
        return np.abs(row) @ np.abs(moved)


class _Signed:
    """A layer's weights by their sign, which carry forms of its inputs over to its outputs."""

    def __init__(self, layer: Layer) -> None:
        self._plus, self._minus = layer.weights.maximum(0), layer.weights.minimum(0)
        self._bias = layer.bias

    def __call__(self, inputs: _Inputs) -> tuple[np.ndarray, np.ndarray]:
        """Forms below and above the outputs, both (output, 4)."""
        below = self._plus @ inputs.lower + self._minus @ inputs.upper
        above = self._plus @ inputs.upper + self._minus @ inputs.lower
        below[:, 3] += self._bias
        above[:, 3] += self._bias
        return below, above


def gamma(operations: int) -> float:
    """Relative error of a float32 sum of products after so many operations, in any order."""
    return operations * UNIT / (1 - operations * UNIT)
