import math

import numpy as np
import pandas as pd
import pytest

from reconattack.attacks.judged_settings import label_settings
from reconattack.errors import InputError
from reconattack.evidence.breaks import Breaks
from reconattack.evidence.columns import explained
from reconattack.evidence.envelope import FIRST, envelope_row, envelope_table, name_of
from reconattack.evidence.ranges import BOOTSTRAP, EXACT
from reconattack.evidence.statistics import delong_interval, wilson_interval
from reconattack.reconstruction.parameters import NEUTRAL
from reconattack.storage import write_dataset, write_table
from tests.judged_grids import BOX, INITIAL
from tests.proved_records import FRAMES, write_proofs

PARAMETERS = {"beta": {"box": [0.5, 1.1]}, "alpha_lower": {"box": [5, 15]}}
BETAS = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1]
CHOSEN = pd.DataFrame(
    {
        "setting": ["initial-0", "uniform-0", "uniform-1", *(f"sweep_beta-{n}" for n in range(7))],
        "distribution": ["initial", "uniform", "uniform", *["sweep_beta"] * 7],
        "beta": [0.9, 0.8, 0.5, *BETAS],
        "alpha_lower": [10.0, 9, 5, *[10] * 7],
        "alpha_upper": [55.0] * 10,
    }
)


def logits(crossing):
    """Log-odds that change their sign where beta falls below `crossing`."""
    return [beta - crossing + 1e-6 for beta in CHOSEN["beta"]]


@pytest.fixture
def tabulate(tmp_path):
    """The envelope of frames whose decisions change below some betas, two frames of each label."""

    def run(crossings, patients=None, limit=0.05, labels=None, attacks=(), finds=None, boxes=None):
        patients = patients or [f"p{number}" for number in range(len(crossings))]
        frames = {
            f"f{number}": {"patient": patient, "label": number % 2 if labels is None else labels}
            for number, patient in enumerate(patients)
        }
        path = f"{tmp_path}/results/settings/m/seed-0/fold-all/a.nc"
        scores = np.array([logits(crossing) for crossing in crossings])
        write_dataset(path, label_settings({"logit": scores}, frames, CHOSEN), {})
        settings = [{"model": "m", "seed": "0", "fold": "all", "path": path}]
        of_frame = {name: known["patient"] for name, known in frames.items()}
        given = (boxes or {}, finds or {}, PARAMETERS, INITIAL, {"m": of_frame}, 0.5, limit)
        write_table(tmp_path / "envelope.csv", envelope_table(attacks, settings, *given))
        return pd.read_csv(tmp_path / "envelope.csv").set_index("source")

    return run


def test_known_answer(tabulate):
    """Of twenty frames one changes at 0.8, one at 0.7, and one at 0.5: a quarter, half, the box."""
    row = tabulate([0.85, 0.75, 0.55, *[0.1] * 17]).loc["sweep_beta"]
    assert (row["parameter"], row["moved"], row["statement"]) == ("beta", "beta", "exhaustive")
    assert (row["n"], row["n_patients"], row["counted"]) == (20, 20, "every frame")
    assert row["range_share"] == 0.25
    # The box reaches 0.4 below the initial beta and 0.2 above it.
    assert (row["lower_beta"], row["upper_beta"]) == (0.8, 0.95)
    assert (row["n_changed"], row["changed"]) == (1, 0.05)
    assert (row["beyond_share"], row["n_changed_beyond"]) == (0.5, 2)
    assert row["n_settings"] == 2  # 0.9 and 0.8; the next above, 1.0, is half of the way
    assert row["step_beta"] == 0.1
    assert (row["box_lower_beta"], row["box_upper_beta"]) == (0.5, 1.1)
    assert row["source_files"] == "results/settings/m/seed-0/fold-all/a.nc"


def test_drawn_settings_are_one_row_for_all_parameters_together(tabulate):
    row = tabulate([0.85, 0.75, 0.55, *[0.1] * 17]).loc["uniform"]
    assert (row["parameter"], row["moved"]) == ("together", "beta, alpha_lower")
    assert row["statement"] == "sampled"
    assert row["range_share"] == 0.25
    assert (row["lower_alpha_lower"], row["upper_alpha_lower"]) == (8.75, 11.25)
    assert row["beyond_share"] == 1


def test_more_may_change_where_more_is_allowed(tabulate):
    row = tabulate([0.85, 0.75, 0.55, *[0.1] * 17], limit=0.1).loc["sweep_beta"]
    assert (row["range_share"], row["n_changed"]) == (0.75, 2)


def test_bound_of_one_frame_of_each_of_59_patients_lies_before_the_first_change(tabulate):
    row = tabulate([0.65, *[0.1] * 58]).loc["sweep_beta"]
    assert row["method"] == EXACT
    assert (row["range_share"], row["bound_share"]) == (1, 0.5)
    assert (row["bound_lower_beta"], row["bound_upper_beta"]) == (0.7, 1.0)
    assert (row["confidence"], row["patients_needed"]) == (0.95, 59)


def test_too_few_patients_are_told_to_be_too_few(tabulate):
    row = tabulate([0.65, *[0.1] * 21]).loc["sweep_beta"]
    assert math.isnan(row["bound_share"])
    assert math.isnan(row["bound_lower_beta"])
    assert row["patients_needed"] == 59
    assert row["carried_limit"] == pytest.approx(1 - 0.05 ** (1 / 22))
    assert row["carried_share"] == 0.5
    wider = tabulate([0.65, *[0.1] * 21], limit=row["carried_limit"] + 1e-9).loc["sweep_beta"]
    assert wider["bound_share"] == row["carried_share"]


