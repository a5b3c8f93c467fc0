"""Show the reference level of each scanner, also if nothing had to be made for it."""

from collections.abc import Callable

from reconattack.run.jobs import run_rule
from reconattack.storage import read_table


def calibrate_reference_level(table: str, show: Callable[[str], None]) -> None:
    """Show the table of reference levels [dB], and the lines for the configuration."""
    levels = read_table(table)
    lines = [
        f"  {scanner}: {{reference_level: {level:g}}}"
        for scanner, level in zip(levels["scanner"], levels["reference_level"], strict=True)
    ]
    show(
        "\n".join(
            [
                levels.to_string(index=False),
                f"Table: {table}",
                "Put these numbers into the configuration:",
                "scanners:",
                *lines,
            ]
        )
    )


if __name__ == "__main__":
    run_rule(calibrate_reference_level, snakemake)
