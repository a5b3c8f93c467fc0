"""The explorer as a person uses it."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from playwright.sync_api import expect

from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.browser.explorer_pages import (
    GREYS,
    HOSTILE,
    NARROW,
    WIDE,
    choose_frame,
    greys,
    probability,
    settle,
    text,
    turn,
)

pytestmark = pytest.mark.browser

SETTINGS = [(0.9, 10, 55), (0.5, 5, 50), (1.3, 15, 60), (0.73, 12.4, 51.7), (1.8, 2, 70)]
FLIPPING = {"beta": 1.05, "alpha_lower": 8.5, "alpha_upper": 55}
FRAMES_PER_SECOND = """async () => {
  const slider = document.getElementById("beta");
  const start = performance.now();
  for (let i = 0; i < 60; i++) {
    slider.value = 0.5 + 0.01 * i;
    slider.dispatchEvent(new Event("input"));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }
  return 60000 / (performance.now() - start);
}"""


def data_of(page):
    return json.loads(page.locator("#data").text_content())


def agreement(picture, reconstruction):
    """Share of pixels within two grey levels."""
    assert picture.shape == reconstruction.shape
    return (np.abs(picture - reconstruction.astype(int)) <= 2).mean()


@pytest.fixture
def frames(host_run):
    chunks = sorted((host_run.folder / "results" / "frames" / "simulated_rf").glob("*.nc"))
    return [frame for chunk in chunks for frame in open_frames(chunk)]


def test_first_picture_of_each_frame_is_the_stored_one(explorer, host_run, frames):
    for name, frame in frames[:3] + frames[-1:]:
        choose_frame(explorer, name)
        stored = Reconstruction(frame, 128).bmode([0.9, 10, 55])[0]
        assert agreement(greys(explorer), stored) > 0.99
    chunk = host_run.folder / "results" / "bmode" / "simulated_rf" / "6x0001.nc"
    if chunk.exists():
        assert agreement(greys(explorer), dict(open_frames(chunk))[name]["bmode"].values) > 0.99


def test_chosen_frame_is_in_sight(opened, host_run):
    page = opened(host_run.folder / "results" / "explorer.html", NARROW)
    last = page.locator("#frames input").last
    last.dispatch_event("change")
    expect(last).to_be_checked()
    line, around = last.locator("..").bounding_box(), page.locator("#frames").bounding_box()
    assert around["y"] - 1 <= line["y"]
    assert line["y"] + line["height"] <= around["y"] + around["height"] + 1


@pytest.mark.parametrize("setting", SETTINGS)
def test_picture_follows_the_sliders(explorer, frames, setting):
    name, frame = frames[4]
    choose_frame(explorer, name)
    beta, lower, upper = setting
    turn(explorer, beta=beta, alpha_lower=lower, alpha_upper=upper)
    assert agreement(greys(explorer), Reconstruction(frame, 128).bmode(setting)[0]) > 0.99


def test_views(explorer, frames):
    name, frame = frames[0]
    choose_frame(explorer, name)
    turn(explorer, beta=1.2)
    original, current = Reconstruction(frame, 128).bmode([[0.9, 10, 55], [1.2, 10, 55]])
    assert agreement(greys(explorer), current) > 0.99
    explorer.get_by_role("radio", name="Original").check(force=True)
    settle(explorer)
    assert agreement(greys(explorer), original) > 0.99
    explorer.get_by_role("radio", name="Difference").check(force=True)
    settle(explorer)
    inside = Reconstruction(frame, 128).sector
    change = np.abs(current.astype(int) - original)[inside].mean()
    assert float(re.search(r"[\d.]+", text(explorer, "caption-change"))[0]) == pytest.approx(
        change, abs=0.1
    )


def test_probability_is_the_stored_one(explorer, host_run):
    results = host_run.folder / "results"
    predictions = pd.read_csv(results / "predictions" / "compact.csv").set_index("frame")
    files = sorted((results / "lattices").rglob("*.nc"))
    for path in files:
        with xr.open_dataset(path) as lattice:
            name = str(lattice["frame"].values[0])
            choose_frame(explorer, name)
            assert probability(explorer) == pytest.approx(
                predictions.loc[name, "probability"], abs=6e-4
            )
            for point in ((0.5, 5, 60), (1.3, 12.5, 52.5), (0.7, 7.5, 57.5)):
                turn(
                    explorer,
                    **dict(zip(("beta", "alpha_lower", "alpha_upper"), point, strict=True)),
                )
                selected = dict(
                    zip(("grid_beta", "grid_alpha_lower", "grid_alpha_upper"), point, strict=True)
                )
                logit = float(lattice["grid_logit"].isel(frame=0).sel(selected))
                assert probability(explorer) == pytest.approx(1 / (1 + np.exp(-logit)), abs=6e-4)
                assert "exactly this setting" in text(explorer, "source")
                assert text(explorer, "decision") == ("fatty" if logit >= 0 else "normal")


def test_between_stored_settings_the_nearest_is_named_and_outside_none(explorer, host_run):
    turn(explorer, beta=0.76, alpha_lower=7, alpha_upper=56)
    assert "nearest stored setting: \u03b2 0.70, \u03b1 7.5 to 55.0 dB" in text(explorer, "source")
    turn(explorer, beta=1.5)
    assert text(explorer, "decision") == "unknown"
    assert text(explorer, "probability") == ""
    assert "outside the attacked box" in text(explorer, "source")
    explorer.get_by_role("button", name="Initial setting").click()
    settle(explorer)
    assert "exactly this setting" in text(explorer, "source")


def test_thresholds_never_meet(explorer):
    turn(explorer, alpha_lower=30, alpha_upper=35)
    turn(explorer, alpha_lower=30)
    values = [
        float(explorer.locator(f"#{name}").input_value()) for name in ("alpha_lower", "alpha_upper")
    ]
    assert values[1] - values[0] >= 5


def test_stored_settings_only(explorer):
    explorer.get_by_label("Stored settings only").check()
    settle(explorer)  # the slider's steps are the lattice's from the next drawing on
    explorer.locator("#beta").focus()
    explorer.keyboard.press("ArrowRight")
    settle(explorer)
    assert explorer.locator("#beta").get_attribute("aria-valuetext") == "1.10 dB/(cm MHz)"
    assert "exactly this setting" in text(explorer, "source")


def test_replay_ends_at_the_flipped_diagnosis(opened, two_models):
    page = opened(two_models)
    assert text(page, "decision") == "normal"
    page.get_by_role("button", name="Next").click()
    settle(page)
    assert "recorded at step 1" in text(page, "source")
    page.get_by_role("button", name="Initial setting").click()
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#decision")).to_have_text("fatty", timeout=20000)
    assert "Flipped" in text(page, "against")
    assert probability(page) == pytest.approx(1 / (1 + np.exp(-1.5)), abs=6e-4)
    assert page.locator("#play").text_content() == "Play"
    for name, value in FLIPPING.items():
        assert float(page.locator(f"#{name}").input_value()) == pytest.approx(value)
    assert "3 of 3" in text(page, "replay-note")


def test_replay_can_be_held_and_walked(opened, two_models):
    page = opened(two_models)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="To the flip").click()
    settle(page)
    assert text(page, "decision") == "fatty"
    page.get_by_role("button", name="Back").click()
    settle(page)
    assert text(page, "decision") == "normal"
    page.get_by_role("button", name="Nearest flip found").click()
    settle(page)
    assert text(page, "decision") == "fatty"


def test_defended_model_holds_where_the_plain_one_flips(opened, two_models, keep):
    page = opened(two_models)
    page.get_by_role("button", name="To the flip").click()
    settle(page)
    keep(page, "flipped")
    words = page.locator("#models .word").all_text_contents()
    assert words == ["fatty", "normal"]
    page.get_by_label("defended").check()
    settle(page)
    assert text(page, "decision") == "normal"
    assert "Same as at the initial setting" in text(page, "against")
    assert "Not in this run" in text(page, "replay-note")


def test_proof_is_said_and_rounded_down(opened, two_models):
    page = opened(two_models)
    said = "Proved: no setting nearer than 31.2 % of half the box flips this frame."
    assert text(page, "proof") == said
    page.get_by_label("defended").check()
    settle(page)
    assert page.locator("#proof").is_hidden()


def test_markup_in_names_is_text(opened, two_models):
    page = opened(two_models)
    assert HOSTILE in text(page, "corner-frame")
    assert page.locator("script").count() == 2 + 2


def test_keyboard_alone(opened, two_models):
    page = opened(two_models)
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
              const focused = document.activeElement;
              const { id, name, tagName } = focused;
              const shown = [focused, focused.nextElementSibling ?? focused];
              const outlines = shown.map((part) => getComputedStyle(part).outlineStyle);
              return [id || name || tagName, outlines.includes("solid")];
            }"""
        )
        if focused[0] == "BODY":
            break
        reached.append(focused)
    assert [name for name, visible in reached if not visible and name != "SUMMARY"] == []
    order = [name for name, _ in reached]
    for control in ("frame", "view", "beta", "alpha_lower", "alpha_upper", "initial", "snap"):
        assert control in order
    for control in ("model", "plane", "next", "play", "end", "step", "to-nearest"):
        assert control in order
    page.locator("#frames input").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#corner-frame")).to_contain_text("frame-1")
    page.locator("#beta").focus()
    before = greys(page)
    page.keyboard.press("PageUp")
    settle(page)
    assert float(page.locator("#beta").input_value()) > 0.9
    assert (greys(page) != before).mean() > 0.1
    page.locator("input[name=view]").first.focus()
    page.keyboard.press("ArrowRight")
    settle(page)
    assert (greys(page) == before).all()
    page.locator("#initial").focus()
    page.keyboard.press("Enter")
    settle(page)
    assert float(page.locator("#beta").input_value()) == 0.9


def test_map_follows_a_finger(opened, two_models):
    page = opened(two_models, NARROW, has_touch=True)
    box = page.locator("#map").bounding_box()
    page.locator("#map").scroll_into_view_if_needed()
    page.locator("#map").tap(position={"x": box["width"] - 20, "y": 20})
    settle(page)
    assert float(page.locator("#beta").input_value()) > 1.2
    assert float(page.locator("#alpha_lower").input_value()) > 14
    assert text(page, "decision") == "fatty"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "400"])
def test_nothing_is_wider_than_the_window(opened, host_run, size, keep):
    page = opened(host_run.folder / "results" / "explorer.html", size)
    for view in ("Current", "Difference"):
        page.get_by_role("radio", name=view).check(force=True)
        turn(page, beta=1.1)
        keep(page, f"{size['width']}-{view.lower()}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"]


def test_pictures_per_second(opened, two_models):
    """512 rows at thirty pictures a second or better, drawn in software.

    The best of five tries counts: other programs may be running.
    """
    page = opened(two_models)
    rows, columns, _ = page.evaluate(GREYS)
    assert rows == 512
    assert columns >= 512
    assert max(page.evaluate(FRAMES_PER_SECOND) for _ in range(5)) >= 30
