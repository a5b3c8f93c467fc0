"""Every column of every table of a run: its unit and its meaning, and which ones come first.

docs/columns.md and the pages of a report are made from this list. A name in braces stands for each
of several names: `{parameter}` for each reconstruction parameter, `{value}` for another column of
the same table.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from reconattack.reconstruction.parameters import PARAMETERS

COUNT, TEXT, RATE = "count", "text", "1"
MEASURE = {
    "positive_rate": "fraction of the frames classified as label 1",
    "logit_shift": "mean logit minus the mean logit at the initial setting",
    "changed": "fraction of the frames whose decision differs from that at the initial setting",
    "auc": "AUC",
    "accuracy": "accuracy at the fixed cut-off",
    "sensitivity": "sensitivity at the fixed cut-off",
    "specificity": "specificity at the fixed cut-off",
    "accuracy_recalibrated": "accuracy at a cut-off chosen on the other folds at the same setting",
}
PLACES = {  # what may stand in place of a name in braces, as regular expressions
    "parameter": tuple(PARAMETERS),
    "measure": tuple(MEASURE),
    "depth": (r"\d+cm",),
    "range": (r"[\d.]+dB",),
    "side": ("lower", "upper"),
    "edge": ("lower", "upper", "joint"),
    "class": (r".+(?<!_low)(?<!_high)",),
    "value": None,  # any other column of the table
}
INTERVAL = "lower end of the 95 % interval of {value}", "upper end of the 95 % interval of {value}"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name
        Its name; braces stand for each of several names.
    unit
        `count`, `text`, `yes or no`, `1` for a fraction or another pure number, or an SI unit.
    meaning
        What a cell says, in words.
    """

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """A table of a run.

    Attributes
    ----------
    rows
        What one row is.
    first
        The columns that a page shows first: what a row is about, and its outcome.
    columns
        Its own columns, besides those of `COMMON`.
    """

    rows: str
    first: Sequence[str]
    columns: Mapping[str, Column] = field(default_factory=dict)


def _grey_errors() -> tuple[tuple[str, str, str], ...]:
    return (
        ("grey_error_p95", "grey levels", "95th percentile of the error of the levels it tells"),
        ("worst_grey_error", "grey levels", "largest error of the grey levels that it tells"),
        ("censored_share", RATE, "black or white pixels of the picture, fraction of the region"),
    )


def _limits(name: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (f"{name}_{side}_limit", "as in unit", f"{side} 95 % limit of agreement around {name}")
        for side in ("lower", "upper")
    )


def _merits() -> tuple[tuple[str, str, str], ...]:
    """How well models judge whose decision is not binary."""
    return (
        ("decision", TEXT, "kind of the decision: classes, number or mask; absent if binary"),
        ("n_labelled", COUNT, "frames that could be read and whose label or true answer is known"),
        ("macro_auc", RATE, "mean over the classes of the AUC of one class against the others"),
        (
            "sensitivity_of_{class}",
            RATE,
            "fraction of the frames of this true class that get it: {class}",
        ),
        ("bias", "as in unit", "mean number at the initial setting less the true one"),
        *_limits("bias"),
        ("mean_abs_difference", "as in unit", "mean absolute difference from the true number"),
        (
            "clean_dice",
            RATE,
            "mean over the frames of the lowest Dice of a structure with the given mask, at the "
            "initial setting",
        ),
        ("lowest_clean_dice", RATE, "lowest of these Dice"),
    )


def _of_decisions() -> tuple[tuple[str, str, str], ...]:
    """What tables say of the decision itself if it is not binary."""
    return (
        ("decision", TEXT, "kind of the decision: classes, number or mask; absent if binary"),
        ("unit", TEXT, "unit of the number, where a number is decided"),
    )


def _columns(*rows: tuple[str, str, str]) -> dict[str, Column]:
    return {name: Column(name, unit, meaning) for name, unit, meaning in rows}


