"""The desk in its window: what is shown to whom, and from a number to its clips."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.services.looks import MATRICES, NOBODY
from annodesk.services.today import MOST, NOT_INVITING, Act, Need, for_roles
from annodesk.store import figures, tasks
from annodesk.ui.dashboard.bands import Part
from annodesk.ui.dashboard.discuss_dialog import DiscussDialog
from annodesk.ui.dashboard.playlist import Playlist
from annodesk.ui.dashboard.you_page import PLAYED
from annodesk.ui.newcomer import NewcomerDialog
from tests.services.made import House
from tests.ui.dashboard.conftest import ITEMS, Page

pytestmark = pytest.mark.qt
Opener = Callable[..., Page]


def test_the_first_page_says_what_needs_a_person_with_one_button_each(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Cleo")
    needs = page.desk.today.needs.needs
    assert 1 <= len(needs) <= MOST
    assert "2 items wait for review" in needs[0].sentence
    assert [one.text() for one in page.desk.today.needs.buttons] == [one.button for one in needs]


def test_a_sentence_s_button_leads_to_where_it_is_done(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Cleo")
    page.desk.today.needs.buttons[0].click()
    page.wait()
    assert page.window.shown == "review"


def test_a_sentence_about_a_label_plays_the_clips_it_was_found_by(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Cleo")
    desk = page.desk
    assert desk.heard is not None
    (first, _) = desk.heard.places["music", "advert"]
    need = Need(labelled.project_id, "podcast-policy", Act.HEAR, "It fell.", (), "Hear 1 clip", 80, (first.item_id,),
                "content", "advert")  # fmt: skip
    desk.today.needs.show_needs([need])
    desk.today.needs.buttons[0].click()
    page.wait()
    assert desk.is_hearing
    assert [(one.item, one.said) for one in desk.clips.playlist.places] == [(first.item, "advert")]


def test_where_others_add_people_a_sentence_says_who_and_has_no_button(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Cleo")
    needs = page.desk.today.needs
    starved = Need(labelled.project_id, "podcast-policy", Act.INVITE, "3 tasks are left.", (), "Invite", 90)
    analyst = frozenset({Role.ANALYST})
    needs.show_needs([for_roles(starved, analyst, is_shared=True), for_roles(starved, analyst, is_shared=False)])
    assert [one.text() for one in needs.buttons] == ["Invite"]
    assert needs.needs[0].evidence == (NOT_INVITING,)
    assert for_roles(starved, {Role.MANAGER}, is_shared=True) == starved


def test_alone_inviting_asks_an_analyst_for_a_name(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Cleo")
    page.desk.acts.answer(Need(labelled.project_id, "podcast-policy", Act.INVITE, "", (), "Invite", 90))
    (dialog,) = page.window.findChildren(NewcomerDialog)
    assert dialog.isVisible()
    dialog.reject()


def test_a_sentence_of_another_project_is_answered_there(opened: Opener, labelled: House) -> None:
    with Services.open(labelled.folder / "work.annodesk") as services:
        file = labelled.folder / "second.toml"
        file.write_text('name = "second"\n\n[[question]]\nname = "format"\nlabels = ["news", "talk"]\n')
        other = services.projects.init(file)
        services.people.add(other.id, "Max", Role.MANAGER)
    page = opened(labelled, "Max")
    page.desk.acts.answer(Need(other.id, "second", Act.BATCH, "", (), "See the batch", 90))
    page.qtbot.waitUntil(lambda: page.window.context is not None and page.window.is_idle(), timeout=30_000)
    assert page.window.context is not None
    assert (page.window.context.project_id, page.desk.shown) == (other.id, "batches")


def test_each_project_has_its_band(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Max")
    (band,) = page.desk.today.bands.bands
    assert (band.items, band.done, band.machine, band.review) == (ITEMS, ITEMS - 2, 0, 2)
    assert f"{ITEMS - 2} settled by people" in band.words


def test_each_stretch_of_a_band_plays_its_items_or_says_why_not(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Max")
    desk, bands = page.desk, page.desk.today.bands
    bands.setFocus()
    page.qtbot.keyClick(bands, Qt.Key.Key_Return)
    page.wait()
    assert (desk.is_hearing, len(desk.clips.playlist.places)) == (True, ITEMS - 2)
    assert desk.clips.playlist.title == "Items settled by people"
    page.qtbot.keyClick(desk.clips.list, Qt.Key.Key_Escape)
    page.qtbot.waitUntil(bands.hasFocus)
    page.qtbot.keyClick(bands, Qt.Key.Key_Right)
    assert bands.part is Part.REVIEW
    assert bands.accessibleDescription().endswith("Chosen: in review.")
    page.qtbot.keyClick(bands, Qt.Key.Key_Return)
    page.wait()
    assert len(desk.clips.playlist.places) == 2
    page.qtbot.keyClick(desk.clips.list, Qt.Key.Key_Escape)
    (band,) = bands.bands
    bands.show_bands([replace(band, items=ITEMS + 2, machine=1)])
    places = {bands.part_at(0, x) for x in range(bands.width())}
    assert places == set(Part)
    desk.today.project_asked.emit(band.project_id, Part.MACHINE)
    assert not desk.is_hearing
    assert "the page Plan" in str(page.window.notices.seen[-1])


def test_the_worst_cell_plays_its_clips_with_both_answers(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Cleo")
    desk, qtbot = page.desk, page.qtbot
    desk.keys.trigger("desk.confusion")
    assert desk.today.confusion.table.cell == ("music", "advert")
    qtbot.keyClick(desk.today.confusion.table, Qt.Key.Key_Return)
    page.wait()
    assert desk.is_hearing
    assert len(desk.clips.playlist.places) == 2
    assert [side.lines[0].words for side in desk.clips.cards.sides] == ["music", "advert"]
    qtbot.waitUntil(lambda: bool(desk.clips.player.playing))
    first = desk.clips.place
    qtbot.keyClick(desk.clips.list, Qt.Key.Key_J)
    page.wait()
    assert desk.clips.place is not first
    qtbot.keyClick(desk.clips.list, Qt.Key.Key_K)
    assert desk.clips.place is first
    qtbot.keyClick(desk.clips.list, Qt.Key.Key_Escape)
    assert not desk.is_hearing
    assert not desk.clips.player.playing


def hear(page: Page) -> None:
    page.desk.today.confusion.table.choose(("music", "advert"))
    page.desk.today.confusion.play.click()
    page.wait()
    page.desk.clips.player.stop()


def test_a_clip_is_sent_to_review_with_a_reason(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Max")
    hear(page)
    before = page.desk.today.bands.bands[0].settled
    page.desk.keys.trigger("desk.send_to_review")
    dialog = page.desk.clips.dialog
    assert dialog is not None
    dialog.words.setText("It is a jingle.")  # type: ignore[attr-defined]
    dialog.send.click()  # type: ignore[attr-defined]
    page.wait()
    page.qtbot.waitUntil(lambda: page.desk.today.bands.bands[0].settled == before - 1, timeout=10_000)


def test_a_clip_is_pinned_to_the_guidelines(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Cleo")
    hear(page)
    page.desk.keys.trigger("desk.pin")
    dialog = page.desk.clips.dialog
    assert dialog is not None
    dialog.clause.setText("Guidelines")  # type: ignore[attr-defined]
    dialog.words.setText("Music under speech is music.")  # type: ignore[attr-defined]
    dialog.pin.click()  # type: ignore[attr-defined]
    page.wait()
    services = page.window.context.services  # type: ignore[union-attr]
    (pinned,) = services.precedents.shown(labelled.project_id, labelled.id_of("Ada"))
    assert (pinned.precedent.labels, pinned.precedent.words) == (("music",), "Music under speech is music.")


def say(page: Page, words: str, *, to_author: bool) -> None:
    page.desk.keys.trigger("desk.discuss")
    dialog = page.desk.clips.dialog
    assert isinstance(dialog, DiscussDialog)
    dialog.words.setPlainText(words)
    dialog.to_author.setChecked(to_author)
    dialog.send.click()
    page.wait()


def test_what_is_said_to_an_author_stands_beside_their_answer_and_they_are_told_once(
    opened: Opener, labelled: House
) -> None:
    page = opened(labelled, "Cleo")
    hear(page)
    place = page.desk.clips.place
    assert place is not None
    say(page, "Is this a jingle?", to_author=True)
    services = page.window.context.services  # type: ignore[union-attr]
    with services.file.read() as db:
        (comment,) = figures.comments_of(db, place.set_id)
        author = tasks.claim_of_set(db, place.set_id).person_id
    assert (comment.text, comment.time_us) == ("Is this a jingle?", place.start_us)
    assert "Is this a jingle?" in page.desk.clips.talk.text()
    (news,) = services.discussing.news(labelled.project_id, author)
    assert news.title == f"About your answer on {place.item}: Is this a jingle?"
    assert services.discussing.news(labelled.project_id, author) == ()


def test_a_manager_s_question_is_answered_by_the_analyst_and_told_to_the_manager(
    opened: Opener, labelled: House
) -> None:
    page = opened(labelled, "Max")
    hear(page)
    place = page.desk.clips.place
    assert place is not None
    say(page, "Is this a jingle?", to_author=False)
    services, project = page.window.context.services, labelled.project_id  # type: ignore[union-attr]
    assert services.asking.open_questions(project, labelled.id_of("Max")) == []
    (asked,) = services.asking.open_questions(project, labelled.id_of("Cleo"))
    assert (asked.words, asked.item_id) == ("Is this a jingle?", place.item_id)
    assert "music stands" in asked.place
    assert services.discussing.news(project, labelled.id_of("Max")) == ()
    services.asking.answer(asked.id, labelled.id_of("Cleo"), "It is music.")
    page.desk.clips.read_again()
    page.wait()
    assert "Answered: It is music." in page.desk.clips.talk.text()
    page.desk.leave_clips()
    page.desk.read()
    page.wait()
    told = [one.sentence for one in page.window.notices.seen]
    assert f"Answered on {place.item}: It is music." in told


def test_an_annotator_sees_their_own_figures_and_nothing_else(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Ada")
    desk = page.desk
    assert desk.you.isVisible()
    assert desk.you.found is not None
    assert desk.you.found.own is not None
    assert [name for name, made in desk.tabs.items() if made.isVisible()] == ["you"]
    assert desk.today.bands.bands == ()
    desk.keys.trigger("desk.page.today")
    assert desk.shown == "you"


def test_what_is_recorded_is_switched_by_the_manager_for_the_project(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Max")
    page.desk.show_page("you")
    page.wait()
    box = page.desk.you.boxes[PLAYED]
    assert box.isChecked()
    box.click()
    page.wait()
    services = page.window.context.services  # type: ignore[union-attr]
    assert not services.projects.get(labelled.project_id).project.prelabel.record_played
    page.qtbot.waitUntil(lambda: page.window.is_idle() and not page.desk.you.boxes[PLAYED].isChecked(), timeout=10_000)


def test_people_are_told_who_looked_at_figures_by_person(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Ada")
    services = page.window.context.services  # type: ignore[union-attr]
    assert any(NOBODY in one.text() for one in page.desk.you.findChildren(QLabel))
    services.looks.note(labelled.project_id, labelled.id_of("Cleo"), MATRICES)
    page.desk.read()
    page.wait()
    assert any(f"Cleo looked at {MATRICES}" in one.text() for one in page.desk.you.findChildren(QLabel))


def test_who_may_not_switch_it_sees_how_it_stands(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Ada")
    assert not page.desk.you.boxes[PLAYED].isEnabled()


def test_counts_and_time_are_told_apart(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Cleo")
    card = page.desk.today.confusion
    card.table.choose(("music", "advert"))
    assert " s)" in card.words.text()
    page.desk.keys.trigger("desk.unit")
    assert "2 places" in card.words.text()


def test_what_is_not_settled_is_neither_opened_again_nor_pinned(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Cleo")
    desk = page.desk
    assert desk.heard is not None
    place = replace(desk.heard.places["music", "advert"][0], other="A", letter="B")
    desk.hear(Playlist("differ", "content", (place,)))
    page.wait()
    assert [side.title for side in desk.clips.cards.sides] == ["Annotator A", "Annotator B"]
    for action in ("desk.send_to_review", "desk.pin"):
        desk.keys.trigger(action)
        assert desk.clips.dialog is None
