"""A run that skips frames which cannot be used carries them as counted, empty rows to its end."""

import re
import shutil

import pandas as pd
import pytest
import yaml

from tests.workflow.workflow_run import TableWorkflow, merged

MODEL = "torch_one_sigmoid_any_size.onnx"
RUN = {
    "run": {
        "models": ["torch"],
        "image_cohorts": [],
        "attacks": ["zoo"],
        "on_bad_frame": "skip",
        "subgroups": ["sex", "scanner"],
        "frames_per_job": 2,
    },
    "models": {
        "torch": {
            "source": f"models/{MODEL}",
            "input_size": [32, 32],
            "scaling": {"divide": 255},
            "resize": {"library": "pillow", "kernel": "bilinear"},
        }
    },
    "attacks": {"zoo": {"max_steps": 2}},
}
OTHERS = ("frame-3", "frame-4")  # whose scanner is another one
BAD = ["frame-2", "frame-3", "frame-5"]  # a whole chunk and half of another


@pytest.fixture(scope="module")
def tables(checkout, tmp_path_factory):
    """Tables of the finished run."""
    folder = tmp_path_factory.mktemp("skipped")
    workflow = TableWorkflow(checkout, folder)
    workflow.write()
    workflow.configure(merged(yaml.safe_load((folder / "config.yaml").read_text()), RUN))
    workflow.write_rows(
        row
        | {"sex": "fm"[number % 2]}
        | ({"scanner": "scanner_a"} if row["frame"] in OTHERS else {})
        for number, row in enumerate(workflow.rows())
    )
    (folder / "models").mkdir()
    shutil.copy(checkout / "tests" / "data" / MODEL, folder / "models" / MODEL)
    for name in BAD:
        path = folder / "rf" / f"{name.removeprefix('frame-')}.mha"
        path.write_bytes(path.read_bytes()[:-1000])
    workflow.run()
    return folder / "results" / "tables"


def test_every_table_has_every_frame(tables):
    predictions = pd.read_csv(tables.parent / "predictions" / "torch.csv")
    attacks = pd.read_csv(tables / "attacks.csv")
    frames = pd.read_csv(tables / "frames.csv")
    for table in (predictions, attacks, frames):
        assert sorted(table["frame"]) == [f"frame-{number}" for number in range(6)]


def test_rows_of_bad_frames_are_empty_and_say_why(tables):
    frames = pd.read_csv(tables / "frames.csv").set_index("frame").loc[BAD]
    assert frames["error"].str.contains("truncated").all()
    attacks = pd.read_csv(tables / "attacks.csv").set_index("frame").loc[BAD]
    assert (attacks["stop_reason"] == "unreadable").all()
    assert attacks["probability_initial"].isna().all()
    assert attacks["label"].tolist() == [0, 1, 1]
    predictions = pd.read_csv(tables.parent / "predictions" / "torch.csv").set_index("frame")
    assert predictions.loc[BAD, "predicted"].isna().all()


def test_summary_counts_them_and_judges_the_others(tables):
    (summary,) = pd.read_csv(tables / "summary.csv").to_dict("records")
    assert (summary["n_unreadable"], summary["n_labelled"]) == (3, 3)
    attacks = pd.read_csv(tables / "attacks.csv")
    tried = ~attacks["stop_reason"].isin(["unreadable", "wrong_at_start"])
    assert summary["n_attacked"] == tried.sum() == summary["n_correct"]


def test_groups_count_the_frames_that_could_be_used(tables):
    groups = pd.read_csv(tables / "subgroups.csv")
    own = groups[groups["source"] == "normal"].set_index(["column", "group"])["n"]
    counts = {("sex", "f"): 2, ("sex", "m"): 1, ("scanner", "scanner_a"): 1}
    assert own.groupby(level=[0, 1]).first().to_dict() == counts | {("scanner", "scanner_b"): 2}
    judged = pd.read_csv(tables / "accidental.csv").query("distribution == 'normal'")
    assert set(judged["n"]) == {3}
    summary = (tables.parent / "summary.html").read_text()
    section = summary[summary.index('<section id="subgroups">') :].partition("</section>")[0]
    attacked = groups.loc[groups["source"] == "zoo", "group"].tolist()
    assert attacked and re.findall(r"<td>(scanner_.|f|m)</td>", section) == attacked


def test_figures_are_made(tables):
    made = {path.name for path in (tables.parent / "figures").glob("*.png")}
    assert {"contact_sheet.png", "fig1_samples.png", "fig3_adversarial.png"} <= made
