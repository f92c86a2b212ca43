"""The text panel: a text with its spans, the labels that mark them, and what it says when there is nothing to show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError
from annodesk.model import edits
from annodesk.model.annotations import AnnotationSet, Span
from annodesk.model.schema import LabelSchema
from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.parts import label
from annodesk.ui.plain import entry_text, set_tip
from annodesk.ui.text import spans as span_gestures
from annodesk.ui.text.drawing import TextMark
from annodesk.ui.text.flow import FlowLayout
from annodesk.ui.text.names import next_name
from annodesk.ui.text.spans import SpanChoice, SpanLayout
from annodesk.ui.text.view import TextView, describe

if TYPE_CHECKING:
    from annodesk.model.edits import Draft

LARGEST_BYTES, MOST_LINES = 2_000_000, 30_000
"""A text of that size is taken in within 110 ms, during which the window stands still; a line costs like 60 letters."""
LONGEST_CHIP = 40
NAME_KEY = "N"
NO_NAMES = "No more words from here look like a name; select others by mouse or with Ctrl+Shift and an arrow."


class TextPanel(QWidget):
    """A text asset in which spans are marked, relabelled and deleted, each gesture giving one Draft.

    draft_made(Draft)     what the person did; the owner stages it and hands the new set back to `set_spans`
    refused(str)          why a gesture could not be done
    span_focused(str)     id of the span that keys act on, empty for none
    left()                Escape with nothing to let go of: the person wants back to where they came from
    """

    draft_made = Signal(object)
    refused = Signal(str)
    span_focused = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None, *, title: str = "Text", is_editable: bool = True) -> None:
        super().__init__(parent)
        self.view = TextView(self)  # with a parent: a stacked layout shows what has none as a window
        self._asset_id = ""
        self._annotations = AnnotationSet("")
        self._schema = LabelSchema()
        self._choices: list[SpanChoice] = []
        self._is_editable, self._why_not = is_editable, ""
        self._gone_to: tuple[int, int] | None = None
        self._suggested: dict[str, Span] = {}
        self.chips: list[QPushButton] = []

        self._title = ElidedLabel("head", Qt.TextElideMode.ElideMiddle)
        self._title.setFont(theme.font("head"))
        self._title.set_whole(title)
        self._note = label("", "small")
        self._message, self._message_hint = label("", "dim", wrap=True), label("", "small", wrap=True)
        for made in (self._message, self._message_hint):
            made.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._told = ElidedLabel("small")
        self._told.setIndent(theme.px(6))
        self._build()

        self.view.focus_changed.connect(self._on_focus_changed)
        self.view.selectionChanged.connect(self._say_what_keys_do)
        theme.notifier().theme_changed.connect(self._on_theme_changed)
        self.show_message("There is no text here.")

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 4)
        head.addWidget(self._title, 1)
        head.addWidget(self._note)
        message = QWidget(self)
        column = QVBoxLayout(message)
        column.addStretch(1)
        column.addWidget(self._message)
        column.addWidget(self._message_hint)
        column.addStretch(1)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.view)
        self._pages.addWidget(message)
        self._palette = QWidget()
        self._flow = FlowLayout(self._palette, gap=6)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 4, 12, 8)
        foot.setSpacing(4)
        foot.addWidget(self._palette)
        foot.addWidget(self._told)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(self._pages, 1)
        layout.addLayout(foot)
        self.setFocusProxy(self.view)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)

    # What is shown

    def set_blurred(self, on: bool) -> None:
        """Show nothing of the words, or all of them."""
        self.view.set_blurred(on)

    def set_title(self, title: str) -> None:
        """The heading, such as the document's name or a lane's letter."""
        self._title.set_whole(title)
        self.view.setAccessibleName(title)

    def set_schema(self, schema: LabelSchema) -> None:
        """What can be marked."""
        self._schema = schema
        self._choices = span_gestures.choices(schema.span_types)
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.deleteLater()
        self.chips = [self._make_chip(choice) for choice in self._choices]
        self._bind_keys()
        self._show_editable()

    def set_document(self, text: str, asset_id: str, title: str = "") -> None:
        """Show a text from its start, without spans until `set_spans` is called."""
        if title:
            self.set_title(title)
        self._asset_id, self._gone_to = asset_id, None
        why_not = too_long(text)
        self.view.set_text("" if why_not else text)
        if why_not:
            self.show_message(why_not, "Split the file into several items; skip this task and say why.")
        elif text:
            self._pages.setCurrentIndex(0)
        else:
            self.show_message("The text is empty.")
        self._say_what_keys_do()

    def show_message(self, sentence: str, hint: str = "") -> None:
        """Show a sentence in place of the text: nothing here, being fetched, or an error."""
        self._message.setText(sentence)
        self._message_hint.setText(hint)
        self._message_hint.setVisible(bool(hint))
        self._pages.setCurrentIndex(1)

    def set_spans(self, annotations: AnnotationSet, suggested: Sequence[Span] = ()) -> None:
        """Show the spans this set has on the text, and those that are suggested and not answered."""
        self._annotations = annotations
        own, found = (
            [s for s in some if s.asset == self._asset_id and s.end <= len(self.view.text.text)]
            for some in (annotations.spans(self._asset_id), suggested)
        )
        self._suggested = {span.id: span for span in found}
        self.view.set_spans(SpanLayout([*own, *found]), self.colour_of)
        counted = ["1 span" if len(own) == 1 else f"{len(own)} spans"] if own else []
        self._note.setText(" · ".join([*counted, f"{len(found)} suggested"] if found else counted))
        self._say_what_keys_do()

    def focus_suggestion(self, span_id: str | None) -> None:
        """Bring a suggested span under the eyes; with None let go of one that is there."""
        span, focused = self._suggested.get(span_id or ""), self.view.focused_id
        if span is not None and focused != span.id:
            self.view.focus_span(span)
            self.view.ensureCursorVisible()
        elif span is None and focused in self._suggested:
            self.view.focus_span(None)

    def set_marks(self, marks: Sequence[TextMark]) -> None:
        """Frame disputed stretches."""
        self.view.set_marks(marks)

    def set_editable(self, is_editable: bool, why_not: str = "") -> None:
        """Allow changes, or say why there can be none."""
        self._is_editable, self._why_not = is_editable, "" if is_editable else why_not
        self._bind_keys()
        self._show_editable()

    def colour_of(self, span: Span) -> str:
        """The colour of a span's label."""
        for choice in self._choices:
            if (choice.type, choice.label) == (span.type, span.label):
                return choice.colour
        return "#6b7489"

    @property
    def choices(self) -> list[SpanChoice]:
        """What can be marked, each with its key."""
        return list(self._choices)

    @property
    def told(self) -> str:
        """The line that says what the next key will do, or why nothing can be changed."""
        return self._told.whole()

    @property
    def message(self) -> str:
        """What is said in place of the text; empty while the text is shown."""
        return self._message.text() if self._pages.currentIndex() == 1 else ""

    # Gestures

    def choose(self, choice: SpanChoice) -> None:
        """Mark what is selected; with nothing selected relabel the focused span, else mark the word at the caret."""
        start, end = self.view.text.trim(*self.view.selection)
        focused = self.view.focused_span
        try:
            if start >= end and focused is not None and focused.id in self._suggested:
                start, end = focused.start, focused.end  # said of the same words by the person
            elif start >= end and focused is not None:
                self._make(span_gestures.relabel_span(self._annotations, focused.id, choice))
                return
            if start >= end:
                start, end = self.view.word_at_caret()
            span_type = self._schema.span_type(choice.type)
            draft = span_gestures.add_span(self._annotations, self._asset_id, choice, start, end, span_type=span_type)
        except AnnodeskError as error:
            self.refused.emit(str(error))
            return
        for change in draft.changes:
            self.view.keep_focus(change.element_id)
        self._make(draft)
        if self._gone_to is not None and self._gone_to[0] <= start and end <= self._gone_to[1]:
            self.go_to_name()

    def go_to_name(self, step: int = 1) -> None:
        """Select the next words that look like a name and are free; a label's key marks them and goes on."""
        start, end = self._gone_to or (self.view.caret, self.view.caret)
        if not start <= self.view.caret <= end:
            start = end = self.view.caret
        taken = [(placed.span.start, placed.span.end) for placed in self.view.spans.placed]
        self._gone_to = next_name(self.view.text.text, end if step > 0 else start, taken, step)
        if self._gone_to is None:
            self.refused.emit(NO_NAMES if step > 0 else "No words before this look like a name.")
            return
        self.view.focus_span(None)
        self.view.select(*self._gone_to)

    def delete_focused(self) -> None:
        """Delete the focused span, or the shortest one at the caret."""
        here = self.view.spans.at(self.view.caret)
        chosen = self.view.focused_span or (here[0] if here else None)
        if chosen is None:
            self.refused.emit("No span is chosen. Click one, or go to one with Tab.")
            return
        if chosen.id in self._suggested:
            self.refused.emit(f"That is a suggestion: {_ways()}.")
            return
        self._make(edits.delete(self._annotations, [chosen.id]))

    def move_edge(self, edge: str) -> None:
        """Put the start or the end of the focused span at the caret."""
        if self.view.focused_span is None:
            self.refused.emit("No span is chosen. Click one, or go to one with Tab.")
            return
        if self.view.focused_id in self._suggested:
            self.refused.emit(f"That is a suggestion: {_ways()}; then move its edges.")
            return
        try:
            draft = span_gestures.move_span_edge(self._annotations, self.view.focused_span.id, edge, self.view.caret)
        except AnnodeskError as error:
            self.refused.emit(str(error))
            return
        self._make(draft)

    def let_go(self) -> None:
        """Take back the selection, then the focus on a span, then leave."""
        cursor = self.view.textCursor()
        if cursor.hasSelection():
            cursor.clearSelection()
            self.view.setTextCursor(cursor)
        elif self.view.focused_span is not None:
            self.view.focus_span(None)
        else:
            self.left.emit()

    def _make(self, draft: Draft) -> None:
        if draft:
            self.draft_made.emit(draft)

    # Chips, keys, menu

    def _bind_keys(self) -> None:
        keys = {"Esc": self.let_go}
        if self._is_editable:
            keys |= {
                NAME_KEY: self.go_to_name,
                f"Shift+{NAME_KEY}": partial(self.go_to_name, -1),
                "Del": self.delete_focused,
                "[": partial(self.move_edge, "start"),
                "]": partial(self.move_edge, "end"),
                "Ctrl+,": partial(self.move_edge, "start"),
                "Ctrl+.": partial(self.move_edge, "end"),
            }
            keys |= {choice.key: partial(self.choose, choice) for choice in self._choices if choice.key}
        self.view.set_keys(keys)

    def _make_chip(self, choice: SpanChoice) -> QPushButton:
        title = entry_text(choice.title, LONGEST_CHIP)
        chip = QPushButton(f"{title}   {shown_key(choice.key)}" if choice.key else title)
        chip.setProperty("role", "flat")
        chip.setIcon(theme.icon("square-rounded", choice.colour))
        chip.setIconSize(QSize(theme.px(12), theme.px(12)))
        chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_tip(chip, choice.description or f"Mark the selected words as {choice.title}")
        chip.setAccessibleName(f"Mark as {choice.title}, key {choice.key}")
        chip.clicked.connect(lambda _checked=False, choice=choice: self.choose(choice))
        self._flow.addWidget(chip)
        return chip

    def _open_menu(self, where: QPoint) -> None:
        span = self.view.span_at(where)
        if span is not None:
            self.view.focus_span(span)
        menu = self.make_menu()
        menu.exec(self.view.viewport().mapToGlobal(where))
        menu.deleteLater()

    def make_menu(self) -> QMenu:
        """What can be done with the focused span or the selected words."""
        menu = QMenu(self)
        for choice in self._choices if self._is_editable else ():
            icon = theme.icon("square-rounded", choice.colour)
            action = menu.addAction(icon, f"{entry_text(choice.title)}\t{choice.key}")
            action.triggered.connect(lambda _checked=False, choice=choice: self.choose(choice))
        if self._is_editable and self.view.focused_span is not None:
            menu.addSeparator()
            menu.addAction("Delete\tDel").triggered.connect(self.delete_focused)
        menu.addSeparator()
        copy = menu.addAction("Copy\tCtrl+C")
        copy.setEnabled(self.view.textCursor().hasSelection())
        copy.triggered.connect(self.view.copy)
        return menu

    def _show_editable(self) -> None:
        self._palette.setVisible(self._is_editable and bool(self._choices))
        self._say_what_keys_do()

    def _say_what_keys_do(self) -> None:
        """One line that says what the next key will do."""
        if not self._is_editable:
            self._told.set_whole(self._why_not)
            self._told.setVisible(bool(self._why_not))
            return
        self._told.setVisible(self._pages.currentIndex() == 0 and bool(self._choices))
        focused = self.view.focused_span
        start, end = self.view.text.trim(*self.view.selection)
        if end > start:
            words = self.view.text.text[start:end].replace("\n", " ")
            shown = words if len(words) <= 40 else f"{words[:39]}…"
            self._told.set_whole(f"“{shown}” selected: press a label's key to mark it.")
        elif focused is not None and focused.id in self._suggested:
            self._told.set_whole(f"{describe(focused)}, suggested: {_ways()}, a label's key marks it so.")
        elif focused is not None:
            self._told.set_whole(f"{describe(focused)}: a label's key renames it, Del deletes it, [ ] move its edges.")
        else:
            goes_on = f"{shown_key(NAME_KEY)} goes to the next name, Tab to the next span."
            self._told.set_whole(f"Select words and press a label's key; {goes_on}")

    def _on_focus_changed(self) -> None:
        self._say_what_keys_do()
        self.span_focused.emit(self.view.focused_id or "")

    def _on_theme_changed(self) -> None:
        for chip, choice in zip(self.chips, self._choices, strict=True):
            chip.setIcon(theme.icon("square-rounded", choice.colour))
        self._title.setFont(theme.font("head"))
        self.view.viewport().update()


def _ways() -> str:
    return f"{shown_key('annotate.take')} takes it, {shown_key('annotate.reject')} refuses it"


def too_long(text: str) -> str:
    """Why a text cannot be shown, in a sentence; empty where it can."""
    size, lines = len(text.encode("utf-8", "surrogatepass")), len(text.splitlines())
    if size <= LARGEST_BYTES and lines <= MOST_LINES:
        return ""
    limits = f"{LARGEST_BYTES / 1e6:.0f} MB and {MOST_LINES:,} lines"
    return f"This text has {max(0.1, size / 1e6):.1f} MB in {lines:,} lines; texts of up to {limits} can be shown."


__all__ = ["TextMark", "TextPanel"]
