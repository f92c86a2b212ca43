"""The window's frame: the title strip, the rail of workspaces, and the banner above a workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from annodesk.ui import theme
from annodesk.ui.parts import Label, button, key_cap, label
from annodesk.ui.plain import entry_text, set_tip, shown

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from annodesk.ui.actions import KeyMap


class ElidedLabel(Label):
    """A text cut by an ellipsis where there is no room, with the whole of it as tool tip."""

    def __init__(self, role: str = "", cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._cut = cut
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)
        self._whole = ""

    def set_whole(self, text: str) -> None:
        """Show a text, as much of it as fits."""
        self._whole = shown(text)
        set_tip(self, text)
        self.setAccessibleName(self._whole)
        self._fit()

    def whole(self) -> str:
        """The text, also where only a part of it is seen."""
        return self._whole

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._cut, max(24, self.width())))


class _Clickable(QWidget):
    clicked = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()


class TitleStrip(QFrame):
    """Project, item, what is still required, and the way to the palette."""

    palette_asked = Signal()

    def __init__(self, make_menu: Callable[[], QMenu]) -> None:
        super().__init__()
        self.setProperty("role", "strip")
        theme.notifier().theme_changed.connect(self._size)
        self._size()
        self._make_menu = make_menu
        self.brand = button("annodesk", role="brand", tip="All actions")
        self.brand.clicked.connect(self._open_menu)
        self.project = label("", "")
        self.item = ElidedLabel("dim", Qt.TextElideMode.ElideMiddle)  # the part stands at the end
        self.note = label("", "dim")
        caps = _Clickable()
        set_tip(caps, "Command palette")
        caps.clicked.connect(self.palette_asked)
        caps_row = QHBoxLayout(caps)
        caps_row.setContentsMargins(0, 0, 0, 0)
        caps_row.addWidget(key_cap("window.palette"))
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 12, 0)
        row.setSpacing(theme.SPACE * 3)
        row.addWidget(self.brand)
        row.addWidget(self.project)
        row.addWidget(self.item, 1)
        row.addWidget(self.note)
        row.addWidget(caps)

    def _size(self) -> None:
        self.setFixedHeight(theme.px(theme.TITLE_HEIGHT))

    def _open_menu(self) -> None:
        menu = self._make_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.brand.mapToGlobal(self.brand.rect().bottomLeft()))


class Rail(QFrame):
    """One button per workspace."""

    chosen = Signal(str)

    def __init__(self, entries: Sequence[tuple[str, str, str, str]]) -> None:
        super().__init__()
        self.setProperty("role", "rail")
        self._icons = {name: icon for name, icon, _, _ in entries}
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 8, 6, 8)
        column.setSpacing(6)
        for name, _, title, key in entries:
            made = QToolButton()
            made.setProperty("role", "rail")
            made.setCheckable(True)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            set_tip(made, f"{title} ({key})")
            made.setAccessibleName(title)
            made.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
            self._group.addButton(made)
            self.buttons[name] = made
            column.addWidget(made)
        column.addStretch()
        theme.notifier().theme_changed.connect(self.draw)
        self.draw()

    def show_chosen(self, name: str) -> None:
        """Mark a workspace as the one that is shown; none where it is one without a button."""
        self._group.setExclusive(False)
        for known, made in self.buttons.items():
            made.setChecked(known == name)
        self._group.setExclusive(True)
        self.draw()

    def draw(self) -> None:
        """Draw the icons in the theme's colours."""
        self.setFixedWidth(theme.px(theme.RAIL_WIDTH))
        size = theme.px(20)
        for name, made in self.buttons.items():
            colour = theme.current().accent if made.isChecked() else theme.current().dim
            made.setIcon(theme.icon(self._icons[name], colour))
            made.setIconSize(QSize(size, size))
            made.setFixedSize(theme.px(40), theme.px(36))


class Banner(QFrame):
    """A line above the workspace that stays as long as what it says is so.

    came_or_went()   it takes room now, or gives it back
    """

    pressed = Signal()
    came_or_went = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "raised")
        self._sign = Label()
        self.sentence = label("", wrap=True)
        self.button = button("")
        self.button.clicked.connect(self.pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(theme.SPACE * 2)
        row.addWidget(self._sign)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.button)
        self._icon = "lock-outline"
        theme.notifier().theme_changed.connect(self._draw)
        self.hide()

    def say(self, sentence: str, *, icon: str = "lock-outline", button: str = "") -> None:
        """Show a sentence; an empty one hides the banner."""
        self._icon = icon
        self._draw()
        self.sentence.setText(sentence)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        was_hidden = self.isHidden()
        self.setVisible(bool(sentence))
        if was_hidden != self.isHidden():
            self.came_or_went.emit()

    def _draw(self) -> None:
        size = theme.px(16)
        sign = theme.icon(self._icon, theme.current().warn)
        self._sign.setPixmap(sign.pixmap(QSize(size, size), self.devicePixelRatioF()))


def action_menu(parent: QWidget, key_maps: Sequence[KeyMap]) -> QMenu:
    """All actions of some key maps as a menu, a submenu per group."""
    menu = QMenu(parent)
    groups: dict[str, QMenu] = {}
    for keys in reversed(key_maps):
        for action in keys.actions():
            if action.is_hidden:
                continue
            name = action.group or keys.name or "General"
            if name not in groups:
                groups[name] = menu.addMenu(entry_text(name))
            bound, title = keys.keys_of(action.id), entry_text(action.title)
            entry = groups[name].addAction(f"{title}\t{bound[0]}" if bound else title)
            entry.setEnabled(keys.is_enabled(action.id))
            entry.triggered.connect(lambda _checked=False, keys=keys, action_id=action.id: keys.trigger(action_id))
    return menu
