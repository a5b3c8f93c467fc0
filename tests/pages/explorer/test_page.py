import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from reconattack.figures import style
from reconattack.pages.explorer.page import SCRIPTS, TEMPLATE, build_page, digest_of, sliders
from reconattack.pages.html_pages import embed_json

HOSTILE = "</script><script>alert(1)</script><!-- {{levels}} & é"
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


class Elements(HTMLParser):
    """The script elements of a page as (attributes, text), and every address it names."""

    def __init__(self, page):
        super().__init__()
        self.scripts, self.addresses, self.policy = [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.addresses += [attributes[name] for name in ("src", "href") if name in attributes]
        if tag == "script":
            self.scripts.append([attributes, ""])
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]

    def handle_data(self, data):
        if self.cdata_elem == "script":
            self.scripts[-1][1] += data


@pytest.fixture
def elements():
    return Elements(build_page({"frames": [{"name": HOSTILE}]}, [b"\x89PNG", b"two"], "title <b>"))


def test_hostile_name_stays_a_text(elements):
    (data,) = (text for attributes, text in elements.scripts if attributes.get("id") == "data")
    assert json.loads(data) == {"frames": [{"name": HOSTILE}]}
    assert "<" not in data
    assert [attributes.get("type", "script") for attributes, _ in elements.scripts] == [
        *("application/json", "text/plain", "text/plain", "script")
    ]


def test_title_is_escaped():
    assert "<title>title &lt;b&gt;</title>" in build_page({}, [], "title <b>")


def test_levels_are_the_png_files(elements):
    levels = [t for a, t in elements.scripts if a.get("id", "").startswith("levels-")]
    assert [base64.b64decode(text) for text in levels] == [b"\x89PNG", b"two"]


def test_policy_allows_the_script_of_the_page_and_no_load(elements):
    assert elements.addresses == []
    policy = dict(part.split(" ", 1) for part in elements.policy.split("; "))
    assert policy["default-src"] == "'none'"
    (script,) = (text for attributes, text in elements.scripts if not attributes)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy["script-src"] == f"'sha256-{digest}'"
    assert "unsafe" not in elements.policy


def test_page_is_named_by_its_contents():
    data = {"frames": [{"name": "a"}]}
    names = {digest_of(embed_json(data), levels) for levels in ([b"1"], [b"2"], [b"1", b"2"])}
    assert len(names) == 3
    assert f'<span id="digest">{digest_of(embed_json(data), [b"1"])}</span>' in build_page(
        data, [b"1"], "title"
    )


def test_template_makes_no_markup_of_texts_and_loads_nothing():
    script = "".join((TEMPLATE / name).read_text() for name in SCRIPTS)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)
    for name in (*SCRIPTS, "page.css", "page.html"):
        text = (TEMPLATE / name).read_text()
        assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttpRequest", text), name
    assert "{{" not in script


def test_number_that_json_does_not_have_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        embed_json({"margin": float("nan")})


def test_sliders_hold_box_and_initial_setting():
    beta, lower, upper = sliders(INITIAL, {"beta": [0.5, 2.4], "alpha_upper": [20, 60]})
    assert beta == {"name": "beta", "initial": 0.9, "box": [0.5, 2.4], "range": [0, 2.4]}
    assert lower["box"] == [10, 10]
    assert upper["range"] == [20, 80]


def test_colours_mean_the_same_as_in_the_figures():
    css = (TEMPLATE / "page.css").read_text()
    light = css.split(':root[data-theme="light"] {')[1].split("}")[0]
    assert f"--normal: {style.NORMAL.lower()};" in light
    assert f"--fatty: {style.FATTY.lower()};" in light
    assert "--between: #ffffff;" in light
    assert min(style.PROBABILITY_MAP(0.5)) > 0.99
    script = (TEMPLATE / "picture.js").read_text()
    ends = re.search(r"const \[DARKER, SAME_GREY, BRIGHTER\] = (.*);", script)[1]
    ends = json.loads(re.sub(r"0x([0-9a-f]{2})", lambda found: str(int(found[1], 16)), ends))
    expected = [style.DIFFERENCE_MAP(place)[:3] for place in (0.0, 0.5, 1.0)]
    assert np.abs(np.array(ends) / 255 - expected).max() < 0.01
