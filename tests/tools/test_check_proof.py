"""Stored proofs hold, and proofs that somebody tampered with do not."""

import ast
import json
import shutil

import numpy as np
import pytest
import xarray as xr

from reconattack.attacks.run import attack_frames
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import write_chunk
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.plan.networks import Models
from reconattack.storage import sha256, trace, write_dataset
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.networks import RESIZE, write_network
from tests.places import ROOT
from tools import check_proof

BOXES = {
    "beta": {"box": [0.8, 1.0]},
    "alpha_lower": {"box": [9, 11]},
    "alpha_upper": {"box": [54, 56]},
}
ATTACK = {"method": "certify", "max_cells": 120, "tolerance": 0.01, "parameters": BOXES}
CONFIGURATION = {
    "run": {
        "cohort": "frames",
        "models": ["compact"],
        "attacks": ["certify"],
        "protocol": "resubstitution",
        "cutoff": 0.5,
    },
    "models": {"compact": {"network": "compact"}},
    "reconstruction": {"initial": INITIAL, "rows": 48, "resize": RESIZE},
    "attacks": {"certify": ATTACK, "corners": {"method": "corners", "parameters": BOXES}},
}
CHUNK = "results/frames/frames/3x0000.nc"
MODEL = "results/models/compact/seed-0/fold-all.onnx"
RECORD = "results/attacks/compact/seed-0/fold-all/certify/3x0000.nc"


@pytest.fixture(scope="module")
def finished(frames, tmp_path_factory):
    """A folder as a run leaves it: one frame that is proved, one that flips, one unreadable."""
    return finish(tmp_path_factory.mktemp("run"), frames, CONFIGURATION)


def finish(folder, frames, configuration, told=False):
    model, (name,) = folder / MODEL, configuration["run"]["models"]
    model.parent.mkdir(parents=True)
    settings = Models(configuration).settings(name)
    start = np.array([[INITIAL[name] for name in BOXES]], float)

    def judge(**options):
        write_network(model, seed=int(told), gain=4, told=told, **options)
        return open_classifier(settings, model, RESIZE)

    def logit(frame):
        rebuilt = Reconstruction(frames[frame], 48, tuple(BOXES), INITIAL)
        return judged.answers(*judged.inputs(rebuilt, start))[0]

    judged = judge()
    steady, near = logit("steady"), logit("near")
    margin = 0.06 if told else 0.12  # that of the frame that flips
    assert abs(steady - near) > 8 * margin
    judged = judge(offset=float(margin * np.sign(steady - near) - near))
    return certified(folder, frames, configuration, judged)


def certified(folder, frames, configuration, judged):
    """Write what a run leaves of frames and of the proofs of a model, whose file is there."""
    (name,) = configuration["run"]["models"]
    attack = configuration["attacks"]["certify"]
    write_chunk(folder / CHUNK, frames, {})
    result = attack_frames(frames, judged, attack, INITIAL, 48, 0.5, "certify")
    inputs = {str(folder / name): name for name in (CHUNK, MODEL)}
    attributes = trace({}, list(inputs))
    digests = json.loads(attributes["source"]).values()
    attributes["source"] = json.dumps(dict(zip(inputs.values(), digests, strict=True)))
    write_dataset(folder / RECORD.replace("compact", name, 1), result, attributes)
    write_configuration(folder, configuration)
    return folder


def write_configuration(folder, configuration):
    record = {"runs": [{"configuration": configuration}]}
    (folder / "results/provenance.json").write_text(json.dumps(record))


@pytest.fixture
def checked(finished, tmp_path, capsys):
    """Check a copy of the folder whose record, configuration or network somebody changed."""

    def run(
        change=lambda record: record, configuration=CONFIGURATION, model=None, place=None, cores=1
    ):
        for name in (CHUNK, MODEL):
            (tmp_path / name).parent.mkdir(parents=True)
            (tmp_path / name).write_bytes((finished / name).read_bytes())
        with xr.open_dataset(finished / RECORD) as file:
            record = file.load()
        if model is not None:
            write_network(tmp_path / MODEL, **model)
        write_dataset(tmp_path / RECORD, change(record), record.attrs)
        write_configuration(tmp_path, configuration)
        status = check_proof.main([str(tmp_path / (place or "")), "--cores", str(cores)])
        printed = capsys.readouterr()
        return status, printed.out.splitlines(), printed.err

    return run


def leaves_of(record, frame):
    return np.flatnonzero(record["proved_frame"] == record["frame"].values.tolist().index(frame))


def test_proofs_of_a_run_hold(checked):
    status, lines, progress = checked()
    assert status == 0
    assert len(lines) == 3
    assert "steady: certified" in lines[0]
    assert "near: flipped" in lines[1]
    assert all(line.endswith(", ok") for line in lines[:2])
    assert lines[2] == "2 of 2 proofs hold"
    assert progress == ""


