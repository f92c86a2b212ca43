"""The left side: my tasks, those I hold before those offered, and my work with recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from annodesk.model.work import SlotState
from annodesk.ui import theme
from annodesk.ui.parts import label
from annodesk.ui.plain import set_tip, shown
from annodesk.ui.status import clock_text, until_text

if TYPE_CHECKING:
    from annodesk.services.tasks import TaskCard, WorkCard

_CARD = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class _CardDelegate(QStyledItemDelegate):
    """Two lines and a word at the end; the open one carries a bar, not only a colour."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        lines = QFontMetrics(theme.font()).height() + QFontMetrics(theme.font("small")).height()
        return QSize(theme.px(120), lines + theme.px(16))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        title, subtitle, end, is_open, is_button = index.data(_CARD)
        tokens = theme.current()
        is_rtl = option.direction is Qt.LayoutDirection.RightToLeft  # type: ignore[attr-defined]
        rect: QRect = option.rect  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)  # type: ignore[attr-defined]
        if is_open or hovered:
            ground = tokens.raised if is_open else theme.mix(tokens.panel, tokens.raised, 0.5)
            painter.fillRect(rect, QColor(ground))
        if is_open:
            bar = QRect(rect.right() - 2 if is_rtl else rect.left(), rect.top(), 3, rect.height())
            painter.fillRect(bar, QColor(tokens.accent))
        inner = rect.adjusted(theme.px(14), theme.px(7), -theme.px(12), -theme.px(7))
        side = Qt.AlignmentFlag.AlignLeft if is_rtl else Qt.AlignmentFlag.AlignRight
        painter.setFont(theme.font("small"))
        width = painter.fontMetrics().horizontalAdvance(end) if end else 0
        if end:
            painter.setPen(QColor(tokens.accent if is_button else tokens.dim))
            painter.drawText(inner, side | Qt.AlignmentFlag.AlignTop, end)
        font = QFont(theme.font())
        font.setBold(is_open)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        room = inner.width() - width - theme.px(8)
        words = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, room)
        start = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        painter.drawText(inner, start | Qt.AlignmentFlag.AlignTop, words)
        painter.setFont(theme.font("small"))
        painter.setPen(QPen(QColor(tokens.dim)))
        words = painter.fontMetrics().elidedText(subtitle, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(QRectF(inner), start | Qt.AlignmentFlag.AlignBottom, words)
        painter.restore()


class _Cards(QListWidget):
    """A list that never takes the focus, so that keys stay with the timeline."""

    end_pressed = Signal(int)
    row_pressed = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setItemDelegate(_CardDelegate(self))
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_cards(self, cards: Sequence[tuple[str, str, str, bool, bool]], tips: Sequence[str]) -> None:
        """Title, subtitle, word at the end, whether it is the open one, whether that word is a button."""
        at = self.verticalScrollBar().value()
        self.clear()
        for card, tip in zip(cards, tips, strict=True):
            item = QListWidgetItem()
            item.setData(_CARD, card)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{card[0]}, {card[1]}")
            set_tip(item, tip)
            self.addItem(item)
        height = sum(self.sizeHintForRow(row) for row in range(self.count()))
        self.setMaximumHeight(height + theme.px(4))
        self.verticalScrollBar().setValue(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        rect, place = self.visualItemRect(item), event.position().x()
        _, _, end, _, is_button = item.data(_CARD)
        width = QFontMetrics(theme.font("small")).horizontalAdvance(end) + theme.px(18)
        is_rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        is_on_end = place < rect.left() + width if is_rtl else place > rect.right() - width
        if is_button and is_on_end:
            self.end_pressed.emit(self.row(item))
        else:
            self.row_pressed.emit(self.row(item))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.scheduleDelayedItemsLayout()


class TaskList(QFrame):
    """Lists; pressing a card asks for that task.

    task_chosen(str)     a task id
    recall_asked(str)    a set id
    """

    task_chosen = Signal(str)
    recall_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setMinimumWidth(theme.px(150))
        self.cards: list[TaskCard] = []
        self.work: list[WorkCard] = []
        self._open_task = ""
        self._seen: set[str] = set()
        self._heads = [label("My tasks", "head"), label("My work", "head")]
        self.tasks_view, self.work_view = _Cards("My tasks"), _Cards("My work")
        self._note = label("", "small", wrap=True)
        self._note.setContentsMargins(14, 0, 12, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(theme.SPACE)
        for head in self._heads:
            head.setContentsMargins(12, 0, 12, 0)
        column.addWidget(self._heads[0])
        column.addWidget(self.tasks_view, 3)
        column.addSpacing(theme.SPACE * 3)
        column.addWidget(self._heads[1])
        column.addWidget(self._note)
        column.addWidget(self.work_view, 2)
        column.addStretch(0)  # gets what is left once both lists show all their rows
        for head in self._heads:
            head.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.tasks_view.row_pressed.connect(lambda row: self.task_chosen.emit(self.cards[row].task_id))
        self.work_view.row_pressed.connect(lambda row: self.task_chosen.emit(self.work[row].task_id))
        self.work_view.end_pressed.connect(lambda row: self.recall_asked.emit(self.work[row].set_id))
        theme.notifier().theme_changed.connect(self._draw)

    def show_lists(self, cards: Sequence[TaskCard], work: Sequence[WorkCard]) -> None:
        """Show what a person has and has done; what stood in the list keeps its place while it is there.

        Opening a task makes it the one touched last: a list that followed would let the key for the next task go
        to and fro between two.
        """
        places = {card.task_id: place for place, card in enumerate(self.cards)}
        kept = iter(sorted((card for card in cards if card.task_id in places), key=lambda card: places[card.task_id]))
        self.cards = [next(kept) if card.task_id in places else card for card in cards]
        # An answer comes first wherever its task stood, and what waits for one stands last.
        self.cards.sort(key=lambda card: (not card.comes_first, card.state is SlotState.PARKED))
        self.work = list(work)
        self._draw()
        if not places:
            self._reveal()

    def set_open(self, task_id: str) -> None:
        """Mark the task that is open, and bring it into view."""
        self._open_task = task_id
        self._seen.add(task_id)
        self._draw()
        self._reveal()

    def _reveal(self) -> None:
        row = next((row for row, card in enumerate(self.cards) if card.task_id == self._open_task), None)
        if row is not None:
            self.tasks_view.scrollToItem(self.tasks_view.item(row))

    def set_share(self, task_id: str, share: float) -> None:
        """The open task's share done, as it grows."""
        for row, card in enumerate(self.cards):
            if card.task_id == task_id and row < self.tasks_view.count():
                drawn = self._card(card, share)
                if self.tasks_view.item(row).data(_CARD) != drawn:
                    self.tasks_view.item(row).setData(_CARD, drawn)

    def neighbour(self, step: int) -> str:
        """The task after or before the open one; the first where none is open, empty where there is none."""
        ids = [card.task_id for card in self.cards]
        if not ids:
            return ""
        if self._open_task not in ids:
            return ids[0]
        place = ids.index(self._open_task) + step
        return ids[place] if 0 <= place < len(ids) else ""

    def untouched(self) -> str:
        """A task that lies ready and has not been looked at; empty where there is none."""
        return next((card.task_id for card in self.cards if card.task_id not in self._seen and not card.share_done), "")

    def title_of(self, task_id: str) -> str:
        """What a task is called here; empty where it is not listed."""
        return next((card.title for card in (*self.cards, *self.work) if card.task_id == task_id), "")

    def card_of(self, task_id: str) -> TaskCard | None:
        """A task's card; None where it is not listed."""
        return next((card for card in self.cards if card.task_id == task_id), None)

    def returned_for(self, task_id: str) -> str:
        """What an analyst wants done about a task that came back; empty where it did not."""
        cards = (card for card in self.cards if card.task_id == task_id and card.state is SlotState.RETURNED)
        return next((card.reason for card in cards), "")

    def last_recallable(self) -> str:
        """The set handed in last that can still be recalled; empty where there is none."""
        return next((card.set_id for card in self.work if card.can_recall), "")

    def _card(self, card: TaskCard, share: float | None) -> tuple[str, str, str, bool, bool]:
        end = "" if share is None else f"{share:.0%}".replace("%", " %")
        return shown(card.name), shown(card.subtitle), end, card.task_id == self._open_task, False

    def _draw(self) -> None:
        self._heads[0].setText(f"MY TASKS · {len(self.cards)}" if self.cards else "MY TASKS")
        tips = [self._tip(card) for card in self.cards]
        self.tasks_view.show_cards([self._card(card, card.share_done) for card in self.cards], tips)
        self._heads[1].setText(f"MY WORK · {len(self.work)}" if self.work else "MY WORK")
        can_recall = any(work.can_recall for work in self.work)
        self._note.setText("Recall is possible until review starts." if can_recall else "What you submit stands here.")
        self._note.setVisible(can_recall or not self.work)
        rows = []
        for work in self.work:
            when = clock_text(work.submitted_at_us)[:5]
            words = f"submitted {when}" if work.can_recall else f"{when} · {work.why_not.rstrip('.').lower()}"
            is_open = work.task_id == self._open_task
            end = "Recall" if work.can_recall else ""
            rows.append((shown(work.title), shown(words), end, is_open, work.can_recall))
        self.work_view.show_cards(rows, [work.why_not or "Press Recall to change it again." for work in self.work])

    def _tip(self, card: TaskCard) -> str:
        words: list[Any] = [card.title, card.subtitle]
        if card.reason:
            words.append(f"{'Offered because' if card.state is None else 'Returned to you'}: {card.reason}")
        if card.lease_until_us:
            words.append(f"Yours until {until_text(card.lease_until_us)}")
        return "\n".join(str(word) for word in words if word)
