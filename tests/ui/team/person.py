"""A person at a window of their own: a process that takes orders by lines of JSON, and does them with keys and mouse.

Started as ``python -m tests.ui.team.person``. Its data, settings and cache are where the environment says; what it does
goes through the keyboard, the mouse and the palette, and what it tells is what stands in the window.
"""

from __future__ import annotations

import json
import logging
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
from keyring.backends.null import Keyring as NoKeyring
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from annodesk.services.sync_state import Standing
from annodesk.ui.app import make_app
from annodesk.ui.first.workspace import FirstSteps
from annodesk.ui.jobs import Jobs
from annodesk.ui.media_folder import name_folder
from annodesk.ui.team.connect import ConnectDialog
from annodesk.ui.window import MainWindow

LIMIT_S = 90.0
"""The longest one wish may take: three windows, a server and a worker share a computer that others use too."""
CTRL, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
SECOND_US = 1_000_000


class Person:
    """What a person can do, and what they see; each public method is an order."""

    def __init__(self, app: QApplication) -> None:
        self.app = app
        self.window = MainWindow(Jobs())
        self.window.resize(1440, 900)
        self.window.show()
        self.window.activateWindow()
        self.wait(lambda: self.window.isActiveWindow(), "the window")

    # Coming and going

    def join(self, invitation: str, password: str) -> dict[str, Any]:
        """Drop an invitation on the dialog, choose a password, and be in the project."""
        self.do("work with a team")
        dialog = self.window.team.dialog
        assert dialog is not None
        urls = QMimeData()
        urls.setUrls([QUrl.fromLocalFile(invitation)])
        middle, how = dialog.rect().center(), (Qt.DropAction.CopyAction, urls, Qt.MouseButton.LeftButton, NONE)
        QApplication.sendEvent(dialog, QDragEnterEvent(middle, *how))
        QApplication.sendEvent(dialog, QDropEvent(QPointF(middle), *how))
        assert dialog.invitation is not None, dialog.sentence.text()
        QTest.keyClicks(dialog.password, password)
        QTest.keyClicks(dialog.again, password)
        QTest.keyClick(dialog.again, Qt.Key.Key_Return)
        return self._arrive(dialog)

    def connect(self, url: str, password: str) -> dict[str, Any]:
        """Enter by an address and a password."""
        self.do("work with a team")
        dialog = self.window.team.dialog
        assert dialog is not None
        QTest.keyClicks(dialog.address, url)
        QTest.keyClicks(dialog.password, password)
        QTest.keyClick(dialog.password, Qt.Key.Key_Return)
        return self._arrive(dialog)

    def name_folder(self, folder: str) -> int:
        """Say where the recordings are; how many were found."""
        assert self.window.context is not None
        told: list[int] = []
        name_folder(self.window.context, Path(folder), lambda looked: told.append(looked.found))
        self.wait(lambda: bool(told), "the folder")
        return told[0]

    def quit(self) -> list[str]:
        """Close the window; what went wrong meanwhile."""
        self.window.close()
        self.window.deleteLater()
        return [f"{r.name}: {r.getMessage()}" for r in ERRORS.seen] + SURPRISES

    def _arrive(self, dialog: ConnectDialog) -> dict[str, Any]:
        """Be let in, and skip being shown around."""
        self.wait(lambda: self.window.context is not None, lambda: f"being let in: {dialog.sentence.text()}")
        self.window.activateWindow()
        self.wait(lambda: isinstance(self.window.workspace, FirstSteps), "being shown around")
        self.settle()
        self.do("skip the rest")
        assert not isinstance(self.window.workspace, FirstSteps)
        self.wait_synced()
        return self.look()

    # Looking

    def look(self) -> dict[str, Any]:
        """What stands in the window."""
        window = self.window
        workspace = window.workspace
        state = window.status.sync.state
        assert state is not None
        return {
            "who": window.context.person_name if window.context is not None else "",
            "project": window.strip.project.text(),
            "open": workspace.title() if workspace is not None else "",
            "line": window.status.sync.words.text(),
            "standing": state.standing.value,
            "waiting": state.waiting,
            "trouble": [line.sentence for line in window.team.lines if line.is_trouble],
            "tasks": [card.title for card in getattr(getattr(workspace, "list", None), "cards", ())],
            "work": [card.title for card in getattr(getattr(workspace, "list", None), "work", ())],
            "page": self._page(),
        }

    def picture(self, path: str) -> None:
        """What it looks like."""
        self.window.grab().save(path)

    def digests(self) -> dict[str, str]:
        """The sets that are in the file of this window, by id."""
        from sqlalchemy import select

        from annodesk.store import journal
        from annodesk.store import tables as t

        assert self.window.context is not None
        file = self.window.context.services.file

        def read() -> dict[str, str]:
            with file.read() as db:
                ids = db.execute(select(t.annotation_set.c.id)).scalars().all()
                return {set_id: journal.get_set(db, set_id).digest() for set_id in ids}

        told: list[dict[str, str]] = []
        self.window.jobs.store(read, on_done=told.append, what="compare")
        self.wait(lambda: bool(told), "the digests")
        return told[0]

    def status(self) -> dict[str, Any]:
        """The figures of the project, as this file has them."""
        assert self.window.context is not None
        context, told = self.window.context, list[Any]()
        self.window.jobs.store(context.services.dashboard.status, on_done=told.append, what="figures")
        self.wait(lambda: bool(told), "the figures")
        return dict(told[0][0])

    # Waiting

    def wait_status(self, name: str, wanted: object) -> dict[str, Any]:
        """Until a figure of the project is what it should be in the file of this window; all of them."""
        deadline = time.monotonic() + LIMIT_S
        while (found := self.status())[name] != wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} is {found[name]}, not {wanted}")
            self.window.bus.sync_asked.emit()
            QTest.qWait(300)
        return found

    def wait_synced(self) -> str:
        """Until all that was done here is on the server."""
        lamp = self.window.status.sync
        self.window.bus.sync_asked.emit()
        self.wait(
            lambda: lamp.state is not None and lamp.state.standing is Standing.SYNCED and lamp.state.waiting == 0,
            lambda: f"being synced: {lamp.sentence()}",
        )
        return lamp.sentence()

    def wait_offline(self) -> str:
        """Until the line at the foot says that the server is gone."""
        lamp = self.window.status.sync
        self.wait(
            lambda: lamp.state is not None and lamp.state.standing is Standing.OFFLINE,
            lambda: f"being offline: {lamp.sentence()}",
        )
        return lamp.sentence()

    def wait_task(self) -> str:
        """Until a task is open; its title."""
        self.wait(lambda: self.window.workspace is not None and self._is_open(), "an open task")
        self.settle()
        return str(self.window.workspace.title())  # type: ignore[union-attr]

    # Hands

    def do(self, words: str) -> None:
        """An action by its name in the palette."""
        self.press("Ctrl+K")
        QTest.keyClicks(QApplication.focusWidget(), words)
        self.press("Return")

    def press(self, *keys: str) -> None:
        """Press keys where the focus is, as a keyboard does."""
        for chord in keys:
            *modifiers, name = chord.split("+")
            modifier = NONE
            for one in modifiers:
                modifier |= Qt.KeyboardModifier[f"{'Control' if one == 'Ctrl' else one}Modifier"]
            target = QApplication.activePopupWidget() or QApplication.focusWidget() or self.window
            QTest.keyClick(target, Qt.Key[f"Key_{name}"], modifier)
            self.settle()

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        QTest.keyClicks(QApplication.focusWidget(), text)

    def draw(self, start_s: float, end_s: float, key: str) -> None:
        """Drag a segment on the tier with the mouse, and press its label's key."""
        lanes = self.window.workspace.view.timeline.lanes  # type: ignore[union-attr]
        _, top, height = lanes.lane_tops()[0]
        points = [QPointF(lanes.x_of(round(at * SECOND_US)), top + height / 2) for at in (start_s, end_s)]
        drag(lanes, *points)
        self.settle()
        self.press(key)

    def draw_by_keys(self, end_s: float, key: str) -> None:
        """Go to a time, draw from the segment before up to there, and press the label's key."""
        self.press("Ctrl+G")
        self.write(f"{end_s} s")
        self.press("Return", "E", key)

    def hand_in(self) -> str:
        """Submit, also where not all was listened to; what the notice says."""
        before = len(self.window.notices.seen)
        self.press("Ctrl+Return")
        dialog = self.window.workspace.listening.dialog  # type: ignore[union-attr]
        if dialog is not None and dialog.isVisible():
            self.press("Ctrl+Return")
        self.wait(lambda: len(self.window.notices.seen) > before, lambda: f"submitting: {self._said()}")
        self.settle()
        return str(self.window.notices.seen[before].sentence)

    def review_first(self) -> str:
        """Open the review workspace, and what the server gave to be judged there."""
        self.press("F6")
        workspace = self.window.workspace
        assert workspace is not None

        def waits() -> bool:
            page = workspace.waiting.page
            if workspace.waiting.queue.task_ids():
                return True
            if workspace.is_idle() and not page.button.isHidden() and time.monotonic() - self._looked > 1.0:
                self._looked = time.monotonic()
                QTest.mouseClick(page.button, Qt.MouseButton.LeftButton)
            return False

        self._looked = time.monotonic()
        self.wait(waits, "something to review")
        self.settle()
        workspace.take_focus()
        self.press("Return")
        self.wait(lambda: workspace.work is not None, "an open review")
        self.settle()
        return str(workspace.title())

    def hears(self) -> bool:
        """Whether the recording of the open task is there."""
        return bool(self.window.workspace.view.work.media_path)  # type: ignore[union-attr]

    def disagreements(self) -> list[str]:
        """Where the open review's sides differ."""
        return [f"{d.part} {d.kind}" for d in self.window.workspace.places.disagreements]  # type: ignore[union-attr]

    def rule_all(self, letter: str) -> None:
        """Take one side at every place."""
        workspace = self.window.workspace
        assert workspace is not None
        for _ in range(len(workspace.places.disagreements)):
            if not workspace.places.open_ones:
                break
            self.press("Shift+J", letter)

    def settle_review(self) -> str:
        """Let the answer stand; what the window says then."""
        workspace = self.window.workspace
        assert workspace is not None
        self.press("Ctrl+Return")
        self.wait(lambda: workspace.work is None, lambda: f"settling: {self._said()}")
        self.settle()
        return str(workspace.waiting.page.title.text())

    # Inside

    def settle(self) -> None:
        """Until nothing is being read, drawn or stored."""
        workspace = self.window.workspace
        self.wait(self.window.is_idle, "the window's rest")
        if workspace is not None:
            self.wait(lambda: workspace.is_idle() and not workspace.keys.is_deaf, "the workspace's rest")

    def wait(self, holds: Callable[[], bool], what: str | Callable[[], str]) -> None:
        """Let the window work until something is so."""
        deadline = time.monotonic() + LIMIT_S
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain for {what if isinstance(what, str) else what()}")
            QTest.qWait(10)
        QTest.qWait(1)

    def _is_open(self) -> bool:
        view = getattr(self.window.workspace, "view", None)
        return view is not None and view.work is not None

    def _page(self) -> str:
        page = getattr(self.window.workspace, "empty", None)
        return f"{page.title.text()} {page.sentence.text()}" if page is not None else ""

    def _said(self) -> str:
        seen = [f"{n.sentence} {n.hint}" for n in self.window.notices.seen[-2:]]
        return "; ".join([*seen, self.window.status.sentence()])


