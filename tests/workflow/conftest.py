"""Runs of the real workflow that several test modules share."""

import dataclasses
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from tests.workflow.workflow_run import (
    TABLE_CHUNKS,
    WITH_REPORT,
    TableWorkflow,
    Workflow,
    copy_checkout,
    made_once,
    merged,
)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """A copy of the checkout that tests read and must not change."""
    return made_once(tmp_path_factory.getbasetemp(), "checkout", copy_checkout)


@pytest.fixture(scope="session")
def smoke(checkout, tmp_path_factory) -> Workflow:
    """The finished run of config/smoke.yaml; tests read it and must not change it."""

    def run(folder: Path) -> None:
        Workflow(checkout, folder).run(*WITH_REPORT)

    return Workflow(checkout, made_once(tmp_path_factory.getbasetemp(), "smoke", run))


@pytest.fixture(scope="session")
def table_run(checkout, tmp_path_factory) -> TableWorkflow:
    """The finished reconstruction of a frame table; tests read it and must not change it."""

    def run(folder: Path) -> None:
        workflow = TableWorkflow(checkout, folder)
        workflow.write()
        workflow.run(*TABLE_CHUNKS)

    return TableWorkflow(checkout, made_once(tmp_path_factory.getbasetemp(), "table", run))


@pytest.fixture
def copy_of(tmp_path) -> Callable[[Workflow], Workflow]:
    """Copy a run with what Snakemake knows of it, time stamps kept."""

    def copy(workflow: Workflow) -> Workflow:
        return dataclasses.replace(
            workflow, folder=shutil.copytree(workflow.folder, tmp_path / "copy", symlinks=True)
        )

    return copy


@pytest.fixture
def edited(tmp_path) -> Callable[[Workflow, str], Workflow]:
    """The same run under a checkout one of whose files has a further comment."""

    def edit(workflow: Workflow, name: str) -> Workflow:
        copied = tmp_path / "edited"
        checkout = shutil.copytree(workflow.checkout, copied, copy_function=os.link)
        file = checkout / name
        text = file.read_text() if file.exists() else ""
        file.unlink(missing_ok=True)  # the link; the checkout of the other tests keeps its file
        file.write_text(f"{text}\n# edited\n")
        return dataclasses.replace(workflow, checkout=checkout)

    return edit


@pytest.fixture
def write_config(tmp_path, checkout) -> Callable[[Mapping], Path]:
    """Lay some keys over config/smoke.yaml: maps are merged."""

    def write(keys: Mapping) -> Path:
        smoke = yaml.safe_load((checkout / "config" / "smoke.yaml").read_text())
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(merged(smoke, keys)))
        return path

    return write
