"""The explorer of models that decide classes, numbers and masks, in headless Chromium."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import binary_dilation, binary_erosion

import reconattack as ra
from reconattack.attacks.judged_lattice import judge_even_lattice
from reconattack.attacks.run import attack_frames
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.prediction import predict_frames
from reconattack.frames.chunks import open_frames, write_chunk
from reconattack.frames.given_mask import with_mask
from reconattack.storage import write_dataset, write_table
from scripts.report.explorer import explorer as write_explorer
from tests.browser.explorer_pages import (
    BOX,
    INITIAL,
    LIMIT,
    choose_frame,
    choose_view,
    settle,
    text,
    turn,
)

ROWS = 60
BOXES = {name: {"box": box} for name, box in BOX.items()}
DECISIONS = {
    "grades": {"kind": "classes", "classes": ["S0", "S1", "S2"], "truth": "grade"},
    "brightness": {"kind": "number", "unit": "mm", "tolerance": 10},
    "bright": {"kind": "mask", "structures": ["bright"], "dice": 0.9},
    "halves": {"kind": "mask", "structures": ["left", "right"], "dice": 0.3, "truth": "mask"},
}


HALVES = np.repeat([[0, 1, 1, 0, 0, 2, 2, 0]], 4, axis=0).astype(np.uint8)
PADDED = {"library": "pillow", "kernel": "bilinear", "aspect": "pad"}
COLOURS = """(id) => {
  const canvas = document.getElementById(id);
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.height, canvas.width, [...data]];
}"""


def grades(images):
    """A model: the nearer the mean grey level to 30, 60 or 90, the likelier S0, S1 or S2."""
    return -np.abs(images.mean(axis=(1, 2))[:, np.newaxis] - [30, 60, 90]) / 20


def brightness(images):
    """A model: the mean grey level."""
    return images.mean(axis=(1, 2))


def bright(images):
    """A model: every pixel above a grey level."""
    return (images > 90).astype(float)


def halves(images):
    """A model of 24 x 32 pixels: what is bright in the left, and in the right half."""
    masks = np.stack([images > 90, images > 90], axis=1).astype(float)
    masks[:, 0, :, 16:] = masks[:, 1, :, :16] = 0
    return masks


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write the page of a model: two frames, a lattice and a search that its own rules make."""

    def write(name, **known_of_frames):
        folder = tmp_path_factory.mktemp(name)
        frames = {
            f"frame-{number}": ra.simulate_frame(str(number), lines=64, samples=1200).assign_attrs(
                known_of_frames
            )
            for number in range(2)
        }
        decision = DECISIONS[name]
        if "truth" in decision and decision["kind"] == "mask":
            frames = {name: with_mask(frame, HALVES) for name, frame in frames.items()}
        write_chunk(folder / "chunk.nc", frames, {})
        settings = {"python": f"{__name__}:{name}", "decision": decision}
        settings |= {"output": "logits"} if decision["kind"] == "classes" else {}
        settings |= {"input_size": [24, 32]} if name == "halves" else {}
        judge = open_classifier(settings, None, PADDED if name == "halves" else None)
        opened = dict(open_frames(folder / "chunk.nc"))
        lattice = judge_even_lattice(opened.items(), judge, 5, BOXES, INITIAL, ROWS)
        write_dataset(folder / "lattice.nc", lattice, {})
        search = {"method": "corners", "max_queries": 30, "parameters": BOXES}
        found = attack_frames(opened, judge, search, INITIAL, ROWS, 0.5, "corners")
        write_dataset(folder / "corners.nc", found, {})
        network = {"seed": "0", "fold": "all"}
        given = (opened.items(), [network], [judge], {}, INITIAL, ROWS, 0.5)
        write_table(folder / "predictions.csv", predict_frames(*given))
        known = {"model": name, "seed": "0"}
        paths = [known | {"attack": "corners", "path": str(folder / "corners.nc")}]
        lattices = [known | {"path": str(folder / "lattice.nc")}]
        write_explorer(
            chunks=[str(folder / "chunk.nc")],
            shown=list(frames),
            cohort_size=2,
            models=[
                known
                | {"kind": "brought", "decision": decision}
                | {"predictions": str(folder / "predictions.csv")}
            ],
            files={"lattices": lattices, "paths": paths, "nearest": [], "proofs": []},
            box=BOX,
            attacks=[{"name": "corners", "box": BOX, "steps": False}],
            initial=INITIAL,
            image_rows=ROWS,
            cutoff=0.3,
            visible_limit=LIMIT,
            titles={},
            classes=["label 0", "label 1"],
            simulated=True,
            page=str(folder / "explorer.html"),
        )
        return folder / "explorer.html", lattice

    return write


