# Snakemake evaluates `script` again in the job. In a loop that would be the script of the last figure
# for all of them; in a function, each rule keeps its own name.
def draw(name, figure):
    """The rule that draws a figure of the plan."""
    outputs = plan.figures.outputs(name)
    if "png" in outputs:
        outputs["png"] = report(
            outputs["png"],
            caption=f"../report/{name}.rst",
            category=plan.report.categories[figure.topic],
            labels=plan.report.labels(figure.title, *figure.columns),
        )

    rule:
        name:
            name
        input:
            **{
                what: as_inputs(paths) if what == "model_files" else paths
                for what, paths in figure.inputs.items()
            },
        output:
            **outputs,
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
            kind=plan.models.decision,
            look=plan.figures.look,
            code=library(f"scripts/figures/{name}.py"),
        message:
            figure.message
        script:
            f"../scripts/figures/{name}.py"


for name, figure in plan.figures.table.items():
    draw(name, figure)
