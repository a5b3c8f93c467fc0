import copy
import datetime
import re

import pytest
import yaml

from reconattack.errors import InputError
from reconattack.reconstruction.parameters import BEAM
from reconattack.run.configuration import check_configuration, container_image
from tests.places import ROOT

SCHEMA = ROOT / "schemas" / "config.schema.yaml"
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())


def laid_over(config, changes):
    """As --configfile does it: maps are merged, everything else is replaced."""
    merged = copy.deepcopy(config)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = laid_over(merged[key], value) if both else value
    return merged


def errors_of(changes, config=DEFAULT):
    with pytest.raises(InputError) as error:
        check_configuration(laid_over(config, changes), SCHEMA)
    head, *lines = str(error.value).splitlines()
    assert head == "the configuration cannot be used:"
    return lines


def test_default_configuration_passes():
    check_configuration(DEFAULT, SCHEMA)


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda p: p.name)
def test_ready_made_configuration_passes(path):
    """Each is laid over the default, some over others before."""
    below = {
        "paper-trial.yaml": ["paper.yaml"],
        "paper-frozen.yaml": ["paper.yaml"],
        "defences-full.yaml": ["defences.yaml"],
        "defences-smoke.yaml": ["smoke.yaml", "defences.yaml"],
        "setting-transfer.yaml": ["defences.yaml"],
        "setting-transfer-smoke.yaml": ["smoke.yaml", "defences.yaml", "setting-transfer.yaml"],
    }
    base = [path.with_name(name) for name in below.get(path.name, [])]
    config = DEFAULT
    for layer in (*base, path):
        config = laid_over(config, yaml.safe_load(layer.read_text()))
    check_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("changes", "key", "meant"),
    [
        ({"run": {"cutof": 0.4}}, "run.cutof", "cutoff"),
        ({"atacks": {}}, "atacks", "attacks"),
        (
            {"scanners": {"scanner_b": {"centre_frequency": 1}}},
            "scanners.scanner_b.centre_frequency",
            "center_frequency",
        ),
        ({"models": {"compact": {"dropuot": 0.1}}}, "models.compact.dropuot", "dropout"),
        (
            {"attacks": {"zoo": {"parameters": {"alpha_uper": {}}}}},
            "attacks.zoo.parameters.alpha_uper",
            "alpha_upper",
        ),
        ({"cohorts": {"simulated_rf": {"patient": 3}}}, "cohorts.simulated_rf.patient", "patients"),
    ],
)
def test_misspelt_key_is_named_with_the_one_that_was_meant(changes, key, meant):
    assert errors_of(changes) == [f"  {key}: unknown key; did you mean {meant}?"]


def test_key_that_resembles_none_lists_those_that_exist():
    (line,) = errors_of({"reconstruction": {"resize": {"zzz": 1}}})
    assert line == "  reconstruction.resize.zzz: unknown key; expected one of aspect, kernel"


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"run": {"folds": "five"}}, "run.folds", "found 'five'; expected a whole number (Number"),
        ({"run": {"folds": 2.5}}, "run.folds", "found the number 2.5; expected a whole number"),
        ({"run": {"models": "compact"}}, "run.models", "found 'compact'; expected a list"),
        ({"run": None}, "run", "found nothing; expected keys with values"),
        ({"run": {"cutoff": "0,3"}}, "run.cutoff", "write it with a point, 0.3"),
        ({"models": {"compact": {"flip": "maybe"}}}, "models.compact.flip", "true or false"),
        ({"run": {"cutoff": 1}}, "run.cutoff", "Decision cut-off"),
        ({"run": {"protocol": "folds"}}, "run.protocol", "patient_folds"),
        ({"run": {"models": []}}, "run.models", "non-empty"),
        ({"scanners": {"scanner_b": {"probe": "round"}}}, "scanners.scanner_b.probe", "convex"),
        (
            {"models": {"compact": {"weights": "imagnet"}}},
            "models.compact.weights",
            "is not one of ['imagenet', None]",
        ),
        (
            {"models": {"compact": {"weights": {"file": "w.h5", "sha256": "beef"}}}},
            "models.compact.weights.sha256",
            "does not match",
        ),
        (
            {"attacks": {"zoo": {"parameters": {"beta": {"box": [0.5]}}}}},
            "attacks.zoo.parameters.beta.box",
            "too short",
        ),
    ],
)
def test_wrong_value_is_named_with_its_meaning(changes, key, said):
    (line,) = errors_of(changes)
    assert line.startswith(f"  {key}: ")
    assert said in line


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("no", "found false, which no and off also mean; expected text: write it in quotes, such"),
        ("yes", "found true, which yes and on also mean; expected text: write it in quotes, such"),
        ("1", "found the number 1; expected text: write it in quotes, such as '1'"),
        ("2024-01-05", "found the date 2024-01-05; expected text: write it in quotes, such as"),
        ("null", "found nothing; expected text: write it in quotes, such as 'null'"),
    ],
)
def test_word_that_yaml_does_not_take_for_text_belongs_in_quotes(written, said):
    """Names of classes, of frames and of what the configuration defines."""
    value = yaml.safe_load(written)
    (line,) = errors_of({"run": {"classes": [value, "fatty"]}})
    assert line.startswith(f"  run.classes.0: {said}")
    (line,) = errors_of({"scanners": {"scanner_b": {"calibration_frames": [value]}}})
    assert line.startswith(f"  scanners.scanner_b.calibration_frames.0: {said}")
    (line,) = errors_of({"models": {value: DEFAULT["models"]["compact"]}})
    assert line.startswith(f"  models: {said.replace('; expected', ' as a name; expected')}")


