"""Find the share of an attack's box whose corners change the image little."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconattack.attacks.small_change import scaled_box, small_change_box
from reconattack.frames.chunks import readable_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def scale_box(
    frames: Sequence[str],
    table: str,
    shown: Sequence[str],
    attack: str,
    parameters: Mapping[str, Mapping[str, Any]],
    limits: Mapping[str, float],
    initial: Mapping[str, float],
    image_rows: int,
    show: Callable[[str], None],
) -> None:
    """Write and show the median change at each corner of the box, and the box to copy.

    `parameters` have the `box` of `attack`, which is scaled. `shown` names the frames that count.
    """
    wanted = (frame for chunk in frames for _, frame in readable_frames(chunk, shown))
    corners = small_change_box(wanted, initial, parameters, limits, image_rows)
    write_table(table, corners)
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
