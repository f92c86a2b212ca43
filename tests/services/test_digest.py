"""Rulings that come back to those who labelled, and what they dispute, alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.edits import set_answer, set_labels
from annodesk.model.outcomes import OutcomeKind
from annodesk.model.pins import Pin
from annodesk.model.schema import TOLD
from annodesk.model.work import ItemState, Role, SlotState
from annodesk.services.decisions import exclude_item, no_one_answer, ruled_keys, take
from annodesk.services.digest import CONTEXT_US, GOES, ONCE, WAITS, ToldRuling
from annodesk.services.review import ReviewWork
from annodesk.services.transfer import Which
from annodesk.store import figures, state_changes, tasks
from tests.services.made import ALIKE, House, Stretch, timeline, us

Houses = Callable[..., House]
THEIRS: tuple[Stretch, ...] = ((0, 10, "advert"), (10, 25, "music"), (25, 40, "advert"))
SHOWN = 'see_others = "settled"'


def disputed(house: House) -> House:
    house.submit("Ada")
    house.submit("Ben", THEIRS)
    house.round()
    return house


def letter_of(work: ReviewWork, house: House, name: str) -> str:
    return next(lane.letter for lane in work.lanes if lane.annotations.author.id == house.id_of(name))


def settle(house: House, *, as_: str = "Ada", by: str = "Cleo", words: str = "") -> ReviewWork:
    """Let an analyst follow one person everywhere, with words at the first place."""
    work = house.review(by)
    for one in work.disagreements:
        house.do(work, take(work, one, letter_of(work, house, as_)))
    if words:
        house.do(work, set_answer(work.session.annotations, TOLD, words, target=work.disagreements[0].key))
    house.services.review.settle(work.session.annotations)
    return work


def told(house: House, name: str) -> list[ToldRuling]:
    return house.services.digest.unseen(house.project_id, house.id_of(name))


def dispute(house: House, name: str, words: str = "It is music.") -> str:
    one = (
        told(house, name)[0]
        if told(house, name)
        else house.services.digest.recent(house.project_id, house.id_of(name))[0]
    )
    return house.services.digest.dispute(one.id, house.id_of(name), words).sentence


def test_who_was_ruled_otherwise_is_told_and_who_was_right_is_not(houses: Houses) -> None:
    house = disputed(houses(workflow=SHOWN))
    assert told(house, "Ben") == []
    settle(house, words="Adverts sell something.")
    assert told(house, "Ada") == []
    first, second = told(house, "Ben")
    assert (first.place.start_us, first.place.end_us) == (0, us(10))
    assert [s["labels"] for s in first.said["stretches"]] == [["advert"]]
    assert first.ruled is not None
    assert [s["labels"] for s in first.ruled["stretches"]] == [["speech"]]
    assert (first.words, second.words) == ("Adverts sell something.", "")
    assert first.can_dispute


def test_where_others_answers_stay_hidden_so_do_the_rulings_labels(houses: Houses) -> None:
    house = disputed(houses(workflow='see_others = "never"'))
    settle(house)
    assert [one.ruled for one in told(house, "Ben")] == [None, None]
    with house.services.file.read() as db:
        assert "speech" not in str(db.exec_driver_sql("select body from told_ruling").fetchall())


def test_the_clip_has_a_second_of_context_and_stays_within_the_item(houses: Houses) -> None:
    house = disputed(houses())
    settle(house)
    first, second = told(house, "Ben")
    clip = house.services.digest.clip(house.project_id, first.item_id)
    stretch = clip.stretch(first.place)
    assert stretch is not None
    assert (stretch.start_us, stretch.end_us) == (0, us(10) + CONTEXT_US)
    last = clip.stretch(second.place)
    assert last is not None
    assert (last.start_us, last.end_us) == (us(25) - CONTEXT_US, clip.item.duration_us)


def test_what_was_looked_at_does_not_come_again_and_counts_as_feedback(houses: Houses) -> None:
    house = disputed(houses())
    settle(house)
    first, second = told(house, "Ben")
    house.services.digest.note_seen([first.id], house.id_of("Ada"))
    assert len(told(house, "Ben")) == 2, "nobody marks a colleague's as seen"
    house.services.digest.note_seen([first.id], house.id_of("Ben"))
    assert [one.id for one in told(house, "Ben")] == [second.id]
    assert len(house.services.digest.recent(house.project_id, house.id_of("Ben"))) == 2
    with house.services.file.read() as db:
        claim = tasks.claim_of(db, house.tasks()[0], house.id_of("Ben"))
        assert claim is not None
        assert claim.set_id is not None
        assert tasks.view_of(db, claim.set_id).independent_until_us is not None


def test_a_disputed_ruling_goes_to_another_analyst_with_the_words_and_no_name(houses: Houses) -> None:
    house = disputed(houses())
    house.people["Joe"] = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    settle(house)
    assert dispute(house, "Ben") == GOES
    cards, cleo, joe = house.services.review.cards, house.id_of("Cleo"), house.id_of("Joe")
    assert cards(house.project_id, cleo) == []
    assert [card.reason for card in cards(house.project_id, joe)] == ["disputed"]
    work = house.review("Joe")
    assert [one.evidence for one in work.escalations] == [{"note": "It is music."}]
    with house.services.file.read() as db:
        told_of = state_changes.states_of(db, [work.item.id])
    assert house.id_of("Ben") not in {change.by for change in told_of}


def test_the_second_ruling_stands_and_both_are_kept(houses: Houses) -> None:
    house = disputed(houses(workflow=SHOWN))
    house.people["Joe"] = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    first = settle(house)
    before = told(house, "Ben")
    house.services.digest.note_seen([one.id for one in before], house.id_of("Ben"))
    house.services.digest.dispute(before[0].id, house.id_of("Ben"), "It is an advert.")
    second = settle(house, as_="Ben", by="Joe")
    with house.services.file.read() as db:
        stood = db.exec_driver_sql("select set_id, stands from settlement order by id").fetchall()
        assert figures.item_state(db, first.item.id) is ItemState.SETTLED
    assert [tuple(row) for row in stood] == [(first.set_id, 0), (second.set_id, 1)]
    assert [one.outcome for one in told(house, "Ben")] == ["yours", "yours"]
    assert not any(one.can_dispute for one in told(house, "Ben"))
    assert [one.outcome for one in told(house, "Ada")] == ["", ""]
    assert not any(one.can_dispute for one in told(house, "Ada")), "the second ruling stands"
    with pytest.raises(WorkflowError, match="second time"):
        house.services.digest.dispute(told(house, "Ada")[0].id, house.id_of("Ada"), "No.")


def test_who_disputed_hears_that_it_stays(houses: Houses) -> None:
    house = disputed(houses(workflow=SHOWN))
    house.people["Joe"] = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    settle(house)
    before = told(house, "Ben")
    house.services.digest.note_seen([one.id for one in before], house.id_of("Ben"))
    house.services.digest.dispute(before[0].id, house.id_of("Ben"), "It is an advert.")
    settle(house, as_="Ada", by="Joe")
    assert [(one.outcome, one.place) for one in told(house, "Ben")] == [("stays", before[0].place)]
    assert told(house, "Ada") == []


def test_a_ruling_is_disputed_once_and_with_words(houses: Houses) -> None:
    house = disputed(houses())
    house.people["Joe"] = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    settle(house)
    ben, digest = house.id_of("Ben"), house.services.digest
    first, second = told(house, "Ben")
    with pytest.raises(WorkflowError, match="Say why"):
        digest.dispute(first.id, ben, "  ")
    with pytest.raises(WorkflowError, match="no such ruling"):
        digest.dispute(first.id, house.id_of("Ada"), "Mine now.")
    digest.dispute(first.id, ben, "It is music.")
    with pytest.raises(WorkflowError) as refused:
        digest.dispute(first.id, ben, "Still.")
    assert refused.value.sentence == ONCE
    assert digest.dispute(second.id, ben, "And this.").sentence == GOES, "another place of it joins"
    assert len(house.review("Joe").escalations) == 2


def test_without_another_analyst_it_is_said_and_waits(houses: Houses) -> None:
    house = disputed(houses())
    settle(house)
    assert dispute(house, "Ben") == WAITS
    assert all(one.waits for one in told(house, "Ben") if one.is_disputed)
    assert house.services.review.cards(house.project_id, house.id_of("Cleo")) == []
    house.people["Joe"] = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    assert len(house.services.review.cards(house.project_id, house.id_of("Joe"))) == 1
    settle(house, by="Joe")


def test_a_disputed_item_is_not_returned_and_what_was_a_reference_is_none_any_more(houses: Houses) -> None:
    house = disputed(houses())
    house.people["Joe"] = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    item = settle(house).item.id
    house.services.judging.confirm(item, house.id_of("Joe"), is_hidden=True)
    told_before = [(one.place, one.ruled) for one in told(house, "Ben")]
    assert told_before, "a hidden reference item is told of like any other"
    dispute(house, "Ben")
    with house.services.file.read() as db:
        assert db.exec_driver_sql("select count(*) from reference_item").scalar() == 0
    work = house.review("Joe")
    with pytest.raises(WorkflowError, match="disputed"):
        house.services.judging.return_work(work.lane("A").annotations.id, house.id_of("Joe"), "Again.")


def test_an_item_opened_again_by_a_manager_is_not_disputed_beside_that(houses: Houses) -> None:
    house = disputed(houses())
    house.people["Joe"] = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    item = settle(house).item.id
    house.services.judging.reopen(item, house.id_of("Joe"), "Look again.")
    with pytest.raises(WorkflowError, match="again already"):
        dispute(house, "Ben")


def test_an_item_of_several_parts_tells_when_all_of_it_is_settled(houses: Houses) -> None:
    house = houses(task_seconds=20, workflow=SHOWN)
    for task in (0, 1):
        house.submit("Ada", task=task)
        house.submit("Ben", THEIRS, task=task)
    house.round()
    settle(house)
    assert told(house, "Ben") == []
    settle(house)
    assert len({one.item_id for one in told(house, "Ben")}) == 1
    parts = {one.place.start_us for one in told(house, "Ben")}
    assert min(part for part in parts if part is not None) < us(20) <= max(part for part in parts if part is not None)


def test_nothing_is_left_of_a_ruling_on_an_item_that_was_taken_down(houses: Houses) -> None:
    house = disputed(houses(workflow=SHOWN))
    settle(house, words="The name of the caller is secret.")
    dispute(house, "Ben", "The caller says so.")
    item = house.services.items.every(house.project_id)[0]
    house.services.takedowns.take_down(house.project_id, item.key)
    assert told(house, "Ben") == []
    with house.services.file.read() as db:
        left = str(db.exec_driver_sql("select body, words, objection from told_ruling").fetchall())
        kept = str(db.exec_driver_sql("select body from element").fetchall())
    assert "secret" not in left + kept
    assert "caller" not in left
    assert "advert" not in left


def test_what_was_pinned_and_told_is_in_no_export(houses: Houses, tmp_path: Path) -> None:
    house = disputed(houses())
    settle(house, words="Adverts sell something.")
    out = tmp_path / "out"
    house.services.transfer.export(house.project_id, Which.GOLD, "native", out)
    assert "sell something" not in "".join(path.read_text("utf-8") for path in out.rglob("*") if path.is_file())


def test_returned_work_with_pins_is_its_authors_first_task(houses: Houses) -> None:
    house = houses(items=2)
    disputed(house)
    house.label("Ben", task=1)
    work = house.review()
    lane = work.lane(letter_of(work, house, "Ben")).annotations
    segment = lane.segments("content")[1]
    pins = (Pin("Starts later.", element_id=segment.id), Pin("And this?", time_us=us(30)), Pin("Look.", text_at=4))
    said = house.services.judging.return_work(lane.id, house.id_of("Cleo"), "", pins)
    assert said.sentence == "Returned to its annotator with 3 pins."
    cards = house.services.tasks.cards(house.project_id, house.id_of("Ben"))
    assert [card.state for card in cards][:2] == [SlotState.RETURNED, SlotState.LEASED]
    opened = house.open("Ben", cards[0].task_id)
    assert [(c.text, c.time_us, c.element_id, c.text_at, c.is_pin) for c in opened.comments] == [
        ("Starts later.", None, segment.id, None, True),
        ("And this?", us(30), None, None, True),
        ("Look.", None, None, 4, True),
    ]
    assert house.id_of("Cleo") not in {c.author_id for c in opened.comments}
    house.services.annotate.resolve(opened.comments[0].id, is_resolved=True)
    assert [c.is_resolved for c in house.open("Ben", cards[0].task_id).comments] == [True, False, False]


def test_what_was_handed_in_again_is_what_its_analyst_sees(houses: Houses) -> None:
    house = disputed(houses())
    work = house.review()
    lane = work.lane(letter_of(work, house, "Ben")).annotations
    house.services.judging.return_work(lane.id, house.id_of("Cleo"), "The end is missing.")
    again = house.open("Ben")
    last = again.session.annotations.segments("content")[-1]
    house.do(again, set_labels(again.session.annotations, [last.id], [ALIKE[-1][2]]))
    house.services.tasks.submit(again.session.annotations)
    house.round()
    now = house.review()
    assert [one.part for one in now.disagreements] == ["content"]
    assert now.disagreements[0].start_us == 0


def test_a_review_that_goes_on_has_no_hole_where_all_agree_now(houses: Houses) -> None:
    house = disputed(houses())
    work = house.review()
    ada = letter_of(work, house, "Ada")
    house.do(work, take(work, work.disagreements[0], ada))
    lane = work.lane(letter_of(work, house, "Ben")).annotations
    house.services.judging.return_work(lane.id, house.id_of("Cleo"), "The end is missing.")
    again = house.open("Ben")
    last = again.session.annotations.segments("content")[-1]
    house.do(again, set_labels(again.session.annotations, [last.id], [ALIKE[-1][2]]))
    house.services.tasks.submit(again.session.annotations)
    house.round()
    now = house.review()
    assert timeline(now.session.annotations) == [(0, 10, ("speech",)), (10, 25, ("music",)), (25, 40, ("speech",))]
    assert ruled_keys(now.session.annotations) == {now.disagreements[0].key}, (
        "what was ruled and still fits stays ruled"
    )
    assert house.review().session.annotations.head == now.session.annotations.head, "once"
    house.services.review.settle(now.session.annotations)


def test_where_there_is_no_one_answer_nobody_is_told_that_they_were_wrong(houses: Houses) -> None:
    house = disputed(houses(workflow=SHOWN))
    work = house.review()
    first, second = work.disagreements
    house.do(work, no_one_answer(work, first, OutcomeKind.SEVERAL))
    house.do(work, take(work, second, letter_of(work, house, "Ada")))
    house.services.review.settle(work.session.annotations)
    assert told(house, "Ada") == []
    assert [one.place.start_us for one in told(house, "Ben")] == [second.start_us]


def test_who_was_told_hears_that_an_item_has_no_answer_after_all(houses: Houses) -> None:
    house = disputed(houses(workflow=SHOWN))
    house.people["Joe"] = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    settle(house)
    before = told(house, "Ben")
    house.services.digest.note_seen([one.id for one in before], house.id_of("Ben"))
    house.services.digest.dispute(before[0].id, house.id_of("Ben"), "Nobody can tell.")
    work = house.review("Joe")
    house.do(work, exclude_item(work, "Nobody can tell."))
    house.services.review.settle(work.session.annotations)
    assert [one.outcome for one in told(house, "Ben")] == ["no answer", "no answer"]
    assert told(house, "Ada") == []


def test_what_is_shown_goes_by_the_projects_newest_rules(houses: Houses) -> None:
    house = disputed(houses(workflow=SHOWN))
    file = house.folder / "project.toml"
    file.write_text(file.read_text("utf-8").replace(SHOWN, 'see_others = "never"'), "utf-8")
    house.services.projects.init(file)
    settle(house)
    assert {one.ruled for one in told(house, "Ben")} == {None}


def test_where_two_analysts_differ_those_who_labelled_are_told_and_no_analyst_is(houses: Houses) -> None:
    house = disputed(houses(workflow=SHOWN, rerule_share=1.0))
    for name in ("Joe", "Kim"):
        house.people[name] = house.services.people.add(house.project_id, name, Role.ANALYST)
    settle(house)
    assert told(house, "Ben") == [], "nothing stands yet"
    settle(house, as_="Ben", by="Joe")
    work = house.review("Kim")
    for one in work.disagreements:
        house.do(work, take(work, one, letter_of(work, house, "Cleo")))
    house.services.review.settle(work.session.annotations)
    assert len(told(house, "Ben")) == 2
    assert [told(house, name) for name in ("Ada", "Cleo", "Joe", "Kim")] == [[], [], [], []]
