from reconattack.classifiers.training.network import network_module

NETWORK_FILES = of_fold("models", NETWORK | {"model": plan.models.wildcard(plan.models.is_network)})
TEXTURE_FILES = of_fold("models", NETWORK | {"model": plan.models.wildcard(plan.models.is_texture)})
GUARDED = NETWORK | {"model": plan.models.wildcard(plan.models.is_guarded)}
VALIDATED = [config["validation"]["cohort"]] if "validation" in config else []


rule train:
    input:
        images=lambda w: plan.training.images(w.model),
        frames=lambda w: plan.training.frames(w.model),
        folds=lambda w: plan.models.folds_files(w.model),
        admitted=rules.admit_frames.output.table,
    output:
        keras=f"{NETWORK_FILES}.keras",
        onnx=f"{NETWORK_FILES}.onnx",
        history=f"{NETWORK_FILES}.history.csv",
        validation=f"{NETWORK_FILES}.validation.csv",
    log:
        f"{of_fold('logs/train')}.log",
    benchmark:
        f"{of_fold('benchmarks/train')}.tsv"
    threads: plan.resources.threads
    resources:
        **plan.resources.training_network,
    params:
        settings=lambda w: plan.models.training_settings(w.model),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=RECONSTRUCTION["resize"],
        code=lambda w: library(
            "scripts/models/train.py", network_module(config["models"][w.model]["network"])
        ),
    message:
        "Train {wildcards.model}, seed {wildcards.seed}, fold {wildcards.fold}"
    script:
        "../scripts/models/train.py"


rule train_texture:
    input:
        images=lambda w: plan.training.images(w.model),
        frames=lambda w: plan.training.frames(w.model),
        folds=lambda w: plan.models.folds_files(w.model),
        admitted=rules.admit_frames.output.table,
    output:
        skops=f"{TEXTURE_FILES}.skops",
        history=f"{TEXTURE_FILES}.history.csv",
        validation=f"{TEXTURE_FILES}.validation.csv",
    log:
        f"{of_fold('logs/train_texture')}.log",
    benchmark:
        f"{of_fold('benchmarks/train_texture')}.tsv"
    threads: 1
    resources:
        mem_mb=plan.resources.texture_memory,
        runtime=plan.resources.training_minutes,
    params:
        settings=lambda w: plan.models.training_settings(w.model),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        code=library("scripts/models/train_texture.py"),
    message:
        "Train {wildcards.model} on texture features, seed {wildcards.seed}, fold {wildcards.fold}"
    script:
        "../scripts/models/train_texture.py"


rule fit_guard:
    input:
        frames=lambda w: plan.training.frames(w.model),
        folds=lambda w: plan.models.folds_files(w.model),
        admitted=rules.admit_frames.output.table,
    output:
        guard=guard_path(GUARDED),
    log:
        f"{of_fold('logs/fit_guard')}.log",
    benchmark:
        f"{of_fold('benchmarks/fit_guard')}.tsv"
    threads: 1
    resources:
        mem_mb=growing(500, 20),
        runtime=plan.resources.guard_minutes,
    params:
        settings=lambda w: plan.models.guard(w.model),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        code=library("scripts/models/fit_guard.py"),
    message:
        "Fit the guard of {wildcards.model}, seed {wildcards.seed}, fold {wildcards.fold}"
    script:
        "../scripts/models/fit_guard.py"


rule convert_model:
    input:
        files=lambda w: as_inputs(plan.models.source_files(w.model)),
    output:
        onnx=f"results/models/{plan.models.wildcard(plan.models.is_keras)}/brought.onnx",
    log:
        "results/logs/convert_model/{model}.log",
    benchmark:
        "results/benchmarks/convert_model/{model}.tsv"
    priority: 1  # a model that cannot be used is reported first
    threads: 1
    resources:
        mem_mb=growing(9000),
        runtime=growing(60),
    params:
        source=lambda w: config["models"][w.model]["source"],
        input_size=lambda w: config["models"][w.model].get("input_size"),
        code=library("scripts/models/convert_model.py"),
    message:
        "Convert the brought model {wildcards.model} to ONNX"
    script:
        "../scripts/models/convert_model.py"


rule bring_model:
    input:
        source=lambda w: as_inputs(plan.models.source_files(w.model)),
        model_files=lambda w: as_inputs(plan.models.files(w.model)),
    output:
        brought=f"results/models/{plan.models.wildcard(plan.models.is_brought)}/brought.json",
    log:
        "results/logs/bring_model/{model}.log",
    benchmark:
        "results/benchmarks/bring_model/{model}.tsv"
    priority: 1  # a model that cannot be used is reported first
    threads: plan.resources.threads
    resources:
        cpus_per_task=plan.resources.threads,
        mem_mb=growing(2000),
        runtime=growing(10),
        rate_limited=plan.resources.rate_limited,
    params:
        declaration=lambda w: config["models"][w.model],
        model_settings=lambda w: plan.models.settings(w.model),
        resize=lambda w: plan.models.resize(w.model),
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        threads=plan.resources.threads,
        code=library("scripts/models/bring_model.py"),
    message:
        "Test the brought model {wildcards.model}"
    script:
        "../scripts/models/bring_model.py"


rule predict:
    input:
        frames=plan.cohorts.paths("frames", [plan.cohorts.judged]),
        models=lambda w: as_inputs(plan.models.all_files([w.model])),
        brought=lambda w: plan.models.brought_notes([w.model]),
        folds=lambda w: plan.models.folds_files(w.model),
        admitted=rules.admit_frames.output.table,
    output:
        table=predictions_path(),
    log:
        "results/logs/predict/{model}.log",
    benchmark:
        "results/benchmarks/predict/{model}.tsv"
    threads: plan.resources.threads
    resources:
        **plan.resources.predicting,
    params:
        networks=lambda w: plan.models.networks([w.model]),
        model_settings=lambda w: plan.models.settings(w.model),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        resize=lambda w: plan.models.resize(w.model),
        threads=plan.resources.threads,
        code=library("scripts/models/predict.py"),
    message:
        "Predict each RF frame by {wildcards.model}"
    script:
        "../scripts/models/predict.py"


rule validate_simulation:
    input:
        frames=plan.cohorts.paths("frames", VALIDATED),
        models=as_inputs(plan.models.all_files()),
        brought=plan.models.brought_notes(),
    output:
        table=table_path("validation"),
    log:
        "results/logs/validate_simulation.log",
    benchmark:
        "results/benchmarks/validate_simulation.tsv"
    threads: 1
    resources:
        mem_mb=growing(500 + plan.resources.networks_memory(), 20),
        runtime=growing(
            *(5, 0.004 + plan.resources.answers_minutes(plan.results.networks)),
            plan.cohorts.size(*VALIDATED),
        ),
        rate_limited=plan.models.rate_limited(),
    params:
        networks=plan.results.networks,
        model_settings={model: plan.models.settings(model) for model in RUN["models"]},
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        resize={model: plan.models.resize(model) for model in RUN["models"]},
        code=library("scripts/models/validate_simulation.py"),
    message:
        "Predict further simulated patients by every fold's model"
    script:
        "../scripts/models/validate_simulation.py"
