"""The whole of config/smoke.yaml: every file of DESIGN.md's contract is there and as promised."""

import hashlib
import json
import re
import shutil
import socket
import sys
from pathlib import Path

import keras
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import xarray as xr
from PIL import Image

from reconattack import __version__
from reconattack.pages.checklists.checklist import declarations
from tests.model_cards import check_card
from tests.workflow.workflow_run import ON_REQUEST, WITH_REPORT, unexplained
from tools import published_run

MEMORY_LIMIT_MB = 2048
NOT_REPORTED = {*ON_REQUEST}  # made by themselves, after the report
ATTACKS = ["zoo", "corners", "minimal", "small_change"]
PARAMETERS = {"beta": "dB/(cm MHz)", "alpha_lower": "dB", "alpha_upper": "dB"}
FRAME_ATTRIBUTES = {
    *("sampling_frequency", "center_frequency", "sound_speed", "probe_radius"),
    *("reference_level", "gain_state", "scanner", "patient", "label", "fat_fraction"),
}
FIGURES = [
    *("accidental_change", "fig1_samples", "fig2_pipeline", "fig3_adversarial"),
    *("roc", "attack_paths", "margins", "success_against_budget", "success_against_visibility"),
    *("contact_sheet", "dossier", "envelope"),
]
# What has no CSV of its own shows a table (results/README.md).
TABULATED = {"accidental_change": "accidental", "margins": "margins"}
WIDTHS = {252.0, 518.4}  # points: one column and two


@pytest.fixture(scope="module")
def results(smoke):
    return smoke.folder / "results"


def test_everything_is_made_once(smoke):
    assert smoke.planned(*WITH_REPORT) == {}


def test_run_is_recorded(smoke, results):
    record = json.loads((results / "provenance.json").read_text())["runs"]
    assert record[0]["succeeded"] is True
    assert record[0]["configuration"]["run"]["folds"] == 2
    assert "config/smoke.yaml" in record[0]["command"]
    assert record[0]["inputs"] == {}  # simulated


def test_numbers_are_the_published_ones(results):
    _, text = published_run.comparison(results, published_run.PUBLISHED / "smoke")
    same = re.match(r"The same as the published run: (\d+) of \1 files$", text)
    assert same, f"{text}\nIf they are meant to change: docs/published/README.md says how"
    assert int(same[1]) > 30


def test_second_run_says_so_and_does_nothing(smoke):
    before = smoke.results()
    assert "Nothing to be done" in smoke.run(*WITH_REPORT)
    assert smoke.results() == before


def test_run_ends_with_its_answer_also_if_nothing_had_to_be_done(smoke, results):
    answer = (results / "report" / "answer.txt").read_text().splitlines()
    assert len(answer) == 5
    said = smoke.run("all").splitlines()
    assert said[-1] == "Open in a browser: results/summary.html, results/explorer.html"
    assert said[-7:-2] == answer
    for arguments in (("--dry-run", "all"), ("results/figures/roc.pdf",)):
        assert "Open in a browser" not in smoke.run(*arguments)


def test_answer_has_the_numbers_of_the_summary(results):
    row = pd.read_csv(results / "tables" / "summary.csv").iloc[0]
    answer = (results / "report" / "answer.txt").read_text()
    page = (results / "summary.html").read_text()
    for numbers in (
        f"{row['n_success']} of {row['n_attacked']} attacked frames",
        f"flips {row['n_success_visible_limit']} of {row['n_attacked']}",
        f"correct on {row['n_correct']} of {row['n_labelled']} frames",
        f"({100 * row['constant_accuracy']:.0f} %)",
    ):
        assert numbers in answer
        assert numbers in page
    assert page.count("<figure") >= 8
    assert "In this run" in page


