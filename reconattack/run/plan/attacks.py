"""The attacks of a run, and what their methods declare."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconattack.attacks.method import declared
from reconattack.reconstruction.parameters import SLIDERS

SCALED = ("beta", *SLIDERS)  # parameters whose effect depends on the depth


def scaled_parameters(config: Mapping[str, Any]) -> list[str]:
    """Those of `SCALED` that anything in a run moves, each with the places that do so."""
    boxes = {f"attacks.{name}": config["attacks"][name] for name in config["run"]["attacks"]}
    boxes["accidental"] = config.get("accidental") or {}
    boxes |= {
        f"models.{name}.reconstructions": config["models"][name].get("reconstructions") or {}
        for name in config["run"]["models"]
    }
    moved: dict[str, list[str]] = {name: [] for name in SCALED}
    for place, settings in boxes.items():
        for name, knob in settings.get("parameters", {}).items():
            if name in moved and knob["box"][0] < knob["box"][1]:
                moved[name].append(place)
    return [f"{name} ({', '.join(places)})" for name, places in moved.items() if places]


@dataclass(frozen=True)
class Attacks:
    """The attacks that a configuration defines.

    Attributes
    ----------
    definitions
        Each attack of the configuration by its name.
    selected
        Names of the attacks that the run selects.
    """

    definitions: Mapping[str, Mapping[str, Any]]
    selected: list[str]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Attacks":
        """The attacks of a configuration."""
        return cls(config["attacks"], config["run"]["attacks"])

    def method(self, attack: str) -> str:
        """Name of an attack's method."""
        return self.definitions[attack]["method"]

    def parameters(self, attacks: Iterable[str] | None = None) -> dict[str, Any]:
        """Parameters of some attacks, by default of the selected ones, with their boxes."""
        names = self.selected if attacks is None else attacks
        return {name: self.definitions[name]["parameters"] for name in names}

    def box(self, attack: str) -> dict[str, list[float]]:
        """Bounds of each parameter that an attack moves, in the parameter's unit."""
        parameters = self.definitions[attack]["parameters"]
        return {name: parameter["box"] for name, parameter in parameters.items()}

    def start_from(self, attack: str) -> list[str]:
        """Names of the attacks whose flips an attack is given."""
        return self.definitions[attack].get("start_from", [])

    def finds(self, attack: str) -> str | None:
        """What the method of an attack finds besides flips; None if nothing."""
        return declared(self.method(attack)).finds

    def is_guarded(self, attack: str) -> bool:
        """Whether the flips of an attack have to pass the guard of the model as well."""
        return bool(self.definitions[attack].get("guarded"))

    def is_white_box(self, attack: str) -> bool:
        """Whether an attack needs the slopes of the network."""
        return declared(self.method(attack)).white_box

    def needs_many_queries(self, attack: str) -> bool:
        """Whether an attack needs thousands of queries at a frame."""
        return declared(self.method(attack)).many_queries

    def moves_by_steps(self, attack: str) -> bool:
        """Whether an attack moves by steps, as the paper's does, and has no guard to pass."""
        return declared(self.method(attack)).steps and not self.is_guarded(attack)

    def finds_lattice(self, attack: str) -> bool:
        """Whether an attack judges every point of a lattice."""
        return declared(self.method(attack)).finds == "lattice"

    def finds_margins(self, attack: str) -> bool:
        """Whether an attack finds the distance to the nearest flip, whatever a guard says."""
        return declared(self.method(attack)).finds == "margins" and not self.is_guarded(attack)

    def finds_knobs(self, attack: str) -> bool:
        """Whether an attack finds which parameters flip a frame alone and in pairs."""
        return declared(self.method(attack)).finds == "knobs"

    def certifies(self, attack: str) -> bool:
        """Whether an attack proves something of each frame, or bounds the share that flips it."""
        return declared(self.method(attack)).finds in ("proof", "share")

    def proves(self, attack: str) -> bool:
        """Whether an attack proves something for every setting of its box."""
        return declared(self.method(attack)).finds == "proof"

    def searches_freely(self, attack: str) -> bool:
        """Whether an attack searches for a flip and finds nothing else, by black-box queries."""
        method = declared(self.method(attack))
        return not (method.steps or method.white_box or method.finds or self.is_guarded(attack))

    def selected_which(self, answers: Callable[[str], bool]) -> list[str]:
        """The selected attacks that answer a question with yes."""
        return [name for name in self.selected if answers(name)]

    @property
    def stepping(self) -> list[str]:
        """The first selected attack that moves by steps: the paper's; an empty list without one."""
        return self.selected_which(self.moves_by_steps)[:1]

    @property
    def reported(self) -> str:
        """The attack that stands for the run: the paper's, or the first."""
        return (self.stepping or self.selected)[0]

    def grid_of(self, attack: str) -> str | None:
        """The first selected grid over the same box as an attack's; None without one.

        Grids know no guard.
        """
        grids = [] if self.is_guarded(attack) else self.selected_which(self.finds_lattice)
        return next((name for name in grids if self.box(name) == self.box(attack)), None)
