rule attack:
    input:
        frames=f"results/frames/{RUN['rf_cohort']}/{{chunk}}.nc",
        model=lambda w: as_inputs(model_files(w.model, w.seed, w.fold)),
        keras=lambda w: (
            as_inputs(keras_files(w.model, w.seed, w.fold)) if is_white_box(w.attack) else []
        ),
        brought=lambda w: brought_notes(w.model),
        folds=lambda w: folds_files(w.model),
    output:
        attacks="results/attacks/{model}/seed-{seed}/fold-{fold}/{attack}/{chunk}.nc",
    log:
        "results/logs/attack/{model}/seed-{seed}/fold-{fold}/{attack}/{chunk}.log",
    benchmark:
        "results/benchmarks/attack/{model}/seed-{seed}/fold-{fold}/{attack}/{chunk}.tsv"
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=attack_memory,
        runtime=attack_minutes,
        rate_limited=lambda w: rate_limited(w.model),
    params:
        settings=lambda w: config["attacks"][w.attack],
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=RECONSTRUCTION["resize"],
        cutoff=RUN["cutoff"],
        model_settings=lambda w: model_settings(w.model),
        threads=model_threads,
        partial="results/partial/{model}/seed-{seed}/fold-{fold}/{attack}/{chunk}",
        code=library("scripts/attack.py"),
    message:
        "Attack {wildcards.model} by {wildcards.attack}: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/attack.py"


rule tabulate_attacks:
    input:
        attacks=[file["path"] for file in ATTACK_FILES],
    output:
        table="results/tables/attacks.csv",
    log:
        "results/logs/tabulate_attacks.log",
    benchmark:
        "results/benchmarks/tabulate_attacks.tsv"
    threads: 1
    resources:
        mem_mb=growing(220, 0.1, RECORDS),
        runtime=growing(2, 0.001, RECORDS),
    params:
        files=ATTACK_FILES,
        grids=GRIDS,
        cutoff=RUN["cutoff"],
        code=library("scripts/tabulate_attacks.py"),
    message:
        "Tabulate the attacks, a row per frame"
    script:
        "../scripts/tabulate_attacks.py"


rule tabulate_grid:
    input:
        attacks=[file["path"] for file in GRID_FILES],
    output:
        table="results/tables/grid.csv",
    log:
        "results/logs/tabulate_grid.log",
    benchmark:
        "results/benchmarks/tabulate_grid.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        files=GRID_FILES,
        code=library("scripts/tabulate_grid.py"),
    message:
        "Tabulate what the grids found, a row per frame"
    script:
        "../scripts/tabulate_grid.py"


rule summarise:
    input:
        attacks=rules.tabulate_attacks.output.table,
        predictions=expand("results/predictions/{model}.csv", model=RUN["models"]),
        validation=[file["path"] for file in VALIDATION_FILES],
    output:
        summary="results/tables/summary.csv",
        performance="results/tables/performance.csv",
    log:
        "results/logs/summarise.log",
    benchmark:
        "results/benchmarks/summarise.tsv"
    threads: 1
    resources:
        mem_mb=growing(280, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        validation=VALIDATION_FILES,
        protocols={model: model_protocol(model) for model in RUN["models"]},
        cutoff=RUN["cutoff"],
        visible_limit=RUN["visible_limit"],
        grids=GRID_ATTACKS,
        code=library("scripts/summarise.py"),
    message:
        "Summarise classification and attacks"
    script:
        "../scripts/summarise.py"


rule compare_with_paper:
    input:
        summary=rules.summarise.output.summary,
    output:
        table="results/tables/paper.csv",
    log:
        "results/logs/compare_with_paper.log",
    benchmark:
        "results/benchmarks/compare_with_paper.tsv"
    threads: 1
    resources:
        mem_mb=growing(260),
        runtime=growing(2),
    params:
        attacks=STEPPING or RUN["attacks"],
        data="simulated" if SIMULATED else "frame table",
        study=RUN["study"],
        code=library("scripts/compare_with_paper.py"),
    message:
        "Set the figures of {params.study} beside this run's"
    script:
        "../scripts/compare_with_paper.py"


rule tabulate_timings:
    input:
        tables=rules.compare_with_paper.output.table,
        accidental=[table for table in TABLES if "accidental" in table],
    output:
        table="results/tables/timings.csv",
    log:
        "results/logs/tabulate_timings.log",
    threads: 1
    resources:
        mem_mb=growing(270),
        runtime=growing(2),
    params:
        benchmarks="results/benchmarks",
        code=library("scripts/tabulate_timings.py"),
    message:
        "Tabulate time and memory of each job"
    script:
        "../scripts/tabulate_timings.py"
