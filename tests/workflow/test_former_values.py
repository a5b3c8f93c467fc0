"""The tables hold the numbers that they held at commit 73d20d2, before the library was laid anew.

The network is a stored one, so that no training decides: whatever else the workflow does gives the
same numbers on every processor.
"""

import shutil

import pandas as pd
import pytest

from tests.places import DATA, ROOT
from tests.workflow.workflow_run import Workflow

FORMER = DATA / "former"
TABLES = sorted(path.stem for path in (FORMER / "tables").glob("*.csv"))


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Folder of the tables of a new run."""
    folder = tmp_path_factory.mktemp("former")
    shutil.copy2(FORMER / "network.onnx", folder)
    targets = [f"results/tables/{name}.csv" for name in TABLES]
    Workflow(ROOT, folder).run(*targets, config=FORMER / "config.yaml")
    return folder / "results" / "tables"


@pytest.mark.parametrize("name", TABLES)
def test_numbers_are_the_former_ones(tables, name):
    expected = pd.read_csv(FORMER / "tables" / f"{name}.csv")
    found = pd.read_csv(tables / f"{name}.csv")
    found = found[expected.columns]  # and columns that came later
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-9, atol=1e-12)
    assert len(expected)
