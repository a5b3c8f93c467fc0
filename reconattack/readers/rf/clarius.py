"""Clarius raw data: `.raw` with its `.yml`, alone, packed by lzop (`.raw.lzo`) or in its `.tar`.

Layout and fields follow the maker's documentation (github.com/clariusdev/research,
raw-data-format.md) and public `.yml` files of a linear probe. No real `.raw` was available, and the
geometry of convex probes is unverified. RF covers only a region of interest: depths follow from
`delay samples` and lines from `rx element`, never from `imaging depth`. A constant time of `delay
samples` lies before the skin, as the maker's picture of a real recording shows.

Time gain, as the maker states (clariusdev/research, issues 7, 10 and 29): RF carries only the
analogue curve. With automatic gain, the curve is in a `.tgc` file of the recording or of its `env`
recording. IQ carries digital gain as well, which no file states.
"""

import math
import re
import struct
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.recording import Recording
from reconattack.readers.containers import lzop
from reconattack.readers.containers.neighbours import AGAIN, Opener, neighbours
from reconattack.readers.layout import Layout, arrange

yaml = OptionalPackage("yaml", "formats")

SUFFIXES = (".raw", ".lzo", ".tar")
COLUMNS = ("variable", "axes")
RAW = re.compile(r"\.raw(\.lzo)?$", re.IGNORECASE)
ORDERS = {"RF": "frame,line,sample", "IQ": "frame,line,sample,iq"}
SAMPLE_BYTES = {"RF": 2, "IQ": 4}  # IQ: in-phase and quadrature parts of 2 bytes each
NOT_WANTED = ("env", "cfi")  # ends of names: envelope, colour Doppler

BEFORE_SKIN = 1.05e-6  # s, part of `delay samples`: 16 samples at 15 MHz, 62 at 60 MHz

CHUNK_BYTES = 1 << 20
MAX_TEXT_BYTES = 1 << 18
TIME_BYTES = 8  # before each frame [ns]

