"""Public data from a real HTTP server on this machine, with files made to the public layout."""

import dataclasses
import hashlib
import http.server
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import yaml

from reconattack.errors import InputError
from reconattack.frames.public_data import LIVER, OASBUD, PUBLIC_DATA, Repeatable, fetch, safe_names
from reconattack.frames.table import read_frame_table
from reconattack.readers.formats import read_image_file
from reconattack.readers.layout import Layout
from reconattack.readers.rf import matlab
from tests.places import ROOT
from tests.public_files import write_liver, write_oasbud

SCHEMA = ROOT / "schemas" / "frames.schema.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Each data set as a small file, its description with that file's checksum."""
    folder = tmp_path_factory.mktemp("record")
    write_oasbud(folder / OASBUD.file)
    write_liver(folder / LIVER.file)
    return {name: as_made(data, folder / data.file) for name, data in PUBLIC_DATA.items()}


def as_made(data, path):
    content = path.read_bytes()
    return dataclasses.replace(data, md5=hashlib.md5(content).hexdigest()), content  # noqa: S324


@pytest.fixture
def serve(monkeypatch):
    """A server that answers each request by the next of some functions; the last one stays."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # pooch's pauses
    servers = []

    def start(*answers):
        requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                requests.append(self.path)
                answers[min(len(requests), len(answers)) - 1](self)

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/file.mat", requests

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def whole(content, claimed=None):
    """An answer with this content; `claimed` is the length that it states."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(claimed or len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def busy(handler):
    handler.send_error(503)


@pytest.mark.parametrize("name", PUBLIC_DATA)
def test_file_and_table_stand_side_by_side(tmp_path, made, serve, name, capfd):
    data, content = made[name]
    url, requests = serve(whole(content))
    table = fetch(data, tmp_path / "new" / "folder", url)
    assert table == tmp_path / "new" / "folder" / data.table
    assert sorted(path.name for path in table.parent.iterdir()) == sorted([data.file, data.table])
    assert (table.parent / data.file).read_bytes() == content
    assert len(requests) == 1
    assert "100%" in capfd.readouterr().err  # progress


def test_file_that_is_there_is_used(tmp_path, made, serve):
    data, content = made["liver"]
    (tmp_path / data.file).write_bytes(content)
    url, requests = serve(busy)
    assert fetch(data, tmp_path, url).is_file()
    assert requests == []


def test_failure_is_tried_again(tmp_path, made, serve):
    data, content = made["liver"]
    url, requests = serve(busy, whole(content[:5000], claimed=len(content)), whole(content))
    fetch(data, tmp_path, url)
    assert len(requests) == 3
    assert (tmp_path / data.file).read_bytes() == content


