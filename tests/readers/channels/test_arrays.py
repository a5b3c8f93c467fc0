"""Arrays of NumPy and MATLAB files, with what such a file may state under known names."""

import h5py
import numpy as np
import pytest
import scipy.io

from reconattack.errors import InputError
from reconattack.frames.channel_recording import recorded_channels
from reconattack.readers.formats import read_channel_recording
from reconattack.readers.layout import Layout
from tests import channel_points as points
from tests.readers.channels.test_points import declared

ROW = {"patient": "p"}
BARE = {"name": "s", "reference_level": 0.0}


def stated(kind="plane", iq=False):
    """All that a recording needs, under the names that a file may use."""
    x, z = points.elements("convex")
    received, _ = declared("convex", kind, iq)
    known = {
        "element_x": x,
        "element_z": z,
        "transmit_delay": points.waves(kind, x, z)[0],
        "start_time": points.START,
        "sampling_frequency": points.SAMPLING_FREQUENCY,
        "center_frequency": points.CENTER_FREQUENCY,
        "sound_speed": points.SOUND_SPEED,
    }
    return received, known | ({"demodulation_frequency": points.DEMODULATION} if iq else {})


def write_73(path, arrays):
    """As MATLAB 7.3 does: HDF5 with the axes reversed; complex numbers are a compound type."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in arrays.items():
            values = np.atleast_2d(np.asarray(values)).T
            if np.iscomplexobj(values):
                parts = np.dtype([("real", values.real.dtype), ("imag", values.real.dtype)])
                values = np.ascontiguousarray(values).view(parts)
            one = file.create_dataset(name, data=values)
            one.attrs["MATLAB_class"] = np.bytes_("single" if name == "echoes" else "double")
    with open(path, "r+b") as file:
        text = b"MATLAB 7.3 MAT-file, written by a test"
        file.write(text.ljust(116) + bytes(8) + b"\x00\x02IM")


WRITERS = {
    "numpy": (".npz", lambda path, arrays: np.savez(path, **arrays)),
    "matlab": (".mat", lambda path, arrays: scipy.io.savemat(path, arrays)),
    "matlab73": (".mat", write_73),
}


@pytest.mark.parametrize("iq", [False, True], ids=["rf", "iq"])
@pytest.mark.parametrize("kind", ["plane", "diverging", "focused"])
@pytest.mark.parametrize("writer", WRITERS)
def test_file_that_states_everything_itself(tmp_path, writer, kind, iq):
    received, known = stated(kind, iq)
    suffix, write = WRITERS[writer]
    path = tmp_path / f"a{suffix}"
    turned = received.transpose(2, 1, 0)  # as MATLAB's users order axes
    write(path, {"echoes": turned, **known})
    layout = Layout(axes="sample,element,transmit")
    reader, recording = read_channel_recording(path, 1, layout=layout)
    assert reader == writer.removesuffix("73")
    recorded = recorded_channels(recording, 0, BARE, ROW)
    channels = recorded.channels
    np.testing.assert_allclose(recording.frames[0], received, rtol=1e-6)
    turned = np.exp(-2j * np.pi * points.DEMODULATION * points.START) if iq else 1
    np.testing.assert_allclose(channels.samples, received * turned, atol=1e-6)
    np.testing.assert_allclose(channels.element_x, known["element_x"], atol=1e-12)
    np.testing.assert_allclose(channels.element_z, known["element_z"], atol=1e-12)
    np.testing.assert_array_equal(channels.transmit_delay, known["transmit_delay"])
    np.testing.assert_array_equal(channels.start_time, 3 * [points.START])
    assert channels.demodulation_frequency == known.get("demodulation_frequency")
    assert recorded.scanner.probe_radius == pytest.approx(points.RADIUS)


def test_frames_and_iq_have_axes(tmp_path):
    numbers = np.arange(2 * 3 * 4 * 80 * 2).reshape(2, 3, 4, 80, 2)
    np.save(tmp_path / "a.npy", numbers)
    layout = Layout(axes="frame,transmit,element,sample,iq")
    _, recording = read_channel_recording(tmp_path / "a.npy", 2, layout=layout)
    np.testing.assert_array_equal(recording.frames, numbers[..., 0] + 1j * numbers[..., 1])


def test_one_transmit_needs_no_axis(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(320).reshape(80, 4))
    layout = Layout(axes="sample,element")
    _, recording = read_channel_recording(tmp_path / "a.npy", 1, layout=layout)
    assert recording.frames[0].shape == (1, 4, 80)
    assert recording.frames[0][0, 1, 2] == 9


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (None, "expected the order of these axes in the column axes, such as frame,transmit"),
        ("transmit,line,sample", "one name for each axis, from frame, transmit, element, sample"),
        ("transmit,element", "axes is 'transmit,element' and the samples have the shape"),
        ("transmit,element,sample reversed", "expected only the elements reversed"),
        ("iq,element,sample", "axis iq has the length 3 in float32 samples"),
    ],
)
def test_axes_that_do_not_fit(tmp_path, axes, message):
    np.save(tmp_path / "a.npy", np.zeros((3, 4, 80), np.float32))
    with pytest.raises(InputError, match=message):
        read_channel_recording(tmp_path / "a.npy", 1, layout=Layout(axes=axes))


def test_all_wrong_arrays_are_told_at_once(tmp_path):
    received, known = stated()
    known |= {"element_x": [1.0, 2.0], "sound_speed": "fast", "start_time": [0.0, np.inf, 0.0]}
    del known["element_z"]
    np.savez(tmp_path / "a.npz", echoes=received, **known)
    with pytest.raises(InputError) as error:
        read_channel_recording(tmp_path / "a.npz", 1, layout=Layout(axes="transmit,element,sample"))
    for line in (
        r"element_x has the shape (2,) of float64; expected 32",
        "sound_speed has the shape () of <U4; expected a single number",
        "start_time holds inf; expected finite numbers",
        "found one of element_x and element_z; expected both, or neither",
    ):
        assert line in str(error.value)


def test_beamformed_lines_are_a_cohort_of_another_kind(tmp_path):
    (tmp_path / "a.mha").write_text("ObjectType = Image")
    with pytest.raises(InputError, match=r"no reader of frames of channel data.* of kind table"):
        read_channel_recording(tmp_path / "a.mha", 1)
