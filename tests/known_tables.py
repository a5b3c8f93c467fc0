"""Tables and records of a few frames whose answers are known, for numbers and for figures."""

import numpy as np
import pandas as pd

FRAMES = {
    # Flips at beta 0.7: half of the way to the lower bound, 0.5. The upper one, 1.1, is nearer.
    "half": (1, lambda beta, lower, upper: beta - 0.8),
    # Flips only where beta is 1.1 and alpha_lower 5 as well: the whole box.
    "whole": (0, lambda beta, lower, upper: -1.0 if beta < 1 or lower > 7 else 1.0),
    "never": (1, lambda beta, lower, upper: 1.0),
    "wrong": (0, lambda beta, lower, upper: 1.0),
    "unlabelled": (-1, lambda beta, lower, upper: 1.0),
    "unreadable": (0, None),
}


def nine_judged():
    """Two folds of four labelled frames each and one frame without a label."""
    logits = np.array([2.0, 0.4, -0.4, -2.0, 1.0, -0.6, 0.6, -3.0, 5.0])
    return pd.DataFrame(
        {
            "seed": 0,
            "frame": [f"f{number}" for number in range(9)],
            "patient": [f"p{number}" for number in range(9)],
            "fold": list("000011110"),
            "label": [1, 1, 0, 0, 1, 1, 0, 0, np.nan],
            "logit": logits,
            "probability": 1 / (1 + np.exp(-logits)),
            "predicted": (logits >= 0).astype(int),
        }
    )


def nine_attacked():
    """Of nine frames six are judged right and two of these flip, after 8 and 22 queries; one could
    not be read."""
    reasons = ["flipped", "bounds", "cycle", "flipped", "flat", "step_limit"]
    reasons += ["wrong_at_start", "wrong_at_start", "unreadable"]
    return pd.DataFrame(
        {
            **{"model": "m", "seed": 0, "fold": "0", "attack": "zoo"},
            "frame": [f"f{number}" for number in range(9)],
            "stop_reason": reasons,
            "success": [reason == "flipped" for reason in reasons],
            "direction": ["missed disease", None, None, "false alarm", *[None] * 5],
            "queries": [8, 77, 14, 300, 7, 71, 1, 1, 1],
            "queries_to_flip": [8, *[np.nan] * 2, 22, *[np.nan] * 5],
            **dict.fromkeys(["grid", "grid_certified", "grid_distance"]),
            "mean_abs_diff": [19.0, 5, 5, 21, *[5] * 5],
            **{"ssim": 0.9, "white_added": 0.0, "black_added": -0.01},
        }
    )


def four_attacked():
    """Three frames attacked of which two flip, one judged wrong."""
    return pd.DataFrame(
        {
            **{"model": "m", "seed": "0", "attack": "search"},
            "stop_reason": ["flipped", "flipped", "budget", "wrong_at_start"],
            "success": [True, True, False, False],
            "mean_abs_diff": [30.0, 12.5, 3, 0],
            "ssim": [0.5, 0.9, 0.95, 1],
            "white_added": [-0.01, 0.25, 0, 0],
            "black_added": [0.5, 0.0, 0, 0],
        }
    )


def grid_of_five(judged_grid):
    path = judged_grid(
        "grid.nc",
        # Flips at beta 0.7 or 0.5, or at an alpha_lower of 15.
        either=(1, lambda beta, lower, upper: -1.0 if beta < 0.8 or lower > 12 else 1.0),
        both=(1, lambda beta, lower, upper: -1.0 if beta < 0.8 and lower > 12 else 1.0),
        never=(1, lambda beta, lower, upper: 1.0),
        wrong=(0, lambda beta, lower, upper: 1.0),
        unreadable=(0, None),
    )
    return {"model": "m", "seed": "0", "fold": "0", "attack": "grid", "path": path}


def search_and_grid():
    """Of five frames three are attacked, by a search of ten queries and by a grid of 50."""
    reasons = ["flipped", "budget", "flipped", "wrong_at_start", "unreadable"]
    search = pd.DataFrame({"stop_reason": reasons, "queries": [4, 10, 2, 1, 0]})
    grid = pd.DataFrame(
        {"stop_reason": ["flipped", *reasons[:1] * 2, *reasons[3:]], "queries": [49, 50, 50, 1, 0]}
    )
    table = pd.concat([search.assign(attack="search"), grid.assign(attack="grid")])
    success = table["stop_reason"] == "flipped"
    to_flip = table["queries"].where(success)
    return table.assign(model="m", seed=0, success=success, queries_to_flip=to_flip)


def two_seeds_transferred():
    """Two seeds of a model under two attacks; nothing of the second attack could be tried."""
    keys = ["model", "seed", "attack", "n_success", "n_attacked"]
    own = [("m", 0, "zoo", 10, 20), ("m", 0, "grid", 13, 20)]
    own += [("m", 1, "zoo", 0, 18), ("m", 1, "grid", 0, 18)]
    pairs = [(0, 1, "zoo", 7, 9), (1, 0, "zoo", 0, 0), (0, 1, "grid", 8, 9), (1, 0, "grid", 0, 0)]
    transferred = [
        {"source_model": "m", "source_seed": source, "target_model": "m", "target_seed": target}
        | {"attack": attack, "n_flipped": flipped, "n_tried": tried}
        for source, target, attack, flipped, tried in pairs
    ]
    return pd.DataFrame(own, columns=keys), pd.DataFrame(transferred)


def grids_of_two_seeds(judged_grid):
    """Two folds of a model, and another seed of it that is always right."""
    names = list(FRAMES)
    folds = {
        ("0", "0"): {name: FRAMES[name] for name in names[:2]},
        ("0", "1"): {name: FRAMES[name] for name in names[2:]},
        ("1", "0"): {"never": FRAMES["never"]},
    }
    return [
        {"model": "m", "seed": seed, "fold": fold, "attack": "grid"}
        | {"path": judged_grid(f"{seed}-{fold}.nc", **frames)}
        for (seed, fold), frames in folds.items()
    ]
