import h5py
import numpy as np
import pytest
import pyuff_ustb as pyuff

from reconattack.errors import InputError
from reconattack.frames.recording import recorded_frame
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout
from reconattack.reconstruction.reconstruction import Reconstruction

FRAMES, SAMPLES, LINES = 2, 80, 16
RADIUS, SOUND_SPEED = 0.06, 1540.0  # m, m/s
DEPTH = np.linspace(0.002, 0.14, SAMPLES)  # m from the face
ANGLE = np.linspace(-0.5, 0.5, LINES)
LATERAL = np.linspace(-0.019, 0.019, LINES)
DESCRIPTION = {"name": "phantom scanner", "reference_level": 0.0, "center_frequency": 2.5e6}
ROW = {"patient": "p1"}


@pytest.fixture
def samples():
    """Distinct complex numbers, shape (frame, depth, line)."""
    rng = np.random.default_rng(5)
    shape = (FRAMES, SAMPLES, LINES)
    numbers = rng.permutation(2 * np.prod(shape)).astype(np.float32) - 1000
    return (numbers[::2] + 1j * numbers[1::2]).reshape(shape)


def point(x=0.0, y=0.0, z=0.0):
    made = pyuff.Point(distance=0.0, azimuth=0.0, elevation=0.0)
    made.xyz = (x, y, z)
    return made


def sector_scan(apex=-RADIUS, depth=DEPTH, angle=ANGLE, **fields):
    return pyuff.SectorScan(
        azimuth_axis=angle, depth_axis=depth - apex, origin=point(z=apex), **fields
    )


def linear_scan(depth=DEPTH, lateral=LATERAL, **fields):
    return pyuff.LinearScan(x_axis=lateral, z_axis=depth, **fields)


def curvilinear_array(radius=RADIUS):
    return pyuff.CurvilinearArray(N=8, pitch=5e-4, radius=radius, origin=point())


def wave(sound_speed=SOUND_SPEED):
    return pyuff.Wave(
        wavefront=pyuff.Wavefront.plane,
        source=point(z=1.0),
        origin=point(),
        apodization=pyuff.Apodization(),
        sound_speed=sound_speed,
    )


def write(path, samples, scan, name="b_data", **fields):
    """Write (frame, depth, line) with pyuff-ustb, whose sector scans have the azimuth fastest."""
    if isinstance(scan, pyuff.LinearScan):
        samples = samples.swapaxes(1, 2)
    data = samples.reshape(len(samples), -1).T[:, None, None, :]
    beamformed = pyuff.BeamformedData(scan=scan, data=data, **fields)
    beamformed.write(str(path), name, ignore_missing_compulsory_fields=True)
    return path


def write_as_ustb(path, samples, scan_class, axes, apex="apex"):
    """Write (frame, depth, line) as USTB's write_object.m does: single precision, MATLAB's order
    of axes, the depth fastest, attributes as bytes, no positions of pixels."""
    data = samples.swapaxes(1, 2).reshape(len(samples), 1, 1, -1)
    with h5py.File(path, "w") as file:
        group = file.create_group("b_data")
        group.attrs.update({"class": np.bytes_("uff.beamformed_data"), "size": [[1.0, 1.0]]})
        group["data/real"], group["data/imag"] = data.real, data.imag
        group["modulation_frequency"] = np.full((1, 1), 2e6, np.float32)
        scan = group.create_group("scan")
        scan.attrs["class"] = np.bytes_(scan_class)
        for axis, values in axes.items():
            scan[axis] = values.astype(np.float32)[np.newaxis]
        scan[f"{apex}/distance"] = np.full((1, 1), RADIUS, np.float32)
        scan[f"{apex}/azimuth"] = np.full((1, 1), np.pi, np.float32)
        scan[f"{apex}/elevation"] = np.zeros((1, 1), np.float32)
    return path


def read(path, frames=FRAMES, **layout):
    reader, recording = read_recording(path, frames, layout=Layout(**layout))
    assert reader == "uff"
    return recording


