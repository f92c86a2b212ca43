"""What the model has to say on the open task: how its suggestions are shown here, and what else it thought of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from annodesk.model.annotations import OWN_ANSWERS, SETTLED_WORK, Span
from annodesk.ui import theme
from annodesk.ui.annotate.suggestions import Suggested, provenance
from annodesk.ui.answer_bars import AnswerBars
from annodesk.ui.parts import label
from annodesk.ui.timeline.segment_paint import percent

if TYPE_CHECKING:
    from annodesk.ui.annotate.taskshown import TaskShown

WITHOUT = "Here you work without suggestions. Some tasks are, picked by chance, so that it is known what they do."
AFTERWARDS = "What the model says is shown for comparison once you are done."


class ModelPanel(QWidget):
    """Hidden where the model has nothing to do with the task."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Model")
        self.words, self.source = label("", "small", wrap=True), label("", "small", wrap=True)
        self.bars = AnswerBars("What else it may be")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        column.addWidget(label("Model", "head"))
        for part in (self.words, self.bars, self.source):
            column.addWidget(part)
        self._shown: tuple[object, ...] = ()
        self.hide()

    def follow(self, view: TaskShown) -> None:
        """Say how suggestions are shown on the open task, and what the model thought of the focused one."""
        focused = view.focused_suggestion() if view.suggestions is not None else None
        now = (_words(view), focused)
        if now == self._shown:
            return
        self._shown = now
        words, _ = now
        self.words.setText(words)
        self.setVisible(bool(words))
        self._show(focused)

    def _show(self, focused: Suggested | None) -> None:
        found = provenance(focused) if focused is not None else None
        is_told = found is not None and (len(found.probabilities) > 1 or isinstance(focused, Span))
        self.bars.show_answer(found.probabilities if found is not None and is_told else ())
        told = "" if found is None else f"{found.model_name} · prompt {found.prompt_version.partition('@')[0]}"
        if found is not None and found.prompt_version == SETTLED_WORK:
            told = "by what is settled here, not by the model"
        if found is not None and found.prompt_version == OWN_ANSWERS:
            told = "as you answered most before; the model says nothing of it"
        if found is not None and getattr(found, "shortened", False):
            told += " · it read only the beginning"
        self.source.setText(told)
        self.source.setVisible(bool(told))


def _words(view: TaskShown) -> str:
    work = view.work
    if work is None:
        return ""
    if view.suggestions is not None:
        waiting = len(view.pending)
        some = "1 suggestion waits" if waiting == 1 else f"{waiting} suggestions wait"
        count = some if waiting else "No suggestion waits"
        return f"{count} · shown from {percent(work.show_above)} on" if work.show == "above-threshold" else count
    if work.show == "after-commit":
        return AFTERWARDS
    return WITHOUT if work.show == "never" and work.project.prelabel.show != "never" else ""
