import base64
import re

import numpy as np
import pandas as pd
import pytest
from docutils.core import publish_parts
from PIL import Image

from reconattack.evidence.answers import read_tables
from reconattack.pages.decision_words import flip_rules, what_flips
from reconattack.pages.networks import networks_of
from reconattack.pages.overview import answer_lines, overview_text
from reconattack.pages.wording import rate
from tests.envelope_rows import envelope_rows
from tests.pages.report_tables import (
    ATTACK,
    INITIAL,
    OF_KIND,
    attack_rows,
    box_rows,
    flag_rows,
    grid_rows,
    knob_rows,
    margin_rows,
    proof_rows,
    summary_rows,
    tables_of_kind,
    write,
)

WIDEST = "{} is the widest in dB: ±30 at 15 cm depth; alpha_lower ±5."
DIFFER = "The boxes of the controls differ, so this compares boxes as much as controls."
ONE = {"summary": summary_rows(), "attacks": attack_rows(), "flags": flag_rows()}


@pytest.fixture
def said(tmp_path):
    """What the overview says of some tables, as reStructuredText and as a person reads it."""

    def say(tables, findings=None, **changes):
        given = {
            **{"attack": ATTACK, "searches": ["zoo", "corners"], "grid": "grid", "titles": {}},
            **{"initial": INITIAL, "cutoff": 0.5, "classes": ["normal", "fatty"]},
            **{"simulated": True, "explorer": None},
        } | changes
        searches, grid = given.pop("searches"), given.pop("grid")
        stored = read_tables(write(tmp_path, **tables))
        networks = networks_of(stored, given["attack"]["name"], searches, grid, given["titles"])
        text = overview_text(networks=networks, tables=stored, findings=findings, **given)
        page = publish_parts(text, writer="html", settings_overrides={"halt_level": 2})
        return text, page["html_body"]

    return say


@pytest.mark.parametrize("kind", OF_KIND)
def test_other_decisions_are_kept_and_not_a_diagnosis(said, kind):
    own, declarations = tables_of_kind(kind)
    text, _ = said(ONE | own, declarations=declarations, classes=["label 0", "label 1"])
    assert f"keeps its decision on {rate(1, 5, 'attacked frames')}**" in text
    assert text.count("diagnosis") == 1  # Research software: not for diagnosis.
    assert what_flips(declarations["plain"]) in text
    assert "missed disease" not in text and "cut-off" not in text


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ({"kind": "binary"}, ""),
        (
            {"kind": "classes", "classes": ["a", "b_", "c"], "grave": [["a", "c"], ["c", "b_"]]},
            "A flip is a grave change of the class: a to c and c to b\\_.",
        ),
        (
            {"kind": "number", "unit": "1", "tolerance": 0.5},
            "A flip is a number that differs by more than 0.5 from the initial one.",
        ),
        (
            {"kind": "mask", "structures": ["liver", "kidney"], "dice": 0.8},
            "A flip is a Dice below 0.8 of any structure with the model's own mask at the initial "
            "setting (liver and kidney).",
        ),
    ],
)
def test_when_a_decision_is_flipped(decision, words):
    assert what_flips(decision) == words


def test_rules_that_differ_name_their_model():
    declarations = {f"m{n}": {"kind": "number", "unit": "mm", "tolerance": n} for n in (1, 2)}
    assert flip_rules(declarations, {}) == [
        f"m{n}: A flip is a number that differs by more than {n} mm from the initial one."
        for n in (1, 2)
    ]
    assert len(flip_rules(dict.fromkeys("ab", declarations["m1"]), {})) == 1


@pytest.mark.parametrize("kind", OF_KIND)
def test_several_networks_of_another_decision_stand_side_by_side(said, kind):
    own, _ = tables_of_kind(kind)
    both = {name: pd.concat([table, table.assign(model="other")]) for name, table in own.items()}
    text, page = said(ONE | both)
    assert "diagnosis" not in text.replace("not for diagnosis", "")
    heading = {
        "classes": "Mean AUC of one class against the others",
        "number": "Difference from the true number without an attack",
        "given masks": "Mean Dice with the given masks without an attack",
        "mask": "Control that alone flips the most",
    }[kind]
    assert heading in page


