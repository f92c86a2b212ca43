"""Lines that are cut or go dead at any byte, between processes and a durable server: nothing is lost or there twice."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from tests.proxy import Line
from tests.sync.faults.conftest import LIMIT_S
from tests.sync.faults.desks import DeskProcess, Told
from tests.sync.faults.durable import edit_ids, server_digests
from tests.team import Team

pytestmark = pytest.mark.postgres

SPARE_S = 4.0
"""What a loaded computer may take beyond a limit; a call that hangs takes for ever."""
EDITS = 300
EDITS_BYTES = 150_000


def syncs(desk: DeskProcess) -> bool:
    """Whether a round comes to its end; where it does not, that is the line's fault and no other."""
    try:
        return bool(desk.ask("sync")["waiting"] == 0)
    except Told as told:
        if told.kind != "Unreachable":
            raise
        return False


def test_a_push_that_is_cut_at_any_byte_arrives_whole_and_once(
    team: Team, ada: DeskProcess, bad_line: Line, rng: random.Random
) -> None:
    task = ada.ask("take")
    saved = ada.ask("label", task, 0, 60, "speech", EDITS)
    for _ in range(8):
        bad_line.cut_after(rng.randrange(EDITS_BYTES))
        syncs(ada)
    assert bad_line.cuts >= 4, "the cuts were within the push"
    bad_line.cut_after(1 << 40)
    assert syncs(ada)
    assert Counter(edit_ids(team)) == Counter(saved)
    own = ada.ask("stored", task)
    assert server_digests(team, [own["set"]]) == {own["set"]: own["digest"]}


@pytest.mark.parametrize("words", [b"COMMIT", b"annodesk.submit"])
def test_a_line_cut_after_the_commit_and_before_the_reply_sends_nothing_twice(
    team: Team, ada: DeskProcess, bad_line: Line, words: bytes
) -> None:
    task = ada.ask("take")
    saved = ada.ask("finish", task)
    bad_line.cut_reply_to(words)
    with pytest.raises(Told, match=r"broke off|cannot be reached"):
        ada.ask("sync")
    there = Counter(edit_ids(team))
    assert there == Counter(saved), "it had been committed"
    assert ada.ask("state")["standing"] == "offline"
    assert syncs(ada)
    assert Counter(edit_ids(team)) == there
    assert ada.ask("claims") == {task: "submitted"}


def test_no_call_on_a_half_open_line_waits_longer_than_its_limit(
    ada: DeskProcess, bad_line: Line, rng: random.Random
) -> None:
    task = ada.ask("take")
    took = []
    for number in range(4):
        ada.ask("label", task, 10 * number, 10 * number + 10)
        bad_line.fall_silent_after(rng.randrange(4000))
        began = time.monotonic()
        is_done = syncs(ada)
        took.append(time.monotonic() - began)
        assert is_done or ada.ask("state")["standing"] == "offline"
        bad_line.cut_after(1 << 40)
        bad_line.fall_silent(False)
    assert bad_line.cuts >= 2, "most rounds met a dead line"
    assert max(took) < LIMIT_S + SPARE_S
    assert syncs(ada)


def test_a_server_that_says_nothing_to_a_newcomer_is_given_up_in_time(ada: DeskProcess, bad_line: Line) -> None:
    bad_line.drop()
    bad_line.fall_silent()
    syncs(ada)
    began = time.monotonic()
    assert not syncs(ada)
    assert time.monotonic() - began < LIMIT_S + SPARE_S


def test_a_thread_on_a_half_open_line_is_ended_at_once(ada: DeskProcess, bad_line: Line) -> None:
    task = ada.ask("take")
    ada.ask("start")
    assert ada.ask("until", "synced", 0, 20.0)
    bad_line.fall_silent()
    ada.ask("label", task, 0, 1)
    assert ada.ask("stop") < SPARE_S
