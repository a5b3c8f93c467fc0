"""Three models that were trained elsewhere go through the audit: PyTorch, scikit-learn and HTTP."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import skops.io
import xarray as xr
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.workflow.workflow_run import Workflow, merged

TARGETS = ("results/tables/summary.csv",)
PATIENTS, STEPS = 4, 2
IMAGENET = {"divide": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
TF_IMAGE = {"library": "tf_image", "kernel": "bilinear"}
RUN = {
    "run": {"models": ["torch", "sklearn", "product"], "image_cohorts": [], "attacks": ["zoo"]},
    "cohorts": {"simulated_rf": {"patients": PATIENTS}},
    "attacks": {"zoo": {"max_steps": STEPS}},
    "models": {
        "torch": {
            "source": "models/torch_two_logits.onnx",
            "scaling": IMAGENET,
            "resize": {"library": "torchvision", "kernel": "bilinear", "antialias": True},
        },
        "sklearn": {
            "source": "models/pipeline.skops",
            "input_size": [32, 32],
            "scaling": {"divide": 255},
            "resize": {"library": "cv2", "kernel": "area", "dtype": "uint8"},
        },
    },
}


@pytest.fixture(scope="module")
def server(checkout, tmp_path_factory):
    """URL of the server of docs/http-model.md."""
    text = (checkout / "docs" / "http-model.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    folder = tmp_path_factory.mktemp("server")
    (folder / "server.py").write_text(code)
    command = [sys.executable, "server.py", "0"]
    with (
        open(folder / "log", "w") as log,
        subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/judge"
        process.kill()


@pytest.fixture(scope="module")
def audit(checkout, server, tmp_path_factory):
    """The finished audit; tests read it and must not change it."""
    folder = tmp_path_factory.mktemp("brought")
    (folder / "models").mkdir()
    data = checkout / "tests" / "data"
    for name in ("torch_two_logits.onnx", "torch_two_logits.onnx.data"):
        shutil.copy(data / name, folder / "models" / name)
    write_pipeline(data, folder / "models" / "pipeline.skops")
    smoke = yaml.safe_load((checkout / "config" / "smoke.yaml").read_text())
    product = {"models": {"product": {"http": server, "requests_per_second": 50}}}
    (folder / "config.yaml").write_text(yaml.safe_dump(merged(merged(smoke, RUN), product)))
    workflow = Audit(checkout, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1"])))
        workflow.run(*TARGETS)
    return workflow


class Audit(Workflow):
    """A run whose configuration lies in its folder."""

    def command(self, *arguments, config=None, cores=2):
        return super().command(*arguments, config=self.folder / "config.yaml", cores=cores)


def write_pipeline(data, path):
    """A scikit-learn pipeline fitted to the pictures on which PyTorch's network was tried."""
    with np.load(data / "torch_outputs.npz") as file:
        pixels = (file["images"] / np.float32(255)).reshape(len(file["images"]), -1)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    skops.io.dump(model.fit(pixels, np.arange(len(pixels)) % 2), path)


@pytest.fixture(scope="module")
def results(audit):
    return audit.folder / "results"


@pytest.fixture(scope="module")
def attacks(results):
    return pd.read_csv(results / "tables" / "attacks.csv", dtype={"fold": str})


def note_of(results, model):
    return json.loads((results / "models" / model / "brought.json").read_text())


@pytest.mark.parametrize(
    ("model", "kind", "output"),
    [
        ("torch", "onnx", "logits"),
        ("sklearn", "skops", "probabilities"),
        ("product", "http", "probability"),
    ],
)
def test_every_model_judges_and_is_attacked(results, attacks, model, kind, output):
    note = note_of(results, model)
    assert (note["kind"], note["output"]) == (kind, output)
    assert (note["seed"], note["fold"]) == (0, "all")
    predictions = pd.read_csv(results / "predictions" / f"{model}.csv")
    assert len(predictions) == PATIENTS
    assert np.ptp(predictions["logit"]) > 0
    rows = attacks[attacks["model"] == model]
    assert len(rows) == PATIENTS
    assert (rows["fold"] == "all").all()
    initial = rows["probability_initial"].to_numpy()
    np.testing.assert_allclose(initial, predictions["probability"], atol=1e-6)
    assert note["probe"]["class_1"].endswith(" of 5")
    tried = rows[rows["stop_reason"] != "wrong_at_start"]
    assert len(tried)
    assert (tried["queries"] > 1).all()
    assert (tried["probability_final"] != tried["probability_initial"]).all()


