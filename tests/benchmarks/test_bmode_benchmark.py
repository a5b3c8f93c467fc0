import json

import numpy as np
import pytest

from benchmarks import bmode
from benchmarks.peers.plain_scipy import PlainScipy
from benchmarks.peers.process import Peer, not_installed
from reconattack.reconstruction.reconstruction import Reconstruction

SIZES = ("--samples", "400", "--lines", "24", "--rows", "48", "--repeats", "2")
OWN = ["reconattack", "plain SciPy", "plain SciPy, padded"]
ANOTHER = ("plain SciPy", "PyMUST")  # not padded; its own filter


@pytest.fixture
def run(tmp_path, capsys):
    """Run the benchmark; what it kept."""

    def measured():
        bmode.main([*SIZES, "--out", str(tmp_path)])
        rows = json.loads((tmp_path / "bmode.json").read_text())["measured"]
        assert len(capsys.readouterr().out.splitlines()) == len(rows)
        return rows

    return measured


def test_every_way_is_timed_and_compared_or_said_to_be_missing(run):
    picture, *ways = run()
    assert picture["picture"].startswith("48 x ")
    peers = [name for name, peer in bmode.PEERS.items() if not not_installed(peer)]
    timed = [way for way in ways if "task" in way]
    assert [(way["task"], way["way"]) for way in timed] == [
        *(("from RF", way) for way in [*OWN, *peers]),
        *(("another setting", way) for way in [*OWN, *peers, bmode.COPYING, bmode.COPYING_THREE]),
    ]
    assert all(way["ratio"]["min"] > 0 for way in timed)
    drawn = {way["way"]: way["picture"] for way in timed if "picture" in way}
    assert list(drawn) == [*OWN[1:], *peers]
    assert all((drawn[name] == "another") == (name in ANOTHER) for name in drawn)
    missing = {way["way"] for way in ways if "not installed" in way}
    assert missing == set(bmode.PEERS) - set(peers)


def test_a_peer_that_is_not_installed_is_named(run, monkeypatch):
    absent = Peer(("numpy", "no_such_package"), make=PlainScipy)
    monkeypatch.setattr(bmode, "PEERS", {"a peer": absent})
    *_, last = run()
    assert last == {"way": "a peer", "not installed": "no_such_package: make peers"}


def test_plain_scipy_draws_the_same_picture():
    frame = bmode.noise_frame(600, 32)
    plain = PlainScipy(frame, 64)
    reconstruction = Reconstruction(frame, 64)
    picture = plain.bmode(reconstruction.envelope(), *bmode.INITIAL)
    difference = np.abs(picture.astype(int) - reconstruction.bmode(bmode.INITIAL)[0])
    assert difference.max() <= 1
    assert 0.3 < (picture > 0).mean() < 1


def test_a_pixel_outside_the_sector_makes_another_picture():
    sector = np.ones((4, 25), bool)
    sector[0] = False
    ours = np.where(sector, 90, 0).astype(np.uint8)
    theirs = ours + np.uint8(1) * sector
    assert bmode.agreement(theirs, ours, sector) == {
        "picture": "the same",
        "within one grey level": 1.0,
        "mean difference": 1.0,
    }
    theirs[0, 0] = 200
    assert bmode.agreement(theirs, ours, sector)["picture"] == "another"