COMMON = _columns(
    ("model", TEXT, "model of the configuration"),
    ("seed", "number", "random seed of the model's training"),
    ("fold", TEXT, "fold of the network; it was trained without the patients of this fold"),
    ("attack", TEXT, "attack of the configuration"),
    ("frame", TEXT, "name of the frame"),
    (
        "label",
        "0 or 1",
        "label of the frame: 0 normal, 1 fatty, or 1 for a given mask; empty if it has none",
    ),
    ("patient", TEXT, "patient of the frame"),
    ("n", COUNT, "frames that count"),
    ("n_patients", COUNT, "patients of these frames"),
    ("n_labelled", COUNT, "frames with a label that could be read"),
    ("n_correct", COUNT, "labelled frames that are classified correctly"),
    ("n_positive", COUNT, "frames with label 1, or classified as label 1 (accidental.csv)"),
    ("n_fatty", COUNT, "frames with label 1"),
    ("n_normal", COUNT, "frames with label 0"),
    ("n_attacked", COUNT, "attacked frames: readable, and correct at the initial setting"),
    ("n_flipped", COUNT, "frames whose decision flips"),
    ("n_false_alarm", COUNT, "flips of frames with label 0, which are then classified as label 1"),
    ("n_missed_disease", COUNT, "flips of frames with label 1, then classified as label 0"),
    ("auc", RATE, "area under the ROC curve"),
    ("accuracy", RATE, "fraction of the labelled frames that are classified correctly"),
    ("sensitivity", RATE, "fraction of the frames with label 1 that are classified correctly"),
    ("specificity", RATE, "fraction of the frames with label 0 that are classified correctly"),
    (
        "constant_accuracy",
        RATE,
        "accuracy of one answer for all frames, the more frequent label (majority line)",
    ),
    ("constant_label", "0 or 1", "the more frequent label, which that one answer is"),
    ("calibration_slope", RATE, "slope of the label on the logit; below 1 means overconfident"),
    ("reference", "0 or 1", "reference decision: the label, or else the model's own decision"),
    ("direction", TEXT, "kind of the flip: missed disease, false alarm or change of own decision"),
    ("queries", COUNT, "images that the classifier classified"),
    ("queries_to_flip", COUNT, "queries until the first flip; empty without a flip"),
    ("repeats", COUNT, "settings that were asked again and not counted as queries"),
    ("stop_reason", TEXT, "why the search ended, or why the frame was not attacked"),
    ("grid", TEXT, "attack of method grid in the same box; empty without one"),
    ("grid_certified", "yes or no", "no point of the lattice flips the frame"),
    ("grid_distance", "half-widths", "distance of the nearest lattice point that flips the frame"),
    ("gain_state", TEXT, "whether the samples contain the scanner's time gain"),
    (
        "conditional_on",
        TEXT,
        "what the intervals take as given: they cover other frames, not other trainings",
    ),
    ("p", RATE, "p value of the comparison"),
    ("p_holm", RATE, "p value after Holm's correction over all rows of the family"),
    ("difference", RATE, "first minus second"),
    ("low", RATE, "lower end of the 95 % interval of the difference"),
    ("high", RATE, "upper end of the 95 % interval of the difference"),
    ("both", COUNT, "frames that both hit"),
    ("only_first", COUNT, "frames that only the first hits"),
    ("only_second", COUNT, "frames that only the second hits"),
    ("neither", COUNT, "frames that neither hits"),
    ("family", TEXT, "measure that is compared"),
    ("first_model", TEXT, "model of the first side"),
    ("second_model", TEXT, "model of the second side"),
    ("first", RATE, "value of the first side"),
    ("second", RATE, "value of the second side"),
    ("{parameter}", "unit of the parameter", "value of the parameter"),
    (
        "{value}_seed_min",
        "as the value",
        "lowest {value} of the training seeds; empty with a single seed",
    ),
    (
        "{value}_seed_max",
        "as the value",
        "highest {value} of the training seeds; empty with a single seed",
    ),
    ("{value}_patient_low", RATE, f"{INTERVAL[0]}, by a bootstrap of patients"),
    ("{value}_patient_high", RATE, f"{INTERVAL[1]}, by a bootstrap of patients"),
    ("{value}_low", "as the value", INTERVAL[0]),
    ("{value}_high", "as the value", INTERVAL[1]),
)
TABLES = {
    "frames": Table(
        "a frame as it was read",
        ("frame", "label", "warnings", "error", "scanner", "level", "measured_frequency"),
        _columns(
            ("cohort", TEXT, "cohort of the configuration"),
            ("scanner", TEXT, "scanner of the configuration"),
            ("reader", TEXT, "reader of the file's format"),
            ("samples", COUNT, "samples of a scan line; rows of an image"),
            ("lines", COUNT, "scan lines; columns of an image"),
            ("start_depth", "m", "depth of the first sample"),
            ("end_depth", "m", "depth of the last sample"),
            ("angle_span", "rad", "angle between the first and the last line of a convex probe"),
            ("lateral_span", "m", "distance of the first and the last line of a linear probe"),
            ("sampling_frequency", "Hz", "sampling frequency"),
            ("center_frequency", "Hz", "stated centre frequency"),
            ("measured_frequency", "Hz", "centre of the measured spectrum"),
            ("saturated_share", RATE, "fraction of the samples at the end of their range"),
            ("silent_lines", COUNT, "lines whose samples are all equal"),
            ("empty_share", RATE, "fraction of the samples that are zero"),
            ("empty_rows", COUNT, "last rows that hold only zeros"),
            ("drift_share", RATE, "fraction of the energy that was removed as offset or drift"),
            ("level", "dB", "median level before compression, at the initial setting"),
            ("liver_share", RATE, "fraction of the sector inside the liver mask"),
            ("dynamic_range", "dB", "of a picture: decibels from black to white"),
            ("region", TEXT, "of a picture: fan or rectangle, in which the scan lies"),
            ("censored_share", RATE, "of a picture: black or white pixels, fraction of the region"),
            ("warnings", TEXT, "what is suspicious about the frame"),
            ("error", TEXT, "why the frame could not be used"),
        ),
    ),
    "boxes": Table(
        "a parameter in the box of an attack, for a scanner",
        (
            *("attack", "parameter", "initial", "lower", "upper", "units"),
            *("level_lower_15cm", "level_upper_15cm", "scanner"),
        ),
        _columns(
            ("scanner", TEXT, "scanner of the configuration"),
            ("center_frequency", "Hz", "stated centre frequency, median over the frames"),
            ("parameter", TEXT, "parameter that the attack moves"),
            ("units", TEXT, "unit of the parameter"),
            ("initial", "unit of the row", "value at the initial setting"),
            ("lower", "unit of the row", "lower bound of the box"),
            ("upper", "unit of the row", "upper bound of the box"),
            (
                "level_{side}_{depth}",
                "dB",
                "change of the compensated level at this depth by the {side} bound; empty for "
                "parameters that are not beta or the gain",
            ),
        ),
    ),
    "units": Table(
        "an attack on a clip or a patient by one setting for all its frames",
        ("unit", "attack", "success", "n_frames", "frames_flipped", "frames_attacked", "queries"),
        _columns(
            ("unit", TEXT, "clip or patient"),
            ("rule", TEXT, "how the decision over the unit follows from those over its frames"),
            ("n_frames", COUNT, "readable frames of the unit"),
            ("label", "as the decision", "true class or number of the unit; empty if unknown"),
            (
                "reference",
                "as the decision",
                "decision that the attack tries to leave",
            ),
            ("reference_source", TEXT, "where the reference comes from: label or own decision"),
            (
                "decision_initial",
                "as the decision",
                "decision at the initial setting",
            ),
            ("decision_final", "as the decision", "decision at the final setting"),
            ("margin_initial", "as in margin_unit", "margin of the unit at the initial setting"),
            ("margin_final", "as in margin_unit", "margin of the unit at the final setting"),
            ("margin_unit", TEXT, "unit of the margins"),
            ("success", "yes or no", "the final setting flips the unit"),
            ("queries", COUNT, "settings at which the unit was judged"),
            ("images", COUNT, "images that these queries cost"),
            (
                "margin_linf",
                "half-widths",
                "distance of the nearest flip that a search for margins or a proof found",
            ),
            ("grid_certified", "yes or no", "no point of a grid's lattice flips the unit"),
            ("nearest_distance", "half-widths", "distance of the nearest flip on that lattice"),
            ("certified", "yes or no", "no setting of the box flips the unit: proved"),
            (
                "certified_margin",
                "half-widths",
                "no setting nearer to the initial one flips the unit (L-infinity): proved",
            ),
            ("undecided_share", RATE, "fraction of the box's volume that is not proved"),
            ("mean_abs_diff", "grey levels", "mean absolute change, mean over the unit's frames"),
            ("ssim", RATE, "structural similarity, mean over the unit's frames"),
            ("frames_flipped", COUNT, "frames of the unit that flip under a setting of their own"),
            ("frames_attacked", COUNT, "frames of the unit that were attacked by themselves"),
        ),
    ),
    "units_summary": Table(
        "an attack on the units by the networks of one model and seed",
        ("attack", "units_rate", "n_units_attacked", "frames_rate", "n_frames_attacked", "model"),
        _columns(
            ("rule", TEXT, "how the decision over a unit follows from those over its frames"),
            ("n_units_attacked", COUNT, "units that were attacked"),
            ("n_units_flipped", COUNT, "units that one setting flips"),
            ("units_rate", RATE, "fraction of the attacked units that one setting flips"),
            ("n_frames_attacked", COUNT, "frames that were attacked by themselves"),
            ("n_frames_flipped", COUNT, "frames that a setting of their own flips"),
            ("frames_rate", RATE, "fraction of the attacked frames that flip"),
            ("rate_difference", RATE, "rate of the units less that of the frames"),
            (
                "n_units_certified",
                COUNT,
                "units that no setting flips: proved; empty without proofs",
            ),
            (
                "certified_rate",
                RATE,
                "fraction of the attacked units that no setting flips: proved",
            ),
        ),
    ),
    "confusion": Table(
        "a pair of a true and a decided class that frames have, before or after an attack",
        ("attack", "when", "reference", "decision", "n", "model"),
        _columns(
            ("when", TEXT, "initial or final: the setting at which the decision is made"),
            ("reference", TEXT, "true class, or that at the initial setting if it is unknown"),
            ("decision", TEXT, "class that is decided"),
            ("n", COUNT, "frames that could be read, attacked or not"),
        ),
    ),
    "small_change": Table(
        "a corner of the box of small changes that `snakemake scale_box` finds",
        ("share", "{parameter}", "mean_abs_diff", "ssim", "white_added", "black_added"),
        _columns(
            ("share", RATE, "size of the found box as a fraction of the attack's box"),
            (
                "mean_abs_diff",
                "grey levels",
                "mean absolute change in the sector, median of frames",
            ),
            ("ssim", RATE, "structural similarity with the initial image, median of the frames"),
            ("white_fraction", RATE, "white fraction of the sector, median of the frames"),
            ("black_fraction", RATE, "black fraction of the sector, median of the frames"),
            ("white_added", RATE, "change of the white fraction, median of the frames"),
            ("black_added", RATE, "change of the black fraction, median of the frames"),
        ),
    ),
    "attacks": Table(
        "an attack on a frame by the networks of one model and seed",
        (
            *("frame", "attack", "success", "direction", "mean_abs_diff", "ssim", "queries"),
            *("probability_initial", "probability_final"),
        ),
        _columns(
            ("reference_source", TEXT, "where the reference comes from: label or own decision"),
            ("probability_initial", RATE, "probability of label 1 at the initial setting"),
            ("probability_final", RATE, "probability of label 1 at the final setting"),
            (
                "decision_initial",
                "as the decision",
                "decision at the initial setting: number of the class, a number, or a Dice",
            ),
            ("decision_final", "as the decision", "decision at the final setting"),
            ("margin_initial", "as in unit", "how far the decision is from a flip at the start"),
            (
                "margin_final",
                "as in unit",
                "the same at the final setting; below 0 if flipped",
            ),
            ("unit", TEXT, "unit of the margins"),
            ("success", "yes or no", "the final setting flips the frame"),
            ("steps", COUNT, "steps of the attack"),
            ("white_fraction", RATE, "fraction of the sector that is white at the final setting"),
            ("black_fraction", RATE, "fraction of the sector that is black at the final setting"),
            ("white_added", RATE, "change of the white fraction"),
            ("black_added", RATE, "change of the black fraction"),
            ("mean_abs_diff", "grey levels", "mean absolute change of the image in the sector"),
            ("ssim", RATE, "structural similarity with the initial image; 1 means identical"),
            ("level_change_{depth}", "dB", "change of the compensated level at this depth"),
            ("level_change_end", "dB", "change of the compensated level at the last sample"),
            (
                "sure_flip",
                "yes or no",
                "of a picture: the decision flips whatever it leaves open (docs/pictures.md)",
            ),
            (
                "sure_hold",
                "yes or no",
                "of a picture: the decision holds whatever it leaves open",
            ),
            (
                "censored_share",
                RATE,
                "fraction of the region whose final grey level a picture leaves open",
            ),
            (
                "flip_at_{range}",
                "yes or no",
                "of a picture: the final setting flips it if this is its dynamic range",
            ),
            ("gradient_form", TEXT, "form of the gradient that a white-box attack follows"),
            ("zero_gradients", COUNT, "steps at which the measured gradient was zero"),
            (
                "saturated_share",
                RATE,
                "fraction of the recorded probabilities that are 0 or 1 within 1e-7",
            ),
            ("on_lattice", "yes or no", "the final setting is a point of the grid's lattice"),
            ("grid_confirms", "yes or no", "the grid found the same decision at this point"),
        ),
    ),
    "summary": Table(
        "an attack on one model and seed, over all frames",
        (
            *("model", "attack", "n_success", "n_attacked", "success_rate", "success_low"),
            *("success_high", "n_success_visible_limit", "small_change_share", "median_change"),
            *("median_queries", "accuracy", "constant_accuracy", "auc", "macro_auc", "bias"),
            *("shift", "clean_dice", "lowest_dice", "median_dice"),
        ),
        _columns(
            *_merits(),
            ("unit", TEXT, "unit of the margins and, where a number is decided, of that number"),
            (
                "median_margin_final",
                "as in unit",
                "median margin at the final setting; below 0 if flipped",
            ),
            (
                "shift",
                "as in unit",
                "mean number at the final setting less that at the initial one, attacked frames",
            ),
            *_limits("shift"),
            ("lowest_dice", RATE, "lowest Dice of an attacked frame at the final setting"),
            ("median_dice", RATE, "median Dice of the attacked frames at the final setting"),
            ("mean_dice", RATE, "mean Dice of the attacked frames at the final setting"),
            (
                "median_dice_initial",
                RATE,
                "median Dice of the attacked frames at the initial setting, if masks are given",
            ),
            ("protocol", TEXT, "how training and evaluation are separated"),
            ("auc_conditional_on", TEXT, "what the interval of the AUC takes as given"),
            ("same_for_all", TEXT, "what the model gives alike to all frames, if anything"),
            ("n_unreadable", COUNT, "frames that could not be read"),
            ("n_success", COUNT, "attacked frames that the attack flips"),
            ("success_rate", RATE, "fraction of the attacked frames that the attack flips"),
            (
                "n_sure_success",
                COUNT,
                "flipped pictures that flip whatever the picture leaves open (docs/pictures.md)",
            ),
            ("sure_success_rate", RATE, "fraction of the attacked pictures that flip so"),
            (
                "success_at_{range}",
                RATE,
                "fraction of the attacked pictures that flip if this is their dynamic range",
            ),
            ("n_sure_hold", COUNT, "pictures without a flip that hold whatever they leave open"),
            ("sure_hold_rate", RATE, "fraction of the attacked pictures that hold so"),
            ("median_queries", COUNT, "median number of queries until the flip"),
            ("queries_p90", COUNT, "90th percentile of the queries until the flip"),
            (
                "n_success_visible_limit",
                COUNT,
                "flips whose change of the image is small (within run.visible_limit)",
            ),
            (
                "success_visible_rate",
                RATE,
                "fraction of the attacked frames that a small change flips",
            ),
            (
                "small_change_share",
                RATE,
                "fraction of the flips whose change of the image is small (within "
                "run.visible_limit)",
            ),
            (
                "median_change",
                "grey levels",
                "median over the flips of the mean absolute change of the image in the sector",
            ),
            ("grid_vulnerable", COUNT, "attacked frames that some lattice point flips"),
            ("grid_found", COUNT, "frames among these that the attack flips"),
            ("grid_share", RATE, "grid_found divided by grid_vulnerable"),
            ("n_off_lattice", COUNT, "frames that the attack flips between the lattice points"),
            (
                "grid_median_margin",
                "half-widths",
                "median distance of the nearest lattice point that flips a frame",
            ),
        ),
    ),
    "performance": Table(
        "a model, choice of the cut-off and fold, at the initial setting",
        (
            *("model", "seed", "cutoff_choice", "fold", "accuracy", "constant_accuracy", "auc"),
            *("sensitivity", "specificity", "macro_auc", "bias", "bias_low", "bias_high"),
            *("bias_lower_limit", "bias_upper_limit", "mean_abs_difference", "clean_dice"),
            *("clean_dice_low", "clean_dice_high", "lowest_clean_dice", "n_labelled"),
        ),
        _columns(
            *_merits(),
            ("unit", TEXT, "unit of the number, where a number is decided"),
            ("cutoff_choice", TEXT, "fixed, or chosen on the fold's validation patients (Youden)"),
            ("fold", TEXT, "fold, or pooled for all folds together"),
            ("cutoff", RATE, "probability from which a frame counts as label 1"),
        ),
    ),
    "paper": Table(
        "a number of the published study, next to that of this run",
        ("figure", "paper", "run", "run_low", "run_high", "run_count", "run_n", "data"),
        _columns(
            ("figure", TEXT, "measure that is compared"),
            ("paper", RATE, "value of the study"),
            ("paper_count", COUNT, "frames that count towards the study's value"),
            ("paper_n", COUNT, "frames of the study"),
            ("run", RATE, "value of this run"),
            ("run_count", COUNT, "frames that count towards the run's value"),
            ("run_n", COUNT, "frames of the run"),
            ("data", TEXT, "the run's frames: simulated, or of a frame table"),
            ("study", TEXT, "the published study"),
            ("note", TEXT, "why the two values are not the same quantity"),
        ),
    ),
    "grid": Table(
        "the lattice of a grid on a frame",
        ("frame", "grid_certified", "n_flipping", "n_points", "nearest_distance", "label"),
        _columns(
            ("n_points", COUNT, "points of the lattice"),
            ("step_{parameter}", "unit of the parameter", "step of the lattice"),
            ("n_flipping", COUNT, "lattice points that flip the frame"),
            ("lowest_margin", RATE, "lowest logit margin on the lattice; below 0 it flips"),
            ("lowest_{parameter}", "unit of the parameter", "setting of the lowest margin"),
            ("nearest_distance", "half-widths", "distance of the nearest flip on the lattice"),
            ("nearest_{parameter}", "unit of the parameter", "setting of the nearest flip"),
        ),
    ),
    "proofs": Table(
        "what is proved of a frame, or bounded by a sample of the settings",
        (
            *("frame", "statement", "stop_reason", "certified", "certified_margin"),
            *("margin_linf", "undecided_share", "flip_share_upper", "label"),
        ),
        _columns(
            (
                "statement",
                TEXT,
                "what the row is about: every setting of the box (proved), or drawn settings",
            ),
            ("certified", "yes or no", "no setting of the box flips the frame: proved"),
            (
                "certified_margin",
                "half-widths",
                "no setting nearer to the initial one flips the frame (L-infinity): proved",
            ),
            (
                "margin_linf",
                "half-widths",
                "L-infinity distance of the nearest flip found; empty without one",
            ),
            ("margin_gap", "half-widths", "margin_linf minus certified_margin"),
            ("undecided_share", RATE, "fraction of the box's volume that is not proved"),
            ("cells", COUNT, "parts of the box whose lowest margin was bounded"),
            ("n_drawn", COUNT, "settings that were drawn from the sample's distribution"),
            ("n_flipping", COUNT, "drawn settings that flip the frame"),
            ("flip_share", RATE, "n_flipping divided by n_drawn"),
            (
                "flip_share_upper",
                RATE,
                "upper bound of the fraction of settings that flip the frame, at `confidence`",
            ),
            ("confidence", RATE, "confidence of flip_share_upper"),
        ),
    ),
    "proofs_summary": Table(
        "what is proved of one model and seed, over all frames",
        (
            *("model", "attack", "n_robust", "n_vulnerable", "n_undecided", "n_attacked"),
            *("certified_accuracy", "certified_accuracy_low", "certified_accuracy_high"),
        ),
        _columns(
            ("statement", TEXT, "what the row is about: every setting of the box, or drawn ones"),
            ("n_robust", COUNT, "attacked frames that no setting of the box flips: proved"),
            ("n_vulnerable", COUNT, "attacked frames with a known flip"),
            ("n_undecided", COUNT, "attacked frames without a proof and without a known flip"),
            ("robust_share", RATE, "n_robust divided by n_attacked"),
            ("vulnerable_share", RATE, "n_vulnerable divided by n_attacked"),
            ("undecided_share", RATE, "n_undecided divided by n_attacked"),
            (
                "certified_accuracy",
                RATE,
                "fraction of the labelled frames that are correct at every setting: proved",
            ),
            (
                "proved_of_margin",
                RATE,
                "certified_margin divided by margin_linf, median over the vulnerable frames",
            ),
            ("median_cells", COUNT, "parts of the box that were bounded, median of the frames"),
            ("confidence", RATE, "confidence of flip_share_upper"),
            (
                "flip_share_upper",
                RATE,
                "highest upper bound of the fraction of settings that flip a frame",
            ),
        ),
    ),
    "universal": Table(
        "one setting for all frames of a grid",
        ("model", "kind", "fold", "n_flipped", "n", "rate", "random_mean", "n_vulnerable"),
        _columns(
            ("kind", TEXT, "frames that count: all, or those of one kind of flip"),
            (
                "fold",
                TEXT,
                "fold; `held out` is all folds together, `in sample` was chosen on the same frames",
            ),
            ("n_found_on", COUNT, "frames on which the setting was chosen"),
            ("rate", RATE, "fraction of the frames that the setting flips"),
            ("accuracy", RATE, "accuracy on these frames at the chosen setting"),
            ("random_mean", RATE, "fraction that a lattice point flips, mean over all points"),
            ("random_p5", RATE, "5th percentile of this fraction"),
            ("random_p95", RATE, "95th percentile of this fraction"),
            ("n_vulnerable", COUNT, "frames that some lattice point flips"),
        ),
    ),
    "transfer": Table(
        "an attack, the model that it flipped, and the model on which its settings were tried",
        (
            *("source_model", "target_model", "attack", "n_flipped", "n_tried", "rate"),
            *("rate_low", "rate_high"),
        ),
        _columns(
            ("source_model", TEXT, "model that the settings flipped"),
            ("source_seed", "number", "seed of that model"),
            ("target_model", TEXT, "model on which they were tried"),
            ("target_seed", "number", "seed of that model"),
            ("n_both_right", COUNT, "frames that both classify correctly at the initial setting"),
            ("n_tried", COUNT, "frames among these that the source's attack flipped"),
            ("rate", RATE, "fraction of the tried settings that flip the target too"),
            ("n_own", COUNT, "tried frames that the same attack on the target itself flips"),
            ("own_rate", RATE, "n_own divided by n_tried"),
        ),
    ),
    "agreement": Table(
        "a frame that is audited from RF and from a picture of one kind",
        ("frame", "kind", "points", "decisions_agree", "sure_flips", "sure_flips_confirmed"),
        _columns(
            ("kind", TEXT, "how the picture is stored: png, jpeg, resized, dark, range_unsure"),
            ("points", COUNT, "settings of the lattice"),
            (
                "decisions_agree",
                COUNT,
                "settings with the same decision as from RF",
            ),
            *_grey_errors(),
            ("sure_flips", COUNT, "settings at which the picture tells that the decision flips"),
            ("sure_flips_confirmed", COUNT, "those at which the decision from RF flips"),
            ("sure_holds", COUNT, "settings at which the picture tells that the decision holds"),
            ("sure_holds_confirmed", COUNT, "those at which the decision from RF holds"),
            ("true_flips", COUNT, "settings at which the decision from RF flips"),
        ),
    ),
    "agreement_summary": Table(
        "a kind of picture, over all frames",
        (
            *("model", "kind", "agree", "agree_worst", "sure_flips_confirmed", "true_flips_sure"),
            "censored_share",
        ),
        _columns(
            ("kind", TEXT, "how the picture is stored: png, jpeg, resized, dark, range_unsure"),
            ("frames", COUNT, "frames"),
            ("points", COUNT, "settings of all frames"),
            ("agree", RATE, "fraction of the settings with the same decision as from RF"),
            ("agree_worst", RATE, "smallest such fraction of a frame"),
            ("sure_flips_confirmed", RATE, "fraction of the sure flips at which RF flips"),
            ("true_flips_sure", RATE, "fraction of the flips from RF that the picture is sure of"),
            ("sure_holds_confirmed", RATE, "fraction of the sure holds at which RF holds"),
            *_grey_errors(),
        ),
    ),
    "guard": Table(
        "a picture that a guard judged, of a frame that it was not fitted to",
        (
            *("frame", "picture", "attack", "flipped", "alarm", "guard_score"),
            *("guard_threshold", "{parameter}"),
        ),
        _columns(
            (
                "picture",
                TEXT,
                "setting of the picture: initial, drawn in the guard's envelope, or attack: the "
                "final one of an attack",
            ),
            ("attack", TEXT, "attack that chose the setting; empty without one"),
            (
                "flipped",
                "yes or no",
                "the attack flips the decision there; empty without an attack",
            ),
            ("allowed", "yes or no", "the setting lies in the guard's envelope"),
            (
                "guard_score",
                RATE,
                "Mahalanobis distance of the picture's features from those of training patients",
            ),
            ("guard_threshold", RATE, "score above which the guard alarms"),
            ("alarm", "yes or no", "the guard alarms"),
        ),
    ),
    "guard_summary": Table(
        "an attack on a model, and what the model's guard makes of its flips",
        (
            *("model", "attack", "guarded", "n_flipped", "caught", "passed", "passed_by_any"),
            *("false_alarms", "declared_rate"),
        ),
        _columns(
            ("guarded", "yes or no", "flips of this attack count only without an alarm"),
            (
                "n_flipped_allowed",
                COUNT,
                "flips at settings in the guard's envelope, which it should let pass",
            ),
            ("n_caught", COUNT, "flips at which the guard alarms"),
            ("caught", RATE, "fraction of the flips at which the guard alarms"),
            ("n_passed", COUNT, "flips without an alarm"),
            ("passed", RATE, "fraction of the attacked frames that flip without an alarm"),
            (
                "n_passed_by_any",
                COUNT,
                "frames that some attack of the run flips without an alarm",
            ),
            ("passed_by_any", RATE, "fraction of the attacked frames that they are"),
            ("n_patients", COUNT, "patients that the guard was not fitted to"),
            ("n_alarmed_patients", COUNT, "those with an alarm at any allowed setting"),
            (
                "false_alarms",
                RATE,
                "fraction of these patients with an alarm at the initial setting or a drawn one",
            ),
            ("n_pictures", COUNT, "their pictures at the initial setting and at drawn ones"),
            ("false_alarms_of_pictures", RATE, "fraction of these pictures that alarm"),
            (
                "declared_rate",
                RATE,
                "declared largest probability that a patient has a false alarm",
            ),
        ),
    ),
    "comparisons": Table(
        "a pair of attacks, seeds or models on the same frames",
        (
            *("family", "first_model", "first_attack", "second_model", "second_attack"),
            *("difference", "low", "high", "p_holm", "n"),
        ),
        _columns(
            ("first_seed", "number", "seed of the first side"),
            ("second_seed", "number", "seed of the second side"),
            ("first_attack", TEXT, "attack of the first side"),
            ("second_attack", TEXT, "attack of the second side"),
        ),
    ),
    "margins": Table(
        "the nearest flip of a frame, and how far each parameter alone can move",
        (
            *("frame", "margin_linf", "direction", "safe_lower_{parameter}"),
            *("safe_upper_{parameter}", "label"),
        ),
        _columns(
            (
                "margin_linf",
                "half-widths",
                "largest move of a parameter at the nearest flip found; empty if none was found",
            ),
            ("margin_l2", "half-widths", "Euclidean distance of the nearest flip found"),
            ("nearest_linf_{parameter}", "unit of the parameter", "setting of margin_linf"),
            ("nearest_l2_{parameter}", "unit of the parameter", "setting of margin_l2"),
            (
                "safe_{side}_{parameter}",
                "unit of the parameter",
                "end of the interval in which this parameter alone keeps the decision",
            ),
            (
                "safe_{side}_is_bound_{parameter}",
                "yes or no",
                "this end is the bound of the box, not a flip",
            ),
            ("grid_agrees", "yes or no", "the margin is not larger than that of the grid"),
        ),
    ),
    "knobs": Table(
        "a control alone, or a pair of controls",
        ("control", "other_control", "n_flipped", "n_attacked", "rate", "rate_low", "rate_high"),
        _columns(
            ("control", TEXT, "control of the scanner; it may set several parameters"),
            ("other_control", TEXT, "second control of a pair; empty for one control alone"),
            ("rate", RATE, "fraction of the attacked frames that flip"),
            ("n_only_together", COUNT, "frames that the pair flips and neither control alone"),
            ("box", TEXT, "range of each parameter of the controls"),
            ("source", TEXT, "where this range comes from"),
        ),
    ),
    "envelope": Table(
        "a range of settings around the initial one, as one source of the run knows it",
        (
            *("parameter", "statement", "range_share", "lower_{parameter}", "upper_{parameter}"),
            *("n_changed", "n", "bound_share", "source", "model", "seed"),
        ),
        _columns(
            ("parameter", TEXT, "parameter or control that moves alone, or together for several"),
            ("moved", TEXT, "parameters that move; others keep their initial value"),
            (
                "statement",
                TEXT,
                "kind of the statement: proved (every setting), exhaustive (every point of a "
                "lattice or sweep; between them nothing is known) or sampled (settings drawn or "
                "searched; a change that was not found is not excluded)",
            ),
            ("source", TEXT, "attack, or distribution of accidental settings"),
            (
                "counted",
                TEXT,
                "whose decisions are counted: every frame that could be read, or attacked frames",
            ),
            ("changed_limit", RATE, "largest allowed fraction of changed decisions"),
            ("n", COUNT, "decisions that are counted, one for each frame"),
            (
                "range_share",
                RATE,
                "the widest range, as a share of the box: 0 is the initial setting, 1 the box",
            ),
            ("{side}_{parameter}", "unit of the parameter", "{side} end of the range"),
            (
                "n_changed",
                COUNT,
                "frames whose decision changes somewhere in the range; of a proof, frames that are "
                "not proved in it",
            ),
            ("changed", RATE, "n_changed divided by n"),
            (
                "beyond_share",
                RATE,
                "share of the box from which more decisions change, or are not proved, than "
                "allowed; empty if the box has no such share",
            ),
            ("n_changed_beyond", COUNT, "frames whose decision changes up to this share"),
            (
                "n_settings",
                COUNT,
                "settings tried in the range, the initial one among them; of a search, median of "
                "the frames; empty for a proof",
            ),
            (
                "bound_share",
                RATE,
                "one-sided lower confidence bound of range_share for further patients; empty if "
                "there are too few patients for any",
            ),
            ("bound_{side}_{parameter}", "unit of the parameter", "{side} end at that bound"),
            ("confidence", RATE, "confidence of the bound"),
            (
                "method",
                TEXT,
                "method of the bound: order statistic of patients (exact), or bootstrap of "
                "patients if a patient has several frames (approximate)",
            ),
            (
                "patients_needed",
                COUNT,
                "patients that a bound at changed_limit needs at least",
            ),
            (
                "carried_limit",
                RATE,
                "smallest changed_limit for which these patients give a bound",
            ),
            (
                "carried_share",
                RATE,
                "share of the box before the first changed decision: the bound at carried_limit",
            ),
            ("step_{parameter}", "unit of the parameter", "step of the lattice or sweep"),
            ("box_{side}_{parameter}", "unit of the parameter", "{side} bound of the box"),
            (
                "source_files",
                TEXT,
                "files of the decisions; a star stands where names differ",
            ),
            (
                "{edge}_edge",
                TEXT,
                "stored setting nearest to the range's {edge} end, inside it; joint is the one "
                "that needs the largest share of the box",
            ),
            (
                "{edge}_edge_value",
                "unit of the row's parameter",
                "value of the parameter there ({edge})",
            ),
            ("{edge}_edge_n_labelled", COUNT, "labelled frames that are judged there ({edge})"),
            ("{edge}_edge_sensitivity", RATE, "sensitivity there at the cut-off ({edge})"),
            ("{edge}_edge_specificity", RATE, "specificity there at the cut-off ({edge})"),
            ("{edge}_edge_auc", RATE, "AUC there ({edge})"),
            ("edge_files", TEXT, "files of the decisions at the edges"),
        ),
    ),
    "subgroups": Table(
        "a group of patients in one source of the run",
        (
            *("column", "group", "changed", "changed_low", "changed_high", "n_changed", "n"),
            *("range_share", "p", "p_holm", "remark", "source", "moved", "model", "seed"),
        ),
        _columns(
            ("source", TEXT, "attack, or distribution of accidental settings"),
            ("statement", TEXT, "kind of the statement: proved, exhaustive or sampled"),
            ("moved", TEXT, "parameters that move; others keep their initial value"),
            ("column", TEXT, "column of the frame table with the groups"),
            ("group", TEXT, "group of patients; those with an empty cell are in none"),
            ("n", COUNT, "decisions of the group, one for each frame"),
            (
                "n_changed",
                COUNT,
                "frames whose decision changes somewhere in the box; of a proof, frames that are "
                "not proved in it",
            ),
            ("changed", RATE, "n_changed divided by n"),
            ("changed_limit", RATE, "largest allowed fraction of changed decisions in a range"),
            ("range_share", RATE, "the widest range of the group, as a share of the box"),
            (
                "bound_share",
                RATE,
                "one-sided lower 95 % bound of range_share; empty if there are too few patients",
            ),
            ("patients_needed", COUNT, "patients that such a bound needs at least"),
            ("remark", TEXT, "whether the group is small"),
            ("test", TEXT, "test behind p; empty if a patient is in several groups"),
            ("p", RATE, "p value of no difference between the groups, the same in all their rows"),
            ("p_holm", RATE, "p value after Holm's correction over all tests of the table"),
        ),
    ),
    "repeatability": Table(
        "a measure of how well the score repeats if the scanner is set again",
        ("measure", "value", "value_low", "value_high", "unit", "remark", "model", "seed"),
        _columns(
            ("seed", "number", "random seed of the training; empty for all seeds together"),
            (
                "distribution",
                TEXT,
                "how the settings were drawn: normal, about the initial one, in the box",
            ),
            ("n", COUNT, "frames, each judged at every setting"),
            ("n_settings", COUNT, "settings"),
            ("n_seeds", COUNT, "seeds"),
            ("source_files", TEXT, "files of the scores; a star stands where names differ"),
            (
                "measure",
                TEXT,
                "within_deviation (s_w), repeatability_coefficient (1.96 sqrt(2) s_w), icc "
                "(ICC(A,1)), variation_coefficient (s_w over the mean's size), variance_* and "
                "share_* of a random effect",
            ),
            (
                "unit",
                TEXT,
                "unit of the value; the score is the log-odds of label 1, or the number",
            ),
            ("value", "as in unit", "the measure; empty if it is not identified"),
            (
                "value_low",
                "as in unit",
                "lower end of the 95 % interval, by a bootstrap of patients",
            ),
            (
                "value_high",
                "as in unit",
                "upper end of the 95 % interval, by a bootstrap of patients",
            ),
            ("remark", TEXT, "why a measure is missing, or what to mind"),
        ),
    ),
    "accidental": Table(
        "a setting that no adversary chose, for one model and seed",
        (
            *("model", "distribution", "{parameter}", "accuracy", "constant_accuracy", "auc"),
            *("positive_rate", "changed", "shift", "mean_dice"),
        ),
        _columns(
            ("distribution", TEXT, "how the setting was drawn; sweeps change one parameter"),
            ("setting", TEXT, "name of the setting"),
            ("n_changed", COUNT, "frames whose decision differs from that at the initial setting"),
            ("n_true_positive", COUNT, "frames with label 1 that are classified correctly"),
            ("n_true_negative", COUNT, "frames with label 0 that are classified correctly"),
            ("n_recalibrated", COUNT, "frames for which the other folds choose a cut-off"),
            ("n_correct_recalibrated", COUNT, "frames among these that are classified correctly"),
            *_of_decisions(),
            (
                "shift",
                "as in unit",
                "mean number at this setting less that at the initial one",
            ),
            (
                "mean_dice",
                RATE,
                "mean over the frames of the lowest Dice of a structure with the reference",
            ),
            ("{measure}", RATE, "{measure}"),
        ),
    ),
    "accidental_summary": Table(
        "a model, seed and distribution of settings",
        (
            *("model", "distribution", "n_settings", "accuracy_initial", "accuracy_median"),
            *(
                "accuracy_p5",
                "constant_accuracy",
                "auc_initial",
                "auc_median",
                "positive_rate_initial",
            ),
            *("positive_rate_p5", "positive_rate_p95", "changed_share", "worst_changed"),
        ),
        _columns(
            *_of_decisions(),
            (
                "changed_share",
                RATE,
                "fraction of all frames and settings at which the decision differs from that at "
                "the initial setting",
            ),
            ("n_ever_changed", COUNT, "frames whose decision changes at some of the settings"),
            ("ever_changed", RATE, "n_ever_changed divided by n"),
            ("mean_dice_initial", RATE, "mean Dice with the reference, at the initial setting"),
            ("mean_dice_p5", RATE, "mean Dice, 5th percentile over the settings"),
            ("mean_dice_median", RATE, "mean Dice, median over the settings"),
            ("mean_dice_p95", RATE, "mean Dice, 95th percentile over the settings"),
            ("distribution", TEXT, "how the settings were drawn; sweeps change one parameter"),
            ("n_settings", COUNT, "settings"),
            ("{measure}_initial", RATE, "{measure}, at the initial setting"),
            ("{measure}_p5", RATE, "{measure}, 5th percentile over the settings"),
            ("{measure}_median", RATE, "{measure}, median over the settings"),
            ("{measure}_p95", RATE, "{measure}, 95th percentile over the settings"),
            ("worst_setting", TEXT, "the setting that changes the most decisions"),
            ("worst_{parameter}", "unit of the parameter", "value of the parameter there"),
            ("worst_{measure}", RATE, "{measure}, at that setting"),
            (
                "n_{measure}_below",
                COUNT,
                "settings at which this measure is below its interval at the initial setting: "
                "{measure}",
            ),
            (
                "{measure}_below",
                RATE,
                "fraction of the settings at which this measure is below its interval at the "
                "initial setting: {measure}",
            ),
        ),
    ),
    "defences": Table(
        "a model, all its seeds together",
        (
            *("model", "grid_certified", "grid_certified_low", "grid_certified_high"),
            *("constant_accuracy", "auc", "accuracy", "accuracy_worst", "accuracy_zoo"),
        ),
        _columns(
            ("baseline", "yes or no", "the model with which the others are compared"),
            ("kind", TEXT, "kind of the model"),
            ("takes", TEXT, "input of the model"),
            ("n_train", COUNT, "mean number of training frames of the model's networks"),
            ("immune_by_construction", "yes or no", "the attacked parameters cannot change it"),
            ("n_seeds", COUNT, "seeds"),
            ("n_frames", COUNT, "labelled frames, which every rate counts"),
            ("zoo", TEXT, "the paper's attack in this run"),
            ("accuracy_zoo", RATE, "fraction correct and not flipped by the paper's attack"),
            ("attacks", TEXT, "attacks on this model"),
            ("accuracy_worst", RATE, "fraction correct and flipped by none of these attacks"),
            ("grid_points", COUNT, "points of the grid's lattice"),
            ("grid_certified", RATE, "fraction correct at every point of the lattice"),
            ("grid_certified_fatty", RATE, "the same, of the frames with label 1"),
            ("grid_certified_normal", RATE, "the same, of the frames with label 0"),
            ("proof", TEXT, "attack of method certify; empty without one"),
            ("certified", RATE, "fraction correct at every setting of the box: proved"),
            ("certified_fatty", RATE, "the same, of the frames with label 1"),
            ("certified_normal", RATE, "the same, of the frames with label 0"),
            ("margin_attack", TEXT, "attack that found the margins"),
            ("median_margin", "half-widths", "median margin; 0 for a frame that is wrong"),
            ("interval", TEXT, "method of the 95 % intervals"),
            ("accidental_settings", COUNT, "settings drawn uniformly from the box"),
            ("accidental_accuracy", RATE, "accuracy, mean over these settings"),
            (
                "accidental_accuracy_recalibrated",
                RATE,
                "the same, at a cut-off chosen on the other folds",
            ),
            ("accidental_recalibration_gain", RATE, "difference of these two accuracies"),
            ("accidental_auc", RATE, "AUC, mean over these settings"),
        ),
    ),
    "defences_pairs": Table(
        "a model and the baseline, compared by one measure",
        ("family", "first_model", "second_model", "first", "second", "difference", "p_holm"),
        _columns(
            ("first_seeds", COUNT, "seeds of the model"),
            ("second_seeds", COUNT, "seeds of the baseline"),
            ("counted_first_seed", "number", "seed of the model for the four counts"),
            ("counted_second_seed", "number", "seed of the baseline for the four counts"),
            ("p_mcnemar", RATE, "McNemar's exact p value of the four counts"),
            ("test", TEXT, "test behind p"),
        ),
    ),
    "defences_timings": Table(
        "a model's trainings and queries",
        ("model", "training_median_s", "query_ms", "n_trainings", "n_queries"),
        _columns(
            ("n_trainings", COUNT, "trainings of the model in this run"),
            ("training_median_s", "s", "median wall time of a training"),
            ("training_total_s", "s", "wall time of all trainings"),
            ("attacks", TEXT, "attacks over which a query is timed"),
            ("n_queries", COUNT, "queries of these attacks"),
            ("attacks_total_s", "s", "wall time of these attacks' jobs"),
            ("query_ms", "ms", "wall time of a query, with reading and start of the job"),
        ),
    ),
    "flags": Table(
        "a sign that an attack was weak; n is 0 if the check found nothing",
        ("flag", "level", "attack", "n", "n_checked", "meaning", "advice"),
        _columns(
            ("flag", TEXT, "name of the check"),
            ("level", TEXT, "error: results contradict each other; warning: they may mean less"),
            ("n", COUNT, "frames for which the flag is raised"),
            ("n_checked", COUNT, "frames that were checked"),
            ("frames", TEXT, "first names of the flagged frames"),
            ("meaning", TEXT, "what a raised flag means"),
            ("advice", TEXT, "what to do about it"),
        ),
    ),
    "timings": Table(
        "a job, as Snakemake measured it",
        ("rule", "job", "wall_s", "cpu_s", "max_rss_mb"),
        _columns(
            ("rule", TEXT, "rule of the job"),
            ("job", TEXT, "model, seed, fold, attack and chunk of the job"),
            ("wall_s", "s", "wall time"),
            ("cpu_s", "s", "processor time"),
            ("max_rss_mb", "MiB", "peak memory"),
        ),
    ),
    "checklists/*": Table(
        "an item of a checklist, and what the run answers",
        ("item", "section", "topic", "answer", "files", "remark", "unchecked"),
        _columns(
            ("item", TEXT, "number of the item in the checklist"),
            ("section", TEXT, "part of the checklist"),
            ("topic", TEXT, "what the item is about, in words of this software"),
            ("answer", TEXT, "answered, partly answered or not answered by this run"),
            (
                "files",
                TEXT,
                "files in the results that answer it, or a pattern of many files; with spaces "
                "between them",
            ),
            ("remark", TEXT, "what remains for the author; empty if nothing"),
            (
                "unchecked",
                TEXT,
                "what of the item was compared with no source; empty if all of it was",
            ),
        ),
    ),
    "validation": Table(
        "a network on further patients, who were used for no training",
        (
            *("model", "seed", "fold", "auc", "accuracy", "constant_accuracy", "sensitivity"),
            *("specificity", "n"),
        ),
        _columns(
            (
                "fold",
                TEXT,
                "fold of the network, or mean over the networks of the model and seed; with "
                "several seeds, the last mean, without a seed, is that over all of them",
            ),
        ),
    ),
    "reference_levels": Table(
        "a scanner",
        ("scanner", "reference_level", "n_frames"),
        _columns(
            ("scanner", TEXT, "scanner of the configuration"),
            ("reference_level", "dB", "offset to copy into scanners.<name>.reference_level"),
            ("n_frames", COUNT, "frames from which it was computed"),
        ),
    ),
}


