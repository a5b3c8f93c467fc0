"""Where, when and with what results were made: `results/provenance.json`, an entry per run.

Results themselves carry none of it, since their bits must not depend on where they are made.
"""

import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import netCDF4

from reconattack import __version__
from reconattack.errors import InputError
from reconattack.storage import replacing, sha256

CODE = ("Snakefile", "workflow", "rules", "scripts", "reconattack")
COMMIT = re.compile("[0-9a-f]{40}")
APPTAINER_IMAGE = "APPTAINER_CONTAINER"  # set by Apptainer in whatever it runs
NAMED_IMAGE = "RECONATTACK_IMAGE"  # digest, for a container that cannot know its own
IDENTITY = Path("/usr/local/share/reconattack/image.json")  # written when the image is built
PROCESSOR_FIELDS = {"model name": "", "cpu family": "family ", "model": "model "}  # of cpuinfo
SECRET = re.compile("key|secret|token|password", re.IGNORECASE)
HIDDEN = "HIDDEN"
LIST_PACKAGES = (
    "import json; from importlib.metadata import distributions as d; "
    "print(json.dumps({p.name: p.version for p in d()}))"
)


def begin_run(
    path: Path | str,
    command: Sequence[str],
    configuration: Mapping[str, Any],
    checkout: Path | str,
    images: Iterable[str] = (),
) -> None:
    """Add an entry to the record, of a run that has begun.

    Parameters
    ----------
    path
        The record, a JSON file; it is made if there is none.
    command
        The command and its arguments; what follows an option for a secret is not written down.
    configuration
        All of it, as the run has it.
    checkout
        Folder of the Snakefile.
    images
        Files of the images whose containers the jobs run in; none if they run where this does.
    """
    images = [
        {"path": str(image), "sha256": sha256(image), "packages": packages_of_image(image)}
        for image in images
    ]
    entry = {
        "command": shlex.join(without_secrets(command)),
        "started": now(),
        "ended": None,
        "succeeded": None,
        "reconattack_version": __version__,
        "code": code_of(Path(checkout)),
        "host": host(),
        "container": container(),
        "job_containers": images,
        "python": platform.python_version(),
        "packages": dict(sorted((found.name, found.version) for found in distributions())),
        "configuration": configuration,
        "inputs": {},
    }
    write(path, [*runs(path), entry])


def without_secrets(command: Sequence[str]) -> list[str]:
    """A command with the values of options and keys whose names speak of secrets hidden."""
    shown, hides = [], False
    for argument in command:
        name, equals, _ = argument.partition("=")
        is_option = argument.startswith("--")
        if SECRET.search(name) and (equals or is_option):
            shown.append(f"{name}={HIDDEN}" if equals else argument)
        else:
            shown.append(HIDDEN if hides and not is_option else argument)
        if is_option:
            hides = not equals and bool(SECRET.search(name))
    return shown


def end_run(path: Path | str, succeeded: bool, chunks: Iterable[str] | None) -> None:
    """Complete the newest entry of the record.

    Parameters
    ----------
    path
        The record.
    succeeded
        Whether all jobs did.
    chunks
        Files of frames and images. Those that exist say from which files they were made: these and
        their SHA-256 are the entry's `inputs`, without what a run makes itself. None where the
        chunks are kept elsewhere, and `inputs` stay unknown.
    """
    *before, entry = runs(path)
    given = None if chunks is None else inputs_of(chunks)
    write(path, [*before, entry | {"ended": now(), "succeeded": succeeded, "inputs": given}])


def inputs_of(chunks: Iterable[str]) -> dict[str, str]:
    """Files that those chunks which exist were made from, and their SHA-256."""
    inputs: dict[str, str] = {}
    for name in filter(os.path.exists, chunks):
        with netCDF4.Dataset(name) as chunk:
            inputs |= json.loads(chunk.source)
    return {name: digest for name, digest in inputs.items() if not name.startswith("results/")}


def runs(path: Path | str) -> list[dict[str, Any]]:
    """The entries of a record, oldest first."""
    if not os.path.exists(path):
        return []
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))["runs"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: cannot be read as a record of runs: {error!r}; expected JSON as it was "
            "written here; move the file away to begin a new one"
        ) from error


def write(path: Path | str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write a record, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps({"runs": entries}, indent=2, default=str) + "\n")


