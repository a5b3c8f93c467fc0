import numpy as np
import pandas as pd
import pytest

from reconattack.readers.images.image_file import ImageFile, labelled_image
from scripts.figures.fig1_samples import draw_samples, fig1_samples

CLASSES = ("normal", "fatty")


@pytest.fixture
def image():
    """An image of a scanner, with a pixel size or without."""

    def image(scanner, size=None):
        pixels = np.arange(120, dtype=np.uint8).reshape(1, 10, 12)
        row = {"scanner": scanner, "patient": "p", "label": 1}
        return labelled_image(ImageFile(pixels, size), 0, row)

    return image


def test_images_of_unknown_size_have_no_ticks(image):
    measured, unmeasured = draw_samples([[image("a", (1e-3, 1e-3))], [image("b")]], CLASSES).axes
    assert measured.get_ylabel() == "a\ndepth (cm)"
    assert measured.get_xlabel() == "lateral (cm)"
    assert len(measured.get_yticks()) > 0
    assert unmeasured.get_ylabel() == "b\nsize unknown"
    assert unmeasured.get_xlabel() == ""
    assert len(unmeasured.get_xticks()) == len(unmeasured.get_yticks()) == 0


def test_simulated_scanners_are_named_among_real_ones(image):
    simulated, real = draw_samples([[image("a")], [image("b")]], CLASSES, simulated=["a"]).axes
    assert simulated.get_ylabel().startswith("a (simulated)\n")
    assert real.get_ylabel().startswith("b\n")


@pytest.mark.parametrize(("simulated", "marked"), [([], False), (["a"], False), (["a", "b"], True)])
def test_figure_is_marked_where_all_of_it_is_simulated(
    tmp_path, write_images, monkeypatch, simulated, marked
):
    chunk = write_images("x.nc", ("i0", "p0", 1, 10, "a"), ("i1", "p1", 0, 20, "b"))
    monkeypatch.setattr("matplotlib.pyplot.close", lambda figure: figures.append(figure))
    figures = []
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    fig1_samples([chunk], CLASSES, table, pdf, png, simulated)
    assert ("simulated data" in [text.get_text() for text in figures[0].texts]) == marked
    rows = pd.read_csv(table)
    assert rows[["frame", "scanner", "patient", "label"]].values.tolist() == [
        ["i0", "a", "p0", 1],
        ["i1", "b", "p1", 0],
    ]
    assert rows["fat_fraction"].isna().all()
