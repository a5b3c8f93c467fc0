import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.roc import first_seed, roc_curves
from scripts.figures.roc import draw_roc, roc


@pytest.fixture
def tables(noisy_scores):
    """A model of two seeds, and one whose frames are all fatty."""
    labels, scores = noisy_scores
    table = pd.DataFrame(
        {"seed": 1, "frame": np.arange(60), "patient": np.arange(60), "label": labels}
        | {"logit": scores, "predicted": (scores > 0.5).astype(int)}
    )
    return {"m": pd.concat([table.assign(seed=3, logit=-scores), table]), "one": table[:40]}


def test_models_differ_in_dash_and_marker_too(tables):
    two = {name: first_seed(tables["m"]) for name in ("a", "b")}
    figure = draw_roc(roc_curves(two, 0.5), list(two))
    named = [line for line in figure.axes[0].lines if line.get_label().startswith(("a:", "b:"))]
    assert len({(line.get_linestyle(), line.get_marker()) for line in named}) == 2
    plt.close(figure)


def test_model_with_one_label_is_named_without_a_curve(tables, tmp_path):
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    files = {name: str(tmp_path / f"{name}.csv") for name in tables}
    outputs = [str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png")]
    roc(files, 0.5, *outputs, simulated=True)
    assert set(pd.read_csv(outputs[0])["model"]) == {"m"}
    assert (tmp_path / "f.png").stat().st_size > 1000
    figure = draw_roc(pd.read_csv(outputs[0]), list(files))
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "one: needs frames of both labels" in words
    plt.close(figure)
