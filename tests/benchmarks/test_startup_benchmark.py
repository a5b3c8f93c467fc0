import json

from benchmarks import startup


def test_import_is_timed_and_tensorflow_noticed(tmp_path):
    scripts = ["--script=scripts/tables/summarise.py", "--script=scripts/models/train.py"]
    startup.main([*scripts, "--repeats=1", f"--out={tmp_path}"])
    rows = json.loads((tmp_path / "startup.json").read_text())["measured"]
    assert {row["module"] for row in rows} == {"scripts.tables.summarise", "scripts.models.train"}
    assert all(row["s"]["median"] > 0 for row in rows)
    assert not any(row["tensorflow"] for row in rows)  # train imports it once it has read its data
