import hashlib

REPORT_TOPICS = {  # their names, and whether this run has anything of them
    "data": ("Data and method", True),
    "model": ("Model", True),
    "attacks": ("Attacks", True),
    "knobs": ("Knobs and margins", bool(KNOB_FILES or MARGIN_FILES)),
    "accidental": ("Accidental change", bool(ACCIDENTAL_FILES)),
    "defences": ("Defences", bool(config.get("defences"))),
    "run": ("Checks and this run", True),
}
REPORT_CATEGORY = {  # numbered, since Snakemake's report sorts by name
    topic: f"{number} {REPORT_TOPICS[topic][0]}"
    for number, topic in enumerate(sorted(REPORT_TOPICS, key=lambda t: not REPORT_TOPICS[t][1]), 1)
}
FIGURE_NAMES = [Path(path).stem for path in FIGURES if path.endswith(".png")]
TABLE_PAGES = {  # category, title, and what the table has rows for
    "frames": ("data", "Frames as they were read", ["frame"]),
    "performance": ("model", "Performance of each fold", ["model"]),
    "summary": ("attacks", "Summary", ["model", "attack"]),
    "paper": ("attacks", "The paper's figures beside this run's", []),
    "attacks": ("attacks", "Every attack", ["model", "attack", "frame"]),
    "grid": ("attacks", "What the grid found", ["model", "frame"]),
    "universal": ("attacks", "One setting for all frames", ["model"]),
    "transfer": ("attacks", "Settings tried on other models", ["model"]),
    "comparisons": ("attacks", "Which differences are more than chance", ["model", "attack"]),
    "margins": ("knobs", "Margins", ["model", "attack", "frame"]),
    "knobs": ("knobs", "Each control and each pair", ["model"]),
    "accidental": ("accidental", "Accidental settings", ["model"]),
    "accidental_summary": ("accidental", "Accidental settings summed up", ["model"]),
    "defences": ("defences", "Models side by side", ["model"]),
    "defences_pairs": ("defences", "Each model beside the baseline", ["model"]),
    "defences_timings": ("defences", "What a defence costs in time", ["model"]),
    "flags": ("run", "Flags", ["model", "attack"]),
    "timings": ("run", "Time and memory of each job", []),
}
SHOWN_TABLES = [path for path in TABLES if Path(path).stem in TABLE_PAGES]
TABLE_NAMES = [Path(path).stem for path in SHOWN_TABLES]
NUMBERED = [*FIGURE_NAMES, *(name for name in TABLE_NAMES if name in ("comparisons", "flags"))]
REPORTED_ATTACK = (STEPPING or RUN["attacks"])[0]


def report_labels(title, *by):
    """The columns of a result in the report: its title, and what it shows each of, or the only one.

    A label has one value in the whole report: from two, if equally frequent, the report's menu makes
    a switch and fails where the results do not come in pairs.
    """
    values = {
        "model": {network["model"] for network in NETWORKS},
        "attack": {file["attack"] for file in ATTACK_FILES},
        "frame": {row["frame"] for row in ROWS[RUN["rf_cohort"]]},
    }
    shown = {
        label: next(iter(values[label])) if len(values[label]) == 1 else "each" for label in by
    }
    return {"result": title} | shown


def table_caption(name):
    """The caption of a table; where a figure has its name, the table's says that it is one."""
    has_figure = name in ("defences", "knobs", "margins", "transfer", "universal")
    return f"../report/{name}_table.rst" if has_figure else f"../report/{name}.rst"


def report_texts():
    """Digest of captions and style: a change in one makes the report again."""
    texts = sorted(Path(workflow.basedir, "report").iterdir())
    return hashlib.sha256(b"".join(text.read_bytes() for text in texts)).hexdigest()
