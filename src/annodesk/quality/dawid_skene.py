"""What many people's labels say together: the majority, and Dawid and Skene's model with a confusion matrix of each.

A. P. Dawid and A. M. Skene, Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm, Journal of
the Royal Statistical Society C 28 (1979), 20-28.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.quality.ratings import IntArray, Listed
from annodesk.quality.units import FloatArray, Units, dense, label_units, person_units, row_sums, tally

ITERATIONS = 100
TOLERANCE = 1e-5
"""Least gain in log likelihood per rating for which another iteration is made."""
_LEAST = 1e-10
MAX_CELLS = 5_000_000
"""Most cells that all confusion matrices may have together; an iteration takes a second or so then."""


class Votes(Struct, frozen=True, eq=False):
    """What most people say of each item.

    Parameters
    ----------
    shares : (n_items, n_labels), the share of an item's ratings each label has; zeros where nobody rated it
    label : int, (n_items,), the label with most ratings; -1 where several have most, or nobody rated it
    """

    shares: FloatArray
    label: IntArray


class DawidSkene(Struct, frozen=True, eq=False):
    """The most probable answers, and how each person's ratings come about from them.

    Parameters
    ----------
    posterior : (n_items, n_labels), the probability of each label; of an item that nobody rated that of ``priors``
    priors : (n_labels,), the share of items that each label has
    confusion : (n_people, n_labels, n_labels), the probability that a person says the last of an item that is the one
        before; zeros in rows that nothing of theirs speaks of
    seen : (n_people, n_labels), how many items each person rated that are each label, as far as is known
    iterations : how many it took
    converged : whether the last of them changed little
    """

    posterior: FloatArray
    priors: FloatArray
    confusion: FloatArray
    seen: FloatArray
    iterations: int
    converged: bool

    @property
    def label(self) -> IntArray:
        """The most probable label of each item, the first where several are, (n_items,)."""
        return np.asarray(np.argmax(self.posterior, axis=1))


def majority(ratings: IntArray | Listed, n_labels: int) -> Votes:
    """The label most people give each item; nobody is weighed.

    Parameters
    ----------
    ratings : int, (n_items, n_people), -1 where missing; or the list of them
    """
    units = label_units(ratings, n_labels)
    shares = _dense_shares(units)
    most = shares.max(axis=1, initial=0)
    label: IntArray = np.argmax(shares, axis=1) if n_labels else np.zeros(0, dtype=np.intp)
    label = np.where((shares == most[:, None]).sum(axis=1) == 1, label, -1)
    nobody = np.zeros((1, n_labels))
    return Votes(np.concatenate([shares, nobody])[units.of_item], np.append(label, -1)[units.of_item])


def dawid_skene(
    ratings: IntArray | Listed, n_labels: int, *, iterations: int = ITERATIONS, tolerance: float = TOLERANCE
) -> DawidSkene:
    """Fit the model by expectation maximisation, begun with the shares of votes.

    Raises AnnodeskError, saying why, where nothing can be told: no item with two ratings, or too many labels.

    Parameters
    ----------
    ratings : int, (n_items, n_people), -1 where missing; or the list of them
    """
    n_people = ratings.n_people if isinstance(ratings, Listed) else ratings.shape[1]
    if n_people * n_labels**2 > MAX_CELLS:
        sentence = f"{n_people:,} people and {n_labels:,} labels are too many to tell who confuses what."
        raise AnnodeskError(sentence, "Take fewer labels, or the majority.")
    kept = person_units(ratings, n_labels)
    given, weights = kept.units.counts, kept.units.weights[:, None]
    sizes = row_sums(given)
    if not (sizes > 1).any():
        raise AnnodeskError("No item has ratings by two people.", "Have some items labelled by two.")
    n_pairs, n_items, n_ratings = len(kept.person), weights.sum(), float((sizes * weights[:, 0]).sum())
    whose = tally(np.arange(n_pairs), kept.person, (n_pairs, n_people))
    which = tally(np.arange(n_pairs), kept.code, (n_pairs, n_labels))

    def counted(posterior: FloatArray) -> FloatArray:
        """How many items of each true label have each pair of a person and a label."""
        return np.asarray(given.T @ (weights * posterior))

    def rates(counts: FloatArray) -> FloatArray:
        counts = np.maximum(counts, _LEAST)
        return np.asarray(counts / np.asarray(whose.T @ counts)[kept.person])

    posterior = dense(given @ which) / sizes[:, None]
    priors = (weights * posterior).sum(axis=0) / n_items
    errors = rates(counted(posterior))
    before, done, converged = -np.inf, 0, False
    while done < iterations and not converged:
        done += 1
        likely = np.asarray(given @ np.log(errors)) + np.log(np.maximum(priors, _LEAST))
        likely -= likely.max(axis=1, keepdims=True)
        np.exp(likely, out=likely)
        posterior = likely / likely.sum(axis=1, keepdims=True)
        priors = (weights * posterior).sum(axis=0) / n_items
        counts = counted(posterior)
        errors = rates(counts)
        entropy = -(weights * posterior * np.log(np.maximum(posterior, 1e-300))).sum()
        # A label's share counts once for each rating here, as others count it: so iterations end where theirs do.
        rated = (weights[:, 0] * sizes) @ posterior
        expected = (counts * np.log(errors)).sum() + rated @ np.log(np.maximum(priors, _LEAST))
        now = (expected + entropy) / n_ratings
        converged = bool(now - before < tolerance)
        before = now
    return DawidSkene(
        np.concatenate([posterior, priors[None, :]])[kept.units.of_item],
        priors,
        *_confusion(counted(posterior), kept.person, kept.code, n_people),
        done,
        converged,
    )


def _confusion(counts: FloatArray, person: IntArray, code: IntArray, n_people: int) -> tuple[FloatArray, FloatArray]:
    """Confusion matrices, (person, true label, said label), and how many items of each true label they rest on."""
    n_labels = counts.shape[1]
    confusion = np.zeros((n_people, n_labels, n_labels))
    confusion[person, :, code] = counts
    seen = confusion.sum(axis=2)
    np.divide(confusion, seen[:, :, None], out=confusion, where=seen[:, :, None] > 0)
    return confusion, seen


def _dense_shares(units: Units) -> FloatArray:
    return np.asarray(dense(units.counts) / np.maximum(row_sums(units.counts), 1)[:, None])
