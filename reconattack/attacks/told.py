"""What a picture tells of a decision at another setting, and what it leaves open.

A picture does not tell the levels of its black and white pixels, and its dynamic range may be known
with an error. A decision counts as sure only if it is the same whatever they are: under every
completion (`reconattack.reconstruction.completion`) and at both ends of the range's interval. This
is a test with some completions and no proof: a network need not be monotone in a grey level.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Path
from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.mask import GivenMask
from reconattack.classifiers.judge import Judge
from reconattack.frames.picture import dynamic_ranges
from reconattack.reconstruction.completion import COMPLETIONS
from reconattack.reconstruction.parameter import described
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction

MEASURES = {
    "sure_flip": described("1", "whether the decision flips whatever the picture does not tell"),
    "sure_hold": described("1", "whether the decision holds whatever the picture does not tell"),
    "censored_share": described(
        "1", "share of the insonified region whose grey level the picture does not tell"
    ),
}


def told_by_pictures(
    reconstructions: Sequence[Reconstruction],
    judge: Judge,
    paths: Sequence[Path],
    space: SearchSpace,
    decision: Decision,
    truths: Sequence[Any],
) -> xr.Dataset:
    """What pictures tell of the decision at the final setting of each.

    Parameters
    ----------
    reconstructions
        The frames, all of one kind.
    judge
        The classifier.
    paths
        The path of an attack on each frame.
    space
        The box of the attack.
    decision
        What the classifier decides.
    truths
        What is true of each frame, None where it is unknown.

    Returns
    -------
    xarray.Dataset
        A variable (frame) for each of `MEASURES`; without variables if the frames are RF, or there
        are none. Swept pictures also have `flip_at_range` (frame, dynamic_range).
    """
    pictures = [isinstance(one, PictureReconstruction) for one in reconstructions]
    if not pictures or not all(pictures):
        return xr.Dataset()
    settings = [path.parameters[path.best_step] for path in paths]
    given = [truth if isinstance(truth, GivenMask) else None for truth in truths]
    rows = [
        verdicts(picture, judge, space.initial, setting[np.newaxis], decision, mask)
        for picture, setting, mask in zip(reconstructions, settings, given, strict=True)
    ]
    measures = xr.Dataset(
        {
            name: ("frame", np.array([row[name].item() for row in rows], float), attributes)
            for name, attributes in MEASURES.items()
        }
    )
    swept = [
        flips_of_ranges(picture, judge, space.initial, setting, decision, mask)
        for picture, setting, mask in zip(reconstructions, settings, given, strict=True)
    ]
    values = sorted({spread for flips in swept for spread in flips})
    if not values:
        return measures
    flips = [[one.get(spread, np.nan) for spread in values] for one in swept]
    attributes = described("1", "whether the decision flips if this is the dynamic range")
    measures["flip_at_range"] = ("frame", "dynamic_range"), np.array(flips, float), attributes
    return measures.assign_coords(
        dynamic_range=("dynamic_range", values, described("dB", "dynamic range of the picture"))
    )


def flips_of_ranges(
    picture: PictureReconstruction,
    judge: Judge,
    initial: np.ndarray,
    setting: np.ndarray,
    decision: Decision,
    mask: GivenMask | None = None,
) -> dict[float, bool]:
    """Whether a setting flips the decision, for each swept dynamic range [dB]; empty without.

    `initial` and `setting` are vectors, (parameter,). Black and white pixels are those of the
    picture's own completion.
    """
    if "dynamic_ranges" not in picture.frame.attrs:
        return {}
    flips = {}
    for spread in dynamic_ranges(picture.frame):
        version = picture.with_completion(picture.completion, spread)
        vectors = np.stack([initial, setting])
        before, after = decision.flips(scores_of(version, judge, vectors, decision, mask))
        flips[spread] = bool(before != after)
    return flips


def verdicts(
    picture: PictureReconstruction,
    judge: Judge,
    initial: np.ndarray,
    settings: np.ndarray,
    decision: Decision,
    mask: GivenMask | None = None,
) -> dict[str, np.ndarray]:
    """What one picture tells of the decision at settings.

    Parameters
    ----------
    picture
        The picture.
    judge
        The classifier.
    initial
        Vector of the initial setting, (parameter,).
    settings
        Vectors of other settings, (n, parameter).
    decision
        What the classifier decides.
    mask
        The given mask of the picture, if the decision is compared with it.

    Returns
    -------
    dict
        `sure_flip` and `sure_hold`, bool (n,), and `censored_share`, float64 (n,), as in
        `MEASURES`.
    """
    vectors = np.concatenate([initial[np.newaxis], settings])
    shown = judge.picture_setting(picture, vectors)
    bound = picture.with_completion("bound")
    unknown = np.array([bound.undetermined(vector).sum() for vector in shown[1:]])
    is_exact = not (picture.frame.attrs["lossy"] or picture.frame.attrs["resized"])
    open_ones = np.arange(len(settings))
    flips = np.zeros(len(settings), bool)
    told = np.ones(len(settings), bool)
    for number, version in enumerate(versions(picture, shown)):
        chosen = vectors[np.concatenate([[0], open_ones + 1])]
        scores = scores_of(version, judge, chosen, decision, mask)
        left = decision.flips(scores)
        flipped = left[1:] != left[0]
        if number == 0:
            flips[:] = flipped
        agrees = flipped == flips[open_ones]
        if not is_exact:
            clear = np.abs(decision.margins(scores)) >= decision.doubt
            agrees &= clear[0] & clear[1:]
        told[open_ones[~agrees]] = False
        open_ones = open_ones[agrees]
        if not len(open_ones):
            break
    return {
        "sure_flip": told & flips,
        "sure_hold": told & ~flips,
        "censored_share": unknown / picture.sector.sum(),
    }


def scores_of(
    frame: Reconstruction,
    judge: Judge,
    vectors: np.ndarray,
    decision: Decision,
    mask: GivenMask | None = None,
) -> np.ndarray:
    """Scores of a frame at settings (n, parameter), which count as no queries.

    The first setting is the initial one; the reference is the given mask, or the answer there.
    """
    return Oracle([frame], judge, decision, [mask])(np.zeros(len(vectors), int), vectors)


def versions(
    picture: PictureReconstruction, settings: np.ndarray
) -> Iterator[PictureReconstruction]:
    """What a picture may have been: every completion at each end of the range.

    Where no setting of (n, parameter) shows a pixel of unknown level, all completions are one.
    """
    for spread in dynamic_ranges(picture.frame):
        first = picture.with_completion(COMPLETIONS[0], spread)
        yield first
        if any(first.undetermined(setting).any() for setting in settings):
            yield from map(first.with_completion, COMPLETIONS[1:])
