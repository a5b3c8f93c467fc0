"""A few attacked frames with the outlines of the model's masks before and after."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.classifiers.opening import open_classifier
from reconattack.evidence.attacks import read_attacks
from reconattack.evidence.outlines import chosen_rows, network_of, outline_table, outlined
from reconattack.figures.outlines import draw_outlines
from reconattack.figures.panels import empty_page, save_figure
from reconattack.frames.chunks import open_frames
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import write_table


def outlines(
    attacks: str,
    frames: Sequence[str],
    networks: Sequence[Mapping[str, Any]],
    model_settings: Mapping[str, Any],
    resize: Mapping[str, Any] | None,
    initial: Mapping[str, float],
    image_rows: int,
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw the frames of `reconattack.evidence.outlines.chosen_rows`.

    Records of attacks hold no masks, which would be most of their size. The model is asked again
    for these few frames: `networks` are those of the first model (`model`, `seed`, `fold` and
    `file`), with its settings and how images are brought to its input.
    """
    chosen = chosen_rows(read_attacks(attacks))
    read = {
        name: frame for chunk in frames for name, frame in open_frames(chunk, set(chosen["frame"]))
    }
    judges: dict[str | None, Any] = {}
    cases = []
    for _, row in chosen.iterrows():
        file = network_of(networks, row)["file"]
        if file not in judges:
            judges[file] = open_classifier(model_settings, file, resize)
        cases.append(outlined(row, read[row["frame"]], judges[file], initial, image_rows))
    if not cases:
        write_table(table, chosen[["model", "seed", "fold", "attack", "frame"]])
        save_figure(empty_page("no frame was attacked"), pdf, png, simulated)
        return
    structures = outline_table(cases, next(iter(judges.values())).decision)
    write_table(table, structures)
    save_figure(draw_outlines(cases, structures, resize), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(outlines, snakemake)
