"""The window that asks when each video of an item begins: typed, or nudged a frame at a time while one looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QDoubleSpinBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title

if TYPE_CHECKING:
    from annodesk.services.videos import ItemVideo

LONGEST_S = 24 * 3600.0
_STEPS = {"undo": QKeySequence.StandardKey.Undo, "redo": QKeySequence.StandardKey.Redo}


class _Seconds(QDoubleSpinBox):
    """Leaves the keys that undo to the window: a move is taken back, not a letter."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and step_of(event):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if step_of(event):
            event.ignore()  # goes on to the window
        else:
            super().keyPressEvent(event)


def step_of(event: QKeyEvent) -> str:
    """Whether a key takes back ("undo") or makes again ("redo"); empty for every other one."""
    return next((which for which, keys in _STEPS.items() if event.matches(keys)), "")


def offset_field(name: str, offset_us: int, step_us: int) -> QDoubleSpinBox:
    """When a recording or a video begins on the item's timeline, in seconds; Up and Down move it by a step."""
    field = _Seconds()
    field.setDecimals(3)
    field.setRange(-LONGEST_S, LONGEST_S)
    field.setSingleStep(step_us / 1_000_000)
    field.setSuffix(" s")
    field.setValue(offset_us / 1_000_000)
    field.setKeyboardTracking(False)
    field.setAccessibleName(f"{name} begins at")
    return field


class OffsetsDialog(QDialog):
    """A time for every video but the one that time is counted by; what is changed shows at once.

    moved(str, int)     a video's asset, and when it begins now
    step_asked(str)     the last move is to be taken back ("undo"), or made again ("redo")
    """

    moved = Signal(str, object)
    step_asked = Signal(str)

    def __init__(self, videos: Sequence[ItemVideo], frames_us: Mapping[str, int], parent: QWidget) -> None:
        super().__init__(parent)
        title = "When does each video begin?"
        set_title(self, title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(440))
        self.fields: dict[str, QDoubleSpinBox] = {}
        rows = QGridLayout()
        rows.setHorizontalSpacing(theme.px(12))
        rows.setColumnStretch(0, 1)
        for place, video in enumerate(videos):
            rows.addWidget(label(video.name if video.role == "main" else f"{video.role}: {video.name}"), place, 0)
            if video.keeps_time:
                rows.addWidget(label("time is counted by this one", "dim"), place, 1)
                continue
            field = offset_field(video.name, video.offset_us, frames_us.get(video.asset_id, 40_000))
            field.valueChanged.connect(lambda value, asset_id=video.asset_id: self._on_value(asset_id, value))
            self.fields[video.asset_id] = field
            rows.addWidget(field, place, 1)
        self.undo, self.redo = button("Undo", key="Ctrl+Z"), button("Redo", key="Ctrl+Shift+Z")
        for which, made in (("undo", self.undo), ("redo", self.redo)):
            made.setAutoDefault(False)
            made.clicked.connect(lambda _checked=False, which=which: self.step_asked.emit(which))
        done = button("Done", role="primary")
        done.clicked.connect(self.accept)
        feet = QHBoxLayout()
        feet.addWidget(self.undo)
        feet.addWidget(self.redo)
        feet.addStretch()
        feet.addWidget(done)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 3)
        column.addWidget(label(title, "title"))
        says = "Up and Down move a video by one of its frames. This holds for everybody who works on the item."
        column.addWidget(label(says, "dim", wrap=True))
        column.addLayout(rows)
        self.words = label("", "small", wrap=True)
        column.addWidget(self.words)
        column.addLayout(feet)
        for field in list(self.fields.values())[:1]:
            field.setFocus()
            field.selectAll()

    def show_offset(self, asset_id: str, offset_us: int) -> None:
        """A video begins at another time by other means than its field."""
        field = self.fields.get(asset_id)
        if field is not None:
            was_blocked = field.blockSignals(True)
            field.setValue(offset_us / 1_000_000)
            field.blockSignals(was_blocked)

    def show_field(self, asset_id: str) -> None:
        """Put the keys on a video's time."""
        field = self.fields.get(asset_id)
        if field is not None:
            field.setFocus()
            field.selectAll()

    def _on_value(self, asset_id: str, value_s: float) -> None:
        self.words.setText("")
        self.moved.emit(asset_id, round(value_s * 1_000_000))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        which = step_of(event)
        if which:
            self.step_asked.emit(which)
        else:
            super().keyPressEvent(event)
