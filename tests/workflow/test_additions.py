"""A format, a method, a network, a parameter and a figure are added to a copy, and the copy runs.

Each takes one module of the library and its configuration block, and nothing else. The block of a
figure is its row in the plan, with its script and its caption.
"""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from tests.workflow.workflow_run import TableWorkflow, copy_checkout, merged

FORMAT = {
    "reconattack/readers/rf/toy.py": '''"""Toy files: two int32, lines and samples, then float32."""

import numpy as np

from reconattack.frames.recording import Recording
from reconattack.readers.layout import arrange

SUFFIXES = (".toy",)


def read(path, layout):
    """Read the samples."""
    lines, samples = np.fromfile(path, "<i4", 2)
    return Recording(arrange(np.fromfile(path, "<f4", offset=8).reshape(lines, samples).T, layout))
'''
}
METHOD = {
    "reconattack/attacks/methods/upper_corner.py": '''"""The upper bound of every parameter."""


def search(evaluate, space, random):
    """Judge the corner."""
    evaluate(space.upper[None])
'''
}
NETWORK = {
    "reconattack/classifiers/training/networks/mean_level.py": '''"""The mean grey level alone."""

from keras import layers

TAKES = ("image",)
BACKBONE = False


def features(image):
    """The mean of each image, (n, 1)."""
    return layers.GlobalAveragePooling2D()(layers.Rescaling(1 / 255)(image))
'''
}
PARAMETER = {
    "reconattack/reconstruction/stages/picture/brightness.py": '''"""Brightness."""

import numpy as np

from reconattack.reconstruction.parameter import Parameter

ORDER = 9
PARAMETERS = {
    "brightness": Parameter(
        "1", "added grey levels", "brightness", "brightness", (-50.0, 50.0), neutral=0.0
    )
}
STAGES = {"brightness": lambda grey, added: np.clip(grey + added, 0, 255)}
'''
}
FIGURE = {
    "reconattack/figures/brightness_sign.py": '''"""How many attacks make the image brighter."""

import matplotlib.pyplot as plt


def draw_signs(brightness):
    """A bar for each sign of the change of brightness, (frame,)."""
    figure, axes = plt.subplots()
    axes.bar(["darker", "brighter"], [(brightness < 0).sum(), (brightness > 0).sum()])
    return figure
''',
    "scripts/figures/brightness_sign.py": '''"""How many attacks make the image brighter."""

from reconattack.figures.brightness_sign import draw_signs
from reconattack.figures.panels import save_figure
from reconattack.run.jobs import run_rule
from reconattack.storage import read_table, write_table


def brightness_sign(attacks: str, simulated: bool, table: str, pdf: str, png: str) -> None:
    """Tabulate and draw the final brightness of each attack."""
    rows = read_table(attacks)
    write_table(table, rows[["frame", "brightness"]])
    save_figure(draw_signs(rows["brightness"]), pdf, png, simulated)


if __name__ == "__main__":
    run_rule(brightness_sign, snakemake)
''',
    "report/brightness_sign.rst": "How many attacks make the image brighter.\n",
}
ROW = """            "brightness_sign": Figure(
                topic="adversarial",
                title="Figure: Brightness",
                message="Draw the sign of brightness",
                inputs={"attacks": table_path("attacks")},
                params=simulated,
            ),
            "fig1_samples": Figure("""
PATIENTS = 12
CONFIGURATION = {
    "run": {
        **{"models": ["mean"], "attacks": ["corner"], "image_cohorts": []},
        "frames_per_job": PATIENTS,
    },
    "models": {
        "mean": {
            **{"network": "mean_level", "weights": None, "input_size": [32, 32], "dropout": 0},
            **{"learning_rate": 0.01, "momentum": 0.9, "batch_size": 4, "max_epochs": 2},
            **{"patience": 2, "validation_share": 0.34, "shift": 0, "flip": False, "threads": 1},
        }
    },
    "attacks": {
        "corner": {
            "method": "upper_corner",
            "max_queries": 2,
            "parameters": {"brightness": {"box": [-5, 20]}},
        }
    },
    "accidental": None,
    "explorer": None,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The finished run of a copy with all five additions, on frames in the new format."""
    checkout = copy_checkout(tmp_path_factory.mktemp("copy"))
    for additions in (FORMAT, METHOD, NETWORK, PARAMETER, FIGURE):
        for name, text in additions.items():
            assert not (checkout / name).exists()
            (checkout / name).write_text(text)
    plan = checkout / "reconattack" / "run" / "plan" / "figures.py"
    text = plan.read_text()
    assert text.count('            "fig1_samples": Figure(') == 1
    plan.write_text(text.replace('            "fig1_samples": Figure(', ROW))

    workflow = TableWorkflow(checkout, tmp_path_factory.mktemp("run"))
    workflow.write()
    workflow.configure(
        merged(yaml.safe_load((workflow.folder / "config.yaml").read_text()), CONFIGURATION)
    )
    (row, *_) = workflow.rows()
    rows = [
        row
        | {"frame": f"frame-{number}", "patient": f"patient-{number}", "label": number % 2}
        | {"path": f"rf/{number}.toy"}
        for number in range(PATIENTS)
    ]
    for number, row in enumerate(rows):
        samples = np.random.default_rng(number).standard_normal((16, 400))
        with open(workflow.folder / row["path"], "wb") as file:
            np.array(samples.shape, "<i4").tofile(file)
            samples.astype("<f4").tofile(file)
    workflow.write_rows(rows)
    workflow.run("results/figures/brightness_sign.png")
    return workflow.folder / "results"


def test_format_is_read(run):
    with xr.open_dataset(run / "frames" / "bench" / "12x0000.nc", group="frame-1") as frame:
        expected = np.random.default_rng(1).standard_normal((16, 400)).T
        np.testing.assert_allclose(frame["rf"].values, expected, rtol=1e-6)


def test_network_is_trained(run):
    assert len(pd.read_csv(run / "models/mean/seed-0/fold-0.history.csv")) == 2


def test_method_attacks_and_parameter_changes_the_picture(run):
    attacks = pd.read_csv(run / "tables" / "attacks.csv")
    tried = attacks[attacks["queries"] == 2]
    assert len(tried)
    assert set(tried["brightness"]) <= {0, 20}
    found = [
        (attack["parameters"].sel(parameter="brightness", step=1), attack["logit"].diff("step"))
        for path in sorted((run / "attacks").rglob("*.nc"))
        for attack in [xr.load_dataset(path)]
        if attack.sizes["step"] == 2
    ]
    assert found
    for brightness, change in found:
        judged = brightness.notnull()
        assert (brightness[judged] == 20).all()
        assert (change[judged.values] != 0).all()


def test_figure_is_drawn(run):
    assert (run / "figures" / "brightness_sign.png").stat().st_size > 1000
    assert list(pd.read_csv(run / "figures" / "brightness_sign.csv")) == ["frame", "brightness"]


@pytest.mark.parametrize("additions", [FORMAT, METHOD, NETWORK, PARAMETER, FIGURE])
def test_an_addition_is_one_module_of_the_library(additions):
    assert len([name for name in additions if name.startswith("reconattack/")]) == 1