def code_of(checkout: Path) -> dict[str, str | bool | None]:
    """Commit, whether files that it holds differ from it, and SHA-256 of the code as it is.

    The first two are None where they cannot be known, as `unknown` explains. A repository that the
    checkout only lies in, as that of a workflow which imports this one, says nothing about it.
    """

    def git(*arguments: str) -> str | None:
        try:
            return printed("git", "-C", str(checkout), *arguments).strip()
        except (FileNotFoundError, subprocess.CalledProcessError):
            return None

    root = git("rev-parse", "--show-toplevel")
    has_git = root is not None and Path(root).resolve() == checkout.resolve()
    commit = (git("rev-parse", "HEAD") if has_git else None) or commit_of(checkout)
    changes = git("status", "--porcelain", "--untracked-files=no") if has_git else None
    unknown = [
        *([f"no commit is to be found in {checkout / '.git'}"] if commit is None else []),
        *(["git cannot tell what was changed"] if changes is None else []),
    ]
    return {
        "commit": commit,
        "changed": None if changes is None else bool(changes),
        "unknown": "; ".join(unknown) or None,
        "sha256": digest_of_code(checkout),
    }


def commit_of(checkout: Path) -> str | None:
    """Commit of a checkout where there is no git, from git's own files.

    The files of a commit that were unpacked (workflow/checkout.smk) lie in a folder of its name.
    """
    if COMMIT.fullmatch(checkout.name):
        return checkout.name
    folder = checkout / ".git"
    if folder.is_file():  # in a further worktree, whose branches are the first one's
        folder = checkout / folder.read_text().removeprefix("gitdir:").strip()
    head = text_of(folder / "HEAD")
    if not head.startswith("ref:"):
        return head or None
    branch = head.removeprefix("ref:").strip()
    common = folder / text_of(folder / "commondir")
    packed = [line.split(" ") for line in text_of(common / "packed-refs").splitlines()]
    found = [commit for commit, *name in packed if name == [branch]]
    return text_of(common / branch) or next(iter(found), None)


def text_of(path: Path) -> str:
    """What a file holds; nothing if there is none."""
    return path.read_text().strip() if path.is_file() else ""


def digest_of_code(checkout: Path) -> str:
    """SHA-256 over the names and contents of the workflow's own files."""
    digest = hashlib.sha256()
    for root in CODE:
        files = [checkout / root] if (checkout / root).is_file() else (checkout / root).rglob("*")
        for file in sorted(f for f in files if f.suffix in ("", ".py", ".smk") and f.is_file()):
            name = file.relative_to(checkout).as_posix()
            digest.update(f"{name}\0{sha256(file)}\n".encode())
    return digest.hexdigest()


def host() -> dict[str, str | int | None]:
    """Name, processor and system of this machine."""
    return {
        "name": platform.node(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
    }


def processor(described: Path = Path("/proc/cpuinfo")) -> str:
    """Name, family and model of the processor, as the system calls it.

    One name may stand for several generations, whose trainings differ in their bits.
    """
    lines = described.read_text().splitlines() if described.exists() else []
    # Each processor repeats the fields: those of the first are kept.
    fields = {
        field.strip(): value.strip()
        for field, _, value in (line.partition(":") for line in reversed(lines))
    }
    known = [said + fields[field] for field, said in PROCESSOR_FIELDS.items() if field in fields]
    return ", ".join(known) or platform.processor() or platform.machine()


def container(identity: Path = IDENTITY) -> dict[str, str | None] | None:
    """Image that the whole run is inside of, as far as is known there; None on a bare host."""
    known = json.loads(text_of(identity) or "{}")
    image = os.environ.get(APPTAINER_IMAGE)
    if image:
        digest = sha256(image) if os.path.isfile(image) else None
        return {"path": image, "sha256": digest} | known
    named = os.environ.get(NAMED_IMAGE)
    if named or known:
        digest = named.removeprefix("sha256:") if named else None
        return {"path": None, "sha256": digest} | known
    return None


def packages_of_image(image: Path | str) -> dict[str, str]:
    """Versions of the Python packages inside an image, asked of its own Python."""
    inside = ("exec", "--cleanenv", "--no-home", str(image), "python", "-I", "-c", LIST_PACKAGES)
    for program in ("apptainer", "singularity"):
        try:
            found = printed(program, *inside)
        except FileNotFoundError:
            continue
        except subprocess.CalledProcessError as error:
            raise InputError(f"image {image} does not run: {error.stderr.strip()}") from error
        return dict(sorted(json.loads(found).items()))
    raise InputError(f"image {image} cannot be asked for its packages: found no apptainer")


def printed(program: str, *arguments: str) -> str:
    """What a program prints; FileNotFoundError where it is not installed."""
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(program)
    # No shell reads the arguments, and none of them comes from data.
    run = subprocess.run([path, *arguments], capture_output=True, text=True, check=True)  # noqa: S603
    return run.stdout


def now() -> str:
    """This moment in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
