"""config/channel.yaml, small, in the real workflow: from simulated channel data to the knobs."""

import pandas as pd
import pytest
import yaml

from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.parameters import BEAM, PAPER_PARAMETERS
from tests.workflow.workflow_run import Workflow, merged, unexplained

SMALL = {
    "run": {"frames_per_job": 12},
    "cohorts": {
        "channel": {"patients": 6},
        "channel_training": {"patients": 12},
        "channel_validation": {"patients": 2},
    },
    "scanners": {
        "array": {
            "array": {"elements": 56},
            "scan": {"lines": 20, "end_depth": 0.016},
            "calibration_frames": ["channel-000"],
        }
    },
    "reconstruction": {"rows": 64},
    "models": {
        "lesion": {
            "input_size": [32, 32],
            "max_epochs": 8,
            "patience": 8,
            "validation_share": 0.25,
        }
    },
    "accidental": {
        "settings": 4,
        "parameters": {name: {"sweep": 3} for name in PAPER_PARAMETERS},
    },
    "attacks": {
        "paper_corners": {"max_queries": 4},
        "beam_corners": {"max_queries": 8},
        "all_corners": {"max_queries": 8},
        "all_minimal": {"max_queries": 8},
        "each_knob": {"points_each": 2, "points_pair": 1},
    },
}
KNOBS, ATTACKS, BOXES = (f"results/tables/{name}.csv" for name in ("knobs", "attacks", "boxes"))


@pytest.fixture(scope="module")
def finished(checkout, tmp_path_factory):
    """A folder in which the small run has finished."""
    folder = tmp_path_factory.mktemp("channel")
    whole = yaml.safe_load((checkout / "config" / "channel.yaml").read_text())
    config = folder / "channel.yaml"
    config.write_text(yaml.safe_dump(merged(whole, SMALL)))
    Workflow(checkout, folder).run(config=config)
    return folder


def test_lines_were_beamformed_at_the_initial_setting(finished):
    (chunk,) = (finished / "results/frames/channel").glob("*.nc")
    frames = dict(open_frames(chunk))
    assert len(frames) == 6
    for frame in frames.values():
        assert frame["channel_rf"].sizes["transmit"] == 3
        assert [frame.attrs[name] for name in BEAM] == [1540.0, 1.0, 0.0, 3.0, 0.0]


def test_every_attack_moves_what_it_may_and_nothing_else(finished):
    attacks = pd.read_csv(finished / ATTACKS)
    assert set(attacks["attack"]) == set(SMALL["attacks"])
    attacked = attacks[attacks["stop_reason"] != "wrong_at_start"]
    assert len(attacked)
    assert (attacked["queries"] > 1).all()
    of_paper = attacked[attacked["attack"] == "paper_corners"]
    boxes = pd.read_csv(finished / BOXES)
    moved = boxes.groupby("attack")["parameter"].agg(set)
    assert moved["beam_corners"] == set(BEAM)
    assert moved["paper_corners"] == set(PAPER_PARAMETERS)
    assert moved["each_knob"] == {*BEAM, *PAPER_PARAMETERS}
    assert len(of_paper) * len(SMALL["attacks"]) == len(attacked)


def test_the_knobs_of_the_beamformer_are_counted_beside_the_paper_s(finished):
    knobs = pd.read_csv(finished / KNOBS)
    alone = knobs[knobs["other_control"].isna()]
    assert len(alone) == 8
    assert len(knobs) == 8 + 28
    assert {"f-number", "transmits", "coherence factor"} < set(alone["control"])
    assert (finished / "results/figures/knobs.png").stat().st_size > 1000
    assert (finished / "results/summary.html").stat().st_size > 1000
    assert unexplained(finished / "results") == []
