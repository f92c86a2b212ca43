"""The table of segments, in step with the timeline: those of the tier in work, or those a search has found."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QHeaderView, QTableView, QWidget

from annodesk.model.schema import LabelSchema, Tier, colour_of
from annodesk.model.timecode import TimeNotation
from annodesk.ui import theme
from annodesk.ui.annotate.suggestions import origin_words
from annodesk.ui.annotate.table_cells import Cell, CellPainter
from annodesk.ui.parts import settings
from annodesk.ui.plain import shown

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet, Segment

COLUMNS = ("#", "tier", "start", "end", "s", "label", "text", "origin")
TYPED = ("start", "end", "s")
"""What can be typed into a row: times in the notation shown, and the length in seconds."""
OF_ATTRIBUTE = "@"
"""Begins the name of a column that shows an attribute."""
_SHOWS_ATTRIBUTES = "annotate/table-shows-attributes"
_Index = QModelIndex | QPersistentModelIndex


class SegmentModel(QAbstractTableModel):
    """One row per segment, in time order.

    typed(str, str, str)   segment id, column of TYPED, and what was written there
    """

    typed = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self.segments: list[Segment] = []
        self.notation = TimeNotation()
        self.can_change = False
        self.shows_attributes = False
        self.columns: tuple[str, ...] = COLUMNS
        self._schema = LabelSchema()
        self._tier: Tier | None = None
        self._rows: dict[str, int] = {}  # only where rows are of several tiers
        self._suggestions: AnnotationSet | None = None

    def show_segments(
        self, schema: LabelSchema, tier: Tier | None, segments: list[Segment], suggestions: AnnotationSet | None
    ) -> None:
        """Show these, all of ``tier`` or of several where it is None; the same number of them keeps its place."""
        columns = self._columns_for(schema, tier)
        is_same = tier == self._tier and len(segments) == len(self.segments) and columns == self.columns
        if not is_same:
            self.beginResetModel()
        self._schema, self._tier, self.segments, self._suggestions = schema, tier, segments, suggestions
        self.columns = columns
        self._rows = {} if tier is not None else {segment.id: row for row, segment in enumerate(segments)}
        if not is_same:
            self.endResetModel()
        else:
            self.redraw()

    def _columns_for(self, schema: LabelSchema, tier: Tier | None) -> tuple[str, ...]:
        tiers = (schema.tiers if tier is None else (tier,)) if self.shows_attributes else ()
        names = dict.fromkeys(attribute.name for one in tiers for attribute in one.attributes)
        return (*COLUMNS[:-1], *(f"{OF_ATTRIBUTE}{name}" for name in names), COLUMNS[-1])

    @property
    def written(self) -> tuple[str, ...]:
        """The columns that can be typed into, in the order of Tab."""
        return (*TYPED, *(column for column in self.columns if column.startswith(OF_ATTRIBUTE)))

    def redraw(self) -> None:
        """Draw every row anew."""
        if self.segments:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.segments) - 1, len(self.columns) - 1))

    def row_of(self, segment: Segment) -> int | None:
        """The row of a segment, None where it is not shown."""
        if self._tier is None:
            return self._rows.get(segment.id)
        place = (segment.start_us, segment.end_us, segment.id)
        row = bisect_left(self.segments, place, key=lambda s: (s.start_us, s.end_us, s.id))
        return row if row < len(self.segments) and self.segments[row].id == segment.id else None

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.segments)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return shown(self.columns[section].removeprefix(OF_ATTRIBUTE))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = 0) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(index.row(), index.column()).words
        if role != Qt.ItemDataRole.EditRole:
            return None
        segment, column = self.segments[index.row()], self.columns[index.column()]
        if column.startswith(OF_ATTRIBUTE):
            return str(segment.attributes.get(column.removeprefix(OF_ATTRIBUTE), ""))
        if column == "s":
            return f"{(segment.end_us - segment.start_us) / 1_000_000:.3f}"
        return (
            self.notation.write(segment.start_us if column == "start" else segment.end_us) if column in TYPED else None
        )

    def cell(self, row: int, column: int) -> Cell:
        """What stands in a cell."""
        segment, name = self.segments[row], self.columns[column]
        match name:
            case "#":
                return Cell(str(row + 1), is_dim=True)
            case "tier":
                return Cell(shown(segment.tier), is_dim=True)
            case "start":
                return Cell(self.notation.write(segment.start_us), is_time=True)
            case "end":
                return Cell(self.notation.write(segment.end_us), is_time=True)
            case "s":
                return Cell(f"{(segment.end_us - segment.start_us) / 1_000_000:.1f}", is_time=True)
            case "label":
                return self._label_cell(segment)
            case "text":
                return Cell(shown(segment.text))
            case "origin":
                return Cell(origin_words(segment, self._suggestions), is_dim=True)
        return Cell(shown(str(segment.attributes.get(name.removeprefix(OF_ATTRIBUTE), ""))))

    def _label_cell(self, segment: Segment) -> Cell:
        if segment.labels:
            colour = colour_of(self._schema.tier(segment.tier), segment.label) if self._knows(segment) else ""
            return Cell(shown(", ".join(segment.labels)), mark=("square-rounded", colour) if colour else None)
        if not self._may_have_label(segment):
            return Cell("")
        return Cell("no label yet", mark=("square-rounded-outline", theme.current().warn))

    def _knows(self, segment: Segment) -> bool:
        return self._schema.has_tier(segment.tier)

    def _may_have_label(self, segment: Segment) -> bool:
        return self._knows(segment) and bool(self._schema.tier(segment.tier).labels)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        known = super().flags(index)
        column, segment = self.columns[index.column()], self.segments[index.row()]
        of_tier = self._schema.tier(segment.tier).attributes if self._schema.has_tier(segment.tier) else ()
        is_declared = column.removeprefix(OF_ATTRIBUTE) in [attribute.name for attribute in of_tier]
        if not self.can_change or not (column in TYPED or (column.startswith(OF_ATTRIBUTE) and is_declared)):
            return known
        return known | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or value == self.data(index, role):
            return False
        self.typed.emit(self.segments[index.row()].id, self.columns[index.column()], str(value))
        return True


class SegmentTable(QTableView):
    """Rows can be chosen by the mouse; keys stay with the timeline, except while a time is being typed.

    chosen(list[str])   ids of the segments that were chosen here
    activated_id(str)   a row was pressed twice
    typed(str, str, str)   segment id, column of TYPED, and what was written there
    left()              typing is over
    """

    chosen = Signal(object)
    activated_id = Signal(str)
    typed = Signal(str, str, str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows = SegmentModel()
        self.rows.shows_attributes = bool(settings().value(_SHOWS_ATTRIBUTES, False, type=bool))
        self.setModel(self.rows)
        self._is_following = False
        self._typing = ("", TYPED[0])
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
        self.doubleClicked.connect(self._on_double_click)
        self.rows.typed.connect(self.typed)
        theme.notifier().theme_changed.connect(self._size)
        self._size()

    def paintEvent(self, event: QPaintEvent) -> None:
        model, chosen, touched = self.rows, self.selectionModel(), event.rect()
        columns = [(n, self.columnViewportPosition(n), self.columnWidth(n)) for n in range(len(model.columns))]
        seen = [one for one in columns if one[2] and one[1] < touched.right() + 1 and one[1] + one[2] > touched.left()]
        first, last = self.rowAt(touched.top()), self.rowAt(touched.bottom())
        if first < 0:
            return
        painter = QPainter(self.viewport())
        cells, width = CellPainter(painter), self.viewport().width()
        for row in range(first, (last if last >= 0 else model.rowCount() - 1) + 1):
            top, height = self.rowViewportPosition(row), self.rowHeight(row)
            is_chosen = chosen.isRowSelected(row)
            if is_chosen:
                cells.paint_ground(QRect(0, top, width, height))
            for column, left, wide in seen:
                cells.paint(model.cell(row, column), left, top, wide, height, is_chosen=is_chosen)

    def show_segments(
        self, schema: LabelSchema, tier: Tier | None, segments: list[Segment], suggestions: AnnotationSet | None
    ) -> None:
        """Show the segments of a tier; where it is None, those found on several."""
        self._is_following = True
        self.rows.show_segments(schema, tier, segments, suggestions)
        self._is_following = False
        self.setColumnHidden(COLUMNS.index("tier"), tier is not None)
        self.setColumnHidden(COLUMNS.index("text"), tier is not None and not any(s.text for s in segments))

    def bring(self, start_us: int, end_us: int) -> None:
        """Scroll to the first segment of a stretch, where none of it is in view."""
        rows = self.rows.segments
        first = bisect_left(rows, start_us, key=lambda s: s.start_us)
        if first == len(rows) or rows[first].start_us >= end_us:
            first = max(0, first - 1)
        top, bottom = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        shown = range(max(0, top), (bottom if bottom >= 0 else len(rows) - 1) + 1)
        if rows and first not in shown:
            self.scrollTo(self.rows.index(first, 0), QAbstractItemView.ScrollHint.PositionAtTop)

    def show_times(self, notation: TimeNotation) -> None:
        """Write times so from now on."""
        self.rows.notation = notation
        self.rows.redraw()

    def type_times(self, segment: Segment) -> bool:
        """Let the start of a segment be typed; Tab goes on to its end, its length and its attributes."""
        return self._type(segment, "start")

    def type_attributes(self, segment: Segment) -> bool:
        """Let the first attribute of a segment be typed; False where there is none."""
        first = next((c for c in self.rows.columns if c.startswith(OF_ATTRIBUTE) and self._can_type(segment, c)), "")
        return bool(first) and self._type(segment, first)

    def show_attributes(self, is_on: bool) -> None:
        """Show a column for each attribute from now on, or none; the next `show_segments` does it."""
        self.rows.shows_attributes = is_on
        settings().setValue(_SHOWS_ATTRIBUTES, is_on)

    def _can_type(self, segment: Segment, column: str) -> bool:
        row = self.rows.row_of(segment)
        if row is None:
            return False
        place = self.rows.index(row, self.rows.columns.index(column))
        return bool(self.rows.flags(place) & Qt.ItemFlag.ItemIsEditable)

    def _type(self, segment: Segment, column: str) -> bool:
        row = self.rows.row_of(segment)
        if row is None or not self._can_type(segment, column):
            return False
        self._type_into(self.rows.index(row, self.rows.columns.index(column)))
        return True

    def _type_into(self, index: QModelIndex) -> None:
        self._typing = (self.rows.segments[index.row()].id, self.rows.columns[index.column()])
        self.scrollTo(index)
        self.setCurrentIndex(index)
        self.edit(index)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Tab goes on within the row; after its last field, and after Return or Escape, the keys go back."""
        (segment_id, column), step = (
            self._typing,
            {
                QAbstractItemDelegate.EndEditHint.EditNextItem: 1,
                QAbstractItemDelegate.EndEditHint.EditPreviousItem: -1,
            }.get(hint, 0),
        )
        super().closeEditor(editor, QAbstractItemDelegate.EndEditHint.NoHint)
        written = self.rows.written
        place = written.index(column) + step if column in written else -1
        row = next((row for row, s in enumerate(self.rows.segments) if s.id == segment_id), None)
        if (
            step
            and 0 <= place < len(written)
            and row is not None
            and self._can_type(self.rows.segments[row], written[place])
        ):
            self._type_into(self.rows.index(row, self.rows.columns.index(written[place])))
        else:
            self.left.emit()

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

    def _on_double_click(self, index: QModelIndex) -> None:
        if self.rows.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self._type_into(index)
        else:
            self.activated_id.emit(self.rows.segments[index.row()].id)

    def _on_selected(self) -> None:
        if not self._is_following:
            self.chosen.emit([self.rows.segments[index.row()].id for index in self.selectionModel().selectedRows()])

    def _size(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme.px(26))
        for column, width in enumerate((58, 90, 122, 122, 58, 120, 150)):
            self.setColumnWidth(column, theme.px(width))
