"""What is wrong with the guards of a configuration's models, and with the attacks on them."""

from collections.abc import Iterator, Mapping
from typing import Any

from reconattack.attacks.method import declared
from reconattack.attacks.space import search_space
from reconattack.classifiers.kinds import IMMUNE_TO, is_brought, takes_of
from reconattack.errors import InputError


def guard_errors(config: Mapping[str, Any]) -> list[str]:
    """Guards that cannot be fitted or that no attack knows, and attacks without a guard to pass."""
    run, models, attacks = config["run"], config["models"], config["attacks"]
    guarded = [attack for attack in run["attacks"] if attacks[attack].get("guarded")]
    errors = [
        f"  models.{name}.guard{line}"
        for name in run["models"]
        if "guard" in models[name]
        for line in _errors_of_guard(name, config, guarded)
    ]
    errors += [
        f"  attacks.{attack}.guarded: {line}"
        for attack in guarded
        for line in _errors_of_attack(attack, config)
    ]
    return errors


def _errors_of_guard(name: str, config: Mapping[str, Any], guarded: list[str]) -> Iterator[str]:
    run, models = config["run"], config["models"]
    if "of" in models[name]:
        yield (
            f": {name} is derived from models.{models[name]['of']}; expected the guard of a model "
            "that the run trains"
        )
        return
    if is_brought(models, name):
        yield (
            f": {name} was trained elsewhere, and its training patients, to which a guard is "
            "fitted, are unknown; expected a model that the run trains"
        )
        return
    if takes_of(models, name) in IMMUNE_TO:
        yield (
            f": {name} takes {takes_of(models, name)}, and a guard judges the picture that a model "
            "is shown; expected a model that takes the image"
        )
    if config["cohorts"][run["cohort"]]["kind"] == "images":
        yield (
            f": run.cohort {run['cohort']!r} holds finished images, and a guard is known of "
            "pictures of RF frames alone; expected a cohort of RF frames"
        )
    if run["protocol"] == "resubstitution":
        yield (
            ": run.protocol is resubstitution, and false alarms are counted on patients that the "
            "guard does not know; expected patient_folds or held_out"
        )
    if not set(models[name].get("attacks", guarded)) & set(guarded):
        yield (
            f": no attack on {name} has to pass it, and what a guard catches tells little without "
            "one that knows it; expected an attack with guarded: true in run.attacks, and in the "
            "model's attacks if it names its own"
        )
    yield from _envelope_errors(config["models"][name]["guard"]["envelope"], config)


def _envelope_errors(envelope: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    """What keeps an envelope from being a box around the initial setting."""
    boxes = {name: {"box": box} for name, box in envelope.items()}
    try:
        search_space(config["reconstruction"]["initial"], boxes)
    except InputError as error:
        for line in str(error).splitlines():
            name, dot, rest = line.partition(".box is ")
            yield f".envelope.{name} is {rest}" if dot else f".envelope: {line}"


def _errors_of_attack(attack: str, config: Mapping[str, Any]) -> Iterator[str]:
    run, models, method = config["run"], config["models"], config["attacks"][attack]["method"]
    flags = declared(method)
    if flags.white_box:
        yield (
            f"method {method} follows slopes, which a guard does not have; expected a black-box "
            "search"
        )
    elif flags.finds not in (None, "margins"):
        yield (
            f"method {method} finds a {flags.finds}, of the decision alone; expected a black-box "
            "search"
        )
    if run.get("unit", "frame") != "frame":
        yield (
            f"run.unit is {run['unit']}, and a guard judges the picture of one frame; expected "
            "run.unit: frame"
        )
    named = [name for name in run["models"] if attack in models[name].get("attacks", ())]
    without = [name for name in named if "guard" not in models[name]]
    if without:
        yield (
            f"models.{without[0]} names it among its attacks and has no guard; expected "
            f"models.{without[0]}.guard"
        )
    if not any("guard" in models[name] for name in run["models"]):
        yield "no model of the run has a guard; expected models.<name>.guard"