def test_without_a_grid_nothing_is_certified(said):
    text, _ = said(ONE)
    kept = rate(1, 5, "attacked frames")
    assert f"**In the searches, plain keeps its diagnosis on {kept}**: no setting" in text
    assert "flips these frames was found by zoo and corners. There may still be one." in text
    assert "every setting" not in text


def test_searches_that_flip_every_frame(said):
    text, _ = said(ONE | {"attacks": attack_rows().assign(success=True)})
    assert f"keeps its diagnosis on {rate(0, 5, 'attacked frames')}**: for each frame" in text
    assert "may still be one" not in text


def test_grid_certifies_on_its_lattice_only(said):
    text, _ = said(ONE | {"grid": grid_rows()})
    assert f"plain keeps its diagnosis on {rate(2, 5, 'frames')} at every setting" in text
    assert "7,497 points" in text
    assert "Nothing is proved between the points: searches flip 1 of these 2 frames there." in text
    assert "In the searches" not in text


def test_proof_stands_in_place_of_what_the_searches_leave_open(said):
    text, _ = said(ONE | {"proofs_summary": proof_rows()})
    assert (
        f"**Proved: plain keeps its diagnosis on {rate(2, 5, 'attacked frames')} at every setting "
        "of the box**. With a known flip: 2; undecided: 1." in text
    )
    assert "In the searches" not in text
    both, _ = said(ONE | {"proofs_summary": proof_rows(), "grid": grid_rows()})
    assert "of a lattice of 7,497 points" in both
    assert "**Proved: plain" in both


def test_proof_in_another_box_is_no_answer(said):
    text, _ = said(ONE | {"proofs_summary": proof_rows().assign(attack="elsewhere")})
    assert "Proved" not in text
    assert "In the searches" in text


def test_another_grid_than_that_of_the_box_certifies_nothing(said):
    text, _ = said(ONE | {"grid": grid_rows()}, grid=None)
    assert "In the searches" in text


def test_attack_and_clean_performance_with_counts_and_intervals(said):
    text, page = said(ONE)
    assert f"**The attack zoo flips {rate(2, 5, 'attacked frames')}.**" in text
    assert "Its flips take a median of 8.5 queries: missed disease 2, false alarm 0." in text
    assert f"**Without an attack, plain is correct on {rate(5, 6, 'frames')}**" in text
    assert "AUC is 0.70 (0.50 to 0.85)" in text
    assert "2 of 5 attacked frames (40 %, 12 to 77 %)" in page


def test_flips_of_frames_without_a_label_are_no_mistakes(said):
    mixed = summary_rows().assign(n_labelled=4, n_correct=4, n_missed_disease=1)
    text, _ = said(ONE | {"summary": mixed})
    assert (
        "missed disease 1, false alarm 0, change of own decision 1, of frames without a label."
        in text
    )
    assert "it is neither a missed disease nor a false alarm." in text
    none = summary_rows().assign(n_labelled=0, n_correct=0, n_missed_disease=0)
    text, _ = said(ONE | {"summary": none})
    assert "queries: change of own decision 2, of frames without a label." in text
    assert "**No frame has a label**, so nobody knows how often it is correct." in text
    labelled, _ = said(ONE)
    assert "without a label" not in labelled


def test_small_changes_stand_beside_the_flips(said):
    text, page = said(ONE)
    assert f"**A small change of the image flips {rate(1, 5)}**" in text
    assert "the other 1 flip change it more" not in page
    assert "; the other flip changes it more." in text
    text, _ = said(ONE | {"summary": summary_rows().assign(n_success_visible_limit=None)})
    assert "small change" not in text


def test_network_is_set_beside_a_constant_answer(said):
    text, _ = said(ONE)
    assert "the answer *fatty* to every frame is correct on 6 of 6 (100 %)." in text
    assert "It is not shown to be better than that answer." in text
    better = summary_rows().assign(
        n_correct=600, n_labelled=600, constant_label=0, constant_accuracy=0.55
    )
    text, _ = said(ONE | {"summary": better})
    assert "the answer *normal* to every frame is correct on 330 of 600 (55 %)." in text
    assert "not shown to be better" not in text


