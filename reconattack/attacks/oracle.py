"""What an attack sees: frames and parameter vectors go in, logits come out, queries are counted."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.picture_change import grey_changes
from reconattack.reconstruction.reconstruction import Reconstruction

BATCH = 32
IMAGES = 6  # that are drawn before they are resized, while they are in the cache


class Oracle:
    """A reconstruction composed with what judges it.

    Attributes
    ----------
    reconstructions
        A frame each.
    queries
        int (frame,): settings of each frame that have been judged so far.
    """

    def __init__(self, reconstructions: Sequence[Reconstruction], judge: Judge) -> None:
        self.reconstructions = reconstructions
        self._judge = judge
        self.queries = np.zeros(len(reconstructions), int)

    def __call__(self, frames: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """Logits of frames reconstructed at parameter vectors.

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
        logits = np.empty(len(frames))
        for frame in np.unique(frames):
            (rows,) = np.nonzero(frames == frame)
            for batch in in_parts(rows, BATCH):
                logits[batch] = self.logits(frame, self.inputs(frame, parameters[batch]))
        return logits

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

    def logits(self, frame: int, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
        """Logits of the `inputs` of one frame, float64 (n,); n queries."""
        self.queries[frame] += len(inputs[0])
        return self._judge.logits_of(*inputs)


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
