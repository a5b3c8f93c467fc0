import re

import pandas as pd
import pytest
from docutils.core import publish_parts

from reconattack.evidence.answers import read_tables
from reconattack.pages.captions import CAPTIONS, caption_texts
from reconattack.pages.wording import NO_TITLES, rate
from tests.envelope_rows import envelope_rows
from tests.pages.report_tables import (
    ATTACK,
    INITIAL,
    attack_rows,
    flag_rows,
    frame_rows,
    grid_rows,
    knob_rows,
    margin_rows,
    proof_rows,
    summary_rows,
    tables_of_kind,
    write,
)
from tests.places import ROOT

CLASSES = ["normal", "fatty"]
LIMIT = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1}
TABLES = {
    "summary": summary_rows(),
    "attacks": attack_rows().assign(ssim=0.9, white_added=0.05, black_added=0.0),
    "flags": flag_rows(),
    "frames": frame_rows(),
    "grid": grid_rows(),
    "proofs_summary": proof_rows(),
    "knobs": knob_rows(),
    "margins": margin_rows(),
    "envelope": envelope_rows(),
    "accidental_summary": pd.DataFrame(
        {
            **{"model": "plain", "seed": 0, "distribution": ["uniform", "beta"], "n_settings": 9},
            **{f"positive_rate_{end}": 0.5 for end in ("initial", "p5", "p95")},
            **{f"auc_{end}": 0.75 for end in ("initial", "p5", "p95")},
            "worst_changed": 0.4,
        }
    ),
    "universal": pd.DataFrame(
        {
            **{"model": "plain", "seed": 0, "kind": "all", "fold": ["0", "held out", "in sample"]},
            **{"n": 5, "n_flipped": [1, 2, 3], "random_mean": 0.1, "n_vulnerable": 4},
        }
    ),
    "transfer": pd.DataFrame({"n_tried": [3, 0, 7], "n_flipped": [1, 0, 3]}),
    "comparisons": pd.DataFrame(
        {"family": ["attacks", "attacks", "auc"], "p_holm": [0.01, 0.05, None]}
    ),
    "defences": pd.DataFrame(
        {
            **{"model": ["plain", "told"], "baseline": [True, False]},
            **{"auc": 0.7, "auc_low": 0.5, "auc_high": 0.9, "grid_certified": [0.2, None]},
            **{"grid_certified_low": [0.1, None], "grid_certified_high": [0.3, None]},
        }
    ),
}


KINDS = {"confusion": "classes", "bland_altman": "number", "outlines": "mask"}  # of the figures


@pytest.fixture
def said(tmp_path):
    """What the caption of a figure or table says of some tables."""

    def say(name, titles=NO_TITLES, **tables):
        own, declarations = tables_of_kind(KINDS[name]) if name in KINDS else ({}, {})
        stored = read_tables(write(tmp_path, **TABLES | own | tables))
        given = (ATTACK, INITIAL, CLASSES, LIMIT, titles, declarations)
        (text,) = caption_texts([name], stored, *given)
        return text

    return say


@pytest.mark.parametrize("name", CAPTIONS)
def test_every_caption_speaks_of_this_run_and_is_sound(said, name):
    text = said(name)
    assert "this run" in text
    assert "nan" not in text
    publish_parts(text, writer="html", settings_overrides={"halt_level": 2})


def test_caption_without_numbers_of_the_run_has_no_text(said):
    assert said("of_another_figure") == ""


