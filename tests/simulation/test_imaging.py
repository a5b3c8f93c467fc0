from dataclasses import replace

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from reconattack.simulation.imaging import filter_speckle, grey_map, process_image, slider_curve


def test_grey_map_reaches_both_ends_and_is_steepest_in_the_middle():
    position = np.linspace(-0.2, 1.2, 1401)
    grey = grey_map(position, 1.35)
    assert grey.min() == 0
    assert grey.max() == 255
    assert np.all(np.diff(grey) >= 0)
    middle = (grey_map(np.array(0.55), 1.35) - grey_map(np.array(0.45), 1.35)) / 25.5
    assert middle == pytest.approx(1.35, abs=0.06)
    assert grey_map(np.array(0.4), 1.0) == 102


def test_sliders_flatten_their_share_of_a_slope(processing):
    depth = np.repeat(np.linspace(0, 0.16, 400), 50)
    level = 100 * 1.5 * depth
    rest = level - slider_curve(level, depth, processing)
    middle = (depth > 0.05) & (depth < 0.11)
    slope = np.polyfit(depth[middle], rest[middle], 1)[0]
    assert slope == pytest.approx(150 * (1 - processing.slider_share), rel=0.02)


def test_speckle_is_filtered_and_edges_stay(processing):
    random = np.random.default_rng(6)
    level = 10 * np.log10(random.exponential(size=(200, 200))).astype(np.float32)
    level[:, 100:] += 40
    filtered = filter_speckle(level, processing)
    assert filtered[:, :90].std() < 0.75 * level[:, :90].std()
    assert filtered[:, 102].mean() - filtered[:, 97].mean() > 30


def test_settings_out_of_range_are_named(processing):
    with pytest.raises(InputError, match="slider_share is 2"):
        replace(processing, slider_share=2.0)
    with pytest.raises(InputError, match="grey_contrast"):
        replace(processing, grey_contrast=1.8)


def test_overall_gain_and_frame_level_do_not_show_in_the_picture(scanner_b, processing):
    frame = simulate_rf(simulate_patient("scanner_b-003"), scanner_b, lines=64, samples=2592)
    louder = frame.assign(rf=frame["rf"] * 4)
    difference = process_image(frame, processing, 100)["bmode"].astype(int) - process_image(
        louder, processing, 100
    )["bmode"].astype(int)
    assert abs(difference).max() <= 1
