"""What an attack sees: frames and parameter vectors go in, logits come out, queries are counted."""

from collections.abc import Sequence

import numpy as np

from reconattack.classifiers.classifier import Classifier
from reconattack.reconstruction import Reconstruction

BATCH = 32


class Oracle:
    """A reconstruction composed with a classifier.

    Attributes
    ----------
    queries
        int (frame,): images of each frame that the classifier has judged so far.
    """

    def __init__(self, reconstructions: Sequence[Reconstruction], classifier: Classifier) -> None:
        self._reconstructions = reconstructions
        self._classifier = classifier
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
        np.add.at(self.queries, frames, 1)
        logits = np.empty(len(frames))
        for frame in np.unique(frames):
            (rows,) = np.nonzero(frames == frame)
            for batch in np.split(rows, range(BATCH, len(rows), BATCH)):
                images = self._reconstructions[frame].bmode(parameters[batch])
                logits[batch] = self._classifier.logits(images)
        return logits
