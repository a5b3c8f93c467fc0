"""Stored proofs of classes and numbers hold, and proofs that somebody tampered with do not."""

import shutil

import numpy as np
import onnx
import pytest
import xarray as xr
from onnx import numpy_helper

import reconattack as ra
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.derived import Ensemble
from reconattack.classifiers.opening import open_classifier
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.plan.networks import Models
from reconattack.storage import write_dataset
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.networks import RESIZE, write_network
from tests.tools.test_check_proof import (
    BOXES,
    CONFIGURATION,
    MODEL,
    certified,
    leaves_of,
    write_configuration,
)
from tools import check_proof

NAMES = ["S0", "S1", "S2", "S3"]
MARGIN = 0.12  # of the frame that flips, at the initial setting
FAR = 4.0  # as much lower lie the scores of the classes that nothing is about
KINDS = ("classes", "probabilities", "grave", "threshold", "tolerance")


def settings_of(kind):
    """A model's block without its decision."""
    form = {
        "classes": {"output": "logits"},
        "grave": {"output": "logits"},
        "probabilities": {"output_name": "probability", "output": "probabilities"},
    }
    return {"source": MODEL, "resize": RESIZE, "output_name": "logit", **form.get(kind, {})}


def decided_by(kind, path, outputs):
    """A decision that the frame `near` leaves in the box and `steady` keeps; edits the network."""
    if kind == "tolerance":
        moves = {name: np.abs(found - found[0]).max() for name, found in outputs.items()}
        return {"kind": "number", "unit": "%", "tolerance": float(np.mean([*moves.values()]))}
    near, steady = (outputs[name][0] for name in ("near", "steady"))
    if kind == "threshold":
        side = float(np.sign(steady - near)[0])
        return {"kind": "number", "unit": "%", "threshold": float(near[0]) - side * MARGIN}
    best, other = int((steady - near).argmax()), int((steady - near).argmin())
    wanted = np.full(len(near), -FAR)
    wanted[[best, other]] = MARGIN, 0
    model = onnx.load(path)
    (bias,) = (one for one in model.graph.initializer if one.name == "bias")
    bias.CopyFrom(numpy_helper.from_array(np.float32(wanted - near), "bias"))
    onnx.save(model, path)
    grave = {"grave": [[NAMES[best], NAMES[other]], [NAMES[other], NAMES[best]]]}
    return {"kind": "classes", "classes": NAMES} | (grave if kind == "grave" else {})


@pytest.fixture(scope="module", params=KINDS)
def finished(request, frames, tmp_path_factory):
    """A folder as a run with such a decision leaves it, its configuration and its kind."""
    kind, folder = request.param, tmp_path_factory.mktemp("run")
    path = folder / MODEL
    path.parent.mkdir(parents=True)
    columns = 1 if kind in ("threshold", "tolerance") else 4
    write_network(path, gain=4, columns=columns)
    axes = [np.linspace(*BOXES[name]["box"], 3) for name in BOXES]
    lattice = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(axes))
    points = np.concatenate([[[INITIAL[name] for name in BOXES]], lattice])
    number = {"kind": "number", "unit": "%", "tolerance": 1}
    raw = number if columns == 1 else {"kind": "classes", "classes": NAMES}
    plain = OnnxClassifier(path, RESIZE, output_name="logit", decision=raw)
    outputs = {
        name: plain.answers(
            *plain.inputs(Reconstruction(frames[name], 48, tuple(BOXES), INITIAL), points)
        ).reshape(len(points), columns)
        for name in ("steady", "near")
    }
    decision = decided_by(kind, path, outputs)
    model = settings_of(kind) | {"decision": decision}
    configuration = CONFIGURATION | {"models": {"compact": model}}
    settings = Models(configuration).settings("compact")
    certified(folder, frames, configuration, open_classifier(settings, path, RESIZE))
    return folder, configuration, kind


@pytest.fixture
def checked(finished, tmp_path, capsys):
    """Check a copy of it whose record or decision somebody changed."""

    def run(change=lambda record: None, decision=None):
        folder, configuration, _ = finished
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
        (path,) = (tmp_path / "results/attacks").glob("**/*.nc")
        with xr.open_dataset(path) as file:
            record = file.load()
        change(record)
        write_dataset(path, record, record.attrs)
        model = dict(configuration["models"]["compact"])
        model["decision"] = model["decision"] | (decision or {})
        write_configuration(tmp_path, configuration | {"models": {"compact": model}})
        return check_proof.main([str(tmp_path)]), capsys.readouterr().out.splitlines()

    return run


