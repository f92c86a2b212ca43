"""The status line tells the truth: nothing that waits is called synced, and what needs a person comes first."""

from __future__ import annotations

import pytest

from annodesk.services.sync_state import Standing, SyncState


def at(time_us: int) -> str:
    return f"@{time_us}"


@pytest.mark.parametrize(
    ("state", "standing", "sentence"),
    [
        (SyncState(), Standing.ALONE, ""),
        (SyncState(True), Standing.WAITING, "Not synced yet"),
        (SyncState(True, synced_at_us=5), Standing.SYNCED, "Synced @5"),
        (SyncState(True, waiting=1, synced_at_us=5), Standing.WAITING, "1 edit waiting"),
        (SyncState(True, waiting=3, synced_at_us=5), Standing.WAITING, "3 edits waiting"),
        (SyncState(True, waiting=2, is_busy=True), Standing.SYNCING, "Syncing, 2 edits waiting …"),
        (SyncState(True, offline_since_us=7, synced_at_us=5), Standing.OFFLINE, "Offline since @7"),
        (SyncState(True, waiting=9, offline_since_us=7), Standing.OFFLINE, "Offline since @7, 9 edits waiting"),
        (SyncState(True, conflicts=1, synced_at_us=5), Standing.CONFLICT, "1 conflict to choose from"),
        (
            SyncState(True, waiting=2, conflicts=2, offline_since_us=7),
            Standing.CONFLICT,
            "2 conflicts to choose from, 2 edits waiting, offline",
        ),
        (
            SyncState(True, waiting=2, refused="This login may not enter any more."),
            Standing.REFUSED,
            "Not sent, 2 edits waiting: This login may not enter any more.",
        ),
    ],
)
def test_the_line_says_what_is_the_case(state: SyncState, standing: Standing, sentence: str) -> None:
    assert (state.standing, state.sentence(at)) == (standing, sentence)


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("offline", [None, 7])
@pytest.mark.parametrize("conflicts", [0, 2])
def test_what_waits_is_always_said(busy: bool, offline: int | None, conflicts: int) -> None:
    state = SyncState(True, 4, conflicts, 5, offline, is_busy=busy)
    assert "4 edits waiting" in state.sentence(at)
    assert "Synced" not in state.sentence(at)
