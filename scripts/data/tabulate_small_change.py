"""Find the share of an attack's box whose corners change the image little."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.attacks.small_change import small_change_box
from reconattack.frames.chunks import readable_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_small_change(
    frames: Sequence[str],
    table: str,
    shown: Sequence[str],
    parameters: Mapping[str, Mapping[str, Any]],
    limits: Mapping[str, float],
    initial: Mapping[str, float],
    image_rows: int,
) -> None:
    """Write the median change at each corner of the scaled box.

    `parameters` have the `box` that is scaled. `shown` names the frames that count.
    """
    wanted = (frame for chunk in frames for _, frame in readable_frames(chunk, shown))
    write_table(table, small_change_box(wanted, initial, parameters, limits, image_rows))


if __name__ == "__main__":
    run_rule(tabulate_small_change, snakemake)
