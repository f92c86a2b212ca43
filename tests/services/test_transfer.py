"""What goes out of a project comes back in the same, whatever format carries it; nobody's work is mixed up."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from annodesk import formats
from annodesk.errors import FormatError, NotFoundError, StoreError, WorkflowError
from annodesk.formats.base import Document, tiers_of
from annodesk.model.annotations import CHECKED_NONE, Answer, Segment, Span, UnknownElement, answer_id
from annodesk.model.ids import new_id
from annodesk.services.transfer import Which
from annodesk.store import tasks
from tests.services.made import ALIKE, OTHER, House, segments, timeline

WRITERS = sorted(f.name for f in formats.formats() if f.writes)


def content(document: Document) -> list[tuple[object, ...]]:
    """A document's segments, spans and answers without ids."""
    return sorted(
        [("segment", s.tier, s.start_us, s.end_us, s.labels, s.text) for s in document.segments]
        + [("span", s.type, s.start, s.end, s.labels) for s in document.spans]
        + [("answer", a.question, a.value) for a in document.answers],
        key=repr,
    )


def full_work(house: House, name: str) -> None:
    """Work that uses every kind of element."""
    asset = house.open(name).text.asset_id  # type: ignore[union-attr]
    more = [*segments([(3, 3, "laugh")], "events"), *segments([(0, 9, "host"), (2, 5, "guest")], "voices")]
    house.submit(name, ALIKE, *more, Span(new_id(), asset, "entity", 10, 17, ("artist",)), quality=4)


@pytest.mark.parametrize("name", WRITERS)
def test_gold_exported_and_imported_elsewhere_is_the_same_or_its_losses_were_named(houses, tmp_path, name: str) -> None:
    here, there = houses(with_text=True, overlap=1), houses(with_text=True, overlap=1, people=("Zoe",))
    full_work(here, "Ada")
    here.round()
    out = tmp_path / f"gold{formats.by_name(name).extensions[0]}"
    done = here.services.transfer.export(here.project_id, Which.GOLD, name, out)
    assert done.items == 1
    taken = there.services.transfer.import_files(there.project_id, "Zoe", done.files, name)
    (was,) = here.services.transfer.documents(here.project_id, Which.GOLD)
    now = Document(elements=tuple(there.open("Zoe").session.annotations))
    if done.losses:
        assert {repr(c) for c in content(now)} <= {repr(c) for c in content(was)}
        assert now.elements or taken.skipped, "what finds no place is named"
    else:
        assert content(now) == content(was)


def test_the_native_format_loses_nothing(houses, tmp_path: Path) -> None:
    house = houses(with_text=True)
    full_work(house, "Ada")
    assert house.services.transfer.export(house.project_id, Which.ALL, "native", tmp_path / "all.jsonl").losses == ()


def test_elements_this_version_cannot_show_are_kept_and_exported_untouched(houses, tmp_path: Path) -> None:
    house = houses(overlap=1)
    body = {"kind": "polygon", "points": [[1, 2], [3, 4]]}
    document = Document(
        elements=(*segments(ALIKE), Answer("x", "policy", ("none",)), UnknownElement("p1", body)), item="episode-0"
    )
    path = tmp_path / "in.jsonl"
    formats.write([document], path, "native")
    taken = house.services.transfer.import_files(house.project_id, "Ada", [path])
    assert (taken.segments, taken.skipped, taken.submitted) == (3, (), 1)
    (out,) = house.services.transfer.export(house.project_id, Which.ALL, "native", tmp_path / "out.jsonl").files
    found = [e for d in formats.read(out).documents for e in d.elements if isinstance(e, UnknownElement)]
    assert found == [UnknownElement("p1", body)]


def test_losses_are_told_before_anything_is_written(houses, tmp_path: Path) -> None:
    house = houses(with_text=True)
    full_work(house, "Ada")
    told: list[tuple[str, bool]] = []
    out = tmp_path / "labels"
    done = house.services.transfer.export(
        house.project_id, Which.ALL, "audacity", out, on_loss=lambda loss: told.append((loss, out.exists()))
    )
    assert told
    assert tuple(loss for loss, _ in told) == done.losses
    assert not any(exists for _, exists in told)


