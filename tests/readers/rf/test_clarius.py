import io
import struct
import tarfile
import zlib

import numpy as np
import pytest
from PIL import Image

from reconattack.errors import InputError
from reconattack.frames.frame import frame_samples
from reconattack.frames.recording import recorded_frame
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.counted_samples import read_counted
from tests.places import DATA
from tests.real_frames import best_offset, speckle_of

PACKED = DATA / "clarius_rf.raw.lzo"  # by the program lzop
FRAMES, LINES, SAMPLES = 2, 8, 128
TIMES = (111, 222)
BEFORE_SKIN = 1.05e-6  # s
PROBE = {"version": 3, "elements": 192, "pitch": "300 um", "radius": "45 mm"}
DESCRIPTION = {"name": "c3", "reference_level": 20.0, "sound_speed": 1540.0}
ROW = {"patient": "p"}


@pytest.fixture
def samples():
    """Distinct numbers, shape (frame, depth, line), as in the file that lzop packed."""
    return np.arange(FRAMES * LINES * SAMPLES).reshape(FRAMES, LINES, SAMPLES).swapaxes(1, 2)


def raw(values, times=TIMES, **header):
    """A .raw as the maker documents it; IQ where the samples are complex."""
    parts = [values.real, values.imag] if np.iscomplexobj(values) else [values]
    stored = np.stack(parts, -1).swapaxes(1, 2).astype("<i2")
    frames, lines, depth, size = stored.shape
    fields = {"id": 2, "frames": frames, "lines": lines, "samples": depth, "bytes": 2 * size}
    content = struct.pack("<5I", *(fields | header).values())
    for time, frame in zip(times, stored, strict=False):
        content += struct.pack("<Q", time) + frame.tobytes()
    return content


def settings(
    kind="RF", probe=PROBE, elements=range(40, 40 + LINES), angles=None, tgc="", **changes
):
    """A .yml in the form of the public ones; a field whose change is None is left out."""
    angles = [0] * len(elements) if angles is None else angles
    fields = {
        "software version": "12.0.1-673",
        "iso time/date": "2023-05-20T10:11:12+0000",
        "frames": FRAMES,
        "frame rate": "11 Hz",
        "transmit frequency": "2.5 MHz",
        "imaging depth": "150 mm",
        "size": f"{{samples per line: {SAMPLES},number of lines: {len(elements)}, "
        f"sample size: {4 if kind == 'IQ' else 2} bytes}}",
        "type": kind,
        "compression": "none",
        "sampling rate": "15 MHz",
        "delay samples": 281,
        "probe": probe and "{" + ", ".join(f"{k}: {v}" for k, v in probe.items()) + "}",
    }
    fields |= {name.replace("_", " "): value for name, value in changes.items()}
    text = "# raw data parameters\n\n" + tgc
    text += "".join(f"{k}: {v}\n" for k, v in fields.items() if v is not None)
    text += "lines:\n" if len(elements) else ""
    for element, angle in zip(elements, angles, strict=True):
        text += f"  - {{rx element: {element}, tx element: 1.5, angle: {angle} °}}\n"
    return text


def write(folder, samples, name="scan_rf", text=None, content=None, **changes):
    path = folder / f"{name}.raw"
    path.write_bytes(raw(samples) if content is None else content)
    (folder / f"{name}.yml").write_text(settings(**changes) if text is None else text, "utf-8")
    return path


def pack(path, members):
    """A tar of name to content; content may be a prepared TarInfo."""
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            content = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def package(samples):
    """Members of a package as a scanner makes it in RF mode."""
    return [
        ("scan_env.raw", raw(samples)),
        ("scan_env.yml", settings("B pre-scan")),
        ("scan_rf.raw.lzo", PACKED.read_bytes()),
        ("scan_rf.yml", settings()),
    ]


def angles_of(elements):
    return (np.asarray(elements) - 95.5) * 0.3 / 45


