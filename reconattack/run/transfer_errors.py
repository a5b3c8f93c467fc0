"""Cohorts of transferred frames that cannot be what they are declared to be."""

from collections.abc import Iterator, Mapping
from typing import Any

RECORDED = ("table", "simulated_rf")  # kinds whose frames can be transferred
CALIBRATING = ("table", "simulated_phantom")  # kinds of frames of a phantom


def transfer_errors(config: Mapping[str, Any]) -> list[str]:
    """A line for each error in the cohorts of kind `transferred`; what they name is defined."""
    return [
        f"  cohorts.{name}.{error}"
        for name, cohort in config["cohorts"].items()
        if cohort["kind"] == "transferred"
        for error in _errors_of(cohort, config)
    ]


def _errors_of(cohort: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    cohorts, of = config["cohorts"], cohort["of"]
    if of == config["run"]["cohort"]:
        yield f"of: {of!r} is run.cohort, whose frames are judged; expected frames that only train"
    kind = cohorts[of]["kind"]
    if kind not in RECORDED:
        yield f"of: {of!r} is of kind {kind}; expected RF frames of kind {' or '.join(RECORDED)}"
        return
    real = kind == "table"
    for side, name in cohort["calibration"].items():
        found = cohorts[name]["kind"]
        if found not in CALIBRATING:
            yield (
                f"calibration.{side}: {name!r} is of kind {found}; expected RF frames of a phantom "
                f"of kind {' or '.join(CALIBRATING)}"
            )
        elif (found == "table") != real:
            yield (
                f"calibration.{side}: {name!r} is of kind {found}, and {of!r} of kind {kind}; "
                "expected frames from files to calibrate frames from files, and simulated ones "
                "simulated ones"
            )
    source = cohorts[cohort["calibration"]["from"]]
    scanners = cohorts[of].get("scanner"), source.get("scanner")
    if None not in scanners and len(set(scanners)) > 1:
        yield (
            f"calibration.from: its frames are of {scanners[1]}, those of {of!r} of {scanners[0]}; "
            "expected calibration frames of the scanner that recorded the frames"
        )
