"""What an item asks of whoever labels it, as its metadata says: languages, skills, and what not everybody works with.

``language`` is a code; ``needs`` lists skills, each with a level where it takes one (``medical:2, legal``);
``sensitive`` lists kinds of content that come with a warning (``violence, medical``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from annodesk.model.work import Skill

OTHER_LANGUAGE = "not in a language I work in"
"""The reason of a skip after which a task goes to somebody who knows another language, and not to an analyst."""

NOT_MY_CONTENT = "content I do not work with"
"""The reason with which a task is given back whose kind of content its person declines; it counts for nothing."""

HIGHEST_LEVEL = 5
_MOST, _LONGEST = 20, 60
_PARTED = re.compile(r"[,;|]")


def needs_of(metadata: Mapping[str, Any]) -> tuple[Skill, ...]:
    """The skills an item takes; a language is a skill named by its code."""
    found: dict[str, int] = {}
    language = str(metadata.get("language", "")).strip()
    if language:
        found[language] = 1
    for word in _words(metadata.get("needs")):
        name, _, level = word.rpartition(":")
        if name.strip() and level.strip().isdecimal():
            found[name.strip()] = min(HIGHEST_LEVEL, max(1, int(level)))
        else:
            found[word] = 1
    return tuple(Skill(name, level) for name, level in found.items())


def sensitive_of(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The kinds of sensitive content an item holds, in small letters; empty for most."""
    return tuple(dict.fromkeys(word.casefold() for word in _words(metadata.get("sensitive"))))


def named_language(note: str, known: Iterable[str]) -> str:
    """The language that somebody named who could not work in an item's own; empty where it is none that is known."""
    said = note.strip().casefold()
    return next((one for one in sorted(known) if one.casefold() == said), "")


def _words(value: object) -> list[str]:
    words = (word.strip() for word in _PARTED.split(str(value or ""))) if value else ()
    return [word for word in words if word and len(word) <= _LONGEST][:_MOST]
