"""Mutation testing: do the tests notice an error planted in reconstruction, attacks or statistics?

    make mutation                       # every mutant: hours
    make mutation SAMPLE=25             # 25 mutants of each module, chosen by module and seed
    .checks/bin/python tools/mutation.py --sample 25 --only statistics --again

cosmic-ray makes the mutants in a copy of the checkout. Each has one changed operator, number or
branch. A mutant is tested by the tests of its module alone (the file of its name and those in
`FURTHER_TESTS`), in a fork of a process that has the libraries loaded (tools/forked_tests.py). The
results are stored in .checks/mutation, by the module's text, so an interrupted run can continue.

Left out is what says nothing of the tests: mutants in type annotations, mutants that are no Python,
and replacements that fail on almost any value, such as a shift in place of a sum.
"""

import argparse
import ast
import hashlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import NormalDist
from tempfile import TemporaryDirectory

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".checks" / "mutation"
MODULES = [
    "reconattack/frames/geometry.py",
    "reconattack/reconstruction/reconstruction.py",
    "reconattack/reconstruction/scan_conversion.py",
    "reconattack/reconstruction/steps.py",
    "reconattack/evidence/statistics.py",
    "reconattack/evidence/bootstrap.py",
    "reconattack/attacks/*.py",
    "reconattack/attacks/methods/*.py",
    "reconattack/attacks/white_box/slopes.py",
]
PICTURES = [
    "tests/frames/test_geometry.py",
    "tests/reconstruction/test_scan_conversion.py",
    "tests/reconstruction/test_steps.py",
    "tests/reconstruction/test_reconstruction.py",
    "tests/readers/test_liver_mask.py",
    "tests/readers/test_real_frames.py",
    "tests/reconstruction/test_against_itk.py",
]
PUBLISHED = ["tests/evidence/test_published_examples.py"]
SEARCHES = ["tests/attacks/test_search.py"]  # which holds every search to the same contract
LATTICE = ["tests/attacks/test_against_lattice.py"]
FURTHER_TESTS = {
    "geometry": PICTURES,
    "reconstruction": PICTURES,
    "scan_conversion": PICTURES,
    "steps": PICTURES,
    "statistics": PUBLISHED,
    "bootstrap": PUBLISHED,
    "random": SEARCHES,
    "corners": [*SEARCHES, *LATTICE],
    "gradient": SEARCHES,
    "direct": SEARCHES,
    "cobyqa": SEARCHES,
    "cma": SEARCHES,
    "differential_evolution": SEARCHES,
    "slopes": ["tests/classifiers/test_derived.py::test_slopes_are_those_of_what_is_attacked"],
    "space": LATTICE,
    "lattice": LATTICE,
    "zoo": LATTICE,
    "grid": LATTICE,
    "minimal": ["tests/attacks/methods/test_minimal_order.py", *LATTICE],
}
TARGETS = {  # of a replaced operator, by what it replaces
    "Binary": [
        ("Add Sub Mul Div FloorDiv Mod Pow", "Add Sub Mul Div"),
        ("BitOr BitAnd BitXor",) * 2,
    ],
    "Comparison": [("Is IsNot",) * 2, ("Eq NotEq Lt LtE Gt GtE",) * 2],
    "Unary": [("Delete", "USub Not Invert")],
}
SURVIVED, KILLED, LATE = "survived", "killed", "timeout"


def main() -> None:
    """Judge the mutants that the command line asks for; print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, help="number of mutants per module; default: all")
    parser.add_argument("--seed", default="0", help="seed of the sample")
    parser.add_argument("--only", nargs="+", help="names of modules, such as statistics")
    parser.add_argument("--again", action="store_true", help="test survivors again")
    chosen = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    tables = []
    with TemporaryDirectory(prefix="checkout-", dir=KEPT) as folder:
        copy_checkout(Path(folder))
        for name in names_of_modules(chosen.only):
            results = judged(Path(folder), name, chosen.sample, chosen.seed, chosen.again)
            if results:
                tables.append((name, results))
                print(row(name, results), flush=True)
    report = "\n".join([*table(tables), "", *survivors(tables)])
    (KEPT / "report.md").write_text(report + "\n")
    print(f"\n{report}")


def names_of_modules(only: list[str] | None) -> list[str]:
    """Paths of the modules from the root, of all or of some names."""
    paths = [path for pattern in MODULES for path in sorted(ROOT.glob(pattern))]
    return [str(path.relative_to(ROOT)) for path in paths if not only or path.stem in only]


def copy_checkout(folder: Path) -> None:
    """Copy what git knows or could add, as it stands, and lead to the real frames beside it."""
    listed = subprocess.run(  # noqa: S603 - no shell, and no word from outside
        [shutil.which("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    shared = ROOT.parent / "shared"
    if shared.is_dir() and not (folder.parent / "shared").exists():
        (folder.parent / "shared").symlink_to(shared.resolve())


def judged(
    folder: Path, name: str, sample: int | None, seed: str, again: bool
) -> list[tuple[WorkItem, WorkResult]]:
    """The chosen mutants of a module and what became of each."""
    path = folder / name
    source = path.read_text()
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    with use_db(str(KEPT / f"{path.stem}.{digest}.sqlite")) as kept:
        if not kept.num_work_items:
            init([path], kept, {})
        mutants = {item.job_id: item for item in telling(kept, source)}
        ids = list(mutants)
        if sample is not None and sample < len(ids):
            ids = Random(f"{path.stem} {seed}").sample(ids, sample)  # noqa: S311
        known = {job: result for job, result in kept.results if job in ids}
        if again:
            known = {job: result for job, result in known.items() if result.output != SURVIVED}
        waiting = [mutants[job] for job in ids if job not in known]
        for item, result in results_of(folder, name, waiting):
            kept.set_result(item.job_id, result)
            known[item.job_id] = result
    return [(mutants[job], known[job]) for job in ids]


def telling(kept: WorkDB, source: str) -> Iterator[WorkItem]:
    """Mutants that say something of the tests, in an order that does not change."""
    annotations = list(places_of_annotations(ast.parse(source)))

    def place(item: WorkItem) -> tuple[tuple[int, int], str, int]:
        (mutation,) = item.mutations
        return mutation.start_pos, mutation.operator_name, mutation.occurrence

    for item in sorted(kept.work_items, key=place):
        (mutation,) = item.mutations
        annotated = any(first <= mutation.start_pos < last for first, last in annotations)
        if not annotated and is_telling(mutation.operator_name) and compiles(source, item):
            yield item


def places_of_annotations(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Start and end (line, column) of every type annotation."""
    for node in ast.walk(tree):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if annotation is not None:
                yield (
                    (annotation.lineno, annotation.col_offset),
                    (annotation.end_lineno, annotation.end_col_offset),
                )


