"""The inputs and outputs of an ONNX file, read from the file: layout, scaling, form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reconattack.classifiers.backends.model_files import external_data
from reconattack.classifiers.backends.scaling import GREY_LEVELS, Scaling, declared_scaling
from reconattack.classifiers.output import COLUMNS
from reconattack.errors import InputError

DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}
LAYOUTS = {
    "nchw": ("batch", "channel", "height", "width"),
    "nhwc": ("batch", "height", "width", "channel"),
    "nhw": ("batch", "height", "width"),
    "flat": ("batch", "features"),
}
EXPECTED = (
    "expected one input of images, (batch, height, width, channel) or (batch, channel, height, "
    "width) with one or three channels, (batch, height, width) or (batch, pixel), of floating "
    "point numbers or uint8"
)
OWN_OUTPUTS = ("logit", "probability")  # of this project's exports; the name is the form
# Output of its exports that decide otherwise, by the kind of the decision in their metadata
OWN_DECISIONS = {"classes": "logits", "number": "number", "mask": "mask"}
OWN_NAMES = "names as this project exports them"
# Image.NominalPixelRange of https://onnx.ai/onnx/repo-docs/MetadataProps.html, in lower case
PIXEL_RANGES = {
    "nominalrange_0_255": GREY_LEVELS,
    "normalized_0_1": Scaling(255.0),
    "normalized_1_1": Scaling(127.5, mean=(1.0,)),
    "nominalrange_16_235": Scaling(255 / 219, mean=(-16.0,)),
}
KNOWN_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
SCORES = (
    *("tensor(float)", "tensor(float16)", "tensor(double)"),
    *("seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))"),
)
LABELS = ("tensor(int64)", "tensor(int32)", "tensor(string)")
SHAPE_ONLY = {
    *("Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten", "Transpose", "Cast", "ZipMap"),
}
LINEAR = {"Gemm", "MatMul", "Conv"}
FORMS = {  # last node -> form of one and of two outputs
    "Sigmoid": ("probability", None),
    "Softmax": (None, "probabilities"),
    "LogSoftmax": (None, "logits"),
} | dict.fromkeys(LINEAR, ("logit", "logits"))


@dataclass(frozen=True)
class ImageInput:
    """The image input of a model.

    Attributes
    ----------
    name
        Name of the input.
    dtype
        Type of its numbers.
    layout
        A name in `LAYOUTS`; `flat` has the pixels row by row.
    channels
        1, or 3 that all get the same grey levels; None if it is still to be found out.
    size
        (height, width) in pixels.
    batch
        Fixed number of images in a batch; None for any number.
    """

    name: str
    dtype: type
    layout: str
    channels: int | None
    size: tuple[int, int]
    batch: int | None


def image_input(
    inputs: Sequence[Any],
    layout: str | None = None,
    input_size: Sequence[int] | None = None,
    channels: int | None = None,
) -> ImageInput:
    """The image input of a model, from the inputs that an ONNX Runtime session lists.

    Parameters
    ----------
    inputs
        Each with `name`, `type` and `shape`; a size that is not fixed is not an integer, and a
        shape of which nothing is known is empty.
    layout, input_size, channels
        Declarations of the configuration, needed where the shape leaves them open.

    Raises
    ------
    InputError
        If there is no such input, or a declaration is missing or contradicts the shape.
    """
    found = "; ".join(f"{value.name} {value.type} {value.shape}" for value in inputs)
    if len(inputs) != 1 or inputs[0].type not in DTYPES:
        raise InputError(f"found the inputs {found}; {EXPECTED}")
    (value,) = inputs
    shape = [side if isinstance(side, int) else None for side in value.shape]
    layout = _layout(shape, layout, found)
    shape = shape or [None] * len(LAYOUTS[layout])
    named = dict(zip(LAYOUTS[layout], shape, strict=True))
    size = _flat_size if layout == "flat" else _size
    height_and_width = size(named, input_size, found)
    return ImageInput(
        value.name,
        DTYPES[value.type],
        layout,
        _channels(named, channels, found),
        height_and_width,
        named["batch"],
    )


def _layout(shape: Sequence[int | None], declared: str | None, found: str) -> str:
    fitting = [layout for layout, axes in LAYOUTS.items() if not shape or len(axes) == len(shape)]
    of_channels = {
        layout: shape[axes.index("channel")]
        for layout, axes in LAYOUTS.items()
        if shape and layout in fitting and "channel" in axes
    }
    possible = [layout for layout in fitting if of_channels.get(layout, 1) in (1, 3, None)]
    if not possible or (declared and declared not in possible):
        said = f"layout: {declared} is declared; " if declared else ""
        raise InputError(f"found the input {found}; {said}{EXPECTED}")
    if declared:
        return declared
    if len(shape) == 3 and (shape[0] == 3 or shape[2] in (1, 3)):
        raise InputError(
            f"the shape of the input {found} does not tell whether an axis is the channel; if it "
            "is (batch, height, width), add to the model's configuration layout: nhw. A model "
            "without the axis batch cannot be used: export it with one"
        )
    fixed = [layout for layout in possible if of_channels.get(layout, 1)]
    if len(fixed or possible) > 1:
        raise InputError(
            f"the shape of the input {found} does not tell which axis is the channel; add to the "
            "model's configuration layout: nchw (PyTorch) or layout: nhwc (Keras)"
            + ("" if shape else ", layout: nhw (no channel) or layout: flat (scikit-learn)")
        )
    return (fixed or possible)[0]


def _channels(named: Mapping[str, int | None], declared: int | None, found: str) -> int | None:
    """Number of channels; None if neither shape nor configuration says it."""
    channels = named.get("channel", 1)
    if declared is not None and channels not in (None, declared):
        raise InputError(
            f"channels is {declared}, the input is {found}; expected {channels}, or none declared"
        )
    return channels or declared


def _size(
    named: Mapping[str, int | None], declared: Sequence[int] | None, found: str
) -> tuple[int, int]:
    sides = named["height"], named["width"]
    if declared is None and None in sides:
        raise InputError(
            f"the input {found} takes images of any size; add to the model's configuration the "
            "one that it was trained with, input_size: [height, width]"
        )
    if declared is None:
        return sides
    if any(side not in (None, wanted) for side, wanted in zip(sides, declared, strict=True)):
        raise InputError(
            f"input_size is {list(declared)}, the input is {found}; expected the same height and "
            "width, or none declared"
        )
    return tuple(declared)


def _flat_size(
    named: Mapping[str, int | None], declared: Sequence[int] | None, found: str
) -> tuple[int, int]:
    if declared is None:
        raise InputError(
            f"the input {found} takes rows of features; if they are the pixels of an image, row by "
            "row, add to the model's configuration input_size: [height, width]"
        )
    pixels = int(np.prod(declared))
    if named["features"] not in (None, pixels):
        raise InputError(
            f"the input {found} takes {named['features']} features, an image of input_size "
            f"{list(declared)} has {pixels} pixels; expected as many"
        )
    return tuple(declared)


def own_output(
    images: ImageInput, outputs: Sequence[str], metadata: Mapping[str, str]
) -> str | None:
    """The output that decides, of an export of this project; None for models of other origin.

    Exports have the names, layout and type that this project gives. Those that are not binary name
    their kind of decision in the metadata as well.
    """
    if (images.layout, images.channels) != ("nhwc", 1) or images.dtype != np.float32:
        return None
    if images.name != "image":
        return None
    if set(OWN_OUTPUTS) <= set(outputs):
        return "logit"
    decided = OWN_DECISIONS.get(metadata.get("decision", ""))
    return decided if decided in outputs else None


def pixel_scaling(
    images: ImageInput,
    own_export: bool,
    metadata: Mapping[str, str],
    declared: Mapping[str, Any] | None = None,
) -> tuple[Scaling, str]:
    """The scaling of grey levels to the model's input, and its source.

    Parameters
    ----------
    images
        The image input.
    own_export
        Whether the model is an export of this project.
    metadata
        Metadata of the file.
    declared
        `scaling` of the configuration.

    Raises
    ------
    InputError
        If the scaling is unknown, or two sources disagree.
    """
    stated = _stated_scaling(images, own_export, metadata)
    if declared is None and stated is None:
        raise InputError(
            f"nothing says which numbers the input {images.name} takes; add to the model's "
            "configuration scaling: {divide: 255} for grey levels from 0 to 1, {divide: 255, mean: "
            "[...], std: [...]} for standardised ones, {divide: 1} for 0 to 255"
        )
    if declared is None:
        return stated
    scaling = declared_scaling(**declared, channels=images.channels)
    if stated is not None and scaling != stated[0]:
        raise InputError(
            f"two sources disagree on the input's numbers: the configuration declares "
            f"{scaling.as_settings()}, {stated[1]} says {stated[0].as_settings()}"
        )
    return scaling, "configuration"


def _stated_scaling(
    images: ImageInput, own_export: bool, metadata: Mapping[str, str]
) -> tuple[Scaling, str] | None:
    if own_export:
        return GREY_LEVELS, OWN_NAMES
    if images.dtype == np.uint8:
        return GREY_LEVELS, "type uint8"
    values = {name.lower(): value for name, value in metadata.items()}
    stated = values.get("image.nominalpixelrange")
    if stated is None:
        return None
    if stated.lower() not in PIXEL_RANGES:
        raise InputError(
            f"metadata Image.NominalPixelRange is {stated!r}; expected one of "
            f"{', '.join(PIXEL_RANGES)} in any case"
        )
    return PIXEL_RANGES[stated.lower()], f"metadata Image.NominalPixelRange {stated}"


def chosen_output(outputs: Sequence[Any], declared: str | None) -> str:
    """Name of the output with the diagnosis.

    Parameters
    ----------
    outputs
        As an ONNX Runtime session lists them, each with `name`, `type` and `shape`. A label beside
        the scores, as converters of scikit-learn write it, is not the diagnosis.
    declared
        `output_name` of the configuration.

    Raises
    ------
    InputError
        If there are several, or the output holds no scores.
    """
    listed = ", ".join(f"{value.name} {value.shape}" for value in outputs)
    scores = [value.name for value in outputs if value.type in SCORES]
    if declared is not None:
        named = {value.name: value.type for value in outputs}
        if declared not in named:
            raise InputError(f"output_name is {declared!r}; expected one of the outputs {listed}")
        if declared not in scores:
            raise InputError(
                f"output {declared} is {named[declared]}; expected floating point numbers"
            )
        return declared
    if not scores:
        types = ", ".join(f"{value.name} {value.type}" for value in outputs)
        raise InputError(f"found the outputs {types}; expected scores in floating point numbers")
    if len(scores) > 1:
        raise InputError(
            f"found the outputs {listed}; add to the model's configuration output_name: the one "
            "that is the diagnosis"
        )
    return scores[0]


def label_output(outputs: Sequence[Any]) -> str | None:
    """Name of the only output that holds whole numbers or words: a model's own decision."""
    labels = [value.name for value in outputs if value.type in LABELS]
    return labels[0] if len(labels) == 1 else None


