"""Write what a run answers, for the first screen of its report."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from reconattack.evidence.answers import read_tables
from reconattack.pages.overview import overview_text
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing


def overview(
    tables: Sequence[str],
    findings: Sequence[str],
    attack: Mapping[str, object],
    searches: Sequence[str],
    grid: str | None,
    initial: Mapping[str, float],
    cutoff: float,
    simulated: bool,
    explorer: str | None,
    text: str,
) -> None:
    """Write the overview as reStructuredText.

    Parameters
    ----------
    tables
        The run's tables.
    findings
        The file `findings.txt`; empty without a comparison of defences.
    attack, searches, grid, initial, cutoff, simulated, explorer
        As in `reconattack.pages.overview.overview_text`.
    text
        The file.
    """
    found = [Path(file).read_text(encoding="utf-8") for file in findings]
    words = overview_text(
        read_tables(tables),
        next(iter(found), None),
        attack,
        searches,
        grid,
        initial,
        cutoff,
        simulated,
        explorer,
    )
    with replacing(text) as temporary:
        temporary.write_text(words, encoding="utf-8")


if __name__ == "__main__":
    run_rule(overview, snakemake)
