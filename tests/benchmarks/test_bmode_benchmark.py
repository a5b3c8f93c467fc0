import json

import numpy as np

from benchmarks import bmode
from reconattack.reconstruction import Reconstruction


def test_every_way_is_timed(tmp_path, capsys):
    sizes = ("--samples", "400", "--lines", "24", "--rows", "48", "--repeats", "2")
    bmode.main([*sizes, "--out", str(tmp_path)])
    picture, *ways = json.loads((tmp_path / "bmode.json").read_text())["measured"]
    assert picture["picture"].startswith("48 x ")
    assert [(way["task"], way["way"]) for way in ways] == [
        ("from RF", "reconattack"),
        ("from RF", "plain SciPy"),
        ("another setting", "reconattack"),
        ("another setting", "plain SciPy"),
        ("another setting", "copying"),
    ]
    assert all(way["ratio"]["min"] > 0 for way in ways)
    assert ways[0]["ratio"]["median"] == ways[2]["ratio"]["median"] == 1
    assert len(capsys.readouterr().out.splitlines()) == 6


def test_plain_scipy_draws_the_same_picture():
    frame = bmode.noise_frame(600, 32)
    plain = bmode.PlainScipy(frame, 64)
    reconstruction = Reconstruction(frame, 64)
    picture = plain.bmode(reconstruction.envelope(), *bmode.INITIAL)
    difference = np.abs(picture.astype(int) - reconstruction.bmode(bmode.INITIAL)[0])
    assert difference.max() <= 1
    assert 0.3 < (picture > 0).mean() < 1
