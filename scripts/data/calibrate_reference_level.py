"""Compute the reference level of each scanner from its calibration frames."""

from collections.abc import Callable, Mapping, Sequence

from reconattack.frames.chunks import readable_frames
from reconattack.reconstruction.calibration import reference_levels
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def calibrate_reference_level(
    frames: Sequence[str],
    table: str,
    calibration_frames: Mapping[str, Sequence[str]],
    initial: Mapping[str, float],
    image_rows: int,
    show: Callable[[str], None],
) -> None:
    """Write and show scanner, number of frames and `reference_level` [dB]."""
    named_frames = (named for chunk in frames for named in readable_frames(chunk))
    levels = reference_levels(named_frames, calibration_frames, initial, image_rows)
    write_table(table, levels)
    show(f"{levels.to_string(index=False)}\nCopy these into the configuration: {table}")


if __name__ == "__main__":
    run_rule(calibrate_reference_level, snakemake)
