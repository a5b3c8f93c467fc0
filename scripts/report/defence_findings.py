"""Write in words what the comparison of defences shows."""

from textwrap import fill

from reconattack.pages.findings import findings_paragraphs
from reconattack.run.jobs import run_rule
from reconattack.storage import read_table, replacing

WIDTH = 100


def defence_findings(table: str, pairs: str, simulated: bool, findings: str) -> None:
    """Write the findings on the models of `defences.csv` and `defences_pairs.csv`.

    Parameters
    ----------
    table, pairs
        The two tables.
    simulated
        Whether the test frames are simulated.
    findings
        The text file.
    """
    paragraphs = findings_paragraphs(read_table(table), read_table(pairs), simulated)
    lines = (fill(text, WIDTH, break_on_hyphens=False) for text in paragraphs)
    with replacing(findings) as temporary:
        temporary.write_text("\n\n".join(lines) + "\n")


if __name__ == "__main__":
    run_rule(defence_findings, snakemake)
