import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.evidence.frame_check import (
    check_chunks,
    frame_errors,
    read_frame_check,
    row_and_picture,
)
from reconattack.frames.chunks import write_chunk
from reconattack.frames.doubtful import set_aside
from reconattack.frames.frame import build_frame, caption, unreadable_frame
from reconattack.frames.image import label_image
from reconattack.frames.quality import AS_RECORDED
from reconattack.pages.frame_list import frame_list
from reconattack.storage import write_table
from tests.picture_frames import picture_of

CLASSES = ("benign", "malignant")
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


def warned(frame):
    return row_and_picture(frame, INITIAL, 64)[0]["warnings"]


def test_stated_frequency_far_from_the_spectrum(noise_in_band):
    assert "spectrum far from center_frequency, 5.00 MHz" in warned(
        noise_in_band(center_frequency=5e6)
    )


def test_level_outside_the_thresholds_asks_for_calibration(noise_in_band):
    words = warned(noise_in_band(noise=1e4))
    assert "level outside the thresholds 10 to 55 dB: set scanners.convex.reference_level" in words


def test_saturated_samples_and_silent_lines(noise_in_band):
    samples = np.tile(np.random.default_rng(0).choice([-1.0, 1.0], (1200, 1)), (1, 24))
    samples[:, 5] = 0
    frame = noise_in_band(
        samples=samples * 10 ** (2 * 0.9 * 2.5 * noise_in_band()["depth"].values[:, None] * 5)
    )
    words = warned(frame)
    assert "of the samples are saturated" in words
    assert "some lines are constant" in words


def test_rows_without_echoes_at_the_end(noise_in_band):
    frame = noise_in_band()
    assert "the last rows hold no echoes" not in warned(frame)
    whole = row_and_picture(frame, INITIAL, 64)[0]
    frame["rf"][900:] = 0
    assert "the last rows hold no echoes (zeros)" in warned(frame)
    row = row_and_picture(frame, INITIAL, 64)[0]
    assert (row["empty_rows"], row["empty_share"]) == (300, 0.25)
    assert row["level"] == pytest.approx(whole["level"], abs=1)


def test_channel_data_are_told(linear_scanner):
    """One echo from a point, as every element hears it."""
    place = np.linspace(-0.01905, 0.01905, 128)
    depth = linear_scanner.depth(1200)[:, np.newaxis]
    late = np.zeros((1200, 128))
    for z in np.arange(0.006, 0.024, 0.001):
        path = (depth - (z + np.hypot(z, place)) / 2) * 2 / 1540 * 7.5e6
        late += np.exp(-((0.8 * path) ** 2)) * np.cos(2 * np.pi * path)
    assert "are these channel data?" in warned(build_frame(late, linear_scanner, "p"))
    early = np.repeat(late[:, 64:65], 128, axis=1)
    assert "channel data" not in warned(build_frame(early, linear_scanner, "p"))


def test_removed_drift_is_told_above_a_share(noise_in_band):
    recorded = dict.fromkeys(AS_RECORDED, 0)
    words = "an offset or drift below the band of the echoes was removed, more than 1% of"
    small = noise_in_band().assign_attrs(recorded | {"drift_share": 0.005})
    assert words not in warned(small)
    assert row_and_picture(small, INITIAL, 64)[0]["drift_share"] == 0.005
    assert words in warned(small.assign_attrs(drift_share=0.02))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("unknown", "time gain unknown"),
        ("applied", "beta compensates on top of it"),
        ("removed", ""),
    ],
)
def test_time_gain(noise_in_band, state, words):
    assert words in warned(noise_in_band(gain_state=state))
    assert bool(warned(noise_in_band(gain_state=state))) == bool(words)


def test_unknown_gain_is_in_the_caption_of_the_picture(noise_in_band):
    _, picture = row_and_picture(noise_in_band(gain_state="unknown"), INITIAL, 64)
    assert caption(picture.attrs, CLASSES) == "malignant, gain unknown"


def test_image_has_its_size_its_notes_and_the_share_of_its_liver():
    liver = np.zeros((10, 14), bool)
    liver[:, :7] = True
    pixels = np.full((10, 14), 90, np.uint8)
    image = label_image(pixels, np.ones((10, 14), bool), liver=liver)
    image = image.assign_attrs(patient="p", scanner="s", reader="picture", notes="a; b")
    row, picture = row_and_picture(image, INITIAL, 64)
    assert picture is image
    assert row == {
        **{"patient": "p", "label": None, "scanner": "s", "reader": "picture"},
        **{"samples": 10, "lines": 14, "liver_share": 0.5, "warnings": "a; b"},
    }


