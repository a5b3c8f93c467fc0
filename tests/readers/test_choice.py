import numpy as np
import pytest
from PIL import Image

from reconattack.errors import InputError
from reconattack.readers.formats import read_image_file, read_recording


def test_folder_is_told_with_its_files(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "IM_1").touch()
    with pytest.raises(InputError, match=r"study: expected a file, .* a folder of 1 file \(IM_1;"):
        read_image_file(tmp_path / "study", 1)
    with pytest.raises(InputError, match=r"study: expected a file, .* a folder of 1 file \(IM_1;"):
        read_recording(tmp_path / "study", 1)


def test_file_of_an_unknown_suffix_is_read_by_its_content(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "us.png")
    (tmp_path / "us.png").rename(tmp_path / "us.0001")
    reader, file = read_image_file(tmp_path / "us.0001", 1)
    assert reader == "picture"
    np.testing.assert_array_equal(file.pixels[0], image)


def test_content_that_belies_the_suffix_is_told(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "us.png")
    for wrong in ("us.dcm", "us.mat", "IM_1"):
        (tmp_path / wrong).write_bytes((tmp_path / "us.png").read_bytes())
        with pytest.raises(InputError, match=r"; the file is a PNG picture by its content$"):
            read_image_file(tmp_path / wrong, 1)
    with pytest.raises(InputError, match=r"no reader of frames takes this file; .*binary"):
        read_recording(tmp_path / "us.png", 1)
