rule explorer:
    input:
        chunks=cohort_chunks("frames", RUN["rf_cohort"]),
        predictions=expand("results/predictions/{model}.csv", model=RUN["models"]),
        judgements=[file["path"] for files in EXPLORED.values() for file in files],
        admitted=ADMITTED,
    output:
        page="results/explorer.html",
    log:
        "results/logs/explorer.log",
    benchmark:
        "results/benchmarks/explorer.tsv"
    threads: 1
    resources:
        mem_mb=growing(330, 2, len(SHOWN)),
        runtime=growing(5, 0.02, len(SHOWN)),
    params:
        models=[
            {
                "model": model,
                "seed": seed,
                "kind": model_kind(model),
                "predictions": f"results/predictions/{model}.csv",
            }
            for model, seed in dict.fromkeys(
                (network["model"], network["seed"]) for network in NETWORKS
            )
        ],
        shown=SHOWN,
        cohort_size=len(ROWS[RUN["rf_cohort"]]),
        files=EXPLORED,
        box=EXPLORED_BOX,
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        classes=RUN["classes"],
        simulated=SIMULATED,
        code=library("scripts/report/explorer.py"),
    message:
        "Write frames and stored judgements into {output.page}"
    script:
        "../scripts/report/explorer.py"


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
        code=library("scripts/report/defence_findings.py"),
    message:
        "Write what the comparison of defences shows: {output.findings}"
    script:
        "../scripts/report/defence_findings.py"


rule overview:
    input:
        tables=SHOWN_TABLES,
        findings=[rules.defence_findings.output.findings] if config.get("defences") else [],
    output:
        text="results/report/overview.rst",
    log:
        "results/logs/overview.log",
    benchmark:
        "results/benchmarks/overview.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        attack={
            "name": REPORTED_ATTACK,
            "method": config["attacks"][REPORTED_ATTACK]["method"],
            "box": box_of(REPORTED_ATTACK),
        },
        searches=[
            name
            for name in dict.fromkeys(file["attack"] for file in ATTACK_FILES)
            if name not in GRID_ATTACKS and box_of(name) == box_of(REPORTED_ATTACK)
        ],
        grid=grid_of(REPORTED_ATTACK),
        initial=RECONSTRUCTION["initial"],
        cutoff=RUN["cutoff"],
        simulated=SIMULATED,
        explorer="explorer.html" if EXPLORER else None,
        code=library("scripts/report/overview.py"),
    message:
        "Write what the run answers: {output.text}"
    script:
        "../scripts/report/overview.py"


rule captions:
    input:
        tables=SHOWN_TABLES,
    output:
        texts=[f"results/report/captions/{name}.rst" for name in NUMBERED],
    log:
        "results/logs/captions.log",
    benchmark:
        "results/benchmarks/captions.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, RECORDS),
        runtime=growing(2, 0.0001, RECORDS),
    params:
        names=NUMBERED,
        attack={"name": REPORTED_ATTACK, "box": box_of(REPORTED_ATTACK)},
        initial=RECONSTRUCTION["initial"],
        classes=RUN["classes"],
        code=library("scripts/report/captions.py"),
    message:
        "Write this run's numbers into the captions of the report"
    script:
        "../scripts/report/captions.py"


rule table_pages:
    input:
        tables=SHOWN_TABLES,
    output:
        pages=[
            report(
                f"results/report/tables/{name}.html",
                caption=table_caption(name),
                category=REPORT_CATEGORY[TABLE_PAGES[name][0]],
                labels=report_labels(f"Table: {TABLE_PAGES[name][1]}", *TABLE_PAGES[name][2]),
            )
            for name in TABLE_NAMES
        ],
    log:
        "results/logs/table_pages.log",
    benchmark:
        "results/benchmarks/table_pages.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.2, RECORDS),
        runtime=growing(2, 0.0002, RECORDS),
    params:
        titles=[TABLE_PAGES[name][1] for name in TABLE_NAMES],
        simulated=SIMULATED,
        code=library("scripts/report/table_pages.py"),
    message:
        "Make the tables sortable for the report"
    script:
        "../scripts/report/table_pages.py"


# The record of runs is no input, because it is written before the first job and after the last. The
# pages show it as it was in the run that last changed a result.
rule run_pages:
    input:
        TABLES,
        FIGURES,
    output:
        runs=report(
            "results/report/run/runs.html",
            caption="../report/runs.rst",
            category=REPORT_CATEGORY["run"],
            labels=report_labels("Table: Runs that made these results"),
        ),
        configuration=report(
            "results/report/run/configuration.html",
            caption="../report/configuration.rst",
            category=REPORT_CATEGORY["run"],
            labels=report_labels("Table: Configuration"),
        ),
        packages=report(
            "results/report/run/packages.html",
            caption="../report/packages.rst",
            category=REPORT_CATEGORY["run"],
            labels=report_labels("Table: Packages and their versions"),
        ),
    log:
        "results/logs/run_pages.log",
    benchmark:
        "results/benchmarks/run_pages.tsv"
    threads: 1
    resources:
        mem_mb=growing(300),
        runtime=growing(2),
    params:
        record=placed(PROVENANCE),
        code=library("scripts/report/run_pages.py"),
    message:
        "Write the record of runs for the report"
    script:
        "../scripts/report/run_pages.py"


rule report:
    input:
        contents=[
            *TABLES,
            *FIGURES,
            *rules.overview.output,
            *rules.captions.output,
            *rules.table_pages.output,
            *rules.run_pages.output,
            *EXPLORER,
        ],
    output:
        page="results/report.html",
    log:
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(5),
    params:
        configuration=config,
        texts=report_texts(),
        code=library("scripts/report/report.py"),
    message:
        "Make the report: {output.page}"
    script:
        "../scripts/report/report.py"
