import numpy as np
import pytest

from reconattack.figures.samples import draw_samples, places_of_tissue
from reconattack.readers.image_file import ImageFile, labelled_image
from reconattack.simulation.anatomy import draw_anatomy
from reconattack.simulation.patients import simulate_patient

CLASSES = ("normal", "fatty")


@pytest.fixture
def image():
    """An image of a scanner, with a pixel size or without."""

    def image(scanner, size=None):
        pixels = np.arange(120, dtype=np.uint8).reshape(1, 10, 12)
        row = {"scanner": scanner, "patient": "p", "label": 1}
        return labelled_image(ImageFile(pixels, size), 0, row)

    return image


def test_panels_of_known_size_have_one_scale_and_its_bar(image):
    rows = [[image("a", (1e-3, 1e-3)), image("a", (2e-3, 2e-3))], [image("b")]]
    small, large, unmeasured, _ = draw_samples(rows, CLASSES).axes
    assert small.get_xlim() == large.get_xlim()
    assert small.get_ylim() == large.get_ylim()
    assert [len(axes.lines) for axes in (small, large, unmeasured)] == [0, 1, 0]
    assert np.ptp(large.lines[0].get_xdata()) == pytest.approx(5)
    assert [text.get_text() for text in large.texts] == ["5 cm"]
    assert unmeasured.get_ylabel() == "b, size unknown"
    assert len(small.get_xticks()) == len(unmeasured.get_yticks()) == 0


def test_simulated_scanners_are_named_among_real_ones(image):
    simulated, real = draw_samples([[image("a")], [image("b_c")]], CLASSES, simulated=["a"]).axes
    assert simulated.get_ylabel() == "a (simulated), size unknown"
    assert real.get_ylabel() == "b c, size unknown"


@pytest.mark.parametrize("name", ["simulated_rf-004", "simulated_images-011", "p"])
def test_arrows_point_at_liver_and_at_cortex_of_a_simulated_patient(name):
    liver, cortex = places_of_tissue(name)
    patient = simulate_patient(name)
    anatomy = draw_anatomy(patient)
    assert anatomy.kidney.distance(*liver) > 0.005
    assert anatomy.kidney.distance(*cortex) < -0.002
    assert anatomy.sinus.distance(*cortex) > 0
    assert anatomy.diaphragm.distance(*liver) < 0
    assert liver[1] > patient.wall_thickness
    assert liver[0] == cortex[0] and liver[1] < cortex[1]


def test_only_images_with_known_tissue_have_arrows_and_the_first_has_their_names(image):
    rows = [[image("a", (1e-3, 1e-3)), image("a", (1e-3, 1e-3))], [image("b")]]
    tissue = ((0.001, 0.002), (0.001, 0.004))
    first, second, real, _ = draw_samples(rows, CLASSES, tissue=[[tissue, tissue], [None]]).axes
    assert [note.get_text() for note in first.texts] == ["liver", "kidney"]
    assert [note.xy for note in first.texts] == [(0.1, 0.2), (0.1, 0.4)]
    assert [note.get_text() for note in second.texts if getattr(note, "arrow_patch", None)] == [
        "",
        "",
    ]
    assert not real.texts
