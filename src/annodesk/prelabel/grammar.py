"""What a model may write where it marks spans: a label, and words that stand in the text, in their order.

The grammar has one rule per word of the text, so it is not written down but walked: from a place in the text only what
follows there may be written, or the end of the line behind a word. What comes out is a piece of the text by its making;
nothing is parsed, and no name of a label and no text can break it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

MOST_PIECE_BYTES = 32
"""The longest token that is looked for; longer ones are written in two."""

_END = b"\n"
_SPACE = b" "
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


class Place(NamedTuple):
    """Somewhere in the text: the byte that comes next, the word where the span began, and whether a space comes
    before."""

    at: int
    word: int
    space: bool


class Marked(NamedTuple):
    """A finished span: its first and its last word."""

    word: int
    last: int


class Step(Struct, frozen=True):
    """What a token leads to: places from which the text goes on, or, at the end of a line, spans."""

    places: tuple[Place, ...]
    spans: tuple[Marked, ...]


def words(text: str) -> list[tuple[int, int]]:
    """Where words and signs begin and end, in code points; in scripts without spaces every sign is a word.

    White space and control characters stand between words. Marks and joiners belong to what is before them.
    """
    found: list[tuple[int, int]] = []
    running = False
    for k, sign in enumerate(text):
        category = unicodedata.category(sign)
        if sign in _JOINERS or category[0] == "M":
            if found and found[-1][1] == k:
                found[-1] = (found[-1][0], k + 1)
            else:
                found.append((k, k + 1))
            continue
        if sign.isspace() or category[0] in "CZ":
            running = False
            continue
        of_word = category[0] in "LN" and not _stands_alone(sign)
        goes_on = (of_word and running) or _joined(text, k)
        if goes_on and found and found[-1][1] == k:
            found[-1] = (found[-1][0], k + 1)
        else:
            found.append((k, k + 1))
        running = of_word
    return found


class Copying:
    """A text of which pieces may be copied.

    ``text`` is what the model is shown: one line, a space where there were spaces, line ends or control characters.
    """

    def __init__(self, original: str) -> None:
        self.words = words(original)
        parts: list[bytes] = []
        length, before = 0, 0
        self._starts: list[int] = []
        self._ends: dict[int, int] = {}
        for k, (start, end) in enumerate(self.words):
            if k and start > before:
                parts.append(_SPACE)
                length += 1
            part = original[start:end].encode("utf-8", errors="replace")
            self._starts.append(length)
            parts.append(part)
            length, before = length + len(part), end
            self._ends[length] = k
        self._bytes = b"".join(parts)
        self.text = self._bytes.decode("utf-8")

    def span(self, marked: Marked) -> tuple[int, int]:
        """First code point and the one behind the last, in the original text."""
        return self.words[marked.word][0], self.words[marked.last][1]

    def quoted(self, marked: Marked) -> str:
        """The piece as it is written by the model."""
        start = self._starts[marked.word]
        end = next(at for at, word in self._ends.items() if word == marked.last)
        return self._bytes[start:end].decode("utf-8")

    def beginnings(self, first_word: int) -> tuple[Place, ...]:
        """Every place where a span may begin, from a word on."""
        return tuple(Place(self._starts[k], k, True) for k in range(first_word, len(self.words)))

    def allowed(self, places: Iterable[Place], pieces: Mapping[bytes, int]) -> dict[int, Step]:
        """The tokens that may come next, each with what it leads to.

        Parameters
        ----------
        places : where writing is; several where the words written so far stand in the text more than once
        pieces : what each token writes
        """
        found: dict[int, tuple[list[Place], list[Marked]]] = {}
        for place in places:
            for piece, goal in self._ways(place):
                token = pieces.get(piece)
                if token is not None:
                    on, done = found.setdefault(token, ([], []))
                    if isinstance(goal, Marked):
                        done.append(goal)
                    else:
                        on.append(goal)
        return {token: Step(tuple(on), tuple(done)) for token, (on, done) in found.items()}

    def _ways(self, place: Place) -> Iterator[tuple[bytes, Place | Marked]]:
        """Everything that can be written from a place in one token."""
        before = _SPACE if place.space else b""
        begun = self._starts[place.word]
        for length in range(min(MOST_PIECE_BYTES, len(self._bytes) - place.at) + 1):
            at = place.at + length
            piece = before + self._bytes[place.at : at]
            if piece:
                yield piece, Place(at, place.word, False)
            if at > begun and at in self._ends:
                yield piece + _END, Marked(place.word, self._ends[at])


def first_of(spans: Sequence[Marked]) -> Marked:
    """The span meant where the same words stand in the text more than once: the first."""
    return min(spans)


def _stands_alone(sign: str) -> bool:
    return any(low <= ord(sign) <= high for low, high in _UNSPACED)


def _joined(text: str, k: int) -> bool:
    """Whether a joiner ties the sign to the one before."""
    return k > 0 and text[k - 1] == "\u200d"