def at(lattice, variable, **setting):
    """What the lattice of the first frame has at a setting."""
    places = {f"grid_{name}": value for name, value in {**INITIAL, **setting}.items()}
    return lattice[variable].isel(frame=0).sel(places, method="nearest").values


def words_of_two_classes(page):
    """Words of the page that only a binary decision has."""
    said = page.locator("body").inner_text().replace("not for diagnosis", "")
    words = ("diagnosis", "robabilit", "fatty", "NaN", "undefined")
    return [word for word in words if word in said]


def test_classes_have_bars_at_each_stored_setting(opened, written, keep):
    path, lattice = written("grades")
    page = opened(path)
    choose_frame(page, "frame-0")
    page.locator("details").evaluate("one => { one.open = true; }")
    assert words_of_two_classes(page) == []
    for beta in (0.9, 0.5, 1.3):
        turn(page, beta=beta)
        shares = at(lattice, "grid_share", beta=beta)
        assert page.locator("#bars li > span:first-child").all_inner_texts() == ["S0", "S1", "S2"]
        percent = [f"{round(100 * float(share))} %" for share in shares]
        assert page.locator("#bars li > span:last-child").all_inner_texts() == percent
        assert text(page, "decision") == f"S{int(at(lattice, 'grid_decided', beta=beta))}"
        margin = float(at(lattice, "grid_margin", beta=beta))
        assert text(page, "against").startswith("Flipped" if margin < 0 else "Kept")
        number = f"{float(f'{margin:.3g}'):g}".replace("-", "\N{MINUS SIGN}")
        assert text(page, "probability") == f"margin {number} log-odds"
    keep(page, "explorer-classes")


def test_number_stands_on_its_scale(opened, written, keep):
    path, lattice = written("brightness")
    page = opened(path)
    choose_frame(page, "frame-0")
    assert words_of_two_classes(page) == []
    widths = []
    for beta in (0.9, 0.5):
        turn(page, beta=beta)
        number = float(at(lattice, "grid_decided", beta=beta))
        assert text(page, "decision") == f"{float(f'{number:.4g}'):g} mm"
        widths.append(page.locator("#scale-fill").bounding_box()["width"])
    assert widths[1] < widths[0]
    assert page.locator("#bars").is_hidden() and page.locator("#scale-cutoff").is_hidden()
    flips = int((lattice["grid_margin"].isel(frame=0).sel(grid_alpha_upper=55) < 0).sum())
    assert f"{flips} of" in text(page, "map-note")
    assert text(page, "map-note").endswith("settings flip the decision.")
    keep(page, "explorer-number")


def test_mask_has_its_dice_and_limit(opened, written, keep):
    path, lattice = written("bright")
    page = opened(path)
    choose_frame(page, "frame-0")
    assert words_of_two_classes(page) == []
    assert text(page, "decision") == "Dice 1.00"
    assert text(page, "cutoff-label") == "limit 0.9"
    low, high = page.locator("#scale .ends > span:not(#cutoff-label)").all()
    assert low.is_visible() and not high.is_visible()  # it would stand in the limit's name
    turn(page, beta=0.5)
    dice = float(at(lattice, "grid_decided", beta=0.5))
    assert text(page, "decision") == f"Dice {dice:.2f}"
    assert dice < 0.9 and text(page, "against").startswith("Flipped; initially Dice 1.00")
    keep(page, "explorer-mask")


def coloured(page, name, canvas="picture"):
    """Pixels of an image in the colour of an outline: orange at the setting, blue the reference."""
    rows, columns, data = page.evaluate(COLOURS, canvas)
    red, _, blue, _ = np.reshape(data, (rows, columns, 4)).astype(int).transpose(2, 0, 1)
    return (red - blue if name == "orange" else blue - red) > 100


