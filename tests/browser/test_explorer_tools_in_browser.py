"""What the explorer offers to look closer, to find a frame, and to keep what is shown."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.picture_change import is_within, picture_change
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.browser.explorer_pages import (
    INITIAL,
    LIMIT,
    NARROW,
    choose_frame,
    choose_view,
    greys,
    settle,
    text,
    turn,
)

pytestmark = pytest.mark.browser

TICKS = "(ticks) => ticks.map((tick) => Number(tick.dataset.depth))"
SCALE = "(one) => one.getBoundingClientRect().width / one.offsetWidth"
START = tuple(INITIAL.values())


def smoke_page(run):
    return run.folder / "results" / "explorer.html"


def frames_of(run):
    chunks = sorted((run.folder / "results" / "frames" / "simulated_rf").glob("*.nc"))
    return dict(frame for chunk in chunks for frame in open_frames(chunk))


def setting(page):
    return tuple(float(page.locator(f"#{name}").input_value()) for name in INITIAL)


def place_of(page, column, row):
    """Where the centre of a pixel of the picture is in the window."""
    box = page.locator("#picture").bounding_box()
    rows, columns = greys(page).shape
    return (
        box["x"] + (column + 0.5) * box["width"] / columns,
        box["y"] + (row + 0.5) * box["height"] / rows,
    )


def listed(page):
    return page.locator(".frame:visible b").all_text_contents()


# Looking


def test_original_is_seen_while_the_key_or_the_button_is_held(opened, two_models):
    page = opened(two_models)
    original = greys(page)
    turn(page, beta=1.2)
    current = greys(page)
    assert (current != original).mean() > 0.3
    page.keyboard.down("o")
    settle(page)
    assert (greys(page) == original).all()
    page.keyboard.up("o")
    settle(page)
    assert (greys(page) == current).all()
    page.locator("#flicker").hover()
    page.mouse.down()
    settle(page)
    assert (greys(page) == original).all()
    assert page.locator("#flicker").get_attribute("aria-pressed") == "true"
    page.mouse.up()
    settle(page)
    page.locator("#flicker").focus()
    page.keyboard.down("Space")
    settle(page)
    assert (greys(page) == original).all()
    page.keyboard.up("Space")
    settle(page)
    assert (greys(page) == current).all()


def test_wipe_divides_the_original_from_the_current_image(opened, two_models):
    page = opened(two_models)
    turn(page, beta=1.3)
    shown = {}
    for view in ("Original", "Current", "Wipe"):
        choose_view(page, view)
        page.locator("#wipe").evaluate("(one) => (one.value = 30)")
        page.locator("#wipe").dispatch_event("input")
        page.evaluate("document.querySelectorAll('.corner, .tag').forEach((one) => one.remove())")
        if view == "Original":
            page.evaluate("document.querySelector('.screen.second').append('')")
        picture = Image.open(io.BytesIO(page.locator(".screens").screenshot())).convert("L")
        shown[view] = np.asarray(picture).astype(int)
        page.reload()
        expect(page.locator("#corner-frame")).not_to_be_empty()
        turn(page, beta=1.3)
    width = shown["Wipe"].shape[1]
    left, right = slice(0, int(0.28 * width)), slice(int(0.32 * width), width)
    assert np.abs(shown["Wipe"][:, left] - shown["Original"][:, left]).max() <= 3
    assert np.abs(shown["Wipe"][:, right] - shown["Current"][:, right]).max() <= 3
    assert np.abs(shown["Current"] - shown["Original"]).mean() > 10


def test_divider_follows_the_pointer(opened, two_models):
    page = opened(two_models)
    choose_view(page, "Wipe")
    box = page.locator("#screens").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], middle, steps=4)
    page.mouse.up()
    assert float(page.locator("#wipe").input_value()) == pytest.approx(80, abs=1)
    line = page.locator("#divider").bounding_box()
    assert line["x"] == pytest.approx(box["x"] + 0.8 * box["width"], abs=3)


def test_side_by_side_shows_the_original_on_the_left(opened, two_models):
    page = opened(two_models)
    turn(page, beta=1.3)
    choose_view(page, "Side by side")
    boxes = [page.locator(f"#{name}").bounding_box() for name in ("picture-original", "picture")]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert boxes[0]["width"] == pytest.approx(boxes[1]["width"])
    original = page.evaluate(
        """() => {
          const canvas = document.getElementById("picture-original");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
        }"""
    )
    assert np.mean(greys(page)) > np.mean(original) + 10


def test_difference_is_white_where_nothing_changes_red_where_brighter(opened, two_models):
    page = opened(two_models)
    colours = """() => {
      const canvas = document.getElementById("picture");
      const at = [canvas.width / 2, 0.7 * canvas.height].map(Math.round);
      return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
    }"""
    choose_view(page, "Difference")
    assert page.evaluate(colours) == [255, 255, 255]
    turn(page, beta=1.1)
    red, green, blue = page.evaluate(colours)
    assert red > blue
    assert red > green
    turn(page, beta=0.7)
    red, green, blue = page.evaluate(colours)
    assert blue > red
    assert blue > green


def test_probe_says_depth_level_and_grey(opened, host_run):
    page = opened(smoke_page(host_run))
    name, frame = next(iter(frames_of(host_run).items()))
    choose_frame(page, name)
    turn(page, beta=1.1)
    reconstruction = Reconstruction(frame, 128)
    levels = []
    for beta in (0.9, 1.1):
        levels.append(np.full(reconstruction.sector.shape, np.nan))
        levels[-1][reconstruction.sector] = reconstruction.levels(beta)
    row, column = 80, reconstruction.sector.shape[1] // 2
    page.mouse.move(*place_of(page, column, row))
    settle(page)
    depth = 100 * (np.hypot(reconstruction.x[column], reconstruction.z[row] + 0.05) - 0.05)
    said = text(page, "probe")
    assert said.startswith(f"Depth {depth:.2f} cm, lateral ")
    bmode = reconstruction.bmode([START, (1.1, 10, 55)])
    for number, word in enumerate(("original", "current")):
        level, grey = said.split(f"{word} ")[1].split(" dB, grey ", 1)
        assert float(level) == pytest.approx(levels[number][row, column], abs=0.2)
        assert int(grey.split(";")[0].split()[0]) == pytest.approx(
            int(bmode[number][row, column]), abs=1
        )
    page.mouse.move(*place_of(page, 1, 1))
    settle(page)
    assert text(page, "probe") == "Outside the sector."


def test_probe_and_zoom_by_keys(opened, two_models):
    page = opened(two_models)
    page.locator("#screens").focus()
    page.keyboard.press("ArrowDown")
    settle(page)
    first = text(page, "probe")
    assert first.startswith("Depth ")
    assert text(page, "probe-said") == first
    page.keyboard.press("Shift+ArrowDown")
    settle(page)
    assert float(text(page, "probe").split()[1]) > float(first.split()[1]) + 1
    page.keyboard.press("Shift+ArrowRight")
    settle(page)
    cross = "(one) => [parseFloat(one.style.left), parseFloat(one.style.top)]"
    before = page.locator(".second .cross").evaluate(cross)
    page.get_by_role("button", name="Zoom in").click()
    after = page.locator(".second .cross").evaluate(cross)
    assert after == pytest.approx([1.5 * (place - 50) + 50 for place in before])
    page.locator("#screens").focus()
    page.keyboard.press("0")
    page.keyboard.press("+")
    assert page.locator("#picture").evaluate(SCALE) == pytest.approx(1.5)
    page.keyboard.press("0")
    assert page.locator("#picture").evaluate(SCALE) == pytest.approx(1)


def test_zoomed_image_is_moved_and_the_depth_scale_follows(opened, two_models):
    page = opened(two_models)
    ticks = page.locator("#depth span")
    whole = ticks.evaluate_all(TICKS)
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    settle(page)
    before = ticks.evaluate_all(TICKS)
    assert max(before) - min(before) < (max(whole) - min(whole)) / 2
    box = page.locator("#screens").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    settle(page)
    depth = float(text(page, "probe").split()[1])
    page.mouse.down()
    page.mouse.move(x, y - 120, steps=5)
    settle(page)
    # the same tissue is under the pointer
    assert float(text(page, "probe").split()[1]) == pytest.approx(depth, abs=0.05)
    page.mouse.up()
    settle(page)
    assert np.mean(ticks.evaluate_all(TICKS)) > np.mean(before)
    page.get_by_role("button", name="Fit").click()
    settle(page)
    assert ticks.evaluate_all(TICKS) == whole
    assert page.locator("#picture").evaluate(SCALE) == pytest.approx(1)


def test_two_fingers_zoom(opened, two_models):
    page = opened(two_models, NARROW, has_touch=True)
    page.locator("#screens").evaluate(
        """(screens) => {
          const box = screens.getBoundingClientRect();
          const send = (kind, pointerId, share) => screens.dispatchEvent(new PointerEvent(kind, {
            pointerId, pointerType: "touch", bubbles: true, buttons: 1,
            clientX: box.left + share * box.width, clientY: box.top + box.height / 2,
          }));
          screens.setPointerCapture = () => {};
          send("pointerdown", 1, 0.45);
          send("pointerdown", 2, 0.55);
          send("pointermove", 2, 0.75);
          send("pointerup", 1, 0.45);
          send("pointerup", 2, 0.75);
        }"""
    )
    scale = page.locator("#picture").evaluate(SCALE)
    assert scale == pytest.approx(3, rel=0.05)


def test_dragging_changes_the_window(opened, two_models):
    page = opened(two_models)
    box = page.locator("#screens").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(right, down):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + right, y + down, steps=7)
        page.mouse.up()
        settle(page)

    drag(50, 0)
    assert setting(page) == START
    page.locator("#drag").select_option("window")
    before = greys(page).mean()
    drag(0, -50)
    assert setting(page) == pytest.approx((0.9, 5, 50))
    assert greys(page).mean() > before
    drag(60, 0)
    assert setting(page) == pytest.approx((0.9, 2, 53))
    page.get_by_role("button", name="Initial setting").click()
    page.locator("#drag").select_option("pan")
    page.keyboard.down("Shift")
    drag(-600, 0)
    page.keyboard.up("Shift")
    _, lower, upper = setting(page)
    assert upper - lower == pytest.approx(5)


# How much the image changes


@pytest.mark.parametrize("turned", [(0.9, 10, 55), (0.85, 10, 55), (0.8, 11, 56), (1.3, 5, 50)])
def test_change_of_the_image_is_measured_as_the_run_measures_it(opened, host_run, turned):
    page = opened(smoke_page(host_run))
    name, frame = list(frames_of(host_run).items())[2]
    choose_frame(page, name)
    turn(page, **dict(zip(INITIAL, turned, strict=True)))
    expect(page.locator(".visibility")).to_have_attribute("aria-busy", "false")
    reconstruction = Reconstruction(frame, 128)
    change = picture_change(*reconstruction.bmode([START, turned]), reconstruction.sector)
    rows = [row.replace("\u2212", "-") for row in page.locator("#measures div").all_inner_texts()]
    said = {row.split("\n")[0]: float(row.split("\n")[1].split()[0]) for row in rows}
    assert said["change"] == pytest.approx(change["mean_abs_diff"], abs=0.3)
    assert said["ssim"] == pytest.approx(change["ssim"], abs=0.011)
    assert said["white"] == pytest.approx(100 * change["white_added"], abs=1)
    assert said["black"] == pytest.approx(100 * change["black_added"], abs=1)
    word = "Small change" if is_within(change, LIMIT) else "Visible change"
    assert text(page, "visibility") == ("No change of the image" if turned == START else word)


def test_stored_flip_has_the_run_s_own_measures(opened, two_models):
    page = opened(two_models)
    page.get_by_role("button", name="To the flip").click()
    settle(page)
    stored = page.evaluate("data.frames[0].judged[0].paths[0].change")
    shown = page.locator("#measures").inner_text()
    assert f"{stored['mean_abs_diff']:.1f}" in shown
    small = is_within(stored, LIMIT)
    assert text(page, "visibility") == ("Small change" if small else "Visible change")
    assert page.locator(".frame", has_text="frame-0").locator(".badge").count() == 2 * small
    within = f"1 of 1 flipped by “paper's attack”, {int(small)} with a small change"
    assert within in text(page, "summary")


# Finding


def test_list_is_sorted_and_filtered(opened, host_run):
    page = opened(smoke_page(host_run))
    frames = page.evaluate("data.frames")
    judged = {frame["name"]: frame["judged"][0] for frame in frames}
    assert listed(page) == list(judged)
    page.locator("#order").select_option("probability")
    assert listed(page) == sorted(judged, key=lambda name: -judged[name]["logit"])
    page.locator("#order").select_option("margin")
    margins = [(judged[name]["nearest"] or {"margin": np.inf})["margin"] for name in listed(page)]
    assert margins == sorted(margins)
    page.locator("#filter").select_option("wrong")
    wrong = {f["name"] for f in frames if (f["judged"][0]["logit"] >= 0) != f["label"]}
    assert set(listed(page)) == wrong
    assert text(page, "frames-title") == f"{len(wrong)} of {len(frames)} frames"
    page.locator("#filter").select_option("flipped")
    assert set(listed(page)) == {name for name, one in judged.items() if one["paths"][0]["success"]}
    legend = text(page, "frames-key")
    for word in ("Steps", "Margin", "% of half the box", "Small"):
        assert word in legend


def test_titles_stand_in_place_of_names(opened, two_models):
    page = opened(two_models)
    assert page.locator(".models .name").all_text_contents() == ["plain", "defended network"]
    assert "scanner B" in text(page, "caption-scanner")
    assert page.locator("#attack option").all_text_contents() == ["paper's attack", "narrow"]


def test_each_attack_is_replayed(opened, two_models):
    page = opened(two_models)
    assert "1 of 1 flipped by “paper's attack”" in text(page, "summary")
    page.locator("#attack").select_option(label="narrow")
    settle(page)
    assert text(page, "replay-outcome") == "flips at query 8"
    assert "1 of 1 flipped by narrow" in text(page, "summary")
    assert "at query 8" in page.locator(".frame", has_text="frame-0").inner_text()
    expect(page.get_by_role("button", name="Play")).to_be_hidden()
    page.get_by_role("button", name="To the flip").click()
    settle(page)
    assert setting(page) == pytest.approx((0.95, 10, 55))
    assert "recorded at the flip of narrow" in text(page, "source")
    page.get_by_label("defended").check()
    settle(page)
    assert text(page, "replay-note") == "Not in this run."
    page.locator("#filter").select_option("flipped")
    assert listed(page) == []


def test_cell_of_the_map_is_named_under_the_pointer(opened, two_models):
    page = opened(two_models)
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 14, box["y"] + 12)
    settle(page)
    tip = text(page, "tip")
    assert tip.startswith("β 1.30, \u03b1 lower 15.0, \u03b1 upper 55.0\n")
    assert "fatty (0.999), flipped" in tip
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    settle(page)
    expect(page.locator("#tip")).to_be_hidden()


def test_arrow_keys_on_the_map_go_to_stored_settings(opened, two_models):
    page = opened(two_models)
    page.locator("#cells").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    settle(page)
    assert setting(page) == pytest.approx((1.0, 11.2, 55), abs=0.11)
    assert "exactly this setting" in text(page, "source")
    assert "β 1.00, \u03b1 lower 11.25" in text(page, "tip")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    settle(page)
    assert setting(page)[0] == pytest.approx(1.3)


def test_setting_outside_the_box_is_drawn_hollow_and_named(opened, two_models):
    page = opened(two_models)

    def dots():
        accent = page.evaluate("coloursFor(byId('map')).accent")
        red, green, blue = (int(accent[at : at + 2], 16) for at in (1, 3, 5))
        shot = Image.open(io.BytesIO(page.locator("#map").screenshot())).convert("RGB")
        return (np.abs(np.asarray(shot).astype(int) - [red, green, blue]).sum(axis=2) < 30).sum()

    assert dots() > 40
    for outside in ({"beta": 1.6}, {"beta": 0.9, "alpha_upper": 70}):
        turn(page, **outside)
        assert dots() == 0
        assert "The current setting is outside the box." in text(page, "map-note")
    turn(page, alpha_upper=55)
    assert dots() > 40
    assert "outside" not in text(page, "map-note")


# Keeping


def test_link_leads_back_to_what_is_shown(opened, two_models):
    page = opened(two_models, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label("defended").check()
    choose_frame(page, "frame-1")
    choose_view(page, "Wipe")
    turn(page, beta=1.07, alpha_lower=7.3)
    page.locator("#plane").select_option("2")
    page.locator("#copy-link").click()
    expect(page.locator("#message")).to_contain_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    other = opened(two_models, fragment="#" + link.split("#")[1])
    settle(other)
    assert setting(other) == pytest.approx((1.07, 7.3, 55))
    assert "frame-1" in text(other, "corner-frame")
    assert other.get_by_label("defended").is_checked()
    assert other.get_by_role("radio", name="Wipe").is_checked()
    assert other.locator("#plane").input_value() == "2"
    assert text(other, "message") == ""


def test_link_that_names_a_recorded_setting_finds_it(opened, two_models):
    page = opened(two_models, fragment="#frame=frame-0&beta=1.05&alpha_lower=8.5")
    settle(page)
    assert "recorded at step 3" in text(page, "source")
    page.evaluate("location.hash = '#frame-1'")
    expect(page.locator("#corner-frame")).to_contain_text("frame-1")
    settle(page)
    assert setting(page) == START


@pytest.mark.parametrize(
    ("fragment", "complaint"),
    [
        ("#frame=none", "frame none is not on this page"),
        ("#beta=7", "beta 7 is not from 0 to 2"),
        ("#beta=", "beta  is not from 0 to 2"),
        ("#alpha_lower=30&alpha_upper=35&beta=x", "beta x is not from 0 to 2"),
        ("#model=<b>&view=3d", "model <b> is not on this page; view 3d is not on this page"),
    ],
)
def test_link_to_what_is_not_there_says_so(opened, two_models, fragment, complaint):
    page = opened(two_models, fragment=fragment)
    settle(page)
    assert complaint in text(page, "message")
    assert setting(page)[0] == 0.9
    assert "frame-0" in text(page, "corner-frame")


def test_saved_picture_has_its_setting_and_origin_in_it(opened, two_models, tmp_path, keep):
    page = opened(two_models)
    turn(page, beta=1.2)
    with page.expect_download() as waiting:
        page.locator("#save-picture").click()
    assert waiting.value.suggested_filename == "frame-0_beta-1.20_alpha-10.0-55.0.png"
    waiting.value.save_as(keep.folder / "saved.png")
    with Image.open(keep.folder / "saved.png") as saved:
        pixels = np.asarray(saved.convert("L"))
        texts = saved.text
    shown = greys(page)
    assert (pixels[: shown.shape[0], : shown.shape[1]] == shown).all()
    assert (pixels[shown.shape[0] :] < 100).sum() > 2000  # words on white
    assert "β 1.20, \u03b1 10.0 to 55.0 dB" in texts["Description"]
    assert "plain: fatty" in texts["Description"]
    assert "Simulated data. Research software, not for diagnosis." in texts["Source"]
    assert text(page, "digest") in texts["Source"]
    assert "#frame=frame-0&" in texts["Source"]
    choose_view(page, "Side by side")
    with page.expect_download() as waiting:
        page.locator("#save-picture").click()
    waiting.value.save_as(keep.folder / "saved-pair.png")
    with Image.open(keep.folder / "saved-pair.png") as saved:
        assert saved.width > 2 * shown.shape[1]


def test_saved_table_has_every_stored_prediction_of_the_frame(opened, two_models, tmp_path):
    page = opened(two_models)
    with page.expect_download() as waiting:
        page.locator("#save-csv").click()
    assert waiting.value.suggested_filename == "frame-0.csv"
    waiting.value.save_as(tmp_path / "frame.csv")
    table = pd.read_csv(tmp_path / "frame.csv")
    counts = table.groupby(["model", "stored_at"]).size().to_dict()
    assert counts == {
        ("plain", "initial"): 1,
        ("plain", "zoo"): 4,
        ("plain", "narrow"): 2,  # the initial setting and the flip
        ("plain", "nearest flip"): 1,
        ("plain", "lattice"): 729,
        ("defended", "initial"): 1,
        ("defended", "lattice"): 729,
    }
    lattice = table[(table["model"] == "plain") & (table["stored_at"] == "lattice")]
    np.testing.assert_allclose(lattice["logit"], 20 * (lattice["beta"] - 0.95), atol=1e-5)
    np.testing.assert_allclose(table["probability"], 1 / (1 + np.exp(-table["logit"])))
    assert (table["decision"] == np.where(table["logit"] >= 0, "fatty", "normal")).all()
