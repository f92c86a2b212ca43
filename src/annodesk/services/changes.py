"""What kind of thing a service call changed, so that each view can ask whether it cares."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What changed."""

    PROJECT = "project"
    ITEMS = "items"
    TASKS = "tasks"
    EDITS = "edits"
    SCORES = "scores"
    PRELABELS = "prelabels"
    PEOPLE = "people"
    COMMENTS = "comments"
    FIGURES = "figures"
    QUESTIONS = "questions"
    PRECEDENTS = "precedents"


class Changes(Struct, frozen=True):
    """What a call changed: kinds, and the items and sets concerned (empty where it could be any)."""

    kinds: frozenset[Kind] = frozenset()
    items: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *kinds: Kind, items: tuple[str, ...] = (), sets: tuple[str, ...] = ()) -> Changes:
        """Changes of these kinds."""
        return cls(frozenset(kinds), frozenset(items), frozenset(sets))

    def __or__(self, other: Changes) -> Changes:
        return Changes(self.kinds | other.kinds, self.items | other.items, self.sets | other.sets)

    def __contains__(self, kind: Kind) -> bool:
        return kind in self.kinds


class Decided(Struct, frozen=True):
    """What a decision did, in one sentence."""

    sentence: str
    changes: Changes
