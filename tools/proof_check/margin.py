"""A lower bound of the margin of a decision over a part of the box.

The rectifiers are replaced by lines over the ranges of their inputs. This leaves a weighted sum of
the whole grey levels of the pixels, which is bounded by lines around each, or around many together
(`together`). Slopes are chosen in float64 as seems best. What a line then has at 0 is what is
needed for it to be a bound, rounded against the proof.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, kron

from reconattack.classifiers.network_input import NetworkInput
from tools.proof_check.enclosure import SINGLE, UNIT, Part, gamma, lowered, raised
from tools.proof_check.grey import Frame, Pixels, pixels_over
from tools.proof_check.network import Network, longest
from tools.proof_check.together import around_middles, grouped, least_roundings
from tools.proof_check.told import told_setting

Ranges = list[tuple[np.ndarray, np.ndarray]]  # lowest and highest values at rectifiers
RESIDUES = (1.0, 0.5, 2.0)  # of the estimate of how coarse groups are best


@dataclass(frozen=True)
class Bounded:
    """What is known of a part.

    Attributes
    ----------
    least
        Lower bound of the margin.
    setting
        Where the bound is lowest, (4,).
    spread
        How much each parameter moves the weighted pixels, (4,); a choice where to cut.
    """

    least: float
    setting: np.ndarray
    spread: np.ndarray


@dataclass(frozen=True)
class _Inputs:
    """Numbers behind the entry: forms below and above, (n, 4), with the error of both, (n,).

    The last of them are the setting, if the network is given it.
    """

    below: np.ndarray
    above: np.ndarray
    error: np.ndarray

    def range(self, part: Part) -> tuple[np.ndarray, np.ndarray]:
        return (
            lowered(part.least(self.below) - self.error),
            -lowered(part.least(-self.above) - self.error),
        )

    def size(self, part: Part) -> np.ndarray:
        """Sum of absolute values that a form adds up, (n,)."""
        return np.maximum(np.abs(self.below), np.abs(self.above)) @ part.reach

    def behind(self, first: int) -> "_Inputs":
        """Those from a position on."""
        return _Inputs(self.below[first:], self.above[first:], self.error[first:])


class Entered(NamedTuple):
    """What is known of a part before the network's last numbers.

    Attributes
    ----------
    pixels, inputs
        The pixels over the part, and the numbers behind the entry.
    entering
        Largest absolute values of these numbers, (n,).
    ranges
        Lowest and highest values in front of every rectifier.
    """

    pixels: Pixels
    inputs: _Inputs
    entering: np.ndarray
    ranges: Ranges


class Margin:
    """Bounds a margin of one frame's decision: the network's one output less a threshold.

    Parameters
    ----------
    frame
        Its pixels.
    shown
        bool (rows, columns): the pixels that show the frame.
    network
        The network, with one output.
    rule
        How pictures are resized.
    threshold
        What its output is compared with.
    outside
        Grey levels of the other pixels, (rows, columns); None if they are black.
    """

    def __init__(
        self,
        frame: Frame,
        shown: np.ndarray,
        network: Network,
        rule: NetworkInput,
        threshold: float,
        outside: np.ndarray | None = None,
    ) -> None:
        self.frame = frame
        self.network = network
        self.threshold = threshold
        down, across = (csr_array(matrix).astype(float) for matrix in rule.weights(shown.shape))
        whole = csr_array(kron(down, across))
        resize = whole[:, np.flatnonzero(shown)]
        entry = network.entry
        self._weights = csr_array(entry.matrix @ resize)
        self._absolute = csr_array(entry.absolute @ abs(resize)) * (1 + 2.0**-30)
        self._plus, self._minus = self._weights.maximum(0), self._weights.minimum(0)
        self._doubled = entry.doubled + gamma(longest(resize) + longest(self._weights) + 8)
        background = np.float32(rule.background)
        still = rule.bars(shown.shape).ravel() * float(background)
        if outside is not None:
            still = still + whole @ outside.ravel().astype(float)
        self._offset = entry.bias + entry.matrix @ still
        self._offset_size = raised(entry.size + entry.absolute @ np.abs(still))
        # A pixel goes through the sums of a column and a row; each begins with a product.
        self._roundings = longest(down) + longest(across) + entry.roundings

    def beside(self, network: Network, threshold: float) -> "Margin":
        """The bound of another margin of the same frame: `network` differs in its last layer."""
        other = copy(self)
        other.network, other.threshold = network, threshold
        return other

    def __call__(self, part: Part) -> Bounded:
        """Bound the margin over a part."""
        return self.bounded(part, self.entered(part))

    def entered(self, part: Part) -> Entered:
        """What is the same for every margin of the frame."""
        pixels = pixels_over(self.frame, part)
        inputs = self._inputs(pixels, part)
        low, high = inputs.range(part)
        self._entering = np.maximum(np.abs(low), np.abs(high))
        return Entered(pixels, inputs, self._entering, self._ranges(inputs, part))

    def bounded(self, part: Part, entered: Entered) -> Bounded:
        """Bound the margin over a part that was `entered`, by this margin or one beside it."""
        pixels, inputs, self._entering, ranges = entered
        error = self._float_error(pixels, ranges)
        best, setting, chosen = -np.inf, None, None
        for slopes in self._slopes(inputs, ranges, part):
            row, constant = self._functional(ranges, slopes)
            found, corner = self._least(row, constant - error, pixels, inputs, part)
            if found > best:
                best, setting, chosen = found, part.corners[corner], (row, constant - error)
            if best > 0:
                break
        if best <= 0:
            for factor in RESIDUES:
                best = max(best, self._least_together(*chosen, pixels, inputs, part, factor))
                if best > 0:
                    break
        return Bounded(best, setting, self._spread(chosen[0], inputs, part))

    def _inputs(self, pixels: Pixels, part: Part) -> _Inputs:
        below, above = (_lines(self.frame.forms, line) for line in (pixels.below, pixels.above))
        size = np.maximum(np.abs(below), np.abs(above)) @ part.reach
        lower = self._plus @ below + self._minus @ above
        upper = self._plus @ above + self._minus @ below
        lower[:, 3] += self._offset
        upper[:, 3] += self._offset
        error = (self._doubled + 16 * UNIT) * (self._absolute @ size + self._offset_size)
        if not self.network.told:
            return _Inputs(lower, upper, raised(error))
        own = lower, upper, raised(error)
        return _Inputs(*map(np.concatenate, zip(own, told_setting(part), strict=True)))

    def _ranges(self, inputs: _Inputs, part: Part) -> Ranges:
        """Lowest and highest value in front of every rectifier."""
        first, *others = self.network.layers
        if not others:
            return []
        plus, minus = first.parts
        below = plus @ inputs.below + minus @ inputs.above
        above = plus @ inputs.above + minus @ inputs.below
        below[:, 3] += first.bias
        above[:, 3] += first.bias
        size = first.absolute @ inputs.size(part) + first.size
        error = raised(first.absolute @ inputs.error + (first.doubled + 16 * UNIT) * size)
        ranges = [_Inputs(below, above, error).range(part)]
        for number in range(1, len(self.network.layers) - 1):
            layer = self.network.layers[number]
            slopes = [_least_area(*range_) for range_ in ranges]
            ends = []
            for sign in (1.0, -1.0):
                rows = sign * layer.matrix.toarray()
                constants = lowered(sign * layer.bias - layer.doubled * layer.size)
                # The rows as computed are off by `doubled` of the absolute ones.
                high = np.maximum(ranges[-1][1], 0)
                constants = constants - raised(layer.doubled * (layer.absolute @ high))
                rows, constants = self._pulled(rows, constants, ranges, slopes)
                ends.append(self._least_of_rows(rows, constants, inputs, part))
            ranges.append((ends[0], -ends[1]))
        return ranges

    def _least_of_rows(
        self, rows: np.ndarray, constants: np.ndarray, inputs: _Inputs, part: Part
    ) -> np.ndarray:
        """Lower bounds of rows (n, input) of the inputs plus constants, (n,)."""
        forms = np.maximum(rows, 0) @ inputs.below + np.minimum(rows, 0) @ inputs.above
        forms[:, 3] += constants
        size = np.abs(rows) @ inputs.size(part) + np.abs(constants)
        error = np.abs(rows) @ inputs.error + gamma(rows.shape[1] + 16) * size
        return lowered(part.least(forms) - raised(error))

    def _pulled(
        self,
        rows: np.ndarray,
        constants: np.ndarray,
        ranges: Ranges,
        slopes: list[np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rows (n, unit) of what is behind some rectifiers as rows of the inputs, bounded below."""
        for number in range(len(slopes) - 1, -1, -1):
            layer, (low, high) = self.network.layers[number], ranges[number]
            rows, constants = _through(rows, constants, low, high, slopes[number])
            before = self._largest(number, ranges)
            absolute = np.abs(rows)
            moved = absolute @ layer.absolute @ before + absolute @ layer.size
            terms = gamma(rows.shape[1] + 16)
            added = rows @ layer.bias
            error = (layer.doubled + terms) * moved + terms * np.abs(constants)
            constants = lowered(constants + added - raised(error))
            rows = (layer.matrix.T @ rows.T).T
        return rows, constants

    def _largest(self, number: int, ranges: Ranges) -> np.ndarray:
        """Largest absolute values that enter a layer, (n,)."""
        if number:
            return np.maximum(ranges[number - 1][1], 0)
        return self._entering

    def _functional(self, ranges: Ranges, slopes: list[np.ndarray]) -> tuple[np.ndarray, float]:
        """A row of the inputs and a constant that the margin is nowhere below."""
        last = self.network.layers[-1]
        rows = last.matrix.toarray()
        before = self._largest(len(self.network.layers) - 1, ranges)
        error = last.doubled * (last.absolute @ before + last.size)
        error = raised(error + 4 * UNIT * abs(self.threshold))
        constants = lowered(last.bias - self.threshold - error)
        if len(self.network.layers) == 1:
            return rows[0], float(constants[0])
        rows, constants = self._pulled(rows, constants, ranges, slopes)
        return rows[0], float(constants[0])

    def _slopes(self, inputs: _Inputs, ranges: Ranges, part: Part) -> Iterator[list[np.ndarray]]:
        """Slopes of the lines below the rectifiers to try, for each a list with one per layer."""
        deeper = [_least_area(*range_) for range_ in ranges[1:]]
        if not ranges:
            yield []
            return
        area = _least_area(*ranges[0])
        yield [area, *deeper]
        middle = (inputs.below + inputs.above) / 2
        first = self.network.layers[0]
        row, _ = self._functional(ranges, [area, *deeper])
        worst = (row @ middle @ part.coordinates).argmin()
        there = first.matrix @ (middle @ part.coordinates[:, worst]) + first.bias > 0
        yield [there.astype(float), *deeper]
        yield [(area + there) / 2, *deeper]

    def _least(
        self, row: np.ndarray, constant: float, pixels: Pixels, inputs: _Inputs, part: Part
    ) -> tuple[float, int]:
        """Lower bound of a row of the inputs plus a constant, and its corner."""
        weights, constant = self._weighed(row, constant, pixels)
        lines = np.where(weights > 0, pixels.below, pixels.above)
        told = self._told(row, inputs, part)
        return self._summed(weights, lines, self.frame.forms, constant, told, part)

    def _weighed(
        self, row: np.ndarray, constant: float, pixels: Pixels
    ) -> tuple[np.ndarray, float]:
        """Weight of each pixel, and a constant that covers what float64 changed in it."""
        row = row[: len(self._offset)]
        weights = self._weights.T @ row
        absolute = np.abs(row)
        moved = absolute @ (self._absolute @ pixels.most) + absolute @ self._offset_size
        terms = gamma(len(row) + 16)
        error = raised((self._doubled + terms) * moved + terms * abs(constant))
        return weights, float(lowered(constant + row @ self._offset - error))

    def _told(self, row: np.ndarray, inputs: _Inputs, part: Part) -> tuple[np.ndarray, float]:
        """What a row makes of the given setting, as a form below it, and the size of its terms."""
        setting, row = inputs.behind(len(self._offset)), row[len(self._offset) :]
        form = np.maximum(row, 0) @ setting.below + np.minimum(row, 0) @ setting.above
        form[3] -= raised(np.abs(row) @ setting.error)
        return form, float(np.abs(row) @ (setting.size(part) + setting.error))

    def _summed(
        self,
        weights: np.ndarray,
        lines: np.ndarray,
        forms: np.ndarray,
        constant: float,
        told: tuple[np.ndarray, float],
        part: Part,
    ) -> tuple[float, int]:
        """Lower bound of sum(weights * lines of forms), the setting's form and a constant.

        Also the number of its corner.
        """
        sloped = weights * lines[0]
        total = sloped @ forms + told[0]
        total[3] += weights @ lines[1] + constant
        absolute, size = np.abs(sloped), np.abs(weights) @ np.abs(lines[1]) + abs(constant)
        size += absolute @ np.abs(forms) @ part.reach + told[1]
        least = part.least(total[np.newaxis])[0] - raised(gamma(len(weights) + 24) * size)
        return float(lowered(least)), int((total @ part.coordinates).argmin())

    def _least_together(
        self,
        row: np.ndarray,
        constant: float,
        pixels: Pixels,
        inputs: _Inputs,
        part: Part,
        factor: float,
    ) -> float:
        """The same with the roundings of pixels that are never clipped bounded together."""
        weights, constant = self._weighed(row, constant, pixels)
        free = pixels.free & (weights != 0)
        if not free.any():
            return -np.inf
        lines = np.where(weights > 0, pixels.below, pixels.above)
        forms, some = self.frame.forms.copy(), weights[free]
        group, middles = grouped(forms[free], part, factor * _residue(forms[free], part))
        shift, open_ = around_middles(forms[free], group, middles, part)
        open_ = raised(open_ + (pixels.half - 0.5))
        rounding = least_roundings(some, shift, open_, group, middles, part)
        forms[free] = middles[group]
        lines[0, free], lines[1, free] = 1, shift
        told = self._told(row, inputs, part)
        found, _ = self._summed(weights, lines, forms, constant, told, part)
        return float(lowered(found + rounding))

    def _float_error(self, pixels: Pixels, ranges: Ranges) -> float:
        """How far float32 may move the logit."""
        within = self._absolute @ pixels.most + self._offset_size
        error = raised(gamma(self._roundings, SINGLE) * within)
        error = np.append(error, np.zeros(self.network.told))  # the layer rounds it to float32
        for number, layer in enumerate(self.network.layers):
            error = layer.moved(self._largest(number, ranges), error)
        return float(error[0])

    def _spread(self, row: np.ndarray, inputs: _Inputs, part: Part) -> np.ndarray:
        middle = (np.array(part.lower) + part.upper) / 2
        spread = np.zeros(4)
        for knob in range(4):
            ends = np.tile(middle, (2, 1))
            ends[:, knob] = part.lower[knob], part.upper[knob]
            thin = Part(tuple(ends[0]), tuple(ends[1])).coordinates
            values = (inputs.below + inputs.above) / 2 @ thin
            spread[knob] = np.abs(row) @ np.ptp(values, axis=1)
        return spread


