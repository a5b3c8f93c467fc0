import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from reconattack.pages.summary_page.page import PARTS, SECTIONS, summary_page
from reconattack.pages.wording import rate
from tests.envelope_rows import envelope_rows
from tests.pages.report_tables import grid_rows, knob_rows, proof_rows, tables_of_kind
from tests.pages.summary_page.summary_runs import run_of, tables_of


class Words(HTMLParser):
    """The words of a page as a person reads them, and its elements."""

    def __init__(self, page):
        super().__init__()
        self.text, self.elements, self.links, self._inside = "", [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self._inside = tag
        self.text += " " if tag in ("td", "th", "li", "p") else ""
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside != "style":
            self.text += data


@pytest.fixture
def shown(tmp_path):
    """What a page shows, by its words, with white space folded."""

    def show(tables=None, **changes):
        page = Words(summary_page(run_of(tmp_path, tables, **changes)))
        page.text = " ".join(page.text.split())
        return page

    return show


def test_answer_comes_first_with_small_changes_and_the_majority_line(shown):
    text = shown().text
    places = [
        text.index(words)
        for words in (
            "Can the scanner's settings flip the diagnosis?",
            "Simulated data. Research software: not for diagnosis.",
            f"The zeroth-order attack flips {rate(2, 5, 'attacked frames')}.",
            f"A small change of the image flips {rate(1, 5)}",
            "the answer fatty to every frame is correct on 6 of 6 (100 %)",
            "An original and what the attack made of it.",
            "Attack Frames flipped By a small change",
        )
    ]
    assert places == sorted(places)


SAID = {  # of each kind of decision
    "classes": [
        "Classified by: small network",
        "finds the class of 5 of 6 frames",
        "AUC of one class against the others is 0.80 (0.70 to 0.90)",
        "A flip is another most likely class.",
        "-0.5 log-odds",
    ],
    "number": [
        "Measured by: small network",
        "differ from the true ones by +2.5 mm in the mean (2.5 to 2.5 mm), 95 % limits of "
        "agreement -1 to 6 mm, in 6 frames.",
        "A flip is a number on the other side of the threshold 20 mm.",
        "It changes the number by +2.5 mm in the mean",
        "-1 to +6 mm",
    ],
    "given masks": [
        "Outlined by: small network",
        "the masks of small network have a mean Dice of 0.91 (0.88 to 0.94) with the given ones, "
        "the lowest 0.85, in 6 frames.",
        "A flip is a Dice below 0.9 with the given mask (liver).",
        "the median over the attacked frames 0.75; without the attack it is 0.93.",
        "whose mask at the initial setting reaches the Dice with the given mask",
    ],
    "mask": [
        "Outlined by: small network",
        "No true mask is known of any frame",
        "A flip is a Dice below 0.9 with the model's own mask at the initial setting (liver).",
        "The lowest Dice is 0.25, the median over the attacked frames 0.75.",
    ],
}


@pytest.mark.parametrize("kind", SAID)
def test_page_of_another_decision_has_its_words_and_units(shown, kind):
    own, declarations = tables_of_kind(kind)
    tables = {name: table for name, table in tables_of().items() if name != "paper"} | own
    names = {"classes": ["label 0", "label 1"], "declarations": declarations}
    text = shown(tables, **names).text.replace("Research software: not for diagnosis.", "")
    assert "Can the scanner's settings flip the decision?" in text
    assert [words for words in SAID[kind] if words not in text] == []
    two = ("diagnosis", "fatty", "missed", "alarm", "P(", "cut-off", "probability of the label")
    assert [words for words in two if words in text] == []
    both = {name: pd.concat([table, table.assign(seed=1)]) for name, table in own.items()}
    page = shown(tables | both, **names)
    assert "What becomes of the decisions" in page.text


def test_interval_of_the_answer_stays_on_one_line(tmp_path):
    for seeds in ((0,), (0, 1)):
        page = summary_page(run_of(tmp_path, tables_of(seeds=seeds)))
        answer = page[page.index('<section id="answer">') : page.index("<table>")]
        assert '<span class="interval">(40 %, 12 to 77 %)</span>' in answer


def test_sections_come_in_the_order_of_a_reader_and_only_with_contents(tmp_path):
    page = summary_page(run_of(tmp_path))
    headings = re.findall(r"<h([23])>(.*?)</h", page)
    assert headings == [
        *(("2", "The answer"), ("2", "Errors, faults or inconsistencies")),
        ("3", "Which control"),
        ("2", "Adversarial examples"),
        *(("3", "What each attack flips"), ("3", "How visible the changes are")),
        ("3", "More about the attacks"),
        ("2", "The model, the frames and this run"),
        *(("3", "How good the network is"), ("3", "Method"), ("3", "Limits")),
        ("3", "Provenance and files"),
    ]
    assert [name for *_, names in PARTS for name in names] == list(SECTIONS)
    assert "Article 15, paragraphs 4 and 5" in page and "claim no conformity" in page
    assert re.findall(r'href="#(\w+)"', page) == re.findall(r'<section id="(\w+)"', page)


def test_page_loads_and_runs_nothing(tmp_path):
    page = summary_page(run_of(tmp_path))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "img-src data:" in policy and "script" not in policy
    found = Words(page)
    assert "script" not in found.elements and "link" not in found.elements
    assert all(
        link.startswith(("#", "data:image/png;base64,", "figures/", "tables/"))
        or link in ("provenance.json", "explorer.html")
        for link in found.links
    )


def test_same_run_gives_the_same_bits(tmp_path):
    assert summary_page(run_of(tmp_path)) == summary_page(run_of(tmp_path))


def test_every_column_of_every_table_is_explained_below_it(tmp_path):
    page = summary_page(run_of(tmp_path, tables_of(seeds=(0, 1))))
    tables = re.findall(r"<thead>(.*?)</thead>.*?<p class=\"columns\">(.*?)</p>", page, re.DOTALL)
    assert len(tables) == page.count("<table>") == 5
    for head, below in tables:
        for name in re.findall(r"<th[^>]*>(.*?)</th>", head):
            (meaning,) = re.findall(rf"<b>{re.escape(name)}</b>: ([^<;]+)", below)
            assert len(meaning) > 5
        assert 'href="tables/' in below


def test_tables_have_few_columns_and_the_outcome_among_the_first(tmp_path):
    page = summary_page(run_of(tmp_path))
    for head in re.findall(r"<thead>(.*?)</thead>", page):
        assert head.count("<th") <= 8
    (first, *_) = re.findall(r"<thead>(.*?)</thead>", page[page.index('id="outcomes"') :])
    names = re.findall(r">([^<]+)</th>", first)
    assert names[:3] == ["Attack", "Frames flipped", "By a small change"]


def test_figures_have_their_printed_size_and_their_caption(tmp_path):
    page = summary_page(run_of(tmp_path))
    (figure,) = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert 'id="figure_fig3_adversarial"' in figure
    assert 'width="96" height="48"' in figure
    assert 'alt="An original and what the attack made of it."' in figure
    assert 'href="figures/fig3_adversarial.pdf"' in figure


def test_figure_of_no_section_is_linked_with_its_first_sentence(shown):
    page = shown()
    assert "figures/contact_sheet.pdf: All frames at the initial setting." in page.text
    assert "figures/contact_sheet.pdf" in page.links


def test_card_and_checklists_are_linked(shown):
    page = shown(documents={"card/card.html": "model card"})
    assert "card/card.html: model card, for a submission" in page.text
    assert "card/card.html" in page.links and "card/card.html" not in shown().links


def test_titles_stand_in_place_of_names_and_names_are_listed_once(shown):
    text = shown().text
    assert text.count("plain") == 1
    assert "small network (plain)" in text
    assert "search of corners (corners)" in text


def test_box_is_given_in_decibels_at_each_depth_that_frames_have(shown):
    words = (
        "At 2.5 MHz the attenuation compensation changes the level by \N{MINUS SIGN}10 to +10 dB "
    )
    text = shown().text
    assert words + "at 5 cm, \N{MINUS SIGN}20 to +20 dB at 10 cm and" in text
    assert "the lower threshold changes the level" not in text
    tables = tables_of()
    tables["boxes"] = tables["boxes"].assign(level_lower_15cm=np.nan)
    assert "at 15 cm" not in shown(tables).text


def test_scanners_have_their_own_changes_of_level(shown):
    tables = tables_of()
    other = tables["boxes"].assign(scanner="c", center_frequency=12e6)
    tables["boxes"] = pd.concat([tables["boxes"], other])
    text = shown(tables).text
    assert "At 2.5 MHz (b) the attenuation compensation changes" in text
    assert "At 12 MHz (c) the attenuation compensation changes" in text


def test_seeds_have_their_own_rows_and_a_range(shown):
    text = shown(tables_of(seeds=(0, 1))).text
    assert "small network, 2 trainings: AUC 0.70 to 0.70, accuracy 83 % to 83 %." in text
    assert "small network, seed 1" in text


def test_attacks_in_one_box_are_listed_together(shown):
    box = "attenuation compensation 0.5 to 1.3 dB/(cm MHz), lower threshold 5 to 15 dB."
    assert f"zeroth-order attack and search of corners: {box}" in shown().text
    boxes = {"zoo": {"beta": [0.5, 1.3]}, "corners": {"beta": [0.8, 1.0]}}
    text = shown(boxes=boxes).text
    assert "zeroth-order attack: attenuation compensation 0.5 to 1.3 dB/(cm MHz)." in text
    assert "search of corners: attenuation compensation 0.8 to 1 dB/(cm MHz)." in text


def test_each_number_stands_beside_the_kind_of_its_statement(shown):
    tables = tables_of() | {"proofs_summary": proof_rows(), "grid": grid_rows()}
    text = shown(tables).text
    for words in (
        f"search of corners: proved for every setting of its box {rate(2, 5)} {rate(2, 5)}",
        "sample: 95 % confident that at most 0.003 of the drawn settings flip any one frame -",
        f"grid: tried at every one of 7,497 lattice points {rate(2, 5)} {rate(3, 5)} -",
    ):
        assert words in text
    assert "What is proved" not in shown().text


def test_page_of_finished_images_says_what_they_leave_open(shown):
    tables = tables_of() | {"proofs_summary": proof_rows()}
    of_rf = shown(tables).text
    assert "Each RF frame is reconstructed" in of_rf
    assert "finished" not in of_rf
    text = shown({**tables, "frames": tables["frames"].assign(dynamic_range=60.0)}).text
    assert "RF frame is" not in text
    assert "Surely flipped" not in text
    summary = tables["summary"].assign(n_sure_success=1.0)
    pictures = {"frames": tables["frames"].assign(dynamic_range=60.0), "summary": summary}
    assert "Surely flipped" in shown(tables | pictures).text
    for words in (
        "Each statement holds for an image as its black and white pixels were filled in first",
        "Each frame is a finished B-mode image. Its grey levels give levels in decibels",
        "A flip is sure if it does not depend on their black and white pixels",
    ):
        assert words in text


def test_controls_of_a_run_with_knobs(shown):
    text = shown(tables_of() | {"knobs": knob_rows()}).text
    assert "gain 4 of 5" in text


def test_small_change_is_said_in_words(shown):
    words = "a mean change of at most 20 grey levels, a structural similarity of at least 0.8, at "
    assert words + "most 10 % of the sector turned white and at most 10 % of" in shown().text


def test_run_without_controls_and_without_flags(shown):
    tables = tables_of()
    del tables["margins"]
    tables["flags"] = tables["flags"].assign(n=0)
    text = shown(tables).text
    assert "No control was turned alone in this run." in text
    assert "None of 3 checks of the attacks warns." in text


def test_warnings_are_listed_in_words_with_what_to_do(shown):
    text = shown().text
    assert "1 of 3 checks of the attacks warns." in text
    assert "Warning Attack Frames What to do the attack was weak zeroth-order attack" in text
    assert "2 of 5 search longer" in text


def test_frames_without_labels(shown):
    tables = tables_of()
    tables["summary"] = tables["summary"].assign(n_labelled=0, n_correct=0, accuracy=None)
    tables["attacks"] = tables["attacks"].assign(label=None)
    text = shown(tables).text
    assert "No frame has a label" in text
    assert "no labels" in text
    assert not re.search(r"\bnan\b", text)


def test_attack_without_a_flip_and_uncounted_changes(shown):
    tables = tables_of()
    nothing = {"n_success": 0, "median_queries": None, "n_success_visible_limit": None}
    tables["summary"] = tables["summary"].assign(**nothing)
    tables["attacks"] = tables["attacks"].assign(success=False)
    text = shown(tables).text
    assert "not counted" in text
    assert not re.search(r"\bnan\b", text)


def test_published_study_stands_beside_each_network(shown):
    tables = tables_of(seeds=(0, 1))
    paper = tables["paper"]
    unstated = paper.assign(figure="constant_accuracy", paper=None, run=0.6)
    tables["paper"] = pd.concat([paper, paper.assign(seed=1, run=0.6), unstated])
    text = shown(tables).text
    assert "Measure Study seed 0 seed 1" in text
    assert "AUC 0.84 (no interval) 0.70 (0.50 to 0.85) 0.60 (0.50 to 0.85)" in text
    assert "constant answer not stated 0.60 (0.50 to 0.85) -" in text


def test_run_without_a_published_study(shown):
    tables = tables_of()
    tables["paper"] = tables["paper"][:0]
    assert "The published study:" not in shown(tables).text


def test_defences_have_a_section_of_their_own(shown):
    defences = pd.DataFrame(
        {
            **{"model": ["plain"], "constant_accuracy": 0.65},
            **{f"{name}{end}": 0.5 for name in MEASURES for end in ("", "_low", "_high")},
        }
    )
    text = shown(tables_of() | {"defences": defences}, findings="Nothing is shown to help.").text
    assert "The defences" in text
    assert "Nothing is shown to help." in text
    assert "small network 0.50 (0.50 to 0.50) 0.50 (0.50 to 0.50) 0.65" in text
    unproved = defences.assign(certified=None)
    text = shown(tables_of() | {"defences": unproved}, findings=None).text
    assert "small network 0.50 (0.50 to 0.50) 0.65" in text


MEASURES = ("grid_certified", "certified", "auc", "accuracy")


GUARD = pd.DataFrame(
    {
        **{"model": "plain", "seed": 0, "attack": ["zoo", "zoo_guarded"]},
        **{"guarded": [False, True], "n_attacked": 5, "n_flipped": [4, 2]},
        **{"n_flipped_allowed": 1, "n_caught": [3, 0], "n_passed": [1, 2], "n_passed_by_any": 3},
        **{"n_patients": 20, "n_alarmed_patients": 2, "declared_rate": 0.05},
        **{"n_pictures": 180, "false_alarms_of_pictures": 0.0125},
    }
)


def test_false_alarms_of_a_guard_stand_apart_from_what_attacks_make_of_it(shown):
    text = shown(tables_of() | {"guard_summary": GUARD}).text
    places = [
        text.rindex(words)
        for words in (
            "False alarms of the guard",
            "What each attack flips",
            "What passes the guard",
        )
    ]
    assert places == sorted(places)
    assert f"{rate(2, 20)} 0.05 180 0.013" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert f"zeroth-order attack {rate(3, 4)} {rate(1, 5)} 1 {rate(3, 5)}" in text
    assert f"zoo_guarded - {rate(2, 5)} 1 {rate(3, 5)}" in text


def test_repeatability_has_its_unit_or_the_reason_why_it_is_missing(shown):
    stored = pd.DataFrame(
        {
            **{"model": "plain", "seed": [0, 0, 0, np.nan], "n_settings": 30, "unit": "log-odds"},
            "measure": ["within_deviation", "icc", "variation_coefficient", "icc"],
            **{"value": [0.5, np.nan, 7.0, 8.0], "value_low": 0.4, "value_high": 0.6},
            "remark": [None, "fewer than two patients or settings", None, None],
        }
    )
    text = shown(tables_of() | {"repeatability": stored}).text
    assert "judged at 30 settings about the initial one" in text
    assert "standard deviation of one frame's score 0.50 (0.40 to 0.60) log-odds" in text
    assert "ICC(A,1) fewer than two patients or settings" in text
    assert "7.00" not in text and "8.00" not in text


def test_groups_are_those_under_the_attack_that_stands_for_the_run(shown):
    stored = pd.DataFrame(
        {
            **{"model": "plain", "seed": 0, "source": ["corners", "zoo", "zoo"]},
            **{"column": "sex", "group": ["f", "f", "m"], "n_changed": [9, 1, 4], "n": [9, 5, 5]},
            **{"p": 0.25, "p_holm": 0.5, "remark": [None, None, "fewer than 10 patients"]},
        }
    )
    text = shown(tables_of() | {"subgroups": stored}).text
    assert "Source: zeroth-order attack." in text
    assert f"sex f {rate(1, 5)} 0.25 0.5 -" in text
    assert f"sex m {rate(4, 5)} 0.25 0.5 fewer than 10 patients" in text
    assert rate(9, 9) not in text
    without = stored[stored["source"] == "corners"]
    assert "Source: search of corners." in shown(tables_of() | {"subgroups": without}).text


def test_real_frames_are_not_called_simulated(shown):
    text = shown(simulated=False).text
    assert "Simulated data" not in text
    assert "All classified frames are simulated" not in text


def enveloped(**cells):
    """The tables of a run with an envelope."""
    return tables_of() | {"envelope": envelope_rows().assign(**cells)}


def test_section_and_figure_of_one_name_have_two_identifiers(tmp_path):
    run = run_of(tmp_path, enveloped())
    (picture, *_), (caption, *_) = run.figures.values(), run.captions.values()
    pictures = {"figures": run.figures | {"envelope": picture}}
    texts = {"captions": run.captions | {"envelope": caption}}
    page = summary_page(dataclasses.replace(run, **pictures, **texts))
    found = re.findall(r' id="([^"]+)"', page)
    assert {"envelope", "figure_envelope"} <= set(found)
    assert len(found) == len(set(found))


def test_first_screen_says_within_which_settings_few_decisions_change(tmp_path):
    page = summary_page(run_of(tmp_path, enveloped()))
    answer = page[page.index('<section id="answer">') : page.index('<section id="envelope">')]
    text = Words(answer).text
    assert "Within these settings at most 5 % of the decisions changed in this run." in text
    assert text.index("Within these settings") < text.index("attacked frames")
    (table, *_) = re.findall(r"<tbody>(.*?)</tbody>", answer)
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("</tr>")[:-1]]
    assert rows == [
        ["attenuation compensation", "0.8 to 1 dB/(cm MHz); 1 of 100 changed (steps)"],
        ["lower threshold", "none; 7 of 100 changed at 50 % (steps)"],
        ["all together", "25 % of the box; 1 of 22 changed (sampled)"],
    ]


