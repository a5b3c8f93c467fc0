import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from reconattack.attacks.path import Path
from reconattack.attacks.record import record
from reconattack.attacks.results import attacked_frames
from reconattack.figures.attack_paths import draw_paths, files_of_first_seed, paths_table
from reconattack.figures.panels import save_figure
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
    figure = draw_paths(results_of(files), BOXES)
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


def test_title_gives_the_count_and_its_interval(figure):
    titles = [figure.axes[3 * row + 1].get_title() for row in (0, 1)]
    assert titles == [
        "m, zoo: 1 of 1 frames flipped (95 % interval 21 to 100 %)",
        "m, corners: 0 of 1 frames flipped (95 % interval 0 to 79 %)",
    ]


def test_only_the_first_seed_of_each_model_is_drawn():
    names = [("a", "3"), ("a", "1"), ("b", "0"), ("a", "3"), ("b", "1")]
    files = [{"model": model, "seed": seed} for model, seed in names]
    assert files_of_first_seed(files) == [files[0], files[2], files[3]]


def test_path_is_a_line_to_its_last_step(figure):
    way, end, start = lines(figure, 0, 0)
    assert (way.get_linestyle(), way.get_marker()) == ("-", "None")
    offset = way.get_xydata() - np.array(WAY)[:, :2]
    np.testing.assert_allclose(offset, offset[[0] * 3])  # the whole path is drawn apart
    assert (np.abs(offset[0]) <= [0.05 / 4, 0.5 / 4]).all()
    assert end.get_marker() == "o"
    np.testing.assert_array_equal(end.get_xydata()[0], way.get_xydata()[-1])
    np.testing.assert_array_equal(start.get_xydata(), [[0.9, 10]])


def test_queries_of_a_search_are_points_and_its_result_is_marked(figure):
    queries, best, _ = lines(figure, 1, 2)
    assert (queries.get_linestyle(), queries.get_marker()) == ("None", ".")
    np.testing.assert_array_equal(queries.get_xydata(), np.array(WAY)[:, 1:])
    assert best.get_marker() == "s"
    np.testing.assert_array_equal(best.get_xydata(), [[10.5, 54.5]])


def test_figure_is_written(files, tmp_path):
    pdf, png = tmp_path / "f.pdf", tmp_path / "f.png"
    save_figure(draw_paths(results_of(files), BOXES), pdf, png, simulated=True)
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
