"""Boxes of beta for a probe of another frequency and depth than the paper's."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconattack.errors import InputError
from reconattack.frames.scanner import implausible
from reconattack.reconstruction.steps import attenuation_level

PAPER_FREQUENCY = 2.5  # MHz
PAPER_DEPTH = 16.0  # cm, as deep as the frames of the default run
SHARES = (1 / 3, 2 / 3, 1)  # of the depth
STEPS = ("probe", "rate")


def proposal(
    config: Mapping[str, Any], frequency: float, depth: float, beta: float | None = None
) -> dict[str, Any]:
    """Keys of a configuration that suit a probe.

    The box of beta changes the level of the deepest echo by as many dB as the box in `config` does
    at 2.5 MHz and 16 cm, the paper's. It is never wider than that box. The boxes of the thresholds
    are in dB already and stay.

    Parameters
    ----------
    config
        The configuration whose boxes are to suit: `reconstruction`, `run.attacks`, `attacks`,
        `accidental`.
    frequency
        Centre frequency [Hz].
    depth
        Depth of the last sample [m].
    beta
        Initial beta [dB/(cm MHz)]; None keeps that of `config`.

    Returns
    -------
    dict
        `reconstruction`, `accidental` and `attacks`, to be laid over `config`.

    Raises
    ------
    InputError
        If a number cannot be meant.
    """
    _check(frequency, depth, beta)
    initial = config["reconstruction"]["initial"]
    was, start = initial["beta"], initial["beta"] if beta is None else beta
    factor = _factor(frequency, depth)
    moved = {"reconstruction": {"initial": {"beta": start}}}
    if config.get("accidental") and "beta" in config["accidental"]["parameters"]:
        block = config["accidental"]["parameters"]["beta"]
        moved["accidental"] = {"parameters": {"beta": _scaled(block, was, start, factor)}}
    moved["attacks"] = {
        name: {"parameters": {"beta": _scaled(block["beta"], was, start, factor)}}
        for name in config["run"]["attacks"]
        if "beta" in (block := config["attacks"][name]["parameters"])
    }
    return moved


def effect(
    moved: Mapping[str, Any], frequency: float, depth: float, shares: Sequence[float] = SHARES
) -> list[str]:
    """What a proposal does in dB at some depths, in lines for a person."""
    beta = moved["reconstruction"]["initial"]["beta"]
    boxes = [block["parameters"]["beta"]["box"] for block in moved["attacks"].values()]
    low, high = min(box[0] for box in boxes), max(box[1] for box in boxes)
    lines = [
        f"beta {beta:g} dB/(cm MHz) at {frequency / 1e6:g} MHz, widest box {low:g} to {high:g}:"
    ]
    for share in shares:
        added, below, above = (
            attenuation_level(value, frequency / 1e6, share * depth * 100)
            for value in (beta, low - beta, high - beta)
        )
        lines.append(
            f"  at {100 * share * depth:4.1f} cm the initial setting adds {added:.0f} dB, the box "
            f"{below:+.0f} to {above:+.0f} dB"
        )
    paper = attenuation_level(0.4, PAPER_FREQUENCY, PAPER_DEPTH)
    return [
        *lines,
        f"The paper's box, 0.9 +- 0.4, adds or takes {paper:.0f} dB at {PAPER_DEPTH:g} cm and "
        f"{PAPER_FREQUENCY:g} MHz.",
        "The initial beta is the attenuation of the tissue.",
        "Take a smaller one if the images are too bright at the bottom.",
        "Take 0 if the samples already carry the scanner's time gain.",
    ]


def _check(frequency: float, depth: float, beta: float | None) -> None:
    errors = []
    if wrong := implausible("center_frequency", frequency):
        errors.append(f"frequency is {wrong}")
    if not 0.001 <= depth <= 0.6:
        errors.append(
            f"depth is {depth:g} m; expected from 0.001 to 0.6 m, the depth of the last sample: is "
            "it in another unit?"
        )
    if beta is not None and not 0 <= beta <= 5:
        errors.append(f"beta is {beta:g}; expected from 0 to 5 dB/(cm MHz)")
    if errors:
        raise InputError("\n".join(errors))


def _factor(frequency: float, depth: float) -> float:
    """By how much the boxes become narrower, in hundredths."""
    return max(0.01, min(1.0, round(PAPER_FREQUENCY * PAPER_DEPTH / (frequency * depth) * 1e4, 2)))


def _scaled(
    block: Mapping[str, Any], was: float, start: float, factor: float
) -> dict[str, list[float] | float]:
    """Box and steps of beta about another initial value."""
    box = [round(max(0.0, start + factor * (bound - was)), 4) for bound in block["box"]]
    return {"box": box} | {name: round(factor * block[name], 5) for name in STEPS if name in block}
