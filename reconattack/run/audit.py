"""A first audit: its configuration is written from options, and the workflow runs it.

What the options leave open is taken from the files. What stays unknown is asked for, all at once,
before anything runs. The reference levels and the boxes of beta follow from the frames, which the
workflow reads first.
"""

import copy
import os
import re
import shlex
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from reconattack.classifiers.model import open_model
from reconattack.errors import InputError
from reconattack.evidence.frame_check import read_frame_check
from reconattack.frames.channel_recording import recorded_channels
from reconattack.frames.places import place_of
from reconattack.frames.recording import recorded_frame
from reconattack.frames.scanner import FACTS, OF_CHANNELS
from reconattack.frames.table import read_frame_table
from reconattack.readers.formats import read_channel_recording, read_recording
from reconattack.readers.layout import Layout
from reconattack.readers.names import reader_names
from reconattack.run.as_module import laid_over
from reconattack.run.configuration import check_configuration
from reconattack.run.configuration_files import check_files
from reconattack.run.plan.cohorts import READERS, group_columns
from reconattack.run.proposal import effect, proposal
from reconattack.run.typed_values import typed_values
from reconattack.storage import read_table

COHORT, MODEL = "mine", "brought"
CONFIGURATION = "audit.yaml"
CALIBRATING = 10  # frames of a scanner, at most
FILES = ("Snakefile", "config.yaml", "rules", "scripts", "schemas/config.schema.yaml")
CLASSES = ("class 0", "class 1")
UNSTATED = re.compile(r"nobody states ([\w, ]+?);")
GEOMETRIES = "--probe convex --probe-radius M --angle-span RAD, or --probe linear --lateral-span M"


def checkout_of(named: Path | str | None) -> Path:
    """Folder with the files of the workflow: the one that is named, or that of this library.

    Raises
    ------
    InputError
        If there is no such folder, as where only the package was installed.
    """
    here = Path(__file__).resolve().parents[2]
    folder = here if named is None else Path(named).resolve()
    absent = [name for name in FILES if not (folder / name).exists()]
    if not absent:
        return folder
    if named is None:
        raise InputError(
            "the installed package does not hold the workflow; expected a checkout of the "
            "repository: clone it and name its folder with --checkout"
        )
    raise InputError(f"--checkout {named}: found no {absent[0]} there; expected a checkout")


def default_configuration(checkout: Path) -> dict[str, Any]:
    """The configuration of the default run."""
    return yaml.safe_load((checkout / "config.yaml").read_text(encoding="utf-8"))


def audit(
    frames: Path | str,
    model: Path | str,
    *,
    scanner: str | None = None,
    facts: Mapping[str, Any] | None = None,
    model_settings: Mapping[str, Any] | None = None,
    classes: Sequence[str] = CLASSES,
    settings: Path | str | None = None,
    checkout: Path | str | None = None,
    cores: int = 2,
) -> Path:
    """Write `audit.yaml` beside a frame table and run the audit that it describes.

    Parameters
    ----------
    frames
        The frame table; results go into its folder.
    model
        File of the model.
    scanner
        Name of the scanner that `facts` describe; None if the table names only one.
    facts
        Facts about this scanner that its files do not state (`reconattack.frames.scanner.FACTS`).
    model_settings
        Keys of a brought model: `scaling`, `resize`, `input_size`, ...
    classes
        Words for the labels 0 and 1.
    settings
        A YAML file with further keys of the configuration, which come last.
    checkout
        Folder with the files of the workflow; None takes that of this library.
    cores
        Number of cores of the run.

    Returns
    -------
    pathlib.Path
        The report.

    Raises
    ------
    InputError
        If something is wrong or unknown; a line for each.
    """
    root, frames = checkout_of(checkout), Path(frames)
    folder = frames.resolve().parent
    _check_place(frames, folder, root)
    draft, errors = _draft(frames, model, scanner, facts or {}, model_settings or {}, classes)
    try:
        draft = laid_over(draft, _further(settings))
    except InputError as error:
        errors += str(error).splitlines()
    errors += _unknown(frames, draft, root)
    if errors:
        raise InputError("\n  ".join(["the audit cannot start:", *dict.fromkeys(errors)]))
    first = _uncalibrated(frames, draft, root)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, CONFIGURATION)
        path.write_text(_yaml(first), encoding="utf-8")
        targets = ["check_frames", "calibrate_reference_level"]
        asks = any("calibration_frames" in block for block in first["scanners"].values())
        _run(root, folder, path, cores, targets if asks else targets[:1])
    final, words = _completed(first, draft, folder, root)
    with open(folder / CONFIGURATION, "x", encoding="utf-8") as file:
        file.write(_head(root, folder, cores, words) + _yaml(final))
    print("\n".join([f"\nWritten: {folder / CONFIGURATION}", *words, ""]), flush=True)
    _run(root, folder, folder / CONFIGURATION, cores, ["all", "results/report.html"])
    return folder / "results" / "report.html"


