rule judge_settings:
    input:
        frames=f"results/frames/{RUN['rf_cohort']}/{{chunk}}.nc",
        model=lambda w: as_inputs(model_files(w.model, w.seed, w.fold)),
        brought=lambda w: brought_notes(w.model),
        folds=lambda w: folds_files(w.model),
    output:
        logits="results/settings/{model}/seed-{seed}/fold-{fold}/{chunk}.nc",
    log:
        "results/logs/judge_settings/{model}/seed-{seed}/fold-{fold}/{chunk}.log",
    benchmark:
        "results/benchmarks/judge_settings/{model}/seed-{seed}/fold-{fold}/{chunk}.tsv"
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=judging_memory,
        runtime=judging_minutes,
        rate_limited=lambda w: rate_limited(w.model),
    params:
        settings=config.get("accidental"),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=RECONSTRUCTION["resize"],
        model_settings=lambda w: model_settings(w.model),
        threads=model_threads,
        code=library("scripts/judge_settings.py"),
    message:
        "Judge by {wildcards.model} at accidental settings: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/judge_settings.py"


rule tabulate_accidental:
    input:
        logits=[file["path"] for file in ACCIDENTAL_FILES],
        admitted=ADMITTED,
    output:
        table="results/tables/accidental.csv",
        summary="results/tables/accidental_summary.csv",
    log:
        "results/logs/tabulate_accidental.log",
    benchmark:
        "results/benchmarks/tabulate_accidental.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        files=ACCIDENTAL_FILES,
        cutoff=RUN["cutoff"],
        code=library("scripts/tabulate_accidental.py"),
    message:
        "Tabulate how the models fare at accidental settings"
    script:
        "../scripts/tabulate_accidental.py"


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
        code=library("scripts/accidental_change.py"),
    message:
        "Draw what accidental changes of the settings do"
    script:
        "../scripts/accidental_change.py"
