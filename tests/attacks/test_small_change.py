"""The box of small changes: found from images alone, and as config.yaml ships it."""

from itertools import product

import numpy as np
import pytest
import yaml

from reconattack.attacks.small_change import corner_changes, scaled_box, small_change_box
from reconattack.errors import InputError
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from tests.places import ROOT

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
INITIAL = CONFIG["reconstruction"]["initial"]
LIMIT = CONFIG["run"]["visible_limit"]
BOXES = {
    attack: {name: {"box": knob["box"]} for name, knob in settings["parameters"].items()}
    for attack, settings in CONFIG["attacks"].items()
}
SHARE = 0.14  # of the paper's box; config.yaml and docs/attacks.md name it
ROWS = 100


@pytest.fixture(scope="module")
def frames():
    """The RF frames of the default run."""
    described = CONFIG["scanners"]["scanner_b"]
    apart = ("calibration_frames", "simulation")
    known = {key: value for key, value in described.items() if key not in apart}
    scanner = Scanner(name="scanner_b", **known)
    patients = range(CONFIG["cohorts"]["simulated_rf"]["patients"])
    return [
        simulate_rf(simulate_patient(f"simulated_rf-{n:03d}"), scanner, **described["simulation"])
        for n in patients
    ]


def test_bounds_move_towards_the_initial_setting():
    uneven = {"beta": {"box": [0.5, 1.7]}}
    assert scaled_box(INITIAL, uneven, 0.5) == {"beta": [0.7, 1.3]}
    whole = {name: knob["box"] for name, knob in BOXES["zoo"].items()}
    assert scaled_box(INITIAL, BOXES["zoo"], 1) == whole
    assert scaled_box(INITIAL, BOXES["zoo"], 0) == {name: [INITIAL[name]] * 2 for name in whole}


def test_shipped_box_is_a_share_of_the_papers():
    shipped = {name: knob["box"] for name, knob in BOXES["small_change"].items()}
    assert scaled_box(INITIAL, BOXES["zoo"], SHARE) == shipped
    assert str(SHARE) in (ROOT / "config.yaml").read_text()


def test_shipped_share_is_the_largest_within_the_limit(frames):
    """On all frames of the default run, at its image size; only the corners of the images count."""
    rows = CONFIG["reconstruction"]["rows"]
    ready = [Reconstruction(frame, rows, others=INITIAL) for frame in frames]
    shipped = corner_changes(ready, INITIAL, scaled_box(INITIAL, BOXES["zoo"], SHARE))
    assert len(shipped) == 2**3
    assert shipped["mean_abs_diff"].max() <= LIMIT["mean_abs_diff"]
    assert shipped["ssim"].min() >= LIMIT["ssim"]
    assert shipped[["white_added", "black_added"]].to_numpy().max() <= LIMIT["white_added"]
    larger = corner_changes(ready, INITIAL, scaled_box(INITIAL, BOXES["zoo"], SHARE + 0.01))
    assert larger["mean_abs_diff"].max() > LIMIT["mean_abs_diff"]


def test_medians_are_those_of_the_reconstructed_images(frames):
    """Recomputed from the images of four frames, without the library's measures."""
    few = frames[:4]
    found = small_change_box(few, INITIAL, BOXES["zoo"], LIMIT, ROWS)
    share = found["share"].iloc[0]
    box = scaled_box(INITIAL, BOXES["zoo"], share)
    assert found[list(box)].values.tolist() == [list(corner) for corner in product(*box.values())]

    def median_change(corner):
        changes = []
        for frame in few:
            original = reconstruct(frame, INITIAL, ROWS)
            sector = original["sector"].values
            changed = reconstruct(frame, dict(zip(box, corner, strict=True)), ROWS)
            difference = changed["bmode"].values.astype(int) - original["bmode"].values
            changes.append(np.abs(difference)[sector].mean())
        return np.median(changes)

    medians = [median_change(corner) for corner in product(*box.values())]
    np.testing.assert_allclose(found["mean_abs_diff"], medians)
    assert max(medians) <= LIMIT["mean_abs_diff"]
    next_box = scaled_box(INITIAL, BOXES["zoo"], share + 0.01)
    assert max(map(median_change, product(*next_box.values()))) > LIMIT["mean_abs_diff"]


def test_wider_limit_allows_a_wider_box_up_to_the_whole(frames):
    def share(limits):
        return small_change_box(frames[:2], INITIAL, BOXES["zoo"], limits, ROWS)["share"].iloc[0]

    assert share({"mean_abs_diff": 10}) < share({"mean_abs_diff": 20}) < share({"ssim": 0.7})
    assert share({"mean_abs_diff": 255}) == 1


def test_frames_and_a_limit_that_something_keeps_are_needed(frames):
    with pytest.raises(InputError, match="no frame could be read"):
        small_change_box([], INITIAL, BOXES["zoo"], LIMIT, ROWS)
    with pytest.raises(InputError, match=r"at 0\.01 of the box.*visible_limit"):
        small_change_box(frames[:1], INITIAL, BOXES["zoo"], {"mean_abs_diff": 0}, ROWS)
