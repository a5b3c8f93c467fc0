"""Unlock the current folder after a run that was cut off, if no process of that run still lives.

Snakemake locks the folder in which it works. If it was killed (SIGKILL, power, a closed session),
the lock stays and its jobs may still run: a second run could read or overwrite their files.
`make reproduce` calls this first. If you start Snakemake by hand, it asks you to use --unlock.

A lock belongs to the user who owns its files, and only processes of that user can have made it. The
processes of that user on this computer are searched: Snakemake itself and its script jobs, which
work in the folder. Other computers that share the folder, and containers whose processes this
computer hides, cannot be searched; the message says so.
"""

import subprocess
import sys
from pathlib import Path

import psutil

LOCKS = Path(".snakemake/locks")
SCRIPTS = ".snakemake/scripts/"
SNAKEFILE = Path(__file__).resolve().parents[1] / "Snakefile"


def unlock() -> None:
    """Remove the lock of the current folder, or exit with what has to be done first."""
    users = {lock.stat().st_uid for lock in LOCKS.glob("*.lock")}
    if not users:
        return
    owners = living_owners(Path.cwd(), users)
    if owners:
        numbers = " ".join(str(owner.pid) for owner in owners)
        lines = [f"  process {owner.pid}: {' '.join(owner.info['cmdline'])}" for owner in owners]
        sys.exit(
            "\n".join(
                [
                    f"{Path.cwd()} is locked by a run that still works, or may work, here:",
                    *lines,
                    "Wait until it has ended, or end it, then start again. To end it: "
                    f"kill {numbers}",
                ]
            )
        )
    print(
        "The last run here was cut off and none of its processes lives on this computer: "
        "unlocking. (Should another computer or a container work in this folder, stop this run.)"
    )
    # No shell reads it, and it is the same whatever the folder holds.
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "snakemake", "--snakefile", SNAKEFILE, "--unlock"], check=True
    )


def living_owners(folder: Path, users: set[int]) -> list[psutil.Process]:
    """Processes of some users that work in a folder for Snakemake, or may do so.

    A process whose working folder cannot be read counts, since nothing proves that it is another.
    """
    fields = ["cmdline", "cwd", "uids"]
    return [
        process
        for process in psutil.process_iter(fields)
        if process.info["uids"].real in users
        and is_of_snakemake(process.info["cmdline"] or [])
        and process.info["cwd"] in (None, str(folder))
    ]


def is_of_snakemake(command: list[str]) -> bool:
    """Whether a command line is Snakemake's or one of its script jobs'."""
    return any(Path(word).name == "snakemake" or SCRIPTS in word for word in command)


if __name__ == "__main__":
    unlock()
