"""Bootstrap intervals of agreement: those of drawing whole items, told where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from annodesk.quality import bootstrap, coefficients
from annodesk.quality.bootstrap import interval
from annodesk.quality.coefficients import METRICS, agreement_of, agreement_of_codes
from annodesk.quality.ratings import Ratings
from annodesk.quality.units import person_units


def people(n_items: int, *, seed: int = 0, n_people: int = 3, n_labels: int = 3, wrong: float = 0.3) -> np.ndarray:
    """Codes of people who are wrong now and then, and miss some items."""
    rng = np.random.default_rng(seed)
    true = rng.integers(n_labels, size=(n_items, 1))
    other = rng.integers(n_labels, size=(n_items, n_people))
    codes = np.where(rng.random((n_items, n_people)) < wrong, other, true)
    return np.where(rng.random((n_items, n_people)) < 0.2, -1, codes)


def as_ratings(codes: np.ndarray) -> Ratings:
    by_item = {
        f"i{n}": {f"p{p}": frozenset({str(code + 1)}) for p, code in enumerate(row) if code >= 0}
        for n, row in enumerate(codes)
    }
    return Ratings(by_item, tuple(f"p{p}" for p in range(codes.shape[1])))


@pytest.mark.parametrize("metric", METRICS)
def test_the_interval_is_that_of_coefficients_of_drawn_items(metric: str) -> None:
    codes = people(40)
    rng = np.random.default_rng(7)
    drawn = [agreement_of(as_ratings(codes[rng.integers(40, size=40)]), metric).value for _ in range(400)]
    low, high = np.quantile([value for value in drawn if value is not None], [0.025, 0.975])
    found = agreement_of(as_ratings(codes), metric, rng=np.random.default_rng(1)).interval
    assert found is not None
    # Four standard errors of so few draws.
    assert found.low == pytest.approx(low, abs=(high - low) / 7)
    assert found.high == pytest.approx(high, abs=(high - low) / 7)
    assert found.resamples == 1_000


@pytest.mark.parametrize("metric", METRICS)
def test_a_draw_is_the_coefficient_of_its_items(metric: str) -> None:
    codes = people(40)
    rated = np.flatnonzero((codes >= 0).any(axis=1))
    rng = np.random.default_rng(2)
    for _ in range(5):
        drawn = rng.choice(rated, size=40)
        whole = coefficients._Counted(codes, [frozenset({str(k + 1)}) for k in range(3)], metric)
        weights, _, evaluate = whole._figure()
        of_item = (person_units(codes, 3).units if metric == "cohen-kappa" else whole.units).of_item
        times = np.bincount(of_item[drawn], minlength=len(weights)).astype(float)
        assert evaluate(times[:, None])[0] == pytest.approx(agreement_of(as_ratings(codes[drawn]), metric).value)


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_generator_gives_the_same_interval(metric: str) -> None:
    one, other = (agreement_of_codes(people(30), metric, rng=np.random.default_rng(5)).interval for _ in range(2))
    assert one == other


def test_drawing_kinds_of_items_is_as_drawing_items(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = people(300)
    kinds = agreement_of_codes(codes, rng=np.random.default_rng(1)).interval
    monkeypatch.setattr(bootstrap, "draw", _one_by_one)
    items = agreement_of_codes(codes, rng=np.random.default_rng(1)).interval
    assert kinds is not None
    assert items is not None
    assert (kinds.low, kinds.high) == (pytest.approx(items.low, abs=0.02), pytest.approx(items.high, abs=0.02))


def _one_by_one(weights: np.ndarray, n_items: int, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    unit_of = np.repeat(np.arange(len(weights)), weights.astype(int))
    drawn = [np.bincount(unit_of[rng.integers(n_items, size=n_items)], minlength=len(weights)) for _ in range(n_draws)]
    return np.array(drawn, dtype=float).T


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    truth = agreement_of_codes(people(200_000, seed=99)).value
    assert truth is not None
    held = 0
    for seed in range(100):
        found = agreement_of_codes(people(60, seed=seed), rng=np.random.default_rng(seed)).interval
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 88 <= held <= 99


def test_memory_bounds_how_many_are_drawn_at_once_and_not_what_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    widths = []

    def shares(w: np.ndarray) -> np.ndarray:
        widths.append(w.shape[1])
        return w[0] / w.sum(axis=0)

    monkeypatch.setattr(bootstrap, "_CELLS_AT_ONCE", 70)
    found = interval(np.array([5.0, 5.0]), shares, np.random.default_rng(0), width=10)
    assert (max(widths), sum(widths)) == (7, 1_000)
    assert found.low is not None
    assert found.low < 0.5


def test_draws_without_a_value_are_left_out_and_told() -> None:
    def undefined_without_the_last(w: np.ndarray) -> np.ndarray:
        return np.where(w[-1] > 0, w[0] / w.sum(axis=0), np.nan)

    few = interval(np.array([90.0, 4.0]), undefined_without_the_last, np.random.default_rng(0))
    assert few.low is not None
    assert "resamples have no value and are left out" in few.note
    many = interval(np.array([90.0, 1.0]), undefined_without_the_last, np.random.default_rng(0))
    assert (many.low, many.high) == (None, None)
    assert "of 1,000 resamples have no value themselves" in many.note


def test_two_items_are_too_few_to_draw_from() -> None:
    found = agreement_of_codes(np.array([[0, 1], [1, 1]]), rng=np.random.default_rng(0))
    assert found.value is not None
    assert found.interval == bootstrap.Interval(None, None, 0, "An interval needs 3 items or more; here: 2.")


def test_full_agreement_says_that_its_interval_is_too_narrow() -> None:
    found = agreement_of_codes(np.array([[0, 0], [1, 1]] * 30), rng=np.random.default_rng(0)).interval
    assert found is not None
    assert (found.low, found.high) == (1.0, 1.0)
    assert "narrower than the truth" in found.note
