"""The section about the project's own work as evidence: how much examples and neighbours help, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.parts import label
from annodesk.ui.quality.figures import percent
from annodesk.ui.setup.bars import IntervalBar
from annodesk.ui.setup.page import Card, SectionPage, say
from annodesk.ui.setup.start_page import CoverBar

if TYPE_CHECKING:
    from annodesk.prelabel.combine import Help
    from annodesk.services.evidence import EvidenceReport, Share
    from annodesk.ui.jobs import Request

ENOUGH = 20


class PartCard(Card):
    """One part: what is known of it in a sentence, and who is right how often, each with its interval."""

    def __init__(self, one: EvidenceReport) -> None:
        super().__init__(one.part)
        self.aside.setText(f"{one.settled:,} settled places")
        self.add(label(f"{one.sentence[:1].upper()}{one.sentence[1:]}.".replace("..", "."), wrap=True))
        if one.independent < ENOUGH:
            bar = CoverBar(f"Independent answers to {one.part}", 6)
            bar.show_shares(one.independent / ENOUGH, colour="accent")
            self.add(
                bar, label(f"{one.independent:,} of {ENOUGH} answers given without sight of a suggestion", "small")
            )
        host = QWidget()
        grid = QGridLayout(host)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE * 4)
        rows = (("Together", one.combined), ("Settled items alone", one.by_settled), ("The model alone", one.by_model))
        for row, (name, share) in enumerate(rows):
            if share.value is None:
                continue
            grid.addWidget(label(name, "strong" if row == 0 else ""), row, 0)
            bar_of = IntervalBar(f"{name}: right", 1.0)
            low, high = _ends(share)
            bar_of.show_values([(share.value, low, high, "ok" if row == 0 else "accent")], 1.0)
            grid.addWidget(bar_of, row, 1)
            grid.addWidget(label(_words(share), "small"), row, 2)
        grid.setColumnStretch(1, 1)
        if grid.count():
            self.add(host)
        else:
            host.deleteLater()
        if one.helps:
            self.add(label("What counts how much", "head"), _voices(one.helps))


class ExamplesPage(SectionPage):
    """A card for each part that the model labels."""

    id = "examples"

    def build(self) -> None:
        self._request: Request | None = None
        self.reports: tuple[EvidenceReport, ...] = ()
        self.state = label("", "dim", wrap=True)
        self._cards = QWidget()
        rows = QVBoxLayout(self._cards)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 3)
        self.add(self.state, self._cards)

    def read(self) -> None:
        from annodesk.ui.setup.evidence import read_evidence

        context = self.context
        if not self.reports:
            say(self.state, "Looking at what is settled; sounds that were never measured take a while …")
        self._request = context.jobs.background(
            read_evidence,
            context.services,
            context.project_id,
            on_done=self._on_read,
            on_error=self._on_error,
            on_progress=self._on_progress,
            key="evidence",
            what="measure what helps",
        )

    def release(self) -> None:
        if self._request is not None:
            self._request.cancel()
            self._request, self.is_stale = None, True

    def _on_progress(self, share: float, words: str) -> None:
        if not self.reports:
            say(self.state, f"{words[:1].upper()}{words[1:]} … {percent(share)}")

    def _on_read(self, found: tuple[EvidenceReport, ...]) -> None:
        self._request, self.reports = None, found
        clear_rows(self._cards)
        rows = self._cards.layout()
        assert rows is not None
        for one in found:
            rows.addWidget(PartCard(one))
        say(self.state, "" if found else "The model labels no part of this project that examples could help with.")
        known = [one for one in found if one.independent >= ENOUGH]
        few = max((one.independent for one in found), default=0)
        self.tell(
            _line(known[0]) if known else f"not enough to know: {few} of {ENOUGH}" if found else "nothing to measure"
        )

    def _on_error(self, error: Exception) -> None:
        self._request, self.is_stale = None, True
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            say(self.state, f"{error.sentence} {error.hint}".strip())
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "measure what helps")


def _voices(helps: Sequence[Help]) -> QWidget:
    """Each voice with how much it counts beside the weightiest, and how often it is right by itself."""
    host = QWidget()
    grid = QGridLayout(host)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.SPACE * 4)
    grid.setVerticalSpacing(theme.SPACE)
    most = max(abs(one.weight) for one in helps)
    for row, one in enumerate(helps):
        share = abs(one.weight) / most if most else 0.0
        bar = CoverBar(f"How much it counts: {one.voice}", 6)
        bar.show_shares(share, colour="accent")
        grid.addWidget(label(one.voice, "" if share > 0 else "dim"), row, 0)
        grid.addWidget(bar, row, 1)
        grid.addWidget(label(f"{percent(one.right_alone)} right by itself", "small"), row, 2)
    grid.setColumnStretch(1, 1)
    return host


def _ends(share: Share) -> tuple[float, float]:
    assert share.value is not None
    spread = share.interval
    if spread is None or spread.low is None or spread.high is None:
        return share.value, share.value
    return spread.low, spread.high


def _words(share: Share) -> str:
    assert share.value is not None
    low, high = _ends(share)
    between = f" ({percent(low)} to {percent(high)})" if low < high else ""
    return f"{percent(share.value)} right{between}"


def _line(one: EvidenceReport) -> str:
    return f"{one.part}: {percent(one.combined.value)} right" if one.combined.value is not None else one.sentence
