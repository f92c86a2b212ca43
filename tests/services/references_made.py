"""Reference items for tests: an answer that an analyst is taken to have given, and another to have confirmed."""

from __future__ import annotations

from collections.abc import Iterable

from annodesk.model.annotations import AnnotationSet, Answer, Author, AuthorKind, Element, answer_id
from annodesk.model.ids import new_id
from annodesk.store import journal, settled, tasks
from tests.services.made import ALIKE, House, Stretch, segments


def answer_elements(stretches: Iterable[Stretch] = ALIKE) -> list[Element]:
    """What ``House.submit`` hands in where nothing else is said."""
    return [*segments(stretches), Answer(answer_id("policy"), "policy", ("none",))]


def plant_reference(
    house: House, task: int, elements: Iterable[Element] = (), *, is_hidden: bool = True, name: str = "Cleo"
) -> str:
    """Make the item of a task a reference, confirmed before anybody answers; returns the item's id."""
    task_id = house.tasks()[task]
    answer = AnnotationSet(
        new_id(),
        author=Author(AuthorKind.ADJUDICATOR, house.id_of(name)),
        project_id=house.project_id,
        task_id=task_id,
        elements=list(elements) or answer_elements(),
    )
    with house.services.file.write() as db:
        journal.add_set(db, answer, house.clock())
        item = tasks.get_task(db, task_id).item_id
        settled.make_reference(db, item, answer.id, house.id_of(name), is_hidden=is_hidden, now_us=house.clock())
    return item
