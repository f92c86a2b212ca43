"""The table of segments, in step with the timeline."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.schema import Tier, colour_of
from annodesk.model.times import format_us
from annodesk.ui import theme
from annodesk.ui.annotate.suggestions import origin_words
from annodesk.ui.plain import shown

COLUMNS = ("#", "start", "end", "s", "label", "origin")
_Index = QModelIndex | QPersistentModelIndex


class SegmentModel(QAbstractTableModel):
    """One row per segment of a tier, in time order."""

    def __init__(self) -> None:
        super().__init__()
        self.segments: list[Segment] = []
        self._tier: Tier | None = None
        self._suggestions: AnnotationSet | None = None

    def show_segments(self, tier: Tier | None, segments: list[Segment], suggestions: AnnotationSet | None) -> None:
        """Show these; where their number is the same the view keeps its place."""
        is_same = tier == self._tier and len(segments) == len(self.segments)
        if not is_same:
            self.beginResetModel()
        self._tier, self.segments, self._suggestions = tier, segments, suggestions
        if not is_same:
            self.endResetModel()
        elif segments:
            self.dataChanged.emit(self.index(0, 0), self.index(len(segments) - 1, len(COLUMNS) - 1))

    def row_of(self, segment: Segment) -> int | None:
        """The row of a segment, None where it is not on the tier shown."""
        place = (segment.start_us, segment.end_us, segment.id)
        row = bisect_left(self.segments, place, key=lambda s: (s.start_us, s.end_us, s.id))
        return row if row < len(self.segments) and self.segments[row].id == segment.id else None

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.segments)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = 0) -> object:
        segment, column = self.segments[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return {
                "#": lambda: str(index.row() + 1),
                "start": lambda: format_us(segment.start_us),
                "end": lambda: format_us(segment.end_us),
                "s": lambda: f"{(segment.end_us - segment.start_us) / 1_000_000:.1f}",
                "label": lambda: shown(", ".join(segment.labels) or segment.text or "no label yet"),
                "origin": lambda: origin_words(segment, self._suggestions),
            }[column]()
        if role == Qt.ItemDataRole.DecorationRole and column == "label" and self._tier is not None:
            icon = "square-rounded" if segment.labels else "square-rounded-outline"
            colour = colour_of(self._tier, segment.label) if segment.labels else theme.current().warn
            return theme.icon(icon, colour)
        if role == Qt.ItemDataRole.FontRole and column in ("start", "end", "s"):
            return theme.mono_font()
        if role == Qt.ItemDataRole.ForegroundRole and column in ("#", "origin"):
            return theme.mix(theme.current().panel, theme.current().dim, 1.0)
        return None


class SegmentTable(QTableView):
    """Rows can be chosen by the mouse; keys stay with the timeline.

    chosen(list[str])   ids of the segments that were chosen here
    activated_id(str)   a row was pressed twice
    """

    chosen = Signal(object)
    activated_id = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.rows = SegmentModel()
        self.setModel(self.rows)
        self._is_following = False
        self.setAccessibleName("Segments")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.selectionModel().selectionChanged.connect(lambda *_: self._on_selected())
        self.doubleClicked.connect(lambda index: self.activated_id.emit(self.rows.segments[index.row()].id))
        theme.notifier().theme_changed.connect(self._size)
        self._size()

    def show_segments(self, tier: Tier | None, segments: list[Segment], suggestions: AnnotationSet | None) -> None:
        """Show the segments of a tier."""
        self._is_following = True
        self.rows.show_segments(tier, segments, suggestions)
        self._is_following = False

    def follow(self, chosen: Iterable[Segment]) -> None:
        """Select the rows the timeline has selected, and bring the first into view."""
        self._is_following = True
        model = self.selectionModel()
        model.clearSelection()
        found = sorted(row for row in (self.rows.row_of(segment) for segment in chosen) if row is not None)
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in found[:200]:
            model.select(self.rows.index(row, 0), flags)
        if found:
            model.setCurrentIndex(self.rows.index(found[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(self.rows.index(found[0], 0), QAbstractItemView.ScrollHint.EnsureVisible)
        self._is_following = False

    def _on_selected(self) -> None:
        if not self._is_following:
            self.chosen.emit([self.rows.segments[index.row()].id for index in self.selectionModel().selectedRows()])

    def _size(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme.px(26))
        self.setIconSize(QSize(theme.px(12), theme.px(12)))
        for column, width in enumerate((44, 128, 128, 64, 140)):
            self.setColumnWidth(column, theme.px(width))
