import numpy as np
import pandas as pd
import pytest

from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.texture_features import texture_features
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.frames.image import label_image
from reconattack.reconstruction.reconstruction import Reconstruction
from scripts.models.train_texture import train_texture, training_features, training_pictures

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
ROWS = 48
SHAPE = (48, 60)


@pytest.fixture
def chunks(tmp_path, convex_scanner):
    """Pictures and RF frames whose class is that of their fading with depth."""
    random = np.random.default_rng(7)
    sector = np.ones(SHAPE, bool)
    sector[:, :4] = False
    images, frames = {}, {}
    for number in range(24):
        label = number % 2
        slope = 60 * label * np.linspace(1, -1, SHAPE[0])[:, np.newaxis]
        grey = np.clip(120 + slope + 30 * random.standard_normal(SHAPE), 0, 255)
        image = label_image((grey * sector).astype(np.uint8), sector)
        image.attrs = {"patient": f"i{number}", "scanner": "a", "label": label}
        images[f"image{number}"] = image
    depth = 2 * convex_scanner.center_frequency / 1e6 * convex_scanner.depth(400) * 100
    for number in range(24):
        samples = random.standard_normal((400, 24))
        samples *= 10 ** (-depth[:, np.newaxis] * (0.9 + 0.15 * (number % 2)) / 20)
        frames[f"frame{number}"] = build_frame(
            samples, convex_scanner, f"r{number // 2}-{number % 2}", number % 2
        )
    frames["broken"] = unreadable_frame("truncated", "convex", "broken", 1)
    write_chunk(tmp_path / "images.nc", images, {})
    write_chunk(tmp_path / "frames.nc", frames, {})
    return [str(tmp_path / "images.nc")], [str(tmp_path / "frames.nc")], frames


def outputs(folder):
    return {
        "skops": str(folder / "m.skops"),
        "history": str(folder / "history.csv"),
        "validation": str(folder / "validation.csv"),
    }


@pytest.mark.parametrize("texture", ["svm", "forest"])
def test_trained_model_judges_frames_that_it_never_saw(tmp_path, chunks, texture):
    images, frames, by_name = chunks
    settings = {"texture": texture, "validation_share": 0.25, "threads": 2}
    held_out = {f"r{number}-{label}" for number in range(3) for label in (0, 1)}
    for run in ("one", "other"):
        (tmp_path / run).mkdir()
        arguments = (settings, INITIAL, ROWS, 5, outputs(tmp_path / run))
        train_texture(images, frames, held_out, *arguments)
    for name in ("m.skops", "history.csv", "validation.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    validation = pd.read_csv(tmp_path / "one" / "validation.csv")
    assert list(validation) == ["frame", "patient", "label", "scanner", "logit", "probability"]
    assert not set(validation["patient"]) & held_out
    history = pd.read_csv(tmp_path / "one" / "history.csv")
    assert history.sum(axis=1).tolist() == [24 + 24 - 6]
    judge = open_classifier(
        {"features": "texture"},
        tmp_path / "one" / "m.skops",
        {"kernel": "bilinear", "aspect": "stretch"},
    )
    right = []
    for name in [f"frame{number}" for number in range(6)]:
        reconstruction = Reconstruction(by_name[name], ROWS)
        (logit,) = judge.logits(*judge.inputs(reconstruction, np.array([[0.9, 10, 55]])))
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
