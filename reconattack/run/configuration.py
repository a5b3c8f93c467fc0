"""The configuration: checked as a whole before anything runs, every error with its key."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reconattack.attacks.drawn_settings import setting_space
from reconattack.attacks.lattice import lattice_axes
from reconattack.attacks.method import declared
from reconattack.attacks.proof.cell import KNOBS
from reconattack.attacks.space import SearchSpace, search_space
from reconattack.classifiers.backends.model_files import is_keras_file
from reconattack.classifiers.kinds import (
    IMMUNE_TO,
    base_of,
    decision_kind,
    is_brought,
    is_network,
    reached_by,
    takes_of,
    training_cohorts_of,
)
from reconattack.classifiers.resize.declaration import CHOICES, TRAINED_HERE, resize_errors
from reconattack.classifiers.training.network import network_conflict
from reconattack.errors import InputError
from reconattack.frames.scanner import FACTS, scanner_errors
from reconattack.frames.stated_picture import shape_errors
from reconattack.reconstruction.parameters import (
    BEAM,
    GEOMETRY,
    NEUTRAL,
    OF_SAMPLES,
    PARAMETERS,
    PICTURE,
    SLOPED,
)
from reconattack.run.channel_errors import CHANNEL_KINDS, channel_errors
from reconattack.run.decision_errors import (
    decision_errors,
    declared_errors,
    given_mask_errors,
    mask_errors,
    unit_errors,
)
from reconattack.run.guard_errors import guard_errors
from reconattack.run.schema import complete_schema
from reconattack.run.schema_errors import lines_of, meant
from reconattack.run.transfer_errors import transfer_errors
from reconattack.run.typed_values import Validator

RENAMED = {"run": {"rf_cohort": "cohort"}}
RF_KINDS = ("table", "simulated_rf", *CHANNEL_KINDS)
RECORDED_KINDS = ("table", "channel", "images")
TRAINING_KINDS = (*RF_KINDS, "transferred")
TRAINED_ON = {  # keys, and the recorded kinds that they name
    "training_cohorts": "table or channel",
    "image_cohorts": "images",
}
JUDGED_KINDS = (*RF_KINDS, "images")
NEVER_JUDGED = {  # kinds, and what they hold
    "simulated_images": "images whose levels are not known",
    "simulated_phantom": "frames of a phantom",
    "transferred": "frames that were transferred to train",
}
IMAGE_KINDS = ("images", "simulated_images")
PINNED = re.compile(r"(docker|oras)://\S+@sha256:[0-9a-f]{64}")


def check_configuration(config: Mapping[str, Any], schema: Path | str) -> None:
    """Raise InputError with a line for each error in a configuration.

    Parameters
    ----------
    config
        The merged configuration, with `typed_values`.
    schema
        Its JSON schema, a YAML file.
    """
    validator = Validator(complete_schema(schema))
    errors, known = renamed_errors(config)
    errors += [line for error in validator.iter_errors(known) for line in lines_of(error)]
    errors += _scanner_errors(config)
    if not errors:
        errors = _selection_errors(config)
    if not errors:
        errors = [
            *(*_cohort_errors(config), *_model_errors(config), *_box_errors(config)),
            *(*_slope_errors(config), *_proof_errors(config), *_accidental_errors(config)),
            *(*_start_errors(config), *_picture_errors(config), *_beam_errors(config)),
            *_container_errors(config),
            *_text_errors(config),
            *(*_declaration_errors(config), *channel_errors(config)),
        ]
    if errors:
        raise InputError("\n".join(["the configuration cannot be used:", *errors]))


def container_image(image: str, root: Path | str, is_used: bool) -> str:
    """The container image as Snakemake takes it: an address, or the path of a file.

    Parameters
    ----------
    image
        What `container.image` gives; a path is relative to `root`.
    root
        Folder of the Snakefile.
    is_used
        Whether this run has its jobs work in the container.

    Raises
    ------
    InputError
        If the file is needed and is not there.
    """
    if _is_address(image):
        return image
    path = Path(root) / image
    if is_used and not path.exists():
        raise InputError(
            f"container.image: {path} is not there; expected the image in which --sdm apptainer "
            f"runs the jobs: build it with `make sif` in {root}, or name another one"
        )
    return str(path)


def renamed_errors(config: Mapping[str, Any]) -> tuple[list[str], Mapping[str, Any]]:
    """A line for each key under a former name, and the configuration without these keys."""
    errors, known = [], config
    for section, names in RENAMED.items():
        keys = config.get(section) if isinstance(config, Mapping) else None
        for old, new in names.items():
            if isinstance(keys, Mapping) and old in keys:
                errors.append(
                    f"  {section}.{old}: its name is {section}.{new} now; rename it in your file"
                )
                keys = {key: value for key, value in keys.items() if key != old}
                known = {**known, section: keys}
    return errors, known


def _scanner_errors(config: Mapping[str, Any]) -> list[str]:
    """Numbers of scanners in another unit, and facts of another probe.

    The schema may not fit: what is no map has its error from there, and so have numbers below 0.
    """
    scanners = config.get("scanners") if isinstance(config, Mapping) else None
    return [
        f"  scanners.{name}: {line}"
        for name, facts in (scanners.items() if isinstance(scanners, Mapping) else ())
        if isinstance(facts, Mapping)
        for line in scanner_errors(
            {
                key: value
                for key, value in facts.items()
                if key in FACTS and (isinstance(value, str) or (_is_number(value) and value > 0))
            }
        )
    ]


def _declaration_errors(config: Mapping[str, Any]) -> list[str]:
    """Grey maps and regions of pictures that cannot be."""
    return [
        f"  scanners.{name}.picture: {line}"
        for name, facts in config["scanners"].items()
        for line in shape_errors(facts.get("picture", {}))
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _selection_errors(config: Mapping[str, Any]) -> list[str]:
    """What is selected or referred to but not defined."""
    run = config["run"]
    selected = {
        "run.cohort": ("cohorts", [run["cohort"]]),
        "run.image_cohorts": ("cohorts", run["image_cohorts"]),
        "run.models": ("models", run["models"]),
        "run.attacks": ("attacks", run["attacks"]),
        "run.training_cohorts": ("cohorts", run.get("training_cohorts", [])),
        **{
            f"models.{name}.{key}": ("cohorts", model[key])
            for name, model in config["models"].items()
            for key in ("image_cohorts", "training_cohorts")
            if key in model
        },
        **{
            f"models.{name}.of": ("models", [model["of"]])
            for name, model in config["models"].items()
            if "of" in model
        },
        "validation.cohort": ("cohorts", config.get("validation", {}).values()),
        **{
            f"cohorts.{name}.scanner": ("scanners", [cohort["scanner"]])
            for name, cohort in config["cohorts"].items()
            if "scanner" in cohort
        },
        **{
            f"cohorts.{name}.{key}": ("cohorts", [other])
            for name, cohort in config["cohorts"].items()
            if cohort["kind"] == "transferred"
            for key, other in {
                "of": cohort["of"],
                **{f"calibration.{side}": of for side, of in cohort["calibration"].items()},
            }.items()
        },
        **{
            f"titles.{section}": (section, titles)
            for section, titles in config.get("titles", {}).items()
            if section != "controls"
        },
    }
    errors = [
        f"  {key}: {name!r} is not defined under {section}; {meant(name, list(config[section]))}"
        for key, (section, names) in selected.items()
        for name in names
        if name not in config[section]
    ]
    controls = sorted({parameter.control for parameter in PARAMETERS.values()})
    return errors + [
        f"  titles.controls: {name!r} is no control; {meant(name, controls)}"
        for name in config.get("titles", {}).get("controls", {})
        if name not in controls
    ]


def _cohort_errors(config: Mapping[str, Any]) -> list[str]:
    """Images where RF frames are needed, and boxes without a pixel."""
    run = config["run"]
    judged = run["cohort"]
    kind = config["cohorts"][judged]["kind"]
    image_cohorts = {"run.image_cohorts": run["image_cohorts"]} | {
        f"models.{name}.image_cohorts": model["image_cohorts"]
        for name, model in config["models"].items()
        if "image_cohorts" in model
    }
    errors = [
        f"  {key}: {name!r} holds RF frames (kind {config['cohorts'][name]['kind']}); expected "
        f"cohorts of kind {' or '.join(IMAGE_KINDS)}"
        for key, names in image_cohorts.items()
        for name in names
        if config["cohorts"][name]["kind"] not in IMAGE_KINDS
    ]
    training_cohorts = {"run.training_cohorts": run.get("training_cohorts", [])} | {
        f"models.{name}.training_cohorts": model["training_cohorts"]
        for name, model in config["models"].items()
        if "training_cohorts" in model
    }
    errors += [
        f"  {key}: {judged!r} is run.cohort, whose frames are judged; expected other cohorts "
        "(run.protocol says whether the judged frames train as well)"
        for key, names in training_cohorts.items()
        if judged in names
    ]
    errors += [
        f"  {key}: {name!r} holds no RF frames of patients (kind "
        f"{config['cohorts'][name]['kind']}); expected cohorts of kind "
        f"{' or '.join(TRAINING_KINDS)}"
        for key, names in training_cohorts.items()
        for name in names
        if config["cohorts"][name]["kind"] not in TRAINING_KINDS
    ]
    errors += _simulated_training_errors(config)
    errors += transfer_errors(config)
    if kind not in JUDGED_KINDS:
        errors.append(
            f"  run.cohort: {judged!r} holds {NEVER_JUDGED[kind]} (kind {kind}); "
            f"expected a cohort of kind {' or '.join(JUDGED_KINDS)}"
        )
    errors += [
        f"  {key}: {judged!r} is run.cohort, whose images are judged; expected other cohorts "
        "(run.protocol says whether the judged images train as well)"
        for key, names in image_cohorts.items()
        if judged in names
    ]
    for name, cohort in config["cohorts"].items():
        left, top, right, bottom = cohort.get("box", (0, 0, 1, 1))
        if not (left < right and top < bottom):
            errors.append(
                f"  cohorts.{name}.box is {cohort['box']}; expected left, top, right, bottom with "
                "left < right and top < bottom"
            )
    return errors


def _simulated_training_errors(config: Mapping[str, Any]) -> list[str]:
    """Simulated cohorts that would train a model of frames that are not simulated."""
    run, cohorts, models = config["run"], config["cohorts"], config["models"]
    judged = run["cohort"]
    trained = [name for name in run["models"] if not is_brought(models, name)]
    if cohorts[judged]["kind"] not in RECORDED_KINDS or not trained:
        return []
    named = {f"run.{key}": run.get(key, []) for key in TRAINED_ON}
    named |= {
        f"models.{name}.{key}": models[base_of(models, name)][key]
        for name in trained
        for key in TRAINED_ON
        if key in models[base_of(models, name)]
    }
    return [
        f"  {place}: {name!r} is simulated, and run.cohort {judged!r}, which "
        f"models.{trained[0]} classifies, is not; expected {key}: [] or cohorts of kind "
        f"{TRAINED_ON[key]}"
        for place, names in named.items()
        for key in [place.split(".")[-1]]
        for name in names
        if cohorts[cohorts[name].get("of", name)]["kind"].startswith("simulated")
    ]


def _model_errors(config: Mapping[str, Any]) -> list[str]:
    """Models that cannot be what they are declared to be."""
    run = config["run"]
    errors = [line for name in run["models"] for line in _errors_of_model(name, config)]
    baseline = config.get("defences", {}).get("baseline", run["models"][0])
    if baseline not in run["models"]:
        errors.append(
            f"  defences.baseline: {baseline!r} is not in run.models; expected one of "
            f"{', '.join(run['models'])}"
        )
    if run["protocol"] == "held_out":
        errors += _untrained_errors(config)
    return [*errors, *decision_errors(config), *unit_errors(config), *guard_errors(config)]


def _untrained_errors(config: Mapping[str, Any]) -> list[str]:
    """Models that nothing is left to train on.

    Images alone train a model of images, and one that says so itself (`training_cohorts: []`).
    """
    run, models = config["run"], config["models"]
    trained = [name for name in run["models"] if not is_brought(models, name)]
    untrained = [
        name for name in trained or run["models"] if not training_cohorts_of(models, name, run)
    ]
    if not untrained:
        return []
    bases = [models[base_of(models, name)] for name in trained if name in untrained]
    of_images = config["cohorts"][run["cohort"]]["kind"] == "images"
    if (of_images or bases) and all(
        base.get("image_cohorts", run["image_cohorts"])
        and (of_images or base.get("training_cohorts") == [])
        for base in bases
    ):
        return []
    keeps = "  run.protocol: held_out keeps run.cohort out of the training; expected cohorts of "
    if not of_images:
        return [f"{keeps}RF frames to train on under run.training_cohorts"]
    return [
        f"{keeps}images to train on under run.image_cohorts, or of RF frames under "
        "run.training_cohorts"
    ]


def _errors_of_model(name: str, config: Mapping[str, Any]) -> Iterator[str]:
    run, models = config["run"], config["models"]
    base, takes = base_of(models, name), takes_of(models, name)
    if "of" in models[base]:
        yield (
            f"  models.{name}.of: {base!r} asks another model itself; expected a model that is "
            "trained here or brought"
        )
    for error in _resize_errors(models[base], config["reconstruction"]):
        yield f"  models.{base}.{error}"
    for error in (*declared_errors(models[base]), *given_mask_errors(base, config)):
        yield f"  models.{base}.{error}"
    conflict = network_conflict(models[base])
    if conflict:
        yield f"  models.{base}.{conflict}"
    elif is_network(models, name):
        for error in mask_errors(base, config):
            yield f"  models.{base}.{error}"
    if "offsets" in models[name] and decision_kind(models, name) == "mask":
        yield (
            f"  models.{name}.offsets: models.{base} outlines, and masks of several settings have "
            "no mean; expected a model of another decision"
        )
    unknown = [attack for attack in models[name].get("attacks", []) if attack not in run["attacks"]]
    if unknown:
        yield (
            f"  models.{name}.attacks: {', '.join(unknown)} not in run.attacks; expected some of "
            f"{', '.join(run['attacks'])}"
        )
    if "falsified" in models[name] and takes != "image+parameters":
        yield (
            f"  models.{name}.falsified: models.{base} takes {takes}; expected a model that takes "
            "image+parameters"
        )
    if takes in IMMUNE_TO and models[base].get("image_cohorts", run["image_cohorts"]):
        yield (
            f"  models.{base}: it takes {takes}, which images do not have; expected "
            "image_cohorts: []"
        )
    if takes in IMMUNE_TO:
        for attack in models[name].get("attacks", run["attacks"]):
            settings = config["attacks"].get(attack)
            reached = reached_by(models, name, settings["parameters"]) if settings else []
            if reached and not declared(settings["method"]).exhaustive:
                yield (
                    f"  models.{name}: attacks.{attack} moves {', '.join(reached)}, which can "
                    f"change what the model takes ({takes}); expected an attack that moves "
                    "nothing of it, or a grid: name the others under the model's attacks"
                )


def _resize_errors(model: Mapping[str, Any], reconstruction: Mapping[str, Any]) -> list[str]:
    """What is wrong with how a brought model says that images are resized."""
    size, here = model.get("input_size"), reconstruction["resize"]
    if "network" in model or "texture" in model:
        return []
    if "resize" in model:
        errors = [f"resize.{error}" for error in resize_errors(model["resize"], size)]
        if size is None and "source" not in model:
            errors.append("resize: images keep their own size; expected input_size with it")
        return errors
    if "source" in model and dict(here) != TRAINED_HERE:
        return [
            f"resize: not stated, and reconstruction.resize is {dict(here)}, which holds for the "
            f"networks that this run trains; expected {CHOICES}"
        ]
    return []


def _box_errors(config: Mapping[str, Any]) -> list[str]:
    """What keeps the selected attacks from moving in their boxes."""
    initial = config["reconstruction"]["initial"]
    errors = []
    for name in config["run"]["attacks"]:
        attack = config["attacks"][name]
        try:
            space = search_space(initial, attack["parameters"], name)
        except InputError as error:
            errors += [f"  {line}" for line in str(error).splitlines()]
        else:
            errors += _lattice_errors(name, attack, space)
    return errors


def _lattice_errors(name: str, attack: Mapping[str, Any], space: SearchSpace) -> list[str]:
    """Why the steps of a grid make no lattice in its box."""
    if "lattice" not in attack:
        return []
    try:
        lattice_axes(space, attack["lattice"], attack["max_points"])
    except InputError as error:
        return [f"  attacks.{name}.{line}" for line in str(error).splitlines()]
    return []


def _slope_errors(config: Mapping[str, Any]) -> list[str]:
    """Why the selected white-box attacks would not know the slopes that they follow."""
    run, initial = config["run"], config["reconstruction"]["initial"]
    models = config["models"]
    methods = {name: config["attacks"][name]["method"] for name in run["attacks"]}
    white_box = [name for name, method in methods.items() if declared(method).white_box]
    errors = [
        f"  run.attacks: {attack!r} (method {methods[attack]}) needs slopes, which models.{name} "
        "does not have; expected a network trained here or a .keras file as source: leave the "
        "attack or the model out of the run"
        for attack in white_box
        for name in run["models"]
        if attack in config["models"][name].get("attacks", [attack])
        and not is_network(models, name)
        and not is_keras_file(models[base_of(models, name)])
    ]
    errors += [
        f"  attacks.{attack}.parameters.{name}: method {methods[attack]} does not know the slope "
        f"of the picture in it; expected parameters out of {', '.join(SLOPED)}"
        for attack in white_box
        for name in config["attacks"][attack]["parameters"]
        if name not in SLOPED
    ]
    filters = [name for name in PICTURE if name not in SLOPED and initial.get(name)]
    return errors + [
        f"  reconstruction.initial.{name}: run.attacks selects {attack!r} (method "
        f"{methods[attack]}), which does not know the slope of the picture through it; expected 0"
        for attack in white_box
        for name in filters
    ]


def _proof_errors(config: Mapping[str, Any]) -> list[str]:
    """Why the selected proofs would know no bound of a model, or of a parameter's effect."""
    run, models = config["run"], config["models"]
    methods = {name: config["attacks"][name]["method"] for name in run["attacks"]}
    proofs = [name for name, method in methods.items() if declared(method).finds == "proof"]
    errors = [
        f"  run.attacks: {attack!r} (method {methods[attack]}) knows no bound of models.{name}; "
        "expected a network trained here, an .onnx file or a .keras file that takes the image, or "
        "the mean of one over settings: leave the attack out of the run, or name the model's own "
        "attacks in its `attacks`"
        for attack in proofs
        for name in run["models"]
        if attack in models[name].get("attacks", [attack]) and not _is_provable(models, name)
    ]
    return errors + [
        f"  attacks.{attack}.parameters.{name}: method {methods[attack]} knows no bound of the "
        f"picture's change with it; expected parameters out of {', '.join(KNOBS)}"
        for attack in proofs
        for name in config["attacks"][attack]["parameters"]
        if name not in KNOBS
    ]


