"""The frames and images that each model of a run is trained on."""

from dataclasses import dataclass

from reconattack.classifiers.kinds import training_cohorts_of
from reconattack.run.plan.cohorts import READERS, Cohorts
from reconattack.run.plan.networks import Models


@dataclass(frozen=True)
class Training:
    """The training cases of the models.

    Attributes
    ----------
    cohorts
        The cohorts of the configuration.
    models
        Its models.
    """

    cohorts: Cohorts
    models: Models

    def image_cohorts(self, model: str) -> list[str]:
        """Cohorts of B-mode images that a model is trained on."""
        run = self.models.config["run"]
        return self.models.definitions[model].get("image_cohorts", run["image_cohorts"])

    def frame_cohorts(self, model: str) -> list[str]:
        """Cohorts of RF frames that a model is trained on."""
        run = self.models.config["run"]
        judged = [] if run["protocol"] == "held_out" else [self.cohorts.judged]
        return [*training_cohorts_of(self.models.definitions, model, run), *judged]

    @property
    def further_cohorts(self) -> list[str]:
        """RF cohorts that only train, each once; none if every model was trained elsewhere."""
        models = self.models
        own = [
            cohort
            for model in models.selected
            if not models.is_brought(model)
            for cohort in training_cohorts_of(models.definitions, model, models.config["run"])
        ]
        return list(dict.fromkeys(own))

    def images(self, model: str) -> list[str]:
        """Chunks of the B-mode images that a model is trained on."""
        return self.cohorts.paths("bmode", self.image_cohorts(model))

    def frames(self, model: str) -> list[str]:
        """Chunks of the RF frames that a model is trained on."""
        return self.cohorts.paths("frames", self.frame_cohorts(model))

    def size(self, model: str) -> int:
        """Number of frames and images that a model is trained on."""
        return self.cohorts.size(*self.image_cohorts(model), *self.frame_cohorts(model))

    @property
    def all_image_cohorts(self) -> list[str]:
        """Cohorts of B-mode images of the run, each once."""
        bases = (self.models.base(model) for model in self.models.selected)
        own = [
            cohort
            for model in bases
            if not self.models.is_brought(model)
            for cohort in self.image_cohorts(model)
        ]
        return list(dict.fromkeys([*self.models.config["run"]["image_cohorts"], *own]))

    @property
    def checked_chunks(self) -> dict[str, list[str]]:
        """Chunks of each cohort whose frames or images a person should look at first.

        Those are the judged RF frames and everything that was read from files.
        """
        behind = [name for cohort in self.further_cohorts for name in self.cohorts.behind(cohort)]
        further = [name for name in behind if self.cohorts.kind(name) in READERS]
        rf = [self.cohorts.judged, *further]
        images = [name for name in self.all_image_cohorts if self.cohorts.kind(name) == "images"]
        return {
            **{cohort: self.cohorts.paths("frames", [cohort]) for cohort in rf},
            **{cohort: self.cohorts.paths("bmode", [cohort]) for cohort in images},
        }

    @property
    def simulated_cohorts(self) -> list[str]:
        """The simulated cohorts of the run."""
        used = [self.cohorts.judged, *self.all_image_cohorts, *self.further_cohorts]
        return [cohort for cohort in used if self.cohorts.is_simulated(cohort)]

    @property
    def simulated_scanners(self) -> list[str]:
        """Names of the scanners of the simulated cohorts."""
        rows = self.cohorts.rows
        return sorted({row["scanner"] for cohort in self.simulated_cohorts for row in rows[cohort]})
