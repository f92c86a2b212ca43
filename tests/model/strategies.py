"""Random elements and sets that a project could hold."""

from __future__ import annotations

from hypothesis import strategies as st

from annodesk.model.annotations import (
    BY_PERSON,
    CHECKED_NONE,
    ITEM,
    NOT_SURE,
    AnnotationSet,
    Answer,
    Element,
    Origin,
    OriginKind,
    Relation,
    Segment,
    Span,
    Suggestion,
    UnknownElement,
    answer_id,
)

IDS = st.text("abcdefgh", min_size=1, max_size=4)
LABELS = st.lists(st.sampled_from(["speech", "música", "advert"]), max_size=3, unique=True).map(tuple)
TEXTS = st.text(max_size=6)
HERTZ = st.none() | st.floats(0, 24_000)
JSON = st.dictionaries(IDS, st.none() | st.booleans() | st.integers() | TEXTS | st.lists(st.integers(), max_size=3))
SUGGESTIONS = st.builds(
    Suggestion,
    st.floats(0, 1),
    TEXTS,
    TEXTS,
    TEXTS,
    st.integers(0, 2**32),
    TEXTS,
    st.floats(0, 1),
    st.lists(st.tuples(IDS, st.floats(0, 1)), max_size=3).map(tuple),
)
ORIGINS = st.just(BY_PERSON) | st.builds(Origin, st.sampled_from(OriginKind), st.none() | IDS, st.none() | SUGGESTIONS)


@st.composite
def segments(draw: st.DrawFn, tiers: tuple[str, ...] = ("content", "events")) -> Segment:
    start_us = draw(st.integers(-20, 100))
    return Segment(
        draw(IDS),
        draw(st.sampled_from(tiers)),
        start_us,
        start_us + draw(st.integers(0, 40)),
        draw(LABELS),
        draw(TEXTS),
        draw(JSON),
        draw(st.none() | IDS),
        draw(st.none() | st.integers(0, 7)),
        draw(HERTZ),
        draw(HERTZ),
        draw(ORIGINS),
    )


SPANS = st.builds(Span, IDS, IDS, IDS, st.integers(0, 99), st.integers(0, 99), LABELS, JSON, ORIGINS)
VALUES = st.sampled_from(["speech", NOT_SURE, CHECKED_NONE, "", 3, 2.5, (), ("speech", "music")])
ANSWERS = st.builds(
    lambda q, target, value, origin: Answer(answer_id(q, target), q, value, target, origin),
    IDS,
    st.just(ITEM) | IDS,
    VALUES,
    ORIGINS,
)
RELATIONS = st.builds(Relation, IDS, IDS, IDS, IDS, LABELS, JSON, ORIGINS)
UNKNOWN = st.builds(
    lambda i, body: UnknownElement(i, {**body, "kind": "polygon"}),
    IDS,
    JSON.map(lambda b: {f"x{k}": v for k, v in b.items()}),
)
ELEMENTS: st.SearchStrategy[Element] = segments() | SPANS | ANSWERS | RELATIONS | UNKNOWN
SETS = st.lists(ELEMENTS, max_size=8, unique_by=lambda e: e.id).map(lambda found: AnnotationSet("set", elements=found))
