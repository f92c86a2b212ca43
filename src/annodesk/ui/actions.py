"""Actions as data, and the key map that binds them: menus, palette and the key overlay are read from here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from annodesk.ui.keys import bindings, keyboard
from annodesk.ui.keys.chords import canonical as canonical_key

Handler = Callable[[], object]
ID_STARTS = (
    "agreement.",
    "desk.",
    "alike.",
    "annotate.",
    "digest.",
    "guidelines.",
    "review.",
    "setup.",
    "tap.",
    "window.",
    "writing.",
)
HOLD_OFF_S = 0.25
"""After the view has gone on by itself, the key that made it do so is deaf for this long."""


class Action(Struct, frozen=True):
    """One thing a person can do.

    Parameters
    ----------
    id : ``workspace.verb``
    title : what the palette and the menu show
    keys : chords as on a US keyboard (see `keys.chords`), the first is the one shown; presets and persons change them
    when : name of a condition that must hold (see `KeyMap.set_condition`), empty for always
    group : heading under which menu and overlay show it
    help : a sentence for the overlay
    in_text : whether the keys also work while a text field has the focus
    repeats : whether holding the key repeats it; never for what changes an answer
    is_hidden : keep out of palette and overlay (an alias of another)
    listens : what the keys work in listens for them itself, so that they need no shortcut
    """

    id: str
    title: str
    keys: tuple[str, ...] = ()
    when: str = ""
    group: str = ""
    help: str = ""
    in_text: bool = False
    repeats: bool = False
    is_hidden: bool = False
    listens: bool = False


class Conflict(Struct, frozen=True):
    """Two actions that want one key; the winner has it."""

    key: str
    winner: str
    loser: str

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return f"The key {shown_key(self.key)} is taken by {self.winner}; {self.loser} has lost it."


class _Bound(Struct):
    action: Action
    handler: Handler
    wins: bool
    shortcuts: dict[str, QShortcut] = field(default_factory=dict)


def shown_key(key: str) -> str:
    """A key as the person's own keyboard and system name it; of an action's id the key that it has now."""
    chord = key_of(key) if key.startswith(ID_STARTS) else key
    return keyboard.current().shown(chord) if chord else ""


def key_of(action_id: str) -> str:
    """The key that one of the program's own actions shows, in its portable form; empty where it has none."""
    from annodesk.ui.keys.catalogue import every_action

    found = every_action().get(action_id)
    return next(iter(told_keys(effective_keys(found))), "") if found is not None else ""


def _window_of_keys() -> QWidget | None:
    """The window whose shortcuts are live; a tool window hands on to the one it belongs to."""
    active = QApplication.activeWindow()
    while active is not None and active.windowType() == Qt.WindowType.Tool and active.parentWidget() is not None:
        active = active.parentWidget().window()
    return active


def told_keys(keys: Iterable[str]) -> list[str]:
    """The keys of an action that are worth telling: Qt's name for Shift+Tab is no key on a board, and media keys carry
    a sign of their own."""
    keys = [key for key in keys if "Backtab" not in key]
    return [key for key in keys if "Media " not in key] or keys


def effective_keys(action: Action) -> tuple[str, ...]:
    """The keys an action has by the preset and the person's own choice."""
    return bindings.current().keys_of(action.id, action.keys)


def is_text_field(widget: QObject | None) -> bool:
    """Whether keys typed there are text, or choose from a list."""
    if isinstance(widget, QTextEdit | QPlainTextEdit | QLineEdit):
        return not widget.isReadOnly()
    return isinstance(widget, QAbstractSpinBox | QComboBox)


def find_conflicts(actions: Iterable[Action]) -> list[Conflict]:
    """Keys that two actions live together both want; the first one listed wins."""
    owners: dict[str, list[Action]] = {}
    found = []
    for action in actions:
        for key in effective_keys(action):
            known = owners.setdefault(key, [])
            found += [Conflict(key, one.title, action.title) for one in known if bindings.meet(one.id, action.id)]
            known.append(action)
    return found


