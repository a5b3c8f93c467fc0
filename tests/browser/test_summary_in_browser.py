"""The summary page as a person reads and prints it."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser.explorer_pages import NARROW

pytestmark = pytest.mark.browser

LAPTOP = {"width": 1366, "height": 768}
PAGES = range(6, 11)
A4 = (595, 842)  # points


@pytest.fixture
def summary(opened, host_run):
    """Open the summary page of the smoke run in a window of some size."""

    def open_page(size=LAPTOP):
        return opened(host_run.folder / "results" / "summary.html", size, ready="#answer")

    return open_page


def test_answer_is_on_the_first_screen_of_a_laptop(summary, host_run, keep):
    page = summary()
    row = pd.read_csv(host_run.folder / "results" / "tables" / "summary.csv").iloc[0]
    first = page.locator("#answer li").first
    expect(first).to_contain_text(f"{row['n_success']} of {row['n_attacked']} attacked frames")
    box = first.bounding_box()
    assert box["y"] + box["height"] < LAPTOP["height"]
    expect(page.locator("header .mark")).to_have_text(
        "Simulated data. Research software: not for diagnosis."
    )
    keep(page, "summary")


def test_every_figure_is_shown_with_its_caption(summary):
    page = summary()
    figures = page.locator("figure")
    assert figures.count() >= 6
    for figure in figures.all():
        width = figure.locator("img").evaluate(
            "async (img) => { await img.decode(); return img.naturalWidth }"
        )
        assert width > 300
        assert figure.locator("img").get_attribute("alt")
        expect(figure.locator("figcaption")).to_contain_text("In this run")


def test_contents_lead_to_the_sections(summary):
    page = summary()
    for link in page.locator("nav a").all():
        target = page.locator(link.get_attribute("href"))
        link.click()
        expect(target).to_be_in_viewport()
        assert target.locator("h2, h3").first.inner_text() == link.inner_text()


def test_it_prints_on_six_to_ten_pages_of_a4(summary, tmp_path, keep):
    page = summary()
    page.pdf(path=tmp_path / "summary.pdf", prefer_css_page_size=True)
    printed = (tmp_path / "summary.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) in PAGES
    sizes = re.findall(rb"/MediaBox\s*\[\s*0 0 (\S+) ([\d.]+)", printed)
    assert {tuple(round(float(side)) for side in size) for size in sizes} == {A4}
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    keep(page, "summary-print")


def test_phone_needs_no_sideways_scrolling_of_the_page(summary, keep):
    page = summary(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    for wide in page.locator(".scroll, .picture").all():
        box = wide.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"]
    keep(page, "summary-narrow")


def test_dark_room_has_a_dark_page_and_light_figures(summary, keep):
    page = summary()
    page.emulate_media(color_scheme="dark")
    ground, ink = page.evaluate(
        "() => { const style = getComputedStyle(document.documentElement);"
        " return [style.backgroundColor, style.color] }"
    )
    assert lightness(ground) < 60 < 200 < lightness(ink)
    figure = page.locator("figure img").first
    assert figure.evaluate("(img) => getComputedStyle(img).backgroundColor") == "rgb(255, 255, 255)"
    keep(page, "summary-dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert lightness(page.evaluate("getComputedStyle(document.documentElement).color")) < 60


def lightness(colour):
    """Mean of red, green and blue of a colour as CSS has it."""
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