def test_titles_stand_in_place_of_names(said):
    titles = {
        "models": {"plain": "small network"},
        "attacks": {"zoo": "zeroth-order attack", "corners": "search of corners"},
        "controls": {"beta": "compensation"},
    }
    text, _ = said(
        ONE | {"margins": margin_rows()},
        titles=titles,
        attack=ATTACK | {"title": "zeroth-order attack"},
    )
    for words in (
        *("The zeroth-order attack flips", "In the searches, small network keeps"),
        *("zeroth-order attack and search of corners", "Turned alone, compensation flips"),
    ):
        assert words in text
    assert "compensation 0.5 to 1.3 dB/(cm MHz)" in text


def test_answer_for_the_terminal_is_five_lines_of_plain_text(tmp_path):
    stored = read_tables(write(tmp_path, **ONE, margins=margin_rows()))
    networks = networks_of(stored, "zoo", ["zoo"], None, {})
    lines = answer_lines(networks, ATTACK, 0.5, ["normal", "fatty"], True)
    assert len(lines) == 5
    assert lines[0].endswith("Simulated data. Research software: not for diagnosis.")
    assert lines[1] == f"The attack zoo flips {rate(2, 5, 'attacked frames')}."
    assert lines[2].startswith(f"A small change of the image flips {rate(1, 5)}")
    assert "the answer fatty to every frame is correct on 6 of 6" in lines[3]
    assert lines[4].startswith("Turned alone, beta flips the most frames")
    assert not [line for line in lines if "*" in line or "\\" in line]


def test_answer_for_the_terminal_counts_the_sure_flips_of_pictures(tmp_path):
    pictures = ONE | {"summary": ONE["summary"].assign(n_sure_success=1)}
    stored = read_tables(write(tmp_path, **pictures, margins=margin_rows()))
    networks = networks_of(stored, "zoo", ["zoo"], None, {})
    lines = answer_lines(networks, ATTACK, 0.5, ["normal", "fatty"], True)
    assert lines[3] == "1 of its 2 flips is sure, whatever the pictures leave open."
    assert "queries" not in " ".join(lines)


def lines_of_several(folder, networks, **further):
    tables = {
        "boxes": box_rows(),
        "summary": pd.concat([summary_rows(*network).assign(**further) for network in networks]),
        "attacks": pd.concat([attack_rows(*network) for network in networks]),
        "margins": pd.concat([margin_rows(*network) for network in networks]),
    }
    of_run = networks_of(read_tables(write(folder, **tables)), "zoo", ["zoo"], None, {})
    return answer_lines(of_run, ATTACK, 0.5, ["normal", "fatty"], False)


def test_answer_of_several_models_names_the_first_in_each_of_five_lines(tmp_path):
    _, flipped, small, correct, control = lines_of_several(
        tmp_path, [(f"m{number}",) for number in range(6)]
    )
    one = rate(2, 5)
    assert flipped == (
        f"Flipped by the attack zoo: m0: {one}; m1: {one}; m2: {one}; m3: {one}; 2 further models."
    )
    assert small.startswith(
        f"Flipped by it with a small change of the image: m0: {rate(1, 5)}; m1:"
    )
    assert correct.startswith("Correct without an attack, cut-off 0.5: m0: 5 of 6")
    assert correct.endswith("correct with the same answer for every frame: 6 of 6 (100 %).")
    assert control.startswith("Control that alone flips the most, beta: m0: 3 of 4")
    assert control.endswith("2 further models. " + WIDEST.format("Its box"))


def test_answer_of_several_models_counts_the_sure_flips_of_pictures(tmp_path, said):
    _, flipped, _, sure, correct, _ = lines_of_several(tmp_path, [("a",), ("b",)], n_sure_success=1)
    assert flipped.startswith("Flipped by the attack zoo")
    assert correct.startswith("Correct without an attack")
    head = "Flips that are sure, whatever the pictures leave open"
    assert sure == f"{head}: a: 1 of 2 flips; b: 1 of 2 flips."
    pictures = summary_rows("a").assign(n_sure_success=2)
    both = pd.concat([pictures, summary_rows("b").assign(n_sure_success=0)])
    attacks = pd.concat([attack_rows("a"), attack_rows("b")])
    _, page = said(ONE | {"summary": both, "attacks": attacks})
    assert head in page
    assert "2 of 2 flips" in page and "0 of 2 flips" in page
    _, page = said(ONE | {"summary": both.drop(columns="n_sure_success"), "attacks": attacks})
    assert head not in page


