"""Frames, chunks and scanners of the cohorts."""

import re

import pytest

from reconattack.errors import InputError
from reconattack.run.plan.cohorts import Cohorts, cohort_rows
from tests.places import ROOT


def test_simulated_frames_are_numbered(plan_of):
    rows = plan_of().cohorts.rows["further"]
    assert [row["frame"] for row in rows] == ["further-000", "further-001", "further-002"]
    assert {row["scanner"] for row in rows} == {"convex"}


def test_chunks_hold_every_frame_once(plan_of):
    cohorts = plan_of().cohorts
    assert cohorts.chunks("judged") == ["4x0000", "4x0001"]
    held = [
        row for chunk in cohorts.chunks("judged") for row in cohorts.chunk_rows("judged", chunk)
    ]
    assert held == cohorts.rows["judged"]
    assert len(cohorts.chunk_rows("judged", "4x0001")) == 2


def test_a_frame_of_the_judged_cohort_has_its_chunk(plan_of):
    cohorts = plan_of().cohorts
    assert list(cohorts.chunk_of_frame) == [row["frame"] for row in cohorts.rows["judged"]]
    for frame, chunk in cohorts.chunk_of_frame.items():
        assert frame in [row["frame"] for row in cohorts.chunk_rows("judged", chunk)]


def test_cohort_that_fills_its_chunks_has_no_empty_one(plan_of):
    assert plan_of(frames_per_job=3).cohorts.chunks("judged") == ["3x0000", "3x0001"]


def test_size_adds_cohorts(plan_of):
    cohorts = plan_of().cohorts
    assert cohorts.size("judged", "pictures") == 11
    assert cohorts.size() == 0


def test_paths_of_several_cohorts(plan_of):
    assert plan_of().cohorts.paths("frames", ["further", "judged"]) == [
        "results/frames/further/4x0000.nc",
        "results/frames/judged/4x0000.nc",
        "results/frames/judged/4x0001.nc",
    ]


def test_scanners_have_a_name_and_nothing_of_simulation_and_calibration(plan_of):
    described = plan_of().cohorts.chunk_scanners("judged", "4x0000")
    assert described == {"convex": {"name": "convex", "probe_radius": 0.05}}


def test_output_takes_cohorts_of_its_kinds_alone(plan_of):
    output = plan_of().cohorts.output("frames", "simulated_rf")
    expression = re.search(r"\{cohort,(.*?)\}", output)[1]
    assert output.endswith("/{chunk}.nc")
    assert re.fullmatch(expression, "judged")
    assert re.fullmatch(expression, "further")
    assert not re.fullmatch(expression, "pictures")


def test_calibration_takes_the_scanners_of_the_judged_cohort(plan_of):
    cohorts = plan_of().cohorts
    assert cohorts.calibration_frames == {"convex": ["judged-001"]}
    assert cohorts.calibrating == ["judged"]


def test_calibration_frame_of_another_cohort(plan_of):
    keys = {"scanners": {"convex": {"calibration_frames": ["further-000"]}}}
    assert plan_of(keys).cohorts.calibrating == ["further"]


def test_frame_of_the_same_name_by_another_scanner_does_not_calibrate(plan_of):
    """As where simulated frames were exported under their names."""
    keys = {
        "cohorts": {"further": {"scanner": "linear"}},
        "scanners": {
            "convex": {"calibration_frames": ["further-000"]},
            "linear": {"reference_level": 0, "probe": "linear", "lateral_span": 0.04},
        },
    }
    assert plan_of(keys).cohorts.calibrating == []


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """A frame table with a liver mask in the second chunk, and its configuration."""
    monkeypatch.chdir(tmp_path)
    names = "frame", "patient", "path", "scanner", "liver_mask"
    rows = [
        (f"f{i}", f"p{i}", f"rf/{i}.mha", "convex", "m.png" if i == 5 else "") for i in range(6)
    ]
    (tmp_path / "frames.tsv").write_text("\n".join("\t".join(row) for row in [names, *rows]))
    for i in range(6):
        (tmp_path / "rf").mkdir(exist_ok=True)
        (tmp_path / "rf" / f"{i}.mha").touch()
    (tmp_path / "m.png").touch()
    return {"cohorts": {"hospital": {"kind": "table", "table": "frames.tsv"}}}


