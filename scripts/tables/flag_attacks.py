"""Check the attacks themselves: flags for what makes a rate of success mean less than it seems."""

from collections.abc import Mapping

from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.evidence.flags import raised
from reconattack.run.jobs import job
from reconattack.storage import read_table, write_table

VERDICTS = ("grid_certified", "grid_confirms")


def flag_attacks(attacks: str, definitions: Mapping[str, Mapping], output: str) -> None:
    """Write a row per raised flag, and one per flag that was not raised.

    `definitions` holds `method` and `box` of each attack.
    """
    table = read_table(attacks, dtype={"grid": str} | dict.fromkeys(VERDICTS, "boolean"))
    attacked = table[~table["stop_reason"].isin(NOT_ATTACKED)]
    methods = {name: definition["method"] for name, definition in definitions.items()}
    boxes = {name: definition["box"] for name, definition in definitions.items()}
    flags = raised(attacked.assign(method=attacked["attack"].map(methods)), boxes)
    write_table(output, flags.astype({"seed": "Int64"}))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        flag_attacks(
            attacks=snakemake.input.attacks,
            definitions=snakemake.params.definitions,
            output=snakemake.output.table,
        )