@pytest.mark.parametrize(("key", "section"), [("cutoff", "run"), ("initial", "reconstruction")])
def test_key_that_stands_above_its_section_is_named_with_it(key, section):
    assert errors_of({key: 1}) == [f"  {key}: unknown key; did you mean {section}.{key}?"]


def test_missing_key_is_named():
    config = copy.deepcopy(DEFAULT)
    del config["models"]["compact"]["patience"]
    (line,) = errors_of({}, config)
    assert line.startswith("  models.compact.patience: missing (")


SCANNER = {"probe": "convex", "reference_level": 0}


def test_missing_reference_level_says_how_to_find_it():
    (line,) = errors_of({"scanners": {"mine": {"probe": "convex"}}})
    assert line.startswith("  scanners.mine.reference_level: missing (")
    assert "put 0, then run `snakemake calibrate_reference_level`" in line


@pytest.mark.parametrize(
    ("fact", "value", "meant"),
    [
        ("sampling_frequency", 12.5, "12.5 MHz are 1.25e+07 Hz"),
        ("center_frequency", 2500, "2500 kHz are 2.5e+06 Hz"),
        ("probe_radius", 500, "500 mm are 0.5 m"),
        ("probe_radius", 6, "6 mm are 0.006 m, 6 cm are 0.06 m"),
        ("angle_span", 66, "66 degrees are 1.15192 rad"),
        ("sound_speed", 1.54, "1.54 km/s are 1540 m/s"),
    ],
)
def test_number_of_a_scanner_in_another_unit_is_refused_with_the_unit(fact, value, meant):
    (line,) = errors_of({"scanners": {"mine": SCANNER | {fact: value}}})
    assert line.startswith(f"  scanners.mine: {fact} is {value:g} ")
    assert line.endswith(f"is it in another unit? {meant}")


def test_all_numbers_of_all_scanners_are_checked_at_once_and_with_other_errors():
    wrong = {"sampling_frequency": 12.5, "center_frequency": 2.5, "lateral_span": 40}
    lines = errors_of(
        {
            "scanners": {"mine": SCANNER | wrong, "other": SCANNER | {"angle_span": 66}},
            "run": {"cutof": 0.4},
        }
    )
    starts = ["run.cutof: unknown key", "scanners.mine: found lateral_span, which a convex"]
    starts += [f"scanners.mine: {fact} is {value:g}" for fact, value in wrong.items()]
    starts += ["scanners.other: angle_span is 66 rad"]
    assert len(lines) == len(starts)
    for start in starts:
        assert sum(line.startswith(f"  {start}") for line in lines) == 1, start


def test_number_below_zero_has_one_error():
    (line,) = errors_of({"scanners": {"mine": SCANNER | {"sound_speed": -1540}}})
    assert line.startswith("  scanners.mine.sound_speed: -1540 is less than")


RESIZE = {"library": "torchvision", "kernel": "bilinear", "antialias": True, "crop": [256, 256]}
SCALING = {"divide": 255, "mean": [0.5, 0.4, 0.3], "std": 0.25}


@pytest.mark.parametrize(
    "model",
    [
        {"source": "m.onnx"},
        {"source": "m.onnx", "layout": "nchw", "scaling": SCALING, "output": "logits"},
        {"source": "m.keras", "scaling": {"divide": 1}, "input_size": [400, 540], "threads": 2},
        {"source": "m.skops", "scaling": {"divide": 1}, "input_size": [16, 24], "resize": RESIZE},
        {"python": "package.module:function", "input_size": [8, 8], "resize": RESIZE},
        {"python": "package.module:function", "input_size": [8, 8]},
        {"http": "https://host.org:8000/judge", "requests_per_second": 0.5, "timeout": 3},
    ],
)
def test_brought_model_needs_no_more_than_what_tells_how_to_use_it(model):
    check_configuration(laid_over(DEFAULT, {"models": {"brought": model}}), SCHEMA)


@pytest.mark.parametrize(
    ("model", "key", "said"),
    [
        ({"threads": 1}, "brought.network", "`of` for a model derived from another one"),
        ({"source": "m.onnx", "scaling": {"mean": 0.5}}, "brought.scaling.divide", "missing"),
        ({"source": "m.onnx", "scaling": {"divide": 0}}, "brought.scaling.divide", "0 is less"),
        (
            {"source": "m.onnx", "scaling": {"divide": 1, "std": [1, 0, 1]}},
            "brought.scaling.std.1",
            "0 is less than or equal",
        ),
        (
            {"source": "m.onnx", "layout": "chw"},
            "brought.layout",
            "['nchw', 'nhwc', 'nhw', 'flat']",
        ),
        ({"source": "m.onnx", "python": "m:f"}, "brought.python", "unknown key"),
        ({"python": "m:f"}, "brought.input_size", "missing"),
        ({"python": "m.f", "input_size": [8, 8]}, "brought.python", "trusted code"),
        ({"http": "file:///m"}, "brought.http", "does not match"),
        ({"http": "http://h/", "retries": -1}, "brought.retries", "less than the minimum"),
    ],
)
def test_brought_model_that_cannot_be_used_as_declared(model, key, said):
    (line,) = errors_of({"models": {"brought": model}})
    assert line.startswith(f"  models.{key}: ")
    assert said in line


@pytest.mark.parametrize(
    ("model", "key", "said"),
    [
        ({"http": "http://h/", "resize": RESIZE}, "resize", "images keep their own size; expected"),
        ({"resize": RESIZE | {"library": "cv2"}}, "resize.antialias", "OpenCV does not antialias"),
        (
            {"resize": RESIZE | {"crop": 8}, "input_size": [9, 9]},
            "resize.crop",
            "at least the input's",
        ),
    ],
)
def test_how_a_brought_model_was_resized_is_checked_with_the_configuration(model, key, said):
    model = model if len(model.keys() & {"python", "http"}) else {"source": "m.onnx"} | model
    (line,) = errors_of({"models": {"mine": model}, "run": {"models": ["mine"]}})
    assert line.startswith(f"  models.mine.{key}: ")
    assert said in line


