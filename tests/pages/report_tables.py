"""Tables of a small run, as the scripts of the report read them."""

import numpy as np
import pandas as pd

from reconattack.evidence.statistics import wilson_interval
from reconattack.reconstruction.parameters import PARAMETERS

ATTACK = {"name": "zoo", "title": "zoo", "box": {"beta": [0.5, 1.3], "alpha_lower": [5, 15]}}
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
FRAMES = [f"f{number}" for number in range(6)]
FLIPPED = {
    "zoo": ["f0", "f1"],
    "corners": ["f0", "f2", "f3"],
}  # of f0 to f4; f5 is wrong at the start


def attack_rows(model="plain", seed=0):
    return pd.DataFrame(
        {
            **{"model": model, "seed": seed, "fold": "0", "attack": attack, "frame": frame},
            **{"label": 1, "reference": 1, "success": frame in flipped, "queries": 9},
            "stop_reason": "wrong_at_start" if frame == "f5" else "flipped",
            **{"probability_initial": 0.8, "probability_final": 0.3, "mean_abs_diff": 12.34},
            **{"beta": 1.05, "alpha_lower": 11.5, "alpha_upper": 55.0},
        }
        for attack, flipped in FLIPPED.items()
        for frame in FRAMES
    )


def summary_rows(model="plain", seed=0):
    return pd.DataFrame(
        {
            **{"model": model, "seed": seed, "attack": attack, "protocol": "patient_folds"},
            **{"auc": 0.7, "auc_low": 0.5, "auc_high": 0.85, "auc_patient_low": np.nan},
            **{"n_labelled": 6, "n_correct": 5, "n_attacked": 5, "n_success": len(flipped)},
            **{"median_queries": 8.5, "n_missed_disease": len(flipped), "n_false_alarm": 0},
            **{"n_success_visible_limit": 1, "median_change": 12.34},
            **{"constant_label": 1, "constant_accuracy": 1.0},
        }
        for attack, flipped in FLIPPED.items()
    )


OF_KIND = {  # what rows of the summary and of attacks have, by the kind of the decision
    "classes": (
        {"macro_auc": 0.8, "macro_auc_low": 0.7, "macro_auc_high": 0.9, "unit": "log-odds"}
        | {"median_margin_final": -0.5},
        {"decision_initial": 1.0, "decision_final": 0.0, "unit": "log-odds"},
        {"kind": "classes", "classes": ["S0", "S1"]},
    ),
    "number": (
        {f"{name}{end}": 2.5 for name in ("bias", "shift") for end in ("", "_low", "_high")}
        | {f"{name}_lower_limit": -1.0 for name in ("bias", "shift")}
        | {f"{name}_upper_limit": 6.0 for name in ("bias", "shift")}
        | {"mean_abs_difference": 3.0, "unit": "mm"},
        {"decision_initial": 12.5, "decision_final": 22.25, "unit": "mm"},
        {"kind": "number", "unit": "mm", "threshold": 20},
    ),
    "given masks": (
        {"lowest_dice": 0.25, "median_dice": 0.75, "median_dice_initial": 0.93, "n_labelled": 6}
        | {"clean_dice": 0.91, "clean_dice_low": 0.88, "clean_dice_high": 0.94}
        | {"lowest_clean_dice": 0.85, "unit": "Dice"},
        {"decision_initial": 0.93, "decision_final": 0.5, "unit": "Dice"},
        {"kind": "mask", "structures": ["liver"], "dice": 0.9, "truth": "mask"},
    ),
    "mask": (
        {"lowest_dice": 0.25, "median_dice": 0.75, "n_labelled": 0, "unit": "Dice"},
        {"decision_initial": 1.0, "decision_final": 0.5, "unit": "Dice"},
        {"kind": "mask", "structures": ["liver"], "dice": 0.9},
    ),
}


def tables_of_kind(kind):
    """`summary` and `attacks` of a run of such decisions, and the declaration of its model."""
    judged, decided, declaration = OF_KIND[kind]
    binary = ["auc", "auc_low", "auc_high", "n_missed_disease", "n_false_alarm", "constant_label"]
    binary += [] if kind == "classes" else ["n_correct", "constant_accuracy"]
    probabilities = {"probability_initial": np.nan, "probability_final": np.nan}
    return {
        "summary": summary_rows()
        .drop(columns=binary)
        .assign(decision=declaration["kind"], **judged),
        "attacks": attack_rows().assign(
            **probabilities, **decided, margin_initial=1.0, margin_final=-1.0
        ),
    }, {"plain": declaration}


