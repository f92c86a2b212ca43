"""Reliability of probabilities, and mending them: by hand, against scikit-learn, and with planted faults."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.errors import AnnodeskError
from annodesk.quality.calibration import fit_isotonic, fit_temperature, reliability


def answers(n: int, *, temperature: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and verdicts of somebody whose log odds are too large by the temperature."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(1.0, 1.5, size=n)
    right = rng.random(n) < 1 / (1 + np.exp(-odds))
    return 1 / (1 + np.exp(-odds * temperature)), right.astype(float)


def test_scores_are_met_by_hand() -> None:
    found = reliability([0.2, 0.4, 0.6, 0.8], [0, 1, 1, 1], bins=2)
    assert found.brier == pytest.approx((0.04 + 0.36 + 0.16 + 0.04) / 4)
    assert [(one.n, one.probability, one.right) for one in found.bins] == [
        (2, pytest.approx(0.3), 0.5),
        (2, pytest.approx(0.7), 1.0),
    ]
    assert found.ece == pytest.approx((2 * 0.2 + 2 * 0.3) / 4)


def test_bins_hold_equally_many() -> None:
    p, y = answers(1_003)
    assert {one.n for one in reliability(p, y, bins=10).bins} <= {100, 101}


def test_equal_probabilities_are_never_parted() -> None:
    p = np.array([0.9] * 50 + [0.1] * 3 + [0.5] * 47)
    y = np.arange(100) % 2
    found = reliability(p, y, bins=10)
    assert [(one.low, one.high, one.n) for one in found.bins] == [(0.1, 0.5, 50), (0.9, 0.9, 50)]
    order = np.random.default_rng(0).permutation(100)
    assert reliability(p[order], y[order], bins=10).ece == pytest.approx(found.ece)


def test_the_brier_score_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    p, y = answers(500)
    assert reliability(p, y).brier == pytest.approx(metrics.brier_score_loss(y, p))


def test_intervals_hold_the_score_and_are_the_same_each_time() -> None:
    p, y = answers(400, temperature=2.0)
    one, other = (reliability(p, y, rng=np.random.default_rng(1)) for _ in range(2))
    assert one == other
    for score, spread in ((one.brier, one.brier_interval), (one.ece, one.ece_interval)):
        assert score is not None
        assert spread is not None
        assert spread.low is not None
        assert spread.high is not None
        assert spread.low < score < spread.high


def test_who_is_too_sure_has_a_greater_error_than_who_is_not() -> None:
    sure, humble = (reliability(*answers(4_000, temperature=t)).ece for t in (3.0, 1.0))
    assert sure is not None
    assert humble is not None
    assert sure > 3 * humble


def test_nothing_has_no_reliability_and_says_so() -> None:
    found = reliability([], [], rng=np.random.default_rng(0))
    assert (found.n, found.brier, found.ece, found.bins) == (0, None, None, ())
    assert found.reason


@pytest.mark.parametrize(
    ("p", "y", "sentence"),
    [
        ([0.5], [1, 0], "1 probabilities and 2 verdicts"),
        ([math.nan], [1], "not a number from 0 to 1"),
        ([1.5], [1], "not a number from 0 to 1"),
        ([0.5], [0.5], "neither right nor wrong"),
        ([0.5], [math.nan], "neither right nor wrong"),
    ],
)
def test_what_is_no_probability_or_verdict_is_refused(p: list[float], y: list[float], sentence: str) -> None:
    for work in (reliability, fit_isotonic):
        with pytest.raises(AnnodeskError, match=sentence):
            work(p, y)


def test_one_answer_is_scored_without_an_interval() -> None:
    found = reliability([0.7], [1], rng=np.random.default_rng(0))
    assert found.brier == pytest.approx(0.09)
    assert found.brier_interval is not None
    assert found.brier_interval.low is None
    assert found.brier_interval.note


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40))
def test_the_isotonic_curve_is_that_of_scikit_learn(pairs: list[tuple[float, bool]]) -> None:
    isotonic = pytest.importorskip("sklearn.isotonic")
    p, y = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    theirs = isotonic.IsotonicRegression(out_of_bounds="clip").fit(p, y)
    at = np.linspace(0, 1, 21)
    assert fit_isotonic(p, y)(at) == pytest.approx(theirs.predict(at), abs=1e-9)


def test_the_isotonic_curve_mends_who_is_too_sure() -> None:
    fit = fit_isotonic(*answers(4_000, temperature=3.0))
    p, y = answers(4_000, temperature=3.0, seed=1)
    before, after = reliability(p, y).ece, reliability(fit(p), y).ece
    assert before is not None
    assert after is not None
    assert after < before / 2


def test_the_planted_temperature_is_found_again() -> None:
    p, y = answers(20_000, temperature=2.5)
    fit = fit_temperature(p, y.astype(int))
    assert fit.temperature == pytest.approx(2.5, rel=0.05)
    assert reliability(fit(p), y).ece == pytest.approx(0, abs=0.02)


def test_no_other_temperature_makes_what_was_found_likelier() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(4, 0.3), size=300)
    label = np.array([rng.choice(4, p=0.7 * row + 0.3 / 4) for row in p])

    def likelihood(mended: np.ndarray) -> float:
        return float(np.log(np.maximum(mended[np.arange(300), label], 1e-300)).mean())

    fit = fit_temperature(p, label)
    best = likelihood(fit(p))
    for factor in (0.9, 0.99, 1.01, 1.1):
        assert likelihood(type(fit)(fit.temperature * factor)(p)) < best
    assert fit(p).sum(axis=1) == pytest.approx(np.ones(300))


def test_probabilities_of_nought_and_one_can_be_mended() -> None:
    fit = fit_temperature(np.array([1.0, 0.0, 1.0, 0.6]), [0, 0, 1, 1])
    assert np.isfinite(fit(np.array([0.0, 1.0, 0.5]))).all()


@pytest.mark.parametrize("fit", [fit_isotonic, fit_temperature])
def test_nothing_teaches_nothing(fit) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(AnnodeskError, match="nothing to learn from"):
        fit(np.array([]), np.array([]))


def test_a_verdict_that_names_no_label_is_refused() -> None:
    with pytest.raises(AnnodeskError, match="names no label"):
        fit_temperature(np.array([[0.5, 0.5]]), [2])
