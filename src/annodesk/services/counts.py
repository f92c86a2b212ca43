"""A project's rolled-up figures by name and part, as the parts of the desk read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.quality.trends import Mean, mean_of
from annodesk.store import rollup_here
from annodesk.store.cells import SEP, SQUARED, UNSETTLED_IN

if TYPE_CHECKING:
    from annodesk.store.engine import Connection

_NOTHING = (0, 0)


class Counts(Struct, frozen=True, dict=True):
    """How many, and the sum of their values, by name and part."""

    held: Mapping[tuple[str, str], tuple[int, int]]

    @cached_property
    def _by_name(self) -> dict[str, dict[tuple[str, ...], tuple[int, int]]]:
        found: dict[str, dict[tuple[str, ...], tuple[int, int]]] = {}
        for (name, part), value in self.held.items():
            found.setdefault(name, {})[tuple(part.split(SEP))] = value
        return found

    def n(self, name: str, part: str = "") -> int:
        """How many."""
        return self.held.get((name, part), _NOTHING)[0]

    def total(self, name: str, part: str = "") -> int:
        """The sum of their values."""
        return self.held.get((name, part), _NOTHING)[1]

    def parts(self, name: str) -> Mapping[tuple[str, ...], tuple[int, int]]:
        """All parts of a name, taken apart."""
        return self._by_name.get(name, {})

    def mean(self, name: str, part: str) -> Mean:
        """Of values from 0 to 1, with its interval."""
        return self.mean_over(name, [part])

    def mean_over(self, name: str, parts: Iterable[str]) -> Mean:
        """Of all of some parts together."""
        n = total = squares = 0
        for part in parts:
            n += self.n(name, part)
            total += self.total(name, part)
            squares += self.total(name + SQUARED, part)
        return mean_of(n, total / 1e6, squares / 1e6)


def unsettled_in(counts: Counts) -> dict[str, int]:
    """How many items are not settled, by batch."""
    return {parts[0]: n for parts, (n, _) in counts.parts(UNSETTLED_IN).items()}


def counts_of(db: Connection, project_id: str, names: Iterable[str]) -> Counts:
    """The figures of some names, with the sums of squares where there are any."""
    return counts_of_each(db, [project_id], names)[project_id]


def counts_of_each(db: Connection, project_ids: Collection[str], names: Iterable[str]) -> dict[str, Counts]:
    """The same of some projects, by project."""
    wanted = {one for name in names for one in (name, name + SQUARED)}
    found = rollup_here.counts_of(db, project_ids, sorted(wanted))
    return {project_id: Counts(held) for project_id, held in found.items()}