def native(path: Path, *documents: Document) -> Path:
    formats.write(list(documents), path, "native")
    return path


def document(author: str | None, stretches=ALIKE, item: str = "episode-0") -> Document:
    elements = (*segments(stretches), Answer(answer_id("policy"), "policy", ("none",)))
    return Document(elements=elements, author=author, item=item)


def test_of_a_file_with_several_peoples_work_only_the_authors_own_is_taken(house: House, tmp_path: Path) -> None:
    path = native(tmp_path / "both.jsonl", document("Ada"), document("Ben", OTHER))
    taken = house.services.transfer.import_files(house.project_id, "Ben", [path])
    assert (taken.segments, taken.submitted) == (3, 1)
    assert [s.reason for s in taken.skipped] == ["episode-0: it is Ada's work, not Ben's"]
    assert timeline(house.open("Ben").session.annotations)[1][2] == ("advert",)
    house.services.transfer.import_files(house.project_id, "Ada", [path])
    house.round()
    assert house.status()["escalated"] == 1


def test_a_file_of_one_other_person_is_taken_under_the_name_given(house: House, tmp_path: Path) -> None:
    path = native(tmp_path / "one.jsonl", document("someone@elsewhere"))
    assert house.services.transfer.import_files(house.project_id, "Ada", [path]).submitted == 1


def test_importing_the_same_twice_changes_nothing_and_says_why(house: House, tmp_path: Path) -> None:
    path = native(tmp_path / "one.jsonl", document("Ada"))
    house.services.transfer.import_files(house.project_id, "Ada", [path])
    before = house.open("Ada").session.annotations.digest()
    taken = house.services.transfer.import_files(house.project_id, "Ada", [path])
    assert (taken.segments, taken.submitted) == (0, 0)
    assert [s.reason for s in taken.skipped] == ["episode-0: You have submitted this. Recall it to change it."]
    assert house.open("Ada").session.annotations.digest() == before


def test_a_third_author_finds_no_place_on_a_task_for_two(house: House, tmp_path: Path) -> None:
    path = native(tmp_path / "one.jsonl", document(None))
    for name in ("Ada", "Ben"):
        house.services.transfer.import_files(house.project_id, name, [path])
    taken = house.services.transfer.import_files(house.project_id, "Zoe", [path])
    assert taken.segments == 0
    assert "It is not open any more" in taken.skipped[0].reason


def test_what_the_schema_does_not_know_is_skipped_and_named(house: House, tmp_path: Path) -> None:
    elements = (
        *segments([(0, 10, "speech"), (5, 12, "music"), (12, 20, "jazz")]),
        Segment("x", "weather", 0, 10),
        Answer("q", "mood", "good"),
        Answer("r", "quality", 99),
    )
    path = native(tmp_path / "odd.jsonl", Document(elements=elements, item="episode-0"))
    taken = house.services.transfer.import_files(house.project_id, "Ada", [path])
    assert timeline(house.open("Ada").session.annotations)[0] == (0, 10, ("speech",))
    reasons = " / ".join(s.reason for s in taken.skipped)
    for word in ("overlap", "weather", "mood", "99"):
        assert word in reasons
    assert taken.submitted == 0
    assert house.open("Ada").session.locked == "", "an unfinished import stays a draft"


def test_a_file_of_no_item_is_skipped_and_named(house: House, tmp_path: Path) -> None:
    path = native(tmp_path / "one.jsonl", document(None, item="other"))
    taken = house.services.transfer.import_files(house.project_id, "Ada", [path])
    assert [s.reason for s in taken.skipped] == ["no item is called 'other'"]


def test_nothing_is_taken_in_where_one_file_cannot_be_read(house: House, tmp_path: Path) -> None:
    good, bad = native(tmp_path / "good.jsonl", document(None)), tmp_path / "bad.jsonl"
    bad.write_text("{]")
    people = len(house.services.people.list(house.project_id))
    with pytest.raises(FormatError):
        house.services.transfer.import_files(house.project_id, "Zoe", [good, bad])
    with pytest.raises(NotFoundError):
        house.services.transfer.import_files(house.project_id, "Zoe", [good, tmp_path / "none.jsonl"])
    assert len(house.services.people.list(house.project_id)) == people


