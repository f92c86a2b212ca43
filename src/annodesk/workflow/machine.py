"""The machine rule: when the model's answer to an item stands without a person, and when people get it all the same."""

from __future__ import annotations

from collections.abc import Container, Iterable
from enum import StrEnum
from typing import Any

from annodesk.workflow.sampling import is_drawn

LEAST_AUDITED = 0.02
"""Of what would stand without a person at least this share goes to people, whatever a project says."""


class Verdict(StrEnum):
    """What becomes of an item that the model has answered."""

    STANDS = "stands"
    AUDIT = "audit"
    PEOPLE = "people"


def machine_audit_share(audit_share: float) -> float:
    """The share of what would stand without a person that goes to people all the same."""
    return max(LEAST_AUDITED, audit_share)


def judge_alone(
    labels: Iterable[tuple[Any, float]],
    *,
    above: float,
    may: Container[Any],
    audit_share: float,
    seed: str,
    item_id: str,
) -> Verdict:
    """Whether an item's answer by the model stands without a person.

    Parameters
    ----------
    labels : what kind of label each is, and its probability
    above : the probability that each must reach
    may : the kinds that may stand alone
    audit_share : as ``machine_audit_share`` gives it; drawn by lot from the seed and the item, which those who
        are audited must not both know
    """
    given = list(labels)
    if not given or not all(kind in may and probability >= above for kind, probability in given):
        return Verdict.PEOPLE
    return Verdict.AUDIT if is_drawn(audit_share, seed, "machine audit", item_id) else Verdict.STANDS
