"""The annotate workspace driven by real keys and the mouse, on a real file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from annodesk.model.annotations import CHECKED_NONE, NOT_SURE, OriginKind
from annodesk.services import Services
from annodesk.ui import theme
from annodesk.ui.annotate.no_task import RECALL_HINT
from annodesk.ui.annotate.side import ProblemRow
from annodesk.ui.annotate.table import COLUMNS
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk
from tests.ui.made import make_file

pytestmark = pytest.mark.qt
S = 1_000_000
Opener = Callable[..., Desk]


def labels(desk: Desk) -> list[tuple[float, float, str]]:
    return [(s.start_us / S, s.end_us / S, s.label) for s in desk.annotations.segments("content")]


def test_the_first_task_is_open_with_the_focus_on_the_timeline(desk: Desk) -> None:
    cards = desk.workspace.list.cards
    assert sorted(card.title for card in cards) == ["episode-118", "episode-119"]
    assert desk.workspace.title() == cards[0].title
    assert desk.workspace.note() == "0 of 2 required answers"
    assert desk.workspace.view.timeline.hasFocus()


def test_a_segment_is_drawn_and_labelled_by_keys_and_is_on_the_disk(desk: Desk) -> None:
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_2)
    assert labels(desk) == [(0, 2, "music")]
    assert desk.on_disk().segments("content") == desk.annotations.segments("content")


def test_a_label_key_over_selected_time_draws_and_labels_at_once(desk: Desk) -> None:
    from annodesk.model.times import Interval

    desk.workspace.view.timeline.state.set_stretch(Interval(3 * S, 7 * S))
    desk.press(Qt.Key.Key_1)
    assert labels(desk) == [(3, 7, "speech")]


def test_y_takes_the_suggestion_and_moves_on(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Y)
    assert labels(desk) == [(0, 9, "music"), (9, 20, "speech")]
    taken = desk.annotations.segments("content")[0]
    assert taken.origin.kind is OriginKind.SUGGESTION
    assert taken.origin.suggestion is not None
    focused = desk.workspace.view.focused_suggestion()
    assert focused is not None
    assert desk.workspace.view.chosen_suggestion == focused.id
    assert desk.workspace.view.timeline.playhead_us == 20 * S
    assert desk.workspace.view.next_line.sentence().startswith("model suggests advert 71 % for the next 7.0 s Y take X")


def test_x_rejects_the_suggestion_and_moves_on(desk: Desk) -> None:
    first = desk.workspace.view.focused_suggestion()
    assert first is not None
    desk.press(Qt.Key.Key_X)
    assert labels(desk) == []
    answer = desk.on_disk().answer("suggestion", first.id)
    assert answer is not None
    assert answer.value == "rejected"
    assert desk.workspace.view.focused_suggestion() != first


def test_shift_y_takes_all_above_the_threshold_as_one_step(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Y, SHIFT)
    assert labels(desk) == [(0, 9, "music"), (9, 20, "speech"), (27, 36, "speech"), (36, 40, "music")]
    assert {s.origin.kind for s in desk.annotations.segments("content")} == {OriginKind.BULK}
    answer = desk.annotations.answer("policy")
    assert answer is not None
    assert answer.origin.kind is OriginKind.BULK
    desk.press(Qt.Key.Key_Z, CTRL)
    assert len(desk.annotations) == 0


def test_a_label_key_on_a_chosen_suggestion_takes_it_under_that_label(desk: Desk) -> None:
    desk.press(Qt.Key.Key_J)
    desk.press(Qt.Key.Key_5)
    taken = desk.annotations.segments("content")
    assert [s.label for s in taken] == ["noise"]
    assert taken[0].origin.source is not None


def test_above_the_threshold_hides_what_is_less_sure(open_desk: Opener) -> None:
    desk = open_desk(show="above-threshold")
    assert [s.label for s in desk.workspace.view.pending.segments()] == ["music", "speech", "speech", "music"]


def test_never_shows_no_suggestion_and_y_does_nothing(open_desk: Opener) -> None:
    desk = open_desk(show="never")
    assert len(desk.workspace.view.pending) == 0
    desk.press(Qt.Key.Key_Y)
    assert labels(desk) == []


def test_after_commit_shows_the_model_only_when_the_person_is_done(open_desk: Opener) -> None:
    desk = open_desk(show="after-commit")
    side = desk.workspace.view.side
    assert len(desk.workspace.view.pending) == 0
    assert side.submit.text() == "Done"
    desk.hear_everything()
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_1)
    desk.press(Qt.Key.Key_Q)
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.settle()
    assert [s.label for s in desk.workspace.view.pending.segments()] == ["music", "speech", "advert", "speech", "music"]
    assert side.submit.text() == "Submit"
    assert "differently" in desk.window.notices.seen[-1].sentence


def test_undo_and_redo_go_back_and_forth_through_every_step(desk: Desk) -> None:
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_1)
    desk.press(Qt.Key.Key_Q)
    for _ in range(3):
        desk.press(Qt.Key.Key_Z, CTRL)
    assert len(desk.annotations) == 0
    for _ in range(3):
        desk.press(Qt.Key.Key_Z, CTRL | SHIFT)
    assert labels(desk) == [(0, 2, "speech")]
    assert desk.annotations.answer("policy") is not None
    assert desk.on_disk().digest() == desk.annotations.digest()


def test_undo_survives_closing_the_window(open_desk: Opener) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_1)
    desk.settle()
    desk.close()
    again = open_desk(made=desk.made)
    assert labels(again) == [(0, 2, "speech")]
    again.press(Qt.Key.Key_Z, CTRL)
    again.press(Qt.Key.Key_Z, CTRL)
    assert labels(again) == []


def test_ctrl_s_says_when_everything_was_saved(desk: Desk) -> None:
    desk.press(Qt.Key.Key_N)
    desk.settle()
    desk.press(Qt.Key.Key_S, CTRL)
    said = desk.window.notices.seen[-1].sentence
    assert said == desk.window.status.sentence()
    assert said.startswith("All saved ")
    assert said.count(":") == 2


def test_answers_have_keys_and_the_focus_comes_back_to_the_timeline(desk: Desk) -> None:
    desk.press(Qt.Key.Key_W)
    desk.press(Qt.Key.Key_Q)
    answer = desk.annotations.answer("policy")
    assert answer is not None
    assert answer.value == ("violence", "medical claims")
    desk.press(Qt.Key.Key_H)
    answer = desk.annotations.answer("policy")
    assert answer is not None
    assert answer.value == NOT_SURE
    assert desk.workspace.view.timeline.hasFocus()


def test_choosing_by_the_mouse_gives_the_focus_back_to_the_timeline(desk: Desk) -> None:
    row = desk.workspace.view.side.questions.blocks["host"].rows[1][1]
    desk.qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    answer = desk.annotations.answer("host")
    assert answer is not None
    assert answer.value == "several"
    assert desk.workspace.view.timeline.hasFocus()


def test_the_wheel_changes_no_answer(desk: Desk) -> None:
    for row in [row for block in desk.workspace.view.side.questions.blocks.values() for _, row in block.rows]:
        middle = QPointF(row.rect().center())
        wheel = QWheelEvent(
            middle,
            QPointF(row.mapToGlobal(row.rect().center())),
            QPoint(0, 0),
            QPoint(0, 240),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(row, wheel)
    assert len(desk.annotations) == 0


def test_a_text_answer_is_typed_without_doing_commands_and_stored_when_left(desk: Desk) -> None:
    field = desk.workspace.view.side.questions.blocks["remark"].field
    assert field is not None
    field.setFocus()
    desk.type("nice y x n 1")
    desk.press(Qt.Key.Key_Escape)
    answer = desk.on_disk().answer("remark")
    assert answer is not None
    assert answer.value == "nice y x n 1"
    assert len(desk.annotations) == 1
    assert desk.workspace.view.timeline.hasFocus()


def test_an_empty_tier_is_confirmed_by_a_key_and_drawing_takes_that_back(desk: Desk) -> None:
    desk.press(Qt.Key.Key_0)
    answer = desk.annotations.answer("content")
    assert answer is not None
    assert answer.value == CHECKED_NONE
    desk.press(Qt.Key.Key_N)
    assert desk.annotations.answer("content") is None
    desk.press(Qt.Key.Key_Z, CTRL)
    assert desk.annotations.answer("content") is not None


def test_submitting_too_early_shows_what_is_missing_and_goes_to_the_first(desk: Desk) -> None:
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_Return, CTRL)
    side = desk.workspace.view.side
    assert [p.sentence for p in side.problems] == [
        "The segment at 00:00:00.000 on content has no label.",
        "policy is not answered.",
    ]
    assert desk.workspace.view.timeline.selection == ("content", frozenset([desk.annotations.segments()[0].id]))
    assert side.questions.blocks["policy"].is_missing
    desk.press(Qt.Key.Key_1)
    assert [p.sentence for p in side.problems] == ["policy is not answered."]


def test_a_submitted_task_is_closed_the_next_one_opened_and_recall_brings_it_back(desk: Desk) -> None:
    first, second = [card.title for card in desk.workspace.list.cards]
    desk.label_everything()
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.settle()
    assert desk.workspace.title() == second
    assert [card.title for card in desk.workspace.list.work] == [first]
    assert desk.window.notices.seen[-1].sentence == f"Submitted: {first}"


def test_a_submission_is_recalled_by_key_and_can_be_changed_again(open_desk: Opener) -> None:
    desk = open_desk(overlap=2)
    first = desk.workspace.title()
    desk.label_everything()
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.settle()
    desk.press(Qt.Key.Key_R, CTRL | SHIFT)
    desk.settle()
    assert desk.workspace.title() == first
    assert desk.workspace.view.can_change
    desk.press(Qt.Key.Key_2)
    assert labels(desk) == [(0, 40, "speech")]
    desk.press(Qt.Key.Key_Tab)
    desk.press(Qt.Key.Key_2)
    assert labels(desk) == [(0, 40, "music")]


def test_submitted_work_can_be_looked_at_and_says_why_it_cannot_be_changed(open_desk: Opener) -> None:
    desk = open_desk(overlap=2)
    desk.label_everything()
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.settle()
    desk.workspace.open_task(desk.workspace.list.work[0].task_id)
    desk.settle()
    desk.press(Qt.Key.Key_Tab)
    desk.press(Qt.Key.Key_2)
    assert labels(desk) == [(0, 40, "speech")]
    banner = desk.workspace.view.banner
    assert banner.sentence.text() == "You have submitted this. Recall it to change it."
    desk.qtbot.mouseClick(banner.button, Qt.MouseButton.LeftButton)
    desk.settle()
    assert desk.workspace.view.can_change


def test_the_last_task_done_says_so_and_why_the_queue_is_empty(open_desk: Opener) -> None:
    desk = open_desk(items=1)
    desk.label_everything()
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.settle()
    empty = desk.workspace.empty
    assert empty.isVisible()
    assert empty.title.text() == "No tasks for you now"
    with Services.open(desk.made.path, read_only=True) as reader:
        why = reader.tasks.why_empty(desk.made.project_id, desk.made.ann_id)
    assert empty.sentence.text() == f"{why} {RECALL_HINT}"


def test_a_task_is_skipped_with_a_reason_chosen_by_key(desk: Desk) -> None:
    first, second = [card.title for card in desk.workspace.list.cards]
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_K, CTRL | SHIFT)
    dialog = desk.workspace.out.reason_dialog
    desk.qtbot.keyClick(dialog, Qt.Key.Key_2)
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    desk.settle()
    assert desk.window.notices.seen[-1].sentence == f"Skipped: {first}"
    assert desk.window.notices.seen[-1].hint == "cannot be heard or seen well enough"
    assert desk.workspace.title() == second


def test_a_task_is_flagged_and_work_goes_on(desk: Desk) -> None:
    desk.press(Qt.Key.Key_E, CTRL | SHIFT)
    dialog = desk.workspace.out.reason_dialog
    desk.qtbot.keyClick(dialog, Qt.Key.Key_1)
    desk.qtbot.keyClicks(dialog.note, "clause 3.2")
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    desk.settle()
    assert desk.window.notices.seen[-1].sentence == f"Flagged: {desk.workspace.title()}"
    desk.qtbot.waitUntil(desk.window.isActiveWindow)
    desk.press(Qt.Key.Key_N)
    assert len(labels(desk)) == 1


def test_a_comment_is_made_at_the_playhead_and_jumps_back_there(desk: Desk) -> None:
    view = desk.workspace.view
    view.timeline.move_playhead(12 * S)
    desk.press(Qt.Key.Key_M, CTRL | SHIFT)
    desk.type("strings or band?")
    desk.press(Qt.Key.Key_Return)
    desk.settle()
    comment = view.side.comments.shown[0]
    assert (comment.text, comment.time_us) == ("strings or band?", 12 * S)
    assert view.timeline.hasFocus()


def test_the_table_follows_the_timeline_and_the_timeline_the_table(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Y)
    view = desk.workspace.view
    table = view.table
    assert table.rows.rowCount() == 2
    index = table.rows.index(1, COLUMNS.index("label"))
    assert index.data() == "speech"
    desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center())
    assert view.selected_segments()[0].label == "speech"
    assert view.timeline.playhead_us == 9 * S
    desk.press(Qt.Key.Key_Tab, SHIFT)
    assert [i.row() for i in table.selectionModel().selectedRows()] == [0]


def test_the_guideline_clause_follows_the_label_in_hand(desk: Desk) -> None:
    guidelines = desk.workspace.view.side.guidelines
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_3)
    assert guidelines.shown_heading() == "3.2 Advert"
    desk.press(Qt.Key.Key_1)
    assert guidelines.shown_heading() == "3.1 Speech"


def test_words_in_the_text_are_marked_with_the_keys_of_spans(desk: Desk) -> None:
    desk.press(Qt.Key.Key_T, CTRL)
    view = desk.workspace.view.text.view
    assert view.hasFocus()
    for _ in range(4):
        desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Right, CTRL | SHIFT)
    desk.press(Qt.Key.Key_1)
    spans = desk.on_disk().spans()
    assert [(s.type, s.labels) for s in spans] == [("entity", ("artist",))]
    assert labels(desk) == []
    assert desk.workspace.view.text.view.hasFocus()


def test_side_panels_fold_with_one_key_and_come_back(desk: Desk) -> None:
    for key, panel in ((Qt.Key.Key_F7, desk.workspace.list), (Qt.Key.Key_F8, desk.workspace.view.side)):
        desk.press(key)
        assert not panel.isVisible()
        desk.press(key)
        assert panel.isVisible()


def test_missing_media_is_said_and_the_tiers_still_work(open_desk: Opener, tmp_path: object) -> None:
    from pathlib import Path

    made = make_file(Path(str(tmp_path)) / "gone", with_text=False)
    for recording in (made.path.parent / "media").iterdir():
        recording.unlink()
    desk = open_desk(made=made)
    view = desk.workspace.view
    assert view.work is not None
    assert ".wav is not in" in view.work.media_problem
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_1)
    assert labels(desk) == [(0, 2, "speech")]


def test_another_person_sees_their_own_tasks_and_nothing_of_the_first(open_desk: Opener) -> None:
    desk = open_desk(overlap=2)
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_1)
    desk.settle()
    desk.window.who.choose(desk.made.ben_id)
    desk.settle()
    assert desk.window.status.person.text() == "Working as Ben"
    assert desk.workspace.title()
    assert labels(desk) == []


def test_a_file_open_elsewhere_can_be_read_and_names_the_holder(open_desk: Opener, tmp_path: object) -> None:
    from pathlib import Path

    made = make_file(Path(str(tmp_path)) / "held")
    first = open_desk(made=made)
    first.press(Qt.Key.Key_N)
    first.settle()
    second = open_desk(made=made)
    assert second.window.banner.isVisible()
    assert "is in use by" in second.window.banner.sentence.text()
    assert second.window.status.sentence().startswith("Read only")
    second.press(Qt.Key.Key_N)
    assert len(second.annotations) == 1


def test_an_edit_that_cannot_be_stored_is_said_and_what_is_on_disk_is_shown(desk: Desk) -> None:
    desk.press(Qt.Key.Key_N)
    desk.settle()
    view = desk.workspace.view
    assert view.work is not None
    services = desk.window.context.services if desk.window.context else None
    assert isinstance(services, Services)
    desk.window.jobs.store(services.tasks.skip, view.work.set_id, "taken away")
    desk.press(Qt.Key.Key_1)
    assert labels(desk) == [(0, 2, "speech")]
    desk.settle()
    assert labels(desk) == [(0, 2, "")]
    assert desk.window.notices.seen[-1].sentence.endswith("Shown is what is on disk.")


def test_label_keys_are_those_of_the_tier_in_work(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Down)
    tier = desk.workspace.view.tier
    assert tier is not None
    assert tier.name == "events"
    assert list(desk.workspace.view.side.labels.rows) == ["laugh", "jingle"]
    desk.workspace.view.timeline.move_playhead(5 * S)
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_2)
    assert [(s.tier, s.start_us, s.label) for s in desk.annotations.segments()] == [("events", 5 * S, "jingle")]
    desk.press(Qt.Key.Key_Up)
    desk.press(Qt.Key.Key_Up)
    assert "speech" in desk.workspace.view.side.labels.rows


def test_a_key_held_down_answers_once(desk: Desk) -> None:
    from PySide6.QtGui import QShortcut

    held = {s.key().toString(): s.autoRepeat() for s in desk.workspace.findChildren(QShortcut)}
    for key in ("Y", "X", "Shift+Y", "1", "2", "Q", "Del", "Ctrl+Return", "N", "0"):
        assert held[key] is False, key


def test_a_text_without_a_recording_is_answered_without_a_timeline(open_desk: Opener, tmp_path: object) -> None:
    from pathlib import Path

    made = make_file(Path(str(tmp_path)) / "text", items=0, with_model=False)
    letter = made.path.parent / "media" / "letter.txt"
    letter.write_text("A letter from Lisbon.", encoding="utf-8")
    with Services.open(made.path) as services:
        services.items.add(made.project_id, [letter])
        services.coordinator.round(made.project_id)
    desk = open_desk(made=made)
    view = desk.workspace.view
    assert not view.timeline.isVisible()
    assert view.next_line.sentence() == "Nothing to hear or see for content 0 there is none"
    desk.press(Qt.Key.Key_0)
    desk.press(Qt.Key.Key_Q)
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.settle()
    assert desk.window.notices.seen[-1].sentence == "Submitted: letter"


def test_my_work_is_shown_whole_while_there_is_room(desk: Desk) -> None:
    panel = desk.workspace.list
    panel.tasks_view.show_cards([("task", "00:10", "", False, False)] * 3, [""] * 3)
    panel.work_view.show_cards([("done", "submitted 10:00", "", False, False)] * 9, [""] * 9)
    QApplication.processEvents()
    assert panel.work_view.verticalScrollBar().maximum() == 0
    panel.work_view.show_cards([("done", "submitted 10:00", "", False, False)] * 500, [""] * 500)
    panel.tasks_view.show_cards([("task", "00:10", "", False, False)] * 500, [""] * 500)
    QApplication.processEvents()
    heights = panel.tasks_view.height(), panel.work_view.height()
    assert min(heights) > panel.height() // 4


def test_what_is_missing_is_told_in_whole_words(desk: Desk) -> None:
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_Return, CTRL)
    rows = desk.workspace.view.side.findChildren(ProblemRow)
    sentence = next(row for row in rows if "has no label" in row.text())
    QApplication.processEvents()
    assert sentence.height() >= sentence.heightForWidth(sentence.width())
    desk.workspace.view.timeline.select(None, ())
    desk.qtbot.mouseClick(sentence, Qt.MouseButton.LeftButton)
    assert desk.workspace.view.selected_ids()


def test_undo_of_a_span_keeps_the_hands_in_the_text(desk: Desk) -> None:
    view = desk.workspace.view
    if view.work is None or view.work.text is None:
        desk.workspace.step_task(1)
        desk.settle()
    assert view.text.isVisible()
    view.text.setFocus()
    desk.press(Qt.Key.Key_Z, CTRL)
    assert view.text.view.hasFocus()


def test_the_title_says_which_part_of_a_long_item_is_open(desk: Desk) -> None:
    from msgspec.structs import replace

    panel = desk.workspace.list
    part = replace(panel.cards[0], title=f"{panel.cards[0].title}, 00:20:00 to 00:40:00")
    panel.show_lists([part, *panel.cards[1:]], panel.work)
    assert desk.workspace.title() == part.title


def test_what_y_takes_is_marked_before_the_key_is_pressed(desk: Desk) -> None:
    view = desk.workspace.view
    focused = view.focused_suggestion()
    assert focused is not None
    assert view.timeline.state.pointed == ("model:content", focused.id)
    desk.press(Qt.Key.Key_Y)
    following = view.focused_suggestion()
    assert following is not None
    assert following.id != focused.id
    assert view.timeline.state.pointed == ("model:content", following.id)


def test_after_y_the_tier_stays_in_work_and_shift_tab_goes_to_what_was_taken(desk: Desk) -> None:
    view = desk.workspace.view
    desk.press(Qt.Key.Key_Y)
    assert view.timeline.active_lane == "content"
    desk.press(Qt.Key.Key_Tab, SHIFT)
    assert [s.label for s in view.selected_segments()] == ["music"]
    desk.press(Qt.Key.Key_3)
    assert labels(desk) == [(0, 9, "advert")]


def test_tab_goes_over_the_persons_own_segments_and_never_to_suggestions(desk: Desk) -> None:
    view = desk.workspace.view
    desk.press(Qt.Key.Key_J)
    chosen = view.timeline.selection
    assert chosen[0] == "model:content"
    desk.press(Qt.Key.Key_Tab)
    assert view.timeline.selection == chosen
    desk.press(Qt.Key.Key_Down)
    assert view.timeline.active_lane == "events"


def test_an_edge_key_on_a_chosen_suggestion_takes_it_with_that_edge(desk: Desk) -> None:
    view = desk.workspace.view
    desk.press(Qt.Key.Key_J)
    view.timeline.move_playhead(8 * S)
    desk.press(Qt.Key.Key_BracketRight)
    assert labels(desk) == [(0, 8, "music")]
    taken = desk.annotations.segments("content")[0]
    assert taken.origin.kind is OriginKind.SUGGESTION
    assert view.selected_ids() == [taken.id]
    desk.press(Qt.Key.Key_Z, CTRL)
    assert labels(desk) == []


def test_a_nudge_on_a_chosen_suggestion_takes_it_nudged(desk: Desk) -> None:
    desk.press(Qt.Key.Key_J)
    desk.press(Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.AltModifier | SHIFT)
    assert labels(desk) == [(0, 8.99, "music")]


def test_the_next_key_line_offers_all_above_the_threshold_only_where_there_are_some(desk: Desk) -> None:
    line = desk.workspace.view.next_line
    assert "take all above 90 %" in line.sentence()
    desk.press(Qt.Key.Key_Y, SHIFT)
    assert "advert 71 %" in line.sentence()
    assert "take all" not in line.sentence()


def test_why_a_key_did_nothing_is_forgotten_with_the_next_that_does_something(desk: Desk) -> None:
    desk.press(Qt.Key.Key_S)
    assert desk.window.status.said.text() == "There is no segment to cut here. Put the playhead inside one."
    desk.press(Qt.Key.Key_N)
    assert desk.window.status.said.text() == ""


def test_what_was_heard_of_one_task_is_not_heard_of_the_next(desk: Desk) -> None:
    timeline = desk.workspace.view.timeline
    timeline.note_heard(0, 5 * S)
    assert timeline.heard
    desk.press(Qt.Key.Key_PageDown, CTRL)
    desk.settle()
    assert timeline.heard == ()


def test_play_on_arrival_is_off_until_it_is_wanted_and_is_remembered(
    open_desk: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    played: list[tuple[int, int]] = []
    monkeypatch.setattr(desk.workspace.view.transport, "play", lambda start, end=None: played.append((start, end)))
    desk.press(Qt.Key.Key_J)
    assert played == []
    desk.press(Qt.Key.Key_R, SHIFT)
    assert desk.workspace.view.bar.arrival.isChecked()
    desk.press(Qt.Key.Key_J)
    desk.press(Qt.Key.Key_Y)
    assert played == [(9 * S, 20 * S), (20 * S, 27 * S)]
    desk.close()
    again = open_desk(made=desk.made)
    assert again.workspace.playing.mixer.plays_on_arrival
    again.press(Qt.Key.Key_R, SHIFT)
    assert not again.workspace.view.bar.arrival.isChecked()


def test_the_keys_of_the_text_are_told_and_its_labels_found_by_name(desk: Desk) -> None:
    keys = desk.workspace.keys
    told = {action.title: keys.keys_of(action.id) for action in keys.actions() if action.group == "In the text"}
    names = {"Next words that look like a name": ["N"], "Earlier words that look like a name": ["Shift+N"]}
    assert told == {choice.title: [choice.key] for choice in desk.workspace.view.text.choices} | names
    assert keys.trigger("mark.entity.artist")
    assert [span.label for span in desk.annotations.spans()] == ["artist"]


def test_a_label_whose_key_another_has_is_still_found_by_name(desk: Desk) -> None:
    assert desk.workspace.keys.is_enabled("annotate.label.noise")
    assert not desk.workspace.keys.is_enabled("annotate.label.none of that name")


def test_large_text_takes_the_tables_room_before_a_lanes(desk: Desk, qapp: QApplication) -> None:
    view = desk.workspace.view
    table = view.table.height()
    theme.apply(qapp, "dark", text_scale=2.0)
    try:
        lanes = view.timeline.lanes
        desk.qtbot.waitUntil(lambda: lanes.visibleRegion().boundingRect().height() >= lanes.sizeHint().height())
        desk.qtbot.waitUntil(lambda: view.table.height() < table)
        assert desk.window.status.place_label.isHidden()
    finally:
        theme.apply(qapp, "dark", text_scale=1.0)
