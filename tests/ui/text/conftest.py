"""A text with marks in it, and a panel that shows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.model.annotations import AnnotationSet, Span
from annodesk.model.edits import Draft
from annodesk.model.schema import Label, LabelSchema, SpanType

TEXT = (
    "Ada Lovelace 😀 wrote to Charles Babbage, and the Royal Society of London answered.\r\n"
    "שלום עולם, זה טקסט בעברית עם Ada Lovelace באמצע.\r\n"
    "A last line about London."
)
SCHEMA = LabelSchema(
    span_types=(
        SpanType("entity", (Label("person"), Label("organisation"), Label("place", key="P"))),
        SpanType("claim"),
        SpanType("section", overlap=False),
    )
)


def span_of(words: str, *, id: str = "one", type: str = "entity", label: str = "person", after: int = 0) -> Span:
    """The span over the first of these words in the text."""
    start = TEXT.index(words, after)
    return Span(id, "text-1", type, start, start + len(words), (label,) if label else ())


class Desk:
    """A panel whose drafts are applied at once, as an editor would."""

    def __init__(self, panel, annotations: AnnotationSet) -> None:
        self.panel, self.annotations = panel, annotations
        self.drafts: list[Draft] = []
        self.refusals: list[str] = []
        panel.draft_made.connect(self._apply)
        panel.refused.connect(self.refusals.append)

    def _apply(self, draft: Draft) -> None:
        self.drafts.append(draft)
        self.annotations = self.annotations.with_changes(draft.changes)
        self.panel.set_spans(self.annotations)

    def words(self) -> list[tuple[str, str]]:
        """Every span as (label or type, the words it covers)."""
        return [(s.label or s.type, TEXT[s.start : s.end]) for s in self.annotations.spans()]

    def select(self, words: str) -> None:
        """Select words in the view, as a drag of the mouse would."""
        start = TEXT.index(words)
        self.panel.view.select(start, start + len(words))


@pytest.fixture
def desk(qtbot) -> Callable[..., Desk]:
    """Makes a shown panel over the text with some spans."""
    from annodesk.ui.text.document import TextPanel

    def make(*spans: Span, is_editable: bool = True) -> Desk:
        panel = TextPanel(is_editable=is_editable)
        qtbot.addWidget(panel)
        panel.resize(700, 420)
        panel.set_schema(SCHEMA)
        panel.set_document(TEXT, "text-1", "Transcript")
        annotations = AnnotationSet("set-1", elements=spans)
        panel.set_spans(annotations)
        panel.show()
        qtbot.waitExposed(panel)
        panel.view.setFocus()
        return Desk(panel, annotations)

    return make
