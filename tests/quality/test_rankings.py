"""NDCG and average precision beside scikit-learn's and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, ndcg_score

from annodesk.quality.rankings import average_precision, ndcg


@pytest.mark.parametrize("seed", range(20))
def test_ndcg_is_scikit_learns_with_ties_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gains, scores = rng.integers(0, 5, 12).astype(float), rng.integers(0, 4, 12).astype(float)
    for k in (None, 5):
        assert ndcg(gains, scores, k) == pytest.approx(ndcg_score([gains], [scores], k=k))


@pytest.mark.parametrize("seed", range(20))
def test_average_precision_is_scikit_learns_with_ties_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    relevant, scores = (rng.random(15) < 0.4).astype(float), rng.integers(0, 5, 15).astype(float)
    relevant[0] = 1
    assert average_precision(relevant, scores) == pytest.approx(average_precision_score(relevant, scores))


def test_by_hand() -> None:
    assert average_precision([1, 0, 1], [0.9, 0.8, 0.7]) == pytest.approx((1 + 2 / 3) / 2)
    assert ndcg([3, 2, 0], [0.1, 0.2, 0.3]) == pytest.approx((2 / np.log2(3) + 3 / 2) / (3 + 2 / np.log2(3)))


def test_where_nothing_is_relevant_there_is_none() -> None:
    assert ndcg([0, 0], [1, 2]) is None
    assert average_precision([0, 0], [1, 2]) is None
