from reconattack.run.plan.paths import figure_path, table_path


# A rule in a loop would run the script of the last figure for all of them: Snakemake evaluates
# `script` again in the job. In a function, each rule keeps its own name.
def draw(name, figure):
    """The rule that draws a figure of the plan."""

    rule:
        name:
            name
        input:
            **figure.inputs,
        output:
            **plan.figures.numbers(name),
            pdf=figure_path(name, "pdf"),
            png=report(
                figure_path(name, "png"),
                caption=f"../report/{name}.rst",
                category=plan.report.categories[figure.topic],
                labels=plan.report.labels(figure.title, *figure.columns),
            ),
        log:
            f"results/logs/{name}.log",
        benchmark:
            f"results/benchmarks/{name}.tsv"
        threads: 1
        resources:
            mem_mb=growing(*figure.memory, plan.figures.size(name)),
            runtime=growing(*figure.minutes, plan.figures.size(name)),
        params:
            **figure.params,
            code=library(f"scripts/figures/{name}.py"),
        message:
            figure.message
        script:
            f"../scripts/figures/{name}.py"


for name, figure in plan.figures.table.items():
    draw(name, figure)


rule animation:
    input:
        attacks=table_path("attacks"),
        paths=[file["path"] for file in plan.results.walks],
        frames=plan.cohorts.paths("frames", [plan.cohorts.judged]),
    output:
        gif=figure_path("attack", "gif"),
        table=figure_path("attack", "csv"),
    log:
        "results/logs/animation.log",
    benchmark:
        "results/benchmarks/animation.tsv"
    threads: 1
    resources:
        mem_mb=growing(410, 0.1, plan.results.records),
        runtime=growing(5, 0.0001, plan.results.records),
    params:
        files=plan.results.walks,
        boxes=plan.attacks.parameters(plan.attacks.stepping),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        classes=RUN["classes"],
        simulated=plan.cohorts.is_simulated(plan.cohorts.judged),
        code=library("scripts/figures/animation.py"),
    message:
        "Animate one attack until the diagnosis flips: {output.gif}"
    script:
        "../scripts/figures/animation.py"
