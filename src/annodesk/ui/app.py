"""Starts the desktop application, and takes the pictures of its workspaces that the README shows."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from annodesk.ui import ahead, last_time
from annodesk.ui import theme as themes
from annodesk.ui.collect import Collector
from annodesk.ui.jobs import Jobs
from annodesk.ui.loading import load_beforehand
from annodesk.ui.window import MainWindow

if TYPE_CHECKING:
    from annodesk.ui.annotate.workspace import AnnotateWorkspace

PICTURE_WAIT_S = 60.0
SWITCH_S = 0.0005
"""How long another thread may hold the interpreter while the window waits for it: a tenth of Python's own 5 ms, which
a paint would meet several times over."""


def make_app(choice: str | None = None) -> QApplication:
    """The one QApplication, in the person's theme."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
        Collector(app).start()
        load_beforehand()
    sys.setswitchinterval(SWITCH_S)
    app.setApplicationName("annodesk")
    app.setDesktopFileName("annodesk")
    themes.apply(app, choice or _chosen_theme())
    return app


def _chosen_theme() -> str:
    """The theme of the settings file, read plainly: checking all settings costs 90 ms before the window is shown."""
    import tomllib

    from annodesk import paths

    try:
        chosen = tomllib.loads((paths.config_dir() / "settings.toml").read_text(encoding="utf-8")).get("theme")
    except (OSError, ValueError):
        return "system"
    return chosen if chosen in ("dark", "light") else "system"


def run(db_path: Path | str | None, *, person: str | None = None, project: str | None = None) -> int:
    """Open the window on a local file and stay until it is closed; the exit code.

    None opens the file of last time, or asks for one.
    """
    path = Path(db_path) if db_path is not None else last_time.newest_file()
    if path is not None:
        ahead.begin(path, project, person or last_time.person_in(path), last_time.tasks())
    app = make_app()
    jobs = Jobs()
    window = MainWindow(jobs, path, person=person, project=project)
    window.show()
    try:
        return app.exec()
    finally:
        jobs.close()
        ahead.end()


def take_pictures(
    db_path: Path | str,
    out_dir: Path | str,
    *,
    theme: str = "dark",
    size: tuple[int, int] = (1440, 900),
    annotator: str | None = None,
    analyst: str | None = None,
    project: str | None = None,
    text_scale: float = 1.0,
    workspaces: Sequence[str] = ("annotate", "review"),
    review_item: str = "",
) -> list[Path]:
    """Pictures of each workspace as a person sees it: annotate with a task in progress, review with an open case.

    A workspace that has nothing to show is pictured as the person would find it.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = make_app(theme)
    themes.apply(app, theme, text_scale=text_scale)
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    jobs = Jobs()
    window = MainWindow(jobs, Path(db_path), person=annotator, project=project)
    window.resize(*size)
    window.show()
    taken = []
    try:
        for name in workspaces:
            wait_until(lambda: window.context is not None and window.is_idle())
            if name in ("review", "desk"):
                _become_analyst(window, analyst)
            if window.context is not None:
                window.show_workspace(name)
            workspace = window.workspace
            wait_until(lambda workspace=workspace: workspace is not None and workspace.is_idle())
            if name == "annotate":
                _pose(window.workspace)
            elif name == "review" and workspace is not None and workspace.open_first(review_item):
                wait_until(window.is_idle)
                workspace.transport.pause()  # what is opened is played at once
            wait_until(lambda: window.is_idle() and _is_drawn(window))
            taken.append(folder / f"{name}-{theme}.png")
            window.grab().save(str(taken[-1]))
    finally:
        window.close()
        window.deleteLater()
    return taken


def _become_analyst(window: MainWindow, analyst: str | None) -> None:
    from annodesk.model.work import Role
    from annodesk.ui.opening import choose_person

    people = window.who.people()
    window.who.choose(choose_person(people, analyst, Role.ANALYST))


def _pose(workspace: AnnotateWorkspace) -> None:
    """Put the playhead where the person would be at work: at the first suggestion, or a third into the task."""
    view = workspace.view
    if view.work is None:
        return
    focused = view.focused_suggestion()
    start, end = view.work.task.start_us, view.work.task.end_us
    view.timeline.move_playhead(start + (end - start) // 3)
    if focused is not None:
        view.go_to_suggestion(view.pending.focused(None, start + (end - start) // 3) or focused)


def _is_drawn(window: MainWindow) -> bool:
    timeline = getattr(getattr(window.workspace, "view", window.workspace), "timeline", None)
    return timeline is None or timeline.isHidden() or timeline.is_settled


def wait_until(holds: Callable[[], bool], *, limit_s: float = PICTURE_WAIT_S) -> bool:
    """Let the window work until something holds; False where it never did."""
    deadline = time.monotonic() + limit_s
    loop = QEventLoop()
    while True:
        QTimer.singleShot(10, loop.quit)
        loop.exec()  # once in any case: what is drawn comes after what is known
        if holds():
            return True
        if time.monotonic() > deadline:
            return False
