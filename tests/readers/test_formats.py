import pytest

from reconattack.errors import InputError
from reconattack.readers import formats
from reconattack.readers.names import FOLDERS, reader_modules
from reconattack.run.library_digest import library_modules
from tests.places import ROOT


def test_reader_of_images_is_refused(tmp_path):
    (tmp_path / "us.dcm").write_bytes(b"anything")
    with pytest.raises(InputError, match=r"us\.dcm: reader is 'dicom', which does not read frames"):
        formats.read_recording(tmp_path / "us.dcm", 1, reader="dicom")


@pytest.mark.parametrize(
    ("script", "own"),
    [("read_frames", "frames"), ("read_channels", "channels"), ("read_images", "images")],
)
def test_changed_reader_reads_no_file_of_another_kind_again(script, own):
    modules = library_modules(ROOT / "scripts" / "data" / f"{script}.py", *reader_modules(own))
    assert {*reader_modules(own)} <= modules
    for others in FOLDERS.keys() - {own}:
        assert not {*reader_modules(others)} & modules
    reconstructs = any(name.startswith("reconattack.reconstruction") for name in modules)
    assert reconstructs == (own == "channels")


@pytest.mark.parametrize("kind", FOLDERS)
def test_readers_that_look_into_a_file_come_before_those_that_take_any(kind):
    looks = [hasattr(reader, "recognises") for reader in formats.load_readers(kind).values()]
    assert looks == sorted(looks, reverse=True)
