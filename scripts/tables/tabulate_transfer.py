"""Count how often settings that flipped one model flip another, a row per attack and pair."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconattack.evidence.statistics import wilson_interval
from reconattack.run.jobs import job
from reconattack.storage import located, read_table, write_table

KEYS = ["source_model", "source_seed", "attack", "target_model", "target_seed"]
COLUMNS = [
    *(*KEYS, "n_both_right", "n_tried", "n_flipped", "rate", "rate_low", "rate_high"),
    *("n_false_alarm", "n_missed_disease", "n_own", "own_rate", "own_rate_low", "own_rate_high"),
]
NAMES = {"source_model": str, "target_model": str}


def tabulate_transfer(files: Sequence[Mapping[str, str]], attacks: str, output: str) -> None:
    """Write the counts of `files` (`model` and `seed` of the target, `path`)."""
    judged = pd.concat([judged_by(file) for file in files], ignore_index=True)
    own = read_table(attacks)[["model", "seed", "attack", "frame", "success"]]
    own = own.rename(
        columns={"model": "target_model", "seed": "target_seed", "success": "own_success"}
    )
    judged = judged.merge(own, "left", ["target_model", "target_seed", "attack", "frame"])
    rows = [
        dict(zip(KEYS, keys, strict=True)) | transferred(of_pair)
        for keys, of_pair in judged.groupby(KEYS, sort=False)
    ]
    write_table(output, pd.DataFrame(rows, columns=COLUMNS))


def judged_by(file: Mapping[str, str]) -> pd.DataFrame:
    """What one target made of others' settings on some frames."""
    target = {"target_model": file["model"], "target_seed": int(file["seed"])}
    judged = read_table(file["path"], dtype=NAMES)
    # A chunk without frames gives objects, by which no empty table can be selected.
    return judged.astype({"right_at_start": bool, "source_success": bool}).assign(**target)


def transferred(judged: pd.DataFrame) -> dict:
    """Counts of the frames that a source attacked: of which both decided right at the start
    (`n_both_right`), on which its setting was tried, which it flipped, and which of the tried ones
    the same attack on the target itself flips (`own_*`).
    """
    both_right = judged[judged["right_at_start"]]
    tried = both_right[both_right["source_success"]]
    flipped = tried[tried["flipped"].astype(bool)]
    return {
        "n_both_right": len(both_right),
        "n_tried": len(tried),
        "n_flipped": len(flipped),
        **rate("", len(flipped), len(tried)),
        "n_false_alarm": int((flipped["reference"] == 0).sum()),
        "n_missed_disease": int((flipped["reference"] == 1).sum()),
        "n_own": int(tried["own_success"].sum()),
        **rate("own_", int(tried["own_success"].sum()), len(tried)),
    }


def rate(prefix: str, hits: int, n: int) -> dict[str, float]:
    """Share of hits with Wilson's interval; empty where nothing was tried."""
    low, high = wilson_interval(hits, n)
    share = hits / n if n else None
    return {f"{prefix}rate": share, f"{prefix}rate_low": low, f"{prefix}rate_high": high}


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_transfer(
            files=located(snakemake.params.files, snakemake.input),
            attacks=snakemake.input.attacks,
            output=snakemake.output.table,
        )
