"""What is different between two versions of a project for whoever labels: clauses of the guidelines, labels, parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.clauses import Clause, is_same, split_clauses

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema

MOST_LINES = 400
"""Of one clause are compared; what is longer is told as a whole."""


class ClauseChange(Struct, frozen=True):
    """A clause that is different: what went and what came, paragraph by paragraph; "" is what has no heading."""

    heading: str
    gone: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Whether it is new, gone or changed."""
        return "changed" if self.gone and self.new else "new" if self.new else "gone"


class GuidelineChange(Struct, frozen=True):
    """What is different since the version somebody read last, for them to read before their next task."""

    before: int
    version: int
    clauses: tuple[ClauseChange, ...]
    labels: tuple[str, ...]
    """Sentences on labels, questions and tiers that came or went."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is different for whoever labels."""
        return not self.clauses and not self.labels


def change_between(
    before: int, guidelines_before: str, schema_before: LabelSchema, version: int, guidelines: str, schema: LabelSchema
) -> GuidelineChange:
    """What is different between two versions."""
    clauses = tuple(_clauses(split_clauses(guidelines_before), split_clauses(guidelines)))
    return GuidelineChange(before, version, clauses, tuple(_labels(schema_before, schema)))


def _clauses(before: Sequence[Clause], after: Sequence[Clause]) -> Iterator[ClauseChange]:
    left = list(before)
    for clause in after:
        same = next((one for one in left if is_same(one.heading, clause.heading)), None)
        if same is not None:
            left.remove(same)
        old = [] if same is None else _paragraphs(same)
        gone, new = _different(old, _paragraphs(clause))
        if gone or new:
            yield ClauseChange(clause.heading, gone, new)
    for one in left:
        yield ClauseChange(one.heading, tuple(_paragraphs(one)) or (one.heading,), ())


def _paragraphs(clause: Clause) -> list[str]:
    """A clause in pieces that are read as one; a clause that is but a heading is that heading."""
    lines = [line.strip() for line in clause.text.splitlines()]
    return [line for line in lines if line] or [clause.heading]


def _different(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if max(len(before), len(after)) > MOST_LINES:
        return ((), ()) if list(before) == list(after) else (tuple(before), tuple(after))
    gone: list[str] = []
    new: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += before[a:b]
            new += after[c:d]
    return tuple(gone), tuple(new)


def _labels(before: LabelSchema, after: LabelSchema) -> Iterator[str]:
    was, now = {one.name: one for one in before.parts()}, {one.name: one for one in after.parts()}
    for name in now:
        if name not in was:
            yield f"{name} is new: it is asked for from now on."
    for name in was:
        if name not in now:
            yield f"{name} is asked for no more."
    for name in (name for name in now if name in was):
        old = {label.name: label.description for label in was[name].labels}
        for label in now[name].labels:
            if label.name not in old:
                yield f"{label.name} is a new label of {name}." + (f" {label.description}" if label.description else "")
            elif label.description != old[label.name]:
                yield f"{label.name} of {name} means: {label.description or 'what the guidelines say.'}"
        here = {label.name for label in now[name].labels}
        yield from (f"{label} is no label of {name} any more." for label in old if label not in here)
