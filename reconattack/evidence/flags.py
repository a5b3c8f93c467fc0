"""Signs that an attack was weak or its record is wrong, found in the table of attacks itself.

A model looks robust if it only hides its gradients, or if the attack was set up badly. These checks
follow AutoAttack's (Croce & Hein 2020, arXiv:2003.01690; `flags_doc.md` of its repository); further
ones use a grid over the same box. A raised flag does not make a result wrong. It warns that the
success rate may mean less than it seems to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from reconattack.attacks.method import declared
from reconattack.errors import first_names

STOPPED_BY_LIMIT = ("budget", "step_limit")
SATURATED = 0.01  # share of a frame's judgements
FRAMES_NAMED = 10

Frames = pd.Index
Check = Callable[[pd.DataFrame, Mapping[str, pd.DataFrame]], Frames | None]


@dataclass(frozen=True)
class Flag:
    """One check of an attack.

    Attributes
    ----------
    name, level
        `error`: a result contradicts another one. `warning`: a result may mean less than it seems
        to.
    check
        (rows of one attack by frame, rows of the other attacks in the same box) -> the frames for
        which the flag is raised; None if the attack has nothing to check. Rows are those of
        attacked frames, with the columns of `attacks.csv` and the attack's `method`.
    meaning, advice
        The meaning of a raised flag, and what to do about it.
    """

    name: str
    level: str
    check: Check
    meaning: str
    advice: str


def raised(attacks: pd.DataFrame, boxes: Mapping[str, object]) -> pd.DataFrame:
    """Check every attack on every model and seed.

    Parameters
    ----------
    attacks
        Rows of attacked frames: the columns of `attacks.csv` and `method`.
    boxes
        The box of each attack. Only attacks in the same box are compared.

    Returns
    -------
    pandas.DataFrame
        flag, level, model, seed, attack, n (flagged frames), n_checked, frames (the first names),
        meaning and advice. A row per raised flag, and a row with n = 0 for a flag that was not
        raised; its n_checked is 0 if the run has nothing to check.
    """
    cases = [
        (key, rows.set_index("frame"), others_in_box(attacks, key, boxes))
        for key, rows in attacks.groupby(["model", "seed", "attack"], sort=False)
    ]
    return pd.DataFrame([row for flag in FLAGS for row in flag_rows(flag, cases)])


def others_in_box(
    attacks: pd.DataFrame, key: tuple, boxes: Mapping[str, object]
) -> dict[str, pd.DataFrame]:
    """Rows of the other attacks on the same model and seed, in the same box, by name."""
    model, seed, attack = key
    of_model = attacks[(attacks["model"] == model) & (attacks["seed"] == seed)]
    return {
        name: rows.set_index("frame")
        for name, rows in of_model.groupby("attack", sort=False)
        if name != attack and boxes[name] == boxes[attack]
    }


def flag_rows(flag: Flag, cases: list[tuple]) -> list[dict]:
    """A row for each attack that raises a flag; if none does, one row with n = 0."""
    rows, n_checked = [], 0
    for key, own, others in cases:
        frames = flag.check(own, others)
        n_checked += 0 if frames is None else len(own)
        if frames is not None and len(frames):
            names = first_names(list(frames), FRAMES_NAMED)
            rows.append(flag_row(flag, key, len(frames), len(own), names))
    return rows or [flag_row(flag, (None, None, None), 0, n_checked, None)]


def flag_row(flag: Flag, key: tuple, n: int, n_checked: int, frames: str | None) -> dict:
    """The row of a flag; `key` is model, seed and attack, `frames` the names of flagged frames."""
    model, seed, attack = key
    return {
        "flag": flag.name,
        "level": flag.level,
        "model": model,
        "seed": seed,
        "attack": attack,
        "n": n,
        "n_checked": n_checked,
        "frames": frames,
        "meaning": flag.meaning,
        "advice": flag.advice,
    }


def grid_contradicted(own: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> Frames | None:
    """Successes at a lattice point that the grid itself judged not to flip."""
    if own["grid"].isna().all():
        return None
    return own.index[own["grid_confirms"].eq(False)]


def success_without_change(own: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> Frames:
    """Flips of a picture in which no pixel changed."""
    return own.index[own["success"] & (own["mean_abs_diff"] == 0)]


def zero_gradients(own: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> Frames | None:
    """Frames with a measured gradient that is zero in every parameter."""
    if own["zero_gradients"].isna().all():
        return None
    return own.index[own["zero_gradients"] > 0]


def saturated_probabilities(own: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> Frames:
    """Frames with 1 % or more of their probabilities 0 or 1 within 1e-7."""
    return own.index[own["saturated_share"] >= SATURATED]


def black_box_beats_white_box(
    own: pd.DataFrame, others: Mapping[str, pd.DataFrame]
) -> Frames | None:
    """Frames that a search without gradients flips and the white-box attack does not."""
    if not declared(method_of(own)).white_box:
        return None
    searches = [rows for rows in others.values() if is_black_box_search(method_of(rows))]
    if not searches:
        return None
    found = pd.concat([rows["success"] for rows in searches]).groupby(level=0).any()
    return own.index[found.reindex(own.index, fill_value=False) & ~own["success"]]


def worse_than_corners(own: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> Frames | None:
    """Frames that only the baseline flips, if the attack flips fewer frames than the baseline."""
    corners = next((rows for rows in others.values() if method_of(rows) == "corners"), None)
    if corners is None or method_of(own) == "corners" or declared(method_of(own)).exhaustive:
        return None
    flipped = corners["success"].reindex(own.index, fill_value=False)
    if own["success"].sum() >= flipped.sum():
        return own.index[:0]
    return own.index[flipped & ~own["success"]]


def grid_vulnerable_missed(own: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> Frames | None:
    """Frames that the grid flips and the attack does not."""
    if own["grid"].isna().all() or declared(method_of(own)).exhaustive:
        return None
    return own.index[own["grid_certified"].eq(False) & ~own["success"]]


def limit_reached(own: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> Frames | None:
    """Frames given up at the largest number of queries or steps, if most frames are."""
    if declared(method_of(own)).exhaustive:
        return None
    given_up = own["stop_reason"].isin(STOPPED_BY_LIMIT) & ~own["success"]
    return own.index[given_up] if given_up.mean() > 0.5 else own.index[:0]


def stopped_by_cycle(own: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> Frames | None:
    """Frames on which the sign search came back to a point that it had left."""
    return own.index[own["stop_reason"] == "cycle"] if method_of(own) == "zoo" else None


def method_of(rows: pd.DataFrame) -> str:
    """The method of an attack's rows."""
    return rows["method"].iloc[0]


