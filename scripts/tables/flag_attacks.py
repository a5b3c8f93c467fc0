"""Check the attacks themselves: flags for what makes a success rate mean less than it seems."""

from collections.abc import Mapping

from reconattack.evidence.attacks import read_attacks
from reconattack.evidence.flags import raised
from reconattack.evidence.labelled import attacked
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def flag_attacks(attacks: str, definitions: Mapping[str, Mapping], table: str) -> None:
    """Write a row per raised flag, and one per flag that was not raised.

    `definitions` holds `method` and `box` of each attack, and `guarded` if its flips have to pass
    a guard: only attacks that have to are compared with each other.
    """
    searched = attacked(read_attacks(attacks))
    methods = {name: definition["method"] for name, definition in definitions.items()}
    boxes = {
        name: (definition["box"], definition.get("guarded", False))
        for name, definition in definitions.items()
    }
    flags = raised(searched.assign(method=searched["attack"].map(methods)), boxes)
    write_table(table, flags.astype({"seed": "Int64"}))


if __name__ == "__main__":
    run_rule(flag_attacks, snakemake)