def test_answer_of_several_seeds_names_the_seeds(tmp_path):
    lines = lines_of_several(tmp_path, [("plain", 0), ("plain", 1)])
    assert len(lines) == 5
    assert lines[1] == f"Flipped by the attack zoo: seed 0: {rate(2, 5)}; seed 1: {rate(2, 5)}."


def test_other_attack_stands_for_the_run(said):
    text, _ = said(ONE, attack=ATTACK | {"name": "corners", "title": "corners"})
    assert f"The attack corners flips {rate(3, 5, 'attacked frames')}" in text
    assert "zoo flips" not in text


def test_knob_that_flips_most_by_safe_intervals(said):
    text, _ = said(ONE | {"margins": margin_rows()})
    assert f"Turned alone, beta flips the most frames: {rate(3, 4, 'frames')}" in text
    assert "; alpha\\_lower 1." in text


def test_box_of_the_strongest_control_is_said_in_decibels(said):
    shown = WIDEST.replace("_", "\\_")
    text, _ = said(ONE | {"margins": margin_rows(), "boxes": box_rows()})
    assert f"alpha\\_lower 1. {shown.format('Its box')}" in text
    several = {
        "summary": pd.concat([summary_rows(seed=seed) for seed in (0, 1)]),
        "attacks": pd.concat([attack_rows(seed=seed) for seed in (0, 1)]),
        "margins": pd.concat([margin_rows(seed=seed) for seed in (0, 1)]),
    }
    text, _ = said(ONE | several | {"boxes": box_rows()})
    assert shown.format("The box of beta") in text


@pytest.mark.parametrize("kept", ["first", "second"])
def test_a_network_that_no_control_flips_beside_one_that_some_do(said, kept):
    flipped, safe = margin_rows("a"), margin_rows("b")
    bounds = [name for name in safe if "_is_bound_" in name]
    safe[bounds] = True
    names = ("a", "b") if kept == "second" else ("b", "a")
    several = {
        "summary": pd.concat([summary_rows(name) for name in names]),
        "attacks": pd.concat([attack_rows(name) for name in names]),
        "margins": pd.concat([flipped, safe]),
    }
    text, _ = said(ONE | several | {"boxes": box_rows()})
    assert "The boxes differ, in dB: beta ±30 at 15 cm depth" in text


def test_boxes_are_compared_only_where_both_are_known_in_decibels(said):
    text, _ = said(ONE | {"margins": margin_rows()})
    assert f"alpha\\_lower 1. {DIFFER}" in text
    shallow = box_rows().assign(**{f"level_lower_{depth}cm": np.nan for depth in (5, 10, 15)})
    text, _ = said(ONE | {"margins": margin_rows(), "boxes": shallow})
    assert f"alpha\\_lower 1. {DIFFER}\n" in text


def test_strongest_control_without_the_widest_box(said):
    wide = box_rows().replace({"lower": {5: -45}, "upper": {15: 50}})
    text, _ = said(ONE | {"margins": margin_rows(), "boxes": wide})
    boxes = "beta ±30 at 15 cm depth; alpha\\_lower \N{MINUS SIGN}55 to +40."
    assert f"The boxes differ, in dB: {boxes}" in text


def test_a_box_is_the_widest_only_if_no_other_is_wider_named_or_not(said):
    controls = ["beta", "alpha_lower", "alpha_upper", "gain", "slider_1"]
    boxes = pd.DataFrame(
        {"attack": "each_knob", "parameter": controls, "units": "dB", "initial": 0}
    ).assign(lower=[-30, -5, -5, -6, -40], upper=[30, 5, 5, 6, 40])
    names = [*controls[:4], "time-gain curve"]
    knobs = pd.DataFrame({"control": names, "n_flipped": [5, 4, 3, 2, 1]}).assign(
        model="plain", seed=0, attack="each_knob", other_control=None, n_attacked=5
    )
    text, _ = said(ONE | {"knobs": knobs, "boxes": boxes})
    assert "The boxes differ, in dB: beta ±30; alpha\\_lower and alpha\\_upper ±5; gain ±6." in text
    text, _ = said(ONE | {"knobs": knobs, "boxes": boxes[:4]})
    assert "Its box is the widest in dB: ±30; alpha\\_lower and alpha\\_upper ±5; gain ±6." in text


