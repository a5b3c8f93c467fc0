import numpy as np
import pandas as pd

from reconattack.evidence.chosen_ranges import shown_ranges, strongest_ranges
from tests.envelope_rows import envelope_row

BOTH = "beta", "alpha_lower"


def sampled(source, **cells):
    return envelope_row(*BOTH, statement="sampled", source=source, **cells)


def shown(*rows):
    return shown_ranges(pd.DataFrame(rows))["source"].tolist()


def test_first_known_excess_speaks_for_searches():
    """A coarse search may claim a narrow range only because it tried nothing in between."""
    coarse = sampled("coarse", share=0.1, beyond_share=0.3)
    fine = sampled("fine", share=0.2, beyond_share=0.21)
    assert shown(coarse, fine) == ["fine"]
    nothing = sampled("nothing", share=1.0, beyond_share=np.nan)
    assert shown(nothing, fine) == ["fine"]


def test_of_searches_without_an_excess_the_one_that_tried_most_speaks():
    few = sampled("few", beyond_share=np.nan, n_settings=3)
    many = sampled("many", beyond_share=np.nan, n_settings=300)
    assert shown(few, many) == ["many"]


def test_range_of_the_initial_setting_alone_gives_way_to_one_that_it_does_not_refute():
    empty = sampled("empty", share=0.0, beyond_share=0.5, n_settings=1)
    assert shown(empty, sampled("search", share=0.4, beyond_share=0.6)) == ["search"]
    assert shown(empty, sampled("search", share=0.55, beyond_share=0.6)) == ["empty"]
    assert shown(empty) == ["empty"]


def test_box_inside_another_gives_way():
    small = {f"box_{end}_beta": value for end, value in (("lower", 0.85), ("upper", 0.95))}
    inner = sampled("inner", share=1.0, beyond_share=0.1, **small)
    assert shown(inner, sampled("outer", beyond_share=0.3)) == ["outer"]


def test_every_kind_of_statement_is_shown_the_strongest_first():
    rows = [
        sampled("search"),
        envelope_row(*BOTH, source="grid"),
        envelope_row(*BOTH, statement="proved", source="short", share=0.1, n_settings=np.nan),
        envelope_row(*BOTH, statement="proved", source="long", share=0.2, n_settings=np.nan),
    ]
    assert shown(*rows) == ["long", "grid", "search"]


def spoken(*rows):
    return strongest_ranges(pd.DataFrame(rows))["source"].tolist()


def test_strongest_speaks_but_not_a_proof_of_nothing():
    proof = envelope_row(*BOTH, statement="proved", source="proof", n_settings=np.nan)
    nothing = proof | {"range_share": 0.0, "source": "nothing"}
    grid = envelope_row(*BOTH, source="grid")
    assert spoken(sampled("search"), grid, proof, nothing) == ["proof"]
    assert spoken(sampled("search"), grid, nothing) == ["grid"]
    assert spoken(sampled("search")) == ["search"]
    assert spoken(nothing) == ["nothing"]


def test_range_in_which_another_source_knows_too_many_changes_gives_way():
    """Between the points of a coarse lattice a search may know what the lattice does not."""
    grid = envelope_row(*BOTH, source="grid", share=0.25, beyond_share=0.5)
    search = sampled("search", share=0.2, beyond_share=0.21)
    assert spoken(grid, search) == ["search"]
    assert spoken(grid, search | {"beyond_share": 0.3}) == ["grid"]
    proof = envelope_row(*BOTH, statement="proved", source="proof", n_settings=np.nan)
    assert spoken(grid, search, proof) == ["proof"]


def test_changes_at_the_first_step_are_not_passed_over():
    """A sweep whose first step changes too much has no range; a coarse grid must not hide it."""
    sweep = envelope_row("beta", source="sweep", share=0.0, beyond_share=0.1, n_settings=1)
    grid = envelope_row("beta", source="grid", share=1.0, beyond_share=np.nan)
    search = envelope_row(
        "beta", statement="sampled", source="search", share=1.0, beyond_share=np.nan
    )
    assert spoken(search, grid, sweep) == ["sweep"]
    assert shown(search, grid, sweep) == ["sweep", "search"]


def test_no_row_is_no_range():
    assert shown_ranges(pd.DataFrame([envelope_row("beta")])[:0]).empty
