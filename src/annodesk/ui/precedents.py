"""Precedents beside the guidelines: what was ruled before under the clause that is read, with the clip to hear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from annodesk.model.clauses import is_same, short_name
from annodesk.model.work import PrecedentSource
from annodesk.services.changes import Changes, Kind
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import button, label
from annodesk.ui.plain import shown
from annodesk.ui.player.clip import ClipPlayer

if TYPE_CHECKING:
    from annodesk.model.work import Precedent
    from annodesk.services.precedents import Pinned as PinnedRuling
    from annodesk.ui.bus import Context

MOST_SHOWN = 6
"""So many are read beside one's work; the rest is counted."""


class PrecedentPanel(QWidget):
    """The precedents of one clause, the newest first; one of them is the one that keys act on.

    hear_asked()    the person wants to hear the marked one
    changed()       others are shown now
    """

    hear_asked = Signal()
    changed = Signal()

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope, self._clause = scope, ""
        self._all: tuple[PinnedRuling, ...] = ()
        self.shown: tuple[PinnedRuling, ...] = ()
        self._at, self._playing = 0, ""
        self._head = label("", "head", wrap=True)
        self._host = QWidget()
        rows = QVBoxLayout(self._host)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        column.addWidget(self._head)
        column.addWidget(self._host)
        self.hide()

    @property
    def current(self) -> PinnedRuling | None:
        """The one that keys act on; None where there is none."""
        return self.shown[self._at] if self.shown else None

    def set_precedents(self, found: Sequence[PinnedRuling]) -> None:
        """All that are pinned; those of the clause are shown."""
        if tuple(found) != self._all:
            self._all = tuple(found)
            self._choose()

    def show_for(self, heading: str) -> None:
        """Show those of a clause; all where no single clause is read."""
        if heading != self._clause:
            self._clause = heading
            self._choose()

    def step(self) -> None:
        """Mark the next one, after the last the first."""
        if self.shown:
            self._at = (self._at + 1) % len(self.shown)
            self._draw()

    def show_playing(self, precedent_id: str) -> None:
        """Say which one is heard now."""
        if precedent_id != self._playing:
            self._playing = precedent_id
            self._draw()

    def _choose(self) -> None:
        before = self.current.precedent.id if self.current is not None else ""
        fitting = [one for one in self._all if not self._clause or is_same(one.precedent.clause, self._clause)]
        self.shown, self._left = tuple(fitting[:MOST_SHOWN]), len(fitting) - MOST_SHOWN
        self._at = next((place for place, one in enumerate(self.shown) if one.precedent.id == before), 0)
        self._draw()
        self.changed.emit()

    def _draw(self) -> None:
        clear_rows(self._host)
        rows = self._host.layout()
        assert rows is not None
        name = f" for {short_name(self._clause)}" if self._clause else ""
        self._head.setText(shown(f"Precedents{name}", 120).upper())
        for place, one in enumerate(self.shown):
            rows.addWidget(self._row(one, place))
        if self.shown and self._left > 0:
            rows.addWidget(label(f"and {self._left} older", "small"))
        self.setVisible(bool(self.shown))

    def _row(self, one: PinnedRuling, place: int) -> QWidget:
        row, said = QWidget(), one.precedent
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        top = QHBoxLayout()
        top.setSpacing(theme.SPACE * 2)
        when = label(date_text(said.made_at_us), "small")
        top.addWidget(label(said.words, "strong", wrap=True), 1)
        top.addWidget(when, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        column.addWidget(label(source_text(said), "small", wrap=True))
        if said.quote:
            column.addWidget(label(f"“{said.quote}”", "dim", wrap=True))
        if said.start_us is None:
            return row
        if one.media_path is None:
            column.addWidget(label(f"It cannot be heard here. {one.problem}", "small", wrap=True))
            return row
        word = "Stop" if self._playing == said.id else "Hear it"
        is_marked = place == self._at
        hear = KeyButton(word, f"{self._scope}.precedent_hear") if is_marked else button(word, tip="Hear this clip")
        hear.clicked.connect(lambda _checked=False, place=place: self._hear(place))
        column.addWidget(hear, 0, Qt.AlignmentFlag.AlignLeft)
        return row

    def _hear(self, place: int) -> None:
        self._at = place
        self.hear_asked.emit()


class Pinned(QObject):
    """Reads what is pinned into a panel, and plays its clips.

    changed()    there are precedents to hear now, or none any more
    """

    changed = Signal()

    def __init__(
        self, panel: PrecedentPanel, context: Context, hush: Callable[[], object], scope: str = "annotate"
    ) -> None:
        super().__init__(panel)
        self.panel, self._context, self._hush, self._scope = panel, context, hush, scope
        self.player = ClipPlayer(self)
        self.player.changed.connect(lambda: panel.show_playing(self.player.playing))
        panel.hear_asked.connect(self.hear)
        panel.changed.connect(self.changed)
        context.bus.changed.connect(self._on_changes)
        context.bus.person_changed.connect(self.player.stop)

    @property
    def has_any(self) -> bool:
        """Whether one is shown."""
        return bool(self.panel.shown)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {f"{self._scope}.precedent_hear": self.hear, f"{self._scope}.precedent_next": self.panel.step}

    def read(self) -> None:
        """Read what is pinned; what may be shown depends on what is open."""
        context, project_id, person_id = self._context, self._context.project_id, self._context.person_id
        if person_id and not context.jobs.is_closed:
            context.jobs.store(
                lambda: context.services.precedents.shown(project_id, person_id),
                on_done=self.panel.set_precedents,
                what="read precedents",
            )

    def hear(self) -> None:
        """Play the clip of the marked one; stop it where it plays."""
        one = self.panel.current
        if one is None:
            return
        said = one.precedent
        if one.media_path is None or said.start_us is None or said.end_us is None:
            self._context.bus.status_said.emit(one.problem or "There is nothing to hear: it is about a text.")
            return
        self._hush()
        self.player.turn(said.id, one.media_path, said.start_us, said.end_us, offset_us=one.offset_us)

    def release(self) -> None:
        """Be quiet and let go of the file."""
        self.player.release()

    def _on_changes(self, changes: Changes) -> None:
        if Kind.PRECEDENTS in changes or Kind.PROJECT in changes:
            self.read()


def source_text(said: Precedent) -> str:
    """What was settled, in words; or that it is the answer to a question."""
    if said.source is PrecedentSource.ANSWER:
        return "answer to a question"
    return f"settled {', '.join(said.labels)}" if said.labels else "settled: nothing there"


def date_text(at_us: int) -> str:
    """The day, without the year in this one."""
    try:
        when, now = datetime.fromtimestamp(at_us / 1_000_000), datetime.now()
    except (OverflowError, OSError, ValueError):
        return ""  # no day that there is
    return f"{when.day} {when:%b}" if when.year == now.year else f"{when.day} {when:%b %Y}"
