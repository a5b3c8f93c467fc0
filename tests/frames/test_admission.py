import pytest

from reconattack.errors import InputError
from reconattack.frames.admission import admit


@pytest.mark.parametrize("on_bad_frame", ["stop", "skip"])
def test_frames_without_errors_are_admitted(on_bad_frame):
    admit({"rf": {"a": None, "b": None}, "images": {"c": None}}, on_bad_frame)


def test_every_error_of_every_cohort_is_named():
    errors = {"rf": {"a": None, "b": "frame b: cut short"}, "images": {"c": "frame c: coloured"}}
    with pytest.raises(InputError, match=r"2 of 3 frames cannot be used; ") as caught:
        admit(errors, "stop")
    assert "  frame b: cut short\n  frame c: coloured" in str(caught.value)


def test_some_bad_frames_may_be_skipped():
    admit({"rf": {"a": None, "b": "cut short"}, "images": {"c": None}}, "skip")


def test_cohort_of_bad_frames_alone_is_never_admitted():
    with pytest.raises(InputError, match="no frame of images is left"):
        admit({"rf": {"a": None}, "images": {"c": "coloured"}}, "skip")
