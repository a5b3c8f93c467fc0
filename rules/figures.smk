rule fig1_samples:
    input:
        rf_images=cohort_chunks("bmode", RUN["rf_cohort"]),
        images=[path for c in RUN["image_cohorts"] for path in cohort_chunks("bmode", c)],
    output:
        pdf="results/figures/fig1_samples.pdf",
        png=report(
            "results/figures/fig1_samples.png",
            caption="../report/fig1_samples.rst",
            category=REPORT_CATEGORY["data"],
            labels=report_labels("Figure 1: B-mode images by scanner and class"),
        ),
        table="results/figures/fig1_samples.csv",
    log:
        "results/logs/fig1_samples.log",
    benchmark:
        "results/benchmarks/fig1_samples.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        classes=RUN["classes"],
        simulated=SIMULATED_SCANNERS,
        code=library("scripts/figures/fig1_samples.py"),
    message:
        "Draw B-mode images of both classes and each scanner"
    script:
        "../scripts/figures/fig1_samples.py"


rule fig2_pipeline:
    input:
        frames=cohort_chunks("frames", RUN["rf_cohort"]),
    output:
        pdf="results/figures/fig2_pipeline.pdf",
        png=report(
            "results/figures/fig2_pipeline.png",
            caption="../report/fig2_pipeline.rst",
            category=REPORT_CATEGORY["data"],
            labels=report_labels("Figure 2: the pipeline of the attack"),
        ),
        table="results/figures/fig2_pipeline.csv",
    log:
        "results/logs/fig2_pipeline.log",
    benchmark:
        "results/benchmarks/fig2_pipeline.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        classes=RUN["classes"],
        simulated=SIMULATED,
        code=library("scripts/figures/fig2_pipeline.py"),
    message:
        "Draw the attack's pipeline"
    script:
        "../scripts/figures/fig2_pipeline.py"


rule fig3_adversarial:
    input:
        attacks=rules.tabulate_attacks.output.table,
        frames=cohort_chunks("frames", RUN["rf_cohort"]),
    output:
        pdf="results/figures/fig3_adversarial.pdf",
        png=report(
            "results/figures/fig3_adversarial.png",
            caption="../report/fig3_adversarial.rst",
            category=REPORT_CATEGORY["attacks"],
            labels=report_labels("Figure 3: an original, its adversarial image, their difference"),
        ),
        table="results/figures/fig3_adversarial.csv",
    log:
        "results/logs/fig3_adversarial.log",
    benchmark:
        "results/benchmarks/fig3_adversarial.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        classes=RUN["classes"],
        simulated=SIMULATED,
        code=library("scripts/figures/fig3_adversarial.py"),
    message:
        "Draw an original, its adversarial image and their difference"
    script:
        "../scripts/figures/fig3_adversarial.py"


