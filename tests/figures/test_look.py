"""The styles of figures: fonts and sizes as a journal or a talk asks for, and names in words."""

import re
import zlib
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.font_manager import findfont

from reconattack.figures.look import Look, differing, figure_style, inches, letter, shown
from reconattack.figures.panels import save_figure
from reconattack.figures.style import ONE_COLUMN, STYLES, TWO_COLUMNS
from reconattack.run import figure_jobs

POINTS = 72
FONTS = {"nature": b"LiberationSans", "ieee": b"STIXGeneral", "slides": b"LiberationSans"}


@figure_style()
def panels(width):
    figure, (left, right) = plt.subplots(1, 2, figsize=inches(width, 2), layout="constrained")
    letter(left, 0, "first")
    letter(right, 27)
    left.plot([-1, 1], label="line")
    left.set(xlabel=r"$\beta$ and $\alpha_{lower}$")
    left.legend()
    return figure


def text_sizes(pdf):
    """Size of each text in the streams of a PDF [points]."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    texts = []
    for stream in streams:
        try:
            texts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return [float(size) for text in texts for size in re.findall(rb"/F\S+ ([\d.]+) Tf", text)]


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("width", [ONE_COLUMN, TWO_COLUMNS])
def test_saved_pdf_has_the_width_the_font_and_the_sizes_of_its_style(tmp_path, name, width):
    style, pdf = STYLES[name], tmp_path / "f.pdf"
    with figure_style(Look(name)):
        save_figure(panels(width), pdf, tmp_path / "f.png", simulated=True)
    written = pdf.read_bytes()
    (across,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ", written)
    wide = style.two_columns if width == TWO_COLUMNS else style.one_column
    assert float(across) == pytest.approx(POINTS * wide, abs=0.01)
    assert max(text_sizes(written)) == style.text
    assert b"/Type3" not in written
    fonts = set(re.findall(rb"/BaseFont /(?:[A-Z]{6}\+)?([A-Za-z]+)", written))
    assert fonts
    assert all(font.startswith(FONTS[name]) for font in fonts), fonts


def test_widths_are_those_that_journals_ask_for():
    millimetres = [25.4 * width for width in (STYLES["nature"].one_column, TWO_COLUMNS)]
    assert millimetres == pytest.approx([89, 183], abs=0.2)
    assert STYLES["nature"].text <= 7
    assert (STYLES["ieee"].one_column, STYLES["ieee"].two_columns) == (3.5, 7.16)


def test_fonts_are_the_files_of_the_package_whatever_the_machine_has(tmp_path):
    with figure_style():
        for slant, weight, file in (
            ("normal", 400, "LiberationSans-Regular.ttf"),
            ("italic", 400, "LiberationSans-Italic.ttf"),
            ("normal", 700, "LiberationSans-Bold.ttf"),
        ):
            found = findfont(plt.matplotlib.font_manager.FontProperties(style=slant, weight=weight))
            assert str(found).endswith(f"reconattack/figures/fonts/{file}")


def test_style_ends_with_its_block_and_reaches_functions_that_draw_inside():
    with figure_style(Look("slides", {"models": {"m": "a model"}})):
        inside = panels(TWO_COLUMNS)
        assert shown("m", "models") == "a model"
    after = panels(TWO_COLUMNS)
    assert [figure.get_figwidth() for figure in (inside, after)] == [10, TWO_COLUMNS]
    assert shown("m_1", "models") == "m 1"
    plt.close("all")


def test_letters_go_on_after_z():
    figure = panels(ONE_COLUMN)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        r"$\mathbf{a}$   first",
        r"$\mathbf{ab}$",
    ]
    plt.close(figure)


def test_groups_are_named_by_what_differs():
    titles = {"attacks": {"zoo": "the paper's"}}
    with figure_style(Look(titles=titles)):
        assert differing([("m", 0, "zoo"), ("m", 1, "zoo")]) == ["seed 0", "seed 1"]
        assert differing([("m", 0, "zoo"), ("m_2", 0, "zoo")]) == ["m", "m 2"]
        assert differing([("m", 0, "zoo"), ("m", 0, "a_b")]) == ["the paper's", "a b"]
        assert differing([("m", 0, "zoo")]) == [""]


def test_job_that_draws_has_the_style_of_the_run(monkeypatch):
    drawn = []
    monkeypatch.setattr(figure_jobs, "run_rule", lambda function, snakemake: function())
    look = {"style": "ieee", "titles": {}}
    job = SimpleNamespace(params=SimpleNamespace(look=look))
    figure_jobs.run_figure(lambda: drawn.append(panels(TWO_COLUMNS)), job)
    assert drawn[0].get_figwidth() == 7.16
    assert np.isclose(drawn[0].axes[0].xaxis.label.get_size(), 8)
    plt.close("all")
