"""Offsets of a text: code points as annotations count them, and UTF-16 units as the view counts them."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

LONGEST_PARAGRAPH = 4_000
"""Longer paragraphs are broken for display only: one line of a million characters takes Qt 60 ms a frame, this 3 ms."""

_SPECIAL = re.compile("\r\n?|[\U00010000-\U0010ffff]|[\x00\ufdd0\ufdd1\ufffc\ud800-\udfff]")
_ENDS = re.compile("[\n\r\u2029]")


class DisplayText:
    """A text as the view holds it, with the way between both countings.

    Beyond the basic plane a character takes two UTF-16 units, a CR LF becomes one line end, very long paragraphs are
    broken, and what Qt uses as markers of its own is shown as U+FFFD. Everything else is unit for unit the same.
    """

    def __init__(self, text: str, *, longest_paragraph: int = LONGEST_PARAGRAPH) -> None:
        self.text = text
        steps: list[tuple[int, int]] = []
        pieces: list[str] = []
        done = 0
        cuts = [*_forced_breaks(text, longest_paragraph), len(text) + 1]
        next_cut = 0
        for match in _SPECIAL.finditer(text):
            start = match.start()
            while cuts[next_cut] <= start:
                pieces += [text[done : cuts[next_cut]], "\n"]
                done = cuts[next_cut]
                steps.append((done, 1))
                next_cut += 1
            pieces.append(text[done:start])
            found = match.group()
            if found == "\r\n":
                pieces.append("\n")
                steps.append((start + 1, -1))
            elif found >= "\U00010000":
                pieces.append(found)
                steps.append((start + 1, 1))
            else:
                pieces.append("\n" if found == "\r" else "\ufffd")
            done = match.end()
        for cut in cuts[next_cut:-1]:
            pieces += [text[done:cut], "\n"]
            done = cut
            steps.append((cut, 1))
        pieces.append(text[done:])
        self.display = "".join(pieces)
        self._from: list[int] = []
        self._shift: list[int] = []
        self._shown: list[int] = []
        shift = 0
        for source, step in steps:
            shift += step
            self._from.append(source)
            self._shift.append(shift)
            self._shown.append(source + shift)

    def to_view(self, code_point: int) -> int:
        """The view's position before the code point of that index."""
        place = bisect_right(self._from, code_point) - 1
        return code_point + (self._shift[place] if place >= 0 else 0)

    def to_code_point(self, position: int) -> int:
        """The index of the code point after a position of the view; from within a pair, of the next one."""
        place = bisect_right(self._shown, position) - 1
        code_point = position - (self._shift[place] if place >= 0 else 0)
        if (
            place >= 0
            and self._shown[place] == position
            and self._shift[place] < (self._shift[place - 1] if place else 0)
        ):
            code_point -= 1  # at a line end: before its CR, not between CR and LF
        return min(code_point, len(self.text))

    def trim(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of code points without the white space at its ends."""
        part = self.text[start:end]
        return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _forced_breaks(text: str, longest: int) -> list[int]:
    """Where paragraphs longer than that are broken: after white space where there is some, never within a cluster."""
    breaks = []
    start = 0
    for end in [*(match.start() for match in _ENDS.finditer(text)), len(text)]:
        while end - start > longest:
            cut = start + longest
            spaces = [place for place in range(cut, cut - longest // 4, -1) if text[place - 1].isspace()]
            cut = spaces[0] if spaces else _cluster_start(text, cut)
            breaks.append(cut)
            start = cut
        start = end + 1
    return breaks


def _cluster_start(text: str, place: int) -> int:
    for cut in range(place, place - 32, -1):
        joined = (
            unicodedata.combining(text[cut]) or "\u200d" in text[cut - 1 : cut + 1] or "\ufe00" <= text[cut] <= "\ufe0f"
        )
        if not joined:
            return cut
    return place
