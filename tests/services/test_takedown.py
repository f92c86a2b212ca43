"""What was taken down of a file that stands alone is nowhere any more, to the last byte; its labels are."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from annodesk import log, paths
from annodesk.errors import AnnodeskError, BusyError
from annodesk.media import cache, peaks
from annodesk.model.annotations import answer_id
from annodesk.model.edits import set_text
from annodesk.prelabel.prefixes import PrefixFiles, prefix_folder
from annodesk.services import Services
from annodesk.services.half_typed import HalfTyped, HalfTypedFile
from annodesk.services.tasks import TaskWork
from annodesk.store import journal, tasks
from annodesk.store import takedown as rows
from annodesk.store.engine import copy_beside, open_local
from tests.services.made import House, make_house, make_recording, timeline

SECRET = "Gwendolyn said the unsayable"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = make_house(tmp_path, items=2, with_text=True)
    forgets_nothing(made)
    yield made
    made.services.close()


def forgets_nothing(house: House) -> None:
    """Some systems' SQLite zeroes what it frees; that of most does not."""

    def settle(connection: sqlite3.Connection, entry: object) -> None:
        connection.execute("PRAGMA secure_delete=OFF")

    house.services.file.engine.dispose()
    event.listen(house.services.file.engine, "connect", settle)


def work_with_words(house: House) -> TaskWork:
    """Ada's labels on the first item, with words wherever words can be."""
    work = house.label("Ada")
    first = work.session.annotations.segments("content")[0]
    house.do(work, set_text(work.session.annotations, first.id, f"{SECRET}, once"))
    house.do(work, set_text(work.session.annotations, first.id, SECRET))
    house.do(work, set_text(work.session.annotations, first.id, SECRET * 500))
    house.do(work, set_text(work.session.annotations, first.id, SECRET))
    house.services.annotate.comment(work.set_id, house.id_of("Ada"), f"Listen: {SECRET}", 5)
    house.services.bookmarks.add(work.item.id, house.id_of("Ada"), 5, SECRET)
    house.services.tasks.flag(work.set_id, "other", SECRET)
    HalfTypedFile(work.set_id).write(HalfTyped(first.id, "", SECRET))
    return work


def item_of(house: House, place: int = 0) -> str:
    return house.services.items.every(house.project_id)[place].id


def everywhere(folder: Path) -> list[str]:
    """Files below the project's folder and annodesk's own in which the words can be read."""
    found = []
    for place in (folder, paths.data_dir(), paths.cache_dir()):
        for file in place.rglob("*"):
            if file.is_file() and SECRET.encode() in file.read_bytes():
                found.append(file.name)
    return found


def test_the_words_are_nowhere_any_more(house: House, tmp_path: Path) -> None:
    work = work_with_words(house)
    log.start()
    logging.getLogger("annodesk.test").warning("could not understand %r", SECRET)
    assert {"work.annodesk", "annodesk.log"} <= {name.removesuffix("-wal") for name in everywhere(tmp_path)}
    standing, changes = house.services.takedowns.take_down(house.project_id, work.item.id)
    assert standing.is_done
    assert work.item.id in changes.items
    assert everywhere(tmp_path) == []
    house.services.close()
    assert everywhere(tmp_path) == []


def test_labels_and_times_stay_and_the_history_folds_to_them(house: House) -> None:
    work = work_with_words(house)
    before = timeline(work.session.annotations)
    house.services.takedowns.take_down(house.project_id, work.item.id)
    with house.services.file.read() as db:
        left = journal.get_set(db, work.set_id)
        assert timeline(left) == before
        assert left.answer("policy") == work.session.annotations[answer_id("policy")]
        assert journal.fold(db, work.set_id).digest() == left.digest()
        edits = journal.edits_of(db, work.set_id)
    assert [edit.id for edit in edits][-1] == left.head
    assert all(edit.purged for edit in edits)


def test_what_was_handed_in_can_be_looked_at_and_not_recalled(house: House) -> None:
    work = work_with_words(house)
    house.services.tasks.submit(work.session.annotations)
    house.services.takedowns.take_down(house.project_id, work.item.id)
    again = house.open("Ada")
    assert again.session.locked
    assert timeline(again.session.annotations) == timeline(work.session.annotations)
    assert again.comments[0].text == ""
    with pytest.raises(AnnodeskError, match="taken down"):
        house.services.tasks.recall(work.set_id)


def test_what_was_handed_in_has_the_digest_of_what_is_left(house: House) -> None:
    work = work_with_words(house)
    house.services.tasks.submit(work.session.annotations)
    house.services.takedowns.take_down(house.project_id, work.item.id)
    with house.services.file.read() as db:
        (handed_in,) = tasks.submissions_of(db, work.set_id)
        assert handed_in.digest == journal.set_at(db, work.set_id, handed_in.head).digest()


