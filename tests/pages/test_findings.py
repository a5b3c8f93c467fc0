import numpy as np
import pandas as pd

from reconattack.pages.findings import findings_paragraphs


def model_row(model, certified, **cells):
    """A row of defences.csv; intervals reach 0.1 to either side."""
    values = {"auc": 0.8, "accuracy": 0.8, "grid_certified": certified}
    row = {"model": model, "baseline": False, "n_seeds": 3, "n_frames": 300, "n_patients": 300}
    for name, value in values.items():
        row |= {name: value, f"{name}_low": value - 0.1, f"{name}_high": value + 0.1}
    return (
        row
        | {"n_fatty": 200, "constant_accuracy": 2 / 3, "grid": "coarse", "grid_points": 1287}
        | {"grid_certified_fatty": certified, "grid_certified_normal": certified}
        | {"immune_by_construction": False, "n_train": 400}
        | {"accidental_settings": 100, "accidental_accuracy": 0.6}
        | {"accidental_accuracy_recalibrated": 0.75, "accidental_recalibration_gain": 0.15}
        | {"accidental_recalibration_gain_low": 0.1, "accidental_recalibration_gain_high": 0.2}
        | cells
    )


def pair_row(family, model, difference, low, high, p, second=0.3):
    return {
        **{"family": family, "first_model": model, "second_model": "plain", "n": 300},
        **{"first": second + difference, "second": second, "difference": difference},
        **{"low": low, "high": high, "test": "McNemar, exact", "p_holm": p},
    }


def text(models, pairs, simulated=True):
    rows = [model_row("plain", 0.3, baseline=True), *models]
    return "\n".join(findings_paragraphs(pd.DataFrame(rows), pd.DataFrame(pairs), simulated))


def test_findings_name_a_clear_winner_and_its_cost():
    said = text(
        [model_row("augmented", 0.7), model_row("ensemble", 0.35)],
        [
            pair_row("grid_certified", "augmented", 0.4, 0.3, 0.5, 0.0004),
            pair_row("grid_certified", "ensemble", 0.05, -0.02, 0.09, 0.4),
            pair_row("auc", "augmented", -0.04, -0.09, 0.01, 0.3, second=0.8),
            pair_row("auc", "ensemble", 0.0, -0.01, 0.01, 1.0, second=0.8),
        ],
    )
    assert said.startswith("Simulated data: 300 labelled frames of 300 patients")
    assert "(coarse, 1,287 points). It is highest for augmented: 0.70 (0.60 to 0.80)" in said
    assert "augmented keeps more frames correct" in said
    assert "0.70 against 0.30 of 300 frames, difference +0.40 (+0.30 to +0.50), p < 0.001" in said
    assert "-0.04 (-0.09 to +0.01); no loss is shown, and the interval excludes" in said
    assert "the intervals exclude differences beyond 0.1: ensemble +0.05" in said
    assert "No model is shown" not in said
    assert "too wide" not in said
    assert "trades" not in said


def test_findings_say_that_none_is_better():
    said = text(
        [model_row("augmented", 0.1)],
        [
            pair_row("grid_certified", "augmented", -0.2, -0.3, -0.1, 0.01),
            pair_row("auc", "augmented", -0.2, -0.3, -0.1, 0.001, second=0.8),
        ],
        simulated=False,
    )
    assert not said.startswith("Simulated")
    assert "is highest for plain: 0.30" in said
    assert "not better than the same answer for every frame, whose accuracy is 0.67" in said
    assert "No model is shown to keep more frames correct than the baseline" in said
    assert "(1 compared)" in said
    assert "augmented keeps fewer frames correct at every setting than the baseline" in said


IMMUNE = {
    "immune_by_construction": True,
    "grid_certified_low": 0.45,
    "grid_certified_high": 0.55,
}


def test_findings_set_a_gain_beside_a_constant_answer_and_a_smaller_training_set():
    said = text(
        [model_row("augmented", 0.6, n_train=240), model_row("invariant", 0.75)],
        [
            pair_row("grid_certified", "augmented", 0.3, 0.2, 0.4, 0.001),
            pair_row("auc", "augmented", -0.2, -0.3, -0.1, 0.001, second=0.8),
        ],
    )
    assert said.count("not better than the same answer for every frame") == 1
    assert "-0.20 (-0.30 to -0.10), a loss" in said
    assert "It was trained on 240 frames, the baseline on 400." in said


def test_findings_do_not_claim_what_intervals_leave_open():
    said = text(
        [model_row("augmented", 0.5, n_seeds=1), model_row("rf", 0.5, **IMMUNE)],
        [
            pair_row("grid_certified", "augmented", 0.2, -0.1, 0.5, 0.2),
            # Significant of these networks, yet other seeds may do without the gain.
            pair_row("grid_certified", "rf", 0.2, -0.01, 0.4, 0.01),
            pair_row("auc", "augmented", 0.0, -0.2, 0.2, 1.0, second=0.8),
            pair_row("auc", "rf", 0.0, -0.2, 0.2, 1.0, second=0.8),
        ],
    )
    assert "is highest for augmented: 0.50 (0.40 to 0.60), fatty" in said
    assert "0.50; rf: 0.50 (0.45 to 0.55), fatty frames 0.50" in said
    assert "rf is immune by construction: the settings do not change its input." in said
    assert "No model is shown" in said
    assert "(2 compared)" in said
    assert "too wide to say" in said
    assert "augmented +0.20 (-0.10 to +0.50); rf +0.20 (-0.01 to +0.40)" in said
    assert "keeps more" not in said
    assert "Trained from one seed only: augmented" in said


def test_findings_tell_a_moved_cutoff():
    def said(specificity_high, **area):
        known = {"difference": -0.01, "low": -0.05, "high": 0.05, "p": 1.0} | area
        return text(
            [model_row("told", 0.3)],
            [
                pair_row("grid_certified", "told", 0.0, -0.05, 0.05, 1.0),
                pair_row("auc", "told", second=0.8, **known),
                pair_row("sensitivity", "told", 0.3, 0.2, 0.4, 0.001, second=0.6),
                pair_row("specificity", "told", -0.2, -0.4, specificity_high, 0.001, 0.7),
            ],
        )

    assert "trades" not in said(0.0)
    both = said(-0.1)
    assert "told trades one kind of error for the other: sensitivity 0.90 against 0.60" in both
    assert "specificity 0.50 against 0.70" in both
    assert "it may only move the cut-off" in both
    assert "0.60. With a cut-off that is chosen again at each setting it is 0.75" in both
    assert "that recalibration recovers" in both
    significant = {"difference": -0.02, "low": -0.04, "high": -0.001}
    assert "trades" in said(-0.1, **significant)  # before Holm, not after it
    assert "trades" not in said(-0.1, **significant, p=0.01)


def test_findings_without_a_grid_say_nothing_of_robustness():
    nothing = {"grid": None, "grid_points": np.nan, "grid_certified": np.nan}
    table = pd.DataFrame(
        [model_row("plain", 0.3, baseline=True, **nothing), model_row("other", 0.3, **nothing)]
    )
    pairs = pd.DataFrame([pair_row("auc", "other", 0.0, -0.05, 0.05, 1.0, second=0.8)])
    said = " ".join(findings_paragraphs(table, pairs, True))
    assert "The run has no grid" in said
    assert "keeps" not in said
