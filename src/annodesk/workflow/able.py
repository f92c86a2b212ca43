"""Who could do a task, had they never met it; and how few they are, for what few can do comes to them first."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from annodesk.model.terms import Standing, Standings
from annodesk.model.work import Person, Role
from annodesk.workflow.routing import Kind, Opening, kind_of, lasting_refusal, met_by_nobody

Members = Collection[tuple[Person, Collection[Role]]]


def who_may(one: Opening, members: Members, standings: Standings) -> frozenset[str]:
    """Who could take such a task, whatever they did before; whoever is away for a while is among them."""
    fresh = met_by_nobody(one)
    return frozenset(
        person.id
        for person, roles in members
        if not lasting_refusal(fresh, person, roles, standings.get(person.id, Standing()))
    )


def how_rare(people: int) -> int:
    """How many can do something, to a power of two: the fewer, the sooner it comes to those who can.

    So whoever knows a rare language is not kept from it by what others can do as well, and nobody's share of the work
    grows by what they alone know. One person more or less seldom changes anybody's list.
    """
    return people.bit_length()


def rarities(openings: Iterable[Opening], members: Members, standings: Standings) -> dict[Kind, int]:
    """Of each kind of task how rare those are who can do it."""
    found: dict[Kind, int] = {}
    for one in openings:
        if (kind := kind_of(one)) not in found:
            found[kind] = how_rare(len(who_may(one, members, standings)))
    return found
