import copy
import math

import numpy as np
import pytest
import scipy.io

from reconattack.errors import InputError
from reconattack.frames.recording import recorded_frame
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout
from tests.counted_samples import read_counted
from tests.places import DATA

FIXTURE = DATA / "siemens_uri.mat"  # by Octave
SAMPLES, LINES = 100, 16
RF = np.random.default_rng(7).permutation(SAMPLES * LINES).reshape(SAMPLES, LINES) - 800.0
LINEAR = {
    "rfgi": {"RfAxialMinCm": 0.2, "RfAxialSpanCm": 0.1925},
    "strf": {"SamplingRate": 40e6},
    "rfam": {"ProbeName": "VF10-5", "ProbeRadiusCm": 0.0},
    "rfbm": {"NumFocalZones": 1, "SteeringAngleRad": 0.0, "LineDensity": 132.06},
    "rfbd": {
        "Mode": np.array(["B"] * LINES),
        "Set": np.zeros((LINES, 1)),
        "PositionX": np.arange(LINES)[:, np.newaxis] * 10 / 132.06,
        "ThetaRad": np.zeros((LINES, 1)),
    },
    "rfsd": [{"TxFrequencyMhz": 7272700.0}, {"TxFrequencyMhz": 0.0}],
}
CONVEX = {
    **LINEAR,
    "rfam": {"ProbeName": "CH4-1", "ProbeRadiusCm": 5.0},
    "rfbm": {
        "NumFocalZones": 1,
        "ApexVerticalCm": -4.0,
        "ApexLateralCm": 3.0,
        "DisplayedLateralMin": -34.0,
        "DisplayedLateralSpan": 68.0,
    },
    "rfbd": {
        "Mode": np.array(["B"] * LINES),
        "Set": np.ones((LINES, 1)),
        "ThetaRad": np.linspace(-0.6, 0.6, LINES)[:, np.newaxis],
    },
    "rfsd": [{"TxFrequencyMhz": 7272700.0}, {"TxFrequencyMhz": 2.5e6}],
}


@pytest.fixture
def written(tmp_path):
    """A function that writes an export with a changed header and returns its path."""

    def write(header, changes=(), samples=RF):
        header = copy.deepcopy(header)
        for chunk, field, value in changes:
            if value is None:
                header[chunk].pop(field, None)
            else:
                header[chunk][field] = value
        sets = header["rfsd"]
        records = np.empty((1, len(sets)), [(name, object) for name in sets[0]])
        for index, one in enumerate(sets):
            records[0, index] = tuple(one.values())
        scipy.io.savemat(
            tmp_path / "rf.mat", {"RfDataDouble": samples, "FileHeader": header | {"rfsd": records}}
        )
        return tmp_path / "rf.mat"

    return write


def test_export_of_a_linear_probe_by_octave():
    name, recording = read_counted(FIXTURE, 1)
    assert name == "siemens_uri_matlab"
    expected = np.arange(1, SAMPLES * LINES + 1).reshape(LINES, SAMPLES).T
    np.testing.assert_array_equal(recording.samples, [expected])
    assert recording.facts == {
        "probe": "linear",
        "sampling_frequency": 40e6,
        "center_frequency": 7272700.0,
        "start_depth": pytest.approx(0.002),
    }
    span = (LINES - 1) / 132.06 / 100
    np.testing.assert_allclose(recording.lines, np.linspace(-span / 2, span / 2, LINES))
    assert recording.applied_gain is None
    assert "gain curve" in recording.notes[0]


@pytest.mark.parametrize("name", ["RfDataFilt", "data"])
def test_samples_of_another_name_beside_a_whole_header(written, name):
    header = {chunk: fields for chunk, fields in LINEAR.items() if chunk != "rfsd"}
    path = written(LINEAR)
    scipy.io.savemat(path, {name: RF, "FileHeader": header, "Version": 1.0})
    reader, recording = read_recording(path, 1)
    assert reader == "siemens_uri_matlab"
    np.testing.assert_array_equal(recording.samples, [RF])
    assert recording.facts["probe"] == "linear"