class KeyMap(QObject):
    """Binds actions to handlers within one widget; keys work while that widget is visible in the active window.

    While a text field has the focus only actions marked ``in_text`` keep their keys. ``changed`` is emitted when an
    action was bound, unbound or enabled.
    """

    changed = Signal()
    invoked = Signal(str)

    def __init__(self, scope: QWidget, name: str = "") -> None:
        super().__init__(scope)
        self.name = name
        self._scope = scope
        self._bound: dict[str, _Bound] = {}
        self._claims: dict[str, list[str]] = {}  # by key, who wants it; the last has it
        self._conditions: dict[str, bool] = {}
        self._is_typing = False
        self._is_suspended = False
        self._pressed = ""
        self._deaf: tuple[str, float] = ("", 0.0)  # a key, and until when it is not heard
        self._is_deaf_to_all = False
        bindings.current().changed.connect(self._rebind)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    def bind(self, actions: Sequence[Action], handlers: Mapping[str, Handler], *, wins: bool = False) -> list[Conflict]:
        """Add actions with their handlers by id.

        A key that an earlier action owns stays with that one, unless these ``wins``, as a project's own keys do;
        the earlier one has it again after `unbind`.
        """
        missing = [action.id for action in actions if action.id not in handlers]
        if missing:
            raise ValueError(f"no handler for {', '.join(missing)}")
        conflicts = []
        for action in actions:
            if action.id in self._bound:
                raise ValueError(f"{action.id} is bound already")
            bound = self._bound[action.id] = _Bound(action, handlers[action.id], wins)
            conflicts += self._attach(bound)
        self._refresh()
        return conflicts

    def unbind(self, prefix: str) -> None:
        """Take away all actions whose id starts so, such as the label keys of the project before."""
        for action_id in [i for i in self._bound if i.startswith(prefix)]:
            self._detach(self._bound.pop(action_id))
        self._refresh()

    def _attach(self, bound: _Bound) -> list[Conflict]:
        """Give an action its keys."""
        action, conflicts = bound.action, []
        if action.listens:
            return []
        for key in effective_keys(action):
            owner = self.owner_of(key)
            if owner is not None:
                winner, loser = (action, owner) if bound.wins else (owner, action)
                conflicts.append(Conflict(key, winner.title, loser.title))
            claims = self._claims.setdefault(key, [])
            claims.insert(len(claims) if bound.wins else 0, action.id)
            shortcut = QShortcut(QKeySequence(key), self._scope)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.setAutoRepeat(action.repeats)
            shortcut.activated.connect(lambda key=key, action_id=action.id: self._do(key, action_id))
            bound.shortcuts[key] = shortcut
        return conflicts

    def _detach(self, bound: _Bound) -> None:
        for key, shortcut in bound.shortcuts.items():
            self._claims[key].remove(bound.action.id)
            shortcut.setEnabled(False)
            shortcut.setParent(None)
            shortcut.deleteLater()
        bound.shortcuts.clear()

    def _rebind(self) -> None:
        """Follow another preset, other keys of the person, or another keyboard."""
        for bound in self._bound.values():
            if not bound.action.listens and tuple(bound.shortcuts) != effective_keys(bound.action):
                break
        else:
            self.changed.emit()  # the same keys under other letters
            return
        for bound in self._bound.values():
            self._detach(bound)
        for bound in self._bound.values():
            self._attach(bound)
        self._refresh()

    def owner_of(self, key: str) -> Action | None:
        """The action that has this key now."""
        claims = self._claims.get(canonical_key(key))
        return self._bound[claims[-1]].action if claims else None

    def actions(self) -> list[Action]:
        """All actions bound here, with the keys they really have."""
        return [bound.action for bound in self._bound.values()]

    def chords_of(self, action_id: str) -> list[str]:
        """The keys an action really has, in their portable form."""
        bound = self._bound.get(action_id)
        live = [] if bound is None else [key for key in bound.shortcuts if self._claims[key][-1] == action_id]
        if bound is not None and bound.action.listens:
            live = list(effective_keys(bound.action))
        return told_keys(live)

    def keys_of(self, action_id: str) -> list[str]:
        """The keys an action really has, as the person's system names them."""
        return [shown_key(key) for key in self.chords_of(action_id)]

    def is_enabled(self, action_id: str) -> bool:
        """Whether the action's condition holds."""
        bound = self._bound.get(action_id)
        return bound is not None and self._holds(bound.action)

    def trigger(self, action_id: str) -> bool:
        """Do the action where its condition holds."""
        bound = self._bound.get(action_id)
        if bound is None or not self._holds(bound.action):
            return False
        self.invoked.emit(action_id)
        bound.handler()
        return True

    def first_key(self, action_id: str) -> str:
        """The key that is shown for an action, in its portable form; empty where it has none now."""
        return next(iter(self.chords_of(action_id)), "")

    def knows(self, chord: str) -> bool:
        """Whether the chord is bound, be it live now or not."""
        return bool(self._claims.get(chord))

    def press(self, chord: str, *, is_repeat: bool) -> bool:
        """Do what a chord is bound to, as its shortcut would; False where nothing is live."""
        owner = self.owner_of(chord)
        if owner is None or not self._bound[owner.id].shortcuts[chord].isEnabled():
            return False
        if not self._scope.isVisible() or _window_of_keys() is not self._scope.window():
            return False
        if owner.repeats or not is_repeat:
            self._do(chord, owner.id)
        return True

    @property
    def is_deaf(self) -> bool:
        """Whether some key is not heard just now."""
        return time.monotonic() < self._deaf[1]

    def hold_off(self, *, all_keys: bool = False) -> None:
        """The view has gone on by itself: the key pressed last is deaf for a moment, so that it answers once.

        With ``all_keys`` every key is, where no key made it go on: one that comes now was meant for what was there.
        """
        self._deaf, self._is_deaf_to_all = (self._pressed, time.monotonic() + HOLD_OFF_S), all_keys

    def _do(self, key: str, action_id: str) -> None:
        deaf, until = self._deaf
        if time.monotonic() >= until or not (self._is_deaf_to_all or key == deaf):
            self._pressed = key
            self.trigger(action_id)

    def set_condition(self, name: str, holds: bool) -> None:
        """Say whether a condition holds that actions name in ``when``."""
        if self._conditions.get(name) != holds:
            self._conditions[name] = holds
            self._refresh()

    def suspend(self, is_suspended: bool) -> None:
        """Let no key through, such as while an overlay is open."""
        self._is_suspended = is_suspended
        self._refresh()

    def _holds(self, action: Action) -> bool:
        return not action.when or self._conditions.get(action.when, False)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        is_typing = is_text_field(new)
        if is_typing != self._is_typing:
            self._is_typing = is_typing
            self._refresh()

    def _refresh(self) -> None:
        for bound in self._bound.values():
            on = self._holds(bound.action) and not self._is_suspended
            on = on and (bound.action.in_text or not self._is_typing)
            for key, shortcut in bound.shortcuts.items():
                shortcut.setEnabled(on and self._claims[key][-1] == bound.action.id)
        self.changed.emit()