def _check_place(frames: Path, folder: Path, root: Path) -> None:
    """Raise InputError if the audit would have no workflow or no place."""
    if find_spec("snakemake") is None:
        raise InputError(
            "the package snakemake is not installed; install it with: "
            "pip install 'reconattack[workflow]', or use the environment of make environment"
        )
    if not frames.is_file():
        raise InputError(
            f"{frames}: expected a frame table, and there is {place_of(frames)}; docs/your-data.md "
            "says what it holds"
        )
    if folder.is_relative_to(root):
        raise InputError(
            f"{frames}: it lies in the checkout {root}, where patients' data could be added to git "
            "by mistake; move the folder of the frames out of it"
        )
    if (folder / CONFIGURATION).exists():
        raise InputError(
            f"{folder / CONFIGURATION}: is there already, and is not overwritten. Its head has the "
            "command that runs it again; for another audit move it away"
        )


def _draft(
    frames: Path,
    model: Path | str,
    scanner: str | None,
    facts: Mapping[str, Any],
    model_settings: Mapping[str, Any],
    classes: Sequence[str],
) -> tuple[dict[str, Any], list[str]]:
    """The configuration as far as the options tell it, and what is wrong with them."""
    errors = []
    names = _scanners_of(frames)
    if scanner is None and len(names) == 1:
        scanner = names[0]
    if scanner is not None and names and scanner not in names:
        errors.append(f"--scanner {scanner}: {frames} has {', '.join(names)} in its column scanner")
    if scanner is None and facts:
        errors.append(
            f"--scanner: not given, and {frames} has {', '.join(names) or 'no scanner'} in its "
            "column scanner; expected the one that the options describe (others in --settings)"
        )
    source = os.path.relpath(Path(model).resolve(), frames.resolve().parent)
    draft = {
        "run": {
            **{"cohort": COHORT, "image_cohorts": [], "training_cohorts": []},
            **{"models": [MODEL], "seeds": [0], "classes": list(classes)},
        },
        "cohorts": {COHORT: {"kind": "table", "table": frames.name}},
        "models": {MODEL: {"source": source, **model_settings}},
        "scanners": {name: dict(facts) if name == scanner else {} for name in names},
    }
    return draft, errors


def _scanners_of(frames: Path) -> list[str]:
    """Names in the column scanner, as far as the table can be read; it is checked later."""
    try:
        found = pd.read_csv(frames, sep="\t", dtype=str, usecols=["scanner"])["scanner"]
    except (ValueError, OSError):
        return []
    return sorted(set(found.dropna()))


def _further(settings: Path | str | None) -> dict[str, Any]:
    if settings is None:
        return {}
    if not Path(settings).is_file():
        raise InputError(
            f"--settings {settings}: expected a file, and there is {place_of(settings)}"
        )
    check_files([settings])
    keys = yaml.safe_load(Path(settings).read_text(encoding="utf-8")) or {}
    if not isinstance(keys, dict):
        raise InputError(f"--settings {settings}: found {keys!r}; expected keys of a configuration")
    return keys


def _unknown(frames: Path, draft: Mapping[str, Any], root: Path) -> list[str]:
    """What is wrong or missing: in the configuration, the table, the first files and the model."""
    levelled = {name: {"reference_level": 0} | block for name, block in draft["scanners"].items()}
    schema = root / "schemas" / "config.schema.yaml"
    config = laid_over(default_configuration(root), draft | {"scanners": levelled})
    config = typed_values(config, schema)
    errors, kind = [], config["cohorts"][COHORT].get("kind")
    try:
        check_configuration(config, schema)
    except InputError as error:
        errors += [line.strip() for line in str(error).splitlines()[1:]]
    try:
        table = read_frame_table(
            frames,
            root / "schemas" / "frames.schema.json",
            scanners=config["scanners"],
            readers=reader_names(READERS.get(kind, "frames")),
            label_of=config["cohorts"][COHORT].get("label_of", "patient"),
            groups=group_columns(config),
        )
    except InputError as error:
        errors += str(error).splitlines()
    else:
        told = {line.partition(": ")[2] for line in errors}
        lines = _frame_errors(table, config["scanners"], kind)
        errors += [line for line in lines if line.partition(": ")[2] not in told]
    return [*errors, *_model_errors(frames.resolve().parent, config)]


def _frame_errors(
    table: pd.DataFrame, scanners: Mapping[str, Mapping[str, Any]], kind: str
) -> Iterator[str]:
    """What keeps the first frame of each scanner from being read."""
    of_lines = (read_recording, recorded_frame)
    of_kinds = {"channel": (read_channel_recording, recorded_channels)}
    read, build = of_kinds.get(kind, of_lines)
    stated = {*FACTS, *OF_CHANNELS}
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    for name in dict.fromkeys(row["scanner"] for row in rows):
        row = next(row for row in rows if row["scanner"] == name)
        described = {key: value for key, value in scanners[name].items() if key in stated}
        description = {"name": name, "reference_level": 0, **described}
        try:
            _, content = read(row["path"], row["frames"], row["reader"], Layout.of_row(row))
            build(content, row["index"], description, row)
        except InputError as error:
            yield from (_with_option(line.strip()) for line in str(error).splitlines())