@pytest.mark.parametrize("suffix", ["uff", "h5", "HDF5"])
def test_sector_of_a_convex_probe_comes_back(tmp_path, samples, suffix):
    written = write(tmp_path / "rf.x", samples, sector_scan(), probe=curvilinear_array())
    recording = read(written.rename(tmp_path / f"rf.{suffix}"))
    np.testing.assert_array_equal(recording.samples, samples)
    np.testing.assert_allclose(recording.depth, DEPTH, atol=1e-9)
    np.testing.assert_allclose(recording.lines, ANGLE, atol=1e-9)
    assert recording.facts["probe"] == "convex"
    assert recording.facts["probe_radius"] == pytest.approx(RADIUS, rel=1e-6)
    assert "gain_state" not in recording.facts


def test_linear_scan_comes_back(tmp_path, samples):
    recording = read(write(tmp_path / "rf.uff", samples, linear_scan()))
    np.testing.assert_array_equal(recording.samples, samples)
    np.testing.assert_allclose(recording.depth, DEPTH, atol=1e-12)
    np.testing.assert_allclose(recording.lines, LATERAL, atol=1e-12)
    assert recording.facts == {"probe": "linear"}


@pytest.mark.parametrize("apex", ["apex", "origin"])
def test_layout_of_ustb_itself(tmp_path, samples, apex):
    axes = {"depth_axis": DEPTH + RADIUS, "azimuth_axis": ANGLE}
    path = write_as_ustb(tmp_path / "rf.uff", samples, "uff.sector_scan", axes, apex)
    recording = read(path)
    np.testing.assert_array_equal(recording.samples, samples)
    np.testing.assert_allclose(recording.depth, DEPTH, atol=1e-7)
    assert recording.facts["probe_radius"] == pytest.approx(RADIUS, rel=1e-5)
    assert recording.notes == ("demodulated at 2 MHz",)


def test_lines_from_right_to_left_are_turned(tmp_path, samples):
    recording = read(write(tmp_path / "rf.uff", samples, linear_scan(lateral=LATERAL[::-1])))
    np.testing.assert_array_equal(recording.samples, samples[..., ::-1])
    np.testing.assert_allclose(recording.lines, LATERAL, atol=1e-12)


def test_depths_that_count_from_a_face_with_an_origin_for_each_line(tmp_path, samples):
    path = write_as_ustb(
        tmp_path / "rf.uff",
        samples,
        "uff.sector_scan",
        {"depth_axis": DEPTH, "azimuth_axis": ANGLE},
    )
    with h5py.File(path, "r+") as file:
        scan = file["b_data/scan"]
        del scan["apex"]
        scan.create_group("origin").attrs["size"] = [[1.0, float(LINES)]]
        for index, angle in enumerate(ANGLE):
            x, z = RADIUS * np.sin(angle), RADIUS * np.cos(angle) - RADIUS
            scan[f"origin/origin_{index + 1:04d}/distance"] = np.hypot(x, z)
            scan[f"origin/origin_{index + 1:04d}/azimuth"] = np.arctan2(x, z)
    recording = read(path)
    np.testing.assert_allclose(recording.depth, DEPTH, atol=1e-7)
    assert recording.facts["probe_radius"] == pytest.approx(RADIUS, rel=1e-5)


def test_facts_of_the_object_and_its_parts(tmp_path, samples):
    sampling_frequency = SOUND_SPEED / 2 * (SAMPLES - 1) / np.ptp(DEPTH)
    pulse = pyuff.Pulse(center_frequency=3e6)
    recording = read(
        write(
            tmp_path / "rf.uff",
            samples,
            sector_scan(),
            sampling_frequency=sampling_frequency,
            modulation_frequency=2.8e6,
            pulse=pulse,
            sequence=[wave(), wave()],
        )
    )
    assert recording.facts["sampling_frequency"] == pytest.approx(sampling_frequency)
    assert recording.facts["center_frequency"] == 3e6
    assert recording.facts["sound_speed"] == SOUND_SPEED
    frame = recorded_frame(recording, 0, DESCRIPTION | {"center_frequency": None}, ROW)
    assert frame.attrs["center_frequency"] == 3e6
    assert frame.attrs["notes"] == "demodulated at 2.8 MHz"


