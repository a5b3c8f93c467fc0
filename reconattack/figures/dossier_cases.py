"""The cases of the dossier: the results of the attacks on each frame, and their images."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.results import FrameResult, attacked_frames, read_frames
from reconattack.classifiers.decisions.binary import decide
from reconattack.evidence.example import from_the_median
from reconattack.figures.frame_maps import FrameMap, frame_map
from reconattack.frames.chunks import open_frames
from reconattack.frames.frame import facts
from reconattack.reconstruction.drawing import reconstruct

MAX_PAGES = 100


@dataclass(frozen=True)
class Setup:
    """The attacks, the box and the model of a dossier, the same on every page.

    Attributes
    ----------
    model, seed
        The attacked networks.
    attack
        The attack whose path is drawn.
    margin_attack
        The attack that searched the margin, if any.
    proof_attack
        The attack that proved something, if any.
    knobs
        Knobs of `attack`, with their boxes.
    cutoff
        Probability from which a frame is called fatty.
    classes
        Words for the labels 0 and 1.
    """

    model: str
    seed: str
    attack: str
    margin_attack: str | None
    proof_attack: str | None
    knobs: Mapping[str, Mapping]
    cutoff: float
    classes: Sequence[str]


@dataclass(frozen=True)
class Case:
    """The results of the attacks on one frame.

    Attributes
    ----------
    fold
        Fold of the attacked network.
    path
        The result of the attack whose path is drawn.
    nearest
        The result of the attack that searched the margin, if any.
    proof
        The result of the attack that proved something, if any.
    map
        The map of the frame's lattice, if it was judged on one.
    """

    fold: str
    path: FrameResult
    nearest: FrameResult | None
    proof: FrameResult | None
    map: FrameMap | None

    @property
    def frame(self) -> str:
        """Name of the frame."""
        return self.path.name

    @property
    def margin(self) -> float:
        """L-infinity margin in half-widths of the box, NaN if no flip is known."""
        return np.nan if self.nearest is None else float(self.nearest.record["margin_linf"])

    @property
    def certified_margin(self) -> float:
        """No setting nearer flips, in half-widths of the box; infinite if none of the box does."""
        if self.proof is None:
            return np.nan
        if self.proof.record["certified"]:
            return np.inf
        return float(self.proof.record["certified_margin"])

    @property
    def shown(self) -> FrameResult:
        """The result to show: that of the attack, or the nearest flip if the attack found none."""
        return self.path if self.path.flipped or np.isnan(self.margin) else self.nearest

    def is_flip(self, cutoff: float) -> bool:
        """Whether the setting to show flips the decision."""
        return bool(decide(self.shown.best["logit"].values, cutoff) != self.path.reference)


def setup_of(
    files: Mapping[str, Sequence[Mapping[str, str]]],
    boxes: Mapping[str, Mapping],
    cutoff: float,
    classes: Sequence[str],
) -> Setup:
    """The setup of a dossier from its records and the knobs of each attack (`read_cases`)."""
    first = files["paths"][0]
    return Setup(
        model=first["model"],
        seed=first["seed"],
        attack=first["attack"],
        margin_attack=_attack_of(files["nearest"]),
        proof_attack=_attack_of(files["proofs"]),
        knobs=boxes[first["attack"]],
        cutoff=cutoff,
        classes=classes,
    )


def _attack_of(files: Sequence[Mapping[str, str]]) -> str | None:
    return files[0]["attack"] if files else None


def read_cases(files: Mapping[str, Sequence[Mapping[str, str]]], cutoff: float) -> list[Case]:
    """Read the attacked frames: the flip of the median margin first, then its neighbours in rank.

    Those without a known margin come last, the flips among them first.

    Parameters
    ----------
    files
        Records (`model`, `seed`, `fold`, `attack`, `path`) by the networks of one model and seed:
        `paths`, `nearest` and `proofs` of one attack each, and `lattices`, the networks' logits on
        a lattice of the box. All but the first may be empty.
    cutoff
        Probability from which a frame is called fatty.
    """
    nearest, proofs = (
        {result.name: result for file in files[kind] for result in attacked_frames(file["path"])}
        for kind in ("nearest", "proofs")
    )
    judged = {
        result.name: (file, result)
        for file in files["lattices"]
        for result in read_frames(file["path"], lattice=True)
        if result.record["grid_logit"].notnull().any()
    }
    cases = []
    for file in files["paths"]:
        for path in attacked_frames(file["path"]):
            drawn = map_of(path, *judged[path.name], cutoff) if path.name in judged else None
            others = nearest.get(path.name), proofs.get(path.name)
            cases.append(Case(file["fold"], path, *others, drawn))
    cases.sort(key=lambda case: (not case.is_flip(cutoff), case.frame))
    return [cases[place] for place in from_the_median([case.margin for case in cases])]


def map_of(
    path: FrameResult, file: Mapping[str, str], judged: FrameResult, cutoff: float
) -> FrameMap:
    """The map of a frame from its logits on a lattice, with the path on it.

    Parameters
    ----------
    path
        The result of the attack whose path is drawn.
    file
        The record of the logits (`model`, `seed`, `fold`, `attack`).
    judged
        The frame in that record.
    cutoff
        Probability from which a frame is called fatty.
    """
    logit = judged.record["grid_logit"]
    if "n_flipping" in judged.record:  # a grid counted with more digits than it keeps
        n_flipping = int(judged.record["n_flipping"])
    else:
        n_flipping = int((decide(logit.values, cutoff) != path.reference).sum())
    return frame_map(file, path, logit, n_flipping, path)


def read_images(
    chunks: Sequence[str], cases: Sequence[Case], initial: Mapping[str, float], image_rows: int
) -> Iterator[tuple[str, tuple[xr.Dataset, xr.Dataset]]]:
    """Reconstruct the frames of the first `MAX_PAGES` cases.

    Yields
    ------
    tuple
        Name of the frame, and its images at the initial setting and at the setting to show.
    """
    settings = {case.frame: case.shown.setting for case in cases[:MAX_PAGES]}
    for chunk in chunks:
        for name, frame in open_frames(chunk, settings):
            original = reconstruct(frame, initial, image_rows)
            yield name, (original, reconstruct(frame, {**initial, **settings[name]}, image_rows))


def cases_table(
    cases: Sequence[Case], setup: Setup, attributes: Mapping[str, Mapping]
) -> pd.DataFrame:
    """Tabulate the cases: a row per attacked frame, with its page and the numbers on it.

    Parameters
    ----------
    cases
        The result of `read_cases`.
    setup
        The result of `setup_of`.
    attributes
        Attributes of each RF frame, by its name.
    """
    rows = [
        {
            "page": number if number <= MAX_PAGES else None,
            "model": setup.model,
            "seed": setup.seed,
            "fold": case.fold,
            "frame": case.frame,
            **facts(attributes[case.frame]),
            "reference": case.path.reference,
            "margin_linf": case.margin,
            **({"certified_margin": case.certified_margin} if setup.proof_attack else {}),
            "shown_attack": setup.attack if case.shown is case.path else setup.margin_attack,
            **case.shown.setting,
            "probability_initial": float(case.path.steps["probability"][0]),
            "probability_shown": float(case.shown.best["probability"]),
            "flipped": case.is_flip(setup.cutoff),
            "path_attack": setup.attack,
            "path_steps": case.path.steps.sizes["step"] - 1,
            "path_queries": int(case.path.record["queries"]),
            "path_stop_reason": case.path.stop_reason,
            "n_flipping": None if case.map is None else case.map.n_flipping,
            "n_points": None if case.map is None else case.map.n_points,
        }
        for number, case in enumerate(cases, 1)
    ]
    integers = dict.fromkeys(("page", "label", "n_flipping", "n_points"), "Int64")
    return pd.DataFrame(rows).astype(integers) if rows else pd.DataFrame(columns=["page", "frame"])
