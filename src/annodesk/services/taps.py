"""Taps that wait to be accepted: found again after a crash, and brought to where the recording changes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import asdict

from annodesk.media.edges import find_changes
from annodesk.model.taps import Change, PlacedEdge, RawEdge, Reaction, Tap, find_lag, place, reach_of
from annodesk.model.times import Interval
from annodesk.paths import data_dir, for_owner_alone

if TYPE_CHECKING:
    from annodesk.progress import CancelToken

MOST_TAPS = 100_000
_LONGEST_LINE = 10_000


class TapFile:
    """The taps of one set that are not in it yet, one line each, on the disk before the next one is pressed.

    It lies in the person's own data, not in the project: it holds nothing that anybody else should see.
    """

    def __init__(self, set_id: str) -> None:
        name = hashlib.sha256(set_id.encode()).hexdigest()[:32]  # an id comes out of a file and is no file name
        self.path = data_dir() / "taps" / f"{name}.jsonl"

    def append(self, *lines: Mapping[str, Any]) -> None:
        """Add these lines for good."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self.path, "a", encoding="utf-8", opener=for_owner_alone) as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> tuple[list[Tap], int]:
        """The taps that wait, and up to where the recording was heard; a line that was cut off is left out."""
        taps: list[Tap] = []
        heard_us = 0
        with contextlib.suppress(FileNotFoundError), open(self.path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if len(taps) >= MOST_TAPS:
                    break
                heard_us = max(heard_us, _read_line(line[:_LONGEST_LINE], taps))
        return taps, max(heard_us, *(tap.until_us or tap.at_us for tap in taps)) if taps else 0

    def remove(self) -> None:
        """Nothing waits any more."""
        self.path.unlink(missing_ok=True)


def tap_line(tap: Tap) -> dict[str, Any]:
    """The line that says a tap."""
    return {"tap": asdict(tap)}


def _read_line(line: str, taps: list[Tap]) -> int:
    """Do what a line says; gives how far it says was heard."""
    try:
        body = json.loads(line)
        if "tap" in body:
            taps.append(_tap(body["tap"]))
        elif "held" in body and taps:
            taps[int(body["held"])] = _tap(body["now"])
        elif "back" in body and taps:
            taps.pop()
        return int(body.get("heard_us", 0))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return 0


def _tap(body: Mapping[str, Any]) -> Tap:
    until = body["until_us"]
    return Tap(
        str(body["tier"]),
        str(body["label"]),
        int(body["at_us"]),
        min(10.0, max(0.0, float(body["rate"]))),
        None if until is None else int(until),
        min(10.0, max(0.0, float(body["until_rate"]))),
    )


class Heard(Struct, frozen=True):
    """What is known of a recording so far: its changes of sound, and the stretches that were looked at."""

    changes: tuple[Change, ...] = ()
    stretches: tuple[Interval, ...] = ()

    def lacks(self, wanted: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """The parts of some stretches that were not looked at yet."""
        found = []
        for start, end in wanted:
            at = max(0, start)
            for known in self.stretches:
                if known.end_us <= at or known.start_us >= end:
                    continue
                if known.start_us > at:
                    found.append((at, known.start_us))
                at = max(at, known.end_us)
            if end > at:
                found.append((at, end))
        return found


class Refined(Struct, frozen=True):
    """Where the edges of a pass are, by tier, and the lag that they were found with."""

    placed: dict[str, tuple[PlacedEdge, ...]]
    reaction: Reaction
    heard: Heard = field(default_factory=Heard)


def refine(
    path: Path | None,
    offset_us: int,
    edges: Mapping[str, Sequence[RawEdge]],
    chosen: Mapping[str, Mapping[int, int]],
    reaction: Reaction,
    heard: Heard,
    cuts: Sequence[Change] = (),
    cancel: CancelToken | None = None,
) -> Refined:
    """Bring the edges of a pass to the changes of the recording around them; the lag is that of the day.

    ``offset_us`` is where the recording begins on the item's timeline; ``cuts`` are changes of the picture.
    """
    every = sorted((edge for tier in edges.values() for edge in tier if edge.rate), key=lambda edge: edge.at_us)
    wanted = heard.lacks(reach_of(edge, reaction) for edge in every)
    if path is not None and wanted:
        new = find_changes(path, [(start - offset_us, end - offset_us) for start, end in wanted], cancel=cancel)
        shifted = [Change(change.time_us + offset_us, change.gain, change.rise_db) for change in new]
        known = {change.time_us: change for change in (*heard.changes, *shifted)}
        heard = Heard(
            tuple(known[time_us] for time_us in sorted(known)),
            _joined(
                [*heard.stretches, *(Interval(max(0, start), end) for start, end in wanted if end > max(0, start))]
            ),
        )
    changes = sorted((*heard.changes, *cuts), key=lambda change: change.time_us)
    found = find_lag(every, changes, reaction)
    placed = {tier: place(of_tier, changes, found, chosen.get(tier)) for tier, of_tier in edges.items()}
    return Refined(placed, found, heard)


def _joined(stretches: Iterable[Interval]) -> tuple[Interval, ...]:
    joined: list[Interval] = []
    for stretch in sorted(stretches):
        if joined and stretch.start_us <= joined[-1].end_us:
            joined[-1] = Interval(joined[-1].start_us, max(joined[-1].end_us, stretch.end_us))
        else:
            joined.append(stretch)
    return tuple(joined)