FREQUENCY = {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6}
LENGTH = {"mm": 1e-3, "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "microns": 1e-6, "cm": 1e-2, "m": 1.0}
RADIUS = {"": 1e-3, **LENGTH}  # "radius in mm" in the maker's programming interface
PITCH = {"": 1e-6, **LENGTH}
ANGLE = {"": math.pi / 180, "°": math.pi / 180, "degrees": math.pi / 180}
SPEED = {"m/s": 1.0}
COUNT = {"": 1.0, "bytes": 1.0}

NUMBER = r"[-+]?\d+(?:\.\d+)?"
QUANTITY = re.compile(rf"\s*({NUMBER}(?:e[-+]?\d+)?)\s*(\S*)\s*", re.IGNORECASE)
CURVE = re.compile(r"^tgc:.*(?:\n[ \t-].*)*", re.MULTILINE)  # "{ .. }{ .. }" is no YAML
POINT = re.compile(rf"{{\s*({NUMBER})\s*mm\s*,\s*({NUMBER})\s*dB\s*}}")
STRAIGHT = math.radians(0.05)
LAST_ANALOGUE_VERSION = 12  # of the software: in later ones automatic gain may be digital


class Header(NamedTuple):
    """The beginning of a `.raw`: five little-endian numbers of 4 bytes."""

    identifier: int
    frames: int
    lines: int
    samples: int
    sample_bytes: int

    @property
    def frame_bytes(self) -> int:
        return TIME_BYTES + self.lines * self.samples * self.sample_bytes

    def __str__(self) -> str:
        return f"{self.frames} frames of {self.lines} lines of {self.samples} samples"


HEADER = struct.Struct("<5I")


def recognises(path: Path) -> bool:
    """Whether this is a package, or a `.raw` with its settings in the same folder."""
    packed = path.name.lower().endswith((".tar", ".raw.lzo"))
    return packed or any(path.with_name(name).is_file() for name in _settings_names(path.name))


def read(path: Path, layout: Layout) -> Recording:
    """Read the RF or IQ frames of a file or of a package, and the facts in its settings.

    If a package holds several recordings, `layout.variable` names one: `rf`, `iq` or the name of
    its file without `.raw`.

    Raises
    ------
    InputError
        If the file is damaged or unsafe, holds neither RF nor IQ, contradicts its settings, or has
        steered or doubled lines.
    """
    with neighbours(path) as (names, opened):
        name = _chosen_name(names, layout.variable)
        settings, curve = _read_settings(name, opened)
        kind = _sample_kind(settings)
        times, samples = _read_samples(name, opened, kind, settings)
        gain_state, gain_curve, gain_notes = _gain(name, opened, settings, times, curve)
    lines, line_notes = _lines(settings, samples.shape[1])
    start_time, start_notes = _start_time(settings)
    facts = {
        "sampling_frequency": _stated(settings, "sampling rate", FREQUENCY),
        "center_frequency": _stated(settings, "transmit frequency", FREQUENCY),
        "sound_speed": _stated(settings, "vsound", SPEED),
        "gain_state": gain_state,
        **_probe_facts(settings),
    }
    return Recording(
        arrange(samples, _checked_layout(layout, kind), ORDERS[kind]),
        {fact: value for fact, value in facts.items() if value is not None},
        lines=lines,
        start_time=start_time,
        gain_curve=gain_curve,
        notes=(*line_notes, *start_notes, *gain_notes),
    )


def _chosen_name(names: list[str], variable: str | None) -> str:
    """The named recording, or the only one that is neither envelope nor Doppler."""
    if len(names) == 1 and variable is None:
        return names[0]
    found = [name for name in names if RAW.search(name)]
    wanted = [name for name in found if _ending(name) not in NOT_WANTED] or found
    if variable is not None:
        wanted = [name for name in found if variable in (_ending(name), _stem(name), name)]
    if len(wanted) != 1:
        asked = "" if variable is None else f" for {variable!r} (column variable)"
        raise InputError(
            f"{len(wanted)} recordings{asked} among {_listed(found) or 'members without .raw'}; "
            "expected one: name it in the column variable, as rf, iq or its name without .raw"
        )
    return wanted[0]


def _stem(name: str) -> str:
    return RAW.sub("", name)


def _ending(name: str) -> str:
    return _stem(name).rpartition("_")[2].lower()


def _settings_names(name: str) -> list[str]:
    return [_stem(name) + suffix for suffix in (".yml", ".yaml")]


def _read_settings(name: str, opened: Opener) -> tuple[Mapping[str, Any], str]:
    """Fields of a recording's `.yml`, and the text of its gain curve, which need not be YAML."""
    names = _settings_names(name)
    text = next(filter(None, (_read_text(other, opened) for other in names)), None)
    if text is None:
        raise InputError(f"its settings, {' or '.join(names)}, are missing or empty; copy both")
    curve = CURVE.search(text)
    try:
        settings = yaml.safe_load(CURVE.sub("", text))
    except Exception as error:
        raise InputError(f"its settings are no YAML: {str(error)[:200]}") from error
    if not isinstance(settings, Mapping):
        raise InputError(f"its settings are {_shown(settings)}; expected fields such as type: RF")
    return settings, curve.group() if curve else ""


def _read_text(name: str, opened: Opener) -> str:
    """Content of a text file with newlines as line ends; empty if there is no such file."""
    file = opened(name)
    if file is None:
        return ""
    with file:
        content = file.read(MAX_TEXT_BYTES + 1)
    if len(content) > MAX_TEXT_BYTES:
        raise InputError(f"{name} is longer than {MAX_TEXT_BYTES} bytes; expected a short text")
    return content.decode("utf-8", errors="replace").replace("\r\n", "\n")


def _sample_kind(settings: Mapping[str, Any]) -> str:
    kind, compression = settings.get("type"), settings.get("compression")
    if not isinstance(kind, str) or kind not in ORDERS:
        raise InputError(
            f"its settings say type {_shown(kind)}; expected RF or IQ, since an envelope has "
            "already gone through the scanner's own reconstruction"
        )
    if compression is not None and compression not in ("none", "lzo"):
        raise InputError(f"its settings say compression {_shown(compression)}; expected none")
    return kind


def _read_samples(
    name: str, opened: Opener, kind: str, settings: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Times [ns], shape (frame,), and samples, shape (frame, line, sample), for IQ with 2 more."""
    with opened(name) as file:
        packed = name.lower().endswith(".lzo")
        chunks = lzop.blocks(file) if packed else iter(partial(file.read, CHUNK_BYTES), b"")
        header, content = _read_content(chunks, kind, settings)
    frames = np.frombuffer(content, np.uint8, offset=HEADER.size)
    frames = frames.reshape(header.frames, header.frame_bytes)
    times = frames[:, :TIME_BYTES].copy().view("<u8")[:, 0]
    shape = (header.frames, header.lines, header.samples) + ((2,) if kind == "IQ" else ())
    return times, frames[:, TIME_BYTES:].view("<i2").reshape(shape)


def _read_content(
    chunks: Iterable[bytes], kind: str, settings: Mapping[str, Any]
) -> tuple[Header, bytearray]:
    """Join chunks, but stop as soon as they are longer than the header declares."""
    header, content, size = None, bytearray(), HEADER.size
    for chunk in chunks:
        content += chunk
        if header is None and len(content) >= HEADER.size:
            header = Header(*HEADER.unpack_from(content))
            _check_header(header, kind, settings)
            size += header.frames * header.frame_bytes
        if header is not None and len(content) > size:
            raise InputError(
                f"its header declares {header}, {size} bytes, but more follow: {AGAIN}"
            )
    if len(content) < size:
        declared = f" for {header}" if header else " for its header alone"
        raise InputError(f"truncated: {len(content)} bytes; expected {size}{declared}: {AGAIN}")
    return header, content


def _check_header(header: Header, kind: str, settings: Mapping[str, Any]) -> None:
    size = settings.get("size")
    size = size if isinstance(size, Mapping) else {}
    stated = {
        "frames": (header.frames, _stated(settings, "frames", COUNT)),
        "lines": (header.lines, _stated(size, "number of lines", COUNT)),
        "samples in a line": (header.samples, _stated(size, "samples per line", COUNT)),
        "bytes in a sample": (header.sample_bytes, _stated(size, "sample size", COUNT)),
    }
    for what, (found, by_settings) in stated.items():
        if by_settings is not None and found != by_settings:
            raise InputError(
                f"{found} {what} by the header of the .raw and {by_settings:g} by its settings; "
                "expected the same: do both files belong together?"
            )
    if header.sample_bytes != SAMPLE_BYTES[kind]:
        raise InputError(
            f"{header.sample_bytes} bytes in a sample; expected {SAMPLE_BYTES[kind]} for {kind}"
        )
    if 0 in (header.frames, header.lines, header.samples):
        raise InputError(f"its header declares {header}; expected at least one of each: {AGAIN}")


def _checked_layout(layout: Layout, kind: str) -> Layout:
    if layout.axes is not None and layout.axes.replace(" ", "") != ORDERS[kind]:
        raise InputError(f"axes is {layout.axes!r}; expected {ORDERS[kind]}, or an empty cell")
    return layout


def _start_time(settings: Mapping[str, Any]) -> tuple[float | None, list[str]]:
    """Time from transmission to the first sample [s]."""
    rate = _stated(settings, "sampling rate", FREQUENCY)
    delay = _stated(settings, "delay samples", COUNT)
    if rate and delay is not None:
        return delay / rate - BEFORE_SKIN, []
    return None, ["its settings do not tell the depth of the first sample (delay samples)"]


def _probe_facts(settings: Mapping[str, Any]) -> dict[str, Any]:
    probe = settings.get("probe")
    if not isinstance(probe, Mapping):
        return {}
    radius = _stated(probe, "radius", RADIUS)
    return {"probe": "convex", "probe_radius": radius} if radius else {"probe": "linear"}


def _lines(settings: Mapping[str, Any], count: int) -> tuple[np.ndarray | None, list[str]]:
    """Angle [rad] or lateral position [m] of each of `count` lines.

    A line leaves its receive element at right angles to the probe's face. On a curved face it
    points away from the centre of curvature.
    """
    entries = settings.get("lines")
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        return None, ["its settings do not describe the lines"]
    if len(entries) != count:
        raise InputError(f"{count} lines, of which its settings describe {len(entries)}")
    elements = _column(entries, "rx element", COUNT)
    if not np.all(np.diff(elements) > 0):
        raise InputError(
            "the receive elements (lines: rx element) do not rise from line to line, as in Doppler "
            "recordings, which hold several pulses for a line; expected the lines of a B-mode image"
        )
    positions = _positions(settings, elements)
    angles = _column(entries, "angle", ANGLE)
    outward = positions is not None and np.allclose(angles, positions, rtol=0, atol=STRAIGHT)
    if not outward and np.max(np.abs(angles)) > STRAIGHT:
        raise InputError(
            f"lines steered by up to {math.degrees(np.max(np.abs(angles))):.3g} degrees (lines: "
            "angle); expected lines at right angles to the probe's face: record without steering"
        )
    if positions is None:
        return None, ["its settings do not tell where the lines are (probe: elements, pitch)"]
    return positions, []


def _positions(settings: Mapping[str, Any], elements: np.ndarray) -> np.ndarray | None:
    """Angles [rad] of a convex probe or positions [m] of a flat one, elements counted from 0."""
    probe = settings.get("probe")
    if not isinstance(probe, Mapping):
        return None
    count, pitch = _stated(probe, "elements", COUNT), _stated(probe, "pitch", PITCH)
    if not count or not pitch:
        return None
    along_face = (elements - (count - 1) / 2) * pitch
    return along_face / _probe_facts(settings).get("probe_radius", 1.0)


def _column(entries: list[Mapping[str, Any]], name: str, units: Mapping[str, float]) -> np.ndarray:
    values = [_stated(entry, name, units) for entry in entries]
    if None in values:
        raise InputError(f"line {values.index(None)} has no {name!r} by its settings; expected it")
    return np.array(values)


def _gain(
    name: str, opened: Opener, settings: Mapping[str, Any], times: np.ndarray, nominal_text: str
) -> tuple[str | None, tuple[np.ndarray, np.ndarray] | None, list[str]]:
    """Gain state, gain of each frame at common depths, and notes, as far as they are stated."""
    nominal, automatic = _curve(nominal_text), _curves_by_time(name, opened)
    if nominal is None and not automatic:
        return None, None, ["its time gain (tgc) is not understood"] if nominal_text else []
    if settings["type"] == "IQ":
        return "applied", None, ["IQ carries digital gain beside that of tgc, which no file tells"]
    if automatic and _software_version(settings) > LAST_ANALOGUE_VERSION:
        return "applied", None, ["automatic gain (.tgc) of this software version may be digital"]
    of_frames = [automatic.get(int(time)) or nominal for time in times]
    untold = automatic and any(int(time) not in automatic for time in times)
    if untold or any(curve is None for curve in of_frames):
        return "applied", None, ["automatic gain (.tgc) is not told for every frame"]
    depths = np.unique(np.concatenate([depth for depth, _ in of_frames]))
    return "applied", (depths, np.array([np.interp(depths, *curve) for curve in of_frames])), []


def _curves_by_time(name: str, opened: Opener) -> dict[int, tuple[np.ndarray, np.ndarray] | None]:
    """Curves of automatic gain by the time of their frame [ns]; {} if no file has any."""
    stem = _stem(name)
    twin = f"{stem.rpartition('_')[0]}_env"
    for other in (f"{stem}.tgc.yml", f"{stem}.tgc", f"{twin}.tgc.yml", f"{twin}.tgc"):
        entries = re.split(r"^timestamp:", _read_text(other, opened), flags=re.MULTILINE)[1:]
        times = [re.match(r"\s*(\d{1,20})\b", entry) for entry in entries]
        curves = {
            int(time.group(1)): _curve(entry)
            for time, entry in zip(times, entries, strict=True)
            if time
        }
        if any(curve is not None for curve in curves.values()):
            return curves
    return {}


def _curve(text: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Depths [m], rising, and gain [dB], from points such as `{ 0.00mm, 15.00dB }`."""
    points = np.array(POINT.findall(text), float).reshape(-1, 2)
    if not len(points) or not np.all(np.diff(points[:, 0]) > 0):
        return None
    return points[:, 0] / 1e3, points[:, 1]


def _software_version(settings: Mapping[str, Any]) -> int:
    """The first number of the version; 0 if it is not stated."""
    number = re.match(r"\d{1,4}", _shown(settings.get("software version")).lstrip("'"))
    return int(number.group()) if number else 0


def _stated(fields: Mapping[str, Any], name: str, units: Mapping[str, float]) -> float | None:
    """A field in SI units; None if it is missing or empty."""
    value = fields.get(name)
    if value is None:
        return None
    plain = isinstance(value, (int, float, str)) and not isinstance(value, bool)
    match = QUANTITY.fullmatch(str(value)[:80]) if plain else None
    number = float(match.group(1)) if match else math.nan
    if not math.isfinite(number) or match.group(2) not in units:
        raise InputError(
            f"its settings say {name} {_shown(value)}; expected a number "
            f"in {' or '.join(unit for unit in units if unit) or 'no unit'}"
        )
    return number * units[match.group(2)]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")


def _shown(value: Any) -> str:
    """A value for a message; a container, which may refer to itself, by its type alone."""
    if value is None or isinstance(value, (str, int, float)):
        return repr(value)[:80]
    return f"a {type(value).__name__}"
