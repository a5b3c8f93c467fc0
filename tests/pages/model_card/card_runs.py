"""Small runs for model cards."""

import dataclasses

import numpy as np
import pandas as pd

from reconattack.pages.model_card.facts import AuditedRun
from reconattack.pages.networks import networks_of
from tests.pages.report_tables import ATTACK, proof_rows, tables_of_kind
from tests.pages.summary_page.summary_runs import TITLES, tables_of

MODEL = {
    "model": "plain",
    "made": "network compact, input of 32 x 32",
    "is_trained": True,
    "takes": "image",
    "protocol": "patient_folds",
    "cohorts": ["simulated_rf"],
}


def tables_with(*names, model="plain", seeds=(0,)):
    """The tables of a run of two classes, with some of those that not every run has."""
    tables = tables_of(model, seeds)
    rates = tables["summary"].assign(
        success_rate=tables["summary"]["n_success"] / tables["summary"]["n_attacked"],
        success_low=0.1,
        success_high=0.8,
    )
    proofs = proof_rows(model)
    further = {
        "performance": performance_rows(model, seeds),
        "accidental_summary": accidental_rows(model),
        "proofs_summary": proofs.assign(
            robust_share=proofs["n_robust"] / proofs["n_attacked"],
            robust_share_low=0.1,
            robust_share_high=0.7,
            vulnerable_share=proofs["n_vulnerable"] / proofs["n_attacked"],
        ),
        "units_summary": unit_rows(model),
    }
    made = {name: table for name, table in further.items() if name in ("performance", *names)}
    without = {} if "margins" in names else {"margins"}
    return {
        name: table
        for name, table in (tables | {"summary": rates} | made).items()
        if name not in without
    }


def performance_rows(model="plain", seeds=(0,)):
    return pd.DataFrame(
        {
            **{"model": model, "seed": seed, "cutoff_choice": choice, "fold": fold},
            **{"auc": 0.75, "auc_low": 0.5, "auc_high": 0.9},
            **{"accuracy": 5 / 6, "accuracy_low": 0.4, "accuracy_high": 0.97},
            **{"sensitivity": 0.8, "sensitivity_low": 0.3, "sensitivity_high": 0.99},
            **{"specificity": np.nan, "specificity_low": np.nan, "specificity_high": np.nan},
            "constant_accuracy": 0.6,
        }
        for seed in seeds
        for choice in ("fixed", "validation")
        for fold in ("pooled", "0")
    )


def accidental_rows(model):
    return pd.DataFrame(
        {
            **{"model": model, "seed": 0, "distribution": distribution},
            **{"accuracy_median": 0.7, "accuracy_p5": 0.5, "accuracy_p95": 0.8},
            **{"changed_median": 0.1, "changed_p5": 0.0, "changed_p95": 0.3},
            "worst_changed": 0.4,
        }
        for distribution in ("uniform", "sweep_beta")
    )


def unit_rows(model):
    return pd.DataFrame(
        [
            {
                **{"model": model, "seed": 0, "attack": "zoo", "units_rate": 0.5},
                **{"units_rate_low": 0.1, "units_rate_high": 0.9},
                **{"n_units_attacked": 4, "n_units_flipped": 2},
            }
        ]
    )


def run_of(tables=None, titles=TITLES, models=(MODEL,), stated=None, **changes):
    """A run whose card is to be written."""
    tables = tables_with("margins") if tables is None else tables
    run = AuditedRun(
        stated=stated or {},
        tables=tables,
        networks=networks_of(tables, "zoo", ["zoo", "corners"], None, titles),
        models=models,
        attack=ATTACK | {"title": titles.get("attacks", {}).get("zoo", "zoo")},
        boxes={"zoo": ATTACK["box"], "corners": ATTACK["box"]},
        titles=titles,
        cohort="simulated_rf",
        data="simulated RF frames",
        cutoff=0.5,
        classes=["normal", "fatty"],
        simulated=True,
    )
    return dataclasses.replace(run, **changes)


def run_of_kind(kind):
    """A run whose models decide classes, numbers or masks."""
    tables, declarations = tables_of_kind(kind)
    judged = tables["summary"].iloc[:1].assign(fold="pooled", decision=kind)
    every = tables_with("margins") | tables | {"performance": judged}
    return run_of(every, declarations=declarations)


def run_of_pictures():
    """A run on finished images."""
    tables = tables_with()
    tables["frames"] = tables["frames"].assign(dynamic_range=60.0)
    tables["summary"] = tables["summary"].assign(
        n_sure_success=1, sure_success_rate=0.2, sure_success_low=0.1, sure_success_high=0.6
    )
    return run_of(tables, data="finished B-mode images, listed in a frame table", simulated=False)
