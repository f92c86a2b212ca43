"""An open set under a person's hands: gestures, undo and redo, across restarts; comments; what locks it."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import text

from annodesk.errors import AnnodeskError, ValidationError, WorkflowError
from annodesk.model.annotations import AnnotationSet
from annodesk.model.edits import Draft, add, delete, merge, move_edge, set_answer, set_labels, split
from annodesk.services import Services
from tests.services.made import ALIKE, House, segments, timeline


def step(house: House, work, which: str) -> str:
    """Undo or redo, stored like any Edit."""
    done = getattr(work.session, which)()
    if done.edit is not None:
        house.services.annotate.record(done.edit)
    return done.sentence


def test_undo_and_redo_survive_a_restart(house: House) -> None:
    work = house.label("Ada")
    second = work.session.annotations.segments("content")[1]
    house.do(work, split(work.session.annotations, second.id, 20_000_000))
    house.do(work, set_labels(work.session.annotations, [second.id], ["advert"]))
    assert step(house, work, "undo") == "Undo: label."
    path = house.services.path
    house.services.close()
    house.services = Services.open(path, clock=house.clock)
    again = house.open("Ada")
    assert step(house, again, "redo") == "Redo: label."
    assert [labels for _, _, labels in timeline(again.session.annotations)] == [
        ("speech",), ("advert",), ("music",), ("speech",)
    ]  # fmt: skip
    for _ in range(4):
        step(house, again, "undo")
    assert len(again.session.annotations) == 0
    assert step(house, again, "undo") == "Nothing to undo."
    for _ in range(4):
        step(house, again, "redo")
    assert step(house, again, "redo") == "Nothing to redo."
    assert house.services.annotate.reload(again.set_id)[0].digest() == again.session.annotations.digest()


def any_gesture(now: AnnotationSet, rng: random.Random) -> Draft:
    """One random thing a person might try, allowed or not."""
    ours = now.segments("content")
    if not ours or rng.random() < 0.4:
        return add(*segments([(rng.randrange(40), rng.randrange(41), rng.choice(["speech", "music"]))]))
    one = rng.choice(ours)
    way = rng.randrange(5)
    if way == 0:
        return split(now, one.id, (one.start_us + one.end_us) // 2)
    if way == 1:
        return move_edge(now, one.id, "end", one.end_us + rng.randrange(-3, 3) * 500_000)
    if way == 2:
        return delete(now, [one.id])
    if way == 3:
        return merge(now, [s.id for s in ours[:2]])
    return set_answer(now, "quality", rng.randrange(1, 6))


def test_any_gestures_can_all_be_undone_and_done_again(house: House, rng: random.Random) -> None:
    work = house.open("Ada")
    states = [work.session.annotations.digest()]
    while len(states) < 60:
        now = work.session.annotations
        try:
            draft = any_gesture(now, rng)
            house.do(work, draft)
        except AnnodeskError:
            assert work.session.annotations is now, "what is refused leaves the set as it was"
            continue
        if draft:
            states.append(work.session.annotations.digest())
    for state in reversed(states[:-1]):
        step(house, work, "undo")
        assert work.session.annotations.digest() == state
    for state in states[1:]:
        step(house, work, "redo")
        assert work.session.annotations.digest() == state
    assert house.open("Ada").session.annotations.digest() == states[-1]


def test_a_new_gesture_ends_what_could_be_redone(house: House) -> None:
    work = house.label("Ada")
    step(house, work, "undo")
    house.do(work, set_answer(work.session.annotations, "quality", 3))
    assert step(house, work, "redo") == "Nothing to redo."


def test_a_gesture_the_schema_forbids_is_refused_and_changes_nothing(house: House) -> None:
    work = house.label("Ada")
    before = work.session.annotations
    for wrong in ([(5, 12, "speech")], [(10, 10, "speech")], [(41, 42, "speech")], [(3, 4, "jazz")]):
        with pytest.raises(ValidationError):
            work.session.stage(add(*segments(wrong)))
    assert work.session.annotations is before
    assert len(house.services.annotate.reload(work.set_id)[1]) == 2


def test_an_edit_that_could_not_be_stored_is_taken_back_by_reloading(house: House) -> None:
    work = house.label("Ada")
    edit = work.session.stage(set_answer(work.session.annotations, "quality", 3))
    assert edit is not None
    with house.services.file.write() as db:
        db.execute(text("UPDATE annotation_set SET head = 'elsewhere'"))
    with pytest.raises(AnnodeskError):
        house.services.annotate.record(edit)
    with house.services.file.write() as db:
        db.execute(text("UPDATE annotation_set SET head = :head"), {"head": edit.parents[0]})
    work.session.reset(*house.services.annotate.reload(work.set_id))
    assert work.session.annotations.answer("quality") is None
    house.do(work, set_answer(work.session.annotations, "quality", 4))
    assert house.services.annotate.reload(work.set_id)[0].answer("quality").value == 4


def test_edits_say_when_how_long_on_what_and_by_which_version(house: House) -> None:
    work = house.open("Ada")
    house.clock.now_us += 5_000_000
    house.do(work, add(*segments(ALIKE)))
    house.clock.hours(1)
    house.do(work, set_answer(work.session.annotations, "quality", 3))
    first, second = house.services.annotate.reload(work.set_id)[1]
    assert 5_000_000 <= first.elapsed_us < 6_000_000
    assert second.elapsed_us == 0, "a long pause is not working time"
    assert second.parents == (first.id,)
    assert first.device == second.device == house.services.device
    assert second.device_seq == first.device_seq + 1
    assert first.project_version == 1


def test_work_begun_under_a_version_is_judged_by_that_version(house: House) -> None:
    work = house.label("Ada")
    path = house.folder / "project.toml"
    path.write_text(path.read_text().replace('"speech", "music", "advert"', '"voice", "music", "advert"'))
    assert house.services.projects.init(path).version == 2
    assert house.services.projects.init(path).version == 2, "the same text makes no new version"
    house.services.tasks.submit(work.session.annotations)
    assert house.open("Ben").project.schema.tier("content").labels[0].name == "voice"
    assert house.open("Ada").project.schema.tier("content").labels[0].name == "speech"
    assert house.services.projects.get(house.project_id, 1).project != house.services.projects.get(
        house.project_id
    ).project  # fmt: skip


def test_work_of_a_format_this_version_does_not_know_is_shown_and_cannot_be_changed(house: House) -> None:
    work = house.label("Ada")
    with house.services.file.write() as db:
        db.execute(text("UPDATE journal SET format = 99 WHERE id = :id"), {"id": work.session.annotations.head})
    again = house.open("Ada")
    assert timeline(again.session.annotations) == [(0, 10, ("speech",)), (10, 25, ("music",)), (25, 40, ("speech",))]
    assert "format 99" in again.session.locked
    with pytest.raises(WorkflowError, match="format 99"):
        again.session.stage(set_answer(again.session.annotations, "quality", 1))


def test_a_reader_sees_a_task_and_cannot_change_it(house: House) -> None:
    house.label("Ada")
    with Services.open(house.services.path, read_only=True) as reader:
        work = reader.tasks.open(house.project_id, house.id_of("Ada"), house.tasks()[0])
        assert len(work.session.annotations.segments("content")) == 3
        with pytest.raises(WorkflowError, match="open for writing elsewhere"):
            work.session.stage(set_answer(work.session.annotations, "quality", 1))


def test_comments_are_kept_beside_their_set(house: House) -> None:
    work = house.label("Ada")
    house.services.annotate.comment(work.set_id, house.id_of("Ada"), "  where does it end? ", 12_000_000)
    (comment,) = house.open("Ada").comments
    assert (comment.text, comment.time_us, comment.author_id) == ("where does it end?", 12_000_000, house.id_of("Ada"))
    assert house.open("Ben").comments == ()
    with pytest.raises(WorkflowError, match="empty"):
        house.services.annotate.comment(work.set_id, house.id_of("Ada"), " \n")


def test_share_done_is_the_fullest_tiers(house: House) -> None:
    work = house.label("Ada", [(0, 10, "speech")])
    (card,) = house.services.tasks.cards(house.project_id, house.id_of("Ada"))
    assert card.share_done == pytest.approx(0.25)
    assert house.open("Ada").share_done == pytest.approx(0.25)
    assert work.share_done == 0
