"""Offers that are kept up by what changes are the ones that are made anew from everything."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from annodesk.model.terms import Standing, Terms
from annodesk.model.work import Batch, BatchState, Person, Role, Skill, Slot, SlotState, Stage, Task
from annodesk.workflow.able import rarities
from annodesk.workflow.offer_book import OfferBook
from annodesk.workflow.routing import Opening, Openings, offers_for
from annodesk.workflow.starved import starved

LABELS = frozenset({Role.ANNOTATOR})
DAY_US = 86_400_000_000
BATCHES = (
    None,
    Batch("a", "a"),
    Batch("b", "b", is_pilot=True),
    Batch("c", "c", deadline_us=5 * DAY_US),
    Batch("d", "d", deadline_us=5 * DAY_US + 7),
    Batch("e", "e", state=BatchState.PAUSED),
    Batch("f", "f", priority=9, waits_for="b"),
    Batch("g", "g", deadline_us=5 * DAY_US + 3, unsure_first=0.2),
)


def another(rng: random.Random, one: Batch) -> Batch:
    """A batch as a manager may have changed it."""
    return replace(
        one,
        state=rng.choice((BatchState.OPEN, BatchState.OPEN, BatchState.PAUSED)),
        priority=rng.choice((0, 0, 3)),
        deadline_us=rng.choice((None, None, 5 * DAY_US)),
        waits_for=rng.choice(("", "", "b")) if not one.is_pilot else "",
        unsure_first=rng.choice((None, 0.2)),
    )


def made(rng: random.Random, name: str, people: list[Person], batches: tuple[Batch | None, ...] = BATCHES) -> Opening:
    states = [rng.choice((SlotState.OPEN, SlotState.SUBMITTED)) for _ in range(2)]
    needs = rng.choice(((), (), (Skill("pt"),), (Skill("en", 2),)))
    return Opening(
        Task(name, f"item-{name}", Stage.ANNOTATE, 0, 1, priority=rng.choice((0, 0, 0, 1))),
        tuple(Slot(f"{name}{n}", name, n + 1, state) for n, state in enumerate(states)),
        rng.choice(batches),
        held_by=frozenset(rng.sample([one.id for one in people], rng.choice((0, 0, 1)))),
        needs=needs,
        sensitive=rng.choice(((), (), ("violence",))),
        kept_for=rng.choice((None, None, None, None, people[0].id)),
        is_paused=rng.random() < 0.1,
        is_drawn=rng.random() < 0.5,
    )


@pytest.mark.parametrize("seed", range(12))
def test_what_changes_leaves_the_offers_as_if_all_were_made_anew(seed: int) -> None:
    rng = random.Random(seed)
    skills = ((), (Skill("pt"),), (Skill("en", 2),), (Skill("pt"), Skill("en", 3)))
    people = [Person(f"p{n}", "", skills=skills[n % 4]) for n in range(7)]
    agreed = {one.id: Standing() for one in people}
    book, known, batches = OfferBook("s", each=4), dict[str, Opening](), list(BATCHES)
    for one in people:
        book.put_person(one, LABELS)
    for _ in range(40):
        for _ in range(rng.randrange(12)):
            name = f"t{rng.randrange(60)}"
            if name in known and rng.random() < 0.2:
                del known[name]
                book.drop(name)
            else:
                known[name] = made(rng, name, people, tuple(batches))
                book.put(known[name])
        if rng.random() < 0.3:
            place = rng.randrange(1, len(batches))
            batches[place] = now = another(rng, batches[place] or Batch("", ""))
            book.put_batch(now)
            known = {k: replace(o, batch=now) if o.batch and o.batch.id == now.id else o for k, o in known.items()}
        if rng.random() < 0.1:
            gone = rng.choice(people)
            if len(people) > 4:
                people.remove(gone)
                book.drop_person(gone.id)
        if rng.random() < 0.2:
            place = rng.randrange(len(people))
            people[place] = replace(people[place], skills=rng.choice(skills))
            book.put_person(people[place], LABELS, agreed[people[place].id])
        if rng.random() < 0.3:
            one = rng.choice(people)
            declined = frozenset({"violence"}) if rng.random() < 0.5 else frozenset[str]()
            agreed[one.id] = Standing(Terms(is_paused=rng.random() < 0.2, declined=declined))
            book.put_person(one, LABELS, agreed[one.id])
        before = {one.id: [o.task_id for o in book.offers_of(one.id)] for one in people}
        told = book.refresh(0)
        members = [(one, LABELS) for one in people]
        whole = Openings(known.values(), seed="s", rare=rarities(known.values(), members, agreed))
        queues = [(one, 1) for one in known.values()]
        assert starved(book.queues(), members, agreed) == starved(queues, members, agreed)
        for one in people:
            anew = offers_for(one, LABELS, whole, now_us=0, limit=4, standing=agreed[one.id])
            assert list(book.offers_of(one.id)) == anew
            assert (one.id in told) == ([o.task_id for o in anew] != before[one.id])


def test_working_hours_end_and_begin_without_a_change() -> None:
    ann = Person("ann", "Ann")
    book = OfferBook("s")
    book.put_person(ann, LABELS, Standing(Terms(works_from=60, works_to=120)))
    book.put(made(random.Random(1), "t", [ann]))
    book.put(Opening(Task("u", "u", Stage.ANNOTATE, 0, 1), (Slot("u1", "u", 1),)))
    assert book.refresh(0) == {}
    assert "u" in [o.task_id for o in book.refresh(90 * 60_000_000)["ann"]]
    assert book.refresh(130 * 60_000_000) == {"ann": ()}


def test_what_waits_for_a_pilot_is_offered_once_it_is_passed() -> None:
    ann = Person("ann", "Ann")
    book, task, slots = OfferBook("s"), Task("t", "t", Stage.ANNOTATE, 0, 1), (Slot("t1", "t", 1),)
    book.put_person(ann, LABELS)
    book.put(Opening(task, slots, Batch("b", "second", waits_for="first")))
    assert book.refresh(0) == {}
    book.put(Opening(task, slots, Batch("b", "second")))
    assert [o.task_id for o in book.refresh(0)["ann"]] == ["t"]


def test_a_batch_that_is_passed_over_or_put_first_moves_no_task() -> None:
    ann, first, second = Person("ann", "Ann"), Batch("a", "a"), Batch("b", "b", priority=1)
    book = OfferBook("s")
    book.put_person(ann, LABELS)
    for batch in (first, second):
        book.put(Opening(Task(batch.id, batch.id, Stage.ANNOTATE, 0, 1), (Slot(batch.id, batch.id, 1),), batch))
    assert [o.task_id for o in book.refresh(0)["ann"]] == ["b", "a"]
    book.put_batch(replace(second, state=BatchState.PAUSED))
    assert [o.task_id for o in book.refresh(0)["ann"]] == ["a"]
    book.put_batch(replace(second, priority=-1))
    assert [o.task_id for o in book.refresh(0)["ann"]] == ["a", "b"]
    assert book.opening("b").batch == replace(second, priority=-1)