def explained(table: str | None, name: str) -> Column:
    """A column of a table, with its name and meaning filled in.

    Parameters
    ----------
    table
        Name of the table, without its suffix.
    name
        Name of the column.

    Raises
    ------
    KeyError
        If the list has no such column.
    """
    if table not in TABLES:
        raise KeyError(f"no table {table} is in the list of columns")
    own = TABLES[table].columns
    for columns in (own, COMMON):
        if name in columns:
            return columns[name]
        for template, column in columns.items():
            found = _pattern(template).fullmatch(name)
            if found and _is_column(table, found.groupdict().get("value")):
                words = {
                    place: MEASURE[word] if place == "measure" else word
                    for place, word in found.groupdict().items()
                }
                unit, meaning = column.unit, column.meaning
                if "parameter" in words:
                    unit = PARAMETERS[words["parameter"]].units if "unit" in unit else unit
                    meaning += f": {PARAMETERS[words['parameter']].long_name}"
                return Column(name, unit, meaning.format(**words))
    raise KeyError(f"{table}.csv: nothing explains column {name}; add it to TABLES")


def first_columns(table: str | None, names: Sequence[str]) -> Iterator[str]:
    """The columns of `names` that a page shows first, in their order."""
    for template in TABLES[table].first if table in TABLES else ():
        yield from (name for name in names if _pattern(template).fullmatch(name))


@cache
def _pattern(template: str) -> re.Pattern:
    parts = re.split(r"\{(\w+)\}", template)
    for place, name in list(enumerate(parts))[1::2]:
        words = PLACES[name]
        parts[place] = f"(?P<{name}>{'.+' if words is None else '|'.join(words)})"
    parts[::2] = map(re.escape, parts[::2])
    return re.compile("".join(parts))


def _is_column(table: str, value: str | None) -> bool:
    """Whether an interval's value is a column, by its name or by that of its rate."""
    if value is None:
        return True
    for name in (value, f"{value}_rate"):
        try:
            explained(table, name)
        except KeyError:
            continue
        return True
    return False