def outline_of(bits, size, place, shape):
    """Where the outlines of masks lie in an image: pixels on either side of their edges."""
    masks = np.unpackbits(bits, axis=-1, count=size[1]).astype(bool)[:, : size[0]]
    upper, lower, left, right = place
    rows = (np.arange(shape[0]) + 0.5 - upper) / (lower - upper) * size[0]
    columns = (np.arange(shape[1]) + 0.5 - left) / (right - left) * size[1]
    inside = np.zeros(shape, bool)
    for mask in masks:
        drawn = mask[
            np.clip(np.floor(rows).astype(int), 0, size[0] - 1)[:, np.newaxis],
            np.clip(np.floor(columns).astype(int), 0, size[1] - 1),
        ]
        inside |= binary_dilation(drawn) & ~binary_erosion(drawn, border_value=0)
    return inside


def outlines_lie(page, name, bits, lattice, canvas="picture"):
    """Whether the pixels in a colour are where the outline is, and nowhere else."""
    first = lattice.isel(frame=0)
    drawn = coloured(page, name, canvas)
    expected = outline_of(bits, first["mask_size"].values, first["mask_place"].values, drawn.shape)
    reach = 2 + int((first["mask_place"][1] - first["mask_place"][0]) / first["mask_size"][0])
    near, far = (binary_dilation(one, iterations=reach) for one in (expected, drawn))
    return (
        drawn.sum() > 20 and not (drawn & ~near).any() and (expected & far).sum() / expected.sum()
    )


def test_outline_of_each_stored_setting_is_drawn_over_the_image(opened, written, keep):
    path, lattice = written("bright")
    page = opened(path)
    choose_frame(page, "frame-0")
    page.locator("#outline-key").wait_for()
    settle(page)
    assert (
        text(page, "outline-reference")
        == "the model\N{RIGHT SINGLE QUOTATION MARK}s outline at the initial setting"
    )
    for beta in (0.9, 0.5, 1.3):
        turn(page, beta=beta)
        bits = at(lattice, "grid_mask", beta=beta)
        assert outlines_lie(page, "orange", bits, lattice) > 0.8
    assert outlines_lie(page, "blue", lattice["mask_reference"].values[0], lattice) > 0.3
    turn(page, beta=1.26)
    assert "at the nearest stored setting, \N{GREEK SMALL LETTER BETA} 1.30" in text(
        page, "outline-now"
    )
    turn(page, beta=1.8)
    assert text(page, "outline-now") == "no outline is stored outside the box"
    assert not coloured(page, "orange").any()
    page.locator("#outlines").uncheck()
    settle(page)
    assert page.locator("#outline-lines").is_hidden()
    assert not coloured(page, "blue").any()
    assert not coloured(page, "blue", "picture-original").any()


def test_given_outline_lies_where_the_image_is_padded(opened, written, keep):
    path, lattice = written("halves")
    page = opened(path)
    choose_frame(page, "frame-0")
    page.locator("#outline-key").wait_for()
    settle(page)
    assert text(page, "outline-reference") == "given outline"
    assert "mask given" in text(page, "corner-frame")
    assert lattice["mask_place"].values[0][0] < 0  # bars above and below
    reference = lattice["mask_reference"].values[0]
    for canvas in ("picture", "picture-original"):
        assert outlines_lie(page, "blue", reference, lattice, canvas) > 0.5
        assert outlines_lie(page, "orange", at(lattice, "grid_mask"), lattice, canvas) > 0.8
    choose_view(page, "Side by side")
    keep(page, "explorer-given-mask")


def test_pages_of_other_decisions_have_no_outlines(written):
    for name in ("grades", "brightness"):
        page = written(name)[0].read_text(encoding="utf-8")
        assert '"outline-key"' not in page and "class Masks" not in page


def test_frame_whose_class_is_wrong_at_the_start_is_named_so(opened, written):
    page = opened(written("grades", grade=2)[0])
    assert text(page, "against").startswith("Wrong, as at the initial setting; initially S1")
    assert "S2" in page.locator("#frames label").first.inner_text()
    page.locator("#filter").select_option("wrong")
    assert page.locator("#frames label:visible").count() == 2


def test_saved_table_has_margins_and_decisions(opened, written):
    page = opened(written("brightness")[0])
    with page.expect_download() as started:
        page.locator("#save-csv").click()
    table = pd.read_csv(started.value.path())
    assert list(table.columns[-3:]) == ["margin", "outcome", "decision"]
    stored = table[table["stored_at"] == "lattice"]
    assert set(stored["outcome"]) == {"kept", "flipped"}
    assert ((stored["margin"] < 0) == (stored["outcome"] == "flipped")).all()
    assert stored["decision"].str.endswith(" mm").all()