def test_resize_of_the_run_does_not_pass_over_to_brought_models():
    """It did once; an export of another run must not be resized in another way in silence."""
    model = {"source": "fold-0.onnx"}
    changes = {"models": {"mine": model}, "run": {"models": ["mine"]}}
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)
    changes |= {"reconstruction": {"resize": {"kernel": "bicubic"}}}
    (line,) = errors_of(changes)
    assert line.startswith(
        "  models.mine.resize: not stated, and reconstruction.resize is {'kernel'"
    )
    model["resize"] = {"library": "pillow", "kernel": "bicubic"}
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)


def test_resize_of_a_brought_model_names_library_and_kernel():
    model = {"source": "m.onnx", "resize": {"library": "PIL"}}
    errors = errors_of({"models": {"mine": model}})
    library, missing = sorted(errors, key=lambda line: "missing" in line)
    assert missing.startswith("  models.mine.resize.kernel: missing")
    assert library.startswith("  models.mine.resize.library: 'PIL' is not one of")


def test_brought_model_takes_no_training_settings():
    (line,) = errors_of({"models": {"brought": {"source": "m.onnx", "threads": 1, "dropout": 0}}})
    assert line.startswith("  models.brought.dropout: unknown key")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"run": {"models": ["compat"]}},
            "run.models: 'compat' is not defined under models; did you mean compact?",
        ),
        (
            {"run": {"cohort": "simulated_fr"}},
            "run.cohort: 'simulated_fr' is not defined under cohorts; did you mean simulated_rf?",
        ),
        (
            {"run": {"image_cohorts": ["simulated_images", "simulated_image"]}},
            "run.image_cohorts: 'simulated_image' is not defined under cohorts; "
            "did you mean simulated_images?",
        ),
        (
            {"run": {"attacks": ["zoe"]}},
            "run.attacks: 'zoe' is not defined under attacks; did you mean zoo?",
        ),
        (
            {"cohorts": {"simulated_rf": {"scanner": "scanner_c"}}},
            "cohorts.simulated_rf.scanner: 'scanner_c' is not defined under scanners; "
            "did you mean scanner_b?",
        ),
        (
            {"validation": {"cohort": "simulated_furter"}},
            "validation.cohort: 'simulated_furter' is not defined under cohorts; "
            "did you mean simulated_validation?",
        ),
        (
            {"titles": {"attacks": {"zoe": "the paper"}}},
            "titles.attacks: 'zoe' is not defined under attacks; did you mean zoo?",
        ),
        (
            {"titles": {"controls": {"bete": "beta"}}},
            "titles.controls: 'bete' is no control; did you mean beta?",
        ),
    ],
)
def test_what_is_selected_but_not_defined_is_named(changes, line):
    found = errors_of(changes)
    assert len(found) == 1
    # Names that are equally close may be suggested in any order.
    assert found[0].split(";")[0] == f"  {line}".split(";")[0]
    assert "did you mean" in found[0]


def test_run_without_validation_cohort_passes():
    config = copy.deepcopy(DEFAULT)
    del config["validation"]
    check_configuration(config, SCHEMA)


def test_box_that_leaves_out_the_initial_value_is_named():
    lines = errors_of({"reconstruction": {"initial": {"beta": 1.4}}})
    sections = *(f"attacks.{name}" for name in DEFAULT["run"]["attacks"]), "accidental"
    for line, section in zip(lines, sections, strict=True):
        assert line.startswith(f"  {section}.parameters.beta.box is [")
        assert "initial value 1.4 (reconstruction.initial.beta)" in line


def test_box_of_an_attack_that_is_not_selected_does_not_matter():
    knobs = {"parameters": {"beta": {"box": [1.0, 1.3]}}}
    other = laid_over(DEFAULT["attacks"]["zoo"], knobs)
    check_configuration(laid_over(DEFAULT, {"attacks": {"other": other}}), SCHEMA)


GRID = {
    "method": "grid",
    "lattice": {"beta": 0.05, "alpha_lower": 0.5, "alpha_upper": 0.5},
    "max_points": 7497,
    "parameters": {
        "beta": {"box": [0.5, 1.3]},
        "alpha_lower": {"box": [5, 15]},
        "alpha_upper": {"box": [50, 60]},
    },
}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ({"lattice": {"beta": 0.3}}, "lattice.beta is 0.3, which does not divide the box"),
        ({"lattice": {"beta": 0}}, "lattice.beta: 0 is less than or equal to the minimum of 0"),
        ({"lattice": {"beta": 0.8}}, "lattice.beta is 0.8: from 0.5 its steps pass the initial"),
        ({"lattice": {"bta": 0.05}}, "lattice.bta: unknown key; did you mean beta?"),
        ({"max_points": 7496}, "lattice: 17 x 21 x 21 = 7497 points; expected at most max_points"),
        ({"max_queries": 100}, "max_queries: unknown key"),
    ],
)
def test_steps_of_a_grid_that_make_no_lattice_are_named(key, said):
    selected = {"run": {"attacks": ["fine"]}, "attacks": {"fine": GRID}}
    check_configuration(laid_over(DEFAULT, selected), SCHEMA)
    (line,) = errors_of(laid_over(selected, {"attacks": {"fine": key}}))
    assert f"attacks.fine.{said}" in line


