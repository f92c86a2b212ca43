"""One author on two computers, each with a file of their own: what is pulled, shown, undone, decided and handed in."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from annodesk.errors import AnnodeskError, EditError, WorkflowError
from annodesk.model.annotations import AnnotationSet
from annodesk.model.edits import any_edit_from_json, delete, set_answer, set_labels, set_text
from annodesk.model.work import SlotState
from annodesk.services import Services
from annodesk.services.tasks import TaskWork
from annodesk.store import facts, journal
from tests.services.made import House
from tests.services.test_editing import any_gesture, step


class Computer:
    """A copy of the author's file with the open task, on a device of its own."""

    def __init__(self, house: House, device: str, folder: Path) -> None:
        folder.mkdir()
        shutil.copy(house.services.path, folder / house.services.path.name)
        file = Services.open(folder / house.services.path.name).file
        self.services = Services(file, device=device, clock=house.clock)
        self.house = replace(house, services=self.services)
        self.work: TaskWork = self.house.open("Ada")

    @property
    def now(self) -> AnnotationSet:
        return self.work.session.annotations

    @property
    def stored(self) -> AnnotationSet:
        return self.services.annotate.reload(self.work.set_id)[0]

    def do(self, draft) -> None:  # type: ignore[no-untyped-def]
        self.house.do(self.work, draft)

    def learn(self, other: Computer) -> None:
        """Pull all that the other has, in pages of three."""
        edits = other.services.annotate.reload(other.work.set_id)[1]
        for first in range(0, len(edits), 3):
            branches, changes = self.services.annotate.receive(self.work.set_id, edits[first : first + 3])
            if changes.sets:
                self.work.session.pull(branches)

    def reopen(self) -> None:
        self.work = self.house.open("Ada")


@pytest.fixture
def pair(house: House, tmp_path: Path) -> Iterator[tuple[Computer, Computer]]:
    house.label("Ada")
    house.services.close()
    one, other = Computer(house, "one", tmp_path / "one"), Computer(house, "other", tmp_path / "other")
    yield one, other
    one.services.close()
    other.services.close()


def meet(one: Computer, other: Computer) -> None:
    one.learn(other)
    other.learn(one)


def test_what_both_did_apart_is_there_on_both_and_on_disk(pair: tuple[Computer, Computer]) -> None:
    one, other = pair
    first, second, *_ = one.now.segments("content")
    one.do(set_text(one.now, first.id, "mine"))
    other.do(set_text(other.now, second.id, "theirs"))
    meet(one, other)
    assert one.now.digest() == other.now.digest() == one.stored.digest() == other.stored.digest()
    assert [s.text for s in one.now.segments("content")][:2] == ["mine", "theirs"]
    assert one.now.head == other.now.head
    one.do(set_answer(one.now, "quality", 4))
    assert len(one.services.annotate.reload(one.work.set_id)[1][-1].parents) == 2
    other.learn(one)
    assert one.now.digest() == other.now.digest()
    with one.services.file.read() as db:
        assert journal.fold(db, one.work.set_id).digest() == one.now.digest()
        assert journal.fold(db, one.work.set_id, one.now.head).digest() == one.now.digest()


def test_undo_goes_on_past_a_pull_and_after_a_restart(pair: tuple[Computer, Computer]) -> None:
    one, other = pair
    first, second, *_ = one.now.segments("content")
    one.do(set_text(one.now, first.id, "1"))
    one.do(set_text(one.now, second.id, "2"))
    one.do(set_labels(one.now, [first.id], ["advert"]))
    meet(one, other)
    other.do(set_text(other.now, second.id, "theirs"))
    one.learn(other)
    one.reopen()
    assert step(one.house, one.work, "undo") == "Undo: label."
    assert step(one.house, one.work, "undo") == "Undo: text."
    texts = [s.text for s in one.now.segments("content")][:2]
    assert texts == ["", "theirs"], "the step on what the other computer changed is gone"


def test_touching_changes_are_decided_before_anything_else_happens_to_them(pair: tuple[Computer, Computer]) -> None:
    one, other = pair
    first, second, *_ = one.now.segments("content")
    one.do(set_text(one.now, first.id, "mine"))
    other.do(delete(other.now, [first.id]))
    meet(one, other)
    for computer in pair:
        assert computer.now.segment(first.id) == first
        with pytest.raises(EditError, match="Two computers changed this"):
            computer.work.session.stage(set_text(computer.now, first.id, "more"))
        with pytest.raises(WorkflowError, match="choose between them first"):
            computer.services.tasks.submit(computer.now)
    one.do(set_text(one.now, second.id, "elsewhere"))
    one.reopen()
    (group,) = one.work.session.alternatives
    texts = [[getattr(c.after, "text", None) for c in side.changes] for side in group.sides]
    assert texts == [["mine"], [None]]
    one.services.annotate.record(one.work.session.decide(group, group.sides[0].draft))
    assert one.now.segment(first.id).text == "mine"
    other.learn(one)
    assert other.now.digest() == one.now.digest() == other.stored.digest()
    assert other.work.session.alternatives == ()
    other.reopen()
    other.services.tasks.submit(other.now)


