"""Where two people say two things of one place, among what waits for an analyst; the most urgent item first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.annotations import NOT_SURE
from annodesk.quality.disagreements import Disagreement, Said, find_disagreements
from annodesk.quality.tally import UNLABELLED
from annodesk.services.decisions import ruled_keys
from annodesk.services.standing import annotate_task, review_lanes
from annodesk.store import journal, projects, tasks

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.review import ReviewCard


class PairPlace(Struct, frozen=True):
    """A disagreement of the pair that nobody has ruled yet: the review it is in, and its key there."""

    task_id: str
    key: str


def first_place(
    desk: Desk,
    cards: Sequence[ReviewCard],
    project_id: str,
    person_id: str,
    part: str,
    pair: tuple[str, str],
    *,
    cancel: CancelToken | None = None,
) -> PairPlace | None:
    """The first open place of a part where one says the one and another the other, "" being nothing.

    Items are compared one by one until there is one: most of a long queue is never read.
    """
    for card in cards:
        if cancel is not None:
            cancel.check()
        with desk.file.read() as db:
            schema = projects.get_version(db, project_id).project.schema
            claim = tasks.claim_of(db, card.task_id, person_id)
            lanes = review_lanes(db, annotate_task(db, tasks.get_task(db, card.task_id)), claim)
            own = journal.get_set(db, claim.set_id) if claim is not None and claim.set_id is not None else None
        ruled = ruled_keys(own) if own is not None else frozenset()
        for found in find_disagreements(schema, [lane.annotations for lane in lanes]):
            if found.part == part and found.key not in ruled and is_of_pair(found, pair):
                return PairPlace(card.task_id, found.key)
    return None


def is_of_pair(disagreement: Disagreement, pair: tuple[str, str]) -> bool:
    """Whether one side says the one thing there, and another side the other."""
    sides = [_sayings(disagreement, said) for said in disagreement.answers]
    return any(pair[0] in one and pair[1] in other for one, other in permutations(sides, 2))


def _sayings(disagreement: Disagreement, said: Said) -> set[str]:
    """What a side says at a place, as tallies name it."""
    if disagreement.is_question:
        if said.value is None or said.value == NOT_SURE:
            return set()
        several = said.value if isinstance(said.value, tuple | list) else (said.value,)
        return {" + ".join(sorted(f"{one:g}" if isinstance(one, int | float) else str(one) for one in several))}
    found = {" + ".join(sorted(stretch.labels)) or UNLABELLED for stretch in said.stretches}
    start = disagreement.start_us if disagreement.start_us is not None else disagreement.start or 0
    end = disagreement.end_us if disagreement.end_us is not None else disagreement.end or 0
    covered = sum(stretch.end - stretch.start for stretch in said.stretches)
    return found | {""} if covered < end - start else found
