"""What an item asks of whoever labels it, as its metadata says: languages, skills, and what not everybody works with.

``language`` is a code; ``needs`` lists skills, each with a level where it takes one (``medical:2, legal``);
``sensitive`` lists kinds of content that come with a warning (``violence, medical``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from annodesk.model.work import Skill

OTHER_LANGUAGE = "not in a language I work in"
"""The reason of a skip after which a task goes to somebody who knows another language, and not to an analyst."""

NOT_MY_CONTENT = "content I do not work with"
"""The reason with which a task is given back whose kind of content its person declines; it counts for nothing."""

HIGHEST_LEVEL, MOST_NEEDS, LONGEST_SKILL = 5, 20, 60
_PARTED = re.compile(r"[,;|]")


def needs_of(metadata: Mapping[str, Any]) -> tuple[Skill, ...]:
    """The skills an item takes; a language is a skill named by its code."""
    language = str(metadata.get("language", "")).strip()
    return together((Skill(language),) if language else (), read_needs(metadata.get("needs")))


def read_needs(words: object) -> tuple[Skill, ...]:
    """Skills as people write them, each with its level: ``medical:2, legal``."""
    found: dict[str, int] = {}
    for word in _words(words):
        name, _, level = word.rpartition(":")
        if name.strip() and level.strip().isdecimal():
            found[name.strip()] = min(HIGHEST_LEVEL, max(1, int(level)))
        else:
            found[word] = 1
    return tuple(Skill(name, level) for name, level in found.items())


def needs_words(needs: Iterable[Skill]) -> str:
    """The same as words again; a level of 1 goes without saying."""
    return ", ".join(f"{need.name}:{need.level}" if need.level > 1 else need.name for need in needs)


def together(*needs: Iterable[Skill]) -> tuple[Skill, ...]:
    """All that is asked for in one place or another, each at its highest level."""
    found: dict[str, int] = {}
    for need in chain(*needs):
        found[need.name] = max(need.level, found.get(need.name, 0))
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
    return [word for word in words if word and len(word) <= LONGEST_SKILL][:MOST_NEEDS]