def test_rf_comes_back_as_depth_by_line(tmp_path, samples):
    reader, recording = read_counted(write(tmp_path, samples), FRAMES)
    assert reader == "clarius"
    assert recording.samples.dtype == np.int16
    np.testing.assert_array_equal(recording.samples, samples)


def test_iq_becomes_complex(tmp_path, samples):
    iq = samples + 1j * (5000 + samples)
    path = write(tmp_path, iq, "scan_iq", kind="IQ")
    _, recording = read_counted(path, FRAMES)
    np.testing.assert_array_equal(recording.samples, iq)


def test_file_that_lzop_packed(tmp_path, samples):
    path = tmp_path / "scan_rf.raw.lzo"
    path.write_bytes(PACKED.read_bytes())
    (tmp_path / "scan_rf.yaml").write_text(settings(), "utf-8")
    reader, recording = read_counted(path, FRAMES)
    assert reader == "clarius"
    np.testing.assert_array_equal(recording.samples, samples)


def test_package_gives_its_rf_without_being_asked(tmp_path, samples, package):
    reader, recording = read_counted(pack(tmp_path / "scan.tar", package), FRAMES)
    assert reader == "clarius"
    np.testing.assert_array_equal(recording.samples, samples)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scan.tar"]


def test_hidden_members_and_folders_are_passed_over(tmp_path, samples, package):
    folder = tarfile.TarInfo("raw")
    folder.type = tarfile.DIRTYPE
    members = [("raw", folder), *((f"raw/{name}", content) for name, content in package)]
    members.append(("raw/._scan_rf.raw.lzo", b"finder"))
    _, recording = read_counted(pack(tmp_path / "scan.tar", members), FRAMES)
    np.testing.assert_array_equal(recording.samples, samples)


def test_one_of_several_recordings_is_named(tmp_path, samples, package):
    iq = samples + 1j
    package += [("scan_iq.raw", raw(iq)), ("scan_iq.yml", settings("IQ"))]
    path = pack(tmp_path / "scan.tar", package)
    with pytest.raises(
        InputError, match=r"2 recordings among scan_env\.raw, scan_rf\.raw\.lzo, scan_iq\.raw; exp"
    ):
        read_counted(path, FRAMES)
    for name in ("iq", "scan_iq", "scan_iq.raw"):
        _, recording = read_counted(path, FRAMES, layout=Layout(variable=name))
        np.testing.assert_array_equal(recording.samples, iq)
    with pytest.raises(InputError, match=r"0 recordings for 'bmode' \(column variable\) among"):
        read_counted(path, FRAMES, layout=Layout(variable="bmode"))


def test_name_of_a_single_recording_must_be_its_own(tmp_path, samples):
    path = write(tmp_path, samples)
    _, recording = read_counted(path, FRAMES, layout=Layout(variable="rf"))
    np.testing.assert_array_equal(recording.samples, samples)
    with pytest.raises(InputError, match=r"0 recordings for 'iq' \(column variable\) among scan"):
        read_counted(path, FRAMES, layout=Layout(variable="iq"))


@pytest.mark.parametrize("kind", ["B pre-scan", "envelope"])
def test_envelope_is_refused(tmp_path, samples, package, kind):
    package[1] = ("scan_env.yml", settings(kind))
    path = pack(tmp_path / "scan.tar", package)
    with pytest.raises(InputError, match=f"type '{kind}'; expected RF or IQ, since an envelope"):
        read_counted(path, FRAMES, layout=Layout(variable="env"))


def test_what_the_settings_state(tmp_path, samples):
    _, recording = read_counted(write(tmp_path, samples, vsound="1520 m/s"), FRAMES)
    assert recording.facts == {
        "sampling_frequency": 15e6,
        "center_frequency": 2.5e6,
        "sound_speed": 1520.0,
        "probe": "convex",
        "probe_radius": pytest.approx(0.045),
    }
    assert recording.start_time == pytest.approx(281 / 15e6 - BEFORE_SKIN)
    np.testing.assert_allclose(recording.lines, angles_of(range(40, 48)))
    assert recording.notes == ()


