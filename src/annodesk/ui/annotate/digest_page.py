"""The page between two tasks that shows rulings on one's work, one at a time: quiet, with its clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.annotate.digest_words import excerpt, lines_of, ruled_lines, standing, where
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label
from annodesk.ui.player.transport import Transport
from annodesk.ui.review.cards import Side, SideCards

if TYPE_CHECKING:
    from annodesk.services.digest import Clip, ToldRuling

WIDEST_PX = 640


class DigestPage(QWidget):
    """Shows what it is told to.

    objected(str)   the person's words against the ruling that is shown
    left_field()    Escape in the field: no objection
    """

    objected = Signal(str)
    left_field = Signal()

    def __init__(self, *, silent: bool = False) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Rulings on your work")
        self.setProperty("role", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.transport = Transport(self, silent=silent)
        self.transport.state_changed.connect(self._show_playing)
        self._build()
        theme.notifier().theme_changed.connect(self._size)
        self._size()

    def show_count(self, at: int, total: int, *, is_review: bool) -> None:
        """How many there are, and which is shown; ``is_review`` where all of late are looked through."""
        count = "1 ruling" if total == 1 else f"{total} rulings"
        self.head.setText(f"{count} on your work" + (" of late" if is_review else ""))
        self.which.setText(f"{at + 1} of {total}" if total > 1 else "")
        self.next.set_words("Next" if at + 1 < total else "On to your tasks")
        self.before.setVisible(at > 0)

    def show_told(self, told: ToldRuling, clip: Clip | None) -> None:
        """Show one of them; what is seen and heard of it comes with the clip."""
        self.item.setText(told.title)
        self.place.setText(where(told.place))
        schema = clip.project.schema if clip is not None else None
        if schema is not None:
            self.cards.set_sides(
                (
                    Side("You said", lines_of(schema, told.place, told.said)),
                    Side("It was ruled", ruled_lines(schema, told), "ruling"),
                )
            )
        text = clip.text.text if clip is not None and clip.text is not None else ""
        around = excerpt(text, told.place)
        self.excerpt.setText(around)
        self.excerpt.setVisible(bool(around))
        self.words.setText(told.words)
        self.words_box.setVisible(bool(told.words))
        self.standing.setText(standing(told))
        self.standing.setVisible(bool(self.standing.text()))
        stretch = clip.stretch(told.place) if clip is not None else None
        self.hear.setVisible(stretch is not None)
        problem = clip.media_problem if clip is not None and told.place.start_us is not None else ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.dispute.setVisible(told.can_dispute)
        self._turn_feet()
        self.close_field()

    def open_field(self) -> None:
        """Ask why the person sees it otherwise."""
        self.asks.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.area.ensureWidgetVisible(self.asks)

    def close_field(self) -> None:
        """Nothing is asked any more."""
        self.asks.hide()
        self.field.clear()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def say(self, sentence: str) -> None:
        """Say what came of it, where the ruling is."""
        self.standing.setText(sentence)
        self.standing.setVisible(bool(sentence))

    # Inside

    def _build(self) -> None:
        self.head, self.which = label("", "title"), label("", "small")
        self.item, self.place = label("", "strong", wrap=True), label("", "dim", wrap=True)
        self.cards = SideCards()
        self.cards.layout().setContentsMargins(0, 4, 0, 4)
        self.excerpt = label("", wrap=True)
        self.words, self.words_box = label("", wrap=True), QWidget()
        said = QVBoxLayout(self.words_box)
        said.setContentsMargins(0, 0, 0, 0)
        said.setSpacing(2)
        said.addWidget(label("From the analyst", "head"))
        said.addWidget(self.words)
        self.standing, self.problem = label("", "dim", wrap=True), label("", "small", wrap=True)
        self.hear = KeyButton("Hear it", "digest.hear")
        self.next = KeyButton("Next", "digest.next", role="primary")
        self.before = KeyButton("Before", "digest.previous", role="flat")
        self.dispute = KeyButton("Dispute …", "digest.dispute")
        self.later = KeyButton("Later", "digest.later", role="flat")
        self.field, self.asks = QLineEdit(), QWidget()
        self.field.setPlaceholderText("Why you see it otherwise")
        self.field.setAccessibleName("Why you see it otherwise")
        self.field.setMaxLength(2_000)
        self.field.returnPressed.connect(self._on_return)
        self.field.installEventFilter(self)
        ask = QVBoxLayout(self.asks)
        ask.setContentsMargins(0, 0, 0, 0)
        ask.setSpacing(theme.SPACE)
        ask.addWidget(self.field)
        ask.addWidget(
            label("Another analyst rules it again, once, and that stands. Your name is not told. Enter sends.", "small",
                  wrap=True)
        )  # fmt: skip
        card = QFrame()
        card.setProperty("role", "card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(20, 16, 20, 16)
        inner.setSpacing(theme.SPACE * 2)
        titles = QHBoxLayout()
        titles.addWidget(self.item, 1)
        titles.addWidget(self.which, 0, Qt.AlignmentFlag.AlignTop)
        inner.addLayout(titles)
        inner.addWidget(self.place)
        for part in (self.cards, self.excerpt, self.words_box, self.problem, self.standing, self.asks):
            inner.addWidget(part)
        inner.addSpacing(theme.SPACE)
        self._feet = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._feet.setSpacing(theme.SPACE * 2)
        for part in (self.hear, self.dispute):
            self._feet.addWidget(part)
        self._feet.addStretch()
        onward = QHBoxLayout()
        onward.setSpacing(theme.SPACE * 2)
        for part in (self.later, self.before, self.next):
            onward.addWidget(part)
        self._feet.addLayout(onward)
        inner.addLayout(self._feet)
        self._middle = QWidget()
        middle = QVBoxLayout(self._middle)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(theme.SPACE * 3)
        middle.addWidget(self.head)
        middle.addWidget(card)
        whole = QWidget()
        whole.setProperty("role", "scrolled")
        column = QVBoxLayout(whole)
        column.setContentsMargins(20, 20, 20, 20)
        column.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._middle, 20)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)
        self.area = QScrollArea()
        self.area.setWidget(whole)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.area)
        self.asks.hide()

    def _size(self) -> None:
        self._middle.setMaximumWidth(theme.px(WIDEST_PX))

    def resizeEvent(self, event: object) -> None:
        self._turn_feet()

    def _turn_feet(self) -> None:
        """The buttons below each other where they do not fit in a row."""
        parts = [part for part in (self.hear, self.dispute, self.later, self.before, self.next) if not part.isHidden()]
        for part in parts:
            part.ensurePolished()
        wanted = sum(part.sizeHint().width() for part in parts) + theme.px(50) + 120
        is_narrow = min(self.width(), theme.px(WIDEST_PX)) < wanted
        self._feet.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)

    def _show_playing(self) -> None:
        self.hear.set_words("Stop" if self.transport.is_playing else "Hear it")

    def _on_return(self) -> None:
        words = self.field.text().strip()
        if words:
            self.objected.emit(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_key = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if watched is self.field and is_key and event.key() == Qt.Key.Key_Escape:
            self.left_field.emit()
            return True
        return super().eventFilter(watched, event)
