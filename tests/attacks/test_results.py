import numpy as np
import pytest
import xarray as xr

from reconattack.attacks.path import Path
from reconattack.attacks.record import record, with_unreadable
from reconattack.attacks.results import (
    attacked_frames,
    attacked_part,
    flips_of,
    lattice_axes_of,
    read_frames,
)
from reconattack.storage import write_dataset

NAMES = ("beta", "alpha_lower", "alpha_upper")
STEPS = [np.array([0.9, 10, 55]), np.array([0.95, 10.5, 54.5]), np.array([1.0, 11, 54])]


@pytest.fixture
def path(tmp_path):
    """A record with a lattice: frames decided wrongly at the start, flipped, searched to the end of
    the budget, and unreadable."""
    paths = [
        Path(0, STEPS[:1], [1.0], [1.3], [], "wrong_at_start"),
        Path(1, STEPS[:2], [3.0, -2.0], [0.05, 2.1], [], "flipped", queries=9),
        Path(1, STEPS, [3.0, 1.0, 2.0], [0.05, 0.3, 0.1], [], "budget", best=1, queries=3),
    ]
    made = record(paths, ["wrong", "flipped", "kept"], NAMES, np.array([1, 9, 3]))
    made["grid_logit"] = ("frame", "grid_beta", "grid_alpha_lower"), np.zeros((3, 4, 2))
    made = made.assign_coords(grid_beta=[0.5, 0.7, 0.9, 1.1], grid_alpha_lower=[5.0, 10.0])
    made = with_unreadable(made, ["wrong", "flipped", "kept", "lost"])
    made["label"] = "frame", np.array([0, 1, -1, 1])
    write_dataset(tmp_path / "attacks.nc", made, {})
    return str(tmp_path / "attacks.nc")


def test_every_frame_in_its_order(path):
    frames = read_frames(path)
    assert [frame.name for frame in frames] == ["wrong", "flipped", "kept", "lost"]
    assert [frame.label for frame in frames] == [0, 1, None, 1]
    assert [frame.is_readable for frame in frames] == [True, True, True, False]
    assert [frame.is_attacked for frame in frames] == [False, True, True, False]
    assert [frame.flipped for frame in frames] == [False, True, False, False]
    assert [frame.reference for frame in frames[:3]] == [0, 1, 1]


def test_settings_are_those_of_the_first_and_the_best_step(path):
    flipped, kept = attacked_frames(path)
    assert kept.initial == dict(zip(NAMES, STEPS[0], strict=True))
    assert flipped.setting == kept.setting == dict(zip(NAMES, STEPS[1], strict=True))
    assert float(kept.best["logit"]) == 1.0


def test_steps_are_the_frames_own(path):
    flipped, kept = attacked_frames(path)
    assert flipped.steps.sizes["step"] == 2
    assert kept.steps["logit"].values.tolist() == [3.0, 1.0, 2.0]
    assert flipped.points(["alpha_upper", "beta"]).tolist() == [[55, 0.9], [54.5, 0.95]]


def test_lattice_is_read_where_it_is_asked_for(path):
    assert "grid_logit" not in read_frames(path)[0].record
    (frame, *_) = read_frames(path, lattice=True)
    assert frame.record["grid_logit"].shape == (4, 2)
    assert "grid_logit" not in frame.steps
    axes = lattice_axes_of(path)
    assert {name: axis.tolist() for name, axis in axes.items()} == {
        "beta": [0.5, 0.7, 0.9, 1.1],
        "alpha_lower": [5.0, 10.0],
    }


def test_variables_of_the_attacked_frames_together(path):
    part = attacked_part(path, ["grid_logit", "reference"])
    assert part["frame"].values.tolist() == ["flipped", "kept"]
    assert set(part.data_vars) == {"grid_logit", "reference"}
    assert part["grid_logit"].shape == (2, 4, 2)


def test_record_without_attacked_frames_has_an_empty_part(path, tmp_path):
    with xr.open_dataset(path) as record:
        record.isel(frame=[0, 3]).to_netcdf(tmp_path / "none.nc")
    assert attacked_part(str(tmp_path / "none.nc"), ["grid_logit"])["grid_logit"].shape == (0, 4, 2)


def test_flips_of_several_records(path):
    assert flips_of([]) == {}
    flip = dict(zip(NAMES, STEPS[1].tolist(), strict=True))
    assert flips_of([path, path]) == {"flipped": [flip, flip]}