SENTENCES = {
    "confusion": f"plain, zoo: {rate(5, 5, 'attacked frames')} get another class, most often S1 to "
    "S0 (5).",
    "bland_altman": "plain, initial setting: +2.5 mm in the mean (-1 to 6 mm) from the true number",
    "outlines": "zoo leaves a median Dice of 0.75, the lowest is 0.25",
    "contact_sheet": "6 frames of 6 patients, 2 normal, 3 fatty, 1 without a label; 0 could not be "
    "used, 1 with a warning",
    "fig2_pipeline": "beta 0.5 to 1.3 dB/(cm MHz), alpha\\_lower 5 to 15 dB. It "
    "starts from 0.9, 10.",
    "fig3_adversarial": "frame f0, plain, zoo; beta 0.9 to 1.05, alpha\\_lower 10 to 11.5",
    "dossier": f"at least one attack flips {rate(4, 5, 'attacked frames')} of plain.",
    "roc": f"plain: AUC 0.70 (0.50 to 0.85), correct on {rate(5, 6, 'frames')}",
    "attack_paths": f"plain: zoo flips {rate(2, 5)}; corners flips {rate(3, 5)}",
    "success_against_budget": f"zoo flips {rate(2, 5)}, median 8.5 queries",
    "success_against_visibility": f"zoo flips 2 in total, within the declared limit {rate(1, 5)}",
    "decision_maps": f"grid of 7,497 points: {rate(2, 5, 'attacked frames')} keep their decision",
    "robust_accuracy": f"5 of 6 frames are correct at the initial setting, {rate(2, 6)} at all "
    "points",
    "margins": f"{rate(3, 5, 'frames')}, the nearest at 10 %; turned alone, beta flips 3 of 4",
    "envelope": "plain: With beta alone from 0.8 to 1 dB/(cm MHz), 1 of 100 decisions changed",
    "knobs": "turned alone, gain flips 4 of 5, beta flips 2 of 5, edges flips 0 of 5",
    "universal": f"plain, held out: one setting flips {rate(2, 5)}, a random setting 10 %",
    "transfer": f"In this run {rate(4, 10, 'settings')} flip the other model too, all pairs",
    "comparisons": "attacks: 2 comparisons, 1 with p_holm below 0.05",
    "flags": f"worse than corners (warning): plain, zoo, {rate(2, 5)}",
    "defences": "told: AUC 0.70 (0.50 to 0.90), correct at every lattice point unknown",
}


def test_proof_stands_in_front_of_the_grid(said):
    assert (
        f"plain, corners: {rate(2, 6, 'frames')} are proved to stay correct at every setting of "
        "the box. Frames that are correct at the initial setting: 5; proved: 2; with a known "
        "flip: 2; undecided: 1."
    ) in said("robust_accuracy")


@pytest.mark.parametrize("name", SENTENCES)
def test_numbers_are_those_of_the_tables(said, name):
    assert SENTENCES[name] in said(name)


TITLES = {
    "cohorts": {"simulated_rf": "A"},
    "scanners": {"b": "B"},
    "models": {"plain": "C", "told": "D"},
    "attacks": {"zoo": "E", "grid": "F", "minimal": "G"},
    "controls": {"beta": "H", "alpha_lower": "I"},
}


@pytest.mark.parametrize("name", CAPTIONS)
def test_titles_stand_in_place_of_names(said, name):
    words = said(name, TITLES).replace("\\", "")
    for names in TITLES.values():
        assert [one for one in names if re.search(rf"\b{one}\b", words)] == []


def test_figure_without_a_flip(said):
    text = said("fig3_adversarial", attacks=TABLES["attacks"].assign(success=False))
    assert "not flipped" in text


@pytest.mark.parametrize(
    ("ssim", "words"),
    [(0.8, "The change is small"), (0.79, "The change is visible"), (None, "12.3 grey levels.\n")],
)
def test_figure_says_whether_its_change_is_small(said, ssim, words):
    assert words in said("fig3_adversarial", attacks=TABLES["attacks"].assign(ssim=ssim))


def test_dossier_without_a_page(said):
    rows = attack_rows().assign(stop_reason="wrong_at_start")
    assert said("dossier", attacks=rows) == "In this run no frame was attacked.\n"


def test_grid_of_a_search_has_no_visible_limit(said):
    rows = summary_rows().assign(n_success_visible_limit=None)
    assert "flips within the limit are not counted" in said(
        "success_against_visibility", summary=rows
    )


def test_no_flag(said):
    assert "no flag is raised" in said("flags", flags=flag_rows().assign(n=0))


def test_names_are_shown_as_they_are(said):
    rows = summary_rows("a_ *b* `c`")
    page = publish_parts(said("roc", summary=rows), writer="html")["html_body"]
    assert "a_ *b* `c`: AUC" in page


def test_captions_that_include_numbers_are_those_that_have_some():
    """report/NAME.rst includes the text that `CAPTIONS` has for NAME."""
    included = {
        line.rpartition("/")[2].removesuffix(".rst")
        for file in (ROOT / "report").glob("*.rst")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith(".. include::") and "/captions/" in line
    }
    assert included == set(CAPTIONS)
