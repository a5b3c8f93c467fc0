from reconattack.classifiers.training.network import network_module

TRAINED_NETWORK = model_folder(lambda model: kinds.is_network(MODELS, model))
TRAINED_TEXTURE = model_folder(is_texture)
CONVERTED = model_folder(is_keras)
BROUGHT = model_folder(is_brought)
VALIDATED = len(ROWS[config["validation"]["cohort"]]) if "validation" in config else 0


rule train:
    input:
        images=lambda w: training_images(w.model),
        frames=training_frames(),
        folds=lambda w: folds_files(w.model),
        admitted=ADMITTED,
    output:
        keras=f"{TRAINED_NETWORK}/seed-{{seed}}/fold-{{fold}}.keras",
        onnx=f"{TRAINED_NETWORK}/seed-{{seed}}/fold-{{fold}}.onnx",
        history=f"{TRAINED_NETWORK}/seed-{{seed}}/fold-{{fold}}.history.csv",
        validation=f"{TRAINED_NETWORK}/seed-{{seed}}/fold-{{fold}}.validation.csv",
    log:
        "results/logs/train/{model}/seed-{seed}/fold-{fold}.log",
    benchmark:
        "results/benchmarks/train/{model}/seed-{seed}/fold-{fold}.tsv"
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=training_memory,
        runtime=training_minutes,
        gpu=lambda w: MODELS[w.model].get("gpu", 0),
    params:
        settings=lambda w: training_settings(w.model),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        resize=RECONSTRUCTION["resize"],
        code=lambda w: library(
            "scripts/models/train.py", network_module(MODELS[w.model]["network"])
        ),
    message:
        "Train {wildcards.model}, seed {wildcards.seed}, fold {wildcards.fold}"
    script:
        "../scripts/models/train.py"


rule train_texture:
    input:
        images=lambda w: training_images(w.model),
        frames=training_frames(),
        folds=lambda w: folds_files(w.model),
        admitted=ADMITTED,
    output:
        skops=f"{TRAINED_TEXTURE}/seed-{{seed}}/fold-{{fold}}.skops",
        history=f"{TRAINED_TEXTURE}/seed-{{seed}}/fold-{{fold}}.history.csv",
        validation=f"{TRAINED_TEXTURE}/seed-{{seed}}/fold-{{fold}}.validation.csv",
    log:
        "results/logs/train_texture/{model}/seed-{seed}/fold-{fold}.log",
    benchmark:
        "results/benchmarks/train_texture/{model}/seed-{seed}/fold-{fold}.tsv"
    threads: 1
    resources:
        mem_mb=texture_memory,
        runtime=training_minutes,
    params:
        settings=lambda w: training_settings(w.model),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        code=library("scripts/models/train_texture.py"),
    message:
        "Train {wildcards.model} on texture features, seed {wildcards.seed}, fold {wildcards.fold}"
    script:
        "../scripts/models/train_texture.py"


rule convert_model:
    input:
        source=lambda w: local(config["models"][w.model]["source"]),
    output:
        onnx=f"{CONVERTED}/brought.onnx",
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
        input_size=lambda w: config["models"][w.model].get("input_size"),
        code=library("scripts/models/convert_model.py"),
    message:
        "Convert the brought model {wildcards.model} to ONNX"
    script:
        "../scripts/models/convert_model.py"


rule bring_model:
    input:
        source=lambda w: as_inputs(files_of(config["models"][w.model])),
        model_files=lambda w: as_inputs(model_files(w.model)),
    output:
        brought=f"{BROUGHT}/brought.json",
    log:
        "results/logs/bring_model/{model}.log",
    benchmark:
        "results/benchmarks/bring_model/{model}.tsv"
    priority: 1  # a model that cannot be used is reported first
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=growing(2000),
        runtime=growing(10),
        rate_limited=lambda w: rate_limited(w.model),
    params:
        declaration=lambda w: config["models"][w.model],
        model_settings=lambda w: model_settings(w.model),
        resize=RECONSTRUCTION["resize"],
        threads=model_threads,
        code=library("scripts/models/bring_model.py"),
    message:
        "Probe the brought model {wildcards.model}"
    script:
        "../scripts/models/bring_model.py"


rule predict:
    input:
        frames=cohort_chunks("frames", RUN["rf_cohort"]),
        models=lambda w: as_inputs(network_files(w.model)),
        brought=lambda w: brought_notes(w.model),
        folds=lambda w: folds_files(w.model),
        admitted=ADMITTED,
    output:
        table="results/predictions/{model}.csv",
    log:
        "results/logs/predict/{model}.log",
    benchmark:
        "results/benchmarks/predict/{model}.tsv"
    threads: model_threads
    resources:
        cpus_per_task=model_threads,
        mem_mb=predicting_memory,
        runtime=predicting_minutes,
        rate_limited=lambda w: rate_limited(w.model),
    params:
        networks=lambda w: networks(w.model),
        model_settings=lambda w: model_settings(w.model),
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        resize=RECONSTRUCTION["resize"],
        threads=model_threads,
        code=library("scripts/models/predict.py"),
    message:
        "Predict each RF frame by {wildcards.model}"
    script:
        "../scripts/models/predict.py"


rule validate_simulation:
    input:
        frames=(
            cohort_chunks("frames", config["validation"]["cohort"])
            if "validation" in config
            else []
        ),
        models=as_inputs(network_files(*RUN["models"])),
        brought=[note for model in RUN["models"] for note in brought_notes(model)],
    output:
        table="results/tables/validation.csv",
    log:
        "results/logs/validate_simulation.log",
    benchmark:
        "results/benchmarks/validate_simulation.tsv"
    threads: 1
    resources:
        mem_mb=growing(500 + networks_memory(*RUN["models"]), 20),
        runtime=growing(5, 0.004 + answers_minutes(NETWORKS), VALIDATED),
        rate_limited=rate_limited(*RUN["models"]),
    params:
        networks=NETWORKS,
        model_settings={model: model_settings(model) for model in RUN["models"]},
        initial=RECONSTRUCTION["initial"],
        image_rows=RECONSTRUCTION["rows"],
        cutoff=RUN["cutoff"],
        resize=RECONSTRUCTION["resize"],
        code=library("scripts/models/validate_simulation.py"),
    message:
        "Predict further simulated patients by every fold's model"
    script:
        "../scripts/models/validate_simulation.py"
