"""A button that shows its key as a cap beside its words."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton

from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.keys import bindings
from annodesk.ui.plain import set_tip


class KeyButton(QPushButton):
    """A push button with a key cap; it never takes the focus from the work by the mouse.

    Parameters
    ----------
    text : the words, may be empty where an icon says it
    key : in Qt's portable form, or an action's id; shown as the person's system names it
    by_tab : whether Tab reaches it
    """

    def __init__(self, text: str, key: str, *, role: str = "", tip: str = "", by_tab: bool = False) -> None:
        super().__init__(text)
        self._key, self._tip, self._has_cap = key, tip, True
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if by_tab else Qt.FocusPolicy.NoFocus)
        self.setAutoDefault(False)
        self.setIconSize(QSize(theme.px(14), theme.px(14)))
        if role:
            self.setProperty("role", role)
        bindings.current().changed.connect(self._follow)
        self._follow()

    def set_key(self, key: str) -> None:
        """Show another key, such as one that is left where the first is a label's."""
        if key != self._key:
            self._key = key
            self._follow()

    def set_words(self, text: str, tip: str = "") -> None:
        """Say something else on the button."""
        self.setText(text)
        self._tip = tip
        self._follow()

    def _follow(self) -> None:
        self.shown_key = shown_key(self._key)
        words = self._tip or self.text()
        set_tip(self, f"{words} ({self.shown_key})" if self.shown_key else words)
        self.setAccessibleName(f"{words}, key {self.shown_key}" if self.shown_key else words)
        self.updateGeometry()
        self.update()

    def show_cap(self, has_cap: bool) -> None:
        """Whether the key stands on the button; its tip tells it in any case."""
        if has_cap != self._has_cap:
            self._has_cap = has_cap
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        self.ensurePolished()
        parts = (
            self.fontMetrics().horizontalAdvance(self.text()),
            self.iconSize().width() if not self.icon().isNull() else 0,
            self.cap_width() if self._has_cap else 0,
        )
        gaps = theme.px(6) * max(0, sum(bool(part) for part in parts) - 1)
        return QSize(sum(parts) + gaps + 2 * self._pad() + 2, max(super().sizeHint().height(), theme.px(28)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _pad(self) -> int:
        return theme.px(6 if self.property("role") == "flat" else 10)

    def cap_width(self) -> int:
        """The room that its key needs."""
        if not self.shown_key:
            return 0
        return QFontMetrics(theme.mono_font("head")).horizontalAdvance(self.shown_key) + theme.px(8)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        option.icon = self.icon().__class__()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        pad, cap_width = self._pad(), self.cap_width() if self._has_cap else 0
        gap = theme.px(6) if cap_width else 0
        inside = self.rect().adjusted(pad, 0, -pad, 0)
        cap_font = theme.mono_font("head")
        cap_height = QFontMetrics(cap_font).height() + theme.px(2)
        left = inside.left() if is_rtl else inside.right() - cap_width + 1
        cap = QRect(left, (self.height() - cap_height) // 2, cap_width, cap_height)
        is_primary = self.property("role") == "primary" and self.isEnabled()
        words_ink = look.dim if self.property("role") == "flat" else look.text
        text = QColor(look.on_accent if is_primary else words_ink if self.isEnabled() else look.faint)
        painter.setPen(QColor(look.on_accent if is_primary else look.line))
        painter.setBrush(Qt.BrushStyle.NoBrush if is_primary else QColor(look.panel))
        if cap_width:
            painter.drawRoundedRect(cap, theme.RADIUS_MARK, theme.RADIUS_MARK)
            painter.setFont(cap_font)
            painter.setPen(text if is_primary else QColor(look.dim if self.isEnabled() else look.faint))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self.shown_key)
        words = inside.adjusted(cap_width + gap, 0, 0, 0) if is_rtl else inside.adjusted(0, 0, -cap_width - gap, 0)
        if not self.icon().isNull():
            side = self.iconSize().height()
            icon_left = words.right() - side + 1 if is_rtl else words.left()
            self.icon().paint(painter, QRect(icon_left, (self.height() - side) // 2, side, side))
            step = side + theme.px(6)
            words = words.adjusted(0, 0, -step, 0) if is_rtl else words.adjusted(step, 0, 0, 0)
        painter.setFont(self.font())
        painter.setPen(text)
        align = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        painter.drawText(words, align | Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()
