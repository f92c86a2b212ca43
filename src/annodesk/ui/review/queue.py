"""The review queue: one card per item, with why it is here, what differs, how much, and how long it has waited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from annodesk.ui import theme
from annodesk.ui.parts import label
from annodesk.ui.plain import set_tip, shown
from annodesk.ui.review.side import OF_MODEL
from annodesk.ui.review.wording import age_text, reason_line

if TYPE_CHECKING:
    from annodesk.services.review import ReviewCard

_CARD = Qt.ItemDataRole.UserRole
_OPENED = Qt.ItemDataRole.UserRole + 1
_ICONS = {
    "low agreement": "not-equal-variant",
    "low confidence": "help-circle-outline",
    "model against humans": "robot-outline",
    "reference miss": "target",
    "flagged": "flag-outline",
    "skipped": "skip-next-outline",
    "audit": "magnify",
    "disputed": "comment-question-outline",
}
_OWN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down)
_URGENT = {"low agreement", "model against humans"}


class ReviewQueue(QWidget):
    """The list at the left.

    chosen(str)   the task to open
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.head = label("Review queue", "head")
        self.list = _CardList()
        self.list.setAccessibleName("Review queue")
        self.list.setItemDelegate(_CardDelegate(self.list))
        self.list.opened.connect(self.chosen)
        self.note = label("", "small", wrap=True)
        self.batches = QComboBox()
        self.batches.setAccessibleName("Review batch that is shown alone")
        self.batches.setProperty("role", "steady")
        self.batches.activated.connect(self._on_batch)
        self.batches.hide()
        self._cards: tuple[ReviewCard, ...] = ()
        self._batch = self._opened = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 8)
        column.setSpacing(8)
        for widget in (self.head, self.note):
            widget.setContentsMargins(12, 0, 12, 0)
        column.addWidget(self.head)
        chooses = QHBoxLayout()
        chooses.setContentsMargins(12, 0, 12, 0)
        chooses.addWidget(self.batches, 1)
        column.addLayout(chooses)
        column.addWidget(self.note)
        column.addWidget(self.list, 1)
        self.note.hide()

    def add(self, below: QWidget) -> None:
        """Put something more under the queue."""
        self.layout().addWidget(below)

    def set_cards(self, cards: Sequence[ReviewCard], opened: str = "") -> None:
        """Show these items, the open one marked."""
        self._cards, self._opened = tuple(cards), opened
        self._offer_batches()
        self._fill()

    def show_batch(self, name: str) -> None:
        """Show the items of one review batch alone, those put there first before the others; all where none is named.

        One that none of the cards is in is shown as soon as one is.
        """
        self._batch = name
        self._offer_batches()
        self._fill()

    def next_batch(self) -> None:
        """Show the next review batch alone, after the last one all again."""
        names = ["", *self._names()]
        self.show_batch(names[(names.index(self._batch) + 1) % len(names)] if self._batch in names else "")

    def _names(self) -> list[str]:
        return list(dict.fromkeys(card.batch for card in self._cards if card.batch))

    def _on_batch(self, _place: int) -> None:
        self.show_batch(self.batches.currentData())

    def _offer_batches(self) -> None:
        names = self._names()
        self.batches.clear()
        self.batches.addItem(f"everything that waits ({len(self._cards)})", "")
        for name in names:
            self.batches.addItem(f"{shown(name)} ({sum(card.batch == name for card in self._cards)})", name)
        self.batches.setCurrentIndex(max(0, self.batches.findData(self._batch)))
        self.batches.setVisible(bool(names))

    def _fill(self) -> None:
        cards, opened = list(self._cards), self._opened
        if self._batch in self._names():
            cards = sorted((card for card in cards if card.batch == self._batch), key=lambda card: card.batched_us)
        self.head.setText(f"REVIEW QUEUE · {len(cards)}" if cards else "REVIEW QUEUE")
        self.list.clear()
        for card in cards:
            item = QListWidgetItem()
            item.setData(_CARD, card)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join([shown(card.title), card_line(card)]))
            within = f"\nIn the review batch {card.batch}" if card.batch else ""
            set_tip(item, f"{card.title}\n{card.reason}: {card_line(card)}{within}")
            self.list.addItem(item)
        self.show_opened(opened)

    def show_opened(self, task_id: str) -> None:
        """Mark the card of the task that is open."""
        self._opened = task_id
        for row in range(self.list.count()):
            item = self.list.item(row)
            is_open = item.data(_CARD).task_id == task_id
            item.setData(_OPENED, is_open)
            if is_open:
                self.list.setCurrentItem(item)
        self.list.viewport().update()

    def say(self, sentence: str) -> None:
        """A sentence above the cards: being read, or what went wrong."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    def task_ids(self, title: str = "") -> list[str]:
        """The tasks shown, in order; only those of an item's title where one is given."""
        cards = [self.list.item(row).data(_CARD) for row in range(self.list.count())]
        return [card.task_id for card in cards if title in ("", card.title)]


