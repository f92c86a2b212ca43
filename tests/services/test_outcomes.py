"""Places without one answer: ruled, settled, exported as such, and taken in again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from annodesk import formats
from annodesk.errors import WorkflowError
from annodesk.formats.base import Document, same
from annodesk.model.annotations import AnnotationSet, Answer, UnknownElement
from annodesk.model.edits import add
from annodesk.model.outcomes import WHOLE, Outcome, OutcomeKind, is_outcome, outcomes_in
from annodesk.model.work import Person, Role
from annodesk.services import decisions
from annodesk.services.transfer import Which
from tests.services.made import ALIKE, House, timeline
from tests.services.test_review import LABEL, Desk, desk, span  # noqa: F401

KINDS = list(OutcomeKind)


def outcomes(annotations: AnnotationSet) -> dict[str, Outcome]:
    return outcomes_in(annotations)


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_without_one_answer_is_left_empty_and_settles(desk, kind: OutcomeKind) -> None:  # noqa: F811
    made = desk((ALIKE,), LABEL)
    (place,) = made.work.disagreements
    made.take(place, "Ada")
    made.do(decisions.no_one_answer(made.work, place, kind, "why" if kind is OutcomeKind.EXCLUDED else ""))
    assert decisions.ruling(made.now, place) == kind.value
    assert timeline(made.now) == [(0, 10, ("speech",)), (25, 40, ("speech",))]
    stands = made.settle()
    found = outcomes(stands)[place.key]
    assert (found.kind, found.part, found.start_us, found.end_us) == (kind, "content", 10_000_000, 25_000_000)
    assert len(found.alternatives) == (2 if kind is OutcomeKind.SEVERAL else 0)
    assert {p.labels for one in found.alternatives for p in one.pieces} <= {("music",), ("advert",)}


def test_undo_brings_back_what_stood_before_an_outcome(desk) -> None:  # noqa: F811
    made = desk((ALIKE,), LABEL)
    (place,) = made.work.disagreements
    made.take(place, "Ben")
    before = made.now.digest()
    made.do(decisions.no_one_answer(made.work, place, OutcomeKind.UNDECIDED))
    made.undo()
    assert made.now.digest() == before


def test_a_ruling_is_taken_back_whatever_was_ruled_since(desk) -> None:  # noqa: F811
    made = desk((ALIKE,), LABEL, quality=(1, 5))
    place, other = made.work.disagreements
    made.take(place, "Ben")
    made.take(other, "Ada")
    made.do(decisions.open_again(made.work, place))
    assert decisions.unruled(made.work.disagreements, made.now) == [place]
    with pytest.raises(WorkflowError, match="Not ruled yet"):
        made.settle()


def test_a_side_replaces_an_outcome_and_its_record_goes(desk) -> None:  # noqa: F811
    made = desk((ALIKE,), LABEL)
    (place,) = made.work.disagreements
    made.do(decisions.no_one_answer(made.work, place, OutcomeKind.SEVERAL))
    made.take(place, "Ben")
    assert outcomes(made.now) == {}
    assert timeline(made.settle())[1] == (10, 25, ("advert",))


def test_a_required_question_may_have_several_answers(desk) -> None:  # noqa: F811
    made = desk((ALIKE,), (ALIKE,), policy=(("violence",), ("medical",)))
    (place,) = made.work.disagreements
    made.do(decisions.no_one_answer(made.work, place, OutcomeKind.SEVERAL))
    stands = made.settle()
    assert stands.answer("policy") is None
    assert sorted(one.value for one in outcomes(stands)["policy"].alternatives) == [("medical",), ("violence",)]


def test_what_an_analyst_drew_at_disputed_words_goes_with_an_outcome(houses) -> None:
    house = houses(with_text=True, audit_share=1.0)
    asset = house.open("Ada").text.asset_id
    made = Desk(house, (ALIKE, span(asset, 10, 17)), (ALIKE, span(asset, 10, 14)))
    (place,) = made.work.disagreements
    made.do(decisions.clear(made.work, place))
    made.do(decisions.own(made.work, place, add(span(asset, 11, 16))))
    made.do(decisions.no_one_answer(made.work, place, OutcomeKind.UNDECIDED))
    assert made.now.spans() == []


def test_the_whole_item_is_left_out_without_another_ruling_and_alone_exported_so(desk, tmp_path: Path) -> None:  # noqa: F811
    made = desk((ALIKE,), LABEL, quality=(1, 5))
    made.do(decisions.exclude_item(made.work, "content that must not be used"))
    made.settle()
    transfer = made.house.services.transfer
    (document,) = transfer.documents(made.house.project_id, Which.GOLD)
    (only,) = document.elements
    assert is_outcome(only)
    assert only.target == WHOLE
    done = transfer.export(made.house.project_id, Which.GOLD, "csv", tmp_path / "gold.csv")
    (row,) = csv.DictReader(done.files[0].read_text(encoding="utf-8-sig").splitlines())
    assert (row["outcome"], row["tier"], row["start"]) == ("excluded", "", "")
    assert "must not be used" in row["ruled"]


def test_an_item_that_is_left_out_can_be_taken_in_again(desk) -> None:  # noqa: F811
    made = desk((ALIKE,), LABEL)
    made.do(decisions.exclude_item(made.work, "noise"))
    made.do(decisions.exclude_item(made.work, ""))
    with pytest.raises(WorkflowError, match="Not ruled yet"):
        made.settle()


def settled_with_all(made: Desk) -> None:
    """One item with every outcome: in time, in a text, and about a question."""
    kinds = iter([OutcomeKind.SEVERAL, OutcomeKind.UNDECIDED, OutcomeKind.EXCLUDED, OutcomeKind.SEVERAL])
    for place in made.work.disagreements:
        kind = next(kinds)
        made.do(decisions.no_one_answer(made.work, place, kind, "why" if kind is OutcomeKind.EXCLUDED else ""))
    made.settle()


@pytest.fixture
def ruled(houses) -> Desk:
    house = houses(with_text=True, audit_share=1.0)
    asset = house.open("Ada").text.asset_id
    made = Desk(
        house,
        (ALIKE, span(asset, 10, 17), span(asset, 20, 24)),
        (*LABEL, span(asset, 10, 14), span(asset, 20, 24)),
        policy=(("violence",), ("medical",)),
        quality=(1, 5),
    )
    assert len(made.work.disagreements) == 4
    settled_with_all(made)
    return made


@pytest.mark.parametrize("name", sorted(f.name for f in formats.formats() if f.writes))
def test_every_format_holds_the_outcomes_or_says_what_is_lost(ruled: Desk, tmp_path: Path, name: str) -> None:
    made = formats.by_name(name)
    transfer = ruled.house.services.transfer
    out = tmp_path / f"gold{made.extensions[0]}"
    done = transfer.export(ruled.house.project_id, Which.GOLD, name, out)
    (was,) = transfer.documents(ruled.house.project_id, Which.GOLD)
    (file,) = done.files
    now = made.read(file).document
    kept = {e.target: e.value for e in now.elements if is_outcome(e)}
    expected = {e.target: e.value for e in was.elements if is_outcome(e)}
    assert len(expected) == 4
    if name in ("native", "csv"):
        assert kept == expected
        assert not any("without one answer" in loss or "cell" in loss for loss in done.losses)
    else:
        assert kept == {}
        assert any("4 rulings without one answer" in loss for loss in done.losses), done.losses
    if name == "native":
        assert done.losses == ()
        assert same(now, was)


def test_outcomes_go_out_come_in_elsewhere_and_go_out_again_the_same(ruled: Desk, houses, tmp_path: Path) -> None:
    here = ruled.house
    there = houses(with_text=True, overlap=1, people=("Zoe",))
    done = here.services.transfer.export(here.project_id, Which.GOLD, "native", tmp_path / "one.jsonl")
    taken = there.services.transfer.import_files(there.project_id, "Zoe", done.files)
    assert taken.skipped == ()
    there.round()
    (again,) = there.services.transfer.documents(there.project_id, Which.GOLD)
    (first,) = here.services.transfer.documents(here.project_id, Which.GOLD)

    def told(document: Document) -> list[tuple[object, ...]]:
        found = [e for e in document.elements if is_outcome(e)]
        return sorted(
            (e.value["outcome"], e.value["part"], e.value.get("start_us"), e.value.get("start")) for e in found
        )

    assert told(again) == told(first)
    assert len(told(again)) == 4
    asset = there.open("Zoe").text.asset_id
    words = [e for e in again.elements if is_outcome(e) and e.value.get("asset")]
    assert {e.value["asset"] for e in words} == {asset}, "words belong to the text that is here"


def test_a_side_taken_is_no_result_and_stays_at_home(desk) -> None:  # noqa: F811
    made = desk((ALIKE,), LABEL)
    made.take(made.work.disagreements[0], "Ada")
    made.settle()
    (document,) = made.house.services.transfer.documents(made.house.project_id, Which.GOLD)
    assert not [e for e in document.elements if isinstance(e, Answer) and e.question == "ruling"]


def test_an_element_of_an_unknown_kind_that_all_hold_comes_through_a_review(desk) -> None:  # noqa: F811
    body = {"kind": "polygon", "points": [[1, 2], [3, 4]]}
    made = desk((ALIKE, UnknownElement("p1", body)), (*LABEL, UnknownElement("p2", body)))
    made.take(made.work.disagreements[0], "Ada")
    assert [e.body for e in made.settle() if isinstance(e, UnknownElement)] == [body]


def test_what_was_ruled_before_is_there_when_another_analyst_opens_the_item_again(desk) -> None:  # noqa: F811
    made = desk((ALIKE,), LABEL)
    house = made.house
    made.take(made.work.disagreements[0], "Ben")
    before = made.settle()
    house.services.people.add(house.project_id, "Dora", Role.ANALYST)
    house.people = {person.name: person for person in people_of(house)}
    assert made.work.earlier == ()
    house.services.judging.reopen(made.work.item.id, house.id_of("Cleo"), "look again")
    again = house.review("Dora")
    assert [one.digest() for one in again.earlier] == [before.digest()]
    assert decisions.ruled_keys(again.session.annotations) == frozenset()


def people_of(house: House) -> list[Person]:
    return [member.person for member in house.services.people.list(house.project_id)]


def test_where_people_agree_and_the_model_does_not_the_desk_shows_where_to_look(houses) -> None:
    house = houses()
    house.submit("Ada")
    house.submit("Ben")
    house.model_says([(0, 10, "speech", 0.99), (10, 25, "advert", 0.99), (25, 40, "speech", 0.99)])
    house.round()
    work = house.review()
    (place,) = work.disagreements
    assert (place.kind, place.start_us, place.end_us) == ("doubt", 10_000_000, 25_000_000)
    assert {label for said in place.answers for label in said.labels or ()} == {"music"}
    assert not any("model" in one.evidence for one in work.escalations), "its answer is not told with the reason"
    house.do(work, decisions.take(work, place, "A"))
    assert timeline(work.session.annotations) == [(s, e, (label,)) for s, e, label in ALIKE]
    house.do(work, decisions.fill(work, place, "advert"))
    assert timeline(work.session.annotations)[1] == (10, 25, ("advert",))
    house.services.review.settle(work.session.annotations)


def test_a_review_that_nobody_has_answered_is_filled_by_the_analyst(houses) -> None:
    house = houses()
    for name in ("Ada", "Ben"):
        house.services.tasks.skip(house.open(name).set_id, "no sound")
    house.round()
    work = house.review()
    assert (work.lanes, work.disagreements) == ((), ())
    house.do(work, decisions.exclude_item(work, "the recording or the text is faulty"))
    assert house.services.review.settle(work.session.annotations).sentence == "Settled."
