import codecs
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reconattack import __version__
from reconattack.frames.chunks import write_chunk
from reconattack.storage import (
    located,
    read_table,
    replacing,
    sha256,
    trace,
    write_dataset,
    write_table,
)


@pytest.fixture
def frames():
    values = np.random.default_rng(2).integers(0, 255, (40, 30)).astype(np.uint8)
    image = xr.Dataset({"bmode": (("z", "x"), values)}, coords={"z": np.arange(40) / 1e3})
    return {"one": image, "two": image.isel(z=slice(20))}


def test_failure_leaves_the_old_file_and_no_temporary(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_success_replaces_the_file_and_makes_its_folder(tmp_path):
    path = tmp_path / "new" / "table.csv"
    for text in ("old", "new"):
        with replacing(path) as temporary:
            temporary.write_text(text)
            assert temporary.parent == path.parent
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_job_left_goes_and_nothing_else(tmp_path):
    others = [tmp_path / name for name in (".tmp-7-b-a.csv", ".tmp-x-a.csv", ".tmp-7-a.csvx")]
    for path in (*others, left := tmp_path / ".tmp-7-a.csv"):
        path.write_text("half")
    with replacing(tmp_path / "a.csv") as temporary:
        assert not left.exists()
        temporary.write_text("whole")
    assert set(tmp_path.iterdir()) == {*others, tmp_path / "a.csv"}


def test_netcdf_repeats_bit_for_bit(tmp_path, frames):
    attributes = {"source": "{}"}
    for name in ("first", "second"):
        write_chunk(tmp_path / f"{name}.chunk.nc", frames, attributes)
        write_dataset(tmp_path / f"{name}.nc", frames["one"], attributes)
    for kind in ("chunk.nc", "nc"):
        first = (tmp_path / f"first.{kind}").read_bytes()
        assert first == (tmp_path / f"second.{kind}").read_bytes()


def test_table_has_no_index(tmp_path):
    write_table(tmp_path / "t.csv", pd.DataFrame({"a": [1], "b": [0.1]}))
    assert (tmp_path / "t.csv").read_text() == "a,b\n1,0.1\n"


def test_table_with_signs_beyond_ascii_says_that_it_is_utf_8(tmp_path):
    path = tmp_path / "table.csv"
    table = pd.DataFrame({"frame": ["1", "2"], "error": ["Müller/1.mha: cut short", None]})
    write_table(path, table)
    assert path.read_bytes().startswith(codecs.BOM_UTF8)
    assert list(read_table(path)) == list(pd.read_csv(path)) == ["frame", "error"]
    assert read_table(path)["error"][0] == "Müller/1.mha: cut short"
    write_table(path, table.head(0))
    assert path.read_bytes() == b"frame,error\n"


def test_trace_names_inputs_without_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("a\n")
    digest = hashlib.sha256(b"a\n").hexdigest()
    absolute = trace({"rows": 512}, [str(tmp_path / "in.csv")])
    assert json.loads(absolute["source"]) == {"in.csv": digest}
    assert absolute["reconattack_version"] == __version__
    assert str(tmp_path) not in json.dumps(absolute)
    assert absolute == trace({"rows": 512}, ["in.csv"])


def test_files_of_one_name_in_several_folders_are_told_apart(tmp_path):
    paths = [tmp_path / "p1" / "rf.mat", tmp_path / "p2" / "rf.mat"]
    for path in paths:
        path.parent.mkdir()
        path.write_text(path.parent.name)
    source = json.loads(trace({}, [*map(str, paths)])["source"])
    assert source == {f"{path.parent.name}/rf.mat": sha256(path) for path in paths}


def test_params_hash_sees_values_not_order():
    first = trace({"a": 1, "b": 2}, [])["params_hash"]
    assert first == trace({"b": 2, "a": 1}, [])["params_hash"]
    assert first != trace({"a": 1, "b": 3}, [])["params_hash"]


def test_sha256_of_a_file(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert sha256(tmp_path / "f").startswith("ba7816bf8f01cfea")


PLACES = (
    *(".snakemake/storage/s3/bucket/study/", ".snakemake/storage/s3/results/results/2/"),
    *("audit/", "results/audit/"),
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("is_absolute", [False, True])
def test_results_under_a_prefix_or_in_copies_are_found_and_bear_their_name(
    tmp_path, monkeypatch, place, is_absolute
):
    monkeypatch.chdir(tmp_path)
    name = "results/attacks/results/seed-0/fold-1/zoo/17x0000.nc"
    place = f"{tmp_path}/{place}" if is_absolute else place
    copy = Path(place + name)
    copy.parent.mkdir(parents=True)
    copy.write_text("attacked")
    assert json.loads(trace({}, [str(copy)], place)["source"]) == {name: sha256(copy)}
    params = [{"fold": "1", "path": name}, {"grids": {name: [name, None]}}]
    there = str(copy)
    assert located(params, [there], place) == [
        {"fold": "1", "path": there},
        {"grids": {there: [there, None]}},
    ]
    assert located(params, [name, "/brought/m.onnx"]) == params
    partial = {"partial": f"{place}results/partial/m"}
    expected = trace({"partial": "results/partial/m"}, [])["params_hash"]
    assert trace(partial, [], place)["params_hash"] == expected
