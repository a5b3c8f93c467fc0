"""Header of the Siemens Ultrasound Research Interface, in MATLAB exports and in `.rfd` files.

Names and units follow the public readers: Siemens (S. Brunke, 2003), UC Davis (J. Mai, 2002) and
Duke University. A real header of a linear probe confirms `SamplingRate`, `TxFrequencyMhz` (which
holds Hz) and `LineDensity`. Headers of convex probes and positions of single lines are unverified.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.frames.stated import TOLERANCE

WAY_OUT = (
    "save the wanted lines as a plain array, for the reader matlab or numpy, and state their "
    "geometry in the frame table"
)


def siemens_recording(samples: np.ndarray, header: Mapping[str, Any]) -> Recording:
    """Join samples with the facts in their header.

    Parameters
    ----------
    samples
        Shape (frame, depth, line).
    header
        Chunk name (`rfgi`, `rfbd`, `strf`, `rfam`, `rfbm`) to field name to value; `rfsd` is the
        list of the sets RFS0 to RFS7. Chunks and fields may be missing.

    Raises
    ------
    InputError
        If the lines are not those of a B-mode frame, or the header contradicts itself or them.
    """
    _check_lines(header)
    facts = {
        "sampling_frequency": _number(header, "strf", "SamplingRate"),
        "center_frequency": _transmit_frequency(header),
        "start_depth": _scaled(_number(header, "rfgi", "RfAxialMinCm"), 1e-2),
    }
    geometry, lines = _geometry(header, samples.shape[2])
    facts = {name: value for name, value in (facts | geometry).items() if value is not None}
    return Recording(samples, facts, lines=lines, notes=_notes(header, lines))


def _check_lines(header: Mapping[str, Any]) -> None:
    """Raise InputError unless all lines are B-mode lines of one focal zone."""
    zones = _number(header, "rfbm", "NumFocalZones")
    if zones is not None and zones > 1:
        raise InputError(
            f"{zones:g} focal zones (rfbm.NumFocalZones), whose lines alternate in the file; "
            f"expected 1: {WAY_OUT}"
        )
    used = np.unique(_numbers(header, "rfbd", "Set"))
    if used.size > 1:
        raise InputError(
            f"lines of {used.size} transmit sets (rfbd.Set: {', '.join(f'{s:g}' for s in used)}); "
            f"expected one: {WAY_OUT}"
        )
    modes = set("".join(np.ravel(_field(header, "rfbd", "Mode")).astype(str))) - {"B", "\0", " "}
    if modes:
        raise InputError(
            f"lines of mode {', '.join(sorted(modes))} (rfbd.Mode); expected B alone: {WAY_OUT}"
        )


def _transmit_frequency(header: Mapping[str, Any]) -> float | None:
    """Frequency [Hz] of the set that the lines use, or of all sets if the header names none."""
    sets = _sets(header)
    used = _numbers(header, "rfbd", "Set").astype(int)
    if not sets:
        return None
    if used.size and not 0 <= used[0] < len(sets):
        raise InputError(f"rfbd.Set is {used[0]}; expected one of the {len(sets)} sets of rfsd")
    candidates = [sets[used[0]]] if used.size else sets
    stated = [_number({"rfsd": one}, "rfsd", "TxFrequencyMhz") for one in candidates]
    different = sorted({value for value in stated if value})  # an unused set holds 0
    if len(different) > 1:
        shown = ", ".join(f"{value:g}" for value in different)
        raise InputError(
            f"transmit frequencies (rfsd.TxFrequencyMhz) of {shown} Hz; expected one: {WAY_OUT}"
        )
    return different[0] if different else None


def _geometry(header: Mapping[str, Any], count: int) -> tuple[dict[str, Any], np.ndarray | None]:
    """Facts of the probe and the position of each of `count` lines, as far as stated."""
    radius = _number(header, "rfam", "ProbeRadiusCm")
    if radius is None:
        return {}, None
    if radius == 0:
        return _linear_geometry(header, count)
    return _convex_geometry(header, count, radius)


def _linear_geometry(
    header: Mapping[str, Any], count: int
) -> tuple[dict[str, Any], np.ndarray | None]:
    steering = [_number(header, "rfbm", "SteeringAngleRad"), *_numbers(header, "rfbd", "ThetaRad")]
    steepest = max((abs(angle) for angle in steering if angle is not None), default=0)
    if steepest > 0.001:
        raise InputError(
            f"lines of a flat probe steered by {steepest:.3g} rad (rfbm.SteeringAngleRad, "
            "rfbd.ThetaRad); expected parallel lines at right angles to the probe"
        )
    density = _number(header, "rfbm", "LineDensity")
    span = None if not density else (count - 1) / density / 100
    lines = _scaled(_line_positions(header, "PositionX", count), 1e-3)
    if lines is not None:
        lines = lines - (lines[0] + lines[-1]) / 2
        _check_agreement(lines[-1] - lines[0], "rfbd.PositionX", span, "rfbm.LineDensity", "m wide")
    return {"probe": "linear", "lateral_span": span if lines is None else None}, lines


def _convex_geometry(
    header: Mapping[str, Any], count: int, radius: float
) -> tuple[dict[str, Any], np.ndarray | None]:
    apex = [_number(header, "rfbm", name) for name in ("ApexVerticalCm", "ApexLateralCm")]
    if None not in apex:
        from_apex = math.hypot(*apex)
        _check_agreement(
            radius, "rfam.ProbeRadiusCm", from_apex, "rfbm.Apex*Cm", "cm from the apex"
        )
    lines = _line_positions(header, "ThetaRad", count)
    span = _scaled(_number(header, "rfbm", "DisplayedLateralSpan"), math.pi / 180)
    facts = {"probe": "convex", "probe_radius": radius / 100}
    return facts | {"angle_span": span if lines is None else None}, lines


def _line_positions(header: Mapping[str, Any], field: str, count: int) -> np.ndarray | None:
    """A position for each line, rising; None if the header has none or a placeholder."""
    positions = _numbers(header, "rfbd", field)
    if positions.size == 0 or np.ptp(positions) == 0:
        return None
    if positions.size != count:
        raise InputError(
            f"rfbd.{field} has {positions.size} values and the samples {count} lines; expected as "
            f"many: {WAY_OUT}"
        )
    positions = positions * np.sign(positions[-1] - positions[0])
    if not np.all(np.diff(positions) > 0):
        raise InputError(
            f"rfbd.{field} does not go one way from line to line, so lines of several kinds "
            f"alternate; expected one kind: {WAY_OUT}"
        )
    return positions


def _check_agreement(
    one: float, name: str, other: float | None, other_name: str, what: str
) -> None:
    if other is not None and abs(one - other) > TOLERANCE * max(abs(one), abs(other)):
        raise InputError(
            f"{one:.6g} {what} by {name} and {other:.6g} {what} by {other_name}: the header "
            "contradicts itself; find out which is right, then "
            f"{WAY_OUT}"
        )


def _notes(header: Mapping[str, Any], lines: np.ndarray | None) -> tuple[str, ...]:
    notes = []
    if any(np.any(_numbers({"rfsd": one}, "rfsd", "AnalogGain")) for one in _sets(header)):
        notes.append(
            "the header has an analogue gain curve (rfsd.AnalogGain) whose unit and depths are not "
            "published, so it is not used"
        )
    if _number(header, "rfam", "ProbeRadiusCm") and lines is None:
        notes.append("the angles are those of the display (rfbm.DisplayedLateralSpan)")
    if _number(header, "rfbm", "PhaseInvertMode"):
        notes.append("recorded with phase inversion (rfbm.PhaseInvertMode)")
    return tuple(notes)


def _sets(header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    sets = header.get("rfsd", [])
    return [sets] if isinstance(sets, Mapping) else list(sets)


def _number(header: Mapping[str, Any], chunk: str, field: str) -> float | None:
    values = _numbers(header, chunk, field)
    if values.size > 1:
        raise InputError(f"{chunk}.{field} has {values.size} values; expected one number")
    return float(values[0]) if values.size else None


def _numbers(header: Mapping[str, Any], chunk: str, field: str) -> np.ndarray:
    """A field as flat float64 array; empty if it is missing."""
    found = _field(header, chunk, field)
    try:
        values = np.ravel(found).astype(float)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{chunk}.{field} of the header is no number: found {str(found)[:40]!r}"
        ) from error
    if not np.all(np.isfinite(values)):
        raise InputError(f"{chunk}.{field} of the header is {values[~np.isfinite(values)][0]}")
    return values


def _field(header: Mapping[str, Any], chunk: str, field: str) -> Any:
    fields = header.get(chunk)
    return fields.get(field, []) if isinstance(fields, Mapping) else []


def _scaled(value: Any, factor: float) -> Any:
    return None if value is None else value * factor
