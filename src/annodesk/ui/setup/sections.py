"""The list of the page's sections: each with the one thing to know about it, and the key that leads there."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.keys import bindings
from annodesk.ui.plain import set_tip, shown

_ROW = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class Section(Struct, frozen=True):
    """A part of the page: its name in code, its title, its icon, and what it is for in a sentence."""

    id: str
    title: str
    icon: str
    intro: str


SECTIONS = (
    Section("start", "Pre-label", "auto-fix",
            "The model labels what it can; people take, change or refuse what it says. Nothing it says counts as "
            "anybody's work until somebody takes it."),
    Section("model", "Model", "chip",
            "Which model suggests. It runs on this computer alone: nothing of your recordings or texts leaves it."),
    Section("told", "What it is told", "message-text-outline",
            "The words the model reads before each item. What you write is shown at once on one of your own items, "
            "exactly as the model will read it."),
    Section("show", "When people see it", "eye-outline",
            "A suggestion that is right saves time; one seen too early can talk people out of their own answer. "
            "So the project says when it is seen, and some tasks are always done without, to know what it does."),
    Section("alone", "What stands alone", "shield-check-outline",
            "What it would cost, and save, if the model's surest labels stood without a person. It rests only on "
            "answers that people gave without sight of a suggestion."),
    Section("examples", "What helps it", "lightbulb-outline",
            "Items that are settled are shown to the model as examples of the next ones, and their neighbours vote "
            "beside it. This is how much each of the two helps, measured on your own items."),
    Section("effects", "What it does to people", "account-eye-outline",
            "What suggestions do to the time people take and to what they answer, told by the tasks that were done "
            "without any."),
    Section("labels", "Groups of labels", "tag-multiple-outline",
            "Labels that take the same knowledge are a group, such as medical. A group is a skill: people hold it on "
            "the desk's page Work, and a batch may be for those who do. Nobody is kept from a label by it alone."),
)  # fmt: skip


class State(Struct, frozen=True):
    """What a section has to say in its line; ``tone`` is ok, warn, or empty."""

    words: str = ""
    tone: str = ""


class _SectionDelegate(QStyledItemDelegate):
    """An icon, a title above what is to be known, a dot where a person should look, and the key at the end."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        lines = QFontMetrics(theme.font()).height() + QFontMetrics(theme.font("small")).height()
        return QSize(theme.px(120), lines + theme.px(20))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        icon, title, state, key = index.data(_ROW)
        now = theme.current()
        is_rtl = option.direction is Qt.LayoutDirection.RightToLeft  # type: ignore[attr-defined]
        rect: QRect = option.rect  # type: ignore[attr-defined]
        flags = option.state  # type: ignore[attr-defined]
        is_chosen = bool(flags & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_chosen or flags & QStyle.StateFlag.State_MouseOver:
            ground = now.raised if is_chosen else theme.mix(now.panel, now.raised, 0.5)
            painter.fillRect(rect, QColor(ground))
        if is_chosen:
            bar = QRect(rect.right() - 2 if is_rtl else rect.left(), rect.top(), 3, rect.height())
            painter.fillRect(bar, QColor(now.accent if flags & QStyle.StateFlag.State_HasFocus else now.faint))
        inner = rect.adjusted(theme.px(16), theme.px(9), -theme.px(12), -theme.px(9))
        side = theme.px(18)
        sign = QRect(inner.right() - side if is_rtl else inner.left(), inner.top(), side, side)
        theme.icon(icon, now.accent if is_chosen else now.dim).paint(painter, sign)
        step = side + theme.px(12)
        words = inner.adjusted(0, 0, -step, 0) if is_rtl else inner.adjusted(step, 0, 0, 0)
        start = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        end = Qt.AlignmentFlag.AlignLeft if is_rtl else Qt.AlignmentFlag.AlignRight
        painter.setFont(theme.mono_font("head"))
        painter.setPen(QColor(now.faint))
        painter.drawText(words, end | Qt.AlignmentFlag.AlignTop, key)
        font = QFont(theme.font())
        font.setBold(is_chosen)
        painter.setFont(font)
        painter.setPen(QColor(now.text))
        room = words.width() - theme.px(20)
        elided = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(words, start | Qt.AlignmentFlag.AlignTop, elided)
        self._paint_state(painter, QRectF(words), state, is_rtl=is_rtl)
        painter.restore()

    def _paint_state(self, painter: QPainter, words: QRectF, state: State, *, is_rtl: bool) -> None:
        now = theme.current()
        painter.setFont(theme.font("small"))
        high = painter.fontMetrics().height()
        if state.tone:
            dot = theme.px(7)
            left = words.right() - dot if is_rtl else words.left()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.ok if state.tone == "ok" else now.warn))
            painter.drawEllipse(QRectF(left, words.bottom() - high / 2 - dot / 2, dot, dot))
            step = dot + theme.px(6)
            words = words.adjusted(0, 0, -step, 0) if is_rtl else words.adjusted(step, 0, 0, 0)
        painter.setPen(QColor(now.warn_text if state.tone == "warn" else now.dim))
        start = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        told = painter.fontMetrics().elidedText(state.words, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, start | Qt.AlignmentFlag.AlignBottom, told)


class SectionList(QListWidget):
    """Chosen with the arrows or by a key of its own; Return goes into the section.

    chosen(str)    another section is the current one, by its id
    entered()      Return: the keys go to what the section shows
    """

    chosen = Signal(str)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Sections")
        self.setItemDelegate(_SectionDelegate(self))
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.states = {section.id: State() for section in SECTIONS}
        for _ in SECTIONS:
            self.addItem(QListWidgetItem())
        self._draw()
        self.currentRowChanged.connect(lambda row: self.chosen.emit(SECTIONS[row].id) if row >= 0 else None)
        self.itemActivated.connect(lambda _: self.entered.emit())
        bindings.current().changed.connect(self._draw)
        theme.notifier().theme_changed.connect(self.scheduleDelayedItemsLayout)

    @property
    def current(self) -> str:
        """The id of the section that is chosen."""
        return SECTIONS[max(0, self.currentRow())].id

    def choose(self, section_id: str) -> None:
        """Choose a section."""
        self.setCurrentRow(next(place for place, one in enumerate(SECTIONS) if one.id == section_id))

    def show_state(self, section_id: str, state: State) -> None:
        """What a section has to say."""
        if self.states[section_id] != state:
            self.states[section_id] = state
            self._draw()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return goes into the section; letters and digits are keys, no search."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if not event.isAutoRepeat():
                self.entered.emit()
            return
        if event.text().isprintable() and event.text() and not event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(260), theme.px(420))

    def _draw(self) -> None:
        for place, section in enumerate(SECTIONS):
            state, entry = self.states[section.id], self.item(place)
            key = shown_key(f"setup.{section.id}")
            entry.setData(_ROW, (section.icon, section.title, State(shown(state.words), state.tone), key))
            entry.setData(Qt.ItemDataRole.AccessibleTextRole, shown(f"{section.title}: {state.words}"))
            set_tip(entry, f"{state.words} ({key})" if key else state.words)
