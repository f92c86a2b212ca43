"""One row of a palette: a mark, a name and its key; pressed by mouse or by that key, never by the wheel."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.plain import entry_text, set_tip, shown

WORDS_FROM_PX = 30
"""Where the name begins, behind the mark."""


class ChoiceRow(QAbstractButton):
    """A choice that is on or off.

    Parameters
    ----------
    form : ``square`` (a label or one of several), ``round`` (one answer), ``dashed`` (not sure, or none)
    colour : ``#rrggbb`` of the mark, the accent where it is empty
    """

    def __init__(self, title: str, key: str = "", *, form: str = "square", colour: str = "", tip: str = "") -> None:
        super().__init__()
        self.key, self.form, self.colour = key, form, colour
        self._suggested = ""
        self.setText(entry_text(title))  # an ampersand would be a key of its own
        self.title = shown(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        set_tip(self, tip)
        self.setAccessibleName(f"{title}, key {shown_key(key)}" if key else title)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def nextCheckState(self) -> None:
        """Stays as it is: what is on follows the annotations, not the mouse."""

    def set_suggested(self, words: str) -> None:
        """What the model says of this choice, such as ``97 %``; empty for nothing."""
        if words != self._suggested:
            self._suggested = words
            self.update()

    @property
    def suggested(self) -> str:
        """What the model says of this choice."""
        return self._suggested

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(theme.px(120), max(theme.px(30), metrics.height() + theme.px(10)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(40), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.75, 1.75, -0.75, -1.75)
        if self.isChecked():
            painter.setPen(QPen(QColor(tokens.accent), 1.5))
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(frame, theme.RADIUS_BUTTON, theme.RADIUS_BUTTON)
        elif self._suggested:
            painter.setPen(QPen(QColor(tokens.faint), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, theme.RADIUS_BUTTON, theme.RADIUS_BUTTON)
        elif self.underMouse() and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(frame, theme.RADIUS_BUTTON, theme.RADIUS_BUTTON)
        self._paint_mark(painter, tokens)
        self._paint_words(painter, tokens)
        painter.end()

    def _paint_mark(self, painter: QPainter, tokens: theme.Theme) -> None:
        size = theme.px(11)
        mark = QRectF(theme.px(10), (self.height() - size) / 2, size, size)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            mark.moveLeft(self.width() - theme.px(10) - size)
        colour = QColor(self.colour or tokens.accent)
        is_full = bool(self.colour) or self.isChecked()
        style = Qt.PenStyle.DashLine if self.form == "dashed" else Qt.PenStyle.SolidLine
        painter.setPen(QPen(colour if is_full else QColor(tokens.dim), 1.2, style))
        painter.setBrush(colour if is_full else Qt.BrushStyle.NoBrush)
        radius = size / 2 if self.form == "round" else 3
        painter.drawRoundedRect(mark, radius, radius)

    def _cap_px(self) -> int:
        advance = QFontMetrics(theme.mono_font("head")).horizontalAdvance(shown_key(self.key))
        return max(advance, theme.px(8)) + theme.px(8)

    def shows_key(self) -> bool:
        """Whether its key stands on it: not where a name that would fit alone were cut by it."""
        room = self.width() - theme.px(10) - theme.px(WORDS_FROM_PX)
        wanted = QFontMetrics(theme.font()).horizontalAdvance(self.title)
        return bool(self.key) and not room - self._cap_px() - theme.px(8) < wanted <= room

    def _paint_words(self, painter: QPainter, tokens: theme.Theme) -> None:
        is_rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        end = float(self.width() - theme.px(10))
        if self.shows_key():
            painter.setFont(theme.mono_font("head"))
            metrics = painter.fontMetrics()
            cap_text = shown_key(self.key)
            width, height = self._cap_px(), metrics.height() + 2
            cap = QRectF(end - width, (self.height() - height) / 2, width, height)
            if is_rtl:
                cap.moveLeft(self.width() - cap.right())
            painter.setPen(QColor(tokens.line))
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(cap, theme.RADIUS_MARK, theme.RADIUS_MARK)
            painter.setPen(QColor(tokens.dim))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, cap_text)
            end -= width + theme.px(8)
        if self._suggested:
            painter.setFont(theme.font("small"))
            width = painter.fontMetrics().horizontalAdvance(self._suggested)
            place = QRectF(end - width, 0, width, self.height())
            if is_rtl:
                place.moveLeft(self.width() - place.right())
            painter.setPen(QColor(tokens.dim))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._suggested)
            end -= width + theme.px(8)
        painter.setFont(theme.font())
        start = theme.px(WORDS_FROM_PX)
        words = QRectF(start, 0, max(0.0, end - start), self.height())
        if is_rtl:
            words.moveLeft(self.width() - words.right())
        painter.setPen(QColor(tokens.text if self.isEnabled() else tokens.faint))
        drawn = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, int(words.width()))
        align = Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft)
        painter.drawText(words, align, drawn)

    def enterEvent(self, event: object) -> None:
        self.update()

    def leaveEvent(self, event: object) -> None:
        self.update()


def clear_rows(layout_owner: QWidget) -> None:
    """Take all rows out of a panel's layout."""
    layout = layout_owner.layout()
    while layout is not None and layout.count():
        entry = layout.takeAt(0)
        if entry.widget() is not None:
            entry.widget().hide()
            entry.widget().deleteLater()
