"""The envelope of a run, `envelope.csv`: within which settings few decisions change.

A row is a range around the initial setting, of one parameter alone or of all together, as one
source of the run knows it: the widest range within which at most `run.changed_limit` of the
decisions change, its bound for further patients, and how well the model judges at its edge.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.distributions import INITIAL
from reconattack.attacks.space import decimal
from reconattack.errors import InputError
from reconattack.evidence.accidental import is_binary, judged_frames
from reconattack.evidence.breaks import (
    Breaks,
    breaks_of_grid,
    breaks_of_proof,
    breaks_of_search,
    breaks_of_settings,
    only_moved,
    shares_of_box,
)
from reconattack.evidence.edges import merits_at
from reconattack.evidence.labelled import resamples
from reconattack.evidence.paths import pattern_of
from reconattack.evidence.range_names import TOGETHER
from reconattack.evidence.ranges import (
    before,
    bound_method,
    carried_limit,
    first_too_many,
    patients_needed,
    range_bound,
    widest_range,
)
from reconattack.evidence.statistics import CONFIDENCE
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS

NETWORK = ("model", "seed")
READERS = {"lattice": breaks_of_grid, "proof": breaks_of_proof}  # other methods search
FIRST = ("parameter", "moved", "statement", "source", "counted", "range_share", "bound_share")


def envelope_table(
    attacks: Sequence[Mapping[str, str]],
    settings: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    finds: Mapping[str, str | None],
    accidental: Mapping[str, Any] | None,
    initial: Mapping[str, float],
    patients: Mapping[str, Mapping[str, str]],
    cutoff: float,
    limit: float,
) -> pd.DataFrame:
    """Tabulate the envelope of each model and seed.

    Parameters
    ----------
    attacks
        Records of attacks: `model`, `seed`, `fold`, `attack`, `path`.
    settings
        Logits at settings that no adversary chose: `model`, `seed`, `fold`, `path`.
    boxes
        The parameters of each attack with their `box`.
    finds
        What the method of each attack finds: `lattice`, `proof`, or anything else for a search.
    accidental
        The parameters of these settings with their `box`; None without.
    initial
        The initial setting; a parameter that it leaves out is neutral.
    patients
        The patient of each frame, by model and frame.
    cutoff
        Probability from which a frame has label 1.
    limit
        Largest allowed fraction of changed decisions.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, source and moved parameters.

    Raises
    ------
    InputError
        If there is neither a record of an attack nor a file of settings.
    """
    if not attacks and not settings:
        raise InputError("the run has no attack and no accidental settings: it has no envelope")
    start = NEUTRAL | dict(initial)
    rows = []
    found = network_breaks(attacks, settings, boxes, finds, accidental, cutoff)
    for network, judged, own_settings, sources in found:
        for breaks in sources:
            row = envelope_row(breaks, start, patients[network["model"]], limit)
            at_edges = edge_columns(row, breaks, judged, own_settings, start, cutoff)
            rows.append(network | row | at_edges)
    if not rows:
        return pd.DataFrame(columns=[*NETWORK, *FIRST])
    return pd.DataFrame(rows).astype({"n_changed_beyond": "Int64"})


def network_breaks(
    attacks: Sequence[Mapping[str, str]],
    settings: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    finds: Mapping[str, str | None],
    accidental: Mapping[str, Any] | None,
    cutoff: float,
) -> Iterator[tuple[dict[str, str], xr.Dataset | None, list[Mapping[str, str]], list[Breaks]]]:
    """The breaks of each model and seed, from every source; the arguments of `envelope_table`.

    Yields
    ------
    tuple
        `model` and `seed`; the logits at settings that no adversary chose, or None; their files;
        and the breaks.
    """
    networks = dict.fromkeys(tuple(file[key] for key in NETWORK) for file in (*settings, *attacks))
    for network in networks:
        own_settings = of_network(settings, network)
        judged = judged_frames(own_settings) if own_settings else None
        sources = [
            *settings_breaks(judged, own_settings, accidental, cutoff),
            *attack_breaks(of_network(attacks, network), boxes, finds),
        ]
        yield dict(zip(NETWORK, network, strict=True)), judged, own_settings, sources


def of_network(
    files: Sequence[Mapping[str, str]], network: tuple[str, str]
) -> list[Mapping[str, str]]:
    """The files of one model and seed."""
    return [file for file in files if tuple(file[key] for key in NETWORK) == network]


def settings_breaks(
    judged: xr.Dataset | None,
    files: Sequence[Mapping[str, str]],
    accidental: Mapping[str, Any] | None,
    cutoff: float,
) -> Iterator[Breaks]:
    """The breaks at settings that no adversary chose."""
    if judged is not None and accidental and judged.sizes["frame"]:
        paths = [file["path"] for file in files]
        yield from breaks_of_settings(judged, paths, accidental, cutoff)


def attack_breaks(
    files: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    finds: Mapping[str, str | None],
) -> Iterator[Breaks]:
    """The breaks that the attacks on one model and seed found."""
    for attack in dict.fromkeys(file["attack"] for file in files):
        paths = [file["path"] for file in files if file["attack"] == attack]
        box = {name: knob["box"] for name, knob in boxes[attack].items()}
        yield from READERS.get(finds[attack] or "", breaks_of_search)(attack, paths, box)


def envelope_row(
    breaks: Breaks, initial: Mapping[str, float], patients: Mapping[str, str], limit: float
) -> dict[str, Any]:
    """The range of some breaks, its bound by patients, and what lies beyond it."""
    of_frames = np.array([patients[frame] for frame in breaks.frames], object).astype(str)
    number = len(np.unique(of_frames))
    widest = widest_range(breaks.shares, limit, breaks.tried)
    beyond = first_too_many(breaks.shares, limit)
    bound = range_bound(
        breaks.shares, of_frames, limit, breaks.tried, resamples("patients", "envelope")
    )
    carried = before(float(breaks.shares.min()), breaks.tried)
    return {
        "parameter": name_of(breaks.moved),
        "moved": ", ".join(breaks.moved),
        "statement": breaks.statement,
        "source": breaks.source,
        "counted": breaks.counted,
        "changed_limit": limit,
        "n": len(breaks.frames),
        "n_patients": number,
        "range_share": widest,
        **{f"{end}_{name}": value for end, name, value in ends_of(breaks, initial, widest)},
        "n_changed": int((breaks.shares <= widest).sum()),
        "changed": float((breaks.shares <= widest).mean()),
        "beyond_share": beyond if np.isfinite(beyond) else np.nan,
        "n_changed_beyond": int((breaks.shares <= beyond).sum()) if np.isfinite(beyond) else None,
        "n_settings": breaks.settings_within(widest),
        "bound_share": bound,
        **{f"bound_{end}_{name}": value for end, name, value in ends_of(breaks, initial, bound)},
        "confidence": CONFIDENCE,
        "method": bound_method(of_frames),
        "patients_needed": patients_needed(limit),
        "carried_limit": carried_limit(number),
        "carried_share": carried,
        **{f"step_{name}": step for name, step in (breaks.steps or {}).items()},
        **{f"box_{end}_{name}": value for end, name, value in ends_of(breaks, initial, 1.0)},
        "source_files": pattern_of(breaks.paths),
    }


def name_of(moved: Sequence[str]) -> str:
    """The only parameter or control that moves; `TOGETHER` for several."""
    if len(moved) == 1:
        return moved[0]
    controls = {PARAMETERS[name].control for name in moved}
    return controls.pop() if len(controls) == 1 else TOGETHER


def ends_of(
    breaks: Breaks, initial: Mapping[str, float], share: float
) -> Iterator[tuple[str, str, float]]:
    """The lower and the upper end of each moved parameter in a share of the box."""
    for name in breaks.moved:
        start = initial[name]
        for end, bound in zip(("lower", "upper"), breaks.box[name], strict=True):
            value = start + share * (bound - start)
            yield end, name, np.nan if np.isnan(share) else float(decimal(np.array(value)))


def edge_columns(
    row: Mapping[str, Any],
    breaks: Breaks,
    judged: xr.Dataset | None,
    files: Sequence[Mapping[str, str]],
    initial: Mapping[str, float],
    cutoff: float,
) -> dict[str, Any]:
    """How well all labelled frames are judged at the stored settings nearest to the range's edge.

    This is told of binary decisions alone.

    One parameter alone has two edges, `lower` and `upper`; several together have one, the setting
    inside the range that needs the largest share of its box.
    """
    if judged is None or not judged.sizes["frame"] or not is_binary(judged):
        return {}
    columns: dict[str, Any] = {}
    for edge, number in edge_settings(breaks, row["range_share"], judged, initial):
        setting = judged.isel(setting=number)
        columns[f"{edge}_edge"] = str(setting["setting"].item())
        if len(breaks.moved) == 1:
            columns[f"{edge}_edge_value"] = float(setting[breaks.moved[0]])
        columns |= {
            f"{edge}_edge_{name}": value for name, value in merits_at(setting, cutoff).items()
        }
    return columns | {"edge_files": pattern_of([file["path"] for file in files])}


def edge_settings(
    breaks: Breaks, share: float, judged: xr.Dataset, initial: Mapping[str, float]
) -> Iterator[tuple[str, int]]:
    """Each edge of a range and the number of the stored setting nearest to it, inside."""
    names = [name for name in PARAMETERS if name in judged.coords]
    if not {*breaks.moved} <= {*names}:
        return
    points = np.stack([judged[name].values for name in names], axis=1)
    start = dict(
        zip(names, points[list(judged["distribution"].values).index(INITIAL)], strict=True)
    )
    if any(start[name] != initial[name] for name in breaks.moved):
        return
    shares = shares_of_box(points, names, start, breaks.box)
    inside = only_moved(points, names, start, breaks.moved) & (shares <= share)
    if len(breaks.moved) > 1:
        yield "joint", int(np.where(inside, shares, -1).argmax())
        return
    (name,) = breaks.moved
    values = points[:, names.index(name)]
    yield "lower", int(np.where(inside, values, np.inf).argmin())
    yield "upper", int(np.where(inside, values, -np.inf).argmax())