def test_every_frame_has_a_row_and_few_a_picture(noise_in_band, tmp_path):
    frames = {str(number): noise_in_band() for number in range(4)}
    frames |= {"4": unreadable_frame("frame 4: truncated", "convex", "p1", 0)}
    paths = [str(tmp_path / "one.nc"), str(tmp_path / "two.nc")]
    write_chunk(paths[0], {name: frames[name] for name in "01"}, {})
    write_chunk(paths[1], {name: frames[name] for name in "234"}, {})
    table, pictures, step = check_chunks({"bench": paths}, INITIAL, 64, most_pictures=2)
    assert table["frame"].tolist() == list(frames)
    assert step == 4
    assert [known["frame"] for known, _ in pictures] == ["0", "4"]
    assert [known["beta"] for known, _ in pictures] == [0.9, None]
    assert isinstance(pictures[0][1], xr.Dataset) and "bmode" in pictures[0][1]
    assert "liver_share" not in table
    errors = frame_errors(table)
    assert errors == {"bench": dict.fromkeys("0123") | {"4": "frame 4: truncated"}}
    assert pd.isna(table["samples"].iloc[4])


def test_pictures_in_doubt_come_before_others(convex_scanner, tmp_path):
    samples = np.random.default_rng(3).standard_normal((1200, 64))
    plain = picture_of(build_frame(samples, convex_scanner, "p", 1))
    in_doubt = set_aside(plain.assign_attrs(doubts="Is it?"), "frame x (x.png)")
    frames = {str(number): plain for number in range(9)}
    frames |= {"3": in_doubt, "7": in_doubt}
    path = str(tmp_path / "chunk.nc")
    write_chunk(path, frames, {})
    table, pictures, step = check_chunks({"c": [path]}, INITIAL, 64, most_pictures=3)
    assert [known["frame"] for known, _ in pictures] == ["0", "3", "7"]
    assert step == 16
    assert "bmode" in pictures[1][1] and pictures[1][1].attrs["error"] == in_doubt.attrs["error"]
    assert table["error"].notna().tolist() == [name in "37" for name in frames]
    assert table["region"].tolist() == ["fan"] * 9
    assert "DOUBTFUL" in frame_list(table)
    _, pictures, _ = check_chunks({"c": [path]}, INITIAL, 64, most_pictures=1)
    assert [known["frame"] for known, _ in pictures] == ["3"]


def test_pictures_of_an_uncalibrated_scanner_have_a_level_of_their_own(tmp_path, noise_in_band):
    """The table keeps the level as it is; a scanner in the window keeps its pictures."""
    frames = {
        "loud": noise_in_band(noise=1e4),
        "louder": noise_in_band(noise=1e5),
        "right": noise_in_band(name="other"),
        "broken": unreadable_frame("truncated", "convex", "p"),
    }
    chunk = tmp_path / "chunk.nc"
    write_chunk(chunk, frames, {})
    table, pictures, _ = check_chunks({"c": [str(chunk)]}, INITIAL, 64, 600)
    levels = table.set_index("frame")["level"]
    assert levels["loud"] > 55 and levels["louder"] == pytest.approx(levels["loud"] + 20, abs=0.1)
    shifts = {known["frame"]: known["level_shift"] for known, _ in pictures}
    middle = 32.5 - levels["loud"] - 10
    assert shifts == {
        "loud": pytest.approx(middle, abs=0.1),
        "louder": pytest.approx(middle, abs=0.1),
        **{"right": 0, "broken": 0},
    }
    shown = {known["frame"]: picture for known, picture in pictures}
    for name in ("loud", "louder", "right"):
        median = np.median(shown[name]["bmode"].values[shown[name]["sector"].values])
        assert median == pytest.approx((levels[name] + shifts[name] - 10) / 45 * 255, abs=3)


def test_table_is_read_as_it_was_written(tmp_path, noise_in_band):
    frames = {"007": noise_in_band(None), "b": unreadable_frame("truncated", "convex", "p")}
    write_chunk(tmp_path / "chunk.nc", frames, {})
    table, _, _ = check_chunks({"c": [str(tmp_path / "chunk.nc")]}, INITIAL, 64, 600)
    write_table(tmp_path / "frames.csv", table)
    assert frame_list(read_frame_check(tmp_path / "frames.csv")) == frame_list(table)