def test_an_import_needs_an_author(house: House, tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match="needs an author"):
        house.services.transfer.import_files(house.project_id, "  ", [native(tmp_path / "a.jsonl", document(None))])


def test_a_segment_over_the_end_of_a_task_goes_on_in_the_next(houses, tmp_path: Path) -> None:
    house = houses(task_seconds=20, overlap=1)
    path = native(tmp_path / "long.jsonl", document(None, [(0, 15, "speech"), (15, 30, "music"), (30, 41, "speech")]))
    taken = house.services.transfer.import_files(house.project_id, "Ada", [path])
    assert taken.submitted == 2
    house.round()
    (gold,) = house.services.transfer.documents(house.project_id, Which.GOLD)
    found = sorted((s.start_us // 10**6, s.end_us // 10**6, s.label) for s in gold.segments)
    assert found == [(0, 15, "speech"), (15, 20, "music"), (20, 30, "music"), (30, 40, "speech")]
    assert len({s.id for s in gold.segments}) == 4


def test_a_task_for_which_a_file_has_nothing_is_not_taken(houses, tmp_path: Path) -> None:
    house = houses(task_seconds=20, overlap=1)
    path = native(tmp_path / "half.jsonl", Document(elements=tuple(segments([(0, 5, "speech")])), item="episode-0"))
    house.services.transfer.import_files(house.project_id, "Ada", [path])
    with house.services.file.read() as db:
        assert [len(tasks.claims_of_task(db, task)) for task in house.tasks()] == [1, 0]


def test_parts_of_an_item_that_answer_differently_are_named_as_a_loss(houses, tmp_path: Path) -> None:
    house = houses(task_seconds=20, overlap=1)
    house.submit("Ada", task=0, policy=("none",))
    house.submit("Ada", task=1, policy=("violence",))
    house.round()
    done = house.services.transfer.export(house.project_id, Which.GOLD, "native", tmp_path / "gold.jsonl")
    assert done.losses == ("episode-0: policy is answered differently in its parts; the first answer is written",)


def test_an_empty_part_is_not_said_of_the_whole(houses) -> None:
    house = houses(task_seconds=20, overlap=1)
    nothing = Answer(answer_id("content"), "content", CHECKED_NONE)
    house.submit("Ada", [], nothing, task=0)
    house.submit("Ada", task=1)
    house.round()
    (gold,) = house.services.transfer.documents(house.project_id, Which.GOLD)
    assert [a.question for a in gold.answers] == ["policy"]
    assert gold.segments


def test_only_settled_items_are_exported_as_gold(house: House, tmp_path: Path) -> None:
    house.submit("Ada")
    done = house.services.transfer.export(house.project_id, Which.GOLD, "native", tmp_path / "gold.jsonl")
    assert (done.items, done.files[0].read_text()) == (0, done.files[0].read_text())
    assert house.services.transfer.export(house.project_id, Which.ALL, "native", tmp_path / "a.jsonl").items == 1


def test_the_models_answers_are_exported_apart(house: House) -> None:
    house.model_says([(0, 10, "speech", 0.9)])
    (found,) = house.services.transfer.documents(house.project_id, Which.MODEL)
    assert (found.author, [s.label for s in found.segments]) == ("model", ["speech"])
    assert house.services.transfer.documents(house.project_id, Which.ALL) == []


def test_each_author_has_a_file_of_their_own_where_a_format_holds_one(houses, tmp_path: Path) -> None:
    house = houses(items=2)
    for name in ("Ada", "Ben"):
        house.submit(name)
    done = house.services.transfer.export(house.project_id, Which.ALL, "textgrid", tmp_path / "out")
    assert sorted(p.name for p in done.files) == ["episode-0.Ada.textgrid", "episode-0.Ben.textgrid"]


def test_rulings_and_rejected_suggestions_are_not_exported(house: House) -> None:
    rejected = Answer(answer_id("suggestion", "s1"), "suggestion", "rejected", "s1")
    house.submit("Ada", ALIKE, rejected)
    (found,) = house.services.transfer.documents(house.project_id, Which.ALL)
    assert [a.question for a in found.answers] == ["policy"]


def test_tiers_of_the_schema_are_exported_even_where_empty(house: House) -> None:
    house.submit("Ada")
    (found,) = house.services.transfer.documents(house.project_id, Which.ALL)
    assert found.tiers == tiers_of(house.services.projects.get(house.project_id).project.schema)


def test_items_that_a_table_names_and_nobody_knows_are_not_taken_for_the_one_of_its_own_name(
    house: House, tmp_path: Path
) -> None:
    table = tmp_path / "episode-0.csv"
    table.write_text("item,tier,start,end,label\nepisode-0,content,0,9,speech\nepisode-7,content,9,12,music\n")
    taken = house.services.transfer.import_files(house.project_id, "Ada", [table])
    assert timeline(house.open("Ada").session.annotations) == [(0, 9, ("speech",))]
    assert [s.reason for s in taken.skipped] == ["no item is called 'episode-7'"]


def test_of_very_many_segments_in_one_place_the_first_is_taken(house: House, tmp_path: Path) -> None:
    many = segments([(0, 10, "speech")] * 20_000)
    fine = segments([(10 + n / 1000, 10 + (n + 1) / 1000, "music") for n in range(20_000)])
    path = native(tmp_path / "many.jsonl", Document(elements=(*fine, *many), item="episode-0"))
    taken = house.services.transfer.import_files(house.project_id, "Ada", [path])
    assert (taken.segments, len(taken.skipped)) == (20_001, 19_999)
    assert taken.skipped[0].reason == "Two segments overlap on content at 00:00:00.000."


def test_decisions_about_elements_and_spans_past_the_text_are_not_taken_in(houses, tmp_path: Path) -> None:
    house = houses(with_text=True)
    elements = (
        Answer("r", "ruling", "A", "somewhere"),
        Span("far", "text", "entity", 5, 10_000, ("artist",)),
        Span("near", "text", "entity", 10, 17, ("artist",)),
    )
    path = native(tmp_path / "odd.jsonl", Document(elements=elements, item="episode-0"))
    taken = house.services.transfer.import_files(house.project_id, "Ada", [path])
    assert [e.id for e in house.open("Ada").session.annotations] == ["near"]
    assert taken.skipped[0].reason == "episode-0: one entity ends at character 10000, and its text at 27"


def test_half_a_character_is_told_and_nothing_is_taken_in(house: House, tmp_path: Path) -> None:
    (segment,) = segments([(0, 10, "speech")])
    odd = Document(elements=(replace(segment, text="\ud800"),), item="episode-0")
    with pytest.raises(StoreError, match=r"half a character, which work\.annodesk cannot keep"):
        house.services.transfer.import_files(house.project_id, "Ada", [native(tmp_path / "odd.jsonl", odd)])
    assert len(house.open("Ada").session.annotations) == 0


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[31m", "\udc80", "n" * 201])
def test_a_name_that_is_no_line_is_nobodys(house: House, tmp_path: Path, name: str) -> None:
    path = native(tmp_path / "one.jsonl", document(None))
    with pytest.raises(WorkflowError, match="one line of up to 200 characters"):
        house.services.transfer.import_files(house.project_id, name, [path])


def test_an_item_of_a_long_name_is_exported_under_its_beginning(houses, tmp_path: Path) -> None:
    house = houses()
    name = "ü" * 120
    (house.folder / "media" / "episode-0.wav").rename(house.folder / "media" / f"{name}.wav")
    with house.services.file.write() as db:
        db.execute(text("UPDATE item SET key = :name"), {"name": name})
    house.submit("Ada")
    house.submit("Ben")
    done = house.services.transfer.export(house.project_id, Which.ALL, "textgrid", tmp_path / "out")
    assert sorted(path.name for path in done.files) == [f"{'ü' * 55}.Ada.textgrid", f"{'ü' * 55}.Ben.textgrid"]
    assert all(path.is_file() for path in done.files)


def test_an_export_never_overwrites_a_project_file(house: House) -> None:
    house.submit("Ada")
    with pytest.raises(FormatError, match="this is a project file or another database"):
        house.services.transfer.export(house.project_id, Which.ALL, "native", house.services.path)
    assert house.status()["items"] == 1