def test_one_record_can_be_checked_beside_others(checked):
    status, lines, _ = checked(place=RECORD, cores=2)
    assert status == 0
    assert lines[-1] == "2 of 2 proofs hold"


@pytest.mark.parametrize("frame", ["steady", "near"])
def test_a_removed_leaf_leaves_a_gap(checked, frame):
    def change(record):
        return record.drop_isel(proved_cell=leaves_of(record, frame)[:1])

    status, lines, _ = checked(change)
    assert status == 1
    (line,) = (line for line in lines if f" {frame}:" in line)
    assert "NOT PROVED: no stored part holds beta" in line
    assert lines[-1] == "1 of 2 proofs hold"


def test_a_leaf_moved_by_one_digit_leaves_a_gap(checked):
    def change(record):
        first = leaves_of(record, "steady")[0]
        upper = record["proved_upper"].values
        upper[first, 0] = np.nextafter(upper[first, 0], 0)
        return record

    status, lines, _ = checked(change)
    assert status == 1
    assert "NOT PROVED: no stored part holds" in lines[0]


def test_a_leaf_that_reaches_over_a_flip_is_refuted(checked):
    def change(record):
        first = leaves_of(record, "near")[0]
        record["proved_lower"][first], record["proved_upper"][first] = (
            [0.8, 9, 54, 0],
            [1.0, 11, 56, 0],
        )
        return record

    status, lines, _ = checked(change)
    assert status == 1
    assert "leaf 0: the setting beta" in lines[1]
    assert "in it flips" in lines[1]


def test_another_box_than_that_of_the_proof(checked):
    wider = {name: {"box": list(knob["box"])} for name, knob in BOXES.items()}
    wider["alpha_upper"]["box"][1] = 56.01
    attacks = CONFIGURATION["attacks"] | {"certify": ATTACK | {"parameters": wider}}
    status, lines, _ = checked(configuration=CONFIGURATION | {"attacks": attacks})
    assert status == 1
    assert "no stored part holds" in lines[0]
    assert lines[-1] == "0 of 2 proofs hold"


def test_run_of_an_older_version_is_told(checked):
    run = dict(CONFIGURATION["run"])
    older = CONFIGURATION | {"run": run | {"rf_cohort": run.pop("cohort")}}
    status, lines, errors = checked(configuration=older)
    assert (status, lines) == (2, [])
    assert "the run was made by an older version; make it again" in errors
    assert "run.rf_cohort: its name is run.cohort now" in errors


def test_another_network_than_that_of_the_proof(checked):
    status, lines, _ = checked(model={"gain": 4, "seed": 1})
    assert status == 1
    assert all(f"{MODEL} is not the file that the record was made from" in x for x in lines[:2])


def test_a_network_is_checked_and_not_its_name(checked, tmp_path):
    """With the digest of another network in the record, the bounds and the flip fail."""

    def change(record):
        digests = json.loads(record.attrs["source"])
        record.attrs["source"] = json.dumps(digests | {MODEL: sha256(tmp_path / MODEL)})
        return record

    status, lines, _ = checked(change, model={"gain": -4})
    assert status == 1
    assert "is not the file" not in lines[0]
    assert lines[-1] == "0 of 2 proofs hold"


@pytest.mark.parametrize("sources", ["{}", None], ids=["none", "other names"])
def test_an_input_that_the_record_does_not_name(checked, sources):
    """A file is known by its content: under another name it is still the one, unnamed it is not."""

    def change(record):
        renamed = {f"other/{name}": own for name, own in json.loads(record.attrs["source"]).items()}
        record.attrs["source"] = sources or json.dumps(renamed)
        return record

    status, lines, _ = checked(change)
    assert status == (1 if sources else 0)
    for line in lines[:2] if sources else []:
        assert f"{CHUNK} is not the file that the record was made from" in line
        assert f"{MODEL} is not the file that the record was made from" in line


def test_a_model_that_cannot_be_checked_is_named_at_each_of_its_frames(checked):
    models = {"compact": CONFIGURATION["models"]["compact"] | {"falsified": "told"}}
    status, lines, _ = checked(configuration=CONFIGURATION | {"models": models})
    assert status == 1
    for line in lines[:2]:
        assert "NOT PROVED: model " in line
        assert "expected a model that takes image+parameters" in line
    assert lines[-1] == "0 of 2 proofs hold"