def test_all_errors_of_a_kind_are_told_at_once():
    wrong = {"run": {"cutof": 0.4, "folds": 1}, "attacks": {"zoo": {"max_steps": 0}}}
    assert len(errors_of(wrong)) == 3
    undefined = {"run": {"models": ["a", "b"], "attacks": ["c"]}}
    assert len(errors_of(undefined)) == 3
    boxes = {"beta": {"box": [1.0, 1.3]}, "alpha_upper": {"box": [50, 54]}}
    other = laid_over(DEFAULT["attacks"]["zoo"], {"parameters": boxes})
    excluded = {"run": {"attacks": ["zoo", "other"]}, "attacks": {"zoo": other, "other": other}}
    assert len(errors_of(excluded)) == 4


SEARCH = DEFAULT["attacks"]["corners"]


@pytest.mark.parametrize(
    "method",
    ["corners", "random", "cobyqa", "direct", "cma", "differential_evolution", "hop_skip_jump"],
)
def test_search_needs_a_budget_and_boxes(method):
    changes = {"attacks": {"mine": SEARCH | {"method": method}}, "run": {"attacks": ["mine"]}}
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)


@pytest.mark.parametrize(
    ("attack", "key", "said"),
    [
        ({"method": "corner"}, "mine.method", "'corner' is not one of ['certify', 'cma', 'cobyqa'"),
        ({"max_queries": 1}, "mine.max_queries", "1 is less than the minimum of 2"),
        ({"max_queries": 10.5}, "mine.max_queries", "including the initial one"),
        ({"max_steps": 10}, "mine.max_steps", "unknown key"),
        ({"stop_at_bounds": "all"}, "mine.stop_at_bounds", "unknown key"),
        ({"parameters": {"beta": {"rate": 0.1}}}, "mine.parameters.beta.rate", "unknown key"),
        ({"parameters": {"beta": {"box": [1]}}}, "mine.parameters.beta.box", "too short"),
        ({"parameters": {"gama": {}}}, "mine.parameters.gama", "did you mean gamma?"),
        ({"parameters": {"gamma": {}}}, "mine.parameters.gamma.box", "missing"),
    ],
)
def test_search_that_cannot_be_used_as_declared(attack, key, said):
    (line,) = errors_of({"attacks": {"mine": laid_over(SEARCH, attack)}})
    assert line.startswith(f"  attacks.{key}: ")
    assert said in line


SAMPLE = {key: value for key, value in SEARCH.items() if key != "max_queries"} | {
    **{"method": "sample", "draws": 100, "distribution": "uniform", "confidence": 0.95}
}


@pytest.mark.parametrize("distribution", ["uniform", {"normal": 0.5}])
def test_sample_is_drawn_from_a_declared_distribution(distribution):
    mine = SAMPLE | {"distribution": distribution}
    changes = {"attacks": {"mine": mine}, "run": {"attacks": ["mine"]}}
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("distribution", "cauchy"),
        ("distribution.normal", {"normal": 0}),
        ("distribution.uniform", {"normal": 1, "uniform": 1}),
        ("confidence", 1),
        ("confidence", 0),
        ("draws", 0),
    ],
)
def test_sample_that_cannot_be_drawn(key, value):
    (line,) = errors_of({"attacks": {"mine": SAMPLE | {key.partition(".")[0]: value}}})
    assert line.startswith(f"  attacks.mine.{key}: ")


def test_keys_of_one_method_are_no_keys_of_another():
    (line,) = errors_of({"attacks": {"zoo": {"max_queries": 10}}})
    assert line.startswith("  attacks.zoo.max_queries: unknown key")
    (line,) = errors_of({"attacks": {"mine": {"method": "zoo", "max_steps": 3}}})[:1]
    assert line.startswith("  attacks.mine.stop_at_bounds: missing (all: stop when")
    without = {key: value for key, value in SEARCH.items() if key != "max_queries"}
    (line,) = errors_of({"attacks": {"mine": without}})
    assert line.startswith("  attacks.mine.max_queries: missing")
    (line,) = errors_of({"attacks": {"mine": {"max_queries": 10}}})
    assert line.startswith("  attacks.mine.method: missing")


def test_box_of_a_search_that_leaves_out_the_initial_value_is_named():
    changes = {"attacks": {"corners": {"parameters": {"beta": {"box": [1.0, 1.3]}}}}}
    without = laid_over(changes, {"run": {"attacks": ["zoo"]}})
    check_configuration(laid_over(DEFAULT, without), SCHEMA)
    (line,) = errors_of(changes | {"run": {"attacks": ["corners"]}})
    assert line.startswith("  attacks.corners.parameters.beta.box is [1, 1.3]")


IMAGES = {"kind": "images", "table": "images.tsv"}


def test_cohort_of_images_may_have_a_box():
    cohorts = {"mine": IMAGES | {"box": [10, 20, 300, 400]}}
    changes = {"cohorts": cohorts, "run": {"image_cohorts": ["mine"]}}
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ({"box": [10, 20, 300]}, "cohorts.mine.box"),
        ({"box": [-1, 0, 300, 400]}, "cohorts.mine.box.0"),
        ({"box": [300, 0, 300, 400]}, "cohorts.mine.box is [300, 0, 300, 400]; expected left"),
        ({"bix": [0, 0, 1, 1]}, "cohorts.mine.bix: unknown key; did you mean box?"),
        ({"scanner": "scanner_a"}, "cohorts.mine.scanner: unknown key"),
    ],
)
def test_wrong_cohort_of_images(key, words):
    (line,) = errors_of({"cohorts": {"mine": IMAGES | key}})
    assert words in line


def test_images_of_unknown_levels_cannot_be_judged():
    (line,) = errors_of({"run": {"cohort": "simulated_images", "image_cohorts": []}})
    assert "run.cohort: 'simulated_images' holds images whose levels are not known" in line


def test_former_name_of_the_cohort_is_told():
    lines = errors_of({"run": {"rf_cohort": "simulated_rf"}})
    assert lines == ["  run.rf_cohort: its name is run.cohort now; rename it in your file"]


