"""What is wrong with the scanners of channel data in a configuration."""

from collections.abc import Iterator, Mapping
from typing import Any

from reconattack.frames.channel_recording import WAVES

UNSIMULATED = ("start_time", "demodulation_frequency")
CHANNEL_KINDS = ("channel", "simulated_channel")
SIMULATED_FACTS = ("probe", "sampling_frequency", "center_frequency", "sound_speed")


def channel_errors(config: Mapping[str, Any]) -> list[str]:
    """A line for each mistake in the arrays and scans of scanners, and in where they are used."""
    cohorts, scanners = config["cohorts"], config["scanners"]
    errors = [
        f"  scanners.{name}.{line}"
        for name, facts in scanners.items()
        for line in (*_array_errors(facts), *_scan_errors(facts))
    ]
    for cohort, definition in cohorts.items():
        name = definition.get("scanner")
        if definition["kind"] == "simulated_channel":
            errors += [f"  scanners.{name}{line}" for line in _simulated_errors(scanners[name])]
            if definition.get("frames", 1) != 1:
                errors.append(
                    f"  cohorts.{cohort}.frames: {definition['frames']}; expected no such key: "
                    "simulated channel data are one frame of each patient"
                )
        elif definition["kind"].startswith("simulated"):
            errors += [
                f"  cohorts.{cohort}.scanner: scanners.{name} has {key}, which only channel data "
                "have; expected a cohort of kind simulated_channel, or another scanner"
                for key in ("array", "scan")
                if key in scanners[name]
            ]
    return errors


def _array_errors(facts: Mapping[str, Any]) -> Iterator[str]:
    array = facts.get("array", {})
    stated = [name for name in WAVES if name in array]
    if len(stated) > 1:
        yield f"array: found {' and '.join(stated)}; expected one of them"
        return
    waves = array[stated[0]] if stated else None
    starts = array.get("start_time")
    if isinstance(starts, list) and waves is not None and len(starts) != len(waves):
        yield (
            f"array.start_time: {len(starts)} times, and {stated[0]} has {len(waves)} transmits; "
            "expected one time, or one for each transmit"
        )
    if stated == ["transmit_delays"]:
        lengths = {len(delays) for delays in waves}
        expected = array.get("elements", min(lengths))
        if lengths != {expected}:
            yield (
                f"array.transmit_delays: transmits of {', '.join(map(str, sorted(lengths)))} "
                f"elements; expected {expected}, the number of elements, in each"
            )
    if stated == ["transmit_sources"] and any(depth == 0 for _, depth in waves):
        yield (
            "array.transmit_sources: a source at the depth 0, on the face; expected a focus below "
            "the face or a virtual source behind it"
        )


def _scan_errors(facts: Mapping[str, Any]) -> Iterator[str]:
    end, start = facts.get("scan", {}).get("end_depth"), facts.get("start_depth", 0.0)
    if end is not None and end <= start:
        yield f"scan.end_depth: {end:g} m; expected more than start_depth, {start:g} m"


def _simulated_errors(facts: Mapping[str, Any]) -> Iterator[str]:
    unused = [f"array.{name}" for name in UNSIMULATED if name in facts.get("array", {})]
    unused += ["simulation"] if "simulation" in facts else []
    if unused:
        yield (
            f": found {' and '.join(unused)}, which simulated channel data do not have; expected "
            "no such key"
        )
    if facts.get("probe", "linear") != "linear":
        yield f".probe: {facts['probe']}; expected linear, which alone is simulated"
    missing = [name for name in SIMULATED_FACTS if name not in facts]
    missing += [] if "end_depth" in facts.get("scan", {}) else ["scan.end_depth"]
    array = facts.get("array", {})
    missing += [f"array.{name}" for name in ("elements", "pitch") if name not in array]
    if not set(WAVES) & set(array):
        missing.append(f"one of {', '.join(f'array.{name}' for name in WAVES)}")
    if missing:
        yield (
            f": no {' and no '.join(missing)}, which simulated channel data need; expected them "
            "there"
        )
