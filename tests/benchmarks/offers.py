"""Offers of 1,000 people from a million open tasks: kept up by 1,000 changes, beside making all of them anew."""

from __future__ import annotations

import gc
import random
import time

from msgspec.structs import replace

from annodesk.model.work import Batch, Person, Role, Skill, Slot, SlotState, Stage, Task
from annodesk.workflow.able import rarities
from annodesk.workflow.offer_book import OfferBook
from annodesk.workflow.routing import Opening, Openings, offers_for
from tests.benchmarks import report

PEOPLE, TASKS, CHANGES, EACH = 1_000, 1_000_000, 1_000, 20
SAMPLE = 10
"""For so many people all is made anew, to compare."""
LANGUAGES = ("en", "pt", "es", "de", "sv")
ROLES = frozenset({Role.ANNOTATOR})
MINUTES = 60.0


def main() -> None:
    """Print the figures."""
    rng = random.Random(1)
    batches = [Batch(f"b{n}", f"b{n}", priority=n % 3) for n in range(12)]
    people = [Person(f"p{n}", "", skills=_skills(rng)) for n in range(PEOPLE)]
    tasks = [_task(n, rng, batches) for n in range(TASKS)]
    gc.freeze()
    begin = time.perf_counter()
    whole = Openings(tasks, seed="s", rare=rarities(tasks, [(one, ROLES) for one in people], {}))
    anew = {one.id: offers_for(one, ROLES, whole, now_us=0, limit=EACH) for one in people[:SAMPLE]}
    some_anew = time.perf_counter() - begin
    del whole
    begin = time.perf_counter()
    book = OfferBook("s", each=EACH)
    for task in tasks:
        book.put(task)
    for person in people:
        book.put_person(person, ROLES)
    book.refresh(0)
    report("first offers of the book", time.perf_counter() - begin, "s", limit=5 * MINUTES)
    same = sum([o.task_id for o in book.offers_of(i)] == [o.task_id for o in found] for i, found in anew.items())
    offered = {one.id: list(book.offers_of(one.id)) for one in people}
    for kind, changes in _changes(rng, tasks, offered, batches).items():
        begin, begin_cpu = time.perf_counter(), time.process_time()
        for change in changes:
            book.put(change)
        told = book.refresh(0)
        took, cpu = time.perf_counter() - begin, round(time.process_time() - begin_cpu, 3)
        more = {
            "cpu_s": cpu,
            "told": len(told),
            "same_at_first": same,
            "anew_s": round(some_anew, 2),
            "anew_for": SAMPLE,
        }
        report(f"{CHANGES} changes: {kind}", took, "s", limit=1.0, **more)


def _skills(rng: random.Random) -> tuple[Skill, ...]:
    return tuple(Skill(one, rng.randint(1, 3)) for one in rng.sample(LANGUAGES, rng.randint(1, 3)))


def _task(number: int, rng: random.Random, batches: list[Batch]) -> Opening:
    name = f"t{number}"
    task = Task(name, f"i{number}", Stage.ANNOTATE, 0, 60_000_000)
    needs = (Skill(rng.choice(LANGUAGES), rng.randint(1, 3)),)
    return Opening(task, (Slot(name, name, 1),), rng.choice(batches), needs=needs)


def _changes(
    rng: random.Random, tasks: list[Opening], offered: dict[str, list], batches: list[Batch]
) -> dict[str, list[Opening]]:
    by_id = {one.task.id: one for one in tasks}
    taken = [by_id[o.task_id] for found in list(offered.values())[:CHANGES] for o in found[:1]]
    new = [_task(TASKS + n, rng, batches) for n in range(CHANGES)]
    urgent = [_task(2 * TASKS + n, rng, batches) for n in range(CHANGES)]
    return {
        "tasks at the head of people's lists are taken": [_taken(one) for one in taken],
        "new tasks": new,
        "new tasks before all others": [replace(one, task=replace(one.task, priority=9)) for one in urgent],
    }


def _taken(one: Opening) -> Opening:
    (slot,) = one.slots
    held = replace(slot, state=SlotState.LEASED, person_id="p1")
    return replace(one, slots=(held,), held_by=frozenset({"p1"}))
