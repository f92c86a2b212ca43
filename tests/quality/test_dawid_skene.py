"""Majority and Dawid and Skene's model: against the plain algorithm, another package, planted people and real ones."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from annodesk.errors import AnnodeskError
from annodesk.quality import ratings as ratings_module
from annodesk.quality import units
from annodesk.quality.dawid_skene import dawid_skene, majority
from annodesk.quality.ratings import listed, ratings_from_rows


def planted(n_items: int, confusion: np.ndarray, *, missing: float = 0.2, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Codes and the truth of people with these confusion matrices (person, true, said)."""
    rng = np.random.default_rng(seed)
    n_people, n_labels, _ = confusion.shape
    true = rng.integers(n_labels, size=n_items)
    bounds = np.cumsum(confusion[:, true], axis=2)
    codes = (rng.random((n_people, n_items, 1)) > bounds).sum(axis=2).T
    return np.where(rng.random(codes.shape) < missing, -1, codes), true


def steady(n_people: int, n_labels: int, right: float) -> np.ndarray:
    off = (1 - right) / (n_labels - 1)
    return np.tile(np.full((n_labels, n_labels), off) + np.eye(n_labels) * (right - off), (n_people, 1, 1))


def plainly(codes: np.ndarray, n_labels: int, rounds: int) -> np.ndarray:
    """The posterior after so many rounds, item by item as the paper writes it."""
    rated = [row for row in codes.tolist() if any(code >= 0 for code in row)]
    said = [[(who, code) for who, code in enumerate(row) if code >= 0] for row in rated]
    posterior = [[sum(code == k for _, code in unit) / len(unit) for k in range(n_labels)] for unit in said]
    for _ in range(rounds):
        priors = [sum(row[k] for row in posterior) / len(posterior) for k in range(n_labels)]
        error = np.full((codes.shape[1], n_labels, n_labels), 0.0)
        for unit, row in zip(said, posterior, strict=True):
            for who, code in unit:
                error[who, :, code] += row
        error = np.maximum(error, 1e-10)
        error /= error.sum(axis=2, keepdims=True)
        posterior = []
        for unit in said:
            logs = [
                math.log(max(priors[k], 1e-10)) + sum(math.log(error[who, k, code]) for who, code in unit)
                for k in range(n_labels)
            ]
            powers = [math.exp(one - max(logs)) for one in logs]
            posterior.append([one / sum(powers) for one in powers])
    return np.array(posterior)


@pytest.mark.parametrize("rounds", [1, 2, 7])
def test_rounds_are_those_of_the_paper(rounds: int) -> None:
    codes, _ = planted(60, steady(4, 3, 0.6), seed=3)
    found = dawid_skene(codes, 3, iterations=rounds, tolerance=-math.inf)
    assert found.iterations == rounds
    assert found.posterior[(codes >= 0).any(axis=1)] == pytest.approx(plainly(codes, 3, rounds), abs=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_probabilities_are_those_of_crowd_kit() -> None:
    aggregation = pytest.importorskip("crowdkit.aggregation")
    pandas = pytest.importorskip("pandas")
    codes, _ = planted(800, steady(5, 4, 0.6), seed=4)
    item, person = np.nonzero(codes >= 0)
    frame = pandas.DataFrame({"task": item, "worker": person, "label": codes[item, person]})
    theirs = aggregation.DawidSkene(100).fit(frame)
    ours = dawid_skene(codes, 4)
    assert ours.iterations == len(theirs.loss_history_)
    assert ours.posterior[theirs.probas_.index] == pytest.approx(theirs.probas_[list(range(4))].to_numpy(), abs=1e-9)


def test_planted_confusions_are_found_again() -> None:
    confusion = steady(5, 3, 0.9)
    confusion[4] = [[0.2, 0.8, 0.0], [0.0, 0.9, 0.1], [0.0, 0.0, 1.0]]
    codes, true = planted(4_000, confusion)
    found = dawid_skene(codes, 3)
    assert found.confusion == pytest.approx(confusion, abs=0.05)
    assert found.priors == pytest.approx(np.full(3, 1 / 3), abs=0.03)
    assert found.seen.sum() == pytest.approx((codes >= 0).sum())
    assert found.converged
    assert (found.label == true).mean() > (majority(codes, 3).label == true).mean()


def test_one_who_knows_outweighs_two_who_guess() -> None:
    confusion = np.concatenate([steady(1, 4, 0.98), steady(2, 4, 0.5)])
    codes, true = planted(3_000, confusion, missing=0.0, seed=2)
    right = (dawid_skene(codes, 4).label == true).mean()
    assert right > 0.95
    assert right > (majority(codes, 4).label == true).mean() + 0.1


def test_an_item_without_ratings_has_the_shares_of_all_others() -> None:
    codes, _ = planted(50, steady(3, 2, 0.8))
    codes[7] = -1
    found = dawid_skene(codes, 2)
    assert found.posterior[7] == pytest.approx(found.priors)
    assert np.isfinite(found.posterior).all()
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(50))


