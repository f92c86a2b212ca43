"""When each video of an item begins: typed, or nudged a frame at a time while one looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDoubleSpinBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title

if TYPE_CHECKING:
    from annodesk.services.videos import ItemVideo

LONGEST_S = 24 * 3600.0


class OffsetsDialog(QDialog):
    """A time for every video but the one that time is counted by; what is changed shows at once.

    moved(str, int)     a video's asset, and when it begins now
    """

    moved = Signal(str, object)

    def __init__(self, videos: Sequence[ItemVideo], frames_us: Mapping[str, int], parent: QWidget) -> None:
        super().__init__(parent)
        title = "When does each video begin?"
        set_title(self, title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(440))
        self._first = {video.asset_id: video.offset_us for video in videos}
        self.fields: dict[str, QDoubleSpinBox] = {}
        rows = QGridLayout()
        rows.setHorizontalSpacing(theme.px(12))
        rows.setColumnStretch(0, 1)
        for place, video in enumerate(videos):
            rows.addWidget(label(video.name if video.role == "main" else f"{video.role}: {video.name}"), place, 0)
            if video.keeps_time:
                rows.addWidget(label("time is counted by this one", "dim"), place, 1)
                continue
            field = QDoubleSpinBox()
            field.setDecimals(3)
            field.setRange(-LONGEST_S, LONGEST_S)
            field.setSingleStep(frames_us.get(video.asset_id, 40_000) / 1_000_000)
            field.setSuffix(" s")
            field.setValue(video.offset_us / 1_000_000)
            field.setKeyboardTracking(False)
            field.setAccessibleName(f"{video.name} begins at")
            field.valueChanged.connect(lambda value, asset_id=video.asset_id: self._on_value(asset_id, value))
            self.fields[video.asset_id] = field
            rows.addWidget(field, place, 1)
        self.back = button("Put them back", tip="As they were when this was opened")
        self.back.clicked.connect(self.put_back)
        done = button("Done", role="primary")
        done.clicked.connect(self.accept)
        feet = QHBoxLayout()
        feet.addWidget(self.back)
        feet.addStretch()
        feet.addWidget(done)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 3)
        column.addWidget(label(title, "title"))
        says = "Up and Down move a video by one of its frames. This holds for everybody who works on the item."
        column.addWidget(label(says, "dim", wrap=True))
        column.addLayout(rows)
        column.addLayout(feet)
        for field in list(self.fields.values())[:1]:
            field.setFocus()
            field.selectAll()

    def _on_value(self, asset_id: str, value_s: float) -> None:
        self.moved.emit(asset_id, round(value_s * 1_000_000))

    def put_back(self) -> None:
        """Let every video begin where it did when this was opened."""
        for asset_id, field in self.fields.items():
            field.setValue(self._first[asset_id] / 1_000_000)
