"""One attack as an animation: image, setting and probability at each step."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.example import choose_attack
from reconattack.figures.animation import (
    draw_steps,
    path_table,
    reconstruct_steps,
    result_of,
    shown_steps,
    write_gif,
)
from reconattack.frames.chunks import open_frames
from reconattack.run.jobs import run_rule
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
    """Animate the attack that stands for the run (`choose_attack`).

    `attacks` is the table of attacks, `files` are the records of the attack that moves step by step
    (`model`, `seed`, `fold`, `attack`, `path`), `boxes` the knobs of each attack.
    """
    rows = read_table(attacks, dtype={"seed": str, "fold": str})
    chosen = choose_attack(rows[rows["attack"] == files[0]["attack"]])
    path = result_of(files, chosen)
    frame = next(frame for chunk in frames for _, frame in open_frames(chunk, [path.name]))
    shown = shown_steps(path.steps.sizes["step"])
    write_table(table, path_table(path, chosen, shown, cutoff))
    images = reconstruct_steps(frame, path, shown, initial, image_rows)
    knobs = boxes[chosen["attack"]]
    title = f"{chosen['attack']} on {chosen['model']}"
    write_gif(gif, draw_steps(images, path, title, knobs, cutoff, classes, simulated))


if __name__ == "__main__":
    run_rule(animation, snakemake)