def is_telling(operator: str) -> bool:
    """Whether what replaces an operator is one that such values have."""
    replaced = re.fullmatch(r"core/Replace(\w+)Operator_(\w+)_(\w+)", operator)
    if not replaced:
        return True
    kind, before, after = replaced.groups()
    return any(before in old.split() and after in new.split() for old, new in TARGETS[kind])


def compiles(source: str, item: WorkItem) -> bool:
    """Whether a mutant is Python."""
    try:
        ast.parse(mutated(source, item))
    except SyntaxError:
        return False
    return True


def mutated(source: str, item: WorkItem) -> str:
    """The module's text as the mutant has it."""
    (mutation,) = item.mutations
    operator = get_operator(mutation.operator_name)(**mutation.operator_args)
    return mutate_code(source, operator, mutation.occurrence)


def results_of(
    folder: Path, name: str, mutants: list[WorkItem]
) -> Iterator[tuple[WorkItem, WorkResult]]:
    """Write one mutant after another in place of the module and run its tests."""
    if not mutants:
        return
    path, source = folder / name, (folder / name).read_text()
    own = Path(name).relative_to("reconattack").with_name(f"test_{path.name}")
    tests = dict.fromkeys([f"tests/{own}", *FURTHER_TESTS.get(path.stem, [])])
    command = [ROOT / ".venv/bin/python", "-B", "tools/forked_tests.py", *tests]
    with subprocess.Popen(  # noqa: S603
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def outcome(limit: float) -> str:
            print(limit, file=process.stdin, flush=True)
            return process.stdout.readline().strip()

        started = time.monotonic()
        if outcome(600) != SURVIVED:
            sys.exit(f"{', '.join(tests)} do not pass on {path.name} as it is")
        limit = 10 + 4 * (time.monotonic() - started)
        for item in mutants:
            changed = mutated(source, item)
            try:
                path.write_text(changed)
                found = outcome(limit)
            finally:
                path.write_text(source)
            if found not in (SURVIVED, KILLED, LATE):
                sys.exit(f"tools/forked_tests.py ended at a mutant of {path.name}")
            yield item, work_result(found, difference(source, changed))
        process.stdin.close()


def work_result(found: str, changed: str) -> WorkResult:
    """What cosmic-ray keeps of a mutant; one that runs for ever is noticed."""
    outcome = TestOutcome.SURVIVED if found == SURVIVED else TestOutcome.KILLED
    return WorkResult(WorkerOutcome.NORMAL, found, outcome, changed)


def difference(source: str, changed: str) -> str:
    """The lines that a mutant has otherwise, with their number."""
    pairs = zip(source.splitlines(), changed.splitlines(), strict=False)
    return "\n".join(
        f"{number}: {before.strip()}  ->  {after.strip()}"
        for number, (before, after) in enumerate(pairs, 1)
        if before != after
    )


def table(tables: list[tuple[str, list[tuple[WorkItem, WorkResult]]]]) -> list[str]:
    """Lines of a Markdown table, a row for each module and one for all."""
    together = [result for _, results in tables for result in results]
    return [
        "| module | mutants | killed | timed out | survived | noticed (95 %, Wilson) |",
        "|---|---:|---:|---:|---:|---:|",
        *(row(*one) for one in tables),
        row("all", together),
    ]


def row(name: str, results: list[tuple[WorkItem, WorkResult]]) -> str:
    """One module's row."""
    found = [result.output for _, result in results]
    counts = [found.count(kind) for kind in (KILLED, LATE, SURVIVED)]
    share, low, high = (
        f"{100 * value:.0f}" for value in noticed(counts[0] + counts[1], len(found))
    )
    cells = [f"`{name}`", len(found), *counts, f"{share} % ({low} to {high} %)"]
    return f"| {' | '.join(map(str, cells))} |"


def noticed(hits: int, n: int) -> tuple[float, float, float]:
    """Share and its Wilson interval."""
    if n == 0:
        return (0.0, 0.0, 1.0)
    z, share = NormalDist().inv_cdf(0.975), hits / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    return share, middle - half, middle + half


def survivors(tables: list[tuple[str, list[tuple[WorkItem, WorkResult]]]]) -> Iterator[str]:
    """A line for each mutant that no test noticed."""
    for name, results in tables:
        for item, result in results:
            if result.output == SURVIVED:
                operator = item.mutations[0].operator_name.removeprefix("core/")
                yield f"- `{name}` {operator}, line {result.diff}"


if __name__ == "__main__":
    main()
