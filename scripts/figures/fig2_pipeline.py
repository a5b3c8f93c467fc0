"""Figure 2: the steps of reconstruction and attack, drawn from one frame of the run."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconattack.figures.panels import save_figure
from reconattack.figures.pipeline import draw_pipeline, pipeline_stages, stage_rows
from reconattack.frames.chunks import readable_frames
from reconattack.frames.frame import facts
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import write_table


def fig2_pipeline(
    frames: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    classes: Sequence[str],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
    kind: str = "binary",
) -> None:
    """Draw the pipeline with the first frame that could be read; `kind` is that of decisions."""
    name, frame = next(named for chunk in frames for named in readable_frames(chunk))
    stages = pipeline_stages(frame, initial, image_rows)
    known = {"frame": name, **facts(frame.attrs), **initial}
    write_table(table, pd.DataFrame({**known, **row} for row in stage_rows(stages)))
    save_figure(draw_pipeline(stages, classes, kind), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(fig2_pipeline, snakemake)
