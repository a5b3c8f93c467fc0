"""What the image is made of, and who can use it."""

import json
import os
import subprocess
import sysconfig

import pytest

from reconattack import __version__
from tests.containers.module_places import foreign
from tests.workflow.workflow_run import ROOT

pytestmark = pytest.mark.containers

BASE_IMAGE = "docker.io/library/debian:bookworm-slim"
SCRIPTS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "scripts").rglob("*.py")
)
# Differences between the lock and what is installed, both as they apply to this Python.
COMPARE = """
import importlib.metadata, json
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

with open("/usr/local/share/reconattack/requirements.txt") as file:
    lines = [line.rstrip(" \\\\\\n") for line in file if line[0].isalnum()]
locked = {
    canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
    for requirement in map(Requirement, lines)
    if requirement.marker is None or requirement.marker.evaluate()
}
installed = {
    canonicalize_name(found.name): found.version for found in importlib.metadata.distributions()
}
print(json.dumps([locked, installed]))
"""
# Imports every script and every module of the package, the host's packages within reach as
# Snakemake has them, and tells where the modules came from.
IMPORT_ALL = """
import importlib, json, pkgutil, sys

sys.path.insert(0, "/checkout")
sys.path.append("/host")
import reconattack

for module in pkgutil.walk_packages(reconattack.__path__, "reconattack."):
    importlib.import_module(module.name)
for script in sys.argv[1:]:
    importlib.import_module(script)
files = {name: vars(module).get("__file__") for name, module in sys.modules.items()}
print(json.dumps(files))
"""


@pytest.fixture(scope="module")
def inside(image):
    """Run a command in the image; its output."""

    def run(*command: str, options: tuple = ()) -> str:
        return subprocess.run(
            image.command(*command, options=options), check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    return run


@pytest.fixture(scope="module")
def described(image):
    """What is known of the image."""
    inspect = [image.engine, "image", "inspect", image.name]
    return json.loads(subprocess.run(inspect, check=True, capture_output=True).stdout)[0]


def test_size(described, sif):
    assert described["Size"] <= 3.3e9
    assert sif.stat().st_size <= 1.3e9


def test_labels(described):
    prefix = "org.opencontainers.image."
    given = described["Config"]["Labels"]
    labels = {name.removeprefix(prefix): text for name, text in given.items()}
    assert labels["version"] == __version__
    assert labels["licenses"] == "Apache-2.0"
    assert labels["title"] == "Reconattack"
    assert labels.get("source") != "", "a label without a value"


def test_installed_is_what_is_locked(inside):
    lock = inside("cat", "/usr/local/share/reconattack/requirements.txt")
    assert lock == (ROOT / "containers" / "requirements.txt").read_text()
    locked, installed = json.loads(inside("python", "-c", COMPARE))
    assert len(locked) > 100
    assert installed == locked


@pytest.mark.slow
def test_definition_installs_what_is_locked(image, tmp_path):
    """What make sif builds without podman and docker; the base comes from an archive."""
    base, built = tmp_path / "base.tar", tmp_path / "built"
    save = [image.engine, "save", "--output", base, BASE_IMAGE]
    subprocess.run(save, check=True)
    arguments = {"BOOTSTRAP": "docker-archive", "BASE_IMAGE": base, "VERSION": "1.2.3"}
    given = [word for pair in arguments.items() for word in ("--build-arg", "{}={}".format(*pair))]
    build = ["apptainer", "build", "--fakeroot", "--disable-cache", "--sandbox", *given]
    environment = dict(os.environ)
    environment.pop("APPTAINER_NO_PRIVS", None)  # which a build's own root needs
    definition = "containers/reconattack.def"
    subprocess.run([*build, built, definition], cwd=ROOT, env=environment, check=True)
    assert base.exists(), "the build reached into the host's /tmp, which Apptainer shows it"
    share = built / "usr" / "local" / "share" / "reconattack"
    assert json.loads((share / "image.json").read_text())["version"] == "1.2.3"
    compare = ["apptainer", "exec", built, "python", "-I", "-c", COMPARE]
    told = subprocess.run(compare, check=True, stdout=subprocess.PIPE, text=True).stdout
    locked, installed = json.loads(told)
    assert len(locked) > 100
    assert installed == locked


def test_passes_over_pixels_are_compiled_in_the_image(inside):
    load = (
        "import sys; sys.path.insert(0, '/checkout');"
        "from reconattack.reconstruction.passes import passes; print(passes()._name)"
    )
    library = inside("python", "-c", load, options=("--volume", f"{ROOT}:/checkout:ro"))
    assert library.startswith("/opt/reconattack/lib/reconattack/passes-")


def test_nothing_is_left_of_the_build(inside):
    search = (
        "id -u; for tool in gcc cc make pip; do command -v $tool; done;"
        "find /tmp /root/.cache /var/cache /var/lib/apt/lists -type f"
    )
    as_root = ("--entrypoint", "sh")
    assert inside("-c", f"({search}) 2> /dev/null; true", options=as_root) == "0\n"


@pytest.mark.parametrize("user", [None, "12345:12345"])
def test_user_is_not_root_and_has_a_place_for_caches(inside, user):
    options = ("--user", user) if user else ()
    number = inside("id", "-u", options=options).strip()
    assert number == (user or "1000").split(":")[0]
    inside("python", "-W", "error", "-c", "import matplotlib.pyplot", options=options)


@pytest.mark.parametrize("options", [(), ("--user", "12345:12345"), ("--cap-drop", "all")])
@pytest.mark.parametrize("owner", [0, 12345])
def test_command_has_none_of_roots_powers(inside, tmp_path, options, owner):
    """Not even in a folder of root's, as whom it has to write there."""
    if os.geteuid() != 0 and owner != 0:
        pytest.skip("only root can give a folder to another")
    if options[:1] == ("--cap-drop",) and owner != 0:
        pytest.skip("without capabilities root cannot become another: --user is for that")
    tmp_path.chmod(0o777)
    os.chown(tmp_path, *(os.geteuid() if owner == 0 else owner,) * 2)
    told = inside(
        *("sh", "-c", "id -u; touch made; cat /proc/self/status"),
        options=(*options, "--volume", f"{tmp_path}:/work"),
    )
    status = dict(line.split(":\t", 1) for line in told.splitlines() if ":\t" in line)
    assert told.splitlines()[0] == ("12345" if "--user" in options else str(owner))
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert (tmp_path / "made").exists()


def test_every_script_finds_its_modules_in_the_image(sif):
    told = subprocess.run(
        [
            *("apptainer", "exec", "--pwd", "/", "--bind", f"{ROOT}:/checkout:ro"),
            *("--bind", f"{sysconfig.get_path('purelib')}:/host:ro", sif),
            *("python", "-c", IMPORT_ALL, *SCRIPTS),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    files = json.loads(told.splitlines()[-1])
    assert {*SCRIPTS} <= files.keys()
    assert foreign(files) == {}