def test_start_depth_follows_from_the_delay(tmp_path, samples):
    _, recording = read_counted(write(tmp_path, samples), FRAMES)
    frame = recorded_frame(recording, 0, DESCRIPTION, ROW)
    depth = ((281 + np.arange(SAMPLES)) / 15e6 - BEFORE_SKIN) * 1540 / 2
    np.testing.assert_allclose(frame["depth"], depth)
    with pytest.raises(InputError, match=r"start_depth is 0\.0136162 m by the file, by the time"):
        recorded_frame(recording, 0, DESCRIPTION | {"start_depth": 0.03}, ROW)


@pytest.mark.parametrize("radius", [{}, {"radius": "0 mm"}, {"radius": 0}])
def test_lines_of_a_flat_probe(tmp_path, samples, radius):
    probe = {"elements": 192, "pitch": "200 microns"} | radius
    _, recording = read_counted(write(tmp_path, samples, probe=probe), FRAMES)
    assert recording.facts["probe"] == "linear"
    np.testing.assert_allclose(recording.lines, (np.arange(40, 48) - 95.5) * 0.0002)


def test_numbers_without_unit_are_micrometres_and_millimetres(tmp_path, samples):
    probe = PROBE | {"pitch": 300, "radius": 45}
    _, recording = read_counted(write(tmp_path, samples, probe=probe), FRAMES)
    assert recording.facts["probe_radius"] == pytest.approx(0.045)
    np.testing.assert_allclose(recording.lines, angles_of(range(40, 48)))


def test_lines_between_elements_and_angles_that_point_outward(tmp_path, samples):
    elements = 40 + 0.5 * np.arange(LINES)
    angles = np.degrees(angles_of(elements))
    path = write(tmp_path, samples, elements=elements, angles=angles)
    _, recording = read_counted(path, FRAMES)
    np.testing.assert_allclose(recording.lines, angles_of(elements))


@pytest.mark.parametrize("probe", [PROBE, None])
def test_steered_lines_are_refused(tmp_path, samples, probe):
    path = write(tmp_path, samples, probe=probe, angles=[-12] * LINES)
    with pytest.raises(InputError, match=r"lines steered by up to 12 degrees \(lines: angle\)"):
        read_counted(path, FRAMES)


def test_doppler_lines_are_refused(tmp_path, samples):
    path = write(tmp_path, samples, elements=[40, 40, 40, 40, 41, 41, 41, 41])
    with pytest.raises(InputError, match="do not rise from line to line, as in Doppler"):
        read_counted(path, FRAMES)


def test_what_is_missing_is_noted(tmp_path, samples):
    path = write(tmp_path, samples, probe=None, delay_samples=None)
    _, recording = read_counted(path, FRAMES)
    assert recording.lines is None and recording.start_time is None
    assert "probe" not in recording.facts
    assert [note.rpartition(" (")[2] for note in recording.notes] == [
        "probe: elements, pitch)",
        "delay samples)",
    ]


def test_settings_without_lines(tmp_path, samples):
    text = settings().partition("lines:\n")[0]
    _, recording = read_counted(write(tmp_path, samples, text=text), FRAMES)
    assert recording.lines is None
    assert recording.notes == ("its settings do not describe the lines",)


OLD_CURVE = "tgc: { 0.00mm, 20.00dB }{ 40.00mm, 40.00dB }\n"
NEW_CURVE = "tgc:\n  - { 0.00mm, 20.00dB }\n  - { 40.00mm, 40.00dB }\n"


