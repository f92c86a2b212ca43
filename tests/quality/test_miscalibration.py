"""Probabilities that are right pass the test about as often as they should; those that are not do not."""

from __future__ import annotations

import numpy as np
import pytest

from annodesk.errors import AnnodeskError
from annodesk.quality.miscalibration import miscalibration


def test_probabilities_that_are_right_are_rejected_about_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(1)
    rejected_z, rejected_bins = 0, 0
    for _ in range(200):
        p = rng.uniform(0.2, 0.99, 80)
        found = miscalibration(p, rng.random(80) < p, rng)
        assert found.spiegelhalter is not None
        assert found.by_bins is not None
        rejected_z += found.spiegelhalter < 0.05
        rejected_bins += found.by_bins < 0.05
    assert 2 <= rejected_z <= 20
    assert 2 <= rejected_bins <= 20


def test_probabilities_that_claim_too_much_are_rejected() -> None:
    rng = np.random.default_rng(2)
    p = rng.uniform(0.6, 0.9, 300)
    found = miscalibration(np.minimum(p + 0.12, 0.999), rng.random(300) < p, rng)
    assert found.is_rejected()


def test_spiegelhalter_s_number_is_that_of_the_formula() -> None:
    p, y = np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 1.0, 0.0, 1.0])
    top = ((y - p) * (1 - 2 * p)).sum()
    z = top / np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    from scipy.stats import norm

    found = miscalibration(p, y, np.random.default_rng(1))
    assert found.spiegelhalter == pytest.approx(2 * norm.sf(abs(z)))


def test_the_order_of_answers_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    p = rng.uniform(0, 1, 60)
    y = rng.random(60) < p
    order = rng.permutation(60)
    one, two = (miscalibration(p[o], y[o], np.random.default_rng(1)) for o in (np.arange(60), order))
    assert one.spiegelhalter == pytest.approx(two.spiegelhalter)
    assert one.by_bins == pytest.approx(two.by_bins)


def test_nothing_and_certainty_have_no_test() -> None:
    assert not miscalibration([], [], np.random.default_rng(1)).is_rejected()
    assert miscalibration([1.0, 1.0], [True, True], np.random.default_rng(1)).by_bins is None


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(AnnodeskError):
        miscalibration([1.2], [True], np.random.default_rng(1))
