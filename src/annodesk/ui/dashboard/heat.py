"""A confusion table as cells of colour: rows are what stands, columns what people said; each cell can be played."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.services.heard_as import Cell, HeardAs
from annodesk.ui import theme
from annodesk.ui.plain import set_tip, shown
from annodesk.ui.quality.figures import percent

CELL_WIDTH, CELL_HEIGHT, HEAD = 62, 34, 22
WIDEST_CELL = 110
"""A column is as wide as the longest word of its head, up to this; heads of several words stand on two lines."""
NOTHING = "nothing"
HEADED = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


def name_of(label: str) -> str:
    """A label as the table calls it."""
    return label or NOTHING


def amount_words(found: HeardAs, cell: Cell, *, by_count: bool) -> str:
    """How much is in a cell, in its unit."""
    if by_count or found.unit == "answers":
        count = found.count.get(cell, 0)
        what = "answer" if found.unit == "answers" else "place"
        return f"{count:,} {what}{'' if count == 1 else 's'}"
    amount = found.amount.get(cell, 0)
    if found.unit == "characters":
        return f"{amount:,} characters"
    seconds = amount / 1_000_000
    return f"{seconds:,.1f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"


def cell_words(found: HeardAs, cell: Cell, *, by_count: bool) -> str:
    """What a cell says, in a sentence."""
    stands, said = cell
    share = found.share(stands, said, by_count=by_count)
    whole = sum((found.count if by_count else found.amount).get((stands, one), 0) for one in found.labels)
    if share is None or not whole:
        return f"Nothing that stands is {name_of(stands)}."
    verb = "said to be" if found.unit == "answers" else "heard as"
    what = f"{name_of(stands)} {verb} {name_of(said)}" if stands != said else f"{name_of(stands)} said as it stands"
    return f"{what}: {percent(share)} ({amount_words(found, cell, by_count=by_count)})"


def head_words(name: str, metrics: QFontMetrics, room: int) -> str:
    """A column's head on two lines at the most; what does not fit there ends in an ellipsis."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(lines) < 2 and metrics.horizontalAdvance(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines)


