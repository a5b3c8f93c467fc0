"""The cases of the dossier and its pages."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import expit, logit

from reconattack.attacks.path import Path
from reconattack.attacks.record import record
from reconattack.figures import dossier_cases
from reconattack.figures.dossier import describe, draw_page, draw_pages
from reconattack.figures.dossier_cases import cases_table, read_cases, read_images, setup_of
from reconattack.figures.panels import save_pages
from reconattack.frames.chunks import frame_attributes, write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.storage import write_dataset, write_table

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
NAMES = ("beta", "alpha_lower", "alpha_upper")
KNOBS = {
    "beta": {"box": [0.5, 1.3], "probe": 0.05, "rate": 0.05},
    "alpha_lower": {"box": [5, 15], "probe": 0.1, "rate": 0.5},
    "alpha_upper": {"box": [50, 60], "probe": 0.1, "rate": 0.5},
}
WAY = [np.array([0.9, 10.0, 55.0]), np.array([0.85, 10.5, 54.5]), np.array([0.8, 11.0, 54.0])]
CLASSES = ("normal", "fatty")


@pytest.fixture
def chunk(tmp_path, convex_scanner):
    """Frames `far`, `near`, `kept` and `wrong`, and one that could not be read."""
    samples = np.random.default_rng(3).standard_normal((4, 300, 24))
    frames = {
        name: build_frame(of_frame, convex_scanner, f"patient {name}", 1, 12.5)
        for name, of_frame in zip(("far", "near", "kept", "wrong"), samples, strict=True)
    }
    broken = unreadable_frame("truncated", "s", "p")
    write_chunk(tmp_path / "chunk.nc", frames | {"broken": broken}, {})
    return str(tmp_path / "chunk.nc")


@pytest.fixture
def files(tmp_path, judged_grid):
    """`zoo` flips `far`; `minimal` flips it and `near`; `wrong` is not attacked."""
    flipped = Path(1, WAY, [1.0, 0.5, -0.5], [0.3, 0.5, 1.0], [np.ones(3)] * 2, "flipped")
    kept = Path(1, WAY[:2], [1.0, 0.5], [0.3, 0.5], [np.ones(3)], "step_limit")
    wrong = Path(0, WAY[:1], [1.0], [1.3], [], "wrong_at_start")
    zoo = record([flipped, kept, kept, wrong], FRAMES, NAMES, np.array([15, 8, 8, 1]))
    nearest = Path(1, WAY, [1.0, -0.1, -0.5], [0.3, 0.7, 1.0], [], "flipped", best=1)
    none = Path(1, WAY[:2], [1.0, 0.5], [0.3, 0.5], [], "budget", best=1)
    minimal = record([nearest, nearest, none, wrong], FRAMES, NAMES, np.array([60, 60, 60, 1]))
    margins = {"margin_linf": ("frame", [0.25, 0.125, np.nan, np.nan])}
    labels = {"label": ("frame", [1, 1, -1, 1])}
    write_dataset(tmp_path / "zoo.nc", zoo.assign(labels), {})
    write_dataset(tmp_path / "minimal.nc", minimal.assign(margins), {})
    frames = dict.fromkeys(FRAMES[:3], (1, lambda beta, lower, upper: 10 * (beta - 0.75)))
    return {
        "paths": [named("zoo", tmp_path / "zoo.nc")],
        "nearest": [named("minimal", tmp_path / "minimal.nc")],
        "proofs": [],
        "lattices": [named("grid", judged_grid("grid.nc", **frames))],
    }


FRAMES = ["far", "near", "kept", "wrong"]


def named(attack, path):
    return {"model": "m", "seed": "0", "fold": "1", "attack": attack, "path": str(path)}


def setup(files):
    return setup_of(files, {"zoo": KNOBS}, 0.5, CLASSES)


@pytest.fixture
def write(tmp_path, chunk, files):
    """Write the dossier, also of other records; its table, and the bytes of its pages."""

    def run(**changes):
        table, pdf, png = (tmp_path / f"f.{suffix}" for suffix in ("csv", "pdf", "png"))
        records = files | changes
        cases = read_cases(records, 0.5)
        write_table(table, cases_table(cases, setup(records), dict(frame_attributes(chunk))))
        images = dict(read_images([chunk], cases, INITIAL, 32))
        save_pages(draw_pages(cases, images, setup(records)), pdf, png, simulated=True)
        return pd.read_csv(table), pdf.read_bytes(), png.read_bytes()

    return run


def test_first_page_is_the_flip_of_the_median_margin_not_the_nearest(tmp_path, files):
    """Of three flips at 12.5, 50 and 25 % of the half-width, the one at 25 % is first."""
    flip = Path(1, WAY, [1.0, -0.1, -0.5], [0.3, 0.7, 1.0], [], "flipped", best=1)
    kept = Path(1, WAY[:2], [1.0, 0.5], [0.3, 0.5], [], "budget", best=1)
    names = ["kept", "near", "far", "middle"]
    queries = np.array([60] * 4)
    for attack in ("zoo", "minimal"):
        records = record([kept, flip, flip, flip], names, NAMES, queries)
        margins = {"margin_linf": ("frame", [np.nan, 0.125, 0.5, 0.25])}
        labels = {"label": ("frame", [1] * 4)}
        write_dataset(tmp_path / f"four_{attack}.nc", records.assign(labels | margins), {})
    four = {
        "paths": [named("zoo", tmp_path / "four_zoo.nc")],
        "nearest": [named("minimal", tmp_path / "four_minimal.nc")],
        "proofs": [],
        "lattices": [],
    }
    cases = read_cases(four, 0.5)
    assert [case.frame for case in cases] == ["middle", "near", "far", "kept"]


def test_frames_without_a_margin_come_last(files):
    cases = read_cases(files, 0.5)
    assert [case.frame for case in cases] == ["near", "far", "kept"]
    assert list(cases[0].shown.setting.values()) == WAY[1].tolist()  # the nearest flip
    assert list(cases[1].shown.setting.values()) == WAY[2].tolist()  # the flip of zoo
    assert list(cases[2].shown.setting.values()) == WAY[1].tolist()  # the end of zoo
    assert [case.path.steps.sizes["step"] for case in cases] == [2, 3, 2]


def test_every_attacked_frame_has_a_page_and_a_row(write):
    table, pdf, _ = write()
    assert pdf.count(b"/Type /Page ") == 3
    assert table["page"].tolist() == [1, 2, 3]
    assert table["patient"].tolist() == ["patient near", "patient far", "patient kept"]
    assert table["shown_attack"].tolist() == ["minimal", "zoo", "zoo"]
    assert table["flipped"].tolist() == [True, True, False]
    assert table["path_steps"].tolist() == [1, 2, 1]
    assert table["n_flipping"].tolist() == [12] * 3
    assert table["n_points"].tolist() == [24] * 3
    np.testing.assert_allclose(logit(table["probability_shown"]), [-0.1, -0.5, 0.5])
    np.testing.assert_allclose(table[list(NAMES)], [WAY[1], WAY[2], WAY[1]])


def test_large_cohort_has_so_many_pages_and_all_rows(write, monkeypatch):
    monkeypatch.setattr(dossier_cases, "MAX_PAGES", 2)
    table, pdf, _ = write()
    assert pdf.count(b"/Type /Page ") == 2
    assert table["page"].fillna(0).tolist() == [1, 2, 0]


def test_without_margins_and_grid_frames_come_in_their_order(write):
    table, pdf, _ = write(nearest=[], lattices=[])
    assert table["frame"].tolist() == ["far", "kept", "near"]
    assert table["shown_attack"].tolist() == ["zoo"] * 3
    assert table[["margin_linf", "n_flipping"]].isna().all(axis=None)
    assert pdf.count(b"/Type /Page ") == 3


def test_nothing_attacked_is_said(write, tmp_path):
    wrong = Path(0, WAY[:1], [1.0], [1.3], [], "wrong_at_start")
    write_dataset(tmp_path / "none.nc", record([wrong], ["wrong"], NAMES, np.array([1])), {})
    table, pdf, _ = write(paths=[named("zoo", tmp_path / "none.nc")])
    assert table.empty
    assert pdf.count(b"/Type /Page ") == 1


def test_head_says_what_the_attacks_found(files):
    near, far, kept = read_cases(files, 0.5)
    assert list(describe(far, setup(files))) == [
        "zoo: a missed disease after 15 queries",
        "minimal: nearest flip found at 25.0 % of half the box",
    ]
    assert next(describe(near, setup(files))) == "zoo: no flip after 8 queries"
    assert list(describe(kept, setup(files)))[1] == "minimal: no flip found"


def test_head_says_what_is_proved_and_no_more(files, tmp_path):
    proof = xr.open_dataset(tmp_path / "minimal.nc").load()
    proved = {"certified": [False, False, True, False], "certified_margin": [0.2469, 0, 1, np.nan]}
    proof = proof.assign({name: ("frame", values) for name, values in proved.items()})
    write_dataset(tmp_path / "proof.nc", proof, {})
    files["proofs"] = [named("certify", tmp_path / "proof.nc")]
    cases = {case.frame: case for case in read_cases(files, 0.5)}
    said = {name: list(describe(case, setup(files)))[-1] for name, case in cases.items()}
    assert said["far"] == "certify: proved, no setting nearer than 24.6 % of half the box flips"
    assert said["kept"] == "certify: proved, no setting of the box flips"
    known = {name: {"patient": "p"} for name in cases}
    table = cases_table(list(cases.values()), setup(files), known)
    margins = table.set_index("frame")["certified_margin"]
    assert margins.to_dict() == {"far": 0.2469, "near": 0, "kept": np.inf}


def test_page_shows_images_paths_probabilities_and_map(files, chunk):
    cases = read_cases(files, 0.5)
    images = dict(read_images([chunk], cases, INITIAL, 32))
    figure = draw_page(cases[0], images["near"], ["line"], setup(files))
    before, after, change = (axes.images[0].get_array().astype(int) for axes in figure.axes[:3])
    assert (after - before == change).all()
    assert "adversarial, P(fatty) = 0.48" in figure.axes[1].get_title(loc="left")
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"path of the attack", "initial setting", "cut-off"} <= set(texts)
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert "step of the attack" in labels
    assert figure.axes[7].get_title(loc="left").endswith("12 of 24 settings flip")
    plt.close(figure)


def test_map_may_come_from_the_explorers_lattice(files, write, tmp_path):
    axes = {"beta": [0.5, 0.9, 1.0], "alpha_lower": [5.0, 10.0], "alpha_upper": [50.0, 55.0]}
    beta = np.array(axes["beta"])[:, None, None]
    fatty = 10 * (beta - 0.75) + np.zeros((3, 2, 2))
    judged = np.array([fatty, np.full_like(fatty, np.nan), fatty], np.float32)
    lattice = xr.Dataset(
        {"grid_logit": (("frame", *(f"grid_{name}" for name in axes)), judged)},
        coords={"frame": ["near", "far", "other"]}
        | {f"grid_{name}": values for name, values in axes.items()},
    )
    write_dataset(tmp_path / "lattice.nc", lattice, {})
    lattices = [named("lattice", tmp_path / "lattice.nc")]
    near, far, kept = read_cases(files | {"lattices": lattices}, 0.5)
    assert (far.map, kept.map) == (None, None)
    assert near.map.path.points(near.map.drawn).tolist() == [
        point[:2].tolist() for point in WAY[:2]
    ]
    np.testing.assert_allclose(near.map.probability[:, 0], expit([-2.5, 1.5, 2.5]), rtol=1e-6)
    assert (near.map.n_flipping, near.map.n_points) == (4, 12)
    table, pdf, _ = write(lattices=lattices)
    assert table["n_flipping"].fillna(-1).tolist() == [4, -1, -1]
    assert pdf.count(b"/Type /Page ") == 3


def test_same_bits_twice(write):
    assert write()[1:] == write()[1:]
