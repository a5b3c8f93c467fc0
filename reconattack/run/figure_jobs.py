"""The frame around a job that draws: that of every job, and the style of the run's figures."""

from collections.abc import Callable
from typing import Any

from reconattack.figures.look import Look, figure_style
from reconattack.run.jobs import run_rule


def run_figure(function: Callable, snakemake: Any) -> None:
    """Run the entry function of a script that draws (`reconattack.run.jobs.run_rule`).

    The rule's param `look` has the `style` and the `titles` of the run's figures.
    """
    with figure_style(Look(**snakemake.params.look)):
        run_rule(function, snakemake)