FAILURES = {
    "server that stays busy": (lambda content: busy, "503"),
    "connection that always breaks": (
        lambda content: whole(content[:5000], claimed=len(content)),
        "IncompleteRead",
    ),
    "body without its end": (lambda content: whole(content[:5000]), "does not match"),
    "another file": (lambda content: whole(b"<html>log in</html>"), "does not match"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_failed_download_leaves_nothing_and_says_what_to_do(tmp_path, made, serve, case):
    data, content = made["oasbud"]
    answer, words = FAILURES[case]
    url, requests = serve(answer(content))
    with pytest.raises(InputError, match=words) as error:
        fetch(data, tmp_path, url)
    assert len(requests) == 4
    assert list(tmp_path.iterdir()) == []
    for word in (data.file, data.md5, "https://zenodo.org/records/545928", str(tmp_path)):
        assert word in str(error.value)
    assert "run this command again" in str(error.value)


def test_refused_connection(tmp_path, made, serve):
    data, _ = made["liver"]
    url, _ = serve(busy)
    closed = url.replace(url.split(":")[2].split("/")[0], "9")  # the port of discard
    with pytest.raises(InputError, match=r"refused(.|\n)*https://zenodo\.org/records/1009146"):
        fetch(data, tmp_path, closed)
    assert list(tmp_path.iterdir()) == []


def test_answer_that_is_no_record_is_tried_again(tmp_path):
    """Zenodo answers so when it is asked too often; pooch itself gives up at once."""

    def answer(url, output_file, store):
        raise KeyError("files")

    with pytest.raises(ValueError, match="Zenodo's answer is no record: it has no 'files'"):
        Repeatable(answer)("doi:10.5281/zenodo.1009146/file", str(tmp_path / "file"), None)


@pytest.mark.parametrize("change", [lambda c: c[:-10], lambda c: c + b"x", lambda c: b""])
def test_file_of_another_checksum_is_refused_and_kept(tmp_path, made, serve, change):
    data, content = made["liver"]
    path = tmp_path / data.file
    path.write_bytes(change(content))
    url, requests = serve(whole(content))
    with pytest.raises(InputError, match=rf"MD5 is \w+; expected {data.md5}: is it cut short.*run"):
        fetch(data, tmp_path, url)
    assert path.read_bytes() == change(content)
    assert requests == []
    assert not (tmp_path / data.table).exists()


# The tables


@pytest.fixture
def table_of(tmp_path, made):
    def table_of(name):
        data, content = made[name]
        (tmp_path / data.file).write_bytes(content)
        return read_frame_table(fetch(data, tmp_path), SCHEMA)

    return table_of


def test_oasbud_has_two_frames_of_each_lesion(table_of):
    table = table_of("oasbud")
    assert len(table) == 200
    assert table["patient"].nunique() == 100
    assert table["frame"].is_unique
    assert table["label"].tolist()[:6] == [0, 0, 1, 1, 0, 0]
    assert table["variable"].tolist()[:3] == ["data[0].rf1", "data[0].rf2", "data[1].rf1"]
    assert set(table["scanner"]) == {"oasbud"}


def test_oasbud_rows_lead_to_their_samples(table_of, made, tmp_path):
    row = table_of("oasbud").iloc[7]
    expected = scipy.io.loadmat(tmp_path / OASBUD.file)["data"][0, 3]["rf2"]
    recording = matlab.read(Path(row["path"]), Layout.of_row(row))
    np.testing.assert_array_equal(recording.samples[0], expected)


def test_liver_has_ten_images_of_each_patient(table_of):
    table = table_of("liver")
    assert len(table) == 550
    assert table["patient"].nunique() == 55
    assert table.groupby("patient").size().eq(10).all()
    of_second = table[table["frame"].str.startswith("liver-01_")]
    assert of_second["label"].tolist() == [1] * 10
    assert of_second["fat_fraction"].tolist() == [33] * 10
    assert of_second["patient"].tolist() == ["patient-2"] * 10


def test_liver_rows_lead_to_their_images(table_of, tmp_path):
    row = table_of("liver").iloc[25].astype(object)
    row = row.where(row.notna(), None)
    expected = scipy.io.loadmat(tmp_path / LIVER.file)["data"][0, 2]["images"]
    _, file = read_image_file(row["path"], 10, layout=Layout.of_row(row))
    np.testing.assert_array_equal(file.pixels, expected)


def test_same_id_is_the_same_patient():
    assert safe_names(["7", "8", "7"], "lesion") == ["lesion-7", "lesion-8", "lesion-7"]


def test_lesions_of_one_patient_may_have_different_labels():
    """No patient is split between folds; config/oasbud.yaml says that labels are of frames."""
    rows = OASBUD.rows([{"id": 7, "class": 1}, {"id": 7, "class": 0}])
    assert [row["patient"] for row in rows] == ["lesion-7"] * 4
    assert [row["label"] for row in rows] == [1, 1, 0, 0]
    config = yaml.safe_load((ROOT / "config" / "oasbud.yaml").read_text())
    assert config["cohorts"]["oasbud"]["label_of"] == "frame"


def test_odd_ids_become_names_of_their_own():
    ids = ["a b", "a/b", "  ", None, float("nan"), 3.0, "_x", "é"]
    names = safe_names(ids, "lesion")
    assert names == [
        *("lesion-a-b", "lesion-a-b-row-1", "lesion-2", "lesion-3", "lesion-4"),
        *("lesion-3-row-5", "lesion-x", "lesion-7"),
    ]


@pytest.mark.parametrize(
    "content", [{"other": 1}, {"data": np.zeros((3, 3))}, {"data": {"id": "1", "klass": 0}}]
)
def test_checked_file_of_another_layout(tmp_path, content):
    scipy.io.savemat(tmp_path / OASBUD.file, content)
    data, _ = as_made(OASBUD, tmp_path / OASBUD.file)
    with pytest.raises(InputError, match=r"OASBUD\.mat: cannot be read .* fields id, class"):
        fetch(data, tmp_path)
    assert not (tmp_path / OASBUD.table).exists()


def test_class_that_is_no_class(tmp_path):
    scipy.io.savemat(tmp_path / OASBUD.file, {"data": {"id": "1", "class": 3}})
    data, _ = as_made(OASBUD, tmp_path / OASBUD.file)
    with pytest.raises(InputError, match=r"class is 3; expected 1 \(malignant\) or 0 \(benign\)"):
        fetch(data, tmp_path)


# The command


def command(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "fetch.py", *arguments], capture_output=True, text=True
    )


def test_command_explains_itself():
    ended = command("--help")
    assert ended.returncode == 0
    for word in ("oasbud", "liver", "frames.tsv", "images.tsv", "config/oasbud.yaml"):
        assert word in ended.stdout


def test_command_refuses_a_file_of_another_checksum_in_plain_words(tmp_path):
    (tmp_path / OASBUD.file).write_bytes(b"half")
    ended = command("oasbud", str(tmp_path))
    assert ended.returncode != 0
    assert "expected e2b770a6ee2f06ebe480ed0962252100" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_command_refuses_unknown_data(tmp_path):
    assert "invalid choice: 'lungs'" in command("lungs", str(tmp_path)).stderr
