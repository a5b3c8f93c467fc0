import numpy as np
import pandas as pd
import pytest

from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.decisions.number import Number
from reconattack.classifiers.folds import held_out_patients
from reconattack.classifiers.network_input import NetworkInput
from reconattack.classifiers.training.augmentation import SettingBox
from reconattack.classifiers.training.showing import (
    Showing,
    check_view,
    training_cases,
    training_masks,
)
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.simulation.outlines import simulated_outlines
from tests.classifiers.loud_frames import loud_frames
from tests.grey_images import write_grey_images

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
RECONSTRUCTIONS = {
    "parameters": {
        "beta": {"box": [0.5, 1.3]},
        "alpha_lower": {"box": [5, 15]},
        "alpha_upper": {"box": [50, 60]},
    },
    "worst_of": 2,
    "image_depth": 0.15,
    "image_frequency": 2.5e6,
}
ROWS = 64


def showing(takes="image", reconstructions=None, size=(4, 6), initial=INITIAL, decision=None):
    return Showing(takes, NetworkInput(*size), initial, ROWS, reconstructions, decision)


@pytest.fixture
def write_images(tmp_path):
    return lambda file, *rows: write_grey_images(tmp_path / file, *rows)


@pytest.fixture
def chunks(write_images):
    return [
        write_images("a.nc", ("i0", "007", 1, 10, "a"), ("i1", "8", 0, 20, "a")),
        write_images("b.nc", ("r0", "7", 0, 30, "b"), ("r1", "9", 1, 40, "b")),
        write_images("c.nc", ("r2", "9", 1, 50, "b"), ("r3", "10", 0, 60, "b")),
    ]


@pytest.fixture
def rf_frames(convex_scanner):
    return loud_frames(convex_scanner)


@pytest.fixture
def write_frames(tmp_path):
    def write(file, frames):
        write_chunk(tmp_path / file, frames, {})
        return str(tmp_path / file)

    return write


@pytest.fixture
def rf_chunks(write_frames, rf_frames):
    lost = unreadable_frame("no samples", "convex", "p9", 1)
    names = list(rf_frames)
    first = {name: rf_frames[name] for name in names[:3]} | {"lost": lost}
    return [
        write_frames("f.nc", first),
        write_frames("g.nc", {name: rf_frames[name] for name in names[3:]}),
    ]


def test_held_out_patients_are_absent_from_images_and_cases(chunks):
    (images,), cases, drawn = training_cases(chunks, [], {"9"}, showing())
    assert cases["frame"].tolist() == ["i0", "i1", "r0", "r3"]
    assert images.shape == (4, 4, 6)
    assert images.dtype == np.float32
    np.testing.assert_allclose(images[:, 0, 0], [10, 20, 30, 60], rtol=1e-6)
    assert drawn is None


def test_cases_carry_patient_label_and_scanner(chunks):
    _, cases, _ = training_cases(chunks, [], set(), showing())
    assert cases["patient"].tolist() == ["007", "8", "7", "9", "9", "10"]
    assert cases["label"].tolist() == [1, 0, 0, 1, 1, 0]
    assert cases["scanner"].tolist() == ["a", "a", "b", "b", "b", "b"]


def test_patients_keep_their_names_through_the_table_of_folds(tmp_path, chunks):
    """007 and 7 are two patients, and fold 1 is not fold 10."""
    table = pd.DataFrame(
        {"frame": ["x", "y", "z"], "patient": ["007", "7", "9"], "fold": [1, 10, 1]}
    )
    table.to_csv(tmp_path / "folds.csv", index=False)
    held_out = held_out_patients([tmp_path / "folds.csv"], "1")
    assert held_out == {"007", "9"}
    _, cases, _ = training_cases(chunks, [], held_out, showing())
    assert cases["patient"].tolist() == ["8", "7", "10"]


@pytest.mark.parametrize("others", [{}, {"gain": 3, "gamma": 0.8}])
def test_frames_are_shown_as_their_images_at_the_initial_setting(
    chunks, rf_chunks, rf_frames, others
):
    initial = INITIAL | others
    (inputs,), cases, _ = training_cases(chunks[:1], rf_chunks, {"p4"}, showing(initial=initial))
    names = ["f0", "f1", "f2", "f3", "f5", "f6", "f7"]
    assert cases["frame"].tolist() == ["i0", "i1", *names]
    assert cases["scanner"].tolist()[1:3] == ["a", "convex"]
    for name, shown in zip(names, inputs[2:], strict=True):
        image = reconstruct(rf_frames[name], initial, ROWS)["bmode"].values
        np.testing.assert_array_equal(shown, NetworkInput(4, 6)(image[np.newaxis])[0])


def test_a_model_that_takes_its_setting_gets_the_initial_one(chunks, rf_chunks):
    inputs, cases, _ = training_cases(chunks, rf_chunks, set(), showing("image+parameters"))
    assert inputs[1].dtype == np.float32
    np.testing.assert_array_equal(inputs[1], np.tile(np.float32([0.9, 10, 55]), (len(cases), 1)))


