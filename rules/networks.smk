import math
from pathlib import Path

from reconattack.classifiers import kinds
from reconattack.classifiers.derived import DERIVED
from reconattack.classifiers.backends.model_files import files_of, is_keras_file

MODELS = config["models"]
VIEW_KINDS = {"image+parameters": "setting conditioned", "envelope": "invariant", "rf": "rf"}


def base_of(model):
    """The model behind a derived one, which has no files of its own."""
    return kinds.base_of(MODELS, model)


def is_brought(model):
    return kinds.is_brought(MODELS, model)


def is_texture(model):
    return kinds.is_texture(MODELS, model)


def is_keras(model):
    """Whether a model is brought as a Keras file, which runs as ONNX."""
    return is_brought(model) and is_keras_file(MODELS[base_of(model)])


def model_folder(is_of_kind):
    """Where the models with files of their own behind the run's lie, of a kind."""
    bases = dict.fromkeys(map(base_of, RUN["models"]))
    return f"results/models/{{model,{alternatives(filter(is_of_kind, bases))}}}"


def model_protocol(model):
    return "brought" if is_brought(model) else RUN["protocol"]


def attacks_of(model):
    """The attacks on a model: the run's, unless the model names its own."""
    return MODELS[model].get("attacks", RUN["attacks"])


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
    base = base_of(model)
    if not is_brought(model):
        suffix = "skops" if is_texture(model) else "onnx"
        return [f"results/models/{base}/seed-{seed}/fold-{fold}.{suffix}"]
    if is_keras(model):
        return [f"results/models/{base}/brought.onnx"]
    return files_of(MODELS[base])


def keras_files(model, seed=0, fold="all"):
    """The Keras file of a network, whose slopes are known."""
    base = base_of(model)
    if not is_brought(model):
        return [f"results/models/{base}/seed-{seed}/fold-{fold}.keras"]
    return [MODELS[base]["source"]]


def is_white_box(attack):
    return config["attacks"][attack]["method"] == "gradient"


def is_large(model):
    """Whether a network is of the paper's size, as one that somebody brings may be."""
    network = MODELS[base_of(model)].get("network", "compact")
    return is_brought(model) or network not in kinds.WITHOUT_BACKBONE


def judging_memory(wildcards, attempt):
    """What the model and those frames of a chunk need that it judges."""
    large, texture = is_large(wildcards.model), is_texture(wildcards.model)
    model = 1500 if large else 320 if texture else 260
    return attempt * math.ceil(model + 20 * judged_share(wildcards.model) * RUN["frames_per_job"])


def judging_minutes(wildcards, attempt):
    """Minutes for some hundred pictures of each frame of a chunk."""
    return attempt * math.ceil(2 + chunk_minutes(wildcards.model))


def attack_memory(wildcards, attempt):
    """Slopes need TensorFlow besides."""
    tensorflow = 3500 if is_large(wildcards.model) else 1000
    slopes = tensorflow if is_white_box(wildcards.attack) else 0
    return judging_memory(wildcards, attempt) + attempt * slopes


def attack_minutes(wildcards, attempt):
    """A lattice has thousands of points, a search asks for hundreds of pictures."""
    exhaustive = config["attacks"][wildcards.attack]["method"] in ("grid", "each_knob")
    return attempt * math.ceil(2 + chunk_minutes(wildcards.model) * (15 if exhaustive else 1))


def chunk_minutes(model):
    """Minutes for some hundred pictures of each frame of a chunk that a network judges."""
    of_frame = 6 if is_large(model) else 0.2 if is_texture(model) else 0.02
    frames = judged_share(model) * RUN["frames_per_job"]
    return of_frame * frames * len(MODELS[model].get("offsets", [0]))


def judged_share(model):
    """Share of a chunk that a network judges: with folds its own, at most twice as many as the mean."""
    return min(1, 2 / RUN["folds"]) if model_protocol(model) == "patient_folds" else 1


def predicting_memory(wildcards, attempt):
    """Every network of a model is open at once."""
    return judging_memory(wildcards, attempt) + attempt * networks_memory(wildcards.model)


def networks_memory(*models):
    """What their networks take when all are open."""
    return sum(600 if is_large(network["model"]) else 20 for network in networks(*models))


def predicting_minutes(wildcards, attempt):
    """A network of each seed judges a frame."""
    answers = answers_minutes({n["seed"]: n for n in networks(wildcards.model)}.values())
    return attempt * math.ceil(5 + (0.004 + answers) * FRAMES)


def answers_minutes(networks):
    """Minutes for an answer of each network."""
    return sum(0.03 if is_large(network["model"]) else 0.001 for network in networks)


