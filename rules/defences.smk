rule tabulate_defences:
    input:
        attacks=rules.tabulate_attacks.output.table,
        grid=rules.tabulate_grid.output.table if GRID_FILES else [],
        margins=rules.tabulate_margins.output.table if MARGIN_FILES else [],
        predictions=expand("results/predictions/{model}.csv", model=RUN["models"]),
        histories=[path for model in RUN["models"] for path in history_files(model)],
        accidental=[file["path"] for file in ACCIDENTAL_FILES],
    output:
        table="results/tables/defences.csv",
        pairs="results/tables/defences_pairs.csv",
    log:
        "results/logs/tabulate_defences.log",
    benchmark:
        "results/benchmarks/tabulate_defences.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        models={
            model: {
                "kind": model_kind(model),
                "takes": model_takes(model),
                "protocol": model_protocol(model),
                "immune": is_immune(model),
            }
            for model in RUN["models"]
        },
        baseline=(config.get("defences") or {}).get("baseline"),
        histories={model: history_files(model) for model in RUN["models"]},
        accidental=ACCIDENTAL_FILES,
        zoo=next(iter(STEPPING), None),
        cutoff=RUN["cutoff"],
        code=library("scripts/tabulate_defences.py"),
    message:
        "Set the models side by side, and each beside {params.baseline}"
    script:
        "../scripts/tabulate_defences.py"


rule tabulate_defence_timings:
    input:
        timings=rules.tabulate_timings.output.table,
        attacks=rules.tabulate_attacks.output.table,
    output:
        table="results/tables/defences_timings.csv",
    log:
        "results/logs/tabulate_defence_timings.log",
    threads: 1
    resources:
        mem_mb=growing(270),
        runtime=growing(2),
    params:
        models=RUN["models"],
        searched=GRID_ATTACKS or RUN["attacks"],
        code=library("scripts/tabulate_defence_timings.py"),
    message:
        "Tabulate what training and asking each model costs"
    script:
        "../scripts/tabulate_defence_timings.py"


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
        code=library("scripts/defences.py"),
    message:
        "Draw grid-certified accuracy against clean AUC"
    script:
        "../scripts/defences.py"


rule defence_findings:
    input:
        table=rules.tabulate_defences.output.table,
        pairs=rules.tabulate_defences.output.pairs,
    output:
        findings=report(
            "results/tables/findings.txt",
            caption="../report/findings.rst",
            category=REPORT_CATEGORY["defences"],
            labels=report_labels("Text: what the comparison shows, in words"),
        ),
    log:
        "results/logs/defence_findings.log",
    benchmark:
        "results/benchmarks/defence_findings.tsv"
    threads: 1
    resources:
        mem_mb=growing(400),
        runtime=growing(2),
    params:
        simulated=SIMULATED,
        code=library("scripts/defence_findings.py"),
    message:
        "Say what the comparison of defences shows: {output.findings}"
    script:
        "../scripts/defence_findings.py"
