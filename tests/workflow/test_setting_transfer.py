"""config/setting-transfer.yaml in the real workflow, every model of it in small."""

import numpy as np
import pandas as pd
import pytest
import yaml

from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.setting_transfer import measure_spectra, transfer_frame
from tests.workflow.workflow_run import Workflow, merged

TABLES = ("results/tables/defences.csv", "results/tables/defences_pairs.csv")
LAYERS = ("smoke", "defences", "setting-transfer", "setting-transfer-smoke")


@pytest.fixture(scope="module")
def configuration(checkout):
    config = {}
    for name in LAYERS:
        layer = yaml.safe_load((checkout / "config" / f"{name}.yaml").read_text())
        config = merged(config, layer)
    return config


@pytest.fixture(scope="module")
def transfer(checkout, configuration, tmp_path_factory):
    """The finished run; tests read it and must not change it."""
    folder = tmp_path_factory.mktemp("transfer")
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(configuration))
    workflow = Workflow(checkout, folder)
    workflow.run(*TABLES, config=config)
    return workflow


def frames_of(workflow, cohort):
    folder = workflow.folder / "results" / "frames" / cohort
    return {
        name: frame for path in sorted(folder.glob("*.nc")) for name, frame in open_frames(path)
    }


def test_every_model_has_a_row(transfer, configuration):
    table = pd.read_csv(transfer.folder / "results" / "tables" / "defences.csv")
    rows = table.set_index("model")
    assert rows.index.tolist() == configuration["run"]["models"]
    assert rows["baseline"].tolist() == [False, True, False, False, False, False]
    moved = ["other_scanner_transferred", "other_setting_transferred"]
    assert (rows.loc[moved, "kind"] == "setting transfer").all()
    assert (rows.drop(moved)["kind"] == "plain").all()
    assert rows["grid_points"].unique().tolist() == [27]
    assert rows["proof"].notna().all()


def test_each_model_is_trained_on_its_own_cohorts(transfer):
    rows = pd.read_csv(transfer.folder / "results" / "tables" / "defences.csv").set_index("model")
    assert rows.loc["other_scanner", "n_train"] > rows.loc["plain_rf_only", "n_train"]
    assert rows.loc["other_scanner", "n_train"] == rows.loc["other_scanner_transferred", "n_train"]
    folder = transfer.folder / "results" / "models"
    for model, cohort in (
        ("other_scanner", "scanner_a_training"),
        ("other_scanner_transferred", "scanner_a_training"),
        ("other_setting", "setting_training"),
        ("plain_rf_only", "simulated_training"),
    ):
        held = pd.read_csv(folder / model / "seed-0" / "fold-all.validation.csv")
        assert held["frame"].str.startswith(cohort).all(), model


def test_transferred_frames_are_the_filtered_ones(transfer):
    recorded, moved = (
        frames_of(transfer, f"scanner_a_{kind}") for kind in ("training", "transferred")
    )
    phantoms = (frames_of(transfer, f"scanner_{letter}_phantom") for letter in "ab")
    spectra = [measure_spectra(of_scanner.items()) for of_scanner in phantoms]
    assert list(moved) == list(recorded)
    for name in list(moved)[:2]:
        again = transfer_frame(recorded[name], *spectra)
        np.testing.assert_allclose(moved[name]["rf"], again["rf"], rtol=1e-5, atol=1e-9)
        assert moved[name].attrs == again.attrs
        assert moved[name].attrs["scanner"] == "scanner_b"
        assert moved[name].attrs["label"] == recorded[name].attrs["label"]


def test_transferred_frames_fit_the_target_better(transfer, configuration):
    """The middle of the spectrum of each frame, over its depth, comes to where the target's is."""
    of_target = mean_center(frames_of(transfer, "simulated_training"))
    for cohort in ("scanner_a", "setting"):
        recorded, moved = (
            mean_center(frames_of(transfer, f"{cohort}_{kind}"))
            for kind in ("training", "transferred")
        )
        assert abs(moved - of_target) < abs(recorded - of_target) / 2


def mean_center(frames):
    """Mean frequency [Hz] of the spectra of frames between 2 and 8 cm."""
    centers = []
    for name, frame in frames.items():
        found = measure_spectra([(name, frame)])
        rows = found.power[(found.depth > 0.02) & (found.depth < 0.08)]
        centers.append(np.mean(rows @ found.frequency / rows.sum(axis=1)))
    return np.mean(centers)
