import pytest

from reconattack.errors import InputError
from reconattack.readers import formats
from reconattack.readers.images import formats as image_formats
from reconattack.run.library_digest import library_modules
from tests.places import ROOT


def test_reader_of_images_is_refused(tmp_path):
    (tmp_path / "us.dcm").write_bytes(b"anything")
    with pytest.raises(InputError, match=r"us\.dcm: reader is 'dicom', which does not read frames"):
        formats.read_recording(tmp_path / "us.dcm", 1, reader="dicom")


@pytest.mark.parametrize(
    ("script", "own", "others"),
    [
        ("read_frames", formats.READERS, image_formats.READERS),
        ("read_images", image_formats.READERS, formats.READERS),
    ],
)
def test_changed_reader_reads_no_file_of_the_other_kind_again(script, own, others):
    modules = library_modules(ROOT / "scripts" / "data" / f"{script}.py")
    assert {reader.__name__ for reader in own.values()} <= modules
    assert not {reader.__name__ for reader in others.values()} & modules
    assert not [name for name in modules if name.startswith("reconattack.reconstruction")]
