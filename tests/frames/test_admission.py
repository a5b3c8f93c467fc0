import pytest

from reconattack.errors import InputError
from reconattack.frames.admission import admit, told_once


@pytest.mark.parametrize("on_bad_frame", ["stop", "skip"])
def test_frames_without_errors_are_admitted(on_bad_frame):
    assert admit({"rf": {"a": None, "b": None}, "images": {"c": None}}, on_bad_frame) == ""


def test_every_error_of_every_cohort_is_named():
    errors = {"rf": {"a": None, "b": "frame b: cut short"}, "images": {"c": "frame c: coloured"}}
    with pytest.raises(InputError, match=r"2 of 3 frames cannot be used; ") as caught:
        admit(errors, "stop")
    assert "  frame b: cut short\n  frame c: coloured" in str(caught.value)


def test_some_bad_frames_may_be_skipped_and_are_told():
    errors = {"rf": {"a": None, "b": "frame b (b.mha): cut short"}, "images": {"c": None}}
    assert admit(errors, "skip") == (
        "1 of 3 frames cannot be used and are left out:\n  frame b (b.mha): cut short"
    )


def test_error_of_all_frames_of_a_file_is_told_once():
    errors = [f"frame m_{number} (data/m.mha): cut short" for number in range(10)]
    assert told_once(errors) == ["frames m_0, m_1, m_2 and 7 more (data/m.mha): cut short"]


def test_error_of_several_files_is_told_once():
    told = "frames a (data/a.mha), b (data/b.mha), c (data/c.mha) and 2 more: nobody states probe"
    for place in ("", "data/{name}.mha: "):
        errors = [
            f"frame {name} (data/{name}.mha): {place.format(name=name)}nobody states probe"
            for name in "abcde"
        ]
        assert told_once(errors) == [told]


def test_different_errors_stay_apart():
    errors = [
        *("frame a (a.mha): cut short", "frame b (b.mha): 3 samples are NaN"),
        *("image a: a.png: coloured", "image b: a.png: coloured", "a word\nand another"),
    ]
    assert sorted(told_once(errors)) == sorted(
        [*errors[:2], "images a, b: a.png: coloured", errors[-1]]
    )


def test_cohort_of_bad_frames_alone_is_never_admitted():
    with pytest.raises(InputError, match="no frame of images is left"):
        admit({"rf": {"a": None}, "images": {"c": "coloured"}}, "skip")
