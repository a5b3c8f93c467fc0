import struct

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.recording import recorded_frame
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout

FRAMES, LINES, SAMPLES = 3, 6, 100
CONVEX = {
    "rfam": {"ProbeRadiusCm": 5.0},
    "rfbm": {"ApexVerticalCm": 4.0, "ApexLateralCm": 3.0, "DisplayedLateralSpan": 60.0},
    "rfbd": {"ThetaRad": np.linspace(-0.5, 0.4, LINES)},
}
LINEAR = {
    "rfam": {"ProbeRadiusCm": 0.0},
    "rfbm": {"LineDensity": 20.0},
    "rfbd": {"PositionX": np.arange(LINES) * 0.5 - 20},
}
DESCRIPTION = {"name": "s", "reference_level": 20.0, "sound_speed": 1540.0}
ROW = {"patient": "p"}

# Every field of each chunk in the order of the interface's own MATLAB functions: the tables of the
# reader, which skip most of them, are not used here.
ORDERS = {
    "avih": "I:dwMicroSecPerFrame I:dwMaxBytesPerSec I:dwReserved1 I:dwFlags I:dwTotalFrames "
    "I:dwInitialFrames I:dwStreams I:dwSuggestedBufferSize I:dwWidth I:dwHeight I:a I:b I:c I:d",
    "csh0": "I:HeaderVersion I:FrameClockAtStartStream I:RequestForDataTimestamp "
    "I:NumCustomStreamHeaders I:NumCustomFrameHeaders I:NumFramesInStream "
    "I:NumVectorsPerStreamFrame",
    "strf": "I:HeaderVersion f:SamplingRate I:BitCountPerSample I:SampleMask "
    "I:VectorHeaderLengthBytes I:Compression",
    "rfgi": "I:HeaderVersion i:RfAcqGain I:MinDataVectorRange I:NumFramesAcquired f:RfAxialMinCm "
    "f:RfAxialSpanCm B:a B:b B:c B:d B:e B:f",
    "rfam": "I:HeaderVersion i:ExamIndex 32s:ProbeName f:ProbeRadiusCm B:IsTrigger1On "
    "B:IsTrigger2On f:Trigger1DelaySec f:Trigger2DelaySec i:Trigger1WaveCount i:Trigger2WaveCount",
    "rfbm": "I:HeaderVersion i:NumFocalZones f:AcousticFrameRateHz i:NumParallelAcquisitions "
    "i:FovShape f:ApexLateralCm f:ApexVerticalCm f:DisplayedLateralMin f:DisplayedLateralSpan "
    "f:DisplayedAxialMinCm f:DisplayedAxialSpanCm f:SteeringAngleRad f:LineDensity "
    "i:PhaseInvertMode",
    "RFS": "I:HeaderVersion B:IsDynamicFocusEn f:RxFNum f:RxFocusRangeCm B:IsAperGrowthEn "
    "i:RxApodization f:TxFocusRangeCm f:TxFNum f:TxFrequencyMhz f:NumTxCycles i:TxWaveformStyle "
    "f:PrfHz i:TxApodization f:PulseAmplitude",
}
DISTINCT = {"H": 7, "I": 7, "i": -3, "f": 0.123, "B": 1, "32s": "18L6".encode("utf-16-le")}


def chunk(name, fields, order=None, tail=b""):
    """A chunk whose fields that are not given hold numbers that no other field should."""
    content = b""
    for entry in ORDERS[order or name].split():
        kind, field = entry.split(":")
        content += struct.pack("<" + kind, fields.get(field, DISTINCT[kind]))
    content += tail
    return name.encode() + struct.pack("<I", len(content)) + content


def line_chunk(fields, lines=LINES):
    """`rfbd`: its samples do not count the header of a line."""
    content = struct.pack("<III", 1, fields.get("NumSamplesPerVector", SAMPLES), lines)
    content += fields.get("Mode", "B" * lines).encode("utf-16-le")
    content += np.asarray(fields.get("Set", [0] * lines), "<u4").tobytes()
    for name in ("PositionX", "PositionZ", "ThetaRad"):
        content += np.asarray(fields.get(name, np.zeros(lines)), "<f4").tobytes()
    return b"rfbd" + struct.pack("<I", len(content)) + content


