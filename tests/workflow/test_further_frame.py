"""What is a frame's own does not depend on the other frames."""

import dataclasses

import xarray as xr


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