OFFSETS = [{}, {"beta": -0.1}, {"alpha_lower": 1, "alpha_upper": 1}]
KINDS = {
    "given its setting": (CONFIGURATION["models"], True),
    "mean": (
        CONFIGURATION["models"] | {"mean": {"of": "compact", "offsets": OFFSETS}},
        False,
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def other(request, frames, tmp_path_factory):
    """The same folder with a network that is given its setting, or a mean over settings."""
    models, told = KINDS[request.param]
    run = CONFIGURATION["run"] | {"models": [list(models)[-1]]}
    configuration = CONFIGURATION | {"run": run, "models": models}
    return finish(tmp_path_factory.mktemp("other"), frames, configuration, told), configuration


@pytest.fixture
def checked_other(other, tmp_path, capsys):
    """Check a copy of it whose record or configuration somebody changed."""

    def run(change=lambda record: None, configuration=None):
        folder, own = other
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
        (path,) = (tmp_path / "results/attacks").glob("**/*.nc")
        with xr.open_dataset(path) as file:
            record = file.load()
        change(record)
        write_dataset(path, record, record.attrs)
        write_configuration(tmp_path, configuration or own)
        return check_proof.main([str(tmp_path)]), capsys.readouterr().out.splitlines()

    return run


def test_proofs_of_other_kinds_of_models_hold(checked_other):
    status, lines = checked_other()
    assert status == 0
    assert "steady: certified" in lines[0]
    assert "near: flipped" in lines[1]
    assert lines[2] == "2 of 2 proofs hold"


def test_a_wrong_leaf_of_other_kinds_of_models_is_refuted(checked_other):
    def change(record):
        first = leaves_of(record, "near")[0]
        record["proved_lower"][first], record["proved_upper"][first] = (
            [0.8, 9, 54, 0],
            [1.0, 11, 56, 0],
        )

    status, lines = checked_other(change)
    assert status == 1
    assert "leaf 0: the setting beta" in lines[1]
    assert "in it flips" in lines[1]
    assert lines[-1] == "1 of 2 proofs hold"


def test_proofs_of_another_mean_do_not_hold(checked_other, other):
    """The network is the same: what it is asked about differs."""
    _, configuration = other
    if "mean" not in configuration["models"]:
        offsets = [{"beta": 0.3}, {"alpha_lower": 3, "alpha_upper": 3}]
    else:
        offsets = [{}]
    changed = {name: dict(model) for name, model in configuration["models"].items()}
    changed[configuration["run"]["models"][0]]["offsets"] = offsets
    status, lines = checked_other(configuration=configuration | {"models": changed})
    assert status == 1
    assert "the stored flip has the logit" in lines[1]


def test_claims_of_the_record_are_checked(checked):
    def change(record):
        near = record["frame"].values.tolist().index("near")
        record["certified_margin"][near] *= 1.0001
        record["undecided_share"][near] += 1e-6
        record["margin_linf"][near] *= 1.01
        record["parameters"][near, int(record["best_step"][near])] = [0.9, 10, 55]
        record["proved_bound"][leaves_of(record, "near")[3]] = 0
        return record

    status, lines, _ = checked(change)
    assert status == 1
    for fault in (
        "no stored part holds",
        "undecided_share is",
        "margin_linf is",
        "does not flip: logit",
        "a stored bound is not above 0",
    ):
        assert fault in lines[1]
    assert lines[0].endswith("ok")


def test_distances_are_rounded_to_nine_decimals(checked):
    def change(record):
        record["margin_linf"][record["frame"] == "near"] += 4e-10
        return record

    status, _, _ = checked(change)
    assert status == 0


def test_a_verdict_against_its_own_record(checked):
    def change(record):
        record["certified"][:] = False
        record["label"][:] = 1 - record["reference"]
        return record

    status, lines, _ = checked(change)
    assert status == 1
    assert "certified is False, the attack ended certified" in lines[0]
    assert "the reference is" in lines[0]


def test_a_record_without_proofs_is_refused(checked):
    def change(record):
        return record.drop_vars(["proved_lower", "proved_upper", "proved_bound", "proved_frame"])

    status, lines, message = checked(change)
    assert status == 2
    assert lines == []
    assert "holds no proofs (proved_lower is missing); expected the record of an attack" in message


def test_a_folder_without_certify_is_refused(checked):
    attacks = {"corners": CONFIGURATION["attacks"]["corners"]}
    status, _, message = checked(configuration=CONFIGURATION | {"attacks": attacks})
    assert status == 2
    assert "holds no record of an attack by certify; expected a run whose run.attacks" in message


def test_the_check_shares_no_code_with_the_proof():
    files = [ROOT / "tools/check_proof.py", *(ROOT / "tools/proof_check").glob("*.py")]
    assert len(files) == 12
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in getattr(node, "names", [])]
            assert not [name for name in names if "attacks.proof" in name or "certify" in name]