def test_files_of_a_chunk_are_those_of_its_frames_and_masks(plan_of, tables):
    cohorts = plan_of(tables, cohort="hospital").cohorts
    assert cohorts.judged == "hospital"
    assert cohorts.chunk_files("hospital", "4x0000") == [f"rf/{i}.mha" for i in range(4)]
    assert cohorts.chunk_files("hospital", "4x0001") == ["m.png", "rf/4.mha", "rf/5.mha"]
    assert cohorts.rows["hospital"][0]["label"] is None


def masked(models=("m",), truth="mask", **decision):
    of_masks = {"kind": "mask", "structures": ["liver"], "dice": 0.9, "truth": truth} | decision
    own = {name: {"source": "m.onnx", "decision": of_masks} for name in models}
    own["two"] = {"source": "m.onnx"}
    return {"models": own}


def test_masks_of_judged_frames_are_read_where_a_model_is_compared_with_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.mha", "b.mha", "a.nii"):
        (tmp_path / name).touch()
    rows = "frame\tpatient\tpath\tscanner\tmask\na\tp\ta.mha\tconvex\t{}\nb\tq\tb.mha\tconvex"
    table = {"cohorts": {"own": {"kind": "table", "table": "rows.tsv"}}}
    table |= {"scanners": {"convex": {}}, "reconstruction": {"rows": 90}}
    schema = ROOT / "schemas" / "frames.schema.json"

    def cohorts(run, models):
        return Cohorts.read(table | models | {"run": {"cohort": "own", **run}}, schema)

    (tmp_path / "rows.tsv").write_text(rows.format("a.nii"))
    run = {"frames_per_job": 4, "models": ["m", "n", "two"]}
    both = cohorts(run, masked(("m", "n"), labels={"liver": 3}))
    assert both.masked_decisions("own") == [{"structures": ["liver"], "labels": {"liver": 3}}]
    assert both.chunk_files("own", "4x0000") == ["a.mha", "a.nii", "b.mha"]
    assert [row["mask"] for row in both.rows["own"]] == ["a.nii", None]
    assert both.mask_rows("own") == 90
    assert cohorts(run | {"models": ["two"]}, masked()).masked_decisions("own") == []
    assert both.masked_decisions("other") == []
    (tmp_path / "rows.tsv").write_text(rows.format(""))
    with pytest.raises(InputError, match=r"rows\.tsv: no row has a mask, and decision.truth of"):
        cohorts(run | {"models": ["m"]}, masked())


def test_channel_data_have_rows_of_their_table_or_of_simulated_patients(plan_of, tables):
    tables["cohorts"]["hospital"]["kind"] = "channel"
    simulated = {"kind": "simulated_channel", "scanner": "linear", "patients": 2, "frames": 2}
    tables["cohorts"]["waves"] = simulated
    cohorts = plan_of(tables, cohort="hospital", training_cohorts=["waves"]).cohorts
    assert [row["frame"] for row in cohorts.rows["hospital"]] == [f"f{i}" for i in range(6)]
    names = ["waves-000_0", "waves-000_1", "waves-001_0", "waves-001_1"]
    assert [row["frame"] for row in cohorts.rows["waves"]] == names
    assert (cohorts.is_simulated("hospital"), cohorts.is_simulated("waves")) == (False, True)
    assert re.search(r"\{cohort,(.*?)\}", cohorts.output("frames", "channel"))[1] == "hospital"


def test_columns_of_raw_binary_files_and_of_arrays(tmp_path):
    (tmp_path / "a.npz").touch()
    table = tmp_path / "rows.tsv"
    table.write_text("frame\tpatient\tpath\tscanner\tdtype\na\tp\ta.npz\ts\tint16\n")
    config = {
        "run": {"cohort": "c"},
        "scanners": {"s": {"reference_level": 0}},
        "cohorts": {"c": {"kind": "channel", "table": str(table)}},
    }
    schema = ROOT / "schemas" / "frames.schema.json"
    with pytest.raises(InputError, match="column dtype: found 'int16'; expected an empty cell"):
        cohort_rows(config, "c", schema)
    array = table.read_text().replace("dtype", "element_pitch\ttransmit_angles")
    table.write_text(array.replace("int16", "0.0003\t-0.1,0,1e-1"))
    (row,) = cohort_rows(config, "c", schema)
    assert (row["element_pitch"], row["transmit_angles"]) == (0.0003, "-0.1,0,1e-1")
    config["cohorts"]["c"]["kind"] = "table"
    with pytest.raises(InputError, match=r"column element_pitch: found 0\.0003; expected an empty"):
        cohort_rows(config, "c", schema)


