"""How pieces of independent sides fit each other, kept without who made them."""

from __future__ import annotations

import json

import pytest

from annodesk.model.annotations import AnnotationSet, Segment, Span
from annodesk.model.ids import new_id
from annodesk.model.schema import Label, SpanType, Tier, TierKind
from annodesk.quality.fits import ALL, fits_of, from_json, to_json

TIER = Tier("content", labels=(Label("speech"), Label("music")))
MOMENTS = Tier("events", kind=TierKind.POINT, labels=(Label("laugh"),))
SPAN = SpanType("entity", labels=(Label("artist"),))
S = 1_000_000


def said(*stretches: tuple[float, float, str], tier: str = "content") -> AnnotationSet:
    marks = [Segment(new_id(), tier, round(a * S), round(b * S), (label,)) for a, b, label in stretches]
    return AnnotationSet(new_id(), elements=marks)


def test_pairs_add_up_and_come_back_as_they_were_kept() -> None:
    sides = [said((0, 10, "speech"), (10, 20, "music")), said((0, 10.1234567, "speech")), said((0, 10, "speech"))]
    found = fits_of(TIER, sides, [(0, 1), (0, 2)], frozenset)
    assert (found[ALL].n_a, found[ALL].n_b, found[ALL].matched, found["music"].n_a) == (4, 2, 2, 2)
    assert sorted(found[ALL].off_us) == [0, 0, 0, 123_457]
    kept = from_json(json.loads(json.dumps(to_json(found))))
    assert kept["speech"].iou == pytest.approx(found["speech"].iou, abs=1e-6)
    assert (kept[ALL].off_us, kept[ALL].edges) == ([0, 0, 0, 123_000], found[ALL].edges)


def test_labels_are_kept_as_they_may_be() -> None:
    sides = [said((0, 10, "my own words")), said((0, 10, "other words"))]
    found = fits_of(TIER, sides, [(0, 1)], lambda labels: frozenset({"another label"}))
    assert set(found) == {ALL, "another label"}
    assert "words" not in json.dumps(to_json(found))


def test_moments_and_spans_are_paired_in_their_own_way() -> None:
    a, b = said((1, 1, "laugh"), tier="events"), said((1.04, 1.04, "laugh"), tier="events")
    moments = fits_of(MOMENTS, [a, b], [(0, 1)], frozenset)[ALL]
    assert (moments.matched, moments.edges, moments.off_us) == (1, 0, [40_000])
    texts = [AnnotationSet(new_id(), elements=[Span(new_id(), "t", "entity", 0, n, ("artist",))]) for n in (5, 6)]
    spans = fits_of(SPAN, texts, [(0, 1)], frozenset)[ALL]
    assert (spans.matched, spans.same, spans.near, spans.edges) == (1, 0, 1, 0)


@pytest.mark.parametrize("body", [{"": {}}, {"": {"n": [1], "iou": 0, "off_ms": []}}, {"": 3}])
def test_what_is_no_fit_is_refused(body: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_json(body)
