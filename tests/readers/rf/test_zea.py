"""Files of zea 0.1.8 (tests/data/make_zea.py) and, by its format description, of the older
generation, which no installed zea writes any more: those are made here with h5py."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.recording import recorded_frame
from reconattack.readers.layout import Layout
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.counted_samples import read_counted
from tests.places import DATA

FRAMES, SAMPLES, LINES = 2, 80, 16  # as in make_zea.py, with all below
TARGET_ROW, TARGET_LINE = 60, 11
RADIUS, SOUND_SPEED, SAMPLING_FREQUENCY = 0.06, 1540.0, 20e6
DEPTH, ANGLE = np.linspace(0.002, 0.14, SAMPLES), np.linspace(-0.5, 0.5, LINES)
VALUES = "tracks/track_0/data/beamformed_data/values"
COORDINATES = "tracks/track_0/data/beamformed_data/coordinates"
STEERED = np.array([[1, 0, 0], [0, 1, 0], [0.3, 0, 1]])  # x grows with z
DESCRIPTION = {"name": "phantom scanner", "reference_level": 0.0}
ROW = {"patient": "p1"}


def distinct_numbers(channels):
    shape = (FRAMES, SAMPLES, LINES, channels)
    return np.arange(np.prod(shape)).reshape(shape) - 5000


@pytest.fixture
def convex_iq(tmp_path):
    return Path(shutil.copyfile(DATA / "zea_convex_iq.hdf5", tmp_path / "rf.hdf5"))


@pytest.fixture
def linear_rf(tmp_path):
    return Path(shutil.copyfile(DATA / "zea_linear_rf.hdf5", tmp_path / "rf.h5"))


def write_old(path, values, **scan):
    """A file of the generation before 0.1: arrays, and nothing about where the pixels lie."""
    with h5py.File(path, "w") as file:
        file["data/beamformed_data"] = np.asarray(values, np.float32)
        for name, value in scan.items():
            file[f"scan/{name}"] = value
    return path


def read(path, frames=FRAMES, **layout):
    reader, recording = read_counted(path, frames, layout=Layout(**layout))
    assert reader == "zea"
    return recording


def test_iq_of_a_curved_probe(convex_iq):
    recording = read(convex_iq)
    in_phase, quadrature = np.moveaxis(distinct_numbers(2), -1, 0)
    np.testing.assert_array_equal(recording.samples[0], (in_phase + 1j * quadrature)[0])
    np.testing.assert_allclose(recording.depth, DEPTH, atol=1e-7)
    np.testing.assert_allclose(recording.lines, ANGLE, atol=1e-6)
    radius = recording.facts.pop("probe_radius")
    assert radius == pytest.approx(RADIUS, rel=1e-5)
    assert recording.facts == {
        "probe": "convex",
        "center_frequency": 2.5e6,
        "sound_speed": SOUND_SPEED,
    }
    assert recording.applied_gain is None


def test_notes_on_the_subject_and_on_harmonic_imaging(convex_iq):
    assert read(convex_iq).notes == (
        "transmitted at 2.5 MHz, demodulated at 5 MHz",
        "the file states a fat percentage of 23 %",
    )


@pytest.mark.parametrize(("track", "sign"), [("track_0", 1), ("track_1", -1)])
def test_rf_of_the_track_that_the_table_names(linear_rf, track, sign):
    recording = read(linear_rf, variable=f"tracks/{track}/data/beamformed_data")
    np.testing.assert_array_equal(recording.samples, sign * distinct_numbers(1)[..., 0])
    spacing = SOUND_SPEED / (2 * SAMPLING_FREQUENCY)
    np.testing.assert_allclose(recording.depth, spacing * np.arange(SAMPLES), atol=1e-8)
    np.testing.assert_allclose(recording.lines, np.linspace(-0.019, 0.019, LINES), atol=1e-8)
    assert recording.facts["probe"] == "linear"


def test_several_tracks_without_a_choice(linear_rf):
    with pytest.raises(InputError, match=r"track_0/data/beamformed_data, tracks/track_1/.*; name"):
        read(linear_rf)


def test_gain_curve_of_the_same_samples_can_be_removed(linear_rf):
    shape = (FRAMES, SAMPLES // 2, LINES, 1)  # signs change from sample to sample: no drift
    samples = np.random.default_rng(3).integers(1, 2000, shape).repeat(2, axis=1)
    samples[:, ::2] *= -1
    with h5py.File(linear_rf, "r+") as file:
        file[VALUES][...] = samples
    recording = read(linear_rf, variable="tracks/track_0/data/beamformed_data")
    assert recording.facts["gain_state"] == "applied"
    gain = np.linspace(1, 10, SAMPLES)
    np.testing.assert_allclose(recording.applied_gain, 20 * np.log10(gain), atol=1e-5)
    frame = recorded_frame(recording, 1, DESCRIPTION, {**ROW, "gain_state": "removed"})
    expected = samples[1, ..., 0] / gain[:, np.newaxis]
    np.testing.assert_allclose(frame["rf"], expected, rtol=1e-5)


def test_gain_curve_of_other_samples_is_only_told(convex_iq):
    with h5py.File(convex_iq, "r+") as file:
        file["tracks/track_0/scan/tgc_gain_curve"] = np.linspace(1, 4, 2048)
    recording = read(convex_iq)
    assert recording.facts["gain_state"] == "applied"
    assert recording.applied_gain is None
    assert "the gain curve is of 2048 recorded samples, not of these" in recording.notes


def test_gain_curve_on_a_grid_of_other_spacing(convex_iq):
    with h5py.File(convex_iq, "r+") as file:
        file["tracks/track_0/scan/tgc_gain_curve"] = np.linspace(1, 4, SAMPLES)
    assert read(convex_iq).applied_gain is None


def test_flat_gain_curve_is_no_time_gain(convex_iq):
    with h5py.File(convex_iq, "r+") as file:
        file["tracks/track_0/scan/tgc_gain_curve"] = np.ones(2048)
    assert read(convex_iq).facts["gain_state"] == "raw"


def test_point_target_lands_where_geometry_says(convex_iq):
    frame = recorded_frame(read(convex_iq), 1, DESCRIPTION, ROW)
    reconstruction = Reconstruction(frame, 400)
    image = np.full(reconstruction.sector.shape, -np.inf)
    image[reconstruction.sector] = reconstruction.levels(beta=0.0)
    bright_z, bright_x = np.unravel_index(image.argmax(), image.shape)
    distance, angle = RADIUS + DEPTH[TARGET_ROW], ANGLE[TARGET_LINE]
    pixel = np.diff(reconstruction.z[:2])[0]
    assert reconstruction.z[bright_z] == pytest.approx(distance * np.cos(angle) - RADIUS, abs=pixel)
    assert reconstruction.x[bright_x] == pytest.approx(distance * np.sin(angle), abs=pixel)
    assert image.max() == pytest.approx(20 * np.log10(10_000), abs=0.5)


def test_compression_that_zea_uses_by_default():
    packed, plain = read(DATA / "zea_blosc.hdf5"), read(DATA / "zea_convex_iq.hdf5")
    np.testing.assert_array_equal(packed.samples, plain.samples)
    np.testing.assert_array_equal(packed.lines, plain.lines)


def test_filter_that_is_not_installed_is_named(linear_rf):
    unknown = 299
    with h5py.File(linear_rf, "r+") as file:
        group = file["tracks/track_0/data/beamformed_data"]
        values = group["values"][()]
        del group["values"]
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_chunk(values.shape)
        layout.set_filter(unknown, h5py.h5z.FLAG_OPTIONAL)
        space, kind = h5py.h5s.create_simple(values.shape), h5py.h5t.py_create(values.dtype)
        dataset = h5py.h5d.create(group.id, b"values", kind, space, layout)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    with pytest.raises(InputError, match=r"HDF5 filter 299 .*write the file again with gzip"):
        read(linear_rf, variable="tracks/track_0/data/beamformed_data")


@pytest.mark.parametrize("channels", [1, 2])
def test_older_generation_states_no_geometry(tmp_path, channels):
    values = distinct_numbers(channels)
    path = write_old(
        tmp_path / "rf.h5",
        values,
        center_frequency=[6e6] * 3,
        sampling_frequency=40e6,
        sound_speed=1480.0,
        polar_angles=np.linspace(-0.3, 0.3, LINES),
        n_ax=2048,
    )
    recording = read(path)
    expected = values[..., 0] if channels == 1 else values[..., 0] + 1j * values[..., 1]
    np.testing.assert_array_equal(recording.samples, expected)
    assert recording.facts == {"center_frequency": 6e6, "sound_speed": 1480.0}
    assert recording.depth is None
    assert recording.lines is None
    with pytest.raises(InputError, match="nobody states probe, sampling_frequency"):
        recorded_frame(recording, 0, DESCRIPTION, ROW)


def test_older_generation_without_a_channel_axis(tmp_path):
    values = distinct_numbers(1)[..., 0]
    np.testing.assert_array_equal(read(write_old(tmp_path / "rf.h5", values)).samples, values)


def test_older_generation_with_one_row_for_each_recorded_sample(tmp_path):
    path = write_old(
        tmp_path / "rf.h5",
        distinct_numbers(1),
        sampling_frequency=40e6,
        n_ax=SAMPLES,
        tgc_gain_curve=np.linspace(1, 10, SAMPLES),
    )
    recording = read(path)
    assert recording.facts == {"sampling_frequency": 40e6, "gain_state": "applied"}
    assert recording.applied_gain[-1] == pytest.approx(20)


def test_older_generation_is_transposed_where_the_table_says_so(tmp_path):
    values = distinct_numbers(1)[..., 0]
    path = write_old(tmp_path / "rf.h5", values.swapaxes(1, 2))
    with pytest.raises(InputError, match="16 samples and 80 lines: more lines than samples"):
        read(path)
    recording = read(path, axes="frame,line,sample")
    np.testing.assert_array_equal(recording.samples, values)


def test_axes_beside_coordinates_are_refused(convex_iq):
    with pytest.raises(InputError, match="axes is 'frame,sample,line,iq', but the coordinates"):
        read(convex_iq, axes="frame,sample,line,iq")


def test_transmits_of_several_frequencies_state_none(tmp_path):
    path = write_old(tmp_path / "rf.h5", distinct_numbers(1), center_frequency=[5e6, 7e6])
    recording = read(path)
    assert "center_frequency" not in recording.facts
    assert recording.notes == ("transmits differ in frequency, 5 to 7 MHz",)


def test_raw_data_alone(tmp_path):
    with h5py.File(tmp_path / "rf.h5", "w") as file:
        file["data/raw_data"] = np.zeros((1, 3, 64, 8, 1))
    with pytest.raises(InputError, match=r"holds data/raw_data; .* a cohort of kind channel"):
        read(tmp_path / "rf.h5")


def change(path, name, value):
    with h5py.File(path, "r+") as file:
        file.pop(name)
        if value is not None:
            file[name] = value


def grid(x, z):
    z, x = np.meshgrid(z, x, indexing="ij")
    return np.stack([x, 0 * x, z], axis=-1)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (VALUES, np.zeros((2, 80, 16, 5, 1)), r"shape \(2, 80, 16, 5, 1\); expected \(frame, z"),
        (VALUES, np.zeros((2, 80, 16, 3)), r"shape \(2, 80, 16, 3\); expected \(frame, z, x, ch"),
        (VALUES, np.zeros((2, 0, 16, 1)), "expected no axis of length 0"),
        (VALUES, np.bytes_("none"), r"has the shape \(\); expected"),
        (VALUES, None, "values"),
        (COORDINATES, np.zeros((80, 16, 2)), r"shape \(80, 16, 2\); expected \(80, 16, 3\)"),
        (COORDINATES, np.full((80, 16, 3), np.nan), "coordinates is nan; expected finite"),
        (COORDINATES, np.arange(3840.0).reshape(80, 16, 3), "or leave the image plane"),
        (COORDINATES, grid(ANGLE, DEPTH), "linear by the positions of the pixels and convex by"),
        (COORDINATES, grid(ANGLE, DEPTH) * [1, 1, -1], "apart along a line; expected one dist"),
        (COORDINATES, grid(ANGLE, DEPTH) @ STEERED, "neither parallel .* nor a fan"),
        ("probe/type", "phased", r"convex by .* and phased \(neither linear nor convex\) by"),
        ("tracks/track_0/scan/sound_speed", np.nan, "sound_speed is nan; expected finite"),
        ("tracks/track_0/scan/sound_speed", "fast", "sound_speed is of type object; expected"),
        ("tracks/track_0/scan/sampling_frequency", [1e6, 2e6], "2 numbers from 1e.06 to 2e.06"),
    ],
)
def test_missing_and_odd_fields(convex_iq, name, value, message):
    change(convex_iq, name, value)
    with pytest.raises(InputError, match=rf"rf\.hdf5: .*{message}"):
        read(convex_iq)


def test_coordinates_that_move_between_frames(convex_iq):
    with h5py.File(convex_iq, "r") as file:
        still = file[COORDINATES][()]
    change(convex_iq, COORDINATES, np.stack([still, still]))
    assert read(convex_iq).facts["probe"] == "convex"
    change(convex_iq, COORDINATES, np.stack([still, still + 0.001]))
    with pytest.raises(InputError, match="change from frame to frame"):
        read(convex_iq)


def test_gain_of_nothing(convex_iq):
    with h5py.File(convex_iq, "r+") as file:
        file["tracks/track_0/scan/tgc_gain_curve"] = np.linspace(0, 4, 2048)
    with pytest.raises(InputError, match="tgc_gain_curve holds 0; expected factors above 0"):
        read(convex_iq)


def test_sizes_that_the_file_cannot_hold(tmp_path):
    path = write_old(tmp_path / "rf.h5", distinct_numbers(1))
    with h5py.File(path, "r+") as file:
        del file["data/beamformed_data"]
        file.create_dataset(
            "data/beamformed_data", (10**4, 10**4, 10**4, 2), np.float32, chunks=(1, 100, 100, 2)
        )
    with pytest.raises(InputError, match="declares 8000000000000 bytes of samples and stores 0"):
        read(path)


@pytest.mark.parametrize("kept", [0, 7, 600, 20_000])
def test_truncated_file(convex_iq, kept):
    convex_iq.write_bytes(convex_iq.read_bytes()[:kept])
    with pytest.raises(
        InputError, match=r"rf\.hdf5: (no HDF5 file|an HDF5 file cut short or damaged)"
    ):
        read_counted(convex_iq, FRAMES, "zea")


def test_damaged_samples(convex_iq):
    content = bytearray(convex_iq.read_bytes())
    with h5py.File(convex_iq) as file:
        start = file[VALUES].id.get_chunk_info(0).byte_offset
    content[start + 200 : start + 300] = bytes(100)
    convex_iq.write_bytes(content)
    with pytest.raises(InputError, match=r"rf\.hdf5: an HDF5 file cut short or damaged"):
        read(convex_iq)


def test_file_of_another_format(tmp_path):
    (tmp_path / "rf.h5").write_bytes(b"hello\nworld\n")
    with pytest.raises(
        InputError, match=r"rf\.h5: (no HDF5 file|an HDF5 file cut short or damaged)"
    ):
        read(tmp_path / "rf.h5")


def test_other_number_of_frames_than_declared(convex_iq):
    with pytest.raises(InputError, match="the file holds 2 frames, the frame table says 1"):
        read(convex_iq, 1)