PICTURES = {
    "cohorts": {"mine": {"kind": "images", "table": "frames.tsv"}},
    "scanners": {"clinic": {"picture": {"dynamic_range": 60}}},
    "run": {"cohort": "mine", "image_cohorts": [], "training_cohorts": []},
}


def test_images_may_be_judged():
    check_configuration(laid_over(DEFAULT, PICTURES), SCHEMA)


def test_images_alone_may_train_a_model_of_held_out_images():
    run = {**PICTURES["run"], "protocol": "held_out"}
    (line,) = errors_of({**PICTURES, "run": run})
    assert "expected cohorts of images to train on under run.image_cohorts, or of RF" in line
    other = {"other": {"kind": "images", "table": "other.tsv"}}
    changes = {
        **PICTURES,
        "run": {**run, "image_cohorts": ["other"]},
        "cohorts": {**PICTURES["cohorts"], **other},
    }
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)
    brought = {"theirs": {"source": "theirs.onnx"}}
    changes = {**PICTURES, "run": {**run, "models": ["theirs"]}, "models": brought}
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)


FAN = {
    **{"region": "fan", "apex_x": 87, "apex_y": -30, "face_radius": 40, "far_radius": 150},
    **{"left_angle": -33, "right_angle": 33},
}


@pytest.mark.parametrize(
    ("stated", "key", "said"),
    [
        ({"dynamic_range": 5}, ".dynamic_range", "5 is less than the minimum of 10 (Decibels"),
        ({"dynamic_range": "60 dB"}, ".dynamic_range", "found '60 dB'; expected another form (D"),
        ({"dynamic_range": [50, "x"]}, ".dynamic_range.1", "found 'x'; expected a number (Decib"),
        ({"grey_map": [0, 1]}, ".grey_map", "found [0, 1]; expected another form (Grey level"),
        ({"grey_map": {"gamma": 0}}, ".grey_map.gamma", "0 is less than the minimum of 0.1 (Grey"),
        ({"grey_map": {"shares": [0, 0.5, 1]}}, "", "grey_map has 3 values from 0 to 1; expected"),
        ({"grey_map": {"shares": list(range(256))}}, "", "grey_map has 256 values from 0 to 255"),
        ({"region": {"region": "oval"}}, ".region", "found keys with values; expected another f"),
        ({"region": FAN | {"tilt": 1}}, ".region.tilt", "unknown key; expected one of apex_x"),
        ({"dynamic_range_error": 60}, "", "dynamic_range is 60 dB, give or take 60 dB (dynamic_r"),
        ({"region": FAN}, "", "the fan's left_angle is -33 and its right_angle 33 rad; expected"),
    ],
)
def test_what_is_stated_of_a_picture_is_told_in_its_own_form(stated, key, said):
    picture = {"picture": {"dynamic_range": 60, **stated}}
    (line,) = errors_of({**PICTURES, "scanners": {"clinic": picture}})
    assert line.startswith(f"  scanners.clinic.picture{key}: {said}")


def test_region_of_a_kind_lacks_the_keys_of_this_kind():
    picture = {"picture": {"dynamic_range": 60, "region": {"region": "rectangle", "left": 1}}}
    lines = errors_of({**PICTURES, "scanners": {"clinic": picture}})
    missing = [line.partition(": missing")[0].rpartition(".")[2] for line in lines]
    assert missing == ["top", "right", "bottom"]
    assert "(Where the scan lies" in lines[0]


def test_scanner_of_finished_images_without_a_picture_is_told_so():
    (line,) = errors_of({**PICTURES, "scanners": {"clinic": {"probe": "convex"}}})
    assert "A scanner of finished images has `picture` in its place" in line


@pytest.mark.parametrize(
    ("section", "changes", "words"),
    [
        ("run", {"image_cohorts": ["mine"]}, "run.image_cohorts: 'mine' is run.cohort"),
        ("run", {"image_cohorts": ["simulated_images"]}, "'simulated_images' is simulated"),
        (
            "attacks",
            {"corners": {"parameters": {"band_shift": {"box": [-1e5, 1e5]}}}},
            "attacks.corners.parameters.band_shift: it acts on RF samples",
        ),
        (
            "reconstruction",
            {"initial": {"gamma": 1.2}},
            "reconstruction.initial.gamma: run.cohort 'mine' holds finished images",
        ),
        ("models", {"compact": {"takes": "envelope"}}, "models.compact: it takes envelope"),
        (
            "agreement",
            {"kinds": ["png"], "points": 3, "parameters": {"beta": {"box": [0.8, 1.0]}}},
            "agreement: run.cohort 'mine' holds images",
        ),
        (
            "scanners",
            {"clinic": {"picture": {"dynamic_range": 5}}},
            "scanners.clinic.picture.dynamic_range",
        ),
        (
            "scanners",
            {"clinic": {"picture": {}, "angle_span": 1.0}},
            "scanners.clinic.angle_span: unknown key",
        ),
        (
            "scanners",
            {"clinic": {"picture": {"grey_map": {"gamma": -1}}}},
            "scanners.clinic.picture.grey_map",
        ),
    ],
)
def test_what_finished_images_cannot_do(section, changes, words):
    lines = errors_of({**PICTURES, section: {**PICTURES.get(section, {}), **changes}})
    assert any(words in line for line in lines), lines


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"run": {"image_cohorts": ["simulated_validation"]}}, "run.image_cohorts"),
        (
            {"models": {"compact": {"image_cohorts": ["simulated_validation"]}}},
            "models.compact.image_cohorts",
        ),
    ],
)
def test_rf_frames_are_no_cohort_of_images(changes, key):
    (line,) = errors_of(changes)
    assert line.startswith(f"  {key}: 'simulated_validation' holds RF frames")


