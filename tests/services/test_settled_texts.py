"""What people marked in settled texts is proposed for the next text, by what may teach and nothing else."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from annodesk.model.annotations import (
    CHECKED_NONE,
    SETTLED_WORK,
    Answer,
    AuthorKind,
    Origin,
    OriginKind,
    Span,
    Suggestion,
    answer_id,
)
from annodesk.model.edits import add
from annodesk.model.items import Item
from annodesk.model.schema import SpanType
from annodesk.prelabel.combine import ENOUGH, NOT_ENOUGH
from annodesk.services.labelling import surest_spans
from annodesk.services.opened import read_text
from annodesk.services.settled_texts import MarkedText, marked_texts
from annodesk.store import items, journal, projects, tables, tasks
from tests.services.made import House, make_house

needs_engine = pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="the extra llm is missing")

ARTISTS = ("Mara Quill", "Otis Fenn", "Ida Brook", "Jon Vale")
TRACKS = ("Copper Wire", "Slow Ferry", "Low Tide")
TEXT = "{n}. Now comes {artist} with the song {track} for all of you."


def names(number: int) -> tuple[str, str]:
    return ARTISTS[number % len(ARTISTS)], TRACKS[number % len(TRACKS)]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Texts with two names each, some more than are needed."""
    monkeypatch.setattr("annodesk.services.own_work.LEARNT_FOR_S", 0.0)
    house = make_house(tmp_path, items=0, people=("Ada",), overlap=1)
    for n in range(ENOUGH + 4):
        artist, track = names(n)
        text = TEXT.format(n=n, artist=artist, track=track)
        (tmp_path / "media" / f"text-{n:02}.txt").write_text(text, encoding="utf-8")
    house.services.items.add(house.project_id, [tmp_path / "media"])
    house.round()
    yield house
    house.services.close()


def item_of(house: House, place: int) -> Item:
    with house.services.file.read() as db:
        return items.get_item(db, tasks.get_task(db, house.tasks()[place]).item_id)


def spans_of(house: House, place: int) -> list[Span]:
    """What is to be marked in a text."""
    item = item_of(house, place)
    document = read_text(house.services.prelabel.desk, item)
    assert document is not None
    found = []
    for name, label in zip(names(int(item.key.removeprefix("text-"))), ("artist", "track"), strict=True):
        at = document.text.index(name)
        found.append(Span(f"{label}-{place}", document.asset_id, "entity", at, at + len(name), (label,)))
    return found


def mark(house: House, *numbers: int, origin: OriginKind = OriginKind.PERSON) -> None:
    empty = Answer(answer_id("content"), "content", CHECKED_NONE)
    for number in numbers:
        work = house.label("Ada", (), empty, task=number)
        first, *others = spans_of(house, number)
        house.do(
            work, add(replace(first, origin=Origin(origin, None if origin is OriginKind.PERSON else "s")), *others)
        )
        house.services.tasks.submit(work.session.annotations)
    house.round()


def marked(house: House) -> list[MarkedText]:
    with house.services.file.read() as db:
        schema = projects.get_version(db, house.project_id).project.schema
        (part,) = [one for one in schema.parts() if isinstance(one, SpanType)]
        return marked_texts(db, house.project_id, part, journal)


def proposed(house: House, place: int) -> list[Span]:
    with house.services.file.read() as db:
        made = journal.sets_of_task(db, house.tasks()[place], AuthorKind.MODEL)
    return list(max(made, key=lambda one: one.round).spans()) if made else []


