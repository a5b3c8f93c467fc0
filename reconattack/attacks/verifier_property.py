"""One frame under one network, with the box of an attack, as files for other people's verifiers."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
import xarray as xr

from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target, judge_start
from reconattack.attacks.proof.frame import (
    frame_bound,
    least_bound,
    provable_box,
    provable_network,
)
from reconattack.attacks.proof.verifier_files import chain_model, property_text
from reconattack.attacks.run import references_of
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.decision import Decision, LinearMargin
from reconattack.classifiers.decisions.declared import decision_of
from reconattack.classifiers.judge import Judge
from reconattack.errors import InputError
from reconattack.reconstruction.drawing import reconstruction_of


def verifier_property(
    name: str,
    frame: xr.Dataset,
    judge: Judge,
    attack: str,
    parameters: Mapping[str, Mapping[str, Any]],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    of: Mapping[str, str],
) -> tuple[onnx.ModelProto, str]:
    """The chain of one frame, and the question whether a setting of a box flips it.

    Parameters
    ----------
    name, frame
        The RF frame.
    judge
        The classifier.
    attack, parameters
        An attack's name and parameters, whose `box` is asked about.
    initial
        The initial setting, in each parameter's unit.
    image_rows
        Height of the pictures in pixels.
    cutoff
        Probability from which a frame counts as fatty, if the decision is binary.
    of
        What else tells where the files come from, for their comments.

    Returns
    -------
    tuple
        `reconattack.attacks.proof.verifier_files.chain_model` and `property_text`.

    Raises
    ------
    InputError
        If no bounds are known for the network or a parameter of the box, or the frame could not be
        read or is misclassified at the initial setting.
    """
    if "error" in frame.attrs:
        raise InputError(f"frame {name} could not be read: {frame.attrs['error']}")
    space = search_space(initial, parameters, attack)
    reconstruction = reconstruction_of(frame, image_rows, space.names, initial)
    network = provable_network(judge)
    if judge.takes != "image":
        raise InputError(
            f"model {judge.name}: no file for verifiers is known of a network that takes "
            f"{judge.takes}; expected one of the image alone"
        )
    box, decision = provable_box(space, reconstruction.setting), decision_of(judge, cutoff)
    truths = [decision.truth_of(frame.attrs)]
    oracle = Oracle([reconstruction], judge, decision, truths)
    target = Target(oracle, references_of(decision, truths), decision)
    (path,) = judge_start(target, space)
    if path.stop_reason == "not_grave":
        raise InputError(f"frame {name}: no decision counts as a grave change, so none is asked of")
    if path.stop_reason:
        raise InputError(
            f"frame {name} is misclassified at the initial setting, so no decision can be verified"
        )
    facts = {**of, "frame": name, "box of attack": attack}
    left_out = {"left out": "the rounding to 8 bits, float32, the bend of levels over beta"}
    score = path.scores[0]
    if isinstance(decision, Binary):
        kept = path.reference
        rule = judge.network_input
        bound = frame_bound(reconstruction, network, rule, box, kept, cutoff)
        facts["decision"] = f"{kept} (1 fatty, 0 normal), cut-off {cutoff:g}"
        facts["log-odds of 1 at the initial setting"] = f"{score:.6f}"
        return chain_model(bound, box), property_text(box, facts | left_out)
    asked = question_of(decision, oracle.reference(0))
    bound = least_bound(judge, network, reconstruction, box, asked.margins)
    facts["decision"] = asked.kept
    facts[f"margin at the initial setting [{decision.unit}]"] = f"{score:.6f}"
    return chain_model(bound, box), property_text(box, facts | left_out, asked.names, asked.flips)


class Question(NamedTuple):
    """When a decision that is not binary has flipped.

    Attributes
    ----------
    kept
        The decision that is to be kept, in words.
    margins, names
        Margins that are linear in the network's outputs, and what each is.
    flips
        Margins of which none is above 0 at a flip, for each way to flip.
    """

    kept: str
    margins: Sequence[LinearMargin]
    names: Sequence[str]
    flips: Sequence[Sequence[int]]


def question_of(decision: Decision, reference: float) -> Question:
    """When a decision has flipped from a reference: the number of a class, or a number.

    A class has flipped where one of those that count as a flip is at least as likely as each that
    does not; a number where it reaches the threshold or an end of its tolerance.
    """
    if not isinstance(decision, Classes):
        margins = decision.linear_margins(reference)
        ends = [
            f"number less {margin.threshold:g}"
            if margin.row[0] > 0
            else f"{-margin.threshold:g} less number"
            for margin in margins
        ]
        kept = f"{decision.what} between its ends, {reference:g} at the initial setting"
        return Question(kept, margins, ends, [[number] for number in range(len(margins))])
    unit, names, count = np.eye(len(decision.classes)), decision.classes, len(decision.classes)
    leaving = decision.leaving(reference)
    staying = [number for number in range(count) if number not in leaving]
    pairs = [(stays, leaves) for leaves in leaving for stays in staying]
    margins = [LinearMargin(unit[stays] - unit[leaves], 0.0) for stays, leaves in pairs]
    each = len(staying)
    return Question(
        f"{names[reference]}, kept unless {', '.join(names[k] for k in leaving)} is decided",
        margins,
        [f"score of {names[stays]} less that of {names[leaves]}" for stays, leaves in pairs],
        [[*range(first, first + each)] for first in range(0, len(pairs), each)],
    )