def test_proofs_hold(checked):
    status, lines = checked()
    assert status == 0
    assert "steady: certified" in lines[0]
    assert "near: flipped" in lines[1]
    assert lines[2] == "2 of 2 proofs hold"


def test_a_removed_leaf_leaves_a_gap(checked):
    def change(record):
        record["proved_frame"][leaves_of(record, "steady")[:1]] = 0

    status, lines = checked(change)
    assert status == 1
    assert "NOT PROVED: no stored part holds beta" in lines[0]
    assert lines[-1] == "1 of 2 proofs hold"


def test_a_leaf_that_reaches_over_a_flip_is_refuted(checked):
    def change(record):
        first = leaves_of(record, "near")[0]
        record["proved_lower"][first], record["proved_upper"][first] = (
            [0.8, 9, 54, 0],
            [1.0, 11, 56, 0],
        )

    status, lines = checked(change)
    assert status == 1
    assert "leaf 0: the setting beta" in lines[1]
    assert "in it flips" in lines[1]
    assert lines[0].endswith("ok")


def test_claims_of_the_record_are_checked(checked):
    def change(record):
        near = record["frame"].values.tolist().index("near")
        record["certified_margin"][near] *= 1.0001
        record["decision_initial"][near] += 1
        record["decision_final"][near] += 1
        record["truth"][near] = 1
        record["margin"][near, int(record["best_step"][near])] -= 0.01
        record["parameters"][near, int(record["best_step"][near])] = [0.9, 10, 55]

    status, lines = checked(change)
    assert status == 1
    assert lines[0].endswith("ok")
    for fault in (
        "no stored part holds",
        "the truth is None, the record has 1.0",
        "the first decision is",
        "does not flip: margin",
        "the stored flip has the margin",
        "the stored flip decides",
    ):
        assert fault in lines[1]


def test_proofs_of_another_decision_do_not_hold(checked, finished):
    """The network and the record are the same: what counts as a change differs."""
    folder, configuration, kind = finished
    decision = configuration["models"]["compact"]["decision"]
    if kind == "tolerance":
        changed, fault = {"tolerance": decision["tolerance"] * 0.3}, "in it flips"
    elif kind == "threshold":
        other = decision["threshold"] + MARGIN / 2, decision["threshold"] - MARGIN / 2
        changed, fault = {"threshold": max(other)}, "the stored flip has the margin"
    else:
        (path,) = (folder / "results/attacks").glob("**/*.nc")
        with xr.open_dataset(path) as record:
            ends = record.sel(frame="near")[["decision_initial", "decision_final"]].load()
        start, end = (NAMES[int(value)] for value in ends.data_vars.values())
        (third, *_) = (name for name in NAMES if name not in (start, end))
        changed, fault = {"grave": [[start, third]]}, "does not flip: margin"
    status, lines = checked(decision=changed)
    assert status == 1
    assert fault in lines[1]


def test_a_record_of_another_kind_of_decision_is_refused(checked):
    def change(record):
        record.attrs["decision"] = "binary"

    status, lines = checked(change)
    assert status == 1
    assert "; expected binary, which the record has" in lines[0]
    assert lines[-1] == "0 of 2 proofs hold"


def test_masks_and_means_of_classes_are_refused(tmp_path):
    """No bound is known of them here, as `certify` knows none."""
    outlines = {"kind": "mask", "structures": ["liver"], "dice": 0.9}
    mask = ra.open_model(lambda images: images / 255, decision=outlines, rows=48).judge
    path = write_network(tmp_path / "network.onnx", columns=4)
    decision = {"kind": "classes", "classes": NAMES}
    mean = Ensemble(OnnxClassifier(path, RESIZE, output_name="logit", decision=decision), [{}, {}])
    for judge, found in ((mask, "decides mask"), (mean, "decides classes by a mean over settings")):
        record = xr.Dataset(attrs={"decision": judge.decision.kind})
        with pytest.raises(InputError, match=f"{found}; expected a binary decision, or classes"):
            check_proof.check_decision(judge, record)
