"""Changes to a person's keys: who loses a key that another action gets, swaps and resets. No widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.ui.keys.bindings import KeyTable, meet
from annodesk.ui.keys.catalogue import every_action
from annodesk.ui.keys.choice import Choice

if TYPE_CHECKING:
    from annodesk.ui.actions import Action

Keys = Mapping[str, tuple[str, ...]]


class Wish(Struct, frozen=True):
    """A key that an action should have, and whose it is now.

    Parameters
    ----------
    action : the action that gets the key
    chord : the key
    losers : actions live together with it that have the key now
    gives : the key that a swap would give the losers; empty where the action has none
    """

    action: Action
    chord: str
    losers: tuple[Action, ...] = ()
    gives: str = ""


def keys_now(choice: Choice) -> dict[str, tuple[str, ...]]:
    """The keys of every action under a choice."""
    table = KeyTable(choice)
    return {action.id: table.keys_of(action.id, action.keys) for action in every_action().values()}


def wish(choice: Choice, action_id: str, chord: str) -> Wish:
    """What it means for others to give an action a key."""
    now = keys_now(choice)
    losers = [a for a in every_action().values() if a.id != action_id and meet(a.id, action_id) and chord in now[a.id]]
    gives = next((key for key in now[action_id] if key != chord), "")
    return Wish(every_action()[action_id], chord, tuple(losers), gives)


def fulfil(choice: Choice, wanted: Wish, *, swap: bool = False) -> Choice:
    """Give the key, shown first; the key shown until now goes to the losers in a swap, and stays a second key else.

    Whoever had the key has it no longer.
    """
    now, own = keys_now(choice), dict(choice.keys)
    rest = [key for key in now[wanted.action.id] if key != wanted.chord and not (swap and key == wanted.gives)]
    own[wanted.action.id] = (wanted.chord, *rest)
    for place, loser in enumerate(wanted.losers):
        given = wanted.gives if swap and place == 0 else ""
        kept = [given if key == wanted.chord else key for key in now[loser.id]]
        own[loser.id] = tuple(key for key in kept if key)
    return _tidy(choice, own)


def drop(choice: Choice, action_id: str, chord: str) -> Choice:
    """Take one key from an action."""
    kept = tuple(key for key in keys_now(choice)[action_id] if key != chord)
    return _tidy(choice, {**choice.keys, action_id: kept})


def reset(choice: Choice, action_ids: Sequence[str]) -> Choice:
    """Give actions the preset's keys again; other actions that the person gave those keys to keep them."""
    return replace(choice, keys={i: keys for i, keys in choice.keys.items() if i not in set(action_ids)})


def reset_all(choice: Choice) -> Choice:
    """The preset as it is shipped."""
    return Choice(choice.preset, board=choice.board)


def _tidy(choice: Choice, own: Keys) -> Choice:
    """The choice without what the preset says anyhow."""
    kept = dict(own)
    for action_id in own:
        without = {i: keys for i, keys in kept.items() if i != action_id}
        if keys_now(replace(choice, keys=without)).get(action_id) == own[action_id]:
            kept = without
    return replace(choice, keys=kept)
