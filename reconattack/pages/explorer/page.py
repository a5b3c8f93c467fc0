"""Put templates and data into one HTML file that loads nothing and runs only its own script."""

import base64
import hashlib
import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reconattack.pages.html_pages import content_policy, embed_json, filled
from reconattack.reconstruction.parameters import PAPER_PARAMETERS

TEMPLATE = Path(__file__).parent
SCRIPTS = (
    *("decode.js", "picture.js", "picture_change.js", "judgement.js", "answers.js"),
    *("decision_map.js", "theme.js", "frame_list.js", "viewer.js", "link.js", "save.js", "page.js"),
)
OUTLINES = "outlines"  # the script and the style of pages with masks
DIGITS = 12  # of the digest that names the contents of a page
RANGES = {"beta": (0.0, 2.0), "alpha_lower": (0.0, 30.0), "alpha_upper": (35.0, 80.0)}


def build_page(data: Mapping[str, Any], levels: Sequence[bytes], title: str) -> str:
    """The whole page.

    Parameters
    ----------
    data
        What the page's script reads (`pages.explorer.contents.page_contents`).
    levels
        The PNG of each frame (`pages.explorer.pictures`), in the order of `data["frames"]`.
    title
        Title of the window.
    """
    further = [OUTLINES] if has_outlines(data) else []
    script = joined([*SCRIPTS, *(f"{name}.js" for name in further)])
    style = joined(["page.css", *(f"{name}.css" for name in further)])
    content = embed_json(data)
    parts = {
        "title": html.escape(title),
        "policy": content_policy(script, style),
        "style": style,
        "script": script,
        "digest": digest_of(content, levels),
        "data": content,
        "levels": "\n".join(
            f'<script type="text/plain" id="levels-{number}">'
            f"{base64.b64encode(png).decode()}</script>"
            for number, png in enumerate(levels)
        ),
    }
    return filled(TEMPLATE / "page.html", parts)


def has_outlines(data: Mapping[str, Any]) -> bool:
    """Whether the data hold masks."""
    return any(
        "outlines" in (judged.get("lattice") or {})
        for frame in data.get("frames", ())
        for judged in frame.get("judged", ())
    )


def joined(names: Iterable[str]) -> str:
    """Some templates one after the other."""
    return "".join((TEMPLATE / name).read_text(encoding="utf-8") for name in names)


def digest_of(content: str, levels: Sequence[bytes]) -> str:
    """The first digits of the SHA-256 of a page's data and images, by which the page is named."""
    digest = hashlib.sha256(content.encode())
    for png in levels:
        digest.update(png)
    return digest.hexdigest()[:DIGITS]


def sliders(
    initial: Mapping[str, float], box: Mapping[str, Sequence[float]]
) -> list[dict[str, Any]]:
    """Initial value, attacked box and slider range of each of the paper's parameters.

    Parameters
    ----------
    initial
        The initial setting.
    box
        Bounds of the attacked parameters; the box of another parameter is its initial value.

    Returns
    -------
    list of dict
        `name`, `initial`, `box` and `range`, which contains the box.
    """
    described = []
    for name in PAPER_PARAMETERS:
        start = float(initial[name])
        lower, upper = (float(bound) for bound in box.get(name, (start, start)))
        lowest, highest = RANGES[name]
        described.append(
            {
                "name": name,
                "initial": start,
                "box": [lower, upper],
                "range": [min(lowest, lower), max(highest, upper)],
            }
        )
    return described
