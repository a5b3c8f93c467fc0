"""The check of one frame's stored proof."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from reconattack.attacks.results import FrameResult
from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.derived import Ensemble
from reconattack.classifiers.views import paper_parameters
from reconattack.reconstruction.parameters import NEUTRAL, PICTURE, SLIDERS
from reconattack.reconstruction.reconstruction import Reconstruction
from tools.proof_check.decided import kept_decision
from tools.proof_check.enclosure import Part
from tools.proof_check.ensemble import MeanMargin
from tools.proof_check.grey import Frame, pixels_over
from tools.proof_check.least import LeastMargin
from tools.proof_check.margin import Margin
from tools.proof_check.network import Network
from tools.proof_check.tiling import Box, gaps, nearer

KNOBS = ("beta", "alpha_lower", "alpha_upper", "gain")
SAME_SHARE = 1e-9  # of the box: sums of volumes in another order
SAME_DISTANCE = 1e-9  # in half-widths of the box: records round a distance to nine decimals
SAME_SCORE = 1e-4  # of a flip that another machine judged


@dataclass
class Checked:
    """What was found of a proof.

    Attributes
    ----------
    leaves
        Stored parts.
    cuts
        Cuts of leaves that were not proved as a whole.
    least
        Smallest lower bound of the margin over the leaves; infinite without one.
    faults
        Why the proof does not hold; empty if it does.
    """

    leaves: int
    cuts: int = 0
    least: float = np.inf
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Leaves:
    """The stored parts of one frame: ends in the order of `KNOBS`, (leaf, 4), and bounds."""

    lower: np.ndarray
    upper: np.ndarray
    bound: np.ndarray

    @classmethod
    def of(cls, record: xr.Dataset, position: int) -> "Leaves":
        """Those of the frame at a position of a record."""
        own = record["proved_frame"].values == position
        parts = record.isel(proved_cell=own).sel(knob=list(KNOBS))
        names = ("proved_lower", "proved_upper", "proved_bound")
        return cls(*(parts[name].values for name in names))


class FrameCheck:
    """Checks the proof of one frame.

    Parameters
    ----------
    result
        What the record has of it.
    leaves
        Its stored parts.
    reconstruction
        The frame.
    judge, network
        The classifier, or an ensemble over settings of one, and what was read of its file.
    space
        The box and the initial setting of the attack.
    cutoff
        Probability from which on the decision is 1, if it is binary.
    truth
        What is known to be true of the frame: its class, or its number; None if nothing is.
    """

    def __init__(
        self,
        result: FrameResult,
        leaves: Leaves,
        reconstruction: Reconstruction,
        judge: OnnxClassifier | Ensemble,
        network: Network,
        space: SearchSpace,
        cutoff: float,
        truth: float | None,
    ) -> None:
        self._result = result
        self._leaves = leaves
        self._reconstruction = reconstruction
        self._judge = judge
        self._classifier = judge.model if isinstance(judge, Ensemble) else judge
        self._network = network
        self._space = space
        setting = reconstruction.setting | dict(zip(space.names, space.initial, strict=True))
        self._initial = np.array([setting[name] for name in KNOBS], float)
        at = {name: place for place, name in enumerate(space.names)}
        lower, upper = (
            np.array([ends[at[name]] if name in at else setting[name] for name in KNOBS], float)
            for ends in (space.lower, space.upper)
        )
        self._box = Box(lower, upper)
        self._setting = setting
        self._truth = truth
        self._start = self._answers(self._initial[np.newaxis])
        probability = network.probability
        self._kept = kept_decision(judge.decision, cutoff, self._start, truth, probability)
        self._ends = self._kept.ends()

    def check(self, most_parts: int, progress: Callable[[int], None]) -> Checked:
        """Check everything that the record says of the frame.

        Parameters
        ----------
        most_parts
            Largest number of parts that a leaf is cut into.
        progress
            Called with the number of leaves that are done.
        """
        checked = Checked(len(self._leaves.bound))
        checked.faults += self._uncovered()
        if not checked.faults:
            checked.faults += [*self._verdict(), *self._filled(), *self._real()]
            self._prove_leaves(checked, most_parts, progress)
        return checked

    def _uncovered(self) -> list[str]:
        """Why no bound here is one of this frame."""
        moving = np.array(self._space.names)[self._space.free]
        faults = [f"{name} moves" for name in moving if name not in KNOBS]
        faults += [
            f"{name} is {self._setting[name]:g}"
            for name in (*SLIDERS, *PICTURE)
            if self._setting[name] != NEUTRAL[name] and name not in moving
        ]
        if self._classifier.network_input.dtype != "float32":
            faults.append(f"images are resized in {self._classifier.network_input.dtype}")
        shifts = self._shifts()
        faults += [
            f"{name} is moved by offsets"
            for name, moves in zip(self._space.names, shifts.any(axis=0), strict=True)
            if moves and name not in KNOBS
        ]
        if len(shifts) > 1 and self._network.probability:
            faults.append("an ensemble of probabilities that the network gives itself")
        faults = [f"{fault}, for which no bound is known" for fault in faults]
        return faults if self._ends else [*faults, "no decision counts as a change"]

    def _shifts(self) -> np.ndarray:
        """What is added to a setting for each image of the frame, (image, parameter)."""
        names = self._space.names
        return (
            self._judge.shifts(names)
            if self._judge is not self._classifier
            else np.zeros((1, len(names)))
        )

    def _offsets(self) -> np.ndarray:
        """The same in the order of `KNOBS`, (image, 4)."""
        by_name = dict(zip(self._space.names, self._shifts().T, strict=True))
        nothing = np.zeros(len(self._shifts()))
        return np.stack([by_name.get(name, nothing) for name in KNOBS], axis=1)

    def _verdict(self) -> list[str]:
        """Contradictions in the record, and flips that are none."""
        record, faults = self._result.record, []
        reason, proved = self._result.stop_reason, float(record["certified_margin"])
        found = float(record["margin_linf"])
        if bool(record["certified"]) != (reason == "certified"):
            faults.append(f"certified is {bool(record['certified'])}, the attack ended {reason}")
        faults += self._reference()
        if not np.allclose(self._named(self._result.initial), self._initial, rtol=0, atol=0):
            faults.append("the attack did not begin at the initial setting of the configuration")
        if not self._keeps(self._initial):
            faults.append("the decision at the initial setting is not the reference")
        if reason == "flipped":
            faults += self._flip(found)
            if not proved <= found:
                faults.append(f"certified_margin {proved:g} is more than margin_linf {found:g}")
        elif not np.isnan(found):
            faults.append(f"margin_linf is {found:g}, the attack ended {reason}")
        return faults

    def _reference(self) -> list[str]:
        """Whether the record attacked the decision that is to be kept here."""
        result, faults = self._result, []
        if not result.is_binary:
            if result.truth != self._truth:
                faults.append(f"the truth is {self._truth}, the record has {result.truth}")
            own, stored = float(self._kept.decided(self._start)[0]), result.decision_initial
            if _differ(own, stored):
                faults.append(f"the first decision is {own:.6g}, the record has {stored:.6g}")
            return faults
        if result.label not in (None, result.reference):
            faults.append(f"the reference is {result.reference}, the label {result.label}")
        own = int(self._kept.reference)
        if own != result.reference:
            faults.append(f"the reference is {result.reference}, the decision to keep {own}")
        return faults

    def _flip(self, found: float) -> list[str]:
        """Whether the stored flip flips, and is as near as the record says."""
        flip, faults = self._named(self._result.setting), []
        word = "logit" if self._result.is_binary else "margin"
        answers = self._answers(flip[np.newaxis])
        (score,), stored = self._kept.score(answers), float(self._result.best[word])
        if self._kept.keeps(answers)[0]:
            faults.append(f"the stored flip at {described(flip)} does not flip: {word} {score:.6g}")
        if _differ(score, stored):
            faults.append(f"the stored flip has the {word} {score:.6g}, the record {stored:.6g}")
        (decided,), stored = self._kept.decided(answers), self._result.decision_final
        if _differ(decided, stored):
            faults.append(f"the stored flip decides {decided:.6g}, the record has {stored:.6g}")
        if (flip < self._box.lower).any() or (flip > self._box.upper).any():
            faults.append(f"the stored flip at {described(flip)} lies outside the box")
        half = (self._box.upper - self._box.lower) / 2
        moves = half > 0
        distance = (np.abs(flip - self._initial)[moves] / half[moves]).max()
        if not abs(distance - found) <= SAME_DISTANCE:
            faults.append(f"the stored flip is at {distance:.9g}, margin_linf is {found:.9g}")
        return faults

    def _filled(self) -> list[str]:
        """What of the claimed region no stored part holds."""
        record, faults = self._result.record, []
        if (self._leaves.bound <= 0).any():
            faults.append("a stored bound is not above 0")
        lower, upper = self._leaves.lower, self._leaves.upper
        claimed, margin = self._box, float(record["certified_margin"])
        if self._result.stop_reason != "certified":
            claimed = nearer(self._box, self._initial, margin)
        elif self._box.holds_more_than(nearer(self._box, self._initial, margin)):
            faults.append(f"certified_margin {margin:g} does not reach the whole box")
        left = gaps(claimed, lower, upper) if margin > 0 else []
        if left:
            middle = (left[0].lower + left[0].upper) / 2
            faults.append(
                f"no stored part holds {described(middle)} ({len(left)} gaps in what is claimed)"
            )
        everywhere = left if claimed is self._box else gaps(self._box, lower, upper)
        share = sum(gap.volume for gap in everywhere) / self._box.volume
        if not abs(share - float(record["undecided_share"])) <= SAME_SHARE:
            faults.append(
                f"undecided_share is {float(record['undecided_share']):.9g}, the stored parts "
                f"leave {share:.9g} of the box"
            )
        return faults

    def _real(self) -> list[str]:
        """Whether real pictures and answers at corners of the box are as the bounds here say."""
        box = Part(tuple(self._box.lower), tuple(self._box.upper))
        settings = (box.corners + self._offsets()[:, np.newaxis]).reshape(-1, len(KNOBS))
        frame, shown, faults = Frame.of(self._reconstruction), self._reconstruction.sector, []
        vectors = self._vectors(settings)
        pictures = self._reconstruction.bmode(vectors)
        for picture, corner in zip(pictures, settings, strict=True):
            pixels = pixels_over(frame, Part(tuple(corner), tuple(corner)))
            exact = part_values(frame, corner)
            least = pixels.below[0] * exact + pixels.below[1]
            most = pixels.above[0] * exact + pixels.above[1]
            grey = picture[shown]
            if (grey < least - 1e-9).any() or (grey > most + 1e-9).any():
                faults.append(f"grey levels at {described(corner)} lie outside their bounds")
        resized, told = self._classifier.network_input(pictures), []
        if self._network.told:
            told = [paper_parameters(self._reconstruction, vectors)]
        outputs, errors = self._network.outputs(resized, *told)
        found = self._classifier.answers_of(resized, *told)
        if self._kept.off(found, outputs, errors):
            faults.append("answers at corners of the box are not those of the network as read here")
        return faults

    def _prove_leaves(
        self, checked: Checked, most_parts: int, progress: Callable[[int], None]
    ) -> None:
        margin = self._margin()
        ends = zip(self._leaves.lower.tolist(), self._leaves.upper.tolist(), strict=True)
        for number, (low, high) in enumerate(ends):
            leaf = Part(tuple(low), tuple(high))
            least, cuts, fault = self._prove(leaf, margin, most_parts)
            checked.least = min(checked.least, least)
            checked.cuts += cuts
            if fault:
                checked.faults.append(f"leaf {number}: {fault}")
                return
            progress(number + 1)

    def _margin(self) -> Margin | MeanMargin | LeastMargin:
        """The bound of the margin by which the decision is kept."""
        (row, threshold), *others = self._ends
        first = Margin(
            Frame.of(self._reconstruction),
            self._reconstruction.sector,
            self._network.weighed(row),
            self._classifier.network_input,
            threshold,
            self._reconstruction.outside,
        )
        if self._classifier is not self._judge:
            return MeanMargin(first, self._offsets())
        if not others:
            return first
        return LeastMargin(
            [first, *(first.beside(self._network.weighed(row), end) for row, end in others)]
        )

    def _prove(
        self, leaf: Part, margin: Margin | MeanMargin | LeastMargin, most_parts: int
    ) -> tuple[float, int, str | None]:
        """Smallest bound over a leaf, the cuts that it took, and why it is not proved."""
        if not leaf.narrowest > 0 or any(np.greater(leaf.lower, leaf.upper)):
            return -np.inf, 0, "its ends are no part of a box"
        waiting, least, cuts = [leaf], np.inf, 0
        while waiting:
            part = waiting.pop()
            bound = margin(part)
            if bound.least > 0:
                least = min(least, bound.least)
                continue
            for setting in (bound.setting, (np.array(part.lower) + part.upper) / 2):
                if not self._keeps(setting):
                    return bound.least, cuts, f"the setting {described(setting)} in it flips"
            widths = np.subtract(part.upper, part.lower)
            if cuts + 1 >= most_parts or not widths.any():
                return bound.least, cuts, f"not proved after {cuts} cuts, bound {bound.least:.3g}"
            cuts += 1
            waiting.extend(part.halves(int(np.where(widths > 0, bound.spread, -1).argmax())))
        return least, cuts, None

    def _named(self, setting: dict[str, float]) -> np.ndarray:
        """A setting of the record in the order of `KNOBS`; what it lacks does not move."""
        return np.array([setting.get(name, self._setting[name]) for name in KNOBS])

    def _vectors(self, settings: np.ndarray) -> np.ndarray:
        """Settings (n, 4) as parameter vectors of the attack."""
        columns = [
            settings[:, KNOBS.index(name)] if name in KNOBS else np.full(len(settings), value)
            for name, value in zip(self._space.names, self._space.initial, strict=True)
        ]
        return np.stack(columns, axis=1)

    def _answers(self, settings: np.ndarray) -> np.ndarray:
        inputs = self._judge.inputs(self._reconstruction, self._vectors(settings))
        return self._judge.answers(*inputs)

    def _keeps(self, setting: np.ndarray) -> bool:
        return bool(self._kept.keeps(self._answers(setting[np.newaxis]))[0])


def part_values(frame: Frame, setting: np.ndarray) -> np.ndarray:
    """Exact grey level of each pixel at one setting, (pixels,)."""
    return frame.forms @ Part(tuple(setting), tuple(setting)).coordinates[:, 0]


def described(setting: np.ndarray) -> str:
    """A setting in words."""
    return ", ".join(f"{name} {value:.10g}" for name, value in zip(KNOBS, setting, strict=True))


def _differ(value: float, stored: float) -> bool:
    """Whether a number is more than rounding away from the stored one."""
    return not abs(value - stored) <= SAME_SCORE * (1 + abs(stored))