def test_somebody_without_ratings_has_an_empty_matrix() -> None:
    codes, _ = planted(50, steady(3, 2, 0.8))
    codes[:, 1] = -1
    found = dawid_skene(codes, 2)
    assert not found.confusion[1].any()
    assert not found.seen[1].any()
    assert found.confusion[0].sum(axis=1) == pytest.approx(np.ones(2))


def test_one_label_alone_is_certain() -> None:
    found = dawid_skene(np.zeros((4, 3), dtype=int), 1)
    assert found.posterior == pytest.approx(np.ones((4, 1)))
    assert found.confusion == pytest.approx(np.ones((3, 1, 1)))


@pytest.mark.parametrize(
    "codes", [np.zeros((0, 0), dtype=int), np.full((3, 2), -1), np.array([[0], [1]]), np.array([[0, -1], [-1, 1]])]
)
def test_without_an_item_rated_by_two_nothing_is_told(codes: np.ndarray) -> None:
    with pytest.raises(AnnodeskError, match="No item has ratings by two people"):
        dawid_skene(codes, 2)
    assert len(majority(codes, 2).label) == len(codes)


def test_matrices_that_would_fill_memory_are_refused() -> None:
    with pytest.raises(AnnodeskError, match="too many to tell who confuses what"):
        dawid_skene(np.zeros((1, 100), dtype=int), 1_000)


def test_the_majority_is_open_where_two_labels_have_most() -> None:
    found = majority(np.array([[0, 0, 1], [0, 1, -1], [-1, -1, -1], [2, -1, -1]]), 3)
    assert found.label.tolist() == [0, -1, -1, 2]
    assert found.shares.tolist() == [[2 / 3, 1 / 3, 0], [0.5, 0.5, 0], [0, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("where", "name", "value"), [(units, "_DENSE_CELLS", -1), (ratings_module, "_CELLS_PER_RATING", -1_000)]
)
def test_lists_of_ratings_give_what_tables_give(
    monkeypatch: pytest.MonkeyPatch, where: object, name: str, value: int
) -> None:
    codes, _ = planted(200, steady(4, 3, 0.7), seed=9)
    rows = [[f"i{n:03}", f"p{p}", str(code)] for n, row in enumerate(codes) for p, code in enumerate(row) if code >= 0]
    found, labels, _ = listed(ratings_from_rows([["item", "annotator", "label"], *rows]))
    whole = dawid_skene(codes[(codes >= 0).any(axis=1)], 3)
    order = [int(next(iter(label))) for label in labels]
    monkeypatch.setattr(where, name, value)
    assert dawid_skene(found, 3).posterior == pytest.approx(whole.posterior[:, order])
    votes = majority(found, 3)
    assert votes.shares == pytest.approx(majority(codes[(codes >= 0).any(axis=1)], 3).shares[:, order])


def test_real_listeners_together_know_what_they_heard(shared: Path) -> None:
    with (shared / "data/agreement/esc10_human_labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    truth = {row["recording"]: row["truth"] for row in rows}
    first = {(row["recording"], row["worker"]): row["label"] for row in rows}
    given = ratings_from_rows([["item", "annotator", "label"], *([i, w, label] for (i, w), label in first.items())])
    codes, labels, _ = listed(given)
    names = ["".join(label) for label in labels]
    found = dawid_skene(codes, len(labels))
    right = np.mean([names[label] == truth[item] for label, item in zip(found.label, given.items, strict=True)])
    # Alone they are right in 95.7 % of all cases, as published.
    assert right > 0.98
