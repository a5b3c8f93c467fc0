"""HTML files that load nothing and run nothing but their own script."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def filled(template: Path, parts: Mapping[str, str]) -> str:
    """A template with each `{{name}}` replaced by the part of that name."""
    text = template.read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], text)


def content_policy(script: str, style: str) -> str:
    """A Content-Security-Policy that lets exactly this script and this style act, and no load."""
    allowed = {"script-src": script, "style-src": style}
    sources = (f"{name} 'sha256-{_digest(text)}'" for name, text in allowed.items())
    return "; ".join(["default-src 'none'", *sources, "base-uri 'none'", "form-action 'none'"])


def embed_json(data: Any) -> str:
    """JSON that can stand in a script element: nothing in it ends the element or begins another.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, which JSON does not have.
    """
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