def training_memory(wildcards, attempt):
    """The frames, and what exporting a network takes."""
    network = 9000 if is_large(wildcards.model) else 1100
    return attempt * math.ceil(network + 2.5 * training_size(wildcards.model))


def texture_memory(wildcards, attempt):
    """The features of all images, and the frames of a chunk."""
    return attempt * (400 + training_size(wildcards.model))


def training_minutes(wildcards, attempt):
    """A small network is cheap; a large one is paid by frame and epoch, at twice what it took."""
    model = wildcards.model
    epochs = 1 if MODELS[model].get("frozen_backbone") else MODELS[model].get("max_epochs")
    of_frame = 0.1 * epochs if is_large(model) else 0.03
    return attempt * math.ceil(20 + of_frame * training_size(model))


def network_files(*models):
    """The files of every network of some models."""
    return [
        file
        for network in networks(*models)
        for file in model_files(network["model"], network["seed"], network["fold"])
    ]


def model_settings(model):
    """How a model runs from its file: a brought one's declarations, what a derived one adds."""
    derived = {key: value for key, value in MODELS[model].items() if key in DERIVED}
    if is_texture(model):
        return {"features": "texture"} | derived
    brought = MODELS[base_of(model)] if is_brought(model) else {}
    kept = {
        key: value for key, value in brought.items() if key not in ("source", "threads", "attacks")
    }
    return kept | derived


def model_threads(wildcards):
    return MODELS[base_of(wildcards.model)].get("threads", 1)


def rate_limited(*models):
    """1 if a model limits its rate of requests, which only one job at a time can keep to."""
    return int(any("requests_per_second" in MODELS[base_of(model)] for model in models))


def brought_notes(model):
    """The checked note of a brought model; nothing for a trained one."""
    return [f"results/models/{base_of(model)}/brought.json"] if is_brought(model) else []


def folds_files(model):
    """Who judges which patients, who therefore train nothing there; nothing where all do both."""
    judged_apart = model_protocol(model) in ("patient_folds", "held_out")
    return ["results/folds.csv"] if judged_apart else []


def image_cohorts(model):
    """The cohorts of B-mode images that a model is trained on."""
    return MODELS[model].get("image_cohorts", RUN["image_cohorts"])


def training_cohorts():
    """The cohorts of RF frames that every model is trained on."""
    judged = [] if RUN["protocol"] == "held_out" else [RUN["rf_cohort"]]
    return [*RUN.get("training_cohorts", []), *judged]


def training_images(model):
    """Chunks of the B-mode images that a model is trained on."""
    return [path for cohort in image_cohorts(model) for path in cohort_chunks("bmode", cohort)]


def training_frames():
    """Chunks of the RF frames that every model is trained on."""
    return [path for cohort in training_cohorts() for path in cohort_chunks("frames", cohort)]


def training_size(model):
    """How many frames and images a model is trained on."""
    return sum(len(ROWS[cohort]) for cohort in (*image_cohorts(model), *training_cohorts()))


def training_settings(model):
    """A model's block without what is none of its training's business."""
    kept = MODELS[model].items()
    return {key: value for key, value in kept if key not in ("attacks", "image_cohorts", "gpu")}


def model_takes(model):
    """What a model is shown of a frame."""
    return "images" if "offsets" in MODELS[model] else kinds.takes_of(MODELS, model)


def is_immune(model):
    """Whether every attacked parameter acts after what a model is shown."""
    attacked = [name for attack in attacks_of(model) for name in box_of(attack)]
    return not kinds.reached_by(MODELS, model, attacked)


def model_kind(model):
    """What makes a model differ from a plain network, in words."""
    settings = MODELS[base_of(model)] | MODELS[model]
    takes = kinds.takes_of(MODELS, model)
    reconstructions = settings.get("reconstructions") or {}
    training = "adversarial" if reconstructions.get("worst_of", 1) > 1 else "augmented"
    words = [
        *(["ensemble"] if "offsets" in settings else []),
        *([f"{settings['falsified']} falsified"] if "falsified" in settings else []),
        *([f"texture, {settings['texture']}"] if "texture" in settings else []),
        *([VIEW_KINDS[takes]] if takes in VIEW_KINDS else []),
        *([training] if reconstructions else []),
    ]
    return ", ".join(words) or ("brought" if is_brought(model) else "plain")


def history_files(model):
    """What was noted of each training of a model."""
    return [
        str(Path(network["file"]).with_suffix(".history.csv"))
        for network in networks(model)
        if not is_brought(model)
    ]
