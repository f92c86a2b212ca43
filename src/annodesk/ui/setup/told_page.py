"""Numbers with their intervals on one scale, for the project page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QPlainTextEdit, QPushButton, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui import theme
from annodesk.ui.answer_bars import AnswerBars
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import button, label, restyle
from annodesk.ui.plain import set_tip, shown_lines
from annodesk.ui.setup.page import Card, SectionPage, facts_line, say
from annodesk.ui.setup.prompting import Asking, PromptInUse, Seen, ask_model, places_told, read_prompts, see_prompt
from annodesk.ui.setup.words import MODEL, PROMPTS

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request
    from annodesk.ui.setup.draft import Draft

SETTLES_MS = 350
"""So long after the last key the preview follows."""
LONGEST_SHOWN = 60_000
TWO_COLUMNS = 820


class ToldPage(SectionPage):
    """A prompt for each purpose the project has; what is complete goes into the draft as it is typed."""

    id = "told"
    reads_soon = True
    widest = 1280

    def __init__(self, context: Context, draft: Draft) -> None:
        self.prompts: tuple[PromptInUse, ...] = ()
        self.purpose = ""
        self.place = 0
        self.seen: Seen | None = None
        self._request: Request | None = None
        self._is_showing = False
        self._kept = ""
        super().__init__(context, draft)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SETTLES_MS)
        self._soon.timeout.connect(self._look)

    def build(self) -> None:
        self._tabs, self._group = QWidget(), QButtonGroup(self)
        self._tab_row = QHBoxLayout(self._tabs)
        self._tab_row.setContentsMargins(0, 0, 0, 0)
        self._tab_row.setSpacing(theme.SPACE)
        self.state = label("", "dim")
        self.shipped = KeyButton("As shipped", "setup.shipped", role="flat", by_tab=True)
        self.shipped.clicked.connect(self.back_to_shipped)
        self.edit, self.preview = _sheet("The words of the prompt"), _sheet("As the model reads it")
        self.preview.setReadOnly(True)
        self.edit.textChanged.connect(self._on_typed)
        self.fault, self.places = label("", "small", wrap=True), label("", "small", wrap=True)
        self.words = Card("The words", "setup.prompt")
        self.words.add(self.edit, self.fault, self.places)
        self.reads = Card("As the model reads it")
        self.facts = label("", "small", wrap=True)
        self.before = KeyButton("‹", "setup.prev_item", role="flat", tip="The item before", by_tab=True)
        self.next = KeyButton("›", "setup.next_item", role="flat", tip="The next item", by_tab=True)
        self.asks = KeyButton("Ask the model", "setup.ask", by_tab=True)
        self.before.clicked.connect(partial(self.step, -1))
        self.next.clicked.connect(partial(self.step, 1))
        self.asks.clicked.connect(self.ask)
        ways = QHBoxLayout()
        ways.setSpacing(theme.SPACE)
        ways.addWidget(self.asks)
        ways.addStretch()
        ways.addWidget(self.before)
        ways.addWidget(self.next)
        self.answer, self.bars = label("", "", wrap=True), AnswerBars()
        self.reads.add(self.preview, self.facts)
        self.reads.column.addLayout(ways)
        self.reads.add(self.answer, self.bars)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE * 3)
        row.addWidget(self._tabs)
        row.addWidget(self.state, 1)
        row.addWidget(self.shipped)
        both = QWidget()
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, both)
        self._both.setContentsMargins(0, 0, 0, 0)
        self._both.setSpacing(theme.SPACE * 3)
        self._both.addWidget(self.words, 1)
        self._both.addWidget(self.reads, 1)
        self.add(head, both)
        for part in (self.fault, self.answer, self.bars):
            part.hide()

    # What the page asks

    def take_focus(self) -> None:
        self.edit.setFocus()

    def show_policy(self) -> None:
        self.edit.setReadOnly(not self.draft.may_set)
        if self._follow_words():
            self._soon.start()
        self._show_state()

    def read(self) -> None:
        context = self.context
        self._request = context.jobs.background(
            read_prompts,
            context.services,
            context.project_id,
            self._written(),
            str(self.draft.value(MODEL) or ""),
            on_done=self._on_read,
            on_error=self._on_error,
            key="prompts",
            what="read the prompts",
        )

    def release(self) -> None:
        self._soon.stop()
        if self._request is not None:
            self._request.cancel()
            self._request, self.is_stale = None, True

    # What the keys do

    def step(self, by: int) -> None:
        """Show the prompt on another item."""
        count = self.seen.items if self.seen is not None else 0
        if count:
            self.place = (self.place + by) % count
            self._look()

    def ask(self) -> None:
        """Ask the model about the item, with the words as they stand here."""
        self._say_answer("The model is asked …")
        context = self.context
        self._request = context.jobs.background(
            ask_model,
            context.services,
            context.project_id,
            context.person_id,
            self._asking(),
            on_done=self._on_answer,
            on_error=self._on_not_answered,
            key="prompt-answer",
            what="ask the model about an item",
        )

    def back_to_shipped(self) -> None:
        """The words as they came with annodesk."""
        found = self._in_use()
        if found is not None and self.draft.may_set:
            self._show_words(found.shipped)
            self._on_typed()

    # Inside

    def _written(self) -> Mapping[str, str]:
        """What the project says of its prompts, by purpose, with what is not set yet."""
        found = self.draft.value(PROMPTS)
        return dict(found) if isinstance(found, Mapping) else {}

    def _in_use(self) -> PromptInUse | None:
        return next((one for one in self.prompts if one.purpose == self.purpose), None)

    def _asking(self) -> Asking:
        return Asking(self.purpose, self.edit.toPlainText(), self.place, str(self.draft.value(MODEL) or ""))

    def _on_read(self, found: tuple[PromptInUse, ...]) -> None:
        self._request = None
        is_same = [one.purpose for one in found] == [one.purpose for one in self.prompts]
        self.prompts = found
        if not found:
            self.tell("nothing the model could be asked")
            say(self.fault, "Nothing of this project's labels can be asked of a model.")
            return
        if not is_same:
            self._make_tabs()
        if self.purpose not in {one.purpose for one in found}:
            self.purpose = found[0].purpose
        used = self._in_use()
        assert used is not None
        self._follow_words()
        self._show_state()
        self._look()

    def _make_tabs(self) -> None:
        for made in self._group.buttons():
            self._group.removeButton(made)
            self._tab_row.removeWidget(made)
            made.hide()
            made.deleteLater()
        for one in self.prompts:
            tab: QPushButton = button(one.title, role="flat", tip=one.tip)
            tab.setCheckable(True)
            tab.setChecked(one.purpose == (self.purpose or self.prompts[0].purpose))
            tab.toggled.connect(partial(self._on_tab, one.purpose))
            self._group.addButton(tab)
            self._tab_row.addWidget(tab)
        self._tabs.setVisible(len(self.prompts) > 1)

    def _on_tab(self, purpose: str, is_on: bool) -> None:
        if is_on and purpose != self.purpose:
            self.purpose, self.place = purpose, 0
            used = self._in_use()
            if used is not None:
                self.edit.document().setModified(False)
                self._follow_words()
            self._say_answer("")
            self._show_state()
            self._look()

    def _follow_words(self) -> bool:
        """Show the words that stand, or would, where nobody is writing others; whether they are others now."""
        used = self._in_use()
        if used is None:
            return False
        own = str(self._written().get(self.purpose, ""))
        expected = (own if "\n" in own else used.text) if own else used.shipped
        here = self.edit.toPlainText()
        is_other = here != expected and (not self.edit.document().isModified() or here == self._kept)
        if is_other:
            self._show_words(expected)
        return is_other

    def _show_words(self, text: str) -> None:
        self._is_showing = True
        self.edit.setPlainText(text)
        self.edit.document().setModified(False)
        self._is_showing = False

    def _on_typed(self) -> None:
        if not self._is_showing:
            self._soon.start()

    def _look(self) -> None:
        """Read what the model would read of the item; what is not complete says what it lacks."""
        if not self.purpose:
            return
        context = self.context
        self._request = context.jobs.background(
            see_prompt,
            context.services,
            context.project_id,
            self._asking(),
            on_done=self._on_seen,
            on_error=self._on_error,
            key="prompt-seen",
            what="show a prompt on an item",
        )

    def _on_seen(self, seen: Seen) -> None:
        self._request, self.seen = None, seen
        self.place = seen.place
        say(self.fault, seen.fault)
        restyle(self.fault, "bad" if seen.fault else "small")
        self.places.setText(seen.places)
        set_tip(self.places, places_told())
        if seen.fault:
            self.tell("not complete", "warn")
            return
        if seen.asking.text == self.edit.toPlainText():
            self._keep(seen)
        at = self.preview.verticalScrollBar().value()
        self.preview.setPlainText(shown_lines(seen.text, LONGEST_SHOWN))
        self.preview.verticalScrollBar().setValue(at)
        self.reads.aside.setText(facts_line(seen.part, seen.item_key))
        about = "" if seen.is_counted else "about "
        count = f"{about}{seen.tokens:,} tokens" if seen.tokens else ""
        number = f"{seen.place + 1:,} of {seen.items:,}" if seen.items else "no item to show it on yet"
        say(self.facts, facts_line(number, count, seen.note))
        for way in (self.before, self.next, self.asks):
            way.setEnabled(bool(seen.items))

    def _keep(self, seen: Seen) -> None:
        """What is complete goes into the draft; the words as shipped are no words of the project's own."""
        used = self._in_use()
        if used is None or not self.draft.may_set:
            return
        written = dict(self._written())
        if seen.asking.text.rstrip("\n") == used.shipped.rstrip("\n"):
            written.pop(self.purpose, None)
        elif seen.asking.text != written.get(self.purpose):
            written[self.purpose] = seen.asking.text
        self._kept = seen.asking.text
        self.draft.put(PROMPTS, written)
        self._show_state()

    def _on_answer(self, found: tuple[str, tuple[tuple[str, float], ...]]) -> None:
        self._request = None
        words, probabilities = found
        self._say_answer(words)
        self.bars.show_answer(probabilities)

    def _on_not_answered(self, error: Exception) -> None:
        self._request = None
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            self._say_answer(f"{error.sentence} {error.hint}".strip())
        elif not isinstance(error, Cancelled):
            self._say_answer("")
            self.context.notices.error(error, "ask the model about an item")

    def _say_answer(self, words: str) -> None:
        say(self.answer, words)
        self.bars.show_answer(())

    def _on_error(self, error: Exception) -> None:
        self._request = None
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            say(self.facts, f"{error.sentence} {error.hint}".strip())
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "show a prompt on an item")

    def _show_state(self) -> None:
        used = self._in_use()
        if used is None:
            self.tell("")
            return
        own = [one for one in self.prompts if one.purpose in self._written()]
        is_own = used.purpose in self._written()
        self.state.setText("your own words" if is_own else f"as shipped: {used.name}")
        self.shipped.setEnabled(self.draft.may_set and is_own)
        self.tell("your own words" if own else "as shipped")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.width() < theme.px(TWO_COLUMNS)
        wanted = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        self._both.setDirection(wanted)


def _sheet(name: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setAccessibleName(name)
    made.setTabChangesFocus(True)
    made.setMinimumHeight(theme.px(250))
    made.setFont(theme.mono_font())
    made.setStyleSheet("")
    return made