def test_snakemakes_report_works_straight_after_a_run(smoke, copy_of):
    """With captions, tables and the answer, though `results/report.html` was not made."""
    workflow = copy_of(smoke)
    (workflow.folder / "results" / "report.html").unlink()
    shutil.rmtree(workflow.folder / "results" / "report" / "run")
    workflow.run("--report", "r.html")
    page = (workflow.folder / "r.html").read_text()
    assert page.count("In this run") >= len(FIGURES)
    assert "attacked frames" in page
    assert "system-message" not in page
    assert "results/report/tables/summary.html" in page


def test_model_card_is_valid_and_has_the_numbers_of_the_tables(results):
    assert check_card(results / "card" / "card.xml") > 25
    page = (results / "card" / "card.html").read_text()
    assert "Model card: compact network" in page
    assert "not stated" in page


@pytest.mark.parametrize("name", declarations())
def test_checklist_points_only_at_files_that_are_there(results, name):
    table = pd.read_csv(results / "checklists" / f"{name}.csv", dtype=str)
    assert list(table["item"]) == [item["item"] for item in declarations()[name]["items"]]
    named = table["files"].dropna().str.split(" ").explode()
    assert len(named) > 5
    assert [pattern for pattern in named if not list(results.glob(pattern))] == []
    assert (table["files"].isna() == (table["answer"] == "not answered")).all()


@pytest.mark.parametrize("page", ["card/card", *(f"checklists/{name}" for name in declarations())])
def test_every_link_of_card_and_checklists_leads_to_a_file(results, page):
    path = results / f"{page}.html"
    links = re.findall(r'href="([^"#]+)"', path.read_text())
    assert len(links) > 5
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_summary_and_overview_lead_to_card_and_checklists(results):
    page = (results / "summary.html").read_text()
    overview = (results / "report" / "overview.rst").read_text()
    for name in ("card/card.html", *(f"checklists/{name}.html" for name in declarations())):
        assert f'<a href="{name}">' in page
        assert f"<{name}>`__" in overview


def test_single_target_needs_only_its_own_steps(smoke, tmp_path, write_config):
    fresh = type(smoke)(smoke.checkout, tmp_path / "fresh")
    target = "results/bmode/simulated_rf/6x0001.nc"
    assert fresh.planned(target) == {"simulate_frames": 1, "reconstruct": 1}
    assert not (fresh.folder / "results").exists()


def test_jobs_stay_within_the_memory_limit(results):
    timings = pd.read_csv(results / "tables" / "timings.csv")
    assert list(timings) == ["rule", "job", "wall_s", "cpu_s", "max_rss_mb"]
    assert timings["max_rss_mb"].max() < MEMORY_LIMIT_MB
    assert {"simulate_frames", "train", "attack"} <= set(timings["rule"])


# NetCDF


def chunks(results, kind):
    paths = sorted((results / kind).rglob("*.nc"))
    assert paths
    return paths


def frames(path):
    """Name and dataset of each frame of a chunk."""
    with xr.open_datatree(path) as tree:
        assert tree.children
        return {name: group.to_dataset().load() for name, group in tree.children.items()}


def units(dataset):
    return {name: variable.attrs["units"] for name, variable in dataset.variables.items()}


def test_frames(results):
    for path in chunks(results, "frames"):
        for name, frame in frames(path).items():
            assert frame["rf"].dims == ("depth", "angle")
            assert frame["rf"].dtype == np.float32
            assert units(frame) == {"rf": "1", "depth": "m", "angle": "rad"}
            assert set(frame.attrs) == FRAME_ATTRIBUTES
            assert frame.attrs["label"] == (frame.attrs["fat_fraction"] > 5)
            assert frame.attrs["patient"] == name
            assert frame["depth"][0] == 0
            assert abs(float(frame["angle"].mean())) < 1e-12


