"""Tasks around a ring, in order, looked through from any place on it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annodesk.workflow.routing import Entry

_MOST_IN_A_CHUNK = 1_000


class Ring:
    """Entries in order, in chunks, so that putting one in or taking it out moves only its neighbours."""

    def __init__(self) -> None:
        self._chunks: list[list[Entry]] = []
        self._firsts: list[Entry] = []

    def __bool__(self) -> bool:
        return bool(self._chunks)

    def any(self) -> Entry:
        """One of them."""
        return self._firsts[0]

    def add(self, entry: Entry) -> None:
        """Put one in where it belongs."""
        if not self._chunks:
            self._chunks, self._firsts = [[entry]], [entry]
            return
        place = self._place(entry)
        chunk = self._chunks[place]
        insort(chunk, entry)
        if len(chunk) > _MOST_IN_A_CHUNK:
            half = len(chunk) // 2
            self._chunks[place : place + 1] = [chunk[:half], chunk[half:]]
            self._firsts.insert(place + 1, chunk[half])
        self._firsts[place] = self._chunks[place][0]

    def remove(self, entry: Entry) -> None:
        """Take one out that is there."""
        place = self._place(entry)
        chunk = self._chunks[place]
        del chunk[bisect_left(chunk, entry)]
        if chunk:
            self._firsts[place] = chunk[0]
        else:
            del self._chunks[place], self._firsts[place]

    def _place(self, entry: Entry) -> int:
        return max(0, bisect_left(self._firsts, (*entry, "")) - 1)

    def around(self, begin: float) -> Iterator[tuple[bool, Entry]]:
        """All of them from a place on the ring on, and whether it came round."""
        start: Entry = (begin, "", 0, "")
        first = self._place(start)
        if first >= len(self._chunks):
            return
        within = bisect_left(self._chunks[first], start)
        for entry in islice(self._chunks[first], within, None):
            yield False, entry
        for place in range(first + 1, len(self._chunks)):
            for entry in self._chunks[place]:
                yield False, entry
        for place in range(first):
            for entry in self._chunks[place]:
                yield True, entry
        for entry in islice(self._chunks[first], within):
            yield True, entry