def test_sampling_frequency_that_its_own_depths_contradict(tmp_path, samples):
    path = write(
        tmp_path / "rf.uff", samples, sector_scan(), sampling_frequency=40e6, sequence=wave()
    )
    with pytest.raises(InputError, match=r"sampling_frequency is 440797 Hz by the file, by the"):
        recorded_frame(read(path), 0, DESCRIPTION, ROW)


def test_waves_of_several_sound_speeds(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, linear_scan(), sequence=[wave(), wave(1480.0)])
    with pytest.raises(InputError, match=r"several sound speeds: \[1480\.0, 1540\.0\]"):
        read(path)


@pytest.mark.parametrize("modulation", [None, 0.0])
def test_real_data_is_rf(tmp_path, samples, modulation):
    path = write(tmp_path / "rf.uff", samples.real, linear_scan(), modulation_frequency=modulation)
    recording = read(path)
    assert recording.samples.dtype == np.float32
    np.testing.assert_array_equal(recording.samples, samples.real)


@pytest.mark.parametrize(
    ("change", "modulation", "message"),
    [
        (np.real, 5e6, "data is real, but demodulated at 5 MHz"),
        (np.abs, 0.0, "the samples are real, nowhere negative"),
    ],
)
def test_real_data_that_is_no_rf(tmp_path, samples, change, modulation, message):
    path = write(
        tmp_path / "rf.uff", change(samples), linear_scan(), modulation_frequency=modulation
    )
    with pytest.raises(InputError, match=message):
        read(path)


def test_one_of_several_objects_is_named_by_the_table(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, linear_scan(), name="das")
    write(path, -samples, linear_scan(), name="capon/b_data")
    np.testing.assert_array_equal(read(path, variable="/das").samples, samples)
    np.testing.assert_array_equal(read(path, variable="capon/b_data").samples, -samples)
    with pytest.raises(InputError, match=r"holds das, capon/b_data; name one .* column variable"):
        read(path)
    with pytest.raises(InputError, match="variable is 'mv'; the file holds das, capon/b_data"):
        read(path, variable="mv")


def test_channel_data_alone(tmp_path):
    with h5py.File(tmp_path / "rf.uff", "w") as file:
        file.create_group("channel_data").attrs["class"] = "uff.channel_data"
    with pytest.raises(InputError, match=r"channel_data \(uff\.channel_data\); .* of kind channel"):
        read(tmp_path / "rf.uff")


@pytest.mark.parametrize(("axis", "name"), [(1, "channel"), (2, "wave")])
def test_data_that_is_not_summed(tmp_path, samples, axis, name):
    data = np.repeat(samples.swapaxes(1, 2).reshape(FRAMES, -1).T[:, None, None, :], 3, axis)
    beamformed = pyuff.BeamformedData(scan=linear_scan(), data=data)
    beamformed.write(str(tmp_path / "rf.uff"), "b_data")
    with pytest.raises(InputError, match=f"data has 3 {name}s; expected 1"):
        read(tmp_path / "rf.uff")


def test_phased_array_is_refused_with_its_apex(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, sector_scan(apex=0.0))
    with pytest.raises(InputError, match=r"a point 0 mm behind the face; expected 1 to 500 mm"):
        read(path)


@pytest.mark.parametrize(
    ("scan", "message"),
    [
        (sector_scan(), r"probe_radius is 0\.06 m by the positions of the pixels and 0\.05 m by"),
        (linear_scan(), "probe is linear by the positions of the pixels and convex by"),
    ],
)
def test_scan_that_is_not_its_probes(tmp_path, samples, scan, message):
    path = write(tmp_path / "rf.uff", samples, scan, probe=curvilinear_array(0.05))
    with pytest.raises(InputError, match=message):
        read(path)


