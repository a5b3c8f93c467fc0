import pandas as pd

from scripts.tables.tabulate_universal import tabulate_universal

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {
    "beta": {"box": [0.8, 1]},
    "alpha_lower": {"box": [9, 11]},
    "alpha_upper": {"box": [55, 55]},
}


def test_table_has_the_rows_of_each_grid(grid_files, tmp_path):
    files = [*grid_files, *({**file, "seed": "1"} for file in grid_files)]
    output = str(tmp_path / "universal.csv")
    tabulate_universal(files, {"grid": BOX}, INITIAL, output)
    table = pd.read_csv(output)
    assert list(table)[:9] == [
        *("model", "seed", "attack", "kind", "fold", "n_found_on"),
        *("beta", "alpha_lower", "alpha_upper"),
    ]
    seeds = [table[table["seed"] == seed].drop(columns="seed") for seed in (0, 1)]
    assert seeds[0].reset_index(drop=True).equals(seeds[1].reset_index(drop=True))
    assert seeds[0]["fold"].tolist() == [*("0", "1", "2", "held out", "in sample") * 2, "in sample"]
    of_all = seeds[0].set_index(["kind", "fold"]).loc["all"]
    assert of_all.loc["held out", ["n", "n_flipped"]].tolist() == [5, 2]
    assert of_all.loc["2", ["beta", "alpha_lower"]].tolist() == [1, 11]
