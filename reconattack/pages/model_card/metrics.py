"""The metrics of a model card: cells of a run's tables, each with its interval and its place."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from reconattack.evidence.chosen_ranges import shown_ranges
from reconattack.evidence.columns import explained
from reconattack.evidence.labelled import attacked
from reconattack.evidence.proofs import PROVED
from reconattack.pages.wording import Titles, by_network, plain, titled

Tables = Mapping[str, pd.DataFrame]
FOLDER = "../tables"  # of the tables, seen from the card
INTERVAL = "95 % interval"
BY_PATIENTS = "95 % interval, by a bootstrap of patients"
AGREEMENT = "95 % limits of agreement"
QUANTILES = "5th to 95th percentile of the settings"
CLASS = re.compile(r"sensitivity_of_(.+)(?<!_low)(?<!_high)")


@dataclass(frozen=True)
class Metric:
    """A number of a run.

    Attributes
    ----------
    label
        What it is, in words that begin with the network.
    table, column, row
        Where it stands: name of the table, column, and the cells that tell the row.
    value
        The number.
    unit
        Its unit; `1` is none.
    ends, ends_are
        A lower and an upper number, and what they are; None without.
    count
        Number of cases and of all cases, of a fraction; None without.
    found_as
        How the number follows from the column, if it is no single cell.
    """

    label: str
    table: str
    column: str
    row: Mapping[str, Any]
    value: float
    unit: str = "1"
    ends: tuple[float, float] | None = None
    ends_are: str = INTERVAL
    count: tuple[int, int] | None = None
    found_as: str = ""

    @property
    def file(self) -> str:
        """Relative link from the card to the table."""
        return f"{FOLDER}/{self.table}.csv"

    def as_json(self) -> str:
        """Value, ends, counts and source as JSON, with all digits of the table."""
        source = {"file": self.file, "column": self.column, "row": dict(self.row)}
        content: dict[str, Any] = {"value": self.value, "unit": self.unit}
        if self.ends:
            content |= {"low": self.ends[0], "high": self.ends[1], "ends": self.ends_are}
        if self.count:
            content |= {"cases": self.count[0], "of": self.count[1]}
        if self.found_as:
            source["found_as"] = self.found_as
        content["source"] = source
        return json.dumps(content, ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True)
class Cell:
    """A column that becomes a metric.

    Attributes
    ----------
    column
        The column of the value.
    words
        What the value is.
    ends
        The columns of the lower and the upper end.
    ends_are
        What the ends are.
    count
        The columns with the cases and with all cases.
    """

    column: str
    words: str
    ends: tuple[str, str] | None = None
    ends_are: str = INTERVAL
    count: tuple[str, str] | None = field(default=None)


def _rate(column: str, words: str, count: tuple[str, str] | None = None, stem: str = "") -> Cell:
    stem = stem or column
    return Cell(column, words, (f"{stem}_low", f"{stem}_high"), count=count)


AT_THE_START = (
    _rate("auc", "AUC"),
    _rate("macro_auc", "mean AUC of one class against the others"),
    _rate("accuracy", "accuracy"),
    Cell("constant_accuracy", "accuracy of one answer for all frames"),
    _rate("sensitivity", "sensitivity"),
    _rate("specificity", "specificity"),
    _rate("calibration_slope", "calibration slope"),
    _rate("bias", "mean difference from the true number"),
    Cell(
        "bias",
        "mean difference from the true number, with limits of agreement",
        ("bias_lower_limit", "bias_upper_limit"),
        AGREEMENT,
    ),
    Cell("mean_abs_difference", "mean absolute difference from the true number"),
    _rate("clean_dice", "mean Dice with the given masks"),
    Cell("lowest_clean_dice", "lowest Dice with a given mask"),
)
REPEATED_PATIENTS = (_rate("auc", "AUC"), _rate("accuracy", "accuracy"))
OF_AN_ATTACK = (
    _rate("success_rate", "frames flipped", ("n_success", "n_attacked"), stem="success"),
    _rate(
        "success_visible_rate",
        "frames flipped by a small change of the image",
        ("n_success_visible_limit", "n_attacked"),
        stem="success_visible",
    ),
    _rate(
        "sure_success_rate",
        "finished images that flip whatever they leave open",
        ("n_sure_success", "n_attacked"),
        stem="sure_success",
    ),
    _rate("shift", "mean change of the number"),
    Cell("lowest_dice", "lowest Dice of a frame"),
    Cell("median_dice", "median Dice of the frames"),
)
OF_A_PROOF = (
    _rate(
        "robust_share",
        "frames that no setting of the box flips, proved",
        ("n_robust", "n_attacked"),
    ),
    _rate("vulnerable_share", "frames with a known flip", ("n_vulnerable", "n_attacked")),
    _rate("undecided_share", "frames neither proved nor flipped", ("n_undecided", "n_attacked")),
    _rate("certified_accuracy", "labelled frames that are correct at every setting, proved"),
)
OF_A_SAMPLE = (
    Cell(
        "flip_share_upper",
        "upper bound of the fraction of drawn settings that flip any one frame",
    ),
    _rate("vulnerable_share", "frames with a known flip", ("n_vulnerable", "n_attacked")),
)
OF_DRAWN_SETTINGS = (
    Cell(
        "accuracy_median",
        "median accuracy",
        ("accuracy_p5", "accuracy_p95"),
        QUANTILES,
    ),
    Cell(
        "changed_median",
        "median fraction of changed decisions",
        ("changed_p5", "changed_p95"),
        QUANTILES,
    ),
    Cell("worst_changed", "fraction of changed decisions at the worst setting"),
)
OF_A_RANGE = (
    Cell("range_share", "widest range in which few decisions change, as a share of the box"),
    Cell("bound_share", "lower bound of this range for further patients"),
)
OF_UNITS = (
    _rate(
        "units_rate",
        "clips or patients that one setting flips",
        ("n_units_flipped", "n_units_attacked"),
    ),
)


def usefulness(tables: Tables, titles: Titles) -> list[Metric]:
    """How good each network is at the initial setting, from `performance.csv`.

    Where patients have several frames, AUC and accuracy of two classes come from `summary.csv`,
    which has their intervals by patients.
    """
    rows = tables["performance"]
    rows = rows[rows["fold"] == "pooled"] if len(rows) else rows
    keys, by_patients = ["model", "seed", "fold"], pd.DataFrame()
    if "cutoff_choice" in rows:
        rows, keys = rows[rows["cutoff_choice"] == "fixed"], [*keys, "cutoff_choice"]
        summary = tables["summary"].drop_duplicates(["model", "seed"])
        by_patients = summary[summary["auc_patient_low"].notna()]
    of_classes = [
        _rate(found[0], f"sensitivity of class {found[1]}")
        for found in map(CLASS.fullmatch, rows)
        if found
    ]
    cells = (*AT_THE_START, *of_classes)
    found = list(
        _metrics("summary", by_patients, REPEATED_PATIENTS, ["model", "seed"], tables, titles)
    )
    better = {(metric.row["model"], metric.row["seed"], metric.column) for metric in found}
    return [
        *found,
        *(
            metric
            for metric in _metrics("performance", rows, cells, keys, tables, titles)
            if (metric.row["model"], metric.row["seed"], metric.column) not in better
        ),
    ]


def safety(tables: Tables, titles: Titles) -> list[Metric]:
    """What changed settings do to each network: attacks, proofs, drawn settings, ranges, units."""
    keys = ["model", "seed", "attack"]
    proofs = tables.get("proofs_summary", pd.DataFrame({"attack": []}))
    searched = tables["summary"][~tables["summary"]["attack"].isin(proofs["attack"])]
    found = list(_metrics("summary", searched, OF_AN_ATTACK, keys, tables, titles))
    found += _nearest_flips(tables, titles)
    if len(proofs):
        proved = proofs["statement"] == PROVED
        for cells, rows in ((OF_A_PROOF, proofs[proved]), (OF_A_SAMPLE, proofs[~proved])):
            found += _metrics("proofs_summary", rows, cells, keys, tables, titles)
    drawn = tables.get("accidental_summary", pd.DataFrame())
    keys = ["model", "seed", "distribution"]
    found += _metrics("accidental_summary", drawn, OF_DRAWN_SETTINGS, keys, tables, titles)
    if "envelope" in tables:
        ranges = shown_ranges(tables["envelope"])
        keys = ["model", "seed", "parameter", "statement", "source"]
        found += _metrics("envelope", ranges, OF_A_RANGE, keys, tables, titles)
    units = tables.get("units_summary", pd.DataFrame())
    keys = ["model", "seed", "attack"]
    return found + list(_metrics("units_summary", units, OF_UNITS, keys, tables, titles))


def _metrics(
    table: str,
    rows: pd.DataFrame,
    cells: Sequence[Cell],
    keys: Sequence[str],
    tables: Tables,
    titles: Titles,
) -> Iterator[Metric]:
    """The metrics of some rows of a table; a cell without a value is none."""
    names = network_names(tables["summary"], titles)
    for _, row in rows.iterrows():
        place = {key: _plain(row[key]) for key in keys}
        whose = [names.get((row["model"], int(row["seed"])), str(row["model"]))]
        if "attack" in place:
            whose.append(plain(titled(titles, "attacks", row["attack"])))
        if "distribution" in place:
            whose.append(_drawn(row["distribution"], titles))
        if "parameter" in place:
            moved = plain(titled(titles, "controls", row["parameter"]))
            whose.append(f"{moved} ({row['statement']})")
        for cell in cells:
            if pd.isna(row.get(cell.column)):
                continue
            ends, ends_are = _ends(row, cell)
            counts = [row.get(name) for name in cell.count or ()]
            yield Metric(
                label=f"{', '.join(whose)}: {cell.words}",
                table=table,
                column=cell.column,
                row=place,
                value=_plain(row[cell.column]),
                unit=_unit(table, cell.column, row),
                ends=ends,
                ends_are=ends_are,
                count=tuple(map(int, counts)) if _known(counts) else None,
            )


def _nearest_flips(tables: Tables, titles: Titles) -> Iterator[Metric]:
    """The nearest flip of any frame, and the median of the flipped frames, from `margins.csv`."""
    if "margins" not in tables:
        return
    names = network_names(tables["summary"], titles)
    keys = ["model", "seed", "attack"]
    for key, rows in attacked(tables["margins"]).groupby(keys, sort=False):
        flipped = rows[rows["margin_linf"].notna()]
        if flipped.empty:
            continue
        place = dict(zip(keys, map(_plain, key), strict=True))
        whose = f"{names[key[0], int(key[1])]}, {plain(titled(titles, 'attacks', key[2]))}"
        nearest = flipped.loc[flipped["margin_linf"].idxmin()]
        count = (len(flipped), len(rows))
        yield Metric(
            label=f"{whose}: margin of the nearest flip of any frame",
            table="margins",
            column="margin_linf",
            row=place | {"frame": str(nearest["frame"])},
            value=float(nearest["margin_linf"]),
            unit="half-widths",
            found_as="smallest value of the rows",
        )
        yield Metric(
            label=f"{whose}: median margin of the flipped frames",
            table="margins",
            column="margin_linf",
            row=place,
            value=float(flipped["margin_linf"].median()),
            unit="half-widths",
            count=count,
            found_as="median of the rows with a value",
        )


def network_names(summary: pd.DataFrame, titles: Titles) -> dict[tuple[str, int], str]:
    """The title of each model, with the seed if it has several, by model and seed."""
    return {
        (rows["model"].iloc[0], int(rows["seed"].iloc[0])): plain(name)
        for name, rows in by_network(summary, titles)
    }


def _drawn(distribution: str, titles: Titles) -> str:
    """How settings were drawn without an adversary, in words."""
    parameter = distribution.removeprefix("sweep_")
    if parameter != distribution:
        return f"sweep of {plain(titled(titles, 'controls', parameter))}"
    return f"settings drawn without an adversary ({distribution})"


def _unit(table: str, column: str, row: pd.Series) -> str:
    """The unit of a cell; that of a decided number stands in the row."""
    unit = explained(table, column).unit
    return str(row["unit"]) if unit == "as in unit" else unit


def _ends(row: pd.Series, cell: Cell) -> tuple[tuple[float, float] | None, str]:
    """The ends of a cell and what they are; those by patients, if the table has them."""
    if cell.ends is None:
        return None, cell.ends_are
    by_patients = [re.sub("_(low|high)$", r"_patient_\1", name) for name in cell.ends]
    kinds = [(by_patients, BY_PATIENTS)] if by_patients != [*cell.ends] else []
    for names, words in (*kinds, (cell.ends, cell.ends_are)):
        ends = [row.get(name) for name in names]
        if _known(ends):
            return (_plain(ends[0]), _plain(ends[1])), words
    return None, cell.ends_are


def _known(values: Sequence[Any]) -> bool:
    """Whether there are values, and none is missing."""
    return bool(values) and not any(pd.isna(value) for value in values)


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
