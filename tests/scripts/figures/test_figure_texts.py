"""Every figure, drawn from 33 frames, two models and eleven attacks: nothing hides or leaves it."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import yaml

from reconattack.figures.look import Look, figure_style
from reconattack.figures.style import HIGHEST, ONE_COLUMN, TWO_COLUMNS
from reconattack.frames.chunks import open_frames, write_chunk
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.parameters import PARAMETERS
from scripts.attacks.attack import attack
from scripts.attacks.judge_settings import judge_settings
from scripts.data.tabulate_frames import tabulate_frames
from scripts.figures.accidental_change import accidental_change
from scripts.figures.animation import animation
from scripts.figures.attack_paths import attack_paths
from scripts.figures.bland_altman import bland_altman
from scripts.figures.confusion import confusion
from scripts.figures.decision_maps import decision_maps
from scripts.figures.defences import defences
from scripts.figures.dossier import dossier
from scripts.figures.envelope import envelope
from scripts.figures.fig1_samples import fig1_samples
from scripts.figures.fig2_pipeline import fig2_pipeline
from scripts.figures.fig3_adversarial import fig3_adversarial
from scripts.figures.knobs import knobs
from scripts.figures.margins import margins
from scripts.figures.outlines import outlines
from scripts.figures.robust_accuracy import robust_accuracy
from scripts.figures.roc import roc
from scripts.figures.success_against_budget import success_against_budget
from scripts.figures.success_against_visibility import success_against_visibility
from scripts.figures.transfer import transfer
from scripts.figures.universal import universal
from scripts.models.predict import predict
from scripts.tables.tabulate_accidental import tabulate_accidental
from scripts.tables.tabulate_attacks import tabulate_attacks
from scripts.tables.tabulate_envelope import tabulate_envelope
from scripts.tables.tabulate_margins import tabulate_margins
from scripts.tables.tabulate_universal import tabulate_universal
from tests.figures.figure_texts import text_faults
from tests.places import ROOT
from tests.proved_records import BOX as PROVED_BOX
from tests.proved_records import write_proofs

FRAMES = 33
ROWS = 48
CUTOFF = 0.5
CLASSES = ("normal", "fatty")
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
TITLES = yaml.safe_load((ROOT / "config.yaml").read_text())["titles"]
MODELS = {"compact": 85, "setting_conditioned": 88}  # with the grey level that a network cuts at
FOLDS = ("0", "1")
BOX = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
STEPPED = {
    name: knob | {"probe": probe, "rate": rate}
    for (name, knob), probe, rate in zip(
        BOX.items(), (0.05, 0.1, 0.1), (0.05, 0.5, 0.5), strict=True
    )
}
LATTICE = {"beta": 0.2, "alpha_lower": 2.5, "alpha_upper": 5}
ATTACKS = {
    "zoo": {"method": "zoo", "max_steps": 8, "stop_at_bounds": "all", "parameters": STEPPED},
    "corners": {"method": "corners", "max_queries": 20, "parameters": BOX},
    "minimal": {"method": "minimal", "max_queries": 60, "parameters": BOX},
    "grid": {"method": "grid", "lattice": LATTICE, "max_points": 200, "parameters": BOX},
}
BOXES = {name: settings["parameters"] for name, settings in ATTACKS.items()}
SEARCHES = (
    *("random", "cobyqa", "direct", "cma", "differential_evolution", "gradient", "hop_skip_jump"),
)
ACCIDENTAL = {
    "settings": 12,
    "deviation": 0.5,
    "parameters": {name: knob | {"sweep": 5} for name, knob in BOX.items()},
}


class Run:
    """The files of a small run, made by the real scripts in a folder."""

    def __init__(self, folder, scanner, write_network):
        self.folder = folder
        self.chunk = str(folder / "frames.nc")
        self.images = str(folder / "bmode.nc")
        write_chunk(self.chunk, frames_of(scanner), {})
        pictures = {name: reconstruct(f, INITIAL, ROWS) for name, f in open_frames(self.chunk)}
        write_chunk(self.images, pictures, {})
        self.networks = {
            model: write_network(folder / f"{model}.onnx", cut) for model, cut in MODELS.items()
        }
        self.files = [
            {"model": model, "seed": "0", "fold": fold, "attack": name}
            | {"path": str(folder / f"{model}-{fold}-{name}.nc")}
            for model in MODELS
            for fold in FOLDS
            for name in ATTACKS
        ]
        names = [name for name, _ in open_frames(self.chunk)]
        folds = {"frame": names, "fold": [number % len(FOLDS) for number in range(len(names))]}
        pd.DataFrame(folds).to_csv(self.table("folds"), index=False)
        for file in self.files:
            self.attack(file)
        for file in self.of_attack("grid"):
            self.judge(file)
        self.tabulate()

    def of_attack(self, name):
        return [file for file in self.files if file["attack"] == name]

    def paths_of_grids(self):
        grids, paths = self.of_attack("grid"), self.of_attack("zoo")
        return {g["path"]: p["path"] for g, p in zip(grids, paths, strict=True)}

    def table(self, name):
        return str(self.folder / f"{name}.csv")

    def how(self, file):
        return {
            "frames": self.chunk,
            "folds": [self.table("folds")],
            "fold": file["fold"],
            "model_files": [self.networks[file["model"]]],
            "model_settings": {},
            "initial": INITIAL,
            "image_rows": ROWS,
            "resize": RESIZE,
            "threads": 1,
            "attributes": {},
        }

    def attack(self, file):
        name = file["attack"]
        attack(
            **self.how(file),
            settings=ATTACKS[name],
            attack=name,
            cutoff=CUTOFF,
            attacks=file["path"],
        )

    def judge(self, file):
        path = file["path"].replace("grid", "settings")
        judge_settings(**self.how(file), settings=ACCIDENTAL, logits=path)

    def tabulate(self):
        tabulate_attacks(self.files, {}, self.table("attacks"))
        attacks = pd.read_csv(self.table("attacks"))
        searched = attacks[attacks["attack"] == "corners"]
        more = [searched.assign(attack=name) for name in SEARCHES]
        pd.concat([attacks, *more]).to_csv(self.table("attacks"), index=False)
        tabulate_margins(self.of_attack("minimal"), {}, self.table("margins"))
        tabulate_universal(self.of_attack("grid"), BOXES, INITIAL, self.table("universal"))
        judged = [
            f | {"path": f["path"].replace("grid", "settings")} for f in self.of_attack("grid")
        ]
        tables = self.table("accidental"), self.table("summed")
        tabulate_accidental(judged, CUTOFF, "binary", *tables)
        for model, network in self.networks.items():
            whole = [{"seed": "0", "fold": "all", "file": network}]
            how = ([self.chunk], [], whole, {}, INITIAL, ROWS, CUTOFF, RESIZE, 1)
            predict(*how, self.table(f"predictions-{model}"))


def frames_of(scanner):
    """Noise whose level, and so the mean grey level, grows with the fat fraction."""
    decibels = 2 * 0.9 * scanner.center_frequency / 1e6 * scanner.depth(300) * 100
    random = np.random.default_rng(5)
    fat = random.uniform(0, 12, FRAMES)
    return {
        f"simulated_rf-{number:03d}": build_frame(
            random.standard_normal((300, 24)) * 10 ** ((fat[number] - 6 - decibels[:, None]) / 20),
            scanner,
            f"simulated_rf-{number:03d}",
            int(fat[number] + random.normal(0, 1.5) > 6),
            float(fat[number]),
        )
        for number in range(FRAMES)
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory, convex_scanner, write_network):
    return Run(tmp_path_factory.mktemp("run"), convex_scanner, write_network)


def other_attacks(run, out):
    """Tables of transfer between many networks, of many knobs and of many defences."""
    random = np.random.default_rng(1)
    names = [(model, seed) for model in (*MODELS, "features_forest") for seed in (0, 1)]
    attacks = [*ATTACKS, *SEARCHES]
    keys = ["model", "seed", "attack", "n_success", "n_attacked"]
    own = [(*name, attack, random.integers(30), 30) for name in names for attack in attacks]
    pd.DataFrame(own, columns=keys).to_csv(run.table("summary"), index=False)
    pd.DataFrame(
        {"source_model": source[0], "source_seed": source[1], "attack": attack}
        | {"target_model": target[0], "target_seed": target[1]}
        | {"n_flipped": random.integers(20), "n_tried": 20}
        for source in names
        for target in names
        for attack in attacks
        if source != target
    ).to_csv(run.table("transferred"), index=False)
    controls = list(dict.fromkeys(parameter.control for parameter in PARAMETERS.values()))
    pd.DataFrame(
        {"model": "compact", "seed": 0, "attack": "each_knob", "control": first}
        | {"other_control": second if second != first else None, "box": "-90 to 60 m/s"}
        | {"n_attacked": 27, "n_flipped": random.integers(28), "n_only_together": 3}
        for number, first in enumerate(controls)
        for second in controls[number:]
    ).to_csv(run.table("knobs"), index=False)
    rates = {name: random.uniform(0.3, 0.9, 15) for name in ("auc", "grid_certified")}
    ends = {f"{name}_low": rate - 0.1 for name, rate in rates.items()}
    ends |= {f"{name}_high": rate + 0.1 for name, rate in rates.items()}
    pd.DataFrame(
        {"model": [f"setting_conditioned_{number}" for number in range(15)]}
        | rates
        | ends
        | {"immune_by_construction": np.arange(15) > 12, "baseline": np.arange(15) == 0}
        | {"grid": "coarse", "grid_points": 1287, "n_frames": 300, "constant_accuracy": 0.65}
    ).to_csv(run.table("defences"), index=False)


GRADES = ("S0", "S1", "S2", "S3", "not to be graded")
THRESHOLDS = {"setting_conditioned": 20.0}
MASK = {"kind": "mask", "structures": ["bright"], "dice": 0.9}


def bright(images):
    """A model: every pixel above a grey level."""
    return (images > 90).astype(float)


def confused(run):
    """A table of two models and every attack with all pairs of grades."""
    rows = [
        {"model": model, "seed": 0, "attack": attack, "when": when}
        | {"reference": start, "decision": end, "n": 100 + 40 * (start == end)}
        for model in MODELS
        for attack in ATTACKS
        for when in ("initial", "final")
        for start in GRADES
        for end in GRADES
    ]
    pd.DataFrame(rows).to_csv(run.table("confusion"), index=False)
    return run.table("confusion")


def measured(run):
    """The table of attacks as if both models measured a number, and that of the patients."""
    attacks = pd.read_csv(run.table("attacks"))
    attacks = attacks[attacks["attack"].isin(list(ATTACKS))]
    numbers = 10 + 20 * attacks[["probability_initial", "probability_final"]].to_numpy()
    attacks = attacks.assign(
        label=numbers[:, 0] + np.resize([-1, 0.5, 2], len(attacks)),
        decision_initial=numbers[:, 0],
        decision_final=numbers[:, 1],
        unit="mm",
    )
    attacks.to_csv(run.table("measured"), index=False)
    frames = {"frame": attacks["frame"].unique()}
    pd.DataFrame(frames | {"patient": frames["frame"]}).to_csv(run.table("patients"), index=False)
    return run.table("measured")


def outlined(run):
    """The table of attacks as if the first model outlined a structure."""
    attacks = pd.read_csv(run.table("attacks"))
    first = attacks[(attacks["model"] == "compact") & (attacks["attack"] == "zoo")]
    first.assign(
        **{"model": "mask", "fold": "all", "probability_initial": np.nan},
        **{"probability_final": np.nan, "decision_initial": 1.0, "margin_initial": 0.1},
        decision_final=np.linspace(0.4, 0.95, len(first)),
        margin_final=np.linspace(-0.5, 0.05, len(first)),
    ).to_csv(run.table("outlined"), index=False)
    return run.table("outlined")


PICTURE = {"initial": INITIAL, "image_rows": ROWS}
DECISION = {"cutoff": CUTOFF, "classes": CLASSES}


def of_compact(run, attack):
    return [file for file in run.of_attack(attack) if file["model"] == "compact"]


def dossier_of(run, out, lattices):
    files = {"paths": of_compact(run, "zoo"), "nearest": of_compact(run, "minimal"), "proofs": []}
    given = {"frames": [run.chunk], "files": files | {"lattices": lattices}, "boxes": BOXES}
    dossier(**given, **PICTURE, **DECISION, **written(out))


def written(out, *suffixes):
    """Outputs of a figure; by default its table, PDF and PNG."""
    names = {"csv": "table", "pdf": "pdf", "png": "png", "gif": "gif"}
    outputs = {names[suffix]: f"{out}.{suffix}" for suffix in suffixes or ("csv", "pdf", "png")}
    return outputs | {"simulated": True}


def enveloped(run, out):
    """Within which settings few decisions change, by all that the run has stored."""
    tabulate_envelope(
        files=run.files,
        settings=[
            f | {"path": f["path"].replace("grid", "settings")} for f in run.of_attack("grid")
        ],
        models=list(MODELS),
        predictions=[run.table(f"predictions-{model}") for model in MODELS],
        boxes=BOXES,
        finds={name: "lattice" if name == "grid" else None for name in ATTACKS},
        accidental=ACCIDENTAL["parameters"],
        initial=INITIAL,
        cutoff=CUTOFF,
        limit=0.05,
        table=f"{out}.all.csv",
    )
    return f"{out}.all.csv"


DRAW = {
    "contact_sheet": lambda run, out: tabulate_frames(
        *({"simulated_rf": [run.chunk]}, INITIAL, ROWS, "stop", CLASSES, ["simulated_rf"]),
        {"table": f"{out}.frames.csv", "shown": f"{out}.csv"}
        | {"pdf": f"{out}.pdf", "png": f"{out}.png"},
        print,
    ),
    "fig1_samples": lambda run, out: fig1_samples(
        rf_images=[run.images],
        images=[],
        classes=CLASSES,
        **written(out) | {"simulated": ["convex"]},
    ),
    "fig2_pipeline": lambda run, out: fig2_pipeline(
        frames=[run.chunk], **PICTURE, classes=CLASSES, **written(out)
    ),
    "fig3_adversarial": lambda run, out: fig3_adversarial(
        attacks=run.table("attacks"),
        frames=[run.chunk],
        **PICTURE,
        classes=CLASSES,
        **written(out),
    ),
    "confusion": lambda run, out: confusion(
        table=confused(run), classes=GRADES, **written(out, "pdf", "png")
    ),
    "bland_altman": lambda run, out: bland_altman(
        attacks=measured(run), frames=run.table("patients"), thresholds=THRESHOLDS, **written(out)
    ),
    "outlines": lambda run, out: outlines(
        attacks=outlined(run),
        frames=[run.chunk],
        networks=[{"model": "mask", "seed": "0", "fold": "all", "file": None}],
        model_settings={"python": f"{__name__}:bright", "decision": MASK, "input_size": [24, 30]},
        resize={"library": "pillow", "kernel": "bilinear", "aspect": "stretch"},
        **PICTURE,
        **written(out),
    ),
    "fig3_of_a_mask": lambda run, out: fig3_adversarial(
        attacks=outlined(run),
        frames=[run.chunk],
        **PICTURE,
        classes=CLASSES,
        declarations={"mask": MASK},
        **written(out),
    ),
    "roc": lambda run, out: roc(
        predictions=[run.table(f"predictions-{model}") for model in MODELS],
        models=list(MODELS),
        cutoff=CUTOFF,
        **written(out),
    ),
    "attack_paths": lambda run, out: attack_paths(files=run.files, boxes=BOXES, **written(out)),
    "accidental_change": lambda run, out: accidental_change(
        table=run.table("accidental"), **DECISION, **written(out, "pdf", "png")
    ),
    "margins": lambda run, out: margins(
        table=run.table("margins"),
        initial=INITIAL,
        boxes={"minimal": BOX},
        **written(out, "pdf", "png"),
    ),
    "success_against_budget": lambda run, out: success_against_budget(
        attacks=run.table("attacks"), grids=["grid"], **written(out)
    ),
    "success_against_visibility": lambda run, out: success_against_visibility(
        attacks=run.table("attacks"),
        files=run.of_attack("grid"),
        limits={"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1},
        **written(out),
    ),
    "robust_accuracy": lambda run, out: robust_accuracy(
        grids=run.of_attack("grid"),
        proofs=[
            {**of_compact(run, "grid")[0], "attack": "certify", "path": write_proofs(f"{out}.nc")}
        ],
        boxes={"grid": BOXES["zoo"], "certify": PROVED_BOX},
        classes=CLASSES,
        **written(out),
    ),
    "decision_maps": lambda run, out: decision_maps(
        files=run.of_attack("grid"), paths=run.paths_of_grids(), **DECISION, **written(out)
    ),
    "universal": lambda run, out: universal(
        rates=run.table("universal"),
        files=run.of_attack("grid"),
        initial=INITIAL,
        **written(out),
    ),
    "transfer": lambda run, out: transfer(
        transferred=run.table("transferred"), summary=run.table("summary"), **written(out)
    ),
    "envelope": lambda run, out: envelope(envelope=enveloped(run, out), **written(out)),
    "knobs": lambda run, out: knobs(table=run.table("knobs"), **written(out, "pdf", "png")),
    "defences": lambda run, out: defences(
        table=run.table("defences"), **written(out, "pdf", "png")
    ),
    "dossier": lambda run, out: dossier_of(run, out, of_compact(run, "grid")),
    "dossier_without_lattice": lambda run, out: dossier_of(run, out, []),
    "animation": lambda run, out: animation(
        attacks=run.table("attacks"),
        files=run.of_attack("zoo"),
        frames=[run.chunk],
        boxes=BOXES,
        **PICTURE,
        **DECISION,
        **written(out, "csv", "gif"),
    ),
}


@pytest.fixture
def faults(monkeypatch):
    """Faults of each figure that is closed after it was saved, in its style.

    Frames have their names of the tables, so that a person can look them up.
    """
    found, close = [], plt.close

    def check(figure):
        found.extend(text_faults(figure))
        if figure.get_figwidth() not in (ONE_COLUMN, TWO_COLUMNS):
            found.append(f"{figure.get_figwidth()} inches wide")
        if figure.get_figheight() > HIGHEST:
            found.append(f"{figure.get_figheight()} inches high")
        texts = (text.get_text() for text in figure.findobj(plt.Text))
        found.extend(text for text in texts if "simulated rf-" in text)
        close(figure)

    monkeypatch.setattr(plt, "close", check)
    return found


@pytest.mark.parametrize("name", DRAW)
def test_no_text_hides_another_or_leaves_the_canvas(run, faults, monkeypatch, tmp_path, name):
    monkeypatch.setattr("reconattack.figures.dossier_cases.MAX_PAGES", 3)
    monkeypatch.setattr("reconattack.figures.animation.MAX_PICTURES", 3)
    if name in ("transfer", "knobs", "defences"):
        other_attacks(run, tmp_path)
    with figure_style(Look(titles=TITLES)):
        DRAW[name](run, tmp_path / name)
    assert faults == []
    if (tmp_path / f"{name}.csv").exists():
        table = pd.read_csv(tmp_path / f"{name}.csv")
        assert len(table)


def test_fonts_are_embedded_and_can_be_edited(run, tmp_path):
    DRAW["margins"](run, tmp_path / "margins")
    page = (tmp_path / "margins.pdf").read_bytes()
    assert b"/Type3" not in page
    assert b"/FontFile2" in page
    assert re.search(rb"/MediaBox \[ 0 0 518.4 ", page)


def test_faults_are_found():
    figure = plt.figure(figsize=(2, 1))
    figure.text(0.1, 0.5, "first")
    figure.text(0.15, 0.5, "second")
    figure.text(0.9, 0.2, "too far to the right")
    assert text_faults(figure) == [
        "'too far to the right' leaves the canvas",
        "'first' overlaps 'second'",
    ]
    plt.close(figure)
