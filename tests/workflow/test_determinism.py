"""The same bits from another run: in another folder, on other cores, in another order."""

import dataclasses

import numpy as np
import xarray as xr

from reconattack.seeds import seed_of
from tests.workflow.workflow_run import EVERY_RULE


def order(workflow):
    """The jobs in the order in which they ended."""
    ended = (workflow.folder / "results" / "benchmarks").rglob("*.tsv")
    return [path.name for path in sorted(ended, key=lambda path: path.stat().st_mtime_ns)]


def test_one_core_in_another_folder_gives_the_same_bits(smoke, tmp_path):
    other = dataclasses.replace(smoke, folder=tmp_path)
    other.run(*EVERY_RULE, cores=1)
    assert other.results() == smoke.results()


def test_four_cores_and_another_order_give_the_same_bits(smoke, tmp_path):
    chance = np.random.default_rng(seed_of("order"))
    results = [f"results/{name}" for name in smoke.results() if name.endswith((".nc", ".csv"))]
    first = chance.choice(results, len(results) // 3, replace=False)
    other = dataclasses.replace(smoke, folder=tmp_path)
    other.run(*EVERY_RULE, "--prioritize", *first, cores=4)
    assert order(other) != order(smoke)
    assert other.results() == smoke.results()


def test_further_frame_changes_no_other(smoke, tmp_path, write_config):
    """Simulation, picture and attacks of a fixed model are a frame's own."""
    model = smoke.folder / "results" / "models" / "compact" / "seed-0" / "fold-0.onnx"
    made = {}
    for patients in (4, 5):
        config = write_config(
            {
                "cohorts": {"simulated_rf": {"patients": patients}},
                "models": {"fixed": {"source": str(model)}},
                "run": {"models": ["fixed"], "attacks": ["zoo", "minimal"]},
            }
        )
        run = dataclasses.replace(smoke, folder=tmp_path / str(patients))
        files = {
            "frames": "frames/simulated_rf/6x0000.nc",
            "bmode": "bmode/simulated_rf/6x0000.nc",
            "zoo": "attacks/fixed/seed-0/fold-all/zoo/6x0000.nc",
            "minimal": "attacks/fixed/seed-0/fold-all/minimal/6x0000.nc",
        }
        run.run(*(f"results/{file}" for file in files.values()), config=config)
        made[patients] = {kind: frames_of(run.folder / "results" / files[kind]) for kind in files}
    for kind, frames in made[4].items():
        assert len(frames) == 4
        for name, frame in frames.items():
            xr.testing.assert_identical(frame, made[5][kind][name])


def frames_of(path):
    """Each frame of a chunk, and of an attack's records without the steps of longer ones."""
    with xr.open_datatree(path) as chunk:
        frames = {name: frame.to_dataset().load() for name, frame in chunk.children.items()}
        if frames:
            return frames
        records = chunk.to_dataset().load()
    return {
        str(name): records.sel(frame=name).drop_attrs().dropna("step", how="all")
        for name in records["frame"].values
    }
