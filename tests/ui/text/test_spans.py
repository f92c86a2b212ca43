"""Keys, levels and drafts of spans."""

from __future__ import annotations

import pytest

from annodesk.errors import EditError
from annodesk.model.annotations import AnnotationSet, Span
from annodesk.ui.text.spans import SpanLayout, add_span, choices, relabel_span
from tests.ui.text.conftest import SCHEMA, span_of


def span(id: str, start: int, end: int) -> Span:
    return Span(id, "t", "claim", start, end)


def test_labels_without_a_key_get_the_next_free_one_and_a_projects_own_key_stays():
    assert [(c.title, c.key) for c in choices(SCHEMA.span_types)] == [
        ("person", "1"),
        ("organisation", "2"),
        ("place", "P"),
        ("claim", "3"),
        ("section", "4"),
    ]


def test_overlapping_spans_stand_at_levels_where_none_meets_another():
    layout = SpanLayout([span("a", 0, 10), span("b", 2, 4), span("c", 3, 8), span("d", 10, 12), span("e", 4, 5)])
    assert {p.span.id: p.level for p in layout.placed} == {"a": 0, "b": 1, "c": 2, "e": 1, "d": 0}
    assert layout.levels == 3


def test_spans_over_a_stretch_are_found_even_when_a_long_one_began_far_before():
    layout = SpanLayout([span("long", 0, 1000), *(span(f"s{n}", n * 10, n * 10 + 5) for n in range(90))])
    assert [p.span.id for p in layout.between(501, 503)] == ["long", "s50"]
    assert [s.id for s in layout.at(502)] == ["s50", "long"]


def test_marking_the_same_words_the_same_way_twice_changes_nothing():
    there = span_of("Ada Lovelace")
    choice = choices(SCHEMA.span_types)[0]
    span_type = SCHEMA.span_type("entity")
    draft = add_span(
        AnnotationSet("s", elements=[there]), "text-1", choice, there.start, there.end, span_type=span_type
    )
    assert not draft


def test_a_type_that_forbids_overlap_refuses_it_in_a_sentence():
    there = span_of("Royal Society", type="section", label="")
    choice = choices(SCHEMA.span_types)[-1]
    with pytest.raises(EditError, match="Two stretches of section may not overlap"):
        add_span(
            AnnotationSet("s", elements=[there]),
            "text-1",
            choice,
            there.start + 3,
            there.end + 5,
            span_type=SCHEMA.span_type("section"),
        )


def test_relabelling_changes_type_and_label_and_nothing_else():
    there = span_of("London")
    (change,) = relabel_span(AnnotationSet("s", elements=[there]), "one", choices(SCHEMA.span_types)[3]).changes
    assert (change.after.type, change.after.labels) == ("claim", ())
    assert (change.after.start, change.after.end, change.after.id) == (there.start, there.end, "one")
