import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.special import expit

from reconattack.attacks.record import Path, record
from reconattack.errors import InputError
from reconattack.figures.frame_maps import read_maps
from reconattack.storage import write_dataset
from scripts.figures.decision_maps import PAGE, decision_maps, draw_page, draw_pages

WAY = [np.array([0.9, 10.0, 55.0]), np.array([0.7, 10.0, 60.0])]


def fatty(beta, lower, upper):
    """Flips where beta is 0.7 or less, and there only at an alpha_upper of 60."""
    return 10 * (beta - 0.75) + (55 - upper)


FRAMES = {
    "few": (1, lambda beta, lower, upper: fatty(beta, lower, upper) + 6),
    "many": (1, lambda beta, lower, upper: 2 * (beta - 0.8)),
    "normal": (0, lambda beta, lower, upper: -1.0 + (upper - 55) * (lower - 10) / 10),
    "wrong": (0, lambda beta, lower, upper: 1.0),
    "unreadable": (0, None),
}


@pytest.fixture
def file(judged_grid):
    path = judged_grid("grid.nc", **FRAMES)
    return {"model": "m", "seed": "0", "fold": "1", "attack": "grid", "path": path}


@pytest.fixture
def zoo(tmp_path):
    """The paper's attack flips `many`, and `few` not."""
    ways = [
        Path(1, WAY, [1.0, -1.0], [0.1] * 2, [np.ones(3)], "flipped"),
        Path(1, WAY[:1], [1.0], [0.1], [np.zeros(3)], "flat"),
        Path(0, WAY[:1], [1.0], [1.3], [], "wrong_at_start"),
    ]
    names = ("beta", "alpha_lower", "alpha_upper")
    write_dataset(
        tmp_path / "zoo.nc", record(ways, ["many", "few", "wrong"], names, np.array([8, 7, 1])), {}
    )
    return str(tmp_path / "zoo.nc")


def test_map_is_the_worst_case_over_what_is_not_drawn(file):
    maps = {one.frame: one for one in read_maps(file, None)}
    assert list(maps) == ["few", "many", "normal"]
    few, normal = maps["few"].probability, maps["normal"].probability
    assert few.dims == ("grid_beta", "grid_alpha_lower")
    assert few.shape == (4, 3)
    np.testing.assert_allclose(few[:, 0], expit([10 * (b - 0.75) + 1 for b in few["grid_beta"]]))
    np.testing.assert_allclose(normal, [expit([-1, -1, 1.5])] * 4, rtol=1e-6)
    assert maps["few"].n_flipping == 3
    assert maps["few"].n_points == 24
    assert maps["few"].start.tolist() == [0.9, 10]


def test_path_of_the_papers_attack_is_that_of_the_frame(file, zoo):
    maps = {one.frame: one for one in read_maps(file, zoo)}
    np.testing.assert_array_equal(maps["many"].way.points, [[0.9, 10], [0.7, 10]])
    assert maps["many"].way.flipped
    assert len(maps["few"].way.points) == 1
    assert not maps["few"].way.flipped
    assert maps["normal"].way is None


def test_flipping_side_is_hatched_and_bounded_by_the_cutoff(file):
    maps = list(read_maps(file, None))
    figure = draw_page(maps, "title", 0.5, ("normal", "fatty"))
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


def test_frames_that_flip_most_come_first_and_pages_hold_so_many(file):
    maps = list(read_maps(file, None)) * 8
    pages = list(draw_pages({("m", "0", "grid"): maps}, 0.5, ("normal", "fatty")))
    assert len(pages) == 2
    panels = [sum(bool(axes.get_title()) for axes in page.axes) for page in pages]
    assert panels == [PAGE, 24 - PAGE]
    for page in pages:
        plt.close(page)


def test_figure_and_table_are_written(file, zoo, tmp_path):
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    decision_maps(
        [file], {file["path"]: zoo}, 0.5, ("normal", "fatty"), table, pdf, png, simulated=True
    )
    rows = pd.read_csv(table)
    assert list(rows) == [
        *("model", "seed", "fold", "attack", "frame", "reference"),
        *("beta", "alpha_lower", "worst_probability"),
    ]
    assert rows["frame"].unique().tolist() == ["many", "normal", "few"]
    assert len(rows) == 3 * 12
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF")
    with Image.open(png) as figure:
        assert len(np.unique(np.asarray(figure.convert("L")))) > 10


def test_nothing_attacked_is_said(judged_grid, tmp_path):
    path = judged_grid("grid.nc", wrong=FRAMES["wrong"], unreadable=FRAMES["unreadable"])
    file = {"model": "m", "seed": "0", "fold": "all", "attack": "grid", "path": path}
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    decision_maps([file], {}, 0.5, ("normal", "fatty"), table, pdf, png, simulated=True)
    assert pd.read_csv(table).empty
    assert (tmp_path / "f.png").stat().st_size > 1000


def test_without_a_grid_there_is_nothing_to_draw():
    with pytest.raises(InputError, match="no attack of method grid"):
        decision_maps([], {}, 0.5, ("normal", "fatty"), "f.csv", "f.pdf", "f.png", simulated=True)
