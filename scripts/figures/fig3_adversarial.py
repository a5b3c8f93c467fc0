"""Figure 3: an original image, its adversarial image and their difference."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from reconattack.evidence.decision_words import in_words
from reconattack.evidence.example import choose_attack
from reconattack.figures.adversarial import attack_table, draw_attack
from reconattack.figures.panels import save_figure
from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table, write_table

NO_DECLARATIONS: Mapping[str, Mapping[str, Any]] = {}


def fig3_adversarial(
    attacks: str,
    frames: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    classes: Sequence[str],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
    declarations: Mapping[str, Mapping[str, Any]] = NO_DECLARATIONS,
) -> None:
    """Draw the attack that stands for the run (`choose_attack`).

    `declarations` are the decisions of the models that are not binary.
    """
    chosen = choose_attack(read_table(attacks))
    frame = next(frame for chunk in frames for _, frame in open_frames(chunk, [chosen["frame"]]))
    found = {name: chosen[name] for name in PARAMETERS if pd.notna(chosen.get(name))}
    answers = in_words(declarations.get(chosen["model"], {}), chosen, classes)
    original = reconstruct(frame, initial, image_rows)
    changed = reconstruct(frame, {**initial, **found}, image_rows)
    write_table(table, attack_table(chosen, original, changed))
    save_figure(draw_attack(original, changed, chosen["success"], answers), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(fig3_adversarial, snakemake)
