"""The report as a person uses it who has never seen the code."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser.explorer_pages import NARROW, WIDE

pytestmark = pytest.mark.browser

CATEGORIES = {
    "1 Errors, faults or inconsistencies": ("accidental_change", "envelope"),
    "2 Adversarial examples": (
        *("attack_paths", "dossier", "fig3_adversarial", "margins"),
        *("success_against_budget", "success_against_visibility"),
    ),
    "3 The model": ("roc",),
    "4 Data and method": ("contact_sheet", "fig1_samples", "fig2_pipeline"),
    "5 Checks and this run": (),
}


def table(run, name):
    return pd.read_csv(run.folder / "results" / "tables" / f"{name}.csv")


def open_category(page, name):
    page.locator("nav ol a").first.click()
    page.get_by_role("link", name=name, exact=True).first.click()


def results_of(page):
    """The paths of all results that the page has, as its own script knows them."""
    return page.evaluate("Object.keys(results)")


def inside_window(page, locator):
    box = locator.bounding_box()
    size = page.viewport_size
    return (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
    )


def test_first_screen_answers(report, run_with_report, keep):
    summary = table(run_with_report, "summary").set_index("attack").loc["zoo"]
    headings = report.locator(".document .rubric")
    expect(headings).to_have_text([name.partition(" ")[2] for name in list(CATEGORIES)[:3]])
    ranges, answer = report.locator(".document table").first, report.locator(".document li")
    expect(ranges).to_contain_text("all together")
    for shown in (ranges, *(answer.nth(number) for number in range(4))):
        assert inside_window(report, shown)
    expect(report.locator("h1.title")).to_contain_text("Can the scanner's settings flip")
    expect(report.locator(".document")).to_contain_text("Simulated data. Research software")
    expect(answer.nth(1)).to_contain_text(
        f"attack (paper) flips {summary['n_success']} of {summary['n_attacked']} attacked frames"
    )
    expect(answer.nth(0)).to_contain_text("urned alone")
    expect(answer.nth(2)).to_contain_text("In the searches")
    expect(answer.nth(3)).to_contain_text(
        f"correct on {summary['n_correct']} of {summary['n_labelled']} frames"
    )
    picture = report.locator(".document img[src^='data:image/png']")
    graph = report.locator("#app #rulegraph")
    assert answer.nth(3).bounding_box()["y"] < picture.bounding_box()["y"]
    assert picture.bounding_box()["y"] < graph.bounding_box()["y"]
    keep(report, "report-first-screen")


@pytest.mark.parametrize("category", CATEGORIES)
def test_everything_in_a_category_is_shown(report, run_with_report, keep, category):
    open_category(report, category)
    rows = report.locator("nav tbody tr")
    figures, tables = [], 0
    for number in range(rows.count()):
        rows.nth(number).locator("a").first.click()
        if rows.nth(number).inner_text().startswith("Figure"):
            picture = report.locator("#app img[src^='data:image/png']")
            expect(picture).to_be_visible()
            assert picture.evaluate(
                "async (img) => { await img.decode(); return img.naturalWidth }"
            )
            figures.append(picture.get_attribute("src"))
        else:
            page = report.frame_locator("#app iframe")
            expect(page.locator("tbody tr").first).to_be_visible()
            if not category.startswith("5"):
                expect(page.locator("strong")).to_have_text("Simulated data")
            tables += 1
    keep(report, f"report-{category[0]}")
    paths = report.evaluate("(name) => Object.values(categories[name]).flat()", category)
    assert len(set(figures)) == len(figures) == len(CATEGORIES[category])
    assert {path for path in paths if path.endswith(".png")} == {
        f"results/figures/{name}.png" for name in CATEGORIES[category]
    }
    assert len(figures) + tables == len(paths) == rows.count()


def test_results_are_labelled_by_model_attack_and_frame(report, run_with_report):
    attacks = table(run_with_report, "attacks")
    shown = {
        label: "each" if attacks[label].nunique() > 1 else attacks[label].iloc[0]
        for label in ("model", "attack", "frame")
    }
    assert shown["model"] == "compact"
    shown["model"] = "compact network"  # its title
    open_category(report, "2 Adversarial examples")
    heads = [head.lower() for head in report.locator("nav thead th").all_inner_texts()]
    assert heads[0] == "result"
    assert set(shown) <= set(heads)

    def labels(title):
        cells = report.locator("nav tbody tr", has_text=title).locator("td").all_inner_texts()
        return {label: cells[heads.index(label)] for label in shown}

    assert labels("Table: Every attack") == shown
    assert labels("Figure: Paths through the box") == shown
    assert labels("Table: Summary") == shown | {"frame": ""}
    assert labels("Figure 3") == dict.fromkeys(shown, "")


def test_every_result_is_in_a_category(report):
    listed = report.evaluate("Object.values(categories).flatMap((c) => Object.values(c).flat())")
    assert sorted(listed) == sorted(results_of(report))
    assert report.evaluate("Object.keys(categories).sort()") == list(CATEGORIES)


def test_caption_has_this_runs_numbers(report, run_with_report, keep):
    open_category(report, "3 The model")
    row = report.locator("nav tbody tr", has_text="ROC")
    row.locator("a").first.click()
    row.locator("a").nth(1).click()
    summary = table(run_with_report, "summary").iloc[0]
    caption = report.locator("nav .prose")
    expect(caption).to_contain_text("ROC curve of the classified frames")
    expect(caption).to_contain_text(f"correct on {summary['n_correct']} of {summary['n_labelled']}")
    keep(report, "report-caption")


def test_tables_sort_and_search(report, run_with_report, keep):
    attacks = table(run_with_report, "attacks")
    open_category(report, "2 Adversarial examples")
    report.locator("nav tbody tr", has_text="Every attack").locator("a").first.click()
    page = report.frame_locator("#app iframe")
    expect(page.locator("#count")).to_have_text(f"{len(attacks)} of {len(attacks)} rows")
    names = page.locator("th:visible button").all_inner_texts()
    column = names.index("queries")
    head = page.locator("th:visible").nth(column)

    def shown():
        cells = page.locator("tbody tr").evaluate_all(
            "(rows, column) => rows.map((row) => row.children[column].textContent)", column
        )
        return [int(cell) for cell in cells]

    assert shown() == attacks["queries"].tolist()
    head.locator("button").click()
    assert shown() == sorted(attacks["queries"])
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.locator("button").press("Enter")
    assert shown() == sorted(attacks["queries"], reverse=True)
    frame = attacks["frame"].iloc[0]
    page.locator("#words").fill(f"{frame} zoo")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(frame)
    keep(report, "report-table")


def test_tables_begin_with_the_outcome_and_explain_their_columns(report, run_with_report):
    attacks = table(run_with_report, "attacks").dropna(axis="columns", how="all")
    open_category(report, "2 Adversarial examples")
    report.locator("nav tbody tr", has_text="Every attack").locator("a").first.click()
    page = report.frame_locator("#app iframe")
    heads = page.locator("th:visible")
    expect(heads.first).to_contain_text("frame")
    assert heads.all_inner_texts()[:3] == ["frame", "attack", "success"]
    assert heads.count() < 12
    expect(page.get_by_role("button", name="mean_abs_diff")).to_have_attribute(
        "title", "mean absolute change of the image in the sector [grey levels]"
    )
    page.get_by_label(f"all {attacks.shape[1]} columns").check()
    expect(heads).to_have_count(attacks.shape[1])
    expect(page.locator("tbody tr").first.locator("td")).to_have_count(attacks.shape[1])
    page.get_by_text("What the columns say").click()
    expect(page.locator("dt")).to_have_count(attacks.shape[1])
    expect(page.locator("dd").first).to_be_visible()


def test_every_link_has_a_name(report):
    open_category(report, "2 Adversarial examples")
    for link in report.locator("body").aria_snapshot().splitlines():
        if re.search(r"- link\b", link):
            assert re.search(r'- link "[^"]+"', link), link
    row = report.locator("nav tbody tr", has_text="Every attack")
    row.get_by_role("link", name="caption").click()
    expect(report.locator("nav .prose")).to_contain_text("One row per model, seed, attack")


def test_phone_has_the_menu_above_what_it_shows(opened, run_with_report, keep):
    page = opened(run_with_report.folder / "results" / "report.html", NARROW, ready="h1.title")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    menu, text = page.locator("nav").first.bounding_box(), page.locator(".document").bounding_box()
    assert menu["y"] + menu["height"] <= text["y"]
    assert text["x"] >= 0 and text["x"] + text["width"] <= NARROW["width"]
    keep(page, "report-narrow")
    open_category(page, "2 Adversarial examples")
    for link in page.locator("nav tbody a").all():
        box = link.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"]
    page.locator("nav tbody tr", has_text="Summary").get_by_role("link", name="open").click()
    frame = page.locator("#app iframe").bounding_box()
    assert frame["width"] <= NARROW["width"]


def test_run_times_and_rule_graph(report, keep):
    expect(report.locator("#rulegraph canvas, #rulegraph svg").first).to_be_visible()
    report.get_by_role("link", name="Statistics").click()
    expect(report.locator("#runtimes canvas, #runtimes svg").first).to_be_visible()
    keep(report, "report-statistics")


def test_explorer_is_one_click_away(report):
    report.get_by_role("link", name="Turn the knobs yourself").click()
    expect(report.locator("#corner-frame")).not_to_be_empty(timeout=20000)


def test_narrow_window(opened, run_with_report, keep):
    page = opened(
        run_with_report.folder / "results" / "report.html",
        size=WIDE | {"width": 800},
        ready="#app h1.title",
    )
    assert inside_window(page, page.locator(".document li").first)
    keep(page, "report-narrow")
