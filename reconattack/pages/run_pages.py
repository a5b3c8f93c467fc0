"""The record of runs as tables for the report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd


def run_tables(runs: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, pd.DataFrame]]:
    """Title and table of each page.

    Parameters
    ----------
    runs
        The entries of `results/provenance.json`, the newest last, at least one.

    Returns
    -------
    dict
        `runs`, a row per run, and `configuration` and `packages` of the newest run.
    """
    newest = runs[-1]
    configuration = pd.DataFrame(leaves(newest["configuration"]), columns=["key", "value"])
    packages = pd.DataFrame(newest["packages"].items(), columns=["package", "version"])
    return {
        "runs": ("Runs that made these results", pd.DataFrame(map(run_row, runs))),
        "configuration": ("Configuration", configuration),
        "packages": ("Packages", packages),
    }


def run_row(run: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a run without its configuration and packages."""
    apart = ("configuration", "packages", "inputs", "job_containers")
    row = dict(leaves({key: value for key, value in run.items() if key not in apart}))
    images = [image["sha256"] for image in run["job_containers"]]
    return row | {"job_containers": ", ".join(images) or None, "inputs": len(run["inputs"] or ())}


def leaves(tree: Any, path: Sequence[str] = ()) -> Iterator[tuple[str, Any]]:
    """The values in a tree of maps, each with its keys joined by dots; a list is one value."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from leaves(value, (*path, str(key)))
    else:
        yield ".".join(path), ", ".join(map(str, tree)) if isinstance(tree, list) else tree
