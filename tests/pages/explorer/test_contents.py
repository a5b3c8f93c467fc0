import base64

import numpy as np
import pytest

from reconattack.attacks.record import Path, record
from reconattack.frames.chunks import readable_frames, write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.pages.explorer.contents import page_contents
from reconattack.pages.explorer.page import build_page
from reconattack.reconstruction.picture_change import picture_change
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from reconattack.storage import write_dataset

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
NAMES = ("beta", "alpha_lower", "alpha_upper")
WAY = [np.array([0.9, 10.0, 55.0]), np.array([0.7, 10.0, 60.0])]
LIMIT = {"mean_abs_diff": 20, "ssim": 0.8}
HOSTILE = "<script>alert(1)</script>"


def logit(beta, lower, upper):
    return 10 * (beta - 0.75)


@pytest.fixture
def chunk(tmp_path, convex_scanner):
    """Frames `many`, `wrong` and `plain`, and one that could not be read."""
    random = np.random.default_rng(3)
    samples = random.standard_normal((3, 300, 24))
    frames = {
        name: build_frame(of_frame, convex_scanner, HOSTILE, label, fat)
        for name, of_frame, label, fat in zip(
            ("many", "wrong", "plain"), samples, (1, 0, None), (12.5, 1, None), strict=True
        )
    }
    write_chunk(
        tmp_path / "chunk.nc", frames | {"broken": unreadable_frame("truncated", "s", "p")}, {}
    )
    return str(tmp_path / "chunk.nc")


@pytest.fixture
def files(tmp_path, judged_grid):
    """The grid judged `many` and not `wrong`; the paper's attack and `minimal` flip `many`."""
    grid = judged_grid("grid.nc", many=(1, logit), wrong=(0, lambda *_: 1.0), broken=(0, None))
    ways = [
        Path(1, WAY, [1.5, -0.5], [0.2, 1.0], [np.ones(3)], "flipped"),
        Path(0, WAY[:1], [1.0], [1.3], [], "wrong_at_start"),
    ]
    zoo = record(ways, ["many", "wrong"], NAMES, np.array([8, 1]))
    write_dataset(tmp_path / "zoo.nc", zoo, {})
    write_dataset(tmp_path / "minimal.nc", zoo.assign(margin_linf=("frame", [0.5, np.nan])), {})
    proved = {"certified": [False, False], "certified_margin": [0.25, np.nan]}
    proofs = zoo.assign({name: ("frame", values) for name, values in proved.items()})
    write_dataset(tmp_path / "proof.nc", proofs, {})
    of_model = {"model": "m", "seed": "0"}
    return {
        "lattices": [of_model | {"path": grid}],
        "paths": [of_model | {"attack": "zoo", "path": str(tmp_path / "zoo.nc")}],
        "nearest": [of_model | {"path": str(tmp_path / "minimal.nc")}],
        "proofs": [of_model | {"path": str(tmp_path / "proof.nc")}],
    }


@pytest.fixture
def contents(tmp_path, chunk, files):
    """The data of a page and the pages' text."""
    (tmp_path / "m.csv").write_text(
        "seed,frame,patient,fold,label,logit,probability,predicted\n"
        "0,many,p,2,1,1.5,0.8,1\n0,wrong,p,2,0,1,0.7,1\n0,plain,p,1,,-1,0.3,0\n0,broken,p,1,,,,\n"
    )
    model = {"model": "m", "seed": "0", "kind": "plain", "predictions": str(tmp_path / "m.csv")}

    def make(chunk=chunk, shown=("many", "wrong", "plain", "broken"), files=files, image_rows=32):
        data, levels = page_contents(
            frames=readable_frames(chunk, shown),
            models=[model],
            files=files,
            shown=shown,
            cohort_size=4,
            box={"beta": [0.5, 1.1]},
            attacks=[
                {"name": "zoo", "box": {"beta": [0.5, 1.1]}, "steps": True},
                {"name": "narrow", "box": {"beta": [0.8, 1.0]}, "steps": False},
            ],
            initial=INITIAL,
            image_rows=image_rows,
            cutoff=0.5,
            visible_limit=LIMIT,
            titles={"models": {"m": "compact network"}, "cohorts": {"c": "a cohort"}},
            classes=["normal", HOSTILE],
            simulated=True,
        )
        return data, build_page(data, levels, "title")

    return make


def test_frames_are_described(contents):
    data, page = contents()
    many, _, plain = data["frames"]
    assert data["count"] == 4
    assert (many["name"], many["label"], many["fat_fraction"]) == ("many", 1, 12.5)
    assert "label" not in plain
    assert (many["rows"], many["frequency"], many["probe_radius"]) == (32, 2.5, 0.05)
    assert page.count('id="levels-') == 3
    assert data["sliders"][0] == {
        **{"name": "beta", "initial": 0.9, "box": [0.5, 1.1], "range": [0, 2]}
    }


