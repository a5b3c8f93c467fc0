"""The table of all frames as text for a terminal, with the warnings below it."""

import numpy as np
import pandas as pd

from reconattack.errors import first_names
from reconattack.frames.doubtful import is_doubtful


def frame_list(table: pd.DataFrame) -> str:
    """Table of `reconattack.evidence.frame_check.check_chunks` in the width of a terminal.

    Each warning follows once, after the names of its frames.
    """
    shown = pd.DataFrame(
        {
            "frame": table["frame"],
            "reader": table["reader"].fillna("-"),
            "samples x lines": [
                f"{samples} x {lines}" if pd.notna(samples) else "-"
                for samples, lines in zip(table["samples"], table["lines"], strict=True)
            ],
            "depth cm": [
                f"{start * 100:.1f} to {end * 100:.1f}" if pd.notna(end) else "-"
                for start, end in zip(table["start_depth"], table["end_depth"], strict=True)
            ],
            "fan or width": [
                f"{np.degrees(angle):.0f} deg"
                if pd.notna(angle)
                else _number(width * 100, ".1f", " cm")
                for angle, width in zip(table["angle_span"], table["lateral_span"], strict=True)
            ],
            "MHz (measured)": [
                f"{stated / 1e6:.2f} ({_number(measured / 1e6, '.2f')})"
                if pd.notna(stated)
                else "-"
                for stated, measured in zip(
                    table["center_frequency"], table["measured_frequency"], strict=True
                )
            ],
            "saturated %": [_number(share * 100, ".2f") for share in table["saturated_share"]],
            "silent": [_number(count, "d") for count in table["silent_lines"]],
            "level dB": [_number(level, ".0f") for level in table["level"]],
            "gain": table["gain_state"].fillna("-"),
        }
    )
    for name in ("empty", "drift"):
        shares = table[f"{name}_share"]
        if (shares > 0).any():
            shown[f"{name} %"] = [_number(share * 100, ".2f") for share in shares]
    if "liver_share" in table:
        shown["liver %"] = [_number(share * 100, ".0f") for share in table["liver_share"]]
    if "dynamic_range" in table:
        shown["range dB"] = [_number(spread, ".0f") for spread in table["dynamic_range"]]
        shown["region"] = table["region"].fillna("-")
        shown["unknown %"] = [_number(share * 100, ".1f") for share in table["censored_share"]]
    shown.loc[table["error"].notna(), "reader"] = "UNREADABLE"
    shown.loc[table["error"].map(is_doubtful), "reader"] = "DOUBTFUL"
    return "\n".join([shown.to_string(index=False), *_warnings(table)])


def _warnings(table: pd.DataFrame) -> list[str]:
    frames_of: dict[str, list[str]] = {}
    for frame, warnings in zip(table["frame"], table["warnings"].fillna(""), strict=True):
        for warning in filter(None, warnings.split("; ")):
            frames_of.setdefault(warning, []).append(frame)
    return [f"{first_names(frames)}: {warning}" for warning, frames in frames_of.items()]


def _number(value: float, form: str, unit: str = "") -> str:
    return "-" if pd.isna(value) else f"{value:{form}}{unit}"
