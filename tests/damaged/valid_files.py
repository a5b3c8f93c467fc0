"""A small valid file of every format that is read, and how a frame, an image or a table is made
of it. Only the worker imports this: it takes builders from the readers' own tests."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import pydicom
import scipy.io
import SimpleITK
import yaml
from PIL import Image
from pydicom.uid import RLELossless
from sklearn.linear_model import LogisticRegression

import tests.readers.channels.test_uff as uff_channels
import tests.readers.rf.test_clarius as clarius
import tests.readers.rf.test_matlab as matlab
import tests.readers.rf.test_siemens_rfd as siemens_rfd
import tests.readers.rf.test_uff as uff
import tests.readers.rf.test_ultrasonix as ultrasonix
import tests.readers.rf.test_zea as zea
from reconattack.classifiers.backends.model_files import check_model_file
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.backends.skops_files import load_model, save_model
from reconattack.frames.channel_recording import recorded_channels
from reconattack.frames.recording import recorded_frame
from reconattack.frames.table import read_frame_table
from reconattack.readers.containers.matlab_files import load_variable
from reconattack.readers.formats import (
    read_channel_recording,
    read_image_file,
    read_recording,
)
from reconattack.readers.layout import Layout
from reconattack.readers.liver_mask import read_mask
from reconattack.run.configuration import check_configuration
from tests.counted_samples import read_counted
from tests.places import ROOT

DATA = ROOT / "tests" / "data"
DESCRIPTION = {
    **{"name": "s", "reference_level": 0.0, "probe": "linear", "sampling_frequency": 40e6},
    **{"center_frequency": 5e6, "sound_speed": 1540.0, "start_depth": 0.0, "lateral_span": 0.03},
}
SPARSE = {"name": "s", "reference_level": 0.0, "sound_speed": 1540.0, "center_frequency": 2.5e6}
SPARSE_CHANNELS = SPARSE | {"center_frequency": 5e6}
SPARSE_SIEMENS = {"name": "s", "reference_level": 0.0, "sound_speed": 1540.0}
SPARSE_ULTRASONIX = SPARSE_SIEMENS | {"probe": "linear", "lateral_span": 0.03}
RF = (np.random.default_rng(1).standard_normal((2, 80, 16)) * 1000).astype(np.int16)
LONGER = np.concatenate([RF, RF], axis=1)[:, : siemens_rfd.SAMPLES, : siemens_rfd.LINES]
IMAGES = np.random.default_rng(2).integers(0, 256, (3, 24, 32)).astype(np.uint8)


class Format(NamedTuple):
    """`write` takes a path and may put further files beside it, `read` the path alone."""

    file: str
    write: Callable[[Path], object]
    read: Callable[[Path], object]


def recording(
    description: dict,
    count: int = 2,
    reader: str | None = None,
    read_file: Callable = read_recording,
    **layout,
) -> Callable:
    """What reads a file of `count` frames and makes a frame of the last."""

    def read(path: Path) -> None:
        _, file = read_file(path, count, reader, Layout(**layout))
        recorded_frame(file, count - 1, description, {"patient": "p"})

    return read


def channels(count: int, **layout) -> Callable:
    """The same for a file of channel data."""

    def read(path: Path) -> None:
        _, file = read_channel_recording(path, count, layout=Layout(**layout))
        recorded_channels(file, count - 1, SPARSE_CHANNELS, {"patient": "p"})

    return read


def images(count: int, **layout) -> Callable:
    return lambda path: read_image_file(path, count, layout=Layout(**layout))


def copied(name: str) -> Callable:
    return lambda path: shutil.copyfile(DATA / name, path)


def write_channels(path: Path) -> None:
    beside = {"element_x": np.arange(16) * 3e-4, "element_z": np.zeros(16)}
    delays = np.zeros((2, 16))
    np.savez(path, echoes=RF, transmit_delay=delays, sampling_frequency=40e6, **beside)


def write_metaimage(path: Path, compressed: bool = False) -> None:
    image = SimpleITK.GetImageFromArray(RF.swapaxes(1, 2))
    SimpleITK.WriteImage(image, str(path), useCompression=compressed)


def write_stack(path: Path) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(IMAGES), str(path), useCompression=True)


def write_matlab(path: Path, values: np.ndarray, **options) -> None:
    scipy.io.savemat(path, {"rf": values, "fs": 40e6}, **options)
    content = path.read_bytes()
    if content.startswith(b"MATLAB"):  # the time of writing stands there
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + content[116:])


def write_objects(path: Path) -> None:
    others = matlab.matlab_object(b"when", b"datetime"), matlab.HANDLE, matlab.WORKSPACE
    path.write_bytes(matlab.file_of(others[0], matlab.SAMPLES, *others[1:]))


def write_clarius(path: Path) -> None:
    samples = np.arange(-1024, 1024).reshape(2, 8, 128).swapaxes(1, 2)
    clarius.write(path.parent, samples)


def write_package(path: Path) -> None:
    packed = ("scan_rf.raw.lzo", clarius.PACKED.read_bytes())
    clarius.pack(path, [packed, ("scan_rf.yml", clarius.settings())])


def write_lzo(path: Path) -> None:
    shutil.copyfile(clarius.PACKED, path)
    path.with_name("scan_rf.yml").write_text(clarius.settings(), "utf-8")


def write_uff(path: Path) -> None:
    samples = (RF + 1j * RF[::-1]).astype(np.complex64)
    axes = {"depth_axis": uff.DEPTH + uff.RADIUS, "azimuth_axis": uff.ANGLE}
    uff.write_as_ustb(path, samples, "uff.sector_scan", axes)


def write_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("scan/rf", data=RF, compression="gzip")
        file["scan/fs"] = 40e6


def write_dicom(path: Path, packed: bool = False) -> None:
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
    dataset.SOPInstanceUID = "1.2.3"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = IMAGES.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset["PixelData"] = pydicom.DataElement("PixelData", "OB", IMAGES.tobytes())
    if packed:
        dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(path, enforce_file_format=True)


def write_picture(path: Path) -> None:
    Image.fromarray(IMAGES[0]).save(path)


def write_pages(path: Path) -> None:
    first, *others = (Image.fromarray(image) for image in IMAGES)
    first.save(path, save_all=True, append_images=others)


def write_table(path: Path) -> None:
    for name in ("a", "b"):
        path.with_name(f"{name}.mha").touch()
    path.write_text(
        "frame\tpatient\tlabel\tpath\tframes\tscanner\tfat_fraction\n"
        "z\tp1\t1\ta.mha\t\ts\t12.5\nm\tp2\t0\tb.mha\t3\ts\t\n"
    )


def read_configuration(path: Path) -> None:
    """As Snakemake does, whose own YAML errors these are; what it takes is then checked."""
    try:
        config = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    default = yaml.safe_load((ROOT / "config.yaml").read_text())
    merged = default | config if isinstance(config, dict) else config
    check_configuration(merged, ROOT / "schemas" / "config.schema.yaml")


def read_model(path: Path) -> None:
    check_model_file(path)
    if path.suffix == ".skops":
        load_model(path)
    else:
        OnnxClassifier(path, input_size=(32, 32), scaling={"divide": 1})


def write_skops(path: Path) -> None:
    save_model(LogisticRegression().fit(RF[0, :, :4], np.arange(80) % 2), path)


BINARY = {"dtype": "int16", "shape": "2,80,16", "axes": "frame,sample,line", "byte_order": "little"}
FORMATS = {
    "metaimage": Format("rf.mha", write_metaimage, recording(DESCRIPTION)),
    "metaimage-compressed": Format(
        "rf.mha", lambda path: write_metaimage(path, compressed=True), recording(DESCRIPTION)
    ),
    "metaimage-header": Format("rf.mhd", write_metaimage, recording(DESCRIPTION)),
    "npy": Format("rf.npy", lambda path: np.save(path, RF[0]), recording(DESCRIPTION, 1)),
    "npz": Format("rf.npz", lambda path: np.savez(path, rf=RF[0]), recording(DESCRIPTION, 1)),
    "npz-compressed": Format(
        "rf.npz", lambda path: np.savez_compressed(path, rf=RF[0]), recording(DESCRIPTION, 1)
    ),
    "matlab-4": Format(
        "rf.mat", lambda path: write_matlab(path, RF[0], format="4"), recording(DESCRIPTION, 1)
    ),
    "matlab-5": Format(
        "rf.mat", copied("octave_v6.mat"), recording(DESCRIPTION, 1, variable="data[1].rf1")
    ),
    "matlab-5-libmatio": Format(
        "rf.mat", copied("libmatio.mat"), lambda path: load_variable(path, "header.x")
    ),
    "matlab-5-objects": Format("rf.mat", write_objects, recording(DESCRIPTION, 1)),
    "matlab-5-compressed": Format(
        "rf.mat",
        lambda path: write_matlab(path, RF[0], do_compression=True),
        recording(DESCRIPTION, 1),
    ),
    "matlab-7.3": Format(
        "rf.mat", copied("matlab_v73.mat"), recording(DESCRIPTION, 1, variable="data[1].rf1")
    ),
    "siemens-uri": Format(
        "rf.mat", copied("siemens_uri.mat"), recording(SPARSE_SIEMENS, 1, read_file=read_counted)
    ),
    "siemens-rfd": Format(
        "rf.rfd",
        lambda path: path.write_bytes(siemens_rfd.rfd(LONGER, siemens_rfd.CONVEX)),
        recording(SPARSE_SIEMENS),
    ),
    "uff": Format("rf.uff", write_uff, recording(SPARSE)),
    "hdf5": Format("rf.h5", write_hdf5, recording(DESCRIPTION, axes="frame,sample,line")),
    "zea": Format(
        "rf.hdf5",
        copied("zea_linear_rf.hdf5"),
        recording(SPARSE, read_file=read_counted, variable="tracks/track_0/data/beamformed_data"),
    ),
    "zea-blosc": Format("rf.hdf5", copied("zea_blosc.hdf5"), recording(SPARSE)),
    "zea-old": Format(
        "rf.hdf5",
        lambda path: zea.write_old(path, RF[..., np.newaxis], sound_speed=1540.0),
        recording(DESCRIPTION),
    ),
    "zea-channels": Format("a.hdf5", copied("zea_channels_linear_rf.hdf5"), channels(2)),
    "uff-channels": Format(
        "a.uff", lambda path: uff_channels.write(path, "linear", "plane"), channels(2)
    ),
    "npz-channels": Format("a.npz", write_channels, channels(1, axes="transmit,sample,element")),
    "clarius-tar": Format(
        "scan.tar", write_package, recording(SPARSE_SIEMENS, read_file=read_counted)
    ),
    "clarius-lzo": Format(
        "scan_rf.raw.lzo", write_lzo, recording(SPARSE_SIEMENS, read_file=read_counted)
    ),
    "clarius-raw": Format("scan_rf.raw", write_clarius, recording(SPARSE_SIEMENS)),
    "clarius-settings": Format(
        "scan_rf.yml",
        write_clarius,
        lambda path: recording(SPARSE_SIEMENS)(path.with_suffix(".raw")),
    ),
    "binary": Format(
        "rf.dat",
        lambda path: path.write_bytes(RF.tobytes()),
        recording(DESCRIPTION, reader="binary", **BINARY),
    ),
    "nrrd": Format("rf.nrrd", write_metaimage, recording(DESCRIPTION)),
    "nrrd-compressed": Format(
        "rf.nrrd", lambda path: write_metaimage(path, compressed=True), recording(DESCRIPTION)
    ),
    "nifti": Format("rf.nii", write_metaimage, recording(DESCRIPTION)),
    "nifti-compressed": Format("rf.nii.gz", write_metaimage, recording(DESCRIPTION)),
    "ultrasonix": Format(
        "scan.rf", lambda path: path.write_bytes(ultrasonix.rf()), recording(SPARSE_ULTRASONIX, 3)
    ),
    "ultrasonix-pictures": Format(
        "us.b8",
        lambda path: path.write_bytes(ultrasonix.content(IMAGES, 4, 32, 24, tags=True)),
        images(3),
    ),
    "nrrd-images": Format("us.nrrd", write_stack, images(3)),
    "dicom": Format("us.dcm", write_dicom, images(3)),
    "dicom-packed": Format("us.dcm", lambda path: write_dicom(path, packed=True), images(3)),
    "png": Format("us.png", write_picture, images(1)),
    "jpeg": Format("us.jpg", write_picture, images(1)),
    "bmp": Format("us.bmp", write_picture, images(1)),
    "tiff": Format("us.tiff", write_pages, images(3)),
    "matlab-images": Format(
        "us.mat",
        lambda path: write_matlab(path, IMAGES, do_compression=True),
        images(3, variable="rf", axes="frame,sample,line"),
    ),
    "liver-mask": Format("mask.png", write_picture, read_mask),
    "frame-table": Format(
        "frames.tsv",
        write_table,
        lambda path: read_frame_table(path, ROOT / "schemas" / "frames.schema.json", ["s"]),
    ),
    "configuration": Format(
        "config.yaml", lambda path: shutil.copyfile(ROOT / "config.yaml", path), read_configuration
    ),
    "skops": Format("model.skops", write_skops, read_model),
    "onnx": Format("model.onnx", copied("torch_one_sigmoid_any_size.onnx"), read_model),
}
