import numpy as np
import pytest

import reconattack as ra

START = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}


@pytest.fixture
def attack(noise_frame, write_model):
    """Attack a model that calls the frame bad, as its label says, though not by much."""
    frame = noise_frame.assign_attrs(name="p07")
    mean = float(ra.reconstruct(frame, START, 50)["bmode"].mean())
    classes = ("benign", "<b>bad</b>")
    model = ra.open_model(write_model("mean.onnx", mean - 5), rows=50, classes=classes)

    def run(**options):
        box = ra.box(START, beta=(0.5, 1.3), zoom=(1, 1.1))
        return ra.attack(frame, model, box, **options)

    return run


def test_result_says_in_words_what_was_found(attack):
    result = attack(method="minimal", max_queries=40)
    said = repr(result)
    assert said.startswith("AttackResult p07 flipped; P(<b>bad</b>) 0.")
    assert f"beta 0.9 -> {result.setting['beta']:.5g} dB/(cm MHz); zoom 1 -> " in said
    assert said.endswith(f"queries 40; margin {result.margin:.1%} of the box's half-width")


def test_table_of_a_notebook_has_no_markup_of_others(attack):
    shown = attack(method="minimal", max_queries=40)._repr_html_()
    assert shown.startswith("<table><tr><th>p07</th><td>flipped</td></tr>")
    assert "P(&lt;b&gt;bad&lt;/b&gt;)" in shown
    assert "<b>" not in shown


def test_kept_decision_says_why_the_search_ended(attack):
    result = attack(method="random", max_queries=2)
    assert not result.flipped
    assert result.reason == "the largest number of queries was reached"
    assert f"p07 kept its decision: {result.reason}" in repr(result)
    assert result.margin is None


def test_images_are_those_of_start_and_found_setting(attack, noise_frame):
    result = attack(method="minimal", max_queries=40)
    for image, setting in ((result.original, START), (result.changed, result.setting)):
        expected = ra.reconstruct(noise_frame, setting, 50)
        np.testing.assert_array_equal(image["bmode"], expected["bmode"])