def test_one_of_several_samples_is_named(written):
    path = written(LINEAR)
    header = {"rfbd": LINEAR["rfbd"], "strf": LINEAR["strf"]}
    scipy.io.savemat(path, {"RfDataFilt": RF, "RfDataRaw": 2 * RF, "FileHeader": header})
    with pytest.raises(InputError, match=r"2 arrays .* RfDataFilt \(100 x 16 double\)"):
        read_recording(path, 1)
    _, recording = read_recording(path, 1, layout=Layout(variable="RfDataRaw"))
    np.testing.assert_array_equal(recording.samples, [2 * RF])
    scipy.io.savemat(path, {"RfDataFilt": RF, "RfDataDouble": 2 * RF, "FileHeader": header})
    np.testing.assert_array_equal(read_recording(path, 1)[1].samples, [2 * RF])


@pytest.mark.parametrize("header", [{"strf": LINEAR["strf"]}, {"a": 1}, 5])
def test_header_of_another_kind_makes_no_export(written, header):
    path = written(LINEAR)
    scipy.io.savemat(path, {"RfDataFilt": RF, "FileHeader": header})
    assert read_recording(path, 1)[0] == "matlab"


def test_convex_probe(written):
    _, recording = read_recording(written(CONVEX), 1)
    np.testing.assert_array_equal(recording.samples, [RF])
    assert recording.facts == {
        "probe": "convex",
        "probe_radius": 0.05,
        "sampling_frequency": 40e6,
        "center_frequency": 2.5e6,
        "start_depth": pytest.approx(0.002),
    }
    np.testing.assert_allclose(recording.lines, np.linspace(-0.6, 0.6, LINES))
    assert recording.notes == ()


def test_header_becomes_the_frame(written):
    description = {"name": "antares", "reference_level": 0.0, "sound_speed": 1540.0}
    _, recording = read_recording(written(CONVEX), 1)
    frame = recorded_frame(recording, 0, description, {"patient": "p"})
    assert frame.attrs["probe_radius"] == 0.05
    assert frame.attrs["gain_state"] == "unknown"
    np.testing.assert_allclose(frame["depth"][[0, 1]], [0.002, 0.002 + 1540 / 80e6])
    np.testing.assert_allclose(frame["angle"][[0, -1]], [-0.6, 0.6])


def test_several_frames_stand_along_the_third_axis(written):
    samples = np.random.default_rng(1).standard_normal((SAMPLES, LINES, 3))
    _, recording = read_recording(written(LINEAR, samples=samples), 3)
    np.testing.assert_array_equal(recording.samples, np.moveaxis(samples, 2, 0))


def test_positions_that_are_placeholders_leave_the_density_of_lines(written):
    path = written(LINEAR, [("rfbd", "PositionX", np.zeros((LINES, 1)))])
    _, recording = read_recording(path, 1)
    assert recording.lines is None
    assert recording.facts["lateral_span"] == pytest.approx(15 / 132.06 / 100)


def test_angles_that_are_missing_leave_those_of_the_display(written):
    _, recording = read_recording(written(CONVEX, [("rfbd", "ThetaRad", None)]), 1)
    assert recording.lines is None
    assert recording.facts["angle_span"] == pytest.approx(math.radians(68))
    assert recording.notes == ("the angles are those of the display (rfbm.DisplayedLateralSpan)",)


def test_lines_counted_from_the_other_side(written):
    angles = np.linspace(0.6, -0.6, LINES)
    _, recording = read_recording(written(CONVEX, [("rfbd", "ThetaRad", angles)]), 1)
    np.testing.assert_allclose(recording.lines, np.linspace(-0.6, 0.6, LINES))
    np.testing.assert_array_equal(recording.samples, [RF])


def test_missing_fields_state_nothing(tmp_path):
    path = tmp_path / "rf.mat"
    scipy.io.savemat(path, {"RfDataDouble": RF, "FileHeader": {"strf": np.zeros((0, 0))}})
    name, recording = read_recording(path, 1)
    assert name == "siemens_uri_matlab"
    assert recording.facts == {}
    assert recording.lines is None


