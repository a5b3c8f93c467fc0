"""Points come out at their places, whatever probe, waves and samples a file holds."""

import numpy as np
import pytest

from reconattack.frames.frame import frame_samples
from reconattack.frames.geometry import sample_places
from reconattack.readers.formats import read_channel_recording
from reconattack.readers.layout import Layout
from reconattack.reconstruction.channel_frames import recorded_channel_frame
from tests import channel_points as points

HALF_WAVELENGTH = points.SOUND_SPEED / points.CENTER_FREQUENCY / 2
NEAR = 1.5e-3  # m
AXES = Layout(axes="transmit,element,sample")


def check_points(frame, sign=1):
    """The brightest sample near each point lies within half a wavelength and one line of it."""
    from scipy.signal import hilbert

    lines = frame_samples(frame)
    envelope = np.abs(lines if np.iscomplexobj(lines) else hilbert(lines, axis=0))
    z, x = sample_places(frame)
    for at_x, at_z in points.POINTS:
        near = np.hypot(x - at_x, z - at_z) < NEAR
        row, line = np.unravel_index(np.where(near, envelope, 0).argmax(), envelope.shape)
        between = np.abs(np.diff(x[row])).max()
        assert abs(z[row, line] - at_z) < HALF_WAVELENGTH
        assert abs(x[row, line] - at_x) <= between


def declared(probe, kind, iq):
    """What a configuration states of the scanner of an array without facts."""
    x, z = points.elements(probe)
    delays, waves = points.waves(kind, x, z)
    facts = {
        **{"name": "s", "reference_level": 0.0, "probe": probe},
        "sampling_frequency": points.SAMPLING_FREQUENCY,
        "center_frequency": points.CENTER_FREQUENCY,
        "sound_speed": points.SOUND_SPEED,
        "array": {"pitch": points.PITCH, "start_time": points.START, **waves},
        "scan": {"lines": 48},
        **({"probe_radius": points.RADIUS} if probe == "convex" else {}),
        **({"angle_span": 0.5} if probe == "phased" else {}),
    }
    received = points.echoes(x, z, delays)
    if iq:
        received = points.demodulated(received)
        facts["array"]["demodulation_frequency"] = points.DEMODULATION
    return received, facts


@pytest.mark.parametrize("iq", [False, True], ids=["rf", "iq"])
@pytest.mark.parametrize("kind", ["plane", "diverging", "focused"])
@pytest.mark.parametrize("probe", ["linear", "convex", "phased"])
def test_points_of_an_array_with_declared_geometry(tmp_path, probe, kind, iq):
    received, facts = declared(probe, kind, iq)
    np.save(tmp_path / "echoes.npy", received)
    reader, recording = read_channel_recording(tmp_path / "echoes.npy", 1, layout=AXES)
    assert reader == "numpy"
    frame = recorded_channel_frame(recording, 0, facts, {"patient": "p"}, {})
    assert frame.sizes["transmit"] == 3
    assert dict(frame.sizes)["lateral" if probe == "linear" else "angle"] == 48
    check_points(frame)


def test_points_of_elements_from_right_to_left(tmp_path):
    received, facts = declared("linear", "plane", iq=False)
    np.save(tmp_path / "echoes.npy", received[:, ::-1])
    turned = Layout(axes="transmit,element reversed,sample")
    _, recording = read_channel_recording(tmp_path / "echoes.npy", 1, layout=turned)
    check_points(recorded_channel_frame(recording, 0, facts, {"patient": "p"}, {}))
