"""What each side says at one place, side by side: stretches with their times, or answers; yours and, once ruled, the
model's beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.parts import Label, label
from annodesk.ui.review.wording import NO_ANSWER, NOTHING, label_colours, short_time, value_text
from annodesk.ui.timeline.segment_paint import percent

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet, Segment
    from annodesk.model.schema import LabelSchema
    from annodesk.quality.disagreements import Disagreement

LONGEST = 6
"""More stretches than these at one place are counted, not listed."""


class Line(Struct, frozen=True):
    """One stretch or answer: its words, colour (empty for none) and what stands dim below them."""

    words: str
    colour: str = ""
    beside: str = ""


class Side(Struct, frozen=True):
    """One card: whose it is, its lines, and how it is drawn (``person``, ``ruling`` or ``model``)."""

    title: str
    lines: tuple[Line, ...]
    style: str = "person"


def side_lines(
    schema: LabelSchema, disagreement: Disagreement, annotations: AnnotationSet, text: str = ""
) -> tuple[Line, ...]:
    """What a set says at the place of a disagreement; of one in a text, with the words it marks."""
    colours = dict(label_colours(schema, disagreement.part))
    if disagreement.is_question:
        answer = annotations.answer(disagreement.part)
        if answer is None:
            return (Line(NO_ANSWER),)
        values = answer.value if isinstance(answer.value, tuple) else (answer.value,)
        beside = _percent(answer.origin.suggestion)
        return tuple(Line(value_text(v), colours.get(v, "") if isinstance(v, str) else "", beside) for v in values)
    if disagreement.start is not None and disagreement.end is not None:
        inside = [s for s in annotations.spans(disagreement.asset) if s.type == disagreement.part]
        here = [s for s in inside if s.start < disagreement.end and s.end > disagreement.start]
        marked = [Line(f"{', '.join(s.labels) or s.type} “{text[s.start : s.end]}”".strip()) for s in here]
        return tuple(marked) or (Line(NOTHING),)
    if disagreement.start_us is None or disagreement.end_us is None:
        return ()
    start, end = disagreement.start_us, max(disagreement.end_us, disagreement.start_us + 1)
    found = annotations.segments_in(disagreement.part, start, end)
    lines = [_segment_line(segment, colours) for segment in found[:LONGEST]]
    if len(found) > LONGEST:
        lines.append(Line(f"and {len(found) - LONGEST} more"))
    return tuple(lines) or (Line(NOTHING),)


def _segment_line(segment: Segment, colours: dict[str, str]) -> Line:
    times = short_time(segment.start_us)
    if segment.end_us > segment.start_us:
        times = f"{times} – {short_time(segment.end_us)}"
    words = ", ".join(segment.labels) or "no label"
    if segment.text:
        words = f"{words} “{segment.text}”"
    return Line(f"{words} {_percent(segment.origin.suggestion)}".strip(), colours.get(segment.label, ""), times)


def _percent(suggestion: object) -> str:
    probability = getattr(suggestion, "probability", None)
    return percent(probability) if probability is not None else ""


class SideCards(QWidget):
    """A row of cards."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 4, 12, 12)
        self._row.setSpacing(8)
        self.sides: tuple[Side, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        theme.notifier().theme_changed.connect(self._draw_again)

    def set_sides(self, sides: Sequence[Side]) -> None:
        """Show these cards."""
        if tuple(sides) != self.sides:
            self._build(sides)

    def _draw_again(self) -> None:
        self._build(self.sides)

    def _build(self, sides: Sequence[Side]) -> None:
        self.sides = tuple(sides)
        while (entry := self._row.takeAt(0)) is not None:
            widget = entry.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for side in sides:
            self._row.addWidget(_Card(side), 1)


class _Card(QFrame):
    """One side; a model's is dashed, the analyst's own has the accent above it."""

    def __init__(self, side: Side) -> None:
        super().__init__()
        self._style = side.style
        self.setAccessibleName(f"{side.title}: " + ", ".join(f"{line.words} {line.beside}" for line in side.lines))
        self.setMinimumWidth(theme.px(72))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        column.addWidget(label(side.title, "head"))
        for line in side.lines:
            row = QHBoxLayout()
            row.setSpacing(8)
            if line.colour:
                dot = Label()
                size = theme.px(10)
                dot.setFixedSize(size, size)
                dot.setStyleSheet(f"background: {line.colour}; border-radius: 3px;")
                row.addWidget(dot)
            words = label(line.words, "strong" if line.words not in (NOTHING, NO_ANSWER) else "dim", wrap=True)
            words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            row.addWidget(words, 1)
            column.addLayout(row)
            if line.beside:
                beside = ElidedLabel("small")
                beside.setFont(theme.mono_font("small"))
                beside.set_whole(line.beside)
                beside.setIndent(theme.px(18) if line.colour else 0)
                column.addWidget(beside)
        column.addStretch(1)  # all cards of a row are as tall as the tallest

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style = Qt.PenStyle.DashLine if self._style == "model" else Qt.PenStyle.SolidLine
        colour = look.accent if self._style == "ruling" else look.line if self._style == "person" else look.faint
        painter.setPen(QPen(QColor(colour), 1.2, style))
        painter.setBrush(theme.mix(look.background, look.panel, 0.8))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), theme.RADIUS_CARD, theme.RADIUS_CARD)
        painter.end()
