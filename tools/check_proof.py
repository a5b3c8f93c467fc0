"""Check the proofs that `certify` stored, by other code than that which found them.

    python tools/check_proof.py [--parts N] [FOLDER | RECORD ...]

FOLDER is where `results` lies, a RECORD one of its files results/attacks/.../CHUNK.nc. For every
frame that was attacked by `certify`, three things are checked:

- The stored parts of the box fill what the record claims, without a gap. This is exact.
- In every part the decision is the same at every setting, for the 8-bit images and float32 logits
  as they are really computed. The bounds are those of tools/proof_check, which shares no code with
  reconattack/attacks/proof. All float64 arithmetic in them is enclosed: what rounding may have
  changed is bounded and counted against the proof. A part that is not proved as a whole is cut.
- The stored flip of a frame that flips is classified again, and flips.

A line is printed for each frame. Exit status: 0 if every proof holds, 1 if one does not, 2 if
nothing could be checked.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from reconattack.attacks.results import FrameResult  # noqa: E402
from reconattack.attacks.space import search_space  # noqa: E402
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier  # noqa: E402
from reconattack.classifiers.opening import open_classifier  # noqa: E402
from reconattack.errors import InputError  # noqa: E402
from reconattack.frames.chunks import open_frames  # noqa: E402
from reconattack.reconstruction.reconstruction import Reconstruction  # noqa: E402
from reconattack.run import provenance  # noqa: E402
from reconattack.run.plan.networks import Models  # noqa: E402
from reconattack.run.plan.paths import PROVENANCE, chunk_path  # noqa: E402
from reconattack.run.processor import keep_to_shared_instructions  # noqa: E402
from reconattack.storage import sha256  # noqa: E402
from tools.proof_check.frame import Checked, FrameCheck, Leaves  # noqa: E402
from tools.proof_check.network import read_network  # noqa: E402

MOST_PARTS = 1000
PROVED = ("proved_lower", "proved_upper", "proved_bound", "proved_frame")
CLAIMING = ("certified", "flipped", "undecided")


@dataclass(frozen=True)
class Record:
    """A record in a run's folder.

    Attributes
    ----------
    folder
        Where `results` lies.
    path
        The file.
    configuration
        That of the newest run.
    """

    folder: Path
    path: Path
    configuration: Mapping[str, Any]

    @property
    def network(self) -> dict[str, str]:
        """Model, seed and fold."""
        model, seed, fold = self.path.parts[-5:-2]
        seed, fold = seed.removeprefix("seed-"), fold.removeprefix("fold-")
        return {"model": model, "seed": seed, "fold": fold}

    @property
    def attack(self) -> str:
        """Name of the attack."""
        return self.path.parts[-2]

    def __str__(self) -> str:
        return "/".join(self.path.with_suffix("").parts[-5:])


def check(places: Sequence[Path], most_parts: int) -> bool:
    """Print a line for each frame with a proof; whether all hold."""
    records = [record for place in places for record in records_at(place)]
    checked = [found for record in records for found in check_record(record, most_parts)]
    if not checked:
        raise InputError(
            f"{', '.join(map(str, places))}: no frame was attacked by certify; expected frames "
            "that the model classifies right at the initial setting"
        )
    held = sum(not found.faults for found in checked)
    print(f"{held} of {len(checked)} proofs hold")
    return held == len(checked)


def records_at(place: Path) -> list[Record]:
    """The records of `certify` in a folder, or one record.

    Raises
    ------
    InputError
        If there is none.
    """
    place = place.resolve()
    folder = next((parent.parent for parent in place.parents if parent.name == "results"), None)
    if place.suffix != ".nc":
        folder = place
    elif folder is None:
        raise InputError(f"{place}: expected a record in results/attacks of a run's folder")
    runs = provenance.runs(folder / PROVENANCE)
    if not runs:
        raise InputError(f"{folder}: no {PROVENANCE}; expected a folder in which a run has ended")
    configuration = runs[-1]["configuration"]
    if place.suffix == ".nc":
        return [Record(folder, place, configuration)]
    attacks = configuration["attacks"].items()
    names = [name for name, attack in attacks if attack["method"] == "certify"]
    records = folder / "results/attacks"
    paths = [path for name in names for path in sorted(records.glob(f"*/*/*/{name}/*.nc"))]
    if not paths:
        raise InputError(
            f"{records}: holds no record of an attack by certify; expected a run whose run.attacks "
            "has an attack with method: certify"
        )
    return [Record(folder, path, configuration) for path in paths]


def check_record(record: Record, most_parts: int) -> Iterator[Checked]:
    """Check each frame of a record that has a proof, and print a line for each."""
    with xr.open_dataset(record.path) as file:
        stored = file.load()
    missing = [name for name in PROVED if name not in stored]
    if missing:
        raise InputError(
            f"{record.path}: holds no proofs ({missing[0]} is missing); expected the record of an "
            "attack by certify"
        )
    results = [FrameResult(stored.isel(frame=place)) for place in range(stored.sizes["frame"])]
    claiming = [place for place, result in enumerate(results) if result.stop_reason in CLAIMING]
    if not claiming:
        return
    models = Models(record.configuration)
    settings = record.configuration["attacks"].get(record.attack, {})
    initial = record.configuration["reconstruction"]["initial"]
    space = search_space(initial, settings.get("parameters", {}), record.attack)
    chunk = chunk_path("frames", record.configuration["run"]["rf_cohort"], record.path.stem)
    (model,) = models.files(**record.network)[:1] or [""]
    others = changed_inputs(record, stored.attrs["source"], [chunk, model])
    judge = open_classifier(
        models.settings(record.network["model"]),
        record.folder / model,
        models.resize(record.network["model"]),
    )
    if not isinstance(judge, OnnxClassifier):
        raise InputError(f"{record.path}: its model {judge.name} is no network in ONNX")
    network = read_network(str(record.folder / model), judge)
    names = [results[place].name for place in claiming]
    frames = dict(open_frames(record.folder / chunk, names))
    for place in claiming:
        result = results[place]
        label = f"{record} {result.name}"
        reconstruction = Reconstruction(
            frames[result.name],
            record.configuration["reconstruction"]["rows"],
            space.names,
            initial,
        )
        frame = FrameCheck(
            result,
            Leaves.of(stored, place),
            reconstruction,
            judge,
            network,
            space,
            record.configuration["run"]["cutoff"],
        )
        leaves = int((stored["proved_frame"] == place).sum())
        checked = frame.check(most_parts, Progress(label, leaves))
        checked.faults[:0] = others
        print(line(label, result.stop_reason, checked), flush=True)
        yield checked


def changed_inputs(record: Record, source: str, files: Sequence[str]) -> list[str]:
    """A line for each input that is not the one that the record was made from."""
    made_from = json.loads(source)
    return [
        f"{file} is not the file that the record was made from"
        for file in files
        if file in made_from and sha256(record.folder / file) != made_from[file]
    ]


def line(label: str, verdict: str, checked: Checked) -> str:
    """What was found of a frame."""
    least = f", smallest bound {checked.least:.3g}" if np.isfinite(checked.least) else ""
    answer = f"NOT PROVED: {'; '.join(checked.faults)}" if checked.faults else "ok"
    return f"{label}: {verdict}, {checked.leaves} leaves, {checked.cuts} cuts{least}, {answer}"


class Progress:
    """Says on standard error how many leaves are done, every 20."""

    def __init__(self, label: str, leaves: int) -> None:
        self._label = label
        self._leaves = leaves

    def __call__(self, done: int) -> None:
        if done % 20 == 0:
            print(f"{self._label}: {done} of {self._leaves} leaves", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("places", type=Path, nargs="*", metavar="FOLDER | RECORD")
    parser.add_argument(
        "--parts",
        type=int,
        default=MOST_PARTS,
        help=f"largest number of parts that a stored part is cut into; default {MOST_PARTS}",
    )
    options = parser.parse_args(arguments)
    keep_to_shared_instructions()
    try:
        return 0 if check(options.places or [Path()], options.parts) else 1
    except InputError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
