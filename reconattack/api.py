"""The interface for a notebook: one person, a few frames, one model.

    import reconattack as ra

    frame = ra.simulate_frame("patient 7")
    model = ra.open_model("liver.onnx", scaling={"divide": 255})
    found = ra.attack(frame, model, ra.paper_box(), method="minimal", max_queries=300)
    ra.plot.attack(found)

`reconattack` hands these names on: `ra.attack` is `reconattack.api.attack`. Frames and images are
xarray datasets with units, settings are dicts. docs/notebook.md is the guide, examples/ has two
notebooks. The workflow does not use this module.
"""

import importlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

import xarray as xr

from reconattack.attacks.attack_result import AttackResult
from reconattack.attacks.box import Box, box
from reconattack.attacks.method import method_names
from reconattack.attacks.options import (
    PAPER_ATTACK,
    PAPER_BOX,
    SMALL_CHANGE_BOX,
    attack_settings,
    option_schemas,
)
from reconattack.attacks.results import FrameResult
from reconattack.attacks.run import attack_frames
from reconattack.classifiers.model import ROWS, Model, open_model
from reconattack.errors import InputError, check_names
from reconattack.frames.doubtful import with_noted_doubts
from reconattack.frames.opening import checked_frames, frame_name, open_frame, open_frames
from reconattack.frames.picture import RANGE_ERROR, initial_setting, is_picture
from reconattack.frames.recording import recorded_frame
from reconattack.frames.scanner import Scanner, scanner_description
from reconattack.frames.stated_picture import picture_errors
from reconattack.readers.colours import TINTS
from reconattack.readers.formats import (
    read_channel_recording,
    read_image_file,
    read_recording,
)
from reconattack.readers.given_mask import frame_with_mask, picture_with_mask
from reconattack.readers.image_file import checked_cut
from reconattack.readers.layout import Layout
from reconattack.readers.picture_frames import picture_frame
from reconattack.reconstruction.calibration import reference_levels
from reconattack.reconstruction.channel_frames import recorded_channel_frame
from reconattack.reconstruction.drawing import reconstruct as reconstruct_image
from reconattack.reconstruction.parameters import GEOMETRY, NEUTRAL, OF_SAMPLES, PICTURE
from reconattack.reconstruction.setting import PAPER_SETTING, checked_setting
from reconattack.simulation.cohort import simulate_patient, simulate_rf
from reconattack.simulation.outlines import with_simulated_mask

__all__ = [
    "AttackResult",
    "Box",
    "InputError",
    "Model",
    "attack",
    "box",
    "methods",
    "open_frame",
    "open_frames",
    "open_model",
    "paper_attack",
    "paper_box",
    "paper_setting",
    "plot",  # noqa: F822  (`__getattr__` gives it)
    "read_frame",
    "read_picture",
    "reconstruct",
    "reference_level",
    "scanner",
    "setting",
    "simulate_frame",
    "small_change_box",
]

SIMULATED_SCANNER = {  # scanner_b of config.yaml
    "name": "simulated convex probe",
    "probe": "convex",
    "probe_radius": 0.050,
    "angle_span": 1.15,
    "sampling_frequency": 12.5e6,
    "center_frequency": 2.5e6,
    "sound_speed": 1540.0,
    "reference_level": 23.5,
    "gain_state": "raw",
}


def __getattr__(name: str) -> ModuleType:
    """`plot`, the module `reconattack.figures.plot`, which loads Matplotlib."""
    if name == "plot":
        return importlib.import_module("reconattack.figures.plot")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def simulate_frame(
    patient: str, *, lines: int = 192, samples: int = 2592, mask: bool = False
) -> xr.Dataset:
    """RF frame of a simulated patient's liver and kidney: simulated data, no recording.

    Parameters
    ----------
    patient
        Name of the patient. The same name gives the same frame, another name another patient; two
        of three are fatty.
    lines, samples
        Number of scan lines, and of samples in each.
    mask
        Whether the frame gets the true mask of its liver and kidney, for a model whose decision has
        `truth: mask`.

    Returns
    -------
    xarray.Dataset
        `rf` (depth, angle) float32, depth in m and angle in rad. Its attributes are those of
        `open_frame`, and `simulated` is 1.
    """
    drawn = simulate_patient(patient)
    frame = simulate_rf(drawn, Scanner(**SIMULATED_SCANNER), lines, samples)
    if mask:
        frame = with_simulated_mask(frame, ROWS)
    return frame.assign_attrs(name=patient, simulated=1)


