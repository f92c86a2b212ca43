"""How strongly the sides of an item differ at a place: by the kind of difference, and by how many pairs of them do."""

from __future__ import annotations

from annodesk.quality.disagreements import WEIGHTS, Disagreement
from annodesk.quality.outcomes import distribution


def strength(disagreement: Disagreement) -> float:
    """From 0 to 1: the weight of the kind of difference, times the share of the pairs of sides that differ there."""
    votes = [one.votes for one in distribution(disagreement)]
    sides = sum(votes)
    if sides < 2:
        return WEIGHTS[disagreement.kind]
    alike = sum(n * (n - 1) for n in votes)
    return WEIGHTS[disagreement.kind] * (1 - alike / (sides * (sides - 1)))
