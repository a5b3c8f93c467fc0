rule train:
    input:
        images=[path for c in RUN["image_cohorts"] for path in cohort_chunks("bmode", c)],
        rf_images=cohort_chunks("bmode", RUN["rf_cohort"]),
        folds=lambda w: folds_files(w.model),
    output:
        keras="results/models/{model}/seed-{seed}/fold-{fold}.keras",
        onnx="results/models/{model}/seed-{seed}/fold-{fold}.onnx",
        history="results/models/{model}/seed-{seed}/fold-{fold}.history.csv",
        validation="results/models/{model}/seed-{seed}/fold-{fold}.validation.csv",
    log:
        "results/logs/train/{model}/seed-{seed}/fold-{fold}.log",
    benchmark:
        "results/benchmarks/train/{model}/seed-{seed}/fold-{fold}.tsv"
    wildcard_constraints:
        model=alternatives(name for name in RUN["models"] if not is_brought(name)),
    threads: lambda w: config["models"][w.model]["threads"]
    resources:
        mem_mb=lambda w: 1500 if config["models"][w.model]["network"] == "compact" else 9000,
        runtime=lambda w: 30 if config["models"][w.model]["network"] == "compact" else 1440,
    params:
        settings=lambda w: config["models"][w.model],
        resize=RECONSTRUCTION["resize"],
        code=library("scripts/train.py"),
    message:
        "Train {wildcards.model}, seed {wildcards.seed}, fold {wildcards.fold}"
    script:
        "../scripts/train.py"


rule bring_model:
    input:
        model=lambda w: config["models"][w.model]["source"],
    output:
        brought="results/models/{model}/brought.json",
    log:
        "results/logs/bring_model/{model}.log",
    benchmark:
        "results/benchmarks/bring_model/{model}.tsv"
    wildcard_constraints:
        model=alternatives(name for name in RUN["models"] if is_brought(name)),
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=library("scripts/bring_model.py"),
    message:
        "Check the brought model {wildcards.model}"
    script:
        "../scripts/bring_model.py"


rule predict:
    input:
        images=cohort_chunks("bmode", RUN["rf_cohort"]),
        models=lambda w: [network["onnx"] for network in networks(w.model)],
        brought=lambda w: brought_notes(w.model),
        folds=lambda w: folds_files(w.model),
    output:
        table="results/predictions/{model}.csv",
    log:
        "results/logs/predict/{model}.log",
    benchmark:
        "results/benchmarks/predict/{model}.tsv"
    threads: lambda w: config["models"][w.model]["threads"]
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        networks=lambda w: networks(w.model),
        cutoff=RUN["cutoff"],
        resize=RECONSTRUCTION["resize"],
        threads=lambda w: config["models"][w.model]["threads"],
        code=library("scripts/predict.py"),
    message:
        "Judge each RF frame by the fold of {wildcards.model} that never saw its patient"
    script:
        "../scripts/predict.py"


rule validate_simulation:
    input:
        images=(
            cohort_chunks("bmode", config["validation"]["cohort"])
            if "validation" in config
            else []
        ),
        models=[network["onnx"] for network in NETWORKS],
    output:
        table="results/tables/validation.csv",
    log:
        "results/logs/validate_simulation.log",
    benchmark:
        "results/benchmarks/validate_simulation.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        networks=NETWORKS,
        cutoff=RUN["cutoff"],
        resize=RECONSTRUCTION["resize"],
        code=library("scripts/validate_simulation.py"),
    message:
        "Judge further simulated patients by every fold's model"
    script:
        "../scripts/validate_simulation.py"
