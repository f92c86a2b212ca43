"""The right side of the review: why the item is here, labels and questions of the ruling, guideline, notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from annodesk.model.work import Escalation, Reason
from annodesk.ui import theme
from annodesk.ui.annotate.keys import label_keys, question_choices
from annodesk.ui.annotate.labels import LabelPanel
from annodesk.ui.annotate.notes import CommentPanel, GuidelinePanel
from annodesk.ui.annotate.questions import QuestionPanel
from annodesk.ui.parts import label
from annodesk.ui.plain import shown
from annodesk.ui.precedents import PrecedentPanel
from annodesk.ui.review.textline import RulingText
from annodesk.workflow.evidence import evidence_text

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.model.schema import LabelSchema, Tier

MOST_SAID = 300
"""So many characters of what people said are shown."""
OF_MODEL = (Reason.MODEL_AGAINST_HUMANS, Reason.LOW_CONFIDENCE)
"""Reasons whose number says how sure the model is."""


class ReviewSide(QWidget):
    """What an analyst rules with and reads beside the lanes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.reasons = label("", wrap=True)
        self.about = label("", "small", wrap=True)
        self._reasons: tuple[Escalation, ...] = ()
        self.labels, self.questions = LabelPanel(), QuestionPanel()
        self.labels.text.hide()
        self.text = RulingText()
        self.guideline, self.notes = GuidelinePanel(), CommentPanel()
        self.precedents = PrecedentPanel("review")
        self.guideline.clause_shown.connect(self.precedents.show_for)
        self.notes.field.setPlaceholderText("Note at this place …")
        self.notes.field.setAccessibleName("New note")
        self._why = QWidget()
        why = QVBoxLayout(self._why)
        why.setContentsMargins(0, 0, 0, 0)
        why.setSpacing(theme.SPACE)
        why.addWidget(label("Why it is here", "head"))
        why.addWidget(self.reasons)
        why.addWidget(self.about)
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(12, 12, 12, 12)
        rows.setSpacing(theme.SPACE * 4)
        for widget in (self._why, self.labels, self.text, self.questions, self.guideline, self.precedents, self.notes):
            rows.addWidget(widget)
        rows.addStretch(1)
        self._rows = rows
        self._inside = inside
        self.area = scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        theme.notifier().theme_changed.connect(self._size)
        self._size()

    def _size(self) -> None:
        """Never narrower than its rows: there is no scrolling sideways."""
        self.setMinimumWidth(theme.px(188))

    def put_before_notes(self, panel: QWidget) -> None:
        """A panel above the notes."""
        self._rows.insertWidget(self._rows.indexOf(self.notes), panel)

    def show_work(
        self, project: Project, guidelines: str, escalations: Sequence[Escalation], sides: Sequence[str] = ()
    ) -> None:
        """Show what belongs to one item; ``sides`` says what is to be known of what was labelled."""
        self._why.setVisible(bool(escalations) or bool(sides))
        self.about.setText("\n".join(sides))
        self.about.setVisible(bool(sides))
        self._reasons = tuple(escalations)
        self.show_reasons(is_model_seen=False)
        self.questions.set_questions(project.schema.questions, question_choices(project.schema))
        self.guideline.set_guidelines(guidelines, project.guidelines)

    def show_reasons(self, *, is_model_seen: bool) -> None:
        """Why the item is here; how sure the model is only once every place is ruled."""
        lines = dict.fromkeys(reason_text(e, with_model=is_model_seen) for e in self._reasons)
        self.reasons.setText("\n".join(lines))

    def show_tier(self, schema: LabelSchema, tier: Tier | None) -> None:
        """Offer the labels of the tier in work."""
        self.labels.set_tier(tier, label_keys(schema, tier) if tier is not None else {})
        self.labels.text.hide()
        self.text.setVisible(tier is not None and tier.free_text)


def reason_text(escalation: Escalation, *, with_model: bool = True) -> str:
    """Why an item came to review, with its number and what the number should have been, and what people said of it.

    A number that is the model's own is told only ``with_model``.
    """
    parts = [str(escalation.reason).capitalize()]
    if escalation.culprit:
        parts.append(f"on {escalation.culprit}")
    if escalation.reason is Reason.SKIPPED:
        parts.append(f"by {escalation.value or 0:.0f} people")
    elif escalation.value is not None and (with_model or escalation.reason not in OF_MODEL):
        parts.append(
            f"({escalation.value:.2f}, below {escalation.threshold:.2f})"
            if escalation.threshold
            else (f"({escalation.value:.2f})")
        )
    said = evidence_text(escalation)
    return f"{' '.join(parts)}: {shown(said, MOST_SAID)}" if said else " ".join(parts)
