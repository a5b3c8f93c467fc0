"""The result of an attack on one frame, with what a person needs to look at it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import xarray as xr

from reconattack.attacks.box import Box, unit_of, value_in
from reconattack.attacks.results import FrameResult
from reconattack.attacks.stop_reasons import STOP_REASONS
from reconattack.classifiers.model import Model
from reconattack.reconstruction.drawing import reconstruct


@dataclass(frozen=True)
class AttackResult:
    """What an attack found at one frame.

    Attributes
    ----------
    frame
        The RF frame.
    model
        The attacked model.
    box
        The box of the attack.
    method
        Name of the method.
    knobs
        `box` of each parameter that moves and, for methods that move by steps, `probe` and `rate`.
    found
        The library's result, with every step of the attack.
    """

    frame: xr.Dataset
    model: Model
    box: Box
    method: str
    knobs: Mapping[str, Mapping]
    found: FrameResult

    @property
    def name(self) -> str:
        """Name of the frame."""
        return self.found.name

    @property
    def attacked(self) -> bool:
        """Whether the frame was attacked: its label, if known, is the decision at the start."""
        return self.found.is_attacked

    @property
    def flipped(self) -> bool:
        """Whether the attack changed the model's decision."""
        return self.found.flipped

    @property
    def reason(self) -> str:
        """Why the attack ended, or why there was none, in words."""
        return STOP_REASONS[self.found.stop_reason]

    @property
    def setting(self) -> dict[str, float]:
        """The setting that the attack found: the flip, or the nearest to one if nothing flipped."""
        return {**self.box.start, **self.found.setting}

    @property
    def probability_initial(self) -> float:
        """Probability of class 1 at the start of the box; NaN if the decision is not binary."""
        return self.found.probability_initial

    @property
    def probability_final(self) -> float:
        """Probability of class 1 at `setting`; NaN if the decision is not binary."""
        return self.found.probability_final

    @property
    def decision_initial(self) -> float:
        """What is decided at the start of the box: number of the class, a number, or a Dice."""
        return self.found.decision_initial

    @property
    def decision_final(self) -> float:
        """What is decided at `setting`, as `decision_initial`."""
        return self.found.decision_final

    @property
    def margin_initial(self) -> float:
        """How far the decision is from changing at the start of the box, in `margin_unit`."""
        return self.found.margin_initial

    @property
    def margin_final(self) -> float:
        """How far the decision is from changing at `setting`; below zero if it has changed."""
        return self.found.margin_final

    @property
    def margin_unit(self) -> str:
        """Unit of `margin_initial` and `margin_final`."""
        return self.found.margin_unit

    @property
    def queries(self) -> int:
        """Images that the model classified, the initial one among them."""
        return int(self.found.record["queries"])

    @property
    def margin(self) -> float | None:
        """Smallest change that flips: of the parameter that moves most, in half-widths of its box.

        An upper bound. None if nothing flipped or the method measures no margins (`minimal` does).
        """
        margin = float(self.found.record.get("margin_linf", math.nan))
        return None if math.isnan(margin) else margin

    @property
    def safe(self) -> dict[str, tuple[float, float]] | None:
        """For each parameter alone, the lowest and highest value up to which no flip was found.

        NaN if the queries ended before; None if the method does not measure it (`minimal` does).
        """
        if "safe_lower" not in self.found.record:
            return None
        return {
            name: tuple(
                float(self.found.record[end].sel(parameter=name))
                for end in ("safe_lower", "safe_upper")
            )
            for name in self.box.bounds
        }

    @property
    def sure(self) -> bool | None:
        """Whether nothing that a picture leaves open can change `flipped`; None for an RF frame.

        docs/pictures.md says what a picture leaves open.
        """
        name = "sure_flip" if self.flipped else "sure_hold"
        return bool(self.found.record[name] == 1) if name in self.found.record else None

    @property
    def record(self) -> xr.Dataset:
        """Every step of the attack: parameters, probability and loss, over step and parameter."""
        return self.found.record

    @property
    def original(self) -> xr.Dataset:
        """Image at the start of the box (`reconstruct`)."""
        return reconstruct(self.frame, self.box.start, self.model.rows)

    @property
    def changed(self) -> xr.Dataset:
        """Image at `setting` (`reconstruct`)."""
        return reconstruct(self.frame, self.setting, self.model.rows)

    def __repr__(self) -> str:
        return "AttackResult " + "; ".join(f"{key} {text}" for key, text in self._facts().items())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(key)}</th><td>{escape(text)}</td></tr>"
            for key, text in self._facts().items()
        )
        return f"<table>{rows}</table>"

    def _facts(self) -> dict[str, str]:
        """What a person wants to know first, in words."""
        what, initial, final = self._decisions()
        if not self.attacked:
            return {self.name: self.reason, what: initial}
        facts = {
            self.name: "flipped" if self.flipped else f"kept its decision: {self.reason}",
            what: f"{initial} -> {final}",
        }
        for parameter in self.box.bounds:
            before, after = (
                value_in(values, parameter) for values in (self.box.start, self.setting)
            )
            facts[parameter] = f"{before:g} -> {after:.5g}{unit_of(parameter)}"
        facts["queries"] = str(self.queries)
        if self.margin is not None:
            facts["margin"] = f"{self.margin:.1%} of the box's half-width"
        return facts

    def _decisions(self) -> tuple[str, str, str]:
        """What is decided, and how it is decided at the start of the box and at `setting`."""
        decision = self.model.decision
        if decision.kind == "binary":
            probabilities = self.probability_initial, self.probability_final
            return f"P({self.model.classes[1]})", *(f"{p:.3f}" for p in probabilities)
        ends = self.decision_initial, self.decision_final
        return decision.what, *(decision.in_words(end) for end in ends)
