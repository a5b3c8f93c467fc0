import io
import logging
import zipfile

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reconattack.attacks.methods.corners import search
from reconattack.attacks.methods.grid import attack as grid_attack
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.attacks.search import attack
from reconattack.attacks.space import search_space
from reconattack.classifiers.backends.skops_files import save_model
from reconattack.classifiers.backends.texture_classifier import TextureClassifier, texture_scores
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.derived import Ensemble
from reconattack.classifiers.opening import backend_name, open_classifier
from reconattack.classifiers.texture_features import FEATURES, texture_features
from reconattack.classifiers.training.texture_training import TextureSettings, train_texture_model
from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.reconstruction import Reconstruction

ROWS = 48
RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}


@pytest.fixture
def reconstructions(convex_scanner):
    """Forty frames of noise; those of odd numbers fade with depth by another 0.15 dB/(cm MHz)."""
    random = np.random.default_rng(5)
    depth = 2 * convex_scanner.center_frequency / 1e6 * convex_scanner.depth(400) * 100
    frames = [
        build_frame(
            random.standard_normal((400, 24)) * 10 ** (-depth[:, np.newaxis] * beta / 20),
            convex_scanner,
            f"p{number}",
            number % 2,
        )
        for number, beta in enumerate(np.tile([0.9, 1.05], 20))
    ]
    return [Reconstruction(frame, ROWS) for frame in frames]


@pytest.fixture
def cases():
    numbers = np.arange(40)
    patients = [f"p{number}" for number in numbers]
    return pd.DataFrame(
        {"frame": patients, "patient": patients, "label": numbers % 2, "scanner": "a"}
    )


@pytest.fixture
def pictures(reconstructions):
    vector = [list(INITIAL.values())]
    return np.concatenate([reconstruction.bmode(vector) for reconstruction in reconstructions])


@pytest.fixture
def sector(reconstructions):
    return reconstructions[0].sector


@pytest.fixture(params=["svm", "forest"])
def trained(request, tmp_path, pictures, sector, cases):
    """(file, model, validation) of each kind."""
    settings = TextureSettings(request.param, validation_share=0.25, trees=40)
    features = texture_features(pictures, sector)
    model, _, validation = train_texture_model(features, cases, settings, seed=1)
    save_model(model, tmp_path / "model.skops")
    return tmp_path / "model.skops", model, validation


def opened(path):
    return open_classifier({"features": "texture"}, path, RESIZE, threads=2)


def test_opens_by_its_features_not_by_its_suffix(trained):
    path, *_ = trained
    assert backend_name({"features": "texture"}, path) == "texture"
    classifier = opened(path)
    assert isinstance(classifier, TextureClassifier)
    assert classifier.network_input is None
    assert classifier.found["features"] == "texture"
    with pytest.raises(InputError, match="input_size cannot be set for texture models"):
        open_classifier({"features": "texture", "input_size": [8, 8]}, path, RESIZE)


def test_judges_as_it_did_in_training(trained, pictures, sector):
    path, _, validation = trained
    rows = [int(patient[1:]) for patient in validation["patient"]]
    regions = np.broadcast_to(sector, pictures.shape)
    logits = opened(path).answers(pictures, regions)
    np.testing.assert_array_equal(logits[rows], validation["logit"])
    assert ((logits > 0) == np.arange(40) % 2).mean() > 0.8


def test_alone_as_in_a_batch(trained, pictures, sector):
    classifier = opened(trained[0])
    together = classifier.answers(pictures, np.broadcast_to(sector, pictures.shape))
    alone = [classifier.answers(picture[None], sector[None])[0] for picture in pictures]
    np.testing.assert_array_equal(together, alone)
    assert classifier.images == 80


def test_is_shown_image_and_sector_without_a_mask(trained, reconstructions, sector):
    classifier, vectors = opened(trained[0]), np.array([[0.9, 10, 55], [1.0, 9, 54]])
    images, regions = classifier.inputs(reconstructions[0], vectors)
    np.testing.assert_array_equal(images, reconstructions[0].bmode(vectors))
    np.testing.assert_array_equal(regions, np.stack([sector, sector]))
    again, _ = classifier.inputs(reconstructions[0], vectors, images)
    assert again is images


@pytest.fixture
def masked(reconstructions):
    """The first of the frames with a mask: the lines right of the axis."""
    frame = reconstructions[0].frame
    liver = np.broadcast_to(frame["angle"].values > 0, frame["rf"].shape)
    return frame.assign(liver=(frame["rf"].dims, liver))


def test_is_shown_image_and_liver_where_there_is_a_mask(trained, masked, sector):
    classifier, vectors = opened(trained[0]), np.array([[0.9, 10, 55], [1.0, 9, 54]])
    reconstruction = Reconstruction(masked, ROWS)
    images, regions = classifier.inputs(reconstruction, vectors)
    liver = reconstruction.liver(vectors)
    assert 0.4 < liver[0].sum() / sector.sum() < 0.6
    np.testing.assert_array_equal(regions, liver)
    scores = classifier.scores(images, regions)
    expected = texture_scores(trained[1], texture_features(images, liver))
    np.testing.assert_allclose(scores, expected, rtol=1e-9)
    whole = np.broadcast_to(sector, images.shape)
    assert (classifier.answers(images, regions) != classifier.answers(images, whole)).all()


def test_liver_is_that_of_each_setting(trained, masked):
    classifier = opened(trained[0])
    reconstruction = Reconstruction(masked, ROWS, ("zoom",), INITIAL)
    vectors = np.array([[1.0], [1.3]])
    _, (plain, zoomed) = classifier.inputs(reconstruction, vectors)
    assert (plain != zoomed).any()
    np.testing.assert_array_equal([plain, zoomed], reconstruction.liver(vectors))


