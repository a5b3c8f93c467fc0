"""A network trained on a cohort of images: two sizes, a tint, and a clip of one patient."""

import numpy as np
import pandas as pd
import pydicom
import pytest
import xarray as xr
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from tests.workflow.workflow_run import Workflow

MODEL = "results/models/compact/seed-0/fold-0.onnx"
SIZES = {"small": (60, 80), "large": (90, 100), "sepia": (60, 80)}
CLIP = 3  # frames
KEYS = {
    "run": {"image_cohorts": ["clinic"], "training_cohorts": [], "frames_per_job": 4},
    "models": {"compact": {"max_epochs": 2}},
    "cohorts": {"clinic": {"kind": "images", "table": "images.tsv", "tint": "convert"}},
}


def levels(shape, number):
    random = np.random.default_rng(number)
    return random.integers(60 * (number % 2), 160 + 60 * (number % 2), shape).astype(np.uint8)


def write_clip(path, frames):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset["PixelData"] = pydicom.DataElement("PixelData", "OB", frames.tobytes())
    dataset.save_as(path, enforce_file_format=True)


@pytest.fixture
def clips(tmp_path):
    """images.tsv: six patients with a PNG each, and two with a DICOM clip each."""
    rows = [["frame", "patient", "label", "path", "scanner", "frames"]]
    for number in range(6):
        name, shape = list(SIZES.items())[number % 3]
        pixels = levels(shape, number)
        if name == "sepia":
            pixels = np.stack([pixels, 0.8 * pixels, 0.6 * pixels], axis=2).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        rows.append([f"{name}-{number}", f"p{number}", number % 2, f"{number}.png", "ge", 1])
    clips = {}
    for number in (6, 7):
        clips[f"clip-{number}"] = levels((CLIP, 70, 50), number)
        write_clip(tmp_path / f"{number}.dcm", clips[f"clip-{number}"])
        rows.append([f"clip-{number}", f"p{number}", number % 2, f"{number}.dcm", "ge", CLIP])
    (tmp_path / "images.tsv").write_text("\n".join("\t".join(map(str, row)) for row in rows) + "\n")
    return clips


def test_network_is_trained_on_images_of_any_size_and_on_clips(
    checkout, tmp_path, clips, write_config
):
    workflow = Workflow(checkout, tmp_path)
    workflow.run(MODEL, config=write_config(KEYS))
    images = {}
    for chunk in sorted((tmp_path / "results" / "bmode" / "clinic").glob("*.nc")):
        with xr.open_datatree(chunk) as tree:
            images |= {name: group.to_dataset().load() for name, group in tree.children.items()}
    assert len(images) == 6 + 2 * CLIP
    for name, image in images.items():
        kind = name.split("-")[0]
        if kind != "clip":
            assert image["bmode"].shape == SIZES[kind]
    for name, frames in clips.items():
        of_clip = [images[f"{name}_{index}"] for index in range(CLIP)]
        np.testing.assert_array_equal([image["bmode"] for image in of_clip], frames)
        assert {image.attrs["patient"] for image in of_clip} == {f"p{name[-1]}"}
    of_sepia = Image.open(tmp_path / "2.png").convert("L")
    off = images["sepia-2"]["bmode"].values - np.asarray(of_sepia, float)
    assert np.abs(off).max() <= 1
    validating = pd.read_csv(tmp_path / "results/models/compact/seed-0/fold-0.validation.csv")
    assert set(validating["scanner"]) == {"ge", "scanner_b"}
    of_clips = validating[validating["frame"].str.startswith("clip-")]
    assert (of_clips.groupby("patient").size() == CLIP).all()