@pytest.mark.parametrize(
    ("cohort", "parameters"), [("simulated_rf", PARAMETERS), ("simulated_images", {})]
)
def test_bmode(results, cohort, parameters):
    for path in chunks(results, f"bmode/{cohort}"):
        for image in frames(path).values():
            assert image["bmode"].dims == image["sector"].dims == ("z", "x")
            assert image["bmode"].dtype == np.uint8
            assert image["sector"].dtype == bool
            expected = {"bmode": "1", "sector": "1", "z": "m", "x": "m"} | parameters
            assert units(image) == expected
            assert all(image[name].ndim == 0 for name in parameters)
            assert image["bmode"].values[~image["sector"].values].max() == 0
            assert image["bmode"].max() > 0
            assert np.allclose(np.diff(image["z"]), np.diff(image["x"])[0])
            assert {"scanner", "patient", "label"} <= set(image.attrs)


def test_attacks(results):
    for path in chunks(results, "attacks"):
        with xr.open_dataset(path) as attack:
            assert attack["parameters"].dims == ("frame", "step", "parameter")
            assert attack["gradient"].dims == ("frame", "step", "parameter")
            assert attack["probability"].dims == attack["loss"].dims == ("frame", "step")
            assert all(attack[n].dims == ("frame",) for n in ("queries", "success", "stop_reason"))
            assert dict(
                zip(attack["parameter"].values, attack["parameter_units"].values, strict=True)
            ) == {"beta": "dB/(cm MHz)", "alpha_lower": "dB", "alpha_upper": "dB"}
            initial = attack["parameters"].sel(step=0)
            assert (initial == [0.9, 10, 55]).all()
            after_last = attack["probability"].isnull()
            assert (after_last.cumsum("step").astype(bool) == after_last).all()
            assert (attack["parameters"].isnull().all("parameter") == after_last).all()


def test_frames_are_attacked_by_the_fold_that_judges_them(results):
    folds = pd.read_csv(results / "folds.csv", index_col="frame")["fold"]
    attacked = {attack: {} for attack in ATTACKS}
    for path in chunks(results, "attacks"):
        of_attack = attacked[path.parent.name]
        with xr.open_dataset(path) as attack:
            for frame in attack["frame"].values:
                assert frame not in of_attack
                of_attack[frame] = int(re.search(r"fold-(\d+)", str(path))[1])
    assert attacked == dict.fromkeys(ATTACKS, folds.to_dict())


def test_every_variable_has_units_and_a_long_name(results):
    for path in chunks(results, "."):
        with xr.open_datatree(path) as tree:
            for group in tree.subtree:
                for name, variable in group.to_dataset().variables.items():
                    assert {"units", "long_name"} <= set(variable.attrs), (path, name)


def test_every_file_names_what_made_it(smoke, results):
    for path in chunks(results, "."):
        with xr.open_datatree(path) as tree:
            assert set(tree.attrs) >= {"reconattack_version", "params_hash", "source"}
            assert tree.attrs["reconattack_version"] == __version__
            assert re.fullmatch(r"[0-9a-f]{64}", tree.attrs["params_hash"])
            for source, digest in json.loads(tree.attrs["source"]).items():
                content = (smoke.folder / source).read_bytes()
                assert hashlib.sha256(content).hexdigest() == digest


# Networks, tables and figures


def test_networks(results):
    for fold in (0, 1):
        path = results / "models" / "compact" / "seed-0" / f"fold-{fold}"
        network = keras.models.load_model(path.with_suffix(".keras"), safe_mode=True)
        session = onnxruntime.InferenceSession(path.with_suffix(".onnx"))
        assert [value.name for value in session.get_inputs()] == ["image"]
        assert {value.name for value in session.get_outputs()} == {"logit", "probability"}
        images = np.random.default_rng(5).uniform(0, 255, (3, 32, 32, 1)).astype(np.float32)
        for name, values in network.predict_on_batch(images).items():
            (by_onnx,) = session.run([name], {"image": images})
            np.testing.assert_allclose(by_onnx, values, atol=1e-5)
        history = pd.read_csv(path.with_suffix(".history.csv"))
        assert {"epoch", "loss", "val_loss"} <= set(history)


