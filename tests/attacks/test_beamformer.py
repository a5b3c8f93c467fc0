"""Attacks on the parameters of a beamformer, on frames with channel data."""

import numpy as np
import pytest

import reconattack as ra
from reconattack.attacks.proof.frame import provable_box
from reconattack.attacks.space import search_space
from reconattack.errors import InputError
from reconattack.reconstruction import delays
from reconattack.reconstruction.beamforming import Beamformer, beamformed
from reconattack.reconstruction.parameters import SLOPED
from tests.channel_frames import SPEED, array, simulated

ROWS = 40
LINES = 16
START = {
    **{"beta": 0.0, "alpha_lower": -10.0, "alpha_upper": 30.0},
    **{"beam_sound_speed": SPEED, "f_number": 1.2, "receive_window": 0.4},
    **{"transmits": 2.0, "coherence": 0.3},
}
BOX = {
    "beam_sound_speed": (1480, 1600),
    "f_number": (0.8, 2.5),
    "receive_window": (0.2, 0.8),  # zoo probes beyond
    "transmits": (1, 3),
    "coherence": (0.2, 0.8),
}
PAPER = {"alpha_lower": (-15, -5), "alpha_upper": (28, 32)}
STEPS = {
    "beam_sound_speed": 10,
    "f_number": 0.2,
    "receive_window": 0.2,
    "transmits": 0.5,
    "coherence": 0.2,
}
METHODS = {
    "corners": {"max_queries": 30},
    "minimal": {"max_queries": 60},
    "cma": {"max_queries": 40},
    "each_knob": {"points_each": 6, "points_pair": 2},
    "zoo": {"max_steps": 4, "stop_at_bounds": "all", "probe": STEPS, "rate": STEPS},
}


@pytest.fixture(scope="module")
def frame():
    known = array("linear")
    lines = np.linspace(known.lines[0], known.lines[-1], LINES)
    places = known.scanner, known.depth, lines
    frame = beamformed(simulated("linear"), *places, START, "p", label=1)
    return frame.assign_attrs(name="points")


def mean_grey(images):
    return images.reshape(len(images), -1).mean(axis=1)


def model_of(cut):
    """Probability of class 1, with the logit the mean grey level above a cut."""
    return ra.open_model(lambda images: 1 / (1 + np.exp(cut - mean_grey(images))), rows=ROWS)


@pytest.fixture(scope="module")
def grey(frame):
    """Mean grey level at the start."""
    return float(ra.reconstruct(frame, START, rows=ROWS)["bmode"].mean())


@pytest.mark.parametrize("method", METHODS)
def test_any_method_moves_the_beamformer(frame, grey, method):
    """A picture little above the cut is flipped, and its setting makes the flipped picture."""
    model = model_of(grey - 0.8)
    found = ra.attack(frame, model, ra.box(START, **BOX), method=method, **METHODS[method])
    assert found.attacked and found.flipped
    picture = ra.reconstruct(frame, found.setting, rows=ROWS)["bmode"].values
    assert mean_grey(picture[np.newaxis])[0] < grey - 0.8
    for name, (low, high) in BOX.items():
        assert low <= found.setting[name] <= high
    assert {name: found.setting[name] for name in PAPER} == {name: START[name] for name in PAPER}


def test_beamformer_is_attacked_with_the_papers_parameters(frame, grey):
    found = ra.attack(
        frame,
        model_of(grey - 0.8),
        ra.box(START, **BOX, **PAPER),
        **{"method": "corners", "max_queries": 30},
    )
    assert found.flipped
    assert set(found.changed.coords) >= {*BOX, *PAPER}


def test_attack_on_the_papers_parameters_alone_forms_no_beam(frame, grey, monkeypatch):
    def never(*_, **__):
        raise AssertionError("lines were beamformed again")

    monkeypatch.setattr(Beamformer, "lines", never)
    box = ra.box(START, **PAPER)
    found = ra.attack(frame, model_of(grey - 1), box, method="corners", max_queries=30)
    assert found.flipped


def test_attack_repeats_to_the_last_bit(frame, grey):
    model = model_of(grey - 0.8)
    results = []
    for _ in range(2):
        delays._kept_matrices.cache_clear()
        box = ra.box(START, **BOX)
        results.append(ra.attack(frame, model, box, method="cma", max_queries=20))
    assert results[0].setting == results[1].setting
    assert results[0].record.identical(results[1].record)


@pytest.mark.parametrize("name", BOX)
def test_proof_and_slopes_do_not_know_the_beamformer(name):
    space = search_space(START, {name: {"box": list(BOX[name])}}, "certify")
    with pytest.raises(InputError, match=f"a proof cannot move {name}"):
        provable_box(space, START)
    assert name not in SLOPED


def test_frame_without_channel_data_is_refused(noise_frame, grey):
    start = {name: START[name] for name in ("beta", "alpha_lower", "alpha_upper")}
    with pytest.raises(InputError, match="f_number; expected channel data"):
        ra.attack(
            noise_frame,
            model_of(1),
            ra.box(start, f_number=(0, 2)),
            **{"method": "corners", "max_queries": 9},
        )
