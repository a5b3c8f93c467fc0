"""The numbers of README and docs are those of the published tables, and of nothing else."""

import json
import re
import shutil

import pandas as pd
import pytest

from reconattack.errors import InputError
from tests.places import ROOT
from tools import fill_numbers, filled_text, published_run

# What a result looks like: 0.69, 8/20, 8 of 20, 60 %, 30 dB, 33 frames.
RESULT = re.compile(
    r"\d\.\d|\d+ ?/ ?\d+|\d+ of (?:the )?\d+|\d ?%|\d dB|\d (?:frames|patients|queries|minutes)"
)


@pytest.mark.parametrize("page", fill_numbers.pages(), ids=lambda page: page.name)
def test_every_block_holds_what_the_published_tables_say(page):
    text = page.read_text(encoding="utf-8")
    assert fill_numbers.fill(text) == text


def test_no_number_of_the_readme_is_typed_by_hand():
    text = fill_numbers.BLOCK.sub("", (ROOT / "README.md").read_text(encoding="utf-8"))
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)  # commands
    prose = re.sub(
        r"`[^`]*`|\]\([^)]*\)|Apache-2\.0|OFL-1\.1|95 % intervals|9\.0 or later"
        r"|3\.11, 3\.12(,| or) 3\.13",
        "",
        text,
    )
    assert RESULT.findall(prose) == []


def test_no_result_of_the_guards_is_typed_by_hand():
    text = (ROOT / "docs" / "guard.md").read_text(encoding="utf-8")
    start, end = (text.index(f"## {title}") for title in ("Results of one run", "What a guard"))
    assert RESULT.findall(text[start:end])
    assert RESULT.findall(fill_numbers.BLOCK.sub("", text[start:end])) == []


def test_every_block_is_used():
    used = {
        name
        for page in fill_numbers.pages()
        for _, name, _ in fill_numbers.BLOCK.findall(page.read_text(encoding="utf-8"))
    }
    assert used == set(fill_numbers.BLOCKS)


def test_unknown_block_is_named():
    with pytest.raises(InputError, match="numbers: nosuch: no such block"):
        fill_numbers.fill("<!-- numbers: nosuch -->\n<!-- end of numbers -->")


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The published tables and pictures in a folder of the test; another run's results."""
    published, pictures = tmp_path / "published", tmp_path / "images"
    shutil.copytree(fill_numbers.PUBLISHED, published)
    pictures.mkdir()
    monkeypatch.setattr(fill_numbers, "PUBLISHED", published)
    monkeypatch.setattr(fill_numbers, "PICTURES", pictures)
    results = tmp_path / "run" / "results"
    (results / "tables").mkdir(parents=True)
    (results / "figures").mkdir()
    for table in (fill_numbers.PUBLISHED / "default").glob("*.csv"):
        if table.name not in ("run.csv", published_run.DIGESTS):
            rows = pd.read_csv(table, dtype=str, keep_default_na=False)
            rows.to_csv(results / "tables" / table.name, index=False)
    for picture in ("fig3_adversarial.png", "margins.png", "attack.gif"):
        (results / "figures" / picture).write_bytes(picture.encode())
    record = {
        "succeeded": True,
        "started": "2030-01-02T03:04:05+00:00",
        "code": {"commit": "0123456789" * 4, "sha256": "ab" * 32},
        "host": {"processor": "Another", "cores": 7},
        "configuration": fill_numbers.configuration() | {"models": {}},
    }
    (results / "provenance.json").write_text(json.dumps({"runs": [record]}))
    return results


def test_published_run_brings_its_numbers_its_pictures_and_where_it_was_made(elsewhere):
    table = elsewhere / "tables" / "summary.csv"
    rows = pd.read_csv(table)
    rows.loc[rows["attack"] == "zoo", ["n_success", "n_success_visible_limit"]] = 1, 0
    rows.to_csv(table, index=False)
    fill_numbers.publish(elsewhere)
    words = " ".join(fill_numbers.headline().split())
    assert f"flips 1 of {rows['n_attacked'].iloc[0]} correctly classified" in words
    assert "0 of these flips are small changes" in words
    assert "made on 2030-01-02, on 7 cores of an Another" in " ".join(fill_numbers.made().split())
    assert (fill_numbers.PICTURES / "margins.png").read_bytes() == b"margins.png"
    assert list(fill_numbers.configuration()) == list(published_run.KEYS)


def test_further_run_brings_the_columns_of_its_table_and_its_picture(elsewhere):
    rows = pd.read_csv(fill_numbers.PUBLISHED / "suite" / "summary.csv").assign(n_success=1)
    rows.assign(further=2).to_csv(elsewhere / "tables" / "summary.csv", index=False)
    (elsewhere / "figures" / "robust_accuracy.png").write_bytes(b"drawn")
    fill_numbers.publish_further("suite", elsewhere)
    pd.testing.assert_frame_equal(fill_numbers.published("suite", "summary"), rows)
    assert (fill_numbers.PICTURES / "robust_accuracy.png").read_bytes() == b"drawn"
    assert "1/22" in fill_numbers.suite()


def test_run_of_guards_brings_its_flips_and_no_other_picture(elsewhere):
    folder = fill_numbers.PUBLISHED / "guard"
    summary, flips = (pd.read_csv(folder / f"{name}.csv") for name in ("guard_summary", "guard"))
    kept = flips.assign(flipped=False)
    both = pd.concat([flips, kept, kept.assign(attack=None, flipped=None)])
    both.assign(guard_score=7).to_csv(elsewhere / "tables" / "guard.csv", index=False)
    summary.to_csv(elsewhere / "tables" / "guard_summary.csv", index=False)
    before = fill_numbers.guard()
    shutil.rmtree(folder)
    fill_numbers.publish_further("guard", elsewhere)
    stored = fill_numbers.published("guard", "guard")
    pd.testing.assert_frame_equal(stored, flips, check_dtype=False)
    assert fill_numbers.guard() == before


def test_run_that_did_not_end_is_not_published(elsewhere):
    record = elsewhere / "provenance.json"
    record.write_text(record.read_text().replace('"succeeded": true', '"succeeded": false'))
    with pytest.raises(InputError, match="no finished run"):
        fill_numbers.publish(elsewhere)


@pytest.mark.parametrize(
    ("n_correct", "verdict"),
    [
        (20, "do not show that the network is better than a constant answer"),
        (33, "So the network is better than a constant answer"),
        (0, "So the network is worse than a constant answer"),
    ],
)
def test_network_is_better_than_a_constant_answer_only_if_its_interval_is(
    elsewhere, n_correct, verdict
):
    table = fill_numbers.PUBLISHED / "default" / "summary.csv"
    pd.read_csv(table).assign(n_correct=n_correct).to_csv(table, index=False)
    assert verdict in " ".join(fill_numbers.judged().split())


def test_code_and_links_stay_on_one_line():
    text = filled_text.paragraph(
        "word " * 23 + "`make validate-simulation` [a link](docs/a page.md)"
    )
    assert "`make validate-simulation`" in text
    assert "[a link](docs/a page.md)" in text
    assert max(map(len, text.splitlines())) <= filled_text.WIDTH
