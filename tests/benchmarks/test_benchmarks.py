"""The benchmarks run and tell what they timed; how long it took is nobody's to assert."""

import json

import numpy as np
import pytest

from benchmarks import attack_loop, beamforming, decisions, grid, pictures, proof, search_peers
from benchmarks.peers.networks import KerasNetwork
from benchmarks.peers.process import Peer, not_installed
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame
from tests.attacks.proof.networks import write_network

FEW = ("--frames", "2", "--queries", "10", "--repeats", "2")


@pytest.fixture
def finished_run(tmp_path, convex_scanner):
    """A results folder that holds three frames of noise."""
    decibels = 2 * 0.9 * 2.5 * convex_scanner.depth(300) * 100
    random = np.random.default_rng(3)
    frames = {
        f"f{number}": build_frame(
            random.standard_normal((300, 24)) * 10 ** (-decibels[:, None] / 20), convex_scanner, "p"
        )
        for number in range(3)
    }
    chunk = tmp_path / "results/frames/simulated_rf/50x0000.nc"
    chunk.parent.mkdir(parents=True)
    write_chunk(chunk, frames, {})
    return tmp_path / "results"


@pytest.fixture
def run(finished_run, write_model, tmp_path, capsys):
    """Run a benchmark on a network that calls every frame fatty, or another; what it kept."""

    def measured(benchmark, *arguments, model=None):
        model = model or write_model("model.onnx", 20)
        paths = {"--results": finished_run, "--model": model, "--out": tmp_path / "out"}
        options = [str(part) for option in paths.items() for part in option]
        benchmark.main([*options, *arguments])
        (kept,) = (tmp_path / "out").iterdir()
        tells = json.loads(kept.read_text())
        assert len(capsys.readouterr().out.splitlines()) == len(tells["measured"])
        assert {"processor", "python", "numpy", "onnxruntime"} <= set(tells["machine"])
        for row in tells["measured"]:
            for value in row.values():
                if isinstance(value, dict):
                    assert 0 < value["min"] <= value["median"] <= value["max"]
        return tells["measured"]

    return measured


def test_attack_loop_beside_the_runtime_alone(run):
    zoo, corners, *_ = run(attack_loop, *FEW)
    assert (zoo["attack"], corners["attack"]) == ("zoo", "corners")
    assert corners["images"] == 20
    assert zoo["images"] == 16  # a step of seven queries for each frame, after the start


def test_other_runtimes_say_the_same_or_are_said_to_be_missing(run, tmp_path):
    from reconattack.classifiers.backends.network_files import export_network, save_network
    from reconattack.classifiers.training.building import build_network

    network = build_network("compact", (16, 16), dropout=0.5)
    save_network(network, tmp_path / "network.keras")
    export_network(network, tmp_path / "network.onnx")
    _, _, alone, *others = run(attack_loop, *FEW, model=tmp_path / "network.onnx")
    assert alone["runtime"] == "ONNX Runtime"
    assert alone["ratio"] == {"median": 1, "min": 1, "max": 1}
    by_name = {row["runtime"]: row for row in others}
    assert set(by_name) == set(attack_loop.RUNTIMES)
    for name, peer in attack_loop.RUNTIMES.items():
        if why := not_installed(peer):
            assert by_name[name]["not installed"] == why == "openvino: make peers"
        else:
            assert by_name[name]["images"] == alone["images"]
            assert by_name[name]["largest error"] < (0.05 if name == "OpenVINO, bf16" else 1e-4)


def test_a_runtime_without_its_package_or_its_file_is_named(run, monkeypatch):
    peers = {
        "absent": Peer(("no_such_package",), KerasNetwork),
        "Keras": Peer(("tensorflow",), KerasNetwork),
    }
    monkeypatch.setattr(attack_loop, "RUNTIMES", peers)
    *_, absent, without_file = run(attack_loop, *FEW)
    assert absent["not installed"] == "no_such_package: make peers"
    assert without_file["not measured"] == "model.keras does not lie beside the network"


def test_grid_beside_points_one_by_one(run):
    frames, *methods = run(grid, "--frames", "2", "--step", "0.4", "5", "5")
    assert frames["points"] == 27
    assert frames["images judged"]["max"] <= 27
    assert [row["method"] for row in methods] == ["grid", "one by one", "one by one from RF lines"]
    assert methods[0]["ratio"] == {"median": 1, "min": 1, "max": 1}


def test_pictures_beside_rf(run):
    reading, attacking, drawn, rf = run(pictures, "--frames", "2", "--rows", "120")
    assert reading["seconds a picture"]["median"] > 0
    assert attacking["seconds a picture"]["median"] > 0
    assert drawn["ms"]["median"] > 0
    assert rf["ratio of picture to RF"]["median"] > 0


def test_units_and_masks_beside_what_they_cost(tmp_path):
    decisions.main(["--repeats", "1", "--out", str(tmp_path)])
    unit, mask = json.loads((tmp_path / "decisions.json").read_text())["measured"]
    assert unit["ratio to a query of each frame"]["median"] > 0
    assert mask["ratio to the network alone"]["median"] > 0.9


def test_beams_beside_the_librarys_own_call(tmp_path):
    size = ["--elements", "16", "--waves", "3", "--depths", "128", "--lines", "12", "--rows", "40"]
    beamforming.main([*size, "--repeats", "1", "--out", str(tmp_path)])
    lines, aperture, query = json.loads((tmp_path / "beamforming.json").read_text())["measured"]
    assert lines["ratio to PyMUST"]["median"] > 0
    assert lines["largest difference over the largest sample"] < 1e-5
    assert aperture["s"]["median"] > 0
    assert query["ratio to an RF frame"]["median"] > 0


def test_proof_beside_the_grid(noise_frame, tmp_path):
    """A network that is far from its cut-off is proved, one at its cut-off is left out."""
    far = write_network(tmp_path / "far.onnx", offset=50.0)
    wrong = write_network(tmp_path / "wrong.onnx", offset=-50.0)
    frame = noise_frame.assign_attrs(label=1)
    lattice = {"beta": 0.4, "alpha_lower": 5, "alpha_upper": 5}
    frames, proved, tried, ratio = proof.measure([(frame, far), (frame, wrong)], lattice)
    assert frames == {"frames proved": 1, "of": 2}
    assert proved["parts"]["max"] >= 1
    assert tried["points"] == 27
    times = [row["seconds a frame"]["median"] for row in (proved, tried)]
    assert ratio["ratio of proof to grid"]["median"] == pytest.approx(times[0] / times[1])
    with pytest.raises(InputError, match="none of 1 frames is proved"):
        proof.measure([(frame, wrong)], lattice)


def test_searches_beside_those_of_art(run):
    frames, *methods = run(search_peers, "--frames", "2", "--queries", "40")
    assert frames == {"frames": 2, "decided wrongly at the start": 0, "budget": 40}
    assert [row["method"] for row in methods] == list(search_peers.METHODS)
    for row in methods:
        assert 0 <= row["success"] <= 1
        assert row["images"]["max"] <= (701 if row["method"] == "zoo" else 100)


@pytest.mark.parametrize("benchmark", [attack_loop, grid, pictures, proof, search_peers])
def test_without_a_finished_run_it_is_asked_for(benchmark, tmp_path):
    with pytest.raises(InputError, match="make reproduce"):
        benchmark.main(["--results", str(tmp_path)])
