"""Chunks of transferred frames: order, unreadable frames, and which frame an error is about."""

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.chunks import open_frames, write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.frames.scanner import Scanner
from scripts.data.transfer_frames import transfer_frames

FACTS = {"probe": "linear", "lateral_span": 0.04, "sound_speed": 1540.0, "gain_state": "raw"}
FACTS |= {"reference_level": 0.0, "sampling_frequency": 20e6}


def frame(scanner, seed, center=3e6):
    samples = np.random.default_rng(seed).standard_normal((600, 8))
    return build_frame(samples, Scanner(scanner, center_frequency=center, **FACTS), "p", 1)


@pytest.fixture
def transfer(tmp_path):
    def run(frames):
        for name, of_chunk in {
            "recorded": frames,
            "source": {"s": frame("old", 1)},
            "target": {"t": frame("new", 2)},
        }.items():
            write_chunk(tmp_path / f"{name}.nc", of_chunk, {})
        paths = [[str(tmp_path / f"{name}.nc")] for name in ("source", "target")]
        out = tmp_path / "out.nc"
        transfer_frames(str(tmp_path / "recorded.nc"), *paths, str(out), {"made": "here"})
        return dict(open_frames(out))

    return run


def test_frames_keep_their_order_and_a_bad_one_its_reason(transfer):
    bad = unreadable_frame("the file is empty", "old", "q")
    moved = transfer({"b": frame("old", 3), "a": bad, "c": frame("old", 4)})
    assert list(moved) == ["b", "a", "c"]
    assert moved["a"].attrs["error"] == "the file is empty"
    assert moved["b"].attrs["scanner"] == moved["c"].attrs["scanner"] == "new"
    assert moved["b"].attrs["label"] == 1


def test_an_error_names_the_frame(transfer):
    with pytest.raises(InputError, match=r"frame c: the frame of patient p has scanner older"):
        transfer({"b": frame("old", 3), "c": frame("older", 4)})
