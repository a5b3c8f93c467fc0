NETWORKS = networks(*RUN["models"])
VALIDATION_FILES = [
    network | {"path": network["file"].replace(".onnx", ".validation.csv")}
    for network in NETWORKS
    if not is_brought(network["model"])
]
ATTACK_FILES = [
    network | {"attack": attack, "path": attack_path(network, attack, chunk)}
    for network in NETWORKS
    for attack in RUN["attacks"]
    for chunk in chunk_names(RUN["rf_cohort"])
]
GRID_FILES = [
    file for file in ATTACK_FILES if config["attacks"][file["attack"]]["method"] == "grid"
]
GRIDS = {
    attack_path(network, attack, chunk): {
        "attack": grid_of(attack),
        "path": attack_path(network, grid_of(attack), chunk),
    }
    for network in NETWORKS
    for attack in RUN["attacks"]
    if grid_of(attack)
    for chunk in chunk_names(RUN["rf_cohort"])
}
COMPARED = len({(file["model"], file["seed"], file["attack"]) for file in ATTACK_FILES})
TABLES = expand(
    "results/tables/{table}.csv",
    table=[
        *["frames", "attacks", "summary", "performance", "paper", "flags", "timings"],
        *(["grid"] if GRID_FILES else []),
        *(["comparisons"] if COMPARED > 1 else []),
    ],
)
ADMITTED = f"results/frames/{RUN['rf_cohort']}/admitted.csv"
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
