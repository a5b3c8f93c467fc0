"""What a run knows of the models that it audited, in the words of a model card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from reconattack import __version__
from reconattack.pages.decision_words import Declarations, Words, flip_rules, kind_of, words_of
from reconattack.pages.method_words import limits_of
from reconattack.pages.networks import Network
from reconattack.pages.overview import checks, mark
from reconattack.pages.wording import Titles, box_in_words, listed, plain, plural, titled

INPUTS = {
    "image": "a B-mode image, grey levels from 0 to 255",
    "image+parameters": "a B-mode image, grey levels from 0 to 255, and the setting that made it",
    "images": "B-mode images at several settings, grey levels from 0 to 255",
    "envelope": "the envelope of an RF frame",
    "rf": "the samples of an RF frame",
}
TRAINED_ON = {
    "patient_folds": "in folds of patients: the network of a fold without the patients of the fold",
    "held_out": "without the patients on whom it was tested",
    "resubstitution": "on the same frames on which it was tested",
}
KEYWORDS = ("ultrasound", "B-mode imaging", "image reconstruction settings", "robustness")
GROUPS_NOT_EXAMINED = (
    "This run did not examine groups of patients: it knows no sex, age or ethnicity of a patient."
)
THE_PAPER = (
    "Byra M, et al. Adversarial attacks on deep learning models for fatty liver disease "
    "classification by modification of ultrasound image reconstruction method. 2020. "
    "arXiv:2009.03364 (the method of this audit)"
)


@dataclass(frozen=True)
class Found:
    """A sentence on what the run found, and the relative link to the file that says so, if any."""

    text: str
    file: str = ""


@dataclass(frozen=True)
class AuditedRun:
    """What a model card needs of a run.

    Attributes
    ----------
    stated
        The section `card` of the configuration.
    tables
        The run's tables by name.
    networks
        The results of each model and seed.
    models
        What is known of each model: `model` (its name), `made` (how, in words), `is_trained` (by
        this run), `takes`, `protocol` and `cohorts` (the names of those that trained it).
    attack
        `name`, `title` and `box` of the attack that stands for the run.
    boxes
        The box of each attack.
    titles
        Titles of cohorts, scanners, models, attacks and controls.
    cohort, data
        Name of the judged cohort, and what its frames are, in words.
    cutoff
        The probability from which a frame has label 1.
    classes
        Words for the labels 0 and 1.
    simulated
        Whether the judged frames are simulated.
    declarations
        The declared decision of each model that is not binary.
    """

    stated: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    networks: Sequence[Network]
    models: Sequence[Mapping[str, Any]]
    attack: Mapping[str, Any]
    boxes: Mapping[str, Mapping[str, Sequence[float]]]
    titles: Titles
    cohort: str
    data: str
    cutoff: float
    classes: Sequence[str]
    simulated: bool
    declarations: Declarations = field(default_factory=dict)

    @property
    def summary(self) -> pd.DataFrame:
        """The table `summary`."""
        return self.tables["summary"]

    @property
    def kind(self) -> str:
        """Kind of the models' decisions."""
        return kind_of(self.summary)

    @property
    def words(self) -> Words:
        """What pages of such a run call things."""
        return words_of(self.summary)

    @property
    def frames(self) -> pd.DataFrame:
        """The rows of `frames.csv` of the judged cohort."""
        frames = self.tables["frames"]
        return frames[frames["cohort"] == self.cohort]

    @property
    def is_of_pictures(self) -> bool:
        """Whether the judged frames are finished images."""
        frames = self.frames
        return "dynamic_range" in frames and bool(frames["dynamic_range"].notna().any())

    def title(self, section: str, name: str) -> str:
        """Title of what the configuration defines, as plain text."""
        return plain(titled(self.titles, section, name))


def file_of(table: str) -> str:
    """Relative link from the card to a table."""
    return f"../tables/{table}.csv"


def name_of(run: AuditedRun) -> str:
    """Name of the models on one line, as it is stated, or else their titles."""
    return " ".join(str(run.stated.get("name") or _names(run)).split())


def tested_frames(run: AuditedRun) -> Found:
    """How many frames of how many patients were tested, and what they are."""
    frames = run.frames
    unusable = int(frames["error"].notna().sum())
    title = run.title("cohorts", run.cohort)
    said = [
        f"{plural(len(frames), 'frame')} of {plural(frames['patient'].nunique(), 'patient')}: "
        f"{run.data}{'' if title == run.data else f' ({title})'}."
    ]
    if run.kind == "binary" and frames["label"].notna().any():
        counts = [int((frames["label"] == label).sum()) for label in (0, 1)]
        named = [f"{n} {word}" for n, word in zip(counts, run.classes, strict=True)]
        without = int(frames["label"].isna().sum())
        said.append(f"{', '.join(named)}{f', {without} without a label' if without else ''}.")
    if unusable:
        said.append(f"{plural(unusable, 'frame')} could not be used.")
    if run.simulated:
        said.append("All of them are simulated: the results say nothing about patients.")
    return Found(" ".join(said), file_of("frames"))