def test_folds(results):
    folds = pd.read_csv(results / "folds.csv")
    assert list(folds) == ["frame", "patient", "label", "fold"]
    assert set(folds["fold"]) == {0, 1}
    assert folds.groupby("patient")["fold"].nunique().max() == 1
    assert folds.groupby("fold")["label"].nunique().min() == 2


def test_predictions(results):
    predictions = pd.read_csv(results / "predictions" / "compact.csv")
    assert list(predictions) == [
        *("seed", "frame", "patient", "fold", "label", "logit", "probability", "predicted")
    ]
    folds = pd.read_csv(results / "folds.csv")
    judged = predictions[["frame", "patient", "label", "fold"]]
    pd.testing.assert_frame_equal(judged, folds, check_like=True)
    assert (predictions["predicted"] == (predictions["probability"] >= 0.5)).all()


TABLES = {
    "attacks": {
        *("model", "seed", "fold", "attack", "frame", "label"),
        *("probability_initial", "probability_final", *PARAMETERS, "success", "queries"),
        *("stop_reason", "white_fraction", "black_fraction", "mean_abs_diff", "ssim"),
        *("level_change_5cm", "level_change_10cm", "level_change_15cm", "level_change_end"),
        *("zero_gradients", "saturated_share", "grid", "on_lattice", "grid_confirms"),
    },
    "flags": {"flag", "level", "model", "seed", "attack", "n", "n_checked", "frames", "advice"},
    "summary": {
        *("model", "attack", "auc", "auc_low", "auc_high", "accuracy", "accuracy_low"),
        *("accuracy_high", "n_attacked", "n_success", "success_rate", "success_low"),
        *("success_high", "median_queries", "protocol", "auc_conditional_on"),
        *("grid_vulnerable", "grid_found", "grid_share", "success_patient_low"),
        *("n_success_visible_limit", "success_visible_rate", "small_change_share"),
        *("median_change", "constant_label", "constant_accuracy", "success_rate_seed_min"),
    },
    "boxes": {"attack", "parameter", "lower", "upper", "level_lower_5cm", "level_upper_15cm"},
    "margins": {
        *("model", "seed", "fold", "attack", "frame", "direction", "margin_linf", "margin_l2"),
        *("nearest_linf_beta", "safe_lower_beta", "safe_upper_is_bound_beta", "queries_to_flip"),
        *("grid", "grid_distance", "grid_agrees"),
    },
    "comparisons": {"family", "n", "both", "only_first", "only_second", "neither", "p", "p_holm"},
    "performance": {
        *("cutoff_choice", "sensitivity", "specificity", "calibration_slope"),
        *("accuracy", "constant_accuracy", "auc_seed_min", "auc_seed_max"),
    },
    "accidental": {
        *("model", "seed", "distribution", "setting", *PARAMETERS, "n", "auc", "auc_low"),
        *("auc_high", "positive_rate", "accuracy", "accuracy_low", "accuracy_high"),
        *("accuracy_recalibrated", "logit_shift", "changed", "changed_low", "changed_high"),
    },
    "accidental_summary": {"model", "distribution", "accuracy_median", "auc_p5", "worst_beta"},
    "envelope": {
        *("model", "seed", "parameter", "statement", "source", "range_share", "bound_share"),
        *("patients_needed", "carried_limit", "lower_beta", "upper_beta", "step_beta"),
        *("lower_edge_sensitivity", "upper_edge_auc_low", "joint_edge_specificity"),
    },
    "repeatability": {"model", "seed", "measure", "value", "value_low", "value_high", "remark"},
    "paper": {"figure", "paper", "paper_count", "paper_n", "run", "run_count", "run_n", "data"},
    "validation": {"model", "fold", "auc", "auc_low", "auc_high", "constant_accuracy", "n"},
    "reference_levels": {"scanner", "n_frames", "reference_level"},
    "small_change": {"share", *PARAMETERS, "mean_abs_diff", "ssim", "white_added", "black_added"},
}


