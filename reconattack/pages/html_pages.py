"""HTML files that load nothing and run only their own script."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def filled(template: Path, parts: Mapping[str, str]) -> str:
    """Replace each `{{name}}` in a template by the part of that name."""
    text = template.read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], text)


def content_policy(script: str | None, style: str, images: bool = False) -> str:
    """A Content-Security-Policy that allows only this script and this style, and no loading.

    Without a script none may run. `images` allows those that the page itself holds.
    """
    allowed = {"script-src": script, "style-src": style}
    sources = (
        f"{name} 'sha256-{_digest(text)}'" for name, text in allowed.items() if text is not None
    )
    pictures = ["img-src data:"] if images else []
    return "; ".join(
        ["default-src 'none'", *sources, *pictures, "base-uri 'none'", "form-action 'none'"]
    )


def embed_json(data: Any) -> str:
    """JSON for a script element; no text in it can end the element or begin another one.

    Raises
    ------
    ValueError
        If a number is NaN or infinite; JSON has neither.
    """
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
