"""Taps that wait on the disk, and edges brought to the changes of a recording."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.model.taps import RawEdge, Reaction, Tap
from annodesk.model.times import Interval
from annodesk.services.taps import Heard, TapFile, refine, tap_line

RATE_HZ = 16_000


@pytest.fixture
def file() -> TapFile:
    made = TapFile("../a set/with: a name")
    made.remove()
    return made


def test_taps_are_read_as_they_were_written(file: TapFile) -> None:
    taps = [Tap("content", "speech", 5), Tap("content", "", 9, 0.0), Tap("events", "ö\n", 10, 2.0, 12, 1.5)]
    for tap in taps:
        file.append(tap_line(tap))
    file.append({"heard_us": 77})
    assert file.read() == (taps, 77)


def test_a_tap_taken_back_and_one_that_was_held_are_as_they_were_last(file: TapFile) -> None:
    held = Tap("content", "speech", 5, until_us=9)
    file.append(tap_line(Tap("content", "speech", 5)), tap_line(Tap("content", "music", 7)), {"back": 1})
    file.append({"held": 0, "now": tap_line(held)["tap"]})
    assert file.read() == ([held], 9)


def test_a_file_cut_off_or_full_of_nonsense_gives_what_can_be_read(file: TapFile) -> None:
    tap = Tap("content", "speech", 5)
    file.append(tap_line(tap))
    with open(file.path, "a", encoding="utf-8") as raw:
        raw.write('[]\n{"tap": 3}\n{"held": 99, "now": {}}\n{"heard_us": "x"}\n' + json.dumps(tap_line(tap))[:20])
    assert file.read() == ([tap], 5)


def test_nothing_waits_where_there_is_no_file(file: TapFile) -> None:
    assert file.read() == ([], 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights elsewhere")
def test_the_file_lies_in_the_persons_own_data_and_nobody_else_reads_it(file: TapFile) -> None:
    file.append(tap_line(Tap("content", "speech", 5)))
    assert file.path.parent.name == "taps"
    assert file.path.stat().st_mode & 0o077 == 0


def recording(folder: Path) -> Path:
    t = np.arange(6 * RATE_HZ) / RATE_HZ
    sound = np.where(t >= 3, 0.3 * np.sin(2 * np.pi * 440 * t), 0) + np.random.default_rng(0).normal(0, 0.001, t.size)
    soundfile.write(folder / "a.wav", sound.astype(np.float32), RATE_HZ)
    return folder / "a.wav"


def test_an_edge_is_found_on_the_items_own_timeline(tmp_path: Path) -> None:
    edges = {"content": (RawEdge(13_270_000, 1.0, "turn", "a", "b"),)}
    found = refine(recording(tmp_path), 10_000_000, edges, {}, Reaction(), Heard())
    assert abs(found.placed["content"][0].time_us - 13_000_000) < 10_000


def test_what_was_looked_at_is_not_read_again(tmp_path: Path) -> None:
    path = recording(tmp_path)
    edges = {"content": (RawEdge(3_270_000, 1.0, "turn", "a", "b"),)}
    first = refine(path, 0, edges, {}, Reaction(), Heard())
    path.unlink()
    again = refine(path, 0, edges, {}, Reaction(), first.heard)
    assert again.placed == first.placed


def test_parts_not_looked_at_yet_are_told() -> None:
    heard = Heard(stretches=(Interval(10, 20), Interval(30, 40)))
    assert heard.lacks([(0, 50)]) == [(0, 10), (20, 30), (40, 50)]
    assert heard.lacks([(12, 18), (-5, 5)]) == [(0, 5)]
