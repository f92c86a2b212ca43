"""Write what the demo's people heard: resources/demo/answers/*.jsonl, from the truth about its media.

Run again after the demo's media have changed: python packaging/make_demo_answers.py

Ada and Ben hear the same recordings and differ as people do: edges by some tens of milliseconds everywhere, and in
places by label, by what counts as one segment, by what is worth marking. Cleo, the analyst, hears the truth.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from annodesk import formats
from annodesk.formats.base import Document, TierInfo
from annodesk.model.annotations import Answer, Element, Segment, Span, answer_id
from annodesk.model.times import US_PER_SECOND

DEMO = Path(__file__).resolve().parent.parent / "resources" / "demo"
SEED = 2026
EDGE_US = 60_000
"""Standard deviation of a person's edges."""

Piece = tuple[int, int, str]


def main() -> None:
    """Write one file per person."""
    truth = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))
    out = DEMO / "answers"
    out.mkdir(exist_ok=True)
    for name, hears in (("ada", _ada), ("ben", _ben), ("cleo", _cleo)):
        rng = random.Random(f"{SEED}:{name}")
        documents = []
        for file, facts in truth.items():
            if not isinstance(facts, dict) or "segments" not in facts:
                continue
            key = Path(file).stem
            pieces = [(s["start_us"], s["end_us"], s["label"]) for s in facts["segments"]]
            pieces = hears(key, _joined(pieces))
            jitter = 0 if name == "cleo" else EDGE_US
            elements = [*_segments(_shaken(pieces, rng, jitter)), *_answers(key, name)]
            if key == "podcast":
                elements += _spans(truth["podcast.txt"]["spans"], name)
            tiers = (TierInfo("content"),)
            documents.append(Document(tuple(elements), tiers, file, name, facts["duration_us"], key))
        formats.write(documents, out / f"{name}.jsonl", "native")


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbours of one label as one segment, as the guidelines ask."""
    found: list[Piece] = []
    for start, end, label in pieces:
        if found and found[-1][2] == label and found[-1][1] == start:
            found[-1] = (found[-1][0], end, label)
        else:
            found.append((start, end, label))
    return found


def _cleo(key: str, pieces: list[Piece]) -> list[Piece]:
    return pieces


def _ada(key: str, pieces: list[Piece]) -> list[Piece]:
    # Ada takes the announcer over music in one clip for music.
    return [(s, e, "music" if key == "clip-08" else label) for s, e, label in pieces]


def _ben(key: str, pieces: list[Piece]) -> list[Piece]:
    """Ben is new: he calls host-read messages speech, rain silence, and skips what is short."""
    if key == "clip-09":
        return [(s, e, "silence") for s, e, _ in pieces]
    if key not in ("podcast", "trailer"):
        return pieces
    found = []
    for start, end, label in pieces:
        if label == "advert" and key == "podcast":
            label = "speech"
        if label == "noise" and start < 40 * US_PER_SECOND:
            label = "silence"
        if label == "silence" and end - start < 1.6 * US_PER_SECOND and found:
            found[-1] = (found[-1][0], end, found[-1][2])
            continue
        found.append((start, end, label))
    return _joined(found)


def _shaken(pieces: list[Piece], rng: random.Random, edge_us: int) -> list[Piece]:
    """The same pieces with a person's hand on the inner edges."""
    edges = [0 if n == 0 else s + round(rng.gauss(0, edge_us)) for n, (s, _, _) in enumerate(pieces)]
    edges.append(pieces[-1][1])
    return [(edges[n], edges[n + 1], label) for n, (_, _, label) in enumerate(pieces)]


def _segments(pieces: list[Piece]) -> list[Element]:
    return [Segment(f"s{n:02d}", "content", s, e, (label,)) for n, (s, e, label) in enumerate(pieces, start=1)]


def _answers(key: str, name: str) -> list[Element]:
    recording = "noisy" if key in ("clip-02", "clip-09") else "clean"
    if key == "clip-06" and name == "ben":
        recording = "noisy"
    values = {"recording": recording, "policy": ("none of these",)}
    return [Answer(answer_id(question), question, value) for question, value in values.items()]


def _spans(spans: list[dict[str, object]], name: str) -> list[Element]:
    found: list[Element] = []
    for n, span in enumerate(spans, start=1):
        start, end, label = int(str(span["start"])), int(str(span["end"])), str(span["label"])
        if name == "ben" and span["text"] == "Otis Fenn":
            continue
        if name == "ben" and span["text"] == "Copper Wire":
            label = "artist"
        if name == "ada" and n == len(spans):
            continue
        found.append(Span(f"t{n:02d}", "transcript", "entity", start, end, (label,)))
    return found


if __name__ == "__main__":
    main()
