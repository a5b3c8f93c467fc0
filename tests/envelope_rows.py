"""Rows of `envelope.csv` whose sentences are known."""

import numpy as np
import pandas as pd

from reconattack.evidence.ranges import EXACT, carried_limit, patients_needed

BOX = {"beta": (0.5, 1.3), "alpha_lower": (5, 15)}
START = {"beta": 0.9, "alpha_lower": 10}


def envelope_row(
    *moved, share=0.25, statement="exhaustive", source="sweep", n=100, changed=1, **cells
):
    """A row of the parameters `moved`; cells overwrite what follows from the others."""
    bound = cells.pop("bound_share", np.nan)
    ends = {
        f"{prefix}{end}_{name}": START[name] + part * (BOX[name][side] - START[name])
        for name in moved
        for side, end in enumerate(("lower", "upper"))
        for prefix, part in (("", share), ("bound_", bound), ("box_", 1))
    }
    return {
        **{"model": "plain", "seed": 0, "statement": statement, "source": source},
        **{"parameter": moved[0] if len(moved) == 1 else "together", "moved": ", ".join(moved)},
        **{"counted": "every frame", "changed_limit": 0.05, "n": n, "n_patients": n},
        **{"range_share": share, "n_changed": changed, "changed": changed / n},
        **{"beyond_share": 0.5, "n_changed_beyond": 7, "n_settings": 5.0, "bound_share": bound},
        **{"confidence": 0.95, "method": EXACT, "patients_needed": patients_needed(0.05)},
        **{"carried_limit": carried_limit(n), "carried_share": 0.1},
        **{f"step_{name}": 0.05 if name == "beta" else 0.5 for name in moved},
        **ends,
        "source_files": "results/settings/a.nc",
        **cells,
    }


def envelope_rows():
    """A table with a sweep of each parameter, both together by a search, and edges of one."""
    edge = {
        f"lower_edge_{name}{end}": value
        for name in ("sensitivity", "specificity", "auc")
        for end, value in (("", 0.75), ("_low", 0.5), ("_high", 0.9))
    }
    return pd.DataFrame(
        [
            envelope_row("beta", lower_edge="sweep_beta-7", lower_edge_value=0.8, **edge),
            envelope_row("alpha_lower", share=0.0, changed=0),
            envelope_row(
                *("beta", "alpha_lower"),
                statement="sampled",
                source="minimal",
                counted="attacked frames",
                n=22,
                bound_share=np.nan,
            ),
        ]
    )