def test_error_in_a_table_names_it(plan_of, tables, tmp_path):
    text = (tmp_path / "frames.tsv").read_text()
    (tmp_path / "frames.tsv").write_text(text.replace("convex", "konvex"))
    with pytest.raises(InputError, match=r"frames\.tsv: rows 2, .*konvex"):
        plan_of(tables)


def test_facts_about_images_are_refused_and_about_frames_not(tmp_path):
    (tmp_path / "a.png").touch()
    table = tmp_path / "rows.tsv"
    table.write_text("frame\tpatient\tpath\tscanner\tsound_speed\na\tp\ta.png\ts\t1540\n")
    config = {
        "run": {"cohort": "judged"},
        "scanners": {"s": {}},
        "cohorts": {"c": {"kind": "table", "table": str(table)}},
    }
    schema = ROOT / "schemas" / "frames.schema.json"
    assert cohort_rows(config, "c", schema)[0]["sound_speed"] == 1540
    config["cohorts"]["c"]["kind"] = "images"
    with pytest.raises(InputError, match="column sound_speed: found 1540; expected an empty cell"):
        cohort_rows(config, "c", schema)


def test_judged_images_need_what_is_known_of_their_scanner(tmp_path):
    (tmp_path / "a.png").touch()
    table = tmp_path / "rows.tsv"
    header = "frame\tpatient\tpath\tscanner\tdynamic_range\tprobe_radius"
    table.write_text(f"{header}\na\tp\ta.png\ts\t60\t0.05\n")
    schema = ROOT / "schemas" / "frames.schema.json"
    config = {
        "run": {"cohort": "c"},
        "scanners": {"s": {"reference_level": 0}, "t": {"picture": {}}},
        "cohorts": {"c": {"kind": "images", "table": str(table)}},
    }
    with pytest.raises(InputError, match=r"scanners\.s stands for finished images.*no `picture`"):
        cohort_rows(config, "c", schema)
    config["scanners"]["s"] = {"picture": {}}
    (row,) = cohort_rows(config, "c", schema)
    assert (row["dynamic_range"], row["probe_radius"]) == (60, 0.05)
    config["run"]["cohort"] = "another"
    with pytest.raises(InputError, match="column dynamic_range: found 60"):
        cohort_rows(config, "c", schema)
    rf = table.read_text().replace("dynamic_range\t", "").replace("\t60", "")
    table.write_text(rf.replace("a.png", "a.npy"))
    (tmp_path / "a.npy").touch()
    config["cohorts"]["c"]["kind"] = "table"
    with pytest.raises(InputError, match=r"scanners\.s stands for RF frames, and it has `picture`"):
        cohort_rows(config, "c", schema)


def test_dynamic_ranges_that_cannot_be_are_told_before_anything_is_read(tmp_path):
    table = tmp_path / "rows.tsv"
    lines = ["frame\tpatient\tpath\tscanner\tdynamic_range"]
    for name, scanner, stated in (("a", "s", 40), ("b", "s", 60), ("c", "s", 40), ("d", "t", "")):
        (tmp_path / f"{name}.png").touch()
        lines.append(f"{name}\tp\t{name}.png\t{scanner}\t{stated}")
    table.write_text("\n".join(lines) + "\n")
    schema = ROOT / "schemas" / "frames.schema.json"
    config = {
        "run": {"cohort": "c"},
        "scanners": {"s": {"picture": {"dynamic_range_error": 38}}, "t": {"picture": {}}},
        "cohorts": {"c": {"kind": "images", "table": str(table)}},
    }
    with pytest.raises(InputError) as caught:
        cohort_rows(config, "c", schema)
    first, second = str(caught.value).splitlines()
    assert "frames a, c: dynamic_range is 40 dB, give or take 38 dB" in first
    assert "frames d: neither their rows nor scanners.t.picture state dynamic_range" in second
    config["scanners"] = {"s": {"picture": {}}, "t": {"picture": {"dynamic_range": 60}}}
    assert len(cohort_rows(config, "c", schema)) == 4


