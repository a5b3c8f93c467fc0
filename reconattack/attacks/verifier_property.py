"""One frame under one network, with the box of an attack, as files for other people's verifiers."""

from collections.abc import Mapping
from typing import Any

import onnx
import xarray as xr

from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target, judge_start
from reconattack.attacks.proof.frame import frame_bound, provable_box, provable_network
from reconattack.attacks.proof.verifier_files import chain_model, property_text
from reconattack.attacks.run import labels_of
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
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
        Probability from which a frame counts as fatty.
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
    if judge.decision:
        raise InputError(
            f"model {judge.name} decides {judge.decision.kind}: no file for verifiers is known of "
            "it; expected a binary decision"
        )
    if judge.takes != "image":
        raise InputError(
            f"model {judge.name}: no file for verifiers is known of a network that takes "
            f"{judge.takes}; expected one of the image alone"
        )
    box = provable_box(space, reconstruction.setting)
    target = Target(Oracle([reconstruction], judge), labels_of([frame]), Binary(cutoff))
    (path,) = judge_start(target, space)
    if path.stop_reason:
        raise InputError(
            f"frame {name} is misclassified at the initial setting, so no decision can be verified"
        )
    bound = frame_bound(reconstruction, network, judge.network_input, box, path.reference, cutoff)
    facts = {
        **of,
        "frame": name,
        "box of attack": attack,
        "decision": f"{path.reference} (1 fatty, 0 normal), cut-off {cutoff:g}",
        "log-odds of 1 at the initial setting": f"{path.scores[0]:.6f}",
        "left out": "the rounding to 8 bits, float32, the bend of levels over beta",
    }
    return chain_model(bound, box), property_text(box, facts)
