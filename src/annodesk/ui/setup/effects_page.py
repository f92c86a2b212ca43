"""The section about what suggestions do to people: to their time, to their answers, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.parts import label
from annodesk.ui.quality.figures import percent
from annodesk.ui.setup.effects import read_effects
from annodesk.ui.setup.page import Card, SectionPage, say
from annodesk.ui.setup.start_page import CoverBar

if TYPE_CHECKING:
    from annodesk.quality.anchoring import Anchoring, Effect
    from annodesk.services.anchoring import AnchoringReport
    from annodesk.ui.jobs import Request

FEWEST = 20


class TimeBar(QWidget):
    """How long the same work takes, as a bar, with an interval as a whisker where there is one."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._share = 0.0
        self._ends: tuple[float, float] | None = None
        self._is_quiet = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, share: float, ends: tuple[float, float] | None = None, *, is_quiet: bool = False) -> None:
        """Show a share of the whole width, and its interval."""
        self._share, self._ends, self._is_quiet = share, ends, is_quiet
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(200), theme.px(16))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(60), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        high = theme.px(12)
        bar = QRectF(0, (self.height() - high) / 2, self.width() * min(1.0, self._share), high)
        painter.setBrush(QBrush(QColor(now.faint if self._is_quiet else now.ok)))
        painter.drawRoundedRect(bar, high / 2, high / 2)
        if self._ends is not None:
            painter.setPen(QPen(QColor(now.text), theme.px(2)))
            middle = self.height() / 2
            left, right = (self.width() * min(1.0, end) for end in self._ends)
            painter.drawLine(int(left), int(middle), int(right), int(middle))
        painter.end()


class EffectsPage(SectionPage):
    """Sentences first, then the figures they are made of."""

    id = "effects"

    def build(self) -> None:
        self._request: Request | None = None
        self.report: AnchoringReport | None = None
        self.state = label("", "dim", wrap=True)
        self.known, self.time, self.following = Card("What is known"), Card("Time"), Card("Answers")
        self._told = QWidget()
        rows = QVBoxLayout(self._told)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 2)
        self.known.add(self._told)
        self._times, self._answers = QWidget(), QWidget()
        for host in (self._times, self._answers):
            grid = QGridLayout(host)
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(theme.SPACE * 4)
            grid.setColumnStretch(1, 1)
        self.time.add(self._times)
        self.following.add(self._answers)
        self.add(self.state, self.known, self.time, self.following)
        for part in (self.known, self.time, self.following):
            part.hide()

    def read(self) -> None:
        context = self.context
        if self.report is None:
            say(self.state, "Comparing work with suggestions and without …")
        self._request = context.jobs.background(
            read_effects,
            context.services,
            context.project_id,
            context.person_id,
            on_done=self._on_read,
            on_error=self._on_error,
            key="effects",
            what="measure what suggestions do",
        )

    def release(self) -> None:
        if self._request is not None:
            self._request.cancel()
            self._request, self.is_stale = None, True

    def _on_read(self, found: AnchoringReport) -> None:
        self._request, self.report = None, found
        measured = found.measured
        say(self.state, found.reason)
        clear_rows(self._told)
        rows = self._told.layout()
        assert rows is not None
        for sentence in found.told if measured is not None else ():
            rows.addWidget(label(sentence, wrap=True))
        self.known.setVisible(measured is not None)
        if measured is None:
            self.time.hide()
            self.following.hide()
            self.tell("nothing to compare yet")
            return
        enough = measured.n_with >= FEWEST and measured.n_without >= FEWEST
        if not enough:
            for name, count in (("with suggestions", measured.n_with), ("without", measured.n_without)):
                bar = CoverBar(f"Tasks {name}", 6)
                bar.show_shares(count / FEWEST, colour="ok" if count >= FEWEST else "accent")
                rows.addWidget(label(f"{min(count, 10**6):,} of {FEWEST} tasks {name}", "small"))
                rows.addWidget(bar)
        self._show_time(measured)
        self._show_following(measured)
        self.following.setVisible(enough and not self.following.isHidden())
        self.tell(_line(measured) if enough else "not enough to know")

    def _on_error(self, error: Exception) -> None:
        self._request, self.is_stale = None, True
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            say(self.state, f"{error.sentence} {error.hint}".strip())
            self.tell("not known here")
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "measure what suggestions do")

    def _show_time(self, measured: Anchoring) -> None:
        time = measured.time
        is_known = time.value is not None and time.with_them is not None and time.without is not None
        self.time.setVisible(is_known)
        clear_rows(self._times)
        grid = self._times.layout()
        assert isinstance(grid, QGridLayout)
        if not is_known:
            return
        assert time.value is not None
        assert time.with_them is not None
        assert time.without is not None
        most = max(1.0, time.value, time.high or 0.0) * 1.05
        for row, (name, share, ends, words) in enumerate((
            ("without", 1.0, None, f"{time.without:.1f} s for a second of recording"),
            ("with", time.value, _ends(time), f"{time.with_them:.1f} s"),
        )):  # fmt: skip
            bar = TimeBar(f"Time {name}")
            scaled = None if ends is None else (ends[0] / most, ends[1] / most)
            bar.show_value(share / most, scaled, is_quiet=row == 0)
            grid.addWidget(label(name, "dim"), row, 0)
            grid.addWidget(bar, row, 1)
            grid.addWidget(label(words), row, 2)
        self.time.aside.setText(f"{measured.n_with:,} with · {measured.n_without:,} without")

    def _show_following(self, measured: Anchoring) -> None:
        rows = [
            ("All that it suggests", measured.following),
            ("Where a ruling says it is right", measured.followed_right),
            ("Where a ruling says it is wrong", measured.followed_wrong),
        ]
        known = [(name, one) for name, one in rows if one.with_them is not None and one.without is not None]
        self.following.setVisible(bool(known))
        clear_rows(self._answers)
        grid = self._answers.layout()
        assert isinstance(grid, QGridLayout)
        if known:
            grid.addWidget(label("said as the model says", "small"), 0, 1)
        for row, (name, one) in enumerate(known, start=1):
            assert one.with_them is not None
            assert one.without is not None
            both = QWidget()
            column = QVBoxLayout(both)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(1)
            for share, is_quiet in ((one.without, True), (one.with_them, False)):
                bar = TimeBar(name)
                bar.show_value(share, is_quiet=is_quiet)
                column.addWidget(bar)
            grid.addWidget(label(name, "dim"), row, 0)
            grid.addWidget(both, row, 1)
            grid.addWidget(label(f"{percent(one.without)} unseen, {percent(one.with_them)} in view", "small"), row, 2)


def _ends(one: Effect) -> tuple[float, float] | None:
    return None if one.low is None or one.high is None else (one.low, one.high)


def _line(measured: Anchoring) -> str:
    time = measured.time
    if time.value is None:
        return "time is not known"
    if not time.is_clear:
        return "no difference in time that can be told"
    return f"{percent(abs(1 - time.value))} {'less' if time.value < 1 else 'more'} time"