rule roc:
    input:
        predictions=expand("results/predictions/{model}.csv", model=RUN["models"]),
    output:
        pdf="results/figures/roc.pdf",
        png=report(
            "results/figures/roc.png",
            caption="../report/roc.rst",
            category=REPORT_CATEGORY["model"],
            labels=report_labels("Figure: ROC curve", "model"),
        ),
        table="results/figures/roc.csv",
    log:
        "results/logs/roc.log",
    benchmark:
        "results/benchmarks/roc.tsv"
    threads: 1
    resources:
        mem_mb=growing(370, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        models=RUN["models"],
        cutoff=RUN["cutoff"],
        simulated=SIMULATED,
        code=library("scripts/figures/roc.py"),
    message:
        "Draw the ROC curve with its band"
    script:
        "../scripts/figures/roc.py"


rule accidental_change:
    input:
        table=rules.tabulate_accidental.output.table,
    output:
        pdf="results/figures/accidental_change.pdf",
        png=report(
            "results/figures/accidental_change.png",
            caption="../report/accidental_change.rst",
            category=REPORT_CATEGORY["accidental"],
            labels=report_labels("Figure: Accidental change of the settings", "model"),
        ),
    log:
        "results/logs/accidental_change.log",
    benchmark:
        "results/benchmarks/accidental_change.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        cutoff=RUN["cutoff"],
        classes=RUN["classes"],
        simulated=SIMULATED,
        code=library("scripts/figures/accidental_change.py"),
    message:
        "Draw what accidental changes of the settings do"
    script:
        "../scripts/figures/accidental_change.py"


rule attack_paths:
    input:
        attacks=[file["path"] for file in ATTACK_FILES],
    output:
        pdf="results/figures/attack_paths.pdf",
        png=report(
            "results/figures/attack_paths.png",
            caption="../report/attack_paths.rst",
            category=REPORT_CATEGORY["attacks"],
            labels=report_labels("Figure: Paths through the box", "model", "attack", "frame"),
        ),
        table="results/figures/attack_paths.csv",
    log:
        "results/logs/attack_paths.log",
    benchmark:
        "results/benchmarks/attack_paths.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.2, RECORDS),
        runtime=growing(2, 0.0012, RECORDS),
    params:
        files=ATTACK_FILES,
        boxes={name: config["attacks"][name]["parameters"] for name in RUN["attacks"]},
        simulated=SIMULATED,
        code=library("scripts/figures/attack_paths.py"),
    message:
        "Draw the attacks' paths through the parameter box"
    script:
        "../scripts/figures/attack_paths.py"


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
        code=library("scripts/figures/success_against_budget.py"),
    message:
        "Draw the attacks' success against their budget"
    script:
        "../scripts/figures/success_against_budget.py"


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
        code=library("scripts/figures/success_against_visibility.py"),
    message:
        "Draw the attacks' success against what they change in the picture"
    script:
        "../scripts/figures/success_against_visibility.py"


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
        code=library("scripts/figures/robust_accuracy.py"),
    message:
        "Draw the robust accuracy against the size of the box"
    script:
        "../scripts/figures/robust_accuracy.py"


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
        code=library("scripts/figures/decision_maps.py"),
    message:
        "Draw where in the box each frame's decision flips"
    script:
        "../scripts/figures/decision_maps.py"


rule universal:
    input:
        table=rules.tabulate_universal.output.table,
        grids=[file["path"] for file in GRID_FILES],
    output:
        pdf="results/figures/universal.pdf",
        png=report(
            "results/figures/universal.png",
            caption="../report/universal.rst",
            category=REPORT_CATEGORY["attacks"],
            labels=report_labels("Figure: One setting for all frames", "model"),
        ),
        table="results/figures/universal.csv",
    log:
        "results/logs/universal.log",
    benchmark:
        "results/benchmarks/universal.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        files=GRID_FILES,
        initial=RECONSTRUCTION["initial"],
        simulated=SIMULATED,
        code=library("scripts/figures/universal.py"),
    message:
        "Draw how many frames one setting flips"
    script:
        "../scripts/figures/universal.py"


rule transfer:
    input:
        table=rules.tabulate_transfer.output.table,
        summary=rules.summarise.output.summary,
    output:
        pdf="results/figures/transfer.pdf",
        png=report(
            "results/figures/transfer.png",
            caption="../report/transfer.rst",
            category=REPORT_CATEGORY["attacks"],
            labels=report_labels("Figure: Settings of one model tried on another"),
        ),
        table="results/figures/transfer.csv",
    log:
        "results/logs/transfer.log",
    benchmark:
        "results/benchmarks/transfer.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        simulated=SIMULATED,
        code=library("scripts/figures/transfer.py"),
    message:
        "Draw which settings found on one model flip another"
    script:
        "../scripts/figures/transfer.py"


rule knobs:
    input:
        table=rules.tabulate_knobs.output.table,
    output:
        pdf="results/figures/knobs.pdf",
        png=report(
            "results/figures/knobs.png",
            caption="../report/knobs.rst",
            category=REPORT_CATEGORY["knobs"],
            labels=report_labels("Figure: Each control alone and in pairs", "model"),
        ),
    log:
        "results/logs/knobs.log",
    benchmark:
        "results/benchmarks/knobs.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        simulated=SIMULATED,
        code=library("scripts/figures/knobs.py"),
    message:
        "Draw which control flips how many frames, alone and in pairs"
    script:
        "../scripts/figures/knobs.py"


rule margins:
    input:
        table=rules.tabulate_margins.output.table,
    output:
        pdf="results/figures/margins.pdf",
        png=report(
            "results/figures/margins.png",
            caption="../report/margins.rst",
            category=REPORT_CATEGORY["knobs"],
            labels=report_labels("Figure: Margins and safe intervals", "model", "attack", "frame"),
        ),
    log:
        "results/logs/margins.log",
    benchmark:
        "results/benchmarks/margins.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        initial=RECONSTRUCTION["initial"],
        parameters={
            file["attack"]: config["attacks"][file["attack"]]["parameters"]
            for file in MARGIN_FILES
        },
        simulated=SIMULATED,
        code=library("scripts/figures/margins.py"),
    message:
        "Draw the margins and what each knob alone may do"
    script:
        "../scripts/figures/margins.py"


rule defences:
    input:
        table=rules.tabulate_defences.output.table,
    output:
        pdf="results/figures/defences.pdf",
        png=report(
            "results/figures/defences.png",
            caption="../report/defences.rst",
            category=REPORT_CATEGORY["defences"],
            labels=report_labels("Figure: What a defence is worth and costs", "model"),
        ),
    log:
        "results/logs/defences.log",
    benchmark:
        "results/benchmarks/defences.tsv"
    threads: 1
    resources:
        mem_mb=growing(400),
        runtime=growing(2),
    params:
        simulated=SIMULATED,
        code=library("scripts/figures/defences.py"),
    message:
        "Draw grid-certified accuracy against clean AUC"
    script:
        "../scripts/figures/defences.py"


rule dossier:
    input:
        frames=cohort_chunks("frames", RUN["rf_cohort"]),
        attacks=[file["path"] for files in DOSSIER.values() for file in files],
    output:
        pdf="results/figures/dossier.pdf",
        png=report(
            "results/figures/dossier.png",
            caption="../report/dossier.rst",
            category=REPORT_CATEGORY["attacks"],
            labels=report_labels("Figure: The frame nearest to a flip, first page of dossier.pdf"),
        ),
        table="results/figures/dossier.csv",
    log:
        "results/logs/dossier.log",
    benchmark:
        "results/benchmarks/dossier.tsv"
    threads: 1
    resources:
        mem_mb=growing(600, 0.1, FRAMES),
        runtime=growing(10, 0.02, FRAMES),
    params:
        files=DOSSIER,
        boxes={
            file["attack"]: config["attacks"][file["attack"]]["parameters"]
            for file in DOSSIER["paths"]
        },
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        classes=RUN["classes"],
        simulated=SIMULATED,
        code=library("scripts/figures/dossier.py"),
    message:
        "Draw a page for each attacked frame: {output.pdf}"
    script:
        "../scripts/figures/dossier.py"


rule animation:
    input:
        attacks=rules.tabulate_attacks.output.table,
        paths=[file["path"] for file in WALKS],
        frames=cohort_chunks("frames", RUN["rf_cohort"]),
    output:
        gif="results/figures/attack.gif",
        table="results/figures/attack.csv",
    log:
        "results/logs/animation.log",
    benchmark:
        "results/benchmarks/animation.tsv"
    threads: 1
    resources:
        mem_mb=growing(410, 0.1, RECORDS),
        runtime=growing(5, 0.0001, RECORDS),
    params:
        files=WALKS,
        knobs=lambda w: config["attacks"][STEPPING[0]]["parameters"],
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        classes=RUN["classes"],
        simulated=SIMULATED,
        code=library("scripts/figures/animation.py"),
    message:
        "Animate one attack until the diagnosis flips: {output.gif}"
    script:
        "../scripts/figures/animation.py"