class HeatTable(QWidget):
    """Painted cells; arrows move, Return or a click plays.

    chosen(object)    a cell is looked at
    played(object)    a cell off the diagonal is to be played
    """

    chosen = Signal(object)
    played = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.found = HeardAs("")
        self.by_count = False
        self._at = (0, 0)
        self._cell_px, self._head_px = theme.px(CELL_WIDTH), theme.px(HEAD)
        self.setAccessibleName("What is heard as what: rows are what stands, columns what people said")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.notifier().theme_changed.connect(self.updateGeometry)

    @property
    def cell(self) -> Cell | None:
        """The cell that is looked at."""
        labels = self.found.labels
        return (labels[self._at[0]], labels[self._at[1]]) if labels else None

    @property
    def place(self) -> tuple[int, int]:
        """Row and column of the cell that is looked at."""
        return self._at

    @property
    def cell_px(self) -> int:
        """How wide a cell is."""
        return self._cell_px

    def show_table(self, found: HeardAs, *, by_count: bool) -> None:
        """Show a table; the cell that was looked at stays where it is still there, else the worst one is."""
        before = self.cell
        self.found, self.by_count = found, by_count
        labels = found.labels
        wanted = before if before is not None and set(before) <= set(labels) and before != ("", "") else found.worst()
        wanted = wanted or (labels[:1] * 2 if labels else None)  # type: ignore[assignment]
        self._at = (labels.index(wanted[0]), labels.index(wanted[1])) if wanted else (0, 0)
        self.updateGeometry()
        self.resize(self.sizeHint())
        self.update()
        self._tell()

    def choose(self, cell: Cell) -> None:
        """Look at a cell."""
        labels = self.found.labels
        if cell[0] in labels and cell[1] in labels:
            self._at = (labels.index(cell[0]), labels.index(cell[1]))
            self.update()
            self._tell()

    def _tell(self) -> None:
        cell = self.cell
        self.setAccessibleDescription(cell_words(self.found, cell, by_count=self.by_count) if cell else "")
        if cell is not None:
            self.chosen.emit(cell)

    # Room

    def _name_room(self) -> int:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(name_of(one)[:24]) for one in self.found.labels), default=0)
        return min(widest, theme.px(150)) + theme.px(10)

    def _words(self, label: str) -> str:
        """A label as it stands at a row and above a column."""
        return shown(name_of(label), 60)

    def _measure(self) -> None:
        """How wide cells are and how high the heads above them, so that no head is cut that need not be."""
        metrics, names = QFontMetrics(theme.font("small")), [self._words(one) for one in self.found.labels]
        longest = max((metrics.horizontalAdvance(word) for name in names for word in name.split()), default=0)
        self._cell_px = max(theme.px(CELL_WIDTH), min(longest + theme.px(8), theme.px(WIDEST_CELL)))
        is_high = any(metrics.horizontalAdvance(name) > self._cell_px - 4 for name in names)
        self._head_px = max(theme.px(HEAD), metrics.lineSpacing() * (2 if is_high else 1) + theme.px(6))

    def sizeHint(self) -> QSize:
        n = len(self.found.labels)
        self._measure()
        return QSize(self._name_room() + n * self._cell_px + 2, self._head_px + n * theme.px(CELL_HEIGHT) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def rect_of(self, row: int, column: int) -> QRectF:
        """Where a cell is painted."""
        return QRectF(
            self._name_room() + column * self._cell_px,
            self._head_px + row * theme.px(CELL_HEIGHT),
            self._cell_px,
            theme.px(CELL_HEIGHT),
        )

    def at(self, place: QPointF) -> tuple[int, int] | None:
        """Which cell is at a place."""
        column = int((place.x() - self._name_room()) // self._cell_px)
        row = int((place.y() - self._head_px) // theme.px(CELL_HEIGHT))
        n = len(self.found.labels)
        return (row, column) if 0 <= row < n and 0 <= column < n else None

    # Hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.at(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self._at = found
            self.update()
            self._tell()
            self._play()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step, n = _STEPS.get(Qt.Key(event.key())), len(self.found.labels)
        if step is not None and n and not event.modifiers():
            self._at = tuple(max(0, min(n - 1, a + b)) for a, b in zip(self._at, step, strict=True))  # type: ignore[assignment]
            self.update()
            self._tell()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._play()
        else:
            super().keyPressEvent(event)

    def _play(self) -> None:
        cell = self.cell
        if cell is not None and self.found.places.get(cell):
            self.played.emit(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.at(event.position())
        cell = (self.found.labels[found[0]], self.found.labels[found[1]]) if found is not None else None
        set_tip(self, cell_words(self.found, cell, by_count=self.by_count) if cell is not None else "")

    # Paint

    def paintEvent(self, event: QPaintEvent) -> None:
        now, labels = theme.current(), self.found.labels
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("small"))
        metrics = painter.fontMetrics()
        room = self._name_room() - theme.px(8)
        painter.setPen(QColor(now.dim))
        for place, one in enumerate(labels):
            name = self._words(one)
            row, column = self.rect_of(place, 0), self.rect_of(0, place)
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, row.top(), room, row.height()), side, words)
            head = QRectF(column.left() + 2, 0, column.width() - 4, self._head_px)
            painter.drawText(head, HEADED, head_words(name, metrics, int(head.width())))
        for row_at, stands in enumerate(labels):
            for column_at, said in enumerate(labels):
                share = self.found.share(stands, said, by_count=self.by_count)
                cell = self.rect_of(row_at, column_at).adjusted(1.5, 1.5, -1.5, -1.5)
                colour = now.accent if row_at == column_at else now.bad
                strength = 0.0 if not share else (0.12 + 0.7 * share if row_at == column_at else 0.06 + 0.85 * share)
                painter.setPen(Qt.PenStyle.NoPen)
                ground = theme.mix(now.panel, colour, min(0.85, strength))
                painter.setBrush(ground)
                painter.drawRoundedRect(cell, theme.RADIUS_MARK, theme.RADIUS_MARK)
                inks = sorted(
                    (now.text, now.on_accent, "#ffffff"), key=lambda ink, ground=ground: -theme.contrast(ink, ground)
                )  # type: ignore[misc]
                painter.setPen(QColor(inks[0] if share else now.faint))
                words = "" if share is None else f"{share:.2f}" if share else "·"
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)
                if (row_at, column_at) == self._at:
                    pen = QPen(
                        QColor(now.text if self.hasFocus() else now.faint), theme.px(2) if self.hasFocus() else 1
                    )
                    painter.setPen(pen)
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRoundedRect(cell, theme.RADIUS_MARK, theme.RADIUS_MARK)
        painter.end()
