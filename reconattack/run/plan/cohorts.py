"""The cohorts of a run: the frames that they hold, and the chunks that jobs work on."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from reconattack.classifiers.kinds import base_of
from reconattack.errors import InputError, first_names
from reconattack.frames.channel_recording import ARRAY_COLUMNS
from reconattack.frames.given_mask import MASK
from reconattack.frames.grey_maps import with_stated_range
from reconattack.frames.picture import RANGE_ERROR, range_error
from reconattack.frames.scanner import FACTS
from reconattack.frames.stated import PICTURE_FACTS
from reconattack.frames.table import FILES, read_frame_table
from reconattack.readers.names import reader_names
from reconattack.run.plan.paths import alternatives, chunk_path

Rows = list[dict[str, Any]]
RF_KINDS = ("table", "channel", "simulated_rf", "simulated_channel")
OF_PICTURES = ("probe", "probe_radius", "lateral_span", "center_frequency")
CONFIRMED = "outline_confirmed"
OF_BINARY = ("dtype", "shape", "header_bytes", "byte_order")
UNUSED = {  # columns of the frame table that mean nothing for a kind
    "table": (*PICTURE_FACTS, "overlay_mask", CONFIRMED, *ARRAY_COLUMNS),
    "channel": (*PICTURE_FACTS, "overlay_mask", CONFIRMED, *OF_BINARY),
    "images": (*FACTS, *PICTURE_FACTS, "mask", "overlay_mask", CONFIRMED, *ARRAY_COLUMNS),
    "pictures": (*(fact for fact in FACTS if fact not in OF_PICTURES), *ARRAY_COLUMNS),
}
TABLE_KINDS = ("table", "channel", "images")
READERS = {"table": "frames", "channel": "channels"}  # of files; `images` otherwise
MOST_GROUPS = 20  # of a column of run.subgroups
OWN_NAMES = ("clip", "index", "notes")  # of a row, besides the columns of its table


@dataclass(frozen=True)
class Cohorts:
    """The cohorts that a configuration defines.

    Attributes
    ----------
    config
        The configuration.
    rows
        What is known of each frame of a cohort before anything runs: a dict for each frame.
    groups
        By column of `run.subgroups`, the group of each frame of the judged cohort; None where its
        cell is empty.
    """

    config: Mapping[str, Any]
    rows: Mapping[str, Rows]
    groups: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    @classmethod
    def read(cls, config: Mapping[str, Any], schema: Path | str) -> "Cohorts":
        """Read the frame tables of a configuration; `schema` is the JSON schema of their rows.

        Raises
        ------
        InputError
            If a table cannot be used.
        """
        rows = {cohort: cohort_rows(config, cohort, schema) for cohort in config["cohorts"]}
        return cls(config, rows, taken_groups(config, rows, schema))

    @property
    def judged(self) -> str:
        """The cohort whose frames are classified and attacked."""
        return self.config["run"]["cohort"]

    @property
    def judges_pictures(self) -> bool:
        """Whether the frames of the judged cohort are finished images."""
        return self.kind(self.judged) == "pictures"

    @cached_property
    def scanners(self) -> dict[str, dict[str, Any]]:
        """Description of each scanner, with its name, as jobs that make frames need it."""
        apart = ("calibration_frames", "simulation")
        return {
            name: {"name": name}
            | {field: value for field, value in scanner.items() if field not in apart}
            for name, scanner in self.config["scanners"].items()
        }

    def kind(self, cohort: str) -> str:
        """Kind of a cohort, as the configuration has it; `pictures` if its images are judged."""
        return kind_of(self.config, cohort)

    def is_simulated(self, cohort: str) -> bool:
        """Whether a cohort is simulated, or transferred from one that is."""
        definition = self.config["cohorts"][cohort]
        return self.kind(definition.get("of", cohort)).startswith("simulated")

    def size(self, *cohorts: str) -> int:
        """Number of frames of some cohorts."""
        return sum(len(self.rows[cohort]) for cohort in cohorts)

    def chunks(self, cohort: str) -> list[str]:
        """Names of a cohort's chunks: the number of frames in a chunk and its number."""
        size = self.config["run"]["frames_per_job"]
        return [f"{size}x{number:04d}" for number in range(-(-len(self.rows[cohort]) // size))]

    def chunk_rows(self, cohort: str, chunk: str) -> Rows:
        """Rows of the frames in a chunk."""
        size, number = map(int, chunk.split("x"))
        return self.rows[cohort][size * number : size * (number + 1)]

    def unit_of_frame(self, unit: str) -> dict[str, str]:
        """The clip or the patient of each frame of the judged cohort, by its name.

        Raises
        ------
        InputError
            If frames of a unit have different labels.
        """
        labels: dict[str, set[int]] = {}
        for row in self.rows[self.judged]:
            if row.get("label") is not None:
                labels.setdefault(row.get(unit, row["frame"]), set()).add(row["label"])
        unlike = [name for name, found in labels.items() if len(found) > 1]
        if unlike:
            raise InputError(
                f"run.unit: the frames of {first_names(unlike)} have different labels; expected "
                f"one label for each {unit}, or run.unit: frame"
            )
        return {row["frame"]: row.get(unit, row["frame"]) for row in self.rows[self.judged]}

    @cached_property
    def chunk_of_frame(self) -> dict[str, str]:
        """The chunk of each frame of the judged cohort."""
        cohort = self.judged
        return {
            row["frame"]: chunk
            for chunk in self.chunks(cohort)
            for row in self.chunk_rows(cohort, chunk)
        }

    def chunk_files(self, cohort: str, chunk: str) -> list[str]:
        """Files of the frames in a chunk, and of their masks."""
        rows = self.chunk_rows(cohort, chunk)
        return sorted({row[column] for row in rows for column in FILES} - {None})

    def masked_decisions(self, cohort: str) -> list[dict[str, Any]]:
        """Declared decisions that are compared with the given masks of a cohort's frames."""
        return masked_decisions(self.config, cohort)

    def mask_rows(self, cohort: str) -> int | None:
        """Height of the masks of a simulated cohort; None if no model is compared with them."""
        masked = masked_decisions(self.config, cohort)
        return self.config["reconstruction"]["rows"] if masked else None

    def chunk_scanners(self, cohort: str, chunk: str) -> dict[str, dict[str, Any]]:
        """Descriptions of the scanners that recorded the frames in a chunk."""
        names = {row["scanner"] for row in self.chunk_rows(cohort, chunk)}
        return {name: self.scanners[name] for name in sorted(names)}

    def paths(self, kind: str, cohorts: Iterable[str]) -> list[str]:
        """Paths of all chunks of some cohorts; kind is `frames` or `bmode`."""
        return [
            chunk_path(kind, cohort, chunk) for cohort in cohorts for chunk in self.chunks(cohort)
        ]

    @property
    def all_paths(self) -> list[str]:
        """Paths of all chunks of frames and images that rules can make."""
        return [
            path
            for cohort in self.rows
            for kind in ("frames", "bmode")
            for path in self.paths(kind, [cohort])
        ]

    def output(self, folder: str, *kinds: str) -> str:
        """Path of the chunks of cohorts of some kinds, as the output of a rule.

        The wildcard constraints are part of the path, because Snakemake drops constraints that are
        declared elsewhere when the path is in S3.
        """
        names = alternatives(
            cohort for cohort in self.config["cohorts"] if self.kind(cohort) in kinds
        )
        return chunk_path(folder, f"{{cohort,{names}}}")

    def behind(self, cohort: str) -> list[str]:
        """The cohorts that a cohort is made of: itself, or those of a transferred one."""
        definition = self.config["cohorts"][cohort]
        if self.kind(cohort) != "transferred":
            return [cohort]
        return [definition["of"], *definition["calibration"].values()]

    def calibration(self, cohort: str, side: str) -> list[str]:
        """Chunks of the calibration frames of a transferred cohort; side is `from` or `to`."""
        return self.paths("frames", [self.config["cohorts"][cohort]["calibration"][side]])

    @cached_property
    def calibration_frames(self) -> dict[str, list[str]]:
        """Frames that calibrate each scanner of the judged cohort."""
        described = self.config["scanners"]
        return {
            name: described[name]["calibration_frames"]
            for name in sorted({row["scanner"] for row in self.rows[self.judged]})
            if "calibration_frames" in described[name]
        }

    @property
    def calibrating(self) -> list[str]:
        """RF cohorts with a frame that calibrates the scanner that recorded it.

        A frame of the same name by another scanner, as in a simulated cohort, does not count.
        """
        return [
            cohort
            for cohort, rows in self.rows.items()
            if self.kind(cohort) in RF_KINDS
            and any(row["frame"] in self.calibration_frames.get(row["scanner"], ()) for row in rows)
        ]


def kind_of(config: Mapping[str, Any], cohort: str) -> str:
    """Kind of a cohort, as the configuration has it; `pictures` if its images are judged."""
    kind = config["cohorts"][cohort]["kind"]
    return "pictures" if kind == "images" and cohort == config["run"]["cohort"] else kind


def cohort_rows(config: Mapping[str, Any], cohort: str, schema: Path | str) -> Rows:
    """Rows of a cohort: of its frame table, or one for each simulated patient."""
    definition = config["cohorts"][cohort]
    if definition["kind"] == "transferred":
        return _transferred_rows(config, cohort, schema)
    if definition["kind"] == "simulated_phantom":
        names = [f"{cohort}-{number:03d}" for number in range(definition["frames"])]
        return [{"frame": name, "scanner": definition["scanner"]} for name in names]
    if definition["kind"] not in TABLE_KINDS:
        names = [f"{cohort}-{number:03d}" for number in range(definition["patients"])]
        scanner, frames = {"scanner": definition["scanner"]}, definition.get("frames", 1)
        if frames == 1:
            return [{"frame": name, **scanner} for name in names]
        return [
            {"frame": f"{name}_{index}", **scanner, "patient": name, "clip": name, "index": index}
            for name in names
            for index in range(frames)
        ]
    kind = kind_of(config, cohort)
    table = read_frame_table(
        definition["table"],
        schema,
        scanners=None if kind == "images" else config["scanners"],
        readers=reader_names(READERS.get(kind, "images")),
        label_of=definition.get("label_of", "patient"),
        unused=UNUSED[kind],
        classes=labelled_classes(config),
        groups=group_columns(config),
    )
    if kind != "images":
        _check_kind_of_scanners(config, definition["table"], set(table["scanner"]), kind)
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    if kind == "pictures":
        _check_ranges(config, definition["table"], rows)
    if masked_decisions(config, cohort) and not any(row[MASK] for row in rows):
        raise InputError(
            f"{definition['table']}: no row has a mask, and decision.truth of run.models compares "
            f"with given masks; expected their paths in the column {MASK}"
        )
    return rows


def _transferred_rows(config: Mapping[str, Any], cohort: str, schema: Path | str) -> Rows:
    """Rows of the frames that are transferred, each with the scanner that they are brought to."""
    definition = config["cohorts"][cohort]
    target = definition["calibration"]["to"]
    scanners = sorted({row["scanner"] for row in cohort_rows(config, target, schema)})
    if len(scanners) > 1:
        raise InputError(
            f"cohorts.{cohort}.calibration.to: the frames of {target} are of "
            f"{' and '.join(scanners)}; expected calibration frames of one scanner"
        )
    rows = cohort_rows(config, definition["of"], schema)
    return [row | {"scanner": scanners[0]} for row in rows]


def masked_decisions(config: Mapping[str, Any], cohort: str) -> list[dict[str, Any]]:
    """Decisions of a run's models that are compared with the given masks of a cohort's frames.

    They have the keys of a declaration that say what a mask holds: `structures` and `labels`.
    """
    run, models = config["run"], config.get("models", {})
    if cohort != run["cohort"]:
        return []
    names = run.get("models") or ()
    found = [models[base_of(models, name)].get("decision") or {} for name in names]
    masked = [
        {key: decision[key] for key in ("structures", "labels") if key in decision}
        for decision in found
        if decision.get("kind") == "mask" and decision.get("truth") == MASK
    ]
    return [one for number, one in enumerate(masked) if one not in masked[:number]]


def group_columns(config: Mapping[str, Any]) -> list[str]:
    """The columns of the frame table with the groups of `run.subgroups`."""
    return [name for name in config["run"].get("subgroups", []) if name not in OWN_NAMES]


def taken_groups(
    config: Mapping[str, Any], rows: Mapping[str, Rows], schema: Path | str
) -> dict[str, dict[str, str | None]]:
    """Take the groups of `run.subgroups` out of the rows, so that no job depends on them.

    Returns
    -------
    dict
        By column, the group of each frame of the judged cohort.

    Raises
    ------
    InputError
        If the cohort has no frame table, or a column does not make groups.
    """
    columns = config["run"].get("subgroups", [])
    if not columns:
        return {}
    judged = config["run"]["cohort"]
    if config["cohorts"][judged]["kind"] not in TABLE_KINDS:
        raise InputError(
            f"run.subgroups names columns of a frame table, and cohorts.{judged} is simulated; "
            "expected a cohort of kind table, channel or images"
        )
    groups = {
        name: {row["frame"]: row.get(name) for row in rows[judged]}
        for name in columns
        if name not in OWN_NAMES
    }
    groups = {
        name: {frame: None if group is None else str(group) for frame, group in of_frame.items()}
        for name, of_frame in groups.items()
    }
    known = json.loads(Path(schema).read_text(encoding="utf-8"))["properties"]
    for row in (row for of_cohort in rows.values() for row in of_cohort):
        for name in set(groups) - set(known):
            row.pop(name, None)
    errors = [_no_groups(name, groups.get(name, {})) for name in columns]
    if any(errors):
        table = config["cohorts"][judged]["table"]
        raise InputError("\n".join(f"{table}: {error}" for error in errors if error))
    return groups


def _no_groups(column: str, group_of_frame: Mapping[str, str | None]) -> str | None:
    """Why a column does not make groups; None if it does."""
    found = len(set(group_of_frame.values()) - {None})
    if 2 <= found <= MOST_GROUPS:
        return None
    return (
        f"run.subgroups: column {column} has {found} groups; expected 2 to {MOST_GROUPS}, as texts "
        "in a column of the frame table"
    )


def labelled_classes(config: Mapping[str, Any]) -> int:
    """Number of classes that the labels of a run's frames name."""
    models, selected = config.get("models", {}), config["run"].get("models")
    decision = (models[base_of(models, selected[0])].get("decision") if selected else None) or {}
    names_classes = decision.get("kind") == "classes" and "cuts" not in decision
    return len(decision["classes"]) if names_classes else 2


def _check_ranges(config: Mapping[str, Any], table: str, rows: Rows) -> None:
    """Raise InputError unless each picture has a dynamic range, by its row or its scanner."""
    frames: dict[str, list[str]] = {}
    for row in rows:
        declared = with_stated_range(config["scanners"][row["scanner"]]["picture"])
        stated = row["dynamic_range"]
        spread = declared.get("dynamic_range") if stated is None else stated
        if spread is None:
            error = (
                f"neither their rows nor scanners.{row['scanner']}.picture state dynamic_range; "
                "expected the decibels from black to white, as the scanner shows them (DR, Dyn)"
            )
        else:
            error = range_error(spread, declared.get("dynamic_range_error", RANGE_ERROR))
        if error:
            frames.setdefault(error, []).append(row["frame"])
    if frames:
        raise InputError(
            "\n".join(
                f"{table}: frames {first_names(names)}: {error}" for error, names in frames.items()
            )
        )


def _check_kind_of_scanners(
    config: Mapping[str, Any], table: str, scanners: set[str], kind: str
) -> None:
    """Raise InputError unless the scanners of finished images, and only those, state `picture`."""
    is_picture = kind == "pictures"
    wrong = sorted(
        name for name in scanners if ("picture" in config["scanners"][name]) != is_picture
    )
    if wrong:
        what = "finished images, and it has no" if is_picture else "RF frames, and it has"
        raise InputError(
            "\n".join(
                f"{table}: scanners.{name} stands for {what} `picture`; expected "
                + ("its `dynamic_range` there" if is_picture else "`reference_level` in its place")
                + " (docs/pictures.md)"
                for name in wrong
            )
        )
