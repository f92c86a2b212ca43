"""Blind means blind: nothing an annotator is given tells of others' work, and only independent answers are compared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import text

from annodesk.model.annotations import BY_PERSON, AnnotationSet, Origin, OriginKind
from annodesk.model.edits import add, set_labels
from annodesk.model.work import Escalation, ItemState, Reason, Stage, Task
from annodesk.services.independence import countable_sets, note_seen
from annodesk.store import figures, tasks
from annodesk.workflow.routing import make_slots
from tests.services.made import ALIKE, MODEL, OTHER, House, segments, suggested, timeline

SUGGESTED = ((0.0, 10.0, "speech", 0.99), (10.0, 25.0, "advert", 0.95), (25.0, 40.0, "speech", 0.5))


def texts(value: object) -> Iterator[str]:
    """Every text anywhere inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, AnnotationSet):
        yield value.id
        yield value.author.id
        for element in value:
            yield from texts(element)
    elif isinstance(value, Struct):
        for part in asdict(value).values():
            yield from texts(part)
    elif isinstance(value, dict):
        for pair in value.items():
            yield from texts(pair)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from texts(one)


def by_name(house: House) -> dict[str, bool]:
    """Who counts as aided, by name."""
    names = {person.id: name for name, person in house.people.items()}
    with house.services.file.read() as db:
        return {names[s.annotations.author.id]: s.aided for s in countable_sets(db, house.tasks()[0])}


@pytest.fixture
def shown(houses) -> House:
    """A project in which one of two people sees all suggestions."""
    house = houses(show="before")
    house.model_says(SUGGESTED)
    return house


def in_order(house: House) -> tuple[str, str]:
    """The person with suggestions and the one without, both with the task open."""
    works = {name: house.open(name) for name in ("Ada", "Ben")}
    aided = [name for name, work in works.items() if work.show != "never"]
    assert len(aided) == 1, "exactly one of two works without suggestions"
    return aided[0], next(name for name in works if name not in aided)


