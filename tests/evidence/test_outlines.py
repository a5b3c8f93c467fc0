import numpy as np
import pandas as pd
import pytest

from reconattack.classifiers.decisions.mask import Mask
from reconattack.evidence.outlines import Outlined, chosen_rows, network_of, outline_table

MASK = Mask(("liver", "kidney"), 0.9)


def attacks(success=True):
    rows = pd.DataFrame(
        {
            **{"model": "m", "seed": 0, "fold": "all", "attack": "zoo", "success": success},
            **{
                "frame": [f"f{n}" for n in range(6)],
                "decision_final": [0.9, 0.1, 0.5, 0.7, 0.3, 1],
            },
            "stop_reason": [*["flipped"] * 5, "wrong_at_start"],
        }
    )
    return pd.concat([rows, rows.assign(attack="corners", decision_final=0.0)])


def test_lowest_median_and_highest_dice_of_the_first_attack():
    assert list(chosen_rows(attacks())["frame"]) == ["f1", "f2", "f0"]


def test_frames_that_flip_come_before_those_that_do_not():
    some = attacks()
    some["success"] = some["frame"].isin(["f3", "f4"])
    assert list(chosen_rows(some)["frame"]) == ["f4", "f3"]
    assert list(chosen_rows(attacks(success=False))["frame"]) == ["f1", "f2", "f0"]
    none = attacks().assign(stop_reason="wrong_at_start")
    assert chosen_rows(none).empty


def test_each_structure_has_its_dice_area_and_shift():
    before = np.zeros((4, 5), np.uint8)
    before[:2, :2], before[3, 4] = 1, 2
    after = np.zeros((4, 5), np.uint8)
    after[:2, 1:3] = 1
    case = Outlined(attacks().iloc[0], (), (before, after))
    liver, kidney = outline_table([case], MASK).to_dict("records")
    assert (liver["structure"], liver["dice"], liver["area_initial"]) == ("liver", 0.5, 0.2)
    assert liver["centroid_shift"] == pytest.approx(1 / 5)
    assert (kidney["dice"], kidney["area_final"]) == (0, 0)
    assert np.isnan(kidney["centroid_shift"])


def test_network_is_that_of_the_row():
    networks = [{"model": "m", "seed": "0", "fold": fold} for fold in ("0", "all")]
    assert network_of(networks, attacks().iloc[0]) is networks[1]
