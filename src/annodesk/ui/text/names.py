"""Words of a text that look like names, by their capitals alone: where a key goes next, and never a suggestion."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

_WORD = r"[^\W\d_](?:[\w'’&-]*[^\W_])?"
_RUN = re.compile(rf"{_WORD}(?: {_WORD})*")
_WORDS = re.compile(_WORD)
_ENDS = re.compile(r"(?:^|[.!?:…\n\"“”«»(])[\s\"“”«»(]*$")
_LOOKED_BACK = 20


@lru_cache(maxsize=4)
def name_like(text: str) -> tuple[tuple[int, int], ...]:
    """Runs of capitalised words, as code points in order.

    One word at the beginning of a sentence has its capital from there, and is left out unless it stands in the middle
    of another with one. Single letters are none.
    """
    runs = [run for found in _RUN.finditer(text) for run in _capitalised(found)]
    inside = {text[start:end] for start, end in runs if not _begins_sentence(text, start)}
    return tuple((start, end) for start, end in runs if " " in text[start:end] or text[start:end] in inside)


def next_name(text: str, at: int, taken: list[tuple[int, int]], step: int = 1) -> tuple[int, int] | None:
    """The first that begins at or after a place (before it with -1) and holds nothing that is taken; None without."""
    found = name_like(text)
    place = bisect_left(found, (at, 0))
    those = found[place:] if step > 0 else reversed(found[:place])
    return next((one for one in those if not any(one[0] < end and start < one[1] for start, end in taken)), None)


def _capitalised(run: re.Match[str]) -> list[tuple[int, int]]:
    """Stretches of capitalised words in a run of words with single blanks between them."""
    found: list[tuple[int, int]] = []
    is_open = False
    for word in _WORDS.finditer(run.group()):
        start, end = run.start() + word.start(), run.start() + word.end()
        is_name = word.group()[0].isupper() and len(word.group()) > 1
        if is_name and is_open:
            found[-1] = (found[-1][0], end)
        elif is_name:
            found.append((start, end))
        is_open = is_name
    return found


def _begins_sentence(text: str, start: int) -> bool:
    return _ENDS.search(text[max(0, start - _LOOKED_BACK) : start] if start else "") is not None