def test_tables_say_that_the_models_were_brought(results):
    summary = pd.read_csv(results / "tables" / "summary.csv")
    assert set(summary["model"]) == {"torch", "sklearn", "product"}
    assert set(summary["protocol"]) == {"brought"}
    assert set(summary["n_labelled"]) == {PATIENTS}


def test_images_are_resized_as_each_model_declares(audit, results):
    declared = {name: model.get("resize") for name, model in RUN["models"].items()}
    for name, resize in declared.items():
        note = note_of(results, name)["resize"]
        assert note == {"antialias": False, "aspect": "stretch", "dtype": "float32"} | resize
        (attacks,) = (results / "attacks" / name).rglob("zoo/*.nc")
        with xr.open_dataset(attacks) as attacked:
            assert {key: attacked.attrs[f"resize_{key}"] for key in resize} == {
                key: str(value) for key, value in resize.items()
            }
    assert note_of(results, "product")["resize"] is None


def test_notes_say_where_the_models_came_from(results, server):
    assert note_of(results, "torch")["source"] == "torch_two_logits.onnx"
    assert len(note_of(results, "torch")["sha256"]) == 64
    assert list(note_of(results, "torch")["external_data"]) == ["torch_two_logits.onnx.data"]
    assert note_of(results, "sklearn")["source"] == "pipeline.skops"
    assert note_of(results, "product")["source"] == server
    assert note_of(results, "product")["sha256"] is None


def test_requests_and_images_are_counted_in_the_log(results, attacks):
    (log,) = (results / "logs" / "attack" / "product").rglob("*.log")
    text = log.read_text()
    queries = attacks.loc[attacks["model"] == "product", "queries"].sum()
    assert f"judged {queries} images" in text
    assert 0 < int(re.search(r"answered (\d+) requests", text)[1]) <= queries


def test_second_run_has_nothing_to_do(audit):
    assert audit.planned(*TARGETS) == {}


OF_ONE_MODEL = dict.fromkeys(
    ("bring_model", "predict", "attack", "tabulate_attacks", "summarise"), 1
)


@pytest.mark.parametrize("change", ["torch_two_logits.onnx.data", "pipeline.skops"])
def test_changed_file_of_a_model_runs_what_it_judges_again(audit, copy_of, change):
    copy = copy_of(audit)
    with open(copy.folder / "models" / change, "ab") as file:
        file.write(b"\0")
    assert copy.planned(*TARGETS) == OF_ONE_MODEL


def test_changed_declaration_of_a_model_runs_what_it_judges_again(audit, copy_of):
    copy = copy_of(audit)
    old = (copy.folder / "config.yaml").read_text()
    changed = merged(yaml.safe_load(old), {"models": {"torch": {"positive_class": 0}}})
    (copy.folder / "config.yaml").write_text(yaml.safe_dump(changed))
    assert copy.planned(*TARGETS) == OF_ONE_MODEL


def test_pickle_stops_the_run_at_the_model(audit, copy_of):
    copy = copy_of(audit)
    (copy.folder / "models" / "pipeline.skops").write_bytes(b"\x80\x04\x95")
    terminal = copy.run(*TARGETS, fails=True)
    assert "model models/pipeline.skops is a pickle" in terminal
    assert "skops.io.dump" in terminal
    assert "Traceback" not in terminal


def test_function_and_keras_file_are_judged_by_their_own_files(audit, copy_of):
    """Editing the module of a function makes its model new; a Keras file is converted first."""
    copy = copy_of(audit)
    (copy.folder / "mine.py").write_text("def judge(images):\n    return images[:, 0, 0] / 256\n")
    (copy.folder / "theirs.keras").touch()
    models = {
        "mine": {"python": "mine:judge", "input_size": [8, 8], "resize": TF_IMAGE},
        "theirs": {"source": "theirs.keras", "scaling": {"divide": 255}, "resize": TF_IMAGE},
    }
    old = yaml.safe_load((copy.folder / "config.yaml").read_text())
    changed = merged(old, {"models": models, "run": {"models": list(models)}})
    (copy.folder / "config.yaml").write_text(yaml.safe_dump(changed))
    note, prediction = "results/models/mine/brought.json", "results/predictions/mine.csv"
    copy.run(prediction)
    assert json.loads((copy.folder / note).read_text())["source"] == "mine:judge"
    with open(copy.folder / prediction, newline="") as file:
        assert len(list(csv.DictReader(file))) == PATIENTS
    assert copy.planned(prediction) == {}
    with open(copy.folder / "mine.py", "a") as file:
        file.write("# edited\n")
    assert copy.planned(prediction) == {"bring_model": 1, "predict": 1}
    converted = copy.planned("results/predictions/theirs.csv")
    assert converted == {"convert_model": 1, "bring_model": 1, "predict": 1}
