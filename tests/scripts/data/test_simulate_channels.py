import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from reconattack.frames.channels import channels_of
from reconattack.frames.chunks import open_frames
from scripts.data.simulate_channels import simulate_channels

SCANNER = {
    "name": "array",
    "probe": "linear",
    "sampling_frequency": 12e6,
    "center_frequency": 3e6,
    "sound_speed": 1540.0,
    "reference_level": 0.0,
    "gain_state": "raw",
    "array": {"elements": 56, "pitch": 0.3e-3, "transmit_angles": [0.0, 0.1]},
    "scan": {"lines": 16, "end_depth": 0.016},
}
INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0, "f_number": 1.5}


@pytest.fixture
def simulate(tmp_path):
    def simulate(*names):
        rows = [{"frame": name, "scanner": "array"} for name in names]
        path = tmp_path / f"{'-'.join(names)}.nc"
        with threadpool_limits(1):  # as in a job
            simulate_channels(str(path), rows, {"array": SCANNER}, INITIAL, {})
        return dict(open_frames(path))

    return simulate


def test_a_chunk_holds_lines_and_channel_data_of_each_row(simulate):
    frames = simulate("channel-003", "channel-002")
    assert list(frames) == ["channel-003", "channel-002"]
    for name, frame in frames.items():
        assert frame["rf"].shape[1] == 16
        assert channels_of(frame).samples.shape[:2] == (2, 56)
        assert frame.attrs["patient"] == name
        assert frame.attrs["f_number"] == 1.5
        assert frame.attrs["beam_sound_speed"] == 0.0
    assert {frame.attrs["label"] for frame in frames.values()} == {0, 1}


def test_a_frame_does_not_depend_on_the_others_of_its_chunk(simulate):
    alone, together = simulate("channel-002"), simulate("channel-003", "channel-002")
    for name in ("rf", "channel_rf"):
        one, two = (frames["channel-002"][name].values for frames in (alone, together))
        np.testing.assert_array_equal(one, two)