@pytest.mark.parametrize("tgc", [OLD_CURVE, NEW_CURVE])
def test_rf_carries_the_gain_curve_of_its_settings(tmp_path, tgc):
    shape = (FRAMES, SAMPLES // 2, LINES)  # signs change from sample to sample: no drift
    samples = np.random.default_rng(3).integers(1, 2000, shape).repeat(2, axis=1)
    samples[:, ::2] *= -1
    _, recording = read_counted(write(tmp_path, samples, tgc=tgc), FRAMES)
    frame = recorded_frame(recording, 1, DESCRIPTION, ROW)
    assert frame.attrs["gain_state"] == "applied"
    np.testing.assert_allclose(frame["applied_gain"], 20 + 500 * frame["depth"])
    raw_frame = recorded_frame(recording, 1, DESCRIPTION | {"gain_state": "removed"}, ROW)
    expected = samples[1] / 10 ** ((20 + 500 * frame["depth"].values[:, np.newaxis]) / 20)
    np.testing.assert_allclose(raw_frame["rf"], expected, rtol=1e-5)


AUTOMATIC = {
    "old form": "# tgc curves per frame\n\nframes: 2\n\n"
    "timestamp: 111 { 10.00mm, 10.00dB }{ 30.00mm, 30.00dB }\n"
    "timestamp: 222 { 10.00mm, 15.50dB }{ 20.00mm, 35.00dB }\n",
    "new form": "frames: 2\ntimestamp: 111\n  - { 10.00mm, 10.00dB }\n  - { 30.00mm, 30.00dB }\n"
    "timestamp: 222\n  - { 10.00mm, 15.50dB }\n  - { 20.00mm, 35.00dB }\n",
}


@pytest.mark.parametrize("form", AUTOMATIC)
@pytest.mark.parametrize("name", ["scan_rf.tgc", "scan_rf.tgc.yml", "scan_env.tgc"])
def test_automatic_gain_of_each_frame(tmp_path, samples, form, name):
    path = write(tmp_path, samples, tgc=OLD_CURVE)
    (tmp_path / name).write_text(AUTOMATIC[form])
    _, recording = read_counted(path, FRAMES)
    first, second = (recorded_frame(recording, i, DESCRIPTION, ROW) for i in range(2))
    depth = first["depth"].values * 1e3
    np.testing.assert_allclose(first["applied_gain"], np.interp(depth, [10, 30], [10, 30]))
    np.testing.assert_allclose(second["applied_gain"], np.interp(depth, [10, 20], [15.5, 35]))


def test_automatic_gain_in_a_package(tmp_path, package):
    path = pack(tmp_path / "scan.tar", [*package, ("scan_env.tgc", AUTOMATIC["old form"])])
    _, recording = read_counted(path, FRAMES)
    np.testing.assert_allclose(recording.gain_curve[0], [0.01, 0.02, 0.03])
    np.testing.assert_allclose(recording.gain_curve[1], [[10, 20, 30], [15.5, 35, 35]])


def test_times_without_curves_leave_that_of_the_settings(tmp_path, samples):
    path = write(tmp_path, samples, tgc=OLD_CURVE)
    (tmp_path / "scan_rf.tgc").write_text("frames: 2\n\ntimestamp: 111 \ntimestamp: 222 \n")
    _, recording = read_counted(path, FRAMES)
    np.testing.assert_allclose(recording.gain_curve[1], [[20, 40], [20, 40]])


@pytest.mark.parametrize(
    ("changes", "automatic", "note"),
    [
        ({}, AUTOMATIC["old form"].replace("222", "223"), "is not told for every frame"),
        ({"software_version": "13.1.0"}, AUTOMATIC["old form"], "software version may be digital"),
    ],
)
def test_gain_that_is_not_sure_is_applied_but_untold(tmp_path, samples, changes, automatic, note):
    path = write(tmp_path, samples, tgc=OLD_CURVE, **changes)
    (tmp_path / "scan_rf.tgc").write_text(automatic)
    _, recording = read_counted(path, FRAMES)
    assert recording.facts["gain_state"] == "applied"
    assert recording.gain_curve is None
    assert note in recording.notes[0]


def test_gain_of_iq_is_applied_but_untold(tmp_path, samples):
    path = write(tmp_path, samples + 1j, kind="IQ", tgc=OLD_CURVE)
    _, recording = read_counted(path, FRAMES)
    assert recording.facts["gain_state"] == "applied"
    with pytest.raises(InputError, match="the file does not tell its time-gain curve"):
        recorded_frame(recording, 0, DESCRIPTION | {"gain_state": "removed"}, ROW)


def test_gain_curve_that_is_not_understood_is_noted(tmp_path, samples):
    _, recording = read_counted(write(tmp_path, samples, tgc="tgc: flat\n"), FRAMES)
    assert "gain_state" not in recording.facts
    assert recording.notes == ("its time gain (tgc) is not understood",)


@pytest.mark.parametrize("kind", ["RF", "IQ"])
def test_point_target_lands_where_the_geometry_says(tmp_path, kind):
    """A convex probe's region of interest, off its axis and beginning at a depth."""
    elements, line, sample = np.arange(20, 120), 23, 700
    time = (np.arange(1500) - sample) / 15e6
    pulse = 20000 * np.exp(-((time * 1.5e6) ** 2))
    values = np.zeros((1, 1500, len(elements)), complex if kind == "IQ" else float)
    values[0, :, line] = pulse if kind == "IQ" else pulse * np.cos(2 * np.pi * 2.5e6 * time)
    text = settings(kind, elements=elements, frames=1, delay_samples=400, size=None)
    path = write(tmp_path, values, text=text)
    _, recording = read_counted(path, 1)
    frame = recorded_frame(recording, 0, DESCRIPTION, ROW)
    assert np.iscomplexobj(frame_samples(frame)) == (kind == "IQ")
    reconstruction = Reconstruction(frame, 800)
    image = np.zeros(reconstruction.sector.shape)
    image[reconstruction.sector] = reconstruction.levels(0.0)
    row, column = np.unravel_index(image.argmax(), image.shape)
    depth = ((400 + sample) / 15e6 - BEFORE_SKIN) * 1540 / 2
    radius, angle = 0.045 + depth, (43 - 95.5) * 0.3 / 45
    pixel = reconstruction.z[1] - reconstruction.z[0]
    z, x = radius * np.cos(angle) - 0.045, radius * np.sin(angle)
    assert reconstruction.z[row] == pytest.approx(z, abs=2 * pixel)
    assert reconstruction.x[column] == pytest.approx(x, abs=2 * pixel)


def test_other_number_of_frames_than_declared(tmp_path, samples):
    with pytest.raises(InputError, match=r"scan_rf\.raw: the file holds 2 frames, .* says 3"):
        read_counted(write(tmp_path, samples), 3)


@pytest.mark.parametrize("cut", [0, 19, 20, 1000, -1])
def test_truncated_file(tmp_path, samples, cut):
    path = write(tmp_path, samples, content=raw(samples)[:cut])
    with pytest.raises(InputError, match=r"scan_rf\.raw: truncated: \d+ bytes; expected"):
        read_counted(path, FRAMES)


def test_file_with_more_than_its_header_declares(tmp_path, samples):
    path = write(tmp_path, samples, content=raw(samples) + b"\0\0")
    with pytest.raises(InputError, match="2 frames of 8 lines of 128 samples, 4132 bytes, but mo"):
        read_counted(path, FRAMES)


def test_file_of_another_format(tmp_path, samples):
    path = write(tmp_path, samples, content=b"\x89PNG\r\n\x1a\n" * 20)
    with pytest.raises(InputError, match=r"frames by the header of the \.raw and 2 by"):
        read_counted(path, FRAMES)


def test_raw_without_settings_is_no_clarius_file(tmp_path, samples):
    path = write(tmp_path, samples)
    (tmp_path / "scan_rf.yml").unlink()
    with pytest.raises(InputError, match="no reader of frames takes this file"):
        read_counted(path, FRAMES)
    with pytest.raises(InputError, match=r"its settings, scan_rf\.yml or scan_rf\.yaml, are miss"):
        read_counted(path, FRAMES, reader="clarius")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"frames": 0xFFFFFFFF}, "4294967295 frames by the header of the .raw and 2 by its set"),
        ({"lines": 9}, "9 lines by the header of the .raw and 8 by its settings"),
        ({"samples": 127}, "127 samples in a line by the header"),
        ({"bytes": 1}, "1 bytes in a sample by the header of the .raw and 2 by its settings"),
    ],
)
def test_header_that_disagrees_with_the_settings(tmp_path, samples, header, message):
    path = write(tmp_path, samples, content=raw(samples, **header))
    with pytest.raises(InputError, match=message):
        read_counted(path, FRAMES)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"frames": 0xFFFFFFFF, "lines": 0xFFFFFFFF}, "truncated: 4132 bytes; expected"),
        ({"frames": 0}, "declares 0 frames of 8 lines of 128 samples; expected at least one"),
        ({"bytes": 4}, "4 bytes in a sample; expected 2 for RF"),
    ],
)
def test_sizes_that_the_file_cannot_hold(tmp_path, samples, header, message):
    text = settings(frames=None, size=None)
    path = write(tmp_path, samples, text=text, content=raw(samples, **header))
    with pytest.raises(InputError, match=message):
        read_counted(path, FRAMES)


