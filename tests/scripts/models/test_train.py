import onnxruntime
import pandas as pd
import pytest

from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from scripts.models.train import train
from tests.classifiers.loud_frames import loud_frames

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
RECONSTRUCTIONS = {
    "parameters": {
        "beta": {"box": [0.5, 1.3]},
        "alpha_lower": {"box": [5, 15]},
        "alpha_upper": {"box": [50, 60]},
    },
    "worst_of": 2,
    "image_depth": 0.15,
    "image_frequency": 2.5e6,
}
RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
ROWS = 64


@pytest.fixture
def rf_chunks(tmp_path, convex_scanner):
    """Eight frames in two chunks, and one that could not be read."""
    frames = list(loud_frames(convex_scanner).items())
    lost = unreadable_frame("no samples", "convex", "p9", 1)
    parts = {"f.nc": dict(frames[:3]) | {"lost": lost}, "g.nc": dict(frames[3:])}
    for file, part in parts.items():
        write_chunk(tmp_path / file, part, {})
    return [str(tmp_path / file) for file in parts]


@pytest.fixture
def trained(tmp_path, rf_chunks):
    """Train with the script; files of the training by name."""

    def run(name, folds=(), **changes):
        settings = {
            "network": "compact",
            "weights": None,
            "input_size": [32, 32],
            "dropout": 0.2,
            "learning_rate": 0.01,
            "momentum": 0.9,
            "batch_size": 4,
            "max_epochs": 2,
            "patience": 2,
            "validation_share": 0.5,
            "shift": 0.1,
            "flip": False,
            "threads": 1,
        } | changes
        folder = tmp_path / name
        folder.mkdir()
        files = {"keras": "keras", "onnx": "onnx", "history": "csv", "validation": "csv"}
        outputs = {key: str(folder / f"{key}.{suffix}") for key, suffix in files.items()}
        train(
            images=[],
            frames=rf_chunks,
            folds=folds,
            settings=settings,
            initial=INITIAL,
            image_rows=ROWS,
            resize=RESIZE,
            model="small",
            seed="0",
            fold="1",
            outputs=outputs,
        )
        return outputs

    return run


def test_plain_training_says_what_it_rests_on(trained):
    files = trained("plain", reconstructions=None)
    history = pd.read_csv(files["history"])
    assert history["n_train"].tolist() == history["n_validation"].tolist() == [4, 4]
    assert pd.read_csv(files["validation"])["frame"].str.match("f[0-7]").all()
    assert _takes(files["onnx"]) == ("image", ["image"])


def test_patients_that_the_fold_judges_train_nothing(tmp_path, trained):
    judged = [f"p{number}" for number in range(8)]
    folds = pd.DataFrame({"frame": judged, "patient": judged, "fold": [1] * 2 + [0] * 6})
    folds.to_csv(tmp_path / "folds.csv", index=False)
    files = trained("fold", folds=[str(tmp_path / "folds.csv")], max_epochs=1)
    (history,) = pd.read_csv(files["history"]).itertuples()
    assert history.n_train + history.n_validation == 6
    assert not pd.read_csv(files["validation"])["patient"].isin(["p0", "p1"]).any()


def test_adversarial_training_on_settings_that_are_inputs_repeats(trained):
    changes = {"takes": "image+parameters", "reconstructions": RECONSTRUCTIONS}
    first, second = trained("first", **changes), trained("second", **changes)
    assert _takes(first["onnx"]) == ("image+parameters", ["image", "parameters"])
    for name in ("history", "validation", "onnx"):
        with open(first[name], "rb") as one, open(second[name], "rb") as other:
            assert one.read() == other.read(), name


def _takes(file):
    session = onnxruntime.InferenceSession(file)
    properties = session.get_modelmeta().custom_metadata_map
    return properties["takes"], [value.name for value in session.get_inputs()]
