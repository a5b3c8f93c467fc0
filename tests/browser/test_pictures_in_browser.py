"""The explorer of finished images: which pixels are known at a setting."""

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from reconattack.attacks.judged_lattice import label_lattice
from reconattack.attacks.lattice import even_axes
from reconattack.attacks.space import search_space
from reconattack.frames.chunks import write_chunk
from reconattack.frames.picture import window_shares
from reconattack.pages.explorer.pictures import LEVEL_STEP
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from reconattack.storage import write_dataset
from scripts.report.explorer import explorer as write_explorer
from tests.browser.explorer_pages import INITIAL, LIMIT, TITLES, choose_view, settle, turn
from tests.picture_frames import picture_of

pytestmark = pytest.mark.browser

SIDES = """() => {
  const canvas = document.getElementById("picture");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const sides = { "0,122,176": "b", "255,165,0": "w" }; // blue: black in the picture; orange: white
  let found = "";
  for (let i = 0; i < data.length; i += 4) found += sides[data.slice(i, i + 3).join()] ?? ".";
  return [canvas.height, canvas.width, found];
}"""
DARK = INITIAL | {"alpha_lower": 25, "alpha_upper": 45}  # many pixels are black or white
PICTURES = {
    "linear": {},
    "gamma": {"grey_map": np.linspace(0, 1, 256) ** 1.3},
    "wide": {"dynamic_range": 30.0},
}


@pytest.fixture(scope="module")
def frames(convex_scanner):
    """Picture frames of one simulated patient, each with another grey map or range."""
    frame = simulate_rf(simulate_patient("p0"), convex_scanner, 64, 2048)
    return {name: picture_of(frame, DARK, 200, **facts) for name, facts in PICTURES.items()}


@pytest.fixture(scope="module")
def page_of_pictures(frames, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    write_chunk(folder / "chunk.nc", frames, {})
    box = {name: [DARK[name] + low, DARK[name] + high] for name, low, high in SPANS}
    space = search_space(DARK, {name: {"box": bounds} for name, bounds in box.items()}, "explorer")
    axes = even_axes(space, 3)
    lattice = label_lattice(dict.fromkeys(frames, np.ones((3, 3, 3))), axes, space)
    write_dataset(folder / "lattice.nc", lattice, {})
    predictions = pd.DataFrame({"frame": list(frames), "seed": 0, "fold": 0, "logit": 1.0})
    predictions.to_csv(folder / "predictions.csv", index=False)
    model = {"model": "plain", "seed": "0", "kind": "plain"}
    write_explorer(
        chunks=[str(folder / "chunk.nc")],
        shown=list(frames),
        cohort_size=len(frames),
        models=[model | {"predictions": str(folder / "predictions.csv")}],
        files={
            "lattices": [{"model": "plain", "seed": "0", "path": str(folder / "lattice.nc")}],
            **{"paths": [], "nearest": [], "proofs": []},
        },
        box=box,
        attacks=[],
        initial=DARK,
        image_rows=200,
        cutoff=0.5,
        visible_limit=LIMIT,
        titles=TITLES,
        classes=["normal", "fatty"],
        simulated=True,
        page=str(folder / "explorer.html"),
    )
    return folder / "explorer.html"


SPANS = [("beta", -0.4, 0.4), ("alpha_lower", -8, 8), ("alpha_upper", -8, 8)]


def coloured(page):
    """Pixels in the colour of black and of white ones, bool (row, column) each."""
    settle(page)
    rows, columns, found = page.evaluate(SIDES)
    sides = np.array(list(found)).reshape(rows, columns)
    return sides == "b", sides == "w"


@pytest.mark.parametrize("name", PICTURES)
def test_pixels_that_a_setting_needs_and_the_picture_does_not_tell_are_coloured(
    opened, page_of_pictures, frames, name
):
    page = opened(page_of_pictures)
    page.locator("#frames label", has_text=name).locator("input").check(force=True)
    expect(page.locator("#corner-frame")).to_contain_text(name)
    expect(page.locator("#view-unknown")).to_be_visible()
    choose_view(page, "Unknown levels")
    assert not any(mask.any() for mask in coloured(page))
    frame = frames[name]
    picture = PictureReconstruction(frame)
    for change in ({"alpha_lower": -5}, {"alpha_upper": 6}, {"beta": 0.3, "alpha_upper": 4}):
        setting = DARK | {key: DARK[key] + value for key, value in change.items()}
        turn(page, **setting)
        black, white = coloured(page)
        expected = picture.undetermined(list(setting.values()))
        assert expected.mean() > 0.005
        assert np.mean((black | white) != expected) < 0.002
        above = frame.attrs["dynamic_range"] * window_shares(frame)[frame["grey"].values]  # dB
        assert (above[black] <= LEVEL_STEP / 2).all()
        assert (above[white] >= frame.attrs["dynamic_range"] - LEVEL_STEP / 2).all()
        assert white.any() == (setting["alpha_upper"] > DARK["alpha_upper"])
        assert black.any() == (setting != DARK | {"alpha_upper": setting["alpha_upper"]})
    turn(page, **DARK)
    assert not any(mask.any() for mask in coloured(page))
    choose_view(page, "Current")
    turn(page, alpha_lower=DARK["alpha_lower"] - 5)
    assert not any(mask.any() for mask in coloured(page))
