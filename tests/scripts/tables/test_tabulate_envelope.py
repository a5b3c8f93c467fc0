import pandas as pd
import pytest

from reconattack.attacks.judged_settings import label_settings
from reconattack.storage import write_dataset
from scripts.tables.tabulate_envelope import tabulate_envelope
from scripts.tables.tabulate_repeatability import tabulate_repeatability
from scripts.tables.tabulate_subgroups import tabulate_subgroups

CHOSEN = pd.DataFrame(
    {
        "setting": ["initial-0", "normal-0", "normal-1", "sweep_beta-0"],
        "distribution": ["initial", "normal", "normal", "sweep_beta"],
        "beta": [0.9, 0.8, 1.0, 0.5],
    }
)
LOGITS = [[1, 1, 2, -1], [1, 1, 3, 1], [-1, -1, -2, -1], [-1, 1, -2, -1]]
BOX = {"beta": {"box": [0.5, 1.3]}}


@pytest.fixture
def judged(tmp_path):
    """The files of a run: logits at accidental settings, and predictions that name the patients."""
    frames = {f"f{number}": {"patient": f"p{number // 2}", "label": 1} for number in range(4)}
    path = str(tmp_path / "settings.nc")
    write_dataset(path, label_settings({"logit": LOGITS}, frames, CHOSEN), {})
    predictions = str(tmp_path / "m.csv")
    patients = [known["patient"] for known in frames.values()]
    for_seeds = [
        pd.DataFrame({"seed": seed, "frame": list(frames), "patient": patients, "fold": "0"})
        for seed in (0, 1)
    ]
    pd.concat(for_seeds).to_csv(predictions, index=False)
    return {
        "files": [],
        "settings": [{"model": "m", "seed": "0", "fold": "all", "path": path}],
        "models": ["m"],
        "predictions": [predictions],
        "boxes": {},
        "finds": {},
        "accidental": BOX,
        "cutoff": 0.5,
        "limit": 0.3,
    }


def test_patients_are_those_of_the_predictions(judged, tmp_path):
    tabulate_envelope(**judged, initial={"beta": 0.9}, table=str(tmp_path / "envelope.csv"))
    table = pd.read_csv(tmp_path / "envelope.csv").set_index("source")
    assert table["n_patients"].tolist() == [2, 2]
    assert table["n"].tolist() == [4, 4]
    assert table.loc["sweep_beta", "beyond_share"] != table.loc["sweep_beta", "beyond_share"]
    assert table.loc["normal", "range_share"] == 0.25


def test_groups_are_compared(judged, tmp_path):
    groups = {"site": {"f0": "a", "f1": "a", "f2": "b", "f3": "b"}}
    tabulate_subgroups(**judged, groups=groups, table=str(tmp_path / "subgroups.csv"))
    table = pd.read_csv(tmp_path / "subgroups.csv").set_index(["source", "group"])
    assert table["n_changed"].to_dict() == {
        **{("normal", "a"): 0, ("normal", "b"): 1},
        **{("sweep_beta", "a"): 1, ("sweep_beta", "b"): 0},
    }


def test_repeatability_is_that_of_the_normal_settings(judged, tmp_path):
    tabulate_repeatability(judged["settings"], str(tmp_path / "repeatability.csv"))
    table = pd.read_csv(tmp_path / "repeatability.csv").set_index("measure")
    assert table.loc["within_deviation", "n_settings"] == 2
    within = ((0.5 + 2 + 0.5 + 4.5) / 4) ** 0.5
    assert table.loc["within_deviation", "value"] == pytest.approx(within)
