"""The menu under the mouse's right button on the lanes: what the keys do, where the pointer is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QWidget

from annodesk.model.schema import colour_of
from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.suggestions import MODEL
from annodesk.ui.plain import entry_text

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from annodesk.ui.actions import KeyMap
    from annodesk.ui.annotate.hands import TaskHands

_SUGGESTED = (("annotate.take", "Take"), ("annotate.reject", "Reject"))
_PLACE = (("annotate.split", "Split here"),)
_SEGMENT = (
    ("annotate.merge_next", "Merge with the next"),
    ("annotate.merge_prev", "Merge with the one before"),
    ("annotate.duplicate", "Duplicate"),
    ("annotate.fill_gap", "Fill the gap"),
    ("annotate.ask", "Ask about it …"),
)
_MANY = (
    ("annotate.select_alike", "Select all with this label"),
    ("annotate.copy", "Copy"),
    ("annotate.cut", "Cut"),
)
_EMPTY = (("annotate.draw", "Draw here"), ("annotate.paste", "Paste here"), ("annotate.ask", "Ask about this moment …"))


class SegmentMenu:
    """Makes the menu for what lies under the pointer; each entry does what its key does."""

    def __init__(self, keys: KeyMap, hands: TaskHands, parent: QWidget) -> None:
        self._keys, self._hands, self._parent = keys, hands, parent

    def open(self, lane: str, element_id: str, time_us: int, where: QPoint) -> None:
        """Show the menu; nothing is shown where nothing can be done."""
        menu = self.make(lane, element_id, time_us)
        if menu.isEmpty():
            menu.deleteLater()
            return
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def make(self, lane: str, element_id: str, time_us: int) -> QMenu:
        """The menu of a suggestion, a segment or an empty place."""
        menu = QMenu(self._parent)
        view = self._hands.view
        is_suggestion = lane.startswith(MODEL)
        if view.can_change and element_id and is_suggestion:
            for action_id, words in _SUGGESTED:
                self._add(menu, action_id, words)
            menu.addSeparator()
        if view.can_change and element_id:
            self._add_labels(menu)
            menu.addSeparator()
        if element_id:
            self._add_play(menu, lane, element_id)
        if not view.can_change or is_suggestion:
            return menu
        if not element_id:
            for action_id, words in _EMPTY:
                self._add(menu, action_id, words, at_us=time_us)
            return menu
        for action_id, words in _PLACE:
            self._add(menu, action_id, words, at_us=time_us)
        for action_id, words in _SEGMENT:
            self._add(menu, action_id, words)
        if view.tier is not None and view.tier.free_text:
            self._add(menu, "annotate.text", "Write its text", keeps_focus=True)
        menu.addSeparator()
        for action_id, words in _MANY:
            self._add(menu, action_id, words)
        menu.addSeparator()
        self._add(menu, "annotate.delete", "Delete")
        return menu

    def _add_labels(self, menu: QMenu) -> None:
        view, tier = self._hands.view, self._hands.view.tier
        for one in tier.labels if tier is not None else ():
            assert tier is not None
            key = view.label_keys.get(tier.name, {}).get(one.name, "")
            icon = theme.icon("square-rounded", colour_of(tier, one.name))
            name = entry_text(one.name)
            entry = menu.addAction(icon, f"{name}\t{shown_key(key)}" if key else name)
            entry.triggered.connect(lambda _checked=False, name=one.name: self._hands.label(name))

    def _add_play(self, menu: QMenu, lane: str, element_id: str) -> None:
        view = self._hands.view
        if view.work is not None and view.work.can_play:
            entry = menu.addAction("Play")
            entry.triggered.connect(lambda: view.timeline.segment_activated.emit(lane, element_id))

    def _add(
        self, menu: QMenu, action_id: str, words: str, *, at_us: int | None = None, keeps_focus: bool = False
    ) -> None:
        shown = self._keys.keys_of(action_id)
        entry = menu.addAction(f"{words}\t{shown[0]}" if shown else words)
        entry.setEnabled(self._keys.is_enabled(action_id))
        entry.triggered.connect(self._doer(action_id, at_us, keeps_focus))

    def _doer(self, action_id: str, at_us: int | None, keeps_focus: bool) -> Callable[[], None]:
        def do() -> None:
            if at_us is not None:
                self._hands.go_to(at_us)
            self._keys.trigger(action_id)
            if not keeps_focus:
                self._hands.view.take_focus()

        return do
