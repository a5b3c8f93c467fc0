"""Texts in reStructuredText as HTML, and the captions of a report without Snakemake."""

import re
from collections.abc import Mapping
from pathlib import Path

from docutils.core import publish_parts
from jinja2 import StrictUndefined, Template

SETTINGS = {
    "raw_enabled": False,
    "file_insertion_enabled": False,
    "halt_level": 3,  # an error in a text is one of this library
    "report_level": 5,
    "initial_header_level": 3,
    "math_output": "MathML",
}
INCLUDED = re.compile(r"{% for file in files.*?{% endfor %}", re.DOTALL)


def as_html(text: str) -> str:
    """A text in reStructuredText as HTML; no text can bring markup, files or scripts of its own."""
    if not text.strip():
        return ""
    return publish_parts(text, writer="html5", settings_overrides=SETTINGS)["fragment"]


def caption(template: Path | str, numbers: Path | str, params: Mapping[str, object]) -> str:
    """The caption of a figure with the numbers of its run, as reStructuredText.

    Parameters
    ----------
    template
        The caption as Snakemake's report takes it.
    numbers
        The text with the numbers of the run, which that report includes.
    params
        The params of the figure's rule that the caption names.
    """
    text = INCLUDED.sub("", Path(template).read_text(encoding="utf-8"))
    filled = Template(text, undefined=StrictUndefined).render(snakemake={"params": params})
    return f"{filled.strip()}\n\n{Path(numbers).read_text(encoding='utf-8').strip()}\n"
