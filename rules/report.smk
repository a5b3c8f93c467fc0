rule explorer:
    input:
        chunks=plan.cohorts.paths("frames", [plan.cohorts.judged]),
        predictions=plan.results.predictions,
        judgements=[file["path"] for files in plan.explorer.files.values() for file in files],
        admitted=rules.admit_frames.output.table,
    output:
        page=EXPLORER,
    log:
        "results/logs/explorer.log",
    benchmark:
        "results/benchmarks/explorer.tsv"
    threads: 1
    resources:
        mem_mb=growing(330, 2, len(plan.explorer.frames)),
        runtime=growing(5, 0.02, len(plan.explorer.frames)),
    params:
        models=[
            {
                "model": model,
                "seed": seed,
                "kind": plan.models.kind(model),
                "decision": plan.models.declarations.get(model),
                "predictions": predictions_path(model),
            }
            for model, seed in plan.results.trained_models
        ],
        shown=plan.explorer.frames,
        cohort_size=plan.results.frames,
        files=plan.explorer.files,
        box=plan.explorer.box,
        attacks=plan.explorer.attacks,
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        visible_limit=RUN["visible_limit"],
        titles=config.get("titles", {}),
        classes=RUN["classes"],
        simulated=plan.results.simulated,
        code=library("scripts/report/explorer.py"),
    message:
        "Write frames and stored predictions into {output.page}"
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
            category=plan.report.categories["defences"],
            labels=plan.report.labels("Text: what the comparison shows, in words"),
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
        simulated=plan.results.simulated,
        code=library("scripts/report/defence_findings.py"),
    message:
        "Write the findings about the defences: {output.findings}"
    script:
        "../scripts/report/defence_findings.py"


rule captions:
    input:
        tables=plan.report.tables,
    output:
        texts=[f"results/report/captions/{name}.rst" for name in plan.report.numbered],
    log:
        "results/logs/captions.log",
    benchmark:
        "results/benchmarks/captions.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.1, plan.results.records),
        runtime=growing(2, 0.0001, plan.results.records),
    params:
        names=plan.report.numbered,
        attack=plan.report.attack,
        initial=RECONSTRUCTION["initial"],
        classes=plan.models.label_words,
        declarations=plan.models.declarations,
        visible_limit=RUN["visible_limit"],
        titles=plan.report.titles,
        simulated=plan.results.simulated,
        code=library("scripts/report/captions.py"),
    message:
        "Write this run's numbers into the captions of the report"
    script:
        "../scripts/report/captions.py"


rule summary_page:
    input:
        tables=plan.report.timeless_tables,
        findings=[rules.defence_findings.output.findings] if config.get("defences") else [],
        pictures=[figure_path(name, "png") for name in plan.figures.names],
        captions=[f"results/report/captions/{name}.rst" for name in plan.figures.names],
    output:
        page=SUMMARY,
        overview="results/report/overview.rst",
        answer=report(
            ANSWER,
            caption="../report/answer.rst",
            category=plan.report.categories["run"],
            labels=plan.report.labels("Text: the answer of the run"),
        ),
    log:
        "results/logs/summary_page.log",
    benchmark:
        "results/benchmarks/summary_page.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, plan.results.records),
        runtime=growing(2, 0.0001, plan.results.records),
    params:
        names=plan.figures.names,
        attack=plan.report.attack,
        searches=plan.report.searches,
        grid=plan.report.grid,
        boxes={name: plan.attacks.box(name) for name in RUN["attacks"]},
        titles=plan.report.titles,
        cohorts={
            "cohort": RUN["cohort"],
            "image_cohorts": RUN["image_cohorts"],
            "training_cohorts": plan.training.further_cohorts,
        },
        initial=RECONSTRUCTION["initial"],
        cutoff=RUN["cutoff"],
        visible_limit=RUN["visible_limit"],
        classes=plan.models.label_words,
        declarations=plan.models.declarations,
        simulated=plan.results.simulated,
        explorer="explorer.html" if plan.explorer.pages else None,
        documents=plan.checklists.documents,
        texts=texts_digest(f"{ROOT}/report"),
        code=library("scripts/report/summary_page.py"),
    message:
        "Write the answer, and the summary page: {output.page}"
    script:
        "../scripts/report/summary_page.py"


