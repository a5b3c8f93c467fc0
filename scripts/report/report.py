"""The report: Snakemake's own, of everything that the run has made for it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from reconattack.errors import InputError
from reconattack.run.jobs import job
from reconattack.storage import replacing

HEAD = "<head>"
# Its own scripts, which Vega writes some of itself, and what they show out of this very file.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; frame-src data:; base-uri 'none'; form-action 'none'"
)


def report(
    contents: Sequence[str], configuration: Mapping[str, Any], checkout: Path, output: str
) -> None:
    """Write the report of `contents`, by Snakemake in this folder and of the same configuration.

    It only reads for that, and takes no lock. A Content-Security-Policy keeps the report from
    loading or sending anything.

    Raises
    ------
    InputError
        If it fails; what it printed is in the log.
    """
    with TemporaryDirectory() as folder, replacing(Path(output).absolute()) as temporary:
        file = Path(folder, "config.yaml")
        file.write_text(yaml.safe_dump(plain(configuration)), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "snakemake", *contents),
            *("--snakefile", str(checkout / "Snakefile"), "--directory", str(Path.cwd())),
            *("--configfile", str(file), "--report", str(temporary)),
            *("--report-stylesheet", str(checkout / "report" / "report.css")),
        ]
        # No shell reads it; what comes from the configuration are names of this run's own files.
        if subprocess.run(command, cwd=checkout).returncode:  # noqa: S603
            raise InputError(f"{output}: Snakemake could not make its report; see the log")
        temporary.write_text(with_policy(temporary.read_text(encoding="utf-8")), encoding="utf-8")


def with_policy(page: str) -> str:
    """Snakemake's page, which cannot reach beyond itself."""
    before, head, after = page.partition(HEAD)
    if not head:
        raise InputError(f"Snakemake's report has no {HEAD}; expected one, for its policy")
    return f'{before}{head}<meta http-equiv="Content-Security-Policy" content="{POLICY}">{after}'


def plain(tree: Any) -> Any:
    """The same of plain maps and lists, which YAML can write."""
    if isinstance(tree, Mapping):
        return {key: plain(value) for key, value in tree.items()}
    return [plain(value) for value in tree] if isinstance(tree, list) else tree


if __name__ == "__main__":
    with job(snakemake.log[0]):
        report(
            contents=snakemake.input,
            configuration=snakemake.config,
            checkout=Path(snakemake.scriptdir).parent,
            output=snakemake.output.report,
        )
