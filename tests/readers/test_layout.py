import itertools

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.readers.layout import Layout, arrange

FRAMES, SAMPLES, LINES = 2, 70, 6
NUMBERS = np.random.default_rng(5).permutation(FRAMES * SAMPLES * LINES)
NUMBERS = NUMBERS.reshape(FRAMES, SAMPLES, LINES)
NAMES = ("frame", "sample", "line")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_stated_axes_are_brought_into_order(order):
    axes = ",".join(NAMES[axis] for axis in order)
    arranged = arrange(NUMBERS.transpose(order), Layout(axes=axes))
    np.testing.assert_array_equal(arranged, NUMBERS)


@pytest.mark.parametrize(
    ("axes", "turned"),
    [
        ("frame,sample reversed,line", np.s_[:, ::-1]),
        ("frame, sample, line  reversed", np.s_[:, :, ::-1]),
        ("frame reversed,sample reversed,line", np.s_[::-1, ::-1]),
    ],
)
def test_reversed_axis_is_turned_round(axes, turned):
    np.testing.assert_array_equal(arrange(NUMBERS[turned], Layout(axes=axes)), NUMBERS)


def test_reversed_axis_of_a_transposed_array():
    arranged = arrange(NUMBERS[0, ::-1].T, Layout(axes="line,sample reversed"))
    np.testing.assert_array_equal(arranged, NUMBERS[:1])


def test_spaces_between_axes_do_not_matter():
    arranged = arrange(NUMBERS[0].T, Layout(axes="line, sample"))
    np.testing.assert_array_equal(arranged, NUMBERS[:1])


def test_two_axes_are_sample_and_line():
    np.testing.assert_array_equal(arrange(NUMBERS[0], Layout()), NUMBERS[:1])


def test_order_of_the_format_is_used():
    arranged = arrange(NUMBERS.transpose(2, 0, 1), Layout(), "line,frame,sample")
    np.testing.assert_array_equal(arranged, NUMBERS)


def test_stated_axes_go_before_those_of_the_format():
    arranged = arrange(NUMBERS[0], Layout(axes="sample,line"), "line,sample")
    np.testing.assert_array_equal(arranged, NUMBERS[:1])


@pytest.mark.parametrize("default", [None, "sample,line"])
def test_transposed_array_asks_for_the_axes(default):
    with pytest.raises(InputError, match=r"6 samples and 70 lines: .* as if transposed; say"):
        arrange(NUMBERS[0].T, Layout(), default)


def test_more_lines_than_samples_are_right_where_stated():
    arranged = arrange(NUMBERS[0].T, Layout(axes="sample,line"))
    np.testing.assert_array_equal(arranged, [NUMBERS[0].T])


@pytest.mark.parametrize("shape", [(70,), (70, 6, 2), (1, 70, 6, 2)])
def test_other_number_of_axes_asks_for_the_axes(shape):
    with pytest.raises(InputError, match="expected the order of these axes in the column axes"):
        arrange(np.zeros(shape), Layout())


@pytest.mark.parametrize(
    "axes",
    [
        "sample,depth",
        "sample,sample",
        "sample",
        "frame,line",
        "sample,line,frame",
        "",
        "line,,sample",
        "line,reversed sample",
        "line,reversed",
        "sample,sample reversed",
    ],
)
def test_axes_that_do_not_fit(axes):
    with pytest.raises(InputError, match=r"axes is .*\(70, 6\)|expected the order of these axes"):
        arrange(NUMBERS[0], Layout(axes=axes) if axes else Layout(), axes or "sample")


@pytest.mark.parametrize("shape", [(0, 6), (70, 0), (0, 0)])
def test_axis_of_length_zero(shape):
    with pytest.raises(InputError, match="expected no axis of length 0"):
        arrange(np.zeros(shape), Layout())


@pytest.mark.parametrize("axis", range(4))
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_iq_axis_becomes_complex_numbers(axis, dtype):
    iq = np.stack([NUMBERS, -2 * NUMBERS], axis).astype(dtype)
    names = [*NAMES[:axis], "iq", *NAMES[axis:]]
    arranged = arrange(iq, Layout(axes=",".join(names)))
    np.testing.assert_array_equal(arranged, NUMBERS - 2j * NUMBERS)


def test_complex_array_stays_complex():
    np.testing.assert_array_equal(arrange(1j * NUMBERS[0], Layout()), 1j * NUMBERS[:1])


def test_iq_axis_of_complex_numbers():
    iq = np.stack([NUMBERS, NUMBERS], -1) * 1j
    with pytest.raises(InputError, match="length 2 in complex128 samples; expected real numbers"):
        arrange(iq, Layout(axes="frame,sample,line,iq"))


def test_iq_axis_of_another_length():
    with pytest.raises(
        InputError, match=r"axis iq has the length 6 in .* expected .* the length 2"
    ):
        arrange(NUMBERS, Layout(axes="line,sample,iq"))


@pytest.mark.parametrize("values", [NUMBERS > 5, NUMBERS.astype(str), NUMBERS.astype(object)])
def test_values_that_are_no_numbers(values):
    with pytest.raises(InputError, match=r"the samples are of type .*; expected numbers"):
        arrange(values, Layout(axes="frame,sample,line"))


def test_layout_of_a_row_of_the_frame_table():
    row = {"frame": "a", "variable": "rf", "axes": None, "header_bytes": 12, "patient": "p"}
    assert Layout.of_row(row) == Layout(variable="rf", header_bytes=12)


@pytest.mark.parametrize(
    ("shape", "axes", "arranged"),
    [
        ((80, 6, 1, 3), "sample,line,frame", (3, 80, 6)),
        ((80, 6, 1, 1), "sample,line,frame", (1, 80, 6)),
        ((80, 6, 1, 1), None, (1, 80, 6)),
        ((1, 3, 80, 6, 1, 2), "frame,sample,line,iq", (3, 80, 6)),
    ],
)
def test_axes_of_length_one_need_no_name(shape, axes, arranged):
    array = np.arange(np.prod(shape)).reshape(shape)
    found = arrange(array, Layout(axes=axes))
    assert found.shape == arranged
    assert found.ravel()[0] == array.ravel()[0] or np.iscomplexobj(found)


@pytest.mark.parametrize(
    ("shape", "axes"), [((80, 6, 2, 3), "sample,line,frame"), ((1, 80, 1, 3), "sample,line,frame")]
)
def test_axes_that_could_mean_several_things_need_their_names(shape, axes):
    with pytest.raises(InputError, match=r"expected one name for each axis"):
        arrange(np.zeros(shape), Layout(axes=axes))
