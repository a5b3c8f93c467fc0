"""What an attack sees: frames and parameter vectors go in, logits come out, queries are counted."""

import hashlib
from collections.abc import Sequence

import numpy as np

from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.picture_change import grey_changes
from reconattack.reconstruction.reconstruction import Reconstruction

BATCH = 32


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
            for batch in np.split(rows, range(BATCH, len(rows), BATCH)):
                logits[batch] = self.logits(frame, self.inputs(frame, parameters[batch]))
        return logits

    def images(self, frame: int, parameters: np.ndarray) -> np.ndarray:
        """B-mode images that belong to settings of one frame, uint8 (n, z, x); not a query yet."""
        reconstruction = self.reconstructions[frame]
        return reconstruction.bmode(self._judge.picture_setting(reconstruction, parameters))

    def inputs(
        self, frame: int, parameters: np.ndarray, images: np.ndarray | None = None
    ) -> tuple[np.ndarray, ...]:
        """What is judged of one frame at parameter vectors (`Judge.inputs`); not a query yet."""
        return self._judge.inputs(self.reconstructions[frame], parameters, images)

    def changes(self, frame: int, original: np.ndarray, images: np.ndarray) -> np.ndarray:
        """What sets images of a frame apart from `original`, (n, measure) (`grey_changes`)."""
        return grey_changes(original, images, self.reconstructions[frame].sector)

    def logits(self, frame: int, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
        """Logits of `inputs` of one frame, float64 (n,); n queries."""
        self.queries[frame] += len(inputs[0])
        return self._judge.logits(*inputs)


def digest_of(*inputs: np.ndarray) -> bytes:
    """SHA-256 of everything that is judged of a frame at one setting."""
    digest = hashlib.sha256()
    for array in inputs:
        digest.update(np.ascontiguousarray(array))
    return digest.digest()
