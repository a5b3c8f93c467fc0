from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.roc import first_seed, roc_curves
from reconattack.figures.panels import save_figure
from reconattack.figures.roc import draw_roc


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
    curves = roc_curves({name: first_seed(table) for name, table in tables.items()}, 0.5)
    assert set(curves["model"]) == {"m"}
    figure = draw_roc(curves, list(tables))
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "one: needs frames of both labels" in words
    save_figure(figure, tmp_path / "f.pdf", tmp_path / "f.png", simulated=True)
    assert (tmp_path / "f.png").stat().st_size > 1000


def test_curve_is_the_empirical_one_with_steps_from_the_origin(tables):
    table = first_seed(tables["m"])
    apart = table.assign(logit=table["logit"] + 1e-6 * np.arange(len(table)))
    figure = draw_roc(roc_curves({"m": apart}, 0.5), ["m"])
    _, curve, mark, *_ = figure.axes[0].lines
    places = curve.get_xydata()
    assert places[0].tolist() == [0, 0]
    assert places[-1].tolist() == [1, 1]
    assert (np.diff(places, axis=0).prod(axis=1) == 0).all()
    (point,) = mark.get_xydata()
    on = [
        min(a[0], b[0]) - 1e-9 <= point[0] <= max(a[0], b[0]) + 1e-9
        and min(a[1], b[1]) - 1e-9 <= point[1] <= max(a[1], b[1]) + 1e-9
        for a, b in pairwise(places)
    ]
    assert any(on)
    plt.close(figure)
