"""Asks for a band of frequencies in words: what the mouse drags, typed exactly."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title
from annodesk.ui.timeline.frequency import Band, hz_text, parse_band


class BandDialog(QDialog):
    """Gives a band, (None, None) for all frequencies; what cannot be understood stays in the field, and is said."""

    given = Signal(object)

    def __init__(self, band: Band, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Bound in frequency")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(360))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label("Bound in frequency", "title"))
        column.addWidget(label("From and to, in Hz; either may be left out, both for all.", "dim", wrap=True))
        self.field = QLineEdit("-".join("" if hz is None else hz_text(hz) for hz in band) if any(band) else "")
        self.field.setPlaceholderText("1200 - 3.4k")
        self.field.setAccessibleName("Band of frequencies")
        self.field.selectAll()
        column.addWidget(self.field)
        self.fault = label("", "bad", wrap=True)
        column.addWidget(self.fault)
        feet = QHBoxLayout()
        feet.addStretch()
        back, send = button("Back to work"), button("Bound", role="primary")
        back.clicked.connect(self.reject)
        send.clicked.connect(self._send)
        self.field.returnPressed.connect(self._send)
        feet.addWidget(back)
        feet.addWidget(send)
        column.addLayout(feet)
        self.field.setFocus()

    def _send(self) -> None:
        try:
            band = parse_band(self.field.text())
        except ValueError as error:
            self.fault.setText(str(error))
            return
        self.given.emit(band)
        self.accept()
