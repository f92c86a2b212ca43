"""The real texts the embedded model learns from: NLU++ banking and the training part of DSTC8, and no others.

NLU++ hotels, DSTC8's test part and Banking77 are for measuring and must never come near this file.
"""

from __future__ import annotations

import json
from pathlib import Path

LEARNED_FROM = ("nlupp/banking_*.json", "dstc8/*_train_*.json")

Marked = tuple[str, frozenset[str]]
"""A text and what it is marked with."""


def real_texts(folder: Path) -> tuple[tuple[Marked, ...], ...]:
    """The texts that may be learned from, by collection, each with its intents (or with what it names)."""
    banking: list[Marked] = []
    buses: list[Marked] = []
    for path in sorted(folder.glob(LEARNED_FROM[0])):
        for row in json.loads(path.read_text(encoding="utf-8")):
            banking.append((row["text"], frozenset(row.get("intents", ()))))
    for path in sorted(folder.glob(LEARNED_FROM[1])):
        for row in json.loads(path.read_text(encoding="utf-8")):
            marks = {label["slot"] for label in row.get("labels", ())} | set(row["context"].get("requestedSlots", ()))
            buses.append((row["userInput"]["text"], frozenset(marks)))
    if not banking or not buses:
        raise FileNotFoundError(f"no texts to learn from in {folder}: {', '.join(LEARNED_FROM)}")
    return tuple(banking), tuple(buses)
