"""What is wrong with the decisions of a configuration's models, and with its units of frames."""

from collections.abc import Iterator, Mapping
from typing import Any

from reconattack.attacks.method import declared
from reconattack.attacks.units import KNOWN
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.declared import declared_decision
from reconattack.classifiers.kinds import decision_kind, training_cohorts_of
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import GEOMETRY, NEUTRAL
from reconattack.simulation.outlines import ORGANS


def decision_errors(config: Mapping[str, Any]) -> list[str]:
    """Decisions that differ between models, or that something in the run does not know."""
    run, models = config["run"], config["models"]
    kinds = {name: decision_kind(models, name) for name in run["models"]}
    found = ", ".join(f"models.{name} {kind}" for name, kind in kinds.items())
    if len(set(kinds.values())) > 1:
        return [
            f"  run.models: they decide otherwise ({found}); expected one kind of decision: run "
            "the others by themselves"
        ]
    kind = next(iter(kinds.values()))
    if kind == "binary":
        return []
    errors = [
        f"  {key}: it is known of binary decisions alone, and run.models decide {kind}; expected "
        f"{key}: null"
        for key in ("defences", "agreement")
        if config.get(key)
    ]
    return errors + [
        f"  run.attacks: {attack!r} follows slopes, known of means over settings for binary "
        f"decisions alone; expected another method for models.{name}"
        for attack in run["attacks"]
        for name in run["models"]
        if declared(config["attacks"][attack]["method"]).white_box
        and "offsets" in models[name]
        and attack in models[name].get("attacks", [attack])
    ]


def unit_errors(config: Mapping[str, Any]) -> list[str]:
    """Units of frames whose rule, or whose frames, an attack on them does not know."""
    run = config["run"]
    if run.get("unit", "frame") == "frame":
        if "unit_rule" in run:
            return ["  run.unit_rule: run.unit is frame, which needs no rule; expected no such key"]
        return []
    kind, rule = decision_kind(config["models"], run["models"][0]), run.get("unit_rule", "mean")
    errors = []
    if rule not in KNOWN[kind]:
        known = " or ".join(KNOWN[kind])
        errors.append(
            f"  run.unit_rule: {rule!r} makes no {kind} decision of several frames; expected "
            f"{known or 'run.unit: frame'}"
        )
    if config["cohorts"][run["cohort"]]["kind"] == "images":
        errors.append(
            f"  run.unit: {run['unit']!r} is known of RF frames alone, and run.cohort "
            f"{run['cohort']!r} holds images; expected frame"
        )
    return errors


def declared_errors(model: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the decision that a model declares."""
    try:
        decision = declared_decision(model.get("decision"))
    except InputError as error:
        yield str(error)
        return
    names = model.get("classes", ())
    expected = len(decision.classes) if isinstance(decision, Classes) else 2
    if names and len(names) != expected:
        yield f"classes: found {len(names)} names; expected {expected}"
    if decision and "positive_class" in model:
        yield "positive_class: it is declared beside decision; expected it of a binary decision"


def given_mask_errors(base: str, config: Mapping[str, Any]) -> Iterator[str]:
    """What keeps a model from being compared with the given masks of the run's frames."""
    run, model = config["run"], config["models"][base]
    decision, cohort = model.get("decision") or {}, run["cohort"]
    if decision.get("kind") != "mask" or "truth" not in decision:
        return
    takes = model.get("takes", "image")
    if not takes.startswith("image"):
        yield (
            f"decision.truth: given masks lie in B-mode images, and the model takes {takes}; "
            "expected a model that takes images, or no truth"
        )
    initial = config["reconstruction"]["initial"]
    moved = [name for name in GEOMETRY if initial.get(name, NEUTRAL[name]) != NEUTRAL[name]]
    if moved:
        yield (
            "decision.truth: given masks lie in images of neutral geometry, and "
            f"reconstruction.initial has {', '.join(moved)}; expected none of them, or no truth"
        )
    kind = config["cohorts"][cohort]["kind"]
    if kind == "simulated_channel":
        yield (
            f"decision.truth: the frames of {cohort} are simulated without masks (kind {kind}); "
            "expected a cohort of kind table, channel, images or simulated_rf, or no truth"
        )
    if kind != "simulated_rf":
        return
    unknown = [name for name in decision["structures"] if name not in ORGANS]
    if unknown and "network" not in model:
        yield (
            f"decision.structures: the masks of simulated frames have no {', '.join(unknown)}; "
            f"expected some of {', '.join(ORGANS)}, or no truth"
        )
    if "labels" in decision:
        yield (
            f"decision.labels: the frames of {cohort} are simulated, and their masks name the "
            "structures themselves; expected no such key"
        )


def mask_errors(base: str, config: Mapping[str, Any]) -> Iterator[str]:
    """What a network that the run trains for masks has no true masks of."""
    run, model = config["run"], config["models"][base]
    if decision_kind(config["models"], base) != "mask":
        return
    unknown = [name for name in model["decision"]["structures"] if name not in ORGANS]
    if unknown:
        yield (
            f"decision.structures: the simulation has no outline of {', '.join(unknown)}; expected "
            f"some of {', '.join(ORGANS)}"
        )
    if model.get("image_cohorts", run["image_cohorts"]):
        yield ("image_cohorts: images have no true masks to train on; expected image_cohorts: []")
    trained_on = [*training_cohorts_of(config["models"], base, run)]
    trained_on += [] if run["protocol"] == "held_out" else [run["cohort"]]
    real = [name for name in trained_on if config["cohorts"][name]["kind"] != "simulated_rf"]
    if real:
        yield (
            f"decision.kind: a network learns masks from the simulation's own anatomy, which the "
            f"frames of {', '.join(real)} do not have; expected cohorts of kind simulated_rf to "
            "train on, or a model that was trained elsewhere (source)"
        )
    clips = [name for name in trained_on if config["cohorts"][name].get("frames", 1) > 1]
    if clips:
        yield (
            f"decision.kind: masks are known of a patient's first frame, and {', '.join(clips)} "
            "has clips; expected cohorts without frames to train on (run.protocol: held_out keeps "
            "run.cohort out)"
        )