def test_lines_that_the_settings_do_not_all_describe(tmp_path, samples):
    path = write(tmp_path, samples, elements=range(2), size=None)
    with pytest.raises(InputError, match="8 lines, of which its settings describe 2"):
        read_counted(path, FRAMES)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampling_rate": ".nan"}, r"say sampling rate nan; expected a number in Hz or kHz"),
        ({"sampling_rate": "15"}, r"say sampling rate 15; expected a number in Hz or kHz"),
        ({"sampling_rate": "15 mHz"}, r"say sampling rate '15 mHz'; expected"),
        ({"transmit_frequency": "1e999 MHz"}, r"say transmit frequency '1e999 MHz'"),
        ({"delay_samples": "[1, 2]"}, r"say delay samples a list; expected a number in bytes"),
        ({"frames": "true"}, r"say frames True; expected"),
        ({"type": None}, r"say type None; expected RF or IQ"),
        ({"type": "[RF]"}, r"say type a list; expected RF or IQ"),
        ({"compression": "jpeg"}, r"say compression 'jpeg'; expected none"),
    ],
)
def test_odd_fields(tmp_path, samples, changes, message):
    with pytest.raises(InputError, match=f"its settings {message}"):
        read_counted(write(tmp_path, samples, **changes), FRAMES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "are missing or empty"),
        ("a: [1", "its settings are no YAML"),
        ("- 1\n- 2\n", "its settings are a list; expected fields"),
        ("a: " + "[" * 600, "its settings are no YAML"),
        ("a: !!python/object/apply:os.system ['true']", "no YAML: could not determine a constru"),
        ("type: &a [*a, *a]", "say type a list; expected RF or IQ"),
        ("# " + "x" * (1 << 18), r"scan_rf\.yml is longer than 262144 bytes"),
    ],
)
def test_bad_settings(tmp_path, samples, text, message):
    with pytest.raises(InputError, match=message):
        read_counted(write(tmp_path, samples, text=text), FRAMES)


