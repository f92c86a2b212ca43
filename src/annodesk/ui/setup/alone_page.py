"""The section about what stands without a person: the price of a threshold, label by label, and what is audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label, restyle
from annodesk.ui.quality.figures import percent
from annodesk.ui.setup.bars import IntervalBar
from annodesk.ui.setup.choices import Choice, Choices
from annodesk.ui.setup.page import Card, SectionPage, facts_line, say
from annodesk.ui.setup.price_strip import PricePoint, PriceStrip
from annodesk.ui.setup.prices import Prices, read_prices
from annodesk.ui.setup.reliability_plot import ReliabilityPlot
from annodesk.ui.setup.start_page import CoverBar
from annodesk.ui.setup.strips import ShareStrip
from annodesk.ui.setup.words import ACCEPT, AUDIT

if TYPE_CHECKING:
    from annodesk.quality.calibration import Reliability
    from annodesk.quality.price import Estimate, Figures, Key, LabelStanding, Price
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request
    from annodesk.ui.setup.draft import Draft

NOBODY, SUREST = "people", "surest"
WAYS = (
    Choice(NOBODY, "A person looks at everything", "Nothing the model says stands until somebody takes it.", "default"),
    Choice(SUREST, "The surest labels stand without a person",
           "Only labels that have proved right often enough, each by itself; a share of them still goes to people, who "
           "do not see what the model said. Where they find it worse than was promised, everything since is queued "
           "again."),
)  # fmt: skip
FIRST_ABOVE = 0.98
NEEDED = 200
MOST_LABELS = 60
WORST, LARGE = 0.5, 1.4
"""Where the scale of errors ends; from which size of text on there is no room for it."""


class AlonePage(SectionPage):
    """Tells prices whether or not anything stands alone; the handle becomes a setting only where something does."""

    id = "alone"

    def __init__(self, context: Context, draft: Draft) -> None:
        self.found: Prices | None = None
        self.part = ""
        self.parts: tuple[str, ...] = ()
        self._request: Request | None = None
        super().__init__(context, draft)

    def build(self) -> None:
        self.ways = Choices("What stands without a person")
        self.ways.show_choices(WAYS, "")
        self.ways.chosen.connect(self._on_way)
        self.alarm, self.warning = label("", "bad", wrap=True), label("", "warn", wrap=True)
        self.price = Card("The price", "setup.threshold")
        self.of = label("", "dim")
        self.others = KeyButton("Another part", "setup.part", role="flat", by_tab=True)
        self.others.clicked.connect(self.next_part)
        about = QHBoxLayout()
        about.addWidget(label("Of"))
        about.addWidget(self.of)
        about.addStretch()
        about.addWidget(self.others)
        self.price.column.addLayout(about)
        self.strip = PriceStrip()
        self.strip.show_at(FIRST_ABOVE)
        self.strip.moved.connect(self._on_moved)
        self.legend = label("", "small", wrap=True)
        self.figures = QWidget()
        self._grid = QGridLayout(self.figures)
        self._grid.setContentsMargins(0, 4, 0, 0)
        self._grid.setHorizontalSpacing(theme.SPACE * 6)
        self._grid.setVerticalSpacing(2)
        self.sentence = label("", wrap=True)
        self.price.add(self.strip, self.legend, self.figures, self.sentence)
        self.labels = Card("Label by label")
        self._rows = QWidget()
        rows = QVBoxLayout(self._rows)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 3)
        self.labels_intro = label("", "dim", wrap=True)
        self.labels.add(self.labels_intro, self._rows)
        self.audit = Card("Audited all the same")
        self.audit_strip = ShareStrip("Share that is audited", most=0.5, of="of what would stand alone")
        self.audit_strip.moved.connect(lambda value: self.draft.put(AUDIT, value))
        self.audit_words = label("", "dim", wrap=True)
        self.audit.add(self.audit_strip, self.audit_words)
        self.add(self.alarm, self.warning, self.ways, self.price, self.labels, self.audit)
        self.alarm.hide()
        self.warning.hide()

    def take_focus(self) -> None:
        self.strip.setFocus()

    def show_policy(self) -> None:
        above, may_set = self.draft.value(ACCEPT), self.draft.may_set
        self.ways.show_choices(WAYS, SUREST if above is not None else NOBODY)
        self.ways.setEnabled(may_set)
        if isinstance(above, float | int):
            self.strip.show_at(float(above))
        self.audit_strip.setEnabled(may_set)
        self.audit_strip.show_at(self.draft.share(AUDIT))
        self.audit.setVisible(above is not None)
        self.audit_words.setText(
            f"{percent(self.draft.share(AUDIT))}, picked by chance, go to people who do not see what the model said."
        )
        self._show()

    def read(self) -> None:
        context = self.context
        self.sentence.setText("Counting what people answered without sight of a suggestion …")
        self._request = context.jobs.background(
            read_prices,
            context.services,
            context.project_id,
            context.person_id,
            self.part,
            on_done=self._on_read,
            on_error=self._on_error,
            key="prices",
            what="count what a threshold costs",
        )

    def release(self) -> None:
        if self._request is not None:
            self._request.cancel()
            self._request, self.is_stale = None, True

    def next_part(self) -> None:
        """Tell the price of the next part, after the last of whole items again."""
        every = ("", *self.parts)
        self.part = every[(every.index(self.part) + 1) % len(every)] if self.part in every else ""
        self.read()

    # Inside

    def _on_way(self, way: str) -> None:
        self.draft.put(ACCEPT, self.strip.value if way == SUREST else None)

    def _on_moved(self, value: float) -> None:
        if self.draft.value(ACCEPT) is not None:
            self.draft.put(ACCEPT, value)
        self._show()

    def _on_read(self, found: Prices) -> None:
        self._request, self.found = None, found
        self.parts = found.parts or self.parts
        self.strip.show_points([_point(one) for one in found.prices])
        self._show()

    def _on_error(self, error: Exception) -> None:
        self._request = None
        if isinstance(error, Cancelled):
            self.is_stale = True
        elif isinstance(error, AnnodeskError):
            self.sentence.setText(f"{error.sentence} {error.hint}".strip())
            self.tell("not known here")
        else:
            self.context.notices.error(error, "count what a threshold costs")

    def _show(self) -> None:
        above = self.draft.value(ACCEPT)
        line = "a person looks at everything" if above is None else f"from {percent(self.draft.share(ACCEPT))} on"
        found = self.found
        if found is None:
            self.tell(line)
            for part in (self.legend, self.figures, self.labels):
                part.hide()
            return
        say(self.alarm, " ".join(found.alarms))
        say(self.warning, found.warning)
        self.of.setText(self.part or "whole items")
        self.others.setVisible(len(self.parts) > 1)
        at = found.at(self.strip.value)
        is_known = at is not None and at.later.items > 0
        for part in (self.legend, self.figures, self.labels):
            part.setVisible(is_known)
        self.legend.setText(
            "Green: items that would stand alone by now. Hatched: those that would once every label may. "
            "Red: the share of their labels that would be wrong, with its interval."
        )
        if at is None or not is_known:
            self.sentence.setText(found.reason or "Nothing is known yet: let the model label, and people answer.")
        else:
            self._show_figures(at)
            self._show_labels(at.labels, found.believed)
            self.sentence.setText(facts_line(sentence_of(at), found.no_hours))
        may = sum(one.may for one in at.labels if one.key.label) if at is not None else 0
        self.tell(line if above is None else f"{line} · {may} label{'' if may == 1 else 's'} may",
                  "warn" if found.alarms else "")  # fmt: skip

    def _show_figures(self, at: Price) -> None:
        while (entry := self._grid.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        heads = ("", "Items that stand", "Wrong among them", "People's hours saved")
        for column, head in enumerate(heads):
            self._grid.addWidget(label(head, "small"), 0, column)
        for row, (name, one) in enumerate((("By now", at.now), ("Once every label may", at.later)), start=1):
            self._grid.addWidget(label(name, "dim"), row, 0)
            for column, words in enumerate(figure_words(one), start=1):
                cell = label(words, "strong" if row == 1 else "")
                self._grid.addWidget(cell, row, column)
        self._grid.setColumnStretch(4, 1)

    def _show_labels(self, labels: Sequence[LabelStanding], believed: Mapping[Key, Reliability]) -> None:
        clear_rows(self._rows)
        rows = self._rows.layout()
        assert rows is not None
        for one in labels[:MOST_LABELS]:
            rows.addWidget(LabelRow(one, believed.get(one.key)))
        more = f" The first {MOST_LABELS} of {len(labels)} are shown." if len(labels) > MOST_LABELS else ""
        self.labels_intro.setText(
            f"A label may stand alone once {NEEDED} answers of people, given without sight of the suggestion, have "
            f"shown how often it is right. The square shows how far what the model says of itself is found so.{more}"
        )


class LabelRow(QWidget):
    """One label: how many answers there are of those it takes, how often it is wrong, and whether it may."""

    def __init__(self, one: LabelStanding, believed: Reliability | None = None) -> None:
        super().__init__()
        is_enough = one.answers >= NEEDED
        name, state = ElidedLabel("strong" if one.may else ""), label("may stand alone" if one.may else "waits")
        name.set_whole(one.name)
        restyle(state, "ok" if one.may else "dim")
        count = label(f"{one.answers:,}" if is_enough else f"{one.answers:,} of {NEEDED}", "small")
        cover = CoverBar(f"Answers to {one.name}", 6)
        cover.show_shares(one.answers / NEEDED, colour="ok" if is_enough else "accent")
        error = IntervalBar(f"How often {one.name} is wrong", 1.0)
        if one.error is not None:
            error.show_values([(one.error.value, one.error.low, one.error.high, "bad")], WORST)
        error.setVisible(one.error is not None and theme.scale() < LARGE)
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE * 3)
        for part, wide in ((name, 140), (cover, 80), (count, 74), (error, 110)):
            part.setFixedWidth(theme.px(wide))
            # The layout asks a cut name for no room at all, and would put the next part over it.
            part.setSizePolicy(QSizePolicy.Policy.Fixed, part.sizePolicy().verticalPolicy())
            head.addWidget(part)
        head.addStretch()
        head.addWidget(state)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addLayout(head)
        why = f" · {one.why}" if one.why else ""
        column.addWidget(label(f"{error_words(one.error)}{why}", "small", wrap=True))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme.SPACE * 3)
        if believed is not None:
            whole.addWidget(ReliabilityPlot(one.name, believed), 0, Qt.AlignmentFlag.AlignTop)
        whole.addLayout(column, 1)


def _point(one: Price) -> PricePoint:
    def share(found: Figures) -> float:
        return found.share.value if found.share is not None else 0.0

    wrong = one.later.error_rate
    band = None if wrong is None else (wrong.value, wrong.low, wrong.high)
    return PricePoint(one.above, share(one.now), share(one.later), band)


def number_words(value: float) -> str:
    """A count that is an expectation: a digit behind the point where it is small."""
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def between(one: Estimate, words: object = None) -> str:
    """An estimate with its interval."""
    told = words if callable(words) else number_words
    return f"{told(one.value)} ({told(one.low)} to {told(one.high)})"


def error_words(error: Estimate | None) -> str:
    """How often a label is wrong, in words."""
    return "how often it is wrong is not known" if error is None else f"{between(error, exact_percent)} wrong"


def exact_percent(share: float) -> str:
    """A share with a digit behind the point where it is small."""
    return f"{100 * share:.1f} %" if share < 0.0995 else percent(share)


def figure_words(found: Figures) -> tuple[str, str, str]:
    """Share of the items, errors and hours of a threshold, as the table says them."""
    share = "–" if found.share is None else between(found.share, percent)
    errors = "–" if not found.stand else "not known" if found.errors is None else between(found.errors)
    hours = "not known yet" if found.hours is None else between(found.hours)
    return share, errors, f"{hours} h" if found.hours is not None else hours


def sentence_of(at: Price) -> str:
    """What a threshold means, in a sentence or two."""
    may = [one.name for one in at.labels if one.may and one.key.label]
    waits = [one for one in at.labels if not one.may and one.key.label]
    if not may:
        closest = max(waits, key=lambda one: one.answers, default=None)
        if closest is None:
            return "No label has been answered without sight of the suggestion yet."
        return f"No label may stand alone from {percent(at.above)} on. The nearest is {closest.name}: {closest.why}."
    rate = at.now.error_rate
    wrong = "" if rate is None else f", and {between(rate, exact_percent)} of their labels are wrong"
    return facts_line(f"May stand alone from {percent(at.above)} on: {', '.join(may[:6])}{wrong}.")
