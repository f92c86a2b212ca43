"""References among ordinary work: as many as the share says, never told by their reason, and each once."""

from __future__ import annotations

from msgspec.structs import replace

from annodesk.model.work import Offer, Person, Role, Skill, Slot, Stage, Task
from annodesk.workflow.reference_offers import FIRST_WORDS, onboarding, share_for, with_references
from annodesk.workflow.routing import Opening

ADA = Person("ada", "Ada", skills=(Skill("en"),))
ROLES = (Role.ANNOTATOR,)


def opening(name: str, *, needs: tuple[Skill, ...] = (), held_by: frozenset[str] = frozenset()) -> Opening:
    task = Task(name, f"i-{name}", Stage.ANNOTATE, 0, 1)
    return Opening(task, (Slot(f"s-{name}", name, 1),), held_by=held_by, needs=needs)


def offers(count: int, reason: str = "Next in line") -> list[Offer]:
    return [Offer(f"t{n}", "ada", n, reason, 5) for n in range(1, count + 1)]


def mixed(some: list[Offer], references: list[Opening], *, taken: int = 100, share: float = 0.2) -> list[Offer]:
    ordinary = {one.task_id: opening(one.task_id) for one in some}
    return with_references(some, references, ordinary, ADA, ROLES, taken=taken, reference_share=share, seed="secret")


def test_the_share_of_references_is_the_projects_and_more_of_the_first_fifty() -> None:
    references = [opening(f"r{n}") for n in range(900)]
    found = mixed(offers(2_000), references)
    share = sum(one.task_id.startswith("r") for one in found) / len(found)
    assert 0.18 < share < 0.22
    assert (share_for(0.05, 0), share_for(0.05, 49), share_for(0.05, 50)) == (0.10, 0.10, 0.05)
    assert (share_for(0.0, 0), share_for(0.2, 0)) == (0.0, 0.2)


def test_what_comes_next_stays_so_as_work_is_taken() -> None:
    references = [opening(f"r{n}") for n in range(50)]
    before = mixed(offers(60), references)
    left = [one for one in offers(60) if one.task_id != before[0].task_id]
    held = {before[0].task_id}
    after = mixed(left, [one for one in references if one.task.id not in held], taken=101)
    assert [one.task_id for one in after][:40] == [one.task_id for one in before][1:41]


def test_a_reference_has_the_words_rank_and_number_of_ordinary_work() -> None:
    some = offers(40, "High priority; due today")
    found = mixed(some, [opening(f"r{n}") for n in range(9)])
    assert any(one.task_id.startswith("r") for one in found)
    assert {one.reason for one in found} == {"High priority; due today"}
    assert [one.rank for one in found] == list(range(1, 41))


def test_who_has_no_ordinary_work_or_held_it_or_lacks_the_skill_is_offered_none() -> None:
    assert mixed([], [opening("r")]) == []
    held = [opening("r", held_by=frozenset({"ada"}))]
    assert mixed(offers(200), held) == offers(200)
    assert mixed(offers(200), [opening("r", needs=(Skill("pt"),))]) == offers(200)


def test_one_whose_skill_no_ordinary_task_needs_would_be_told_by_its_reason() -> None:
    assert mixed(offers(200), [opening("r", needs=(Skill("en"),))]) == offers(200)


def test_a_project_without_a_share_mixes_nothing() -> None:
    assert mixed(offers(200), [opening("r")], share=0.0) == offers(200)


def test_a_newcomer_begins_with_ten_open_references_and_who_has_worked_does_not() -> None:
    references = [opening(f"r{n}") for n in range(12)]
    first = onboarding(references, ADA, ROLES, done=0, others=0, now_us=5)
    assert [one.task_id for one in first] == [f"r{n}" for n in range(10)]
    assert {one.reason for one in first} == {FIRST_WORDS}
    held = [replace(one, held_by=frozenset({"ada"})) for one in references[:9]]
    last = onboarding([*held, *references[9:]], ADA, ROLES, done=9, others=0, now_us=5)
    assert [one.task_id for one in last] == ["r9"]
    assert onboarding(references, ADA, ROLES, done=10, others=0, now_us=5) == []
    assert onboarding(references, ADA, ROLES, done=0, others=1, now_us=5) == []
