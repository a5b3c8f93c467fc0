"""Where, when and with what a run was made, as pages of its report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from reconattack.errors import InputError
from reconattack.pages.table_page.page import table_page
from reconattack.run import provenance
from reconattack.run.jobs import job
from reconattack.storage import replacing


def run_pages(record: str, outputs: Mapping[str, str]) -> None:
    """Write `runs`, a row per run that the record holds, and of the newest its `configuration` and
    `packages`.

    The newest run is the one that makes these pages: it has begun, and has no end.
    """
    runs = provenance.runs(record)
    if not runs:
        raise InputError(f"{record}: no run is recorded; expected the one that makes this page")
    newest = runs[-1]
    tables = {
        "runs": ("Runs that made these results", pd.DataFrame(map(run_row, runs))),
        "configuration": (
            "Configuration",
            pd.DataFrame(leaves(newest["configuration"]), columns=["key", "value"]),
        ),
        "packages": (
            "Packages",
            pd.DataFrame(newest["packages"].items(), columns=["package", "version"]),
        ),
    }
    for name, output in outputs.items():
        title, table = tables[name]
        with replacing(output) as temporary:
            page = table_page(table, title, record, simulated=False)
            temporary.write_text(page, encoding="utf-8")


def run_row(run: Mapping[str, Any]) -> dict[str, Any]:
    """What a run was, without its configuration and packages."""
    apart = ("configuration", "packages", "inputs", "job_containers")
    row = dict(leaves({key: value for key, value in run.items() if key not in apart}))
    images = [image["sha256"] for image in run["job_containers"]]
    return row | {"job_containers": ", ".join(images) or None, "inputs": len(run["inputs"] or ())}


def leaves(tree: Any, path: Sequence[str] = ()) -> Iterator[tuple[str, Any]]:
    """What stands at the ends of maps, by its keys; a list is one thing."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from leaves(value, (*path, str(key)))
    else:
        yield ".".join(path), ", ".join(map(str, tree)) if isinstance(tree, list) else tree


if __name__ == "__main__":
    with job(snakemake.log[0]):
        run_pages(
            record=snakemake.params.record,
            outputs=dict(snakemake.output.items()),
        )
