import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import expit

from reconattack.errors import InputError
from reconattack.evidence.bootstrap import mean_interval
from reconattack.evidence.statistics import (
    auc,
    calibration_slope,
    delong_difference,
    mcnemar_p,
    recalibrated_decisions,
    wilson_interval,
)
from reconattack.storage import write_dataset
from scripts.tables.tabulate_defence_timings import tabulate_defence_timings
from scripts.tables.tabulate_defences import PAIR_COLUMNS, generator, tabulate_defences

LABELS = np.repeat([1, 0], [6, 4])
FRAMES = [f"f{number}" for number in range(10)]
KNOWN = {"kind": "plain", "takes": "image", "protocol": "patient_folds", "immune": False}
# Of each network: the right frames, those of them that zoo flips and those that the grid certifies.
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


@pytest.fixture
def tabulate(tmp_path):
    """Tabulate models, each a dict of networks by seed, beside the first of them."""

    def run(models, known=None, change=dict, accidental=(), histories=None, **cells):
        paths = {model: str(tmp_path / f"{model}.csv") for model in models}
        for model, networks in models.items():
            predictions(networks, **cells).to_csv(paths[model], index=False)
        rows = zip(*(attack_rows(of_seed, name) for name, of_seed in models.items()), strict=True)
        tables = dict(zip(("attacks", "grid", "margins"), map(pd.concat, rows), strict=True))
        written = {}
        for name, table in change(**tables).items():
            written[name] = str(tmp_path / f"{name}.csv")
            table.to_csv(written[name], index=False)
        tabulate_defences(
            models={model: KNOWN | (known or {}).get(model, {}) for model in models},
            baseline=next(iter(models)),
            predictions=paths,
            histories=histories or {},
            accidental=accidental,
            attacks=written["attacks"],
            grid=written.get("grid"),
            margins=written.get("margins"),
            zoo="zoo",
            cutoff=0.5,
            table=str(tmp_path / "defences.csv"),
            pairs=str(tmp_path / "pairs.csv"),
        )
        table = pd.read_csv(tmp_path / "defences.csv").set_index("model")
        return table, pd.read_csv(tmp_path / "pairs.csv")

    return run


def interval(row, name):
    return tuple(row[[f"{name}_low", f"{name}_high"]])


def pair(pairs, family):
    (row,) = pairs[pairs["family"] == family].to_dict("records")
    return row


def test_one_seed_by_hand(tabulate):
    table, pairs = tabulate({"plain": PLAIN})
    row = table.loc["plain"]
    counts = ["n_seeds", "n_frames", "n_patients", "n_fatty", "constant_accuracy"]
    assert row[counts].tolist() == [1, 10, 10, 6, 0.6]
    assert (row["accuracy"], row["sensitivity"], row["specificity"]) == (0.8, 5 / 6, 0.75)
    assert row["accuracy_zoo"] == 0.5  # of 8 right frames, 3 are flipped
    assert row["accuracy_worst"] == 0.1
    assert (row["grid"], row["grid_points"], row["grid_certified"]) == ("grid", POINTS, 0.1)
    assert (row["grid_certified_fatty"], row["grid_certified_normal"]) == (0, 0.25)
    logits = logits_of(PLAIN[0])
    assert row["auc"] == auc(LABELS, logits)
    assert row["calibration_slope"] == pytest.approx(calibration_slope(LABELS, logits)[0])
    hits = [bits(PLAIN[0]["right"])]
    expected = mean_interval(hits, FRAMES, generator("accuracy"))
    assert interval(row, "accuracy") == pytest.approx(expected)
    assert interval(row, "grid_certified_fatty") == pytest.approx(wilson_interval(0, 6))
    assert row["interval"].startswith("bootstrap of patients; one seed")
    assert (row["attacks"], row["zoo"], row["baseline"]) == ("zoo grid", "zoo", True)
    assert pairs.empty
    assert list(pairs) == list(PAIR_COLUMNS)


