"""Sensitive content is warned of before it opens, begins muted and blurred, and can be declined."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from annodesk.store import tables as t
from annodesk.store import terms
from annodesk.store.engine import open_local
from annodesk.ui.player.video_screen import BLURRED
from tests.ui.annotate.conftest import Desk
from tests.ui.made import Made, make_file

pytestmark = pytest.mark.qt
ALT = Qt.KeyboardModifier.AltModifier
Opener = Callable[..., Desk]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A file whose first recording in the list is sensitive, as are all others."""
    found = make_file(tmp_path / "sensitive")
    file = open_local(found.path)
    try:
        with file.write() as db:
            db.execute(t.item.update().values(metadata={"sensitive": "violence, medical"}))
    finally:
        file.close()
    return found


def test_nothing_opens_before_its_warning_was_read(open_desk: Opener, made: Made) -> None:
    desk = open_desk(made=made)
    workspace = desk.workspace
    assert workspace.view.work is None
    assert workspace.sensitive.page.isVisible()
    assert workspace.sensitive.page.title.text() == "This one holds violence and medical"
    desk.hit(Qt.Key.Key_Return)
    desk.settle()
    assert workspace.view.work is not None
    assert workspace.view.transport.strip().is_muted
    assert not workspace.view.transport.is_playing
    assert workspace.view.video.is_blurred
    desk.press(Qt.Key.Key_V, ALT)
    assert not workspace.view.transport.strip().is_muted
    assert not workspace.view.video.is_blurred


def test_a_kind_of_content_is_declined_and_not_given_again(open_desk: Opener, made: Made) -> None:
    desk = open_desk(made=made)
    workspace = desk.workspace
    workspace.sensitive.page.decline.setFocus()
    desk.hit(Qt.Key.Key_Return)
    desk.settle()
    desk.qtbot.waitUntil(lambda: not workspace.list.cards, timeout=10_000)
    desk.settle()
    assert "which you do not work with" in workspace.empty.sentence.text()
    with desk.workspace._context.services.file.read() as db:
        (known,) = terms.of_project(db, desk.workspace._context.project_id).values()
    assert known.declined == {"violence", "medical"}
    undo = desk.window.notices.seen[-1].on_button
    assert undo is not None
    undo()
    desk.settle()
    desk.qtbot.waitUntil(lambda: len(workspace.list.cards) > 0, timeout=10_000)


def test_why_a_task_came_is_told_by_a_key(open_desk: Opener) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_Y, ALT)
    desk.settle()
    said = desk.window.notices.seen[-1]
    assert (said.sentence, said.hint) == ("Why you got this", "Next in line.")


def test_a_blurred_picture_holds_next_to_nothing() -> None:
    assert BLURRED.width() * BLURRED.height() <= 40


def test_nothing_that_is_gone_to_plays_by_itself_and_the_text_is_blurred_too(open_desk: Opener, made: Made) -> None:
    desk = open_desk(made=made)
    workspace = desk.workspace
    desk.hit(Qt.Key.Key_Return)
    desk.settle()
    assert workspace.view.text.view.is_blurred
    assert workspace.playing.is_quiet
    if not workspace.playing.mixer.plays_on_arrival:
        workspace.playing.turn_arrival()
    workspace.playing.arrive(0, 1_000_000)
    assert not workspace.view.transport.is_playing
    desk.press(Qt.Key.Key_V, ALT)
    assert not workspace.view.text.view.is_blurred
