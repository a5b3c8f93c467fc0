"""The figures of a run: the files and params of each, and its place in the report.

The figure NAME is drawn by `scripts/figures/NAME.py`, and `report/NAME.rst` is its caption.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reconattack.run.plan.explorer import Explorer
from reconattack.run.plan.paths import figure_path, table_path
from reconattack.run.plan.results import File, Results
from reconattack.run.plan.training import Training

CONTACT_SHEET = "contact_sheet"  # made by the rule that checks the frames
FORMATS = ("pdf", "png")
# Figures that show probabilities, or which of two classes is decided.
OF_TWO_CLASSES = (
    *("roc", "accidental_change", "dossier", "robust_accuracy", "decision_maps", "transfer"),
    *("universal", "defences", "animation"),
)


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    topic, title
        Topic (`reconattack.run.plan.report.TOPICS`) and title in the report.
    message
        What the job does.
    inputs, params
        Inputs and params of the rule, by the names that the script gives them.
    file
        Name of the figure's files; None if it is the figure's name.
    formats
        Suffixes of the figure's files. The report shows a PNG.
    columns
        Labels of which the figure shows several values: `model`, `attack`, `frame`.
    has_table
        Whether the figure's numbers are a CSV beside it. Other figures draw a table of the run.
    is_made
        Whether the run has the results that the figure shows.
    memory, minutes
        Request of the job [MiB, minutes]: a fixed part and a part for each of `size` frames.
    size
        Number of frames that the job reads, by default those of all records of attacks.
    """

    topic: str
    title: str
    message: str
    inputs: Mapping[str, str | list[str]]
    params: Mapping[str, Any]
    file: str | None = None
    formats: tuple[str, ...] = FORMATS
    columns: tuple[str, ...] = ()
    has_table: bool = True
    is_made: bool = True
    memory: tuple[float, float] = (400, 0.1)
    minutes: tuple[float, float] = (2, 0.0004)
    size: int | None = None