@pytest.mark.parametrize("protocol", ["patient_folds", "held_out"])
def test_judged_frames_are_no_further_training_cohort(protocol):
    run = {"protocol": protocol, "training_cohorts": ["simulated_rf"]}
    (line,) = errors_of({"run": run})
    assert line.startswith("  run.training_cohorts: 'simulated_rf' is run.cohort")


REAL = {"cohorts": {"mine": {"kind": "table", "table": "frames.tsv"}}, "run": {"cohort": "mine"}}


def test_simulated_patients_do_not_train_a_model_of_real_ones():
    training, images = errors_of(REAL)
    assert training.startswith("  run.training_cohorts: 'simulated_training' is simulated, and ")
    assert training.endswith("expected training_cohorts: [] or cohorts of kind table or channel")
    assert images.startswith("  run.image_cohorts: 'simulated_images' is simulated, and ")
    assert images.endswith("expected image_cohorts: [] or cohorts of kind images")


def test_real_patients_alone_train_or_models_are_brought():
    alone = {"run": {"training_cohorts": [], "image_cohorts": []}}
    check_configuration(laid_over(laid_over(DEFAULT, REAL), alone), SCHEMA)
    brought = {"run": {"models": ["theirs"]}, "models": {"theirs": {"source": "theirs.onnx"}}}
    check_configuration(laid_over(laid_over(DEFAULT, REAL), brought), SCHEMA)


def test_immune_model_takes_no_search_that_reaches_its_input():
    model = {"takes": "envelope", "image_cohorts": []}
    boxes = {"beta": {"box": [0.5, 1.3]}, "band_shift": {"box": [-1e5, 1e5]}}
    changes = {
        "models": {"compact": model},
        "run": {"attacks": ["corners"]},
        "attacks": {"corners": {"parameters": boxes}},
    }
    (line,) = errors_of(changes)
    assert line.startswith("  models.compact: attacks.corners moves band_shift, which can change")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "network compact with weights None has no trained backbone"),
        ({"network": "VGG16", "weights": "imagenet"}, "found shift, but the backbone sees each"),
    ],
)
def test_backbone_that_cannot_stay_frozen(changes, said):
    model = {"frozen_backbone": True} | changes
    (line,) = errors_of({"models": {"compact": model}})
    assert line.startswith(f"  models.compact.frozen_backbone: {said}")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"network": "ResNet"}, "network: 'ResNet' is unknown; expected one of compact, rf_lines"),
        ({"network": "Xception", "input_size": [70, 99]}, "input_size: found [70, 99]; network X"),
        ({"input_size": [31, 64]}, "input_size.0: 31 is less than the minimum of 32"),
        ({"weights": "imagenet"}, "weights: found imagenet, but network compact has no backbone"),
        ({"network": "MobileNet", "weights": "imagenet"}, "weights: Keras takes the ImageNet"),
        ({"network": "unet"}, "network: unet outlines structures, and the decision is binary"),
    ],
)
def test_network_that_cannot_be_trained(changes, said):
    """Found as the configuration is read, not after the frames are made."""
    (line,) = errors_of({"models": {"compact": changes}})
    assert line.startswith(f"  models.compact.{said}")


SIMULATED = {
    "run": {"image_cohorts": [], "models": ["kidney"]},
    "accidental": None,
    "explorer": None,
}


def of_masks(model=None, run=None, models=None):
    unet = DEFAULT["models"]["compact"] | {
        "network": "unet",
        "decision": {"kind": "mask", "structures": ["kidney"], "dice": 0.8},
    }
    keys = {"run": run or {}, "models": {"kidney": unet | (model or {})} | (models or {})}
    return laid_over(SIMULATED, keys)


def test_given_masks_fit_the_model_and_the_frames():
    given = {"decision": {"kind": "mask", "structures": ["kidney"], "dice": 0.8, "truth": "mask"}}
    check_configuration(laid_over(DEFAULT, of_masks(given)), SCHEMA)
    (line,) = errors_of(of_masks(laid_over(given, {"decision": {"labels": {"kidney": 2}}})))
    assert line == (
        "  models.kidney.decision.labels: the frames of simulated_rf are simulated, and their "
        "masks name the structures themselves; expected no such key"
    )
    moved = {"reconstruction": {"initial": {"zoom": 2.0}}}
    (line,) = errors_of(of_masks(given) | moved)
    assert line.startswith(
        "  models.kidney.decision.truth: given masks lie in images of neutral geometry, and "
        "reconstruction.initial has zoom; expected none"
    )
    brought = {"source": "m.onnx", "decision": given["decision"] | {"structures": ["spleen"]}}
    (line,) = errors_of(laid_over(SIMULATED, {"run": {"models": ["m"]}, "models": {"m": brought}}))
    assert line.startswith(
        "  models.m.decision.structures: the masks of simulated frames have no spleen; expected"
    )


def test_network_of_masks_learns_from_simulated_frames_alone():
    check_configuration(laid_over(DEFAULT, of_masks()), SCHEMA)
    spleen = {"decision": {"kind": "mask", "structures": ["spleen", "kidney"], "dice": 0.8}}
    (line,) = errors_of(of_masks(spleen))
    assert line == (
        "  models.kidney.decision.structures: the simulation has no outline of spleen; expected "
        "some of liver, kidney"
    )
    (line,) = errors_of(of_masks(run={"image_cohorts": ["simulated_images"]}))
    assert line.startswith("  models.kidney.image_cohorts: images have no true masks to train on")
    mine = {"cohorts": {"mine": {"kind": "table", "table": "t"}}}
    (line,) = errors_of(of_masks(run={"training_cohorts": ["mine"]}) | mine)
    assert line.startswith(
        "  models.kidney.decision.kind: a network learns masks from the simulation's own anatomy, "
        "which the frames of mine do not have; expected cohorts of kind simulated_rf"
    )
    clips = {"cohorts": {"simulated_rf": {"frames": 4}}}
    (line,) = errors_of(of_masks() | clips)
    assert line.startswith("  models.kidney.decision.kind: masks are known of a patient's first")
    judged_alone = of_masks(run={"protocol": "held_out"}) | clips
    check_configuration(laid_over(DEFAULT, judged_alone), SCHEMA)


