"""The table of agreement: a row for each part and label, the interval drawn on a scale and the item scores as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QLineF,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.quality import figures
from annodesk.ui.quality.bins import bins_of, paint_bins

if TYPE_CHECKING:
    from annodesk.quality.pooled import Measured
    from annodesk.ui.quality.figures import Row

PART, CHANCE, ITEMS, ALIKE, SHARE, SCORE, AIDED, MODEL = range(8)
HEADS = ("", "corrected for chance", "items", "alike", "prevalence", "item score", "aided", "model")
OWN_HEADS = ("", "your answers and what stands", "items")
OWN_SCORE, OWN_ITEMS = 1, 2
_WIDTHS = {ITEMS: 48, ALIKE: 56, SHARE: 116, SCORE: 100, AIDED: 80, MODEL: 80}
_OWN_WIDTHS = {OWN_SCORE: 280, OWN_ITEMS: 90}
_GRAPH = 72
"""How wide the interval is drawn, beside the numbers."""
_Index = QModelIndex | QPersistentModelIndex
_LOWEST = -0.25
"""Where the drawn scale begins: that agreement is worse than chance is seen, how much worse is in the number."""


class FigureModel(QAbstractTableModel):
    """The rows; ``is_own`` where they are a person's own answers beside what stands."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.is_own = False

    def show_rows(self, rows: Sequence[Row], *, is_own: bool = False) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows, self.is_own = list(rows), is_own
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(OWN_HEADS if self.is_own else HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (OWN_HEADS if self.is_own else HEADS)[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = 0) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(self._words(row, index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return shown(f"{row.title}: {self._words(row, index.column())}")
        if role == Qt.ItemDataRole.FontRole and index.column() == PART and row.label is None:
            return theme.font("body", bold=True)
        if role == Qt.ItemDataRole.ForegroundRole and self._is_quiet(row, index.column()):
            return QColor(theme.current().dim)
        return None

    def _words(self, row: Row, column: int) -> str:
        if column == PART:
            return f"    {row.title}" if row.label is not None else row.title
        score = "" if row.mean is None else figures.number(row.mean)
        if self.is_own:
            return score if column == OWN_SCORE else f"{len(row.scores):,}"
        if not row.part:
            return {CHANCE: "part by part", SCORE: score}.get(column, "")
        one = row.people
        return {
            CHANCE: lambda: figures.chance_corrected(one),
            ITEMS: lambda: f"{(one.items if one is not None else 0) or len(row.scores):,}",
            ALIKE: lambda: figures.NONE if one is None or one.percent is None else figures.percent(one.percent),
            SHARE: lambda: figures.prevalence(row),
            SCORE: lambda: score or figures.NONE,
            AIDED: lambda: figures.beside(row.aided),
            MODEL: lambda: figures.beside(row.model),
        }[column]()

    def _is_quiet(self, row: Row, column: int) -> bool:
        if self.is_own:
            return False
        is_apart = column in (AIDED, MODEL, SHARE) or (not row.part and column == CHANCE)
        return is_apart or (column == CHANCE and (row.people is None or row.people.value is None))


class FigureTable(QTableView):
    """Chosen with the arrows; Tab leaves it.

    chosen(Row)   another row is the current one
    opened()      Return, or a double click
    """

    chosen = Signal(object)
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Agreement, part by part")
        self.figures = FigureModel()
        self.setModel(self.figures)
        self.setItemDelegate(FigureDelegate(self))
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(theme.px(40))
        self.doubleClicked.connect(lambda _: self.opened.emit())
        theme.notifier().theme_changed.connect(self._size)

    @property
    def current(self) -> Row | None:
        """The row that is chosen."""
        place = self.currentIndex().row()
        return self.figures.rows[place] if 0 <= place < len(self.figures.rows) else None

    def show_rows(self, rows: Sequence[Row], *, is_own: bool = False) -> None:
        """Show other rows; the one about the same thing stays the chosen one."""
        known = self.current.key if self.current is not None else None
        self.figures.show_rows(rows, is_own=is_own)
        is_told = any(row.people is not None for row in rows)
        for column in (CHANCE, ALIKE, SHARE, AIDED, MODEL):
            self.setColumnHidden(column, not is_own and not is_told and bool(rows))
        self._size()
        place = next((n for n, row in enumerate(rows) if row.key == known), 1 if len(rows) > 1 and not is_own else 0)
        if rows:
            self._go_to(place)

    def choose(self, part: str, label: str | None = None) -> None:
        """Choose the row of a part or of one of its labels."""
        for place, row in enumerate(self.figures.rows):
            if row.key == (part, label):
                self._go_to(place)

    def _go_to(self, row: int) -> None:
        # selectRow asks for the column at the edge, and finds none in a window that is read from the right.
        self.setCurrentIndex(self.figures.index(row, PART))

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and current.row() != previous.row():
            self.chosen.emit(self.figures.rows[current.row()])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens; Home and End go through rows, not columns."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if not event.isAutoRepeat():
                self.opened.emit()
            return
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.figures.rows:
            self._go_to(0 if event.key() == Qt.Key.Key_Home else len(self.figures.rows) - 1)
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(840), theme.px(420))

    def _size(self) -> None:
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        is_short = self.figures.is_own or self.isColumnHidden(CHANCE)
        widths = _OWN_WIDTHS if self.figures.is_own else _WIDTHS | ({SCORE: 280, ITEMS: 90} if is_short else {})
        for column, width in widths.items():
            header.resizeSection(column, max(theme.px(width), header.sectionSizeFromContents(column).width()))
        if not is_short:
            header.resizeSection(CHANCE, self.number_px() + theme.px(6 + 8 + _GRAPH + 6))
        self._fit_names()

    def number_px(self) -> int:
        """How wide the widest of the figures with their intervals is."""
        told = (figures.chance_corrected(row.people) for row in self.figures.rows if row.part)
        return max((self.fontMetrics().horizontalAdvance(shown(words)) for words in told), default=0)

    def _fit_names(self) -> None:
        """The names have the room that is left, and are never squeezed away by the figures: then the table scrolls."""
        header = self.horizontalHeader()
        others = sum(header.sectionSize(column) for column in range(1, self.figures.columnCount()))
        longest = max((self.fontMetrics().horizontalAdvance(row.title) for row in self.figures.rows), default=0)
        wanted = min(longest + theme.px(44), theme.px(180))
        header.resizeSection(PART, max(wanted, self.viewport().width() - others))
        self.verticalHeader().setDefaultSectionSize(theme.px(26))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_names()


_PLAIN = "\u200e"
"""Stands around a cell in a window that is read from the right: a number and its sign stay in their order."""


class FigureDelegate(QStyledItemDelegate):
    """Draws the interval beside its number, and the item scores as small bars."""

    def __init__(self, table: FigureTable) -> None:
        super().__init__(table)
        self._table = table

    def displayText(self, value: object, locale: QLocale) -> str:
        is_mirrored = self._table.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return f"{_PLAIN}{value}{_PLAIN}" if is_mirrored else str(value)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, FigureModel)
        row, column = model.rows[index.row()], index.column()
        is_graph = column == OWN_SCORE if model.is_own else column in (CHANCE, SCORE)
        if not is_graph:
            super().paint(painter, option, index)
            return
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""
        self._table.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, ground, painter, self._table)
        room = QRectF(option.rect).adjusted(theme.px(6), theme.px(4), -theme.px(6), -theme.px(4))  # type: ignore[arg-type]
        words = self.displayText(index.data(), option.locale)
        is_mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        if column == CHANCE and not model.is_own:
            self._paint_words(painter, room, words, index, is_mirrored=is_mirrored)
            if row.people is not None and row.people.value is not None:
                graph = room.width() - self._table.number_px() - theme.px(8)
                at = room.left() if is_mirrored else room.right() - graph
                paint_interval(painter, QRectF(at, room.top(), graph, room.height()), row.people)
            return
        self._paint_words(painter, room, words, index, is_mirrored=is_mirrored)
        if row.scores:
            graph = room.width() - theme.px(40)
            at = room.left() if is_mirrored else room.right() - graph
            paint_bins(painter, QRectF(at, room.top(), graph, room.height()), bins_of(row.scores), gap=0.6)

    def _paint_words(self, painter: QPainter, room: QRectF, words: str, index: _Index, *, is_mirrored: bool) -> None:
        ink = index.data(Qt.ItemDataRole.ForegroundRole) or QColor(theme.current().text)
        painter.save()
        painter.setPen(ink)
        painter.setFont(QFont(theme.font("body")))
        side = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()


def paint_interval(painter: QPainter, room: QRectF, one: Measured) -> None:
    """The value as a dot and its interval as a line, on a scale with a hair line at chance; hollow without interval."""
    if one.value is None or room.width() < 12:
        return
    now = theme.current()

    def at(value: float) -> float:
        clipped = max(_LOWEST, min(1.0, value))
        return room.left() + (clipped - _LOWEST) / (1 - _LOWEST) * room.width()

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = room.center().y()
    painter.setPen(QPen(QColor(now.line), 1))
    painter.drawLine(QLineF(room.left(), middle, room.right(), middle))
    painter.setPen(QPen(QColor(now.faint), 1))
    painter.drawLine(QLineF(at(0), room.top() + 2, at(0), room.bottom() - 2))
    if one.low is not None and one.high is not None:
        pen = QPen(QColor(now.accent), theme.px(3))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QLineF(at(one.low), middle, at(one.high), middle))
    radius = theme.px(4)
    painter.setPen(QPen(QColor(now.accent), 1.5))
    painter.setBrush(QColor(now.accent if one.low is not None else now.panel))
    painter.drawEllipse(QRectF(at(one.value) - radius, middle - radius, 2 * radius, 2 * radius))
    painter.restore()
