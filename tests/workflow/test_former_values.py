"""The tables hold the numbers that they held at commit 73d20d2, before the library was laid anew.

The network is a stored one, so that no training decides: whatever else the workflow does gives the
same numbers on every processor. Since then levels at another beta are a straight line from those at
one beta (docs/performance.md): one pixel in 90,000 is another grey level, by one.
"""

import shutil

import pandas as pd
import pytest

from tests.places import DATA
from tests.workflow.workflow_run import Workflow

FORMER = DATA / "former"
LEAST = 1e-4  # of a logit, of a mean change in grey levels: what single pixels change
SENTENCES = ["meaning", "advice"]  # of flags.csv, which are worded anew
TABLES = sorted(path.stem for path in (FORMER / "tables").glob("*.csv"))


@pytest.fixture(scope="module")
def tables(checkout, tmp_path_factory):
    """Folder of the tables of a new run."""
    folder = tmp_path_factory.mktemp("former")
    shutil.copy2(FORMER / "network.onnx", folder)
    targets = [f"results/tables/{name}.csv" for name in TABLES]
    Workflow(checkout, folder).run(*targets, config=FORMER / "config.yaml")
    return folder / "results" / "tables"


def former_table(name):
    """A table of then; in `paper.csv` two counts were one text, such as 27/33; it had no notes."""
    table = pd.read_csv(FORMER / "tables" / f"{name}.csv")
    for whose in ("paper", "run") if name == "paper" else ():
        place = table.columns.get_loc(f"{whose}_count")
        counts = table.pop(f"{whose}_count").str.split("/", expand=True).astype(float)
        table.insert(place, f"{whose}_n", counts[1])
        table.insert(place, f"{whose}_count", counts[0])
    return table.astype({"note": "str"}) if name == "paper" else table


@pytest.mark.parametrize("name", TABLES)
def test_numbers_are_the_former_ones(tables, name):
    expected = former_table(name).drop(columns=SENTENCES, errors="ignore")
    found = pd.read_csv(tables / f"{name}.csv")
    if name == "paper":  # and figures that came later
        found = found[found["figure"].isin(expected["figure"])].reset_index(drop=True)
    found = found[expected.columns]  # and columns that came later
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-9, atol=LEAST)
    assert len(expected)