@needs_engine
def test_names_are_proposed_for_a_text_once_twenty_are_settled_and_not_before(written: House) -> None:
    prelabel, last = written.services.prelabel, written.tasks()[-1:]
    mark(written, *range(ENOUGH - 1))
    done = prelabel.run(written.project_id, among=last)
    assert (done.items, done.labelled) == (0, 0), "nothing to ask, and too little to tell"
    mark(written, *range(ENOUGH - 1, ENOUGH + 3))
    done = prelabel.run(written.project_id, among=last)
    assert (done.items, done.labelled) == (1, 1)
    assert any(note.startswith(f"entity: from {ENOUGH + 3} independent texts") for note in done.notes)
    found = proposed(written, -1)
    wanted = [(one.start, one.end, one.labels) for one in spans_of(written, -1)]
    assert [(one.start, one.end, one.labels) for one in found] == wanted
    for one in found:
        suggestion = one.origin.suggestion
        assert one.origin.kind is OriginKind.MODEL
        assert suggestion is not None
        assert suggestion.prompt_version == SETTLED_WORK
        assert 0.5 <= suggestion.probability < 1
    reports = {one.part: one for one in written.services.evidence_reports.of_project(written.project_id)}
    assert (reports["entity"].settled, reports["entity"].independent) == (ENOUGH + 3, ENOUGH + 3)


def test_a_text_that_was_taken_down_does_not_teach(written: House) -> None:
    mark(written, 0, 1)
    item = item_of(written, 0)
    with written.services.file.write() as db:
        db.execute(tables.takedown.insert().values(item_id=item.id, number=1, version=1, by_person="moe", made_at_us=1))
    assert [one.item.id for one in marked(written)] == [item_of(written, 1).id]


def test_what_is_settled_of_a_text_is_found_with_what_was_marked_without_suggestions(written: House) -> None:
    assert marked(written) == []
    mark(written, 0)
    (found,) = marked(written)
    assert found.item.id == item_of(written, 0).id
    assert [(one.start, one.end, one.labels) for one in found.stretches] == [
        (one.start, one.end, one.labels) for one in spans_of(written, 0)
    ]
    assert found.independent == found.stretches
    assert found.unclear == ()


def test_what_was_taken_in_bulk_is_neither_marked_nor_unmarked(written: House) -> None:
    mark(written, 0, origin=OriginKind.BULK)
    (found,) = marked(written)
    bulk, own = spans_of(written, 0)
    assert found.unclear == ((bulk.start, bulk.end),)
    assert [(one.start, one.end) for one in found.stretches] == [(own.start, own.end)]


def test_what_was_marked_with_suggestions_in_view_vouches_for_nothing(written: House) -> None:
    empty = Answer(answer_id("content"), "content", CHECKED_NONE)
    work = written.label("Ada", (), *spans_of(written, 0), empty, task=0)
    with written.services.file.write() as db:
        tasks.note_suggestions_seen(db, work.session.annotations.id, written.clock())
    written.services.tasks.submit(work.session.annotations)
    written.round()
    (found,) = marked(written)
    assert found.stretches
    assert found.independent is None


@pytest.mark.parametrize("is_hidden", [True, False])
def test_a_hidden_reference_teaches_no_names_and_an_open_one_does(written: House, is_hidden: bool) -> None:
    mark(written, 0)
    with written.services.file.write() as db:
        row = {"item_id": tasks.get_task(db, written.tasks()[0]).item_id, "is_hidden": is_hidden, "made_at_us": 1}
        db.execute(tables.reference_item.insert().values(**row))
    assert len(marked(written)) == (0 if is_hidden else 1)


def test_of_proposals_that_overlap_the_likelier_stands() -> None:
    def span(name: str, start: int, end: int, probability: float) -> Span:
        told = Suggestion(probability, "ab", "m", "p", 0)
        return Span(name, "a", "entity", start, end, ("artist",), origin=Origin(OriginKind.MODEL, suggestion=told))

    found = surest_spans([span("c", 20, 25, 0.3), span("a", 0, 10, 0.6), span("b", 5, 12, 0.9)])
    assert [one.id for one in found] == ["b", "c"]


def test_with_too_little_settled_it_says_so(written: House) -> None:
    mark(written, 0, 1)
    reports = {one.part: one for one in written.services.evidence_reports.of_project(written.project_id)}
    assert reports["entity"].sentence == f"{NOT_ENOUGH}: 2 of {ENOUGH} independent texts"
