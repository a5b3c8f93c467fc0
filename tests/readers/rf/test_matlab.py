import os
import struct
import zlib

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from reconattack.errors import InputError
from reconattack.readers.containers import matlab_files
from reconattack.readers.containers.matlab_files import list_variables, load_variable
from reconattack.readers.formats import read_recording
from reconattack.readers.layout import Layout
from tests.counted_samples import read_counted
from tests.places import DATA

FULL_FILES = ["octave_v6.mat", "octave_v7.mat", "matlab_v73.mat"]  # by Octave and by hdf5storage
RF = np.arange(1, 481).reshape(6, 80).T
COUNTS = np.arange(-240, 240).reshape(6, 80).T
VALUES = {
    "rf": RF,
    "counts": COUNTS,
    "volume": np.arange(1, 721).reshape(3, 3, 80).T,
    "iq": RF + 1j * (481 - RF),
    "fs": 40e6,
    "nothing": np.zeros((0, 0)),
    "flags": np.eye(2),
    "mixed[0]": 1,
    "mixed[2]": [[1, 2, 3]],
    "data[0].id": 7,
    "data[1].class": 1,
    "data[0].rf1": COUNTS,
    "data[1].rf1": -COUNTS,
    "header.x": RF,
    "header.a.b": 5,
    "header[0].a[0].b": 5,
    "two_by_two[0].x": 1,
    "two_by_two[1].x": 2,
    "two_by_two[2].x": 3,
    "two_by_two[3].x": 4,
}


@pytest.mark.parametrize("file", FULL_FILES)
@pytest.mark.parametrize("variable", VALUES)
def test_every_version_gives_the_same_values(file, variable):
    value = load_variable(DATA / file, variable)
    assert value.shape == np.shape(VALUES[variable])
    np.testing.assert_array_equal(value, VALUES[variable])


@pytest.mark.parametrize("file", FULL_FILES)
@pytest.mark.parametrize(
    ("variable", "text"), [("name", "abc"), ("mixed[1]", "two"), ("data[1].name", "second")]
)
def test_text_comes_as_string(file, variable, text):
    value = load_variable(DATA / file, variable)
    assert type(value) is str
    assert value == text


@pytest.mark.parametrize("variable", ["rf", "iq", "fs"])
def test_version_4_file(variable):
    np.testing.assert_array_equal(load_variable(DATA / "octave_v4.mat", variable), VALUES[variable])


@pytest.mark.parametrize("file", FULL_FILES)
def test_two_axes_are_sample_and_line(file):
    name, recording = read_counted(DATA / file, 1, layout=Layout(variable="rf"))
    assert name == "matlab"
    np.testing.assert_array_equal(recording.samples, [RF])
    assert recording.facts == {}


@pytest.mark.parametrize("file", FULL_FILES)
def test_three_axes_are_several_frames(file):
    layout = Layout(variable="volume", axes="sample,line,frame")
    _, recording = read_counted(DATA / file, 3, layout=layout)
    np.testing.assert_array_equal(recording.samples, np.moveaxis(VALUES["volume"], 2, 0))


def test_three_axes_need_their_order():
    with pytest.raises(InputError, match=r"v7\.mat: .*\(80, 3, 3\); expected the order of these"):
        read_recording(DATA / "octave_v7.mat", 3, layout=Layout(variable="volume"))


@pytest.mark.parametrize("file", FULL_FILES)
def test_complex_samples_stay_complex(file):
    _, recording = read_recording(DATA / file, 1, layout=Layout(variable="iq"))
    np.testing.assert_array_equal(recording.samples, [VALUES["iq"]])


@pytest.mark.parametrize("suffix", ["mat", "MAT"])
def test_only_array_of_a_file_needs_no_name(tmp_path, suffix):
    path = tmp_path / f"rf.{suffix}"
    scipy.io.savemat(path, {"fs": 40e6, "angles": np.arange(6.0), "signal": COUNTS, "name": "abc"})
    _, recording = read_recording(path, 1)
    np.testing.assert_array_equal(recording.samples, [COUNTS])


@pytest.mark.parametrize("file", FULL_FILES)
def test_several_arrays_are_listed(file):
    message = r"expected its name in the column variable; the file holds .*iq \(80 x 6 double\)"
    with pytest.raises(InputError, match=message):
        read_recording(DATA / file, 1)


