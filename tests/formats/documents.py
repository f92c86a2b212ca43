"""Hypothesis strategies for Documents, and the law that every format keeps."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st
from msgspec.structs import replace

from annodesk.formats import Document, Format, TierInfo, same
from annodesk.formats.xmltree import is_text
from annodesk.model.annotations import (
    Answer,
    Element,
    Origin,
    OriginKind,
    Relation,
    Segment,
    Span,
    Suggestion,
    UnknownElement,
)
from annodesk.model.schema import TierKind, TierRule

TEXTS = st.one_of(
    st.sampled_from(
        ["speech", "music", 'say "IntervalTier"', "item [2]:", "a|b", "<exists>", "1.5", " ", "a\tb", "x\ny"]
    ),
    st.text(max_size=12),
)
NAMES = st.one_of(
    st.sampled_from(
        ["content", "words", "", "a b", 'q"t'],
    ),
    st.text(max_size=6),
)
TIMES = st.one_of(
    st.integers(0, 20).map(lambda n: n * 500_000),
    st.integers(0, 20_000).map(lambda n: n * 1000),
    st.integers(-2, 2**53),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
ORIGINS = st.sampled_from(
    [Origin()] * 6
    + [
        Origin(OriginKind.IMPORT),
        Origin(OriginKind.BULK, "x1"),
        Origin(
            OriginKind.SUGGESTION, "m1", Suggestion(0.93, "ab" * 32, "tiny", "p1", 7, "0.3", 0.01, (("speech", 0.93),))
        ),
    ]
)
HERTZ = st.none() | st.none() | st.none() | st.floats(0, 30_000) | st.floats()


@st.composite
def segments(draw: st.DrawFn, tiers: list[TierInfo], ids: list[str], plain: bool) -> Segment:
    start = draw(TIMES)
    length = draw(st.sampled_from([0, 1, 1000, 250_000, 1_000_000, -5]))
    odd = (lambda strategy, usual: st.just(usual)) if plain else (lambda strategy, usual: strategy)
    return Segment(
        draw(st.sampled_from(ids)) if not plain else f"e{draw(st.integers(0, 10**9))}",
        draw(st.sampled_from([tier.name for tier in tiers])) if tiers else draw(NAMES),
        start,
        start + length,
        tuple(draw(st.lists(TEXTS, max_size=1 if plain else 3))),
        draw(st.just("") | TEXTS),
        draw(odd(st.dictionaries(st.sampled_from(["elan.CVE_REF", "note", "x"]), JSON, max_size=2), {})),
        draw(odd(st.none() | st.sampled_from(ids), None)),
        draw(odd(st.none() | st.integers(0, 3), None)),
        draw(odd(HERTZ, None)),
        draw(odd(HERTZ, None)),
        draw(odd(ORIGINS, Origin())),
    )


def _others(ids: list[str]) -> st.SearchStrategy[Element]:
    one = st.sampled_from(ids)
    return st.one_of(
        st.builds(Span, one, st.just("text"), NAMES, st.integers(0, 5), st.integers(5, 9), st.tuples(TEXTS)),
        st.builds(Answer, one, NAMES, st.one_of(TEXTS, st.integers(1, 5), st.lists(TEXTS).map(tuple)), one),
        st.builds(Relation, one, NAMES, one, one),
        st.builds(lambda i, v: UnknownElement(i, {"kind": "polygon", "points": v}), one, JSON),
    )


@st.composite
def documents(draw: st.DrawFn, *, plain: bool = False) -> Document:
    """Any document; with ``plain`` one of segments alone, so that most formats hold most of it."""
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    tiers: list[TierInfo] = []
    for name in names:
        kind = draw(st.sampled_from([TierKind.INTERVAL, TierKind.INTERVAL, TierKind.POINT]))
        parent = draw(st.sampled_from([None, *[t.name for t in tiers]]))
        rule = draw(st.sampled_from(list(TierRule))) if parent is not None else TierRule.NONE
        tiers.append(TierInfo(name, kind) if plain else TierInfo(name, kind, parent, rule))
    ids = [f"a{n}" for n in range(1, 6)] + ["0192-x", "é"]
    found: list[Element] = draw(st.lists(segments(tiers, ids, plain), max_size=6))
    if not plain:
        found += draw(st.lists(_others(ids), max_size=2))
    if plain:
        return Document(tuple(found), tuple(tiers), duration_us=draw(st.none() | TIMES.filter(lambda t: t >= 0)))
    return Document(
        tuple(found),
        tuple(tiers),
        media=draw(st.none() | TEXTS),
        author=draw(st.none() | TEXTS),
        duration_us=draw(st.none() | TIMES.filter(lambda t: t >= 0)),
        metadata=draw(st.just({}) | st.dictionaries(st.text(max_size=3), JSON, max_size=1)),
        extras=draw(
            st.sampled_from([{}, {"textgrid": {"start_us": 5}}, {"elan": {"tiers": {}}}, {"elan": 5}, {"x": 1}])
        ),
    )


@st.composite
def trees(draw: st.DrawFn) -> Document:
    """A document with child tiers whose segments lie in their parents, at whole milliseconds."""
    rule = draw(st.sampled_from([r for r in TierRule if r is not TierRule.NONE]))
    found: list[Segment] = []
    place = 0
    for n in range(draw(st.integers(0, 3))):
        start = place + draw(st.integers(0, 3)) * 1000
        place = start + draw(st.integers(4, 9)) * 1000
        parent = Segment(f"a{10 * n + 1}", "top", start, place, text=draw(TEXTS))
        found.append(parent)
        children = draw(st.integers(0, 1 if rule is TierRule.SYMBOLIC_ASSOCIATION else 3))
        for child in range(children):
            length = place - start
            begin, end = start + length * child // children, start + length * (child + 1) // children
            if rule is TierRule.SYMBOLIC_ASSOCIATION:
                begin, end = start, place
            elif rule is not TierRule.SYMBOLIC_SUBDIVISION:
                begin, end = begin // 1000 * 1000, end // 1000 * 1000
            found.append(Segment(f"a{10 * n + 2 + child}", "child", begin, end, text=draw(TEXTS), parent=parent.id))
    return Document(tuple(found), (TierInfo("top"), TierInfo("child", parent="top", rule=rule)))


def law_holds(known: Format, document: Document, folder: Path) -> list[str]:
    """Writes and reads a document; where no loss is named it must be the same. Gives the losses."""
    path = folder / f"law{known.extensions[0]}"
    lost = known.losses([document])
    known.write(document, path)
    again = known.read(path)
    assert again.skipped == ()
    if not lost:
        assert same(again.document, document, labels=known.holds_labels)
    return lost


WORDS = st.one_of(
    st.sampled_from(["speech", 'say "IntervalTier"', "item [2]:", "<exists> ! 1.5", " a ", "=1+1", "a;b,c", "\\x"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=8),
)


@st.composite
def fitting(draw: st.DrawFn, name: str) -> Document:
    """A document that the format of that name holds whole."""
    tiers = [""] if name == "audacity" else draw(st.lists(WORDS.filter(bool), min_size=1, max_size=3, unique=True))
    step = 1000 if name == "elan" else 1
    found: list[Segment] = []
    latest = 0
    for tier in tiers:
        place = 0
        for _ in range(draw(st.integers(1, 3))):
            start = place + draw(st.integers(0, 3_000_000)) * step
            place = start + draw(st.integers(1, 3_000_000)) * step
            segment = Segment(f"a{len(found) + 1}", tier, start, place, text=draw(WORDS))
            found.append(_dressed(draw, segment, name))
        latest = max(latest, place)
    infos = tuple(TierInfo(tier) for tier in tiers)
    if name == "textgrid":
        return Document(tuple(found), infos, duration_us=latest + draw(st.integers(0, 10**9)))
    author = draw(st.none() | WORDS.filter(bool)) if name in ("elan", "csv") else None
    return Document(tuple(found), infos, draw(st.none() | WORDS) if name == "elan" else None, author)


def _dressed(draw: st.DrawFn, segment: Segment, name: str) -> Segment:
    """The segment with a value in each place that the format has."""
    band = st.none() | st.floats(0, 30_000)
    if name == "textgrid":
        return replace(segment, text=segment.text if segment.text.strip() else "x")
    if name == "elan":
        return replace(segment, attributes=draw(st.dictionaries(st.just("elan.CVE_REF"), WORDS)))
    if name == "audacity":
        return replace(segment, low_hz=draw(band), high_hz=draw(band))
    finite = st.recursive(
        st.none() | st.booleans() | st.integers() | WORDS, lambda inner: st.lists(inner, max_size=2), max_leaves=3
    )
    return replace(
        segment,
        labels=tuple(draw(st.lists(TEXTS.filter(is_text), max_size=3))),
        attributes=draw(st.dictionaries(WORDS, finite, max_size=2)),
        parent=draw(st.none() | st.just("a1")),
        channel=draw(st.none() | st.integers(0, 3)),
        low_hz=draw(band),
        high_hz=draw(band),
    )
