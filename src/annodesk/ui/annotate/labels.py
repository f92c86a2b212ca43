"""The label palette: the labels of the tier in work, "checked, none", and the way to the segment's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from annodesk.model.schema import Tier, TierKind, colour_of
from annodesk.ui import theme
from annodesk.ui.annotate.choice import ChoiceRow, clear_rows
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label

NONE_KEY = "0"


class LabelPanel(QWidget):
    """Press a row, or its key, and the selected segments get that label.

    chosen(str)        a label
    none_chosen()      there is nothing on this tier
    text_asked()       the segment's text is to be written
    """

    chosen = Signal(str)
    none_chosen = Signal()
    text_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._head = label("Label", "head", wrap=True)
        self._hint = label("", "small", wrap=True)
        self._rows_host = QWidget()
        self._rows = QVBoxLayout(self._rows_host)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(1)
        self.text = KeyButton("Write the text", "annotate.text")
        self.text.clicked.connect(self.text_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        column.addWidget(self._head)
        column.addWidget(self._rows_host)
        column.addWidget(self.text)
        column.addWidget(self._hint)
        self.rows: dict[str, ChoiceRow] = {}
        self.none_row: ChoiceRow | None = None
        self._shown: tuple[Tier | None, dict[str, str]] | None = None

    def set_tier(self, tier: Tier | None, keys: Mapping[str, str]) -> None:
        """Show the labels of a tier with the keys they have."""
        if (tier, dict(keys)) == self._shown:
            return
        self._shown = (tier, dict(keys))
        clear_rows(self._rows_host)
        self.rows, self.none_row = {}, None
        self.setVisible(tier is not None)
        if tier is None:
            return
        self._head.setText(f"LABEL: {tier.name.upper()}")
        for one in tier.labels:
            form = "round" if tier.kind is TierKind.POINT else "square"
            row = ChoiceRow(
                one.name, keys.get(one.name, ""), form=form, colour=colour_of(tier, one.name), tip=one.description
            )
            row.clicked.connect(lambda _checked=False, name=one.name: self.chosen.emit(name))
            self._rows.addWidget(row)
            self.rows[one.name] = row
        self.none_row = ChoiceRow("checked, none", NONE_KEY, form="dashed", tip="Say that this tier is rightly empty")
        self.none_row.clicked.connect(lambda _checked=False: self.none_chosen.emit())
        self._rows.addWidget(self.none_row)
        self.text.setVisible(tier.free_text)

    def show_state(self, labels: Iterable[str], *, is_none: bool, has_segments: bool, can_change: bool) -> None:
        """Show what the selected segments have."""
        on = set(labels)
        for name, row in self.rows.items():
            row.setChecked(name in on)
            row.setEnabled(can_change)
        if self.none_row is not None:
            self.none_row.setChecked(is_none)
            self.none_row.setVisible(not has_segments)
            self.none_row.setEnabled(can_change)
        self.text.setEnabled(can_change and has_segments)
        self._hint.setVisible(not self.rows)
        self._hint.setText("This tier has no labels; its segments carry time alone." if not self.rows else "")
