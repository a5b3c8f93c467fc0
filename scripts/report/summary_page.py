"""Write the answer of a run: the summary page, the first screen of the report, and a few lines."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import reconattack
from reconattack.evidence.answers import read_tables
from reconattack.pages.decision_words import NO_DECLARATIONS, Declarations, kind_of
from reconattack.pages.networks import networks_of
from reconattack.pages.overview import NO_DOCUMENTS, answer_lines, overview_text
from reconattack.pages.summary_page.captions import caption
from reconattack.pages.summary_page.page import KEY_PICTURE
from reconattack.pages.summary_page.page import summary_page as page_of
from reconattack.pages.summary_page.run import Run
from reconattack.pages.wording import Titles
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing

# In a container the checkout has another place, from which jobs import the library.
TEMPLATES = Path(reconattack.__file__).parents[1] / "report"


def summary_page(
    tables: Sequence[str],
    findings: Sequence[str],
    names: Sequence[str],
    pictures: Sequence[str],
    captions: Sequence[str],
    attack: Mapping[str, Any],
    searches: Sequence[str],
    grid: str | None,
    boxes: Mapping[str, Mapping[str, Sequence[float]]],
    titles: Titles,
    cohorts: Mapping[str, Any],
    initial: Mapping[str, float],
    cutoff: float,
    visible_limit: Mapping[str, float],
    classes: Sequence[str],
    simulated: bool,
    explorer: str | None,
    page: str,
    overview: str,
    answer: str,
    declarations: Declarations = NO_DECLARATIONS,
    documents: Mapping[str, str] = NO_DOCUMENTS,
) -> None:
    """Write the page in HTML, the overview as reStructuredText and the answer as lines of text.

    Parameters
    ----------
    tables
        The run's tables, without those of run times.
    findings
        The file `findings.txt`; empty without a comparison of defences.
    names, pictures, captions
        The figures, the PNG of each, and the numbers of the run for its caption, in the same order.
    searches, grid
        As in `reconattack.pages.networks.networks_of`.
    attack, boxes, titles, cohorts, initial, cutoff, visible_limit, classes, simulated, explorer, \
    declarations, documents
        As in `reconattack.pages.summary_page.run.Run`.
    page, overview, answer
        The files.
    """
    stored = read_tables(tables)
    params = {"classes": classes, "cutoff": cutoff, "kind": kind_of(stored["summary"])}
    words = {
        name: caption(TEMPLATES / f"{name}.rst", numbers, params)
        for name, numbers in zip(names, captions, strict=True)
    }
    run = Run(
        tables=stored,
        networks=networks_of(stored, attack["name"], searches, grid, titles),
        figures=dict(zip(names, pictures, strict=True)),
        captions=words,
        findings=next((Path(file).read_text(encoding="utf-8") for file in findings), None),
        attack=attack,
        boxes=boxes,
        titles=titles,
        cohorts=cohorts,
        initial=initial,
        cutoff=cutoff,
        visible_limit=visible_limit,
        classes=classes,
        simulated=simulated,
        explorer=explorer,
        declarations=declarations,
        documents=documents,
    )
    first_screen = overview_text(
        run.networks,
        stored,
        run.findings,
        attack,
        initial,
        titles,
        cutoff,
        classes,
        simulated,
        explorer,
        run.figures.get(KEY_PICTURE),
        declarations,
        documents,
    )
    lines = answer_lines(run.networks, attack, cutoff, classes, simulated)
    for file, content in (
        (page, page_of(run)),
        (overview, first_screen),
        (answer, "\n".join(lines) + "\n"),
    ):
        with replacing(file) as temporary:
            temporary.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    run_rule(summary_page, snakemake)
