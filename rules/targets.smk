from pathlib import Path

PROVENANCE = "results/provenance.json"
ALL_CHUNKS = [
    chunk
    for cohort in config["cohorts"]
    for kind in ("frames", "bmode")
    for chunk in cohort_chunks(kind, cohort)
]
NETWORKS = networks(*RUN["models"])
VALIDATION_FILES = [
    network | {"path": str(Path(network["file"]).with_suffix(".validation.csv"))}
    for network in NETWORKS
    if not is_brought(network["model"])
]
ATTACK_FILES = [
    network | {"attack": attack, "path": attack_path(network, attack, chunk)}
    for network in NETWORKS
    for attack in attacks_of(network["model"])
    for chunk in chunk_names(RUN["rf_cohort"])
]
GRID_FILES = [
    file for file in ATTACK_FILES if config["attacks"][file["attack"]]["method"] == "grid"
]
KNOB_FILES = [
    file for file in ATTACK_FILES if config["attacks"][file["attack"]]["method"] == "each_knob"
]
MARGIN_FILES = [
    file for file in ATTACK_FILES if config["attacks"][file["attack"]]["method"] == "minimal"
]
GRID_ATTACKS = list(dict.fromkeys(file["attack"] for file in GRID_FILES))
STEPPING = [name for name in RUN["attacks"] if config["attacks"][name]["method"] == "zoo"][:1]
PATHS_OF_GRIDS = {
    attack_path(network, grid, chunk): attack_path(network, attack, chunk)
    for network in NETWORKS
    for grid in GRID_ATTACKS
    for attack in STEPPING
    if {grid, attack} <= set(attacks_of(network["model"]))
    for chunk in chunk_names(RUN["rf_cohort"])
}
GRIDS = {
    attack_path(network, attack, chunk): {
        "attack": grid_of(attack),
        "path": attack_path(network, grid_of(attack), chunk),
    }
    for network in NETWORKS
    for attack in attacks_of(network["model"])
    if grid_of(attack) in attacks_of(network["model"])
    for chunk in chunk_names(RUN["rf_cohort"])
}
WALKS = [file for file in ATTACK_FILES if file["attack"] in STEPPING]  # what can be animated
COMPARED = len({(file["model"], file["seed"], file["attack"]) for file in ATTACK_FILES})
RECORDS = FRAMES * COMPARED  # what tables and figures of attacks have to hold
SEVERAL_MODELS = len({(network["model"], network["seed"]) for network in NETWORKS}) > 1
TRANSFER_FILES = [
    network
    | {
        "path": (
            f"results/transfer/{network['model']}/seed-{network['seed']}/fold-{network['fold']}/"
            f"{chunk}.csv"
        )
    }
    for network in NETWORKS
    for chunk in chunk_names(RUN["rf_cohort"])
    if SEVERAL_MODELS
]
ACCIDENTAL_FILES = [
    network
    | {
        "path": (
            f"results/settings/{network['model']}/seed-{network['seed']}/fold-{network['fold']}/"
            f"{chunk}.nc"
        )
    }
    for network in NETWORKS
    for chunk in chunk_names(RUN["rf_cohort"])
    if config.get("accidental")
]


def attack_files(attack):
    """The results of an attack by every network."""
    return [file for file in ATTACK_FILES if file["attack"] == attack]


TABLES = expand(
    "results/tables/{table}.csv",
    table=[
        *["frames", "attacks", "summary", "performance", "paper", "flags", "timings"],
        *(["grid", "universal"] if GRID_FILES else []),
        *(["knobs"] if KNOB_FILES else []),
        *(["margins"] if MARGIN_FILES else []),
        *(["comparisons"] if COMPARED > 1 else []),
        *(["transfer"] if TRANSFER_FILES else []),
        *(["accidental", "accidental_summary"] if ACCIDENTAL_FILES else []),
        *(["defences", "defences_pairs", "defences_timings"] if config.get("defences") else []),
    ],
) + (["results/tables/findings.txt"] if config.get("defences") else [])
IMAGE_COHORTS = list(
    dict.fromkeys(
        [
            *RUN["image_cohorts"],
            *(
                cohort
                for model in map(base_of, RUN["models"])
                if not is_brought(model)
                for cohort in image_cohorts(model)
            ),
        ]
    )
)
ADMITTED = f"results/frames/{RUN['rf_cohort']}/admitted.csv"
CHECKED_CHUNKS = {
    RUN["rf_cohort"]: cohort_chunks("frames", RUN["rf_cohort"]),
    **{cohort: cohort_chunks("frames", cohort) for cohort in RUN.get("training_cohorts", [])},
    **{
        cohort: cohort_chunks("bmode", cohort)
        for cohort in IMAGE_COHORTS
        if config["cohorts"][cohort]["kind"] == "images"
    },
}
CHECKED = sum(len(ROWS[cohort]) for cohort in CHECKED_CHUNKS)
FIGURES = expand(
    "results/figures/{figure}.{suffix}",
    figure=[
        *["contact_sheet", "fig1_samples", "fig2_pipeline", "fig3_adversarial", "roc"],
        *(["accidental_change"] if ACCIDENTAL_FILES else []),
        *["attack_paths", "dossier"],
        *["success_against_budget", "success_against_visibility"],
        *(["universal", "robust_accuracy", "decision_maps"] if GRID_FILES else []),
        *(["transfer"] if TRANSFER_FILES else []),
        *(["knobs"] if KNOB_FILES else []),
        *(["margins"] if MARGIN_FILES else []),
        *(["defences"] if config.get("defences") and GRID_FILES else []),
    ],
    suffix=["pdf", "png"],
) + (["results/figures/attack.gif"] if WALKS else [])
SIMULATED = config["cohorts"][RUN["rf_cohort"]]["kind"] == "simulated_rf"
SIMULATED_COHORTS = [
    cohort
    for cohort in (RUN["rf_cohort"], *IMAGE_COHORTS, *RUN.get("training_cohorts", []))
    if config["cohorts"][cohort]["kind"].startswith("simulated")
]
SIMULATED_SCANNERS = sorted({config["cohorts"][cohort]["scanner"] for cohort in SIMULATED_COHORTS})


def transfer_sources(wildcards):
    """The attacks on other models whose frames a network may judge too, fold and chunk alike."""
    return [
        file
        for file in ATTACK_FILES
        if (file["model"], file["seed"]) != (wildcards.model, wildcards.seed)
        and (file["fold"] == wildcards.fold or "all" in (file["fold"], wildcards.fold))
        and file["path"].endswith(f"{wildcards.chunk}.nc")
    ]