def test_first_screen_says_whether_there_are_enough_patients(shown):
    few = "100 patients are too few to say the same of further patients with 95 % confidence: 500"
    assert few in shown(enveloped(patients_needed=500)).text
    ends = {"bound_lower_beta": 0.85, "bound_upper_beta": 0.95}
    ends |= {"bound_lower_alpha_lower": 9.5, "bound_upper_alpha_lower": 10.5}
    bound = shown(enveloped(bound_share=0.125, **ends)).text
    assert "changed (steps); further patients: 0.85 to 0.95 dB/(cm MHz)" in bound
    assert "too few to say" not in bound


def test_section_has_a_sentence_for_each_parameter_and_what_happens_at_its_edges(shown):
    page = shown(enveloped()).text
    assert "With attenuation compensation alone from 0.8 to 1 dB/(cm MHz), 1 of 100" in page
    assert "For lower threshold alone, no range around 10 dB is known" in page
    assert "22 simulated patients are too few to bound the changes" in page
    assert "lower end, 0.8 dB/(cm MHz)" in page
    assert "0.75 (0.50 to 0.90)" in page


def test_caption_of_the_envelope_does_not_repeat_its_sentences(tmp_path):
    run = run_of(tmp_path, enveloped())
    figures = run.figures | {"envelope": run.figures["fig3_adversarial"]}
    captions = run.captions | {"envelope": "The bars. More.\n\nIn this run:\n\n- plain: With.\n"}
    page = summary_page(dataclasses.replace(run, figures=figures, captions=captions))
    (figure,) = re.findall(r'<figure id="figure_envelope">.*?</figure>', page, re.DOTALL)
    assert "In this run: the sentences above say it." in figure
    assert "plain: With" not in figure