def test_frames_of_a_clip_belong_to_their_unit():
    rows = [{"frame": "a_0", "clip": "a", "patient": "p", "label": 1}]
    rows += [{"frame": "a_1", "clip": "a", "patient": "p", "label": None}]
    rows += [{"frame": "b", "clip": "b", "patient": "p", "label": 0}]
    cohorts = Cohorts({"run": {"cohort": "judged"}}, {"judged": rows})
    assert cohorts.unit_of_frame("frame") == {"a_0": "a_0", "a_1": "a_1", "b": "b"}
    assert cohorts.unit_of_frame("clip") == {"a_0": "a", "a_1": "a", "b": "b"}
    with pytest.raises(InputError, match=r"run\.unit: the frames of p have different labels"):
        cohorts.unit_of_frame("patient")


def test_simulated_clips_have_several_frames_of_a_patient(plan_of):
    config = {"cohorts": {"judged": {"kind": "simulated_rf", "scanner": "convex", "patients": 2}}}
    config["cohorts"]["judged"]["frames"] = 3
    rows = plan_of(config).cohorts.rows["judged"]
    assert [row["frame"] for row in rows[:4]] == [f"judged-000_{k}" for k in range(3)] + [
        "judged-001_0"
    ]
    assert {row["patient"] for row in rows} == {"judged-000", "judged-001"}


TABLE = "frame\tpatient\tlabel\tpath\tscanner\tsex\tsite\n"
ROWS = [("a", "f", "north"), ("b", "m", "north"), ("c", "", "south"), ("d", "m", "south")]


def grouped(tmp_path, subgroups, rows=ROWS):
    """The configuration of a frame table with two columns of groups."""
    (tmp_path / "x.npy").write_bytes(b"")
    lines = [f"{name}\tp-{name}\t1\tx.npy\ts\t{sex}\t{site}\n" for name, sex, site in rows]
    (tmp_path / "frames.tsv").write_text(TABLE + "".join(lines))
    return {
        "run": {"cohort": "judged", "subgroups": subgroups},
        "cohorts": {"judged": {"kind": "table", "table": str(tmp_path / "frames.tsv")}},
        "scanners": {"s": {"reference_level": 0}},
    }


def test_groups_are_taken_out_of_the_rows(tmp_path):
    schema = ROOT / "schemas" / "frames.schema.json"
    cohorts = Cohorts.read(grouped(tmp_path, ["sex", "site"]), schema)
    assert cohorts.groups == {
        "sex": {"a": "f", "b": "m", "c": None, "d": "m"},
        "site": {"a": "north", "b": "north", "c": "south", "d": "south"},
    }
    assert not {"sex", "site"} & set(cohorts.rows["judged"][0])


@pytest.mark.parametrize(
    ("subgroups", "rows", "said"),
    [
        (["sex", "site", "age"], ROWS, "column age has 0 groups; expected 2 to 20"),
        (["sex", "site", "scanner"], ROWS, "column scanner has 1 groups"),
        (["sex", "site", "clip"], ROWS, "column clip has 0 groups"),
        (["sex", "site"], [(f"f{n}", str(n), "s") for n in range(21)], "sex has 21 groups"),
    ],
)
def test_column_that_makes_no_groups_is_told(tmp_path, subgroups, rows, said):
    schema = ROOT / "schemas" / "frames.schema.json"
    with pytest.raises(InputError, match=said):
        Cohorts.read(grouped(tmp_path, subgroups, rows), schema)


def test_column_of_no_subgroup_stays_unknown(tmp_path):
    with pytest.raises(InputError, match="column site: found an unknown column"):
        Cohorts.read(grouped(tmp_path, ["sex"]), ROOT / "schemas" / "frames.schema.json")


def test_simulated_patients_have_no_groups(plan_of):
    with pytest.raises(InputError, match=r"cohorts\.judged is simulated"):
        plan_of(subgroups=["sex"])
    assert plan_of().cohorts.groups == {}
