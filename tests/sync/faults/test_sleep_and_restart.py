"""Servers that restart and computers that sleep under a running sync: it goes on by itself where it was."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from tests.sync.faults.conftest import LIMIT_S
from tests.sync.faults.desks import Desks, Told
from tests.sync.faults.durable import DurableServer, edit_ids, server_digests
from tests.team import Team

pytestmark = pytest.mark.postgres

SOON_S = 40.0
"""Long enough for a loaded computer; what never comes takes longer."""


@pytest.mark.parametrize("at_once", [False, True], ids=["in order", "in the midst"])
def test_a_running_sync_outlives_a_restart_of_the_server(
    server: DurableServer, team: Team, desks: Desks, at_once: bool
) -> None:
    ada = desks.join("ada")
    task = ada.ask("take")
    ada.ask("start")
    assert ada.ask("until", "synced", 0, SOON_S)
    saved = ada.ask("label", task, 0, 20, "speech", 40)
    server.restart(at_once=at_once)
    saved += ada.ask("label", task, 20, 40, "music", 40)
    ada.ask("nudge")
    assert ada.ask("until", "synced", 0, SOON_S)
    assert Counter(edit_ids(team)) == Counter(saved)


def test_edits_made_while_the_server_is_away_are_counted_and_arrive(
    server: DurableServer, team: Team, desks: Desks
) -> None:
    ada = desks.join("ada")
    task = ada.ask("take")
    ada.ask("start")
    assert ada.ask("until", "synced", 0, SOON_S)
    server.server.stop()
    saved = ada.ask("label", task, 0, 20, "speech", 10)
    ada.ask("nudge")
    assert ada.ask("until", "offline", 10, SOON_S)
    assert "10 edits waiting" in ada.ask("state")["sentence"]
    server.start()
    assert ada.ask("until", "synced", 0, SOON_S)
    assert Counter(edit_ids(team)) == Counter(saved)


def test_a_workstation_that_slept_while_its_line_went_away_wakes_and_goes_on(
    server: DurableServer, team: Team, desks: Desks
) -> None:
    ada, other = desks.join("ada", "ada-one"), desks.join("ada", "ada-other")
    task = ada.ask("take")
    other.ask("sync")
    ada.ask("start")
    assert ada.ask("until", "synced", 0, SOON_S)
    saved = ada.ask("label", task, 0, 10, "speech", 10)
    ada.pause()
    server.restart(at_once=True)
    saved += other.ask("label", task, 30, 40, "music", 10)
    assert other.ask("sync")["waiting"] == 0
    ada.go_on()
    ada.ask("nudge")
    assert ada.ask("until", "synced", 0, SOON_S)
    ada.ask("stop")
    assert ada.ask("sync")["waiting"] == 0
    assert other.ask("sync")["waiting"] == 0
    assert Counter(edit_ids(team)) == Counter(saved)
    own = [desk.ask("stored", task) for desk in (ada, other)]
    assert own[0]["digest"] == own[1]["digest"]
    assert server_digests(team, [own[0]["set"]]) == {own[0]["set"]: own[0]["digest"]}


def test_a_workstation_may_sleep_within_a_push(team: Team, desks: Desks) -> None:
    ada = desks.join("ada")
    task = ada.ask("take")
    saved = ada.ask("label", task, 0, 60, "speech", 2000)
    ada.begin("sync")
    while not edit_ids(team):
        pass  # until the first page has arrived: others are on their way
    ada.pause()
    time.sleep(2 * LIMIT_S)
    ada.go_on()
    assert ada.answer()["waiting"] == 0
    assert Counter(edit_ids(team)) == Counter(saved)


def test_a_server_that_sleeps_is_given_up_in_time_and_found_again(
    server: DurableServer, team: Team, desks: Desks
) -> None:
    ada = desks.join("ada", limit_s=LIMIT_S)
    task = ada.ask("take")
    saved = ada.ask("label", task, 0, 10)
    server.pause()
    try:
        began = time.monotonic()
        with pytest.raises(Told, match="did not answer in time"):
            ada.ask("sync")
        took = time.monotonic() - began
        standing = ada.ask("state")["standing"]
    finally:
        server.go_on()
    assert took < LIMIT_S + 4
    assert standing == "offline"
    assert ada.ask("sync")["waiting"] == 0
    assert edit_ids(team) == saved