def _picture_errors(config: Mapping[str, Any]) -> list[str]:
    """What finished images cannot do: move what acts on samples, or begin with a stage of ours."""
    run, initial = config["run"], config["reconstruction"]["initial"]
    if config["cohorts"][run["cohort"]]["kind"] != "images":
        return []
    errors = [
        f"  {place}.parameters.{name}: it acts on RF samples, and run.cohort {run['cohort']!r} "
        "holds images; expected other parameters"
        for place, parameters in _moved_parameters(config).items()
        for name in parameters
        if name in OF_SAMPLES
    ]
    if config.get("agreement"):
        errors.append(
            f"  agreement: run.cohort {run['cohort']!r} holds images, and audits of pictures are "
            "compared with those of RF; expected a cohort of RF frames, or agreement: null"
        )
    errors += [
        f"  reconstruction.initial.{name}: run.cohort {run['cohort']!r} holds finished images, "
        f"which begin without it; expected {NEUTRAL[name]:g}, or no such key"
        for name in (*OF_SAMPLES, *GEOMETRY, *PICTURE)
        if initial.get(name, NEUTRAL[name]) != NEUTRAL[name]
    ]
    return errors + [
        f"  models.{name}: it takes {takes_of(config['models'], name)}, and run.cohort "
        f"{run['cohort']!r} holds images; expected a model that takes the image"
        for name in run["models"]
        if takes_of(config["models"], name) in IMMUNE_TO
    ]


