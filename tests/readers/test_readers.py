import pytest

from reconattack.errors import InputError
from reconattack.readers.formats import read_recording


def test_reader_of_images_is_refused(tmp_path):
    (tmp_path / "us.dcm").write_bytes(b"anything")
    with pytest.raises(InputError, match=r"us\.dcm: reader is 'dicom', which does not read frames"):
        read_recording(tmp_path / "us.dcm", 1, reader="dicom")