def test_line_without_its_element(tmp_path, samples):
    text = settings().replace("rx element: 42", "rx: 42")
    with pytest.raises(InputError, match="line 2 has no 'rx element' by its settings"):
        read_counted(write(tmp_path, samples, text=text), FRAMES)


def test_axes_are_fixed(tmp_path, samples):
    path = write(tmp_path, samples)
    read_counted(path, FRAMES, layout=Layout(axes="frame, line, sample"))
    with pytest.raises(InputError, match="axes is 'sample,line,frame'; expected frame,line,sample"):
        read_counted(path, FRAMES, layout=Layout(axes="sample,line,frame"))


def special(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return name, member


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (("../scan_rf.yml", "x"), r"'\.\./scan_rf\.yml' leads out of the archive"),
        (("raw/../../x", "x"), r"'raw/\.\./\.\./x' leads out of the archive"),
        (("..\\x", "x"), r"leads out of the archive"),
        (("/etc/x", "x"), r"'/etc/x' leads out of the archive"),
        (special("link.yml", tarfile.SYMTYPE, "/etc/passwd"), r"'link\.yml' is no plain file"),
        (special("link.yml", tarfile.LNKTYPE, "scan_rf.yml"), r"'link\.yml' is no plain file"),
        (special("device", tarfile.CHRTYPE), r"'device' is no plain file or folder"),
        (special("pipe", tarfile.FIFOTYPE), r"'pipe' is no plain file or folder"),
        (("scan_rf.yml", "type: RF"), r"'scan_rf\.yml' is there twice"),
    ],
)
def test_hostile_member_refuses_the_whole_package(tmp_path, package, member, message):
    path = pack(tmp_path / "scan.tar", [*package, member])
    with pytest.raises(InputError, match=rf"scan\.tar: member {message}|member .*{message}"):
        read_counted(path, FRAMES)