def _beam_errors(config: Mapping[str, Any]) -> list[str]:
    """What RF frames cannot do without channel data: move or begin with a beamformer's setting."""
    run, cohorts, initial = config["run"], config["cohorts"], config["reconstruction"]["initial"]
    used = [("run.cohort", run["cohort"])]
    used += [("run.training_cohorts", name) for name in run.get("training_cohorts", [])]
    if config.get("validation"):
        used.append(("validation.cohort", config["validation"]["cohort"]))
    without = [kind for kind in RF_KINDS if kind not in CHANNEL_KINDS]
    expected = f"expected a cohort of kind {' or '.join(CHANNEL_KINDS)}"
    errors = []
    if cohorts[run["cohort"]]["kind"] in without:
        errors = [
            f"  {place}.parameters.{name}: it acts on channel data, which run.cohort "
            f"{run['cohort']!r} does not have; {expected}, or other parameters"
            for place, parameters in _moved_parameters(config).items()
            for name in parameters
            if name in BEAM
        ]
    return errors + [
        f"  reconstruction.initial.{name}: {place} {cohort!r} has no channel data; {expected}, or "
        f"{NEUTRAL[name]:g}, or no such key"
        for place, cohort in used
        if cohorts[cohort]["kind"] in without
        for name in BEAM
        if initial.get(name, NEUTRAL[name]) != NEUTRAL[name]
    ]


