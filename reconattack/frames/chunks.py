"""Chunks: NetCDF files with one group per frame, RF or B-mode, in the order of the frame table."""

from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

import netCDF4
import xarray as xr

from reconattack.storage import replacing


def write_chunk(
    path: Path | str, frames: Mapping[str, xr.Dataset], attributes: Mapping[str, str]
) -> None:
    """Write the frames of a chunk; integers are compressed, RF samples are not.

    Parameters
    ----------
    path
        The NetCDF file.
    frames
        RF frames or images by name; the file keeps their order.
    attributes
        Attributes of the whole file, which trace it to its inputs (`reconattack.storage.trace`).

    Raises
    ------
    InputError
        If the disk is full or may not be written to.
    """
    tree = xr.DataTree.from_dict(dict(frames))
    tree.attrs = dict(attributes)
    encoding = {
        f"/{name}": {
            variable: {"zlib": True, "complevel": 1}
            for variable, array in frame.data_vars.items()
            if array.dtype.kind in "uib"
        }
        for name, frame in frames.items()
    }
    with replacing(path) as temporary:
        tree.to_netcdf(temporary, engine="netcdf4", encoding=encoding)


def open_frames(
    path: Path | str, names: Container[str] | None = None
) -> Iterator[tuple[str, xr.Dataset]]:
    """Yield (name, frame) in the order of the frame table, one frame in memory at a time.

    Parameters
    ----------
    path
        A chunk of RF frames or of images.
    names
        Frames to read; None reads all.
    """
    with netCDF4.Dataset(path) as chunk:
        for name, group in chunk.groups.items():
            if names is None or name in names:
                yield name, _read_frame(group)


def readable_frames(
    path: Path | str, names: Container[str] | None = None
) -> Iterator[tuple[str, xr.Dataset]]:
    """Yield what `open_frames` yields, without the frames that could not be read."""
    return ((name, frame) for name, frame in open_frames(path, names) if "error" not in frame.attrs)


def frame_attributes(path: Path | str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (name, attributes) of each frame without reading its samples."""
    with netCDF4.Dataset(path) as chunk:
        for name, group in chunk.groups.items():
            yield name, _attributes(group)


def _read_frame(group: netCDF4.Group) -> xr.Dataset:
    """What `write_chunk` wrote; xarray takes twice as long, and opens all groups for one."""
    variables, coordinates = {}, set()
    for name, variable in group.variables.items():
        variable.set_auto_maskandscale(False)
        values, attributes = variable[...], _attributes(variable)
        attributes.pop("_FillValue", None)
        coordinates.update(attributes.pop("coordinates", "").split())
        if attributes.pop("dtype", None) == "bool":
            values = values.astype(bool)
        variables[name] = variable.dimensions, values, attributes
    return xr.Dataset(variables, attrs=_attributes(group)).set_coords(coordinates)


def _attributes(part: netCDF4.Group | netCDF4.Variable) -> dict[str, Any]:
    return {name: part.getncattr(name) for name in part.ncattrs()}
