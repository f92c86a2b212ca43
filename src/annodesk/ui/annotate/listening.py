"""What of the open task was played: shown in the overview, kept from start to start, asked about before submitting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from annodesk.model.times import Interval, format_us, left_out, length_words
from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context

KEPT_AFTER_MS = 2000
LEAST_PIECE_US, LEAST_US = 500_000, 1_000_000
"""Pieces between two stretches, and all of them together, that are too short to ask about."""


class Listening(QObject):
    """Follows the transport of a task's view; context around the task's own part does not count."""

    def __init__(self, view: TaskView, context: Context) -> None:
        super().__init__(view)
        self._view, self._context = view, context
        self._waiting: list[Interval] = []
        self._is_accepted = False
        self.dialog: UnheardDialog | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(KEPT_AFTER_MS)
        self._later.timeout.connect(self.keep)
        view.transport.heard.connect(self._on_heard)
        view.opened.connect(self._on_opened)
        view.closing.connect(self.release)

    def release(self) -> None:
        """Ask nothing more, and hand what was played to the disk."""
        if self.dialog is not None:
            self.dialog.reject()
        self.keep()

    def keep(self) -> None:
        """Hand what was played to the disk."""
        self._later.stop()
        stretches, self._waiting = self._waiting, []
        work, services = self._view.work, self._context.services
        if work is None or not stretches or services.read_only:
            return
        self._context.jobs.store(services.listening.add, work.set_id, stretches, what="keep what was played")

    def unheard(self) -> tuple[Interval, ...]:
        """What of the task can be played and has not been, in order; nothing where it is too little to tell."""
        work, part = self._view.work, self.playable
        if work is None or part is None:
            return ()
        found = left_out(part, self._view.timeline.heard, least_us=LEAST_PIECE_US)
        return found if sum(piece.duration_us for piece in found) >= LEAST_US else ()

    def ask(self, submit: Callable[[], object]) -> bool:
        """Ask about what was not played, once for each time the task is opened; False where there is nothing to ask."""
        self._view.transport.pause()
        pieces, part = self.unheard(), self.playable
        if not pieces or part is None or self._is_accepted:
            return False
        self._go_to(pieces[0])
        self.dialog = dialog = UnheardDialog(pieces, part, self._view)

        def accepted() -> None:
            self._is_accepted = True
            submit()

        dialog.listen_asked.connect(lambda: self._listen(pieces[0]))
        dialog.submit_asked.connect(accepted)
        dialog.finished.connect(self._after_dialog)
        dialog.open()
        return True

    def _after_dialog(self) -> None:
        self.dialog = None
        self._view.window().activateWindow()
        self._view.take_focus()

    def _listen(self, piece: Interval) -> None:
        self._go_to(piece)
        self._view.transport.play(piece.start_us)

    def _go_to(self, piece: Interval) -> None:
        self._view.timeline.move_playhead(piece.start_us)
        self._view.timeline.ensure_visible(piece.start_us)

    @property
    def playable(self) -> Interval | None:
        """The task's own part as far as the recording reaches; None where nothing can be played."""
        work = self._view.work
        if work is None or not work.can_play:
            return None
        part, asset = Interval(work.task.start_us, work.task.end_us), work.item.timeline_asset
        if asset is None or asset.media is None:
            return part
        return part.crop(Interval(max(0, asset.offset_us), max(0, asset.offset_us + asset.media.duration_us)))

    def _on_opened(self) -> None:
        self._is_accepted = False
        self._waiting = []
        if self._view.work is not None:
            self._view.timeline.state.set_heard(self._view.work.heard)

    def _on_heard(self, start_us: int, end_us: int) -> None:
        work = self._view.work
        if work is None:
            return
        piece = Interval(start_us, end_us).crop(Interval(work.task.start_us, work.task.end_us))
        if piece is None or not piece.duration_us:
            return
        self._view.timeline.note_heard(piece.start_us, piece.end_us)
        self._waiting.append(piece)
        if not self._later.isActive():
            self._later.start()


class UnheardDialog(QDialog):
    """Says how much was not played: Return plays it, Ctrl+Return submits all the same, Escape goes back to work."""

    listen_asked = Signal()
    submit_asked = Signal()

    def __init__(self, pieces: tuple[Interval, ...], part: Interval, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Not all of it was played")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(420))
        total_us = sum(piece.duration_us for piece in pieces)
        where = f"from {format_us(pieces[0].start_us, decimals=0)}"
        places = f"{where} on" if len(pieces) == 1 else f"in {len(pieces)} places, the first {where}"
        self.sentence = f"{length_words(total_us)} of {length_words(part.duration_us)} have not been played, {places}."
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 3)
        column.addWidget(label("Submit without listening to the rest?", "title", wrap=True))
        column.addWidget(label(self.sentence, "dim", wrap=True))
        feet = QHBoxLayout()
        feet.addStretch()
        self.anyway = button("Submit anyway", key="Ctrl+Return")
        self.listen = button("Listen", role="primary", key="Return")
        for one, then in ((self.anyway, self.submit_asked), (self.listen, self.listen_asked)):
            one.clicked.connect(self.accept)
            one.clicked.connect(then)
            feet.addWidget(one)
        column.addLayout(feet)
        self.listen.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():  # a held key answers nothing
            with_ctrl = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            (self.anyway if with_ctrl or self.anyway.hasFocus() else self.listen).click()
