import numpy as np
import pandas as pd
import pytest
from PIL import Image

from reconattack.errors import InputError
from reconattack.figures.contact_sheet import PANELS_IN_A_ROW
from reconattack.frames.chunks import write_chunk
from reconattack.frames.doubtful import set_aside
from reconattack.frames.frame import unreadable_frame
from scripts.data.check_frames import check_frames
from scripts.data.tabulate_frames import tabulate_frames
from tests.picture_frames import picture_of

CLASSES = ("benign", "malignant")
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


@pytest.fixture
def checked(tmp_path, noise_in_band):
    """Check a cohort of two chunks."""

    def check(frames, on_bad_frame="stop", **limit):
        names = list(frames)
        chunks = []
        for number, part in enumerate((names[:2], names[2:])):
            chunks.append(str(tmp_path / f"{number}.nc"))
            write_chunk(chunks[-1], {name: frames[name] for name in part}, {})
        shown = []
        outputs = {
            "table": str(tmp_path / "frames.csv"),
            "shown": str(tmp_path / "sheet.csv"),
            "pdf": str(tmp_path / "sheet.pdf"),
            "png": str(tmp_path / "sheet.png"),
        }
        tabulate_frames(
            *({"bench": chunks}, INITIAL, 64, on_bad_frame, CLASSES, [], outputs, shown.append),
            **limit,
        )
        check_frames(outputs["table"], outputs["png"], on_bad_frame, shown.append)
        return pd.read_csv(outputs["table"], dtype={"label": "Int64"}), "\n".join(shown)

    return check


def test_every_frame_has_a_row_in_order(checked, noise_in_band, tmp_path):
    table, shown = checked({"z": noise_in_band(), "a": noise_in_band(0), "m": noise_in_band(None)})
    assert table["frame"].tolist() == ["z", "a", "m"]
    assert table["label"].fillna(-1).tolist() == [1, 0, -1]
    assert table["samples"].tolist() == [1200] * 3
    assert table["angle_span"].tolist() == pytest.approx([1.2] * 3)
    assert table["measured_frequency"].tolist() == pytest.approx([2.5e6] * 3, rel=0.1)
    assert table["warnings"].isna().all()
    assert all(name in shown for name in ("z", "a", "m", "1200 x 24", "69 deg", "2.50 ("))
    assert (tmp_path / "sheet.png").stat().st_size > 1000


def test_sheet_of_many_frames_is_one_picture_and_a_pdf_of_pages(
    checked, noise_in_band, tmp_path, monkeypatch
):
    for module in ("reconattack.figures.contact_sheet", "scripts.data.tabulate_frames"):
        monkeypatch.setattr(f"{module}.PANELS_OF_A_PAGE", PANELS_IN_A_ROW)
    checked({str(number): noise_in_band() for number in range(PANELS_IN_A_ROW)})
    one_row = Image.open(tmp_path / "sheet.png").height
    checked({str(number): noise_in_band() for number in range(PANELS_IN_A_ROW + 1)})
    assert (tmp_path / "sheet.pdf").read_bytes().count(b"/Type /Page ") == 2
    assert Image.open(tmp_path / "sheet.png").height > 1.5 * one_row


def test_many_frames_have_all_a_row_and_some_a_panel(checked, noise_in_band, tmp_path):
    frames = {str(number): noise_in_band() for number in range(9)}
    _, shown = checked(frames, most_panels=9)
    assert "one frame in" not in shown
    two_rows = Image.open(tmp_path / "sheet.png").height
    table, shown = checked(frames, most_panels=2)
    assert "sheet.png (one frame in 8)" in shown
    assert len(table) == 9
    assert Image.open(tmp_path / "sheet.png").height < 0.7 * two_rows
    sheet = pd.read_csv(tmp_path / "sheet.csv")
    assert sheet["frame"].tolist() == [0, 8]
    assert sheet[["beta", "alpha_lower", "alpha_upper"]].values.tolist() == [[0.9, 10, 55]] * 2


def test_liver_is_outlined_and_its_share_told_where_there_is_a_mask(
    checked, noise_in_band, tmp_path
):
    plain, shown = checked({"a": noise_in_band(), "b": noise_in_band()})
    assert "liver_share" not in plain and "liver %" not in shown
    without = (tmp_path / "sheet.png").read_bytes()
    samples = noise_in_band()["rf"]
    liver = np.broadcast_to(samples["angle"].values > 0, samples.shape)
    masked = noise_in_band().assign(liver=(samples.dims, liver))
    table, shown = checked({"a": noise_in_band(), "b": masked})
    assert table["liver_share"].tolist() == pytest.approx([np.nan, 0.5], abs=0.02, nan_ok=True)
    assert "liver %" in shown
    assert table.drop(columns="liver_share").equals(plain)
    assert (tmp_path / "sheet.png").read_bytes() != without


def test_all_errors_are_named_at_once_and_nothing_is_written(checked, noise_in_band, tmp_path):
    frames = {
        "a": noise_in_band(),
        "b": unreadable_frame("frame b (b.mha): truncated", "convex", "p1", 0),
        "c": unreadable_frame("frame c (c.mha): no such file", "convex", "p2", 1),
    }
    with pytest.raises(InputError, match=r"2 of 3 frames cannot be used; .* to skip") as caught:
        checked(frames)
    assert "frame b (b.mha): truncated" in str(caught.value)
    assert "frame c (c.mha): no such file" in str(caught.value)
    assert not (tmp_path / "frames.csv").exists()


def test_sheet_is_drawn_before_outlines_in_doubt_stop_the_run(checked, noise_in_band, tmp_path):
    doubted = picture_of(noise_in_band()).assign_attrs(doubts="Is it?")
    frames = {
        "a": picture_of(noise_in_band()),
        "b": set_aside(doubted, "frame b (b.png)"),
        "c": unreadable_frame("frame c (c.png): truncated", "convex", "p1", 0),
    }
    with pytest.raises(InputError, match="1 of 3 frames cannot be used") as caught:
        checked(frames)
    assert f"in doubt in 1 of 3 frames, and the run stops. {tmp_path}/sheet.png" in str(
        caught.value
    )
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    assert pd.read_csv(tmp_path / "frames.csv")["error"].notna().tolist() == [False, True, True]
    _, shown = checked(frames, "skip")
    assert "in doubt in 1 of 3 frames, and these frames are left out" in shown


def test_bad_frames_are_passed_where_this_is_asked_for(checked, noise_in_band):
    bad = unreadable_frame("frame b (b.mha): truncated", "convex", "p1", 0)
    table, shown = checked({"a": noise_in_band(), "b": bad, "c": noise_in_band()}, "skip")
    assert table["error"].fillna("").tolist() == ["", "frame b (b.mha): truncated", ""]
    assert "UNREADABLE" in shown


def test_cohort_without_a_usable_frame_stops_in_any_case(checked):
    bad = unreadable_frame("frame b (b.mha): truncated", "convex", "p1", 0)
    with pytest.raises(InputError, match="no frame of bench is left"):
        checked({"b": bad}, "skip")
