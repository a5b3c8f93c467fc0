"""Texts of tables, of a record of runs and of labels stay texts on every page."""

import json
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from docutils.core import publish_parts

from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.pages.explorer.page import build_page
from reconattack.pages.networks import networks_of
from reconattack.pages.overview import overview_text
from reconattack.pages.summary_page.page import summary_page
from reconattack.pages.table_page.page import table_page
from reconattack.pages.wording import escaped
from reconattack.run.provenance import begin_run
from reconattack.storage import read_table
from scripts.report.captions import captions
from scripts.report.explorer import explorer
from scripts.report.run_pages import run_pages
from tests.pages.report_tables import (
    ATTACK,
    INITIAL,
    attack_rows,
    flag_rows,
    frame_rows,
    summary_rows,
    write,
)
from tests.pages.summary_page.summary_runs import run_of, tables_of

TEXTS = [
    "<script>alert(1)</script>",
    "x</script><script>alert(1)</script>.mha",
    "</title></style><img src=x onerror=alert(1)>",
    '" onload="alert(1)" x=\'',
    "<!-- <svg/onload=alert(1)>",
    "]]>&lt;b&gt;{{data}}{{script}}",
    "a\n\n.. raw:: html\n\n   <script>alert(1)</script>\n",
    "a\n\n.. include:: /etc/passwd\n",
    "`x <javascript:alert(1)>`__",
    "javascript:alert(1)",
    "file:///etc/passwd |x| x_ :raw:`y`",
]


