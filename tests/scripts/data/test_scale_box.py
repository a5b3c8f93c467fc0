"""The box that `snakemake scale_box` prints for a person to copy."""

import pandas as pd
import pytest
import yaml

from reconattack.frames.chunks import write_chunk
from reconattack.frames.scanner import Scanner
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from scripts.data.scale_box import scale_box
from scripts.data.tabulate_small_change import tabulate_small_change

SCANNER = Scanner(
    name="ours",
    probe="convex",
    probe_radius=0.05,
    angle_span=1.15,
    sampling_frequency=12.5e6,
    center_frequency=2.5e6,
    sound_speed=1540.0,
    reference_level=23.5,
    gain_state="raw",
)
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
PARAMETERS = {"beta": {"box": [0.5, 1.3]}, "alpha_lower": {"box": [5, 15]}}


@pytest.fixture
def found(tmp_path):
    """Table and text of two frames, of which the second counts if `shown` names it."""
    frames = {name: simulate_rf(simulate_patient(name), SCANNER, 32, 1300) for name in ("a", "b")}
    write_chunk(tmp_path / "chunk.nc", frames, {})

    def find(*shown):
        said = []
        table = str(tmp_path / "table.csv")
        tabulate_small_change(
            **{"frames": [str(tmp_path / "chunk.nc")], "table": table, "shown": shown},
            **{"parameters": PARAMETERS, "limits": {"mean_abs_diff": 20}, "initial": INITIAL},
            image_rows=64,
        )
        scale_box(table, "zoo", PARAMETERS, INITIAL, said.append)
        return pd.read_csv(tmp_path / "table.csv"), "\n".join(said)

    return find


def test_printed_box_can_be_copied_and_is_that_of_the_corners(found):
    corners, said = found("a", "b")
    head, printed = said.split("Copy this into the configuration:\n")
    assert f"{corners['share'].iloc[0]:g} of the box of zoo" in head
    parameters = yaml.safe_load(printed)["parameters"]
    assert list(parameters) == ["beta", "alpha_lower"]
    for name, knob in parameters.items():
        assert knob["box"] == [corners[name].min(), corners[name].max()]
    assert corners["mean_abs_diff"].max() <= 20


def test_only_chosen_frames_count(found):
    alone, both = found("a")[0], found("a", "b")[0]
    assert not alone["mean_abs_diff"].equals(both["mean_abs_diff"])
