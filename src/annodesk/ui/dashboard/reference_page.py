"""The desk's page of reference items: how often people meet them, which there are, and taking one out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.model.work import Role
from annodesk.quality.person_accuracy import LEAST_ANSWERS, LEAST_RIGHT, Accuracy
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dashboard.card import Card, ScrolledPage
from annodesk.ui.dashboard.reading import roles_of, while_here
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_tip
from annodesk.ui.review.settled import SettledDialog

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services import Services
    from annodesk.services.accuracy import PersonAccuracy
    from annodesk.services.changes import Decided
    from annodesk.services.reference_items import ReferenceItem
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request

PEOPLE, OWN, ITEMS = "How often answers meet confirmed ones", "How often your answers meet confirmed ones", "References"
WHAT = "From hidden references and random audits alone, with the 95 % interval"
YOURS = "As it stood a week ago; analysts of this project see the same, at once"
NOBODY = "Nobody labels in this project yet."
NONE = "There is no reference item yet. What an analyst settled becomes one when somebody else confirms it."
MOST_ROWS = 200


class References(Struct, frozen=True):
    """What the page shows a person: everybody's figures and the items, or their own figure alone."""

    people: tuple[PersonAccuracy, ...]
    items: tuple[ReferenceItem, ...]
    is_own: bool
    may_see_items: bool


def read_references(services: Services, project_id: str, person_id: str, cancel: CancelToken) -> References:
    """Read as much as this person may see."""
    roles = roles_of(services, project_id, person_id)
    is_own, may_see = Role.ANALYST not in roles, bool(roles & {Role.ANALYST, Role.MANAGER})
    items = services.references.of_project(project_id, person_id, cancel=cancel) if may_see else ()
    if not is_own:
        return References(services.accuracy.of_people(project_id, person_id, cancel=cancel), items, is_own, may_see)
    own = (services.accuracy.own(project_id, person_id, cancel=cancel),) if Role.ANNOTATOR in roles else ()
    return References(own, items, is_own, may_see)


class IntervalBar(QWidget):
    """A share of 0 to 1 as a dot in its interval, with a line at what is asked of everybody."""

    def __init__(self, one: Accuracy) -> None:
        super().__init__()
        self.one = one
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words = f"{one.right} of {one.n}, {one.low:.0%} to {one.high:.0%}; the line is at {LEAST_RIGHT:.0%}"
        self.setAccessibleName(words)
        set_tip(self, words)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(220), theme.px(16))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(80), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter, one = theme.current(), QPainter(self), self.one
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge, middle = theme.px(5), self.height() / 2
        width = self.width() - 2 * edge
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(QRectF(edge, middle - theme.px(1), width, theme.px(2)), 1, 1)
        painter.setBrush(QColor(now.bad if one.is_low else now.ok))
        room = QRectF(edge + one.low * width, middle - theme.px(3), (one.high - one.low) * width, theme.px(6))
        painter.setOpacity(0.45)
        painter.drawRoundedRect(room, theme.px(3), theme.px(3))
        painter.setOpacity(1.0)
        if one.value is not None:
            painter.drawEllipse(QPointF(edge + one.value * width, middle), theme.px(4), theme.px(4))
        painter.setPen(QPen(QColor(now.dim), theme.px(1)))
        at = edge + LEAST_RIGHT * width
        painter.drawLine(QPointF(at, 0), QPointF(at, self.height()))
        painter.end()


