"""What the explorer and the dossier show of a run."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reconattack.pages.explorer.drawable import undrawable
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.run.plan.paths import EXPLORER
from reconattack.run.plan.results import File, Results

MOST_FRAMES = 100
LATTICE = "lattice"  # name of the explorer's own lattice where a file names its attack

Question = Callable[[str], bool]


@dataclass(frozen=True)
class Explorer:
    """The contents of the explorer and of the dossier.

    Attributes
    ----------
    results
        The results of the run.
    """

    results: Results

    @cached_property
    def frames(self) -> list[str]:
        """Frames that the explorer shows: one in two, three, ... of a large cohort."""
        rows = self.results.cohorts.rows[self.results.cohorts.judged]
        return [row["frame"] for row in rows[:: -(-len(rows) // MOST_FRAMES)]]

    def frames_of(self, chunk: str) -> list[str]:
        """Frames of a chunk that the explorer shows."""
        rows = self.results.cohorts.chunk_rows(self.results.cohorts.judged, chunk)
        return [row["frame"] for row in rows if row["frame"] in self.frames]

    @cached_property
    def box(self) -> dict[str, list[float]]:
        """Bounds of the paper's parameters in the explorer; empty if no attack moves only them."""
        attacks = self.results.attack_definitions
        questions = attacks.moves_by_steps, attacks.finds_lattice, attacks.finds_margins
        preferred = (self._explored(question) for question in (*questions, attacks.searches_freely))
        attack = next(filter(None, preferred), None)
        return attacks.box(attack) if attack else {}

    @cached_property
    def attacks(self) -> list[dict[str, Any]]:
        """The attacks whose result the explorer shows: those by steps first, then free searches.

        Each has its `name`, its `box` and whether it moves by `steps`, which can be replayed.
        """
        attacks = self.results.attack_definitions
        return [
            {"name": name, "box": attacks.box(name), "steps": attacks.moves_by_steps(name)}
            for question in (attacks.moves_by_steps, attacks.searches_freely)
            for name in self._all_explored(question)
        ]

    @cached_property
    def lattices(self) -> list[File]:
        """Logits of each network on the explorer's own lattice, for the chunks that it shows."""
        if not (self.results.config.get("explorer") and self.box):
            return []
        shown = [chunk for chunk in self.results.chunks if self.frames_of(chunk)]
        return self.results.of_each_network("lattices", chunks=shown)

    @cached_property
    def files(self) -> dict[str, list[File]]:
        """Files behind the explorer: `lattices`, `paths`, `nearest` flips and `proofs`."""
        results, attacks = self.results, self.results.attack_definitions
        grids = results.attacks_by(self._explored(attacks.finds_lattice))
        return {
            # A frame shows the later one. Grids are finer, but hold no answers, only margins.
            "lattices": [*self.lattices, *grids] if results.is_binary else [*grids, *self.lattices],
            "paths": [
                file for attack in self.attacks for file in results.attacks_by(attack["name"])
            ],
            "nearest": results.attacks_by(self._explored(attacks.finds_margins)),
            "proofs": results.attacks_by(self._explored(attacks.proves)),
        }

    @property
    def pages(self) -> list[str]:
        """Path of the explorer, unless it cannot draw the images of this run."""
        initial = self.results.config["reconstruction"]["initial"]
        return [] if undrawable(initial) else [EXPLORER]

    @cached_property
    def dossier(self) -> dict[str, list[File]]:
        """Files behind the dossier: `paths`, `nearest` flips, `proofs` and `lattices`.

        They are those of the first seed of the first model.
        """
        attacks = self.results.attack_definitions
        first = self.results.models.attacks(self.results.networks[0]["model"])

        def records(question: Question) -> list[File]:
            own = next((name for name in first if question(name)), None)
            return self._of_first_model(self.results.attacks_by(own))

        own_lattice = [file | {"attack": LATTICE} for file in self._of_first_model(self.lattices)]
        return {
            "paths": records(attacks.moves_by_steps) or records(lambda name: name == first[0]),
            "nearest": records(attacks.finds_margins),
            "proofs": records(attacks.proves),
            "lattices": records(attacks.finds_lattice) or own_lattice,
        }

    def _explored(self, question: Question) -> str | None:
        """The first selected attack that moves only the paper's parameters and answers with yes."""
        return next(iter(self._all_explored(question)), None)

    def _all_explored(self, question: Question) -> list[str]:
        """The selected attacks that move only the paper's parameters and answer with yes."""
        attacks = self.results.attack_definitions
        return [
            name
            for name in attacks.selected_which(question)
            if set(attacks.box(name)) <= set(PAPER_PARAMETERS)
        ]

    def _of_first_model(self, files: list[File]) -> list[File]:
        model, seed = self.results.trained_models[0]
        return [file for file in files if (file["model"], file["seed"]) == (model, seed)]
