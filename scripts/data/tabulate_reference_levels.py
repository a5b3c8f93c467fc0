"""Compute the reference level of each scanner from its calibration frames."""

from collections.abc import Mapping, Sequence

from reconattack.frames.chunks import readable_frames
from reconattack.reconstruction.calibration import reference_levels
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_reference_levels(
    frames: Sequence[str],
    table: str,
    calibration_frames: Mapping[str, Sequence[str]],
    initial: Mapping[str, float],
    image_rows: int,
) -> None:
    """Write scanner, number of frames and `reference_level` [dB]."""
    named_frames = (named for chunk in frames for named in readable_frames(chunk))
    write_table(table, reference_levels(named_frames, calibration_frames, initial, image_rows))


if __name__ == "__main__":
    run_rule(tabulate_reference_levels, snakemake)
