import math

import numpy as np
import pandas as pd
import pytest

from reconattack.attacks.judged_settings import label_settings
from reconattack.errors import InputError
from reconattack.evidence.columns import explained
from reconattack.evidence.repeatability import measures, repeatability_table
from reconattack.storage import write_dataset, write_table

SETTINGS = 6
CHOSEN = pd.DataFrame(
    {
        "setting": ["initial-0", *(f"normal-{n}" for n in range(SETTINGS)), "uniform-0"],
        "distribution": ["initial", *["normal"] * SETTINGS, "uniform"],
        "beta": np.linspace(0.5, 1.2, SETTINGS + 2),
    }
)


@pytest.fixture
def tabulate(tmp_path):
    """The repeatability of scores (seed, frame, normal setting) of the patients named."""

    def run(scores, patients):
        files = []
        for seed, of_seed in enumerate(scores):
            # What other settings give must not count.
            others = np.full((len(of_seed), 1), 99.0)
            logits = np.concatenate([others, of_seed, -others], axis=1)
            frames = {f"f{n}": {"patient": patient} for n, patient in enumerate(patients)}
            path = f"{tmp_path}/results/settings/m/seed-{seed}/fold-all/a.nc"
            write_dataset(path, label_settings({"logit": logits}, frames, CHOSEN), {})
            files.append({"model": "m", "seed": str(seed), "fold": "all", "path": path})
        write_table(tmp_path / "repeatability.csv", repeatability_table(files))
        return pd.read_csv(tmp_path / "repeatability.csv").set_index(["seed", "measure"])

    return run


def scores_of(seeds=1, frames=8):
    random = np.random.default_rng(0)
    of_frame = random.normal(1, 2, (1, frames, 1))
    return of_frame + random.normal(0, 0.5, (seeds, frames, SETTINGS))


def slow_icc(scores):
    """ICC(A,1) by the formula of McGraw and Wong, from the mean squares of the two-way table."""
    n, k = scores.shape
    grand = scores.mean()
    rows = k * ((scores.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    columns = n * ((scores.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    effects = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + grand
    rest = (effects**2).sum() / ((n - 1) * (k - 1))
    return (rows - rest) / (rows + (k - 1) * rest + k / n * (columns - rest))


def test_measures_agree_with_their_formulas(tabulate):
    scores = scores_of()
    table = tabulate(scores, [f"p{n}" for n in range(8)]).loc[0]
    within = math.sqrt(np.mean([np.var(one, ddof=1) for one in scores[0]]))
    assert table.loc["within_deviation", "value"] == pytest.approx(within)
    coefficient = table.loc["repeatability_coefficient", "value"]
    assert coefficient == pytest.approx(1.96 * math.sqrt(2) * within)
    assert table.loc["icc", "value"] == pytest.approx(slow_icc(scores[0]))
    variation = table.loc["variation_coefficient", "value"]
    assert variation == pytest.approx(within / abs(scores[0].mean()))
    assert set(table["n_settings"]) == {SETTINGS}
    assert table.loc["within_deviation", "unit"] == "log-odds"


def test_scores_of_a_textbook_table():
    """Six targets and four judges of Shrout and Fleiss (1979), whose ICC(2,1) is ICC(A,1): 0.29."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    (found,) = measures(np.array(ratings, float), np.ones((1, 6)))["icc"]
    assert found == pytest.approx(0.29, abs=0.005)


def test_measures_lie_in_their_intervals(tabulate):
    table = tabulate(scores_of(seeds=2, frames=30), [f"p{n}" for n in range(30)])
    for _, row in table.dropna(subset=["value_low"]).iterrows():
        assert row["value_low"] <= row["value"] <= row["value_high"]
    assert table.loc[(0, "icc"), "value_low"] > 0.8


def test_repeatability_coefficient_bounds_95_of_100_differences(tabulate):
    random = np.random.default_rng(1)
    scores = random.normal(0, 1, (1, 400, 1)) + random.normal(0, 0.5, (1, 400, SETTINGS))
    table = tabulate(scores, [f"p{n}" for n in range(400)]).loc[0]
    pairs = np.abs(scores[0, :, 0] - scores[0, :, 1])
    share = (pairs < table.loc["repeatability_coefficient", "value"]).mean()
    assert share == pytest.approx(0.95, abs=0.03)


def test_shares_of_several_seeds_add_up_and_name_what_is_missing(tabulate):
    table = tabulate(scores_of(seeds=2), [f"p{n}" for n in range(8)])
    together = table[table.index.get_level_values("seed").isna()].droplevel("seed")
    shares = together[together.index.str.startswith("share_")]
    assert shares["value"].sum() == pytest.approx(1)
    assert shares.loc["share_patients", "value"] > 0.8
    assert math.isnan(shares.loc["share_frames", "value"])
    assert shares.loc["share_frames", "remark"].startswith("one frame of each patient")
    assert together.loc["variance_patients", "unit"] == "(log-odds)^2"
    assert set(together["n_seeds"]) == {2}
    assert set(together["source_files"]) == {"results/settings/m/seed-*/fold-all/a.nc"}


def test_one_seed_leaves_the_training_unidentified(tabulate):
    table = tabulate(scores_of(), [f"p{n // 2}" for n in range(8)])
    together = table[table.index.get_level_values("seed").isna()].droplevel("seed")
    assert math.isnan(together.loc["share_seeds", "value"])
    assert together.loc["share_seeds", "remark"].startswith("one seed")
    assert together.loc["share_frames", "value"] > 0


def test_numbers_repeat_in_their_own_unit(tmp_path):
    random = np.random.default_rng(2)
    numbers = 20 + random.normal(0, 5, (30, 1)) + random.normal(0, 3, (30, SETTINGS + 2))
    values = {"decided": numbers, "margin": np.ones(numbers.shape)}
    frames = {f"f{n}": {"patient": f"p{n}"} for n in range(30)}
    record = label_settings(values, frames, CHOSEN, {"decided": {}, "margin": {}})
    record.attrs |= {"decision": "number", "unit": "mm"}
    path = str(tmp_path / "settings.nc")
    write_dataset(path, record, {})
    file = {"model": "m", "seed": "0", "fold": "all", "path": path}
    rows = repeatability_table([file])
    table = rows[rows["seed"].notna()].set_index("measure")
    drawn = numbers[:, 1 : SETTINGS + 1]
    within = math.sqrt(drawn.var(axis=1, ddof=1).mean())
    assert table.loc["within_deviation", "value"] == pytest.approx(within)
    assert table.loc["within_deviation", "unit"] == "mm"
    assert pd.isna(table.loc["variation_coefficient", "remark"])
    assert set(rows["unit"]) == {"mm", "1", "(mm)^2"}


def test_one_patient_has_no_repeatability(tabulate):
    table = tabulate(scores_of(), ["p"] * 8)
    assert table["value"].isna().all()
    assert set(table["remark"]) == {"fewer than two patients or settings"}


def test_every_column_is_explained(tabulate):
    for name in tabulate(scores_of(), list("abcdefgh")).reset_index():
        assert explained("repeatability", name).meaning


def test_without_files_there_is_nothing_to_tabulate():
    with pytest.raises(InputError, match="has no accidental"):
        repeatability_table([])
