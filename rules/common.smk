import math
import re

from reconattack.frames.table import read_frame_table
from reconattack.run.library_digest import library_digest

RUN = config["run"]
RECONSTRUCTION = config["reconstruction"]
SCANNERS = {
    name: {"name": name}
    | {
        field: value
        for field, value in scanner.items()
        if field not in ("calibration_frames", "simulation")
    }
    for name, scanner in config["scanners"].items()
}


def frame_rows(cohort):
    """What is known of each frame of a cohort before anything runs, a dict per frame."""
    definition = config["cohorts"][cohort]
    if definition["kind"] not in ("table", "images"):
        names = [f"{cohort}-{number:03d}" for number in range(definition["patients"])]
        return [{"frame": name, "scanner": definition["scanner"]} for name in names]
    table = read_frame_table(
        definition["table"],
        f"{workflow.basedir}/schemas/frames.schema.json",
        scanners=config["scanners"] if definition["kind"] == "table" else None,
    )
    return table.astype(object).where(table.notna(), None).to_dict("records")


def chunk_names(cohort):
    size = RUN["frames_per_job"]
    return [f"{size}x{index:04d}" for index in range(-(-len(ROWS[cohort]) // size))]


def rows_of_chunk(cohort, chunk):
    size, index = (int(part) for part in chunk.split("x"))
    return ROWS[cohort][size * index : size * (index + 1)]


def chunk_rows(wildcards):
    return rows_of_chunk(wildcards.cohort, wildcards.chunk)


def chunk_files(wildcards):
    """The files of a chunk's frames and those of their liver masks."""
    rows = chunk_rows(wildcards)
    return sorted({row[column] for row in rows for column in ("path", "liver_mask")} - {None})


def chunk_scanners(wildcards):
    names = sorted({row["scanner"] for row in chunk_rows(wildcards)})
    return {name: SCANNERS[name] for name in names}


def cohort_chunks(kind, cohort):
    """Every chunk file of a cohort; kind is frames or bmode."""
    return expand(f"results/{kind}/{cohort}/{{chunk}}.nc", chunk=chunk_names(cohort))


def attack_path(network, attack, chunk):
    """The result of one attack by one network on one chunk."""
    folder = f"results/attacks/{network['model']}/seed-{network['seed']}/fold-{network['fold']}"
    return f"{folder}/{attack}/{chunk}.nc"


def growing(fixed, per_frame=0, frames=RUN["frames_per_job"]):
    """A resource that grows with a job's frames, and with each attempt by as much again.

    Memory is at most twice what jobs took, minutes three to five times by the frame; their fixed
    part is for a slow start (docs/scaling.md).
    """
    return lambda wildcards, attempt: attempt * math.ceil(fixed + per_frame * frames)


def box_of(attack):
    return {name: knob["box"] for name, knob in config["attacks"][attack]["parameters"].items()}


def grid_of(attack):
    """The first selected grid over the same box as an attack's; None where there is none."""
    of_same_box = (
        name
        for name in RUN["attacks"]
        if config["attacks"][name]["method"] == "grid" and box_of(name) == box_of(attack)
    )
    return next(of_same_box, None)


def cohorts_of(*kinds):
    """A regular expression of the cohorts of some kinds."""
    return alternatives(name for name, c in config["cohorts"].items() if c["kind"] in kinds)


def chunk_of(folder, *kinds):
    """The chunks of cohorts of some kinds, as an output.

    What its wildcards may be stands in the path itself: of paths in S3, Snakemake forgets what a
    rule or the workflow says of them elsewhere.
    """
    return f"results/{folder}/{{cohort,{cohorts_of(*kinds)}}}/{{chunk}}.nc"


def as_inputs(paths):
    """A person's files stay where they are, also where the run's own lie in object storage."""
    return [path if path.startswith("results/") else local(path) for path in paths]


def alternatives(names):
    """A regular expression of exactly these names; of nothing where there are none."""
    return "|".join(map(re.escape, names)) or "$^"


def library(script):
    """Digest of the library modules behind a script: a change in one re-runs the rule."""
    return library_digest(f"{workflow.basedir}/{script}")


def calibrated_cohorts():
    """RF cohorts that hold a frame from which a scanner is calibrated."""
    named = {frame for frames in CALIBRATION_FRAMES.values() for frame in frames}
    return [
        cohort
        for cohort, rows in ROWS.items()
        if re.fullmatch(cohorts_of("table", "simulated_rf"), cohort)
        and named & {row["frame"] for row in rows}
    ]


ROWS = {cohort: frame_rows(cohort) for cohort in config["cohorts"]}
FRAMES = len(ROWS[RUN["rf_cohort"]])
CALIBRATION_FRAMES = {
    name: config["scanners"][name]["calibration_frames"]
    for name in sorted({row["scanner"] for row in ROWS[RUN["rf_cohort"]]})
    if "calibration_frames" in config["scanners"][name]
}