def test_masks_of_an_ensemble_have_no_mean():
    both = {"both": {"of": "kidney", "offsets": [{"beta": 0.1}, {"beta": -0.1}]}}
    (line,) = errors_of(of_masks(run={"models": ["kidney", "both"]}, models=both))
    assert line.startswith("  models.both.offsets: models.kidney outlines, and masks of several")


def test_ensemble_lies_about_the_papers_parameters():
    both = {"of": "compact", "offsets": [{"beta": 0.1}, {"gain": 3}]}
    (line,) = errors_of({"models": {"both": both}})
    assert line.startswith("  models.both.offsets.1.gain: unknown key; expected one of alpha_lower")


def test_box_of_rf_files_is_unknown():
    (line,) = errors_of({"cohorts": {"mine": {"kind": "table", "table": "t", "box": [0, 0, 1, 1]}}})
    assert "cohorts.mine.box: unknown key" in line


GRADIENT = {
    "method": "gradient",
    "max_queries": 50,
    "parameters": {
        "beta": {"box": [0.5, 1.3]},
        "alpha_lower": {"box": [5, 15]},
        "alpha_upper": {"box": [50, 60]},
    },
}


def white_box(**models):
    """A run of the gradient attack on the trained network and others."""
    return {
        "attacks": {"by_slopes": GRADIENT},
        "models": models,
        "run": {"attacks": ["zoo", "by_slopes"], "models": ["compact", *models]},
    }


def test_white_box_attack_takes_networks_of_keras():
    changes = white_box(other={"source": "m.keras", "scaling": {"divide": 255}})
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)


@pytest.mark.parametrize(
    "model",
    [
        {"source": "m.onnx"},
        {"source": "m.skops", "input_size": [8, 8], "resize": RESIZE},
        {"python": "package.module:function", "input_size": [8, 8], "resize": RESIZE},
        {"http": "https://server/judge"},
    ],
)
def test_white_box_attack_on_a_model_without_slopes(model):
    (line,) = errors_of(white_box(other=model))
    assert line.startswith(
        "  run.attacks: 'by_slopes' (method gradient) needs slopes, which models.other does not"
    )
    changes = white_box(other=model)
    changes["run"]["attacks"] = ["zoo"]
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)


def test_white_box_attack_on_parameters_without_slopes():
    changes = white_box()
    changes["attacks"]["by_slopes"] = GRADIENT | {
        "parameters": {name: {"box": [0, 1]} for name in ("gain", "edges", "slider_3")}
    }
    (line,) = errors_of(changes)
    assert line.startswith("  attacks.by_slopes.parameters.edges: method gradient does not know")


def test_white_box_attack_through_a_filter():
    (line,) = errors_of(white_box() | {"reconstruction": {"initial": {"lee": 0.5, "gamma": 0.8}}})
    assert line.startswith("  reconstruction.initial.lee: run.attacks selects 'by_slopes'")


PROOF = {
    "method": "certify",
    "max_cells": 100,
    "tolerance": 0.01,
    "parameters": GRADIENT["parameters"],
}


@pytest.mark.parametrize(
    ("model", "is_refused"),
    [
        ({"source": "m.onnx"}, False),
        ({"python": "package.module:function", "input_size": [8, 8], "resize": RESIZE}, True),
        ({"http": "https://server/judge"}, True),
        ({"source": "M.ONNX"}, False),
        ({"of": "compact", "offsets": [{"beta": 0.1}]}, False),
        ({"texture": "svm", "validation_share": 0.2}, True),
    ],
)
def test_proof_of_a_model_without_bounds(model, is_refused):
    changes = white_box(other=model)
    changes["attacks"]["by_slopes"] = PROOF
    if not is_refused:
        check_configuration(laid_over(DEFAULT, changes), SCHEMA)
        return
    (line,) = errors_of(changes)
    assert line.startswith(
        "  run.attacks: 'by_slopes' (method certify) knows no bound of models.other; expected"
    )
    changes["models"]["other"] = model | {"attacks": ["zoo"]}
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)


def test_proof_starts_from_attacks_that_start_from_none():
    changes = white_box()
    changes["attacks"] = {"by_slopes": PROOF | {"start_from": ["minimal", "zoo"]}}
    check_configuration(laid_over(DEFAULT, changes), SCHEMA)
    changes["attacks"] = {"by_slopes": PROOF | {"start_from": ["nimimal", "by_slopes"]}}
    first, second = errors_of(changes)
    assert first.startswith("  attacks.by_slopes.start_from: 'nimimal' is no attack without")
    assert second.startswith("  attacks.by_slopes.start_from: 'by_slopes' is no attack without")
    (line,) = errors_of({"attacks": {"zoo": {"start_from": ["minimal"]}}})
    assert "start_from: unknown key" in line


def test_proof_over_a_parameter_without_bounds():
    changes = white_box()
    changes["attacks"]["by_slopes"] = PROOF | {"parameters": {"gamma": {"box": [0.8, 1.2]}}}
    (line,) = errors_of(changes)
    assert line.startswith("  attacks.by_slopes.parameters.gamma: method certify knows no bound")