def test_controls_come_before_safe_intervals(said):
    text, _ = said(ONE | {"margins": margin_rows(), "knobs": knob_rows()})
    assert f"Turned alone, gain flips the most frames: {rate(4, 5, 'frames')}**; beta 2." in text


def test_knobs_that_flip_equally_many_are_named_together(said):
    equal = knob_rows().replace({"n_flipped": {2: 4}})
    text, _ = said(ONE | {"knobs": equal})
    assert f"gain and beta flip the most frames, each {rate(4, 5, 'frames')}" in text


def test_knobs_that_flip_nothing(said):
    text, _ = said(ONE | {"knobs": knob_rows().assign(n_flipped=0)})
    assert "No control turned alone was found to flip any of 5 frames." in text


def test_simulated_data_and_its_limits_are_named(said):
    text, _ = said(ONE)
    assert "**Simulated data. Research software: not for diagnosis.**" in text
    assert "Each frame is classified by a network that was trained without its patient." in text
    assert "beta 0.5 to 1.3 dB/(cm MHz), alpha\\_lower 5 to 15 dB, around the initial" in text
    text, _ = said(ONE, simulated=False)
    assert "Simulated" not in text


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("resubstitution", "used for training, so these rates flatter the model"),
        ("brought", "It is not known whether a brought model was trained on these patients."),
        ("held_out", "The test patients were not used for training."),
    ],
)
def test_what_a_model_saw_before(said, protocol, words):
    text, _ = said(ONE | {"summary": ONE["summary"].assign(protocol=protocol)})
    assert words in text


def test_patients_with_several_frames(said):
    text, _ = said(ONE)
    assert "too narrow" not in text
    text, _ = said(ONE | {"summary": ONE["summary"].assign(auc_patient_low=0.4)})
    assert "too narrow" in text


def test_several_models_have_a_row_each(said):
    names = ["plain", "told|__*"]
    rows = {
        "summary": pd.concat([summary_rows(name) for name in names]),
        "attacks": pd.concat([attack_rows(name) for name in names]),
        "flags": flag_rows(),
        "grid": grid_rows("plain"),
    }
    rows["summary"] = rows["summary"].query("model == 'plain' or attack == 'corners'")
    text, page = said(rows)
    assert page.count("<tr>") == 3 * 3  # a table for each half, and one of the models
    for cell in ("told|__*", "no grid", "not attacked by it", rate(2, 5), "not tried"):
        assert cell in page
    assert "Nothing is proved between the points of the lattice." in text


def test_seeds_of_a_model_are_told_apart(said):
    rows = {
        "summary": pd.concat([summary_rows(seed=seed) for seed in (0, 1)]),
        "attacks": pd.concat([attack_rows(seed=seed) for seed in (0, 1)]),
        "flags": flag_rows(),
    }
    _, page = said(rows)
    assert "plain, seed 0" in page
    assert "plain, seed 1" in page


def test_checks_of_the_attacks(said):
    text, _ = said(ONE)
    assert "1 of 3 checks of the attacks warns.\n\n- The attack was weak: zoo." in text
    assert "None of 3 checks" in said(ONE | {"flags": flag_rows().assign(n=0)})[0]
    text, _ = said(ONE | {"flags": flag_rows().assign(level="error")})
    assert "1 contradiction among them" in text


def test_warnings_are_in_words_with_titles_and_link_their_table(said):
    flags = flag_rows()
    text, page = said(ONE | {"flags": flags}, titles={"attacks": {"zoo": "zeroth-order attack"}})
    assert "worse" not in text
    assert "- The attack was weak: zeroth-order attack." in text
    assert 'href="summary.html#attacks"' in page
    text, page = said(ONE | {"flags": flags.assign(n=0)})
    assert "summary.html#attacks" not in page


