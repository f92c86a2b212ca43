"""The attributes that a tier declares, as fields for the selected segments: choices, texts, numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from annodesk.errors import EditError
from annodesk.model.schema import Attribute, AttributeKind, Tier
from annodesk.ui import theme
from annodesk.ui.keys.settings_window import SteadyBox
from annodesk.ui.parts import label
from annodesk.ui.plain import entry_text, set_tip, shown

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.model.annotations import Segment

LONGEST_FIELD = 10_000
"""Characters of a text that can be edited on one line."""
_SEVERAL = "several"


class ChoiceBox(SteadyBox):
    """A choice that keys open instead of changing it blindly, so that one choice is one change."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.showPopup()
        else:
            event.ignore()


class AttributePanel(QWidget):
    """One row an attribute; a change is given for all selected segments.

    given(str, object)   an attribute's name and its value, None to take it away
    refused(str)         why a value was not taken
    """

    given = Signal(str, object)
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._tier: Tier | None = None
        self.fields: dict[str, ChoiceBox | QLineEdit] = {}
        self._shown: dict[str, str] = {}
        self._host = QWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        self._head = label("Attributes", "head")
        column.addWidget(self._head)
        column.addWidget(self._host)
        self.hide()

    def show_for(self, tier: Tier | None, chosen: Sequence[Segment], *, can_change: bool) -> None:
        """Show what the selected segments have of what the tier declares."""
        if tier != self._tier:
            self._tier = tier
            self._make(tier.attributes if tier is not None else ())
        self.setVisible(bool(self.fields))
        for attribute in tier.attributes if tier is not None else ():
            values = {str(s.attributes.get(attribute.name, "")) for s in chosen}
            field = self.fields[attribute.name]
            words = next(iter(values)) if len(values) == 1 else ""
            field.setEnabled(can_change and bool(chosen) and len(words) <= LONGEST_FIELD)
            several = _SEVERAL if len(values) > 1 else ""
            if isinstance(field, ChoiceBox):
                field.setPlaceholderText(several)
                field.setCurrentIndex(field.findData(words) if not several else -1)
            elif not field.hasFocus():
                field.setPlaceholderText(several)
                self._shown[attribute.name] = words
                field.setText(words[:LONGEST_FIELD])

    def focus_first(self) -> bool:
        """Put the caret into the first field; False where there is none to write in."""
        field = next(iter(self.fields.values()), None)
        if field is None or not field.isEnabled() or self.isHidden():
            return False
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def _make(self, attributes: Sequence[Attribute]) -> None:
        self.layout().removeWidget(self._host)
        self._host.deleteLater()
        self._host = QWidget()
        self.layout().addWidget(self._host)
        form = QFormLayout(self._host)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(theme.SPACE)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.fields, self._shown = {}, {}
        for attribute in attributes:
            field = self._field(attribute)
            field.setAccessibleName(shown(attribute.name))
            set_tip(field, attribute.description)
            form.addRow(label(attribute.name, "dim"), field)
            self.fields[attribute.name] = field

    def _field(self, attribute: Attribute) -> ChoiceBox | QLineEdit:
        if attribute.kind is AttributeKind.CHOICE:
            box = ChoiceBox()
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            box.addItem("", "")
            for value in attribute.values:
                box.addItem(entry_text(value), value)
            box.activated.connect(lambda place: self.given.emit(attribute.name, box.itemData(place) or None))
            return box
        line = QLineEdit()
        line.editingFinished.connect(lambda: self._on_line(attribute, line))
        return line

    def _on_line(self, attribute: Attribute, line: QLineEdit) -> None:
        words = line.text().strip()
        if words == self._shown.get(attribute.name, ""):
            return
        try:
            value = typed_value(attribute, words)
        except EditError as error:
            self.refused.emit(str(error))
            line.setText(self._shown.get(attribute.name, ""))
            return
        self._shown[attribute.name] = words
        self.given.emit(attribute.name, value)


def typed_value(attribute: Attribute, words: str) -> str | int | float | None:
    """What was written for an attribute, None where nothing was; of a choice the beginning is enough."""
    words = words.strip()
    if not words:
        return None
    if attribute.kind is AttributeKind.NUMBER:
        number = as_number(words)
        if number is None:
            raise EditError(f"{attribute.name} takes a number, not {shown(words)!r}.")
        return number
    if attribute.kind is AttributeKind.CHOICE:
        begun = [value for value in attribute.values if value.casefold().startswith(words.casefold())]
        exact = [value for value in attribute.values if value.casefold() == words.casefold()]
        if len(exact or begun) != 1:
            raise EditError(f"{attribute.name} is one of {', '.join(map(shown, attribute.values))}.")
        return (exact or begun)[0]
    return words


def as_number(words: str) -> int | float | None:
    """The number a person wrote, with a point or a comma; None where it is none."""
    try:
        number = float(words.replace(",", ".")) if len(words) < 40 else math.nan
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