def test_median_margin_counts_wrong_frames_as_none(tabulate):
    # Flips at 0, 0.1, 0.2, 0.3, 0.4, 0.7, 0.8, none at f6, and two frames wrong at the start.
    table, _ = tabulate({"plain": PLAIN, "hard": HARD})
    assert table.loc["plain", "median_margin"] == pytest.approx(0.25)
    assert table.loc["plain", "margin_attack"] == "minimal"
    # Of 20 there are 13 without a flip: the median lies beyond the box.
    assert np.isnan(table.loc["hard", "median_margin"])


def test_two_seeds_count_as_their_mean(tabulate):
    row = tabulate({"plain": PLAIN, "hard": HARD})[0].loc["hard"]
    assert (row["n_seeds"], row["n_frames"]) == (2, 10)
    assert row["accuracy"] == pytest.approx(0.8)
    assert row["accuracy_zoo"] == pytest.approx(0.75)
    assert row["grid_certified"] == pytest.approx(0.7)
    areas = [auc(LABELS, logits_of(network)) for network in HARD.values()]
    assert row["auc"] == pytest.approx(np.mean(areas))
    assert row["interval"] == "crossed bootstrap of patients and 2 seeds"
    low, high = interval(row, "grid_certified")
    assert low < 0.6 < 0.8 < high


def test_pair_of_single_seeds_is_mcnemars(tabulate):
    _, pairs = tabulate({"plain": PLAIN, "hard": {0: HARD[0]}})
    row = pair(pairs, "grid_certified")
    counts = [row[name] for name in ("n", "both", "only_first", "only_second", "neither")]
    assert counts == [10, 1, 5, 0, 4]
    assert (row["first"], row["second"]) == (0.6, 0.1)
    assert row["difference"] == pytest.approx(0.5)
    assert row["low"] < 0.5 < row["high"]
    assert row["p"] == row["p_mcnemar"] == row["p_holm"] == mcnemar_p(5, 0) == 0.0625
    assert row["test"] == "McNemar, exact"
    assert (row["first_model"], row["second_model"]) == ("hard", "plain")
    zoo = pair(pairs, "accuracy_zoo")
    assert [zoo[name] for name in ("both", "only_first", "only_second", "neither")] == [4, 3, 1, 2]
    assert pair(pairs, "sensitivity")["n"] == 6
    assert pair(pairs, "specificity")["n"] == 4
    area = pair(pairs, "auc")
    expected = delong_difference(LABELS, logits_of(HARD[0]), logits_of(PLAIN[0]))
    assert area["p"] == pytest.approx(expected[3])
    assert area["difference"] == pytest.approx(expected[0])
    assert (area["test"], area["conditional_on"]) == ("DeLong", "fold models")


def test_seeds_are_no_further_pairs(tabulate):
    row = pair(tabulate({"plain": PLAIN, "hard": HARD})[1], "grid_certified")
    # Patients differ by 1, 2, 2, 2, 1, 2, 0, 2, 0, 0 halves, all in one direction: 2 of 2**7 signs.
    assert row["p"] == pytest.approx(2 / 2**7)
    assert row["p_mcnemar"] == 0.0625  # of the first seed
    assert (row["counted_first_seed"], row["only_first"]) == (0, 5)
    assert (row["first_seeds"], row["second_seeds"]) == (2, 1)
    assert row["difference"] == pytest.approx(0.6)
    assert row["test"] == "sign flips of patients, exact"


def test_frames_of_a_patient_are_no_further_pairs(tabulate):
    both = {"plain": PLAIN, "hard": {0: HARD[0]}}
    table, pairs = tabulate(both, patients=list("aaaaaabbcc"))
    row = pair(pairs, "grid_certified")
    assert (row["n"], row["n_patients"]) == (10, 3)
    assert row["p"] == pytest.approx(0.5)  # patients a and b differ, alike
    assert row["p_mcnemar"] == 0.0625
    assert table.loc["plain", "n_patients"] == 3


