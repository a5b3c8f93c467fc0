import numpy as np
import pandas as pd
import pytest

from reconattack.errors import InputError
from reconattack.evidence.comparisons import COLUMNS, comparison_table
from reconattack.evidence.statistics import delong_difference, mcnemar_p
from reconattack.storage import write_table

LABELS = [1, 1, 1, 0, 0, 0]
LOGITS = {
    ("m", 0): [2.0, 1.0, -0.5, -2.0, -1.0, 0.5],
    ("m", 1): [1.5, -1.0, 0.5, -1.0, 0.2, -2.0],
    ("n", 0): [3.0, 2.0, 1.0, -1.0, 2.5, -3.0],
}


def predictions(model, seed, patients="abcdef", labels=LABELS):
    logits = np.array(LOGITS[model, seed])
    return pd.DataFrame(
        {
            "seed": seed,
            "frame": [f"f{number}" for number in range(6)],
            "patient": list(patients),
            "label": labels,
            "logit": logits,
            "predicted": (logits >= 0).astype(int),
        }
    )


def attacks(model, seed, attack, success):
    """Success of the frames attacked; None where a frame was judged wrong at the start."""
    return pd.DataFrame(
        {
            **{"model": model, "seed": seed, "attack": attack},
            "frame": [f"f{number}" for number in range(6)],
            "success": [bool(hit) for hit in success],
            "stop_reason": ["wrong_at_start" if hit is None else "bounds" for hit in success],
        }
    )


@pytest.fixture
def compared(tmp_path):
    """Compare some attacks and the networks that they were made on."""

    def run(attack_tables, networks=(("m", 0),), **cells):
        judged = {}
        for model in dict.fromkeys(model for model, _ in networks):
            tables = [predictions(*network, **cells) for network in networks if network[0] == model]
            judged[model] = pd.concat(tables)
        protocols = {model: "brought" if model == "n" else "patient_folds" for model in judged}
        table = comparison_table(pd.concat(attack_tables), judged, protocols)
        write_table(tmp_path / "comparisons.csv", table)
        return pd.read_csv(tmp_path / "comparisons.csv")

    return run


def test_two_attacks_on_the_frames_that_both_attacked(compared):
    zoo = attacks("m", 0, "zoo", [1, 0, 0, 0, 1, None])
    cma = attacks("m", 0, "cma", [1, 1, 1, 0, 0, None])
    table = compared([zoo, cma])
    assert list(table) == list(COLUMNS)
    (row,) = table.to_dict("records")
    assert (row["family"], row["first_attack"], row["second_attack"]) == ("attacks", "zoo", "cma")
    counts = [row[name] for name in ("n", "both", "only_first", "only_second", "neither")]
    assert counts == [5, 1, 1, 2, 1]
    assert (row["first"], row["second"]) == (0.4, 0.6)
    assert row["difference"] == pytest.approx(-0.2)
    assert row["p"] == row["p_holm"] == mcnemar_p(1, 2)
    assert np.isnan([row["low"], row["high"]]).all()
    assert (row["n_patients"], row["conditional_on"]) == (5, "fold models")


def test_patients_with_several_frames_are_counted(compared):
    both = [attacks("m", 0, attack, [1, 0, 1, 0, 1, None]) for attack in ("zoo", "cma")]
    assert compared(both, patients="aabbcc")["n_patients"].tolist() == [3]


def test_holm_covers_the_family(compared):
    hits = {"a": [1] * 6, "b": [0] * 6, "c": [0, 0, 0, 0, 0, 1]}
    table = compared([attacks("m", 0, attack, success) for attack, success in hits.items()])
    # a against b: 2/2**6, against c: 2/2**5, b against c: one frame
    assert table["p"].tolist() == [0.03125, 0.0625, 1]
    assert table["p_holm"].tolist() == [0.09375, 0.125, 1]


def test_attacks_of_different_networks_are_no_pair(compared):
    both = [attacks("m", seed, "zoo", [1, 0, 1, 0, 1, 0]) for seed in (0, 1)]
    table = compared(both, [("m", 0), ("m", 1)])
    assert table["family"].tolist() == ["accuracy", "success", "auc"]


def test_two_seeds_are_right_on_different_frames(compared):
    both = [attacks("m", seed, "zoo", [0] * 6) for seed in (0, 1)]
    table = compared(both, [("m", 0), ("m", 1)]).set_index("family")
    accuracy = table.loc["accuracy"]
    assert (accuracy["first_seed"], accuracy["second_seed"]) == (0, 1)
    counts = ["n", "both", "only_first", "only_second", "neither"]
    assert accuracy[counts].tolist() == [6, 2, 2, 2, 0]
    assert accuracy["constant_accuracy"] == 0.5  # three of the six labels are 1
    assert table.drop("accuracy")["constant_accuracy"].isna().all()
    assert pd.isna(accuracy["first_attack"])


def test_success_of_two_networks_on_frames_that_both_judge_right(compared):
    first = attacks("m", 0, "zoo", [1, 0, None, 0, 1, None])
    second = attacks("n", 0, "zoo", [0, 0, 1, 1, None, 1])
    table = compared([first, second], [("m", 0), ("n", 0)]).set_index("family")
    counts = ["n", "both", "only_first", "only_second", "neither"]
    assert table.loc["success", counts].tolist() == [3, 0, 1, 1, 1]
    assert table.loc["success", "conditional_on"] == "fold models"


def test_difference_of_aucs(compared):
    both = [attacks(*network, "zoo", [0] * 6) for network in (("m", 1), ("n", 0))]
    row = compared(both, [("m", 1), ("n", 0)]).set_index("family").loc["auc"]
    expected = delong_difference(LABELS, LOGITS["m", 1], LOGITS["n", 0])
    assert row[["difference", "low", "high", "p"]].tolist() == pytest.approx(expected)
    assert (row["first"], row["second"]) == pytest.approx((7.5 / 9, 7 / 9))
    assert row["first"] - row["second"] == pytest.approx(row["difference"])
    assert (row["n"], row["n_patients"]) == (6, 6)


def test_brought_models_have_no_folds_to_depend_on(compared, monkeypatch):
    monkeypatch.setitem(LOGITS, ("n", 1), LOGITS["m", 0])
    both = [attacks("n", seed, "zoo", [0] * 6) for seed in (0, 1)]
    assert set(compared(both, [("n", 0), ("n", 1)])["conditional_on"]) == {"models"}


def test_networks_that_share_no_attacked_frame_have_no_p(compared):
    first = attacks("m", 0, "zoo", [1, 0, 1, None, None, None])
    second = attacks("m", 1, "zoo", [None, None, None, 1, 0, 1])
    row = compared([first, second], [("m", 0), ("m", 1)]).set_index("family").loc["success"]
    assert (row["n"], row["both"]) == (0, 0)
    assert pd.isna([row["first"], row["p"], row["p_holm"]]).all()


def test_attacks_that_attacked_nothing_give_an_empty_table(compared):
    table = compared([attacks("m", 0, attack, [None] * 6) for attack in ("zoo", "cma")])
    assert list(table) == list(COLUMNS)
    assert table.empty


def test_frames_without_labels_are_compared_by_their_attacks(compared):
    both = [attacks("m", seed, "zoo", [1, 0, 1, 0, 1, 0]) for seed in (0, 1)]
    table = compared(both, [("m", 0), ("m", 1)], labels=[None] * 6)
    assert table["family"].tolist() == ["success"]


def test_single_attack_on_a_single_network_is_refused(compared):
    with pytest.raises(InputError, match="nothing to compare"):
        compared([attacks("m", 0, "zoo", [1, 0, 1, 0, 1, 0])])
