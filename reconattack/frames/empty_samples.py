"""Samples that hold nothing: padding, dead lines, areas that were never scanned."""

import numpy as np

PERIODS = 2  # of the carrier: echoes cross zero twice in each, so they have no such run
FEWEST = 8  # samples: also echoes near half the sampling frequency have no such run by chance


def empty_samples(
    samples: np.ndarray, sampling_frequency: float, center_frequency: float
) -> np.ndarray:
    """Find the samples that hold nothing, bool (depth, line).

    They are runs of one value along a line that last at least `PERIODS` of the centre frequency and
    `FEWEST` samples. The value is zero or, for RF, lies between the frame's extremes: that is how
    a file with an offset is padded. A run at an extreme is saturation, unless it ends all lines
    together. Rows at the end that are zero in every line are empty, however few they are.

    Parameters
    ----------
    samples
        Shape (depth, line): real RF samples or complex demodulated ones.
    sampling_frequency, center_frequency
        [Hz].
    """
    shortest = max(FEWEST, int(np.ceil(PERIODS * sampling_frequency / center_frequency)))
    empty = np.zeros(samples.shape, bool)
    # Two samples in one of these pairs are equal in any run that is long enough.
    every = shortest - 1
    if (samples[:-1:every] == samples[1::every]).any():
        held = samples == 0
        if not np.iscomplexobj(samples):
            held |= (samples > samples.min()) & (samples < samples.max())
        empty = _runs((samples[1:] == samples[:-1]) & held[1:], shortest)
    last_value = samples[-1, 0]
    if (samples[-1] == last_value).all():
        differing = np.flatnonzero((samples != last_value).any(axis=1))
        padded = len(samples) - 1 - (differing[-1] if len(differing) else -1)
        if last_value == 0 or (padded >= shortest and not np.iscomplexobj(samples)):
            empty[len(samples) - padded :] = True
    return empty


def trailing_rows(empty: np.ndarray) -> int:
    """Number of rows at the end of a frame in which every sample is empty, bool (depth, line)."""
    recorded = np.flatnonzero(~empty.all(axis=1))
    return len(empty) - (int(recorded[-1]) + 1 if len(recorded) else 0)


def _runs(repeats: np.ndarray, shortest: int) -> np.ndarray:
    """Samples in runs of at least `shortest` equal ones, bool (depth, line).

    `repeats` (depth - 1, line) says which samples equal the one above.
    """
    count, lines = len(repeats) + 1, repeats.shape[1]
    steps = np.zeros((count + 1, lines), bool)
    steps[1:-1] = repeats
    begins = ~steps[:-1] & steps[1:]  # the sample itself begins a run
    ends = steps[:-1] & ~steps[1:]  # the sample is the last of a run
    # Line by line, so that the n-th beginning and the n-th end are those of one run.
    first_line, first = np.nonzero(begins.T)
    _, last = np.nonzero(ends.T)
    long = last - first + 1 >= shortest
    marks = np.zeros((lines, count + 1), np.int8)
    marks[first_line[long], first[long]] = 1
    marks[first_line[long], last[long] + 1] -= 1
    return np.cumsum(marks, axis=1, dtype=np.int8)[:, :-1].T.astype(bool)
