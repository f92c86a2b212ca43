"""What two computers of one person did to the same thing is shown side by side, and a number takes one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from annodesk.model.annotations import Answer, Segment
from annodesk.model.edits import Edit, add, delete, set_answer, set_labels, set_text
from annodesk.model.ids import new_id
from annodesk.services import Services
from annodesk.services.tasks import TaskWork
from annodesk.ui import theme
from annodesk.ui.annotate.two_sides import TwoSides
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk
from tests.ui.made import Made, make_file


class Elsewhere:
    """The person's other computer: a copy of the file, with the same task open."""

    def __init__(self, made: Made, folder: Path, task_id: str) -> None:
        folder.mkdir()
        with closing(sqlite3.connect(made.path)) as mine, closing(sqlite3.connect(folder / made.path.name)) as theirs:
            mine.backup(theirs)
        file = Services.open(folder / made.path.name).file
        self.services = Services(file, device="the-other-one")
        self.work: TaskWork = self.services.tasks.open(made.project_id, made.ann_id, task_id)

    @property
    def now(self):  # type: ignore[no-untyped-def]
        return self.work.session.annotations

    def do(self, draft) -> None:  # type: ignore[no-untyped-def]
        edit = self.work.session.stage(draft)
        assert edit is not None
        self.services.annotate.record(edit)

    def edits(self) -> list[Edit]:
        return self.services.annotate.reload(self.work.set_id)[1]


@pytest.fixture
def pair(open_desk: Callable[..., Desk], tmp_path: Path):  # type: ignore[no-untyped-def]
    """A desk with two labelled segments and an answer, and the same on another computer."""
    desk = open_desk(made=make_file(tmp_path / "mine", with_model=False))
    desk.hear_everything()
    for start, end, label in ((3, 9, "speech"), (12, 20, "music")):
        drawn = Segment(new_id(), "content", start * 1_000_000, end * 1_000_000, (label,))
        assert desk.workspace.view.stage(add(drawn))
    desk.press(Qt.Key.Key_Q)
    desk.settle()
    work = desk.workspace.view.work
    assert work is not None
    other = Elsewhere(desk.made, tmp_path / "theirs", work.task.id)
    yield desk, other
    other.services.close()


def pull(desk: Desk, other: Elsewhere) -> None:
    """What the sync lane does: keep what the other computer did, then let the open session go on with it."""
    context = desk.window.context
    assert context is not None
    context.jobs.store(
        context.services.annotate.receive,
        other.work.set_id,
        other.edits(),
        on_done=lambda answer: context.bus.pulled.emit(answer[0]),
        what="receive",
    )
    desk.settle()


def shown(desk: Desk) -> TwoSides:
    window = desk.workspace.apart.window
    assert window is not None
    assert window.isVisible()
    return window


def words(window: TwoSides) -> list[list[str]]:
    return [[f"{line.words} {line.beside}".strip() for line in card.lines] for card in window.cards]


def in_conflict(desk: Desk, other: Elsewhere) -> None:
    """The first segment is written here and deleted there; the answer is another on each."""
    first = desk.annotations.segments("content")[0]
    desk.workspace.view.stage(set_text(desk.annotations, first.id, "mine"))
    other.do(delete(other.now, [first.id]))
    pull(desk, other)


