import re
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
import yaml
from PIL import Image

import reconattack as ra
from reconattack import api
from reconattack.attacks.run import attack_frames
from reconattack.classifiers.backends.determinism import make_deterministic
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.scanner import Scanner
from reconattack.run.library_digest import library_modules
from tests.places import ROOT
from tests.readers.channels.test_points import check_points, declared

START = ra.paper_setting()
ROWS = 50
SCANNER = ra.scanner(
    reference_level=32.5,
    probe="linear",
    sampling_frequency=40e6,
    center_frequency=7.5e6,
    sound_speed=1540,
    lateral_span=0.038,
    gain_state="raw",
)


@pytest.fixture
def frame(noise_frame):
    """A frame with the label fatty."""
    return noise_frame.assign_attrs(name="p07")


@pytest.fixture
def model(write_model, frame):
    """A model that calls the frame fatty, though not by much."""
    mean = float(ra.reconstruct(frame, START, ROWS)["bmode"].mean())
    return ra.open_model(write_model("mean.onnx", mean - 5), rows=ROWS)


@pytest.fixture
def box():
    return ra.box(START, beta=(0.5, 1.3), alpha_upper=(50, 60))


def test_names_are_those_of_the_interface():
    assert set(api.__all__) <= set(dir(ra))
    assert all(getattr(ra, name) is getattr(api, name) for name in api.__all__)
    with pytest.raises(AttributeError, match="no attribute 'atack'"):
        ra.atack  # noqa: B018


def test_stub_for_editors_has_the_same_names():
    stub = (ROOT / "reconattack/__init__.pyi").read_text()
    assert sorted(re.findall(r" as (\w+)$", stub, re.MULTILINE)) == sorted(api.__all__)


def test_every_function_says_what_it_takes_and_gives():
    for name in api.__all__:
        assert getattr(ra, name).__doc__, name


def test_import_is_quick_and_loads_nothing():
    timed = (
        "import sys, time; start = time.perf_counter(); import reconattack; "
        "print(time.perf_counter() - start, *sorted(sys.modules))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", timed], cwd=ROOT, check=True, capture_output=True, text=True
    )
    seconds, *modules = printed.stdout.split()
    assert float(seconds) < 0.3
    assert not {"numpy", "xarray", "matplotlib", "reconattack.api"} & set(modules)


def test_no_script_hangs_on_the_interface():
    for script in (ROOT / "scripts").rglob("*.py"):
        modules = library_modules(script)
        assert not {"reconattack.api", "reconattack.figures.plot"} & modules, script


def test_simulated_scanner_is_that_of_the_default_configuration():
    described = yaml.safe_load((ROOT / "config.yaml").read_text())["scanners"]["scanner_b"]
    shape = described.pop("simulation")
    described.pop("calibration_frames")
    assert described | {"name": api.SIMULATED_SCANNER["name"]} == api.SIMULATED_SCANNER
    assert shape == {"lines": 192, "samples": 2592}


def test_simulated_patient_is_the_same_whenever_it_is_drawn():
    frame = ra.simulate_frame("one", lines=20, samples=400)
    xr.testing.assert_identical(frame, ra.simulate_frame("one", lines=20, samples=400))
    assert frame["rf"].dims == ("depth", "angle")
    assert frame["rf"].shape == (400, 20)
    assert frame.attrs["name"] == frame.attrs["patient"] == "one"
    assert frame.attrs["label"] == int(frame.attrs["fat_fraction"] > 5)
    image = ra.reconstruct(frame, START, ROWS)
    assert image.attrs["simulated"] == 1
    del frame.attrs["simulated"]
    assert "simulated" not in ra.reconstruct(frame, START, ROWS).attrs


def test_image_is_labelled(frame):
    image = ra.reconstruct(frame, ra.setting(beta=0.7, alpha_lower=10, alpha_upper=55), ROWS)
    assert image["bmode"].dims == ("z", "x")
    assert image["bmode"].dtype == np.uint8
    assert float(image["beta"]) == 0.7
    assert image["beta"].attrs["units"] == "dB/(cm MHz)"


def test_setting_is_a_dict():
    assert ra.setting(beta=1, alpha_lower=10, alpha_upper=55, zoom=2) == {
        **{"beta": 1.0, "zoom": 2.0, "alpha_lower": 10.0, "alpha_upper": 55.0}
    }
    with pytest.raises(InputError, match="a setting has no 'gama'; did you mean gamma"):
        ra.setting(beta=1, alpha_lower=10, alpha_upper=55, gama=2)


