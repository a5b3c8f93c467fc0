import pandas as pd
import pytest

from scripts.models.train_texture import train_texture
from tests.classifiers.texture_chunks import write_texture_chunks

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
ROWS = 48


@pytest.fixture
def chunks(tmp_path, convex_scanner):
    """Pictures and RF frames whose class is that of their fading with depth."""
    return write_texture_chunks(tmp_path, convex_scanner)


def outputs(folder):
    return {
        "skops": str(folder / "m.skops"),
        "history": str(folder / "history.csv"),
        "validation": str(folder / "validation.csv"),
    }


@pytest.mark.parametrize("texture", ["svm", "forest"])
def test_training_repeats_and_leaves_out_the_patients_of_its_fold(tmp_path, chunks, texture):
    images, frames, _ = chunks
    settings = {"texture": texture, "validation_share": 0.25, "threads": 2}
    held_out = {f"r{number}-{label}" for number in range(3) for label in (0, 1)}
    folds = pd.DataFrame({"patient": sorted(held_out), "fold": 1})
    folds.to_csv(tmp_path / "folds.csv", index=False)
    for run in ("one", "other"):
        (tmp_path / run).mkdir()
        train_texture(
            images=images,
            frames=frames,
            folds=[str(tmp_path / "folds.csv")],
            settings=settings,
            initial=INITIAL,
            image_rows=ROWS,
            model=texture,
            seed="0",
            fold="1",
            outputs=outputs(tmp_path / run),
        )
    for name in ("m.skops", "history.csv", "validation.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    validation = pd.read_csv(tmp_path / "one" / "validation.csv")
    assert list(validation) == ["frame", "patient", "label", "scanner", "logit", "probability"]
    assert not set(validation["patient"]) & held_out
    history = pd.read_csv(tmp_path / "one" / "history.csv")
    assert history.sum(axis=1).tolist() == [24 + 24 - 6]
