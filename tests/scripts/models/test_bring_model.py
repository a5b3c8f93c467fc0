import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from reconattack.errors import InputError
from scripts.models.bring_model import bring_model
from tests.places import DATA

RESIZE = {"library": "cv2", "kernel": "bilinear"}
IMAGENET = {"divide": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


@pytest.fixture
def shown():
    """What a job shows on the terminal."""
    return []


@pytest.fixture
def brought(tmp_path, monkeypatch, shown):
    """Bring a model and read its note; `path` is the file that runs if it is not the source."""
    monkeypatch.chdir(tmp_path)

    def bring(model, path=None, resize=RESIZE, image_rows=400):
        settings = {key: value for key, value in model.items() if key != "source"}
        path = path or model.get("source")
        bring_model(
            declaration=model,
            model_settings=settings,
            model_files=[str(path)] if path else [],
            resize=resize,
            image_rows=image_rows,
            cutoff=0.5,
            threads=1,
            brought="brought.json",
            show=shown.append,
        )
        return json.loads(Path("brought.json").read_text())

    return bring


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_note_of_an_onnx_file_says_what_was_found(brought):
    source = DATA / "torch_two_logits.onnx"
    note = brought({"source": str(source), "scaling": IMAGENET})
    probe = note.pop("probe")
    assert note == {
        "source": "torch_two_logits.onnx",
        "sha256": sha256(source),
        "seed": 0,
        "fold": "all",
        "external_data": {f"{source.name}.data": sha256(f"{source}.data")},
        "kind": "onnx",
        "input_name": "input",
        "input_type": "float32",
        "layout": "nchw",
        "channels": 3,
        "input_size": [32, 32],
        "batch": 1,
        "scaling": IMAGENET,
        "scaling_from": "configuration",
        "output_name": "linear",
        "output": "logits",
        "output_from": "last node Gemm",
        "positive_class": 1,
        "resize": RESIZE | {"antialias": False, "aspect": "stretch", "dtype": "float32"},
        "questions": [],
    }
    low, high = probe["probability"]
    assert 0 < low < high < 1
    assert probe["repeats"]


def test_resize_is_asked_for_where_images_have_to_be_resized(brought, shown):
    model = {"source": str(DATA / "torch_two_logits.onnx"), "scaling": IMAGENET}
    note = brought(model, resize=None)
    assert (note["resize"]["library"], note["resize"]["kernel"]) == ("pillow", "bilinear")
    assert note["questions"] == shown
    (question,) = shown
    assert "two_logits.onnx takes images of 32 x 32 pixels, the B-mode images have 400" in question
    assert "resize: {library: ..., kernel: ...} as in its training" in question
    for stated in ({"image_rows": 32, "resize": None}, {}):
        assert brought(model, **stated)["questions"] == []
    assert len(shown) == 1


def test_exports_of_this_project_are_resized_as_they_were_trained(brought):
    note = brought({"source": str(DATA / "former" / "network.onnx")}, resize=None)
    assert (note["resize"]["library"], note["resize"]["kernel"]) == ("pillow", "bilinear")


def test_one_answer_to_all_probes_is_noted_and_shown(brought, tmp_path, shown):
    (tmp_path / "brought_dull.py").write_text(
        "def judge(images):\n    return 0.6 + images.mean(axis=(1, 2)) / 1000\n"
    )
    note = brought({"python": "brought_dull:judge", "input_size": [8, 8]})
    assert note["probe"]["class_1"] == "5 of 5"
    (warning,) = note["probe"]["warnings"]
    assert warning.startswith("calls all 5 test images class 1")
    assert shown == [f"model brought_dull:judge {warning}"]


@pytest.mark.parametrize(
    ("scaling", "black", "white"),
    [
        ({"divide": 1, "mean": 0.5}, "-0.5", "254.5"),
        ({"divide": 255, "mean": 127, "std": 128}, "-0.9922", "-0.9844"),
        ({"divide": 65025}, "0", "0.003922"),
        ({"divide": 0.1}, "0", "2550"),
        ({"divide": 1, "mean": [0.485, 0.456, 0.406]}, "-0.485", "254.5"),
    ],
)
def test_scaling_that_no_training_has_is_noted_and_shown(brought, shown, scaling, black, white):
    note = brought({"source": str(DATA / "torch_two_logits.onnx"), "scaling": scaling})
    warning = note["probe"]["warnings"][0]
    assert warning.startswith(f"is shown black as {black} and white as {white}; usual are")
    assert any(text.endswith(warning) for text in shown)


@pytest.mark.parametrize(
    "scaling",
    [
        *({"divide": 255}, {"divide": 127.5, "mean": 1}, {"divide": 1}, IMAGENET),
        *({"divide": 255, "mean": 0.15, "std": 0.1}, {"divide": 1, "mean": 127, "std": 128}),
        {"divide": 1, "mean": [103.939, 116.779, 123.68]},
    ],
)
def test_usual_scaling_is_not_doubted(brought, scaling):
    note = brought({"source": str(DATA / "torch_two_logits.onnx"), "scaling": scaling})
    assert not [text for text in note["probe"]["warnings"] if "usual are" in text]


def test_note_repeats_byte_for_byte(brought):
    model = {"source": str(DATA / "torch_two_softmax_legacy.onnx"), "scaling": IMAGENET}
    brought(model)
    first = Path("brought.json").read_bytes()
    brought(model)
    assert Path("brought.json").read_bytes() == first


def test_converted_model_is_noted_by_its_source(brought, tmp_path):
    """A Keras file runs as ONNX: any two files show which of them is noted."""
    shutil.copy(DATA / "torch_two_softmax_legacy.onnx", tmp_path / "brought.onnx")
    (tmp_path / "theirs.keras").write_bytes(b"PK not opened here")
    note = brought({"source": "theirs.keras", "scaling": IMAGENET}, tmp_path / "brought.onnx")
    assert (note["source"], note["sha256"]) == ("theirs.keras", sha256("theirs.keras"))
    assert note["kind"] == "onnx"


def test_note_of_a_function(brought, tmp_path):
    (tmp_path / "brought_function.py").write_text(
        "def judge(images):\n    return images.mean(axis=(1, 2)) / 256\n"
    )
    note = brought({"python": "brought_function:judge", "input_size": [8, 8]})
    assert note["source"] == "brought_function:judge"
    assert note["sha256"] == sha256("brought_function.py")
    assert (note["kind"], note["output"]) == ("python", "probability")


def test_note_of_a_scikit_learn_model(brought, tmp_path):
    pixels = np.random.default_rng(0).uniform(0, 1, (20, 64))
    skops.io.dump(LogisticRegression().fit(pixels, np.arange(20) % 2), tmp_path / "m.skops")
    note = brought({"source": "m.skops", "input_size": [8, 8], "scaling": {"divide": 255}})
    assert (note["source"], note["kind"]) == ("m.skops", "skops")
    assert note["model"] == "LogisticRegression"


def test_pickle_is_refused_before_it_is_opened(brought, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"\x80\x04\x95")
    with pytest.raises(InputError, match=r"model\.onnx is a pickle"):
        brought({"source": "model.onnx"})
    assert not Path("brought.json").exists()


def test_model_that_fails_its_probe_leaves_no_note(brought, tmp_path):
    (tmp_path / "brought_dice.py").write_text(
        "import numpy as np\n"
        "dice = np.random.default_rng()\n"
        "def judge(images):\n    return dice.uniform(0, 1, len(images))\n"
    )
    with pytest.raises(InputError, match=r"differs by up to .* when asked again"):
        brought({"python": "brought_dice:judge", "input_size": [8, 8]})
    assert not Path("brought.json").exists()
