"""The grid in the real workflow: selected when asked for, killed in its midst, tabulated."""

from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.workflow_run import wait_until

RESULT = "results/attacks/compact/seed-0/fold-0/grid/6x0000.nc"
TABLE = "results/tables/grid.csv"
BESIDE = [f"results/tables/{name}.csv" for name in ("attacks", "summary", "comparisons", "flags")]
BOX = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}


@pytest.fixture
def grid_config(write_config):
    """config/smoke.yaml with the grid beside the paper's attack."""

    def write(**steps):
        grid = {"method": "grid", "lattice": steps, "max_points": 10_000, "parameters": BOX}
        return write_config({"run": {"attacks": ["zoo", "grid"]}, "attacks": {"grid": grid}})

    return write


def test_killed_job_goes_on_and_gives_the_same_bits(smoke, copy_of, grid_config):
    workflow = copy_of(smoke)
    result, partial = workflow.folder / RESULT, workflow.folder / "results" / "partial"
    config = grid_config(beta=0.05, alpha_lower=0.5, alpha_upper=0.5)
    workflow.run(RESULT, config=config)
    undisturbed = result.read_bytes()
    result.unlink()

    running = workflow.start(RESULT, config=config)
    wait_until(lambda: bool(list(partial.rglob("[!.]*.npz"))), running)
    (job,) = workflow.jobs("attack.py")
    job.kill()
    assert running.wait(timeout=120) != 0
    assert not result.exists()
    assert list(partial.rglob("[!.]*.npz"))

    workflow.run(RESULT, config=config)
    assert result.read_bytes() == undisturbed
    log = workflow.folder / RESULT.replace("attacks", "logs/attack").replace(".nc", ".log")
    assert "judged before an interruption" in log.read_text()
    assert not list(partial.rglob("*.npz"))


def test_table_is_made_when_a_grid_is_selected(smoke, copy_of, grid_config):
    workflow = copy_of(smoke)
    assert not (workflow.folder / TABLE).exists()
    config = grid_config(beta=0.4, alpha_lower=5, alpha_upper=5)
    assert workflow.planned(config=config)["tabulate_grid"] == 1
    workflow.run(TABLE, *BESIDE, config=config)
    table = pd.read_csv(workflow.folder / TABLE)
    assert len(table) == 12
    assert set(table["n_points"]) == {27}
    attacked = table[table["stop_reason"].isin(["flipped", "exhausted"])]
    assert (attacked["queries"] + attacked["repeats"] == 27).all()
    assert (attacked["grid_certified"].astype(bool) == (attacked["n_flipping"] == 0)).all()

    # What the other tables make of it
    beside = {Path(path).stem: pd.read_csv(workflow.folder / path) for path in BESIDE}
    vulnerable = attacked["grid_certified"].astype(str).eq("False").sum()
    summary = beside["summary"].set_index("attack")
    assert summary["grid_vulnerable"].tolist() == [vulnerable] * 2
    assert summary.loc["grid", "grid_found"] == vulnerable
    of_grid = beside["attacks"].query("attack == 'grid' and success")
    assert of_grid[["on_lattice", "grid_confirms"]].astype(bool).all(axis=None)
    assert len(of_grid) == vulnerable
    assert not beside["attacks"]["grid_confirms"].eq(False).any()
    (pair,) = beside["comparisons"].to_dict("records")
    assert (pair["first_attack"], pair["second_attack"]) == ("zoo", "grid")
    assert pair["both"] + pair["only_second"] == vulnerable
    contradicted = beside["flags"].set_index("flag").loc["grid_contradicted"]
    assert (contradicted["n"], contradicted["n_checked"]) == (0, 2 * len(attacked))