def scanner(
    *,
    reference_level: float,
    name: str = "scanner",
    probe: str | None = None,
    sampling_frequency: float | None = None,
    center_frequency: float | None = None,
    sound_speed: float | None = None,
    start_depth: float | None = None,
    probe_radius: float | None = None,
    angle_span: float | None = None,
    lateral_span: float | None = None,
    gain_state: str | None = None,
    array: Mapping[str, Any] | None = None,
    scan: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe the scanner of recorded frames for `read_frame`. Nothing physical is guessed.

    Leave out what the file states itself.

    Parameters
    ----------
    reference_level
        Level added to the compensated level [dB], by which thresholds mean the same on every
        scanner. Begin with 0 and measure it with `reference_level` (the function).
    name
        Name of the scanner.
    probe
        `convex`, with `probe_radius` and `angle_span`, `linear`, with `lateral_span`, or `phased`,
        with `angle_span`.
    sampling_frequency, center_frequency
        In Hz.
    sound_speed
        In m/s.
    start_depth
        Depth of the first sample [m]; 0 if nobody states it.
    probe_radius, lateral_span
        Radius of a convex probe, and distance from the first to the last line of a linear one [m].
    angle_span
        Angle from the first to the last line of a convex probe [rad].
    gain_state
        Whether the samples carry a time gain: `raw`, `applied`, `removed` or `unknown`.
    array, scan
        Of channel data: elements and transmitted waves, and the scan lines that are beamformed, as
        in a configuration (docs/your-data.md).
    """
    facts = dict(locals())
    return {fact: value for fact, value in facts.items() if value is not None}


def read_frame(
    path: Path | str,
    scanner: Mapping[str, Any],
    *,
    index: int | None = None,
    patient: str | None = None,
    label: int | None = None,
    fat_fraction: float | None = None,
    mask: Path | str | None = None,
    reader: str | None = None,
    channels: bool = False,
    setting: Mapping[str, float] | None = None,
    **layout: Any,
) -> xr.Dataset:
    """Read one RF frame from a file of a scanner or of other software.

    An offset or drift of RF samples is removed; the attribute `drift_share` is its share of their
    energy (docs/your-data.md).

    Parameters
    ----------
    path
        A file in a format of docs/your-data.md: NumPy, MATLAB, MetaImage, UFF, zea, Clarius, ...
    scanner
        What the file does not state itself (`scanner`).
    index
        Which frame of the file, from 0; None if it has only one.
    patient
        Name of the patient; None takes the file's name.
    label
        1 (fatty), 0 (normal) or None (unknown). The attack on a frame without a label tries to
        change the model's own decision.
    fat_fraction
        Liver fat [%], if known.
    mask
        File of the frame's true mask, for a model whose decision has `truth: mask`: a picture, a
        `.npy` array or a NIfTI file over its B-mode image (docs/decisions.md).
    reader
        Name of the reader; None chooses one by the file's name and content.
    channels
        Whether the file holds channel data, the samples of single elements: lines are beamformed
        from them, and the channel data stand beside the lines.
    setting
        The setting at which the lines of channel data are beamformed; None for `paper_setting`.
    layout
        `variable`, `axes`, `dtype`, `shape`, `header_bytes`, `byte_order` of a file that does not
        describe itself, as in a frame table (docs/your-data.md).

    Returns
    -------
    xarray.Dataset
        A frame as `open_frame` gives it.

    Raises
    ------
    InputError
        If the file cannot be read, or a fact is stated by nobody or differently by two sources.
    """
    check_names("the layout of a file", layout, Layout.__dataclass_fields__)
    description = scanner_description(scanner)
    if setting is not None and not channels:
        raise InputError("a setting is given; expected channels=True, whose lines it beamforms")
    path = Path(path)
    read = read_channel_recording if channels else read_recording
    _, recording = read(path, None, reader, Layout(**layout))
    count = len(recording)
    index = _chosen_index(path, index, count, "frames")
    row = {"patient": patient or path.stem, "label": label, "fat_fraction": fat_fraction}
    try:
        if channels:
            start = checked_setting(PAPER_SETTING if setting is None else setting)
            frame = recorded_channel_frame(recording, index, description, row, start)
        else:
            frame = recorded_frame(recording, index, description, row)
        if mask is not None:
            frame = frame_with_mask(frame, mask, (), index)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return frame.assign_attrs(name=path.stem if count == 1 else f"{path.stem}_{index}")


def read_picture(
    path: Path | str,
    *,
    dynamic_range: float,
    dynamic_range_error: float = RANGE_ERROR,
    image_depth: float | None = None,
    center_frequency: float | None = None,
    probe: str | None = None,
    probe_radius: float | None = None,
    lateral_span: float | None = None,
    initial: Mapping[str, float] | None = None,
    index: int | None = None,
    patient: str | None = None,
    label: int | None = None,
    fat_fraction: float | None = None,
    mask: Path | str | None = None,
    box: Sequence[int] | None = None,
    tint: str = "refuse",
    reader: str | None = None,
    **picture: Any,
) -> xr.Dataset:
    """Read one finished B-mode image whose levels are known well enough to draw it again.

    docs/pictures.md says what such an image tells and what it leaves open.

    Parameters
    ----------
    path
        A PNG, JPEG, BMP, TIFF or DICOM file, or another of docs/your-data.md.
    dynamic_range
        From black to white [dB].
    dynamic_range_error
        How far it may be from the truth, below and above [dB].
    image_depth
        Depth from the probe's face to the deepest echo [m]; without it, and if the file states no
        size of a pixel, beta and the sliders cannot be changed.
    center_frequency
        In Hz; without it beta cannot be changed.
    probe, probe_radius, lateral_span
        `convex` or `linear`, its radius and the width of the images [m], which help to find the
        scan in the picture.
    initial
        The setting at which the picture counts as drawn; None for `paper_setting`. Boxes of attacks
        start there.
    index, patient, label, fat_fraction, mask, reader
        As for `read_frame`; the mask covers the whole picture in its file.
    box
        Left, top, right, bottom [pixels], the last two outside: the part of the image that is kept.
    tint
        `convert` takes tinted images.
    picture
        `grey_map`, `region`, `lossy`, `resized`, `censored_margin`, as in a configuration
        (docs/pictures.md).

    Returns
    -------
    xarray.Dataset
        `grey` (z, x) uint8 and `sector` (z, x) bool. Doubts about where the scan lies are its
        attribute `notes`.

    Raises
    ------
    InputError
        If the file cannot be read, or a fact contradicts the picture.
    """
    check_names("a picture", picture, ("grey_map", "region", "lossy", "resized", "censored_margin"))
    path = Path(path)
    facts = {
        "center_frequency": center_frequency,
        "probe": probe,
        "probe_radius": probe_radius,
        "lateral_span": lateral_span,
    }
    known = picture | {"dynamic_range": dynamic_range, "dynamic_range_error": dynamic_range_error}
    if image_depth is not None:
        known["image_depth"] = image_depth
    errors = picture_errors({**facts, **known})
    if dynamic_range is None:
        errors.insert(0, "dynamic_range is None; expected the decibels from black to white")
    if tint not in TINTS:
        errors.append(f"tint is {tint!r}; expected one of {', '.join(TINTS)}")
    if errors:
        raise InputError("\n    ".join(f"{path}: {line}" for line in errors))
    start = checked_setting(PAPER_SETTING if initial is None else initial)
    begun = [
        name
        for name in (*OF_SAMPLES, *GEOMETRY, *PICTURE)
        if start.get(name, NEUTRAL[name]) != NEUTRAL[name]
    ]
    if begun:
        raise InputError(
            f"initial has {', '.join(begun)}, and a finished image begins without; expected the "
            "paper's parameters, gain and sliders"
        )
    _, file = read_image_file(path, None, reader, None, box, tint)
    index = _chosen_index(path, index, len(file), "images")
    row = {"patient": patient or path.stem, "label": label, "fat_fraction": fat_fraction}
    description = facts | {"name": "picture", "picture": known}
    try:
        frame = picture_frame(file, index, description, row, start)
        if mask is not None:
            shape = file.shape or file.pixels.shape[1:]
            cut = checked_cut(1, shape, box)
            frame = picture_with_mask(frame, mask, (), shape, cut, index)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    name = path.stem if len(file) == 1 else f"{path.stem}_{index}"
    return with_noted_doubts(frame).assign_attrs(name=name)


def _chosen_index(path: Path, index: int | None, count: int, what: str) -> int:
    """Number of the frame to read of a file; the only one if none is chosen."""
    if index is None and count > 1:
        raise InputError(f"{path} holds {count} {what}; choose one: index=0 to index={count - 1}")
    if not 0 <= (index or 0) < count:
        raise InputError(
            f"{path} holds {count} {what}; found index={index}, expected 0 to {count - 1}"
        )
    return index or 0


def setting(
    *, beta: float, alpha_lower: float, alpha_upper: float, **others: float
) -> dict[str, float]:
    """A setting of the reconstruction: a dict, so `{**start, "beta": 0.7}` is a changed one.

    Parameters
    ----------
    beta
        Attenuation coefficient of the compensation [dB/(cm MHz)].
    alpha_lower, alpha_upper
        Thresholds [dB]: black and below, white and above.
    others
        Further parameters, in the units of docs/attacks.md; those left out have no effect.

    Raises
    ------
    InputError
        If a parameter is unknown or outside its limits, or the thresholds are not in order.
    """
    paper = {"beta": beta, "alpha_lower": alpha_lower, "alpha_upper": alpha_upper}
    return checked_setting(paper | others)


def paper_setting() -> dict[str, float]:
    """The initial setting of Byra et al. 2020: 0.9 dB/(cm MHz), 10 to 55 dB."""
    return dict(PAPER_SETTING)


def reconstruct(frame: xr.Dataset, setting: Mapping[str, float], rows: int = ROWS) -> xr.Dataset:
    """Reconstruct a frame at a setting.

    Parameters
    ----------
    frame
        An RF frame.
    setting
        As `setting` gives it.
    rows
        Height of the image in pixels; a model takes images of `Model.rows`.

    Returns
    -------
    xarray.Dataset
        `bmode` (z, x) uint8 and `sector` (z, x) bool, False outside the insonified region; z and x
        in m. The setting's values are scalar coordinates.

    Raises
    ------
    InputError
        If frame or setting cannot be used.
    """
    (frame,) = checked_frames(frame)
    return reconstruct_image(frame, checked_setting(setting), rows)


def reference_level(
    frames: xr.Dataset | Sequence[xr.Dataset], setting: Mapping[str, float]
) -> float:
    """Reference level of a scanner [dB], measured on typical frames of it.

    At this level and setting, the median level of the frames lies in the middle of the window.

    Parameters
    ----------
    frames
        One RF frame or several, whatever their own reference level.
    setting
        The setting at which the images should look right.
    """
    named = {str(number): frame for number, frame in enumerate(checked_frames(frames))}
    levels = reference_levels(named.items(), {"": list(named)}, checked_setting(setting), ROWS)
    return float(levels["reference_level"].item())


def paper_box() -> Box:
    """The box of Byra et al. 2020 about `paper_setting`.

    It is wide: beta -+ 0.4 dB/(cm MHz) is -+ 30 dB at a depth of 15 cm and 2.5 MHz.
    """
    return box(PAPER_SETTING, **PAPER_BOX)


def small_change_box() -> Box:
    """The paper's box at 0.14 of its width, about `paper_setting`.

    At its corners the median frame of the simulated scanner B changes by at most 20 grey levels
    (docs/attacks.md). Frames of other scanners may change more.
    """
    return box(PAPER_SETTING, **SMALL_CHANGE_BOX)


def paper_attack() -> dict[str, Any]:
    """Method and options of Byra et al. 2020: `ra.attack(frame, model, box, **paper_attack())`."""
    return deepcopy(PAPER_ATTACK)


def methods() -> dict[str, dict[str, str]]:
    """The methods of attack, and what each of their options means (docs/attacks.md)."""
    return {
        method: {
            option: schema.get("description", "see docs/attacks.md")
            for option, schema in option_schemas(method).items()
        }
        for method in method_names()
    }


def attack(
    frame: xr.Dataset | Sequence[xr.Dataset],
    model: Model,
    box: Box,
    *,
    method: str,
    **options: Any,
) -> AttackResult | list[AttackResult]:
    """Search the box for a setting at which the model changes its decision.

    Parameters
    ----------
    frame
        An RF frame, or a list of frames, whose queries are batched.
    model
        Classifies every frame.
    box
        Start and bounds of the parameters.
    method
        One of `methods`: `minimal` for margins, `corners` as a baseline, `grid` for the exact worst
        case on a lattice, `zoo` for the paper's (`paper_attack`), and others.
    options
        All options of the method: `max_queries` for most of them. Methods that move by steps also
        take `probe` and `rate`, dicts with a step for each parameter of the box.

    Returns
    -------
    AttackResult
        A list of them for a list of frames. Random numbers depend on the names of method and frame
        only, so the result repeats.

    Raises
    ------
    InputError
        If the method or an option is unknown, missing or of no use for the model or box.
    """
    listed = checked_frames(frame)
    _check_starts(listed, box)
    frames = {frame_name(one): one for one in listed}
    if len(frames) < len(listed):
        raise InputError(
            "two frames have the same name; name each of them: frame.assign_attrs(name='p07 left')"
        )
    settings = attack_settings(method, options, box.bounds, model.keras is not None)
    record = attack_frames(
        frames,
        model.judge,
        settings,
        box.start,
        model.rows,
        model.cutoff,
        method,
        threads=None,  # a notebook may have used TensorFlow before
        keras=model.keras,
    )
    knobs = settings["parameters"]
    results = [
        AttackResult(frame, model, box, method, knobs, FrameResult(record.isel(frame=number)))
        for number, frame in enumerate(listed)
    ]
    return results[0] if isinstance(frame, xr.Dataset) else results


def _check_starts(frames: Sequence[xr.Dataset], box: Box) -> None:
    """Raise InputError if a box starts elsewhere than where a picture counts as drawn."""
    for frame in filter(is_picture, frames):
        drawn = initial_setting(frame)
        moved = [name for name in drawn if box.start.get(name, drawn[name]) != drawn[name]]
        if moved:
            raise InputError(
                f"the picture {frame_name(frame)} counts as drawn at {drawn}, and the box starts "
                f"at another {', '.join(moved)}; expected the same: read_picture(..., initial=...)"
            )
