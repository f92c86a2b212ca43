"""The window's stalls while the model labels beside it and the person scrolls, draws and drags in the application.

A task of an hour with 2,000 segments is open in the main window; the project page has the demo's media labelled, again
and again. Baseline: an empty window while they are. Limits: p99 under 16 ms; the longest under 50 ms, or twice the
empty window's.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tests.benchmarks import ui_edits
from tests.benchmarks._figures import quantile
from tests.benchmarks._stalls import gaps_while, tell_gaps

SEGMENTS, STEPS, STEP_MS = 2_000, 1_500, 8
VIEW_US, SCROLL_EVERY = 30_000_000, 5
PROJECT = ui_edits.PROJECT.replace("overlap = 1", "overlap = 1\naudit_share = 0.0")


def prepare(folder: Path) -> tuple[Path, str]:
    """A file with an hour that is full of segments and the demo's media; the file and the long task."""
    from annodesk import paths
    from annodesk.model.annotations import Segment
    from annodesk.model.edits import add
    from annodesk.model.work import Role
    from annodesk.services import Services
    from tests.benchmarks.reopen import write_recording

    (folder / "media").mkdir()
    write_recording(folder / "media" / "hour.wav", rate_hz=8000)
    (folder / "project.toml").write_text(PROJECT)
    path = folder / "bench.annodesk"
    with Services.open(path, create=True) as services:
        project = services.projects.init(folder / "project.toml")
        person = services.people.add(project.id, "Ada", Role.ANNOTATOR, Role.ANALYST)
        services.items.add(project.id, [folder / "media"])
        services.coordinator.round(project.id)
        card = services.tasks.cards(project.id, person.id)[0]
        work = services.tasks.open(project.id, person.id, card.task_id)
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
        services.items.add(project.id, sorted(paths.resource("demo").glob("*.flac")))
        services.coordinator.round(project.id)
    return path, card.task_id


def hands(view: Any) -> Iterator[None]:
    """The person at work: drawing and dragging, and scrolling in between."""
    rng = random.Random(5)
    while True:
        for place, _ in enumerate(ui_edits.hand(view.timeline, view.editor, rng, VIEW_US)):
            if place % SCROLL_EVERY == 0:
                view.timeline.pan(rng.choice((-0.1, 0.1)))
            yield


def main() -> None:
    """Alone, then while the model labels, then an empty window while it does."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QWidget

    from annodesk.ui.app import make_app
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.setup.running import Running
    from annodesk.ui.window import MainWindow

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in ("CACHE", "CONFIG", "DATA"):
            os.environ[f"ANNODESK_{what}"] = str(folder / what.lower())
        path, task_id = prepare(folder)
        app = make_app("dark")  # noqa: F841 - keeps it alive
        window = MainWindow(Jobs(), path, person="Ada")
        window.resize(1440, 900)
        window.show()
        gaps_while(iter(()), lambda: window.context is not None and window.is_idle(), every_ms=20)
        window.open_task("annotate", task_id)
        view = window.workspace.view
        gaps_while(iter(()), lambda: view.editor is not None and window.is_idle(), every_ms=20)
        gaps_while(iter(()), lambda: view.timeline.is_settled, every_ms=20)
        alone = gaps_while(islice(hands(view), STEPS), lambda: view.editor.waiting == 0, every_ms=STEP_MS)

        running, came, is_over = Running(window.context, window), [0], [False]

        def again() -> None:
            came[0] += running.result is not None and not running.is_running
            if not running.is_running and not is_over[0]:
                assert running.error is None, running.error
                running.start(1, anew=True)

        running.changed.connect(again)
        again()
        gaps_while(iter(()), lambda: running.share > 0, every_ms=20)
        before = came[0], running.share
        busy = gaps_while(islice(hands(view), STEPS), lambda: view.editor.waiting == 0, every_ms=STEP_MS)
        assert (came[0], running.share) != before, "the model did nothing meanwhile"
        window.hide()
        empty = QWidget()
        empty.resize(window.size())
        empty.show()
        idle = gaps_while(iter([None] * STEPS), lambda: True, every_ms=STEP_MS)
        empty.close()
        is_over[0] = True
        running.stop()
        gaps_while(iter(()), lambda: not running.is_running, every_ms=20)
        window.close()
    without = {"without_model_p99": round(quantile(alone, 0.99), 1), "without_model_max": round(max(alone), 1)}
    tell_gaps("prelabel_stall", busy, idle, baseline_is="an empty window while the model labels", segments=SEGMENTS,
              seconds=round(sum(busy) / 1000, 1), **without)  # fmt: skip


if __name__ == "__main__":
    main()
