"""A text with each side's spans in a panel of its own, and the analyst's beside them, scrolled together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.text.document import TextPanel

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from annodesk.model.annotations import AnnotationSet
    from annodesk.model.schema import LabelSchema
    from annodesk.quality.disagreements import Disagreement
    from annodesk.ui.review.places import Places

OWN_TITLE, READ_TITLE = "Your ruling", "Text"
LEAST_PX = 110
"""Narrower than this no text can be read: then the analyst's own stands alone."""


class TextCompare(QWidget):
    """Panels side by side; only the analyst's can be changed.

    draft_made(Draft), refused(str), left()   as of a TextPanel
    """

    draft_made = Signal(object)
    refused = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        self.panels: dict[str, TextPanel] = {}
        self._asset = ""
        self._is_following = self._is_alone = self._is_narrow = False
        self._hidden: tuple[str, ...] = ()
        self._has_spans: dict[str, bool] = {}

    @property
    def own(self) -> TextPanel | None:
        """The analyst's panel."""
        return self.panels.get(OWN_TITLE)

    def set_text(
        self,
        schema: LabelSchema,
        text: str,
        asset: str,
        lanes: Sequence[tuple[str, AnnotationSet]],
        *,
        hidden: Sequence[str] = (),
    ) -> None:
        """Show a text once for each lane, once for the analyst, and once for each that is seen where it is ruled."""
        for panel in self.panels.values():
            panel.hide()
            panel.deleteLater()
        self.panels, self._asset, self._hidden = {}, asset, tuple(hidden)
        self._is_alone = self._is_blurred = False
        for title in [*(letter for letter, _ in lanes), OWN_TITLE, *hidden]:
            panel = TextPanel(title=title, is_editable=title == OWN_TITLE)
            panel.set_schema(schema)
            panel.set_document(text, asset, title)
            bar = panel.view.verticalScrollBar()
            bar.valueChanged.connect(lambda value, title=title: self._follow(title, value))
            panel.draft_made.connect(self.draft_made)
            panel.refused.connect(self.refused)
            panel.left.connect(self.left)
            self._splitter.addWidget(panel)
            self.panels[title] = panel
        for letter, said in lanes:
            self.panels[letter].set_spans(said)

    def show_places(
        self, places: Places, annotations: AnnotationSet, hidden: Mapping[str, AnnotationSet], *, can_change: bool
    ) -> None:
        """Show the analyst's spans, by title those that may be seen by now, and which stretches are still open."""
        self._has_spans = {title: bool(said.spans(self._asset)) for title, said in hidden.items()}
        for title, panel in self.panels.items():
            panel.set_marks(places.text_marks(self._asset))
            if title == OWN_TITLE:
                panel.set_spans(annotations)
                panel.set_editable(can_change)
            elif title in hidden:
                panel.set_spans(hidden[title])
        self._show_panels()

    def set_blurred(self, on: bool) -> None:
        """Show nothing of the words, or all of them."""
        self._is_blurred = on
        for panel in self.panels.values():
            panel.set_blurred(on)

    def show_alone(self, is_alone: bool) -> None:
        """Show the text once, to be read, where something else than its words is disputed."""
        if is_alone != self._is_alone:
            self._is_alone = is_alone
            self._show_panels()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        sides = len(self.panels) - len(self._hidden)
        is_narrow = self.width() < theme.px(LEAST_PX) * sides
        if is_narrow != self._is_narrow:  # who marks what stands in words above the rulings too
            self._is_narrow = is_narrow
            self._show_panels()

    def _show_panels(self) -> None:
        for title, panel in self.panels.items():
            is_seen = title not in self._hidden or self._has_spans.get(title, False)
            panel.setVisible(title == OWN_TITLE if self._is_alone or self._is_narrow else is_seen)
            if title == OWN_TITLE:
                panel.set_title(READ_TITLE if self._is_alone else OWN_TITLE)

    def go_to(self, disagreement: Disagreement) -> None:
        """Bring a disputed stretch into view and select it in the analyst's panel."""
        if disagreement.start is None or disagreement.end is None:
            return
        for title, panel in self.panels.items():
            own = title == OWN_TITLE
            panel.view.select(disagreement.start, disagreement.end if own else disagreement.start)

    def _follow(self, title: str, value: int) -> None:
        if self._is_following:
            return
        self._is_following = True
        for other, panel in self.panels.items():
            if other != title:
                panel.view.verticalScrollBar().setValue(value)
        self._is_following = False