def test_frames_of_one_patient_do_not_count_as_patients(tabulate):
    patients = [f"p{number // 2}" for number in range(80)]
    row = tabulate([0.1] * 80, patients).loc["sweep_beta"]
    assert (row["n"], row["n_patients"], row["method"]) == (80, 40, BOOTSTRAP)
    assert math.isnan(row["bound_share"])
    patients = [f"p{number // 2}" for number in range(200)]
    row = tabulate([*[0.65] * 2, *[0.1] * 198], patients).loc["sweep_beta"]
    assert row["bound_share"] == 1


def test_edges_of_one_parameter_are_its_nearest_settings_inside(tabulate):
    crossings = [0.85, 0.95, 0.1, 0.1, 0.1, 0.95]
    row = tabulate(crossings, limit=0.5).loc["sweep_beta"]
    assert row["range_share"] == 1
    assert (row["lower_edge"], row["upper_edge"]) == ("sweep_beta-0", "sweep_beta-6")
    assert (row["lower_edge_value"], row["upper_edge_value"]) == (0.5, 1.1)
    assert row["lower_edge_n_labelled"] == 6
    labels, scores = np.arange(6) % 2, 0.5 - np.array(crossings) + 1e-6
    assert row["lower_edge_sensitivity"] == 1 / 3
    assert row["lower_edge_specificity"] == 1 / 3
    ends = tuple(row[["lower_edge_sensitivity_low", "lower_edge_sensitivity_high"]])
    assert ends == pytest.approx(wilson_interval(1, 3))
    ends = tuple(row[["lower_edge_auc_low", "lower_edge_auc_high"]])
    assert ends == pytest.approx(delong_interval(labels, scores))
    assert math.isnan(row["joint_edge_auc"])


def test_edge_of_several_parameters_is_the_outermost_setting_inside(tabulate):
    row = tabulate([0.85, 0.75, 0.55, *[0.1] * 17]).loc["uniform"]
    assert row["joint_edge"] == "uniform-0"
    # At beta 0.8 the first frame, which has label 0, is called 0, every other frame 1.
    assert row["joint_edge_specificity"] == 0.1
    assert row["joint_edge_sensitivity"] == 1
    assert math.isnan(row["lower_edge_auc"])


def test_without_labels_there_are_no_merits_at_the_edges(tabulate):
    row = tabulate([0.1] * 4, labels=-1).loc["sweep_beta"]
    assert row["lower_edge"] == "sweep_beta-0"
    assert row["lower_edge_n_labelled"] == 0
    assert math.isnan(row["lower_edge_sensitivity"])


def test_proofs_and_grids_are_rows_beside(tabulate, judged_grid, tmp_path):
    frames = {f"f{n}": FRAMES[name] for n, name in enumerate(["proved", "flips", "open"])}
    never = {f"f{n}": (1, lambda *_: 1.0) for n in range(3)}
    keys = {"model": "m", "seed": "0", "fold": "all"}
    attacks = [
        keys | {"attack": "certify", "path": write_proofs(tmp_path / "proofs.nc", frames)},
        keys | {"attack": "grid", "path": judged_grid("grid.nc", **never)},
    ]
    boxes, finds = {"certify": PARAMETERS, "grid": BOX}, {"certify": "proof", "grid": "lattice"}
    table = tabulate([0.1] * 4, attacks=attacks, finds=finds, boxes=boxes)
    proved = table.loc["certify"]
    assert (proved["statement"], proved["parameter"]) == ("proved", "together")
    assert (proved["range_share"], proved["beyond_share"]) == (0.374, 0.375)
    assert (proved["n"], proved["n_changed"], proved["n_changed_beyond"]) == (3, 0, 1)
    assert math.isnan(proved["n_settings"])
    assert table.loc["grid", "statement"].tolist() == ["exhaustive"] * 4
    assert table.loc["grid", "counted"].tolist() == ["attacked frames"] * 4
    assert table.loc["grid", "range_share"].tolist() == [1] * 4
    assert table.loc["grid", "lower_edge"].dropna().tolist() == ["sweep_beta-0", *["initial-0"] * 2]


def test_control_is_named_and_a_parameter_that_is_not_set_is_neutral():
    assert name_of(("beta",)) == "beta"
    assert name_of(("slider_1", "slider_2")) == "time-gain curve"
    assert name_of(("beta", "gain")) == "together"
    sliders = {"slider_1": (-6, 6), "slider_2": (-3, 3)}
    breaks = Breaks(tuple(sliders), "sampled", "each", ["a.nc"], sliders, ["f"], np.array([0.5]))
    row = envelope_row(breaks, NEUTRAL | INITIAL, {"f": "p"}, 0.05)
    assert (row["parameter"], row["lower_slider_1"], row["upper_slider_2"]) == (
        *("time-gain curve", -2.994, 1.497),
    )


def test_every_column_is_explained(tabulate):
    table = tabulate([0.85, 0.75, 0.1, 0.1]).reset_index()
    for name in table:
        assert explained("envelope", name).meaning


def test_without_anything_there_is_no_envelope(tmp_path):
    with pytest.raises(InputError, match="it has no envelope"):
        envelope_table([], [], {}, {}, None, INITIAL, {}, 0.5, 0.05)


def test_without_any_attacked_frame_the_table_is_empty(tmp_path):
    path = write_proofs(tmp_path / "p.nc", {"wrong": (0, None, None)})
    file = {"model": "m", "seed": "0", "fold": "all", "attack": "certify", "path": path}
    given = ({"certify": PARAMETERS}, {"certify": "proof"}, None, INITIAL, {"m": {}}, 0.5, 0.05)
    table = envelope_table([file], [], *given)
    assert list(table) == ["model", "seed", *FIRST]
    assert table.empty