def test_what_a_person_sees_does_not_change_with_what_others_do(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora"), items=2)
    ada = house.id_of("Ada")

    def seen() -> object:
        cards = house.services.tasks.cards(house.project_id, ada)
        return sorted((c.title, c.subtitle, c.state, c.reason, c.share_done, c.set_id) for c in cards)

    before = seen()
    house.submit("Ben", OTHER)
    house.round()
    assert seen() == before
    work = house.services.tasks.flag(house.submit("Ben", task=1).set_id, "bad audio", "secret note")
    assert work.items
    house.round()
    assert seen() == before


def test_nothing_handed_to_a_person_names_another_or_their_elements(houses) -> None:
    house = houses(people=("Ada", "Ben"))
    theirs = house.submit("Ben", OTHER, *segments([(3, 4, "guest")], "voices"))
    house.services.annotate.comment(theirs.set_id, house.id_of("Ben"), "is this an advert?")
    house.round()
    work = house.submit("Ada")
    house.round()
    given = [
        house.services.tasks.cards(house.project_id, house.id_of("Ada")),
        house.services.tasks.my_work(house.project_id, house.id_of("Ada")),
        house.services.tasks.why_empty(house.project_id, house.id_of("Ada")),
        house.open("Ada"),
        house.open("Ada").session.annotations,
        work,
    ]
    told = set(texts(given))
    secret = {house.id_of("Ben"), "Ben", theirs.set_id, *(e.id for e in theirs.session.annotations.segments())}
    assert told.isdisjoint(secret)
    assert not any("Ben" in text or "advert?" in text for text in told)


def test_the_models_answer_is_not_given_to_who_must_not_see_it(shown: House) -> None:
    aided, unaided = in_order(shown)
    assert len(shown.open(aided).suggestions or ()) == 3
    assert shown.open(unaided).suggestions is None
    assert shown.open(unaided).show == "never"


def test_only_sure_suggestions_are_shown_above_the_threshold(houses) -> None:
    house = houses(show="above-threshold")
    house.model_says(SUGGESTED)
    aided, _ = in_order(house)
    suggestions = house.open(aided).suggestions
    assert suggestions is not None
    assert timeline(suggestions) == [(0, 10, ("speech",)), (10, 25, ("advert",))]


def test_who_saw_suggestions_counts_as_aided(shown: House) -> None:
    aided, unaided = in_order(shown)
    for name in (aided, unaided):
        shown.submit(name)
    assert by_name(shown) == {aided: True, unaided: False}


def test_nobody_is_aided_where_no_suggestion_was_in_view(houses) -> None:
    house = houses(show="above-threshold")
    house.model_says([(0, 40, "speech", 0.3)])
    for name in ("Ada", "Ben"):
        house.submit(name)
    assert by_name(house) == {"Ada": False, "Ben": False}


def test_two_aided_answers_are_no_pair_and_go_to_review(shown: House) -> None:
    with shown.services.file.write() as db:
        db.execute(text("UPDATE slot SET shows_suggestions = 1"))
    for name in ("Ada", "Ben"):
        shown.submit(name)
    shown.round()
    assert shown.status()["agreement"] is None
    assert shown.status()["escalated"] == 1


def test_after_a_commit_agreement_counts_what_stood_before_the_comparison(houses) -> None:
    house = houses(show="after-commit")
    house.model_says(SUGGESTED)
    aided, unaided = in_order(house)
    work = house.label(aided, ALIKE)
    assert house.open(aided).suggestions is None
    revealed = house.services.tasks.reveal(work.session.annotations)
    assert len(revealed.suggestions or ()) == 3
    assert len(house.open(aided).suggestions or ()) == 3, "once shown, it stays in view"
    second = work.session.annotations.segments("content")[1]
    house.do(work, set_labels(work.session.annotations, [second.id], ["advert"]))
    house.services.tasks.submit(work.session.annotations)
    house.submit(unaided, ALIKE)
    with house.services.file.read() as db:
        counted = {s.set_id: s for s in countable_sets(db, house.tasks()[0])}
    assert not counted[work.set_id].aided
    assert [label for _, _, (label,) in timeline(counted[work.set_id].annotations)] == ["speech", "music", "speech"]
    house.round()
    assert house.status()["agreement"] == 1.0
    assert house.services.tasks.reveal(work.session.annotations).suggestions is not None


def test_what_is_changed_after_feedback_counts_for_nothing(house: House) -> None:
    asked = house.label("Ada", ALIKE)
    with house.services.file.write() as db:
        note_seen(db, asked.set_id, house.clock())
    house.do(asked, set_labels(asked.session.annotations, [asked.session.annotations.segments()[1].id], ["advert"]))
    house.services.tasks.submit(asked.session.annotations)
    told = house.submit("Ben", ALIKE)
    with house.services.file.write() as db:
        note_seen(db, told.set_id, house.clock())
    house.services.tasks.recall(told.set_id)
    again = house.open("Ben")
    house.do(again, set_labels(again.session.annotations, [again.session.annotations.segments()[0].id], ["music"]))
    house.services.tasks.submit(again.session.annotations)
    with house.services.file.read() as db:
        counted = countable_sets(db, house.tasks()[0])
    assert [[label for _, _, (label,) in timeline(s.annotations)] for s in counted] == [
        ["speech", "music", "speech"]
    ] * 2
    assert not any(s.aided for s in counted)


def test_feedback_does_not_make_an_aided_answer_independent(shown: House) -> None:
    aided, unaided = in_order(shown)
    work = shown.label(aided)
    with shown.services.file.write() as db:
        note_seen(db, work.set_id, shown.clock())
    shown.services.tasks.submit(work.session.annotations)
    shown.submit(unaided)
    assert by_name(shown) == {aided: True, unaided: False}


def test_suggestions_seen_after_feedback_do_not_forget_it(houses) -> None:
    house = houses(show="before", overlap=2)
    with house.services.file.write() as db:
        db.execute(text("UPDATE slot SET shows_suggestions = 1"))
    work = house.label("Ada")
    with house.services.file.write() as db:
        note_seen(db, work.set_id, house.clock())
    house.model_says(SUGGESTED)
    assert house.open("Ada").suggestions
    with house.services.file.read() as db:
        view = tasks.view_of(db, work.set_id)
    assert view.independent_head == work.session.annotations.head
    assert view.suggestions_from_us is not None
    assert view.independent_until_us is not None
    assert view.independent_until_us < view.suggestions_from_us


def test_revealing_twice_keeps_what_stood_at_first(houses) -> None:
    house = houses(show="after-commit")
    house.model_says(SUGGESTED)
    aided, _ = in_order(house)
    work = house.label(aided, [(0, 10, "speech")])
    house.services.tasks.reveal(work.session.annotations)
    with house.services.file.read() as db:
        first = tasks.view_of(db, work.set_id)
    house.do(work, add(*segments([(10, 20, "music")])))
    house.services.tasks.reveal(work.session.annotations)
    with house.services.file.read() as db:
        assert tasks.view_of(db, work.set_id) == first


def test_nothing_is_revealed_on_a_place_without_suggestions(houses) -> None:
    house = houses(show="after-commit")
    house.model_says(SUGGESTED)
    _, unaided = in_order(house)
    assert house.services.tasks.reveal(house.label(unaided).session.annotations).suggestions is None


def test_a_project_that_never_shows_suggestions_never_does(houses) -> None:
    house = houses(show="never", overlap=1)
    house.model_says(SUGGESTED)
    work = house.label("Ada")
    assert work.suggestions is None
    assert house.services.tasks.reveal(work.session.annotations).suggestions is None


def test_the_sides_of_a_review_carry_letters_and_no_names(house: House) -> None:
    house.services.tasks.flag(house.submit("Ada").set_id, "bad audio", "clipped")
    house.submit("Ben", OTHER)
    house.round()
    work = house.review()
    assert [lane.letter for lane in work.lanes] == ["A", "B"]
    words = set(texts([work.escalations, list(work.disagreements), work.item, work.task]))
    assert words.isdisjoint({"Ada", "Ben", house.id_of("Ada"), house.id_of("Ben")})


def test_the_sides_of_a_review_do_not_tell_which_came_from_the_model(shown: House) -> None:
    with_help, without = in_order(shown)
    taken = [
        replace(
            suggested(*stretch),
            id=f"taken-{n}",
            origin=Origin(OriginKind.SUGGESTION, "s", suggested(*stretch).origin.suggestion),
        )
        for n, stretch in enumerate(SUGGESTED)
    ]
    shown.submit(with_help, (), *taken)
    shown.submit(without, OTHER)
    shown.round()
    work = shown.review()
    origins = {element.origin for lane in work.lanes for element in lane.annotations}
    assert origins == {BY_PERSON}
    assert MODEL not in set(texts([lane.annotations for lane in work.lanes]))


def test_the_sides_keep_their_letters_when_a_third_answer_comes_in_late(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora", "Eve"), overlap=4)
    for name in ("Ada", "Ben"):
        house.submit(name, OTHER if name == "Ben" else ALIKE)
    late = house.label("Dora", [(0, 40, "advert")])
    # Two flags of one kind by skipping would send it to review early; here the states are set by hand.
    with house.services.file.write() as db:
        task = tasks.get_task(db, house.tasks()[0])
        figures.set_item_state(db, task.item_id, ItemState.ESCALATED, "", 0)
        figures.add_escalation(db, Escalation("e1", task.item_id, Reason.SKIPPED), None, 0)
        review = Task("r1", task.item_id, Stage.REVIEW, task.start_us, task.end_us, task.batch_id)
        tasks.add_task(db, house.project_id, review, make_slots("r1", 1, seed="", unaided_share=1), 0)
    before = [lane.annotations.id for lane in house.review().lanes]
    house.services.tasks.submit(late.session.annotations)
    assert [lane.annotations.id for lane in house.review().lanes] == before


def test_scores_name_the_heads_they_were_made_of(house: House) -> None:
    works = [house.submit(name) for name in ("Ada", "Ben")]
    house.round()
    with house.services.file.read() as db:
        pairs = list(figures.current_scores(db, house.project_id, scope="pair"))
    heads = {work.session.annotations.head for work in works}
    assert pairs
    assert all({pair.head_a, pair.head_b} == heads for pair in pairs)