def test_attacks_of_a_warning_are_named_once_and_only_the_first(said):
    names = ["zoo", "zoo", *(f"a{number}" for number in range(5))]
    raised = pd.concat([flag_rows().query("n > 0").assign(attack=name) for name in names])
    text, _ = said(ONE | {"flags": raised})
    assert "- The attack was weak: zoo, a0, a1, a2, 2 further attacks." in text
    text, _ = said(ONE | {"flags": raised[raised["attack"] != "a4"]})
    assert "- The attack was weak: zoo, a0, a1, a2, a3." in text


def test_no_frame_was_attacked(said):
    rows = ONE["summary"].assign(n_attacked=0, n_success=0, median_queries=None)
    text, _ = said(
        ONE | {"summary": rows, "attacks": attack_rows().assign(stop_reason="unreadable")}
    )
    assert "No frame was attacked" in text
    assert "nan" not in text


@pytest.mark.parametrize("answer", ["probability", "decision"])
def test_model_that_answers_every_frame_alike_is_told_first(said, answer):
    text, page = said(ONE | {"summary": ONE["summary"].assign(same_for_all=answer)})
    sentence = f"plain gives every frame the same {answer} at the initial setting."
    assert f"<strong>{sentence}</strong>" in page
    assert text.index(sentence) < text.index("keeps its diagnosis")
    text, _ = said(ONE | {"summary": ONE["summary"].assign(same_for_all=np.nan)})
    assert "gives every frame" not in text


def test_findings_and_explorer(said):
    _, page = said(ONE, findings="plain_rf_ is best.\n", explorer="explorer.html")
    assert 'href="explorer.html"' in page
    assert "plain_rf_ is best." in page


def test_card_and_checklists_are_linked(said):
    documents = {"card/card.html": "model card", "checklists/a.html": "ISO/IEC 24029-2"}
    text, page = said(ONE, documents=documents)
    assert '<a class="reference external" href="card/card.html">model card</a>' in page
    assert 'href="checklists/a.html">ISO/IEC 24029-2</a>' in page
    assert "submission" not in said(ONE)[0] and "submission" in text


def test_answer_begins_with_the_settings_within_which_few_decisions_change(said):
    text, page = said(ONE | {"margins": margin_rows(), "envelope": envelope_rows()})
    places = [
        text.index(words)
        for words in (
            ".. rubric:: Errors, faults or inconsistencies",
            "Within these settings at most 5 % of the decisions changed in this run.",
            "Turned alone, beta flips",
            ".. rubric:: Adversarial examples",
            "The attack zoo flips",
            "In the searches, plain keeps",
            ".. rubric:: The model",
            "Without an attack, plain is correct",
            "they sort the results and claim no conformity.",
        )
    ]
    assert places == sorted(places)
    assert "<td>0.8 to 1 dB/(cm MHz); 1 of 100 changed (steps)</td>" in page
    without, _ = said(ONE)
    assert "Within these settings" not in without
    assert "rubric:: Errors" not in without  # no control was turned alone either


def test_ranges_of_two_models_stand_side_by_side(said):
    both = {
        name: pd.concat([of("plain"), of("other")])
        for name, of in {"summary": summary_rows, "attacks": attack_rows}.items()
    }
    other = envelope_rows().assign(model="other", n_changed=0)
    _, page = said(ONE | both | {"envelope": pd.concat([envelope_rows(), other])})
    (head, *_) = re.findall(r"<thead.*?</thead>", page, re.DOTALL)
    assert re.findall(r'<th class="head">(.*?)</th>', head) == ["Control", "plain", "other"]
    assert "0.8 to 1 dB/(cm MHz); 0 of 100 changed (steps)" in page


def test_key_picture_is_part_of_the_page_below_the_answer(said, tmp_path):
    picture = tmp_path / "picture.png"
    pixels = np.random.default_rng(0).integers(0, 256, (100, 200), np.uint8)
    Image.fromarray(pixels).save(picture)
    text, page = said(ONE, picture=picture)
    (shown,) = re.findall(r'src="data:image/png;base64,(.*?)"', page)
    assert base64.b64decode(shown) == picture.read_bytes()
    assert page.index("attacked frames") < page.index("<img") < page.index("The box:")
    assert max(map(len, text.splitlines())) < 10_000
