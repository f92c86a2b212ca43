"""Disks that are full, on a workstation and on the server: it is said, and what was saved is there once afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postgres import private_folder
from tests.sync.faults.desks import Desks, Told, desks_of
from tests.sync.faults.durable import durable_server, edit_ids, is_up, server_digests, team_on
from tests.team import Team

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(sys.platform != "linux", reason="there is no tmpfs")]

MB = 1 << 20


@contextmanager
def small_disk(mb: int) -> Iterator[Path]:
    """A folder that is a disk of its own with so many megabytes."""
    with private_folder() as home:
        place = home / "disk"
        place.mkdir()
        call = ["mount", "-t", "tmpfs", "-o", f"size={mb}m,mode=755", "tmpfs", str(place)]
        try:
            made = subprocess.run(call, capture_output=True, text=True, check=False)
        except OSError as error:
            pytest.skip(f"a small disk cannot be mounted: {error}")
        if made.returncode:
            pytest.skip(f"a small disk cannot be mounted: {made.stderr.strip()}")
        try:
            yield place
        finally:
            subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free; the file to be deleted for there to be room again."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (MB, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


def test_on_a_full_disk_nothing_is_said_to_be_saved_that_is_not(team: Team, desks: Desks) -> None:
    with small_disk(16) as disk:
        ada = desks.join("ada", folder=disk)
        task = ada.ask("take")
        saved = ada.ask("label", task, 0, 10, "speech", 20)
        filler = fill(disk)
        told = None
        for second in range(10, 60):
            try:
                saved += ada.ask("label", task, second, second + 1)
            except Told as error:
                told = error
                break
        assert told is not None
        assert "cannot be written" in told.sentence
        assert told.hint == "Free some space and try again."
        ada.kill()
        filler.unlink()
        ada = desks.start("ada", folder=disk)
        assert ada.ask("state")["waiting"] == len(saved)
        assert ada.ask("sync")["waiting"] == 0
        assert Counter(edit_ids(team)) == Counter(saved)
        ada.close()


def test_what_a_full_disk_cannot_take_from_the_server_is_fetched_once_there_is_room(team: Team, desks: Desks) -> None:
    with small_disk(16) as disk:
        one, other = desks.join("ada", "one"), desks.join("ada", "other", folder=disk)
        task = one.ask("take")
        other.ask("sync")
        one.ask("label", task, 0, 60, "speech", 1000)
        one.ask("sync")
        filler = fill(disk)
        with pytest.raises(Told, match="cannot be written"):
            other.ask("sync")
        state = other.ask("state")
        assert state["standing"] == "refused", "it is this disk, not the line"
        assert "cannot be written" in state["sentence"]
        filler.unlink()
        assert other.ask("sync")["standing"] == "synced"
        assert other.ask("stored", task) == one.ask("stored", task)
        other.close()


def test_a_full_disk_of_the_server_is_told_and_all_arrives_once_there_is_room(tmp_path: Path) -> None:
    with (
        small_disk(160) as disk,
        durable_server(disk) as server,
        team_on(server.server) as team,
        desks_of(team, tmp_path) as desks,
    ):
        ada = desks.join("ada")
        task = ada.ask("take")
        saved = ada.ask("label", task, 0, 60, "speech", 3000)
        filler = fill(disk)
        with pytest.raises(Told) as told:
            ada.ask("sync")
        state = ada.ask("state")
        filler.unlink()
        if not is_up(server.server):
            server.start()
        assert told.value.kind == "Unreachable"
        assert "disk is full" in told.value.sentence or "broke off" in told.value.sentence
        assert state["standing"] == "offline"
        assert ada.ask("sync")["waiting"] == 0
        assert Counter(edit_ids(team)) == Counter(saved)
        own = ada.ask("stored", task)
        assert server_digests(team, [own["set"]]) == {own["set"]: own["digest"]}
        ada.close()
