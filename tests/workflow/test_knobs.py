"""config/knobs.yaml in the real workflow: nothing is trained again, table and figure are made."""

import pandas as pd
import pytest
import yaml

from tests.workflow.workflow_run import unexplained

TABLE, FIGURE = "results/tables/knobs.csv", "results/figures/knobs.png"
AGAIN = {"simulate_frames", "simulate_images", "reconstruct", "assign_folds", "train", "predict"}


@pytest.fixture
def knobs(checkout):
    return yaml.safe_load((checkout / "config" / "knobs.yaml").read_text())


def test_all_knobs_are_attacked_on_the_trained_models(smoke, knobs, write_config):
    planned = smoke.planned(config=write_config(knobs))
    assert not AGAIN & set(planned)
    default = yaml.safe_load((smoke.checkout / "config.yaml").read_text())["run"]["attacks"]
    assert planned["attack"] == 4 * len(set(knobs["run"]["attacks"]) - set(default)) == 4 * 4
    assert planned["tabulate_knobs"] == planned["knobs"] == 1


def test_few_settings_of_a_few_knobs(smoke, copy_of, knobs, write_config):
    workflow = copy_of(smoke)
    each = knobs["attacks"]["each_knob"]
    names = ("beta", "gain", "slider_1", "slider_8", "gamma")
    few = each | {"points_each": 4, "points_pair": 2}
    few["parameters"] = {name: each["parameters"][name] for name in names}
    keys = {"run": {"attacks": ["zoo", "each_knob"]}, "attacks": {"each_knob": few}}
    workflow.run(TABLE, FIGURE, config=write_config(keys))
    table = pd.read_csv(workflow.folder / TABLE)
    assert table["control"][:4].tolist() == ["beta", "gain", "time-gain curve", "grey map"]
    assert table["other_control"].isna().sum() == 4
    assert len(table) == 4 + 6
    attacked = pd.read_csv(workflow.folder / "results/predictions/compact.csv")
    right = (attacked["predicted"] == attacked["label"]).sum()
    assert set(table["n_attacked"]) == {right}
    assert (workflow.folder / FIGURE).stat().st_size > 1000
    assert unexplained(workflow.folder / "results") == []
