"""What a first audit asks for before anything runs."""

import shutil

import numpy as np
import pytest
import yaml

from reconattack.errors import InputError
from reconattack.run.audit import audit, checkout_of
from tests.places import ROOT

FACTS = {
    **{"probe": "convex", "probe_radius": 0.05, "angle_span": 1.15, "sound_speed": 1540},
    **{"sampling_frequency": 12.5e6, "center_frequency": 2.5e6},
}
MODEL = {"scaling": {"divide": 255}, "resize": {"library": "pillow", "kernel": "bilinear"}}


@pytest.fixture
def folder(tmp_path):
    """A frame table of two files, and a model."""
    samples = np.random.default_rng(0).standard_normal((600, 24))
    rows = ["frame\tpatient\tpath\tscanner"]
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", samples)
        rows.append(f"{name}\t{name}\t{name}.npy\tmine")
    (tmp_path / "frames.tsv").write_text("\n".join(rows) + "\n")
    shutil.copy(ROOT / "examples" / "liver_cnn.onnx", tmp_path / "net.onnx")
    return tmp_path


@pytest.fixture
def refusal(folder, monkeypatch):
    """The lines of the error of an audit, which starts no workflow and writes nothing."""

    def refuse(model="net.onnx", facts=FACTS, model_settings=MODEL, **options):
        monkeypatch.setattr("reconattack.run.audit.subprocess.run", None)
        before = sorted(folder.iterdir())
        with pytest.raises(InputError) as error:
            audit(
                *(folder / "frames.tsv", folder / model),
                **{"facts": facts, "model_settings": model_settings} | options,
            )
        assert sorted(folder.iterdir()) == before
        return [line.strip() for line in str(error.value).splitlines()]

    return refuse


def test_everything_that_is_unknown_is_asked_for_at_once(refusal):
    head, scanner, model = refusal(facts={}, model_settings={})
    assert head == "the audit cannot start:"
    assert scanner.startswith("scanner mine: nobody states probe, sampling_frequency, center_freq")
    assert "--probe convex --probe-radius M --angle-span RAD, or --probe linear" in scanner
    assert scanner.endswith("--sampling-frequency HZ; --center-frequency HZ; --sound-speed M/S)")
    assert "nothing says which numbers" in model
    assert model.endswith("(options: --scaling '{divide: 255}')")


def test_resize_of_the_training_is_asked_for(refusal):
    _, line = refusal(model_settings={"scaling": {"divide": 255}})
    assert "Nothing says how the images of its training were resized" in line
    assert "options: --resize '{library: pillow, kernel: bilinear}'" in line


def test_number_in_another_unit_is_told_once_beside_what_is_missing(refusal):
    facts = {name: value for name, value in FACTS.items() if name != "sound_speed"}
    lines = refusal(facts=facts | {"sampling_frequency": 12.5})
    assert sum("12.5 MHz are" in line for line in lines) == 1
    assert sum("nobody states sound_speed" in line for line in lines) == 1


def test_numbers_in_other_units_and_wrong_rows_are_told_together(refusal, folder):
    with open(folder / "frames.tsv", "a") as table:
        table.write("c\tc\tabsent.npy\tmine\n")
    lines = refusal(facts=FACTS | {"sampling_frequency": 12.5, "probe_radius": 50})
    assert sum("scanners.mine: " in line for line in lines) == 2
    assert any("12.5 MHz are 1.25e+07 Hz" in line for line in lines)
    assert any("row 4, column path: found 'absent.npy'" in line for line in lines)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scanner": "main"}, "--scanner main: "),
        ({"model": "absent.onnx"}, "absent.onnx: expected a file, such as"),
        ({"settings": "absent.yaml"}, "--settings absent.yaml: expected a file"),
    ],
)
def test_names_that_lead_nowhere_are_told(refusal, options, said):
    assert any(said in line for line in refusal(**options))


def test_further_settings_come_last_and_are_checked(refusal, folder):
    keys = {"run": {"cutof": 0.4}, "scanners": {"mine": {"sound_speed": 1.54}}}
    (folder / "more.yaml").write_text(yaml.safe_dump(keys))
    lines = refusal(settings=folder / "more.yaml")
    assert "run.cutof: unknown key; did you mean cutoff?" in lines
    assert any(line.startswith("scanners.mine: sound_speed is 1.54 m/s") for line in lines)


def test_columns_with_groups_are_those_that_the_settings_name(refusal, folder):
    first, *rows = (folder / "frames.tsv").read_text().splitlines()
    lines = [f"{first}\tsex\tsize", *(f"{row}\tf\tsmall" for row in rows)]
    (folder / "frames.tsv").write_text("\n".join(lines) + "\n")
    settings = folder / "groups.yaml"
    settings.write_text(yaml.safe_dump({"run": {"subgroups": ["sex"]}}))
    said = "\n".join(refusal(settings=settings))
    assert "row 1, column size: found an unknown column" in said
    assert "column sex" not in said
    assert "column sex: found an unknown column" in "\n".join(refusal())


def test_channel_data_are_asked_for_what_their_files_do_not_state(refusal, folder):
    echoes = np.random.default_rng(0).standard_normal((3, 24, 600))
    for name in ("a", "b"):
        np.save(folder / f"{name}.npy", echoes)
    rows = (folder / "frames.tsv").read_text().splitlines()
    rows = [rows[0] + "\taxes", *(f"{row}\ttransmit,element,sample" for row in rows[1:])]
    (folder / "frames.tsv").write_text("\n".join(rows))
    more = folder / "more.yaml"
    more.write_text("cohorts: {mine: {kind: channel}}\n")
    _, line = refusal(settings=more)
    assert "nobody states array.pitch (the positions of the elements), array.transmit_ang" in line
    array = "{pitch: 3e-4, transmit_angles: [0, 1e-1]}"
    more.write_text(
        f"cohorts: {{mine: {{kind: channel}}}}\nscanners: {{mine: {{array: {array}}}}}\n"
    )
    _, line = refusal(settings=more)
    assert "2 transmitted waves of 24 elements are stated, and the file has 3 transmits" in line


def test_configuration_is_never_overwritten(refusal, folder):
    (folder / "audit.yaml").write_text("run: {}\n")
    (line,) = refusal()
    assert line.startswith(f"{folder / 'audit.yaml'}: is there already, and is not overwritten")
    assert (folder / "audit.yaml").read_text() == "run: {}\n"


def test_table_that_is_not_there_is_told(folder):
    with pytest.raises(InputError, match=r"absent\.tsv: expected a frame table, and there is none"):
        audit(folder / "absent.tsv", folder / "net.onnx")


def test_frames_in_the_checkout_are_refused():
    with pytest.raises(InputError, match="could be added to git by mistake"):
        audit(ROOT / "config" / "real_frames.tsv", "net.onnx")


def test_installed_package_asks_for_a_checkout(folder, monkeypatch):
    assert checkout_of(None) == ROOT
    with pytest.raises(InputError, match=r"found no Snakefile there; expected a checkout"):
        checkout_of(folder)
    monkeypatch.setattr("reconattack.run.audit.__file__", str(folder / "a" / "b" / "audit.py"))
    with pytest.raises(InputError, match="clone it and name its folder with --checkout"):
        checkout_of(None)
