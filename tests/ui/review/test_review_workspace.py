"""Reviewing on a real file: queue, lanes, rulings by key and by mouse, settling."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from annodesk.services import Services
from annodesk.services.decisions import ruled_keys
from annodesk.ui import theme
from annodesk.ui.actions import find_conflicts
from tests.ui.review.conftest import Desk, make_desk
from tests.ui.review.room import LEFT, Room

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
S = 1_000_000


def test_the_queue_shows_why_an_item_is_there_and_opens_by_a_click(room, qtbot):
    here = room()
    assert here.space.waiting.queue.head.text() == "REVIEW QUEUE · 1"
    card = here.space.waiting.queue.list.item(0)
    assert card.data(Qt.ItemDataRole.AccessibleTextRole) == "podcast, policy · 0.00"
    row = here.space.waiting.queue.list.visualItemRect(card).center()
    qtbot.mouseClick(here.space.waiting.queue.list.viewport(), LEFT, pos=row)
    here.wait()
    assert here.space.title() == "podcast"
    assert here.space.note() == "names hidden, order shuffled"
    assert here.space.desk.place_bar.count.text() == "Disagreement 1 of 4"


def test_no_name_is_to_be_read_anywhere(room):
    space = room().open()
    texts = [w.text() for w in space.findChildren(object) if hasattr(w, "text") and callable(w.text)]
    assert not [t for t in texts if isinstance(t, str) and ("Anna" in t or "Boris" in t)]


def test_the_first_place_is_zoomed_to_with_context_and_quoted(room):
    here = room()
    space = here.open()
    start, end = space.desk.view.visible_range
    assert start <= 18 * S < 23 * S <= end
    assert end - start < 6 * S
    assert "from 00:19.0" in space.desk.place_bar.said.text()
    assert "until 00:22.0" in space.desk.place_bar.said.text()
    assert space.desk.view.hasFocus()


def test_taking_a_side_fills_the_ruling_lane_is_stored_and_then_shows_the_model(room):
    here = room()
    space = here.open()
    model = lambda: space.desk.view.state.annotations("model:content").segments()  # noqa: E731
    assert model() == []
    side = here.letter_of("speech", 20)
    here.press(getattr(Key, f"Key_{side}"))
    assert ("speech", 7.0, 22.0) in here.own()
    assert ruled_keys(here.stored()) == {space.places.disagreements[0].key}
    assert [(s.label, s.start_us, s.end_us) for s in model()] == [
        ("speech", 19 * S, 20 * S),
        ("music", 20 * S, 22 * S),
    ]
    assert "ruled" in space.desk.place_bar.state.text()


def test_the_average_edge_lies_half_way_and_only_where_there_is_an_edge(room):
    here = room()
    space = here.open()
    here.press(Key.Key_M)
    assert ("speech", 7.0, 20.5) in here.own()
    assert ("music", 20.5, 32.0) in here.own()
    here.press(Key.Key_J)
    assert not space.desk.rulings.average.isEnabled()
    here.press(Key.Key_M)
    assert here.said[-1].startswith("There is no edge to average here.")


def test_j_and_k_go_through_the_places_and_around(room):
    here = room()
    space = here.open()
    seen = []
    for key in (Key.Key_J, Key.Key_J, Key.Key_J, Key.Key_J, Key.Key_K):
        here.press(key)
        seen.append(space.places.at)
    assert seen == [1, 2, 3, 0, 3]


def test_a_click_on_a_mark_of_the_strip_goes_there(room, qtbot):
    here = room()
    space = here.open()
    here.press(Key.Key_0, mod=Mod.ControlModifier)
    ruler = space.desk.view.ruler
    mark = next(m for m in space.desk.view.state.marks if m.key == space.places.disagreements[1].key)
    qtbot.mouseClick(ruler, LEFT, pos=ruler.mark_rect(mark).center().toPoint())
    here.wait()
    assert space.places.at == 1


def test_neither_empties_the_place_and_a_label_key_fills_it_with_the_analysts_own(room):
    here = room()
    space = here.open()
    here.press(Key.Key_J, Key.Key_N)
    assert not [s for s in here.own() if s[1] < 50 and s[2] > 43]
    here.press(Key.Key_5)
    assert ("noise", 43.0, 50.0) in here.own()
    assert space.ruling == "own"
    here.press(Key.Key_Z, mod=Mod.ControlModifier)
    here.press(Key.Key_Z, mod=Mod.ControlModifier)
    assert not space.places.is_ruled


def test_drawing_on_the_ruling_lane_with_the_mouse_rules_the_place(room, qtbot):
    here = room()
    space = here.open()
    lanes = space.desk.view.lanes
    top, height = next((t, h) for lane, t, h in lanes.lane_tops() if lane.id == space.desk.own_lane)
    points = [QPoint(round(lanes.x_of(at)), top + height // 2) for at in (round(19.2 * S), round(21.5 * S))]
    qtbot.mousePress(lanes, LEFT, pos=points[0])
    for share in (0.3, 0.6, 1.0):
        between = points[0] + (points[1] - points[0]) * share
        qtbot.mouseMove(lanes, between)
    qtbot.mouseRelease(lanes, LEFT, pos=points[1])
    here.wait()
    drawn = [s for s in here.own() if 19 <= s[1] < 19.5 and 21 < s[2] <= 22]
    assert len(drawn) == 1
    assert space.ruling == "own"
    here.press(Key.Key_2)
    assert [s[0] for s in here.own() if s[1:] == drawn[0][1:]] == ["music"]


def test_a_disputed_answer_is_ruled_by_taking_a_side_or_by_an_own_answer(room):
    here = room()
    space = here.open()
    here.press(Key.Key_K)
    table = space.desk.questions
    (row,) = table.rows
    said = [lane.annotations.answer("policy").value for lane in space.work.lanes]
    assert table.isVisible()
    assert row.cells == (*said, "yours to decide", "hidden until you rule")
    here.press(Key.Key_A)
    assert space.editor.annotations.answer("policy").value == said[0]
    assert table.rows[0].cells == (*said, said[0], "medical"), "the model is seen once it is ruled"
    space.keys.trigger("review.answer.policy.medical")
    here.wait()
    assert here.stored().answer("policy").value == "medical"
    assert space.ruling == "own"
    assert space.desk.view.hasFocus()


def test_disputed_spans_stand_side_by_side_and_are_ruled_in_the_text(room):
    here = room()
    space = here.open()
    here.press(Key.Key_J, Key.Key_J)
    compare = space.desk.compare
    assert compare.isVisible()
    assert list(compare.panels)[:3] == ["A", "B", "Your ruling"]
    assert compare.own.view.hasFocus()
    here.press(Key.Key_1)
    spans = {(s.label, space.work.text.text[s.start : s.end]) for s in space.editor.annotations.spans()}
    assert ("person", "Mara Quill") in spans
    assert space.ruling == "own"


def test_settling_says_what_is_missing_goes_there_and_then_becomes_the_thing_to_do(room):
    here = room()
    space = here.open()
    rulings = space.desk.rulings
    assert rulings.settle.property("role") != "primary"
    here.press(Key.Key_A, Key.Key_J, Key.Key_J)
    here.press(Key.Key_Return, mod=Mod.ControlModifier)
    assert (
        here.said[-1] == "Not yet: 3 still to rule, first entity, characters 60 to 70."
        or "still to rule" in here.said[-1]
    )
    assert not space.places.is_ruled
    while space.places.open_ones:
        space.go_to(space.places.next_open())
        here.press(Key.Key_A)
    assert rulings.missing.text() == ""
    assert rulings.settle.property("role") == "primary"
    here.press(Key.Key_Return, mod=Mod.ControlModifier)
    assert space.work is None
    assert space.waiting.page.title.text() == "podcast: Settled."
    assert space.waiting.queue.task_ids() == []
    (status,) = here.desk.services.dashboard.status(here.desk.project_id)
    assert (status["settled"], status["escalated"]) == (1, 0)


def test_a_missing_answer_keeps_the_item_open_and_is_named(room):
    here = room()
    space = here.open()
    while space.places.open_ones:
        space.go_to(space.places.next_open())
        here.press(Key.Key_N if space.places.current.is_question else Key.Key_A)
    assert space.desk.rulings.missing.text() == "policy is not answered."
    assert space.side.questions.blocks["policy"].is_missing
    assert space.desk.rulings.settle.property("role") != "primary"
    here.press(Key.Key_Return, mod=Mod.ControlModifier)
    assert space.work is not None
    assert here.notices.seen[-1].sentence == "policy is not answered."
    space.keys.trigger("review.answer.policy.violence")
    here.wait()
    assert space.desk.rulings.missing.text() == ""


def test_undo_goes_back_to_the_place_it_changes(room):
    here = room()
    space = here.open()
    here.press(Key.Key_A, Key.Key_J, Key.Key_J, Key.Key_J)
    here.press(Key.Key_Z, mod=Mod.ControlModifier)
    assert space.places.at == 0
    assert not space.places.is_ruled
    here.press(Key.Key_Y, mod=Mod.ControlModifier)
    assert space.places.is_ruled
    assert ruled_keys(here.stored()) == {space.places.disagreements[0].key}


def test_a_held_key_rules_once(room):
    here = room()
    space = here.open()
    for repeats in (False, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_A, Mod.NoModifier, "a", repeats)
        QApplication.sendEvent(space.desk.view, event)
        QApplication.processEvents()
    here.wait()
    assert len(space.editor.session.undo_state.undoable) <= 1


def test_space_hears_the_place_and_stops_again(room, qtbot):
    here = room()
    space = here.open()
    heard = []
    space.transport.state_changed.connect(lambda: heard.append(space.transport.is_playing))
    here.press(Key.Key_Space)
    assert space.transport.is_playing
    assert space.desk.view.playhead_us < 19 * S
    here.press(Key.Key_Space)
    assert heard == [True, False]


def test_a_note_is_kept_beside_the_review(room, qtbot):
    here = room()
    space = here.open()
    here.press(Key.Key_M, mod=Mod.ControlModifier | Mod.ShiftModifier)
    field = space.side.notes.field
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "A jingle begins here")
    qtbot.keyClick(field, Key.Key_Return)
    here.wait()
    assert [c.text for c in space.side.notes.shown] == ["A jingle begins here"]
    assert [c.time_us for c in space.side.notes.shown] == [19 * S]
    assert space.desk.view.hasFocus()
    assert space.places.ruled == frozenset()


def test_an_empty_queue_says_so_and_offers_to_look_again(room, tmp_path: Path, repo: Path):
    other = make_desk(tmp_path / "agreed", repo, agree=True)
    try:
        here = room(other=other)
        assert here.space.waiting.page.title.text() == "The review queue is empty"
        assert here.space.waiting.page.button.text() == "Look again"
        assert not here.space.keys.trigger("review.next")
    finally:
        other.services.close()


def test_an_annotator_reads_who_reviews_instead_of_that_nothing_waits(room, desk: Desk):
    here = room(person_id=desk.annotators[0])
    page = here.space.waiting.page
    assert page.title.text() == "Anna does not review here"
    assert "analysts and managers" in page.sentence.text()
    asked: list[bool] = []
    here.bus.people_asked.connect(lambda: asked.append(True))
    here.press(Key.Key_Return)
    assert asked == [True]


def test_return_opens_the_first_item_that_waits(room):
    here = room()
    assert here.space.waiting.page.button.hasFocus()
    here.press(Key.Key_Return)
    assert here.space.work is not None


def test_a_place_to_decide_is_not_written_over_by_the_hint_to_draw(room):
    here = room()
    here.press(Key.Key_Return)
    lanes = here.space.timeline.lanes
    own = here.space.timeline.state.lane(here.space.desk.own_lane)
    assert lanes.says_to_decide(own)
    here.press(Key.Key_N)
    assert not lanes.says_to_decide(own)


def test_who_labelled_an_item_is_never_offered_its_review(room, desk: Desk):
    here = room(person_id=desk.annotators[0])
    assert here.space.waiting.queue.task_ids() == []


def test_an_item_that_cannot_be_opened_is_said_in_a_sentence(room):
    here = room()
    here.space.open_task("no such task")
    here.wait()
    assert here.space.work is None
    assert here.space.waiting.page.title.text()
    assert here.notices.seen
    assert not here.notices.reports


def test_a_file_that_may_only_be_read_shows_everything_and_changes_nothing(room, desk: Desk):
    first = room()
    first.open()
    first.close()
    desk.services.close()
    desk.services = Services.open(desk.services.path, read_only=True)
    here = room()
    space = here.open()
    assert not any(button.isEnabled() for button in space.desk.rulings.takes.values())
    assert "read" in space.desk.rulings.hint.whole()
    here.press(Key.Key_A)
    assert space.places.ruled == frozenset()
    assert not space.desk.rulings.settle.isEnabled()


def test_a_text_alone_needs_no_timeline(room, tmp_path: Path, repo: Path):
    other = make_desk(tmp_path / "text", repo, with_sound=False)
    try:
        here = room(other=other)
        space = here.open()
        assert space.desk.compare.isVisible()
        assert not space.desk.view.waveform.isVisible() or space.desk.view.lanes.isVisible()
        here.press(Key.Key_A)
        assert space.places.is_ruled
    finally:
        for one in (here,):
            one.close()
        other.services.close()


def test_no_two_actions_want_one_key_and_each_has_a_group(room):
    here = room()
    space = here.open()
    here.wait()
    assert find_conflicts(space.actions()) == []
    assert all(action.group for action in space.actions())


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_label_names_in_the_sentence_can_be_read_in_both_themes(qapp, choice: str):
    from annodesk.model.schema import LABEL_COLOURS
    from annodesk.ui import theme
    from annodesk.ui.review.desk import readable

    theme.apply(qapp, choice)
    assert all(theme.contrast(readable(colour), theme.current().panel) >= 4.5 for colour in LABEL_COLOURS)
    theme.apply(qapp, "dark")


def test_every_ruling_can_be_read_in_a_low_window_with_large_text(room, qapp):
    from annodesk.ui import theme

    here = room()
    here.press(Key.Key_Return)
    theme.apply(qapp, "dark", text_scale=2.0)
    try:
        here.space.resize(1170, 600)
        here.wait()
        QApplication.processEvents()
        rulings = here.space.desk.rulings
        for button in (*rulings.buttons(), rulings.settle):
            foot = button.mapTo(here.space, button.rect().bottomRight())
            assert button.visibleRegion().boundingRect().height() == button.height(), button.text()
            assert here.space.rect().contains(foot)
        bar = here.space.desk.place_bar
        assert bar.count.width() >= bar.count.sizeHint().width()
    finally:
        theme.apply(qapp, "dark", text_scale=1.0)


def test_names_of_labels_are_drawn_anew_when_the_theme_changes(room, qapp):
    from annodesk.ui import theme

    theme.apply(qapp, "light")
    said = room().open().desk.place_bar.said
    light = said.text()
    try:
        theme.apply(qapp, "dark")
        assert said.text() != light
    finally:
        theme.apply(qapp, "dark", text_scale=1.0)


def test_with_large_text_the_lanes_keep_more_room_than_either_side(room, qapp):
    from annodesk.ui import theme

    theme.apply(qapp, "dark", text_scale=2.0)
    try:
        space = room().open()
        queue, desk, side = space.splitter.sizes()
        assert desk > max(queue, side)
    finally:
        theme.apply(qapp, "dark", text_scale=1.0)


def test_a_recording_that_is_another_copy_is_shown_and_said_to_be(room, desk, tmp_path):
    said = room().open().desk.view.waveform.accessibleDescription()
    assert "Another copy" not in said
    (recording,) = (tmp_path / "work").glob("*.flac")
    samples, rate_hz = soundfile.read(recording)
    soundfile.write(recording, samples[::-1], rate_hz)
    waveform = room().open().desk.view.waveform
    assert (
        "Another copy than this item was made with; segments may not fit it: podcast.flac"
        in waveform.accessibleDescription()
    )


def test_letters_after_a_refused_text_rule_nothing(room):
    here = room()
    space = here.open()
    before = space.editor.annotations
    here.press(Key.Key_F2)
    assert space.refused.says.text() == "content has no text."
    here.press(Key.Key_1, Key.Key_A, Key.Key_S, Key.Key_N)
    assert space.editor.annotations is before
    here.press(Key.Key_Escape)
    assert not space.refused.isVisible()


@pytest.mark.usefixtures("lively")
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_no_ruling_is_cut_off_by_what_stands_below_it(qtbot, qapp, desk, scale) -> None:
    theme.apply(qapp, "dark", text_scale=scale)
    room = Room(qtbot, desk)
    try:
        room.space.resize(1228, 658)
        room.open()
        room.press(Key.Key_A)
        bar = room.space.desk.rulings
        assert bar.hint.whole().startswith("Before: ")
        qtbot.waitUntil(lambda: bar._flow_host.height() >= bar._flow.heightForWidth(bar._flow_host.width()))
    finally:
        room.close()
        theme.apply(qapp, "dark", text_scale=1.0)
