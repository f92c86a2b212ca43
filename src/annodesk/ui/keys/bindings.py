"""Which keys each action has now: the person's own before the preset's, the preset's before the action's."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache

from PySide6.QtCore import QObject, Signal

from annodesk import paths
from annodesk.errors import AnnodeskError
from annodesk.ui.keys import chords, keyboard
from annodesk.ui.keys.choice import Choice, from_table
from annodesk.ui.keys.presets import preset

logger = logging.getLogger(__name__)

WRITING = "writing"
"""The scope of what works in a text."""


def scope_of(action_id: str) -> str:
    """The part of the program an action belongs to."""
    return action_id.partition(".")[0]


def meet(one: str, other: str) -> bool:
    """Whether two actions are ever live together."""
    scopes = {scope_of(one), scope_of(other)}
    return len(scopes) == 1 or "window" in scopes


def is_of_text(action_id: str, key: str) -> bool:
    """Whether an action's key would write or move in the text that it works in, so that it cannot have it."""
    return scope_of(action_id) == WRITING and chords.writes(key)


class KeyTable:
    """The keys that follow from a choice; a key chosen at one level is taken from whatever is live together with it."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        own, others = choice.keys, preset(choice.preset).keys
        self._levels = (own, {action_id: keys for action_id, keys in others.items() if action_id not in own})
        self._holders = tuple(_holders(level) for level in self._levels)

    def keys_of(self, action_id: str, default: Sequence[str]) -> tuple[str, ...]:
        """The keys of an action, the first is the one shown."""
        own = tuple(map(chords.canonical, default))
        for place, level in enumerate(self._levels):
            if action_id in level:
                kept = own[:1] if own[:1] == (chords.WAY_OUT,) else ()
                return kept + self._free(action_id, level[action_id], place)
        return self._free(action_id, own, len(self._levels))

    def _free(self, action_id: str, keys: Sequence[str], below: int) -> tuple[str, ...]:
        above = self._holders[:below]
        return tuple(
            key
            for key in keys
            if not is_of_text(action_id, key)
            and not any(meet(action_id, other) for level in above for other in level.get(key, ()) if other != action_id)
        )


class Bindings(QObject):
    """The keys of one person on this workstation; ``changed`` when any of them is another now."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.person_id = ""
        self._table = KeyTable(Choice())
        keyboard.current().changed.connect(self.changed)

    @property
    def choice(self) -> Choice:
        """What the person chose."""
        return self._table.choice

    @property
    def wheel_zooms(self) -> bool:
        """Whether the wheel alone zooms on the timeline; else it scrolls, and zooms with Ctrl."""
        return (self.choice.wheel or preset(self.choice.preset).wheel) != "scroll"

    def use(self, choice: Choice) -> None:
        """These keys from now on."""
        self._table = KeyTable(choice)
        keyboard.current().choose(choice.board)
        self.changed.emit()

    def keys_of(self, action_id: str, default: Sequence[str]) -> tuple[str, ...]:
        """The keys of an action, the first is the one shown."""
        return self._table.keys_of(action_id, default)

    def load(self, person_id: str) -> None:
        """The keys this person chose on this workstation; somebody new has those of whoever chose last."""
        self.person_id = person_id
        known = _stored()
        table = known.get(person_id, known.get("", {}))
        try:
            choice, left_out = from_table(table if isinstance(table, Mapping) else {})
        except AnnodeskError as error:
            choice, left_out = Choice(), [str(error)]
        for sentence in left_out:
            logger.warning("keys in the settings: %s", sentence)
        if choice != self.choice:
            self.use(choice)

    def save(self, choice: Choice) -> None:
        """These keys from now on, also at the next start."""
        self.use(choice)
        from annodesk import settings

        known = {**_stored(), "": choice.as_table(), self.person_id: choice.as_table()}
        settings.change(keys=known)


def _holders(level: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for action_id, keys in level.items():
        for key in keys:
            found.setdefault(key, set()).add(action_id)
    return found


def _stored() -> dict[str, object]:
    """The table of the settings file, read plainly: checking all settings costs 90 ms before the window is shown."""
    try:
        kept = tomllib.loads((paths.config_dir() / "settings.toml").read_text(encoding="utf-8")).get("keys", {})
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


@cache
def current() -> Bindings:
    """The bindings of this program."""
    return Bindings()
