import numpy as np
import pandas as pd
import pytest

from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from scripts.report.explorer import explorer


@pytest.fixture
def write(tmp_path, convex_scanner):
    """Write the page of a chunk with the frames `plain` and `broken`."""
    samples = np.random.default_rng(3).standard_normal((300, 24))
    frames = {
        "plain": build_frame(samples, convex_scanner, "p", 1, None),
        "broken": unreadable_frame("truncated", "s", "q"),
    }
    write_chunk(tmp_path / "chunk.nc", frames, {})
    rows = {"seed": 0, "frame": list(frames), "fold": 0, "logit": [1.0, None]}
    pd.DataFrame(rows).to_csv(tmp_path / "m.csv", index=False)
    model = {"model": "m", "seed": "0", "kind": "plain", "predictions": str(tmp_path / "m.csv")}

    def run(shown):
        explorer(
            chunks=[str(tmp_path / "chunk.nc")],
            shown=shown,
            cohort_size=2,
            models=[model],
            files={"lattices": [], "paths": [], "nearest": [], "proofs": []},
            box={"beta": [0.5, 1.1]},
            attacks=[],
            initial={"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55},
            image_rows=32,
            cutoff=0.5,
            visible_limit={"mean_abs_diff": 20},
            titles={},
            classes=["normal", "fatty"],
            simulated=True,
            page=str(tmp_path / "explorer.html"),
        )
        return (tmp_path / "explorer.html").read_text()

    return run


def test_readable_frames_are_on_the_page(write):
    page = write(["plain", "broken"])
    assert '"name":"plain"' in page
    assert page.count('id="levels-') == 1


def test_no_readable_frame_to_be_shown(write):
    with pytest.raises(InputError, match="none of the 1 frames to be shown could be read"):
        write(["broken"])
