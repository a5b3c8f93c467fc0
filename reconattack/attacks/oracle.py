"""What an attack sees: frames and parameter vectors go in, logits come out, queries are counted."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.picture_change import grey_changes
from reconattack.reconstruction.reconstruction import Reconstruction

BATCH = 32


class Oracle:
    """A reconstruction composed with what judges it.

    Attributes
    ----------
    queries
        int (frame,): settings of each frame that have been judged so far.
    """

    def __init__(self, reconstructions: Sequence[Reconstruction], judge: Judge) -> None:
        self._reconstructions = reconstructions
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
                logits[batch] = self.judge(frame, self.inputs(frame, parameters[batch]))
        return logits

    def images(self, frame: int, parameters: np.ndarray) -> np.ndarray:
        """B-mode images that belong to settings of one frame, uint8 (n, z, x); not a query yet."""
        reconstruction = self._reconstructions[frame]
        return reconstruction.bmode(self._judge.picture_setting(reconstruction, parameters))

    def inputs(
        self, frame: int, parameters: np.ndarray, images: np.ndarray | None = None
    ) -> tuple[np.ndarray, ...]:
        """What is judged of one frame at parameter vectors (`Judge.inputs`); not a query yet."""
        return self._judge.inputs(self._reconstructions[frame], parameters, images)

    def changes(self, frame: int, original: np.ndarray, images: np.ndarray) -> np.ndarray:
        """What sets images of a frame apart from `original`, (n, measure) (`grey_changes`)."""
        return grey_changes(original, images, self._reconstructions[frame].sector)

    def judge(self, frame: int, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
        """Logits of `inputs` of one frame, float64 (n,); n queries."""
        self.queries[frame] += len(inputs[0])
        return self._judge.logits(*inputs)


def initial_logit(
    frame: xr.Dataset, judge: Judge, initial: Mapping[str, float], image_rows: int
) -> float:
    """Logit of one frame at the initial setting; NaN if the frame could not be read."""
    if "error" in frame.attrs:
        return np.nan
    reconstruction = Reconstruction(frame, image_rows, tuple(initial), initial)
    vector = np.array([list(initial.values())], float)
    (logit,) = Oracle([reconstruction], judge)(np.zeros(1, int), vector)
    return float(logit)