def test_liver_that_is_too_small_is_told_with_the_patient(trained, masked):
    liver = masked["liver"] & (masked["depth"] < 1e-3)
    small = Reconstruction(masked.assign(liver=liver), ROWS)
    region = "the frame of patient p0: the region of the texture features"
    words = rf"{region} .* pixels of the image; expected"
    with pytest.raises(InputError, match=words):
        opened(trained[0]).inputs(small, np.array([[0.9, 10, 55]]))


def test_corners_of_the_box_are_searched(trained, reconstructions):
    classifier = opened(trained[0])
    oracle = Oracle(reconstructions[:4], classifier)
    space = search_space(INITIAL, BOX, "corners")
    paths = attack(Target(oracle, np.arange(4) % 2, Binary(0.5), range(4)), space, search, 15)
    reasons = [path.stop_reason for path in paths]
    assert set(reasons) <= {"flipped", "budget", "wrong_at_start"}
    assert "flipped" in reasons
    assert oracle.queries.sum() == classifier.images
    for reconstruction, path in zip(reconstructions, paths, strict=False):
        found = classifier.answers(*classifier.inputs(reconstruction, path.parameters[-1:]))
        assert (found[0] > 0) == (path.reference != (path.stop_reason != "budget"))


def test_grid_and_ensemble_take_image_and_region(trained, reconstructions):
    space = search_space(INITIAL, BOX, "grid")
    lattice = {"beta": 0.4, "alpha_lower": 5, "alpha_upper": 5}
    ensemble = Ensemble(opened(trained[0]), [{"beta": 0.0}, {"beta": 0.1}])
    for judge in (opened(trained[0]), ensemble):
        target = Target(
            Oracle(reconstructions[:2], judge), np.full(2, -1), Binary(0.5), judge=judge
        )
        paths = grid_attack(target, space, lattice=lattice, max_points=100)
        assert all(np.isfinite(path.field).all() for path in paths)


def test_clipped_probabilities_of_a_forest_are_counted(tmp_path, pictures, sector, caplog):
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0))
    save_model(forest.fit(texture_features(pictures, sector), np.arange(40) % 2), tmp_path / "m")
    classifier = TextureClassifier(tmp_path / "m")
    classifier.answers(pictures, np.broadcast_to(sector, pictures.shape))
    with caplog.at_level(logging.WARNING):
        classifier.log_use()
    assert "so close to 0 or 1 that they were clipped" in caplog.text


def test_region_that_is_too_small_is_told_with_the_model(trained, pictures, sector):
    classifier = opened(trained[0])
    with pytest.raises(InputError, match=r"model .*model\.skops: the region .* holds 0 pixels"):
        classifier.answers(pictures[:1], np.zeros_like(sector)[None])


@pytest.mark.parametrize("width", [len(FEATURES) - 1, 3])
def test_other_features_are_refused(tmp_path, width):
    numbers = np.random.default_rng(0).standard_normal((10, width))
    skops.io.dump(LogisticRegression().fit(numbers, np.arange(10) % 2), tmp_path / "m.skops")
    with pytest.raises(InputError, match=rf"m\.skops: it takes {width} features; expected the 60"):
        opened(tmp_path / "m.skops")


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), ExtraTreesClassifier(2, random_state=0)),
        RandomForestClassifier(2, random_state=0),
    ],
)
def test_other_models_of_trees_open_too(tmp_path, model):
    numbers = np.random.default_rng(0).standard_normal((10, len(FEATURES)))
    skops.io.dump(model.fit(numbers, np.arange(10) % 2), tmp_path / "m.skops")
    assert opened(tmp_path / "m.skops").found["output"] == "probabilities"


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    (tmp_path / "m.skops").write_bytes(content)
    with pytest.raises(InputError, match=r"m\.skops: cannot be read as skops"):
        opened(tmp_path / "m.skops")


@pytest.mark.parametrize(
    ("field", "value"),
    [("left_child", 10**6), ("right_child", 0), ("feature", 60), ("feature", -3)],
)
def test_tree_whose_branches_lead_out_of_it_is_refused(tmp_path, field, value):
    """scikit-learn follows the indices of a tree without looking."""
    numbers = np.random.default_rng(0).standard_normal((40, len(FEATURES)))
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(2, random_state=0))
    save_model(forest.fit(numbers, numbers[:, 0] > 0), tmp_path / "good.skops")
    with zipfile.ZipFile(tmp_path / "good.skops") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in members:
        if name.endswith(".npy"):
            array = np.load(io.BytesIO(members[name]))
            if array.dtype.names:
                array[field][0] = value
                buffer = io.BytesIO()
                np.save(buffer, array)
                members[name] = buffer.getvalue()
    with zipfile.ZipFile(tmp_path / "m.skops", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    opened(tmp_path / "good.skops")
    with pytest.raises(InputError, match=r"m\.skops: found a tree whose branches lead out of it"):
        opened(tmp_path / "m.skops")


def test_tree_of_another_size_than_it_says_is_refused(tmp_path):
    numbers = np.random.default_rng(0).standard_normal((40, len(FEATURES)))
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(1, random_state=0))
    save_model(forest.fit(numbers, numbers[:, 0] > 0), tmp_path / "good.skops")
    with zipfile.ZipFile(tmp_path / "good.skops") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = members["schema.json"].decode()
    count = forest[1].estimators_[0].tree_.node_count
    before, after = schema.split('"node_count"')
    after = after.replace(f'"content": "{count}"', '"content": "3"', 1)
    members["schema.json"] = f'{before}"node_count"{after}'
    with zipfile.ZipFile(tmp_path / "m.skops", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match=r"m\.skops: found a tree of another size than it says"):
        opened(tmp_path / "m.skops")
