"""A file on which a library crashes is refused, and the process that reads it lives on."""

import os
import signal
import subprocess
import sys

import h5py
import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.readers.containers.crashes import check_survives
from reconattack.readers.formats import load_readers, read_recording
from tests.places import ROOT


@pytest.mark.parametrize("end", ["SIGSEGV", "SIGABRT"])
def test_a_crash_is_named(end):
    with pytest.raises(InputError, match=f"crashes \\({end}\\), .* export or copy the file again"):
        check_survives(lambda: os.kill(os.getpid(), signal.Signals[end]))


def test_a_crash_leaves_no_dump():
    code = (
        "import os, signal; from reconattack.readers.containers.crashes import check_survives; "
        "check_survives(lambda: os.kill(os.getpid(), signal.SIGSEGV))"
    )
    ended = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "InputError: the library that reads it crashes (SIGSEGV)" in ended.stderr
    assert "Fatal Python error" not in ended.stderr


def test_what_is_read_or_raised_passes():
    check_survives(lambda: None)
    check_survives(lambda: 1 / 0)


@pytest.mark.parametrize("step", ["recognises", "read"])
def test_hdf5_file_that_crashes_its_reader_is_refused(tmp_path, monkeypatch, step):
    def crash(*arguments):
        os.kill(os.getpid(), signal.SIGSEGV)

    monkeypatch.setattr(load_readers("frames")["uff"], step, crash)
    with h5py.File(tmp_path / "rf.uff", "w") as file:
        file["channel_data"] = np.zeros(3)
    with pytest.raises(InputError, match=r"rf\.uff: the library that reads it crashes \(SIGSEGV\)"):
        read_recording(tmp_path / "rf.uff", 1, reader="uff" if step == "read" else None)
