"""Look up the locked packages in public advisories: audit.py [--strict] LOCK...

A known vulnerability is a failure, unless it is listed below with the reason why it does no harm
here. If no service can be reached, or none knows a package, the package is printed as NOT CHECKED.
This is a failure only with --strict, so that a computer without a network can do the other checks.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AUDITOR = Path(__file__).resolve().parents[1] / ".checks" / "bin" / "pip-audit"
SERVICES = ("pypi", "osv")  # the second is asked where the first does not answer
ACCEPTED: dict[str, str] = {}  # of an advisory: why it does no harm here


@dataclass(frozen=True)
class Audit:
    """What is known of a lock: advisories by package, and packages nobody could be asked about."""

    vulnerable: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    unchecked: list[str] = field(default_factory=list)
    n_checked: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--strict", action="store_true", help="fail if a package cannot be checked")
    parser.add_argument("locks", nargs="+", metavar="LOCK", help="a file of pinned requirements")
    given = parser.parse_args(arguments)
    for lock in given.locks:
        if not Path(lock).is_file():
            parser.error(f"{lock}: no such file; expected a file of pinned requirements")
    audits = {lock: audit(lock) for lock in given.locks}
    for lock, found in audits.items():
        print("\n".join(said(lock, found)))
    harmful = any(any(harm(found)) for found in audits.values())
    unchecked = any(found.unchecked for found in audits.values())
    return int(harmful or (given.strict and unchecked))


def audit(lock: str) -> Audit:
    """What the first service says that answers at all."""
    for service in SERVICES:
        found = read_answer(answer(lock, service))
        if found.n_checked:
            return found
    return found


def answer(lock: str, service: str) -> str:
    """What pip-audit prints of a lock: JSON, or nothing where the service cannot be reached."""
    command = [AUDITOR, "--requirement", lock, "--disable-pip", "--require-hashes"]
    command += ["--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"]
    # No shell reads it; the lock is named by whoever calls this.
    ended = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    if ended.returncode and not ended.stdout.strip():
        print(*ended.stderr.strip().splitlines()[-1:], file=sys.stderr)
    return ended.stdout


def read_answer(text: str) -> Audit:
    """The same in order; a package that pip-audit passed over is one that was not checked."""
    if not text.strip():
        return Audit(unchecked=["no service can be reached"])
    packages = json.loads(text)["dependencies"]
    checked = [package for package in packages if "vulns" in package]
    return Audit(
        {f"{p['name']} {p['version']}": p["vulns"] for p in checked if p["vulns"]},
        [f"{p['name']}: {p['skip_reason']}" for p in packages if "vulns" not in p],
        len(checked),
    )


def harm(found: Audit) -> Iterator[str]:
    """Advisories that are not accepted."""
    for package, advisories in found.vulnerable.items():
        for advisory in advisories:
            if not ACCEPTED.keys() & names_of(advisory):
                fixed = ", ".join(advisory["fix_versions"]) or "no version"
                yield f"VULNERABLE: {package}: {advisory['id']}, mended in {fixed}"


def names_of(advisory: Mapping[str, Any]) -> set[str]:
    return {advisory["id"], *advisory.get("aliases", ())}


def said(lock: str, found: Audit) -> Iterator[str]:
    """A line for each thing that was found, and one in the end that sums up."""
    yield from (f"{lock}: {line}" for line in harm(found))
    for package, advisories in found.vulnerable.items():
        for advisory in advisories:
            for name in sorted(ACCEPTED.keys() & names_of(advisory)):
                yield f"{lock}: accepted: {package}: {name}: {ACCEPTED[name]}"
    if found.n_checked:
        yield from (f"{lock}: NOT CHECKED: {package}" for package in found.unchecked)
        yield f"{lock}: {found.n_checked} packages checked against public advisories"
    else:
        first, *others = found.unchecked
        reason = f"none of {1 + len(others)} packages is known there" if others else first
        yield f"{lock}: NOT CHECKED against advisories: {reason}"


if __name__ == "__main__":
    sys.exit(main())
