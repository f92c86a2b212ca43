"""Whether labels that stand without a person are still as good as was promised, by what people found who audited some.

It is looked at after every audit, so an ordinary test would sooner or later cry wolf. The evidence against the promise
is a Shiryaev-Roberts sum: for every audit that the fall may have begun with, how much likelier a worse share makes what
has come since (each worse share as likely as any other). While the promise holds it reaches ``FALSE_ALARM_EVERY`` once
in so many audits at the most (Shin, Ramdas and Rinaldo 2023, E-detectors).
That holds of audits that each tell something of their own, so one label of each item is looked at.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from annodesk.quality.price import Answers

FALSE_ALARM_EVERY = 400
"""While the promise holds, one false alarm in so many audits at the most."""

_MOST_AUDITS = 5_000
_SMALLEST = 1e-300


class Fall(Struct, frozen=True):
    """Audits have fallen under the promise: since which of them, and how many of those were right."""

    first: int
    audits: int
    right: int


def audits_of(found: Answers, above: float, since_us: int) -> list[tuple[int, bool]]:
    """The audits of a label in their order: when each was drawn, and whether what it found was right.

    What is right or wrong in one item is so together: a recording of twenty wrong segments is one audit. One of its
    labels speaks for it, drawn by lot and always the same one.

    Parameters
    ----------
    above : what is less probable does not stand and is not audited
    since_us : audits drawn before do not count
    """
    by_item: dict[float, list[tuple[int, bool]]] = {}
    for item, drawn_us, probability, wrong in zip(
        found.item, found.drawn_us, found.probability, found.wrong, strict=True
    ):
        if drawn_us >= since_us and probability >= above:
            by_item.setdefault(item, []).append((int(drawn_us), not wrong))
    drawn = [rows[random.Random(rows[0][0]).randrange(len(rows))] for rows in by_item.values()]
    return sorted(drawn, key=lambda one: one[0])


def find_fall(right: Sequence[bool], promise: float, *, every: int = FALSE_ALARM_EVERY) -> Fall | None:
    """Whether the last audits have fallen under a promise.

    Parameters
    ----------
    right : what the audits found, in their order
    promise : the share that was to be right at the least, 0 to 1
    """
    from scipy.special import betaincc, betaln

    begin = max(0, len(right) - _MOST_AUDITS)
    wrong = ~np.asarray(right[begin:], dtype=bool)
    if not len(wrong) or promise <= 0:
        return None
    error = min(max(1 - promise, 1e-6), 1 - 1e-6)
    # Of each audit and all after it: how many, and how many wrong.
    n = np.arange(len(wrong), 0, -1, dtype=np.float64)
    bad = np.cumsum(wrong[::-1])[::-1].astype(np.float64)
    worse = betaln(bad + 1, n - bad + 1) + np.log(np.maximum(betaincc(bad + 1, n - bad + 1, error), _SMALLEST))
    promised = bad * np.log(error) + (n - bad) * np.log1p(-error)
    evidence = worse - np.log1p(-error) - promised
    top = float(evidence.max())
    if top + np.log(np.exp(evidence - top).sum()) < np.log(every):
        return None
    first = int(np.argmax(evidence))
    return Fall(begin + first, int(n[first]), int(n[first] - bad[first]))
