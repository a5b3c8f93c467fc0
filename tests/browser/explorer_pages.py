"""Sizes of windows, what the page with two models is made of, and how a test turns its knobs."""

import numpy as np
from playwright.sync_api import expect

HOSTILE = "<script>alert(1)</script>"
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {"beta": [0.5, 1.3], "alpha_lower": [5, 15], "alpha_upper": [50, 60]}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 860}
LAPTOPS = ({"width": 1366, "height": 768}, {"width": 1280, "height": 800})
TITLES = {
    "models": {"defended": "defended network"},
    "scanners": {"scanner_b": "scanner B"},
    "attacks": {"zoo": "paper's attack"},
}
LIMIT = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1}
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
GREYS = """() => {
  const canvas = document.getElementById("picture");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const greys = Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
  return [canvas.height, canvas.width, greys];
}"""


def settle(page):
    page.evaluate(SETTLED)


def turn(page, **values):
    """Move sliders as a hand does."""
    for name, value in values.items():
        page.locator(f"#{name}").evaluate(
            """(slider, value) => {
              slider.value = value;
              slider.dispatchEvent(new Event("input"));
            }""",
            value,
        )
    settle(page)


def greys(page):
    rows, columns, values = page.evaluate(GREYS)
    return np.array(values).reshape(rows, columns)


def text(page, identifier):
    return page.locator(f"#{identifier}").text_content()


def probability(page):
    return float(text(page, "probability"))


def choose_view(page, name):
    page.get_by_role("radio", name=name).check(force=True)
    settle(page)


def choose_frame(page, name):
    page.locator("#frames label", has_text=name).locator("input").check(force=True)
    expect(page.locator("#corner-frame")).to_contain_text(name)
    settle(page)