def rfd(samples, changes=None, without=()):
    """A file to the layout; `changes` of fields by chunk, chunks left out by name."""
    frames, _, lines = samples.shape
    fields = {
        "avih": {"dwTotalFrames": frames},
        "csh0": {"NumVectorsPerStreamFrame": lines},
        "strf": {"SamplingRate": 40e6, "BitCountPerSample": 16, "VectorHeaderLengthBytes": 64},
        "rfgi": {"RfAxialMinCm": 0.5, "RfAxialSpanCm": 6.0},
        "rfam": {},
        "rfbm": {
            "NumFocalZones": 1,
            "SteeringAngleRad": 0.0,
            "LineDensity": 0.0,
            "PhaseInvertMode": 0,
        },
        "rfbd": {},
        "RFS0": {"TxFrequencyMhz": 7272700.0},
        "RFS1": {"TxFrequencyMhz": 5e6},
    }
    for name, change in (changes or {}).items():
        fields[name] = fields[name] | change
    content = b"RIFF\0\0\0\0AVI LIST"
    for name in [name for name in fields if name not in without]:
        if name == "rfbd":
            content += line_chunk(fields[name], lines)
        elif name.startswith("RFS"):
            gain = np.asarray(fields[name].get("AnalogGain", np.zeros(512)), "<f4").tobytes()
            content += chunk(name, fields[name], "RFS", gain)
        else:
            content += chunk(name, fields[name])
    return content + movie(samples, len(content))


def movie(samples, position, name=b"00db"):
    """The chunk list `movi` of frames, each line after 64 bytes, and the index of the frames."""
    content, index = b"LIST\0\0\0\0movi", b""
    start = len(content) - 4
    for frame in samples:
        content += b"frh0" + struct.pack("<I", 14) + b"\1" * 14
        lines = b"".join(b"\x55" * 64 + line.astype("<i2").tobytes() for line in frame.T)
        index += name + struct.pack("<III", 16, len(content) - start, len(lines))
        content += name + struct.pack("<I", len(lines)) + lines
    return content + b"idx1" + struct.pack("<I", len(index)) + index


@pytest.fixture
def samples():
    """Distinct numbers, shape (frame, depth, line)."""
    rng = np.random.default_rng(5)
    count = FRAMES * SAMPLES * LINES
    return (rng.permutation(count) - count // 2).reshape(FRAMES, SAMPLES, LINES)


def write(tmp_path, content):
    path = tmp_path / "uri.rfd"
    path.write_bytes(content)
    return path


def test_frames_come_back_as_depth_by_line(tmp_path, samples):
    reader, recording = read_recording(write(tmp_path, rfd(samples, CONVEX)), FRAMES)
    assert reader == "siemens_rfd"
    assert recording.samples.dtype == np.int16
    np.testing.assert_array_equal(recording.samples, samples)


def test_geometry_of_a_convex_probe(tmp_path, samples):
    _, recording = read_recording(write(tmp_path, rfd(samples, CONVEX)), FRAMES)
    frame = recorded_frame(recording, 0, DESCRIPTION, ROW)
    np.testing.assert_allclose(frame["angle"], CONVEX["rfbd"]["ThetaRad"], rtol=1e-6)
    stated = ("probe_radius", "sampling_frequency", "center_frequency")
    assert [frame.attrs[name] for name in stated] == [0.05, 40e6, 7272700.0]
    depth = 0.005 + np.arange(SAMPLES) * 1540 / 80e6
    np.testing.assert_allclose(frame["depth"], depth, rtol=1e-6)


def test_geometry_of_a_linear_probe(tmp_path, samples):
    _, recording = read_recording(write(tmp_path, rfd(samples, LINEAR)), FRAMES)
    frame = recorded_frame(recording, 0, DESCRIPTION, ROW)
    half = (LINES - 1) * 0.0005 / 2
    np.testing.assert_allclose(frame["lateral"], np.linspace(-half, half, LINES), rtol=1e-4)


def test_frequency_is_that_of_the_set_of_the_lines(tmp_path, samples):
    content = rfd(samples, CONVEX | {"rfbd": CONVEX["rfbd"] | {"Set": [1] * LINES}})
    _, recording = read_recording(write(tmp_path, content), FRAMES)
    assert recording.facts["center_frequency"] == 5e6


def test_analogue_gain_is_noted(tmp_path, samples):
    content = rfd(samples, CONVEX | {"RFS0": {"AnalogGain": np.linspace(0, 1, 512)}})
    _, recording = read_recording(write(tmp_path, content), FRAMES)
    assert "rfsd.AnalogGain" in recording.notes[0]
    assert "gain_state" not in recording.facts


def test_header_that_says_little(tmp_path, samples):
    content = rfd(samples, without=("rfgi", "rfam", "rfbm", "RFS0", "RFS1"))
    _, recording = read_recording(write(tmp_path, content), FRAMES)
    assert recording.facts == {"sampling_frequency": 40e6}
    assert recording.lines is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rfbm": {"NumFocalZones": 2}}, "2 focal zones .* whose lines alternate"),
        ({"rfbd": {"Set": [0, 1] * 3}}, "lines of 2 transmit sets"),
        ({"rfbd": {"Mode": "BBBCCC"}}, "lines of mode C"),
        ({"rfbm": {"ApexVerticalCm": 9.0}}, "5 cm from the apex by rfam.ProbeRadiusCm and"),
        ({"strf": {"SamplingRate": float("nan")}}, "strf.SamplingRate of the header is nan"),
        ({"strf": {"VectorHeaderLengthBytes": 32}}, "32 bytes before each line"),
        ({"csh0": {"NumVectorsPerStreamFrame": 5}}, "rfbd.ThetaRad has 6 values and the samp"),
        ({"csh0": {"NumVectorsPerStreamFrame": 0}}, "expected room for 0 bytes"),
        ({"rfbd": {"NumSamplesPerVector": 0}}, r"shape \(3, 6, 0\)"),
        ({"avih": {"dwTotalFrames": 0}}, "0 frames"),
        ({"avih": {"dwTotalFrames": 2}}, r"no index \(idx1\) of 2 frames at the end"),
    ],
)
def test_odd_fields(tmp_path, samples, changes, message):
    merged = CONVEX | {name: CONVEX.get(name, {}) | change for name, change in changes.items()}
    with pytest.raises(InputError, match=f"uri\\.rfd: .*{message}"):
        read_recording(write(tmp_path, rfd(samples, merged)), FRAMES)


