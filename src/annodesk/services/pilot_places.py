"""Places in pilot batches: everybody labels them, whoever comes later too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.model.ids import new_id
from annodesk.model.work import BatchState, Role, Slot
from annodesk.store import batches as rows
from annodesk.store import projects, tasks

if TYPE_CHECKING:
    from annodesk.services.places import Place

_AT_ONCE = 100


def widen_pilots(place: Place, project_id: str) -> int:
    """Give those who have come since a pilot was made a place in it too; returns how many places were added."""
    with place.read() as db:
        known = projects.list_batches(db, project_id)
        going = [b.id for b in known if b.is_pilot and b.passed_at_us is None and b.state is BatchState.OPEN]
        people = sum(Role.ANNOTATOR in roles for _, roles in projects.members(db, project_id)) if going else 0
        narrow = [task_id for batch_id in going for task_id in rows.narrow_tasks(db, batch_id, people, _AT_ONCE)]
    added = 0
    for task_id in narrow:
        with place.write() as db:
            task, slots = tasks.get_task(db, task_id), tasks.slots_of(db, task_id)
            last = max((slot.number for slot in slots), default=0)
            for number in range(last + 1, last + 1 + people - len(slots)):
                place.add_slot(db, task, Slot(new_id(), task_id, number, shows_suggestions=False))
                added += 1
            rows.set_overlap(db, task_id, people)
    return added
