"""How people's segments fit each other over a project's items."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.services.fitting import SegmentMeasures
from tests.services.made import ALIKE, House

Make = Callable[..., House]
LATE = ((0, 10.2, "speech"), (10.2, 25.1, "music"), (25.1, 40, "speech"))


def measured(house: House, part: str, label: str | None = None) -> SegmentMeasures:
    found = house.services.quality.segment_measures(house.project_id, part)
    return next(one for one in found if one.label == label)


def test_before_two_people_have_submitted_the_same_item_the_reason_is_told(house: House) -> None:
    house.submit("Ada")
    house.round()
    found = measured(house, "content")
    assert (found.pairs, found.f1, found.kappa) == (0, None, None)
    assert "two people who worked independently" in found.reason
    assert house.services.quality.segment_measures(house.project_id, "policy") == ()


def test_overlap_boundaries_and_kappa_of_all_items_are_told_for_each_label(houses: Make) -> None:
    house = houses(items=2)
    for place in range(2):
        house.submit("Ada", ALIKE, task=place)
        house.submit("Ben", LATE if place else ALIKE, task=place)
    house.round()
    whole = measured(house, "content")
    assert (whole.pairs, whole.items, whole.f1, whole.boundary_f1) == (2, 2, 1.0, 1.0)
    assert whole.mean_iou is not None
    assert 0.97 < whole.mean_iou < 1
    assert (whole.boundary_median_ms, whole.boundary_p95_ms) == (0, pytest.approx(165))
    assert whole.kappa is not None
    assert 0.9 < whole.kappa < 1
    speech, advert = measured(house, "content", "speech"), measured(house, "content", "advert")
    assert speech.f1 == 1.0
    assert (advert.f1, advert.kappa, advert.reason) == (None, None, "nobody says advert")
    # The same is in the report that the page shows.
    report = house.services.quality.agreement(house.project_id, house.id_of("Cleo"))
    assert next(part for part in report.parts if part.part == "content").fits[0] == whole


def test_nobody_marked_anything_on_a_tier_of_moments_and_they_agree(houses: Make) -> None:
    house = houses(items=1)
    house.submit("Ada", ALIKE)
    house.submit("Ben", ALIKE)
    house.round()
    moments = measured(house, "events")
    assert (moments.f1, moments.kappa, moments.boundary_median_ms) == (1.0, None, None)
    assert moments.kappa_reason == "moments have no length"