@pytest.mark.parametrize("name", ["uff.linear_scan_rotated", "uff.linear_3D_scan", "uff.scan"])
def test_scan_of_another_class_is_named(tmp_path, samples, name):
    path = write(tmp_path / "rf.uff", samples, linear_scan())
    with h5py.File(path, "r+") as file:
        file["b_data/scan"].attrs["class"] = name
    with pytest.raises(InputError, match=f"{name}; expected a single uff.sector_scan or uff.lin"):
        read(path)


def test_volume(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, linear_scan())
    with h5py.File(path, "r+") as file:
        file["b_data/scan/y_axis"] = np.arange(5.0)
    with pytest.raises(InputError, match="is a volume: 5 planes along its y_axis"):
        read(path)


def test_origin_off_the_axis(tmp_path, samples):
    scan = sector_scan()
    scan.origin = point(x=0.01, z=-RADIUS)
    path = write(tmp_path / "rf.uff", samples, scan)
    with pytest.raises(InputError, match=r"nor a fan from a point on it \(off by 10 mm\)"):
        read(path)


def test_positions_that_do_not_follow_from_the_axes(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, linear_scan())
    with h5py.File(path, "r+") as file:
        file["b_data/scan/z"][...] += 0.001
    with pytest.raises(InputError, match=r"positions x, z of /b_data/scan do not follow"):
        read(path)


def test_samples_at_uneven_depths(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, linear_scan(depth=DEPTH**2))
    with pytest.raises(InputError, match=r"the samples lie from 0\.0\d+ to 0\.4\d+ mm apart"):
        read(path)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("scan/depth_axis", np.full(SAMPLES, np.nan), "depth_axis is nan; expected finite"),
        ("scan/depth_axis", np.zeros((0,)), "scan has no depth_axis and azimuth_axis"),
        ("scan/depth_axis", DEPTH[1:], r"shape \(1280, 1, 1, 2\) and its scan 1264 pixels"),
        ("scan/depth_axis", np.bytes_("deep"), r"depth_axis is of type \|S4; expected numbers"),
        ("scan/depth_axis", None, "scan has no depth_axis and azimuth_axis"),
        ("scan/origin", None, "scan has no origin"),
        ("scan/origin/distance", np.inf, "distance is inf; expected finite numbers"),
        ("scan", None, "b_data has no scan"),
        ("data", None, "b_data has no data"),
        ("data", 1.0, r"data has the shape \(\) and its scan 1280 pixels"),
        ("modulation_frequency", np.nan, "modulation_frequency is nan"),
        ("sampling_frequency", np.array([1e7, 2e7]), "2 numbers from 1e.07 to 2e.07; expected a"),
    ],
)
def test_missing_and_odd_fields(tmp_path, samples, field, value, message):
    path = write(tmp_path / "rf.uff", samples, sector_scan())
    with h5py.File(path, "r+") as file:
        file["b_data"].pop(field, None)
        if value is not None:
            file["b_data"][field] = value
    with pytest.raises(InputError, match=rf"rf\.uff: .*{message}"):
        read(path)


def test_sizes_that_the_file_cannot_hold(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, linear_scan())
    with h5py.File(path, "r+") as file:
        group = file["b_data"]
        del group["data"], group["scan/x_axis"], group["scan/z_axis"], group["scan/x"]
        group["scan/x_axis"], group["scan/z_axis"] = np.arange(10_000.0), np.arange(100_000.0)
        group.create_dataset("data", (1000, 1, 1, 10**9), np.float32, chunks=(1, 1, 1, 10**6))
    with pytest.raises(InputError, match=r"declares 4000000000000 bytes of samples and stores 0"):
        read(path, 1000)


def test_axis_of_a_size_that_no_header_has(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, linear_scan())
    with h5py.File(path, "r+") as file:
        del file["b_data/scan/x_axis"]
        file["b_data/scan"].create_dataset("x_axis", (10**12,), np.float64, chunks=(10**6,))
    with pytest.raises(InputError, match="declares 1000000000000 numbers; expected at most"):
        read(path)