def test_holm_covers_the_models(tabulate):
    _, pairs = tabulate({"plain": PLAIN, "hard": HARD, "same": PLAIN, "again": {0: HARD[0]}})
    rows = pairs[pairs["family"] == "grid_certified"].set_index("first_model")
    assert rows["p"].tolist() == pytest.approx([2 / 2**7, 1, 0.0625])
    assert rows["p_holm"].tolist() == pytest.approx([3 * 2 / 2**7, 1, 0.125])
    assert rows.loc["same", "difference"] == 0
    assert np.isnan(rows.loc["same", "low"])


def test_unlabelled_frames_do_not_count(tabulate):
    labels = pd.array([*LABELS[:9], None], "Int64")
    row = tabulate({"plain": PLAIN}, labels=labels)[0].loc["plain"]
    assert (row["n_frames"], row["accuracy"]) == (9, pytest.approx(8 / 9))


def test_unread_frames_do_not_count(tabulate):
    row = tabulate({"plain": PLAIN}, unread=["f5"])[0].loc["plain"]
    assert (row["n_frames"], row["accuracy"]) == (9, pytest.approx(8 / 9))


def test_names_stay_text(tabulate):
    numbered = ["7", "007", "NA", "1e3", *FRAMES[4:]]
    assert tabulate({"plain": PLAIN}, patients=numbered)[0].loc["plain", "n_patients"] == 10


def test_frames_without_any_label_are_refused(tabulate):
    with pytest.raises(InputError, match="plain: no frame that could be read has a label"):
        tabulate({"plain": PLAIN}, labels=pd.array([None] * 10, "Int64"))


def test_frames_of_one_class_have_no_auc(tabulate):
    table, pairs = tabulate({"plain": PLAIN, "hard": HARD}, labels=np.ones(10, int))
    assert table[["auc", "auc_low", "specificity", "calibration_slope"]].isna().all(axis=None)
    assert table["sensitivity"].tolist() == table["accuracy"].tolist()
    assert np.isnan([pair(pairs, name)["p"] for name in ("auc", "specificity")]).all()
    assert pair(pairs, "specificity")["n"] == 0


def test_no_grid_and_no_margins_leave_their_columns_empty(tabulate):
    def without(attacks, **_):
        return {"attacks": attacks[attacks["attack"] == "zoo"]}

    table, pairs = tabulate({"plain": PLAIN, "hard": HARD}, change=without)
    empty = ["grid", "grid_points", "grid_certified", "grid_certified_low", "median_margin"]
    assert table[empty].isna().all(axis=None)
    assert table["accuracy_worst"].tolist() == table["accuracy_zoo"].tolist()
    assert "grid_certified" not in set(pairs["family"])


def test_other_lattices_are_not_compared(tabulate):
    def finer(grid, **others):
        grid.loc[grid["model"] == "hard", "n_points"] = 7497
        return others | {"grid": grid}

    table, pairs = tabulate({"plain": PLAIN, "hard": HARD}, change=finer)
    assert table["grid_points"].tolist() == [POINTS, 7497]
    assert "grid_certified" not in set(pairs["family"])
    assert "accuracy_zoo" in set(pairs["family"])


def test_missing_row_of_an_attack_is_refused(tabulate):
    def shorter(attacks, **others):
        return others | {"attacks": attacks.drop(index=3)}

    with pytest.raises(InputError, match="plain, zoo: no success of frame f3 by seed 0"):
        tabulate({"plain": PLAIN}, change=shorter)


def test_unknown_baseline_is_refused():
    with pytest.raises(InputError, match=r"found other; expected .*, one of m$"):
        tabulate_defences({"m": KNOWN}, "other", {}, {}, [], "", None, None, None, 0.5, "", "")


def test_what_a_model_is_stands_beside_it(tabulate, tmp_path):
    histories = []
    for fold, n_train in enumerate((20, 22)):
        histories.append(str(tmp_path / f"fold-{fold}.history.csv"))
        pd.DataFrame({"epoch": [0, 1], "n_train": n_train}).to_csv(histories[-1], index=False)
    known = {"hard": {"kind": "rf", "takes": "rf", "immune": True}}
    both = {"plain": PLAIN, "hard": HARD}
    table, _ = tabulate(both, known, histories={"hard": histories})
    assert table["kind"].tolist() == ["plain", "rf"]
    assert table["immune_by_construction"].tolist() == [False, True]
    assert table.loc["hard", "n_train"] == 21
    assert np.isnan(table.loc["plain", "n_train"])