def declared_classes(path: Path | str) -> list[int | str]:
    """Classes that a node of ONNX's classical models names, in the order of its scores."""
    for node in _load_graph(path).node:
        for attribute in node.attribute:
            if attribute.name in ("classlabels_ints", "classlabels_int64s") and attribute.ints:
                return list(attribute.ints)
            if attribute.name == "classlabels_strings" and attribute.strings:
                return [word.decode() for word in attribute.strings]
    return []


def own_output_form(output: str, declared: str | None) -> tuple[str, str]:
    """The form of an output of this project's own exports, which is its name, and its source."""
    if declared not in (None, output):
        raise InputError(
            f"two sources disagree on the output {output}: the configuration declares {declared}, "
            f"{OWN_NAMES} say {output}"
        )
    return output, OWN_NAMES


def output_form(columns: int, last: str, declared: str | None) -> tuple[str, str]:
    """The form of an output, and its source.

    Parameters
    ----------
    columns
        Number of values for an image.
    last
        Type of the last node that changes numbers, from `last_operation`.
    declared
        `output` of the configuration.

    Raises
    ------
    InputError
        If the form is unknown, or does not fit the number of values.
    """
    if columns not in (1, 2):
        raise InputError(
            f"found {columns} numbers for an image; expected one, or one of each of two classes. "
            "More classes: wrap the model as python: package.module:function, which says what "
            "counts as class 1"
        )
    if declared is not None:
        if COLUMNS[declared] != columns:
            raise InputError(
                f"output: {declared} is declared, which is {COLUMNS[declared]} for an image; found "
                f"{columns}"
            )
        return declared, "configuration"
    form = FORMS.get(last, (None, None))[columns - 1]
    if form is None:
        forms = " or ".join(name for name, count in COLUMNS.items() if count == columns)
        raise InputError(
            f"the last node is {last}, which does not tell what its output of {columns} for each "
            f"image means; add to the model's configuration output: {forms}"
        )
    return form, f"last node {last}"


