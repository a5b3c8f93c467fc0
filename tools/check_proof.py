"""Check the proofs that `certify` stored, by other code than that which found them.

    python tools/check_proof.py [--parts N] [--cores N] [FOLDER | RECORD ...]

FOLDER is where `results` lies, a RECORD one of its files results/attacks/.../CHUNK.nc. For every
frame that was attacked by `certify`, three things are checked:

- The stored parts of the box fill what the record claims, without a gap. This is exact.
- In every part the decision is the same at every setting, for the 8-bit images and float32 outputs
  as they are really computed. The bounds are those of tools/proof_check, which shares no code with
  reconattack/attacks/proof. All float64 arithmetic in them is enclosed: what rounding may have
  changed is bounded and counted against the proof. A part that is not proved as a whole is cut.
- The stored flip of a frame that flips is classified again, and flips.

A line is printed for each frame. Exit status: 0 if every proof holds, 1 if one does not, 2 if
nothing could be checked.
"""

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from reconattack.run.processor import keep_to_shared_instructions  # noqa: E402

keep_to_shared_instructions()  # before NumPy is imported: the pictures are those of the run's jobs

import argparse  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterable, Iterator, Mapping, Sequence  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from functools import partial  # noqa: E402
from multiprocessing import get_context  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import xarray as xr  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from reconattack.attacks.results import FrameResult  # noqa: E402
from reconattack.attacks.space import search_space  # noqa: E402
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier  # noqa: E402
from reconattack.classifiers.decisions.declared import decision_of  # noqa: E402
from reconattack.classifiers.derived import Ensemble  # noqa: E402
from reconattack.classifiers.opening import open_classifier  # noqa: E402
from reconattack.errors import InputError  # noqa: E402
from reconattack.frames.chunks import open_frames  # noqa: E402
from reconattack.reconstruction.drawing import reconstruction_of  # noqa: E402
from reconattack.run import provenance  # noqa: E402
from reconattack.run.configuration import renamed_errors  # noqa: E402
from reconattack.run.plan.networks import Models  # noqa: E402
from reconattack.run.plan.paths import PROVENANCE, chunk_path  # noqa: E402
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

    @property
    def chunk(self) -> Path:
        """File of its frames."""
        cohort = self.configuration["run"]["cohort"]
        return self.folder / chunk_path("frames", cohort, self.path.stem)

    @property
    def model(self) -> Path | None:
        """File of its model; None for one without."""
        files = Models(self.configuration).files(**self.network)
        return self.folder / files[0] if files else None

    def __str__(self) -> str:
        return "/".join(self.path.with_suffix("").parts[-5:])


def check(places: Sequence[Path], most_parts: int, cores: int = 1) -> bool:
    """Print a line for each frame with a proof; whether all hold."""
    records = [record for place in places for record in records_at(place)]
    held, count = 0, 0
    for line, holds in every_line(records, most_parts, cores):
        print(line, flush=True)
        held, count = held + holds, count + 1
    if not count:
        raise InputError(
            f"{', '.join(map(str, places))}: no frame was attacked by certify; expected frames "
            "that the model classifies right at the initial setting"
        )
    print(f"{held} of {count} proofs hold")
    return held == count


def every_line(
    records: Iterable["Record"], most_parts: int, cores: int
) -> Iterator[tuple[str, bool]]:
    """The line of each frame of some records, and whether its proof holds, in their order."""
    if cores == 1:
        for record in records:
            yield from check_record(record, most_parts)
        return
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as workers:
        for lines in workers.map(partial(lines_of, most_parts=most_parts), records):
            yield from lines


def lines_of(record: "Record", most_parts: int) -> list[tuple[str, bool]]:
    """What `check_record` yields."""
    return [*check_record(record, most_parts)]


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
    if former := renamed_errors(configuration)[0]:
        raise InputError(
            "\n".join([f"{folder}: the run was made by an older version; make it again:", *former])
        )
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


