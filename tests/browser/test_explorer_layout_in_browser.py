"""The explorer on small and large windows, in light and dark, in forced colours and on paper."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.explorer_pages import LAPTOPS, NARROW, choose_view, settle, text, turn

pytestmark = pytest.mark.browser

VIEWS = ("Current", "Original", "Difference", "Side by side", "Wipe")
IN_SIGHT = (
    *("picture", "beta", "alpha_lower", "alpha_upper", "initial", "snap"),
    *("decision", "probability", "against", "source", "visibility", "measures"),
    *("back", "play", "next", "end", "step", "to-nearest", "flicker", "save-picture"),
    *("map", "map-note", "models", "filter", "order", "probe"),
)
LUMINANCE = """(name) => {
  const element = document.querySelector(name);
  const parts = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((value) => value / 255);
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const of = (colour) => {
    const [red, green, blue] = parts(colour).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  let ground = element;
  const isClear = (one) => /, 0\\)$|transparent/.test(getComputedStyle(one).backgroundColor);
  while (isClear(ground) && ground.parentElement) ground = ground.parentElement;
  return [of(getComputedStyle(element).color), of(getComputedStyle(ground).backgroundColor)];
}"""
TEXTS = (
    *("#summary", ".marks", "#frames-key", ".frame small", ".frame b", "#decision", "#source"),
    *("#measures dt", "#measures dd", "#against", ".knob label small", "#replay-note", "#map-note"),
    *("#copy-link", "#theme", "#probe", "#provenance", ".models label", "summary"),
)


def contrast(page, name):
    lighter, darker = sorted(page.evaluate(LUMINANCE, name), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ground(page):
    return page.evaluate(LUMINANCE, "#summary")[1]


def pixels(locator):
    image = Image.open(io.BytesIO(locator.screenshot()))
    return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("size", LAPTOPS, ids=["1366x768", "1280x800"])
def test_picture_knobs_attack_and_diagnosis_are_seen_together(opened, two_models, size, view, keep):
    page = opened(two_models, size)
    choose_view(page, view)
    turn(page, beta=1.6)
    keep(page, f"{size['width']}x{size['height']}-{view.lower().replace(' ', '-')}")
    assert page.evaluate("[window.scrollX, window.scrollY]") == [0, 0]
    for name in IN_SIGHT:
        box = page.locator(f"#{name}").bounding_box()
        assert box["x"] >= 0, name
        assert box["y"] >= 0, name
        assert box["x"] + box["width"] <= size["width"], name
        assert box["y"] + box["height"] <= size["height"], name
    assert page.locator("#picture").bounding_box()["height"] >= (
        200 if view == "Side by side" else 380
    )


def test_picture_of_a_tall_frame_is_bounded_by_the_window(opened, two_models):
    page = opened(two_models, LAPTOPS[0])
    page.evaluate("document.querySelector('.stage').style.setProperty('--aspect', 0.5)")
    box = page.locator("#picture").bounding_box()
    assert box["height"] == pytest.approx(2 * box["width"], rel=0.01)
    assert box["y"] + box["height"] < 768
    for name in ("copy-link", "models"):
        below = page.locator(f"#{name}").bounding_box()
        assert below["y"] + below["height"] <= 768


def test_picture_stays_in_sight_on_a_phone(opened, two_models, keep):
    page = opened(two_models, NARROW, has_touch=True)
    page.locator("#alpha_upper").evaluate("(slider) => slider.scrollIntoView({ block: 'end' })")
    settle(page)
    picture, slider = (
        page.locator(f"#{name}").bounding_box() for name in ("picture", "alpha_upper")
    )
    assert picture["y"] >= 0
    assert picture["y"] + picture["height"] < slider["y"]
    assert slider["y"] + slider["height"] <= NARROW["height"] + 1
    page.screenshot(path=keep.folder / "400-sticky.png")


def test_nothing_moves_once_the_page_is_drawn(opened, two_models):
    page = opened(two_models, NARROW, has_touch=True)
    before = page.locator("#alpha_upper").bounding_box()
    expect(page.locator("#measures")).not_to_be_empty()
    settle(page)
    assert page.locator("#alpha_upper").bounding_box() == before


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_wider_than_a_phone(opened, two_models, view, keep):
    page = opened(two_models, NARROW, has_touch=True)
    choose_view(page, view)
    keep(page, f"400-{view.lower().replace(' ', '-')}")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    for button in page.locator("button:visible").all():
        assert button.bounding_box()["height"] >= 38


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_follows_the_system_s_colours_and_texts_are_legible(opened, two_models, scheme, keep):
    page = opened(two_models, LAPTOPS[0], color_scheme=scheme)
    turn(page, beta=1.2)
    keep(page, f"theme-{scheme}")
    assert (ground(page) > 0.5) == (scheme == "light")
    for name in TEXTS:
        assert contrast(page, name) >= 4.5, name
    page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    settle(page)
    assert (ground(page) > 0.5) == (scheme == "dark")


def test_switch_of_colours_is_kept_and_the_map_follows(opened, two_models):
    page = opened(two_models, LAPTOPS[0], color_scheme="dark")
    dark = pixels(page.locator("#map"))
    page.locator("#theme").select_option("light")
    settle(page)
    assert ground(page) > 0.5
    assert pixels(page.locator("#map")).mean() > dark.mean() + 50
    assert pixels(page.locator(".stage"))[2:8, 60:-60].max() == 0  # images keep their black ground
    page.reload()
    expect(page.locator("#corner-frame")).not_to_be_empty()
    assert ground(page) > 0.5
    page.locator("#theme").select_option("system")
    settle(page)
    assert ground(page) < 0.1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_leave_every_control_visible(opened, two_models, scheme, keep):
    page = opened(two_models, LAPTOPS[0], forced_colors="active", color_scheme=scheme)
    keep(page, f"forced-{scheme}")
    paper = 255 if scheme == "light" else 0
    for name in ("beta", "alpha_lower", "alpha_upper", "step"):
        slider = pixels(page.locator(f"#{name}"))
        differs = (np.abs(slider - paper).sum(axis=2) > 90).mean()
        assert differs > 0.1, name  # track and thumb
    bar = pixels(page.locator("#scale .track"))
    middle = bar[bar.shape[0] // 2]
    assert (np.abs(middle[5] - middle[-5]) > 60).any()  # 0.27 is filled
    labels = pixels(page.locator("#map"))[-40:]
    assert np.abs(labels - paper).max() > 200
    ramp = pixels(page.locator(".ramp"))
    assert np.abs(ramp[4, 2] - ramp[4, -3]).max() > 60


def test_sheet_has_both_images_setting_diagnosis_map_and_origin(opened, two_models, keep):
    page = opened(two_models, LAPTOPS[0], color_scheme="dark")
    choose_view(page, "Original")
    turn(page, beta=1.2)
    page.get_by_role("button", name="Zoom in").click()
    page.emulate_media(media="print")
    settle(page)
    page.set_viewport_size({"width": 720, "height": 1040})
    keep(page, "print")
    for name in ("picture-original", "picture", "map", "decision", "probability", "sheet"):
        expect(page.locator(f"#{name}")).to_be_visible()
    for name in ("frames", "beta", "copy-link", "theme", "step", "probe"):
        expect(page.locator(f"#{name}")).to_be_hidden()
    original, current = (page.locator(f"#{name}") for name in ("picture-original", "picture"))
    boxes = original.bounding_box(), current.bounding_box()
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    assert pixels(current).mean() > pixels(original).mean() + 20
    assert ground(page) > 0.9
    sheet = text(page, "sheet")
    assert "Current setting: β 1.20, \u03b1 10.0 to 55.0 dB. Initial setting: β 0.90" in sheet
    assert "plain: fatty, probability of fatty 0.993" in sheet
    assert "Simulated data. Research software, not for diagnosis. Reconattack" in sheet
    assert text(page, "digest") in sheet
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    pdf = page.pdf(format="A4")
    assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
    page.emulate_media(media="screen")
    settle(page)
    assert ground(page) < 0.1
    expect(page.locator("#beta")).to_be_visible()
