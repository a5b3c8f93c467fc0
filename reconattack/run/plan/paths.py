"""Where results lie.

Each path is spelled once, here. A function without arguments gives the path with Snakemake's
wildcards, as rules name it; with arguments it gives the path of one result.
"""

import re
from collections.abc import Iterable, Mapping

PROVENANCE = "results/provenance.json"
EXPLORER = "results/explorer.html"
SUMMARY = "results/summary.html"
CARD = "results/card/card.html"
CARD_XML = "results/card/card.xml"
ANSWER = "results/report/answer.txt"
FOLDS = "results/folds.csv"
NETWORK = {name: f"{{{name}}}" for name in ("model", "seed", "fold")}


def chunk_path(kind: str, cohort: str = "{cohort}", chunk: str = "{chunk}") -> str:
    """Path of a chunk of frames (kind `frames`) or B-mode images (`bmode`)."""
    return f"results/{kind}/{cohort}/{chunk}.nc"


def of_fold(kind: str, network: Mapping[str, str] = NETWORK) -> str:
    """Path of a network's results of a kind, without suffix: `kind` is a folder of the results."""
    return f"results/{kind}/{network['model']}/seed-{network['seed']}/fold-{network['fold']}"


def of_network(
    kind: str,
    network: Mapping[str, str] = NETWORK,
    chunk: str = "{chunk}",
    suffix: str = "nc",
) -> str:
    """Path of a network's results of a kind on one chunk."""
    return f"{of_fold(kind, network)}/{chunk}.{suffix}"


def attack_path(
    network: Mapping[str, str] = NETWORK, attack: str = "{attack}", chunk: str = "{chunk}"
) -> str:
    """Path of the record of an attack on a network's chunk."""
    return of_network("attacks", network, f"{attack}/{chunk}")


def guard_path(network: Mapping[str, str] = NETWORK) -> str:
    """Path of the guard of a network."""
    return f"{of_fold('models', network)}.guard.json"


def units_path(network: Mapping[str, str] = NETWORK, attack: str = "{attack}") -> str:
    """Path of the record of an attack on the units that a network judges."""
    return of_network("units", network, attack)


def property_path(suffix: str, frames: Iterable[str]) -> str:
    """Path of the files of one of some frames for verifiers, with Snakemake's wildcards."""
    return f"{of_fold('properties')}/{{attack}}/{{frame,{alternatives(frames)}}}.{suffix}"


def predictions_path(model: str = "{model}") -> str:
    """Path of the predictions of all networks of a model."""
    return f"results/predictions/{model}.csv"


def table_path(name: str, suffix: str = "csv") -> str:
    """Path of a table."""
    return f"results/tables/{name}.{suffix}"


def checklist_path(name: str, suffix: str) -> str:
    """Path of a checklist in one format."""
    return f"results/checklists/{name}.{suffix}"


def figure_path(name: str, suffix: str) -> str:
    """Path of a figure in one format."""
    return f"results/figures/{name}.{suffix}"


def alternatives(names: Iterable[str]) -> str:
    """Regular expression of exactly these names; without names it matches no name."""
    return "|".join(map(re.escape, names)) or "$^"
