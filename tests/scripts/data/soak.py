"""Simulate, reconstruct and attack chunk after chunk in one process; what it holds after each.

    python soak.py MODEL CHUNKS

Prints a line for each chunk of ten frames: resident memory in bytes, and open files.
"""

import ctypes
import gc
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import yaml

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from scripts.attacks.attack import attack  # noqa: E402
from scripts.data.reconstruct import reconstruct  # noqa: E402
from scripts.data.simulate_frames import simulate_frames  # noqa: E402

FRAMES = 10
LINES = 64
ROWS = 128
CONFIGURATION = yaml.safe_load((ROOT / "config.yaml").read_text())


def soak(model: str, chunks: int) -> None:
    """Do the work of `chunks` chunks and print what is held after each."""
    process = psutil.Process()
    scanner = dict(CONFIGURATION["scanners"]["scanner_b"])
    simulation = scanner.pop("simulation") | {"lines": LINES}
    del scanner["calibration_frames"]
    for chunk in range(chunks):
        with TemporaryDirectory() as name:
            folder = Path(name)
            names = [f"soak-{FRAMES * chunk + number}" for number in range(FRAMES)]
            simulate_frames(
                str(folder / "frames.nc"),
                [{"frame": name, "scanner": "scanner_b"} for name in names],
                {"scanner_b": scanner | {"name": "scanner_b"}},
                simulation,
                None,
                {},
            )
            initial = CONFIGURATION["reconstruction"]["initial"]
            reconstruct(str(folder / "frames.nc"), str(folder / "bmode.nc"), initial, ROWS, {})
            attack(
                frames=str(folder / "frames.nc"),
                folds=[],
                fold="all",
                model_files=[model],
                model_settings={},
                settings=CONFIGURATION["attacks"]["zoo"],
                initial=initial,
                image_rows=ROWS,
                resize=CONFIGURATION["reconstruction"]["resize"],
                cutoff=0.5,
                threads=1,
                attack="zoo",
                attacks=str(folder / "attacks.nc"),
                attributes={},
            )
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what the allocator keeps for later is not held
        print(process.memory_info().rss, process.num_fds(), flush=True)


if __name__ == "__main__":
    soak(sys.argv[1], int(sys.argv[2]))
