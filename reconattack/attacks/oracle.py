"""What an attack sees: frames and parameter vectors go in, scores come out, queries are counted."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.judge import Judge
from reconattack.errors import InputError
from reconattack.reconstruction.picture_change import grey_changes
from reconattack.reconstruction.reconstruction import Reconstruction

BATCH = 32
IMAGES = 6  # that are drawn before they are resized, while they are in the cache


class Oracle:
    """A reconstruction composed with what judges it and with what counts as its decision.

    The first setting that a frame is judged at is the initial one: if the decision is not binary,
    the answer there, with what is true of the frame, is the reference of its later scores.

    Parameters
    ----------
    reconstructions
        A frame each.
    judge
        The model.
    decision
        What it decides; None for a binary decision.
    truths
        What is true of each frame, None where it is unknown; None if it is of all.

    Attributes
    ----------
    reconstructions
        A frame each.
    queries
        int (frame,): settings of each frame that have been judged so far.
    """

    def __init__(
        self,
        reconstructions: Sequence[Reconstruction],
        judge: Judge,
        decision: Decision | None = None,
        truths: Sequence[Any] | None = None,
    ) -> None:
        self.reconstructions = reconstructions
        self._judge = judge
        self._decision = decision or Binary()
        self._truths = truths or [None] * len(reconstructions)
        self._references: dict[int, Any] = {}
        self.queries = np.zeros(len(reconstructions), int)

    def __call__(self, frames: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """Scores of frames reconstructed at parameter vectors (`Decision.scores`).

        Parameters
        ----------
        frames
            int (n,), positions in the oracle's sequence; a frame may stand in it many times.
        parameters
            float (n, parameter), a vector for each entry of `frames`.

        Returns
        -------
        numpy.ndarray
            float64 (n,).
        """
        scores = np.empty(len(frames))
        for frame in np.unique(frames):
            (rows,) = np.nonzero(frames == frame)
            for batch in in_parts(rows, BATCH):
                scores[batch] = self.scores(frame, self.inputs(frame, parameters[batch]))
        return scores

    def images(self, frame: int, parameters: np.ndarray) -> np.ndarray:
        """B-mode images that belong to settings of one frame, uint8 (n, z, x); not a query yet."""
        reconstruction = self.reconstructions[frame]
        return reconstruction.bmode(self._judge.picture_setting(reconstruction, parameters))

    def inputs(
        self, frame: int, parameters: np.ndarray, images: np.ndarray | None = None
    ) -> tuple[np.ndarray, ...]:
        """What reaches the model of one frame at parameter vectors; not a query yet.

        `images` are those at these vectors, if they already exist.
        """
        reconstruction = self.reconstructions[frame]
        if images is not None:
            return self._judge.network_inputs(
                *self._judge.inputs(reconstruction, parameters, images)
            )
        return joined(
            len(parameters),
            (
                self._judge.network_inputs(*self._judge.inputs(reconstruction, some))
                for some in in_parts(parameters, IMAGES)
            ),
        )

    def changes(self, frame: int, original: np.ndarray, images: np.ndarray) -> np.ndarray:
        """What sets images of a frame apart from `original`, (n, measure) (`grey_changes`)."""
        reconstruction = self.reconstructions[frame]
        return grey_changes(original, images, reconstruction.sector, reconstruction.runs)

    def scores(self, frame: int, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
        """Scores of the `inputs` of one frame, float64 (n,); n queries."""
        self.queries[frame] += len(inputs[0])
        answers = self._answers(frame, inputs)
        if isinstance(self._decision, Binary):
            return answers
        return self._scores_of(frame, answers)

    def _answers(self, frame: int, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
        """Answers to the `inputs` of one frame, (n, ...)."""
        return self._judge.answers_of(*inputs)

    def reference(self, frame: int) -> Any:
        """The reference of a frame that was judged; only if the decision is not binary."""
        return self._references[frame]

    def decided(self, frame: int, parameters: np.ndarray) -> tuple[np.ndarray, Mapping[str, float]]:
        """What is decided at settings of a frame that was judged before; no queries.

        Parameters
        ----------
        frame
            Position of the frame.
        parameters
            float (n, parameter), at least one.

        Returns
        -------
        tuple
            The decisions in one number each, float64 (n,) (`Decision.decided`), and what became of
            the first answer in the last (`Decision.change`).
        """
        answers = self._answers(frame, self.inputs(frame, parameters))
        decided = self._decision.decided(answers, self._references.get(frame))
        return decided, self._decision.change(answers[0], answers[-1])

    def _scores_of(self, frame: int, answers: np.ndarray) -> np.ndarray:
        """Scores of a frame's answers, the first of which may be that to the initial setting."""
        decision = self._decision
        if frame in self._references:
            return decision.scores(answers, self._references[frame])
        reference = self._references[frame] = self._first_reference(frame, answers[0])
        scores = decision.scores(answers, reference)
        if not decision.is_right(answers[0], reference):
            scores[0] = min(scores[0], -np.finfo(float).tiny)
        return scores

    def _first_reference(self, frame: int, answer: np.ndarray) -> Any:
        try:
            return self._decision.reference(answer, self._truths[frame])
        except InputError as error:
            raise InputError(f"model {self._judge.name}: {error}") from error


def in_parts(rows: np.ndarray, size: int) -> list[np.ndarray]:
    """Rows of an array, (n, ...), up to `size` at a time; at least one part, which may be empty."""
    return [rows[first : first + size] for first in range(0, max(len(rows), 1), size)]


def joined(count: int, parts: Iterable[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Arrays of parts, (some, ...), one after the other, (count, ...); one part is held at once."""
    whole, filled = (), 0
    for part in parts:
        if len(part[0]) == count:
            return part
        if not whole:
            whole = tuple(np.empty((count, *array.shape[1:]), array.dtype) for array in part)
        for array, some in zip(whole, part, strict=True):
            array[filled : filled + len(some)] = some
        filled += len(part[0])
    return whole


def digest_of(*inputs: np.ndarray) -> bytes:
    """SHA-256 of everything that is judged of a frame at one setting."""
    digest = hashlib.sha256()
    for array in inputs:
        digest.update(np.ascontiguousarray(array))
    return digest.digest()