class Page(HTMLParser):
    """What a browser would make of a page: its elements, its data, and what people read of it."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.attributes, self.data, self.words = [], [], "", ""
        self._inside = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        self._inside = "data" if ("id", "data") in attrs else tag

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside == "data":
            self.data += data
        elif self._inside not in ("script", "style"):
            self.words += data


def check(page, like):
    """A page has the elements of one of harmless texts, and none that acts or loads."""
    hostile, harmless = Page(page), Page(like)
    assert hostile.elements == harmless.elements
    for name, value in hostile.attributes:
        assert not name.startswith("on"), name
        assert name not in ("src", "href"), value
    return hostile


@pytest.fixture
def of_tables(tmp_path):
    """The page of a table of frames with these names, errors, columns, title and file."""

    def make(texts):
        path = tmp_path / "frames.csv"
        rows = {"frame": texts, "error": [f"{text}: cannot be read" for text in texts]}
        pd.DataFrame(rows | {texts[0]: texts}).to_csv(path, index=False)
        return table_page(read_table(path, dtype={"fold": str}), texts[0], texts[0], True)

    return make


@pytest.mark.parametrize("text", TEXTS)
def test_tables(of_tables, text):
    page = check(of_tables([text]), like=of_tables(["harmless"]))
    data = json.loads(page.data)
    assert data["rows"] == [[text, f"{text}: cannot be read", text]]
    assert data["columns"][2]["name"] == text
    assert text in page.words


@pytest.fixture
def of_runs(tmp_path, monkeypatch):
    """The pages of a run whose command, host, configuration and packages are such a text."""

    def make(text):
        record = tmp_path / "provenance.json"
        record.unlink(missing_ok=True)
        monkeypatch.setattr("platform.node", lambda: text)
        begin_run(record, ["snakemake", text], {"key": {text: text, "list": [text]}}, tmp_path)
        pages = {name: str(tmp_path / f"{name}.html") for name in ("runs", "configuration")}
        run_pages(str(record), pages)
        return [open(path, encoding="utf-8").read() for path in pages.values()]

    return make


@pytest.mark.parametrize("text", TEXTS)
def test_record_of_runs(of_runs, text):
    for page, harmless in zip(of_runs(text), of_runs("harmless"), strict=True):
        rows = json.loads(check(page, like=harmless).data)["rows"]
        assert text in [cell for row in rows for cell in row]


@pytest.mark.parametrize("text", TEXTS)
def test_explorer(tmp_path, convex_scanner, text):
    def make(word):
        samples = np.random.default_rng(1).standard_normal((300, 24))
        frames = {
            "f": build_frame(samples, convex_scanner, word, 1, None),
            "g": unreadable_frame(word, word, word),
        }
        write_chunk(tmp_path / "chunk.nc", frames, {})
        predictions = tmp_path / "m.csv"
        pd.DataFrame(
            {"seed": 0, "frame": ["f", "g"], "fold": [word, word], "logit": [1.0, None]}
        ).to_csv(predictions, index=False)
        model = {"model": word, "seed": "0", "kind": "plain", "predictions": str(predictions)}
        explorer(
            **{"chunks": [str(tmp_path / "chunk.nc")], "shown": ["f", "g"], "cohort_size": 2},
            **{
                "models": [model],
                "files": {"lattices": [], "paths": [], "nearest": [], "proofs": []},
            },
            **{"box": {"beta": [0.5, 1.1]}, "initial": INITIAL, "image_rows": 32, "cutoff": 0.5},
            **{"classes": ["normal", word], "simulated": True},
            **{
                "attacks": [{"name": word, "box": {}, "steps": True}],
                "visible_limit": {"ssim": 0.8},
            },
            titles={"models": {word: word}, "attacks": {word: word}},
            page=str(tmp_path / "explorer.html"),
        )
        return (tmp_path / "explorer.html").read_text()

    data = json.loads(check(make(text), like=make("harmless")).data)
    assert data["classes"][1] == data["models"][0]["model"] == data["frames"][0]["patient"] == text


def test_frame_may_be_called_as_a_missing_value_is_written(tmp_path, convex_scanner):
    samples = np.random.default_rng(1).standard_normal((300, 24))
    frames = {"NA": build_frame(samples, convex_scanner, "null", 1, None)}
    write_chunk(tmp_path / "chunk.nc", frames, {})
    (tmp_path / "m.csv").write_text("seed,frame,fold,logit\n0,NA,0,1\n")
    model = {"model": "m", "seed": "0", "kind": "plain", "predictions": str(tmp_path / "m.csv")}
    explorer(
        **{"chunks": [str(tmp_path / "chunk.nc")], "shown": ["NA"], "cohort_size": 1},
        **{"models": [model], "files": {"lattices": [], "paths": [], "nearest": [], "proofs": []}},
        **{"box": {"beta": [0.5, 1.1]}, "initial": INITIAL, "image_rows": 32, "cutoff": 0.5},
        **{"classes": ["normal", "fatty"], "simulated": True},
        **{"attacks": [], "visible_limit": {"ssim": 0.8}, "titles": {}},
        page=str(tmp_path / "explorer.html"),
    )
    assert '"name":"NA"' in (tmp_path / "explorer.html").read_text()


def test_title_of_a_page_is_no_template():
    page = Page(build_page({"x": "{{script}}"}, [], "{{data}}<b>"))
    assert "{{data}}<b>" in page.words


# reStructuredText, of which Snakemake makes the report's captions and its first page


def published(text, links=()):
    page = publish_parts(text, writer="html", settings_overrides={"halt_level": 2})["html_body"]
    found = Page(page)
    assert "script" not in found.elements
    assert [value for name, value in found.attributes if name == "href"] == [*links]
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    return " ".join(found.words.split())


@pytest.mark.parametrize("text", TEXTS)
def test_escaped_text_is_read_as_it_is(text):
    shown = " ".join(text.split())
    assert published(f"In this run:\n\n- {escaped(text)}: AUC.") == f"In this run: {shown}: AUC."


@pytest.mark.parametrize("text", TEXTS)
def test_captions(tmp_path, text):
    tables = {
        "frames": frame_rows().assign(cohort=text, scanner=text, error=text),
        "summary": summary_rows(text),
        "attacks": attack_rows(text).assign(attack=text),
        "flags": flag_rows().assign(model=text, attack=text),
    }
    shown = {"contact_sheet", "fig1_samples", "roc", "success_against_budget", "fig3_adversarial"}
    outputs = {name: str(tmp_path / f"{name}.rst") for name in shown | {"fig2_pipeline", "flags"}}
    captions(
        tables=write(tmp_path, **tables),
        attack=ATTACK | {"name": text},
        initial=INITIAL,
        classes=[text, text],
        visible_limit={"mean_abs_diff": 20},
        titles={"cohorts": {text: text}, "attacks": {text: text}},
        names=list(outputs),
        texts=list(outputs.values()),
    )
    said = {name: published((tmp_path / f"{name}.rst").read_text()) for name in outputs}
    for name in outputs:
        assert " ".join(text.split()) in said[name]


@pytest.mark.parametrize("text", TEXTS)
def test_overview(text):
    tables = {
        "summary": pd.concat([summary_rows(text), summary_rows("plain")]),
        "attacks": pd.concat([attack_rows(text), attack_rows("plain")]),
        "flags": flag_rows().assign(meaning=text),
    }
    titles = {"attacks": {"zoo": text}}
    words = overview_text(
        **{"networks": networks_of(tables, "zoo", ["zoo"], None, titles), "titles": titles},
        **{"tables": tables, "findings": f"One.\n\n{text}", "initial": INITIAL},
        **{"attack": ATTACK | {"name": text, "title": text}, "cutoff": 0.5},
        **{"classes": [text, text], "simulated": True, "explorer": None},
    )
    said = published(words, links=["summary.html#attacks"])
    assert said.count(" ".join(text.split()).split(" .. ")[0]) >= 2


@pytest.mark.parametrize("text", TEXTS)
def test_summary_page(tmp_path, text):
    def make(word):
        tables = tables_of(word)
        for name, column in (("flags", "meaning"), ("paper", "study"), ("paper", "data")):
            tables[name] = tables[name].assign(**{column: word})
        titles = {"attacks": {"zoo": word}, "controls": {"beta": word}}
        caption = {"fig3_adversarial": escaped(word), "contact_sheet": escaped(word)}
        run = run_of(tmp_path, tables, titles, captions=caption, classes=[word, word])
        return summary_page(run)

    hostile, harmless = Page(make(text)), Page(make("harmless"))
    assert hostile.elements == harmless.elements
    assert {name for name, _ in hostile.attributes} == {name for name, _ in harmless.attributes}
    links, expected = (
        [value for name, value in page.attributes if name in ("href", "src")]
        for page in (hostile, harmless)
    )
    assert links == expected
    assert hostile.words.count(" ".join(text.split())[:20]) >= 5
