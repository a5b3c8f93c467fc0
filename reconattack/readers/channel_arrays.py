"""Channel data in a plain array, and what else such a file may state under names of this project.

The frame table states the order of the array's axes, and the scanner the probe and the waves. A
file that holds other arrays with the `NAMES` states these itself.
"""

from collections.abc import Mapping

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.channel_recording import ChannelRecording
from reconattack.readers.layout import REVERSED, Layout, joined_parts, parsed_axes, squeezed

AXES = ("frame", "transmit", "element", "sample", "iq")
FACTS = ("sampling_frequency", "center_frequency", "sound_speed", "probe_radius")
PLACES = ("element_x", "element_z", "transmit_delay", "start_time", "demodulation_frequency")
NAMES = (*PLACES, *FACTS)
SCALARS = (*FACTS, "demodulation_frequency")


def recording_of_arrays(
    samples: np.ndarray, layout: Layout, stated: Mapping[str, np.ndarray]
) -> ChannelRecording:
    """The frames in an array of samples, with what the file states beside it.

    Parameters
    ----------
    samples
        The array in the file.
    layout
        Its `axes`, comma-separated names from `AXES`; those of length 1 may be left out.
    stated
        Other arrays of the file by name, among them some of `NAMES`, in SI units; `transmit_delay`
        is (transmit, element).

    Raises
    ------
    InputError
        If the axes are unknown or do not fit, or an array under one of `NAMES` is not as it has to
        be.
    """
    frames = _arranged(samples, layout)
    _, transmits, elements, _ = frames.shape
    known = {name: np.asarray(stated[name]) for name in NAMES if name in stated}
    shapes = {
        "element_x": (elements,),
        "element_z": (elements,),
        "transmit_delay": (transmits, elements),
        "start_time": (transmits,),
        **dict.fromkeys(SCALARS, ()),
    }
    lines = [line for name, value in known.items() for line in _wrong(name, value, shapes[name])]
    if ("element_x" in known) != ("element_z" in known):
        lines.append("found one of element_x and element_z; expected both, or neither")
    if lines:
        raise InputError("\n    ".join(lines))
    values = {name: _shaped(name, value, shapes[name]) for name, value in known.items()}
    return ChannelRecording(
        frames,
        {name: float(values[name]) for name in FACTS if name in values},
        **{name: values[name] for name in PLACES if name in values and name not in SCALARS},
        demodulation_frequency=(
            float(values["demodulation_frequency"]) if "demodulation_frequency" in values else None
        ),
    )


def _wrong(name: str, value: np.ndarray, shape: tuple[int, ...]) -> list[str]:
    """What is wrong with an array under a name of this project."""
    count = int(np.prod(shape))
    sizes = {count, 1} if name == "start_time" else {count}
    if value.dtype.kind not in "iuf" or value.size not in sizes:
        expected = " x ".join(map(str, shape)) or "a single number"
        return [f"{name} has the shape {value.shape} of {value.dtype}; expected {expected}"]
    if name == "transmit_delay" and np.squeeze(value).shape != np.squeeze(np.empty(shape)).shape:
        return [
            f"transmit_delay has the shape {value.shape}; expected {shape}: (transmit, element)"
        ]
    finite = np.isfinite(value) | (np.isnan(value) & (name == "transmit_delay"))
    return [] if finite.all() else [f"{name} holds {value[~finite][0]}; expected finite numbers"]


def _shaped(name: str, value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if name == "start_time" and value.size == 1:
        return np.full(shape, float(value.ravel()[0]))
    return value.astype(float).reshape(shape)


def _arranged(array: np.ndarray, layout: Layout) -> np.ndarray:
    """The samples as (frame, transmit, element, sample), complex if there is an axis iq."""
    if array.dtype.kind not in "iufc":
        raise InputError(f"the samples are of type {array.dtype}; expected numbers")
    if layout.axes is None:
        raise InputError(
            f"the samples have the shape {array.shape}; expected the order of these axes in the "
            f"column axes, such as frame,transmit,element,sample (names: {', '.join(AXES)})"
        )
    array = squeezed(array, layout.axes)
    names = parsed_axes(layout.axes, array.shape, AXES, ("element", "sample"))
    plain = [name.removesuffix(f" {REVERSED}") for name in names]
    turned = [axis for axis, name in enumerate(names) if name.endswith(REVERSED)]
    if any(plain[axis] != "element" for axis in turned):
        raise InputError(
            f"axes is {layout.axes!r}; expected only the elements {REVERSED}, from right to left"
        )
    array = np.flip(array, turned)
    if "iq" in plain:
        array, plain = joined_parts(array, plain)
    order = [name for name in AXES[:4] if name in plain]
    array = array.transpose([plain.index(name) for name in order])
    shape = dict(zip(order, array.shape, strict=True))
    return array.reshape([shape.get(name, 1) for name in AXES[:4]])
