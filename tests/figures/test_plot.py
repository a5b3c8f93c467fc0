import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

import reconattack as ra
from reconattack.errors import InputError
from reconattack.figures import plot
from tests.picture_frames import picture_of

START = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
ROWS = 50
GRID = {"method": "grid", "lattice": {"beta": 0.1, "alpha_upper": 5}, "max_points": 100}


@pytest.fixture(scope="module")
def results(write_network, tmp_path_factory):
    """Of each method, the results of an attack on two simulated frames."""
    frames = [ra.simulate_frame(name, lines=64, samples=1200) for name in ("one", "two")]
    path = write_network(tmp_path_factory.mktemp("model") / "mean.onnx", 30)
    model = ra.open_model(path, rows=ROWS)
    unlabelled = [
        frame.assign_attrs(label=int(model.probability(frame, START) >= 0.5)) for frame in frames
    ]
    box = ra.box(START, beta=(0.5, 1.3), alpha_upper=(50, 60))
    attacks = {"grid": GRID, "minimal": {"method": "minimal", "max_queries": 30}}
    return {name: ra.attack(unlabelled, model, box, **attack) for name, attack in attacks.items()}


def texts(figure):
    return " ".join(text.get_text() for text in figure.findobj(plt.Text))


@pytest.fixture
def drawn(results):
    (first, second), (grid, _) = results["minimal"], results["grid"]
    return {
        "bmode": plot.bmode(ra.reconstruct(first.frame, START, ROWS)),
        "difference": plot.difference(first.original, ra.reconstruct(first.frame, START, ROWS)),
        "attack": plot.attack(first),
        "path": plot.path(first),
        "paths": plot.path([first, second]),
        "decision_map": plot.decision_map(grid),
        "pipeline": plot.pipeline(first.frame, START, ROWS),
    }


def test_a_figure_is_returned_and_closed_and_keeps_its_font(drawn, tmp_path, caplog):
    assert plt.get_fignums() == []
    drawn["bmode"].savefig(tmp_path / "bmode.pdf")
    fonts = re.findall(rb"/BaseFont /(?:[A-Z]{6}\+)?(\w+)", (tmp_path / "bmode.pdf").read_bytes())
    assert fonts
    assert all(font.startswith(b"LiberationSans") for font in fonts), fonts
    for name, figure in drawn.items():
        figure.savefig(tmp_path / f"{name}.png", dpi=50)
        assert (tmp_path / f"{name}.png").stat().st_size > 1000, name
    assert [record for record in caplog.records if "findfont" in record.getMessage()] == []


def test_simulated_frames_are_called_simulated(drawn, results):
    assert [name for name, figure in drawn.items() if "simulated data" not in texts(figure)] == []
    frame = results["minimal"][0].frame
    del (recorded := frame.copy()).attrs["simulated"]
    assert "simulated" not in texts(plot.bmode(ra.reconstruct(recorded, START, ROWS)))


def test_attack_shows_both_images_and_their_probabilities(drawn, results):
    result = results["minimal"][0]
    shown = texts(drawn["attack"])
    for probability in (result.probability_initial, result.probability_final):
        assert f"P(fatty) = {probability:.2f}" in shown


def test_path_of_one_frame_names_it_and_of_several_counts_them(drawn):
    assert "minimal, one: " in texts(drawn["path"])
    assert "of 2 frames flipped" in texts(drawn["paths"])


def test_map_counts_the_settings_that_flip(drawn, results):
    n_flipping = int(results["grid"][0].record["n_flipping"])
    assert f"{n_flipping} of 27 settings flip" in texts(drawn["decision_map"])


def test_difference_is_of_one_frame_at_one_size(results):
    result = results["minimal"][0]
    with pytest.raises(InputError, match="expected two images of one frame with as many rows"):
        plot.difference(result.original, ra.reconstruct(result.frame, START, 2 * ROWS))


def test_what_cannot_be_drawn_is_named(results):
    with pytest.raises(InputError, match="method minimal has no lattice to draw"):
        plot.decision_map(results["minimal"][0])
    with pytest.raises(InputError, match="expected results of one attack"):
        plot.path([results["minimal"][0], results["grid"][0]])


def test_panel_of_ones_own_figure(results):
    figure, axes = plt.subplots()
    plot.show_bmode(axes, results["minimal"][0].original)
    assert np.ma.count(axes.images[0].get_array()) > 0
    plt.close(figure)


def test_picture_of_unknown_size_has_no_centimetres(results):
    frame = picture_of(results["minimal"][0].frame, pixel=None)
    image = ra.reconstruct(frame, START)
    for figure in (plot.bmode(image), plot.difference(image, image)):
        axes = figure.axes[0]
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("", "")
        assert not len(axes.get_xticks())
