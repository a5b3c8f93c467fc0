"""config/oasbud.yaml and config/liver-public.yaml on small files made to the public layout."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from tests.public_files import lay_out
from tests.workflow.workflow_run import Workflow, merged

MODEL = "results/models/compact/seed-0/fold-0.onnx"


@pytest.fixture
def workflow_in(checkout, tmp_path):
    """A folder with the files of a public data set."""

    def workflow_in(name, **sizes):
        lay_out(name, tmp_path, **sizes)
        return Workflow(checkout, tmp_path)

    return workflow_in


def test_oasbud_is_planned_as_a_whole(workflow_in):
    workflow = workflow_in("oasbud", samples=80, lines=8)
    planned = workflow.planned(config=workflow.checkout / "config" / "oasbud.yaml")
    assert planned["read_frames"] == planned["reconstruct"] == 5
    assert planned["train"] == 5
    assert planned["attack"] == 25
    assert "simulate_images" not in planned


def test_liver_images_are_planned_beside_the_simulated_frames(workflow_in):
    workflow = workflow_in("liver", shape=(8, 12))
    planned = workflow.planned(config=workflow.checkout / "config" / "liver-public.yaml")
    assert planned["read_images"] == 11
    assert planned["simulate_frames"] == planned["reconstruct"] == 1
    assert "simulate_images" not in planned


def test_network_is_trained_on_public_images_and_simulated_frames(workflow_in, write_config):
    workflow = workflow_in("liver", patients=9, images=2)
    public = yaml.safe_load((workflow.checkout / "config" / "liver-public.yaml").read_text())
    smaller = {"run": {"frames_per_job": 12}, "models": {"compact": {"max_epochs": 2}}}
    workflow.run(MODEL, config=write_config(merged(public, smaller)))
    results = workflow.folder / "results"
    validating = pd.read_csv(results / "models" / "compact" / "seed-0" / "fold-0.validation.csv")
    assert set(validating["scanner"]) == {"liver_public", "scanner_b"}
    with xr.open_datatree(results / "bmode" / "liver_public" / "12x0001.nc") as chunk:
        images = {name: group.to_dataset().load() for name, group in chunk.children.items()}
    assert list(images) == [f"liver-{p:02d}_{i}" for p in range(6, 9) for i in range(2)]
    for image in images.values():
        assert image["bmode"].shape == (30, 44)
        assert image["bmode"].dtype == np.uint8
        assert list(image.coords) == []
        assert image.attrs["fat_fraction"] == (33 if image.attrs["label"] else 3)