def drag(widget: QWidget, begin: QPointF, end: QPointF) -> None:
    """Press, move in steps, release, as the window system sends it."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    moves = [begin + (end - begin) * step / 8 for step in range(1, 9)]
    for kind, where, button, held in (
        (QEvent.Type.MouseButtonPress, begin, left, left),
        *((QEvent.Type.MouseMove, where, none, left) for where in moves),
        (QEvent.Type.MouseButtonRelease, end, left, none),
    ):
        QApplication.sendEvent(widget, QMouseEvent(kind, where, widget.mapToGlobal(where), button, held, NONE))


class _Errors(logging.Handler):
    """Keeps what was logged at ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record)


ERRORS, SURPRISES = _Errors(), list[str]()


def main() -> None:
    """Do what is asked for, line by line, until the lines end."""
    logging.getLogger().addHandler(ERRORS)
    sys.excepthook = lambda *what: SURPRISES.append("".join(traceback.format_exception(*what)))
    keyring.set_keyring(NoKeyring())  # no password leaves this process
    app = make_app("dark")
    person = Person(app)
    asked: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            asked.put(line)
        asked.put(None)

    threading.Thread(target=read, daemon=True, name="orders").start()
    print(json.dumps({"ready": True}), flush=True)
    while True:
        try:
            line = asked.get_nowait()
        except queue.Empty:
            QTest.qWait(10)
            continue
        if line is None:
            return
        order = json.loads(line)
        try:
            answer = {"answer": getattr(person, order["do"])(*order["with"])}
        except Exception:  # noqa: BLE001 told to whoever asked
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
