from reconattack.figures.shares import flipped_share


def test_share_has_wilsons_interval():
    assert flipped_share(13, 27) == "13 of 27 frames flipped (95 % interval 31 to 66 %)"
    assert flipped_share(2, 4) == "2 of 4 frames flipped (95 % interval 15 to 85 %)"
    assert flipped_share(0, 0) == "0 of 0 frames flipped"
