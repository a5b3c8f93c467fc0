import re

from reconattack.classifiers.model_files import files_of
from reconattack.frame_table import read_frame_table
from reconattack.library_digest import library_digest

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


def chunk_rows(wildcards):
    size, index = (int(part) for part in wildcards.chunk.split("x"))
    return ROWS[wildcards.cohort][size * index : size * (index + 1)]


def chunk_scanners(wildcards):
    names = sorted({row["scanner"] for row in chunk_rows(wildcards)})
    return {name: SCANNERS[name] for name in names}


def cohort_chunks(kind, cohort):
    """Every chunk file of a cohort; kind is frames or bmode."""
    return expand(f"results/{kind}/{cohort}/{{chunk}}.nc", chunk=chunk_names(cohort))


def cohorts_of(*kinds):
    """Wildcard constraint: the cohorts of some kinds."""
    return alternatives(name for name, c in config["cohorts"].items() if c["kind"] in kinds)


def alternatives(names):
    """A regular expression of exactly these names; of nothing where there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def library(script):
    """Digest of the library modules behind a script: a change in one re-runs the rule."""
    return library_digest(f"{workflow.basedir}/{script}")


def is_brought(model):
    return "network" not in config["models"][model]


def is_keras(model):
    """Whether a model is brought as a Keras file, which runs as ONNX."""
    return str(config["models"][model].get("source")).lower().endswith(".keras")


def model_protocol(model):
    return "brought" if is_brought(model) else RUN["protocol"]


def networks(*models):
    """Every network of some models, a dict of names; fold `all` judges every frame."""
    return [
        {
            **{"model": model, "seed": str(seed), "fold": str(fold)},
            "file": next(iter(model_files(model, seed, fold)), None),
        }
        for model in models
        for seed in ([0] if is_brought(model) else RUN["seeds"])
        for fold in (range(RUN["folds"]) if model_protocol(model) == "patient_folds" else ["all"])
    ]


def model_files(model, seed=0, fold="all"):
    """Files that a model runs from, its own first; none where it is reached over HTTP."""
    if not is_brought(model):
        return [f"results/models/{model}/seed-{seed}/fold-{fold}.onnx"]
    if is_keras(model):
        return [f"results/models/{model}/brought.onnx"]
    return files_of(config["models"][model])


def network_files(*models):
    """The files of every network of some models."""
    return [
        file
        for network in networks(*models)
        for file in model_files(network["model"], network["seed"], network["fold"])
    ]


def model_settings(model):
    """How a brought model runs from its file; nothing for a trained one."""
    brought = config["models"][model] if is_brought(model) else {}
    return {key: value for key, value in brought.items() if key not in ("source", "threads")}


def model_threads(wildcards):
    return config["models"][wildcards.model].get("threads", 1)


def rate_limited(*models):
    """1 if a model limits its rate of requests, which only one job at a time can keep to."""
    return int(any("requests_per_second" in config["models"][model] for model in models))


def brought_notes(model):
    """The checked note of a brought model; nothing for a trained one."""
    return [f"results/models/{model}/brought.json"] if is_brought(model) else []


def folds_files(model):
    """The table of folds, if the model has any."""
    return ["results/folds.csv"] if model_protocol(model) == "patient_folds" else []


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
CALIBRATION_FRAMES = {
    name: config["scanners"][name]["calibration_frames"]
    for name in sorted({row["scanner"] for row in ROWS[RUN["rf_cohort"]]})
    if "calibration_frames" in config["scanners"][name]
}
NETWORKS = networks(*RUN["models"])
VALIDATION_FILES = [
    network | {"path": network["file"].replace(".onnx", ".validation.csv")}
    for network in NETWORKS
    if not is_brought(network["model"])
]
ATTACK_FILES = [
    network
    | {
        "attack": attack,
        "path": (
            f"results/attacks/{network['model']}/seed-{network['seed']}/fold-{network['fold']}/"
            f"{attack}/{chunk}.nc"
        ),
    }
    for network in NETWORKS
    for attack in RUN["attacks"]
    for chunk in chunk_names(RUN["rf_cohort"])
]
TABLES = expand(
    "results/tables/{table}.csv",
    table=["frames", "attacks", "summary", "performance", "paper", "timings"],
)
# Made before any frame is used; a table made anew is no reason to use the same frames again.
CHECKED = ancient("results/tables/frames.csv")
CHECKED_CHUNKS = {
    RUN["rf_cohort"]: cohort_chunks("frames", RUN["rf_cohort"]),
    **{
        cohort: cohort_chunks("bmode", cohort)
        for cohort in RUN["image_cohorts"]
        if config["cohorts"][cohort]["kind"] == "images"
    },
}
FIGURES = expand(
    "results/figures/{figure}.{suffix}",
    figure=[
        "contact_sheet",
        "fig1_samples",
        "fig2_pipeline",
        "fig3_adversarial",
        "roc",
        "attack_paths",
    ],
    suffix=["pdf", "png"],
)
SIMULATED = config["cohorts"][RUN["rf_cohort"]]["kind"] == "simulated_rf"
SIMULATED_COHORTS = [
    cohort
    for cohort in (RUN["rf_cohort"], *RUN["image_cohorts"])
    if config["cohorts"][cohort]["kind"].startswith("simulated")
]
SIMULATED_SCANNERS = sorted({config["cohorts"][cohort]["scanner"] for cohort in SIMULATED_COHORTS})