def test_a_branch_that_comes_after_submit_is_kept_and_changes_nothing(pair: tuple[Computer, Computer]) -> None:
    one, other = pair
    first = other.now.segments("content")[0]
    other.do(set_text(other.now, first.id, "late"))
    one.services.tasks.submit(one.now)
    before = one.now.digest()
    one.learn(other)
    assert one.stored.digest() == before
    assert one.house.open("Ada").slot_state is SlotState.SUBMITTED
    edits = one.services.annotate.reload(one.work.set_id)[1]
    assert edits[-1].changes[0].after == replace(first, text="late")
    one.services.tasks.recall(one.work.set_id)
    one.reopen()
    one.do(set_answer(one.now, "quality", 1))
    assert one.now.segment(first.id).text == "", "what is done after a recall is no late work, and brings none in"
    assert one.now.answer("quality") is not None


def test_an_edit_of_a_later_version_is_kept_as_it_came_and_locks_the_set(pair: tuple[Computer, Computer]) -> None:
    one, _ = pair
    set_id = one.work.set_id
    body = {"id": "later", "set": set_id, "device": "z", "device_seq": 1, "parents": [one.now.head], "format": 7}
    later = any_edit_from_json({**body, "shape": {"new": [1, 2]}})
    before = one.now.digest()
    branches, _changes = one.services.annotate.receive(set_id, [later])
    one.work.session.pull(branches)
    with pytest.raises(WorkflowError, match="later version"):
        one.do(set_answer(one.now, "quality", 2))
    one.reopen()
    assert one.work.session.locked
    assert one.now.digest() == before
    with one.services.file.read() as db:
        kept = journal.branches_of(db, set_id, one.work.project.schema).edits()[-1]
    assert kept.body["shape"] == {"new": [1, 2]}  # type: ignore[union-attr]


def test_gestures_that_are_not_stored_yet_survive_a_pull(pair: tuple[Computer, Computer]) -> None:
    one, other = pair
    first, second, *_ = one.now.segments("content")
    other.do(set_text(other.now, second.id, "theirs"))
    waiting = one.work.session.stage(set_text(one.now, first.id, "on its way"))
    assert waiting is not None
    branches, _ = one.services.annotate.receive(
        one.work.set_id, other.services.annotate.reload(other.work.set_id)[1]
    )  # fmt: skip
    one.work.session.pull(branches)
    assert [s.text for s in one.now.segments("content")][:2] == ["on its way", "theirs"]
    one.services.annotate.record(waiting)
    one.do(set_answer(one.now, "quality", 3))
    assert one.stored.digest() == one.now.digest()


def test_a_gesture_that_could_not_be_stored_is_taken_back_beside_what_was_pulled(
    pair: tuple[Computer, Computer],
) -> None:
    one, other = pair
    first, second, *_ = one.now.segments("content")
    one.do(set_text(one.now, first.id, "mine"))
    other.do(set_text(other.now, first.id, "theirs"))
    one.learn(other)
    one.work.session.stage(set_text(one.now, second.id, "lost"))
    one.work.session.reset(*one.services.annotate.reload(one.work.set_id))
    assert one.now.segment(second.id).text == ""
    assert len(one.work.session.alternatives) == 1
    assert one.now.digest() == one.stored.digest()


def test_an_edit_carries_the_last_known_difference_of_the_servers_clock(house: House) -> None:
    with house.services.file.write() as db:
        facts.note_fact(db, facts.SERVER_OFFSET, "-2500")
    path = house.services.path
    house.services.close()
    house.services = Services.open(path, clock=house.clock)
    work = house.open("Ada")
    edit = work.session.stage(set_answer(work.session.annotations, "quality", 2))
    assert edit is not None
    assert edit.server_offset_us == -2500
    for odd in ("", "soon", "9" * 30, "9" * 5000):
        with house.services.file.write() as db:
            facts.note_fact(db, facts.SERVER_OFFSET, odd)
            assert facts.server_offset_us(db) is None


def test_any_gestures_on_two_computers_end_in_the_same_file(
    pair: tuple[Computer, Computer], rng: random.Random
) -> None:
    one, other = pair
    for _ in range(60):
        computer = rng.choice(pair)
        try:
            kind = rng.random()
            if kind < 0.1:
                meet(one, other)
            elif kind < 0.25:
                step(computer.house, computer.work, "undo")
            else:
                computer.do(any_gesture(computer.now, rng))
        except AnnodeskError:
            continue
    meet(one, other)
    assert one.stored.digest() == other.stored.digest() == one.now.digest() == other.now.digest()
    assert one.work.session.alternatives == other.work.session.alternatives
    one.reopen()
    assert one.now.digest() == other.now.digest()


def test_the_same_edit_twice_changes_nothing(pair: tuple[Computer, Computer]) -> None:
    one, other = pair
    other.do(set_answer(other.now, "quality", 5))
    one.learn(other)
    count = len(one.services.annotate.reload(one.work.set_id)[1])
    one.learn(other)
    assert len(one.services.annotate.reload(one.work.set_id)[1]) == count