def is_black_box_search(method: str) -> bool:
    """Whether a method searches without gradients and without judging every setting."""
    return not (declared(method).white_box or declared(method).exhaustive)


FLAGS = (
    Flag(
        "grid_contradicted",
        "error",
        grid_contradicted,
        "the attack reports a flip at a lattice point where the grid found none",
        "the two saw different images or networks: report it as a bug and use neither result",
    ),
    Flag(
        "success_without_change",
        "error",
        success_without_change,
        "the decision flipped although no pixel in the sector changed",
        "check whether the model sees more than the sector, or gives the same image other answers",
    ),
    Flag(
        "zero_gradients",
        "warning",
        zero_gradients,
        "a gradient was zero in every parameter, so the attack had no direction",
        "use a longer step to measure it (`probe`), and also a search without gradients",
    ),
    Flag(
        "saturated_probabilities",
        "warning",
        saturated_probabilities,
        "1 % or more of a frame's recorded probabilities are 0 or 1 within 1e-7",
        "a model that gives logits loses nothing by it; one that gives only probabilities hides "
        "its margin: bring one that gives logits",
    ),
    Flag(
        "black_box_beats_white_box",
        "warning",
        black_box_beats_white_box,
        "searches without gradients flip frames that the white-box attack does not flip: its "
        "gradients may mislead",
        "count a frame as flipped if any attack flips it; give the white-box attack more restarts",
    ),
    Flag(
        "worse_than_corners",
        "warning",
        worse_than_corners,
        "the attack flips fewer frames than the baseline, which tries faces and corners first",
        "do not read its success rate as robustness; quote the rate of the best attack",
    ),
    Flag(
        "grid_vulnerable_missed",
        "warning",
        grid_vulnerable_missed,
        "the grid flips frames that the attack does not flip",
        "quote the grid's rate as well, or give the attack more queries or restarts",
    ),
    Flag(
        "limit_reached",
        "warning",
        limit_reached,
        "most frames were given up at the largest number of queries or steps",
        "raise max_queries or max_steps and see whether the success rate rises",
    ),
    Flag(
        "stopped_by_cycle",
        "warning",
        stopped_by_cycle,
        "the attack returned to a setting where it had been, and would repeat itself",
        "its steps are too long there: try a smaller rate, or another search",
    ),
)