@pytest.mark.parametrize("takes", ["image", "image+parameters"])
def test_drawn_cases_are_the_same_cases(chunks, rf_chunks, rf_frames, takes):
    shown = showing(takes, RECONSTRUCTIONS, size=(32, 24))
    (images, *_), cases, drawn = training_cases(chunks, rf_chunks, {"9"}, shown)
    assert drawn.box == SettingBox((0.5, 5, 50), (1.3, 15, 60), 2)
    assert drawn.with_parameters == (takes == "image+parameters")
    initial = np.array([list(INITIAL.values())])
    assert len(drawn.pictures) == len(cases) == len(images)
    for picture, image in zip(drawn.pictures, images, strict=True):
        np.testing.assert_allclose(picture(initial)[0], image, atol=1e-4)
    settings = np.array([[0.6, 12, 52], [1.2, 6, 59]])
    last = Reconstruction(rf_frames["f7"], ROWS).bmode(settings)
    np.testing.assert_allclose(drawn.pictures[-1](settings), NetworkInput(32, 24)(last), atol=0.5)
    assert drawn.pictures[-1].slope is drawn.pictures[-2].slope


def test_a_case_without_label_is_named(write_images, write_frames, rf_frames):
    images = [write_images("x.nc", ("i7", "p", None, 20, "a"))]
    del rf_frames["f2"].attrs["label"]
    frames = [write_frames("y.nc", rf_frames)]
    with pytest.raises(InputError, match="frame i7 has no label"):
        training_cases(images, [], set(), showing())
    with pytest.raises(InputError, match="frame f2 has no label"):
        training_cases([], frames, set(), showing())
    assert len(training_cases([], frames, {"p2"}, showing())[1]) == 7


@pytest.mark.parametrize(
    ("decision", "truths"),
    [
        (Classes(("S0", "S1", "S2"), truth="fat_fraction", cuts=(5, 15)), [0, 0, 1, 1, 2, 2]),
        (Number("%", threshold=5, truth="fat_fraction"), [1, 4, 7, 10, 15, 20]),
    ],
)
def test_cases_of_other_decisions_carry_the_truth(write_frames, rf_frames, decision, truths):
    for number, fat in enumerate([1, 4, 7, 10, 15, 20]):
        rf_frames[f"f{number}"].attrs["fat_fraction"] = fat
        del rf_frames[f"f{number}"].attrs["label"]
    chunks = [write_frames("f.nc", rf_frames)]
    with pytest.raises(InputError, match="frame f6 has no fat_fraction; expected one to train on"):
        training_cases([], chunks, set(), showing(decision=decision))
    shown = showing(decision=decision)
    (images,), cases, drawn = training_cases([], chunks, {"p6", "p7"}, shown)
    assert cases["truth"].tolist() == truths
    assert list(cases) == ["frame", "patient", "scanner", "truth"]
    assert len(images) == 6
    assert drawn is None
    assert training_masks(chunks, {"p6", "p7"}, shown) is None


def test_masks_are_brought_to_the_size_of_the_pictures(rf_chunks, rf_frames):
    shown = showing(size=(16, 20), decision=Mask(("liver", "kidney"), 0.8))
    masks = training_masks(rf_chunks, {"p1"}, shown)
    (images,), cases, _ = training_cases([], rf_chunks, {"p1"}, shown)
    assert masks.shape == (*images.shape, 2) == (7, 16, 20, 2)
    assert masks.dtype == np.uint8
    last = cases["frame"].iloc[-1]
    outlines = simulated_outlines(rf_frames[last], ("liver", "kidney"), ROWS)
    shares = masks[-1].mean(axis=(0, 1))
    np.testing.assert_allclose(shares, outlines.mean(axis=(1, 2)), atol=0.02)
    with pytest.raises(InputError, match="learns masks, which images without RF data do not have"):
        check_view("image", ["a.nc"], None, shown.decision)


def test_nothing_left_to_train_on(chunks):
    with pytest.raises(InputError, match="no image and no frame is left to train on"):
        training_cases(chunks[:1], [], {"007", "8"}, showing())


def test_images_without_depth_cannot_be_drawn(chunks, rf_chunks):
    nameless = {name: RECONSTRUCTIONS[name] for name in ("parameters", "worst_of")}
    with pytest.raises(InputError, match="lacks image_depth and image_frequency"):
        training_cases(chunks, rf_chunks, set(), showing(reconstructions=nameless))
    _, _, drawn = training_cases([], rf_chunks, set(), showing(reconstructions=nameless))
    assert len(drawn.pictures) == 8


def test_views_that_do_not_fit(chunks):
    with pytest.raises(InputError, match="takes rf, which an image without RF data does not have"):
        check_view("rf", chunks, None)
    with pytest.raises(InputError, match="takes is 'picture'; expected one of image, image"):
        check_view("picture", [], None)
    check_view("image+parameters", chunks, RECONSTRUCTIONS)