@pytest.mark.parametrize("file", FULL_FILES)
@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("nix", r"no variable nix; expected one that the file holds: .*rf \(80 x 6 double\)"),
        ("data", r"data is a 1 x 2 struct with the fields .*; expected numbers"),
        ("data[1]", r"data\[1\] is a struct; expected one of its fields .*rf1"),
        ("data[2].rf1", r"no data\[2\]: data is a 1 x 2 struct"),
        ("data[1].rf3", r"no data\[1\]\.rf3: data\[1\] is a 1 x 2 struct with the fields .*rf1"),
        ("data.rf1", r"no data\.rf1: .* say of which element, such as data\[0\]\.rf1"),
        ("data[1][0].rf1", r"no data\[1\]\[0\]"),
        ("mixed", r"mixed is a 1 x 3 cell; expected numbers"),
        ("rf[0]", r"no rf\[0\]: rf is a 80 x 6"),
        ("rf.x", r"no rf\.x: rf is a 80 x 6"),
        ("name", r"name is abc; expected an array of samples"),
        ("fs", r"fs is 40000000\.0; expected an array of samples"),
        ("nothing", r"the samples have the shape \(0, 0\); expected no axis of length 0"),
        ("data[-1].rf1", r"variable is 'data\[-1\]\.rf1'; expected a name such as"),
        ("#refs#", r"variable is '#refs#'; expected a name"),
    ],
)
def test_variable_that_is_no_array_of_numbers(file, variable, message):
    with pytest.raises(InputError, match=rf"{file}: {message}"):
        read_recording(DATA / file, 1, layout=Layout(variable=variable))


def test_sparse_matrix_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"thin is a 2 x 2 .*; expected numbers"):
        load_variable(DATA / "octave_v7.mat", "thin")
    with h5py.File(tmp_path / "rf.mat", "w") as file:
        file.create_group("thin").attrs["MATLAB_sparse"] = np.uint64(2)
    with pytest.raises(InputError, match="thin is a 1 x 1 sparse matrix; expected numbers"):
        load_variable(tmp_path / "rf.mat", "thin")


@pytest.mark.parametrize("matlab_class", ["function_handle", "table", "string"])
def test_objects_of_version_73_are_refused(tmp_path, matlab_class):
    with h5py.File(tmp_path / "rf.mat", "w") as file:
        file["thing"] = np.zeros((1, 6), np.uint32)
        file["thing"].attrs["MATLAB_class"] = np.bytes_(matlab_class)
        file["thing"].attrs["MATLAB_object_decode"] = 3
    with pytest.raises(InputError, match=f"thing is a 6 x 1 {matlab_class}; expected numbers"):
        load_variable(tmp_path / "rf.mat", "thing")


def test_objects_of_version_73_beside_the_samples_do_no_harm(tmp_path):
    with h5py.File(tmp_path / "rf.mat", "w") as file:
        for name, matlab_class in {"when": "datetime", "notes": "string", "rows": "table"}.items():
            file[name] = np.zeros((1, 6), np.uint32)
            file[name].attrs["MATLAB_class"] = np.bytes_(matlab_class)
            file[name].attrs["MATLAB_object_decode"] = 3
        handle = file.create_group("apodization")
        handle.attrs["MATLAB_class"] = np.bytes_("function_handle")
        handle.attrs["MATLAB_object_decode"] = 1
        handle["function_handle"] = np.zeros((1, 3), np.uint16)
        file.create_group("#subsystem#")["MCOS"] = np.zeros(3)
        file["rf"] = COUNTS.T
        file["rf"].attrs["MATLAB_class"] = np.bytes_("double")
    np.testing.assert_array_equal(read_recording(tmp_path / "rf.mat", 1)[1].samples, [COUNTS])


def test_hdf5_that_matlab_did_not_write(tmp_path):
    with h5py.File(tmp_path / "rf.mat", "w") as file:
        file["group/rf"] = RF
        file["rf"] = RF
    for variable in ("rf", "group"):
        with pytest.raises(InputError, match=f"{variable} is a .* that MATLAB did not write"):
            load_variable(tmp_path / "rf.mat", variable)


def test_hdf5_format_of_octave():
    with pytest.raises(InputError, match=r"Octave's own HDF5 format; save the file with -v7"):
        read_recording(DATA / "octave.hdf5.mat", 1)


