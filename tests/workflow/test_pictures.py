"""An audit of finished images, from a folder of files to the report."""

import copy

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from PIL import Image

from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.drawing import reconstruct
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from tests.model_cards import check_card
from tests.workflow.workflow_run import Workflow, merged

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
SCANNER = Scanner(
    name="simulated",
    probe="convex",
    sampling_frequency=12.5e6,
    center_frequency=2.5e6,
    sound_speed=1540.0,
    reference_level=23.5,
    gain_state="raw",
    probe_radius=0.05,
    angle_span=1.15,
)
PATIENTS = 12
JPEG = 3  # the number of a patient whose image is a JPEG
KEYS = {
    "run": {
        "cohort": "clinic",
        "image_cohorts": [],
        "training_cohorts": [],
        "frames_per_job": 4,
        "attacks": ["corners", "minimal"],
    },
    "cohorts": {"clinic": {"kind": "images", "table": "frames.tsv"}},
    "scanners": {
        "clinic": {
            "probe": "convex",
            "probe_radius": 0.05,
            "center_frequency": 2500000,
            "picture": {"dynamic_range_error": 0, "image_depth": 0.1597},
        }
    },
    "validation": {"cohort": "simulated_validation"},
}
TARGETS = (
    "results/tables/frames.csv",
    "results/tables/attacks.csv",
    "results/tables/summary.csv",
    "results/explorer.html",
    "results/card/card.xml",
)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """frames.tsv and an image of each of some simulated patients; the folder."""
    folder = tmp_path_factory.mktemp("pictures")
    rows = [["frame", "patient", "label", "path", "scanner", "dynamic_range"]]
    for number in range(PATIENTS):
        patient = simulate_patient(f"p{number}")
        frame = simulate_rf(patient, SCANNER, 64, 2592)
        image = reconstruct(frame, INITIAL, 128)["bmode"].values
        name = f"{number}.{'jpg' if number == JPEG else 'png'}"
        Image.fromarray(image).save(folder / name, quality=90)
        rows.append([f"f{number}", f"p{number}", frame.attrs["label"], name, "clinic", 45])
    (folder / "frames.tsv").write_text("\n".join("\t".join(map(str, row)) for row in rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def audit(checkout, pictures):
    """The results of an audit of these pictures."""
    smoke = yaml.safe_load((checkout / "config" / "smoke.yaml").read_text())
    path = pictures / "config.yaml"
    path.write_text(yaml.safe_dump(merged(smoke, KEYS)))
    Workflow(checkout, pictures).run(*TARGETS, config=path)
    return pictures / "results"


def test_initial_images_are_the_pictures(audit, pictures):
    for chunk in (audit / "bmode" / "clinic").glob("*.nc"):
        with xr.open_datatree(chunk) as tree:
            for name, group in tree.children.items():
                number = int(name[1:])
                if number != JPEG:
                    expected = np.asarray(Image.open(pictures / f"{number}.png"))
                    np.testing.assert_array_equal(group["bmode"].values, expected)


def test_attacks_say_what_the_pictures_tell(audit):
    attacks = pd.read_csv(audit / "tables" / "attacks.csv")
    attacked = attacks[attacks["stop_reason"] != "wrong_at_start"]
    assert len(attacked)
    assert attacked["sure_flip"].notna().all()
    assert not (attacked["sure_flip"].astype(bool) & ~attacked["success"]).any()
    assert not (attacked["sure_flip"].astype(bool) & attacked["sure_hold"].astype(bool)).any()
    assert attacks["censored_share"].between(0, 0.5).all()
    summary = pd.read_csv(audit / "tables" / "summary.csv")
    for row in summary.to_dict("records"):
        of_attack = attacked[attacked["attack"] == row["attack"]]
        assert row["n_sure_success"] == (of_attack["sure_flip"] == True).sum()  # noqa: E712
        assert row["n_sure_success"] <= row["n_success"]


def test_frames_are_checked_as_pictures(audit):
    frames = pd.read_csv(audit / "tables" / "frames.csv")
    assert (frames["region"] == "fan").all()
    assert (frames["dynamic_range"] == 45).all()
    assert frames["censored_share"].between(0, 0.3).all()
    assert np.allclose(frames["end_depth"], 0.1597, atol=5e-4)


def test_card_has_sure_flips(audit):
    card = audit / "card" / "card.xml"
    assert check_card(card) > 10
    assert "finished images that flip whatever they leave open" in card.read_text()


def test_explorer_shows_pixels_of_unknown_level(audit):
    page = (audit / "explorer.html").read_text()
    assert '"censored": [10.0, 55.0]' in page or '"censored":[10.0,55.0]' in page


def test_networks_trained_on_the_judged_pictures(checkout, audit, pictures, copy_of):
    """`resubstitution`: one network of all pictures judges and attacks each of them."""
    run = copy_of(Workflow(checkout, pictures))
    config = yaml.safe_load((pictures / "config.yaml").read_text())
    keys = {"run": {"protocol": "resubstitution", "attacks": ["corners"]}}
    path = run.folder / "config.yaml"
    path.write_text(yaml.safe_dump(merged(config, keys)))
    run.run("results/tables/attacks.csv", config=path)
    attacks = pd.read_csv(run.folder / "results" / "tables" / "attacks.csv")
    assert len(attacks) == PATIENTS
    assert attacks["fold"].unique().tolist() == ["all"]
    attacked = attacks["stop_reason"] != "wrong_at_start"
    assert attacked.any() and attacks.loc[attacked, "sure_flip"].notna().all()


def test_outlines_in_doubt_stop_the_run_until_they_are_confirmed(checkout, pictures, tmp_path):
    """Without the probe's radius, its face is where each picture begins to be lit."""
    keys = merged(copy.deepcopy(KEYS), {"run": {"on_bad_frame": "stop"}})
    del keys["scanners"]["clinic"]["probe_radius"]
    for path in pictures.iterdir():
        if path.suffix in (".png", ".jpg"):
            (tmp_path / path.name).symlink_to(path)
    table = pd.read_csv(pictures / "frames.tsv", sep="\t")
    table.to_csv(tmp_path / "frames.tsv", sep="\t", index=False)
    smoke = yaml.safe_load((checkout / "config" / "smoke.yaml").read_text())
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(merged(smoke, keys)))
    workflow = Workflow(checkout, tmp_path)
    terminal = workflow.run("results/folds.csv", config=config, fails=True)
    sheet = "results/figures/contact_sheet.png"
    assert "in doubt in 12 of 12 frames, and the run stops" in terminal
    assert f"{sheet} shows it: look at it" in terminal
    for number in range(PATIENTS):
        assert f"frame f{number} ({number}." in terminal
    assert "is the near field black?" in terminal and "Traceback" not in terminal
    assert (tmp_path / sheet).stat().st_size > 10_000
    table["outline_confirmed"] = [1, 1, *["" for _ in range(PATIENTS - 3)], 1]
    table.to_csv(tmp_path / "frames.tsv", sep="\t", index=False)
    keys = merged(keys, {"run": {"on_bad_frame": "skip"}})
    config.write_text(yaml.safe_dump(merged(smoke, keys)))
    terminal = workflow.run("results/folds.csv", "check_frames", config=config)
    assert "in doubt in 9 of 12 frames, and these frames are left out" in terminal
    frames = pd.read_csv(tmp_path / "results" / "tables" / "frames.csv").set_index("frame")
    assert frames.index[frames["error"].isna()].tolist() == ["f0", "f1", "f11"]
    assert frames.loc["f0", "warnings"].endswith("is the near field black?")


def test_audits_of_pictures_beside_rf(smoke, copy_of, write_config):
    """The finished run gets the further tables, and nothing else runs again."""
    run = copy_of(smoke)
    box = {"beta": {"box": [0.7, 1.1]}, "alpha_lower": {"box": [5, 15]}}
    keys = {"agreement": {"kinds": ["png", "range_unsure"], "points": 3, "parameters": box}}
    target, config = "results/tables/agreement_summary.csv", write_config(keys)
    assert run.planned(target, config=config) == {"judge_pictures": 4, "tabulate_agreement": 1}
    run.run(target, config=config)
    rows = pd.read_csv(run.folder / "results/tables/agreement.csv")
    assert (rows["points"] == 9).all()
    assert len(rows) == 2 * 12
    summary = pd.read_csv(run.folder / target).set_index("kind")
    png, unsure = summary.loc["png"], summary.loc["range_unsure"]
    assert (png["frames"], png["points"]) == (12, 12 * 9)
    assert png["worst_grey_error"] <= 1
    assert png["agree"] > 0.97
    assert unsure["true_flips_sure"] <= png["true_flips_sure"]


def test_masks_of_a_brought_model_are_compared_with_given_ones(checkout, pictures, tmp_path):
    """One mask of four pictures is right, one wrong at the start, one of no use, one missing."""
    (tmp_path / "mine.py").write_text("def outline(images):\n    return (images > 90) * 1.0\n")
    masks = {}
    for number, name in enumerate(("right", "wrong", "colours")):
        with Image.open(pictures / f"{number}.png") as image:
            bright = np.asarray(image) > 90
        coloured = bright[..., np.newaxis] * np.array([200, 0, 0])
        mask = {"right": 9 * bright, "wrong": 9 * ~bright, "colours": coloured}[name]
        Image.fromarray(mask.astype(np.uint8)).save(tmp_path / f"{name}.png")
        masks[f"f{number}"] = f"{name}.png"
    table = pd.read_csv(pictures / "frames.tsv", sep="\t").head(5).drop(JPEG)
    table["path"] = [str(pictures / path) for path in table["path"]]
    table["mask"] = table["frame"].map(masks)
    table.to_csv(tmp_path / "frames.tsv", sep="\t", index=False)
    decision = {"kind": "mask", "structures": ["echoes"], "dice": 0.9, "truth": "mask"}
    mine = {"python": "mine:outline", "input_size": [64, 64], "decision": decision}
    mine |= {"resize": {"library": "pillow", "kernel": "nearest"}}
    keys = {
        "run": {"models": ["mine"], "on_bad_frame": "skip", "attacks": ["corners"]},
        "models": {"mine": mine},
        "accidental": None,
    }
    smoke = yaml.safe_load((checkout / "config" / "smoke.yaml").read_text())
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(merged(merged(smoke, KEYS), keys)))
    Workflow(checkout, tmp_path).run(
        "results/tables/frames.csv", "results/tables/summary.csv", config=config
    )
    frames = pd.read_csv(tmp_path / "results" / "tables" / "frames.csv").set_index("frame")
    assert "mask colours.png: found colours; expected one number a pixel" in frames["error"]["f2"]
    attacks = pd.read_csv(tmp_path / "results" / "tables" / "attacks.csv").set_index("frame")
    assert attacks["stop_reason"]["f1"] == "wrong_at_start"
    assert attacks["decision_initial"]["f0"] > 0.98 > 0.1 > attacks["decision_initial"]["f1"]
    assert attacks["decision_initial"]["f4"] == 1 and np.isnan(attacks["label"]["f4"])
    (row,) = pd.read_csv(tmp_path / "results" / "tables" / "summary.csv").to_dict("records")
    assert (row["n_labelled"], row["n_attacked"], row["n_unreadable"]) == (2, 2, 1)
    assert row["lowest_clean_dice"] == attacks["decision_initial"]["f1"]
