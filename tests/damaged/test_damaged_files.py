"""Every reader gives a frame or InputError of a damaged file: no other exception, no crash, no
hang, no memory beyond 4 x the file and 32 MiB.

2,000 files are shared out among the formats, 100,000 where the tests are to be thorough.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FORMATS = (
    *("metaimage", "metaimage-compressed", "metaimage-header", "npy", "npz", "npz-compressed"),
    *("matlab-4", "matlab-5", "matlab-5-compressed", "matlab-5-libmatio", "matlab-5-objects"),
    *("matlab-7.3", "siemens-uri", "siemens-rfd"),
    *("hdf5", "uff", "zea", "zea-blosc", "zea-old", "clarius-tar", "clarius-lzo", "clarius-raw"),
    *("zea-channels", "uff-channels", "npz-channels"),
    *("nrrd", "nrrd-compressed", "nrrd-images", "nifti", "nifti-compressed", "ultrasonix"),
    *("ultrasonix-pictures", "clarius-settings", "binary", "dicom", "dicom-packed"),
    *("png", "jpeg", "bmp", "tiff"),
    *("matlab-images", "liver-mask", "frame-table", "configuration", "skops", "onnx"),
)
FILES = {False: 2000, True: 100_000}
WORKER = Path(__file__).with_name("worker.py")
ROOT = WORKER.parents[2]
ENVIRONMENT = {
    "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'readers'}",
    "OPENBLAS_NUM_THREADS": "1",  # a fork takes no threads along
}


@pytest.fixture(scope="module")
def read_damaged():
    """A function that has a process of its own read damaged files of a format."""
    worker = subprocess.Popen(
        [sys.executable, WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | ENVIRONMENT,
    )

    def read(name, count):
        print(name, 0, count, file=worker.stdin, flush=True)
        return json.loads(worker.stdout.readline())

    yield read
    worker.stdin.close()
    assert worker.wait(60) == 0


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_are_read_or_refused(name, read_damaged, record_property, pytestconfig):
    count = -(-FILES[pytestconfig.getoption("thorough")] // len(FORMATS))
    result = read_damaged(name, count)
    record_property("files_per_second", count / result["seconds"])
    stories = [
        f"damaged file {number} of {name} (repeat: PYTHONPATH=.:tests/readers .venv/bin/python "
        f"tests/damaged/worker.py {name} {number} FOLDER): {story}"
        for number, story in result["failed"].items()
    ]
    assert not stories, "\n\n".join(stories[:5])
