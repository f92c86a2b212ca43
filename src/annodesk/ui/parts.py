"""Small widgets that every workspace is made of: key caps, heads, empty states, folding splitters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.actions import ID_STARTS, shown_key
from annodesk.ui.keys import bindings
from annodesk.ui.plain import breakable, set_tip, shown, shown_lines

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon, QKeyEvent


class Label(QLabel):
    """A text as it stands, never read as rich text; on one line, or on as many as it needs where it wraps."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, wrap: bool = False) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(breakable(shown_lines(text)) if self.wordWrap() else shown(text))


def label(text: str = "", role: str = "", *, wrap: bool = False, parent: QWidget | None = None) -> Label:
    """A text; ``role`` is one of title, strong, head, small, dim, faint, bad."""
    made = Label(text.upper() if role == "head" else text, parent, wrap=wrap)
    if role:
        made.setProperty("role", role)
    if role == "head":
        made.setFont(theme.font("head"))
    return made


class KeyCap(Label):
    """A key as a cap, dim, in the font of keys; it follows the keyboard, and the action where it is one's id."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key
        self.setProperty("role", "key")
        self.setFont(theme.mono_font("head"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        bindings.current().changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setText(shown_key(self._key) or ("" if self._key.startswith(ID_STARTS) else self._key))


def key_cap(key: str) -> KeyCap:
    """A key, or the key of an action by its id, as a cap."""
    return KeyCap(key)


def button(text: str, *, role: str = "", icon: QIcon | None = None, key: str = "", tip: str = "") -> QPushButton:
    """A push button that never takes the focus from the timeline by the mouse; its tip tells the key."""
    made = _ToldButton(text, key, tip)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setAutoDefault(False)
    if role:
        made.setProperty("role", role)
    if icon is not None:
        made.setIcon(icon)
        made.setIconSize(QSize(theme.px(16), theme.px(16)))
    made.setAccessibleName(text or tip)
    return made


class _ToldButton(QPushButton):
    def __init__(self, text: str, key: str, tip: str) -> None:
        super().__init__(text)
        self._key, self._tip = key, tip
        if key:
            bindings.current().changed.connect(self._tell)
        if key or tip:
            self._tell()

    def _tell(self) -> None:
        cap = shown_key(self._key)
        set_tip(self, f"{self._tip or self.text()} ({cap})" if cap else self._tip)


def restyle(widget: QWidget, role: str) -> None:
    """Give a widget another role and draw it again."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def line() -> QFrame:
    """A hair line between two parts."""
    made = QFrame()
    made.setFixedHeight(1)
    made.setProperty("role", "line")
    return made


class EmptyState(QWidget):
    """What a view shows while there is nothing to show: an icon, what is the case, what to do, one button."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = "tray"
        self._icon = Label()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label("", "title", wrap=True)
        self.sentence = label("", "dim", wrap=True)
        self.button = button("", role="primary")
        self.button.clicked.connect(self.pressed)
        for text in (self.title, self.sentence):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            text.setMaximumWidth(theme.px(460))
        rows = QVBoxLayout(self)
        rows.setSpacing(theme.SPACE * 3)
        rows.addStretch(2)
        for widget in (self._icon, self.title, self.sentence, self.button):
            row = QHBoxLayout()
            row.addStretch()
            row.addWidget(widget, 10 if isinstance(widget, QLabel) else 0)
            row.addStretch()
            rows.addLayout(row)
        rows.addStretch(3)
        theme.notifier().theme_changed.connect(self._draw_icon)

    def show_state(self, icon: str, title: str, sentence: str = "", button: str = "") -> None:
        """Say what is the case; without a button text there is no button."""
        self._icon_name = icon
        self._draw_icon()
        self.title.setText(title)
        self.say(sentence)
        self.button.setText(button)
        self.button.setVisible(bool(button))

    def say(self, sentence: str) -> None:
        """Say more of the same case."""
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleName(f"{self.title.text()} {sentence}".strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses the one button; elsewhere a button takes Space alone."""
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers()
        if is_return and not event.isAutoRepeat() and self.button.hasFocus():
            self.button.click()
        else:
            super().keyPressEvent(event)

    def _draw_icon(self) -> None:
        size = theme.px(40)
        self._icon.setPixmap(
            theme.icon(self._icon_name, theme.current().faint).pixmap(QSize(size, size), self.devicePixelRatioF())
        )


MOST_SPLIT_SCALE = 1.2
"""Parts at the sides grow no further with the text: the middle needs the room more."""


class Splitter(QSplitter):
    """A splitter whose places are remembered and whose parts fold at one call."""

    def __init__(self, name: str, orientation: Qt.Orientation, sizes: Sequence[int]) -> None:
        super().__init__(orientation)
        self._name = f"splitter/{name}"
        self._first_sizes = [round(s * min(theme.scale(), MOST_SPLIT_SCALE)) for s in sizes]
        self._unfolded: dict[int, int] = {}
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(lambda *_: self._remember())

    def restore(self) -> None:
        """Put the parts where they were last time; call it once all parts are in."""
        kept = settings().value(self._name)
        sizes = [int(s) for s in kept] if isinstance(kept, list) and len(kept) == self.count() else self._first_sizes
        self.setSizes(sizes)

    def use(self, name: str, sizes: Sequence[int]) -> None:
        """Keep the places under another name from now on, such as for items of another kind."""
        if self._name != f"splitter/{name}":
            self._name = f"splitter/{name}"
            self._first_sizes = [round(s * min(theme.scale(), MOST_SPLIT_SCALE)) for s in sizes]
            self.restore()

    def fold(self, place: int) -> bool:
        """Fold a part away or bring it back; True where it is shown now."""
        part = self.widget(place)
        part.setVisible(part.isHidden())
        return not part.isHidden()

    def _remember(self) -> None:
        if all(not self.widget(i).isHidden() for i in range(self.count())):
            settings().setValue(self._name, self.sizes())


def settings() -> QSettings:
    """What this workstation remembers: where splitters and the window stood, the files of last time, a few habits."""
    from annodesk import paths

    return QSettings(str(paths.config_dir() / "window.ini"), QSettings.Format.IniFormat)
