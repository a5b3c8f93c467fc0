import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from reconattack.attacks.judged_settings import label_settings
from reconattack.errors import InputError
from reconattack.evidence.accidental_decided import decided_tables
from reconattack.evidence.statistics import wilson_interval
from reconattack.reconstruction.parameter import described
from reconattack.storage import write_dataset
from tests.evidence.test_accidental import CHOSEN

MEANINGS = {name: described("1", name) for name in ("decided", "margin")}


@pytest.fixture
def tables(tmp_path):
    """Tables of frames from what is decided of each, and its margin, at the settings `CHOSEN`."""

    def tabulate(kind, decided, margins, truths=None, patients=None, chosen=CHOSEN, unit="mm"):
        frames = {
            f"f{n}": {"patient": patients[n] if patients else f"p{n}"} for n in range(len(decided))
        }
        values = {"decided": np.array(decided, float), "margin": np.array(margins, float)}
        record = label_settings(values, frames, chosen, MEANINGS)
        record.attrs |= {"decision": kind, "unit": unit}
        truths = [np.nan] * len(decided) if truths is None else truths
        record = record.assign_coords(truth=("frame", np.array(truths, float)))
        write_dataset(tmp_path / "settings.nc", record, {})
        file = {"model": "m", "seed": "0", "fold": "all", "path": str(tmp_path / "settings.nc")}
        settings, distributions = decided_tables([file])
        return settings.set_index("setting"), distributions.set_index("distribution")

    return tabulate


def test_changes_are_counted_against_the_initial_decision(tables):
    """Initially, then two uniform settings, then a sweep; the fourth frame could not be read."""
    decided = [[0, 0, 1, 0], [1, 1, 0, 1], [2, 0, 0, 2], [np.nan] * 4]
    margins = [[2, 1, -1, 3], [1, 1, -2, 1], [1, -1, -1, 1], [np.nan] * 4]
    settings, distributions = tables("classes", decided, margins, [0, 0, 2, 1])
    assert list(settings["n_changed"]) == [0, 1, 3, 0]
    assert list(settings["n"]) == [3] * 4
    assert tuple(settings.loc["uniform-0", ["changed_low", "changed_high"]]) == wilson_interval(
        1, 3
    )
    assert list(settings["n_correct"]) == [2, 1, 1, 2]
    assert list(settings["n_labelled"]) == [3] * 4
    assert settings.loc["uniform-1", "alpha_lower"] == 5
    uniform, sweep = distributions.loc["uniform"], distributions.loc["sweep_beta"]
    assert uniform["changed_share"] == pytest.approx(4 / 6)
    assert uniform["changed_share_low"] < 4 / 6 < uniform["changed_share_high"]
    assert (uniform["n_ever_changed"], uniform["ever_changed"]) == (3, 1)
    assert (uniform["worst_setting"], uniform["worst_changed"]) == ("uniform-1", 1)
    assert uniform["accuracy_initial"] == pytest.approx(2 / 3)
    assert uniform["changed_median"] == pytest.approx(2 / 3)
    assert (sweep["n_settings"], sweep["changed_share"]) == (1, 0)
    assert "unit" not in settings


def test_decision_that_becomes_right_has_changed_too(tables):
    """A mask that misses the Dice with the given one at the start reaches it elsewhere."""
    margins = [[-0.1, 0.1, -0.1, -0.1], [0.1, 0.1, 0.1, -0.1]]
    settings, distributions = tables("mask", 0.8 + np.array(margins), margins, [1, 1])
    assert list(settings["n_changed"]) == [0, 1, 0, 1]
    assert settings.loc["initial-0", "mean_dice"] == pytest.approx(0.8)
    assert distributions.loc["uniform", "mean_dice_initial"] == pytest.approx(0.8)
    assert distributions.loc["uniform", "mean_dice_p95"] > 0.88


def test_interval_is_by_patients(tables):
    margins = [[1, -1, -1, 1], [1, -1, -1, 1], [1, 1, 1, 1], [1, 1, 1, 1]] * 5
    own = [f"p{n}" for n in range(20)]
    shared = [f"p{n // 4}{n % 4 < 2}" for n in range(20)]
    alone, paired = (
        tables("mask", margins, margins, patients=patients)[1].loc["uniform"]
        for patients in (own, shared)
    )
    assert alone["changed_share"] == paired["changed_share"] == 0.5
    widths = [row["changed_share_high"] - row["changed_share_low"] for row in (alone, paired)]
    assert widths[1] > 1.2 * widths[0]


DRAWN = 400


def drawn(frames, deviation, seed=1):
    """Numbers of frames at the initial and at drawn settings, with a known standard deviation."""
    random = np.random.default_rng(seed)
    chosen = pd.DataFrame(
        {
            "setting": ["initial-0", *(f"normal-{n}" for n in range(DRAWN)), "sweep_beta-0"],
            "distribution": ["initial", *["normal"] * DRAWN, "sweep_beta"],
            "beta": 0.9,
        }
    )
    levels = 50 + 20 * random.standard_normal((frames, 1))
    return levels + random.normal(0, deviation, (frames, len(chosen))), chosen


def test_numbers_with_a_known_spread(tables):
    numbers, chosen = drawn(40, 3.0)
    margins = 10 - np.abs(numbers - numbers[:, :1])
    settings, distributions = tables("number", numbers, margins, chosen=chosen)
    normal = distributions.loc["normal"]
    assert normal["unit"] == settings["unit"].iloc[0] == "mm"
    assert normal["changed_share"] == pytest.approx(2 * norm.sf(10 / np.sqrt(2) / 3), abs=0.02)
    shift = settings.loc["normal-5"]
    assert shift["shift"] == pytest.approx((numbers[:, 6] - numbers[:, 0]).mean())
    assert shift["shift_low"] < shift["shift"] < shift["shift_high"]


def test_without_settings_there_is_nothing_to_tabulate():
    with pytest.raises(InputError, match="the configuration has no accidental"):
        decided_tables([])