def margin_rows(model="plain", seed=0):
    """Beta alone flips three of the four frames that were scanned, alpha_lower one."""
    return pd.DataFrame(
        {
            **{"model": model, "seed": seed, "attack": "minimal", "frame": FRAMES[:5]},
            **{"stop_reason": "flipped", "margin_linf": [0.1, 0.2, 0.3, np.nan, np.nan]},
            "safe_lower_is_bound_beta": [False, True, False, True, None],
            "safe_upper_is_bound_beta": [True, False, False, True, None],
            "safe_lower_is_bound_alpha_lower": [True, True, False, True, None],
            "safe_upper_is_bound_alpha_lower": [True, True, True, True, True],
        }
    )


def grid_rows(model="plain", seed=0):
    """The grid certifies f1 and f4, of which zoo flips f1 between the points."""
    return pd.DataFrame(
        {
            **{"model": model, "seed": seed, "attack": "grid", "frame": FRAMES, "n_points": 7497},
            **{"label": 1, "stop_reason": [*["exhausted"] * 5, "wrong_at_start"]},
            "grid_certified": [False, True, False, False, True, None],
        }
    )


def proof_rows(model="plain", seed=0):
    """Of five attacked frames two are proved and two are flipped; a sample bounds what flips."""
    counts = {"n_robust": 2, "n_vulnerable": 2, "n_undecided": 1, "n_attacked": 5}
    drawn = {"n_robust": 0, "n_vulnerable": 1, "n_undecided": 4, "n_attacked": 5}
    keys = {"model": model, "seed": seed, "n_labelled": 6}
    proved = {"attack": "corners", "statement": "every setting", "certified_accuracy": 2 / 6}
    sampled = {"attack": "sample", "statement": "drawn settings", "certified_accuracy": 0.0}
    bound = {"flip_share_upper": 0.003, "confidence": 0.95}
    return pd.DataFrame([keys | proved | counts, keys | sampled | drawn | bound])


def knob_rows(model="plain", seed=0):
    counts = {("gain", None): 4, ("beta", None): 2, ("edges", None): 0, ("gain", "beta"): 5}
    return pd.DataFrame(
        {
            **{"model": model, "seed": seed, "attack": "each_knob"},
            **{"control": first, "other_control": second, "n_attacked": 5, "n_flipped": count},
            **dict(zip(("rate_low", "rate_high"), wilson_interval(count, 5), strict=True)),
        }
        for (first, second), count in counts.items()
    )


def flag_rows():
    return pd.DataFrame(
        {
            "flag": ["zero_gradients", "worse_than_corners", "limit_reached"],
            "level": ["warning"] * 3,
            "model": [None, "plain", None],
            "seed": [None, 0, None],
            "attack": [None, "zoo", None],
            "n": [0, 2, 0],
            "n_checked": [5, 5, 0],
            "meaning": "the attack was weak",
            "advice": "search longer",
        }
    )


def box_rows():
    """The box of `ATTACK`, which `zoo`, `corners` and `minimal` search, with a probe of 2.5 MHz."""
    return pd.DataFrame(
        {
            **{"attack": attack, "scanner": "b", "center_frequency": 2.5e6},
            **{"parameter": parameter, "units": PARAMETERS[parameter].units},
            **{"initial": INITIAL[parameter], "lower": lower, "upper": upper},
            **{
                f"level_{side}_{depth}cm": sign * depth * 2 if parameter == "beta" else np.nan
                for depth in (5, 10, 15)
                for side, sign in (("lower", -1), ("upper", 1))
            },
        }
        for attack in ("zoo", "corners", "minimal")
        for parameter, (lower, upper) in ATTACK["box"].items()
    )


def frame_rows():
    return pd.DataFrame(
        {
            **{"cohort": "simulated_rf", "frame": FRAMES, "patient": FRAMES, "scanner": "b"},
            **{"label": [1, 1, 1, 0, 0, None], "warnings": [None] * 5 + ["dark"], "error": None},
        }
    )


def write(folder, **tables):
    """Write the tables; their paths."""
    paths = []
    for name, table in tables.items():
        paths.append(str(folder / f"{name}.csv"))
        table.to_csv(paths[-1], index=False)
    return paths
