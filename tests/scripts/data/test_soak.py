"""A process that works on many frames holds no more than one that worked on few."""

import subprocess
import sys
from pathlib import Path

import numpy as np

SOAK = Path(__file__).with_name("soak.py")
CHUNKS = {False: 12, True: 200}  # of ten frames; the second where tests are to be thorough
GROWTH = 1.02  # of memory, from the second quarter to the last


def test_memory_and_open_files_stay(write_model, pytestconfig):
    chunks = CHUNKS[pytestconfig.getoption("thorough")]
    command = [sys.executable, SOAK, str(write_model("model.onnx", 60)), str(chunks)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    memory, files = np.array([line.split() for line in said.splitlines()], int).T
    assert len(memory) == chunks
    quarter = chunks // 4
    assert np.median(memory[-quarter:]) < GROWTH * np.median(memory[quarter : 2 * quarter])
    assert files[-1] == files[quarter]
    print(f"{10 * chunks} frames: {memory[0] / 1e6:.0f}, then {memory[-1] / 1e6:.0f} MB")
