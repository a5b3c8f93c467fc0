"""What guards catch, `guard.csv` and `guard_summary.csv`: flips, and false alarms beside them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.guarded_pictures import ATTACKED
from reconattack.evidence.bootstrap import proportion_interval
from reconattack.evidence.labelled import resamples
from reconattack.evidence.statistics import proportion
from reconattack.storage import read_table

KEYS = ("model", "seed", "fold")
FLAGS = dict.fromkeys(("flipped", "allowed", "alarm"), "boolean")


def guard_table(files: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """The rows of all guards: the `KEYS`, then the columns of their tables.

    Parameters
    ----------
    files
        The `KEYS` and the `path` of the table of a guard's chunk.
    """
    tables = [
        read_table(file["path"], dtype={"frame": str, "patient": str, **FLAGS}).assign(
            **{key: file[key] for key in KEYS}
        )
        for file in files
    ]
    whole = pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)
    return whole[[*KEYS, *whole.columns.drop(list(KEYS))]]


def guard_summary(
    rows: pd.DataFrame, attacks: Mapping[str, Mapping[str, bool]], rates: Mapping[str, float]
) -> pd.DataFrame:
    """Sum the table up by model, seed and attack.

    Parameters
    ----------
    rows
        The table of `guard_table`.
    attacks
        The attacks on each model, by their names, and whether they have to pass its guard.
    rates
        Declared rate of false alarms of each model's guard.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed and attack: its flips, those at allowed settings, those that the guard
        catches, those that pass as a share of the attacked frames, and the guard's false alarms.
        Intervals are by patients.
    """
    table = []
    for (model, seed), of_guard in rows.groupby(["model", "seed"], sort=False):
        is_attacked = of_guard["picture"] == ATTACKED
        alarms = false_alarms(of_guard[~is_attacked]) | {"declared_rate": rates[model]}
        attacked = of_guard[is_attacked]
        of_any = passed_by_any(attacked)
        table += [
            {"model": model, "seed": seed, "attack": attack, "guarded": is_guarded}
            | catches(attacked[attacked["attack"] == attack])
            | of_any
            | alarms
            for attack, is_guarded in attacks[model].items()
        ]
    return pd.DataFrame(table)


def catches(attacked: pd.DataFrame) -> dict[str, float]:
    """Flips of one attack, and what a guard makes of them.

    Parameters
    ----------
    attacked
        Its rows of `guard.csv`.
    """
    flipped, allowed, alarm = (
        attacked[name].to_numpy(bool) for name in ("flipped", "allowed", "alarm")
    )
    patients = attacked["patient"].to_numpy()
    return {
        "n_attacked": len(attacked),
        "n_flipped": int(flipped.sum()),
        "n_flipped_allowed": int((flipped & allowed).sum()),
        "n_caught": int((flipped & alarm).sum()),
        **_share("caught", alarm[flipped], patients[flipped]),
        "n_passed": int((flipped & ~alarm).sum()),
        **_share("passed", flipped & ~alarm, patients),
    }


def passed_by_any(attacked: pd.DataFrame) -> dict[str, float]:
    """Frames that some attack flips without an alarm, and their share of the attacked ones.

    Parameters
    ----------
    attacked
        Rows of `guard.csv` of all attacks on one model.
    """
    passed = attacked["flipped"].astype(bool) & ~attacked["alarm"].astype(bool)
    frames = attacked.assign(passed=passed).groupby("frame")
    hits, patients = frames["passed"].any().to_numpy(), frames["patient"].first().to_numpy()
    return {"n_passed_by_any": int(hits.sum()), **_share("passed_by_any", hits, patients)}


def false_alarms(allowed: pd.DataFrame) -> dict[str, float]:
    """Alarms at settings that a guard allows, by patients and by pictures.

    Parameters
    ----------
    allowed
        Rows of `guard.csv` of pictures that no attack chose.
    """
    alarm, patients = allowed["alarm"].to_numpy(bool), allowed["patient"].to_numpy()
    by_patient = allowed.groupby("patient")["alarm"].any()
    counts = int(by_patient.sum()), len(by_patient)
    return {
        "n_patients": counts[1],
        "n_alarmed_patients": counts[0],
        **proportion("false_alarms", *counts),
        "n_pictures": len(allowed),
        **_share("false_alarms_of_pictures", alarm, patients),
    }


def _share(name: str, hits: np.ndarray, patients: np.ndarray) -> dict[str, float]:
    """A share with Wilson's interval, or a bootstrap of patients where one has several rows."""
    columns = proportion(name, int(hits.sum()), len(hits))
    if len(np.unique(patients)) < len(patients):
        ends = proportion_interval([hits], patients, resamples("patients", name))
        columns |= dict(zip((f"{name}_low", f"{name}_high"), ends, strict=True))
    return columns
