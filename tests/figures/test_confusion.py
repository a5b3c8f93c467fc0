import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from reconattack.figures.confusion import draw_confusion, matrices

GRADES = ["S0", "S1", "S2"]


def table(models=("m",), attacks=("zoo",)):
    """Of three frames of S1 each attack moves two: to S0 and to S2."""
    counts = [("initial", "S1", 3), ("final", "S0", 1), ("final", "S1", 1), ("final", "S2", 1)]
    return pd.DataFrame(
        {"model": model, "seed": 0, "attack": attack, "when": when}
        | {"reference": "S1", "decision": decision, "n": n}
        for model in models
        for attack in attacks
        for when, decision, n in counts
    )


def test_one_matrix_before_and_one_after_each_attack():
    ((before, zoo, corners),) = matrices(table(attacks=("zoo", "corners")), GRADES)
    assert [one.name for one in (before, zoo, corners)] == ["before", "zoo", "corners"]
    assert before.counts.tolist() == [[0, 0, 0], [0, 3, 0], [0, 0, 0]]
    assert zoo.counts.tolist() == corners.counts.tolist() == [[0, 0, 0], [1, 1, 1], [0, 0, 0]]


def test_cells_have_their_counts_and_the_right_class_is_green():
    (figure,) = draw_confusion(table(), GRADES)
    after = figure.axes[1]
    assert [text.get_text() for text in after.texts] == ["1", "1", "1"]
    red, green, _, _ = np.moveaxis(after.images[0].get_array(), -1, 0)
    assert green[1, 1] > red[1, 1]
    assert green[1, 0] < red[1, 0]
    plt.close(figure)


def test_many_models_take_further_pages():
    pages = list(draw_confusion(table(models=[f"m{n}" for n in range(6)]), GRADES))
    assert len(pages) > 1
    letters = [axes.get_title(loc="left") for page in pages for axes in page.axes if axes.images]
    assert len(set(letters)) == len(letters) == 12
    plt.close("all")
