"""What a person chose about keys, and its TOML form: settings keep it, presets are shipped in it, files carry it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from annodesk.errors import AnnodeskError
from annodesk.ui.keys import chords
from annodesk.ui.keys.layouts import BY_NAME

FORMAT = 1
MOST_BYTES = 100_000
MOST_ACTIONS, MOST_KEYS = 1000, 8
WHEELS = ("zoom", "scroll")


class KeysFileError(AnnodeskError):
    """A file of keys that makes no sense."""


class Choice(Struct, frozen=True):
    """A preset and what differs from it.

    Parameters
    ----------
    preset : name of the preset
    keys : keys by action id, where they are not the preset's
    wheel : ``zoom`` or ``scroll`` for what the wheel does on the timeline; empty as in the preset
    board : name of the layout whose letters are shown; empty to go by what the keys type
    """

    preset: str = "annodesk"
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wheel: str = ""
    board: str = ""

    def as_table(self) -> dict[str, Any]:
        """The choice as plain values for a TOML file."""
        table: dict[str, Any] = {"format": FORMAT, "preset": self.preset}
        table |= {name: value for name, value in (("wheel", self.wheel), ("board", self.board)) if value}
        return table | {"keys": {action_id: list(keys) for action_id, keys in self.keys.items()}}


def from_table(table: Mapping[str, Any]) -> tuple[Choice, list[str]]:
    """A choice out of plain values that anybody may have written, and a sentence for each part left out."""
    left_out: list[str] = []
    if table.get("format", FORMAT) != FORMAT:
        raise KeysFileError("These keys are of another format.", "Use a newer annodesk to read them.")
    given = table.get("keys", {})
    if not isinstance(given, Mapping) or len(given) > MOST_ACTIONS:
        raise KeysFileError("The keys are not a table of actions.", 'Expected [keys] with lines such as "a.b" = ["Q"].')
    keys: dict[str, tuple[str, ...]] = {}
    for action_id, wanted in given.items():
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if not isinstance(wanted, list) or not all(isinstance(key, str) for key in wanted):
            left_out.append(f"{action_id}: expected a list of keys.")
            continue
        parsed = [(key, chords.parse(key)) for key in wanted[:MOST_KEYS]]
        left_out += [f"{action_id}: {key!r} is no key that can be bound." for key, chord in parsed if not chord]
        keys[str(action_id)] = tuple(dict.fromkeys(chord for _, chord in parsed if chord))
    words = {name: table.get(name, "") for name in ("preset", "wheel", "board")}
    allowed = {"wheel": ("", *WHEELS), "board": ("", *BY_NAME)}
    for name, value in words.items():
        if not isinstance(value, str) or value not in allowed.get(name, (value,)):
            left_out.append(f"{name}: {value!r} is not known.")
            words[name] = ""
    return Choice(words["preset"] or "annodesk", keys, words["wheel"], words["board"]), left_out


def read(path: Path) -> tuple[Choice, list[str]]:
    """A choice out of a file that anybody may have written, and a sentence for each part left out."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise KeysFileError(f"{path.name} is too large for a file of keys.", "Choose another file.")
        return from_table(tomllib.loads(data.decode("utf-8-sig")))
    except OSError as error:
        raise KeysFileError(
            f"{path.name} cannot be read: {error.strerror or error}.", "Choose another file."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise KeysFileError(
            f"{path.name} is no file of keys: {error}.", "Expected TOML with a table [keys]."
        ) from error


def write(path: Path, choice: Choice) -> None:
    """Write a choice as a file for another workstation."""
    lines = ["# Keys of annodesk. Letters and signs name places on a US keyboard.", f"format = {FORMAT}"]
    words = (("preset", choice.preset), ("wheel", choice.wheel), ("board", choice.board))
    lines += [f"{name} = {_text(value)}" for name, value in words if value]
    lines += ["", "[keys]"]
    lines += [f"{_text(name)} = [{', '.join(map(_text, keys))}]" for name, keys in choice.keys.items()]
    try:
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    except OSError as error:
        raise KeysFileError(
            f"{path.name} cannot be written: {error.strerror or error}.", "Choose another place."
        ) from error


def _text(value: str) -> str:
    """A text as TOML writes it; JSON's way is one of TOML's."""
    return json.dumps(value, ensure_ascii=False)