def test_package_with_countless_members(tmp_path, package):
    path = pack(tmp_path / "scan.tar", package + [(f"{i}.txt", "") for i in range(1000)])
    with pytest.raises(InputError, match=r"'996\.txt' comes after 1000 others"):
        read_counted(path, FRAMES)


def test_sparse_member_is_refused(tmp_path, package):
    path = pack(tmp_path / "scan.tar", package)
    extended = tarfile.TarInfo("scan_x.raw")
    extended.pax_headers = {"GNU.sparse.size": str(1 << 40), "GNU.sparse.map": f"{1 << 40},0"}
    with tarfile.open(path, "a", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(extended)
    with pytest.raises(InputError, match=r"'scan_x\.raw' is no plain file or folder"):
        read_counted(path, FRAMES)


@pytest.mark.parametrize("cut", [100, 600, 3000, 5000, 10000])
def test_truncated_package(tmp_path, package, cut):
    path = pack(tmp_path / "scan.tar", package)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match=r"scan\.tar: "):
        read_counted(path, FRAMES)


@pytest.mark.parametrize("content", [b"", b"hello" * 300, b"\x1f\x8b\x08" + b"\0" * 600])
def test_file_that_is_no_package(tmp_path, content):
    path = tmp_path / "scan.tar"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"scan\.tar: no tar archive, or a damaged one"):
        read_counted(path, FRAMES)


def test_package_without_recordings(tmp_path):
    path = pack(tmp_path / "scan.tar", [("a.txt", "x"), ("b.txt", "x")])
    with pytest.raises(InputError, match=r"0 recordings among members without \.raw; expected one"):
        read_counted(path, FRAMES)


def stored_blocks(content):
    """An lzop container whose blocks are stored as they are."""
    header = struct.pack(">HHHBBIIIIB", 0x1040, 0x20A0, 0x0940, 1, 5, 0, 0, 0, 0, 0)
    out = b"\x89LZO\0\r\n\x1a\n" + header + struct.pack(">I", zlib.adler32(header))
    for start in range(0, len(content), 1 << 18):
        block = content[start : start + (1 << 18)]
        out += struct.pack(">II", len(block), len(block)) + block
    return out + struct.pack(">I", 0)


def test_bomb_is_stopped_at_the_size_that_its_header_declares(tmp_path, samples):
    """The second block cannot be read: an error that names it would show that it was tried."""
    bomb = stored_blocks(raw(samples) + b"\0" * (1 << 20))[: 60 + (1 << 18)] + b"\xff" * 100
    members = [("scan_rf.raw.lzo", bomb), ("scan_rf.yml", settings())]
    with pytest.raises(InputError, match="2 frames of 8 lines of 128 samples, 4132 bytes, but mo"):
        read_counted(pack(tmp_path / "scan.tar", members), FRAMES)