def form_of_values(scores: np.ndarray) -> str:
    """`probabilities` if two scores always add up to 1 and lie between 0 and 1, else `logits`."""
    inside = scores.min() >= 0 and scores.max() <= 1
    return "probabilities" if inside and np.allclose(scores.sum(axis=1), 1, atol=1e-3) else "logits"


def positive_class(
    own: Sequence[int | str], declared: int | None, classes: Sequence[int | str] | None
) -> int:
    """Position, among a model's own classes, of the one that corresponds to label 1.

    Parameters
    ----------
    own
        The model's classes, in the order of its scores.
    declared
        `positive_class` of the configuration.
    classes
        `classes` of the configuration: the model's classes of label 0 and label 1.

    Raises
    ------
    InputError
        If there are not two classes, or other ones than 0 and 1 are not declared, or wrongly.
    """
    if len(own) != 2:
        raise InputError(f"found {len(own)} classes, {', '.join(map(str, own))}; expected two")
    if classes is not None:
        if declared is not None:
            raise InputError("classes and positive_class are declared; expected one of them")
        if sorted(map(str, classes)) != sorted(map(str, own)):
            raise InputError(
                f"classes are {list(classes)}; expected those of the model, {own}, in the order of "
                "label 0 and label 1"
            )
        return [str(name) for name in own].index(str(classes[1]))
    if declared is None and list(own) != [0, 1]:
        raise InputError(
            f"its classes are {own[0]} and {own[1]}; add to the model's configuration "
            f"classes: [{own[0]}, {own[1]}], the one of label 0 first"
        )
    return 1 if declared is None else declared


