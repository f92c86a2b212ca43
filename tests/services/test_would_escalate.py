"""What a threshold would have sent to review, from the scores of a file."""

from __future__ import annotations

import pytest

from annodesk.services.decisions import take
from tests.services.made import ALIKE, OTHER, House


@pytest.fixture
def scored(houses) -> House:
    """Four items: two agreed upon, two not."""
    house = houses(items=4)
    for task in range(4):
        house.submit("Ada", ALIKE, task=task, quality=3)
        house.submit("Ben", OTHER if task < 2 else ALIKE, task=task, quality=4 if task == 3 else 3)
    house.round()
    return house


def test_of_all_parts_the_lowest_decides(scored: House) -> None:
    found = scored.services.quality.would_escalate(scored.project_id, (0.1, 0.5, 0.8, 1.0))
    assert [(one.items, one.below) for one in found] == [(4, 0), (4, 2), (4, 3), (4, 3)]
    assert [one.share for one in found] == [0.0, 0.5, 0.75, 0.75]
    assert all(one.low <= one.share <= one.high for one in found)  # type: ignore[operator]
    assert found[0].hours_a_week is None, "nobody has reviewed anything yet"


def test_of_one_part_or_label_it_alone_decides(scored: House) -> None:
    quality = scored.services.quality
    (rating,) = quality.would_escalate(scored.project_id, (0.8,), part="quality")
    assert (rating.items, rating.below) == (4, 1)
    (music,) = quality.would_escalate(scored.project_id, (0.8,), part="content", label="music")
    assert (music.items, music.below) == (4, 2)
    (advert,) = quality.would_escalate(scored.project_id, (0.8,), part="content", label="advert")
    assert (advert.items, advert.below) == (2, 2)


def test_hours_come_from_the_reviews_so_far(scored: House) -> None:
    work = scored.review()
    for one in work.disagreements:
        scored.clock.hours(0.01)
        scored.do(work, take(work, one, "A"))
    scored.services.review.settle(work.session.annotations)
    (found,) = scored.services.quality.would_escalate(scored.project_id, (0.7,))
    spent_h = 0.01 * len(work.disagreements)
    assert found.below == 2
    assert found.hours_a_week == pytest.approx(2 * spent_h, rel=0.01)


def test_where_nothing_is_scored_it_says_so(house: House) -> None:
    (found,) = house.services.quality.would_escalate(house.project_id, (0.7,))
    assert (found.items, found.share) == (0, None)