def test_truncated_and_damaged_lzo_in_a_package(tmp_path, package):
    content = bytearray(PACKED.read_bytes())
    package[2] = ("scan_rf.raw.lzo", bytes(content[:-200]))
    with pytest.raises(InputError, match=r"scan\.tar: truncated: the lzop container ends within"):
        read_counted(pack(tmp_path / "scan.tar", package), FRAMES)
    content[70] ^= 0xFF  # within the checksum of the first block
    package[2] = ("scan_rf.raw.lzo", bytes(content))
    with pytest.raises(InputError, match=r"scan\.tar: damaged: a block"):
        read_counted(pack(tmp_path / "scan.tar", package), FRAMES)


# Real files of a linear probe


def as_iq(folder, clarius):
    """The real envelope as an IQ recording, with the real settings of its lines and times."""
    content = (clarius / "carotid_env.raw").read_bytes()
    _, frames, lines, depth, _ = struct.unpack_from("<5I", content)
    level = np.frombuffer(content, np.uint8, offset=28).reshape(frames, lines, depth)
    amplitude = 10 ** (1 + level.swapaxes(1, 2) / 85)  # 60 dB
    text = (clarius / "carotid_env.yml").read_text("utf-8")
    text = text.replace("type: B pre-scan", "type: IQ").replace("size: 1 bytes", "size: 4 bytes")
    return write(folder, amplitude + 0j, "scan_iq", text, raw(amplitude + 0j, (1,)))


def test_depths_are_those_of_the_makers_picture(tmp_path, real_data):
    """30 mm are 426 rows of the picture, from row 187 on, and its pixels are square."""
    _, recording = read_recording(as_iq(tmp_path, real_data / "clarius"), 1)
    stated = {"sound_speed": 1540.0, "probe": "linear", "lateral_span": 0.0383}
    frame = recorded_frame(recording, 0, {"name": "c", "reference_level": 0.0} | stated, ROW)
    setting = {"beta": 0.0, "alpha_lower": 20.0, "alpha_upper": 80.0}
    picture = reconstruct(frame, setting, rows=1000)["bmode"].astype(float)
    with Image.open(real_data / "clarius" / "carotid.jpeg") as image:
        given = speckle_of(image.convert("L"))
    size = 0.030 / 426
    z, x = size * (np.arange(800) - 186.5), size * (np.arange(544) - 271.5)
    drawn = speckle_of(picture.interp(z=z, x=x).fillna(0))
    for rows in (slice(192, 237), slice(520, 565), slice(560, 605)):  # beside the Doppler box
        for columns in (slice(60, 120), slice(250, 310), slice(430, 490)):
            block = drawn[rows, columns]
            correlation, down, _ = best_offset(block, given, rows, columns, most=(16, 2))
            assert correlation > 0.8 and abs(down) <= 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("carotid_env.raw", "its settings say type 'B pre-scan'; expected RF or IQ"),
        ("carotid_iq.raw", "do not rise from line to line, as in Doppler"),
    ],
)
def test_real_files_that_are_no_b_mode_lines(real_data, name, message):
    with pytest.raises(InputError, match=message):
        read_recording(real_data / "clarius" / name, 1)


def test_real_settings_of_rf_begin_at_the_skin(tmp_path, real_data):
    text = (real_data / "clarius" / "phantom_rf.yml").read_text("utf-8")
    samples = np.random.default_rng(4).integers(-99, 100, (13, 3120, 192))
    path = write(tmp_path, samples, text=text, content=raw(samples, range(13)))
    _, recording = read_recording(path, 13)
    np.testing.assert_array_equal(recording.samples, samples)
    assert recording.facts["sampling_frequency"] == 60e6
    assert recording.facts["center_frequency"] == 10e6
    assert abs(recording.start_time) < 1 / 60e6
