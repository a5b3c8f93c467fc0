from reconattack.figures import animation
from reconattack.figures.animation import palette, shown_steps


def test_long_path_is_thinned_out(monkeypatch):
    assert shown_steps(4) == [0, 1, 2, 3]
    assert shown_steps(1) == [0]
    monkeypatch.setattr(animation, "MAX_PICTURES", 3)
    assert shown_steps(101) == [0, 50, 100]


def test_palette_fits():
    assert len(list(palette())) <= 3 * 64
