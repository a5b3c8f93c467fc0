"""Pictures whose outline is in doubt: what is said of them, and what is kept."""

import pytest

from reconattack.errors import InputError
from reconattack.frames.admission import admit
from reconattack.frames.doubtful import is_doubtful, set_aside, with_noted_doubts
from tests.picture_frames import picture_of

WHO = "frame a (a.png)"


@pytest.fixture
def doubted(noise_frame):
    return picture_of(noise_frame).assign_attrs(doubts="Is it? Or not?", notes="old")


def test_picture_set_aside_keeps_its_pixels_and_says_what_was_found(doubted):
    aside = set_aside(doubted, WHO)
    error = aside.attrs["error"]
    assert is_doubtful(error)
    assert error.startswith(f"{WHO}: the outline of the scan is in doubt: found a ")
    assert error.endswith(" pixels. Is it? Or not?")
    assert (aside["grey"] == doubted["grey"]).all()


def test_confirmed_doubts_are_notes(doubted):
    confirmed = with_noted_doubts(doubted)
    assert confirmed.attrs["notes"] == "old; Is it? Or not?"
    assert set_aside(confirmed, WHO) is confirmed
    assert doubted.attrs["doubts"]  # unchanged


def test_other_errors_are_no_doubts():
    assert not is_doubtful(None)
    assert not is_doubtful(float("nan"))
    assert not is_doubtful("frame a (a.png): the picture is truncated")


def errors_of(doubted, names="abcde"):
    return {name: set_aside(doubted, f"frame {name} ({name}.png)").attrs["error"] for name in names}


def test_run_stops_with_every_doubtful_frame_and_what_to_do(doubted):
    errors = {"clinic": {"z": None, "y": "frame y (y.png): truncated"} | errors_of(doubted)}
    with pytest.raises(InputError) as caught:
        admit(errors, "stop", "results/figures/contact_sheet.png")
    words = str(caught.value)
    assert "1 of 7 frames cannot be used; mend them" in words
    assert "frame y (y.png): truncated" in words
    assert "in doubt in 5 of 7 frames, and the run stops" in words
    assert "results/figures/contact_sheet.png shows it" in words
    assert all(f"  frame {name} ({name}.png): found a " in words for name in "abcde")
    for advice in ("outline_confirmed", "probe_radius", "picture.region", "box", "to skip"):
        assert advice in words


def test_doubtful_frames_are_left_out_where_bad_ones_are(doubted):
    errors = {"clinic": {"z": None} | errors_of(doubted)}
    words = admit(errors, "skip", "sheet.png")
    assert "in doubt in 5 of 6 frames, and these frames are left out. sheet.png shows it" in words
    assert "set run.on_bad_frame" not in words
    with pytest.raises(InputError, match="5 of 5 frames cannot be used; no frame of clinic is lef"):
        admit({"clinic": errors_of(doubted)}, "skip", "sheet.png")


def test_so_many_doubtful_frames_that_not_all_are_told(doubted):
    names = [str(number) for number in range(103)]
    with pytest.raises(InputError) as caught:
        admit({"clinic": errors_of(doubted, names)}, "stop", "sheet.png")
    assert str(caught.value).count("found a ") == 100
    assert str(caught.value).endswith("and 3 frames more: results/tables/frames.csv lists all")
