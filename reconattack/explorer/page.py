"""Template and data become one HTML file that loads nothing and runs nothing but its own script."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reconattack.parameters import PAPER_PARAMETERS

TEMPLATE = Path(__file__).parent
SCRIPTS = ("decode.js", "picture.js", "judgement.js", "decision_map.js", "page.js")
RANGES = {"beta": (0.0, 2.0), "alpha_lower": (0.0, 30.0), "alpha_upper": (35.0, 80.0)}


def build_page(data: Mapping[str, Any], levels: Sequence[bytes], title: str) -> str:
    """The whole page.

    Parameters
    ----------
    data
        Everything but the pictures; numbers, texts, lists and maps.
    levels
        The PNG of each frame (`reconattack.explorer.pictures`), in the order of `data["frames"]`.
    title
        Title of the window.
    """
    script = "".join((TEMPLATE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = (TEMPLATE / "page.css").read_text(encoding="utf-8")
    parts = {
        "title": html.escape(title),
        "policy": content_policy(script, style),
        "style": style,
        "script": script,
        "data": embed_json(data),
        "levels": "\n".join(
            f'<script type="text/plain" id="levels-{number}">'
            f"{base64.b64encode(png).decode()}</script>"
            for number, png in enumerate(levels)
        ),
    }
    template = (TEMPLATE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def content_policy(script: str, style: str) -> str:
    """A Content-Security-Policy that lets exactly this script and this style act, and no load."""
    allowed = {"script-src": script, "style-src": style}
    sources = (f"{name} 'sha256-{_digest(text)}'" for name, text in allowed.items())
    return "; ".join(["default-src 'none'", *sources, "base-uri 'none'", "form-action 'none'"])


def embed_json(data: Mapping[str, Any]) -> str:
    """JSON that can stand in a script element: nothing in it ends the element or begins another.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, which JSON does not have.
    """
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def sliders(
    initial: Mapping[str, float], box: Mapping[str, Sequence[float]]
) -> list[dict[str, Any]]:
    """Initial value, attacked box and range of each of the paper's parameters; a range holds both.

    `box` names the parameters that are attacked; the others' is their initial value.
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


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
