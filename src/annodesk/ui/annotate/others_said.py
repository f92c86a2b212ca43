"""What others said about a settled task, in the open task: lanes below one's own, and their answers in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import label
from annodesk.ui.timeline.lanes import LaneSpec

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.model.schema import Tier
    from annodesk.services.tasks import TaskWork

OTHERS = "others:"
_HEIGHT = 26


def lanes_of(work: TaskWork, tier: Tier) -> Iterator[tuple[LaneSpec, AnnotationSet]]:
    """A lane for each of the others who said something on a tier, with what it shows."""
    for number, other in enumerate(work.others):
        if other.annotations.segments(tier.name):
            lane = f"{OTHERS}{number}:{tier.name}"
            yield LaneSpec(lane, other.title, tier, "other", editable=False, height=_HEIGHT), other.annotations


def answers_of(work: TaskWork) -> list[str]:
    """Their answers to the questions, one line for each: ``policy: A none, what stands none``."""
    lines = []
    for question in work.project.schema.questions:
        given = [(other.title, other.annotations.answer(question.name)) for other in work.others]
        said = [f"{title} {_words(answer.value)}" for title, answer in given if answer is not None]
        if said:
            lines.append(f"{question.name}: {', '.join(said)}")
    return lines


def _words(value: object) -> str:
    return " + ".join(str(one) for one in value) if isinstance(value, tuple | list) else str(value)


class OthersSaid(QWidget):
    """Their answers at the side; nothing at all where nothing may be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.words = label("", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        column.addWidget(label("What others said", "head"))
        column.addWidget(self.words)
        column.addWidget(label("It is settled, so you see it; names are hidden.", "small", wrap=True))
        self.hide()

    def show_work(self, work: TaskWork) -> None:
        """Show what belongs to one task."""
        self.words.setText("\n".join(answers_of(work)))
        self.words.setVisible(bool(self.words.text()))
        self.setVisible(bool(work.others))