def test_frame_of_the_workflow_is_opened(tmp_path, frame):
    write_chunk(tmp_path / "frames.nc", {"a": frame}, {})
    assert ra.open_frame(tmp_path / "frames.nc").attrs["name"] == "a"
    assert [one.attrs["name"] for one in ra.open_frames(tmp_path / "frames.nc")] == ["a"]


def test_recorded_frame_is_read(tmp_path):
    samples = np.random.default_rng(0).standard_normal((900, 40))
    np.save(tmp_path / "p07.npy", samples)
    frame = ra.read_frame(tmp_path / "p07.npy", SCANNER, label=1)
    np.testing.assert_array_equal(frame["rf"], samples.astype(np.float32))
    known = {"name": "p07", "patient": "p07", "label": 1, "reference_level": 32.5}
    assert {key: frame.attrs[key] for key in known} == known


def test_frame_of_a_file_with_several_is_chosen(tmp_path):
    samples = np.random.default_rng(0).standard_normal((3, 900, 40))
    np.save(tmp_path / "p07.npy", samples)
    layout = {"axes": "frame,sample,line"}
    frame = ra.read_frame(tmp_path / "p07.npy", SCANNER, index=2, **layout)
    np.testing.assert_array_equal(frame["rf"], samples[2].astype(np.float32))
    assert frame.attrs["name"] == "p07_2"
    with pytest.raises(InputError, match="holds 3 frames; choose one: index=0 to index=2"):
        ra.read_frame(tmp_path / "p07.npy", SCANNER, **layout)
    with pytest.raises(InputError, match="holds 3 frames; found index=3, expected 0 to 2"):
        ra.read_frame(tmp_path / "p07.npy", SCANNER, index=3, **layout)
    with pytest.raises(InputError, match="the layout of a file has no 'axis'; did you mean axes"):
        ra.read_frame(tmp_path / "p07.npy", SCANNER, axis="frame,sample,line")


def test_channel_data_are_read_and_beamformed(tmp_path):
    received, facts = declared("linear", "plane", iq=False)
    np.save(tmp_path / "p07.npy", received)
    layout = {"axes": "transmit,element,sample"}
    mine = ra.scanner(**facts)
    frame = ra.read_frame(tmp_path / "p07.npy", mine, channels=True, **layout)
    check_points(frame)
    assert frame.attrs["name"] == "p07"
    np.testing.assert_allclose(frame["channel_rf"], received, rtol=1e-6)
    slower = START | {"beam_sound_speed": 1450.0}
    moved = ra.read_frame(tmp_path / "p07.npy", mine, channels=True, setting=slower, **layout)
    assert moved.attrs["beam_sound_speed"] == 1450.0
    with pytest.raises(InputError, match="a setting is given; expected channels=True"):
        ra.read_frame(tmp_path / "p07.npy", mine, setting=slower)


def test_what_nobody_states_is_asked_for_with_the_file(tmp_path):
    np.save(tmp_path / "p07.npy", np.random.default_rng(0).standard_normal((900, 40)))
    with pytest.raises(InputError, match=r"p07\.npy: scanner scanner: nobody states probe"):
        ra.read_frame(tmp_path / "p07.npy", ra.scanner(reference_level=0, sound_speed=1540))


def test_measured_level_brings_the_median_to_the_middle_of_the_window(frame):
    level = ra.reference_level([frame.assign_attrs(reference_level=0.0)], START)
    image = ra.reconstruct(frame.assign_attrs(reference_level=level), START, 400)
    assert float(image["bmode"].where(image["sector"]).median()) == pytest.approx(127, abs=2)
    assert ra.reference_level(frame, START) == level


def test_boxes_and_the_papers_attack_are_those_of_the_default_configuration():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    for attack, box in (("zoo", ra.paper_box()), ("small_change", ra.small_change_box())):
        knobs = config["attacks"][attack]["parameters"]
        assert {n: list(b) for n, b in box.bounds.items()} == {
            name: knob["box"] for name, knob in knobs.items()
        }
    assert ra.paper_box().start == config["reconstruction"]["initial"]
    ra.paper_attack()["probe"].clear()  # a copy
    assert ra.paper_attack()["probe"]


def test_methods_say_what_their_options_mean():
    found = ra.methods()
    assert "max_queries" in found["minimal"]
    assert set(found["zoo"]) == {"max_steps", "stop_at_bounds", "probe", "rate"}


def test_attack_finds_what_the_workflow_finds(frame, model, box):
    result = ra.attack(frame, model, box, method="minimal", max_queries=60)
    boxes = {name: {"box": list(pair)} for name, pair in box.bounds.items()}
    settings = {"method": "minimal", "max_queries": 60, "parameters": boxes}
    expected = attack_frames({"p07": frame}, model.judge, settings, START, ROWS, 0.5, "minimal")
    xr.testing.assert_identical(result.record, expected.isel(frame=0))
    assert result.name == "p07"
    assert result.attacked
    assert result.flipped
    assert result.queries == 60
    assert result.margin == float(expected["margin_linf"][0])
    assert set(result.safe) == set(box.bounds)
    assert model.probability(frame, result.setting) == pytest.approx(result.probability_final)
    assert model.probability(frame, START) == pytest.approx(result.probability_initial)


