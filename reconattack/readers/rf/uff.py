"""UFF, the HDF5 files of the UltraSound ToolBox (USTB): `uff.beamformed_data` on a 2-D scan.

An object is a group whose attribute `class` names its type (https://www.ustb.no). Positions are in
the probe's coordinates: z = 0 where its face crosses its axis, and the centre of curvature of a
curvilinear array lies at z = -radius (as for the elements of `uff.curvilinear_array`; USTB's
example has the apex of the sector scan there). Depths of a sector count from its origin; the file
states what turns them into depths from the face.

USTB writes from MATLAB, and HDF5 sees the axes of its arrays reversed. pyuff-ustb does not reverse
them; in its sectors the azimuth of the pixels varies fastest, in USTB's the depth. The number of
pixels and their positions tell the two apart.

Verified with files that pyuff-ustb 3.0 wrote; the layout of USTB with its source alone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.recording import Recording
from reconattack.readers.containers.hdf5 import chosen, groups, number, numbers, opened, recognised
from reconattack.readers.containers.hdf5 import samples as stored_samples
from reconattack.readers.layout import Layout
from reconattack.readers.positions import TOLERANCE, recording_on_pixels

h5py = OptionalPackage("h5py", "formats")

SUFFIXES = (".uff", ".h5", ".hdf5")
COLUMNS = ("variable",)
AXES = ("pixel", "channel", "wave", "frame")  # of beamformed_data.data
SCANS = {  # axes along the lines, across them, and of volumes
    "uff.sector_scan": ("depth_axis", "azimuth_axis", "elevation_axis"),
    "uff.linear_scan": ("z_axis", "x_axis", "y_axis"),
}
PROBES = {"uff.linear_array": "linear", "uff.curvilinear_array": "convex"}


def recognises(path: Path) -> bool:
    """Whether the file holds objects of USTB."""
    return path.suffix.lower() == ".uff" or recognised(path, lambda file: bool(_classes(file)))


def read(path: Path, layout: Layout) -> Recording:
    """Read one `uff.beamformed_data`: complex data as IQ, real data as RF.

    Raises
    ------
    InputError
        If the file is damaged, holds no such object, or its pixels do not lie on the scan lines of
        a linear or a convex probe.
    """
    with opened(path) as file:
        _, beamformed = chosen(_beamformed_data(file), layout.variable)
        scan = _part(beamformed, "scan")
        along, across = _scan_axes(scan)
        pixels = _pixels_by_frame(_part(beamformed, "data"), len(along) * len(across))
        x, z = _positions(scan, along, across)
        if _depth_is_fastest(scan, x, z):
            samples = pixels.reshape(-1, len(across), len(along)).swapaxes(1, 2)
        else:
            samples = pixels.reshape(-1, len(along), len(across))
        modulation = number(beamformed, "modulation_frequency") or 0.0
        _check_signal(samples, modulation)
        notes = (f"demodulated at {modulation / 1e6:.4g} MHz",) if modulation else ()
        return recording_on_pixels(samples, x, z, _facts(beamformed), _probe(beamformed), notes)


def _beamformed_data(file: h5py.File) -> dict[str, h5py.Group]:
    objects = _classes(file)
    found = {
        name: file[name]
        for name, kind in objects.items()
        if kind == "uff.beamformed_data" and not _is_array(file[name])
    }
    if not found:
        held = ", ".join(f"{name} ({kind})" for name, kind in objects.items() if "/" not in name)
        raise InputError(
            f"the file holds {held or 'no UFF objects'}; expected uff.beamformed_data "
            "(uff.channel_data are a cohort of kind channel; in Python, "
            "read_frame with channels=True)"
        )
    return found


def _classes(file: h5py.File) -> dict[str, str]:
    """Class of each UFF object in the file, by its path."""
    return {path: _class(group) for path, group in groups(file) if _class(group).startswith("uff.")}


def _class(item: h5py.Group | h5py.Dataset) -> str:
    kind = np.ravel(item.attrs.get("class", ""))[0]
    return kind.decode() if isinstance(kind, bytes) else str(kind)


def _is_array(group: h5py.Group) -> bool:
    """Whether the group holds several objects of its class, each in a group."""
    return np.prod(group.attrs.get("size", 1)) > 1


def _part(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
    if name not in group:
        raise InputError(f"{group.name} has no {name}; export the file again")
    return group[name]


def _scan_axes(scan: h5py.Group) -> tuple[np.ndarray, np.ndarray]:
    """Positions along and across the lines, in the units of the scan's class."""
    kind = _class(scan)
    if kind not in SCANS or _is_array(scan):
        several = "an array of " if _is_array(scan) else ""
        raise InputError(
            f"{scan.name} is {several}{kind or 'of no class'}; expected a single "
            f"{' or '.join(SCANS)}"
        )
    *names, elevation = SCANS[kind]
    along, across = (numbers(scan, name) for name in names)
    if along is None or across is None:
        raise InputError(f"{scan.name} has no {' and '.join(names)}; export the file again")
    third = numbers(scan, elevation)
    if third is not None and len(third) > 1:
        raise InputError(
            f"{scan.name} is a volume: {len(third)} planes along its {elevation}; expected one"
        )
    return along, across


