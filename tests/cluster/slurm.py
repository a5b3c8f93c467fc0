"""A Slurm of two nodes on this host, and a run of the workflow that sends its jobs there."""

import dataclasses
import re
import subprocess
from collections.abc import Collection
from pathlib import Path

import psutil

from tests.workflow.workflow_run import Workflow, wait_until

LIMIT_S = 1500  # where two nodes share the cores of one small machine
RUN_ID = "SLURM run ID: "


@dataclasses.dataclass(frozen=True)
class Job:
    """What Slurm tells of a job."""

    number: str
    state: str
    limit: str
    node: str


@dataclasses.dataclass(frozen=True)
class Slurm:
    """The controller and the nodes n1 and n2, as processes of this host."""

    folder: Path

    def jobs(self, run: str) -> list[Job]:
        """Jobs of a run, finished ones too for ten minutes."""
        listed = subprocess.run(
            ["squeue", "--states=all", "--noheader", "--name", run, "--format", "%i|%T|%l|%N"],
            capture_output=True,
            text=True,
            check=True,
        )
        return [Job(*line.split("|")) for line in listed.stdout.splitlines()]

    def job(self, run: str, number: str) -> Job:
        return next(job for job in self.jobs(run) if job.number == number)

    def nodes(self, numbers: Collection[str]) -> set[str]:
        """Where the jobs of these numbers were started, however long ago."""
        log = (self.folder / "log" / "slurmctld.log").read_text()
        started = re.findall(r"JobId=(\d+) (?:NodeList=|in debug on )(\w+)", log)
        return {node for number, node in started if number in numbers}

    def stop_controller(self) -> None:
        """Kill the controller as a crash would."""
        _kill(self._pid("slurmctld"))

    def start_controller(self) -> None:
        """Start it from the state that it had written."""
        subprocess.run(["slurmctld"], check=True)

    def kill_node(self, node: str) -> None:
        """Kill a node's daemon and everything that runs there."""
        log = str(self.folder / "log" / f"slurmd.{node}.log")
        steps = [
            process
            for process in psutil.process_iter(["name"])
            if process.info["name"] == "slurmstepd"
            and log in [file.path for file in process.open_files()]
        ]
        assert steps, f"nothing runs on {node}"
        _kill(self._pid(f"slurmd.{node}"))
        for step in steps:
            for process in [*step.children(recursive=True), step]:
                process.kill()

    def start_node(self, node: str) -> None:
        subprocess.run(["slurmd", "-N", node], check=True)
        wait_until(lambda: "idle" in self.node_state(node))

    def node_state(self, node: str) -> str:
        listed = subprocess.run(
            ["sinfo", "--noheader", "--nodes", node, "--format", "%t"],
            capture_output=True,
            text=True,
            check=True,
        )
        return listed.stdout.strip()

    def _pid(self, daemon: str) -> int:
        return int((self.folder / f"{daemon}.pid").read_text())


@dataclasses.dataclass(frozen=True)
class SlurmWorkflow(Workflow):
    """A run by a profile for Slurm; its terminal goes to a file."""

    profile: str = "slurm"

    @property
    def terminal(self) -> Path:
        return self.folder / "terminal.txt"

    @property
    def name(self) -> str:
        """What Slurm calls each job of the run."""
        text = self.terminal.read_text()
        return text.split(RUN_ID, 1)[1].split()[0] if RUN_ID in text else ""

    def submitted(self) -> dict[str, Path]:
        """Number and log of each job that was sent to Slurm."""
        told = re.findall(r"SLURM jobid (\d+) \(log: (.*)\)", self.terminal.read_text())
        return {number: Path(log) for number, log in told}

    def command(self, *arguments: str, **options) -> list:
        snakemake = super().command(
            *arguments,
            *("--workflow-profile", f"profiles/{self.profile}"),
            *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"),
            "--slurm-keep-successful-logs",
            **{"cores": 1} | options,
        )
        return ["timeout", "--kill-after=10", str(LIMIT_S), *snakemake]

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        with open(self.terminal, "w") as terminal:
            return subprocess.Popen(
                self.command(*arguments, **options),
                cwd=self.checkout,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _kill(pid: int) -> None:
    process = psutil.Process(pid)
    process.kill()
    process.wait(timeout=LIMIT_S)