def check_record(record: Record, most_parts: int) -> Iterator[tuple[str, bool]]:
    """Check each frame of a record that has a proof: a line of words, and whether it holds."""
    stored = read_proofs(record)
    results = [FrameResult(stored.isel(frame=place)) for place in range(stored.sizes["frame"])]
    claiming = [place for place, result in enumerate(results) if result.stop_reason in CLAIMING]
    if not claiming:
        return
    configuration = record.configuration
    attack, initial = (
        configuration["attacks"][record.attack],
        configuration["reconstruction"]["initial"],
    )
    space = search_space(initial, attack["parameters"], record.attack)
    faults, chunk = changed_inputs(record, stored), dict(open_frames(record.chunk))
    try:
        judge = open_judge(record)
        classifier = judge.model if isinstance(judge, Ensemble) else judge
        check_decision(judge, stored)
        network = read_network(classifier.name, classifier)
    except InputError as error:
        for place in claiming:
            checked = Checked(len(Leaves.of(stored, place).bound), faults=[str(error)])
            label = f"{record} {results[place].name}"
            yield described(label, results[place].stop_reason, checked), False
        return
    with threadpool_limits(1):  # the arrays are small: threads would wait for each other
        for place in claiming:
            result, leaves = results[place], Leaves.of(stored, place)
            rows = configuration["reconstruction"]["rows"]
            frame = reconstruction_of(chunk[result.name], rows, space.names, initial)
            cutoff = configuration["run"]["cutoff"]
            truth = decision_of(judge, cutoff).truth_of(chunk[result.name].attrs)
            check = FrameCheck(result, leaves, frame, judge, network, space, cutoff, truth)
            label = f"{record} {result.name}"
            checked = check.check(most_parts, Progress(label, len(leaves.bound)))
            checked.faults[:0] = faults
            yield described(label, result.stop_reason, checked), not checked.faults


def read_proofs(record: Record) -> xr.Dataset:
    """A record; raises InputError if it holds no proofs."""
    with xr.open_dataset(record.path) as file:
        stored = file.load()
    missing = [name for name in PROVED if name not in stored]
    if missing:
        raise InputError(
            f"{record.path}: holds no proofs ({missing[0]} is missing); expected the record of an "
            "attack by certify"
        )
    return stored


def open_judge(record: Record) -> OnnxClassifier | Ensemble:
    """The classifier of a record; raises InputError if no network in ONNX gives its answers."""
    models, model = Models(record.configuration), record.network["model"]
    judge = open_classifier(models.settings(model), record.model, models.resize(model))
    if not isinstance(judge.model if isinstance(judge, Ensemble) else judge, OnnxClassifier):
        raise InputError(
            f"model {judge.name} cannot be checked; expected a network in ONNX, or the mean of one "
            "over several settings"
        )
    return judge


def check_decision(judge: OnnxClassifier | Ensemble, stored: xr.Dataset) -> None:
    """Raise InputError if no bound is known of what a judge decides, or a record has another."""
    kind, of_a_mean = decision_of(judge, 0.5).kind, isinstance(judge, Ensemble)
    if judge.decision and (of_a_mean or kind not in ("classes", "number")):
        raise InputError(
            f"model {judge.name} decides {kind}{' by a mean over settings' if of_a_mean else ''}; "
            "expected a binary decision, or classes or a number of one picture"
        )
    if stored.attrs["decision"] != kind:
        raise InputError(
            f"model {judge.name} decides {kind}; expected {stored.attrs['decision']}, which the "
            "record has"
        )


def changed_inputs(record: Record, stored: xr.Dataset) -> list[str]:
    """A line for each input that is not the one that the record was made from."""
    # By content, since a file outside the folder has another name in the record.
    digests, faults = {*json.loads(stored.attrs["source"]).values()}, []
    for path in filter(None, (record.chunk, record.model)):
        if not path.exists():
            raise InputError(f"{path}: is not there; expected what {record.path} was made from")
        if sha256(path) not in digests:
            inside = path.is_relative_to(record.folder)
            name = path.relative_to(record.folder).as_posix() if inside else path
            faults.append(f"{name} is not the file that the record was made from")
    return faults


def described(label: str, verdict: str, checked: Checked) -> str:
    """What was found of a frame."""
    least = f", smallest bound {checked.least:.3g}" if np.isfinite(checked.least) else ""
    answer = f"NOT PROVED: {'; '.join(checked.faults)}" if checked.faults else "ok"
    return f"{label}: {verdict}, {checked.leaves} leaves, {checked.cuts} cuts{least}, {answer}"


class Progress:
    """Says on standard error how many leaves are done, every ten seconds."""

    def __init__(self, label: str, leaves: int) -> None:
        self._label = label
        self._leaves = leaves
        self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        if time.monotonic() - self._last > 10:
            self._last = time.monotonic()
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
    parser.add_argument("--cores", type=int, default=1, help="records checked at a time; default 1")
    options = parser.parse_args(arguments)
    try:
        held = check(options.places or [Path()], options.parts, options.cores)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
