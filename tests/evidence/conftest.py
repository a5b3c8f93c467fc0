"""The tables of models whose networks are known."""

import pandas as pd
import pytest

from reconattack.evidence.defence_pairs import pair_table
from reconattack.evidence.defences import defence_table, model_outcomes
from reconattack.storage import write_table
from tests.evidence.known_networks import KNOWN, attack_rows, predictions


@pytest.fixture
def tabulate_models(tmp_path):
    """Tabulate models, each a dict of networks by seed, beside the first of them."""

    def run(models, known=None, change=dict, accidental=(), histories=None, **cells):
        judged = {model: predictions(of_seed, **cells) for model, of_seed in models.items()}
        rows = zip(*(attack_rows(of_seed, name) for name, of_seed in models.items()), strict=True)
        tables = dict(zip(("attacks", "grid", "margins"), map(pd.concat, rows), strict=True))
        described = {model: KNOWN | (known or {}).get(model, {}) for model in models}
        baseline = next(iter(models))
        changed = {"grid": None, "margins": None, "proofs": None} | change(**tables)
        found = model_outcomes(described, baseline, judged, zoo="zoo", **changed)
        table = defence_table(found, described, baseline, histories or {}, accidental, 0.5)
        write_table(tmp_path / "defences.csv", table)
        write_table(tmp_path / "pairs.csv", pair_table(found, described, baseline))
        table = pd.read_csv(tmp_path / "defences.csv").set_index("model")
        return table, pd.read_csv(tmp_path / "pairs.csv")

    return run
