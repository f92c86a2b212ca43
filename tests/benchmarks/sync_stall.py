"""The window's stalls while 10,000 Edits are sent and the person edits on, in the application as it runs.

A task of an hour and 2,000 segments is open in the main window and is drawn on, dragged and labelled, while the sync
lane sends what was made in 20 other tasks. Baseline: an empty window while as many Edits again are sent. Limits: p99
under 16 ms; the longest under 50 ms, or twice the empty window's.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tests.benchmarks import ui_edits
from tests.benchmarks._figures import quantile
from tests.benchmarks._stalls import gaps_while, tell_gaps
from tests.benchmarks._teams import give_tasks, large_team, url_of, work_offline, workstation
from tests.team import PASSWORD, PROJECT, Team

EDITS, TASKS, SEGMENTS = 10_000, 20, 2_000
STEP_MS, ALONE = 8, 600
"""A step each 8 ms: a mouse tells its place 125 times a second."""
VIEW_US = 30_000_000


def lengthen(team: Team, task_id: str) -> None:
    """Make an hour's recording of a task's item."""
    with team.administrator() as db:
        row = db.execute("select item_id from annodesk.task where id = %s", (task_id,)).fetchone()
        assert row is not None
        db.execute("update annodesk.item set duration_us = %s where id = %s", (ui_edits.HOUR_US, row[0]))
        db.execute("update annodesk.task set end_us = %s where id = %s", (ui_edits.HOUR_US, task_id))
        db.execute(
            "insert into annodesk.asset (project_id, id, item_id, type, role, position, offset_us, root, path, url)"
            " values (%s, 'sound', %s, 'audio', 'main', 0, 0, 'media', 'hour.wav', '')",
            (PROJECT, row[0]),
        )


def prepare(team: Team, folder: Path) -> tuple[Path, str]:
    """A workstation whose person holds all the tasks, with one of them long and full; the file and that task."""
    from annodesk import credentials, settings
    from annodesk.model.annotations import Segment
    from annodesk.model.edits import add
    from annodesk.store import remote
    from tests.benchmarks.reopen import write_recording

    media = folder / "media"
    media.mkdir()
    write_recording(media / "hour.wav", rate_hz=8000)
    settings.change(media_roots={"media": str(media)})
    give_tasks(team, "ada", TASKS + 1)
    with team.administrator() as db:
        row = db.execute("select max(task_id) from annodesk.claim").fetchone()
        assert row is not None
    lengthen(team, row[0])
    address = remote.read_address(url_of(team, "ada"))
    credentials.keep(address.place, address.login, PASSWORD)
    with workstation(url_of(team, "ada"), folder / "ada.annodesk") as services:
        services.sync.round()
        work = services.tasks.open(PROJECT, team.people["ada"], row[0])
        step = ui_edits.HOUR_US // SEGMENTS
        labels = ("speech", "music", "advert")
        edit = work.session.stage(
            add(
                *(
                    Segment(f"s{n:05}", "content", n * step, n * step + step * 2 // 3, (labels[n % 3],))
                    for n in range(SEGMENTS)
                )
            )
        )
        assert edit is not None
        services.annotate.record(edit)
        services.sync.round()
    return folder / "ada.annodesk", row[0]


class Sent:
    """Counts what the rounds of a window send."""

    def __init__(self, window: Any) -> None:
        self.count = 0
        window.team.following._came.connect(self._note)

    def _note(self, synced: Any) -> None:
        if synced is not None:
            self.count += synced.result.pushed


def until_sent(steps: Iterator[None], sent: Sent) -> Iterator[None]:
    """As many of these steps as there is time for while Edits are being sent."""
    goal = sent.count + EDITS
    while sent.count < goal:
        if next(steps, steps) is steps:
            raise RuntimeError("sending takes longer than there are steps")
        yield


def nothing() -> Iterator[None]:
    """No step at all, as often as wanted."""
    while True:
        yield


def hands(view: Any) -> Iterator[None]:
    """The person at work, for as long as wanted."""
    while True:
        yield from ui_edits.hand(view.timeline, view.editor, random.Random(5), VIEW_US)


def main() -> None:
    """The window first, then the empty one beside as much again."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import keyring
    from keyring.backends.null import Keyring as NoKeyring
    from PySide6.QtWidgets import QWidget

    from annodesk.ui.app import make_app
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.window import MainWindow

    keyring.set_keyring(NoKeyring())
    with large_team(100) as team, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in ("CACHE", "CONFIG", "DATA"):
            os.environ[f"ANNODESK_{what}"] = str(folder / what.lower())
        path, task_id = prepare(team, folder)
        app = make_app("dark")  # noqa: F841 - keeps it alive
        window = MainWindow(Jobs(), path, person=team.people["ada"])
        window.resize(1440, 900)
        window.show()

        def settle(more: Callable[[], bool] = lambda: True) -> None:
            gaps_while(iter(()), lambda: window.is_idle() and more(), every_ms=20)

        sent = Sent(window)
        settle(lambda: window.context is not None and window.team.following.is_on)
        window.open_task("annotate", task_id)
        view = window.workspace.view
        settle(lambda: view.editor is not None and view.timeline.is_settled and window.workspace.is_idle())
        services, me = window.context.services, team.people["ada"]
        refused: list[str] = []
        view.editor.refused.connect(refused.append)
        alone = gaps_while(islice(hands(view), ALONE), lambda: view.editor.waiting == 0, every_ms=STEP_MS)
        made: list[object] = []
        view.editor.annotations_changed.connect(made.append)

        work_offline(services, me, EDITS, but=task_id)
        services.sync.nudge()
        busy = gaps_while(until_sent(hands(view), sent), lambda: view.editor.waiting == 0, every_ms=STEP_MS)
        assert not refused, refused[0]
        assert made, "the person did nothing"
        settle(lambda: view.editor.waiting == 0)

        work_offline(services, me, EDITS, but=task_id)
        window.hide()
        empty = QWidget()
        empty.resize(window.size())
        empty.show()
        services.sync.nudge()
        idle = gaps_while(until_sent(nothing(), sent), lambda: True, every_ms=STEP_MS)
        empty.close()
        window.close()
    without = {"without_sync_p99": round(quantile(alone, 0.99), 1), "without_sync_max": round(max(alone), 1)}
    tell_gaps("sync_stall", busy, idle, baseline_is="an empty window while as many are sent", edits=EDITS,
              made_meanwhile=len(made), seconds=round(sum(busy) / 1000, 1), segments=SEGMENTS, **without)  # fmt: skip


if __name__ == "__main__":
    main()