@pytest.fixture
def accidental_file(tmp_path):
    """Logits of one network at the initial setting and two drawn ones; one of these adds 3."""
    logits = logits_of(PLAIN[0])
    judged = xr.Dataset(
        {"logit": (("frame", "setting"), np.stack([logits, logits, logits + 3], axis=1))},
        coords={
            "frame": FRAMES,
            "patient": ("frame", FRAMES),
            "label": ("frame", LABELS),
            "setting": ["initial-0", "uniform-0", "uniform-1"],
            "distribution": ("setting", ["initial", "uniform", "uniform"]),
        },
    )
    path = str(tmp_path / "settings.nc")
    write_dataset(path, judged, {})
    return {"model": "plain", "seed": "0", "fold": "all", "path": path}


def test_accidental_settings_are_averaged(tabulate, accidental_file):
    row = tabulate({"plain": PLAIN}, accidental=[accidental_file])[0].loc["plain"]
    assert row["accidental_settings"] == 2
    assert row["accidental_accuracy"] == pytest.approx((0.8 + 0.6) / 2)
    assert row["accidental_auc"] == pytest.approx(row["auc"])
    assert interval(row, "accidental_auc")[0] < row["auc"] < interval(row, "accidental_auc")[1]
    # A new cut-off takes the shift back: both settings are judged as the initial one is.
    recalibrated = recalibrated_decisions(LABELS, expit(logits_of(PLAIN[0])), np.array(FRAMES))
    accuracy = np.mean(recalibrated == LABELS)
    assert row["accidental_accuracy_recalibrated"] == pytest.approx(accuracy)
    assert row["accidental_recalibration_gain"] == pytest.approx(accuracy - 0.7)


def test_no_accidental_settings_leave_empty_columns(tabulate):
    row = tabulate({"plain": PLAIN})[0].loc["plain"]
    assert row["accidental_settings"] == 0
    assert np.isnan(row[["accidental_accuracy", "accidental_auc_low"]].astype(float)).all()


def test_tables_repeat(tabulate):
    first = tabulate({"plain": PLAIN, "hard": HARD})
    second = tabulate({"plain": PLAIN, "hard": HARD})
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_times_of_each_model(tmp_path):
    rows = [
        ("train", "m/seed-0/fold-0", 10.0),
        ("train", "m/seed-0/fold-1", 14.0),
        ("attack", "m/seed-0/fold-0/grid/6x0000", 2.0),
        ("attack", "m/seed-0/fold-1/grid/6x0000", 4.0),
        ("attack", "m/seed-0/fold-0/zoo/6x0000", 100.0),
        ("summarise", None, 1.0),
    ]
    timings = pd.DataFrame(rows, columns=["rule", "job", "wall_s"])
    timings.to_csv(tmp_path / "timings.csv", index=False)
    attacks = pd.DataFrame({"model": "m", "attack": ["grid", "grid", "zoo"], "queries": 1500})
    attacks.to_csv(tmp_path / "attacks.csv", index=False)
    paths = [str(tmp_path / f"{name}.csv") for name in ("timings", "attacks", "costs")]
    tabulate_defence_timings(*paths[:2], ["m", "brought"], ["grid"], paths[2])
    trained, brought = pd.read_csv(paths[2]).to_dict("records")
    assert (trained["n_trainings"], trained["training_median_s"]) == (2, 12)
    assert trained["training_total_s"] == 24
    assert (trained["n_queries"], trained["attacks_total_s"]) == (3000, 6)
    assert trained["query_ms"] == pytest.approx(2)
    assert (brought["n_trainings"], brought["n_queries"]) == (0, 0)
    assert np.isnan([brought["training_total_s"], brought["query_ms"]]).all()
