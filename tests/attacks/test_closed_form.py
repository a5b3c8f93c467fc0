"""Every kind of decision and of unit, by networks from PyTorch whose nearest flip is known exactly.

A picture of uniform bands has known levels. Thresholds that rise make every band darker, thresholds
that fall make it brighter. So the nearest flip lies where both move together: the window is then as
wide as at the start, and a grey level changes by 255 / 45 for each dB. The decision changes where a
rounded grey level does.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import onnx
import pytest
from scipy.special import expit, logit, softmax

from reconattack.attacks.run import attack_frames, attack_units
from reconattack.attacks.units import units_of
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.picture import build_picture
from reconattack.frames.region import Rectangle
from tests.attacks.test_decisions import FACTS, INITIAL, METHODS, WINDOW, grey_at
from tests.places import DATA, ROOT

SIDE = 64
BOX = {name: {"box": list(box)} for name, box in WINDOW.items()}
HALF = 5  # dB, of the box
# For proofs of frames and of units, in half-widths: 0.85 and 1.7 grey levels. A proof lets every
# level round either way, which costs it 0.5.
TOLERANCE, OF_UNITS = 0.03, 0.06
CUTS, CUT, LIMIT = (79.5, 119.5, 159.5), 104.5, 127.5  # of make_torch_decisions.py
GRADES = {"kind": "classes", "classes": ["S0", "S1", "S2", "S3"]}
NUMBER = {"kind": "number", "unit": "grey level"}
EDGES = (-1e-6, 0, 1e-6)  # dB
MASK = {"kind": "mask", "structures": ["liver"]}
STEP = 1  # dB, of the lattice
ALL_METHODS = METHODS | {
    "grid": {"lattice": dict.fromkeys(WINDOW, STEP), "max_points": 121},
    "certify": {"max_cells": 400, "tolerance": TOLERANCE},
}


@dataclass(frozen=True)
class Case:
    """A network, a decision and the grey levels of bands of each frame at the initial setting."""

    file: str
    frames: tuple
    decision: dict = field(default_factory=dict)
    flips: bool = True


def of(*greys):
    """Frames of one grey level each."""
    return tuple((grey,) for grey in greys)


BINARY = {
    "normal that can become fatty": Case("net", of(95)),
    "fatty that can become normal": Case("net", of(120)),
    "normal that stays": Case("net", of(70), flips=False),
}
CLASSES = {
    "S0 becomes S1": Case("grades", of(70), GRADES),
    "S1 becomes S0": Case("grades", of(90), GRADES),
    "S0 stays": Case("grades", of(45), GRADES, False),
    "S1 gravely becomes S2": Case("grades", of(95), GRADES | {"grave": [["S1", "S2"]]}),
    "S1 becomes S0, which is not grave": Case(
        "grades", of(90), GRADES | {"grave": [["S1", "S2"], ["S1", "S3"]]}, False
    ),
}
NUMBERS = {
    "number rises over its threshold": Case("number", of(100), NUMBER | {"threshold": 109.7}),
    "number falls below its threshold": Case("number", of(100), NUMBER | {"threshold": 90.3}),
    "number stays below": Case("number", of(100), NUMBER | {"threshold": 131.2}, False),
    "number leaves its tolerance": Case("number", of(100), NUMBER | {"tolerance": 12.3}),
    "number keeps its tolerance": Case("number", of(100), NUMBER | {"tolerance": 29.2}, False),
}
MASKS = {
    "second band of four becomes bright": Case("mask", ((20, 40, 120, 200),), MASK | {"dice": 0.7}),
    "the same is small enough": Case("mask", ((20, 40, 120, 200),), MASK | {"dice": 0.6}, False),
}
FRAMES = BINARY | CLASSES | NUMBERS | MASKS
UNITS = {
    ("mean", "probability rises"): Case("net", of(95, 99, 80)),
    ("mean", "probability stays"): Case("net", of(60, 85, 70), flips=False),
    ("vote", "two of three become fatty"): Case("net", of(80, 85, 200)),
    ("vote", "two of three stay"): Case("net", of(60, 65, 200), flips=False),
    ("maximum", "one becomes fatty"): Case("net", of(40, 45, 90)),
    ("maximum", "none becomes fatty"): Case("net", of(40, 45, 60), flips=False),
    ("mean", "classes leave S0"): Case("grades", of(62, 70, 75), GRADES),
    ("mean", "classes stay S0"): Case("grades", of(40, 45, 42), GRADES, False),
    ("mean", "S0 gravely becomes S1"): Case(
        "grades", of(62, 70, 75), GRADES | {"grave": [["S0", "S1"]]}
    ),
    ("mean", "S0 becomes S1, which is not grave"): Case(
        "grades", of(62, 70, 75), GRADES | {"grave": [["S0", "S3"]]}, False
    ),
    ("mean", "mean number falls"): Case("number", of(90, 100, 120), NUMBER | {"threshold": 90.2}),
    ("mean", "mean number stays"): Case(
        "number", of(9, 10, 12), NUMBER | {"threshold": 90.2}, False
    ),
    ("maximum", "largest number rises"): Case("number", of(50, 90), NUMBER | {"threshold": 99.6}),
    ("mean", "mean number moves"): Case("number", of(90, 100, 120), NUMBER | {"tolerance": 15.1}),
    ("maximum", "largest number keeps its tolerance"): Case(
        "number", of(90, 100), NUMBER | {"tolerance": 40.0}, False
    ),
}


# What is known


def answers(case, frames, lower, upper):
    """What the network gives of each frame at a window: a row of outputs, or a mask of bands."""
    levels = [np.round(grey_at(np.array(bands, float), lower, upper)) for bands in frames]
    means = np.array([grey.mean() for grey in levels])
    if case.file == "net":
        return (means - CUT) / 10
    if case.file == "grades":
        rises = (means[:, np.newaxis] - CUTS) / 10
        return np.concatenate([np.zeros((len(frames), 1)), np.cumsum(rises, axis=1)], axis=1)
    if case.file == "number":
        return means
    return np.array([grey > LIMIT for grey in levels])


def together(case, rule, found):
    """The answer to a unit from those to its frames."""
    if rule is None:
        return found[0]
    if rule == "maximum":
        return found.max()
    if rule == "vote":
        return np.sort(found)[(len(found) + 1) // 2 - 1 + (len(found) + 1) % 2]
    if case.file == "net":
        return logit(expit(found).mean())
    if case.file == "grades":
        return np.log(softmax(found, axis=1).mean(axis=0))
    return found.mean()


def margin_at(case, rule, lower, upper):
    """Margin of the decision at a window, by the definitions in docs/decisions.md."""
    at, start = (
        together(case, rule, answers(case, case.frames, *window))
        for window in ((lower, upper), (10, 55))
    )
    if case.file == "net":
        return at if start >= 0 else -at
    if case.file == "number":
        if "tolerance" in case.decision:
            return case.decision["tolerance"] - abs(at - start)
        side = 1 if start >= case.decision["threshold"] else -1
        return side * (at - case.decision["threshold"])
    if case.file == "mask":
        return 2 * (at & start).sum() / (at.sum() + start.sum()) - case.decision["dice"]
    names, reference = case.decision["classes"], start.argmax()
    pairs = case.decision.get("grave") or [[names[reference], n] for n in names]
    left = [names.index(end) for begin, end in pairs if names.index(begin) == reference]
    left = [number for number in left if number != reference]
    kept = [number for number in range(len(names)) if number not in left]
    return at[kept].max() - at[left].max()


def nearest_flip(case, rule):
    """Distance of the nearest flip in half-widths; infinite without one."""
    greys, found = np.concatenate(case.frames).astype(float), [np.inf]
    for side in (1, -1):
        steps = side * (np.arange(0, 256) + 0.5 - greys[:, np.newaxis]) * 45 / 255 / HALF
        for distance in np.unique(steps[(steps > 0) & (steps <= 1)]):
            moved = side * HALF * (distance + 1e-9)
            if margin_at(case, rule, 10 - moved, 55 - moved) < 0:
                found.append(distance)
                break
    return min(found)


def on_lattice(case, rule):
    """Distance of every setting of a lattice, whether it flips, and whether it may.

    A grey level on the edge between two whole numbers may be either.
    """
    ends = np.arange(-HALF, HALF + 1, STEP)
    settings = np.stack(np.meshgrid(ends, ends, indexing="ij"), -1).reshape(-1, 2)
    flips = np.array(
        [
            [margin_at(case, rule, 10 + low + edge, 55 + high + edge) < 0 for edge in EDGES]
            for low, high in settings
        ]
    )
    return np.abs(settings).max(axis=1) / HALF, flips.all(axis=1), flips.any(axis=1)


# What attacks find


def picture(bands, **facts):
    """Bands of grey levels, one below the other."""
    rows = np.repeat(np.array(bands, np.uint8), SIDE // len(bands))
    grey = np.repeat(rows[:, np.newaxis], SIDE, axis=1)
    known = {"patient": "p", "scanner": "s"} | facts
    made = build_picture(grey, Rectangle(0, 0, SIDE, SIDE), FACTS, INITIAL, **known)
    return made.assign_attrs(name="bands")


def judge_of(case):
    settings = {"scaling": {"divide": 255}} | ({"decision": case.decision} if case.decision else {})
    return open_classifier(settings, DATA / f"torch_decides_{case.file}.onnx", None)


def attacked(case, method, rule=None, unit="patient"):
    """The record of an attack on a frame, or on the frames of a clip or a patient."""
    settings = {"method": method, **ALL_METHODS[method]}
    if method == "certify" and rule:
        settings["tolerance"] = OF_UNITS
    steps = {name: settings.pop(name) for name in ("probe", "rate") if name in settings}
    knobs = {k: box | {step: steps[step][k] for step in steps} for k, box in BOX.items()}
    given = judge_of(case), settings | {"parameters": knobs}, INITIAL, SIDE, 0.5, method
    flips = flips_of(case, rule) if method == "certify" else []
    if rule is None:
        frames = {"frame": picture(case.frames[0])}
        return attack_frames(frames, *given, flips={"frame": flips}).isel(frame=0)
    others = {"patient": "clip", "clip": "patient"}[unit]
    frames = {
        f"frame{number}": picture(bands).assign_attrs({unit: "all", others: number})
        for number, bands in enumerate(case.frames)
    }
    groups = {name: [frames[f] for f in own] for name, own in units_of(frames, unit).items()}
    return attack_units(groups, rule, *given, flips={"all": flips}).isel(frame=0)


def flips_of(case, rule):
    """The nearest flip that `minimal` finds, from which a proof starts."""
    found = attacked(case, "minimal", rule)
    nearest = found["nearest_linf"].to_series().to_dict()
    return [nearest] if bool(found["success"]) else []


def check(record, case, method, rule):
    """Whether a record has the flip, the margin and the setting that are known."""
    distance, stop = nearest_flip(case, rule), str(record["stop_reason"].values)
    assert np.isfinite(distance) == case.flips
    best = record.isel(step=int(record["best_step"]))
    window = best["parameters"].sel(parameter=list(WINDOW)).values
    found = float(best["margin"])
    assert float(record["margin"][0]) == pytest.approx(margin_at(case, rule, 10, 55), abs=1e-4)
    close = [margin_at(case, rule, *(window + edge)) for edge in EDGES]
    assert min(abs(found - margin) for margin in close) < 1e-4
    blind = case.file == "mask" and method == "zoo"  # no slope where no pixel changes
    assert blind or (stop == "flipped") == case.flips
    assert (found < 0) == (stop == "flipped")
    if method == "minimal":
        assert float(record["margin_linf"]) == pytest.approx(distance, abs=2e-3, nan_ok=True) or (
            not case.flips and np.isnan(record["margin_linf"])
        )
    if method == "grid":
        away, flips, may = on_lattice(case, rule)
        assert bool(record["grid_certified"]) == (not case.flips)
        assert flips.sum() <= int(record["n_flipping"]) <= may.sum()
        if case.flips:
            nearest = float(record["nearest_distance"])
            assert distance <= away[may].min() <= distance + STEP / HALF
            assert away[may].min() - 1e-9 <= nearest <= away[flips].min() + 1e-9
    if method == "certify":
        assert stop == ("flipped" if case.flips else "certified")
        assert bool(record["certified"]) == (not case.flips)
        proved = float(record["certified_margin"])
        if case.flips:
            open_ = OF_UNITS if rule else TOLERANCE
            assert proved <= distance <= float(record["margin_linf"]) <= proved + open_
        else:
            assert proved == 1


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("name", FRAMES)
def test_attack_of_a_frame_finds_what_is_known(name, method):
    case = FRAMES[name]
    if case.file == "mask" and method == "certify":
        pytest.skip("masks are not proved")
    check(attacked(case, method), case, method, None)


@pytest.mark.parametrize(
    ("unit", "method"),
    [
        *(("clip", method) for method in ("corners", "grid")),
        *(("patient", method) for method in ("minimal", "zoo", "certify")),
    ],
)
@pytest.mark.parametrize(("rule", "name"), UNITS)
def test_attack_of_a_unit_finds_what_is_known(unit, rule, name, method):
    case = UNITS[rule, name]
    record = attacked(case, method, rule, unit)
    assert int(record["n_frames"]) == len(case.frames)
    check(record, case, method, rule)


# The files


@pytest.mark.parametrize("name", ["net", "grades", "number", "mask"])
def test_networks_were_exported_by_the_lines_of_the_page(name):
    page = (ROOT / "docs/your-data.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    model = onnx.load(DATA / f"torch_decides_{name}.onnx")
    (lines,) = (prop.value for prop in model.metadata_props if prop.key == "lines")
    assert lines in blocks
    assert f'"{name}.onnx"' in lines
    assert model.producer_name == "pytorch"


@pytest.mark.parametrize("name", ["net", "grades", "number", "mask"])
def test_networks_give_what_is_known(name):
    decisions = {"net": {}, "grades": GRADES, "number": NUMBER | {"threshold": 1}}
    case = Case(name, ((20, 40, 130, 200),), decisions.get(name, MASK | {"dice": 0.5}))
    (answer,) = judge_of(case).answers(
        np.repeat([20, 40, 130, 200], 16 * SIDE).reshape(1, SIDE, SIDE)
    )
    known = answers(case, case.frames, 10, 55)[0]
    if name == "mask":
        answer = answer[::16, 0]
    np.testing.assert_allclose(answer, known, atol=1e-4)