@pytest.mark.parametrize("name", TABLES)
def test_tables(results, name):
    table = pd.read_csv(results / "tables" / f"{name}.csv")
    assert set(table) >= TABLES[name]
    assert len(table)


def test_every_column_of_every_table_is_explained(results):
    assert unexplained(results) == []


def test_tables_count_the_same_frames(results):
    attacks, summary, predictions = (
        pd.read_csv(results / name)
        for name in ("tables/attacks.csv", "tables/summary.csv", "predictions/compact.csv")
    )
    right = predictions["predicted"] == predictions["label"]
    assert summary["attack"].tolist() == ATTACKS
    for row in summary.to_dict("records"):
        own = attacks[attacks["attack"] == row["attack"]]
        assert len(own) == row["n_labelled"] == len(predictions) == 12
        assert (own["stop_reason"] != "wrong_at_start").sum() == row["n_attacked"] == right.sum()
        assert own["success"].sum() == row["n_success"]
        assert row["protocol"] == "patient_folds"


def test_initial_among_the_accidental_settings_is_that_of_the_predictions(results):
    settings = pd.read_csv(results / "tables" / "accidental.csv")
    predictions = pd.read_csv(results / "predictions" / "compact.csv")
    summary = pd.read_csv(results / "tables" / "summary.csv").iloc[0]
    initial = settings[(settings[list(PARAMETERS)] == [0.9, 10, 55]).all(axis=1)]
    assert len(settings) == 1 + 2 * 5 + 17 + 21 + 21
    assert len(initial) == 4  # it lies on each sweep
    assert (initial["n"] == len(predictions)).all()
    assert (initial["n_positive"] == predictions["predicted"].sum()).all()
    assert (initial["n_correct"] == summary["n_correct"]).all()
    np.testing.assert_allclose(initial["auc"], summary["auc"])
    assert (initial["n_changed"] == 0).all()


def test_envelope_agrees_with_the_accidental_settings_and_the_margins(results):
    """The first change of each frame, found again in two other tables of the run."""
    tables = results / "tables"
    envelope = pd.read_csv(tables / "envelope.csv").set_index(["source", "parameter"])
    settings = pd.read_csv(tables / "accidental.csv")
    sweep = settings[settings["distribution"] == "sweep_beta"]
    row = envelope.loc[("sweep_beta", "beta")]
    inside = sweep[sweep["beta"].between(row["lower_beta"], row["upper_beta"])]
    assert len(inside) == row["n_settings"]
    assert inside["n_changed"].max() <= row["n_changed"] <= 0.05 * row["n"]
    margins = pd.read_csv(tables / "margins.csv")
    # The paper's box is centred on the initial setting, so a margin is a share of the box.
    nearest = np.sort(margins["margin_linf"].dropna())
    allowed = int(0.05 * envelope.loc[("minimal", "together"), "n"])
    beyond = envelope.loc[("minimal", "together"), "beyond_share"]
    assert beyond == pytest.approx(nearest[allowed]) if len(nearest) > allowed else beyond != beyond
    assert envelope["bound_share"].isna().all()  # 12 patients are too few


def test_simulated_data_is_called_simulated(results):
    paper = pd.read_csv(results / "tables" / "paper.csv")
    assert set(paper["data"]) == {"simulated"}
    counts = paper[["paper_count", "paper_n"]].dropna().drop_duplicates()
    assert counts.values.tolist() == [[27, 33], [13, 27]]


def test_no_cell_of_a_table_is_taken_for_a_date(results):
    """Spreadsheet programs turn 8/20 and 8-20 into 20 August."""
    date = re.compile(r"(?:^|,)\"?\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?\"?(?:,|$)", re.MULTILINE)
    tables = sorted(results.rglob("*.csv"))
    assert tables
    assert [path.name for path in tables if date.search(path.read_text())] == []


