"""What is copied comes back as it was, and what strangers put on the clipboard does no harm."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.errors import EditError
from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.families import carried
from annodesk.model.schema import Label, LabelSchema, Tier, TierKind, TierRule
from annodesk.ui.timeline.clipping import clip, family_of, paste, rows, unclip
from tests.model.strategies import segments

WORD = Tier("word", labels=(Label("noun"), Label("verb")))
OTHER = Tier("other", labels=(Label("noun"),))
GLOSS = Tier("gloss", parent="word", rule=TierRule.SYMBOLIC_ASSOCIATION)
CLICK = Tier("click", kind=TierKind.POINT)
SCHEMA = LabelSchema(tiers=(WORD, OTHER, GLOSS, CLICK))
SET = AnnotationSet(
    "set",
    elements=[
        Segment("a", "word", 10, 20, ("noun",), text="dog"),
        Segment("b", "word", 30, 40, ("verb",)),
        Segment("g", "gloss", 10, 20, text="Hund", parent="a"),
        Segment("c", "click", 5, 5),
    ],
)


def plain(found: list[Segment]) -> list[tuple[str, int, int, tuple[str, ...], str]]:
    return [(s.tier, s.start_us, s.end_us, s.labels, s.text) for s in found]


@given(st.lists(segments(), min_size=1, max_size=6, unique_by=lambda s: s.id))
def test_a_record_reads_back_as_it_was_written(found: list[Segment]) -> None:
    kept = [s for s in found if s.start_us >= 0]
    if kept:
        again = unclip(clip(kept))
        assert plain(again) == plain(kept)
        assert [dict(s.attributes) for s in again] == [dict(s.attributes) for s in kept]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"format": 2, "segments": []}',
        b'{"format": 1, "segments": []}',
        b'{"format": 1, "segments": [3]}',
        b'{"format": 1, "segments": [{"kind": "segment", "id": "x"}]}',
        b'{"format": 1, "segments": [{"kind": "segment", "id": "x", "tier": "word", "start_us": -5, "end_us": 3}]}',
        b'{"format": 1, "segments": [{"kind": "segment", "id": "x", "tier": "word", "start_us": 9, "end_us": 3}]}',
        b'{"format": 1, "segments": [{"kind": "answer", "id": "x", "question": "q", "value": 1}]}',
        b"[" * 100_000,
        json.dumps({"format": 1, "segments": [{"kind": "segment"}] * 60_000}).encode(),
    ],
)
def test_what_is_no_record_of_ours_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(EditError, match="cannot be understood"):
        unclip(data)


def test_segments_are_pasted_at_the_playhead_with_what_depends_on_them() -> None:
    copied = unclip(clip(family_of(SET, ["a"])))
    found = paste(SCHEMA, SET, WORD, copied, 100)
    after = SET.with_changes(carried(SCHEMA, SET, found.draft).changes)
    assert plain(after.segments("word"))[-1] == ("word", 100, 110, ("noun",), "dog")
    gloss = after.segments("gloss")[-1]
    assert (gloss.text, gloss.start_us, gloss.parent) == ("Hund", 100, found.ids[0])
    assert after.segment("a") == SET.segment("a")


def test_segments_of_one_tier_are_pasted_on_another_without_labels_it_does_not_have() -> None:
    found = paste(SCHEMA, SET, OTHER, unclip(clip(family_of(SET, ["a", "b"]))), None)
    after = SET.with_changes(found.draft.changes)
    assert plain(after.segments("other")) == [("other", 10, 20, ("noun",), "dog"), ("other", 30, 40, (), "")]
    assert "Labels that are not on other were left out: verb." in found.note
    assert "1 have no tier here" in found.note


def test_what_has_no_room_is_refused() -> None:
    with pytest.raises(EditError, match="no room on word"):
        paste(SCHEMA, SET, WORD, unclip(clip(family_of(SET, ["a"]))), 35)


def test_points_do_not_become_stretches() -> None:
    with pytest.raises(EditError, match="Points do not fit on other"):
        paste(SCHEMA, SET, OTHER, [SET.segment("c")], 50)


def test_other_programs_get_a_table_of_one_line_each() -> None:
    odd = Segment("x", "word", 1_500_000, 2_000_001, ("noun", "verb"), text="two\nlines\tand a tab")
    assert rows([odd]).splitlines() == [
        "start\tend\ttier\tlabels\ttext",
        "1.500000\t2.000001\tword\tnoun|verb\ttwo lines and a tab",
    ]