def card_line(card: ReviewCard) -> str:
    """What differs and how much, with a mark where the reviewer has begun."""
    value = None if card.reason in OF_MODEL else card.value  # how sure the model is, is not told beforehand
    line = reason_line(card.reason, card.culprit, value)
    return shown(f"begun · {line}" if card.mine else line)


class _CardList(QListWidget):
    """Cards opened by a click or Enter; arrows only go through them."""

    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.itemClicked.connect(self._open)

    def event(self, event: QEvent) -> bool:
        is_override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_override and event.key() in _OWN_KEYS and not event.modifiers():
            event.accept()  # while the list has the focus these keys go through it, not over the timeline
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            if self.currentItem() is not None:
                self._open(self.currentItem())
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are the workspace's keys, not a search."""

    def _open(self, item: QListWidgetItem) -> None:
        self.opened.emit(item.data(_CARD).task_id)


class _CardDelegate(QStyledItemDelegate):
    """Paints a card in two lines; the open one has the accent at its side."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        heights = [QFontMetrics(theme.font(kind)).height() for kind in ("body", "small")]
        return QSize(theme.px(120), sum(heights) + theme.px(20))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        card: Any = index.data(_CARD)
        is_open = bool(index.data(_OPENED))
        look, rect = theme.current(), option.rect
        states = option.state
        painter.save()
        is_rtl = option.direction == Qt.LayoutDirection.RightToLeft
        if is_open or states & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(look.raised))
        elif states & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.mix(look.panel, look.raised, 0.5))
        if is_open:
            edge = QRect(rect.right() - 2 if is_rtl else rect.left(), rect.top(), 3, rect.height())
            painter.fillRect(edge, QColor(look.accent))
        if states & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(look.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        inside = rect.adjusted(theme.px(14), theme.px(8), -theme.px(12), -theme.px(8))
        leading = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        trailing = Qt.AlignmentFlag.AlignLeft if is_rtl else Qt.AlignmentFlag.AlignRight
        top = Qt.AlignmentFlag.AlignTop
        age, small = age_text(card.age_us), QFontMetrics(theme.font("small"))
        painter.setFont(theme.font("small"))
        painter.setPen(QColor(look.dim))
        painter.drawText(inside, trailing | top, age)
        room = inside.width() - small.horizontalAdvance(age) - theme.px(8)
        title_font = theme.font("body", bold=is_open)
        title = QFontMetrics(title_font).elidedText(shown(card.title), Qt.TextElideMode.ElideRight, room)
        painter.setFont(title_font)
        painter.setPen(QColor(look.text))
        painter.drawText(inside, leading | top, title)
        colour = look.bad if card.reason in _URGENT else look.dim
        side = small.ascent()
        below = inside.adjusted(0, QFontMetrics(title_font).height() + theme.px(4), 0, 0)
        icon_left = below.right() - side if is_rtl else below.left()
        sign = theme.icon(_ICONS.get(card.reason, "alert-circle-outline"), colour)
        sign.paint(painter, QRect(icon_left, below.top() + theme.px(1), side, side))
        gap = side + theme.px(5)
        words = below.adjusted(0, 0, -gap, 0) if is_rtl else below.adjusted(gap, 0, 0, 0)
        painter.setFont(theme.font("small"))
        painter.setPen(QColor(colour))
        painter.drawText(
            words, leading | top, small.elidedText(card_line(card), Qt.TextElideMode.ElideRight, words.width())
        )
        painter.restore()
