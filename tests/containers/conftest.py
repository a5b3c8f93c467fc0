"""The smoke run on the host, in the SIF and in the image; `make test-containers` builds both."""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.workflow.workflow_run import EVERY_RULE, ROOT, Workflow, copy_checkout

SIF = ROOT / "containers" / "reconattack.sif"
CALLER = 12345  # a user whom neither the host nor the image knows
# Writes down where a process inside the container found its modules.
RECORDER = """
import atexit, json, os, sys, tempfile

def record():
    files = {name: vars(module).get("__file__") for name, module in sys.modules.items()}
    handle, _ = tempfile.mkstemp(".json", dir=os.path.dirname(__file__))
    with open(handle, "w") as file:
        json.dump({"program": sys.argv[0], "files": files}, file)

atexit.register(record)
"""


@dataclasses.dataclass(frozen=True)
class Image:
    """The image that `make image` built, and the program that built it."""

    engine: str
    name: str = "reconattack"

    def command(self, *command: str, options: tuple = ()) -> list:
        return [self.engine, "run", "--rm", *options, self.name, *command]


@dataclasses.dataclass(frozen=True)
class ContainerWorkflow(Workflow):
    """A run whose Snakemake itself works in the container, as the README has it."""

    image: Image

    def command(self, *arguments: str, config: None = None, cores: int = 2) -> list:
        return self.image.command(
            *("snakemake", *arguments, "--cores", str(cores)),
            *("--configfile", "config/smoke.yaml"),
            options=("--volume", f"{self.checkout}:/work"),
        )


@pytest.fixture(scope="session")
def image() -> Image:
    for engine in ("podman", "docker"):
        inspect = [engine, "image", "inspect", Image.name]
        if shutil.which(engine) and subprocess.run(inspect, capture_output=True).returncode == 0:
            return Image(engine)
    pytest.fail("neither podman nor docker has an image `reconattack`: make image")


@pytest.fixture(scope="session")
def sif() -> Path:
    assert SIF.exists(), f"there is no {SIF}: make sif"
    return SIF


@pytest.fixture(scope="session", autouse=True)
def privileges():
    """Root of a container or a virtual machine may lack what Apptainer would give up."""
    with pytest.MonkeyPatch.context() as environment:
        if os.geteuid() == 0:
            environment.setenv("APPTAINER_NO_PRIVS", "1")
        yield


@pytest.fixture(scope="session")
def apptainer_run(sif, tmp_path_factory) -> Workflow:
    """Snakemake on the host, its jobs in the SIF; recorder/ tells what each of them imported."""
    workflow = Workflow(ROOT, tmp_path_factory.mktemp("apptainer"))
    recorder = workflow.folder / "recorder"
    recorder.mkdir()
    (recorder / "sitecustomize.py").write_text(RECORDER)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("APPTAINERENV_PYTHONPATH", str(recorder))
        workflow.run(*EVERY_RULE, "--sdm", "apptainer")
    return workflow


@pytest.fixture(scope="session")
def container_run(image, tmp_path_factory) -> Workflow:
    """Snakemake and its jobs in the image; where root runs this, for a caller who is not root."""
    checkout = copy_checkout(tmp_path_factory.mktemp("work"))
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "copy"]):
        subprocess.run(["git", "-C", checkout, *command], check=True)
    if os.geteuid() == 0:
        for path in (checkout, *checkout.rglob("*")):
            os.chown(path, CALLER, CALLER)
    workflow = ContainerWorkflow(checkout, checkout, image)
    workflow.run(*EVERY_RULE)
    return workflow