rule model_card:
    input:
        tables=plan.card.tables,
    output:
        card=CARD_XML,
        page=report(
            CARD,
            caption="../report/model_card.rst",
            category=plan.report.categories["run"],
            labels=plan.report.labels("Page: Model card"),
        ),
    log:
        "results/logs/model_card.log",
    benchmark:
        "results/benchmarks/model_card.tsv"
    threads: 1
    resources:
        mem_mb=growing(400, 0.1, plan.results.records),
        runtime=growing(2, 0.0001, plan.results.records),
    params:
        stated=plan.card.stated,
        models=plan.card.models,
        attack=plan.report.attack,
        searches=plan.report.searches,
        grid=plan.report.grid,
        boxes={name: plan.attacks.box(name) for name in RUN["attacks"]},
        titles=plan.report.titles,
        cohort=RUN["cohort"],
        data=plan.card.data,
        cutoff=RUN["cutoff"],
        classes=plan.models.label_words,
        simulated=plan.results.simulated,
        declarations=plan.models.declarations,
        code=library("scripts/report/model_card.py"),
    message:
        "Write the model card: {output.page}"
    script:
        "../scripts/report/model_card.py"


# The record of runs is no input, because it is written before the first job and after the last.
rule checklists:
    input:
        plan.results.tables,
        plan.figures.paths,
    output:
        tables=plan.checklists.tables,
        pages=[
            report(
                path,
                caption="../report/checklists.rst",
                category=plan.report.categories["run"],
                labels=plan.report.labels(f"Checklist: {title}"),
            )
            for path, title in zip(plan.checklists.pages, plan.checklists.titles)
        ],
    log:
        "results/logs/checklists.log",
    benchmark:
        "results/benchmarks/checklists.tsv"
    threads: 1
    resources:
        mem_mb=growing(300),
        runtime=growing(2),
    params:
        made=plan.checklists.made,
        stated=plan.checklists.stated,
        code=library("scripts/report/checklists.py"),
    message:
        "Write which items of the checklists the run answers"
    script:
        "../scripts/report/checklists.py"


rule table_pages:
    input:
        tables=plan.report.tables,
    output:
        pages=[
            report(
                f"results/report/tables/{name}.html",
                caption=f"../report/{table_caption(name)}",
                category=plan.report.category_of_table(name),
                labels=plan.report.table_labels(name),
            )
            for name in plan.report.table_names
        ],
    log:
        "results/logs/table_pages.log",
    benchmark:
        "results/benchmarks/table_pages.tsv"
    threads: 1
    resources:
        mem_mb=growing(300, 0.2, plan.results.records),
        runtime=growing(2, 0.0002, plan.results.records),
    params:
        titles=[plan.report.title_of_table(name) for name in plan.report.table_names],
        kind=plan.models.decision,
        simulated=plan.results.simulated,
        code=library("scripts/report/table_pages.py"),
    message:
        "Make the tables sortable for the report"
    script:
        "../scripts/report/table_pages.py"


# The record of runs is no input, because it is written before the first job and after the last. The
# pages show it as it was in the run that last changed a result.
rule run_pages:
    input:
        plan.results.tables,
        plan.figures.paths,
    output:
        runs=report(
            "results/report/run/runs.html",
            caption="../report/runs.rst",
            category=plan.report.categories["run"],
            labels=plan.report.labels("Table: Runs that made these results"),
        ),
        configuration=report(
            "results/report/run/configuration.html",
            caption="../report/configuration.rst",
            category=plan.report.categories["run"],
            labels=plan.report.labels("Table: Configuration"),
        ),
        packages=report(
            "results/report/run/packages.html",
            caption="../report/packages.rst",
            category=plan.report.categories["run"],
            labels=plan.report.labels("Table: Packages and their versions"),
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
            *plan.results.tables,
            *plan.figures.paths,
            *rules.summary_page.output,
            *rules.captions.output,
            *rules.model_card.output,
            *rules.checklists.output,
            *rules.table_pages.output,
            *rules.run_pages.output,
            *plan.explorer.pages,
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
        texts=texts_digest(f"{ROOT}/report"),
        code=library("scripts/report/report.py"),
    message:
        "Make the report: {output.page}"
    script:
        "../scripts/report/report.py"
