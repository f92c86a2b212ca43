"""The key window: presets, every action with its keys, new keys by pressing them, and files of keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import AnnodeskError
from annodesk.ui import theme
from annodesk.ui.actions import Action, KeyMap, shown_key, told_keys
from annodesk.ui.keys import bindings, catalogue, choice, chords, keyboard, remap
from annodesk.ui.keys.capture import ChosenAction
from annodesk.ui.keys.layouts import LAYOUTS
from annodesk.ui.keys.presets import TITLES
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title, shown

if TYPE_CHECKING:
    from annodesk.ui.keys.choice import Choice
    from annodesk.ui.keys.remap import Wish

FILE_FILTER = "Keys (*.toml)"
_ID = Qt.ItemDataRole.UserRole
MOST_TOLD = 3


class SteadyBox(QComboBox):
    """A box of choices that the wheel leaves alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "steady")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = theme.px(14)
        x = (
            theme.px(6)
            if self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            else self.width() - size - theme.px(6)
        )
        theme.icon("chevron-down").paint(painter, x, (self.height() - size) // 2, size, size)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class KeyWindow(QDialog):
    """Changes are in force at once and kept for this person; work goes on behind the window.

    Parameters
    ----------
    key_maps : the key maps live now, to tell which key the open project gives to a label
    """

    def __init__(self, parent: QWidget, key_maps: Callable[[], Sequence[KeyMap]], person: str = "") -> None:
        super().__init__(parent)
        set_title(self, "Keys")
        self._key_maps = key_maps
        self.resize(min(theme.px(720), parent.width()), min(theme.px(660), parent.height()))
        self.preset, self.wheel, self.board = SteadyBox(), SteadyBox(), SteadyBox()
        self.find = QLineEdit()
        self.find.setPlaceholderText("Find an action or a key")
        self.find.setAccessibleName("Find an action or a key")
        self.find.setClearButtonEnabled(True)
        self.list = QTreeWidget()
        self.foot = ChosenAction()
        self._said = label("", "dim", wrap=True)
        self._build(person)
        self._connect()
        self._fill()
        self._follow()
        self.find.setFocus()

    # What is chosen

    @property
    def action(self) -> Action | None:
        """The action under the keys."""
        item = self.list.currentItem()
        action_id = item.data(0, _ID) if item is not None else None
        return catalogue.every_action().get(action_id) if action_id else None

    def choose(self, action_id: str) -> None:
        """Bring an action under the keys."""
        item = self._items[action_id]
        self.list.setCurrentItem(item)
        self.list.scrollToItem(item)

    def shown_titles(self) -> list[str]:
        """The actions that fit what was typed."""
        return [item.text(0) for item in self._items.values() if not item.isHidden()]

    def sentence(self) -> str:
        """What is told of files and presets."""
        return self._said.text()

    # Changing

    def _on_pressed(self, chord: str) -> None:
        action = self.action
        if action is None:
            return
        if bindings.is_of_text(action.id, chord):
            self._show_foot()
            self.foot.say(f"{shown_key(chord)} writes in a text. Press one with Ctrl or Alt, or a function key.")
            return
        wanted = remap.wish(bindings.current().choice, action.id, chord)
        if wanted.losers:
            key = shown_key(chord)
            told = [f"{key} is the key of {self._name(one)}, which would lose it." for one in wanted.losers]
            self.foot.offer(wanted, [*told, *self._doubts(wanted)])
            self._keep_in_view()
        else:
            self._grant(wanted, False)

    def _grant(self, wanted: Wish, is_swap: bool) -> None:
        doubts = self._doubts(wanted)
        self._keep(remap.fulfil(bindings.current().choice, wanted, swap=is_swap))
        self.foot.say(" ".join(doubts))
        self.list.setFocus()

    def _doubts(self, wanted: Wish) -> list[str]:
        """Why the key may not do what is hoped for."""
        key, found = shown_key(wanted.chord), [chords.trouble(wanted.chord)]
        for keys in self._key_maps():
            owner = keys.owner_of(wanted.chord)
            is_met = owner is not None and (
                bindings.meet(owner.id, wanted.action.id) or bindings.scope_of(wanted.action.id) == "tap"
            )  # labels are tapped
            if owner is not None and is_met and owner.id not in catalogue.every_action():
                found.append(
                    f"While this project is open {key} gives “{shown(owner.title, 60)}”; its own keys go first."
                )
        if chords.reach(wanted.chord, keyboard.current().layout) is None:
            found.append(f"On a {keyboard.current().layout.title} keyboard {key} is the system's.")
        return [one for one in found if one]

    def _keep(self, changed: Choice) -> None:
        try:
            bindings.current().save(changed)
        except AnnodeskError as error:
            self._say(str(error))

    def _on_boxes(self) -> None:
        now = bindings.current().choice
        preset, wheel, board = (str(box.currentData()) for box in (self.preset, self.wheel, self.board))
        if preset != now.preset and now.keys:
            self._say(f"The keys you changed yourself stay as they are in {TITLES[preset]}. Reset all takes them back.")
        changed = replace(now, preset=preset, wheel=wheel, board=board)
        if changed != now:
            self._keep(changed)

    def reset_all(self) -> None:
        """The preset as it is shipped."""
        count = len(bindings.current().choice.keys)
        self._keep(remap.reset_all(bindings.current().choice))
        if count:
            self._say(f"{count} {'action has' if count == 1 else 'actions have'} the keys of the preset again.")

    def read_file(self, path: Path) -> None:
        """Take over a file of keys that anybody may have written."""
        try:
            found, left_out = choice.read(path)
        except AnnodeskError as error:
            self._say(str(error))
            return
        self._keep(found if found.preset in TITLES else replace(found, preset="annodesk"))
        unknown = [i for i in found.keys if i not in catalogue.every_action()]
        told = [f"The keys of {shown(path.name, 60)} are in force."]
        if unknown:
            told.append(f"{len(unknown)} of its actions {'is' if len(unknown) == 1 else 'are'} not known here.")
        told += left_out[:MOST_TOLD]
        if len(left_out) > MOST_TOLD:
            told.append(f"And {len(left_out) - MOST_TOLD} more parts were left out.")
        self._say(" ".join(told))

    def write_file(self, path: Path) -> None:
        """Write the keys for another workstation."""
        try:
            choice.write(path, bindings.current().choice)
        except AnnodeskError as error:
            self._say(str(error))
        else:
            self._say(f"Written: {shown(path.name, 60)}")

    def _ask_read(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Read keys", "", FILE_FILTER)
        if chosen:
            self.read_file(Path(chosen))

    def _ask_write(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, "Write keys", "keys.toml", FILE_FILTER)
        if chosen:
            self.write_file(Path(chosen))

    # Showing

    def _say(self, sentence: str) -> None:
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))

    def _name(self, action: Action) -> str:
        return f"“{action.title}” ({catalogue.SCOPES[bindings.scope_of(action.id)]})"

    def _fill(self) -> None:
        self._items: dict[str, QTreeWidgetItem] = {}
        groups: dict[tuple[str, str], QTreeWidgetItem] = {}
        for action in catalogue.every_action().values():
            place = (catalogue.SCOPES[bindings.scope_of(action.id)], action.group)
            if place not in groups:
                made = QTreeWidgetItem([(" · ".join(place) if place[1] != "Window" else "The window").upper()])
                made.setFlags(Qt.ItemFlag.ItemIsEnabled)
                made.setFirstColumnSpanned(True)
                groups[place] = made
                self.list.addTopLevelItem(made)
                made.setExpanded(True)
            item = QTreeWidgetItem([action.title])
            item.setData(0, _ID, action.id)
            groups[place].addChild(item)
            self._items[action.id] = item
        self._groups = list(groups.values())

    def _follow(self) -> None:
        """Show the bindings as they are now."""
        now = bindings.current().choice
        keys = remap.keys_now(now)
        mono, own = theme.mono_font("small"), QFont(theme.font())
        own.setBold(True)
        for action_id, item in self._items.items():
            told = told_keys(keys[action_id])
            item.setText(1, "   ".join(shown_key(key) for key in told) or "–")
            item.setFont(1, mono)
            item.setFont(0, own if action_id in now.keys else theme.font())
            item.setText(2, "changed" if action_id in now.keys else "")
        for group in self._groups:
            group.setFont(0, theme.font("head"))
            group.setForeground(0, QColor(theme.current().dim))
        self._show_boxes(now)
        self._show_foot()
        self._filter()

    def _show_boxes(self, now: Choice) -> None:
        found = keyboard.current().layout.title
        self.board.setItemText(0, f"as the keys type ({found})" if not now.board else "as the keys type")
        for box, value in ((self.preset, now.preset), (self.wheel, now.wheel), (self.board, now.board)):
            box.blockSignals(True)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.blockSignals(False)
        self.reset_button.setEnabled(bool(now.keys or now.wheel))

    def _show_foot(self) -> None:
        action, now = self.action, bindings.current().choice
        keys = remap.keys_now(now)[action.id] if action is not None else ()
        self.foot.show_action(action, keys, is_own=action is not None and action.id in now.keys)

    def _filter(self) -> None:
        words = self.find.text().lower().split()
        for group in self._groups:
            left = 0
            for place in range(group.childCount()):
                item = group.child(place)
                text = f"{group.text(0)} {item.text(0)} {item.text(1)}".lower()
                item.setHidden(not all(word in text for word in words))
                left += not item.isHidden()
            group.setHidden(not left)
        self.nothing.setVisible(all(group.isHidden() for group in self._groups))
        current = self.list.currentItem()
        if words and (current is None or current.isHidden()):
            first = next((item for item in self._items.values() if not item.isHidden()), None)
            self.list.setCurrentItem(first)

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
                self._ask()
                return True
            if watched is self.find and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.list.setFocus()
                if self.action is None and self._items:
                    self.list.setCurrentItem(next(i for i in self._items.values() if not i.isHidden()))
                return True
            if watched is self.list and key is Qt.Key.Key_Delete and self.action is not None:
                keys = remap.keys_now(bindings.current().choice)[self.action.id]
                if keys and keys[0] != chords.WAY_OUT:
                    self._drop(keys[0])
                return True
        return super().eventFilter(watched, event)

    def _drop(self, chord: str) -> None:
        if self.action is not None:
            self._keep(remap.drop(bindings.current().choice, self.action.id, chord))

    def _reset_one(self) -> None:
        if self.action is not None:
            self._keep(remap.reset(bindings.current().choice, [self.action.id]))

    def _connect(self) -> None:
        for box in (self.preset, self.wheel, self.board):
            box.currentIndexChanged.connect(self._on_boxes)
        self.find.textChanged.connect(self._filter)
        self.find.installEventFilter(self)
        self.list.installEventFilter(self)
        self.list.currentItemChanged.connect(lambda *_: self._show_foot())
        self.list.itemDoubleClicked.connect(lambda *_: self._ask())
        self.foot.wanted.connect(self._on_pressed)
        self.foot.granted.connect(self._grant)
        self.foot.dropped.connect(self._drop)
        self.foot.reset_asked.connect(self._reset_one)
        self.foot.left.connect(self._on_left)
        bindings.current().changed.connect(self._follow)

    def _ask(self) -> None:
        self.foot.ask()
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        """The foot has grown over the list."""
        QTimer.singleShot(0, self, lambda: self.list.scrollToItem(self.list.currentItem()))

    def _on_left(self) -> None:
        self._show_foot()
        self.list.setFocus()

    def _build(self, person: str) -> None:
        for name, title in TITLES.items():
            self.preset.addItem(title, name)
        for words, value in (("as in the preset", ""), ("zooms", "zoom"), ("scrolls; zooms with Ctrl", "scroll")):
            self.wheel.addItem(words, value)
        self.board.addItem("", "")
        for layout in LAYOUTS:
            self.board.addItem(layout.title, layout.name)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        whose = f"Kept for {shown(person, 40)} on this workstation." if person else "Kept on this workstation."
        column.addWidget(label(f"{whose} Changes are in force at once.", "dim", wrap=True))
        boxes = QGridLayout()
        places = (("Keys as in", self.preset, 0, 0), ("The wheel", self.wheel, 0, 2), ("Letters", self.board, 1, 0))
        for words, box, row, place in places:
            boxes.addWidget(label(words, "dim"), row, place)
            boxes.addWidget(box, row, place + 1)
            box.setAccessibleName(words)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        boxes.addWidget(self.find, 1, 2, 1, 2)
        for place in (1, 3):
            boxes.setColumnStretch(place, 1)
        column.addLayout(boxes)
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(theme.px(10))
        self.list.setAccessibleName("Actions and their keys")
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in (1, 2):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        self.nothing = label("No action has these words or this key.", "dim")
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)
        column.addWidget(self.foot)
        column.addWidget(self._said)
        self._said.hide()
        feet = QHBoxLayout()
        self.reset_button = button("Reset all")
        for made, act in (
            (button("Read a file …"), self._ask_read),
            (button("Write a file …"), self._ask_write),
            (self.reset_button, self.reset_all),
        ):
            made.clicked.connect(act)
            feet.addWidget(made)
        feet.addStretch()
        close = button("Back to work")
        close.clicked.connect(self.close)
        feet.addWidget(close)
        column.addLayout(feet)