def test_what_the_other_computer_did_elsewhere_simply_appears(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    second = desk.annotations.segments("content")[1]
    other.do(set_text(other.now, second.id, "theirs"))
    pull(desk, other)
    assert desk.annotations.segment(second.id).text == "theirs"
    assert desk.workspace.view.apart.isHidden()
    assert not desk.workspace.apart.open_ones


def test_touching_changes_are_told_above_the_task_and_by_a_mark(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    in_conflict(desk, other)
    banner = desk.workspace.view.apart
    assert "differ in 1 place" in banner.sentence.text()
    assert [(m.start_us, m.end_us) for m in desk.workspace.view.timeline.state.marks] == [(3_000_000, 9_000_000)]
    banner.button.click()
    assert shown(desk).isVisible()


def test_submit_is_refused_with_a_sentence_and_opens_the_first_place(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    in_conflict(desk, other)
    desk.press(Qt.Key.Key_Return, CTRL)
    window = shown(desk)
    assert "choose before you submit" in desk.window.status.said.text()
    assert window.place.text() == "content, 00:03.0 – 00:09.0"
    assert desk.workspace.view.timeline.playhead_us == 3_000_000
    before, *sides = words(window)
    assert before == ["speech 00:03.0 – 00:09.0"]
    assert sorted(line for side in sides for line in side) == [
        "deletes speech 00:03.0 – 00:09.0",
        "speech “mine” 00:03.0 – 00:09.0",
    ]


def test_a_number_takes_a_side_as_one_edit_and_the_task_can_be_submitted(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    in_conflict(desk, other)
    before = len(desk.window.context.services.annotate.reload(desk.annotations.id)[1])  # type: ignore[union-attr]
    desk.press(Qt.Key.Key_F7, SHIFT)
    window = shown(desk)
    mine = next(n for n, side in enumerate(words(window)[1:], start=1) if "mine" in side[0])
    desk.qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0.value + mine))
    desk.settle()
    assert desk.workspace.apart.window is None
    assert desk.annotations.segments("content")[0].text == "mine"
    edits = desk.window.context.services.annotate.reload(desk.annotations.id)[1]  # type: ignore[union-attr]
    assert len(edits) == before + 1
    assert edits[-1].resolves
    assert desk.on_disk().digest() == desk.annotations.digest()
    assert desk.workspace.view.apart.isHidden()
    assert not desk.workspace.view.timeline.state.marks
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.settle()
    assert desk.workspace.view.work is None or desk.workspace.view.work.set_id != edits[-1].set_id


def test_arrows_and_return_take_the_other_side(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    in_conflict(desk, other)
    desk.press(Qt.Key.Key_F7, SHIFT)
    window = shown(desk)
    gone = next(n for n, side in enumerate(words(window)[1:]) if "deletes" in side[0])
    desk.qtbot.keyClick(window, Qt.Key.Key_Return)
    assert window.isVisible(), "nothing is taken before something is chosen"
    desk.qtbot.keyClick(window, Qt.Key.Key_Left if gone else Qt.Key.Key_Right)
    desk.qtbot.keyClick(window, Qt.Key.Key_Return)
    desk.settle()
    assert [s.start_us for s in desk.annotations.segments("content")] == [12_000_000]


def test_neither_leaves_what_stood_before(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    first = desk.annotations.segments("content")[0]
    in_conflict(desk, other)
    desk.press(Qt.Key.Key_F7, SHIFT)
    desk.qtbot.keyClick(shown(desk), Qt.Key.Key_0)
    desk.settle()
    assert desk.annotations.segments("content")[0] == first
    assert not desk.workspace.apart.open_ones
    reopened = Services.open(desk.made.path, read_only=True)
    assert reopened.annotate.reload(desk.annotations.id)[0].digest() == desk.annotations.digest()
    reopened.close()


def test_place_after_place_is_shown_until_nothing_is_open(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    first, second = desk.annotations.segments("content")
    view = desk.workspace.view
    view.stage(set_text(desk.annotations, first.id, "mine"))
    view.stage(set_labels(desk.annotations, [second.id], ["advert"]))
    view.stage(set_answer(desk.annotations, "quality", 4))
    other.do(set_text(other.now, first.id, "theirs"))
    other.do(set_labels(other.now, [second.id], ["noise"]))
    other.do(set_answer(other.now, "quality", 2))
    pull(desk, other)
    assert "differ in 3 places" in view.apart.sentence.text()
    desk.press(Qt.Key.Key_F7, SHIFT)
    window = shown(desk)
    places = []
    for left in (2, 1, 0):
        places.append(window.place.text())
        desk.qtbot.keyClick(window, Qt.Key.Key_1)
        assert len(desk.workspace.apart.open_ones) == left
    desk.settle()
    assert sorted(place.split(",")[0] for place in places) == ["content", "content", "quality"]
    answer = desk.annotations.answer("quality")
    assert isinstance(answer, Answer)
    assert desk.on_disk().digest() == desk.annotations.digest()


def test_escape_leaves_it_for_later_and_the_keys_go_back(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    in_conflict(desk, other)
    desk.press(Qt.Key.Key_F7, SHIFT)
    desk.qtbot.keyClick(shown(desk), Qt.Key.Key_Escape)
    desk.settle()
    assert len(desk.workspace.apart.open_ones) == 1
    assert desk.workspace.apart.window is None
    assert QApplication.focusWidget() is not None


def test_a_contested_element_is_not_changed_before(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    in_conflict(desk, other)
    first = desk.annotations.segments("content")[0]
    assert not desk.workspace.view.stage(set_text(desk.annotations, first.id, "more"))
    assert "Choose between them first" in desk.window.notices.seen[-1].sentence


def test_what_is_open_is_open_again_after_a_restart(pair: tuple[Desk, Elsewhere]) -> None:
    desk, other = pair
    in_conflict(desk, other)
    task_id = desk.workspace.view.work.task.id  # type: ignore[union-attr]
    desk.workspace.open_task(task_id, anew=True)
    desk.settle()
    assert len(desk.workspace.apart.open_ones) == 1
    assert not desk.workspace.view.apart.isHidden()
    desk.workspace.step_task(1)
    desk.settle()
    assert desk.workspace.view.apart.isHidden()
    assert not desk.workspace.view.timeline.state.marks


def test_what_is_to_be_chosen_is_told_in_large_text_too(pair: tuple[Desk, Elsewhere], qapp: QApplication) -> None:
    desk, other = pair
    desk.window.resize(1280, 720)
    in_conflict(desk, other)
    banner = desk.workspace.view.apart
    theme.apply(qapp, "light", text_scale=2.0)
    try:
        desk.settle()
        sign = banner.findChildren(QLabel)[0].pixmap()
        assert sign.deviceIndependentSize().height() == theme.px(16), "drawn anew with the text"
        assert banner.button.geometry().right() <= banner.width()
        assert banner.sentence.height() >= banner.sentence.heightForWidth(banner.sentence.width())
    finally:
        theme.apply(qapp, "dark", text_scale=1.0)
