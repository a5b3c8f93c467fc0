"""What is downloaded is known by its checksum before it is used."""

import ast
import dataclasses
import inspect

import keras
import pytest

from reconattack.classifiers.training.building import build_network
from reconattack.classifiers.training.network import UNCHECKED
from reconattack.errors import InputError
from reconattack.frames import public_data
from tests.places import ROOT

DOWNLOADERS = {  # modules with which something can be fetched, and where they are imported
    "requests": {"reconattack/classifiers/backends/http_classifier.py"},  # answers, and no file
    "pooch": {"reconattack/frames/public_data.py"},
    "urllib.request": set(),
    "http.client": set(),
    "ftplib": set(),
}


def downloads(module):
    """The calls by which a module of Keras fetches a file."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("get_file"):
            yield {keyword.arg for keyword in node.keywords}


def test_networks_whose_weights_keras_does_not_check_are_known():
    """Each network downloads in the module that defines it; ResNet's does so for ResNetV2 too."""
    calls = {
        name: list(downloads(inspect.getmodule(inspect.unwrap(build))))
        for name, build in inspect.getmembers(keras.applications, inspect.isfunction)
    }
    assert {name for name, given in calls.items() if not given} == {
        *("ResNet50V2", "ResNet101V2", "ResNet152V2")
    }
    unchecked = {n for n, given in calls.items() if any("file_hash" not in g for g in given)}
    assert unchecked == set(UNCHECKED)


@pytest.mark.parametrize("network", UNCHECKED)
def test_weights_without_a_checksum_are_not_downloaded(network, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("this would be a download")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with pytest.raises(InputError, match=rf"of {network} as they come.*sha256: "):
        build_network(network, (32, 32), 0, "imagenet")


def test_every_public_file_has_a_checksum():
    for data in public_data.PUBLIC_DATA.values():
        assert len(bytes.fromhex(data.md5)) == 16
        with pytest.raises(TypeError):
            type(data)(**{f.name: "" for f in dataclasses.fields(data) if f.name != "md5"})


@pytest.mark.parametrize("module", DOWNLOADERS)
def test_nothing_else_fetches(module):
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("reconattack", "scripts", "tools")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if imports(node, module)
    }
    assert found == DOWNLOADERS[module]


def imports(node, module):
    if isinstance(node, ast.Import):
        return any(f"{alias.name}.".startswith(f"{module}.") for alias in node.names)
    return isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{module}.")


@pytest.mark.parametrize("lock", ["containers/requirements.txt", "benchmarks/peers.txt"])
def test_every_locked_package_has_a_checksum(lock):
    text = (ROOT / lock).read_text().replace("\\\n", "")
    packages = [line for line in text.splitlines() if line[:1].isalnum()]
    assert len(packages) > 5
    for package in packages:
        assert "--hash=sha256:" in package
    assert "--index-url" not in text
