"""Finding segments by what they say: words, label, text, comment, tier, attributes, duration and probability."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.errors import AnnodeskError

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet, Segment
    from annodesk.model.work import Comment

HELP = (
    "word  label:speech  text:door  comment:?  tier:content  >2s  <500ms  p<0.8  has:comment  no:label  "
    "speaker:ann  pitch>440  -word"
)
"""What may be written, by example."""

_TERM = re.compile(r'(-?)((?:[^\s"]*?)"[^"]*"?|\S+)')
_LENGTH = re.compile(r"(<=|>=|<|>|=)(\d{1,9}(?:[.,]\d{1,6})?)(ms|s|min)?", re.IGNORECASE)
_PROBABILITY = re.compile(r"p(<=|>=|<|>|=)(\d{1,3}(?:[.,]\d{1,6})?)(%?)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s<>=:]+)(<=|>=|<|>|=)(-?\d{1,15}(?:[.,]\d{1,6})?)")
_PER_UNIT_US = {"": 1_000_000, "s": 1_000_000, "ms": 1000, "min": 60_000_000}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
}


class SearchError(AnnodeskError):
    """A search that cannot be read."""


class Found(Struct, frozen=True):
    """What is looked at: a segment, and the comments on it or within its time."""

    segment: Segment
    comments: tuple[str, ...] = ()


Test = Callable[[Found], bool]


class Search(Struct, frozen=True):
    """A search that has been read; it finds what passes every one of its tests."""

    tests: tuple[Test, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tests)

    def matches(self, found: Found) -> bool:
        """Whether this is among what is looked for."""
        return all(test(found) for test in self.tests)

    def find(self, annotations: AnnotationSet, tiers: Sequence[str], comments: Iterable[Comment] = ()) -> list[Segment]:
        """The segments on these tiers that match, in the order of time, then of tiers."""
        said = CommentsAt.of(comments)
        place = {tier: number for number, tier in enumerate(tiers)}
        found = [
            segment
            for tier in tiers
            for segment in annotations.segments(tier)
            if self.matches(Found(segment, said.about(segment)))
        ]
        return sorted(found, key=lambda s: (s.start_us, place[s.tier], s.end_us, s.id))


class CommentsAt(Struct, frozen=True):
    """Comments by the segment they are on, and those that are only at a time, in order."""

    by_element: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_time: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, comments: Iterable[Comment]) -> CommentsAt:
        """Sort comments by what they are about."""
        by_element: dict[str, tuple[str, ...]] = {}
        by_time = []
        for comment in comments:
            if comment.element_id:
                by_element[comment.element_id] = (*by_element.get(comment.element_id, ()), comment.text)
            elif comment.time_us is not None:
                by_time.append((comment.time_us, comment.text))
        return cls(by_element, tuple(sorted(by_time)))

    def about(self, segment: Segment) -> tuple[str, ...]:
        """What is said about a segment."""
        first = bisect_left(self.by_time, segment.start_us, key=lambda said: said[0])
        last = bisect_left(self.by_time, max(segment.end_us, segment.start_us + 1), key=lambda said: said[0])
        return (*self.by_element.get(segment.id, ()), *(text for _, text in self.by_time[first:last]))


def parse_search(text: str) -> Search:
    """Read a search; SearchError names the term that makes no sense. An empty one finds everything."""
    return Search(tuple(_test(minus == "-", term) for minus, term in _TERM.findall(text)))


def _test(is_not: bool, term: str) -> Test:
    test = _positive(term)
    return (lambda found: not test(found)) if is_not else test


def _positive(term: str) -> Test:
    if found := _LENGTH.fullmatch(term):
        compare, most = _COMPARE[found[1]], _number(found[2]) * _PER_UNIT_US[(found[3] or "").lower()]
        return lambda f: compare(f.segment.end_us - f.segment.start_us, most)
    if found := _PROBABILITY.fullmatch(term):
        compare, limit = _COMPARE[found[1]], _number(found[2]) / (100 if found[3] else 1)
        return lambda f: (
            f.segment.origin.suggestion is not None and compare(f.segment.origin.suggestion.probability, limit)
        )
    name, colon, rest = term.partition(":")
    if colon and name.lower() in _FIELDS:
        words = _folded(rest.strip('"'))
        return _FIELDS[name.lower()](words)
    if colon and name.lower() in ("has", "no"):
        what = rest.lower().rstrip("s")
        if what not in _HAS:
            raise SearchError(f"There is no {term!r}.", f"{name}: is followed by {', '.join(_HAS)}.")
        has = _HAS[what]
        return has if name.lower() == "has" else lambda f: not has(f)
    if found := _ATTRIBUTE.fullmatch(term):
        return _compared(_folded(found[1]), _COMPARE[found[2]], _number(found[3]))
    if colon and name and '"' not in name:
        return _worded(_folded(name), _folded(rest.strip('"')), _folded(term.strip('"')))
    if term[0] in "<>=" or re.match(r"p[<>=]", term, re.IGNORECASE):
        raise SearchError(f"{term!r} compares with no number.", "Write for example >2s, <500ms or p<0.8.")
    words = _folded(term.strip('"'))
    return lambda f: any(words in _folded(said) for said in _everything(f))


def _everything(found: Found) -> Iterable[str]:
    segment = found.segment
    return (*segment.labels, segment.text, *found.comments, *(str(value) for value in segment.attributes.values()))


def _worded(name: str, words: str, term: str) -> Test:
    """Whether an attribute of that name holds the words; or, as a colon may stand anywhere, a text the whole term."""

    def test(found: Found) -> bool:
        values = (str(value) for key, value in found.segment.attributes.items() if _folded(key) == name)
        return any(words in _folded(value) for value in values) or any(term in _folded(s) for s in _everything(found))

    return test


def _compared(name: str, compare: Callable[[float, float], bool], limit: float) -> Test:
    """Whether an attribute of that name is a number that compares so."""

    def test(found: Found) -> bool:
        values = (value for key, value in found.segment.attributes.items() if _folded(key) == name)
        return any(isinstance(value, int | float) and compare(value, limit) for value in values)

    return test


_FIELDS: dict[str, Callable[[str], Test]] = {
    "label": lambda words: lambda f: any(words in _folded(label) for label in f.segment.labels),
    "text": lambda words: lambda f: words in _folded(f.segment.text),
    "tier": lambda words: lambda f: words in _folded(f.segment.tier),
    "comment": lambda words: lambda f: any(words in _folded(said) for said in f.comments),
}
_HAS: dict[str, Test] = {
    "comment": lambda f: bool(f.comments),
    "label": lambda f: bool(f.segment.labels),
    "text": lambda f: bool(f.segment.text.strip()),
    "band": lambda f: f.segment.low_hz is not None,
    "suggestion": lambda f: f.segment.origin.suggestion is not None,
}


def _folded(text: str) -> str:
    """Without case and accents, as people look for words."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _number(text: str) -> float:
    return float(text.replace(",", "."))
