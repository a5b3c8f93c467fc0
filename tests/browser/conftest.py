"""A run of config/smoke.yaml with its explorer and its report, opened from the file system in
headless Chromium.
"""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect, sync_playwright

from reconattack.attacks.judged_lattice import label_lattice
from reconattack.attacks.lattice import even_axes
from reconattack.attacks.path import Path as Way
from reconattack.attacks.record import record
from reconattack.attacks.space import search_space
from reconattack.frames.chunks import open_frames, write_chunk
from reconattack.storage import write_dataset
from scripts.report.explorer import explorer as write_explorer
from tests.browser.explorer_pages import BOX, HOSTILE, INITIAL, LIMIT, TITLES, WIDE
from tests.workflow.workflow_run import Workflow

SCREENSHOTS = Path(__file__).parent / "screenshots"
SNAKEMAKES_OWN = (  # warnings of what its report has inside
    "cdn.tailwindcss.com should not be used in production",
    "The input spec uses Vega-Lite v3",
)


@pytest.fixture(scope="session")
def chromium():
    """Chromium from the PATH; without it the test is skipped, but fails under CI."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        message = "chromium is not on the PATH"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as started:
        # In a container there is often no sandbox, and root is given none.
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Open a page of a run, wait until it shows something, and see to it that nothing failed."""
    contexts, complaints, requests = [], [], []

    def heard(said):
        # Snakemake's report logs its first page when one comes back to it.
        if said.type != "log" and not said.text.startswith(SNAKEMAKES_OWN):
            complaints.append(said.text)

    def open_page(path, size=WIDE, ready="#corner-frame", fragment="", **options):
        context = chromium.new_context(viewport=size, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(Path(path).as_uri() + fragment)
        expect(page.locator(ready)).not_to_be_empty(timeout=20000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    # A blob is a file that the page itself has made, to be saved.
    assert {url.split(":")[0] for url in requests} - {"blob"} == {"file"}


@pytest.fixture
def explorer(opened, host_run):
    """The explorer of the smoke run, wide."""
    return opened(host_run.folder / "results" / "explorer.html")


@pytest.fixture(scope="session")
def run_with_report(host_run) -> Workflow:
    host_run.run("results/report.html")
    return host_run


@pytest.fixture
def report(opened, run_with_report):
    """The report of the smoke run, wide."""
    return opened(run_with_report.folder / "results" / "report.html", ready="#app h1.title")


@pytest.fixture
def keep():
    """Keep a screenshot."""

    def keep_screenshot(page, name):
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    SCREENSHOTS.mkdir(exist_ok=True)
    keep_screenshot.folder = SCREENSHOTS
    return keep_screenshot


@pytest.fixture(scope="session")
def two_models(host_run, tmp_path_factory) -> Path:
    """A page of 512 rows with two models whose answers are known in closed form.

    `plain` calls a frame fatty from a beta of 0.95 on, and the paper's attack flips its first frame
    in three steps; `defended` calls none fatty. A search in a narrow box flips it at its
    eighth query. A frame's patient is markup.
    """
    folder = tmp_path_factory.mktemp("two-models")
    frames = {}
    of_run = open_frames(host_run.folder / "results" / "frames" / "simulated_rf" / "6x0000.nc")
    for number, (_, frame) in zip(range(2), of_run, strict=False):
        frames[f"frame-{number}"] = frame.assign_attrs(patient=HOSTILE)
    write_chunk(folder / "chunk.nc", frames, {})
    space = search_space(INITIAL, {name: {"box": box} for name, box in BOX.items()}, "explorer")
    axes = even_axes(space, 9)
    beta = axes[0][:, np.newaxis, np.newaxis] + np.zeros([len(axis) for axis in axes])
    logits = {"plain": 20 * (beta - 0.95), "defended": 5 * (beta - 2)}
    files = {"lattices": [], "paths": [], "nearest": [], "proofs": []}
    models = []
    for model, values in logits.items():
        named = label_lattice(dict.fromkeys(frames, values), axes, space)
        write_dataset(folder / f"{model}.nc", named, {})
        start = values[axes[0].tolist().index(0.9), 0, 0]
        predictions = pd.DataFrame({"frame": list(frames), "seed": 0, "fold": 0})
        predictions.assign(logit=start).to_csv(folder / f"{model}.csv", index=False)
        models.append({"model": model, "seed": "0", "kind": "plain"})
        models[-1]["predictions"] = str(folder / f"{model}.csv")
        files["lattices"].append({"model": model, "seed": "0", "path": str(folder / f"{model}.nc")})
    ways = [np.array([0.9 + 0.05 * step, 10 - 0.5 * step, 55.0]) for step in range(4)]
    path = Way(0, ways, [-1.0, -0.4, -0.1, 1.5], [0.1] * 4, [], "flipped")
    zoo = record([path], ["frame-0"], space.names, np.array([22]))
    write_dataset(folder / "zoo.nc", zoo.assign(margin_linf=("frame", [0.375])), {})
    queries = [ways[0], np.array([0.86, 10.0, 55.0]), np.array([0.95, 10.0, 55.0])]
    found = Way(0, queries, [-1.0, -1.8, 0.1], [0.1] * 3, [], "flipped")
    proved = {"certified": ("frame", [False]), "certified_margin": ("frame", [0.3129])}
    write_dataset(folder / "proof.nc", zoo.assign(proved), {})
    narrow = record([found], ["frame-0"], space.names, np.array([8]))
    write_dataset(folder / "narrow.nc", narrow, {})
    records = [
        {"model": "plain", "seed": "0", "attack": name, "path": str(folder / f"{name}.nc")}
        for name in ("zoo", "narrow")
    ]
    proof = {"model": "plain", "seed": "0", "path": str(folder / "proof.nc")}
    files |= {"paths": records, "nearest": records[:1], "proofs": [proof]}
    write_explorer(
        chunks=[str(folder / "chunk.nc")],
        shown=list(frames),
        cohort_size=len(frames),
        models=models,
        files=files,
        box=BOX,
        attacks=[
            {"name": "zoo", "box": BOX, "steps": True},
            {"name": "narrow", "box": {"beta": [0.85, 0.95]}, "steps": False},
        ],
        initial=INITIAL,
        image_rows=512,
        cutoff=0.5,
        visible_limit=LIMIT,
        titles=TITLES,
        classes=["normal", "fatty"],
        simulated=True,
        page=str(folder / "explorer.html"),
    )
    return folder / "explorer.html"
