import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.attacks.judged_settings import label_settings
from reconattack.attacks.path import Path
from reconattack.attacks.record import record
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from reconattack.evidence.breaks import (
    breaks_of_grid,
    breaks_of_proof,
    breaks_of_search,
    breaks_of_settings,
    shares_of_box,
    tried_on_each,
)
from reconattack.evidence.range_names import ATTACKED, EVERY, EXHAUSTIVE, PROVED, SAMPLED
from reconattack.evidence.robust_accuracy import proof_rows
from reconattack.storage import write_dataset
from tests.judged_grids import BOX, INITIAL
from tests.known_tables import FRAMES
from tests.proved_records import BOX as PROVED_BOX
from tests.proved_records import write_proofs

ENDS = {name: knob["box"] for name, knob in BOX.items()}
CHOSEN = pd.DataFrame(
    {
        "setting": ["initial-0", "uniform-0", "uniform-1", "s-0", "s-1", "s-2", "s-3"],
        "distribution": ["initial", "uniform", "uniform", *["sweep_beta"] * 4],
        "beta": [0.9, 0.7, 0.9, 0.5, 0.7, 0.9, 1.1],
        "alpha_lower": [10.0, 10, 12.5, 10, 10, 10, 10],
        "alpha_upper": [55.0] * 7,
    }
)
LOGITS = [
    [1, 1, 1, -1, 1, 1, 1],  # changes at the lower bound of beta alone
    [-1, 1, -1, -1, 1, -1, 1],  # changes half of the way down, at the upper bound, and when drawn
    [2] * 7,
]


def settings():
    known = {name: {"patient": name, "label": 1} for name in "abc"}
    return label_settings({"logit": np.array(LOGITS, float)}, known, CHOSEN)


def test_share_is_that_of_the_side_a_setting_lies_on():
    points = np.array([[0.9, 10], [0.7, 10], [1.0, 10], [0.9, 15], [0.5, 9]])
    shares = shares_of_box(points, ["beta", "alpha_lower"], INITIAL, ENDS)
    assert shares.tolist() == [0, 0.5, 0.5, 1, 1]


def test_accidental_settings_tell_drawn_ones_and_each_sweep():
    parameters = {name: {"box": ends} for name, ends in ENDS.items()}
    drawn, sweep = breaks_of_settings(settings(), ["a.nc"], parameters, 0.5)
    assert (drawn.statement, drawn.source, drawn.counted) == (SAMPLED, "uniform", EVERY)
    assert drawn.moved == ("beta", "alpha_lower", "alpha_upper")
    assert drawn.shares.tolist() == [np.inf, 0.5, np.inf]
    assert drawn.tried.tolist() == [0, 0.5, 0.5]
    assert (sweep.statement, sweep.source) == (EXHAUSTIVE, "sweep_beta")
    assert sweep.moved == ("beta",)
    assert sweep.shares.tolist() == [1, 0.5, np.inf]
    assert sweep.tried.tolist() == [0, 0.5, 1, 1]
    assert sweep.steps == {"beta": 0.2}
    assert [sweep.settings_within(share) for share in (0, 0.5, 1)] == [1, 2, 4]


def test_cutoff_decides_what_changes():
    parameters = {name: {"box": ends} for name, ends in ENDS.items()}
    *_, sweep = breaks_of_settings(settings(), ["a.nc"], parameters, 0.99)
    assert sweep.shares.tolist() == [np.inf] * 3


def test_decision_that_is_not_binary_changes_where_it_is_a_flip():
    """The margins have the signs of the scores, so that the same settings change it."""
    known = {name: {"patient": name} for name in "abc"}
    margins = np.array(LOGITS, float) * np.sign(np.array(LOGITS, float)[:, :1])
    values = {"decided": np.zeros(margins.shape), "margin": margins}
    judged = label_settings(values, known, CHOSEN, {"decided": {}, "margin": {}})
    parameters = {name: {"box": ends} for name, ends in ENDS.items()}
    found = breaks_of_settings(judged, ["a.nc"], parameters, 0.5)
    expected = breaks_of_settings(settings(), ["a.nc"], parameters, 0.5)
    for one, other in zip(found, expected, strict=True):
        assert one.shares.tolist() == other.shares.tolist()


def slow_break(logit, label, axes, moved):
    """The smallest share of a point that flips, by a loop over the lattice's points."""
    found = np.inf
    for beta in axes["beta"]:
        for lower in axes["alpha_lower"]:
            for upper in axes["alpha_upper"]:
                setting = {"beta": beta, "alpha_lower": lower, "alpha_upper": upper}
                if any(
                    value != INITIAL[name] for name, value in setting.items() if name not in moved
                ):
                    continue
                share = 0.0
                for name in moved:
                    low, high = ENDS[name]
                    way = setting[name] - INITIAL[name]
                    side = INITIAL[name] - low if way < 0 else high - INITIAL[name]
                    share = max(share, abs(way) / side if way else 0.0)
                if (logit(beta, lower, upper) >= 0) != label:
                    found = min(found, round(share, 9))
    return found


