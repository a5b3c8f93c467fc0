"""Channel data through the workflow: files of zea in both layouts in one cohort, and its audit."""

import shutil

import h5py
import pandas as pd
import pytest
import xarray as xr
import yaml

from reconattack.frames.channels import channels_of
from reconattack.reconstruction.parameters import BEAM
from tests import channel_points as points
from tests.places import DATA
from tests.readers.channels.test_points import check_points
from tests.workflow.workflow_run import Workflow, merged, unexplained

# More than a half of these images, in which another sound speed blurs the points.
MODEL = """
def probability(images):
    return images.reshape(len(images), -1).mean(axis=1).clip(max=85) / 85
"""
AUDIT = {
    "run": {
        **{"cohort": "waves", "image_cohorts": [], "training_cohorts": [], "frames_per_job": 3},
        **{"models": ["brightness"], "attacks": ["beam"], "seeds": [0]},
    },
    "cohorts": {"waves": {"kind": "channel", "table": "frames.tsv"}},
    "scanners": {"array": {"reference_level": 0, "scan": {"lines": 40, "end_depth": 0.02}}},
    "models": {
        "brightness": {
            "python": "judge:probability",
            "input_size": [32, 32],
            "resize": {"library": "pillow", "kernel": "bilinear"},
        }
    },
    "attacks": {
        "beam": {
            "method": "corners",
            "max_queries": 6,
            "parameters": {"beam_sound_speed": {"box": [1400, 1680]}},
        }
    },
    "reconstruction": {"initial": {"beam_sound_speed": 1540}},
    "validation": {"cohort": "waves"},  # no simulated lines, which have no beamformer
}


@pytest.fixture(scope="module")
def audit(checkout, tmp_path_factory):
    """The finished audit of four frames, two in a file of each layout."""
    folder = tmp_path_factory.mktemp("channels")
    shutil.copy(DATA / "zea_channels_linear_rf.hdf5", folder / "new.hdf5")
    with h5py.File(folder / "new.hdf5") as new, h5py.File(folder / "old.hdf5", "w") as old:
        new.copy("tracks/track_0/data/raw_data", old.create_group("data"), "raw_data")
        new.copy("tracks/track_0/scan", old)
        new.copy("probe/probe_geometry", old["scan"])
    (folder / "frames.tsv").write_text(
        "frame\tpatient\tpath\tframes\tscanner\n"
        "new\tp1\tnew.hdf5\t2\tarray\n"
        "old\tp2\told.hdf5\t2\tarray\n"
    )
    (folder / "judge.py").write_text(MODEL)
    smoke = yaml.safe_load((checkout / "config" / "smoke.yaml").read_text())
    (folder / "audit.yaml").write_text(yaml.safe_dump(merged(smoke, AUDIT)))
    workflow = Workflow(checkout, folder)
    workflow.run("all", "check_frames", config=folder / "audit.yaml")
    return workflow


@pytest.fixture(scope="module")
def frames(audit):
    found = {}
    for number in range(2):
        with xr.open_datatree(audit.folder / f"results/frames/waves/3x000{number}.nc") as chunk:
            found |= {name: group.to_dataset().load() for name, group in chunk.children.items()}
    return found


def test_both_layouts_give_the_same_frames(frames):
    assert list(frames) == ["new_0", "new_1", "old_0", "old_1"]
    for number in range(2):
        one, other = frames[f"new_{number}"], frames[f"old_{number}"]
        xr.testing.assert_identical(one.drop_attrs(), other.drop_attrs())
    check_points(frames["old_1"])


def test_frames_have_the_scan_and_the_setting_that_the_configuration_states(frames):
    frame = frames["new_0"]
    assert frame.sizes["lateral"] == 40
    assert 0.0199 < float(frame["depth"][-1]) <= 0.02
    assert [frame.attrs[name] for name in BEAM] == [1540, 0, 0, 0, 0]
    assert channels_of(frame).samples.shape == (3, points.ELEMENTS, points.SAMPLES)


def test_attack_beamforms_again(audit):
    attacks = pd.read_csv(audit.folder / "results" / "tables" / "attacks.csv")
    assert list(attacks["frame"]) == ["new_0", "new_1", "old_0", "old_1"]
    assert (attacks["queries"] > 1).all()
    assert attacks["beam_sound_speed"].isin([1400, 1680]).all()
    assert (attacks["probability_final"] != attacks["probability_initial"]).all()
    assert not unexplained(audit.folder / "results")
    table = pd.read_csv(audit.folder / "results" / "tables" / "frames.csv")
    assert list(table["reader"]) == 4 * ["zea"]
    again = audit.run("all", config=audit.folder / "audit.yaml")
    assert "Nothing to be done" in again
