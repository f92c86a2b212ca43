"""Guidelines of any length for a prompt of a given one: the passages that are about the question come first."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.prelabel.prompts import one_line

if TYPE_CHECKING:
    from annodesk.prelabel.asked import Asked

LONGEST_PASSAGE = 700
MOST_READ = 1_000_000
"""Signs of the guidelines that are looked through; what stands behind them is not told, which is said."""

_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
_PICTURE = re.compile(r"!\[[^\]\n]{0,200}+\]\([^)\n]{0,500}+\)")
_LINK = re.compile(r"\[([^\]\n]{0,200}+)\]\([^)\n]{0,500}+\)")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
_WORD = re.compile(r"\w+")
_HEADED = 2.0
"""A word in a heading says more of what a passage is about than one inside it."""


class Passages(Struct, frozen=True):
    """What was taken of the guidelines, in their order, and whether something was left out."""

    text: str
    is_whole: bool


class _Passage(Struct, frozen=True):
    place: int
    headings: tuple[str, ...]
    text: str

    def shown(self, before: tuple[str, ...]) -> str:
        """The passage under the headings that the one before it did not stand under."""
        fresh = [h for k, h in enumerate(self.headings) if before[k : k + 1] != (h,)]
        return "\n".join([*fresh, self.text] if self.text else fresh)


def choose_passages(guidelines: str, asked: Asked, most: int) -> Passages:
    """The passages that say most about a question and its labels, at most so many signs, in the guidelines' order.

    Short guidelines are told whole. A passage counts by the words it shares with the question, its labels and their
    descriptions, rare ones more; those of equal worth from the beginning on.
    """
    passages = _cut(guidelines[:MOST_READ])
    whole = _joined(passages)
    if len(whole) <= most and len(guidelines) <= MOST_READ:
        return Passages(whole, is_whole=True)
    wanted = _wanted(asked)
    spread = Counter(word for passage in passages for word in set(_words(_all(passage))))
    rarity = {word: math.log(1 + len(passages) / count) for word, count in spread.items()}

    def worth(passage: _Passage) -> float:
        inside = sum(rarity[word] * wanted[word] for word in set(_words(passage.text)) if word in wanted)
        headed = sum(rarity[word] * wanted[word] for word in set(_words(" ".join(passage.headings))) if word in wanted)
        return (inside + _HEADED * headed) / math.sqrt(1 + len(passage.text) / 200)

    ranked = sorted(passages, key=lambda passage: (-worth(passage), passage.place))
    taken: list[_Passage] = []
    room = most
    for passage in ranked:
        cost = len(passage.shown(())) + 3
        if cost <= room:
            taken.append(passage)
            room -= cost
        elif room < LONGEST_PASSAGE // 4:
            break
    return Passages(_joined(sorted(taken, key=lambda passage: passage.place)), is_whole=False)


@lru_cache(maxsize=4)
def _cut(guidelines: str) -> tuple[_Passage, ...]:
    """Paragraphs with the headings they stand under; long ones are cut at sentences."""
    passages: list[_Passage] = []
    headings: list[tuple[int, str]] = []
    lines: list[str] = []

    def close() -> None:
        text = one_line(" ".join(lines))
        lines.clear()
        if text:
            named, first = tuple(name for _, name in headings), len(passages)
            passages.extend(_Passage(first + k, named, part) for k, part in enumerate(_pieces(text)))

    for line in _LINK.sub(r"\1", _PICTURE.sub("", guidelines)).splitlines():
        if found := _HEADING.match(line[:LONGEST_PASSAGE]):
            close()
            level = len(line) - len(line.lstrip("#"))
            headings = [(at, name) for at, name in headings if at < level]
            headings.append((level, one_line(found[1])[:LONGEST_PASSAGE]))
        elif not line.strip():
            close()
        else:
            lines.append(line)
    close()
    return tuple(passages)


def _pieces(text: str) -> Iterable[str]:
    piece = ""
    for sentence in _SENTENCE.split(text):
        while len(sentence) > LONGEST_PASSAGE:
            if piece:
                yield piece
                piece = ""
            yield sentence[:LONGEST_PASSAGE]
            sentence = sentence[LONGEST_PASSAGE:]
        if piece and len(piece) + len(sentence) > LONGEST_PASSAGE:
            yield piece
            piece = ""
        piece = f"{piece} {sentence}".strip()
    if piece:
        yield piece


def _joined(passages: Iterable[_Passage]) -> str:
    lines: list[str] = []
    before: _Passage | None = None
    for passage in passages:
        if before is not None and passage.place != before.place + 1:
            lines.append("…")
        lines.append(passage.shown(before.headings if before is not None else ()))
        before = passage
    return "\n".join(lines)


def _wanted(asked: Asked) -> dict[str, float]:
    """Words to look for: those of labels and of the question's name most, then those of descriptions."""
    wanted: dict[str, float] = {}
    for text, weight in (
        *((said, 1.0) for said in (asked.words, *asked.described.values())),
        *((name, 3.0) for name in (asked.part, *asked.labels)),
    ):
        for word in _words(text):
            wanted[word] = max(weight, wanted.get(word, 0.0))
    return wanted


def _all(passage: _Passage) -> str:
    return " ".join((*passage.headings, passage.text))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