def tried_settings(run: AuditedRun) -> Found:
    """Each box of settings, with the attacks that search it."""
    attacks: dict[str, list[str]] = {}
    for name, box in run.boxes.items():
        attacks.setdefault(box_in_words(box, run.titles), []).append(name)
    said = [
        f"{listed([run.title('attacks', name) for name in names])} ({box})"
        for box, names in attacks.items()
    ]
    return Found(
        f"The attacks tried settings in these ranges: {'; '.join(said)}.", file_of("boxes")
    )


def _names(run: AuditedRun) -> str:
    return listed([run.title("models", model["model"]) for model in run.models])


def _summary(run: AuditedRun) -> list[Found]:
    question = f"{run.words.title} {plain(mark(run.simulated))}"
    return [
        Found(f"{question} This run tested {_names(run)}.", "../summary.html"),
        tested_frames(run),
    ]


def _keywords(run: AuditedRun) -> list[Found]:
    return [Found(word) for word in KEYWORDS]


def _out_of_scope(run: AuditedRun) -> list[Found]:
    tried = tried_settings(run)
    return [Found(f"{tried.text} No attack tried a setting outside of them.", tried.file)]


def _risks(run: AuditedRun) -> list[Found]:
    said = limits_of(run.summary, run.is_of_pictures, run.simulated)
    return [*map(Found, said), Found(checks(run.tables["flags"]), file_of("flags"))]


def _biases(run: AuditedRun) -> list[Found]:
    return [of_groups(run)]


def of_groups(run: AuditedRun) -> Found:
    """Which groups of patients the run compared, and in what; nothing without `run.subgroups`."""
    groups = run.tables.get("subgroups")
    if groups is None or groups.empty:
        return Found(GROUPS_NOT_EXAMINED)
    columns = listed(list(dict.fromkeys(groups["column"])))
    return Found(
        f"This run compared groups of patients by {columns}: how many decisions change in the box. "
        "It did not compare how often the decisions are right. It knows no other group.",
        file_of("subgroups"),
    )


def _outputs(run: AuditedRun) -> list[Found]:
    judges = run.words.judges.format(positive=run.classes[1], cutoff=run.cutoff)
    rules = flip_rules(run.declarations, run.titles)
    return [Found(" ".join([judges, *map(plain, rules)]))]


def _model_type(run: AuditedRun) -> list[Found]:
    return [
        Found(f"{run.title('models', model['model'])}: {model['made']}.") for model in run.models
    ]


def _input_source(run: AuditedRun) -> list[Found]:
    scanners = sorted(run.frames["scanner"].dropna().unique())
    names = [run.title("scanners", name) for name in scanners]
    return [Found(f"{run.data[:1].upper()}{run.data[1:]}; {listed(names)}.", file_of("frames"))]


def _data_types(run: AuditedRun) -> list[Found]:
    inputs = dict.fromkeys(INPUTS[model["takes"]] for model in run.models)
    outputs = {
        "binary": "a probability of each of two classes",
        "classes": "a probability of each class",
        "number": "a number",
        "mask": "a mask for each structure",
    }
    return [Found(f"Input: {'; '.join(inputs)}. Output: {outputs[run.kind]}.")]


def _development_data(run: AuditedRun) -> list[Found]:
    return [
        Found(f"{run.title('models', model['model'])}: {_trained_on(model, run)}.")
        for model in run.models
    ]


def _trained_on(model: Mapping[str, Any], run: AuditedRun) -> str:
    if not model["is_trained"]:
        return "trained elsewhere; this run does not know on which data"
    names = listed([run.title("cohorts", name) for name in model["cohorts"]])
    return f"trained by this run on {names}, {TRAINED_ON[model['protocol']]}"


def _transparency(run: AuditedRun) -> list[Found]:
    return [
        Found(
            "Each number of this card names the file, column and row from which it comes. The "
            "record of runs has command, configuration, commit, machine and package versions.",
            "../provenance.json",
        )
    ]


def _evaluations(run: AuditedRun) -> list[Found]:
    return [Found(f"This audit, made by Reconattack {__version__}.", "../summary.html")]


def _bibliography(run: AuditedRun) -> list[Found]:
    return [Found(THE_PAPER)]


FACTS: dict[str, Callable[[AuditedRun], list[Found]]] = {
    "summary": _summary,
    "keywords": _keywords,
    "out_of_scope": _out_of_scope,
    "risks": _risks,
    "biases": _biases,
    "outputs": _outputs,
    "model_type": _model_type,
    "input_source": _input_source,
    "data_types": _data_types,
    "development_data": _development_data,
    "transparency": _transparency,
    "evaluations": _evaluations,
    "bibliography": _bibliography,
}
