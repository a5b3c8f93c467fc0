"""Two seeds of known networks on ten frames: their predictions, attacks, grids and margins."""

import numpy as np
import pandas as pd

LABELS = np.repeat([1, 0], [6, 4])
FRAMES = [f"f{number}" for number in range(10)]
KNOWN = {"kind": "plain", "takes": "image", "protocol": "patient_folds", "immune": False}
# The right frames of each network, those of them that zoo flips and those that the grid certifies.
PLAIN = {0: {"right": "1111101110", "zoo": "1100000010", "certified": "0000001000"}}
HARD = {
    0: {"right": "1111011110", "zoo": "1000000000", "certified": "0111011100"},
    1: {"right": "1111111100", "zoo": "0000000000", "certified": "1111111100"},
}
POINTS = 27


def bits(text):
    return np.array([character == "1" for character in text])


def logits_of(network):
    """Right frames lie on their label's side, each at a distance of its own."""
    sides = np.where(bits(network["right"]) == (LABELS == 1), 1, -1)
    return sides * (1 + np.arange(10) * 7 % 10 / 10)


def predictions(networks, patients=FRAMES, labels=LABELS, unread=()):
    tables = []
    for seed, network in networks.items():
        logits = logits_of(network)
        known = {"seed": seed, "frame": FRAMES, "patient": patients, "label": labels}
        tables.append(pd.DataFrame(known | {"logit": logits, "predicted": logits >= 0}))
    table = pd.concat(tables).astype({"predicted": "Int64"})
    table.loc[table["frame"].isin(unread), ["logit", "predicted"]] = pd.NA
    return table


def attack_rows(networks, model):
    """Rows of attacks.csv, of grid.csv and of margins.csv."""
    attacks, grids, margins = [], [], []
    for seed, network in networks.items():
        right = bits(network["right"])
        start = {"model": model, "seed": seed, "frame": FRAMES}
        ends = {"zoo": bits(network["zoo"]), "grid": right & ~bits(network["certified"])}
        for attack, success in ends.items():
            attacks.append(pd.DataFrame(start | {"attack": attack, "success": success}))
        certified = [hit if was else None for hit, was in zip(~ends["grid"], right, strict=True)]
        verdict = {"attack": "grid", "grid_certified": certified, "n_points": POINTS}
        grids.append(pd.DataFrame(start | verdict))
        margin = np.where(ends["grid"], np.arange(10) / 10, np.nan)
        margins.append(pd.DataFrame(start | {"attack": "minimal", "margin_linf": margin}))
    return tuple(map(pd.concat, (attacks, grids, margins)))


def interval(row, name):
    return tuple(row[[f"{name}_low", f"{name}_high"]])


def pair(pairs, family):
    (row,) = pairs[pairs["family"] == family].to_dict("records")
    return row
