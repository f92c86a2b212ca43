"""Draws notices over the window's lower edge, and the report of a bug in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QDialog, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.notices import Notice, Report, Tone
from annodesk.ui.parts import Label, button, label
from annodesk.ui.plain import set_title, shown_lines

WIDTH, MARGIN, AT_ONCE, LONGEST = 360, 12, 3, 600
LOOKS_AGAIN_MS = 300
"""So often it is looked whether a page that came since has buttons under a notice."""
STAYS_MS = {Tone.INFO: 6000, Tone.OK: 5000, Tone.WARN: 10000, Tone.BAD: 0}
_ICONS = {
    Tone.INFO: "information-outline",
    Tone.OK: "check-circle-outline",
    Tone.WARN: "alert-outline",
    Tone.BAD: "alert-circle-outline",
}


class Toast(QFrame):
    """One notice."""

    def __init__(self, notice: Notice, stack: Toasts) -> None:
        super().__init__(stack.parentWidget())
        self.notice = notice
        self.setProperty("role", "card")
        self.setFixedWidth(theme.px(WIDTH))
        self.setAccessibleName(f"{notice.sentence} {notice.hint}".strip())
        tokens = theme.current()
        colour = {Tone.INFO: tokens.dim, Tone.OK: tokens.ok, Tone.WARN: tokens.warn, Tone.BAD: tokens.bad}[notice.tone]
        sign = Label()
        size = theme.px(18)
        pixmap = theme.icon(_ICONS[notice.tone], colour).pixmap(QSize(size, size), self.devicePixelRatioF())
        sign.setPixmap(pixmap)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(shown_lines(notice.sentence, LONGEST), wrap=True))
        if notice.hint:
            words.addWidget(label(shown_lines(notice.hint, LONGEST), "small", wrap=True))
        if notice.button:
            row = QHBoxLayout()
            self.button = button(notice.button)
            self.button.clicked.connect(lambda: self._press(stack))
            row.addWidget(self.button)
            row.addStretch()
            words.addLayout(row)
        close = button("", role="flat", icon=theme.icon("close"), tip="Close this notice")
        close.clicked.connect(lambda: stack.drop(self))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 6, 10)
        row.setSpacing(10)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: stack.drop(self))
        if STAYS_MS[notice.tone]:
            self._timer.start(STAYS_MS[notice.tone] * (2 if notice.button else 1))

    def _press(self, stack: Toasts) -> None:
        stack.drop(self)
        if self.notice.on_button is not None:
            self.notice.on_button()


class Toasts(QWidget):
    """The stack of notices, at the lower edge in the middle or where it hides no button; itself never seen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._shown: list[Toast] = []
        self._again = QTimer(self)
        self._again.setInterval(LOOKS_AGAIN_MS)
        self._again.timeout.connect(self._make_way)

    def show_notice(self, notice: Notice) -> None:
        """Draw a notice; one that says the same is replaced, and no more than three stand at once."""
        for toast in [t for t in self._shown if t.notice.sentence == notice.sentence]:
            self.drop(toast)
        while len(self._shown) >= AT_ONCE:
            self.drop(self._shown[0])
        toast = Toast(notice, self)
        self._shown.append(toast)
        toast.show()
        self.place()

    def drop(self, toast: Toast) -> None:
        """Take a notice away."""
        if toast in self._shown:
            self._shown.remove(toast)
            toast.hide()
            toast.deleteLater()
            self.place()

    def texts(self) -> list[str]:
        """The sentences shown now."""
        return [toast.notice.sentence for toast in self._shown]

    def place(self) -> None:
        """Stack them, the newest lowest, where they hide the fewest of the page's buttons."""
        if not self._shown:
            self._again.stop()
            return
        self._again.start()
        heights = [max(toast.sizeHint().height(), toast.heightForWidth(toast.width())) for toast in self._shown]
        gap = MARGIN // 2
        stack = self._free_room(self._shown[0].width(), sum(heights) + gap * (len(heights) - 1))
        top = stack.top()
        for toast, height in zip(self._shown, heights, strict=True):
            toast.setGeometry(stack.left(), top, toast.width(), height)
            toast.raise_()
            top += height + gap

    def _make_way(self) -> None:
        """Move where another page has come since that has buttons there."""
        buttons = self._buttons()
        if any(toast.geometry().intersects(one) for toast in self._shown for one in buttons):
            self.place()

    def _buttons(self) -> list[QRect]:
        window = self.parentWidget()
        return [
            QRect(one.mapTo(window, QPoint()), one.size())
            for one in window.findChildren(QAbstractButton)
            if one.isVisible() and one.window() is window and not any(t.isAncestorOf(one) for t in self._shown)
        ]

    def _free_room(self, width: int, height: int) -> QRect:
        """Of the middle, the right and the left at the lower edge, then at the upper one, the first that is best."""
        window = self.parentWidget()
        lower = window.height() - theme.px(theme.STATUS_HEIGHT) - MARGIN - height
        upper = theme.px(theme.TITLE_HEIGHT) + MARGIN
        lefts = ((window.width() - width) // 2, window.width() - width - MARGIN, theme.px(theme.RAIL_WIDTH) + MARGIN)
        rooms = [QRect(left, top, width, height) for top in (lower, upper) for left in lefts]
        buttons = self._buttons()
        return min(rooms, key=lambda room: sum(room.intersects(one) for one in buttons))


class ReportWindow(QDialog):
    """A bug's traceback with a button to copy it; work goes on behind it."""

    def __init__(self, report: Report, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Something went wrong in annodesk")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(theme.px(640), theme.px(420))
        rows = QVBoxLayout(self)
        rows.addWidget(label("This is a fault of annodesk, not of yours", "title", wrap=True))
        doing = f" while trying to {report.what}" if report.what else ""
        rows.addWidget(label(f"It happened{doing}. What was shown as saved is on disk.", "dim", wrap=True))
        self.text = QPlainTextEdit(report.text)
        self.text.setReadOnly(True)
        self.text.setFont(theme.mono_font())
        rows.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.addStretch()
        copy = button("Copy the report")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report.text))
        close = button("Go on", role="primary")
        close.clicked.connect(self.close)
        row.addWidget(copy)
        row.addWidget(close)
        rows.addLayout(row)
