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
        code=library("scripts/fig1_samples.py"),
    message:
        "Draw B-mode images of both classes and each scanner"
    script:
        "../scripts/fig1_samples.py"


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
        code=library("scripts/fig2_pipeline.py"),
    message:
        "Draw the attack's pipeline"
    script:
        "../scripts/fig2_pipeline.py"


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
        code=library("scripts/fig3_adversarial.py"),
    message:
        "Draw an original, its adversarial image and their difference"
    script:
        "../scripts/fig3_adversarial.py"


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
        code=library("scripts/roc.py"),
    message:
        "Draw the ROC curve with its band"
    script:
        "../scripts/roc.py"


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
        code=library("scripts/attack_paths.py"),
    message:
        "Draw the attacks' paths through the parameter box"
    script:
        "../scripts/attack_paths.py"


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
        code=library("scripts/dossier.py"),
    message:
        "Draw a page for each attacked frame: {output.pdf}"
    script:
        "../scripts/dossier.py"


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
        code=library("scripts/animation.py"),
    message:
        "Animate one attack until the diagnosis flips: {output.gif}"
    script:
        "../scripts/animation.py"
