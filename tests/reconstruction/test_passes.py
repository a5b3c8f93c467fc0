"""The passes in C give the bits of those in NumPy, wherever and however they were compiled."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconattack.frames.frame import build_frame
from reconattack.reconstruction import passes, scan_conversion, steps
from reconattack.reconstruction.parameters import SLIDERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import DECIBELS_PER_NEPER, attenuation_level
from tests.properties.test_frame_properties import REPEATABLE, SETTING, frames

CALLERS = (scan_conversion, steps)
BETAS = (-3.0, 0.0, 0.5, 0.9, 0.9001, 1.3, 4.0, 15.0, 300.0)
SETTINGS = [[beta, *window] for beta in BETAS for window in ((10.0, 55.0), (-400.0, 900.0))]

needs_compiler = pytest.mark.skipif(passes.passes() is None, reason="no C compiler is here")


def drawn(library, frame, rows, settings=SETTINGS, **others):
    """Levels of a frame that are kept, and its images, with the passes of a library or without."""
    with pytest.MonkeyPatch.context() as patch:
        for module in CALLERS:
            patch.setattr(module, "passes", lambda: library)
        reconstruction = Reconstruction(frame, rows, others=others)
        kept = reconstruction.amplitudes()
        return kept.level, kept.place, reconstruction.bmode(settings)


@needs_compiler
@REPEATABLE
@given(frames(), SETTING, st.integers(2, 96), st.sampled_from([0.0, 7.0]))
def test_numpy_alone_draws_the_same_bits(frame, setting, rows, slider):
    settings = [setting, *SETTINGS]
    others = {SLIDERS[2]: slider}
    alone = drawn(None, frame, rows, settings, **others)
    for array, compiled in zip(
        alone, drawn(passes.passes(), frame, rows, settings, **others), strict=True
    ):
        np.testing.assert_array_equal(compiled, array)


@needs_compiler
@pytest.mark.parametrize("zoom", [1.0, 0.4, 2.5])
def test_pixels_of_empty_samples_stay_black_in_one_pass(noise_frame, zoom):
    samples = noise_frame["rf"].values.copy()
    samples[900:] = samples[:, 7:9] = samples[400:500, 3] = 0
    holed = noise_frame.assign(rf=(noise_frame["rf"].dims, samples))
    (_, _, images), (_, _, alone) = (
        drawn(library, holed, 96, zoom=zoom) for library in (passes.passes(), None)
    )
    np.testing.assert_array_equal(images, alone)
    sector = Reconstruction(holed, 96, others={"zoom": zoom}).sector
    assert not images[:, ~sector].any() and images[:, sector].any()


@needs_compiler
@pytest.mark.parametrize(
    "flags", [["-O0"], ["-O1"], ["-O3", "-mavx2", "-mfma"], ["-O3", "-march=x86-64"]]
)
def test_compiler_and_processor_change_no_bit(tmp_path, monkeypatch, noise_frame, flags):
    monkeypatch.setattr(passes, "FLAGS", [*flags, *passes.FLAGS[1:]])
    if flags == ["-O3", "-march=x86-64"]:  # of processors without AVX2: no clone is chosen
        text = passes.SOURCE.read_text().replace('"avx2", "default"', '"default"')
        monkeypatch.setattr(passes, "SOURCE", tmp_path / "passes.c")
        passes.SOURCE.write_text(text)
    file = tmp_path / "passes.so"
    passes.compile_passes(file)
    library = passes.loaded(file)
    for array, compiled in zip(
        drawn(passes.passes(), noise_frame, 64), drawn(library, noise_frame, 64), strict=True
    ):
        np.testing.assert_array_equal(compiled, array)


@pytest.mark.parametrize("beta", BETAS)
def test_level_is_that_of_the_logarithm(scanner, beta):
    """Against A + q B in double precision; float32 has steps of 4e-6 to 3e-5 dB at such levels."""
    samples = np.random.default_rng(4).standard_normal((700, 24))
    frame = build_frame(samples, scanner, "p")
    reconstruction = Reconstruction(frame, 64)
    placed = reconstruction.amplitudes()
    above, below = (part.astype(float) for part in placed.contributions)
    depth = frame["depth"].values
    ramp = attenuation_level(beta, reconstruction.frequency / 1e6, 100)
    amplitude = above + below * 10 ** (ramp * (depth[1] - depth[0]) / 20)
    expected = DECIBELS_PER_NEPER * np.log(amplitude) + ramp * depth[placed.row]
    expected += scanner.reference_level
    level = reconstruction.levels(beta)
    assert np.abs(level - expected).max() < 2e-6 * max(40, np.abs(expected).max())


# Where the compiled code lies


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A copy of the C code, in a folder without compiled code."""
    copy = tmp_path / "package" / "passes.c"
    copy.parent.mkdir()
    copy.write_bytes(passes.SOURCE.read_bytes())
    monkeypatch.setattr(passes, "SOURCE", copy)
    return copy


def kept(source):
    """The compiled files beside the bytecode."""
    return sorted(Path(importlib.util.cache_from_source(str(source))).parent.glob("passes-*.so"))


@needs_compiler
def test_code_is_compiled_once_and_kept_beside_the_bytecode(source, monkeypatch):
    assert passes.passes.__wrapped__() is not None
    (file,) = kept(source)
    monkeypatch.setenv("PATH", "")  # no compiler any more
    assert Path(passes.passes.__wrapped__()._name) == file
    assert not list(file.parent.glob(".tmp*"))


@needs_compiler
def test_changed_source_is_compiled_anew(source):
    passes.passes.__wrapped__()
    source.write_text(source.read_text().replace("#define WHITE 255", "#define WHITE 254"))
    changed = passes.passes.__wrapped__()
    assert len(kept(source)) == 2
    sums, white = np.empty(3, np.int64), np.full(40, 254, np.uint8)
    changed.compare(white, white, 1, 40, np.array([[0, 40]]), 1, sums)
    assert list(sums) == [0, 40, 0]


@needs_compiler
def test_library_of_the_environment_comes_first(source, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    file = tmp_path / "prefix" / passes.ENVIRONMENT / passes.library_name()
    command = [sys.executable, passes.__file__, file.parent]
    subprocess.run(command, check=True)
    assert Path(passes.passes.__wrapped__()._name) == file
    assert not kept(source)


@pytest.mark.parametrize("reason", ["no compiler", "no C", "no folder", "no library"])
def test_what_cannot_be_compiled_or_loaded_is_computed_by_numpy(
    source, monkeypatch, caplog, reason
):
    if reason == "no compiler":
        monkeypatch.setenv("PATH", "")
    elif reason == "no C":
        source.write_text("int draw(")
    elif reason == "no folder":
        Path(importlib.util.cache_from_source(str(source))).parent.write_text("a file is here")
    else:
        file = Path(importlib.util.cache_from_source(str(source))).with_name(passes.library_name())
        file.parent.mkdir()
        file.write_bytes(b"\x7fELF cut off")
    with caplog.at_level("INFO"):
        assert passes.passes.__wrapped__() is None
    assert "computed by NumPy" in caplog.text


@needs_compiler
@pytest.mark.parametrize("image", [np.zeros(8, np.float64), np.zeros((8, 2), np.uint8)[:, 0]])
def test_array_of_another_type_or_with_gaps_is_refused(image):
    sums, runs = np.empty(3, np.int64), np.array([[0, 8]])
    with pytest.raises(Exception, match="expected contiguous"):
        passes.passes().compare(image, np.zeros(8, np.uint8), 1, 8, runs, 1, sums)
