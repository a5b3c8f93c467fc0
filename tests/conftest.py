"""Frames and files that several test modules share."""

from reconattack.run.processor import keep_to_shared_instructions

keep_to_shared_instructions()  # before NumPy is imported: as the workflow's jobs

import dataclasses
import gc
import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # also for tests that import ONNX Runtime themselves

# Before TensorFlow: what ART does to logging closes the handlers that it finds, and with
# TensorFlow's the stream that pytest captures.
import art  # noqa: F401
import h5py  # noqa: F401  before netCDF4, after which h5py writes no Blosc
import numpy as np
import onnx
import pytest
import xarray as xr
from onnx import TensorProto, helper

from reconattack.classifiers.backends.determinism import make_deterministic
from reconattack.frames.frame import build_frame
from reconattack.frames.scanner import Scanner
from tests.workflow.workflow_run import EVERY_RULE, ROOT, Workflow

# Half of a collection is spent on rewriting the tests' assertions. What was rewritten is kept, also
# where the environment keeps no bytecode.
BYTECODE = sys.dont_write_bytecode
sys.dont_write_bytecode = False

# Marks of tests that need more than Python, and the command that runs them.
FURTHER = {
    "browser": "make test-browser",
    "containers": "make test-containers",
    "cluster": "make test-cluster",
    "processors": "make test-processors",
}


# Files that take longest. They begin first, so that no worker ends long after another; those that
# wait for the run of config/smoke.yaml begin after the first that makes it.
LONGEST = (
    *("test_defences", "test_reruns", "test_module", "test_every_network", "test_inception"),
    *("test_seeded_kills", "test_object_storage", "test_verify", "test_interruption"),
)


def pytest_collection_modifyitems(items):
    """Begin with the longest files, then with the other runs of the workflow."""

    def place(item):
        name = item.path.stem
        if name in LONGEST:
            return LONGEST.index(name)
        return len(LONGEST) + (item.path.parent.name != "workflow")

    items.sort(key=place)


def pytest_collection_finish(session):
    """Set TensorFlow up as jobs do, before any test uses it: afterwards nothing can be set.

    What was imported stays: the garbage collector, which statsmodels calls at each correction of
    p values, does not search it again.
    """
    sys.dont_write_bytecode = BYTECODE
    if "tensorflow" in sys.modules:
        make_deterministic(0, threads=1)
    _freeze()


def pytest_runtest_teardown(item, nextitem):
    """Exclude again what an export lets the garbage collector search.

    A search of everything takes a third of a second: at the end of a file, or after some exports.
    """
    if UNFROZEN:
        UNFROZEN.clear()
        gc.freeze()
        EXPORTS.append(item.name)
    ends = nextitem is None or nextitem.path != item.path
    if EXPORTS and (ends or len(EXPORTS) == MOST_EXPORTS):
        EXPORTS.clear()
        unfreeze()
        _freeze()


def _freeze():
    gc.collect()
    gc.freeze()


# To ask gc.get_freeze_count() after each test would take a tenth of a second: it counts millions.
UNFROZEN = []
EXPORTS = []  # tests since the last search
MOST_EXPORTS = 8
unfreeze = gc.unfreeze
gc.unfreeze = lambda: UNFROZEN.append(unfreeze())


def pytest_terminal_summary(terminalreporter, config):
    """Say at the end of a run what it left out."""
    left_out = [mark for mark in FURTHER if f"not {mark}" in config.option.markexpr]
    if left_out:
        commands = ", ".join(f"{mark} ({FURTHER[mark]})" for mark in left_out)
        terminalreporter.write_line(f"Tested: {tested(config)}. Not tested: {commands}.")


def tested(config):
    """The folders of tests that a run was given."""
    return " ".join(os.path.relpath(path, ROOT) for path in config.args)


def pytest_addoption(parser):
    parser.addoption(
        "--thorough",
        action="store_true",
        help="as many interruptions, damaged files, frames, networks as `make reliability`: hours",
    )


