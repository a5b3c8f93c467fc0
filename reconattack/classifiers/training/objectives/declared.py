"""The objective of a network, by the decision that its configuration declares."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.declared import declared_decision
from reconattack.classifiers.decisions.number import Number
from reconattack.classifiers.training.objectives.binary import BinaryObjective
from reconattack.classifiers.training.objectives.classes import ClassesObjective
from reconattack.classifiers.training.objectives.mask import MaskObjective
from reconattack.classifiers.training.objectives.number import NumberObjective
from reconattack.classifiers.training.objectives.objective import Objective


def declared_objective(
    declaration: Mapping[str, Any] | None, masks: np.ndarray | None = None
) -> Objective:
    """What a network learns.

    Parameters
    ----------
    declaration
        `decision` of the model's block of the configuration; None for a binary decision.
    masks
        True masks of the cases, uint8 (n, height, width, structure), for a decision of masks.
    """
    decision = declared_decision(declaration)
    if decision is None:
        return BinaryObjective()
    if isinstance(decision, Classes):
        return ClassesObjective(decision)
    if isinstance(decision, Number):
        return NumberObjective(decision)
    return MaskObjective(decision, masks)
