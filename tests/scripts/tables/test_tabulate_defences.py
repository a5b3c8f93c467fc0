import pandas as pd
import pytest

from scripts.tables.tabulate_defences import tabulate_defences
from tests.evidence.known_networks import HARD, KNOWN, PLAIN, attack_rows, predictions

MODELS = {"plain": PLAIN, "hard": {0: HARD[0]}}


@pytest.fixture
def tabulate(tmp_path):
    """Tabulate two models, with or without the tables of a grid and of margins."""

    def run(optional):
        paths = {}
        for model, networks in MODELS.items():
            paths[model] = str(tmp_path / f"{model}.csv")
            predictions(networks).to_csv(paths[model], index=False)
        rows = zip(*(attack_rows(networks, name) for name, networks in MODELS.items()), strict=True)
        for name, tables in zip(("attacks", "grid", "margins"), rows, strict=True):
            pd.concat(tables).to_csv(tmp_path / f"{name}.csv", index=False)
        grid = pd.read_csv(tmp_path / "grid.csv")
        proofs = grid.assign(attack="certify", statement="every setting")
        proofs.rename(columns={"grid_certified": "certified"}).to_csv(tmp_path / "proofs.csv")
        tabulate_defences(
            models=dict.fromkeys(MODELS, KNOWN),
            baseline="plain",
            predictions=list(paths.values()),
            histories={},
            accidental=[],
            attacks=str(tmp_path / "attacks.csv"),
            grid=str(tmp_path / "grid.csv") if optional else [],
            margins=str(tmp_path / "margins.csv") if optional else [],
            proofs=str(tmp_path / "proofs.csv") if optional else [],
            zoo="zoo",
            cutoff=0.5,
            table=str(tmp_path / "defences.csv"),
            pairs=str(tmp_path / "pairs.csv"),
        )
        table = pd.read_csv(tmp_path / "defences.csv").set_index("model")
        return table, pd.read_csv(tmp_path / "pairs.csv")

    return run


def test_tables_of_a_run(tabulate):
    table, pairs = tabulate(True)
    assert table["grid_certified"].tolist() == [0.1, 0.6]
    assert table["median_margin"].notna().tolist() == [True, False]
    assert set(pairs["first_model"]) == {"hard"}
    assert table["certified"].tolist() == [0.1, 0.6]
    assert table["proof"].tolist() == ["certify", "certify"]
    assert {"grid_certified", "certified"} <= set(pairs["family"])


def test_tables_of_a_run_without_grid_and_margins(tabulate):
    table, pairs = tabulate(False)
    empty = ["grid", "grid_certified", "margin_attack", "proof", "certified"]
    assert table[empty].isna().all(axis=None)
    assert table["accuracy"].tolist() == [0.8, 0.8]
    assert {"grid_certified", "certified"}.isdisjoint(pairs["family"])
