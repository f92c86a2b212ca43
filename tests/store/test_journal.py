"""The journal and the rows it builds say the same, whatever is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import text

from annodesk.errors import EditError, NotFoundError, WorkflowError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, Change
from annodesk.model.edits import Edit, add, delete
from annodesk.model.ids import new_id
from annodesk.services import Services
from annodesk.store import journal
from annodesk.store.local_tables import element
from tests.model.strategies import SETS
from tests.services.made import House, make_house, segments


def edit_of(annotations: AnnotationSet, after: AnnotationSet, number: int) -> Edit:
    """The Edit that leads from one set to another."""
    ids = dict.fromkeys([*(e.id for e in annotations), *(e.id for e in after)])
    changes = [Change(annotations.get(i), after.get(i)) for i in ids if annotations.get(i) != after.get(i)]
    parents = (annotations.head,) if annotations.head else ()
    return Edit(new_id(), annotations.id, "anything", tuple(changes), "here", number, parents)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = make_house(tmp_path_factory.mktemp("shelf"))
    yield made
    made.services.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(states=st.lists(SETS, min_size=1, max_size=4))
def test_rows_are_what_the_journal_folds_to(shelf: House, states: list[AnnotationSet]) -> None:
    empty = AnnotationSet(
        new_id(),
        author=Author(AuthorKind.PERSON, new_id()),
        project_id=shelf.project_id,
        task_id=shelf.tasks()[0],
    )
    with shelf.services.file.write() as db:
        journal.add_set(db, empty, 0)
        now, heads = empty, {}
        for number, state in enumerate(states):
            edit = edit_of(now, state, number)
            journal.record(db, edit)
            now = now.with_changes(edit.changes, head=edit.id)
            heads[edit.id] = now
        rows = journal.get_set(db, empty.id)
        assert (rows.head, rows.digest()) == (now.head, now.digest())
        assert journal.fold(db, empty.id).digest() == now.digest()
        for head, then in heads.items():
            assert journal.set_at(db, empty.id, head).digest() == then.digest()
        assert journal.set_at(db, empty.id, None).digest() == empty.digest()
        db.execute(element.delete().where(element.c.set_id == empty.id))
        journal.rebuild_rows(db, empty.id)
        assert journal.get_set(db, empty.id).digest() == now.digest()


def test_an_edit_comes_back_as_it_was_stored(house: House) -> None:
    work = house.open("Ada")
    (one,) = segments([(1, 2, "speech")])
    edit = work.session.stage(add(one), note={"clicks": 3})
    assert edit is not None
    house.services.annotate.record(edit)
    assert house.services.annotate.reload(work.set_id)[1] == [edit]


def test_an_edit_that_does_not_follow_the_head_is_refused(house: House) -> None:
    work = house.label("Ada")
    other = Edit(new_id(), work.set_id, "add", (), "here", 99)
    with pytest.raises(EditError, match="does not follow"):
        house.services.annotate.record(other)


def test_an_edit_that_expects_another_element_is_refused(house: House) -> None:
    work = house.label("Ada")
    stored, _ = house.services.annotate.reload(work.set_id)
    (first, *_) = stored.segments("content")
    wrong = replace(first, text="not so")
    edit = Edit(new_id(), work.set_id, "label", (Change(wrong, first),), "here", 99, (stored.head or "",))
    with pytest.raises(EditError, match="is not as the Edit expects it"):
        house.services.annotate.record(edit)
    assert house.services.annotate.reload(work.set_id)[0].digest() == stored.digest()


def test_an_edit_of_no_set_is_refused(house: House) -> None:
    with pytest.raises(NotFoundError):
        house.services.annotate.record(Edit(new_id(), new_id(), "add", (), "here", 1))


@pytest.mark.parametrize("kind", [AuthorKind.MODEL, AuthorKind.CONSENSUS])
def test_nobody_edits_the_models_or_the_consensus_set(house: House, kind: AuthorKind) -> None:
    made = AnnotationSet(new_id(), author=Author(kind), project_id=house.project_id, task_id=house.tasks()[0])
    with house.services.file.write() as db:
        journal.add_set(db, made, 0)
    (one,) = segments([(0, 1, "speech")])
    with pytest.raises(WorkflowError):
        house.services.annotate.record(Edit(new_id(), made.id, "add", (Change(None, one),), "here", 1))


def test_deleted_elements_stay_in_the_journal(house: House) -> None:
    work = house.label("Ada")
    gone = work.session.annotations.segments("content")[0]
    house.do(work, delete(work.session.annotations, [gone.id]))
    stored, edits = house.services.annotate.reload(work.set_id)
    assert stored.get(gone.id) is None
    assert edits[-1].changes[0].before == gone


def test_rows_and_journal_are_written_in_one_transaction(house: House) -> None:
    work = house.label("Ada")
    with house.services.file.write() as db:
        db.execute(text("CREATE TRIGGER fails BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no'); END"))
    stored, edits = house.services.annotate.reload(work.set_id)
    edit = work.session.stage(add(segments([(12, 13, "host")], "voices")[0]))
    assert edit is not None
    with pytest.raises(Exception, match="no"):
        house.services.annotate.record(edit)
    again, same_edits = house.services.annotate.reload(work.set_id)
    assert (again.digest(), same_edits) == (stored.digest(), edits)


def test_a_path_with_odd_characters_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "ä folder?with #odd %41 names"
    folder.mkdir()
    with Services.open(folder / "wörk & play.annodesk", create=True) as services:
        assert services.projects.list() == []
    assert (folder / "wörk & play.annodesk").is_file()
