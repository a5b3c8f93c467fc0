"""The white-box attack in the real workflow, on a network trained here and on one brought."""

import json
import shutil

import numpy as np
import xarray as xr

ATTACKS = "results/attacks/{}/by_slopes/6x0000.nc"
TRAINED, BROUGHT = (
    ATTACKS.format("compact/seed-0/fold-0"),
    ATTACKS.format("brought/seed-0/fold-all"),
)
NETWORK = "results/models/compact/seed-0/fold-0.keras"
BUDGET = 12
WHITE_BOX = {
    "run": {"models": ["compact", "brought"], "attacks": ["zoo", "by_slopes"]},
    "models": {"brought": {"source": "brought.keras"}},
    "attacks": {
        "by_slopes": {
            "method": "gradient",
            "max_queries": BUDGET,
            "parameters": {
                "beta": {"box": [0.5, 1.3]},
                "gain": {"box": [-3, 3]},
                "alpha_upper": {"box": [50, 60]},
            },
        }
    },
}


def test_network_trained_here_and_the_same_one_brought(smoke, copy_of, write_config):
    workflow = copy_of(smoke)
    shutil.copy(workflow.folder / NETWORK, workflow.folder / "brought.keras")
    workflow.run(TRAINED, BROUGHT, config=write_config(WHITE_BOX))
    with (
        xr.open_dataset(workflow.folder / TRAINED) as trained,
        xr.open_dataset(workflow.folder / BROUGHT) as brought,
    ):
        assert NETWORK in json.loads(trained.attrs["source"])
        assert "brought.keras" in json.loads(brought.attrs["source"])
        assert trained.attrs["gradient_form"] == "straight-through rounding"
        assert trained["parameter"].values.tolist() == [
            "beta",
            "gain",
            "alpha_lower",
            "alpha_upper",
        ]
        judged = trained["logit"].notnull().sum("step").values
        sloped = trained["gradient"].notnull().all("parameter").sum("step").values
        np.testing.assert_array_equal(trained["queries"], judged + sloped)
        assert trained["queries"].max() <= BUDGET
        assert sloped.any()
        for name in ("parameters", "logit", "gradient", "queries"):  # one network by two files
            same = brought[name].sel(frame=trained["frame"])
            if "step" in same.dims:
                same = same.sel(step=trained["step"])
            np.testing.assert_allclose(same, trained[name], rtol=1e-4, atol=1e-4)