REAL_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real RF frames; without it the test is skipped, but fails under CI."""
    if not REAL_DATA.is_dir():
        message = f"the real RF frames are not at {REAL_DATA} (they are no part of the project)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return REAL_DATA


@pytest.fixture(scope="session")
def host_run(tmp_path_factory) -> Workflow:
    """The run of config/smoke.yaml on this host that container, cluster and browser share."""
    workflow = Workflow(ROOT, tmp_path_factory.mktemp("host"))
    workflow.run(*EVERY_RULE)
    return workflow


@pytest.fixture(scope="session")
def convex_scanner() -> Scanner:
    return Scanner(
        name="convex",
        probe="convex",
        sampling_frequency=12e6,
        center_frequency=2.5e6,
        sound_speed=1540.0,
        reference_level=32.5,
        gain_state="raw",
        probe_radius=0.05,
        angle_span=1.2,
    )


@pytest.fixture
def linear_scanner() -> Scanner:
    return Scanner(
        name="linear",
        probe="linear",
        sampling_frequency=40e6,
        center_frequency=7.5e6,
        sound_speed=1540.0,
        reference_level=32.5,
        gain_state="raw",
        start_depth=0.002,
        lateral_span=0.0381,
    )


@pytest.fixture(params=["convex", "linear"])
def scanner(request) -> Scanner:
    return request.getfixturevalue(f"{request.param}_scanner")


@pytest.fixture
def noise_frame(scanner):
    """White noise of unit variance, attenuated by 0.9 dB/(cm MHz): 1200 samples, 64 lines."""
    samples = np.random.default_rng(3).standard_normal((1200, 64))
    decibels = 2 * 0.9 * scanner.center_frequency / 1e6 * scanner.depth(1200) * 100
    return build_frame(samples * 10 ** (-decibels[:, np.newaxis] / 20), scanner, "patient", 1, 12.5)


@pytest.fixture
def noise_in_band(convex_scanner, scanner_with):
    """Make frames of noise around the stated frequency, attenuated by 0.9 dB/(cm MHz)."""

    def make(label=1, noise=1.0, samples=None, **changes):
        scanner = scanner_with(convex_scanner, **changes)
        depth = convex_scanner.depth(1200)
        if samples is None:
            lines = np.random.default_rng(1).standard_normal((1200, 24)) * noise
            carrier = np.cos(4 * np.pi * 2.5e6 * depth / 1540)
            smooth = np.apply_along_axis(np.convolve, 0, lines, np.ones(12) / 12, "same")
            samples = smooth * carrier[:, np.newaxis]
        decibels = 2 * 0.9 * 2.5 * depth * 100
        return build_frame(samples * 10 ** (-decibels[:, np.newaxis] / 20), scanner, "p", label)

    return make


@pytest.fixture
def scanner_with():
    """A scanner like the one given, some fields changed."""
    return dataclasses.replace


@pytest.fixture
def write_grid(tmp_path):
    """Write a grid's record of frames, each a label, -1 for none, and the (beta, alpha_lower) that
    flip it; None instead of these: judged wrong at the start.

    The lattice has beta 0.8, 0.9, 1, alpha_lower 9, 10, 11 and one alpha_upper, 55.
    """
    axes = {"beta": [0.8, 0.9, 1.0], "alpha_lower": [9.0, 10.0, 11.0], "alpha_upper": [55.0]}

    def write(file, **frames):
        flips = np.zeros((len(frames), 3, 3, 1), bool)
        for field, (_, flipping) in zip(flips, frames.values(), strict=True):
            for beta, alpha_lower in flipping or []:
                field[axes["beta"].index(beta), axes["alpha_lower"].index(alpha_lower)] = True
        reasons = ["wrong_at_start" if f is None else "exhausted" for _, f in frames.values()]
        xr.Dataset(
            {
                "grid_flips": (("frame", *(f"grid_{name}" for name in axes)), flips),
                "label": ("frame", np.array([label for label, _ in frames.values()], int)),
                "stop_reason": ("frame", np.array(reasons, object)),
            },
            coords={"frame": np.array(list(frames), object)}
            | {f"grid_{name}": values for name, values in axes.items()},
        ).to_netcdf(tmp_path / file)
        return str(tmp_path / file)

    return write


@pytest.fixture
def grid_files(write_grid):
    """Three folds of one model, some of whose frames share settings that flip them."""
    folds = (
        {"a": (1, [(0.8, 9), (0.8, 10)]), "b": (0, [(1, 10), (1, 11)])},
        {"c": (0, [(1, 10), (1, 11)]), "w": (1, None), "d": (0, [(1, 11)])},
        {"e": (0, [(1, 10)])},
    )
    return [
        {"model": "m", "seed": "0", "attack": "grid", "fold": str(fold)}
        | {"path": write_grid(f"fold-{fold}.nc", **frames)}
        for fold, frames in enumerate(folds)
    ]


@pytest.fixture
def judged_grid(tmp_path):
    """Write a grid's record of frames with known logits (`tests.judged_grids`)."""
    from tests.judged_grids import write_judged_grid

    return lambda file, **frames: write_judged_grid(tmp_path / file, frames)


@pytest.fixture(scope="session")
def write_network():
    """Write a network whose logit is the mean grey level less a cut, in tens."""

    def write(path, cut):
        graph = helper.make_graph(
            [
                helper.make_node("ReduceMean", ["image", "axes"], ["mean"], keepdims=0),
                helper.make_node("Sub", ["mean", "cut"], ["difference"]),
                helper.make_node("Div", ["difference", "ten"], ["scaled"]),
                helper.make_node("Unsqueeze", ["scaled", "last"], ["logit"]),
                helper.make_node("Sigmoid", ["logit"], ["probability"]),
            ],
            "mean",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ("batch", 8, 10, 1))],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ("batch", 1))
                for name in ("logit", "probability")
            ],
            [
                helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
                helper.make_tensor("cut", TensorProto.FLOAT, [], [float(cut)]),
                helper.make_tensor("ten", TensorProto.FLOAT, [], [10.0]),
                helper.make_tensor("last", TensorProto.INT64, [1], [1]),
            ],
        )
        opset = [helper.make_opsetid("", 18)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), path)
        return str(path)

    return write


@pytest.fixture
def write_model(tmp_path, write_network):
    """Write the network of `write_network` beside a test's other files."""
    return lambda file, cut: write_network(tmp_path / file, cut)


@pytest.fixture
def noisy_scores():
    """60 frames of which 40 are fatty, with tied scores."""
    generator = np.random.default_rng(11)
    labels = np.repeat([1, 0], [40, 20])
    return labels, np.round(labels + generator.normal(0, 1.2, 60), 1)
