import pandas as pd

from reconattack.frames.chunks import write_chunk
from scripts.figures.fig2_pipeline import fig2_pipeline

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


def test_figure_and_table_are_written(noise_frame, tmp_path):
    write_chunk(tmp_path / "chunk.nc", {"f": noise_frame}, {})
    table, pdf, png = (str(tmp_path / f"f.{suffix}") for suffix in ("csv", "pdf", "png"))
    chunk = str(tmp_path / "chunk.nc")
    fig2_pipeline([chunk], INITIAL, 64, ("normal", "fatty"), True, table, pdf, png)
    rows = pd.read_csv(table)
    assert set(rows["frame"]) == {"f"}
    assert rows[["beta", "alpha_lower", "alpha_upper"]].drop_duplicates().values.tolist() == [
        [0.9, 10, 55]
    ]
    assert rows["units"].tolist() == ["dB"] * 4 + ["grey level"]
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF")
