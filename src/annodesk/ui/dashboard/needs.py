"""What needs a person: a sentence each with its evidence and the one thing that can be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from annodesk.services.today import MOST, Act, Need
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dot import Dot
from annodesk.ui.parts import button, label, line

NOTHING = "Nothing needs a person now."
AND_SO = "What comes up stands here with what can be done about it."


_TONES = {Act.HEAR: "bad", Act.AUDITS: "bad", Act.DRIFT: "bad"}


class Needs(QWidget):
    """Up to seven sentences.

    asked(Need)    the button of a sentence was pressed
    """

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.needs: tuple[Need, ...] = ()
        self.buttons: list[QPushButton] = []
        self.setAccessibleName("What needs a person today")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)

    def show_needs(self, needs: Sequence[Need]) -> None:
        """Show these, what matters most first."""
        if tuple(needs[:MOST]) == self.needs and self.layout() is not None and self.layout().count():
            return
        had = next((place for place, one in enumerate(self.buttons) if one.hasFocus()), None)
        self.needs, self.buttons = tuple(needs[:MOST]), []
        clear_rows(self)
        rows = self.layout()
        assert isinstance(rows, QVBoxLayout)
        for place, need in enumerate(self.needs):
            if place:
                rows.addWidget(line())
            rows.addWidget(self._row(need))
        if not self.needs:
            rows.addWidget(label(NOTHING, "", wrap=True))
            rows.addWidget(label(AND_SO, "dim", wrap=True))
        rows.addStretch()
        if had is not None and had < len(self.buttons):
            self.buttons[had].setFocus()

    def _row(self, need: Need) -> QWidget:
        row, dot, evidence = QWidget(), Dot(), " ".join(need.evidence)
        dot.setFixedSize(QSize(theme.px(12), theme.px(12)))
        dot.show_state(_TONES.get(need.act, "waiting"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(need.sentence, "", wrap=True))
        if evidence:
            words.addWidget(label(evidence, "small", wrap=True))
        across = QHBoxLayout(row)
        across.setContentsMargins(0, theme.px(8), 0, theme.px(8))
        across.setSpacing(theme.SPACE * 3)
        across.addWidget(dot, 0, Qt.AlignmentFlag.AlignVCenter)
        across.addLayout(words, 1)
        row.setAccessibleName(f"{need.sentence} {evidence}".strip())
        if not need.button:
            return row
        made = button(need.button, tip=evidence)
        made.setAccessibleName(f"{need.sentence} {need.button}")
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        made.clicked.connect(lambda _checked=False, need=need: self.asked.emit(need))
        self.buttons.append(made)
        across.addWidget(made)
        return row