@pytest.mark.parametrize("file", [*FULL_FILES, "octave_v4.mat"])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.99])
def test_truncated_file(tmp_path, file, part):
    content = (DATA / file).read_bytes()
    path = tmp_path / "rf.mat"
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(InputError, match=r"rf\.mat: .*(cut short|truncated|no variable)"):
        read_recording(path, 1, layout=Layout(variable="header.x" if "v4" not in file else "name"))


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" * 40, b"\0" * 200])
def test_file_that_is_no_matlab_file(tmp_path, content):
    path = tmp_path / "rf.mat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"rf\.mat: "):
        read_recording(path, 1, layout=Layout(variable="rf"))


def test_damaged_compressed_variable(tmp_path):
    content = bytearray((DATA / "octave_v7.mat").read_bytes())
    content[400:440] = b"\xff" * 40
    (tmp_path / "rf.mat").write_bytes(content)
    with pytest.raises(
        InputError, match=r"rf\.mat: the variables of this MATLAB file of 7102 bytes"
    ):
        read_recording(tmp_path / "rf.mat", 1, layout=Layout(variable="rf"))


def test_version_5_variable_that_claims_more_than_the_file_holds(tmp_path):
    path = tmp_path / "rf.mat"
    scipy.io.savemat(path, {"rf": RF.astype(float)}, do_compression=False)
    content = bytearray(path.read_bytes())
    content[132:136] = struct.pack("<I", 4_000_000_000)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"truncated: 4024 bytes; .* at least 4000000136"):
        read_recording(path, 1)


def test_compressed_variable_that_claims_more_than_it_holds(tmp_path):
    path = tmp_path / "rf.mat"
    scipy.io.savemat(path, {"rf": RF.astype(float)}, do_compression=False)
    content = bytearray(path.read_bytes())
    name_end = content.index(b"rf\0\0") + 4
    content[name_end + 4 : name_end + 8] = struct.pack("<I", 4_000_000_000)
    packed = zlib.compress(bytes(content[128:]))
    path.write_bytes(content[:128] + struct.pack("<II", 15, len(packed)) + packed)
    with pytest.raises(
        InputError, match=r"rf\.mat: damaged: variable 'rf', or a part of it, has other"
    ):
        read_recording(path, 1)


def test_element_types_that_crash_scipy_are_refused(tmp_path):
    path = tmp_path / "rf.mat"
    scipy.io.savemat(path, {"rf": RF.astype(float)}, do_compression=False)
    content = bytearray(path.read_bytes())
    kind = content.index(b"rf\0\0") + 4
    for wrong in (0, 8, 14, 200):
        content[kind] = wrong
        path.write_bytes(content)
        os.utime(path, ns=(0, wrong))
        with pytest.raises(InputError, match=r"rf\.mat: damaged: .* \(class 6, depth 0\)"):
            read_recording(path, 1)


def test_deeply_nested_variable_is_refused(tmp_path):
    path = tmp_path / "rf.mat"
    nested = RF
    for _ in range(40):
        nested = {"x": nested}
    scipy.io.savemat(path, {"s": nested})
    with pytest.raises(InputError, match=r"rf\.mat: damaged: .* depth 30"):
        read_recording(path, 1, layout=Layout(variable="s" + ".x" * 40))


@pytest.mark.parametrize("filters", [{}, {"compression": "gzip"}])
def test_version_73_variable_that_claims_more_than_the_file_holds(tmp_path, filters):
    path = tmp_path / "rf.mat"
    with h5py.File(path, "w") as file:
        rf = file.create_dataset("rf", (100_000, 100_000), "f8", chunks=(1000, 1000), **filters)
        rf.attrs["MATLAB_class"] = np.bytes_("double")
    with pytest.raises(InputError, match="/rf declares 80000000000 bytes in a file of "):
        read_recording(path, 1)


def test_version_73_variable_that_lies_about_being_empty(tmp_path):
    path = tmp_path / "rf.mat"
    with h5py.File(path, "w") as file:
        file["rf"] = np.array([100_000, 100_000], np.uint64)
        file["rf"].attrs.update({"MATLAB_class": np.bytes_("double"), "MATLAB_empty": 1})
    with pytest.raises(InputError, match="/rf claims to be empty and a 100000 x 100000 double"):
        read_recording(path, 1)


