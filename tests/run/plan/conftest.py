"""A small configuration, and plans of it with some keys changed."""

import copy
from collections.abc import Callable, Mapping

import pytest

from reconattack.run.plan.plan import Plan
from tests.places import ROOT
from tests.workflow.workflow_run import merged

FRAMES_SCHEMA = ROOT / "schemas" / "frames.schema.json"
BOX = {"beta": {"box": [0.5, 1.3]}, "alpha_lower": {"box": [5, 15]}}
CONFIG = {
    "run": {
        "cohort": "judged",
        "image_cohorts": ["pictures"],
        "models": ["compact"],
        "attacks": ["steps", "corners"],
        "seeds": [0],
        "protocol": "patient_folds",
        "folds": 2,
        "frames_per_job": 4,
        "cutoff": 0.5,
        "visible_limit": {"ssim": 0.8},
        "classes": ["normal", "fatty"],
    },
    "cohorts": {
        "judged": {"kind": "simulated_rf", "scanner": "convex", "patients": 6},
        "further": {"kind": "simulated_rf", "scanner": "convex", "patients": 3},
        "pictures": {"kind": "simulated_images", "scanner": "linear", "patients": 5},
    },
    "scanners": {
        "convex": {"probe_radius": 0.05, "simulation": {}, "calibration_frames": ["judged-001"]},
        "linear": {"lateral_span": 0.04, "simulation": {}},
    },
    "reconstruction": {"initial": {"beta": 0.9}, "rows": 64},
    "models": {
        "compact": {"network": "compact", "max_epochs": 8, "gpu": 0, "threads": 1},
        "large": {"network": "InceptionV3", "max_epochs": 10, "threads": 4},
        "svm": {"texture": "svm"},
        "theirs": {"source": "models/theirs.onnx", "threads": 2, "scaling": {"divide": 255}},
        "keras": {"source": "models/theirs.keras"},
        "product": {"http": "http://host/judge", "requests_per_second": 5},
        "ensemble": {"of": "compact", "offsets": [{}, {"beta": 0.1}]},
    },
    "attacks": {
        "steps": {"method": "zoo", "parameters": BOX},
        "corners": {"method": "corners", "parameters": BOX},
        "lattice": {"method": "grid", "parameters": BOX},
        "nearest": {"method": "minimal", "parameters": BOX},
        "each": {"method": "each_knob", "parameters": {"gain": {"box": [-3, 3]}}},
        "proof": {"method": "certify", "parameters": BOX},
        "slopes": {"method": "gradient", "parameters": BOX},
    },
}


@pytest.fixture
def plan_of() -> Callable[..., Plan]:
    """Plan the small configuration with some keys laid over it."""

    def plan_of(keys: Mapping | None = None, **run: object) -> Plan:
        changed = merged(merged(CONFIG, keys or {}), {"run": run})
        return Plan.of(copy.deepcopy(changed), FRAMES_SCHEMA)

    return plan_of