def _lines(forms: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Forms of a line of some forms."""
    made = forms * line[0][:, np.newaxis]
    made[:, 3] += line[1]
    return made


def _least_area(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return (high > -low).astype(float)


def _through(
    rows: np.ndarray, constants: np.ndarray, low: np.ndarray, high: np.ndarray, slopes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of rectified values as rows of the values in front, (n, unit), bounded below.

    rows * max(value, 0) - slope * value is straight from low to 0 and from 0 to high, so its least
    value is at one of these.
    """
    crossing = (low < 0) & (high > 0)
    chord = np.divide(high, high - low, out=np.zeros_like(high), where=crossing)
    under = np.where(crossing, slopes, (low >= 0).astype(float))
    over = np.where(crossing, chord, (low >= 0).astype(float))
    sloped = np.where(rows > 0, rows * under, rows * over)
    at_low = rows * np.maximum(low, 0) - sloped * low
    at_high = rows * np.maximum(high, 0) - sloped * high
    least = np.minimum(at_low, at_high)
    least = np.where((low <= 0) & (high >= 0), np.minimum(least, 0), least)
    largest = np.maximum(np.abs(low), np.abs(high))
    size = (np.abs(rows) + np.abs(sloped)) @ largest
    error = raised(gamma(rows.shape[1] + 16) * (size + np.abs(constants)))
    return sloped, lowered(constants + least.sum(axis=1) - error)


def _residue(forms: np.ndarray, part: Part) -> float:
    """A width of groups: what it leaves open against the number of groups."""
    u = part.coordinates[0]
    half_u, half_y = (u.max() - u.min()) / 2, (part.upper[0] - part.lower[0]) / 2 * u.max()
    spread = np.ptp(forms[:, 1]) * half_y * 20 * half_u / len(forms)
    return float(np.clip(1.35 * np.sqrt(0.6 * np.sqrt(spread)), 1e-3, 0.25))
