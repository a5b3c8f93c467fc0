"""Disks, clocks and people that fail a run: it says so, and what was made before is whole."""

import os
import shutil
import signal
import subprocess

import pytest

from tests.workflow.workflow_run import TABLE_CHUNKS, TableWorkflow, wait_until

DAY_S = 86_400
# Its stdin ends with the test, also if somebody kills the whole of it.
UNMOUNTED_AFTER_US = 'cat; umount "$1" || { umount --lazy "$1"; exit 1; }'


@pytest.fixture
def disk(tmp_path):
    """A disk of 8 MB. Without root the test is skipped, but fails under CI."""
    if os.geteuid() != 0:
        message = "a disk of its own can be mounted by root alone"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True)
    watch = ["sh", "-c", UNMOUNTED_AFTER_US, "sh", folder]
    with subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True) as watching:
        yield folder
    assert watching.returncode == 0


@pytest.fixture
def on_disk(checkout, disk):
    """A frame table on that disk, not read yet."""
    workflow = TableWorkflow(checkout, disk)
    workflow.write()
    return workflow


def same_as_far_as_made(workflow, finished):
    """Whether each result that is there is whole, and nothing lies there half made."""
    expected = finished.results()
    made = workflow.results()
    left = list((workflow.folder / "results").rglob(".tmp-*"))
    return not left and all(expected[name] == digest for name, digest in made.items())


@pytest.mark.parametrize("room_kb", [40, 140, 290])
def test_full_disk(on_disk, table_run, room_kb):
    filler = on_disk.folder / "filler"
    with open(filler, "wb") as file:
        os.posix_fallocate(
            file.fileno(), 0, shutil.disk_usage(on_disk.folder).free - 1024 * room_kb
        )
    terminal = on_disk.run(*TABLE_CHUNKS, fails=True)
    assert "No space left on device" in terminal
    assert same_as_far_as_made(on_disk, table_run)
    filler.unlink()
    on_disk.run(*TABLE_CHUNKS)
    assert on_disk.results() == table_run.results()


def test_disk_that_may_only_be_read(on_disk, table_run):
    on_disk.run(TABLE_CHUNKS[0])
    before = on_disk.results()
    subprocess.run(["mount", "-o", "remount,ro", on_disk.folder], check=True)
    terminal = on_disk.run(*TABLE_CHUNKS, fails=True)
    assert "Read-only file system" in terminal
    assert on_disk.results() == before


def test_file_lost_between_two_rules(checkout, tmp_path, table_run):
    """Somebody removes the samples as soon as they are read."""
    workflow = TableWorkflow(checkout, tmp_path)
    workflow.write()
    lost = tmp_path / "results" / "frames" / "bench" / "2x0001.nc"
    said = tmp_path / "terminal"
    with open(said, "w") as terminal:
        running = workflow.start(*TABLE_CHUNKS, terminal=terminal)
        wait_until(lost.exists, running)
        lost.unlink()
        assert running.wait(timeout=120) != 0
    assert "results/frames/bench/2x0001.nc" in said.read_text()
    assert "Traceback" not in said.read_text()
    assert same_as_far_as_made(workflow, table_run)
    workflow.run(*TABLE_CHUNKS)
    assert workflow.results() == table_run.results()


def shift(files, seconds):
    for path in files:
        moment = path.stat().st_mtime + seconds
        os.utime(path, (moment, moment))


def test_clock_that_was_a_day_fast(table_run, copy_of):
    copy = copy_of(table_run)
    frames = sorted((copy.folder / "results" / "frames").rglob("*.nc"))
    shift(frames, DAY_S)
    (copy.folder / TABLE_CHUNKS[1]).unlink()
    terminal = copy.run(*TABLE_CHUNKS, fails=True)
    assert "results/frames/bench/2x0001.nc" in terminal
    assert "clock skew" in terminal
    assert "Traceback" not in terminal
    assert same_as_far_as_made(copy, table_run)
    shift(frames, -DAY_S)
    copy.run(*TABLE_CHUNKS)
    assert copy.results() == table_run.results()


def test_clock_that_was_a_day_slow(table_run, copy_of):
    copy = copy_of(table_run)
    shift((copy.folder / "results").rglob("*.nc"), -DAY_S)
    (copy.folder / TABLE_CHUNKS[1]).unlink()
    copy.run(*TABLE_CHUNKS)
    assert copy.results() == table_run.results()


def test_second_run_in_one_folder(checkout, tmp_path, table_run):
    workflow = TableWorkflow(checkout, tmp_path)
    workflow.write()
    first = workflow.start(*TABLE_CHUNKS)
    wait_until((tmp_path / "results" / "frames").exists, first)
    first.send_signal(signal.SIGSTOP)
    assert "Directory cannot be locked" in workflow.run(*TABLE_CHUNKS, fails=True)
    first.send_signal(signal.SIGCONT)
    assert first.wait(timeout=300) == 0
    assert workflow.results() == table_run.results()
