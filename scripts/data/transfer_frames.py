"""Carry the RF frames of one chunk to another scanner or setting, by calibration frames of both."""

from collections.abc import Mapping, Sequence

from reconattack.errors import InputError
from reconattack.frames.chunks import open_frames, readable_frames, write_chunk
from reconattack.reconstruction.setting_transfer import Spectra, measure_spectra, transfer_frame
from reconattack.run.jobs import run_rule


def transfer_frames(
    recorded: str,
    source: Sequence[str],
    target: Sequence[str],
    frames: str,
    attributes: Mapping[str, str],
) -> None:
    """Write the frames of `recorded` as the target would have recorded them.

    `source` and `target` are chunks of calibration frames. A frame that could not be read stays
    one.
    """
    before, after = measured(source), measured(target)
    chunk = {}
    for name, frame in open_frames(recorded):
        try:
            chunk[name] = frame if "error" in frame.attrs else transfer_frame(frame, before, after)
        except InputError as error:
            raise InputError(f"frame {name}: {error}") from error
    write_chunk(frames, chunk, attributes)


def measured(chunks: Sequence[str]) -> Spectra:
    """The spectra of the calibration frames in some chunks."""
    return measure_spectra(frame for chunk in chunks for frame in readable_frames(chunk))


if __name__ == "__main__":
    run_rule(transfer_frames, snakemake)
