"""Make the report: Snakemake's own report of everything that the run has made for it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from reconattack.errors import InputError
from reconattack.run.jobs import run_rule
from reconattack.storage import replacing

CHECKOUT = Path(__file__).parents[2]
NAME = "results/report.html"
HEAD = "<head>"
# The report's scripts, some of which Vega writes itself, and what they show from within the file.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; frame-src data:; base-uri 'none'; form-action 'none'"
)


def report(contents: Sequence[str], configuration: Mapping[str, Any], page: str) -> None:
    """Write the report of `contents`, by a Snakemake in this folder with the same configuration.

    That Snakemake only reads and takes no lock. A Content-Security-Policy keeps the report from
    loading or sending anything.

    Parameters
    ----------
    contents
        The results that the report shows.
    configuration
        The configuration of the run.
    page
        The HTML file.

    Raises
    ------
    InputError
        If Snakemake fails; what it printed is in the log.
    """
    with TemporaryDirectory() as folder, replacing(Path(page).absolute()) as temporary:
        file = Path(folder, "config.yaml")
        file.write_text(yaml.safe_dump(plain(configuration)), encoding="utf-8")
        snakefile = CHECKOUT / "Snakefile"
        if page.endswith(f"/{NAME}"):
            snakefile = Path(folder, "Snakefile")
            snakefile.write_text(importing(page.removesuffix(NAME)), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "snakemake", *contents),
            *("--snakefile", str(snakefile), "--directory", str(Path.cwd())),
            *("--configfile", str(file), "--report", str(temporary)),
            *("--report-stylesheet", str(CHECKOUT / "report" / "report.css")),
        ]
        # No shell reads it; what comes from the configuration are names of this run's own files.
        if subprocess.run(command, cwd=CHECKOUT).returncode:  # noqa: S603
            raise InputError(f"{page}: Snakemake could not make its report; see the log")
        temporary.write_text(with_policy(temporary.read_text(encoding="utf-8")), encoding="utf-8")


def importing(prefix: str) -> str:
    """A Snakefile that imports this workflow, with a prefix before the paths of its results."""
    return f"""
module reconattack:
    snakefile: {str(CHECKOUT / "Snakefile")!r}
    config: config
    prefix: {prefix!r}

use rule * from reconattack
"""


def with_policy(page: str) -> str:
    """Snakemake's page with a policy by which it cannot reach beyond itself."""
    before, head, after = page.partition(HEAD)
    if not head:
        raise InputError(f"Snakemake's report has no {HEAD}; expected one, for its policy")
    return f'{before}{head}<meta http-equiv="Content-Security-Policy" content="{POLICY}">{after}'


def plain(tree: Any) -> Any:
    """The same tree of plain maps and lists, which YAML can write."""
    if isinstance(tree, Mapping):
        return {key: plain(value) for key, value in tree.items()}
    return [plain(value) for value in tree] if isinstance(tree, list) else tree


if __name__ == "__main__":
    run_rule(report, snakemake)
