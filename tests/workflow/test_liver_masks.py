"""Liver masks in a frame table: a mask and an edit of it touch their own chunk and no other."""

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from tests.workflow.workflow_run import TABLE_CHUNKS

ONE_CHUNK = {"read_frames": 1, "reconstruct": 1}


@pytest.fixture
def masked(table_run, copy_of):
    """The finished reconstruction of six frames, the fourth of which gets a mask afterwards."""
    workflow = copy_of(table_run)
    sector = picture_of(workflow, "frame-3")["sector"].values
    write_mask(workflow, left_half(sector), sector.shape)
    workflow.write_rows(
        row | {"liver_mask": "masks/3.png" if row["frame"] == "frame-3" else ""}
        for row in workflow.rows()
    )
    return workflow


def write_mask(workflow, mask, shape):
    (workflow.folder / "masks").mkdir(exist_ok=True)
    pixels = np.broadcast_to(mask, shape).astype(np.uint8)
    Image.fromarray(pixels).save(workflow.folder / "masks" / "3.png")


def left_half(sector):
    """An edge along the axis of the probe, which lies midway between two of the sparse lines."""
    return np.arange(sector.shape[1]) < sector.shape[1] / 2


def picture_of(workflow, frame):
    (path,) = (workflow.folder / chunk for chunk in TABLE_CHUNKS if "2x0001" in chunk)
    with xr.open_datatree(path) as chunk:
        return chunk[frame].to_dataset().load()


def test_mask_is_carried_to_the_picture_of_its_frame_alone(masked):
    before, plain = masked.results(), picture_of(masked, "frame-3")
    assert masked.planned(*TABLE_CHUNKS) == ONE_CHUNK
    masked.run(*TABLE_CHUNKS)
    after = masked.results()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"frames/bench/2x0001.nc", "bmode/bench/2x0001.nc"}
    picture = picture_of(masked, "frame-3")
    assert picture.drop_vars("liver").identical(plain)
    sector = picture["sector"].values
    expected = sector & left_half(sector)
    wrong = picture["liver"].values != expected
    assert expected.sum() > 1000
    assert wrong.mean() < 0.01
    assert "liver" not in picture_of(masked, "frame-2")
    write_mask(masked, ~left_half(sector), sector.shape)
    assert masked.planned(*TABLE_CHUNKS) == ONE_CHUNK


def test_mask_that_cannot_be_used_stops_the_run_at_its_frame(masked):
    sector = picture_of(masked, "frame-3")["sector"].values
    write_mask(masked, np.zeros(sector.shape), sector.shape)
    terminal = masked.run("results/folds.csv", *TABLE_CHUNKS, fails=True)
    assert "1 of 6 frames cannot be used" in terminal
    assert (
        "frame frame-3 (rf/3.mha): liver mask masks/3.png: every pixel is black; expected marks"
    ) in terminal
    assert "Traceback" not in terminal
