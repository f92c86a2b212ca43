"""The clause of the guidelines that fits a label: found by its heading, else by where the label is first named."""

from __future__ import annotations

import re

from msgspec import Struct

_HEADING = re.compile(r"#{1,6}\s+")
_NUMBER = re.compile(r"\d+(?:\.\d+)*[a-z]?(?=[\s.:)]|$)")


class Clause(Struct, frozen=True):
    """A heading with the Markdown beneath it, to the next heading of its rank."""

    heading: str
    text: str


def split_clauses(markdown: str) -> list[Clause]:
    """The clauses of a guideline text in order; what stands before the first heading has an empty one."""
    found: list[tuple[str, list[str]]] = [("", [])]
    is_code = False
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            is_code = not is_code
        start = None if is_code else _HEADING.match(line)
        if start:
            found.append((line[start.end() :].rstrip().rstrip("#").rstrip(), []))
        else:
            found[-1][1].append(line)
    clauses = [Clause(heading, "\n".join(lines).strip()) for heading, lines in found]
    return [c for c in clauses if c.heading or c.text]


def short_name(heading: str) -> str:
    """What a clause is called in passing: its number where it has one, else its heading."""
    found = _NUMBER.match(heading)
    return found.group() if found else heading


def is_same(one: str, other: str) -> bool:
    """Whether two headings are of one clause: the same number, else the same words."""
    return short_name(one.strip()).casefold() == short_name(other.strip()).casefold()


def clause_for(markdown: str, *names: str) -> Clause | None:
    """The clause about the first of some names that has one: a heading with the name, else a text that names it."""
    clauses = split_clauses(markdown)
    for name in filter(None, names):
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        for clause in clauses:
            if word.search(clause.heading):
                return clause
        for clause in clauses:
            if clause.heading and word.search(clause.text):
                return clause
    return None
