"""Places on reference items: given to people among their ordinary work, and to newcomers before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from annodesk.model.ids import new_id
from annodesk.model.work import Offer, Person, Role, Slot
from annodesk.services.openings import openings
from annodesk.store import confirmed, projects
from annodesk.workflow.reference_offers import onboarding, with_references
from annodesk.workflow.sampling import is_drawn

if TYPE_CHECKING:
    from annodesk.model.terms import Standings
    from annodesk.services.places import Place
    from annodesk.store.engine import Connection
    from annodesk.workflow.routing import Opening

MOST_REFERENCES = 500
"""So many references are given out, the newest: the older ones are known by now."""

Offers = dict[str, list[Offer]]


def known_references(db: Connection, project_id: str) -> dict[str, bool]:
    """The tasks of reference items that are given out, and whether each is hidden."""
    return dict(confirmed.reference_tasks(db, project_id, MOST_REFERENCES))


def put_among(
    db: Connection,
    place: Place,
    project_id: str,
    offers: Offers,
    ordinary: Mapping[str, Opening],
    members: Sequence[tuple[Person, Collection[Role]]],
    agreed: Standings,
    lots: str,
    now_us: int,
    *,
    known: Mapping[str, bool],
    others: Mapping[str, Sequence[Offer]] | None = None,
) -> Offers:
    """People's offers with references among them, and a free place on each that is offered.

    Only settled ones: one that is open again is ordinary work until it is settled.

    Parameters
    ----------
    offers, ordinary : what people are offered without them, and those tasks by id
    members : for whom they are put in
    known : what ``known_references`` tells
    others : what was offered before to those who are not among ``offers``
    """
    if not known:
        return offers
    found = openings(db, project_id, among=list(known), of_settled=True)
    hidden = [_with_room(one) for one in found if known[one.task.id]]
    open_ones = [_with_room(one) for one in found if not known[one.task.id]]
    workflow = projects.get_version(db, project_id).project.workflow
    mixed: Offers = {}
    for person, roles in members:
        mine = offers.get(person.id, [])
        if Role.ANNOTATOR not in roles:
            mixed[person.id] = mine
            continue
        declined = agreed[person.id].terms.declined
        mine_hidden = [one for one in hidden if not declined.intersection(one.sensitive)]
        mine_open = [one for one in open_ones if not declined.intersection(one.sensitive)]
        taken = confirmed.taken_by(db, project_id, person.id)
        in_open = sum(person.id in one.held_by for one in open_ones)
        first = onboarding(mine_open, person, roles, done=in_open, others=taken - in_open, now_us=now_us)
        mixed[person.id] = first or with_references(
            mine, mine_hidden, ordinary, person, roles, taken=taken, reference_share=workflow.reference_share, seed=lots
        )
    _make_places(db, place, project_id, {**(others or {}), **offers, **mixed}, found, lots)
    return mixed


def is_offered_here(db: Connection, project_id: str, person_id: str, task_id: str) -> Opening | None:
    """A reference's task that a person was offered, as it is open to them; None where it is none."""
    known = {task for task, _ in confirmed.reference_tasks(db, project_id, MOST_REFERENCES)}
    if task_id not in known or not confirmed.is_offered(db, task_id, person_id):
        return None
    return next(iter(openings(db, project_id, among=[task_id], of_settled=True)), None)


def _with_room(one: Opening) -> Opening:
    """As it is once there is a place for whoever is to have it; which batch it was settled in keeps nobody away."""
    return replace(one, slots=(*one.slots, Slot("", one.task.id, 0)), batch=None)


def _make_places(
    db: Connection,
    place: Place,
    project_id: str,
    offers: Mapping[str, Sequence[Offer]],
    found: Sequence[Opening],
    lots: str,
) -> None:
    wanted = Counter(offer.task_id for some in offers.values() for offer in some)
    prelabel = projects.get_version(db, project_id).project.prelabel
    for one in found:
        for number in range(len(one.slots) + 1, len(one.slots) + 1 + wanted[one.task.id] - one.free):
            is_blind = is_drawn(prelabel.unaided_share, lots, "unaided", one.task.id, number)
            place.add_reference_slot(db, one.task, Slot(new_id(), one.task.id, number, shows_suggestions=not is_blind))