@pytest.mark.parametrize(
    ("header", "change", "message"),
    [
        (LINEAR, ("rfbm", "NumFocalZones", 2), r"2 focal zones \(rfbm\.NumFocalZones\), whose"),
        (LINEAR, ("rfbd", "Set", np.arange(LINES) % 2), r"lines of 2 transmit sets .*: 0, 1\)"),
        (LINEAR, ("rfbd", "Set", np.full(LINES, 5)), "rfbd.Set is 5; expected one of the 2 sets"),
        (LINEAR, ("rfbd", "Mode", np.array(["B", "C"] * 8)), r"lines of mode C \(rfbd\.Mode\)"),
        (LINEAR, ("rfbm", "SteeringAngleRad", 0.2), "lines of a flat probe steered by 0.2 rad"),
        (
            LINEAR,
            ("rfbd", "ThetaRad", np.linspace(-0.5, 0.5, 16)),
            "lines of a flat probe steered by 0.5 rad",
        ),
        (
            LINEAR,
            ("rfbd", "PositionX", np.arange(15.0)),
            r"rfbd.PositionX has 15 values and .* 16 lines",
        ),
        (LINEAR, ("rfbd", "PositionX", np.arange(16) // 2), "rfbd.PositionX does not go one way"),
        (
            LINEAR,
            ("rfbd", "PositionX", np.arange(16) * 0.1),
            r"0.0015 m wide by .* 0.00113585 m wide by",
        ),
        (LINEAR, ("strf", "SamplingRate", np.nan), "strf.SamplingRate of the header is nan"),
        (LINEAR, ("strf", "SamplingRate", "fast"), "strf.SamplingRate of the header is no number"),
        (LINEAR, ("strf", "SamplingRate", [1, 2]), "strf.SamplingRate has 2 values; expected one"),
        (CONVEX, ("rfbm", "ApexVerticalCm", 6.0), r"5 cm from the apex by .* 6.7082 cm from"),
        (CONVEX, ("rfbd", "ThetaRad", [0, np.inf] * 8), "rfbd.ThetaRad of the header is inf"),
        (
            CONVEX,
            ("rfbd", "Set", None),
            r"transmit frequencies .* of 2.5e\+06, 7.2727e\+06 Hz; expected one",
        ),
    ],
)
def test_header_that_cannot_be_used(written, header, change, message):
    with pytest.raises(InputError, match=rf"rf\.mat: {message}"):
        read_recording(written(header, [change]), 1)


def test_more_lines_than_samples_need_the_axes(written):
    path = written(LINEAR, [("rfbd", "PositionX", None)], samples=RF.T)
    with pytest.raises(InputError, match="16 samples and 100 lines"):
        read_recording(path, 1)
    _, recording = read_recording(path, 1, layout=Layout(axes="line,sample"))
    np.testing.assert_array_equal(recording.samples, [RF])


def test_header_alone_is_no_export(tmp_path):
    path = tmp_path / "rf.mat"
    scipy.io.savemat(path, {"rf": RF, "FileHeader": {"strf": {"SamplingRate": 40e6}}})
    name, _ = read_recording(path, 1)
    assert name == "matlab"


def test_header_that_is_no_struct(tmp_path):
    path = tmp_path / "rf.mat"
    scipy.io.savemat(path, {"RfDataDouble": RF, "FileHeader": 3.0})
    with pytest.raises(
        InputError, match=r"rf\.mat: FileHeader is a 1 x 1 .*; expected a single str"
    ):
        read_recording(path, 1)


def test_samples_that_are_text(tmp_path):
    path = tmp_path / "rf.mat"
    scipy.io.savemat(path, {"RfDataDouble": "none", "FileHeader": {"rfgi": 1}})
    with pytest.raises(InputError, match=r"rf\.mat: RfDataDouble is none; expected an array"):
        read_recording(path, 1)


@pytest.mark.parametrize("part", [0.0, 0.5, 0.95])
def test_truncated_file(tmp_path, part):
    content = FIXTURE.read_bytes()
    path = tmp_path / "rf.mat"
    path.write_bytes(content[: int(part * len(content))])
    for reader in (None, "siemens_uri_matlab"):
        with pytest.raises(InputError, match=r"rf\.mat: .*(truncated|damaged)"):
            read_recording(path, 1, reader=reader)
