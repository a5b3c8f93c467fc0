"""Topics, tables and labels of the report."""

from reconattack.run.plan.report import TABLES, table_caption, texts_digest
from tests.places import ROOT

DEFENCES = {"defences": {"baseline": "compact"}}


def test_topics_without_contents_come_last(plan_of):
    assert list(plan_of().report.categories.values()) == [
        *("1 Errors, faults or inconsistencies", "2 Adversarial examples", "3 The model"),
        *("4 Data and method", "5 Checks and this run", "6 Defences"),
    ]
    full = plan_of(DEFENCES, attacks=["nearest", "steps"]).report.categories
    assert full["defences"] == "5 Defences"
    assert full["run"] == "6 Checks and this run"


def test_settings_that_nobody_searched_and_those_that_a_search_found_are_apart(plan_of):
    report = plan_of({"accidental": {"settings": 5}}, attacks=["nearest", "each"]).report
    by_chance = {"envelope", "accidental", "accidental_summary", "repeatability", "knobs"}
    searched = {"attacks", "summary", "margins", "flags"}
    assert by_chance | searched <= set(report.table_names)
    shown = {name: report.category_of_table(name) for name in report.table_names}
    assert {shown[name] for name in by_chance} == {report.categories["errors"]}
    assert {shown[name] for name in searched - {"flags"}} == {report.categories["adversarial"]}
    assert shown["flags"] == report.categories["run"]
    for name in by_chance & set(report.figures.table):
        assert report.figures.table[name].topic == "errors"
    assert {"margins", "attack_paths"} <= {
        name for name, one in report.figures.table.items() if one.topic == "adversarial"
    }


def test_every_table_of_a_run_is_in_its_report(plan_of):
    keys = {**DEFENCES, "accidental": {"settings": 5}, "agreement": {"kinds": ["png"]}}
    run = {"attacks": ["steps", "lattice", "nearest", "each", "proof"], "seeds": [0, 1]}
    run |= {"unit": "patient"}
    guard = {"settings": 3, "false_alarm_rate": 0.1}
    report = plan_of({**keys, "models": {"compact": {"guard": guard}}}, **run).report
    elsewhere = {"confusion", "subgroups"}  # of classes, of frame tables
    assert set(report.table_names) == set(TABLES) - elsewhere
    assert [path for path in report.results.tables if path not in report.tables] == [
        "results/tables/findings.txt"
    ]


def test_numbered_captions_are_those_of_figures_and_two_tables(plan_of):
    report = plan_of().report
    assert report.numbered == [*report.figures.names, "flags", "comparisons"]


def test_label_is_the_only_value_or_each(plan_of):
    labels = plan_of().report.labels("Figure: ROC curve", "model", "attack", "frame")
    assert labels == {
        "result": "Figure: ROC curve",
        "model": "compact",
        "attack": "each",
        "frame": "each",
    }
    report = plan_of(attacks=["corners"]).report
    assert report.table_labels("summary") == {
        "result": "Table: Summary",
        "model": "compact",
        "attack": "corners",
    }
    assert report.category_of_table("summary") == report.categories["adversarial"]


def test_labels_have_titles_in_place_of_names(plan_of):
    report = plan_of(
        {"titles": {"models": {"compact": "small network"}, "attacks": {"corners": "search"}}},
        attacks=["corners"],
    ).report
    assert report.table_labels("summary") == {
        "result": "Table: Summary",
        "model": "small network",
        "attack": "search",
    }


def test_pages_of_every_run(plan_of):
    pages = plan_of().report.pages
    assert pages[:2] == ["results/summary.html", "results/report/answer.txt"]
    assert "results/report/tables/summary.html" in pages


def test_every_table_has_a_caption():
    for name in TABLES:
        assert (ROOT / "report" / table_caption(name)).exists(), name
    assert table_caption("margins") == "margins_table.rst"


def test_digest_sees_every_text(tmp_path):
    (tmp_path / "a.rst").write_text("one")
    before = texts_digest(tmp_path)
    assert texts_digest(tmp_path) == before
    (tmp_path / "a.rst").write_text("two")
    assert texts_digest(tmp_path) != before


def test_page_that_everything_repeats_shows_no_run_times(plan_of):
    report = plan_of(DEFENCES, attacks=["lattice"]).report
    assert {"timings", "defences_timings"} <= set(report.table_names)
    assert not [path for path in report.timeless_tables if "timings" in path]
    assert len(report.timeless_tables) == len(report.tables) - 2


def test_attack_that_stands_for_the_run(plan_of):
    report = plan_of(attacks=["corners", "steps", "lattice", "each"]).report
    assert report.attack["name"] == "steps"
    assert report.attack["title"] == "steps"
    titled = plan_of({"titles": {"attacks": {"steps": "sign steps"}}}, attacks=["steps"]).report
    assert titled.attack["title"] == "sign steps"
    assert report.searches == ["corners", "steps"]
    assert report.grid == "lattice"
    assert plan_of().report.grid is None
