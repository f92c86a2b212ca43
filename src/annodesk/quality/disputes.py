"""Kinds of dispute: places of different items where people differ about the same thing, and what may be ruled there.

Sides are told apart by what they say, never by who they are: what may be chosen is a label, "nothing here", or the
longer or shorter of two, so that one choice means the same in every item whatever letters its sides have there.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from annodesk.quality.disagreements import DOUBT, Disagreement, Said

NOTHING, NO_ANSWER, NO_LABEL, NONE_OF_THESE = "nothing here", "no answer", "no label", "none of these"


class Choice(Struct, frozen=True, order=True):
    """What one side says at a place, and so what may be ruled there.

    ``label`` is what is said, empty where ``how`` alone says it: ``nothing here``, or which of two that say the same
    (``longer``, ``shorter``, ``cut here``, ``not cut``, ``half way``).
    """

    label: str = ""
    how: str = ""

    @property
    def words(self) -> str:
        """The choice for people."""
        return ", ".join(part for part in (self.label, self.how) if part)


HALF_WAY = Choice(how="half way")
"""Of an edge, the middle between two positions; no side says it."""


class Dispute(Struct, frozen=True, order=True):
    """What a disagreement is about: the tier, question or span type, its kind, and what the sides say, in no order."""

    part: str
    kind: str
    choices: tuple[Choice, ...]

    @property
    def pair(self) -> str:
        """What stands against what, for people."""
        return " / ".join(choice.words for choice in self.choices)

    @property
    def offers(self) -> tuple[Choice, ...]:
        """What may be ruled at each of its places."""
        labels = {choice.label for choice in self.choices}
        is_edge = self.kind == "boundary" and len(labels) == len(self.choices) == 2
        return (*self.choices, HALF_WAY) if is_edge else self.choices


def dispute_of(disagreement: Disagreement) -> Dispute | None:
    """The kind a disagreement is of; None where its sides cannot be told apart by what they say.

    That is so where only free texts differ, or where several sides say the same of different lengths.
    """
    said = choices_of(disagreement)
    if said is None:
        return None
    return Dispute(disagreement.part, disagreement.kind, tuple(sorted(set(said))))


def choices_of(disagreement: Disagreement) -> tuple[Choice, ...] | None:
    """What each side says, in the order of the answers; None where that does not tell them apart."""
    answers = disagreement.answers
    if disagreement.kind == DOUBT:
        return None  # nobody differs there
    if disagreement.is_question:
        found = tuple(_answer(said.value) for said in answers)
    else:
        found = tuple(_stretches(said) for said in answers)
    if len(set(found)) < 2:
        return None if disagreement.is_question else _by_extent(disagreement, found)
    return found


def side_that_says(disagreement: Disagreement, choice: Choice) -> int | None:
    """The first of the compared sets that says this; None where none does."""
    for said, one in zip(disagreement.answers, choices_of(disagreement) or (), strict=False):
        if one == choice:
            return said.set_index
    return None


def _answer(value: object) -> Choice:
    if value is None:
        return Choice(how=NO_ANSWER)
    if isinstance(value, tuple | list):
        return Choice(", ".join(str(one) for one in value)) if value else Choice(how=NONE_OF_THESE)
    return Choice(str(value))


def _stretches(said: Said) -> Choice:
    """The labels of the stretches one after the other, those that follow each other alike once."""
    if not said.stretches:
        return Choice(how=NOTHING)
    names: list[str] = []
    for stretch in said.stretches:
        name = " + ".join(stretch.labels) or NO_LABEL
        if not names or names[-1] != name:
            names.append(name)
    return Choice(", then ".join(names))


def _by_extent(disagreement: Disagreement, alike: Sequence[Choice]) -> tuple[Choice, ...] | None:
    """Sides that say the same tell themselves apart by a cut, or by how much they take in."""
    answers = disagreement.answers
    cuts = {len(said.stretches) for said in answers}
    if disagreement.start_us is not None and disagreement.start_us == disagreement.end_us and len(cuts) == 2:
        most = max(cuts)
        ways = ["cut here" if len(said.stretches) == most else "not cut" for said in answers]
    else:
        lengths = [sum(stretch.end - stretch.start for stretch in said.stretches) for said in answers]
        if len(set(lengths)) != 2:
            return None
        ways = ["longer" if length == max(lengths) else "shorter" for length in lengths]
    return tuple(Choice(one.label, how) for one, how in zip(alike, ways, strict=True))