def test_attack_on_several_frames_is_a_list(frame, model, box):
    other = frame.assign_attrs(name="p08")
    alone = ra.attack(other, model, box, method="corners", max_queries=20)
    results = ra.attack([frame, other], model, box, method="corners", max_queries=20)
    assert [result.name for result in results] == ["p07", "p08"]
    assert results[1].setting == alone.setting
    with pytest.raises(InputError, match="two frames have the same name"):
        ra.attack([frame, frame], model, box, method="corners", max_queries=20)


def test_papers_attack_is_one_line(frame, model):
    result = ra.attack(frame, model, ra.paper_box(), **ra.paper_attack())
    assert result.flipped
    assert result.margin is None
    assert result.safe is None


def test_attack_along_slopes_leaves_tensorflow_as_a_notebook_has_set_it_up(
    monkeypatch, tmp_path, frame
):
    import keras  # slow to import

    from reconattack.attacks.white_box import slopes

    make_deterministic(1, threads=1)  # as the other tests of this process
    monkeypatch.delattr(slopes, "make_deterministic")
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(4, 5, activation="relu")]
    network = keras.Sequential(
        [keras.Input((32, 32, 1)), *layers, keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    network.save(tmp_path / "own.keras")
    resize = {"library": "tf_image", "kernel": "bilinear"}
    declared = {"scaling": {"divide": 1}, "output": "logit", "resize": resize}
    model = ra.open_model(tmp_path / "own.keras", rows=ROWS, **declared)
    unlabelled = frame.assign_attrs()
    del unlabelled.attrs["label"]
    result = ra.attack(unlabelled, model, ra.paper_box(), method="gradient", max_queries=20)
    assert result.attacked
    assert np.isfinite(result.probability_final)


def test_parameters_without_a_box_keep_their_start(frame, model):
    start = START | {"gamma": 0.9}
    result = ra.attack(frame, model, ra.box(start, gain=(-20, 20)), method="corners", max_queries=9)
    assert set(result.setting) == {*start, "gain"}
    assert {name: result.setting[name] for name in start} == start
    assert float(result.changed["gamma"]) == 0.9


def test_frame_that_the_model_gets_wrong_is_not_attacked(frame, model, box):
    wrong = frame.assign_attrs(label=0)
    result = ra.attack(wrong, model, box, method="minimal", max_queries=60)
    assert not result.attacked
    assert not result.flipped
    assert result.reason.endswith("not attacked")
    assert result.setting == START
    assert result.queries == 1
    assert f"p07 {result.reason}; P(fatty) 0." in repr(result)


def test_scanner_of_the_interface_is_one_of_the_library(convex_scanner):
    known = {"probe_radius": 0.05, "angle_span": 1.2, "probe": "convex", "gain_state": "raw"}
    described = ra.scanner(
        reference_level=32.5,
        name="convex",
        sampling_frequency=12e6,
        center_frequency=2.5e6,
        sound_speed=1540.0,
        **known,
    )
    assert Scanner(**described) == convex_scanner


# Pictures


@pytest.fixture
def picture_file(frame, tmp_path):
    """A PNG of the frame at the paper's setting, in a black surround."""
    image = ra.reconstruct(frame, START, 160)
    path = tmp_path / "p07.png"
    Image.fromarray(np.pad(image["bmode"].values, 6)).save(path)
    return path


def test_picture_is_attacked_like_a_frame(frame, picture_file, write_model):
    depth = float(frame["depth"][-1])
    picture = ra.read_picture(
        picture_file,
        dynamic_range=45,
        dynamic_range_error=0,
        image_depth=depth,
        center_frequency=frame.attrs["center_frequency"],
        probe="convex" if "angle" in frame.coords else "linear",
        label=1,
    )
    drawn = ra.reconstruct(picture, START)
    np.testing.assert_array_equal(drawn["bmode"], picture["grey"])
    model = ra.open_model(
        write_model("mean.onnx", 20), resize={"library": "pillow", "kernel": "bilinear"}
    )
    found = ra.attack(picture, model, ra.paper_box(), method="corners", max_queries=30)
    assert found.name == "p07"
    assert found.sure in (True, False)
    assert ra.attack(frame, model, ra.paper_box(), method="corners", max_queries=3).sure is None
    with pytest.raises(InputError, match="the picture p07 counts as drawn at"):
        box = ra.box({**START, "beta": 0.7}, beta=(0.6, 0.8))
        ra.attack(picture, model, box, method="corners", max_queries=3)


def test_picture_with_unknown_facts_is_refused(picture_file):
    with pytest.raises(InputError, match=r"a picture.*gray_map"):
        ra.read_picture(picture_file, dynamic_range=45, gray_map="linear")
    with pytest.raises(InputError, match=r"p07.png holds 1 images; found index=3, expected 0 to 0"):
        ra.read_picture(picture_file, dynamic_range=45, index=3)
    with pytest.raises(InputError, match=r"p07.png: dynamic_range is 3 dB"):
        ra.read_picture(picture_file, dynamic_range=3)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"dynamic_range": "60"}, "dynamic_range is '60'; expected a number in dB"),
        ({"dynamic_range": None}, "dynamic_range is None; expected the decibels"),
        ({"image_depth": 16}, "image_depth is 16 m; .* 16 cm are 0.16 m"),
        ({"center_frequency": 3.5}, "center_frequency is 3.5 Hz; .* 3.5 MHz are 3.5e"),
        ({"probe_radius": 60}, "probe_radius is 60 m; .* 60 mm are 0.06 m"),
        ({"probe": "curved"}, "probe is 'curved'; expected one of convex, linear"),
        ({"grey_map": {"gama": 2}}, "grey_map is {'gama': 2}; expected linear, plus, gamma"),
        ({"grey_map": {"gamma": 0}}, "grey_map has the gamma 0; expected a number from 0.1"),
        ({"region": [0, 0, 9, 9]}, r"region is \[0, 0, 9, 9\]; expected its numbers by name"),
        ({"censored_margin": "a"}, "censored_margin is 'a'; expected a number in grey levels"),
        ({"lossy": "yes"}, "lossy is 'yes'; expected True or False"),
        ({"tint": "yes"}, "tint is 'yes'; expected one of refuse, convert"),
        ({"initial": {"beta": 0.9}}, "the setting has no alpha_lower, alpha_upper"),
        ({"initial": {**START, "gamma": 2}}, "initial has gamma, and a finished image begins wit"),
    ],
)
def test_what_is_stated_of_a_picture_is_checked(picture_file, stated, said):
    with pytest.raises(InputError, match=said):
        ra.read_picture(picture_file, **{"dynamic_range": 45, **stated})