@pytest.mark.parametrize("name", FIGURES)
def test_figures(results, name):
    path = results / "figures" / name
    pdf = path.with_suffix(".pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf
    widths = re.findall(rb"/MediaBox \[ 0 0 (\S+) ", pdf)
    assert widths and {float(width) for width in widths} <= WIDTHS
    with Image.open(path.with_suffix(".png")) as figure:
        assert len(np.unique(np.asarray(figure.convert("L")))) > 10
    table = f"tables/{TABULATED[name]}.csv" if name in TABULATED else f"figures/{name}.csv"
    assert len(pd.read_csv(results / table))


def test_dossier_has_a_page_for_each_attacked_frame(results):
    pages = pd.read_csv(results / "figures" / "dossier.csv")
    attacks = pd.read_csv(results / "tables" / "attacks.csv")
    attacked = attacks[(attacks["attack"] == "zoo") & (attacks["stop_reason"] != "wrong_at_start")]
    assert sorted(pages["frame"]) == sorted(attacked["frame"])
    margins = pages["margin_linf"].dropna().tolist()
    assert margins[:1] == sorted(margins)[(len(margins) - 1) // 2 :][:1]
    pdf = (results / "figures" / "dossier.pdf").read_bytes()
    assert pdf.count(b"/Type /Page ") == len(pages) == pages["page"].max()


def test_animation_ends_where_the_attack_does(results):
    steps = pd.read_csv(results / "figures" / "attack.csv")
    attacks = pd.read_csv(results / "tables" / "attacks.csv")
    (row,) = attacks[
        (attacks["attack"] == "zoo") & (attacks["frame"] == steps["frame"][0])
    ].to_dict("records")
    assert len(steps) == row["steps"] + 1
    assert steps["probability"].iloc[-1] == row["probability_final"]
    path = results / "figures" / "attack.gif"
    assert path.stat().st_size < 3e6
    with Image.open(path) as animation:
        assert animation.n_frames <= steps["shown"].sum()


def test_explorer_has_every_frame_and_a_lattice_of_each(results):
    page = (results / "explorer.html").read_text()
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    frames = json.loads(data)["frames"]
    predictions = pd.read_csv(results / "predictions" / "compact.csv").set_index("frame")
    assert [frame["name"] for frame in frames] == list(predictions.index)
    for frame in frames:
        (judged,) = frame["judged"]
        assert judged["logit"] == predictions.loc[frame["name"], "logit"]
        assert judged["lattice"] and judged["paths"]


def test_report_has_every_figure_and_table_and_this_runs_numbers(results):
    page = (results / "report.html").read_text()
    (shown,) = re.findall(r"^    var results = (\{.*\});$", page, re.MULTILINE)
    shown = json.loads(shown)
    names = [*FIGURES, "contact_sheet"]
    assert {f"results/figures/{name}.png" for name in names} <= set(shown)
    tables = {path.stem for path in (results / "tables").glob("*.csv")} - NOT_REPORTED
    assert {f"results/report/tables/{name}.html" for name in tables} <= set(shown)
    for path, result in shown.items():
        assert result["caption"], path
        if path.endswith(".png"):
            assert "In this run" in result["caption"], path
    (description,) = re.findall(r"^    var workflow_desc = (.*);$", page, re.MULTILINE)
    summary = pd.read_csv(results / "tables" / "summary.csv").iloc[0]
    overview = json.loads(description)
    assert f"{summary['n_correct']} of {summary['n_labelled']} frames" in overview
    assert f"{summary['n_success']} of {summary['n_attacked']} attacked frames" in overview
    assert "Simulated data" in overview
    assert "system-message" not in page


def test_results_say_nothing_of_the_computer(smoke, results):
    places = {str(smoke.folder), str(smoke.checkout), sys.prefix, str(Path.home()) + "/"}
    host = socket.gethostname()
    for name in smoke.results():
        content = (results / name).read_bytes()
        assert not [place for place in places if place.encode() in content], name
        if name.endswith(".csv"):
            assert not re.search(rf"\b{re.escape(host)}\b".encode(), content), name


def test_no_temporary_file_is_left(results):
    assert not list(results.rglob(".tmp-*"))
