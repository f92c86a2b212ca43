"""One video on the screen: its frame in the right proportions, which frame it is, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.plain import shown, shown_lines

if TYPE_CHECKING:
    from annodesk.ui.player.video_feed import Frame

GROUND = "#7d7d7d"
"""What is seen through a transparent video: one grey, on which neither black nor white vanish."""
SMALLEST = (96, 54)
BLURRED = QSize(8, 5)
"""So little is left of a blurred picture."""


class VideoScreen(QWidget):
    """Paints what it is given; a double click asks to see this video alone."""

    resized = Signal()
    pressed = Signal()
    alone_asked = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = shown(name)
        self.frame: Frame | None = None
        self.message = ""
        self.caption: tuple[str, str] = ("", "")
        self.is_named = self.is_chosen = self.is_blurred = False
        self.setAccessibleName(f"Video {self.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.notifier().theme_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(180))

    def minimumSizeHint(self) -> QSize:
        return QSize(*SMALLEST)

    @property
    def within(self) -> tuple[int, int]:
        """The room for the picture, in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def show_frame(self, frame: Frame | None) -> None:
        """Show a picture; None leaves the ground."""
        if frame is not self.frame:
            self.frame = frame
            self.update()

    def say(self, message: str) -> None:
        """Say why there is no picture; empty where there is."""
        if shown_lines(message) != self.message:
            self.message = shown_lines(message)
            self.setAccessibleDescription(self.message)
            self.update()

    def set_caption(self, strong: str, dim: str = "") -> None:
        """What is shown, and more about it."""
        if (strong, dim) != self.caption:
            self.caption = (strong, dim)
            if not self.message:
                self.setAccessibleDescription(f"{strong} {dim}".strip())
            self.update()

    def set_blurred(self, on: bool) -> None:
        """Show nothing of a picture but its colours, or all of it."""
        if on != self.is_blurred:
            self.is_blurred = on
            self.update()

    def set_role(self, *, is_named: bool, is_chosen: bool) -> None:
        """Whether the name is told, and whether keys act on this one of several."""
        if (is_named, is_chosen) != (self.is_named, self.is_chosen):
            self.is_named, self.is_chosen = is_named, is_chosen
            self.update()

    def picture_rect(self) -> QRectF:
        """Where the picture is, as large as fits."""
        if self.frame is None:
            return QRectF()
        size = QSize(self.frame.image.width(), self.frame.image.height())
        fits = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        ratio = self.devicePixelRatioF()
        if abs(fits.width() * ratio - size.width()) <= 1 and abs(fits.height() * ratio - size.height()) <= 1:
            width, height = size.width() / ratio, size.height() / ratio  # pixel for pixel, without another scaling
        else:
            width, height = float(max(1, fits.width())), float(max(1, fits.height()))
        left, top = (self.width() - width) / 2, (self.height() - height) / 2
        return QRectF(round(left * ratio) / ratio, round(top * ratio) / ratio, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(self.rect(), QColor(colours.background))
        if self.frame is not None and not self.message:
            target, image = self.picture_rect(), self.frame.image
            if image.hasAlphaChannel():
                painter.fillRect(target, QColor(GROUND))
            if self.is_blurred:
                image = image.scaled(
                    BLURRED, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
            is_scaled = abs(target.width() * self.devicePixelRatioF() - image.width()) > 1
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_scaled)
            painter.drawImage(target, image, QRectF(image.rect()))
        if self.message:
            painter.setPen(QColor(colours.dim))
            painter.setFont(theme.font("small"))
            inner = self.rect().adjusted(theme.px(10), theme.px(6), -theme.px(10), -theme.px(6))
            painter.drawText(inner, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
        elif any(self.caption):
            self._paint_chip(painter, self.caption, at_bottom=True)
        if self.is_named:
            self._paint_chip(painter, (self.name, ""), at_bottom=False)
            if self.is_chosen:
                painter.setPen(QPen(QColor(colours.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _paint_chip(self, painter: QPainter, words: Sequence[str], *, at_bottom: bool) -> None:
        """Light words on a dark chip, in both themes: they lie on the picture."""
        painter.setFont(theme.mono_font("small"))
        metrics = painter.fontMetrics()
        pad, most = theme.px(7), self.width() - theme.px(14)
        strong = words[0]
        if at_bottom and metrics.horizontalAdvance(strong) > most - 2 * pad:
            strong = strong.partition(" ")[2]  # the time stands in the transport too, the frame only here
        strong = metrics.elidedText(strong, Qt.TextElideMode.ElideMiddle, most - 2 * pad)
        dim = words[1]
        gap = metrics.horizontalAdvance(" ") * 2 if dim else 0
        wide = metrics.horizontalAdvance(strong) + gap + metrics.horizontalAdvance(dim)
        if wide + 2 * pad > most:
            dim, gap, wide = "", 0, metrics.horizontalAdvance(strong)
        height = metrics.height() + theme.px(4)
        top = self.height() - height - theme.px(6) if at_bottom else theme.px(6)
        chip = QRect(theme.px(7), top, wide + 2 * pad, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(8, 10, 14, 190))
        painter.drawRoundedRect(chip, theme.RADIUS_MARK, theme.RADIUS_MARK)
        inner = chip.adjusted(pad, 0, -pad, 0)
        painter.setPen(QColor("#f2f4f8"))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, strong)
        if dim:
            painter.setPen(QColor("#aab2c2"))
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, dim)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.alone_asked.emit()
        event.accept()