@pytest.mark.parametrize("suffix", ["uff", "h5"])
@pytest.mark.parametrize("kept", [0, 7, 600, 10_000])
def test_truncated_file(tmp_path, samples, kept, suffix):
    path = write(tmp_path / f"rf.{suffix}", samples, linear_scan())
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=rf"rf\.{suffix}: (no HDF5 file|an HDF5 file cut short)"):
        read(path)


@pytest.mark.parametrize("content", [b"hello\nworld\n", b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_file_of_another_format(tmp_path, content):
    (tmp_path / "rf.uff").write_bytes(content)
    with pytest.raises(InputError, match=r"rf\.uff: no HDF5 file"):
        read(tmp_path / "rf.uff")


def test_other_hdf5_files_are_left_to_other_readers(tmp_path):
    with h5py.File(tmp_path / "rf.h5", "w") as file:
        file["rf"] = np.zeros((4, 4))
    assert read_recording(tmp_path / "rf.h5", 1)[0] == "hdf5"


def test_data_that_stands_in_another_file(tmp_path, samples):
    secret = write(tmp_path / "other.uff", samples, linear_scan())
    with h5py.File(tmp_path / "rf.uff", "w") as file:
        file["b_data"] = h5py.ExternalLink(str(secret), "b_data")
    with pytest.raises(InputError, match=r"b_data stands in another file, .*other\.uff"):
        read(tmp_path / "rf.uff")


def test_samples_that_stand_in_another_file(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples.real, linear_scan())
    (tmp_path / "secret").write_bytes(bytes(samples.real.nbytes))
    with h5py.File(path, "r+") as file:
        del file["b_data/data"]
        file["b_data"].create_dataset(
            "data",
            (SAMPLES * LINES, 1, 1, FRAMES),
            np.float32,
            external=[(str(tmp_path / "secret"), 0, samples.real.nbytes)],
        )
    with pytest.raises(InputError, match="/b_data/data stands in other files"):
        read(path)


def test_axes_in_the_table_are_refused(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, linear_scan())
    with pytest.raises(InputError, match=r"reader uff does not use axes \('line,sample'; used by"):
        read(path, axes="line,sample")


def test_other_number_of_frames_than_declared(tmp_path, samples):
    path = write(tmp_path / "rf.uff", samples, linear_scan())
    with pytest.raises(InputError, match="the file holds 2 frames, the frame table says 1"):
        read(path, 1)


@pytest.mark.parametrize("probe", ["convex", "linear"])
def test_point_target_lands_where_geometry_says(tmp_path, probe):
    row, line = 50, 11
    across, down = np.arange(LINES) - line, np.arange(SAMPLES)[:, np.newaxis] - row
    target = np.exp(-(across**2) - down**2 / 4) * np.exp(0.7j * down)
    scan = sector_scan() if probe == "convex" else linear_scan()
    path = write(tmp_path / "rf.uff", target[np.newaxis].astype(np.complex64), scan)
    frame = recorded_frame(read(path, 1), 0, DESCRIPTION | {"sound_speed": SOUND_SPEED}, ROW)
    reconstruction = Reconstruction(frame, 400)
    image = np.full(reconstruction.sector.shape, -np.inf)
    image[reconstruction.sector] = reconstruction.levels(beta=0.0)
    bright_z, bright_x = np.unravel_index(image.argmax(), image.shape)
    if probe == "convex":
        distance = RADIUS + DEPTH[row]
        z, x = distance * np.cos(ANGLE[line]) - RADIUS, distance * np.sin(ANGLE[line])
    else:
        z, x = DEPTH[row], LATERAL[line]
    pixel = np.diff(reconstruction.z[:2])[0]
    assert reconstruction.z[bright_z] == pytest.approx(z, abs=pixel)
    assert reconstruction.x[bright_x] == pytest.approx(x, abs=pixel)
