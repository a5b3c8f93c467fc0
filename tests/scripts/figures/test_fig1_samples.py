import pandas as pd
import pytest

from scripts.figures.fig1_samples import fig1_samples

CLASSES = ("normal", "fatty")


@pytest.mark.parametrize(("simulated", "marked"), [([], False), (["a"], False), (["a", "b"], True)])
def test_figure_is_marked_where_all_of_it_is_simulated(
    tmp_path, write_images, monkeypatch, simulated, marked
):
    chunk = write_images("x.nc", ("i0", "p0", 1, 10, "a"), ("i1", "p1", 0, 20, "b"))
    monkeypatch.setattr("matplotlib.pyplot.close", lambda figure: figures.append(figure))
    figures = []
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    fig1_samples([chunk], [], CLASSES, simulated, table, pdf, png)
    assert ("simulated data" in [text.get_text() for text in figures[0].texts]) == marked
    rows = pd.read_csv(table)
    assert rows[["frame", "scanner", "patient", "label"]].values.tolist() == [
        ["i0", "a", "p0", 1],
        ["i1", "b", "p1", 0],
    ]
    assert rows["fat_fraction"].isna().all()
