import pandas as pd

from reconattack.frames.chunks import write_chunk
from scripts.figures.fig2_pipeline import fig2_pipeline, pipeline_stages, stage_rows

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


def test_panels_span_what_the_table_says(noise_frame):
    stages = pipeline_stages(noise_frame, INITIAL, 64)
    rows = {row["panel"]: row for row in stage_rows(stages)}
    assert list(rows) == list(stages)
    assert abs(stages["RF frame"]).max() <= rows["RF frame"]["white_at"] == 60
    assert stages["amplitude"].min() >= rows["amplitude"]["black_at"] == 0
    level = stages["scan converted"]["level"]
    assert float(level.max()) == rows["scan converted"]["white_at"]
    assert stages["B-mode"]["bmode"].max() <= rows["B-mode"]["white_at"] == 255


def test_figure_and_table_are_written(noise_frame, tmp_path):
    write_chunk(tmp_path / "chunk.nc", {"f": noise_frame}, {})
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    fig2_pipeline(
        *([str(tmp_path / "chunk.nc")], INITIAL, 64, ("normal", "fatty"), table, pdf, png),
        simulated=True,
    )
    rows = pd.read_csv(table)
    assert set(rows["frame"]) == {"f"}
    assert rows[["beta", "alpha_lower", "alpha_upper"]].drop_duplicates().values.tolist() == [
        [0.9, 10, 55]
    ]
    assert rows["units"].tolist() == ["dB"] * 4 + ["grey level"]
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF")