def _pixels_by_frame(data: h5py.Group | h5py.Dataset, pixels: int) -> np.ndarray:
    """Samples, shape (frame, pixel)."""
    parts = [data[name] for name in ("real", "imag")] if isinstance(data, h5py.Group) else [data]
    shape = parts[0].shape
    first, last = shape[:1] == (pixels,), shape[-1:] == (pixels,)
    ambiguous = first and last and len(shape) > 1
    if len(shape) > len(AXES) or ambiguous or not (first or last):
        raise InputError(
            f"data has the shape {shape} and its scan {pixels} pixels; expected these along the "
            f"first axis or the last one, and the axes {', '.join(AXES)}"
        )
    names = AXES[: len(shape)] if first else AXES[: len(shape)][::-1]
    for name, length in zip(names, shape, strict=True):
        if name in ("channel", "wave") and length != 1:
            raise InputError(
                f"data has {length} {name}s; expected 1: sum them first (in USTB, beamform with "
                "dimension.both)"
            )
    arrays = [stored_samples(part).reshape(shape) for part in parts]
    array = arrays[0] + 1j * arrays[1] if len(arrays) == 2 else arrays[0]
    return array.reshape(pixels, -1).T if first else array.reshape(-1, pixels)


def _positions(
    scan: h5py.Group, along: np.ndarray, across: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """x and z of each pixel [m], both (sample, line)."""
    if _class(scan) == "uff.linear_scan":
        z, x = np.meshgrid(along, across, indexing="ij")
        return x, z
    origin_x, origin_z = _origins(scan, len(across))
    return (
        origin_x + np.outer(along, np.sin(across)),
        origin_z + np.outer(along, np.cos(across)),
    )


def _origins(scan: h5py.Group, lines: int) -> tuple[np.ndarray, np.ndarray]:
    """x and z of the origin of the depths of each line [m], one for all lines or one for each."""
    origin = _part(scan, "apex" if "apex" in scan and "origin" not in scan else "origin")
    points = [origin[name] for name in sorted(origin)] if _is_array(origin) else [origin]
    if len(points) not in (1, lines):
        raise InputError(
            f"{origin.name} has {len(points)} points; expected 1 or {lines}, one a line"
        )
    x, y, z = np.transpose([_point(point) for point in points])
    if np.abs(y).max() > TOLERANCE:
        raise InputError(
            f"{origin.name} lies {np.abs(y).max() * 1e3:.3g} mm off the image plane; expected 0"
        )
    return x, z


def _point(point: h5py.Group) -> tuple[float, float, float]:
    distance, azimuth, elevation = (
        number(point, name) or 0.0 for name in ("distance", "azimuth", "elevation")
    )
    return (
        distance * np.sin(azimuth) * np.cos(elevation),
        distance * np.sin(elevation),
        distance * np.cos(azimuth) * np.cos(elevation),
    )


def _depth_is_fastest(scan: h5py.Group, x: np.ndarray, z: np.ndarray) -> bool:
    """Whether the pixels of one line follow one another in the file: by its own positions if it
    keeps them, else as USTB writes them."""
    stored = [numbers(scan, name, most=x.size) for name in ("x", "z")]
    if any(values is None for values in stored):
        return True
    for order in ("F", "C"):
        expected = [position.ravel(order) for position in (x, z)]
        if all(_close(*pair) for pair in zip(stored, expected, strict=True)):
            return order == "F"
    raise InputError(
        f"the pixel positions x, z of {scan.name} do not follow from its axes (a transform?); "
        "expected a scan in the probe's own coordinates"
    )


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(np.abs(one - other).max() <= TOLERANCE)


def _check_signal(samples: np.ndarray, modulation_frequency: float) -> None:
    if not np.iscomplexobj(samples) and modulation_frequency != 0:
        raise InputError(
            f"data is real, but demodulated at {modulation_frequency / 1e6:g} MHz; expected "
            "complex data, or RF with a modulation_frequency of 0"
        )


def _facts(beamformed: h5py.Group) -> dict[str, float]:
    facts = {
        "sampling_frequency": number(beamformed, "sampling_frequency"),
        "center_frequency": (
            number(beamformed["pulse"], "center_frequency") if "pulse" in beamformed else None
        ),
        "sound_speed": _sound_speed(beamformed),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _sound_speed(beamformed: h5py.Group) -> float | None:
    """Sound speed of the transmitted waves [m/s]."""
    if "sequence" not in beamformed:
        return None
    sequence = beamformed["sequence"]
    waves = list(sequence.values()) if _is_array(sequence) else [sequence]
    stated = {number(wave, "sound_speed") for wave in waves}
    if len(stated) > 1:
        raise InputError(
            f"the waves of {sequence.name} state several sound speeds: {sorted(stated, key=str)}; "
            "expected one"
        )
    return stated.pop()


def _probe(beamformed: h5py.Group) -> dict[str, str | float]:
    """`probe` and `probe_radius` from the file's description of the probe."""
    if "probe" not in beamformed or _class(beamformed["probe"]) not in PROBES:
        return {}
    probe = {"probe": PROBES[_class(beamformed["probe"])]}
    radius = number(beamformed["probe"], "radius")
    return probe if radius is None else probe | {"probe_radius": radius}
