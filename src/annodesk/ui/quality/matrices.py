"""Who takes what for what: a matrix of each annotator on one part, beside what is most probably so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import AnnodeskError
from annodesk.ui import theme
from annodesk.ui.parts import button, label, restyle
from annodesk.ui.plain import set_title, shown
from annodesk.ui.review.wording import short_time

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services import Services
    from annodesk.services.confusion import ConfusionMatrices, PersonMatrix, Probable
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request

SAYS = (
    "From answers given without suggestions alone. A row is what a place most probably is, weighed by how well people "
    "know each label, and at how many places; a column is what this person says there. It shows where the guidelines "
    "are read differently, not who is better."
)
OWN = "Only you are shown this, and only over what is settled."
BUSY = "Counting who says what …"
NOTHING, ELSE = "nothing", "all else"
IS_AND_SAYS = "is  /  says"
LEAST_SURE, SURE = 3, 0.9
FAINTEST, FEWEST = 0.005, 0.5
"""A share and a number of places that are rounded to nothing."""
_Index = QModelIndex | QPersistentModelIndex


def read(
    services: Services, project_id: str, person_id: str, part: str, name: str | None, cancel: CancelToken
) -> ConfusionMatrices:
    """The matrices of a part, or of one of its labels, as a person may see them."""
    return services.quality.confusion_matrices(project_id, part, person_id, label=name, cancel=cancel)


def rests_on(found: ConfusionMatrices) -> str:
    """What the matrices rest on, and where it is least sure what is so."""
    places = "1 place" if found.places == 1 else f"{found.places:,} places"
    items = "1 item" if found.items == 1 else f"{found.items:,} items"
    said = f"Over {places} in {items}."
    if not found.converged:
        said += " It had not quite settled down when counting stopped."
    doubtful = [one for one in found.answers[:LEAST_SURE] if one.probability < SURE]
    if doubtful:
        told = [f"{_where(one, found)}: {word(one.label, found)}, {one.probability * 100:.0f} %" for one in doubtful]
        said += f" Least sure of what is settled: {'; '.join(told)}."
    return said


def _where(one: Probable, found: ConfusionMatrices) -> str:
    return f"{one.item} at {short_time(one.at)}" if found.is_timed else one.item


def word(name: str, found: ConfusionMatrices) -> str:
    """A label as the matrix calls it."""
    return name or (NOTHING if found.label is None else ELSE)


class MatrixModel(QAbstractTableModel):
    """One person's matrix: a row's name and number of places, then the share of each label."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.person: PersonMatrix | None = None

    def show_person(self, names: list[str], person: PersonMatrix) -> None:
        """Show another person."""
        self.beginResetModel()
        self.names, self.person = names, person
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() or not self.names else 1 + len(self.names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignHCenter if section else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole or orientation is Qt.Orientation.Vertical:
            return None
        return shown(self.names[section - 1], 40) if section else IS_AND_SAYS

    def data(self, index: _Index, role: int = 0) -> object:
        if self.person is None or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        true, seen = self.names[index.row()], self.person.seen[index.row()]
        if not index.column():
            return shown(f"{true}  ·  {seen:,.0f}", 60)
        share = self.share(index)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = self.names[index.column() - 1]
            return shown(f"where it is {true}, says {said}: {(share or 0) * 100:.0f} % of {seen:.0f}")
        return "" if share is None else "·" if share < FAINTEST else f"{share * 100:.0f} %"

    def share(self, index: _Index) -> float | None:
        """The share in a cell; None where the row rests on nothing."""
        if self.person is None or not index.column() or self.person.seen[index.row()] < FEWEST:
            return None
        return self.person.shares[index.row()][index.column() - 1]


class MatrixDelegate(QStyledItemDelegate):
    """Cells as strong as their share, in another colour off the diagonal."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model, ink = index.model(), theme.current()
        assert isinstance(model, MatrixModel)
        share, cell = model.share(index), option.rect.adjusted(1, 1, -1, -1)
        if share is not None and share >= FAINTEST:
            is_right = index.row() + 1 == index.column()
            painter.fillRect(cell, theme.mix(ink.background, ink.ok if is_right else ink.warn, 0.1 + 0.4 * share))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QColor(ink.accent))
            painter.drawRect(cell.adjusted(0, 0, -1, -1))
        is_faint = share is not None and share < FAINTEST
        painter.setPen(QColor(ink.dim if is_faint else ink.text))
        painter.setFont(option.font)
        words = str(model.data(index, Qt.ItemDataRole.DisplayRole) or "")
        if not index.column():
            cell = cell.adjusted(theme.px(6), 0, -theme.px(6), 0)
            words = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideMiddle, cell.width())
        side = Qt.AlignmentFlag.AlignHCenter if index.column() else Qt.AlignmentFlag.AlignLeft
        painter.drawText(cell, side | Qt.AlignmentFlag.AlignVCenter, words)


class MatricesDialog(QDialog):
    """The names on the left, the matrix of the one that is chosen on the right; Escape leaves."""

    def __init__(self, context: Context, parent: QWidget, part: str, name: str | None, *, is_own: bool) -> None:
        super().__init__(parent)
        set_title(self, "Who takes what for what")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context, self._is_own = context, is_own
        self.found: ConfusionMatrices | None = None
        self._build(part if name is None else f"{part}: {name}")
        self._say(BUSY)
        self._request: Request | None = context.jobs.background(
            read,
            context.services,
            context.project_id,
            context.person_id,
            part,
            name,
            on_done=self._show,
            on_error=self._on_error,
            key="confusion matrices",
            what="count who takes what for what",
        )

    def _show(self, found: ConfusionMatrices) -> None:
        self._request, self.found = None, found
        if found.reason:
            self._say(f"Not defined. {found.reason}")
            return
        self._say(rests_on(found))
        for one in found.people:
            self.people.addItem(QListWidgetItem(shown("You" if self._is_own else one.name or "somebody", 60)))
        self.people.setVisible(not self._is_own)
        self.table.show()
        self.people.setCurrentRow(0)
        (self.table if self._is_own else self.people).setFocus()

    def _choose(self, row: int) -> None:
        found = self.found
        if found is None or not 0 <= row < len(found.people):
            return
        self.matrix.show_person([word(name, found) for name in found.labels], found.people[row])
        self._fit()

    def _on_error(self, error: Exception) -> None:
        self._request = None
        if isinstance(error, AnnodeskError):
            self._say(f"{error.sentence} {error.hint}".strip(), role="bad")
        else:
            self._say("That did not work. The report says what went wrong.", role="bad")
            self._context.jobs.failed.emit(error, "count who takes what for what")

    def _say(self, words: str, *, role: str = "dim") -> None:
        restyle(self.sentence, role)
        self.sentence.setText(words)

    def _fit(self) -> None:
        """Columns as wide as their names need, within reason; what does not fit scrolls."""
        header = self.table.horizontalHeader()
        for column in range(self.matrix.columnCount()):
            wanted = max(header.sectionSizeHint(column), self.table.sizeHintForColumn(column))
            header.resizeSection(column, min(max(wanted + theme.px(12), theme.px(72)), theme.px(200)))

    def _build(self, title: str) -> None:
        self.people, self.table, self.matrix = QListWidget(), QTableView(), MatrixModel()
        self.people.setAccessibleName("Annotators")
        self.people.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.people.setFixedWidth(theme.px(170))
        self.people.currentRowChanged.connect(self._choose)
        self.people.hide()
        self.table.setAccessibleName("What is so, and what this person says")
        self.table.setModel(self.matrix)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setItemDelegate(MatrixDelegate(self.table))
        self.table.setShowGrid(False)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(theme.px(30))
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.hide()
        self.sentence = label("", "dim", wrap=True)
        middle, feet = QHBoxLayout(), QHBoxLayout()
        middle.setSpacing(theme.SPACE * 3)
        middle.addWidget(self.people)
        middle.addWidget(self.table, 1)
        back = button("Back")
        back.clicked.connect(self.reject)
        feet.addStretch()
        feet.addWidget(back)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label(f"Who takes what for what: {title}", "title", wrap=True))
        column.addWidget(label(SAYS, "dim", wrap=True))
        if self._is_own:
            column.addWidget(label(OWN, "dim", wrap=True))
        column.addLayout(middle, 1)
        column.addWidget(self.sentence)
        column.addLayout(feet)
        room = self.parentWidget().window().size()
        self.resize(min(theme.px(720), room.width() - 40), min(theme.px(480), room.height() - 40))

    def done(self, result: int) -> None:
        """No answer comes home any more."""
        if self._request is not None:
            self._request.cancel()
            self._request = None
        super().done(result)
