import numpy as np
import pytest
from PIL import Image

from reconattack.errors import InputError
from reconattack.readers import formats
from reconattack.readers.choice import used_columns
from reconattack.readers.layout import Layout

LAYOUT = {
    "variable": "rf",
    "axes": "sample,line",
    "dtype": "int16",
    "shape": "80,6",
    "header_bytes": 0,
    "byte_order": "little",
}


def test_every_column_of_the_layout_is_used_by_a_reader_of_frames():
    used = map(used_columns, formats.load_readers("frames").values())
    assert set().union(*used) == set(LAYOUT)


@pytest.mark.parametrize("name", formats.load_readers("frames"))
def test_reader_refuses_every_column_that_it_does_not_use(tmp_path, name):
    """Before it reads: this file is in no format."""
    (tmp_path / "rf").write_bytes(b"")
    for column in set(LAYOUT) - set(used_columns(formats.load_readers("frames")[name])):
        with pytest.raises(InputError, match=f"rf: the reader {name} does not use {column} "):
            formats.read_recording(tmp_path / "rf", 1, name, Layout(**{column: LAYOUT[column]}))


def test_unused_columns_are_told_at_once_with_the_readers_that_use_them(tmp_path):
    np.save(tmp_path / "rf.npy", np.ones((80, 6)))
    layout = Layout(dtype="int16", axes="sample,line", byte_order="big")
    with pytest.raises(InputError) as raised:
        formats.read_recording(tmp_path / "rf.npy", 1, layout=layout)
    assert str(raised.value) == (
        f"{tmp_path}/rf.npy: the reader numpy does not use dtype ('int16'; used by binary) and "
        "byte_order ('big'; used by binary); leave these columns empty, or name another reader in "
        "the column reader"
    )


def test_name_of_an_array_in_a_file_without_names(tmp_path):
    np.save(tmp_path / "rf.npy", np.ones((80, 6)))
    with pytest.raises(InputError, match=r"variable is 'rf', but a \.npy file holds one array"):
        formats.read_recording(tmp_path / "rf.npy", 1, layout=Layout(variable="rf"))


def test_readers_of_images_refuse_columns_too(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "us.png")
    with pytest.raises(
        InputError, match=r"picture does not use variable \('rf'; used by hdf5, matlab\)"
    ):
        formats.read_image_file(tmp_path / "us.png", 1, layout=Layout(variable="rf"))


def test_folder_is_told_with_its_files(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "IM_1").touch()
    with pytest.raises(InputError, match=r"study: expected a file, .* a folder of 1 file \(IM_1;"):
        formats.read_image_file(tmp_path / "study", 1)
    with pytest.raises(InputError, match=r"study: expected a file, .* a folder of 1 file \(IM_1;"):
        formats.read_recording(tmp_path / "study", 1)


def test_file_of_an_unknown_suffix_is_read_by_its_content(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "us.png")
    (tmp_path / "us.png").rename(tmp_path / "us.0001")
    reader, file = formats.read_image_file(tmp_path / "us.0001", 1)
    assert reader == "picture"
    np.testing.assert_array_equal(file.pixels[0], image)


def test_content_that_belies_the_suffix_is_told(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "us.png")
    for wrong in ("us.dcm", "us.mat", "IM_1"):
        (tmp_path / wrong).write_bytes((tmp_path / "us.png").read_bytes())
        with pytest.raises(InputError, match=r"; the file is a PNG picture by its content$"):
            formats.read_image_file(tmp_path / wrong, 1)
    with pytest.raises(InputError, match=r"us\.png: this is a finished picture; .*pictures\.md"):
        formats.read_recording(tmp_path / "us.png", 1)


def test_file_that_the_disk_does_not_give(tmp_path):
    (tmp_path / "rf.mha").symlink_to("/proc/self/mem")
    with pytest.raises(InputError, match=r"rf\.mha: cannot be read from disk: Input/output error"):
        formats.read_recording(tmp_path / "rf.mha", 1)