def test_data_in_another_file_is_not_read(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["rf"] = RF
    with h5py.File(tmp_path / "rf.mat", "w") as file:
        file["rf"] = h5py.ExternalLink("other.h5", "rf")
    with pytest.raises(InputError, match="rf is a link; expected the data itself"):
        read_recording(tmp_path / "rf.mat", 1)
    layout = h5py.VirtualLayout(RF.shape, RF.dtype)
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "rf", RF.shape)
    with h5py.File(tmp_path / "virtual.mat", "w") as file:
        file.create_virtual_dataset("rf", layout).attrs["MATLAB_class"] = np.bytes_("double")
    with pytest.raises(InputError, match="/rf stands in other files"):
        read_recording(tmp_path / "virtual.mat", 1)


def test_more_lines_than_samples_need_the_axes(tmp_path):
    path = tmp_path / "rf.mat"
    scipy.io.savemat(path, {"rf": COUNTS.T})
    with pytest.raises(InputError, match=r"rf\.mat: 6 samples and 80 lines: .* as if transposed"):
        read_recording(path, 1)
    _, recording = read_recording(path, 1, layout=Layout(axes="line,sample"))
    np.testing.assert_array_equal(recording.samples, [COUNTS])


def test_big_endian_file(tmp_path):
    path = tmp_path / "rf.mat"
    path.write_bytes(big_endian_mat(COUNTS.astype(np.int16)))
    _, recording = read_recording(path, 1)
    np.testing.assert_array_equal(recording.samples, [COUNTS])


def element(kind, data, order="<"):
    """An element of a version 5 file by MATLAB's published layout; short data lie in its tag."""
    if order == "<" and 0 < len(data) <= 4:
        return struct.pack("<HH", kind, len(data)) + data.ljust(4, b"\0")
    return struct.pack(f"{order}II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(matlab_class, *parts, order="<"):
    flags = element(6, struct.pack(f"{order}II", matlab_class, 0), order)
    return element(14, flags + b"".join(parts), order)


def numbers(name, values, matlab_class, kind, order="<"):
    shape = struct.pack(f"{order}{values.ndim}i", *values.shape)
    data = values.astype(values.dtype.newbyteorder(order)).tobytes(order="F")
    parts = element(5, shape, order), element(1, name, order), element(kind, data, order)
    return matrix(matlab_class, *parts, order=order)


def big_endian_mat(values):
    variable = numbers(b"rf", values, 10, 3, ">")
    return b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(">H", 0x0100) + b"MI" + variable


def file_of(*variables, packed=False):
    """A little-endian version 5 file."""
    if packed:
        variables = [zlib.compress(variable) for variable in variables]
        variables = [struct.pack("<II", 15, len(content)) + content for content in variables]
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    return header + b"".join(variables)


def matlab_object(name, of):
    """A datetime, string, table ...: their contents lie in the workspace at the file's end."""
    place = numbers(b"", np.array([[0xDD000000], [2], [1], [1], [1], [1]], np.uint32), 13, 6)
    return matrix(17, element(1, name), element(1, b"MCOS"), element(1, of), place)


WORKSPACE = numbers(b"", np.zeros((1, 48), np.uint8), 9, 2)
HANDLE = matrix(
    16,
    element(5, struct.pack("<2i", 1, 1)),
    element(1, b"apodization"),
    numbers(b"", np.zeros((1, 3), np.uint8), 9, 2),
)
SAMPLES = numbers(b"rf", COUNTS.astype(np.int16), 10, 3)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("first", [True, False])
def test_objects_beside_the_samples_do_no_harm(tmp_path, packed, first):
    others = (matlab_object(b"when", b"datetime"), matlab_object(b"notes", b"string"), HANDLE)
    variables = (SAMPLES, *others) if first else (*others, SAMPLES)
    path = tmp_path / "rf.mat"
    path.write_bytes(file_of(*variables, WORKSPACE, packed=packed))
    _, recording = read_recording(path, 1)
    np.testing.assert_array_equal(recording.samples, [COUNTS])
    assert set(list_variables(path)) == {"rf", "when", "notes", "apodization"}
    with pytest.raises(
        InputError, match=r"rf\.mat: when is a datetime of MATLAB; expected numbers"
    ):
        read_recording(path, 1, layout=Layout(variable="when"))


def test_object_in_a_struct_beside_the_samples_does_no_harm(tmp_path):
    fields = (
        element(5, struct.pack("<i", 8)),
        element(1, b"rf".ljust(8, b"\0") + b"when".ljust(8, b"\0")),
    )
    header = element(5, struct.pack("<2i", 1, 1)), element(1, b"scan")
    values = numbers(b"", COUNTS.astype(np.int16), 10, 3), matlab_object(b"", b"datetime")
    path = tmp_path / "rf.mat"
    path.write_bytes(file_of(matrix(2, *header, *fields, *values), WORKSPACE))
    _, recording = read_recording(path, 1, layout=Layout(variable="scan.rf"))
    np.testing.assert_array_equal(recording.samples, [COUNTS])
    with pytest.raises(InputError, match=r"scan\.when is a .*datetime; expected numbers"):
        read_recording(path, 1, layout=Layout(variable="scan.when"))


def test_variable_that_stands_twice_is_refused(tmp_path):
    (tmp_path / "rf.mat").write_bytes(file_of(SAMPLES, SAMPLES))
    with pytest.raises(InputError, match=r"the file holds rf twice; expected it once"):
        read_recording(tmp_path / "rf.mat", 1)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("rf", RF), ("fs", 40e6), ("row", np.arange(7)), ("header.x", RF), ("header.y", 40e6)),
        *(("header[0].y", 40e6), ("cells[0]", 40e6)),
    ],
)
def test_file_of_libmatio(variable, value):
    found = load_variable(DATA / "libmatio.mat", variable)
    assert found.shape == np.shape(value)
    np.testing.assert_array_equal(found, value)
    assert load_variable(DATA / "libmatio.mat", "name") == "abcdefg"


