rule success_against_budget:
    input:
        attacks=rules.tabulate_attacks.output.table,
    output:
        pdf="results/figures/success_against_budget.pdf",
        png=report(
            "results/figures/success_against_budget.png",
            caption="../report/success_against_budget.rst",
            category=REPORT_CATEGORY["attacks"],
            labels=report_labels("Figure: Success against queries", "model", "attack"),
        ),
        table="results/figures/success_against_budget.csv",
    log:
        "results/logs/success_against_budget.log",
    benchmark:
        "results/benchmarks/success_against_budget.tsv"
    threads: 1
    resources:
        mem_mb=growing(390, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        grids=GRID_ATTACKS,
        simulated=SIMULATED,
        code=library("scripts/success_against_budget.py"),
    message:
        "Draw the attacks' success against their budget"
    script:
        "../scripts/success_against_budget.py"


rule success_against_visibility:
    input:
        attacks=rules.tabulate_attacks.output.table,
        grids=[file["path"] for file in GRID_FILES],
    output:
        pdf="results/figures/success_against_visibility.pdf",
        png=report(
            "results/figures/success_against_visibility.png",
            caption="../report/success_against_visibility.rst",
            category=REPORT_CATEGORY["attacks"],
            labels=report_labels(
                "Figure: Success against what changes in the picture", "model", "attack"
            ),
        ),
        table="results/figures/success_against_visibility.csv",
    log:
        "results/logs/success_against_visibility.log",
    benchmark:
        "results/benchmarks/success_against_visibility.tsv"
    threads: 1
    resources:
        mem_mb=growing(390, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        grids=GRID_FILES,
        limits=RUN["visible_limit"],
        simulated=SIMULATED,
        code=library("scripts/success_against_visibility.py"),
    message:
        "Draw the attacks' success against what they change in the picture"
    script:
        "../scripts/success_against_visibility.py"


rule robust_accuracy:
    input:
        grids=[file["path"] for file in GRID_FILES],
    output:
        pdf="results/figures/robust_accuracy.pdf",
        png=report(
            "results/figures/robust_accuracy.png",
            caption="../report/robust_accuracy.rst",
            category=REPORT_CATEGORY["attacks"],
            labels=report_labels("Figure: Robust accuracy against the size of the box", "model"),
        ),
        table="results/figures/robust_accuracy.csv",
    log:
        "results/logs/robust_accuracy.log",
    benchmark:
        "results/benchmarks/robust_accuracy.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        files=GRID_FILES,
        classes=RUN["classes"],
        simulated=SIMULATED,
        code=library("scripts/robust_accuracy.py"),
    message:
        "Draw the robust accuracy against the size of the box"
    script:
        "../scripts/robust_accuracy.py"


rule decision_maps:
    input:
        grids=[file["path"] for file in GRID_FILES],
        paths=list(PATHS_OF_GRIDS.values()),
    output:
        pdf="results/figures/decision_maps.pdf",
        png=report(
            "results/figures/decision_maps.png",
            caption="../report/decision_maps.rst",
            category=REPORT_CATEGORY["attacks"],
            labels=report_labels("Figure: Decision maps", "model", "frame"),
        ),
        table="results/figures/decision_maps.csv",
    log:
        "results/logs/decision_maps.log",
    benchmark:
        "results/benchmarks/decision_maps.tsv"
    threads: 1
    resources:
        mem_mb=growing(450, 0.5, RECORDS),
        runtime=growing(2, 0.0025, RECORDS),
    params:
        files=GRID_FILES,
        paths=PATHS_OF_GRIDS,
        cutoff=RUN["cutoff"],
        classes=RUN["classes"],
        simulated=SIMULATED,
        code=library("scripts/decision_maps.py"),
    message:
        "Draw where in the box each frame's decision flips"
    script:
        "../scripts/decision_maps.py"
