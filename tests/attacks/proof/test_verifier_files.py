"""Files for verifiers: the chain in ONNX is the project's but for the rounding, and VNN-LIB."""

import re

import numpy as np
import onnxruntime
import pytest

from reconattack.attacks.proof import verifier_files
from reconattack.attacks.proof.cell import KNOBS, Cell
from reconattack.attacks.proof.verifier_files import chain_model, inputs_of, property_text
from reconattack.errors import InputError
from tests.attacks.proof.conftest import BOX, WITH_GAIN

PADDED = {"kernel": "bicubic", "aspect": "pad", "background": 40}
NARROW = Cell((0.85, 9.0, 54.0, 0.0), (0.95, 11.0, 56.0, 0.0))
BETA_ALONE = Cell((0.5, 10.0, 55.0, 1.5), (1.3, 10.0, 55.0, 1.5))
FREE = 1e4  # a threshold so far away that roundings are never bounded together


def logits_of(frame, box, settings):
    """Logits by the exported file, at settings (n, 4)."""
    session = onnxruntime.InferenceSession(
        chain_model(frame.bound, box).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (given,) = session.get_inputs()
    columns = [KNOBS.index(name) for name in inputs_of(box)]
    assert given.shape == [1, len(columns)]
    rows = settings[:, columns].astype(np.float32)
    scaled = np.array([session.run(None, {given.name: row[np.newaxis]})[0][0, 0] for row in rows])
    window = settings[:, 2] - settings[:, 1]
    return frame.bound.threshold + frame.bound.sign * scaled * 255 / window


def settings_in(box, count=40):
    inside = np.random.default_rng(8).uniform(box.lower, box.upper, (count, 4))
    return np.concatenate([box.corners, inside])


def unrounded(frame, settings):
    """Logits of the project's own levels and network, without the rounding to grey levels."""
    reconstruction, rule = frame.reconstruction, frame.classifier.network_input
    down, across = rule.matrices(reconstruction.sector.shape)
    images = []
    for beta, lower, upper, gain in settings:
        levels = reconstruction.levels(beta, gain=gain).astype(float)
        image = np.zeros(reconstruction.sector.shape)
        image[reconstruction.sector] = np.clip(255 * (levels - lower) / (upper - lower), 0, 255)
        resized = down.astype(float) @ image @ across.astype(float)
        resized[rule.bars(image.shape)] = rule.background
        images.append(resized)
    return frame.bound.network.logits(np.array(images))


def enclosed(frame, setting):
    """Lowest and highest logit that rounding and float32 leave possible at one setting."""
    cell, picture, bound = Cell(tuple(setting), tuple(setting)), frame.bound.picture, frame.bound
    sums, kept = picture.sums(cell, picture.start()), (bound.sign, bound.threshold)
    ends = []
    for sign in (1.0, -1.0):
        bound.sign, bound.threshold = sign, -sign * FREE
        ends.append(sign * (bound(cell, sums).least - FREE))
    bound.sign, bound.threshold = kept
    return ends


CASES = pytest.mark.parametrize(
    ("box", "options"),
    [
        (BOX, {}),
        (NARROW, {"cutoff": 0.3}),
        (BETA_ALONE, {}),
        (WITH_GAIN, {"convolutions": 3}),
        (BOX, {"resize": PADDED}),
    ],
    ids=["paper", "narrow", "beta alone", "gain, three convolutions", "negative weights, bars"],
)


@CASES
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_file_is_the_chain_without_rounding(bounded, box, options, sign):
    frame = bounded(box, **options)
    frame.bound.sign = sign
    settings = settings_in(box)
    exact = unrounded(frame, settings)
    assert np.ptp(exact) > 0.02
    np.testing.assert_allclose(logits_of(frame, box, settings), exact, atol=2e-4)


@CASES
def test_difference_from_the_project_s_logits_is_within_the_bound_of_the_rounding(
    bounded, box, options
):
    frame = bounded(box, **options)
    settings = settings_in(box)
    exported, real = logits_of(frame, box, settings), frame.margins(settings)
    assert (exported != real).any()
    for setting, *logits in zip(settings.tolist(), exported, real, strict=True):
        lowest, highest = enclosed(frame, setting)
        assert lowest < min(logits) <= max(logits) < highest
        assert highest - lowest < 1.5


def test_pixels_that_nothing_clips_need_no_rectifier(bounded):
    frame = bounded()
    rectifiers = {}
    for name, box in (("wide", BOX), ("narrow", NARROW)):
        first = chain_model(frame.bound, box).graph.initializer[0]
        rectifiers[name] = first.dims[1]
    pixels = frame.reconstruction.sector.sum()
    assert rectifiers["narrow"] < rectifiers["wide"] < 2 * pixels
    assert rectifiers["narrow"] < pixels / 2


def test_operators_are_those_that_every_verifier_knows(bounded):
    model = chain_model(bounded(convolutions=3).bound, BOX)
    kinds = [node.op_type for node in model.graph.node]
    assert kinds == ["Gemm", "Relu", "Gemm", *["Gemm", "Relu"] * 3, "Gemm"]
    assert [node.input[0] for node in model.graph.node[1:]] == [
        node.output[0] for node in model.graph.node[:-1]
    ]


def test_a_network_too_large_for_a_file_is_refused(bounded, monkeypatch):
    frame = bounded()
    monkeypatch.setattr(verifier_files, "MOST_WEIGHTS", 1000)
    with pytest.raises(InputError, match="weights as full matrices; expected at most 1,000"):
        chain_model(frame.bound, BOX)


def parsed(text):
    """What a VNN-LIB 1.0 file of one box and one output asks; anything else is an error."""
    lines = [line for line in text.splitlines() if not line.startswith(";")]
    declared, bounds, asked = [], {}, []
    for line in lines:
        if match := re.fullmatch(r"\(declare-const ([XY]_\d+) Real\)", line):
            declared.append(match[1])
            continue
        match = re.fullmatch(r"\(assert \(([<>]=) ([XY]_\d+) (-?\d+\.\d+)\)\)", line)
        assert match, line
        relation, name, value = match.groups()
        assert name in declared
        if name.startswith("Y"):
            asked.append((relation, name, float(value)))
        else:
            bounds.setdefault(name, {})[relation] = float(value)
    return declared, bounds, asked


@pytest.mark.parametrize("box", [BOX, WITH_GAIN, BETA_ALONE])
def test_property_asks_for_a_flip_in_the_box(box):
    declared, bounds, asked = parsed(property_text(box, {"frame": "a\nb (assert"}))
    names = inputs_of(box)
    assert declared == [*(f"X_{number}" for number in range(len(names))), "Y_0"]
    assert asked == [("<=", "Y_0", 0)]
    for number, name in enumerate(names):
        knob = KNOBS.index(name)
        assert bounds[f"X_{number}"] == {">=": box.lower[knob], "<=": box.upper[knob]}


def test_numbers_have_no_exponent():
    box = Cell((1e-7, 5.0, 50.0, -1e-9), (1.3, 15.0, 60.0, 1e-9))
    _, bounds, _ = parsed(property_text(box, {}))
    assert bounds["X_0"][">="] == 1e-7
    assert bounds["X_3"] == {">=": -1e-9, "<=": 1e-9}
