rule compare:
    input:
        attacks=rules.tabulate_attacks.output.table,
        predictions=expand("results/predictions/{model}.csv", model=RUN["models"]),
    output:
        table="results/tables/comparisons.csv",
    log:
        "results/logs/compare.log",
    benchmark:
        "results/benchmarks/compare.tsv"
    threads: 1
    resources:
        mem_mb=growing(280, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        protocols={model: model_protocol(model) for model in RUN["models"]},
        code=library("scripts/compare.py"),
    message:
        "Compare attacks and models pair by pair on the same frames"
    script:
        "../scripts/compare.py"


rule flag_attacks:
    input:
        attacks=rules.tabulate_attacks.output.table,
    output:
        table="results/tables/flags.csv",
    log:
        "results/logs/flag_attacks.log",
    benchmark:
        "results/benchmarks/flag_attacks.tsv"
    threads: 1
    resources:
        mem_mb=growing(160, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        definitions={
            name: {"method": config["attacks"][name]["method"], "box": box_of(name)}
            for name in RUN["attacks"]
        },
        code=library("scripts/flag_attacks.py"),
    message:
        "Check the attacks themselves: {output.table}"
    script:
        "../scripts/flag_attacks.py"


rule tabulate_universal:
    input:
        grids=[file["path"] for file in GRID_FILES],
    output:
        table="results/tables/universal.csv",
    log:
        "results/logs/tabulate_universal.log",
    benchmark:
        "results/benchmarks/tabulate_universal.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        files=GRID_FILES,
        boxes={
            file["attack"]: config["attacks"][file["attack"]]["parameters"] for file in GRID_FILES
        },
        initial=RECONSTRUCTION["initial"],
        code=library("scripts/tabulate_universal.py"),
    message:
        "Choose one setting for all frames and judge it on the fold that it was not chosen on"
    script:
        "../scripts/tabulate_universal.py"


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
        code=library("scripts/universal.py"),
    message:
        "Draw how many frames one setting flips"
    script:
        "../scripts/universal.py"


rule judge_transferred:
    input:
        frames=f"results/frames/{RUN['rf_cohort']}/{{chunk}}.nc",
        model=lambda w: as_inputs(model_files(w.model, w.seed, w.fold)),
        brought=lambda w: brought_notes(w.model),
        predictions="results/predictions/{model}.csv",
        sources=lambda w: [file["path"] for file in transfer_sources(w)],
    output:
        table="results/transfer/{model}/seed-{seed}/fold-{fold}/{chunk}.csv",
    log:
        "results/logs/judge_transferred/{model}/seed-{seed}/fold-{fold}/{chunk}.log",
    benchmark:
        "results/benchmarks/judge_transferred/{model}/seed-{seed}/fold-{fold}/{chunk}.tsv"
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=judging_memory,
        runtime=judging_minutes,
        rate_limited=lambda w: rate_limited(w.model),
    params:
        sources=transfer_sources,
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=RECONSTRUCTION["resize"],
        cutoff=RUN["cutoff"],
        model_settings=lambda w: model_settings(w.model),
        threads=model_threads,
        code=library("scripts/judge_transferred.py"),
    message:
        "Try the other models' adversarial settings on {wildcards.model}, seed {wildcards.seed}: fold {wildcards.fold}, chunk {wildcards.chunk}"
    script:
        "../scripts/judge_transferred.py"


rule tabulate_transfer:
    input:
        judged=[file["path"] for file in TRANSFER_FILES],
        attacks=rules.tabulate_attacks.output.table,
    output:
        table="results/tables/transfer.csv",
    log:
        "results/logs/tabulate_transfer.log",
    benchmark:
        "results/benchmarks/tabulate_transfer.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, RECORDS),
        runtime=growing(2, 0.0004, RECORDS),
    params:
        files=TRANSFER_FILES,
        code=library("scripts/tabulate_transfer.py"),
    message:
        "Count how often settings that flipped one model flip another"
    script:
        "../scripts/tabulate_transfer.py"


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
        code=library("scripts/transfer.py"),
    message:
        "Draw which settings found on one model flip another"
    script:
        "../scripts/transfer.py"
