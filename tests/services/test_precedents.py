"""Rulings pinned to the guidelines, alone: who pins, who reads, what can be heard, and what may never be pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.work import Role
from annodesk.services.decisions import take
from annodesk.services.precedents import Pinned
from annodesk.store import precedents
from tests.services.made import OTHER, House, make_house, us


@pytest.fixture
def disputed(tmp_path: Path) -> House:
    """Two items; Ada and Ben differ about the first, which waits for review."""
    house = make_house(tmp_path, items=2)
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    return house


def pin(house: House, name: str = "Cleo", words: str = "Host-read, no jingle") -> str:
    """Pin a stretch of the item in review; returns the item."""
    work = house.review()
    house.services.precedents.pin(
        work.item.id, house.id_of(name), "3.2 Advert", words, labels=("advert",), start_us=us(10), end_us=us(25)
    )
    return work.item.id


def shown(house: House, name: str) -> list[Pinned]:
    return house.services.precedents.shown(house.project_id, house.id_of(name))


def test_everybody_reads_what_was_ruled_and_hears_the_clip(disputed: House) -> None:
    pin(disputed)
    for name in ("Ada", "Ben", "Cleo"):
        (one,) = shown(disputed, name)
        assert (one.precedent.clause, one.precedent.words, one.precedent.labels) == (
            "3.2 Advert",
            "Host-read, no jingle",
            ("advert",),
        )
        assert one.can_be_heard
        assert one.media_path is not None
        assert one.media_path.name == "episode-0.wav"


def test_a_clip_whose_recording_is_missing_is_told_and_the_words_stay(disputed: House) -> None:
    pin(disputed)
    (disputed.folder / "media" / "episode-0.wav").unlink()
    (one,) = shown(disputed, "Ada")
    assert not one.can_be_heard
    assert "episode-0.wav is not in" in one.problem
    assert one.precedent.words == "Host-read, no jingle"


def test_it_is_not_shown_to_whoever_labels_that_item_just_then(disputed: House) -> None:
    item = pin(disputed)
    work = disputed.review()
    disputed.services.judging.return_work(work.lane("A").annotations.id, disputed.id_of("Cleo"), "The end.")
    returned = [
        name
        for name in ("Ada", "Ben")
        if disputed.services.tasks.cards(disputed.project_id, disputed.id_of(name))[0].item_id == item
    ]
    assert len(returned) == 1
    assert shown(disputed, returned[0]) == []
    (other,) = {"Ada", "Ben"} - set(returned)
    assert len(shown(disputed, other)) == 1


def test_it_is_not_shown_to_whoever_labels_a_copy_of_that_item(disputed: House) -> None:
    item = pin(disputed)
    with disputed.services.file.write() as db:
        copies = precedents.copies_of(db, [item])
        assert copies == {item}
        db.exec_driver_sql("update asset set quick_print = 'same'")
        assert len(precedents.copies_of(db, [item])) == 2
    disputed.open("Ada", 1)
    assert shown(disputed, "Ada") == []
    assert len(shown(disputed, "Ben")) == 1


def test_only_who_judges_pins_and_takes_down(disputed: House) -> None:
    with pytest.raises(WorkflowError, match="analyst or a manager"):
        pin(disputed, "Ada")
    pin(disputed)
    (one,) = shown(disputed, "Ada")
    with pytest.raises(WorkflowError, match="analyst or a manager"):
        disputed.services.precedents.unpin(one.precedent.id, disputed.id_of("Ada"))
    disputed.services.precedents.unpin(one.precedent.id, disputed.id_of("Cleo"))
    assert shown(disputed, "Ada") == []


def test_a_precedent_needs_a_clause_and_words(disputed: House) -> None:
    with pytest.raises(WorkflowError, match="which clause"):
        pin(disputed, words=" ")


def test_what_was_pinned_once_becomes_no_hidden_reference_and_no_reference_is_pinned(disputed: House) -> None:
    item = pin(disputed)
    (one,) = shown(disputed, "Ada")
    disputed.services.precedents.unpin(one.precedent.id, disputed.id_of("Cleo"))
    work = disputed.review()
    for place in work.disagreements:
        disputed.do(work, take(work, place, "A"))
    disputed.services.review.settle(work.session.annotations)
    joe = disputed.services.people.add(disputed.project_id, "Joe", Role.ANALYST).id
    with pytest.raises(WorkflowError, match="only be an open reference"):
        disputed.services.judging.confirm(item, joe, is_hidden=True)
    disputed.services.judging.confirm(item, joe, is_hidden=False)


def test_a_hidden_reference_is_never_pinned(disputed: House) -> None:
    work = disputed.review()
    for place in work.disagreements:
        disputed.do(work, take(work, place, "A"))
    disputed.services.review.settle(work.session.annotations)
    joe = disputed.services.people.add(disputed.project_id, "Joe", Role.ANALYST).id
    disputed.services.judging.confirm(work.item.id, joe, is_hidden=True)
    with pytest.raises(WorkflowError, match="hidden reference"):
        disputed.services.precedents.pin(work.item.id, joe, "3.2", "x", labels=("advert",))


def test_an_item_whose_ruling_everybody_has_read_is_offered_to_nobody_again(disputed: House) -> None:
    item = pin(disputed)
    work = disputed.review()
    for place in work.disagreements:
        disputed.do(work, take(work, place, "A"))
    disputed.services.review.settle(work.session.annotations)
    dan = disputed.services.people.add(disputed.project_id, "Dan", Role.ANNOTATOR)
    assert "review" in disputed.services.judging.reopen(item, disputed.id_of("Cleo"), "The end.").sentence
    disputed.round()
    assert item not in {card.item_id for card in disputed.services.tasks.cards(disputed.project_id, dan.id)}


def test_an_answer_is_pinned_in_words_alone(disputed: House) -> None:
    work = disputed.open("Ada", 1)
    disputed.services.asking.ask(work.set_id, "Is a thank-you an advert?", time_us=us(4))
    cleo = disputed.id_of("Cleo")
    (one,) = disputed.services.asking.open_questions(disputed.project_id, cleo)
    disputed.services.asking.answer(one.id, cleo, "No.")
    disputed.services.precedents.pin_answer(one.id, cleo, "3.2 Advert", "A thank-you is none.")
    (found,) = shown(disputed, "Ben")
    assert (found.precedent.words, found.can_be_heard, found.precedent.clip) == ("A thank-you is none.", False, {})
    assert shown(disputed, "Ada") == [], "she has that item open"
    disputed.round()
    cards = disputed.services.tasks.cards(disputed.project_id, disputed.id_of("Ben"))
    assert work.item.id in {card.item_id for card in cards}, "it can still be labelled"


def test_a_takedown_takes_words_and_clip(disputed: House) -> None:
    item = pin(disputed, words="Ana Lua reads it")
    disputed.services.takedowns.take_down(disputed.project_id, item)
    assert shown(disputed, "Ben") == []
    assert b"Ana Lua reads it" not in disputed.services.path.read_bytes()