@dataclass(frozen=True)
class Figures:
    """The figures of a run.

    Attributes
    ----------
    results
        The results of the run.
    explorer
        The contents of the explorer, and those of the dossier.
    training
        The training cases of the models.
    """

    results: Results
    explorer: Explorer
    training: Training

    @cached_property
    def look(self) -> dict[str, Any]:
        """Style and titles of all figures (`reconattack.figures.look.Look`)."""
        config = self.results.config
        style = config["run"].get("figure_style", "nature")
        return {"style": style, "titles": config.get("titles", {})}

    @cached_property
    def table(self) -> dict[str, Figure]:
        """The figures that rules can draw, by name."""
        results, attacks = self.results, self.results.attack_definitions
        models = results.models
        run, reconstruction = results.config["run"], results.config["reconstruction"]
        initial = {"initial": reconstruction["initial"]}
        picture = {**initial, "image_rows": reconstruction["rows"]}
        classes = {"classes": models.label_words}
        decision = {"cutoff": run["cutoff"], **classes}
        simulated = {"simulated": results.simulated}
        frames = results.cohorts.paths("frames", [results.cohorts.judged])
        grids = paths_of(results.grids)
        first = models.selected[0]
        resize = models.resize(first) if models.decision == "mask" else None
        dossier = [file for files in self.explorer.dossier.values() for file in files]
        return {
            "fig1_samples": Figure(
                topic="data",
                title="Figure 1: B-mode images by scanner and class",
                message="Draw B-mode images of both classes and each scanner",
                inputs={
                    "rf_images": results.cohorts.paths("bmode", [results.cohorts.judged]),
                    "images": results.cohorts.paths("bmode", run["image_cohorts"]),
                },
                params={**classes, "simulated": self.training.simulated_scanners},
                minutes=(2, 0.0001),
            ),
            "fig2_pipeline": Figure(
                topic="data",
                title="Figure 2: the pipeline of the attack",
                message="Draw the attack's pipeline",
                inputs={"frames": frames},
                params={**picture, **classes, **simulated},
                is_made=not results.cohorts.judges_pictures,
                minutes=(2, 0.0001),
            ),
            "fig3_adversarial": Figure(
                topic="adversarial",
                title="Figure 3: an original, its adversarial image, their difference",
                message="Draw an original, its adversarial image and their difference",
                inputs={"attacks": table_path("attacks"), "frames": frames},
                params={
                    **picture,
                    **classes,
                    "declarations": models.declarations,
                    **simulated,
                },
                minutes=(2, 0.0001),
            ),
            "confusion": Figure(
                topic="adversarial",
                title="Figure: Classes before and after each attack",
                columns=("model", "attack"),
                message="Draw true and decided classes before and after each attack",
                inputs={"table": table_path("confusion")},
                params={"classes": models.classes, **simulated},
                has_table=False,
                is_made=models.decision == "classes",
            ),
            "bland_altman": Figure(
                topic="adversarial",
                title="Figure: Agreement of numbers before and after each attack",
                columns=("model", "attack"),
                message="Draw how numbers agree with the true ones, and after attacks",
                inputs={"attacks": table_path("attacks"), "frames": table_path("frames")},
                params={"thresholds": models.thresholds, **simulated},
                is_made=models.decision == "number",
            ),
            "outlines": Figure(
                topic="adversarial",
                title="Figure: Masks before and after an attack",
                columns=("frame",),
                message="Draw the outlines of a few masks before and after an attack",
                inputs={
                    "attacks": table_path("attacks"),
                    "frames": frames,
                    "model_files": models.all_files([first]),
                },
                params={
                    **picture,
                    "networks": models.networks([first]),
                    "model_settings": models.settings(first),
                    "resize": resize,
                    **simulated,
                },
                is_made=models.decision == "mask",
                memory=(1500, 0.1),
                minutes=(5, 0.0001),
            ),
            "roc": Figure(
                topic="model",
                title="Figure: ROC curve",
                columns=("model",),
                message="Draw the ROC curve with its band",
                inputs={"predictions": results.predictions},
                params={"models": run["models"], "cutoff": run["cutoff"], **simulated},
                memory=(370, 0.1),
                minutes=(2, 0.0001),
            ),
            "accidental_change": Figure(
                topic="errors",
                title="Figure: Accidental change of the settings",
                columns=("model",),
                message="Draw the effect of accidental changes of the settings",
                inputs={"table": table_path("accidental")},
                params={**decision, **simulated},
                has_table=False,
                is_made=bool(results.accidental),
            ),
            "attack_paths": Figure(
                topic="adversarial",
                title="Figure: Paths through the box",
                columns=("model", "attack", "frame"),
                message="Draw the attacks' paths through the parameter box: {output.pdf}",
                inputs={"attacks": paths_of(results.attacks)},
                params={"files": results.attacks, "boxes": attacks.parameters(), **simulated},
                memory=(400, 0.2),
                minutes=(2, 0.0012),
            ),
            "dossier": Figure(
                topic="adversarial",
                title="Figure: A typical flip, first page of dossier.pdf",
                message="Draw a page for each attacked frame: {output.pdf}",
                inputs={"frames": frames, "attacks": paths_of(dossier)},
                params={
                    "files": self.explorer.dossier,
                    "boxes": attacks.parameters(attacks_of(self.explorer.dossier["paths"])),
                    **picture,
                    **decision,
                    **simulated,
                },
                memory=(600, 0.1),
                minutes=(10, 0.02),
                size=results.frames,
            ),
            "success_against_budget": Figure(
                topic="adversarial",
                title="Figure: Success against queries",
                columns=("model", "attack"),
                message="Draw the attacks' success against their budget",
                inputs={"attacks": table_path("attacks")},
                params={"grids": results.grid_attacks, **simulated},
                memory=(390, 0.1),
                minutes=(2, 0.0001),
            ),
            "success_against_visibility": Figure(
                topic="adversarial",
                title="Figure: Success against the change of the image",
                columns=("model", "attack"),
                message="Draw the attacks' success against the change of the image",
                inputs={"attacks": table_path("attacks"), "grids": grids},
                params={"files": results.grids, "limits": run["visible_limit"], **simulated},
                memory=(390, 0.1),
            ),
            "universal": Figure(
                topic="adversarial",
                title="Figure: One setting for all frames",
                columns=("model",),
                message="Draw how many frames one setting flips",
                inputs={"rates": table_path("universal"), "grids": grids},
                params={"files": results.grids, **initial, **simulated},
                is_made=bool(grids),
            ),
            "robust_accuracy": Figure(
                topic="adversarial",
                title="Figure: Robust accuracy against the size of the box",
                columns=("model",),
                message="Draw the robust accuracy against the size of the box",
                inputs={"attacks": [*grids, *paths_of(results.proofs)]},
                params={
                    "grids": results.grids,
                    "proofs": results.proofs,
                    "boxes": attacks.parameters(attacks_of([*results.grids, *results.proofs])),
                    **classes,
                    **simulated,
                },
                is_made=bool(results.grids or results.proofs),
            ),
            "decision_maps": Figure(
                topic="adversarial",
                title="Figure: Decision maps",
                columns=("model", "frame"),
                message="Draw where in the box each frame's decision flips",
                inputs={"attacks": [*grids, *results.walk_of_grid.values()]},
                params={
                    "files": results.grids,
                    "paths": results.walk_of_grid,
                    **decision,
                    **simulated,
                },
                is_made=bool(grids),
                memory=(450, 0.5),
                minutes=(2, 0.0025),
            ),
            "transfer": Figure(
                topic="adversarial",
                title="Figure: Settings of one model tried on another",
                message="Draw which settings found on one model flip another",
                inputs={"transferred": table_path("transfer"), "summary": table_path("summary")},
                params=simulated,
                is_made=bool(results.transfers),
            ),
            "envelope": Figure(
                topic="errors",
                title="Figure: Within which settings few decisions change",
                columns=("model",),
                message="Draw within which settings few decisions change",
                inputs={"envelope": table_path("envelope")},
                params=simulated,
                is_made=results.has_envelope,
            ),
            "knobs": Figure(
                topic="errors",
                title="Figure: Each control alone and in pairs",
                columns=("model",),
                message="Draw which control flips how many frames, alone and in pairs",
                inputs={"table": table_path("knobs")},
                params=simulated,
                has_table=False,
                is_made=bool(results.knobs),
            ),
            "margins": Figure(
                topic="adversarial",
                title="Figure: Margins and safe intervals",
                columns=("model", "attack", "frame"),
                message="Draw the margins and the safe interval of each knob alone",
                inputs={"table": table_path("margins")},
                params={
                    **initial,
                    "boxes": attacks.parameters(attacks_of(results.margins)),
                    **simulated,
                },
                has_table=False,
                is_made=bool(results.margins),
            ),
            "defences": Figure(
                topic="defences",
                title="Figure: Robustness and AUC of the defences",
                columns=("model",),
                message="Draw grid-certified accuracy against clean AUC",
                inputs={"table": table_path("defences")},
                params=simulated,
                has_table=False,
                is_made=bool(results.config.get("defences") and grids),
                memory=(400, 0),
                minutes=(2, 0),
            ),
            "animation": Figure(
                topic="adversarial",
                title="Animation: One attack, step by step",
                message="Animate one attack until the diagnosis flips: {output.gif}",
                inputs={
                    "attacks": table_path("attacks"),
                    "paths": paths_of(results.walks),
                    "frames": frames,
                },
                params={
                    "files": results.walks,
                    "boxes": attacks.parameters(attacks_of(results.walks)),
                    **picture,
                    **decision,
                    **simulated,
                },
                file="attack",
                formats=("gif",),
                is_made=bool(results.walks),
                memory=(410, 0.1),
                minutes=(5, 0.0001),
            ),
        }

    def outputs(self, name: str) -> dict[str, str]:
        """Paths of a figure by format, and of its `table` if it has one."""
        figure = self.table[name]
        file = figure.file or name
        paths = {suffix: figure_path(file, suffix) for suffix in figure.formats}
        return paths | ({"table": figure_path(file, "csv")} if figure.has_table else {})

    def size(self, name: str) -> int:
        """Number of frames that the job of a figure reads."""
        size = self.table[name].size
        return self.results.records if size is None else size

    @cached_property
    def made(self) -> dict[str, Figure]:
        """The figures of the run, by name."""
        binary = self.results.is_binary
        return {
            name: figure
            for name, figure in self.table.items()
            if figure.is_made and (binary or name not in OF_TWO_CLASSES)
        }

    @cached_property
    def names(self) -> list[str]:
        """Names of the figures of the run that its report shows."""
        drawn = (name for name, figure in self.made.items() if figure.formats == FORMATS)
        return [CONTACT_SHEET, *drawn]

    @cached_property
    def paths(self) -> list[str]:
        """Paths of the figures of the run in every format."""
        sheet = [figure_path(CONTACT_SHEET, suffix) for suffix in FORMATS]
        return sheet + [
            self.outputs(name)[suffix]
            for name, figure in self.made.items()
            for suffix in figure.formats
        ]


def paths_of(files: list[File]) -> list[str]:
    """Paths of some files."""
    return [file["path"] for file in files]


def attacks_of(files: list[File]) -> list[str]:
    """Names of the attacks of some files, each once."""
    return list(dict.fromkeys(file["attack"] for file in files))
