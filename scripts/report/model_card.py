"""Write the model card of a run: as XML, and as a page to read and to print."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.evidence.answers import read_tables
from reconattack.pages.decision_words import Declarations
from reconattack.pages.model_card.facts import AuditedRun
from reconattack.pages.model_card.page import card_page
from reconattack.pages.model_card.xml_file import card_xml
from reconattack.pages.networks import networks_of
from reconattack.pages.wording import Titles
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing


def model_card(
    tables: Sequence[str],
    stated: Mapping[str, Any],
    models: Sequence[Mapping[str, Any]],
    attack: Mapping[str, Any],
    searches: Sequence[str],
    grid: str | None,
    boxes: Mapping[str, Mapping[str, Sequence[float]]],
    titles: Titles,
    cohort: str,
    data: str,
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
    declarations: Declarations,
    card: str,
    page: str,
) -> None:
    """Write the card as XML and as a page.

    Parameters
    ----------
    tables
        The run's tables whose numbers the card shows.
    searches, grid
        As in `reconattack.pages.networks.networks_of`.
    stated, models, attack, boxes, titles, cohort, data, cutoff, classes, simulated, declarations
        As in `reconattack.pages.model_card.facts.AuditedRun`.
    card, page
        The files.
    """
    stored = read_tables(tables)
    run = AuditedRun(
        stated=stated,
        tables=stored,
        networks=networks_of(stored, attack["name"], searches, grid, titles),
        models=models,
        attack=attack,
        boxes=boxes,
        titles=titles,
        cohort=cohort,
        data=data,
        cutoff=cutoff,
        classes=classes,
        simulated=simulated,
        declarations=declarations,
    )
    with replacing(card) as temporary:
        temporary.write_bytes(card_xml(run))
    with replacing(page) as temporary:
        temporary.write_text(card_page(run), encoding="utf-8")


if __name__ == "__main__":
    run_rule(model_card, snakemake)
