"""The first section: how far the model has come, the way to let it go on, and what it needs to be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.key_button import KeyButton
from annodesk.ui.notices import Tone
from annodesk.ui.parts import label
from annodesk.ui.quality.figures import percent
from annodesk.ui.setup.page import Card, SectionPage, say
from annodesk.ui.setup.reading import Milestone, Start, read_start
from annodesk.ui.setup.running import Running

if TYPE_CHECKING:
    from annodesk.services.prelabelled import Coverage
    from annodesk.ui.bus import Context
    from annodesk.ui.setup.draft import Draft

MOST_PROBLEMS = 4
OF_A_TEAM = (
    "In a team a worker does this for everybody, on a computer with the recordings: annodesk worker --prelabel --media "
    "FOLDER"
)


class CoverBar(QWidget):
    """How much of something there is, as a bar; what is just being added is hatched."""

    def __init__(self, name: str, height_px: int = 8) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._done = self._adding = 0.0
        self._high = height_px
        self._colour = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, done: float, adding: float = 0.0, colour: str = "ok") -> None:
        """Shares of the whole, 0 to 1."""
        self._done, self._adding, self._colour = max(0.0, min(1.0, done)), max(0.0, min(1.0, adding)), colour
        self.setAccessibleDescription(percent(self._done))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(200), theme.px(self._high))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(40), theme.px(self._high))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, round_px = theme.current(), self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(whole, round_px, round_px)
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for share, colour in (
            (self._done + self._adding, now.accent),
            (self._done, getattr(now, self._colour or "ok")),
        ):
            wide = whole.width() * min(1.0, share)
            if wide > 0:
                left = whole.right() - wide if is_rtl else whole.left()
                painter.setBrush(QColor(colour))
                painter.drawRoundedRect(QRectF(left, 0, max(wide, self.height()), whole.height()), round_px, round_px)
        painter.end()


class MilestoneRow(QWidget):
    """One of them with its bar."""

    def __init__(self, one: Milestone) -> None:
        super().__init__()
        is_there = one.have >= one.enough
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE * 2)
        head.addWidget(label(one.title))
        head.addStretch()
        count = f"{one.have:,}" if is_there else f"{one.have:,} of {one.enough:,}"
        head.addWidget(label(count, "ok" if is_there else "dim"))
        bar = CoverBar(one.title, 5)
        bar.show_shares(one.have / one.enough if one.enough else 1.0, colour="ok" if is_there else "accent")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(theme.SPACE)
        column.addLayout(head)
        column.addWidget(bar)
        column.addWidget(label(one.then, "small", wrap=True))


class StartPage(SectionPage):
    """What waits, and the one button."""

    id = "start"

    def __init__(self, context: Context, draft: Draft) -> None:
        self.found: Start | None = None
        self.running = Running(context)
        super().__init__(context, draft)
        self.running.setParent(self)
        self.running.changed.connect(self._show)
        self.running.ended.connect(self._tell_elsewhere)

    def build(self) -> None:
        self.card, self.needs = Card(), Card("What makes it better")
        self.title, self.bar = label("", "title", wrap=True), CoverBar("Items the model has labelled", 10)
        self.sentence, self.model = label("", "dim", wrap=True), label("", "dim", wrap=True)
        self.problems = label("", "warn", wrap=True)
        self.runs = KeyButton("Pre-label", "setup.run", role="primary", by_tab=True)
        self.anew = KeyButton("Label everything anew", "setup.anew", role="flat", by_tab=True)
        self.stops = KeyButton("Stop", "setup.stop", by_tab=True)
        self.runs.clicked.connect(self.run)
        self.anew.clicked.connect(self.run_anew)
        self.stops.clicked.connect(self.running.stop)
        ways = QHBoxLayout()
        ways.setSpacing(theme.SPACE * 2)
        for way in (self.runs, self.stops, self.anew):
            ways.addWidget(way)
        ways.addStretch()
        self.card.add(self.title, self.bar, self.sentence, self.problems)
        self.card.column.addLayout(ways)
        self.card.add(self.model)
        self._rows = QWidget()
        rows = QVBoxLayout(self._rows)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 3)
        self.needs.add(self._rows)
        self.add(self.card, self.needs)
        self.needs.hide()
        self._show()

    def take_focus(self) -> None:
        (self.stops if self.running.is_running else self.runs).setFocus()

    def show_policy(self) -> None:
        self._show()

    def read(self) -> None:
        context = self.context
        context.jobs.background(
            read_start,
            context.services,
            context.project_id,
            context.person_id,
            on_done=self._on_read,
            on_error=self._on_error,
            key="setup-start",
            what="read how far the model has come",
        )

    @property
    def can_run(self) -> bool:
        """Whether there is something to label, and a model for it."""
        found = self.found
        is_ready = found is not None and found.model.ok and not found.is_shared and not self.running.is_running
        return is_ready and not self.context.services.read_only

    def run(self) -> None:
        """Label what waits."""
        if self.can_run and self.found is not None and self.found.coverage.left:
            self.running.start(self.found.coverage.left)

    def run_anew(self) -> None:
        """Label everything again, such as with another model; what was said before is kept."""
        if self.can_run and self.found is not None and self.found.coverage.items:
            self.running.start(self.found.coverage.items, anew=True)

    def stop(self) -> None:
        """End the run."""
        self.running.stop()

    def _tell_elsewhere(self) -> None:
        """Whoever works elsewhere meanwhile hears how it ended."""
        running = self.running
        if not self.isVisible() and running.error is not None:
            self.context.notices.error(running.error)
        elif not self.isVisible() and running.result is not None:
            problems = len(running.result.problems)
            hint = f"{problems:,} could not be read: the project page names them." if problems else ""
            self.context.notices.show(running.sentence(), hint, tone=Tone.WARN if problems else Tone.OK)

    def _on_read(self, found: Start) -> None:
        self.found = found
        clear_rows(self._rows)
        rows = self._rows.layout()
        assert rows is not None
        for one in found.milestones:
            rows.addWidget(MilestoneRow(one))
        self.needs.setVisible(rows.count() > 0)
        self._show()

    def _on_error(self, error: Exception) -> None:
        self.is_stale = True
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            self.title.setText(error.sentence)
            say(self.sentence, error.hint)
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "read how far the model has come")

    def _show(self) -> None:
        found, running = self.found, self.running
        if found is None:
            self.title.setText("Looking at what waits for the model …")
            for part in (self.runs, self.anew, self.stops, self.problems, self.model, self.sentence):
                part.hide()
            return
        cover, going = found.coverage, running.is_running
        self.title.setText(_title(cover.items, cover.left, is_running=going, waiting=running.items))
        done = cover.labelled / cover.items if cover.items else 0.0
        # What the run has added so far is not read again until it ends.
        adding = running.share * running.items / cover.items if going and cover.items else 0.0
        self.bar.setVisible(bool(cover.items))
        self.bar.show_shares(min(done, 1 - adding) if going else done, adding)
        told = running.sentence() or (OF_A_TEAM if found.is_shared else _idle(cover))
        say(self.sentence, told)
        problems = running.result.problems if running.result is not None and not going else ()
        more = f"\nand {len(problems) - MOST_PROBLEMS:,} more" if len(problems) > MOST_PROBLEMS else ""
        say(self.problems, "\n".join(problems[:MOST_PROBLEMS]) + more)
        say(self.model, found.model.sentence[:1].upper() + found.model.sentence[1:] + "." if found.model.ok else "")
        if not found.model.ok:
            say(self.problems, found.model.sentence)
        self.stops.setVisible(going)
        self.runs.setVisible(not going and bool(cover.left) and not found.is_shared)
        self.runs.setEnabled(self.can_run)
        self.runs.set_words("Pre-label 1 item" if cover.left == 1 else f"Pre-label {cover.left:,} items")
        self.anew.setVisible(not going and bool(cover.labelled) and not found.is_shared)
        self.anew.setEnabled(self.can_run)
        if going:
            self.tell(running.sentence(), "ok")
        elif not found.model.ok:
            self.tell("off: the model cannot be used", "warn")
        elif not cover.items:
            self.tell("nothing to label yet")
        else:
            self.tell(f"{cover.left:,} of {cover.items:,} wait" if cover.left else "all are labelled",
                      "" if cover.left else "ok")  # fmt: skip


def _title(items: int, left: int, *, is_running: bool, waiting: int) -> str:
    if is_running:
        return f"The model labels {'1 item' if waiting == 1 else f'{waiting:,} items'}"
    if not items:
        return "There is nothing to label yet"
    if not left:
        return f"The model has labelled {'the one item' if items == 1 else f'all {items:,} items'}"
    if left == items:
        return f"{'1 item waits' if items == 1 else f'{items:,} items wait'} for the model"
    return f"{left:,} of {items:,} items {'waits' if left == 1 else 'wait'} for the model"


def _idle(cover: Coverage) -> str:
    if not cover.items and not cover.unasked:
        return "Add recordings or texts with: annodesk add --db FILE.annodesk PATH …"
    count = "1 item has" if cover.unasked == 1 else f"{cover.unasked:,} items have"
    unasked = f"{count} nothing that this model can be asked about." if cover.unasked else ""
    meanwhile = "You can go on working meanwhile; it steps back behind you." if cover.left else ""
    return f"{meanwhile} {unasked}".strip()
