import pandas as pd
import pytest

from reconattack.classifiers.guard import Guard
from scripts.models.fit_guard import fit_guard
from tests.classifiers.texture_chunks import write_texture_chunks

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
SETTINGS = {"envelope": {"beta": [0.8, 1.0]}, "settings": 2, "false_alarm_rate": 0.3}


@pytest.fixture
def fit(tmp_path, convex_scanner):
    """Fit a guard to the frames of all patients but some."""
    _, frames, by_name = write_texture_chunks(tmp_path, convex_scanner)
    readable = [frame for frame in by_name.values() if "error" not in frame.attrs]
    patients = sorted({frame.attrs["patient"] for frame in readable})

    def fit(name, held_out=(), seed="0"):
        folds = pd.DataFrame({"patient": patients})
        folds["fold"] = folds["patient"].isin(held_out).astype(int)
        folds.to_csv(tmp_path / "folds.csv", index=False)
        path = tmp_path / f"{name}.json"
        fit_guard(
            frames=frames,
            folds=[str(tmp_path / "folds.csv")],
            settings=SETTINGS,
            initial=INITIAL,
            image_rows=48,
            model="m",
            seed=seed,
            fold="1",
            guard=str(path),
        )
        return path

    return fit, patients


def test_fit_repeats_bit_for_bit(fit):
    fit, patients = fit
    assert fit("one", patients[:6]).read_bytes() == fit("other", patients[:6]).read_bytes()


def test_seed_chooses_who_calibrates(fit):
    fit, _ = fit
    one, other = (Guard.read(fit(seed, seed=seed)) for seed in ("0", "1"))
    assert one.calibration != other.calibration
    assert len(one.calibration) == len(other.calibration)


def test_patients_of_the_fold_are_left_out(fit):
    fit, patients = fit
    whole, part = Guard.read(fit("whole")), Guard.read(fit("part", patients[:6]))
    counts = [len(guard.calibration) + guard.n_fitted for guard in (whole, part)]
    assert counts == [len(patients), len(patients) - 6]
