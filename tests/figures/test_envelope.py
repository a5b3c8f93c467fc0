import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from reconattack.figures.envelope import BOUND, KINDS, MOST_BARS, draw_envelopes
from reconattack.figures.style import HIGHEST
from scripts.figures.envelope import envelope
from tests.envelope_rows import envelope_row, envelope_rows
from tests.figures.figure_texts import text_faults

BOTH = "beta", "alpha_lower"


def texts(figure):
    """The texts beside the bars of the first panel."""
    beside = next(axes for axes in figure.axes if axes.yaxis.get_ticks_position() == "right")
    return [label.get_text() for label in beside.get_yticklabels()]


def test_bars_have_the_length_of_their_range_and_their_kind():
    rows = [
        envelope_row(*BOTH, statement="proved", share=0.2, n_settings=np.nan, bound_share=0.1),
        envelope_row("beta", share=0.25),
        envelope_row("alpha_lower", statement="sampled", share=0.5),
    ]
    (figure,) = draw_envelopes(pd.DataFrame(rows))
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == [20, 25, 50]
    assert [bar.get_hatch() for bar in bars] == [None, KINDS["exhaustive"]["hatch"], None]
    assert bars[0].get_facecolor() != bars[2].get_facecolor()
    (bound,) = figure.axes[0].lines
    assert list(bound.get_xdata()) == [10, 10]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert set(legend) == {*(kind["label"] for kind in KINDS.values()), BOUND}
    assert text_faults(figure) == []
    plt.close(figure)


def test_ends_and_what_changes_stand_beside_a_bar():
    rows = [
        envelope_row(*BOTH, statement="proved", share=0.2, n_settings=np.nan, bound_share=0.1),
        envelope_row("beta", share=0.2744, n=22),
        envelope_row("alpha_lower", share=0.0, changed=0),
    ]
    (figure,) = draw_envelopes(pd.DataFrame(rows))
    assert texts(figure) == [
        "20 % of the box: 1 of 100 not proved\nsweep, bound 10 % (100 patients)",
        "0.791 to 1.009: 1 of 22 changed\nsweep, no bound: 22 of 59 patients",
        "no range: 7 of 100 changed at 50 %\nsweep, no bound: 100 of 59 patients",
    ]
    plt.close(figure)


def test_many_bars_go_on_further_pages():
    rows = pd.DataFrame([envelope_row("beta")] * (2 * MOST_BARS + 1))
    figures = list(draw_envelopes(rows))
    assert len(figures) == 3
    assert max(figure.get_figheight() for figure in figures) <= HIGHEST
    for figure in figures:
        plt.close(figure)


@pytest.mark.parametrize("rows", [envelope_rows(), envelope_rows()[:0]], ids=["rows", "no row"])
def test_figure_is_written_with_its_numbers(tmp_path, rows):
    files = [str(tmp_path / name) for name in ("all.csv", "e.csv", "e.pdf", "e.png")]
    rows.to_csv(files[0], index=False)
    envelope(files[0], True, *files[1:])
    drawn = pd.read_csv(files[1])
    assert len(drawn) == len(rows)
    assert list(drawn) == list(rows)
    assert (tmp_path / "e.pdf").read_bytes().startswith(b"%PDF")
