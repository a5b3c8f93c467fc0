"""Statistics against worked examples that were published, each with its place."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from scipy.stats import bootstrap

from reconattack.evidence.bootstrap import mean_interval
from reconattack.evidence.statistics import (
    auc,
    delong_difference,
    delong_interval,
    mcnemar_p,
    sign_flip_p,
    wilson_interval,
)
from tests.places import DATA

DARWINS_MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]  # eighths of an inch


@pytest.fixture(scope="module")
def subarachnoid():
    return pd.read_csv(DATA / "subarachnoid.csv")


@pytest.fixture(scope="module")
def tomography():
    """Rated from 1, definitely normal, to 5: 58 normal and 51 abnormal computed tomographies."""
    labels = np.repeat([0, 1], [58, 51])
    ratings = np.repeat([1, 2, 3, 4, 5] * 2, [33, 6, 6, 11, 2, 3, 2, 2, 11, 33])
    return labels, ratings


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_of_newcombe(successes, n, low, high):
    """Newcombe, Stat. Med. 1998;17:857, table I, method 3."""
    np.testing.assert_allclose(wilson_interval(successes, n), [low, high], atol=5e-5)


@pytest.mark.parametrize(("pairs", "p"), [((1, 7), 0.0703), ((6, 16), 0.0525)])
def test_mcnemars_exact_test_of_fagerland(pairs, p):
    """Fagerland et al., BMC Med. Res. Methodol. 2013;13:91: airways before and after a transplant
    (Bentur 2009), response before and after consolidation (Cavo 2012); exact conditional test."""
    assert mcnemar_p(*pairs) == pytest.approx(p, abs=5e-5)
    assert mcnemar_p(*pairs[::-1]) == mcnemar_p(*pairs)


def test_sign_flips_of_darwins_maize():
    """Fisher, *The Design of Experiments*, 1935, section 21: in 1,726 of 32,768 ways the difference
    of the 15 pairs would be as large."""
    assert sign_flip_p(DARWINS_MAIZE, np.arange(15)) == 1726 / 2**15


def test_area_of_hanley_and_mcneil(tomography):
    """Radiology 1982;143:29, table I and the area under its trapezoids, 0.893."""
    assert auc(*tomography) == pytest.approx(0.893, abs=5e-4)


def test_delongs_error_of_hanley_and_mcneils_ratings(tomography):
    """Stata's manual, `roctab`: area 0.8932, DeLong's error 0.0307, 0.83295 to 0.95339."""
    np.testing.assert_allclose(delong_symmetric(*tomography), [0.83295, 0.95339], atol=5e-6)


@pytest.mark.parametrize(
    ("score", "area", "low", "high"),
    [("wfns", 0.8237, 0.7485, 0.8988), ("s100b", 0.7314, 0.6301, 0.8326)],
)
def test_delongs_intervals_of_proc(subarachnoid, score, area, low, high):
    """Robin et al., BMC Bioinformatics 2011;12:77, and pROC's `ci.auc` of its data set `aSAH`."""
    labels, scores = subarachnoid["poor"], subarachnoid[score]
    assert auc(labels, scores) == pytest.approx(area, abs=5e-5)
    np.testing.assert_allclose(delong_symmetric(labels, scores), [low, high], atol=5e-5)


def test_delongs_test_of_proc(subarachnoid):
    """pROC's `roc.test` of WFNS against S100B: Z = 2.209, p = 0.02718."""
    labels, wfns, s100b = (subarachnoid[name] for name in ("poor", "wfns", "s100b"))
    difference, low, high, p = delong_difference(labels, wfns, s100b)
    assert difference / ((high - low) / 2 / 1.959964) == pytest.approx(2.209, abs=5e-4)
    assert p == pytest.approx(0.02718, abs=5e-6)


def delong_symmetric(labels, scores):
    """DeLong's interval on the scale of the area, as others give it."""
    area = auc(labels, scores)
    low, high = logit(delong_interval(labels, scores))
    half = (high - low) / 2 * area * (1 - area)
    return area - half, area + half


def test_bootstrap_of_single_frames_is_scipys(subarachnoid):
    """No paper's: SciPy's own percentile bootstrap, to the error of 2,000 resamples."""
    values = np.log(subarachnoid["s100b"] + 0.01).to_numpy()
    found = mean_interval([values], np.arange(len(values)), np.random.default_rng(0))
    expected = bootstrap(
        [values], np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    np.testing.assert_allclose(found, expected, atol=0.1 * (expected.high - expected.low) / 2)
