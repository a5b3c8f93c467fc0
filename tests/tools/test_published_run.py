"""A run is compared with the published one by the content of its files."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack.errors import InputError
from reconattack.storage import trace
from tools import published_run

CONFIGURATION = {"run": {"seeds": [0]}, "validation": {"cohort": "further"}, "attacks": {}}
SUMMARY = pd.DataFrame({"model": ["007", "b"], "n_success": [3, 4], "auc": [0.5, np.nan]})


def write_run(folder, configuration=CONFIGURATION, succeeded=True, code="abc", summary=SUMMARY):
    """Write what a run leaves: two frames, a network, a table, and what is not compared."""
    results = folder / "results"
    for name in ("frames/judged", "frames/further", "models", "tables", "logs"):
        (results / name).mkdir(parents=True)
    for cohort in ("judged", "further"):
        frames = {
            f"/{name}": xr.Dataset(
                {"rf": ("line", np.arange(3, dtype=np.float32))}, {"name": [name]}
            ).assign_attrs(patient=name)
            for name in ("f0", "f1")
        }
        tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs=trace({"code": code}, []))} | frames)
        tree.to_netcdf(results / "frames" / cohort / "2x0000.nc")
    (results / "models" / "fold.onnx").write_bytes(b"network")
    (results / "models" / "fold.keras").write_bytes(code.encode())
    summary.to_csv(results / "tables" / "summary.csv", index=False)
    for name in ("tables/timings.csv", "tables/validation.csv", "logs/table.csv"):
        (results / name).write_text(code)
    record = {
        "succeeded": succeeded,
        "configuration": configuration,
        "host": {"processor": "Another"},
        "code": {"commit": "0123456789" * 4},
    }
    (results / "provenance.json").write_text(json.dumps({"runs": [record]}))
    return results


@pytest.fixture
def published(tmp_path):
    """The folder of a published run."""
    folder = tmp_path / "published"
    published_run.publish(write_run(tmp_path / "first"), folder)
    return folder


def test_run_by_other_code_with_the_same_numbers_is_the_same(tmp_path, published):
    is_same, text = published_run.comparison(write_run(tmp_path / "again", code="d"), published)
    assert is_same
    assert text == "The same as the published run: 3 of 3 files"


def test_table_that_differs_is_named_with_its_numbers(tmp_path, published):
    changed = SUMMARY.assign(n_success=[3, 6])
    results = write_run(tmp_path / "again", summary=changed)
    is_same, text = published_run.comparison(results, published)
    assert not is_same
    first, _, difference, made = text.splitlines()
    assert first == "The same as the published run: 2 of 3 files"
    assert " ".join(difference.split()) == "tables/summary.csv n_success in 1 of 2 by at most 2"
    assert "made on Another, from commit 0123456" in made


def test_table_whose_published_part_is_the_same_is_named(tmp_path):
    rows = pd.DataFrame(
        dict.fromkeys(published_run.TABLES["accidental"], 1)
        | {"distribution": ["initial", published_run.SWEEP], "further": 2}
    )
    for name, further in (("one", 2), ("other", 3)):
        results = write_run(tmp_path / name)
        table = results / "tables" / "accidental.csv"
        rows.assign(further=further).to_csv(table, index=False)
        if name == "one":
            published_run.publish(results, tmp_path / "published")
    _, text = published_run.comparison(results, tmp_path / "published")
    assert "tables/accidental.csv  other content outside of the published part" in text


@pytest.mark.parametrize(
    "change",
    [
        {"values": np.float32([0, 1, 2.0000002])},
        {"values": np.arange(3)},
        {"attributes": {"patient": "other"}},
    ],
)
def test_chunk_with_another_value_type_or_attribute_differs(tmp_path, published, change):
    results = write_run(tmp_path / "again")
    path = results / "frames/judged/2x0000.nc"
    with xr.open_datatree(path) as stored:
        tree = stored.load()
    frame = tree["f1"].to_dataset()
    if "values" in change:
        frame["rf"] = ("line", change["values"])
    tree["f1"] = xr.DataTree(frame.assign_attrs(change.get("attributes", {})))
    tree.to_netcdf(path)
    is_same, text = published_run.comparison(results, published)
    assert not is_same
    assert "frames/judged/2x0000.nc  other content" in text


def test_missing_and_further_files_are_named(tmp_path, published):
    results = write_run(tmp_path / "again")
    (results / "models" / "fold.onnx").rename(results / "models" / "another.onnx")
    is_same, text = published_run.comparison(results, published)
    assert not is_same
    assert "2 of 4 files" in text
    assert "models/another.onnx  is not in the published run" in text
    assert "models/fold.onnx     is missing" in text


def test_run_of_another_configuration_is_not_compared(tmp_path, published):
    other = CONFIGURATION | {"run": {"seeds": [0, 1]}}
    is_same, text = published_run.comparison(write_run(tmp_path / "a", other), published)
    assert is_same
    assert text == (
        "Not compared with the published run: run of the configuration is not as published"
    )


def test_unfinished_run_is_refused(tmp_path, published):
    with pytest.raises(InputError, match="no finished run"):
        published_run.comparison(write_run(tmp_path / "a", succeeded=False), published)


def test_published_part_of_a_table_is_that_of_the_pages():
    rows = pd.DataFrame({"distribution": ["initial", "sweep_beta"]}).assign(
        **dict.fromkeys(
            [name for name in published_run.TABLES["accidental"] if name != "distribution"], 1
        ),
        further=2,
    )
    part = published_run.published_part("accidental", rows)
    assert list(part) == published_run.TABLES["accidental"]
    assert part["distribution"].tolist() == ["sweep_beta"]
