import importlib

import pytest

from reconattack.readers.names import reader_modules, reader_names


def test_names_are_those_of_the_formats():
    assert reader_names("images") == (
        *("dicom", "hdf5", "matlab", "nifti", "nrrd", "picture", "ultrasonix"),
    )
    assert reader_names("frames") == (
        *("binary", "clarius", "hdf5", "matlab", "metaimage", "nifti", "nrrd", "numpy"),
        *("siemens_rfd", "siemens_uri_matlab", "uff", "ultrasonix", "zea"),
    )
    assert reader_names("channels") == ("matlab", "numpy", "uff", "zea")


@pytest.mark.parametrize("kind", ["frames", "channels", "images"])
def test_every_module_is_a_reader(kind):
    for name in reader_modules(kind):
        module = importlib.import_module(name)
        assert all(suffix == suffix.lower() for suffix in module.SUFFIXES)
        assert callable(module.read)
