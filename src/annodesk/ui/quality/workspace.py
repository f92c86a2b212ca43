"""The page about agreement: a table of parts and labels, and beside it what is known of the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.services.changes import Changes, Kind
from annodesk.services.looks import MATRICES
from annodesk.ui import theme
from annodesk.ui.actions import Action, KeyMap, is_text_field, shown_key
from annodesk.ui.key_button import KeyButton
from annodesk.ui.notices import Tone
from annodesk.ui.parts import EmptyState, Splitter, label
from annodesk.ui.quality import figures
from annodesk.ui.quality.actions import ACTIONS
from annodesk.ui.quality.matrices import MatricesDialog
from annodesk.ui.quality.reading import Read, read
from annodesk.ui.quality.setting import Setting
from annodesk.ui.quality.side import FigureSide
from annodesk.ui.quality.table import FigureTable

if TYPE_CHECKING:
    from annodesk.services.agreeing import AgreementReport, Confusion
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request
    from annodesk.ui.quality.figures import Row

TITLE = "How people agree"
NOTHING_YET = "Nothing to compare yet: two people must have submitted the same item."
SCORED_SINCE = "More was scored since."
NARROW = 1_000
"""Of less room than this, at ordinary text, the words stand below the table."""


class AgreementWorkspace(QWidget):
    """Reads when it is shown, and again where scores have come; what is chosen stays chosen."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(TITLE)
        self.context = context
        self.found: Read | None = None
        self._request: Request | None = None
        self._is_stale, self._is_below_needed = True, False
        self._build()
        self.setting = Setting(context, self.table, self.side.threshold, self)
        self.setting.told.connect(self._follow)
        self.keys = KeyMap(self, TITLE)
        self.keys.bind(ACTIONS, self._handlers())
        context.bus.changed.connect(self._on_changed)
        context.bus.person_changed.connect(self._start_afresh)
        theme.notifier().theme_changed.connect(self._fit)
        self._say("progress-clock", "Measuring how people agree …")

    # What the window asks

    def title(self) -> str:
        """What the page is about."""
        return TITLE

    def item_key(self) -> str:
        """No item is open here."""
        return ""

    def note(self) -> str:
        """What the figures rest on."""
        report = self.report
        return figures.range_sentence(report) if report is not None else ""

    def actions(self) -> list[Action]:
        """Everything that can be done here, with its keys."""
        return self.keys.actions()

    def is_idle(self) -> bool:
        """Whether nothing is being read or stored."""
        return self.context.jobs.is_idle

    def open_task(self, task_id: str) -> None:
        """Tasks are opened elsewhere."""

    def take_focus(self) -> None:
        """Give the table the keys, or the button where there is no table."""
        if self._stack.currentWidget() is self._split:
            self.table.setFocus()
        elif self.page.button.isVisible():
            self.page.button.setFocus()

    def refresh(self) -> None:
        """Measure where something was scored since, or nothing has been measured."""
        if self._is_stale:
            self.read()

    def release(self) -> None:
        """Nobody looks any more: what is being measured is given up."""
        self.setting.release()
        if self._request is not None:
            self._request.cancel()
            self._is_stale = True
        self._request = None

    @property
    def report(self) -> AgreementReport | None:
        """How people agree, where this person may know it and it has been measured."""
        return self.found.agreement if self.found is not None else None

    # Reading

    def read(self) -> None:
        """Measure anew."""
        context = self.context
        self._is_stale = False
        self._show_busy("Measuring how people agree …")
        self._request = context.jobs.background(
            read,
            context.services,
            context.project_id,
            context.person_id,
            on_done=self._show,
            on_error=self._on_error,
            on_progress=self._on_progress,
            key="agreement",
            what="measure how people agree",
        )

    def _show(self, found: Read) -> None:
        self._request, self.found = None, found
        self._show_busy("")
        self.setting.forget(may_set=found.may_set)
        if found.own is not None:
            self._show_own(found)
            return
        report = found.agreement
        assert report is not None
        if not report.items:
            hint = "Figures come by themselves when that is so and the item has been scored."
            self._say("scale-balance", NOTHING_YET, hint, "Measure again")
            return
        self._stack.setCurrentWidget(self._split)
        self.table.show_rows(figures.rows_of(report))
        limits = "" if report.is_whole else "Figures about people are for groups of five or more."
        self._say_below(" ".join(filter(None, (figures.range_sentence(report), limits, found.analysts))))
        self._follow()
        self._offer_focus()
        self.context.bus.title_changed.emit()
        self.setting.foretell()

    def _show_own(self, found: Read) -> None:
        own = found.own
        assert own is not None
        if not own.parts:
            self._say("scale-balance", own.reason or NOTHING_YET, "", "Look again")
            return
        self._stack.setCurrentWidget(self._split)
        self.table.show_rows(figures.own_rows(own), is_own=True)
        self._say_below("Your own answers, shown to you alone.")
        self._follow()
        self._offer_focus()
        self.context.bus.title_changed.emit()

    def _on_error(self, error: Exception) -> None:
        self._request = None
        self._show_busy("")
        if isinstance(error, Cancelled):
            self._is_stale = True
            return
        if not isinstance(error, AnnodeskError):
            self.context.notices.error(error, "measure how people agree")
        known = isinstance(error, AnnodeskError)
        sentence = error.sentence if isinstance(error, AnnodeskError) else "Agreement could not be measured."
        hint = error.hint if isinstance(error, AnnodeskError) else "The report says what went wrong."
        if self.found is not None and known and (self.found.own is not None or self.report is not None):
            # What was measured before is still worth more than a sentence in its place.
            self._say_below(f"{sentence} {hint} These are the figures of before.".replace("  ", " "), always=True)
            self._is_stale = True
            return
        self._is_stale = True
        self._say("alert-circle-outline", sentence, hint, "Try again")

    def _on_progress(self, share: float, words: str) -> None:
        self.bar.setValue(round(share * 100))
        self.busy.setText(f"{words[:1].upper()}{words[1:]} …")

    def _on_changed(self, changes: Changes) -> None:
        if any(kind in changes for kind in (Kind.SCORES, Kind.PROJECT, Kind.FIGURES, Kind.PEOPLE)):
            self._is_stale = True
            if not self.isVisible() or self.setting.is_telling:
                return
            if self.found is None or not self.found.is_shared:
                self.read()
            else:  # a team scores all day, and its tallies come over the network
                key = shown_key("agreement.read")
                self._say_below(f"More was scored since: {key} measures again." if key else SCORED_SINCE, always=True)

    def _start_afresh(self) -> None:
        self.release()
        self.found, self._is_stale = None, True
        self.setting.forget(may_set=False)
        self.setting.forget_last()
        self._say("progress-clock", "Measuring how people agree …")
        if self.isVisible():
            self.read()

    # What the keys do

    def copy(self) -> None:
        """Put the table on the clipboard as text."""
        QGuiApplication.clipboard().setText(figures.as_text(self.table.figures.rows))
        count = sum(bool(row.part) for row in self.table.figures.rows)
        self.context.bus.status_said.emit(f"{count} lines copied")

    def save(self) -> None:
        """Let the person choose where the table is written as CSV."""
        of = self.report.name if self.report is not None else "own"
        name = "".join(one if one.isalnum() else "-" for one in f"agreement {of}"[:80]) + ".csv"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the table as CSV", name, "CSV (*.csv)")
        if chosen:
            self.save_to(Path(chosen))

    def save_to(self, path: Path) -> None:
        """Write the table as CSV."""
        notices, text = self.context.notices, figures.as_csv(self.table.figures.rows)
        self.context.jobs.compute(
            _write_file,
            path,
            text,
            on_done=lambda _: notices.show(f"The table is in {path.name}.", str(path.parent), tone=Tone.OK),
            on_error=lambda error: notices.error(error, "save the table"),
            what="save the table",
        )

    def open_confused(self, pair: Confusion | None = None) -> None:
        """Look at the places of a pair that wait for review."""
        pair = pair or self.side.confused.current
        if pair is not None:
            self.context.bus.pair_asked.emit(pair.part, pair.a, pair.b)

    def show_matrices(self) -> None:
        """Look at who takes what for what on the part or label that is chosen."""
        row, found = self.table.current, self.found
        if row is not None and row.part and found is not None:
            MatricesDialog(self.context, self, row.part, row.label, is_own=found.own is not None).open()
            if found.own is None:
                context = self.context
                note = context.services.looks.note
                context.jobs.store(note, context.project_id, context.person_id, MATRICES, what="note who looked")

    def _on_opened(self) -> None:
        """Return on a row: to what is confused there, else to its threshold."""
        if self.side.confused.isVisible():
            self.side.confused.take_focus()
        elif self.side.threshold.isVisible():
            self.side.threshold.strip.setFocus()

    # Inside

    def _on_chosen(self, row: Row) -> None:
        found = self.found
        if found is None:
            return
        if found.own is not None:
            self.side.show_own(row)
            self._follow()
            return
        assert found.agreement is not None
        pairs = next((part.confusions for part in found.agreement.parts if part.part == row.part), ())
        self.side.show_row(row, pairs, "" if row.part else found.analysts)
        self.setting.foretell()
        self._follow()

    def _follow(self) -> None:
        has_rows = self._stack.currentWidget() is self._split
        panel = self.side.threshold
        is_told = has_rows and panel.found is not None and self.report is not None
        self.keys.set_condition("figures", has_rows)
        self.keys.set_condition("confusions", has_rows and not self.side.confused.isHidden())
        found = self.found
        # Of a team only its analysts' workstations can ask for it.
        may_see = found is not None and (found.is_analyst or (found.own is not None and not found.is_shared))
        row = self.table.current
        has_matrices = has_rows and may_see and row is not None and bool(row.part)
        self.keys.set_condition("matrices", has_matrices)
        self.side.matrices.setVisible(has_matrices)
        self.keys.set_condition("threshold", is_told)
        self.keys.set_condition("may set", is_told and self.found is not None and self.found.may_set)
        self.keys.set_condition("undo", self.setting.last is not None)

    def _say(self, icon: str, title: str, sentence: str = "", button: str = "") -> None:
        self.page.show_state(icon, title, sentence, button)
        self._stack.setCurrentWidget(self.page)
        self._follow()
        self._offer_focus()
        self.context.bus.title_changed.emit()

    def _say_below(self, words: str, *, always: bool = False) -> None:
        """A line below the table; where there is little room only what must ``always`` be read."""
        self._is_below_needed = always
        self.foot.setText(words)
        self.foot.setVisible(always or self.width() >= theme.px(NARROW))

    def _offer_focus(self) -> None:
        """What has just come takes the keys, but from nobody who is typing, and from nothing of its own."""
        focus = QApplication.focusWidget()
        is_elsewhere = focus is None or not (self._split.isAncestorOf(focus) or is_text_field(focus))
        if self.isVisible() and is_elsewhere:
            self.take_focus()

    def _show_busy(self, words: str) -> None:
        self.busy.setText(words)
        self.bar.setValue(0)
        self._busy_line.setVisible(bool(words))

    def _handlers(self) -> dict[str, Callable[[], object]]:
        panel = self.side.threshold
        return {
            "agreement.read": self.read,
            "agreement.copy": self.copy,
            "agreement.save": self.save,
            "agreement.confused": self.side.confused.take_focus,
            "agreement.matrices": self.show_matrices,
            "agreement.focus": self.take_focus,
            "agreement.threshold": panel.strip.setFocus,
            "agreement.lower": lambda: panel.strip.move_by(-1),
            "agreement.higher": lambda: panel.strip.move_by(1),
            "agreement.set": panel.ask_set,
            "agreement.follow": panel.ask_follow,
            "agreement.undo": self.setting.undo,
        }

    def _build(self) -> None:
        self.table, self.side, self.page = FigureTable(), FigureSide(), EmptyState()
        self.busy, self.bar, self.foot = label("", "dim"), QProgressBar(), label("", "small", wrap=True)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(theme.px(120))
        self.bar.setAccessibleName("How far it is measured")
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_opened)
        self.side.confused.asked.connect(self.open_confused)
        self.side.matrices.clicked.connect(self.show_matrices)
        self.page.pressed.connect(self.read)
        copies = KeyButton("Copy", "agreement.copy", role="flat")
        saves = KeyButton("Save …", "agreement.save", role="flat")
        copies.clicked.connect(self.copy)
        saves.clicked.connect(self.save)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(16, 12, 12, 4)
        head.setSpacing(theme.SPACE * 2)
        head.addWidget(label(TITLE, "title"))
        head.addStretch()
        head.addWidget(copies)
        head.addWidget(saves)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(theme.SPACE)
        column.addWidget(self._head)
        column.addWidget(self.table, 1)
        self.foot.setContentsMargins(16, 0, 16, 0)
        column.addWidget(self.foot)
        self._split = Splitter("agreement", Qt.Orientation.Horizontal, (860, 360))
        self.side.setProperty("role", "panel")
        self._split.addWidget(left)
        self._split.addWidget(self.side)
        self._split.setStretchFactor(0, 1)
        self._split.restore()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.page)
        self._stack.addWidget(self._split)
        self._busy_line = QWidget()
        busy = QHBoxLayout(self._busy_line)
        busy.setContentsMargins(16, 4, 16, 4)
        busy.addWidget(self.busy, 1)
        busy.addWidget(self.bar)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._busy_line)
        rows.addWidget(self._stack, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Too narrow for two columns: the words go below the table."""
        is_narrow = self.width() < theme.px(NARROW)
        self._head.setVisible(not is_narrow)  # the strip says the same, and every button has its key
        self._say_below(self.foot.text(), always=self._is_below_needed)
        wanted = Qt.Orientation.Vertical if is_narrow else Qt.Orientation.Horizontal
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)
            self._split.use("agreement-below" if is_narrow else "agreement", (330, 262) if is_narrow else (860, 360))


def _write_file(path: Path, text: str) -> None:
    # The mark at the beginning has spreadsheets read it as UTF-8.
    try:
        path.write_text("\ufeff" + text, encoding="utf-8", newline="")
    except OSError as error:
        raise AnnodeskError(
            f"{path.name} cannot be written: {error.strerror or error}.", "Choose another place."
        ) from error