def _moved_parameters(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The boxes that a run's attacks and accidental settings lie in, by their place."""
    run = config["run"]
    named = {f"attacks.{name}": config["attacks"][name]["parameters"] for name in run["attacks"]}
    if config.get("accidental"):
        named["accidental"] = config["accidental"]["parameters"]
    return named


def _start_errors(config: Mapping[str, Any]) -> list[str]:
    """Which attacks are to start from flips of attacks that are unknown or start so themselves."""
    attacks = config["attacks"]
    return [
        f"  attacks.{name}.start_from: {other!r} is no attack without start_from; expected some "
        f"of {', '.join(one for one in attacks if 'start_from' not in attacks[one])}"
        for name in config["run"]["attacks"]
        for other in attacks[name].get("start_from", [])
        if other not in attacks or "start_from" in attacks[other]
    ]


def _is_provable(models: Mapping[str, Any], name: str) -> bool:
    """Whether a model may be a network of which a proof knows bounds; its file decides."""
    if "falsified" in models[name] or takes_of(models, name) not in ("image", "image+parameters"):
        return False
    kind, is_mean = decision_kind(models, name), "offsets" in models[name]
    if kind == "mask" or (kind != "binary" and is_mean):
        return False
    source = str(models[base_of(models, name)].get("source")).lower()
    return is_network(models, name) or source.endswith((".onnx", ".keras"))


def _accidental_errors(config: Mapping[str, Any]) -> list[str]:
    """What keeps settings from being drawn in their box."""
    if not config.get("accidental"):
        return []
    try:
        setting_space(config["reconstruction"]["initial"], config["accidental"]["parameters"])
    except InputError as error:
        return [f"  {line}" for line in str(error).splitlines()]
    return []


def _container_errors(config: Mapping[str, Any]) -> list[str]:
    """Images that may be other ones tomorrow."""
    image = config["container"]["image"]
    if not _is_address(image) or PINNED.fullmatch(image):
        return []
    return [
        f"  container.image: {image!r} does not say which image it is for good; expected "
        "docker://... or oras://... with @sha256: and 64 hexadecimal digits at its end, in place "
        "of a tag, or the path of a SIF"
    ]


def _text_errors(tree: Any, key: str = "") -> Iterator[str]:
    """Texts that would be markup in the report, into which Snakemake puts them as they are."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _text_errors(value, f"{key}.{name}".lstrip("."))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from _text_errors(value, f"{key}.{number}")
    elif isinstance(tree, str) and set(tree) & set("<>"):
        yield f"  {key}: found {tree!r}; expected a text without < and >"


def _is_address(image: str) -> bool:
    return "://" in image