def test_lattice_agrees_with_a_loop_over_its_points(judged_grid):
    names = ["half", "whole", "never"]
    frames = {name: FRAMES[name] for name in names}
    frames["either"] = (1, lambda beta, lower, upper: -1.0 if beta < 0.8 or lower > 12 else 1.0)
    path = judged_grid("grid.nc", **frames, wrong=FRAMES["wrong"], unreadable=FRAMES["unreadable"])
    axes = {
        "beta": [0.5, 0.7, 0.9, 1.1],
        "alpha_lower": [5, 10, 15],
        "alpha_upper": [55, 60],
    }
    found = list(breaks_of_grid("grid", [path], ENDS))
    assert [one.moved for one in found] == [tuple(ENDS), *((name,) for name in ENDS)]
    for one in found:
        assert (one.statement, one.counted) == (EXHAUSTIVE, ATTACKED)
        assert one.frames == list(frames)
        expected = [slow_break(logit, label, axes, one.moved) for label, logit in frames.values()]
        assert one.shares.tolist() == expected
    assert found[1].tried.tolist() == [0, 0.5, 1, 1]
    assert found[0].steps == {"beta": 0.2, "alpha_lower": 5, "alpha_upper": 5}


def test_proof_agrees_with_the_shares_of_robust_accuracy(tmp_path):
    path = write_proofs(tmp_path / "proofs.nc")
    ends = {name: knob["box"] for name, knob in PROVED_BOX.items()}
    (found,) = breaks_of_proof("certify", [path], ends)
    assert (found.statement, found.tried, found.settings_within(1)) == (PROVED, None, None)
    assert found.frames == ["proved", "flips", "open", "unlabelled"]
    rows = proof_rows(path, PROVED_BOX)
    proved = [row["box_share"] for row in rows if row["statement"] == "proved"]
    assert found.shares.tolist() == proved[:4] == pytest.approx([np.inf, 3 / 8, 0.45, np.inf])


def search_record(path, *frames, reason=None, **variables):
    """Write the record of a search: of each frame the settings (beta, alpha_lower) and margins."""
    space = search_space(INITIAL, {name: BOX[name] for name in ("beta", "alpha_lower")}, "search")
    paths = []
    for steps in frames:
        one = Path(reference=1)
        for beta, lower, logit in [(0.9, 10, 1.0), *steps]:
            one.append(np.array([beta, lower, 55.0]), logit, Binary())
        one.best = 0
        one.stop_reason = reason or "budget"
        paths.append(one)
    names = [f"f{number}" for number in range(len(frames))]
    found = record(paths, names, space.names, np.ones(len(frames), int))
    found["label"] = "frame", np.ones(len(frames), int)
    write_dataset(path, xr.merge([found, xr.Dataset(variables)]), {})
    return str(path)


STEPS = (
    [(0.8, 10, 1.0), (0.7, 10, -1.0), (0.9, 12.5, -1.0), (0.7, 12.5, 1.0)],
    [(0.9, 5, -1.0), (1.1, 15, 1.0), (0.86, 9, -2.0)],
)


def test_search_tells_what_flips_together_and_of_a_search_for_margins_each_alone(tmp_path):
    ends = {name: ENDS[name] for name in ("beta", "alpha_lower")}
    (together,) = breaks_of_search("search", [search_record(tmp_path / "s.nc", *STEPS)], ends)
    assert (together.statement, together.counted) == (SAMPLED, ATTACKED)
    assert together.shares.tolist() == [0.5, 0.2]
    safe = {"safe_lower": (("frame", "parameter"), np.zeros((2, 3)))}
    path = search_record(tmp_path / "m.nc", *STEPS, **safe)
    together, beta, lower = breaks_of_search("minimal", [path], ends)
    assert beta.shares.tolist() == [0.5, np.inf]
    assert lower.shares.tolist() == [0.5, 1]
    assert [beta.settings_within(share) for share in (0.1, 0.3, 0.5)] == [1, 1.5, 2]


def test_controls_that_a_search_moves_alone_may_have_several_parameters(tmp_path):
    ends = {"slider_1": [-6, 6], "slider_2": [-6, 6], "gain": [-3, 3]}
    space = search_space(INITIAL, {name: {"box": box} for name, box in ends.items()}, "each")
    path = Path(reference=1)
    for moved in ({}, {"slider_1": 3.0}, {"slider_2": -6.0, "gain": 3.0}):
        setting = dict(zip(space.names, space.initial, strict=True)) | moved
        point = np.array([setting[name] for name in space.names])
        path.append(point, -1.0 if moved else 1.0, Binary())
    path.best, path.stop_reason = 1, "flipped"
    found = record([path], ["f0"], space.names, np.array([3]))
    found["label"] = "frame", [1]
    found["knob_flips"] = ("frame", "control"), [[True, False]]
    write_dataset(tmp_path / "k.nc", found, {})
    together, gain, curve = breaks_of_search("each", [str(tmp_path / "k.nc")], ends)
    assert (gain.moved, curve.moved) == (("gain",), ("slider_1", "slider_2"))
    assert [one.shares.tolist() for one in (together, gain, curve)] == [[0.5], [np.inf], [0.5]]


def test_range_of_a_search_ends_where_every_frame_was_tried():
    """Without this a search that tried one far setting would claim everything before it."""
    assert tried_on_each([np.array([0, 0.2, 0.7]), np.array([0, 0.5])]).tolist() == [0, 0.5, 0.7]
    assert tried_on_each([np.array([0.0])]).tolist() == [0]


def test_model_that_is_immune_by_its_structure_is_proved(tmp_path):
    path = search_record(tmp_path / "i.nc", [], [], reason="immune")
    (found,) = breaks_of_search("zoo", [path], {"beta": ENDS["beta"]})
    assert (found.statement, found.tried) == (PROVED, None)
    assert found.shares.tolist() == [np.inf] * 2


def test_record_without_an_attacked_frame_tells_nothing(tmp_path):
    path = search_record(tmp_path / "w.nc", [], reason="wrong_at_start")
    assert list(breaks_of_search("zoo", [path], {"beta": ENDS["beta"]})) == []
    assert list(breaks_of_proof("zoo", [path], {"beta": ENDS["beta"]})) == []