def test_computed_copies_go_and_the_persons_own_file_stays(house: House) -> None:
    work = house.open("Ada")
    assert work.media_path is not None
    original = work.media_path.read_bytes()
    peaks.build(work.media_path)
    print_ = cache.known_print(work.media_path)
    folder = paths.cache_dir() / "media"
    assert [p for p in (folder / "derived").iterdir() if p.name.startswith(print_)]
    house.services.takedowns.take_down(house.project_id, work.item.id)
    assert not [p for p in folder.rglob("*") if p.is_file() and (print_ in p.name or print_ in p.read_text("latin-1"))]
    assert work.media_path.read_bytes() == original


def test_what_was_put_before_a_model_goes(house: House) -> None:
    files = PrefixFiles(prefix_folder(), "model")
    files.keep(list(range(200)), lambda path: bool(path.write_bytes(b"its words in tokens")))
    assert list(prefix_folder().iterdir())
    house.services.takedowns.take_down(house.project_id, house.open("Ada").item.id)
    assert not list(prefix_folder().iterdir())


def test_older_copies_of_the_file_are_named(house: House) -> None:
    assert house.services.takedowns.copies() == ""
    copy_beside(house.services.path, "before-publishing")
    assert "work.before-publishing" in house.services.takedowns.copies()


def test_what_was_computed_from_another_copy_goes_too(house: House) -> None:
    work = house.open("Ada")
    assert work.media_path is not None
    make_recording(work.media_path, 40, seed=9)
    peaks.build(work.media_path)
    print_ = cache.known_print(work.media_path)
    house.services.takedowns.take_down(house.project_id, work.item.id)
    assert not list((paths.cache_dir() / "media").rglob(f"*{print_}*"))


def test_nothing_of_it_can_be_shown_or_labelled_any_more(house: House) -> None:
    work = work_with_words(house)
    first = work.session.annotations.segments("content")[0]
    house.services.takedowns.take_down(house.project_id, work.item.id)
    for person in ("Ada", "Ben"):
        cards = house.services.tasks.cards(house.project_id, house.id_of(person))
        assert work.task.id not in [card.task_id for card in cards]
    (item,) = [one for one in house.services.items.every(house.project_id) if one.id == work.item.id]
    for path, why in house.services.tasks.media_of(item).values():
        assert path is None
        assert "taken down" in why
    with pytest.raises(AnnodeskError, match="taken down"):
        house.services.tasks.open(house.project_id, house.id_of("Ben"), work.task.id)
    assert house.services.tasks.open(house.project_id, house.id_of("Ada"), work.task.id).session.locked
    edit = work.session.stage(set_text(work.session.annotations, first.id, f"{SECRET} again"))
    assert edit is not None
    with pytest.raises(AnnodeskError, match="taken down"):
        house.services.annotate.record(edit)
    with pytest.raises(AnnodeskError, match="taken down"):
        house.services.annotate.comment(work.set_id, house.id_of("Ada"), SECRET)


def test_others_and_other_items_keep_every_word(house: House) -> None:
    other = house.open("Ada", 1)
    house.label("Ada", task=1)
    kept = house.services.annotate.comment(other.set_id, house.id_of("Ada"), "another matter")
    house.services.takedowns.take_down(house.project_id, item_of(house))
    assert house.open("Ada", 1).comments[0].text == kept.text
    assert house.open("Ada", 1).media_path is not None


def test_it_stays_taken_down_after_opening_again_and_the_same_file_cannot_be_added_again(house: House) -> None:
    work = work_with_words(house)
    house.services.takedowns.take_down(house.project_id, work.item.id)
    house.services.close()
    with Services.open(house.folder / "work.annodesk") as services:
        (standing,) = services.takedowns.standings(house.project_id)
        assert (standing.key, standing.is_done) == (work.item.key, True)
        added = services.items.add(house.project_id, [house.folder / "media"])
        assert (added.items, len(added.duplicates)) == (0, 2)


def test_taking_it_down_again_changes_nothing(house: House) -> None:
    item_id = item_of(house)
    first, _ = house.services.takedowns.take_down(house.project_id, item_id)
    again, _ = house.services.takedowns.take_down(house.project_id, item_id)
    assert again == first


def test_while_somebody_reads_it_is_not_called_done_and_then_goes_on(house: House, tmp_path: Path) -> None:
    work = work_with_words(house)
    reader = open_local(tmp_path / "work.annodesk", read_only=True)
    with reader.read() as db:
        journal.get_set(db, work.set_id)
        house.services.file.engine.dispose()
        with pytest.raises(BusyError):
            house.services.takedowns.take_down(house.project_id, work.item.id)
        (standing,) = house.services.takedowns.standings(house.project_id)
        assert not standing.is_done
    reader.close()
    standing, _ = house.services.takedowns.take_down(house.project_id, work.item.id)
    assert standing.is_done
    assert everywhere(tmp_path) == []


def test_there_is_no_taking_down_what_is_not_there(house: House) -> None:
    with pytest.raises(AnnodeskError, match="no item"):
        house.services.takedowns.find(house.project_id, "nothing")
    assert house.services.takedowns.find(house.project_id, "episode-1") == item_of(house, 1)
    with house.services.file.read() as db:
        assert rows.known(db) == []
