"""On other processors, emulated: the same bits of everything, trained networks among it.

QEMU tells NumPy, OpenBLAS and ONNX Runtime that they are on that processor, so that they take its
kernels, and does what these ask for to the last bit. It crashes where Matplotlib embeds fonts:
figures are not drawn, and the table of frames, made with the contact sheet, is this processor's. It
crashes where NumPy sorts the labels of the patients: the folds are this processor's too.
"""

import dataclasses
import os
import shutil
import sys

import pytest

from tests.workflow.workflow_run import Workflow

pytestmark = pytest.mark.processors

EMULATOR = "qemu-x86_64"
PROCESSORS = {False: ("Haswell-v4",), True: ("Haswell-v4", "Skylake-Client", "EPYC-Milan")}
KEPT = ("folds.csv", "tables/frames.csv", "figures/contact_sheet.")  # made on this processor
DRAWN = ("figures/", "explorer.html", "summary.html", "checklists/")  # or wait for figures
CHUNKS = ("frames/", "bmode/")  # what the contact sheet is made from
# Scripts run by what Snakemake takes for its own Python.
DRIVER = "import sys; sys.executable = sys.argv.pop(1); from snakemake.cli import main; main()"


def pytest_generate_tests(metafunc):
    metafunc.parametrize("processor", PROCESSORS[metafunc.config.getoption("thorough")])


@dataclasses.dataclass(frozen=True)
class EmulatedWorkflow(Workflow):
    """A run whose jobs work on another processor."""

    python: str

    def command(self, *arguments: str, **options) -> list:
        here, _, _, *rest = super().command(*arguments, **options)
        # QEMU 7 crashes now and then where a masked load ends with the memory: once more then.
        return [here, "-c", DRIVER, self.python, *rest, "--retries", "5"]


def emulated(processor: str, run: Workflow, folder) -> EmulatedWorkflow:
    """A run whose jobs work on another processor, with what is kept of this one."""
    emulator = shutil.which(EMULATOR)
    assert emulator, f"{EMULATOR} is not on the PATH: install QEMU's emulation of user programs"
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {emulator} -cpu {processor} {sys.executable} "$@"\n')
    python.chmod(0o755)
    copy = folder / "run"
    shutil.copytree(run.folder / ".snakemake", copy / ".snakemake")
    for name in run.results():
        if name.startswith(KEPT):
            (copy / "results" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(run.folder / "results" / name, copy / "results" / name)
    return EmulatedWorkflow(run.checkout, copy, str(python))


def test_another_processor_gives_the_same_bits(processor, host_run, tmp_path):
    expected = host_run.results()
    compared = [name for name in expected if not name.startswith((*KEPT, *DRAWN))]
    run = emulated(processor, host_run, tmp_path)
    results = run.folder / "results"
    run.run(*(f"results/{name}" for name in compared if name.startswith(CHUNKS)))
    stamps = {}
    for name in sorted(name for name in expected if name.startswith(KEPT)):
        os.utime(results / name)  # no older than what it was made from, so that it stays
        stamps[name] = (results / name).stat().st_mtime_ns
    run.run(*(f"results/{name}" for name in compared))
    assert {name: (results / name).stat().st_mtime_ns for name in stamps} == stamps
    found = run.results()
    assert len(compared) > 30
    assert {name: found[name] for name in compared} == {name: expected[name] for name in compared}
