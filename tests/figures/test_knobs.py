import matplotlib.pyplot as plt
import pandas as pd

from reconattack.figures.knobs import draw_matrices, matrix
from reconattack.figures.panels import save_pages

COUNTS = pd.DataFrame(
    [
        ("gain", None, 1, None),
        ("grey map", None, 3, None),
        ("zoom", None, 0, None),
        ("gain", "grey map", 5, 2),
        ("gain", "zoom", 1, 0),
        ("grey map", "zoom", 4, 1),
    ],
    columns=["control", "other_control", "n_flipped", "n_only_together"],
).assign(model="m", seed=0, attack="each", n_attacked=6, box="-3 to 1")


def test_matrix_has_the_pairs_below_and_what_only_both_flip_above():
    assert matrix(COUNTS, ["grey map", "gain", "zoom"]).tolist() == [
        [3, 2, 1],
        [5, 1, 0],
        [4, 1, 0],
    ]


def test_figure_is_ordered_by_what_flips_alone():
    (figure,) = draw_matrices(COUNTS)
    axes = figure.axes[0]
    names = [text.get_text() for text in axes.get_xticklabels()]
    assert names == ["grey map", "gain", "zoom"]
    assert axes.get_yticklabels()[1].get_text() == "gain\n\N{MINUS SIGN}3 to 1"
    numbers = [text.get_text() for text in axes.texts]
    assert [int(number) for number in numbers if number.isdigit()] == [3, 2, 1, 5, 1, 0, 4, 1, 0]
    assert "above the diagonal: only both together" in numbers
    assert figure.axes[1].get_ylabel() == "frames flipped, of 6 attacked"
    plt.close(figure)


def test_figure_is_written(tmp_path):
    pdf, png = tmp_path / "k.pdf", tmp_path / "k.png"
    save_pages(draw_matrices(COUNTS), pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000
