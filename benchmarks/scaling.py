"""Time a run of few frames and a run of many: the cost of a further frame.

    python -m benchmarks.scaling

Two cohorts are simulated, each in a folder of its own. All their frames are reconstructed,
classified and attacked by the paper's attack, in chunks of `--frames-per-job` frames. The cost of
training does not depend on the attacked frames; so the networks are trained beforehand on a small
cohort and brought as ONNX.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import yaml

from benchmarks.measuring import OUT, ROOT, seconds, show_and_keep

CHILDREN = ("children_user", "children_system")
SMALL = {
    "scanners": {"scanner_b": {"simulation": {"lines": 64}}},
    "reconstruction": {"rows": 128},
}
STEPS = ("simulate_frames", "reconstruct", "predict", "attack")


def measure(
    frames: int, frames_per_job: int, cores: int, model: Path, small: bool, folder: Path
) -> dict[str, Any]:
    """Run some frames in a folder and tell what each of them took."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    configuration = {
        "cohorts": {"simulated_rf": {"patients": frames}},
        "models": {"trained": {"source": str(model.resolve())}},
        "run": {"models": ["trained"], "attacks": ["zoo"], "frames_per_job": frames_per_job},
        **(SMALL if small else {}),
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(configuration))
    chunks = [f"{frames_per_job}x{index:04d}" for index in range(-(-frames // frames_per_job))]
    targets = [
        *(f"results/bmode/simulated_rf/{chunk}.nc" for chunk in chunks),
        *(f"results/attacks/trained/seed-0/fold-all/zoo/{chunk}.nc" for chunk in chunks),
        "results/predictions/trained.csv",
    ]
    load, before = psutil.getloadavg()[0], os.times()
    wall = seconds(lambda: _run(folder, cores, targets))
    after = os.times()
    used = sum(getattr(after, name) - getattr(before, name) for name in CHILDREN)
    results = folder / "results"
    sizes = [path.stat().st_size for path in results.rglob("*") if path.is_file()]
    return {
        "frames": frames,
        "cores": cores,
        "load_before": load,
        "wall_s": wall,
        "wall_s_per_frame": wall / frames,
        "cpu_s_per_frame": used / frames,  # Snakemake's own included
        **{f"{step}_cpu_s_per_frame": _processor_time(results, step) / frames for step in STEPS},
        "jobs": 3 * len(chunks) + 3,
        "files": len(sizes),
        "megabytes_per_frame": sum(sizes) / 1e6 / frames,
    }


def _run(folder: Path, cores: int, targets: Sequence[str]) -> None:
    # No shell reads it, and its arguments are those of this benchmark.
    subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "snakemake", "--cores", str(cores), "--directory", folder),
            *("--configfile", folder / "config.yaml", "--quiet", "all", "--", *targets),
        ],
        cwd=ROOT,
        check=True,
    )


def _processor_time(results: Path, rule: str) -> float:
    files = (results / "benchmarks" / rule).rglob("*.tsv")
    return sum(pd.read_csv(file, sep="\t")["cpu_time"].sum() for file in files)


def with_further_frame(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to each row the processor time [s] of a frame more than the row before has."""
    used = [row["frames"] * row["cpu_s_per_frame"] for row in rows]
    slopes = [
        (used[i] - used[i - 1]) / (row["frames"] - rows[i - 1]["frames"])
        if i and row["frames"] > rows[i - 1]["frames"]
        else None
        for i, row in enumerate(rows)
    ]
    return [row | {"cpu_s_further_frame": slope} for row, slope in zip(rows, slopes, strict=True)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the numbers of frames that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--frames-per-job", type=int, default=50)
    parser.add_argument(
        "--small", action="store_true", help="64 lines per frame, 128 rows per picture"
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument(
        "--model", type=Path, help="an .onnx file; default: first fold of a finished run"
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="results of that run")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    model = chosen.model or chosen.results / "models/compact/seed-0/fold-0.onnx"
    rows = [
        measure(
            frames,
            chosen.frames_per_job,
            chosen.cores,
            model,
            chosen.small,
            chosen.out / "scaling" / str(frames),
        )
        for _ in range(chosen.repeats)
        for frames in chosen.frames
    ]
    show_and_keep("scaling", with_further_frame(rows), chosen.out)


if __name__ == "__main__":
    main()
