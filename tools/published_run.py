"""Compare the results of a run with those of the published run, file by file.

    python tools/published_run.py [--run NAME] [--publish] [FOLDER]

FOLDER is where `results` lies. docs/published/NAME/digests.csv has the SHA-256 of the content of
each file with numbers, docs/published/NAME/configuration.yaml the configuration that made them. A
file that differs is named, and, where its table is published, by how much each column differs.
Exit status: 0 if all files are the same or the configuration is another one, 1 if a file differs, 2
if there is no finished run. `--publish` stores FOLDER's run in place of the published one.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pandas as pd
import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from reconattack.errors import InputError  # noqa: E402
from reconattack.run import provenance  # noqa: E402
from reconattack.storage import read_table, sha256, trace  # noqa: E402
from tools.verify import TIMED, parts_that_differ  # noqa: E402

PUBLISHED = CHECKOUT / "docs" / "published"
DIGESTS = "digests.csv"
CONFIGURATION = "configuration.yaml"
# The keys of a configuration that its numbers follow from.
KEYS = (
    *("run", "validation", "cohorts", "scanners", "reconstruction", "models", "accidental"),
    *("explorer", "attacks"),
)
# What is published of each table of the default run: its columns (all if None).
TABLES = {
    "summary": None,
    "paper": None,
    "boxes": None,
    "margins": ["model", "seed", "attack", "frame", "margin_linf"],
    "accidental": [
        *("model", "seed", "distribution", "beta", "alpha_lower", "alpha_upper", "n", "n_positive"),
        *("n_labelled", "auc", "auc_low", "auc_high"),
    ],
    "envelope": None,
    "validation": None,
}
SWEEP = "sweep_beta"  # the published rows of the table `accidental`
# Files with numbers; a network counts once, in the form that classifies. The numbers of the figures
# follow from the others.
SUFFIXES = (".nc", ".onnx", ".csv")
NO_NUMBERS = ("benchmarks", "card", "checklists", "figures", "logs", "partial", "report")
ON_REQUEST = ("validation.csv", "reference_levels.csv", "small_change.csv")
ORIGIN = tuple(trace({}, []))  # attributes that name the code and the inputs of a file


def digests(results: Path, configuration: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of the content of each file with numbers, by its path in `results`.

    Parameters
    ----------
    results
        The folder of a finished run.
    configuration
        The run's configuration.
    """
    on_request = (configuration.get("validation") or {}).get("cohort")
    found = {}
    for path in sorted(results.rglob("*")):
        kind, *between = path.relative_to(results).parts
        is_hidden = path.name.startswith(".tmp-") or path.name in (*TIMED, *ON_REQUEST)
        if path.suffix not in SUFFIXES or kind in NO_NUMBERS or is_hidden or on_request in between:
            continue
        found[path.relative_to(results).as_posix()] = digest(path)
    return found


def digest(path: Path) -> str:
    """SHA-256 of what a file says.

    NetCDF files carry the digest of the code that made them and are compressed by a library, so it
    is that of their variables and attributes, except where they came from.
    """
    if path.suffix != ".nc":
        return sha256(path)
    found = hashlib.sha256()
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        _add_group(found, file)
    return found.hexdigest()


def _add_group(found: Any, group: netCDF4.Dataset) -> None:
    _add_attributes(found, group)
    for name, variable in sorted(group.variables.items()):
        values = np.asarray(variable[...])
        found.update(repr((name, variable.dimensions, values.shape, str(values.dtype))).encode())
        _add_attributes(found, variable)
        text = values.dtype.kind in "OU"
        found.update(repr(values.tolist()).encode() if text else np.ascontiguousarray(values))
    for name, inner in sorted(group.groups.items()):
        found.update(repr(name).encode())
        _add_group(found, inner)


def _add_attributes(found: Any, part: Any) -> None:
    names = sorted(set(part.ncattrs()) - set(ORIGIN))
    found.update(
        repr([(name, np.asarray(part.getncattr(name)).tolist()) for name in names]).encode()
    )


