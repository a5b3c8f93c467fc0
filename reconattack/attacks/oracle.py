"""What an attack sees: frames and parameter vectors go in, logits come out, queries are counted."""

from collections.abc import Sequence

import numpy as np

from reconattack.classifiers.classifier import Classifier
from reconattack.picture_change import grey_changes
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
        logits = np.empty(len(frames))
        for frame in np.unique(frames):
            (rows,) = np.nonzero(frames == frame)
            for batch in np.split(rows, range(BATCH, len(rows), BATCH)):
                logits[batch] = self.judge(frame, self.images(frame, parameters[batch]))
        return logits

    def images(self, frame: int, parameters: np.ndarray) -> np.ndarray:
        """B-mode images of one frame at parameter vectors, uint8 (n, z, x); not a query yet."""
        return self._reconstructions[frame].bmode(parameters)

    def changes(self, frame: int, original: np.ndarray, images: np.ndarray) -> np.ndarray:
        """What sets images of a frame apart from `original`, (n, measure) (`grey_changes`)."""
        return grey_changes(original, images, self._reconstructions[frame].sector)

    def judge(self, frame: int, images: np.ndarray) -> np.ndarray:
        """Logits of images of one frame, float64 (n,); n queries."""
        self.queries[frame] += len(images)
        return self._classifier.logits(images)
