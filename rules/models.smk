from reconattack.classifiers.model_files import files_of, is_keras_file


def is_brought(model):
    return "network" not in config["models"][model]


def is_keras(model):
    """Whether a model is brought as a Keras file, which runs as ONNX."""
    return is_keras_file(config["models"][model])


def model_protocol(model):
    return "brought" if is_brought(model) else RUN["protocol"]


def networks(*models):
    """Every network of some models, a dict of names; fold `all` judges every frame."""
    return [
        {
            **{"model": model, "seed": str(seed), "fold": str(fold)},
            "file": next(iter(model_files(model, seed, fold)), None),
        }
        for model in models
        for seed in ([0] if is_brought(model) else RUN["seeds"])
        for fold in (range(RUN["folds"]) if model_protocol(model) == "patient_folds" else ["all"])
    ]


def model_files(model, seed=0, fold="all"):
    """Files that a model runs from, its own first; none where it is reached over HTTP."""
    if not is_brought(model):
        return [f"results/models/{model}/seed-{seed}/fold-{fold}.onnx"]
    if is_keras(model):
        return [f"results/models/{model}/brought.onnx"]
    return files_of(config["models"][model])


def keras_files(model, seed=0, fold="all"):
    """The Keras file of a network, whose slopes are known."""
    if not is_brought(model):
        return [f"results/models/{model}/seed-{seed}/fold-{fold}.keras"]
    return [config["models"][model]["source"]]


def is_white_box(attack):
    return config["attacks"][attack]["method"] == "gradient"


def attack_memory(wildcards):
    """Slopes need TensorFlow; measured: 0.9 GiB with the compact network, 2.6 with a deep one."""
    compact = config["models"][wildcards.model].get("network") == "compact"
    return 4000 if is_white_box(wildcards.attack) and not compact else 2000


def network_files(*models):
    """The files of every network of some models."""
    return [
        file
        for network in networks(*models)
        for file in model_files(network["model"], network["seed"], network["fold"])
    ]


def model_settings(model):
    """How a brought model runs from its file; nothing for a trained one."""
    brought = config["models"][model] if is_brought(model) else {}
    return {key: value for key, value in brought.items() if key not in ("source", "threads")}


def model_threads(wildcards):
    return config["models"][wildcards.model].get("threads", 1)


def rate_limited(*models):
    """1 if a model limits its rate of requests, which only one job at a time can keep to."""
    return int(any("requests_per_second" in config["models"][model] for model in models))


def brought_notes(model):
    """The checked note of a brought model; nothing for a trained one."""
    return [f"results/models/{model}/brought.json"] if is_brought(model) else []


def folds_files(model):
    """The table of folds, if the model has any."""
    return ["results/folds.csv"] if model_protocol(model) == "patient_folds" else []