def _model_errors(folder: Path, config: Mapping[str, Any]) -> Iterator[str]:
    """What keeps the model from being opened, and what has to be known about it."""
    block = {key: value for key, value in config["models"][MODEL].items() if key != "attacks"}
    source, rows = block.pop("source", None), config["reconstruction"]["rows"]
    if source is None:
        return
    try:
        with warnings.catch_warnings(record=True) as questions:
            warnings.simplefilter("always")
            open_model(folder / source, rows=rows, **block)
    except InputError as error:
        yield _with_option(str(error))
    else:
        yield from (
            f"{question.message} (options: --resize '{{library: pillow, kernel: bilinear}}')"
            for question in questions
            if issubclass(question.category, UserWarning) and "resize" in str(question.message)
        )


def _with_option(message: str) -> str:
    """A message with the options that answer it."""
    options = []
    if unstated := UNSTATED.search(message):
        names = unstated[1].split(", ")
        options = [GEOMETRIES if name == "probe" else _option(name) for name in names]
    else:
        answers = {
            "scaling: {divide": "--scaling '{divide: 255}'",
            "input_size": "--input-size HEIGHT WIDTH",
        }
        options = [option for words, option in answers.items() if words in message]
    return f"{message} (options: {'; '.join(options)})" if options else message


def _option(fact: str) -> str:
    return f"--{fact.replace('_', '-')} {FACTS.get(fact, '').upper()}".strip()


def _uncalibrated(frames: Path, draft: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """The draft with level 0 and frames that calibrate it, for scanners without a level."""
    schema = root / "schemas" / "frames.schema.json"
    table = read_frame_table(frames, schema, groups=group_columns(draft))
    first = copy.deepcopy(dict(draft))
    for name, block in first["scanners"].items():
        if "reference_level" not in block:
            own = table.loc[table["scanner"] == name, "frame"]
            block |= {"reference_level": 0, "calibration_frames": list(own[:CALIBRATING])}
    return first


def _completed(
    first: Mapping[str, Any], draft: Mapping[str, Any], folder: Path, root: Path
) -> tuple[dict[str, Any], list[str]]:
    """The configuration with levels and boxes that follow from the frames, and these in words."""
    final, words = copy.deepcopy(dict(first)), []
    if any("reference_level" not in block for block in draft["scanners"].values()):
        levels = read_table(folder / "results/tables/reference_levels.csv")
        for name, level in zip(levels["scanner"], levels["reference_level"], strict=True):
            if "reference_level" not in draft["scanners"][name]:
                final["scanners"][name]["reference_level"] = float(level)
                words.append(f"Scanner {name}: reference level {level:g} dB, by calibration.")
    table = read_frame_check(folder / "results/tables/frames.csv").dropna(subset=["end_depth"])
    deepest = table.loc[(table["center_frequency"] * table["end_depth"]).idxmax()]
    config = laid_over(default_configuration(root), draft)
    given = draft.get("reconstruction", {}).get("initial", {}).get("beta")
    place = float(deepest["center_frequency"]), float(deepest["end_depth"])
    moved = proposal(config, *place, given)
    words += effect(moved, *place)
    return laid_over(final, laid_over(moved, _own_boxes(draft))), words


def _own_boxes(draft: Mapping[str, Any]) -> dict[str, Any]:
    """What the further settings say about parameters, which a proposal does not change."""
    return {key: draft[key] for key in ("reconstruction", "accidental", "attacks") if key in draft}


def _yaml(config: Mapping[str, Any]) -> str:
    return yaml.safe_dump(config, sort_keys=False, default_flow_style=None, width=100)


def _head(root: Path, folder: Path, cores: int, words: Sequence[str]) -> str:
    command = shlex.join(
        [
            *("snakemake", "all", "results/report.html", "--cores", str(cores)),
            *("--configfile", str(folder / CONFIGURATION), "--directory", str(folder)),
        ]
    )
    lines = [
        "A first audit, laid over config.yaml. docs/your-data.md describes the keys.",
        *words,
        f"After a change, in {root}:",
        f"  {command}",
    ]
    return "".join(f"# {line}\n" for line in lines)


def _run(root: Path, folder: Path, configuration: Path, cores: int, targets: Sequence[str]) -> None:
    """Run the workflow; raise InputError if it fails, after it has said why."""
    command = [
        *(sys.executable, "-m", "snakemake", *targets, "--cores", str(cores)),
        *("--configfile", str(configuration), "--directory", str(folder)),
    ]
    # No shell reads the arguments.
    ended = subprocess.run(command, cwd=root, check=False)  # noqa: S603
    if ended.returncode:
        raise InputError("the audit stopped; the lines above say why")
