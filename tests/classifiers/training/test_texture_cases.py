import numpy as np
import pytest

from reconattack.classifiers.backends.skops_files import save_model
from reconattack.classifiers.backends.texture_classifier import TextureClassifier
from reconattack.classifiers.texture_features import texture_features
from reconattack.classifiers.training.texture_cases import training_features, training_pictures
from reconattack.classifiers.training.texture_training import TextureSettings, train_texture_model
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.image import label_image
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.classifiers.texture_chunks import SHAPE, write_texture_chunks

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
ROWS = 48


@pytest.fixture
def chunks(tmp_path, convex_scanner):
    """Pictures and RF frames whose class is that of their fading with depth."""
    return write_texture_chunks(tmp_path, convex_scanner)


@pytest.mark.parametrize("texture", ["svm", "forest"])
def test_trained_model_judges_frames_that_it_never_saw(tmp_path, chunks, texture):
    images, frames, by_name = chunks
    held_out = {f"r{number}-{label}" for number in range(3) for label in (0, 1)}
    pictures = training_pictures(images, frames, held_out, INITIAL, ROWS)
    model, _, _ = train_texture_model(
        *training_features(pictures), TextureSettings(texture, 0.25), seed=5
    )
    save_model(model, tmp_path / "m.skops")
    judge = TextureClassifier(tmp_path / "m.skops")
    right = []
    for name in [f"frame{number}" for number in range(6)]:
        reconstruction = Reconstruction(by_name[name], ROWS)
        (logit,) = judge.answers(*judge.inputs(reconstruction, np.array([[0.9, 10, 55]])))
        right.append((logit > 0) == by_name[name].attrs["label"])
    assert sum(right) >= 5


def test_held_out_and_unreadable_frames_are_absent(chunks):
    images, frames, _ = chunks
    names = [n for n, _ in training_pictures(images, frames, {"i3", "r1-1"}, INITIAL, ROWS)]
    expected = [f"image{number}" for number in range(24) if number != 3]
    assert names == expected + [f"frame{number}" for number in range(24) if number != 3]


def test_features_of_frames_are_those_at_the_initial_setting(chunks):
    _, frames, by_name = chunks
    _, picture = next(training_pictures([], frames, set(), INITIAL, ROWS))
    reconstruction = Reconstruction(by_name["frame0"], ROWS)
    np.testing.assert_array_equal(picture["bmode"], reconstruction.bmode([[0.9, 10, 55]])[0])
    np.testing.assert_array_equal(picture["sector"], reconstruction.sector)


def test_features_are_those_of_the_liver_where_a_mask_is_given(chunks):
    images, *_ = chunks
    plain = dict(training_pictures(images, [], set(), INITIAL, ROWS))
    liver = np.zeros(SHAPE, bool)
    liver[10:40, 20:50] = True
    masked = plain | {"image3": plain["image3"].assign(liver=(("z", "x"), liver))}
    before, _ = training_features(iter(plain.items()))
    after, cases = training_features(iter(masked.items()))
    row = cases["frame"].tolist().index("image3")
    (changed,) = np.nonzero((before != after).any(axis=1))
    assert changed.tolist() == [row]
    bmode = plain["image3"]["bmode"].values[None]
    np.testing.assert_array_equal(after[row], texture_features(bmode, liver)[0])


def test_mask_of_an_rf_frame_is_carried_to_its_picture(tmp_path, chunks):
    _, _, by_name = chunks
    frame = by_name["frame0"]
    liver = np.broadcast_to(frame["angle"].values > 0, frame["rf"].shape)
    masked = frame.assign(liver=(frame["rf"].dims, liver))
    write_chunk(tmp_path / "masked.nc", {"frame0": masked}, {})
    paths = [str(tmp_path / "masked.nc")]
    ((_, picture),) = training_pictures([], paths, set(), INITIAL, ROWS)
    (expected,) = Reconstruction(masked, ROWS).liver([[0.9, 10, 55]])
    np.testing.assert_array_equal(picture["liver"], expected)
    features, _ = training_features(iter([("frame0", picture)]))
    np.testing.assert_array_equal(
        features, texture_features(picture["bmode"].values[None], expected)
    )


def test_liver_without_texture_is_named():
    picture = picture_of(np.ones(SHAPE, bool), label=1)
    with pytest.raises(InputError, match=r"frame odd: the region .* holds 9 pixels"):
        liver = np.zeros(SHAPE, bool)
        liver[:3, :3] = True
        training_features(iter([("odd", picture.assign(liver=(("z", "x"), liver)))]))


def picture_of(sector, **attributes):
    image = label_image(np.zeros(SHAPE, np.uint8), sector)
    return image.assign_attrs(patient="p", scanner="a", **attributes)


def test_frame_without_label_is_named(tmp_path):
    write_chunk(tmp_path / "odd.nc", {"odd": picture_of(np.ones(SHAPE, bool))}, {})
    with pytest.raises(InputError, match="frame odd has no label"):
        list(training_pictures([str(tmp_path / "odd.nc")], [], set(), INITIAL, ROWS))


def test_frame_without_texture_is_named():
    nowhere = picture_of(np.zeros(SHAPE, bool), label=1)
    with pytest.raises(InputError, match=r"frame odd: the region .* holds 0 pixels"):
        training_features(iter([("odd", nowhere)]))
