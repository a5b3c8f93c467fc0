"""One attack as an animation: image, setting and probability at each step."""

from collections.abc import Mapping, Sequence

from reconattack.figures.animation import (
    choose_flip,
    draw_steps,
    path_table,
    reconstruct_steps,
    result_of,
    shown_steps,
    write_gif,
)
from reconattack.figures.look import shown
from reconattack.frames.chunks import open_frames
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table, write_table


def animation(
    attacks: str,
    files: Sequence[Mapping[str, str]],
    frames: Sequence[str],
    boxes: Mapping[str, Mapping],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
    table: str,
    gif: str,
) -> None:
    """Animate the clearest flip of the paper's attack by the first network (`choose_flip`).

    `attacks` is the table of attacks, `files` are the records of the attack that moves step by step
    (`model`, `seed`, `fold`, `attack`, `path`), `boxes` the knobs of each attack.
    """
    rows = read_table(attacks, dtype={"seed": str, "fold": str})
    keys = ["model", "seed", "attack"]
    of_first = (rows[keys] == [files[0][key] for key in keys]).all(axis=1)
    chosen = choose_flip(rows[of_first], cutoff)
    path = result_of(files, chosen)
    frame = next(frame for chunk in frames for _, frame in open_frames(chunk, [path.name]))
    steps = shown_steps(path.steps.sizes["step"])
    write_table(table, path_table(path, chosen, steps, cutoff))
    images = reconstruct_steps(frame, path, steps, initial, image_rows)
    knobs = boxes[chosen["attack"]]
    attack, model = shown(chosen["attack"], "attacks"), shown(chosen["model"], "models")
    title = f"{attack} on {model}"
    write_gif(gif, draw_steps(images, path, title, knobs, cutoff, classes, simulated))


if __name__ == "__main__":
    run_figure(animation, snakemake)