def test_33_frames_of_512_rows_would_take_15_mb_at_most(contents, tmp_path, convex_scanner):
    names = ["many", "wrong", "plain"]
    frames = {
        name: simulate_rf(simulate_patient(name), convex_scanner, 192, 2592) for name in names
    }
    write_chunk(tmp_path / "large.nc", frames, {})
    data, page = contents(chunk=str(tmp_path / "large.nc"), image_rows=512)
    assert [frame["rows"] for frame in data["frames"]] == [512] * 3
    assert len(page) <= 15e6 * 3 / 33


def test_texts_are_no_markup(contents):
    data, page = contents()
    assert data["frames"][0]["patient"] == data["classes"][1] == HOSTILE
    assert "alert(1)</" not in page


def test_judgements_are_the_stored_ones(contents):
    data, _ = contents()
    many, wrong, plain = (frame["judged"][0] for frame in data["frames"])
    axes = data["lattices"][many["lattice"]["axes"]]
    assert axes == [[0.5, 0.7, 0.9, 1.1], [5, 10, 15], [55, 60]]
    logits = np.frombuffer(base64.b64decode(many["lattice"]["logits"]), "<f4").reshape(4, 3, 2)
    np.testing.assert_allclose(logits[:, 1, 0], [logit(b, 10, 55) for b in axes[0]], rtol=1e-6)
    path, of_other_attack = many["paths"]
    assert of_other_attack is None
    assert path | {"change": None} == {
        "parameters": [way.tolist() for way in WAY],
        "logits": [1.5, -0.5],
        "success": True,
        "stop_reason": "flipped",
        "change": None,
    }
    nearest = {"parameters": WAY[1].tolist(), "logit": -0.5, "margin": 0.5}
    assert many["nearest"] == nearest | {"change": path["change"]}
    assert (many["fold"], many["logit"]) == ("2", 1.5)
    assert many["proof"] == {"whole": False, "margin": 0.25}
    assert wrong["lattice"] is wrong["nearest"] is wrong["proof"] is None
    assert plain["paths"] == [None, None]
    assert wrong["paths"][0]["stop_reason"] == "wrong_at_start"
    assert "change" not in wrong["paths"][0]
    assert plain["logit"] == -1


def test_search_has_its_flip_and_its_queries(contents, files):
    files["paths"].append(files["paths"][0] | {"attack": "narrow"})
    many, wrong, _ = (frame["judged"][0]["paths"] for frame in contents()[0]["frames"])
    assert many[1] == many[0] | {"queries": 8}
    assert (wrong[1]["parameters"], wrong[1]["success"]) == ([WAY[0].tolist()], False)


def test_change_of_a_stored_flip_is_the_run_s_own(contents, chunk):
    many = contents()[0]["frames"][0]["judged"][0]
    reconstruction = Reconstruction(dict(readable_frames(chunk, ["many"]))["many"], 32)
    images = reconstruction.bmode(WAY)
    expected = picture_change(*images, reconstruction.sector)
    assert many["nearest"]["change"] == pytest.approx({name: expected[name] for name in LIMIT})


def test_titles_and_boxes_are_on_the_page(contents):
    data, _ = contents()
    assert data["titles"] == {"scanners": {}, "models": {"m": "compact network"}, "attacks": {}}
    assert [attack["name"] for attack in data["attacks"]] == ["zoo", "narrow"]
    assert data["visible_limit"] == LIMIT


def test_later_lattice_of_a_frame_is_shown(contents, files, judged_grid):
    of_model = files["lattices"][0]
    coarse = judged_grid("coarse.nc", many=(-1, lambda *_: 3.0), plain=(-1, lambda *_: 2.0))
    files["lattices"] = [of_model | {"path": coarse}, of_model]
    many, _, plain = (frame["judged"][0]["lattice"] for frame in contents()[0]["frames"])
    assert np.frombuffer(base64.b64decode(many["logits"]), "<f4")[0] == np.float32(
        logit(0.5, 5, 55)
    )
    assert np.frombuffer(base64.b64decode(plain["logits"]), "<f4")[0] == 2


def test_page_without_attacks_and_lattices(contents):
    data, _ = contents(files={"lattices": [], "paths": [], "nearest": [], "proofs": []})
    assert data["lattices"] == []
    assert data["frames"][0]["judged"] == [
        {"fold": "2", "logit": 1.5, "lattice": None, "paths": [None, None], "nearest": None}
        | {"proof": None}
    ]


def test_only_frames_to_be_shown(contents):
    data, page = contents(shown=["many", "plain"])
    assert [frame["name"] for frame in data["frames"]] == ["many", "plain"]
    assert page.count('id="levels-') == 2


def test_page_repeats_bit_for_bit(contents):
    assert contents()[1] == contents()[1]
