"""The model card and a checklist as a person reads and prints them."""

import re

import pytest

from tests.browser.explorer_pages import NARROW

pytestmark = pytest.mark.browser

PAGES = {"card/card": "#BasicInfo", "checklists/claim_2024": "#items"}
LAPTOP = {"width": 1366, "height": 768}


@pytest.fixture
def document(opened, host_run):
    """Open a page of the smoke run in a window of some size."""

    def open_page(name, size=LAPTOP):
        return opened(host_run.folder / "results" / f"{name}.html", size, ready=PAGES[name])

    return open_page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [LAPTOP, NARROW], ids=["laptop", "phone"])
def test_nothing_is_wider_than_the_window(document, name, size, keep):
    page = document(name, size)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for table in page.locator(".scroll").all():  # a wide table scrolls by itself
        assert table.bounding_box()["width"] <= size["width"]
    keep(page, f"{name.replace('/', '-')}-{size['width']}")


def test_number_leads_to_its_table_in_one_click(document, host_run):
    page = document("card/card")
    link = page.locator("#SafetyReliability .scroll a").first
    target = link.evaluate("(link) => link.href")
    assert target == (host_run.folder / "results" / "tables" / "summary.csv").as_uri()


def test_contents_lead_to_the_sections(document):
    page = document("card/card")
    for link in page.locator("nav a").all():
        link.click()
        assert page.locator(link.get_attribute("href")).locator("h2").inner_text() == (
            link.inner_text()
        )


@pytest.mark.parametrize("name", PAGES)
def test_page_can_be_printed(document, name, tmp_path):
    file = tmp_path / "page.pdf"
    document(name).pdf(path=file, format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", file.read_bytes())) in range(2, 12)