def finished_run(results: Path) -> Mapping[str, Any]:
    """The record of the newest run in a folder of results.

    Raises
    ------
    InputError
        If it has not ended, or failed.
    """
    record = provenance.runs(results / "provenance.json")
    if not record or not record[-1]["succeeded"]:
        raise InputError(
            f"{results}: no finished run; expected the folder of one, as make reproduce leaves it"
        )
    return record[-1]


def publish(results: Path, folder: Path) -> None:
    """Store a finished run: its digests, its configuration and the published part of its tables.

    Raises
    ------
    InputError
        If there is no finished run.
    """
    configuration = finished_run(results)["configuration"]
    folder.mkdir(parents=True, exist_ok=True)
    rows = pd.DataFrame(digests(results, configuration).items(), columns=["file", "sha256"])
    rows.to_csv(folder / DIGESTS, index=False)
    text = yaml.safe_dump({key: configuration.get(key) for key in KEYS}, sort_keys=False)
    (folder / CONFIGURATION).write_text(text, encoding="utf-8")
    for name in TABLES:
        table = results / "tables" / f"{name}.csv"
        if table.exists():
            rows = pd.read_csv(table, dtype=str, keep_default_na=False)  # digits as they are
            published_part(name, rows).to_csv(folder / table.name, index=False)


def published_part(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows and columns of a table that are published."""
    if name == "accidental":
        rows = rows[rows["distribution"] == SWEEP]
    return rows[TABLES[name] or list(rows)]


def comparison(results: Path, published: Path) -> tuple[bool, str]:
    """Whether a run gave the published numbers, and what to say of it.

    Parameters
    ----------
    results
        The folder of a finished run.
    published
        The folder of the published run.

    Raises
    ------
    InputError
        If there is no finished run.
    """
    newest = finished_run(results)
    configuration = newest["configuration"]
    known = yaml.safe_load((published / CONFIGURATION).read_text(encoding="utf-8"))
    others = [key for key, value in known.items() if configuration.get(key) != value]
    if others:
        return True, (
            f"Not compared with the published run: {', '.join(others)} of the configuration "
            f"{'is' if len(others) == 1 else 'are'} not as published"
        )
    expected = pd.read_csv(published / DIGESTS, index_col="file")["sha256"].to_dict()
    found = digests(results, configuration)
    files = sorted(expected | found)
    differ = [file for file in files if found.get(file) != expected.get(file)]
    same = f"The same as the published run: {len(files) - len(differ)} of {len(files)} files"
    if not differ:
        return True, same
    width = max(map(len, differ))
    lines = [
        f"  {file:{width}}  {_difference(file, found, expected, results, published)}"
        for file in differ
    ]
    return False, "\n".join([same, "These differ:", *lines, _made(newest)])


def _difference(
    file: str, found: Mapping, expected: Mapping, results: Path, published: Path
) -> str:
    """How a file differs from the published one; by how much where its table is published."""
    if file not in found:
        return "is missing"
    if file not in expected:
        return "is not in the published run"
    table = published / Path(file).name
    if not file.startswith("tables/") or table.stem not in TABLES or not table.exists():
        return "other content"
    theirs, ours = read_table(table), published_part(table.stem, read_table(results / file))
    if list(ours) != list(theirs) or len(ours) != len(theirs):
        return "other rows or columns"
    if ours.equals(theirs.set_axis(ours.index)):
        return "other content outside of the published part"
    return "; ".join(parts_that_differ({name: [(theirs[name], ours[name])] for name in theirs}))


def _made(newest: Mapping[str, Any]) -> str:
    """Where a run was made, and what is promised there."""
    code = newest["code"]["commit"]
    return (
        f"This run was made on {newest['host']['processor']}, from "
        f"{f'commit {code[:7]}' if code else 'code outside of git'}. docs/reliability.md says "
        "which results are the same on every processor"
    )


def main() -> int:
    """Compare the run that the command line names; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="FOLDER")
    parser.add_argument("--run", default="default", metavar="NAME")
    parser.add_argument("--publish", action="store_true", help="store the run instead")
    arguments = parser.parse_args()
    try:
        if arguments.publish:
            publish(arguments.folder / "results", PUBLISHED / arguments.run)
        is_same, text = comparison(arguments.folder / "results", PUBLISHED / arguments.run)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(text)
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
