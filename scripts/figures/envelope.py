"""Within which settings few decisions change, for each parameter and kind of statement."""

from reconattack.evidence.chosen_ranges import shown_ranges
from reconattack.figures.envelope import draw_envelopes
from reconattack.figures.panels import empty_page, save_figure, save_pages
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table, write_table


def envelope(envelope: str, simulated: bool, table: str, pdf: str, png: str) -> None:
    """Draw the most cautious row of `envelope.csv` for each parameter and kind of statement."""
    ranges = shown_ranges(read_table(envelope))
    write_table(table, ranges)
    if ranges.empty:
        save_figure(empty_page("No decision was counted."), pdf, png, simulated)
        return
    save_pages(draw_envelopes(ranges), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(envelope, snakemake)
