import numpy as np
import pytest

from reconattack.attacks.path import Path
from reconattack.attacks.record import record, with_unreadable
from reconattack.classifiers.decisions.number import Number
from reconattack.pages.explorer.judgements import (
    read_lattices,
    read_nearest,
    read_paths,
    read_searches,
)
from reconattack.storage import write_dataset

NAMES = ("beta", "alpha_lower", "alpha_upper")
STEPS = [np.array([0.9, 10.0, 55.0]), np.array([0.7, 10.0, 60.0])]


@pytest.fixture
def attacks(tmp_path):
    """The record of `flipped`, of `kept` with a shorter path, and of the unreadable `broken`."""
    paths = [
        Path(1, STEPS, [1.5, -0.5], [0.2, 1.0], [], "flipped"),
        Path(1, STEPS[:1], [1.5], [0.2], [], "bounds"),
    ]
    found = record(paths, ["flipped", "kept"], NAMES, np.array([8, 1]))
    found = found.assign(margin_linf=("frame", [0.5, np.nan]))
    result = with_unreadable(found, ["flipped", "kept", "broken"])
    write_dataset(tmp_path / "attacks.nc", result, {})
    return str(tmp_path / "attacks.nc")


def test_paths_have_the_frames_own_steps(attacks):
    paths = dict(read_paths(attacks, {"flipped", "kept", "broken"}))
    assert paths["flipped"]["parameters"] == [step.tolist() for step in STEPS]
    assert paths["flipped"]["success"]
    assert paths["kept"]["logits"] == [1.5]
    assert paths["broken"]["parameters"] == paths["broken"]["logits"] == []
    assert paths["broken"]["stop_reason"] == "unreadable"


def test_only_frames_that_are_shown(attacks):
    assert [name for name, _ in read_paths(attacks, {"kept"})] == ["kept"]
    assert list(read_nearest(attacks, {"kept", "broken"})) == []


def test_nearest_flip_and_its_margin(attacks):
    expected = {"parameters": STEPS[1].tolist(), "logit": -0.5, "margin": 0.5}
    assert list(read_nearest(attacks, {"flipped"})) == [("flipped", expected)]


def test_lattice_of_frames_that_were_judged_on_it(judged_grid):
    file = judged_grid("grid.nc", many=(1, lambda *_: 2.0), broken=(0, None))
    ((name, axes, logits),) = read_lattices(file, {"many", "broken"})
    assert name == "many"
    assert [len(axis) for axis in axes] == [4, 3, 2]
    assert logits.shape == (4, 3, 2)
    assert (logits == 2).all()


def test_attacks_on_numbers_have_margins_and_what_is_decided_at_their_ends(tmp_path):
    steps = [*STEPS, np.array([0.6, 10.0, 60.0])]
    paths = [
        Path(1, steps, [3.0, 1.0, -2.0], [-3.0, -1.0, 2.0], [], "flipped"),
        Path(1, steps[:2], [3.0, 2.0], [-3.0, -2.0], [], "budget"),
    ]
    decided = np.array([[10.0, 15.0], [20.0, 21.0]])
    number = Number("mm", tolerance=3)
    found = record(paths, ["flipped", "kept"], NAMES, np.array([9, 5]), number, decided)
    found = found.assign(margin_linf=("frame", [0.5, np.nan]))
    write_dataset(tmp_path / "attacks.nc", found, {})
    both = {"flipped", "kept"}
    walked = dict(read_paths(tmp_path / "attacks.nc", both))
    assert walked["flipped"]["logits"] == [3, 1, -2]
    assert walked["flipped"]["decided"] == [10, None, 15]
    searched = dict(read_searches(tmp_path / "attacks.nc", both))
    assert (searched["flipped"]["logits"], searched["flipped"]["decided"]) == ([3, -2], [10, 15])
    assert (searched["kept"]["logits"], searched["kept"]["decided"]) == ([3], [20])
    ((_, nearest),) = read_nearest(tmp_path / "attacks.nc", both)
    assert (nearest["logit"], nearest["decided"]) == (-2, 15)