@pytest.mark.parametrize(
    "changes",
    [
        {"avih": {"dwTotalFrames": 0xFFFFFFFF}},
        {"csh0": {"NumVectorsPerStreamFrame": 0xFFFFFFFF}},
        {"rfbd": {"NumSamplesPerVector": 0xFFFFFFFF}},
    ],
)
def test_sizes_that_the_file_cannot_hold(tmp_path, samples, changes):
    with pytest.raises(InputError, match=r"4294967295 frames|expected room for|cannot hold"):
        read_recording(write(tmp_path, rfd(samples, changes)), FRAMES)


def test_more_lines_than_the_header_chunk_holds(tmp_path, samples):
    content = bytearray(rfd(samples))
    place = content.index(b"rfbd") + 16
    content[place : place + 4] = struct.pack("<I", 0xFFFFFFFF)
    with pytest.raises(InputError, match="chunk rfbd of its header cannot hold 4294967295 lines"):
        read_recording(write(tmp_path, bytes(content)), FRAMES)


def with_entry(content, number, field, value):
    """The file with one number of its index changed: 2 is a frame's offset, 3 its length."""
    content = bytearray(content)
    place = content.rindex(b"idx1") + 8 + 16 * number + 4 * field
    content[place : place + 4] = value if field == 0 else struct.pack("<I", value)
    return bytes(content)


@pytest.mark.parametrize(("number", "offset"), [(1, 30), (2, 30), (0, 1 << 31), (2, 1 << 31)])
def test_frames_that_overlap_or_lie_outside(tmp_path, samples, number, offset):
    content = with_entry(rfd(samples, CONVEX), number, 2, offset)
    with pytest.raises(
        InputError, match=r"frame \d begins at byte \d+ and has until byte \d+; exp"
    ):
        read_recording(write(tmp_path, content), FRAMES)


def test_offset_that_is_no_frame(tmp_path, samples):
    content = with_entry(rfd(samples, CONVEX), 0, 2, 10)
    with pytest.raises(InputError, match=r"found a chunk .* expected a frame '00db' of 1584"):
        read_recording(write(tmp_path, content), FRAMES)


@pytest.mark.parametrize("cut", [4, 300, 2000, -1, -40, -2000])
def test_truncated_file(tmp_path, samples, cut):
    content = rfd(samples, CONVEX)[:cut]
    with pytest.raises(InputError, match=r"uri\.rfd: .*cut short"):
        read_recording(write(tmp_path, content), FRAMES)


@pytest.mark.parametrize("content", [b"", b"hello" * 100, b"RIFF\0\0\0\0AVI " + b"\0" * 500])
def test_file_of_another_format(tmp_path, content):
    with pytest.raises(InputError, match=r"uri\.rfd: no RF file of the Siemens Ultrasound Rese"):
        read_recording(write(tmp_path, content), 1)


@pytest.mark.parametrize("name", ["strf", "csh0", "rfbd"])
def test_missing_chunk(tmp_path, samples, name):
    with pytest.raises(InputError, match=f"no chunk {name} in its header"):
        read_recording(write(tmp_path, rfd(samples, CONVEX, without=(name,))), FRAMES)


def test_names_of_chunks_within_the_samples_are_no_header(tmp_path, samples):
    samples[0, :2, 0] = np.frombuffer(b"rfam", "<i2")
    content = rfd(samples, without=("rfam",))
    _, recording = read_recording(write(tmp_path, content), FRAMES)
    assert "probe" not in recording.facts


def test_other_number_of_frames_than_declared(tmp_path, samples):
    with pytest.raises(InputError, match=r"uri\.rfd: the file holds 3 frames, .* says 1"):
        read_recording(write(tmp_path, rfd(samples, CONVEX)), 1)


def test_axes_are_fixed(tmp_path, samples):
    path = write(tmp_path, rfd(samples, CONVEX))
    with pytest.raises(InputError, match="axes is 'sample,line,frame'; expected frame,line,sample"):
        read_recording(path, FRAMES, layout=Layout(axes="sample,line,frame"))
