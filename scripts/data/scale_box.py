"""Show the box of small changes, also if nothing had to be made for it."""

from collections.abc import Callable, Mapping
from typing import Any

from reconattack.attacks.small_change import scaled_box
from reconattack.run.jobs import run_rule
from reconattack.storage import read_table


def scale_box(
    table: str,
    attack: str,
    parameters: Mapping[str, Mapping[str, Any]],
    initial: Mapping[str, float],
    show: Callable[[str], None],
) -> None:
    """Show the median change at each corner of the box, and the box to copy.

    `parameters` have the `box` of `attack`, which was scaled.
    """
    corners = read_table(table)
    share = float(corners["share"].iloc[0])
    box = scaled_box(initial, parameters, share)
    lines = [f"  {name}: {{box: [{low:g}, {high:g}]}}" for name, (low, high) in box.items()]
    show(
        "\n".join(
            [
                corners.to_string(index=False),
                f"{share:g} of the box of {attack}. Copy this into the configuration:",
                "parameters:",
                *lines,
            ]
        )
    )


if __name__ == "__main__":
    run_rule(scale_box, snakemake)
