"""Make a sample of finished results again and compare it with the stored files.

    python tools/verify.py [--sample N] [--seed S] [--only attacks,tables] [FOLDER]

FOLDER is where `results` lies. N files of each kind of result are chosen. They are made again from
their inputs, by the configuration of the newest run, in a folder that is removed afterwards;
nothing in `results` is touched. Exit status: 0 if every file is the same bit for bit, 1 if one is
not, 2 if nothing could be compared.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import xarray as xr
import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from reconattack.errors import InputError  # noqa: E402
from reconattack.run import provenance  # noqa: E402
from reconattack.run.processor import keep_to_shared_instructions  # noqa: E402
from reconattack.seeds import seed_of  # noqa: E402
from reconattack.storage import read_table, sha256  # noqa: E402

# They tell when, where and how fast something was made, or are made of what does.
PASSING = ("README.md", "benchmarks", "logs", "partial", "provenance.json", "report", "report.html")
TIMED = ("timings.csv", "defences_timings.csv")


def verify(folder: Path, sample: int, seed: int, only: Sequence[str]) -> bool:
    """Print a line for each file that was made again; whether all are the same bit for bit."""
    record = provenance.runs(folder / "results" / "provenance.json")
    if not record:
        raise InputError(
            f"{folder}: no results/provenance.json; expected a folder in which a run has ended"
        )
    files = chosen(folder, sample, seed, only)
    if not files:
        raise InputError(
            f"{folder / 'results'}: holds no results{' of ' if only else ''}{', '.join(only)}"
        )
    with TemporaryDirectory(dir=folder, prefix=".verify-") as name:
        again = Path(name)
        configuration = again / "configuration.yaml"
        text = yaml.safe_dump(record[-1]["configuration"], sort_keys=False)  # an order is a change
        configuration.write_text(text, encoding="utf-8")
        refuse_stale(folder, files, configuration)
        copy_inputs(folder, again)
        print(f"Making {len(files)} of the results again", flush=True)
        snakemake(again, configuration, "--force", *files, "--cores", str(os.cpu_count()))
        answers = [compared(folder / file, again / file) for file in files]
    width = max(map(len, files))
    for file, answer in zip(files, answers, strict=True):
        print(f"{file:{width}}  {answer or 'the same bits'}")
    same = sum(answer is None for answer in answers)
    print(f"{same} of {len(files)} files are the same bit for bit")
    made, here = record[-1]["host"]["processor"], provenance.processor()
    if same < len(files) and made != here:
        print(
            f"They were made on {made}; this is {here}. docs/reliability.md says how far the "
            "results of two processors may differ."
        )
    return same == len(files)


def chosen(folder: Path, sample: int, seed: int, only: Sequence[str]) -> list[str]:
    """A seeded sample of each kind of result, as paths from the folder."""
    kinds = defaultdict(list)
    for path in sorted((folder / "results").rglob("*")):
        kind, *rest = path.relative_to(folder / "results").parts
        if path.is_file() and kind not in PASSING and path.name not in TIMED:
            kinds[kind, path.suffix if rest else ""].append(str(path.relative_to(folder)))
    names = {kind for kind, _ in kinds}
    if unknown := set(only) - names:
        raise InputError(
            f"--only {sorted(unknown)[0]}: no such folder in {folder / 'results'}; expected one of "
            f"{', '.join(sorted(names))}"
        )
    return [
        str(file)
        for (kind, suffix), files in sorted(kinds.items())
        if not only or kind in only
        for file in np.random.default_rng(seed_of("verify", seed, kind, suffix)).choice(
            files, min(sample, len(files)), replace=False
        )
    ]


def refuse_stale(folder: Path, files: Iterable[str], configuration: Path) -> None:
    """Raise an error where a run would make the files anew: they are not what this code makes."""
    planned = snakemake(folder, configuration, "--dry-run", "--cores", "1", *files)
    if "Nothing to be done" not in planned:
        jobs = planned.partition("Job stats:")[2].partition("\n\n")[0].strip()
        raise InputError(
            f"{folder / 'results'}: not what this checkout makes of its configuration and inputs; "
            f"these would run:\n{jobs}\nFinish the run, or go to the commit that "
            "results/provenance.json names"
        )


def copy_inputs(folder: Path, again: Path) -> None:
    """Give a folder what a run needs: results as further names of the same files, all else linked.

    Jobs replace files and never write into one, so that these names cannot change the originals.
    """
    skipped = shutil.ignore_patterns("logs", "benchmarks", ".tmp-*")
    shutil.copytree(folder / "results", again / "results", copy_function=os.link, ignore=skipped)
    metadata = Path(".snakemake", "metadata")
    shutil.copytree(folder / metadata, again / metadata)
    for path in folder.iterdir():
        if path.name not in ("results", ".snakemake") and not path.name.startswith(".verify-"):
            (again / path.name).symlink_to(path)


def snakemake(folder: Path, configuration: Path, *arguments: str) -> str:
    """Run Snakemake in a folder; what it prints.

    Raises
    ------
    InputError
        If it fails, with what it printed.
    """
    command = [
        *(sys.executable, "-m", "snakemake", *arguments),
        *("--snakefile", str(CHECKOUT / "Snakefile"), "--directory", str(folder)),
        *("--configfile", str(configuration)),
    ]
    ended = subprocess.run(  # noqa: S603
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if ended.returncode:
        raise InputError(f"{folder}: Snakemake failed:\n{ended.stdout}")
    return ended.stdout


def compared(old: Path, new: Path) -> str | None:
    """How two files differ; None where they are the same bit for bit."""
    if sha256(old) == sha256(new):
        return None
    differences = DIFFERENCES.get(old.suffix)
    return f"differs: {'; '.join(differences(old, new)) if differences else 'other bits'}"


def differences_of_chunks(old: Path, new: Path) -> list[str]:
    """The variables in which two NetCDF files differ, and by how much."""
    with xr.open_datatree(old) as first, xr.open_datatree(new) as second:
        if first.groups != second.groups:
            return ["other groups"]
        found = defaultdict(list)
        for group in first.groups:
            for name, values in first[group].variables.items():
                if name not in second[group].variables:
                    return [f"{name} is not there"]
                found[name].append((values.values, second[group][name].values))
    return parts_that_differ(found)


def differences_of_tables(old: Path, new: Path) -> list[str]:
    """The columns in which two CSV files differ, and by how much."""
    first, second = read_table(old), read_table(new)
    if list(first) != list(second) or len(first) != len(second):
        return ["other rows or columns"]
    return parts_that_differ({name: [(first[name], second[name])] for name in first})


def parts_that_differ(parts: dict[str, list]) -> list[str]:
    """For each part that is not the same: which share of its values, and the largest difference."""
    said = []
    for name, pairs in parts.items():
        if any(np.shape(first) != np.shape(second) for first, second in pairs):
            said.append(f"{name} of another shape")
            continue
        first, second = (np.concatenate([np.ravel(pair[i]) for pair in pairs]) for i in (0, 1))
        differ = ~((first == second) | (pd.isna(first) & pd.isna(second)))
        if differ.any():
            largest = ""
            if first.dtype.kind in "iuf" and second.dtype.kind in "iuf":
                largest = f" by at most {np.nanmax(np.abs(first.astype(float) - second)):.2g}"
            said.append(f"{name} in {differ.sum()} of {differ.size}{largest}")
    return said or ["attributes or order alone"]


DIFFERENCES: dict[str, Callable[[Path, Path], list[str]]] = {
    ".nc": differences_of_chunks,
    ".csv": differences_of_tables,
}


def main() -> None:
    """Verify what the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="FOLDER")
    parser.add_argument(
        "--sample", type=int, default=1, help="number of files of each kind; default 1"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample; default 0")
    parser.add_argument(
        "--only",
        type=lambda names: [name.strip() for name in names.split(",")],
        default=[],
        metavar="NAME,NAME",
        help="folders of results to check, such as attacks,tables",
    )
    arguments = parser.parse_args()
    keep_to_shared_instructions()
    try:
        same = verify(arguments.folder.resolve(), arguments.sample, arguments.seed, arguments.only)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