def test_version_73_file_with_lengths_of_one_axis(tmp_path):
    """As libmatio writes text, scalars and rows."""
    with h5py.File(tmp_path / "rf.mat", "w") as file:
        for name, values, matlab_class in (
            ("name", np.frombuffer(b"abc", np.uint8).astype(np.uint16), "char"),
            ("fs", np.array([40e6]), "double"),
            ("row", np.arange(7.0), "double"),
            ("rf", COUNTS.T, "double"),
        ):
            file[name] = values
            file[name].attrs["MATLAB_class"] = np.bytes_(matlab_class)
    path = tmp_path / "rf.mat"
    assert load_variable(path, "name") == "abc"
    assert load_variable(path, "fs") == 40e6
    np.testing.assert_array_equal(load_variable(path, "row"), np.arange(7))
    np.testing.assert_array_equal(read_recording(path, 1)[1].samples, [COUNTS])


@pytest.mark.parametrize("axes", ["sample,line,frame", "frame,line,sample"])
def test_axes_of_length_one_need_no_name(tmp_path, axes):
    """As in the IQ data of Verasonics, (sample, line, 1, frame)."""
    volume = np.arange(80 * 6 * 3).reshape(80, 6, 1, 3)
    values = volume if axes.startswith("sample") else volume.transpose(3, 2, 1, 0)
    scipy.io.savemat(tmp_path / "rf.mat", {"iq": values + 1j})
    _, recording = read_recording(tmp_path / "rf.mat", 3, layout=Layout(axes=axes))
    np.testing.assert_array_equal(recording.samples, np.moveaxis(volume[:, :, 0], 2, 0) + 1j)


def test_rows_of_one_file_parse_it_once(tmp_path):
    path = tmp_path / "rf.mat"
    data = np.array([(COUNTS * i,) for i in range(4)], [("rf1", object)])
    scipy.io.savemat(path, {"data": data})
    before = matlab_files._parsed.cache_info()
    for i in range(4):
        _, recording = read_recording(path, 1, layout=Layout(variable=f"data[{i}].rf1"))
        np.testing.assert_array_equal(recording.samples, [COUNTS * i])
    after = matlab_files._parsed.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 3)


def test_changed_file_is_read_anew(tmp_path):
    path = tmp_path / "rf.mat"
    for factor in (1, 2):
        scipy.io.savemat(path, {"rf": RF * factor})
        os.utime(path, ns=(0, factor))
        np.testing.assert_array_equal(load_variable(path, "rf"), RF * factor)


def test_values_cannot_be_changed_in_place():
    with pytest.raises(ValueError, match="read-only"):
        load_variable(DATA / "octave_v7.mat", "rf")[0, 0] = 0
