"""Memory and time that jobs request. docs/scaling.md describes the measurements behind them.

Memory is in MiB and time in minutes. Each attempt at a job requests as much again as the first.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconattack.run.channel_errors import CHANNEL_KINDS
from reconattack.run.plan.attacks import Attacks
from reconattack.run.plan.networks import Models
from reconattack.run.plan.training import Training

Resource = Callable[..., int]

BEAMFORMING = 1500  # MiB: libraries, and 192 lines of 2,048 samples (beamforming.memory)
IN_MEMORY = 2  # the samples of a chunk's frames as read, and what is made of them
UNPACKED = 8  # 16-bit samples as float32, read and written, compressed to half before


@dataclass(frozen=True)
class Resources:
    """The requests of jobs whose needs depend on a model.

    Memory and minutes are methods of the wildcards of a job, of which they read `model` and
    `attack`, and of the number of the attempt. `training_network`, `predicting`, `judging` and
    `attacking` are all resources of such jobs by name.

    Attributes
    ----------
    models, attacks, training
        The models of the run, its attacks and its training cases.
    """

    models: Models
    attacks: Attacks
    training: Training

    @property
    def frames_per_job(self) -> int:
        """Number of frames in a chunk."""
        return self.models.config["run"]["frames_per_job"]

    def growing(self, fixed: float, per_frame: float = 0, frames: int | None = None) -> Resource:
        """A resource that grows with the frames of a job, by default those of a chunk.

        Jobs used at least half of this memory. The minutes are three to five times those measured
        per frame; their fixed part allows for a slow start.
        """
        number = self.frames_per_job if frames is None else frames
        first = math.ceil(fixed + per_frame * number)
        return lambda wildcards, attempt: attempt * first

    def beamforming(self, wildcards: Any, input: Any, attempt: int) -> int:
        """Memory of the beamforming of a chunk's files: their samples, and the lines of one frame.

        Samples in memory are at most `UNPACKED` times the size of the files that hold them.
        """
        return attempt * math.ceil(BEAMFORMING + UNPACKED * input.size_mb)

    @property
    def training_network(self) -> dict[str, Resource]:
        """All resources of the training of a network."""
        return {
            "cpus_per_task": self.threads,
            "mem_mb": self.training_memory,
            "runtime": self.training_minutes,
            "gpu": self.gpus,
        }

    @property
    def predicting(self) -> dict[str, Resource]:
        """All resources of the predictions of a model."""
        return self._of_model(self.predicting_memory, self.predicting_minutes)

    @property
    def judging(self) -> dict[str, Resource]:
        """All resources of a network that judges a chunk at some hundred settings."""
        return self._of_model(self.judging_memory, self.judging_minutes)

    @property
    def attacking(self) -> dict[str, Resource]:
        """All resources of an attack on a chunk."""
        return self._of_model(self.attack_memory, self.attack_minutes)

    @property
    def attacking_units(self) -> dict[str, Resource]:
        """All resources of an attack on the units of all chunks, some chunks' frames at once."""
        chunks = -(-self.training.cohorts.size(self.training.cohorts.judged) // self.frames_per_job)
        minutes = self.attack_minutes
        return self._of_model(
            self.judging_memory, lambda wildcards, attempt: chunks * minutes(wildcards, attempt)
        )

    def _of_model(self, memory: Resource, minutes: Resource) -> dict[str, Resource]:
        return {
            "cpus_per_task": self.threads,
            "mem_mb": self._with_beamforming(memory),
            "runtime": minutes,
            "rate_limited": self.rate_limited,
        }

    def _with_beamforming(self, memory: Resource) -> Resource:
        """Memory of a job whose settings may beamform the frames of its chunks again."""
        cohorts = self.training.cohorts
        if cohorts.kind(cohorts.judged) not in CHANNEL_KINDS:
            return memory
        return lambda wildcards, input, attempt: (
            memory(wildcards, attempt)
            + attempt * math.ceil(BEAMFORMING + IN_MEMORY * input.size_mb)
        )

    def threads(self, wildcards: Any) -> int:
        """Threads of a model."""
        return self.models.threads(wildcards.model)

    def gpus(self, wildcards: Any) -> int:
        """GPUs of the training of a network."""
        return self.models.definitions[wildcards.model].get("gpu", 0)

    def rate_limited(self, wildcards: Any) -> int:
        """1 if a model limits its rate of requests, which only one job at a time can keep."""
        return self.models.rate_limited([wildcards.model])

    def judging_memory(self, wildcards: Any, attempt: int) -> int:
        """Memory of a model and of the frames of a chunk that it judges."""
        large, texture = self._large(wildcards), self.models.is_texture(wildcards.model)
        model = 1500 if large else 320 if texture else 260
        return attempt * math.ceil(model + 20 * self._judged_frames(wildcards.model))

    def judging_minutes(self, wildcards: Any, attempt: int) -> int:
        """Minutes for some hundred images of each frame of a chunk."""
        return attempt * math.ceil(2 + self._chunk_minutes(wildcards.model))

    def picture_minutes(self, wildcards: Any, attempt: int) -> int:
        """Minutes for some ten thousand images of each frame of a chunk."""
        return attempt * math.ceil(2 + 30 * self._chunk_minutes(wildcards.model))

    def attack_memory(self, wildcards: Any, attempt: int) -> int:
        """Memory of an attack. White-box attacks load TensorFlow in addition."""
        tensorflow = 3500 if self._large(wildcards) else 1000
        slopes = tensorflow if self.attacks.is_white_box(wildcards.attack) else 0
        return self.judging_memory(wildcards, attempt) + attempt * slopes

    def attack_minutes(self, wildcards: Any, attempt: int) -> int:
        """Minutes of an attack, which makes hundreds or thousands of queries at a frame."""
        share = 15 if self.attacks.needs_many_queries(wildcards.attack) else 1
        return attempt * math.ceil(2 + self._chunk_minutes(wildcards.model) * share)

    def predicting_memory(self, wildcards: Any, attempt: int) -> int:
        """Memory of all networks of a model, which are open at the same time."""
        networks = self.networks_memory([wildcards.model])
        return self.judging_memory(wildcards, attempt) + attempt * networks

    def predicting_minutes(self, wildcards: Any, attempt: int) -> int:
        """Minutes in which one network of each seed judges every frame."""
        one_of_seed = {net["seed"]: net for net in self.models.networks([wildcards.model])}
        of_frame = 0.004 + self.answers_minutes(one_of_seed.values())
        cohorts = self.training.cohorts
        return attempt * math.ceil(5 + of_frame * cohorts.size(cohorts.judged))

    def training_memory(self, wildcards: Any, attempt: int) -> int:
        """Memory of the training cases and of the export of a network."""
        network = 9000 if self._large(wildcards) else 1100
        return attempt * math.ceil(network + 2.5 * self.training.size(wildcards.model))

    def texture_memory(self, wildcards: Any, attempt: int) -> int:
        """Memory of the features of all images and of the frames of a chunk."""
        return attempt * (400 + self.training.size(wildcards.model))

    def training_minutes(self, wildcards: Any, attempt: int) -> int:
        """Minutes of a training. A large network pays by frame and epoch."""
        settings = self.models.definitions[wildcards.model]
        epochs = 1 if settings.get("frozen_backbone") else settings.get("max_epochs")
        of_frame = 0.1 * epochs if self._large(wildcards) else 0.03
        return attempt * math.ceil(20 + of_frame * self.training.size(wildcards.model))

    def guard_minutes(self, wildcards: Any, attempt: int) -> int:
        """Minutes in which a guard is fitted to the frames that its model is trained on."""
        training = self.training
        frames = training.cohorts.size(*training.frame_cohorts(wildcards.model))
        return attempt * math.ceil(5 + 0.02 * frames)

    def networks_memory(self, models: Iterable[str] | None = None) -> int:
        """Memory of every network of some models, by default of the selected ones."""
        networks = self.models.networks(models)
        return sum(600 if self.models.is_large(network["model"]) else 20 for network in networks)

    def answers_minutes(self, networks: Iterable[Mapping[str, Any]]) -> float:
        """Minutes for one query of each network."""
        return sum(
            0.03 if self.models.is_large(network["model"]) else 0.001 for network in networks
        )

    def _large(self, wildcards: Any) -> bool:
        return self.models.is_large(wildcards.model)

    def _chunk_minutes(self, model: str) -> float:
        """Minutes for some hundred images of each frame of a chunk that a network judges."""
        large, texture = self.models.is_large(model), self.models.is_texture(model)
        of_frame = 6 if large else 0.2 if texture else 0.02
        images = len(self.models.definitions[model].get("offsets", [0]))
        return of_frame * self._judged_frames(model) * images

    def _judged_frames(self, model: str) -> float:
        """Number of frames of a chunk that one network judges.

        With folds a network judges its own patients, at most twice as many as the mean.
        """
        folds = self.models.config["run"]["folds"]
        with_folds = self.models.protocol(model) == "patient_folds"
        return (min(1, 2 / folds) if with_folds else 1) * self.frames_per_job
