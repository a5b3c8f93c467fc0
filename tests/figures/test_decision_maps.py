import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from reconattack.errors import InputError
from reconattack.figures.decision_maps import (
    PAGE,
    draw_page,
    draw_pages,
    maps_of_grids,
    maps_table,
)
from reconattack.figures.frame_maps import read_maps
from reconattack.figures.panels import save_pages
from tests.figures.conftest import FRAMES

CLASSES = ("normal", "fatty")


def test_flipping_side_is_hatched_and_bounded_by_the_cutoff(grid_file):
    maps = list(read_maps(grid_file, None))
    figure = draw_page(maps, "title", 0.5, CLASSES)
    many, normal = figure.axes[1], figure.axes[2]
    for axes, inside, outside in ((many, (0.6, 10), (1.0, 10)), (normal, (0.9, 14), (0.9, 6))):
        hatched = next(c for c in axes.collections if "/////" in getattr(c, "hatches", []))
        (area,) = hatched.get_paths()
        assert area.contains_point(inside)
        assert not area.contains_point(outside)
        assert axes.get_xlim() == (0.5, 1.1)
        assert axes.get_ylim() == (5, 15)
    assert many.get_title() == "many, fatty\n12 of 24 flip"
    plt.close(figure)


def test_frames_that_flip_most_come_first_and_pages_hold_so_many(grid_file):
    maps = list(read_maps(grid_file, None)) * 8
    pages = list(draw_pages({("m", "0", "grid"): maps}, 0.5, CLASSES))
    assert len(pages) == 2
    panels = [sum(bool(axes.get_title()) for axes in page.axes) for page in pages]
    assert panels == [PAGE, 24 - PAGE]
    for page in pages:
        plt.close(page)


def test_frames_that_flip_most_are_tabulated_first(grid_file, zoo):
    rows = maps_table(maps_of_grids([grid_file], {grid_file["path"]: zoo}))
    assert list(rows) == [
        *("model", "seed", "fold", "attack", "frame", "reference"),
        *("beta", "alpha_lower", "worst_probability"),
    ]
    assert rows["frame"].unique().tolist() == ["many", "normal", "few"]
    assert len(rows) == 3 * 12


def test_figure_is_written(grid_file, zoo, tmp_path):
    maps = maps_of_grids([grid_file], {grid_file["path"]: zoo})
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_pages(draw_pages(maps, 0.5, CLASSES), pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    with Image.open(png) as figure:
        assert len(np.unique(np.asarray(figure.convert("L")))) > 10


def test_nothing_attacked_is_said(judged_grid, tmp_path):
    path = judged_grid("grid.nc", wrong=FRAMES["wrong"], unreadable=FRAMES["unreadable"])
    file = {"model": "m", "seed": "0", "fold": "all", "attack": "grid", "path": path}
    maps = maps_of_grids([file], {})
    assert maps_table(maps).empty
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_pages(draw_pages(maps, 0.5, CLASSES), pdf, png, simulated=True)
    assert png.stat().st_size > 1000


def test_without_a_grid_there_is_nothing_to_draw():
    with pytest.raises(InputError, match="no attack of method grid"):
        maps_of_grids([], {})
