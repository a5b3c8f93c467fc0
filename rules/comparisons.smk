rule compare:
    input:
        attacks=rules.tabulate_attacks.output.table,
        predictions=expand("results/predictions/{model}.csv", model=RUN["models"]),
    output:
        table=report(
            "results/tables/comparisons.csv",
            caption="../report/comparisons.rst",
            category="Attack",
        ),
    log:
        "results/logs/compare.log",
    benchmark:
        "results/benchmarks/compare.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
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
        table=report(
            "results/tables/flags.csv",
            caption="../report/flags.rst",
            category="Checks",
        ),
    log:
        "results/logs/flag_attacks.log",
    benchmark:
        "results/benchmarks/flag_attacks.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
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