def test_run_without_accidental_settings_passes():
    check_configuration(laid_over(DEFAULT, {"accidental": None}), SCHEMA)
    without = {key: value for key, value in DEFAULT.items() if key != "accidental"}
    check_configuration(without, SCHEMA)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"settings": 0}, "settings: 0 is less than the minimum of 1"),
        ({"deviation": 0}, "deviation: 0 is less than or equal to the minimum of 0"),
        ({"count": 3}, "count: unknown key"),
        ({"parameters": {"beta": {"sweep": 1}}}, "parameters.beta.sweep: 1 is less"),
        ({"parameters": {"beta": {"box": [1, 1.3]}}}, "parameters.beta.box is [1, 1.3], which"),
        (
            {"parameters": {"alpha_lower": {"box": [5, 52]}}},
            "parameters: alpha_lower reaches up to 52 dB and alpha_upper down to 50 dB",
        ),
    ],
)
def test_accidental_settings_that_cannot_be_drawn(keys, said):
    (line,) = errors_of({"accidental": keys})
    assert line.startswith(f"  accidental.{said}")


DIGEST = "@sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "image", [f"docker://a.org/b/c{DIGEST}", f"oras://a.org/b{DIGEST}", "x.sif"]
)
def test_image_that_stays_the_same_passes(image):
    check_configuration(laid_over(DEFAULT, {"container": {"image": image}}), SCHEMA)


@pytest.mark.parametrize(
    "image", ["docker://a.org/b:1.0", f"docker://a.org/b{DIGEST[:-1]}", f"library://a/b{DIGEST}"]
)
def test_image_that_may_be_another_one_tomorrow(image):
    (line,) = errors_of({"container": {"image": image}})
    assert line.startswith(f"  container.image: {image!r} does not say which image it is for good")
    assert "@sha256:" in line


def test_image_is_a_path_below_the_checkout_or_an_address(tmp_path):
    (tmp_path / "x.sif").touch()
    assert container_image("x.sif", tmp_path, is_used=True) == str(tmp_path / "x.sif")
    assert container_image("/y/z.sif", tmp_path, is_used=False) == "/y/z.sif"
    address = f"docker://a.org/b/c{DIGEST}"
    assert container_image(address, tmp_path, is_used=True) == address


def test_image_file_is_missed_only_where_it_is_needed(tmp_path):
    container_image("x.sif", tmp_path, is_used=False)
    with pytest.raises(InputError, match=r"container\.image: .*x\.sif is not there.*make sif"):
        container_image("x.sif", tmp_path, is_used=True)


# Statements for the model card


def test_statements_for_a_card_may_have_several_lines_and_any_punctuation():
    text = 'A & B: "the model\'s" makers,\nwith 100 % of {it}\n'
    check_configuration(
        laid_over(DEFAULT, {"card": {"developer": text, "keywords": ["liver", "B-mode"]}}), SCHEMA
    )


@pytest.mark.parametrize(
    ("card", "line"),
    [
        ({"develper": "x"}, "card.develper: unknown key; did you mean developer?"),
        ({"developer": 3}, "card.developer: found the number 3; expected text: write it in quotes"),
        ({"developer": ["x"]}, "card.developer: found ['x']; expected text (text, also on several"),
        (
            {"date": datetime.date(2026, 1, 2)},
            "card.date: found the date 2026-01-02; expected text",
        ),
        ({"keywords": "liver"}, "card.keywords: found 'liver'; expected a list (a list of texts)"),
        ({"keywords": [1]}, "card.keywords.0: found the number 1; expected text: write it in"),
        ({"developer": "a\x07b"}, "card.developer: 'a\\x07b' does not match"),
        ({"developer": "a\u2028b"}, "card.developer: 'a\\u2028b' does not match"),
        ({"developer": "a\ufffeb"}, "card.developer: 'a\\ufffeb' does not match"),
        ({"developer": "<b>x</b>"}, "card.developer: '<b>x</b>' does not match"),
        ({"developer": " \n"}, "card.developer: ' \\n' does not match"),
        ({"summary": "x" * 10001}, "card.summary: "),
        ([], "card: found []; expected keys with values (Statements for the model card"),
    ],
)
def test_wrong_statement_for_a_card_has_one_line(card, line):
    (found,) = errors_of({"card": card})
    assert found.startswith(f"  {line}")


def test_docs_name_every_key_of_a_card_and_their_example_passes():
    text = (ROOT / "docs" / "card.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(card:.*?)```", text, re.DOTALL)
    check_configuration(laid_over(DEFAULT, yaml.safe_load(example)), SCHEMA)
    (rows,) = re.findall(r"\| part of the card \| keys \|\n(.*?)\n\n", text, re.DOTALL)
    named = [key for row in rows.splitlines()[1:] for key in re.findall(r"`(\w+)`", row)]
    known = yaml.safe_load(SCHEMA.read_text())["properties"]["card"]["properties"]
    assert sorted(named) == sorted(known)


@pytest.mark.parametrize("name", BEAM)
def test_frames_without_channel_data_have_no_beamformer(name):
    lines = errors_of(
        {
            "attacks": {"corners": {"parameters": {name: {"box": [0, 1]}}}},
            "reconstruction": {"initial": {name: 1 if name != "beam_sound_speed" else 1500}},
        }
    )
    assert any(
        line.startswith(f"  attacks.corners.parameters.{name}: it acts on channel data, which")
        and "expected a cohort of kind channel or simulated_channel" in line
        for line in lines
    )
    initial = [line for line in lines if f"reconstruction.initial.{name}: " in line]
    assert [line.split()[1] for line in initial] == [
        "run.cohort",
        "run.training_cohorts",
        "validation.cohort",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("beam_sound_speed", 154), ("f_number", -1), ("receive_window", 1.5), ("transmits", 2.5)],
)
def test_settings_of_a_beamformer_that_mean_nothing(name, value):
    (line,) = errors_of({"reconstruction": {"initial": {name: value}}})
    assert f"reconstruction.initial.{name}" in line