def test_all_that_is_wrong_of_a_picture_is_told_at_once(picture_file):
    with pytest.raises(InputError, match=r"(?s)image_depth.*probe.*center_frequency.*grey_map"):
        ra.read_picture(
            picture_file,
            **{"dynamic_range": 45, "image_depth": 16, "probe": "x", "grey_map": "x"},
            center_frequency=3.5,
        )


def test_frames_and_pictures_are_read_with_their_given_masks(tmp_path, picture_file):
    np.save(tmp_path / "p07.npy", np.random.default_rng(1).standard_normal((2000, 64)))
    plain = ra.read_frame(tmp_path / "p07.npy", SCANNER)
    rows, columns = ra.reconstruct(plain, START, 60)["bmode"].shape
    mask = np.zeros((rows, columns), np.uint8)
    mask[: rows // 2] = 3
    Image.fromarray(mask).save(tmp_path / "mask.png")
    frame = ra.read_frame(tmp_path / "p07.npy", SCANNER, mask=tmp_path / "mask.png")
    np.testing.assert_array_equal(frame["mask"], mask)
    assert frame.drop_vars("mask").identical(plain)
    decision = {"kind": "mask", "structures": ["near"], "dice": 0.9, "truth": "mask"}
    model = ra.open_model(
        lambda images: 1.0 - (np.arange(rows)[:, np.newaxis] >= rows // 2) * np.ones(images.shape),
        decision=decision,
        rows=rows,
    )
    box = ra.box(START, beta=(0.5, 1.3))
    result = ra.attack(frame, model, box, method="corners", max_queries=5)
    assert (result.decision_initial, result.flipped) == (1, False)
    with Image.open(picture_file) as image:
        whole = np.ones((image.height, image.width), np.uint8)
    np.save(tmp_path / "whole.npy", whole)
    known = {"dynamic_range": 45, "box": [0, 0, whole.shape[1] - 5, whole.shape[0]]}
    picture = ra.read_picture(picture_file, mask=tmp_path / "whole.npy", **known)
    assert picture["mask"].shape == picture["grey"].shape
    with pytest.raises(InputError, match=r"p07\.npy: mask .*none\.png: expected a file"):
        ra.read_frame(tmp_path / "p07.npy", SCANNER, mask=tmp_path / "none.png")