def last_operation(path: Path | str, output: str) -> str:
    """Type of the last node before an output that changes more than shapes or types.

    A sum counts as the linear operation to which it adds a bias.
    """
    graph = _load_graph(path)
    makers = {name: node for node in graph.node for name in node.output}
    node = makers.get(output)
    while node is not None and node.op_type in SHAPE_ONLY:
        node = makers.get(node.input[0])
    if node is None:
        return "the input itself"
    if node.op_type == "Add":
        summands = [makers[name].op_type for name in node.input if name in makers]
        return summands[0] if len(summands) == 1 and summands[0] in LINEAR else "Add"
    return node.op_type


def _load_graph(path: Path | str):
    """The graph without its weights; raises InputError if these lie in an unexpected file."""
    import onnx
    from onnx.external_data_helper import ExternalDataInfo

    graph = onnx.load(path, load_external_data=False).graph
    expected = external_data(path).name
    for tensor in graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            location = ExternalDataInfo(tensor).location
            if location != expected:
                raise InputError(
                    f"its weights lie in {location}; expected them inside the file or in "
                    f"{expected} beside it: save it again with onnx.save(onnx.load(path), path)"
                )
    return graph


def unknown_operators(path: Path | str) -> list[str]:
    """Operators in a file that neither ONNX nor the file itself defines, as domain.name."""
    import onnx

    try:
        model = onnx.load(path, load_external_data=False)
    except Exception:  # any error of the parser: this function only explains another error
        return []
    defined = {(function.domain, function.name) for function in model.functions}
    return sorted(
        {
            f"{node.domain}.{node.op_type}"
            for node in model.graph.node
            if node.domain not in KNOWN_DOMAINS and (node.domain, node.op_type) not in defined
        }
    )
