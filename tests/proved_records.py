"""Records of proofs and samples whose verdicts are known."""

import numpy as np
import xarray as xr

from reconattack.attacks.methods.certify import CertifiedPath, findings
from reconattack.attacks.proof.branching import Proof
from reconattack.attacks.record import record, with_unreadable
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from reconattack.storage import write_dataset
from tests.judged_grids import INITIAL

BOX = {"beta": {"box": [0.5, 1.1]}, "alpha_lower": {"box": [5, 15]}}
FRAMES = {  # label, proof, flip
    "proved": (1, Proof(40, [], 0.0, True, 1.0), None),
    "flips": (0, Proof(300, [], 0.7, False, 0.5), {"beta": 0.7}),
    "open": (1, Proof(300, [], 0.1, False, 0.6), None),
    "unlabelled": (-1, Proof(50, [], 0.0, True, 1.0), None),
    "wrong": (0, None, None),
    "unreadable": (1, None, None),
}


def write_proofs(path, frames=FRAMES):
    """Write the record of a proof in `BOX` from the setting 0.9, 10, 55.

    Frames are a label, -1 for none, a proof and a flip. A frame without a proof was wrong at the
    start, or could not be read if that is its name.
    """
    space = search_space(INITIAL, BOX, "certify")
    readable = [name for name in frames if name != "unreadable"]
    paths = [_path(space, *frames[name]) for name in readable]
    found = record(paths, readable, space.names, np.array([path.queries for path in paths]))
    proofs = findings(paths, None, space)
    result = with_unreadable(xr.merge([found, proofs]), list(frames))
    result["label"] = "frame", np.array([label for label, *_ in frames.values()], int)
    write_dataset(path, result, {})
    return str(path)


def _path(space, label, proof, flip):
    path = CertifiedPath(reference=max(label, 0))
    path.queries = 9
    path.append(space.initial, 1.0, Binary())
    path.best = 0
    path.proof = proof
    if proof is None:
        path.stop_reason = "wrong_at_start"
    elif flip:
        setting = dict(zip(space.names, space.initial, strict=True)) | flip
        path.append(np.array([setting[name] for name in space.names]), -1.0, Binary())
        path.stop_reason, path.best = "flipped", 1
    else:
        path.stop_reason = "certified" if proof.is_whole else "undecided"
    return path


def write_sample(path):
    """Write the record of a sample: one frame without a flip, one that was wrong at the start."""
    space = search_space(INITIAL, BOX, "sample")
    paths = [_path(space, 1, Proof(0, [], 1.0, False, 0.0), None), _path(space, 0, None, None)]
    paths[0].stop_reason = "budget"
    found = record(paths, ["kept", "wrong"], space.names, np.array([1001, 1]))
    found["label"] = "frame", [1, 0]
    values = {"n_drawn": [1000, 0], "n_flipping": [0, 0], "flip_share": [0.0, np.nan]}
    values |= {"flip_share_upper": [0.003, np.nan], "confidence": [0.95, 0.95]}
    write_dataset(path, found.assign({k: ("frame", v) for k, v in values.items()}), {})
    return str(path)
