"""How well a model ranks: the labels of each item by their probabilities, or items by what it says on a scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.quality.draws import Draws, Measure
from annodesk.quality.rankings import average_precision, ndcg

if TYPE_CHECKING:
    from annodesk.quality.bootstrap import FloatArray
    from annodesk.quality.predicted import Counted

AT = 10
NO_PROBABILITIES = "Nothing is ranked: the file tells no probabilities of several labels."
NO_NUMBERS = "Nothing is ranked: the file tells no numbers of two items that are rated."
NOTHING_RELEVANT = "Nothing of what was ranked is relevant."


class Ranking(Struct, frozen=True):
    """NDCG and mean average precision over ``n`` rankings; ``of`` says of what: "labels", or "items".

    Of items what is rated above the middle of the scale is relevant; only the first ``AT`` count for NDCG.
    """

    of: str
    n: int
    ndcg: Measure
    map: Measure


def rank_labels(rows: Sequence[Counted | None], weight: FloatArray, draws: Draws) -> Ranking:
    """The labels of each item, ranked by their probabilities."""
    has = np.array([one is not None and one.ndcg is not None for one in rows], dtype=np.float64) * weight
    gain = np.array([one.ndcg or 0.0 if one is not None else 0.0 for one in rows]) * weight
    precision = np.array([one.precision or 0.0 if one is not None else 0.0 for one in rows]) * weight
    told = [draws.ratio(column, has).told(NO_PROBABILITIES) for column in (gain, precision)]
    return Ranking("labels", int(np.count_nonzero(has)), *told)


def rank_items(
    rows: Sequence[Counted | None],
    groups: Sequence[object],
    weight: FloatArray,
    scale: tuple[int, int],
    field: str | None,
    rng: np.random.Generator,
) -> Ranking:
    """Items of each group ranked against each other by what is said of them on a scale.

    Parameters
    ----------
    groups : what each item is ranked within, such as a query; of None where all are one ranking
    weight : of each item; a group is as heavy as its items are on the mean
    """
    members: dict[str, list[int]] = {}
    for place, (one, group) in enumerate(zip(rows, groups, strict=True)):
        if (
            one is not None
            and one.number is not None
            and one.scale is not None
            and (field is None or group is not None)
        ):
            members.setdefault(str(group), []).append(place)
    ranked = []
    for places in members.values():
        counted = [one for place in places if (one := rows[place]) is not None]
        rated = np.array([one.scale for one in counted], dtype=np.float64)
        numbers = [one.number or 0.0 for one in counted]
        gain = ndcg(2.0 ** np.maximum(0.0, rated - scale[0]) - 1, numbers, AT)
        precision = average_precision((rated > sum(scale) / 2).astype(np.float64), numbers)
        if len(places) > 1:
            ranked.append((gain, precision, float(weight[places].mean())))
    draws = Draws(len(ranked), rng)
    told = []
    for which in (0, 1):
        has = np.array([row[2] if row[which] is not None else 0.0 for row in ranked])
        found = np.array([(row[which] or 0.0) * row[2] for row in ranked])
        told.append(draws.ratio(found, has).told(NOTHING_RELEVANT if ranked else NO_NUMBERS))
    return Ranking("items", len(ranked), *told)