class ReferencePage(ScrolledPage):
    """Reads when it is told to; ``read`` again after a change."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.found: References | None = None
        self._request: Request | None = None
        self.setAccessibleName("References")
        column = QVBoxLayout(self.host)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(theme.SPACE * 3)
        self.state = label("", "dim", wrap=True)
        self.people, self.items = Card(PEOPLE, WHAT), Card(ITEMS)
        self.people_rows, self.item_rows = QWidget(), QWidget()
        for card, body in ((self.people, self.people_rows), (self.items, self.item_rows)):
            rows = QVBoxLayout(body)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(theme.SPACE * 3)
            card.set_body(body)
            card.hide()
        self.add = button("From settled items …", tip="Make a reference of what an analyst settled")
        self.add.clicked.connect(self.ask_for_settled)
        self.items.tools.addWidget(self.add)
        for part in (self.state, self.people, self.items):
            column.addWidget(part)
        column.addStretch(1)

    def read(self) -> None:
        """Read all of it anew."""
        context = self.context
        if self.found is None:
            self._say("Looking at what was held against confirmed answers …")
        self._request = context.jobs.background(
            read_references,
            context.services,
            context.project_id,
            context.person_id,
            on_done=while_here(context, self._show),
            on_error=self._fail,
            key="references",
            what="read the reference items",
        )

    def release(self) -> None:
        """Nobody looks any more."""
        if self._request is not None:
            self._request.cancel()
            self._request = None

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project: what the former was shown is nobody else's."""
        self.release()
        self.found = None
        for rows in (self.people_rows, self.item_rows):
            clear_rows(rows)
        for card in (self.people, self.items):
            card.hide()
        self._say("Looking at what was held against confirmed answers …")

    def take_focus(self) -> None:
        """Give the keys to the first thing that can be done."""
        (self.add if self.add.isVisibleTo(self) else self).setFocus()

    def ask_for_settled(self) -> None:
        """Choose among the settled items what is to be a reference."""
        dialog = SettledDialog(self.context, self)
        dialog.decided.connect(self._on_decided)
        dialog.open()

    def retire(self, item_id: str) -> None:
        """Take a reference out; its answer stands."""
        work = partial(self.context.services.references.retire, item_id, self.context.person_id)
        jobs, how = self.context.jobs, {"on_done": self._on_retired, "on_error": self._refused}
        if self.context.services.sync.where is not None:
            jobs.background(work, key="retire a reference", what="retire a reference", **how)
        else:
            jobs.store(work, what="retire a reference", **how)

    # Inside

    def _on_retired(self, done: Decided) -> None:
        self.context.notices.show(done.sentence)
        self._on_decided(done)

    def _on_decided(self, done: Decided) -> None:
        self.context.bus.changed.emit(done.changes)
        self.read()

    def _refused(self, error: Exception) -> None:
        self.context.notices.error(error, "retire a reference")

    def _show(self, found: References) -> None:
        self._request, self.found = None, found
        self._say("")
        self.people.title.setText(OWN if found.is_own else PEOPLE)
        self.people.show_note(YOURS if found.is_own else WHAT)
        self.people.setVisible(bool(found.people) or not found.is_own)
        self.items.setVisible(found.may_see_items)
        clear_rows(self.people_rows)
        for one in found.people:
            self._add_person(one, is_own=found.is_own)
        self.people.say("" if found.people else NOBODY)
        clear_rows(self.item_rows)
        for item in found.items[:MOST_ROWS]:
            self._add_item(item)
        count, hidden = len(found.items), sum(one.is_hidden for one in found.items)
        shown = f"; the first {MOST_ROWS} are shown" if count > MOST_ROWS else ""
        self.items.show_note(f"{hidden} hidden, {count - hidden} open{shown}" if count else "")
        self.items.say("" if count else NONE)

    def _add_person(self, one: PersonAccuracy, *, is_own: bool) -> None:
        column, head = QVBoxLayout(), QHBoxLayout()
        column.setSpacing(theme.SPACE)
        head.setSpacing(theme.SPACE * 3)
        head.addWidget(label("You" if is_own else one.name, "strong"), 1)
        if one.whole.n >= LEAST_ANSWERS:
            head.addWidget(label(f"{one.whole.right} of {one.whole.n}", "small"))
            head.addWidget(IntervalBar(one.whole), 2)
        column.addLayout(head)
        column.addWidget(label(one.sentence, "" if one.needs_somebody else "dim", wrap=True))
        if one.open.n:
            told = f"{one.open.right} of {one.open.n} first tasks were as in the confirmed answer."
            column.addWidget(label(told, "dim", wrap=True))
        self._add_row(self.people_rows, column, f"{one.name}: {one.sentence}")

    def _add_item(self, item: ReferenceItem) -> None:
        row, words = QHBoxLayout(), QVBoxLayout()
        row.setSpacing(theme.SPACE * 3)
        words.setSpacing(0)
        words.addWidget(label(item.title, "strong", wrap=True))
        told = "; ".join(filter(None, ("hidden" if item.is_hidden else "open", item.sentence)))
        words.addWidget(label(told, "" if item.is_doubtful else "dim", wrap=True))
        out = button("Retire", role="flat", tip="It is a reference no more; its answer stands")
        out.setAccessibleName(f"Retire {item.title}")
        out.clicked.connect(partial(self.retire, item.item_id))
        row.addLayout(words, 1)
        row.addWidget(out)
        self._add_row(self.item_rows, row, f"{item.title}: {told}")

    @staticmethod
    def _add_row(rows: QWidget, inside: QHBoxLayout | QVBoxLayout, name: str) -> None:
        made, column = QWidget(), rows.layout()
        assert column is not None
        inside.setContentsMargins(0, 0, 0, 0)
        made.setLayout(inside)
        made.setAccessibleName(name)
        column.addWidget(made)

    def _fail(self, error: Exception) -> None:
        self._request = None
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            self._say(f"{error.sentence} {error.hint}".strip())
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "read the reference items")

    def _say(self, words: str) -> None:
        self.state.setText(words)
        self.state.setVisible(bool(words))
