import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from reconattack.attacks.path import Path
from reconattack.attacks.record import record
from reconattack.attacks.results import attacked_frames
from reconattack.figures.attack_paths import (
    draw_pages,
    draw_paths,
    files_of_first_seed,
    paths_table,
)
from reconattack.figures.panels import save_pages
from reconattack.figures.style import FLIPPED, HIGHEST, KEPT
from reconattack.storage import write_dataset

NAMES = ("beta", "alpha_lower", "alpha_upper")
WAY = [np.array([0.9, 10, 55]), np.array([0.95, 10.5, 54.5]), np.array([1.0, 11, 54])]
SEARCHED = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
STEPPED = {
    name: knob | {"probe": 0.1, "rate": rate}
    for (name, knob), rate in zip(SEARCHED.items(), (0.05, 0.5, 0.5), strict=True)
}

BOXES = {"zoo": STEPPED, "corners": SEARCHED}


@pytest.fixture
def files(tmp_path):
    """A path of zoo that flipped and a search that did not, each beside a frame not attacked."""
    unattacked = Path(0, WAY[:1], [1.0], [1.3], [], "wrong_at_start")
    ways = {
        "zoo": Path(1, WAY, [3.0, 1.0, -2.0], [0.1] * 3, [np.ones(3)] * 2, "flipped"),
        "corners": Path(1, WAY, [3.0, 1.0, 2.0], [0.1] * 3, [], "budget", best=1),
    }
    for attack, way in ways.items():
        result = record([unattacked, way], ["a", "b"], NAMES, np.array([1, 15]))
        write_dataset(tmp_path / f"{attack}.nc", result, {})
    return [
        {"model": "m", "seed": "3", "fold": "0", "attack": name}
        | {"path": str(tmp_path / f"{name}.nc")}
        for name in ways
    ]


@pytest.fixture
def figure(files):
    (figure,) = draw_pages(results_of(files), BOXES)
    yield figure
    plt.close(figure)


def results_of(files):
    return {("m", file["attack"]): list(attacked_frames(file["path"])) for file in files}


def lines(figure, row, panel):
    return figure.axes[3 * row + panel].lines


def test_only_attacked_frames_are_read(files):
    (result,) = attacked_frames(files[1]["path"])
    np.testing.assert_array_equal(result.points(NAMES), WAY)
    assert (result.name, result.flipped, result.best_step) == ("b", False, 1)


def test_each_attack_is_named_once(figure):
    names = [axes.get_title(loc="left") for axes in figure.axes if axes.axison]
    assert names == [r"$\mathbf{a}$   zoo", "", "", r"$\mathbf{b}$   corners"]


def test_many_attacks_take_further_pages_that_fit_a_journal(files):
    frames = results_of(files)
    results = {(str(n), attack): frames["m", attack] for n in range(5) for attack in BOXES}
    pages = list(draw_pages(results, BOXES))
    assert len(pages) == 3  # five rows of paths, two of results
    assert max(page.get_figheight() for page in pages) <= HIGHEST
    for page in pages:
        plt.close(page)


def test_only_the_first_seed_of_each_model_is_drawn():
    names = [("a", "3"), ("a", "1"), ("b", "0"), ("a", "3"), ("b", "1")]
    files = [{"model": model, "seed": seed} for model, seed in names]
    assert files_of_first_seed(files) == [files[0], files[2], files[3]]


def test_path_leads_through_its_settings_to_a_mark_inside_the_box(figure):
    *ways, end, start = lines(figure, 0, 0)
    assert [way.get_linestyle() for way in ways] == ["-", "-"]
    assert np.array([way.get_xydata() for way in ways]).tolist() == [
        [WAY[0][:2].tolist(), WAY[1][:2].tolist()],
        [WAY[1][:2].tolist(), WAY[2][:2].tolist()],
    ]
    assert (end.get_marker(), end.get_color()) == ("o", FLIPPED)
    np.testing.assert_array_equal(end.get_xydata(), [WAY[2][:2]])
    np.testing.assert_array_equal(start.get_xydata(), [[0.9, 10]])


def test_of_a_search_the_results_are_shown_and_its_queries_in_a_figure_of_its_own(figure, files):
    best, _ = lines(figure, 1, 0)
    assert (best.get_marker(), best.get_color()) == ("s", KEPT)
    np.testing.assert_array_equal(best.get_xydata(), [WAY[1][:2]])
    alone = draw_paths(results_of(files)["m", "corners"], SEARCHED)
    queries = alone.axes[2].lines[0]
    np.testing.assert_array_equal(queries.get_xydata(), np.array(WAY)[:, 1:])
    plt.close(alone)


def test_frames_that_share_a_way_widen_it_and_enlarge_its_end(files):
    frames = results_of(files)["m", "zoo"]
    one, three = (draw_paths(frames * count, STEPPED) for count in (1, 3))
    (way, *_, end, _), (wide, *_, large, _) = one.axes[0].lines, three.axes[0].lines
    assert len(one.axes[0].lines) == len(three.axes[0].lines)
    assert way.get_linewidth() < wide.get_linewidth()
    assert end.get_markersize() < large.get_markersize()
    plt.close(one), plt.close(three)


def test_figure_is_written(files, tmp_path):
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_pages(draw_pages(results_of(files), BOXES), pdf, png, simulated=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.stat().st_size > 1000


def test_every_step_of_an_attacked_frame_has_a_row(files):
    frames = (attacked_frames(file["path"]) for file in files)
    tables = (paths_table(file, list(own)) for file, own in zip(files, frames, strict=True))
    rows = pd.concat(tables)
    assert rows["attack"].tolist() == ["zoo"] * 3 + ["corners"] * 3
    np.testing.assert_array_equal(rows[list(NAMES)], WAY * 2)
    assert rows["step"].tolist() == [0, 1, 2] * 2
    assert rows["result"].tolist() == [False, False, True, False, True, False]
    assert rows["success"].tolist() == [True] * 3 + [False] * 3
    assert set(rows["frame"]) == {"b"}
