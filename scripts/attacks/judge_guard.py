"""Let a guard judge pictures of those frames of one chunk which one fold's network judges."""

from collections.abc import Mapping, Sequence

from reconattack.attacks.guarded_pictures import guard_rows
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.guard import Guard
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def judge_guard(
    frames: str,
    folds: Sequence[str],
    fold: str,
    guard: str,
    records: Sequence[str],
    names: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    table: str,
) -> None:
    """Write a row per frame and picture. `records` are those of the attacks `names`."""
    own = open_frames(frames, frames_of_fold(folds, fold))
    of_attacks = dict(zip(names, records, strict=True))
    write_table(table, guard_rows(own, Guard.read(guard), of_attacks, initial, image_rows))


if __name__ == "__main__":
    run_rule(judge_guard, snakemake)
