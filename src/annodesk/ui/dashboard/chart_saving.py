"""A chart as the bytes of a picture or of a drawing, with its title and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap

from annodesk.ui import theme

if TYPE_CHECKING:
    from annodesk.ui.dashboard.charted import Chart


def png(picture: QPixmap) -> bytes:
    """A picture as the bytes of its file."""
    out = QBuffer()
    out.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(out, "PNG")
    return bytes(out.data().data())


def svg(plot: Any, chart: Chart) -> bytes:
    """The chart as a drawing, with its title and what it rests on above it."""
    from PySide6.QtSvg import QSvgGenerator

    out, head = QBuffer(), theme.px(44)
    out.open(QIODevice.OpenModeFlag.WriteOnly)
    made = QSvgGenerator()
    made.setOutputDevice(out)
    size = plot.size()
    made.setSize(QSize(size.width(), size.height() + head))
    made.setViewBox(QRectF(0, 0, size.width(), size.height() + head))
    made.setTitle(chart.title)
    painter, now = QPainter(made), theme.current()
    painter.fillRect(QRectF(0, 0, size.width(), size.height() + head), QColor(now.panel))
    painter.setPen(QColor(now.text))
    painter.setFont(theme.font("body", bold=True))
    painter.drawText(QRectF(8, 4, size.width() - 16, head / 2), 0, chart.title)
    painter.setPen(QColor(now.dim))
    painter.setFont(theme.font("small"))
    painter.drawText(QRectF(8, head / 2, size.width() - 16, head / 2), 0, chart.note)
    plot.scene().render(painter, QRectF(0, head, size.width(), size.height()), QRectF(plot.viewport().rect()))
    painter.end()
    return bytes(out.data().data())
