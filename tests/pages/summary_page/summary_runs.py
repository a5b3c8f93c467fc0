"""A small run for the summary page."""

import dataclasses

import numpy as np
import pandas as pd
from PIL import Image

from reconattack.pages.networks import networks_of
from reconattack.pages.summary_page.run import Run
from tests.pages.report_tables import (
    ATTACK,
    INITIAL,
    attack_rows,
    box_rows,
    flag_rows,
    frame_rows,
    margin_rows,
    summary_rows,
)

TITLES = {
    "cohorts": {"simulated_rf": "simulated RF frames"},
    "models": {"plain": "small network"},
    "attacks": {"zoo": "zeroth-order attack", "corners": "search of corners"},
    "controls": {"beta": "attenuation compensation", "alpha_lower": "lower threshold"},
}
LIMIT = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1}


def tables_of(model="plain", seeds=(0,)):
    """The tables of a run of one model."""
    frames = frame_rows()
    summary = pd.concat([summary_rows(model, seed) for seed in seeds])
    paper = pd.DataFrame(
        {
            **{"figure": ["auc"], "paper": 0.84, "paper_low": np.nan, "paper_high": np.nan},
            **{"run": 0.7, "run_low": 0.5, "run_high": 0.85, "model": model, "seed": 0},
            **{"attack": "zoo", "data": "simulated", "study": "A study, 2020", "note": None},
        }
    )
    return {
        "boxes": box_rows(),
        "frames": frames,
        "summary": summary.assign(
            accuracy=5 / 6,
            auc_seed_min=summary["auc"].min(),
            auc_seed_max=summary["auc"].max(),
            accuracy_seed_min=5 / 6,
            accuracy_seed_max=5 / 6,
        ),
        "attacks": pd.concat([attack_rows(model, seed) for seed in seeds]),
        "margins": pd.concat([margin_rows(model, seed) for seed in seeds]),
        "flags": flag_rows(),
        "paper": paper,
    }


def run_of(folder, tables=None, titles=TITLES, **changes):
    """A run with two figures, whose pictures are written into `folder`."""
    figures = {}
    for number, name in enumerate(("fig3_adversarial", "contact_sheet")):
        figures[name] = str(folder / f"{name}.png")
        Image.new("L", (300 * (number + 1), 150), 128).save(figures[name])
    tables = tables or tables_of()
    run = Run(
        tables=tables,
        networks=networks_of(tables, "zoo", ["zoo", "corners"], None, titles),
        figures=figures,
        captions={
            "fig3_adversarial": "An original and what the attack made of it. More.\n",
            "contact_sheet": "All ``frames`` at the initial setting. More.\n",
        },
        findings=None,
        attack=ATTACK | {"title": titles.get("attacks", {}).get("zoo", "zoo")},
        boxes={"zoo": ATTACK["box"], "corners": ATTACK["box"]},
        titles=titles,
        cohorts={
            "cohort": "simulated_rf",
            "image_cohorts": ["simulated_images"],
            "training_cohorts": [],
        },
        initial=INITIAL,
        cutoff=0.5,
        visible_limit=LIMIT,
        classes=["normal", "fatty"],
        simulated=True,
        explorer="explorer.html",
    )
    return dataclasses.replace(run, **changes)
