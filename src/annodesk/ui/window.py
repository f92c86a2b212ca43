"""The main window: one file, one project, one person; the workspaces and everything around them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import AnnodeskError
from annodesk.ui import last_time, theme
from annodesk.ui.actions import KeyMap
from annodesk.ui.bus import Bus, Context
from annodesk.ui.first.way import FIRST_STEPS, FirstWay
from annodesk.ui.frame import Banner, Rail, TitleStrip, action_menu
from annodesk.ui.heldkeys import HeldKeys
from annodesk.ui.keys import bindings, keyboard
from annodesk.ui.keys.composing import Composing
from annodesk.ui.keys.reader import KeyReader
from annodesk.ui.notices import Notices, Tone
from annodesk.ui.opening import Opened, leave_file, open_file
from annodesk.ui.parts import EmptyState, settings
from annodesk.ui.plain import LONGEST_NAME, set_title, shown
from annodesk.ui.player.output import load_sound
from annodesk.ui.shell_actions import ACTIONS, LAST_FILE, last_file_action
from annodesk.ui.status import StatusLine
from annodesk.ui.team.team import Team
from annodesk.ui.who import WhoWorks
from annodesk.ui.window_over import WindowOver

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent, QWindow

    from annodesk.services.changes import Changes
    from annodesk.store.projects import ProjectVersion
    from annodesk.ui.jobs import Jobs

FILE_FILTER = "annodesk files (*.annodesk);;All files (*)"
WORKSPACES = (
    ("annotate", "waveform", "Annotate", "F5"),
    ("review", "playlist-check", "Review", "F6"),
    ("desk", "chart-bar", "The manager's desk", "Ctrl+F6"),
    ("agreement", "scale-balance", "How people agree", "Shift+F6"),
    ("setup", "cog-outline", "Pre-labels of this project", "Shift+F5"),
)
TEXT_SCALES = (0.85, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
BOARD = "window/board"
"""The layout whose letters were shown last."""
SMALLEST = QSize(960, 600)


def now_us() -> int:
    """The workstation's clock: microseconds since 1970."""
    return time.time_ns() // 1000


class MainWindow(QMainWindow):
    """Opens a file through the store lane and shows its workspaces.

    Parameters
    ----------
    jobs : the two lanes; the window closes them
    db_path : the local file, None to ask for one
    person, project : name or id of who works and on what, None for the first that fits
    """

    def __init__(
        self,
        jobs: Jobs,
        db_path: Path | None = None,
        *,
        person: str | None = None,
        project: str | None = None,
        clock: Callable[[], int] = now_us,
    ) -> None:
        super().__init__()
        set_title(self, "annodesk")
        self.setMinimumSize(SMALLEST)
        self.jobs, self._clock = jobs, clock
        self.bus, self.notices = Bus(self), Notices(self)
        self.context: Context | None = None
        self._is_loaded = False
        self._path, self._wanted_person, self._wanted_project = db_path, person, project
        self._then: Callable[[], object] | None = None
        self._on_banner = db_path
        self._workspaces: dict[str, Any] = {}
        self._shown = "annotate"
        self._text_scale = 1.0
        self._key_reader = KeyReader(self.key_maps, Composing(self), self)
        self._held_keys = HeldKeys(self)
        keyboard.current().listen(str(settings().value(BOARD) or ""))
        self.over = WindowOver(self, self.key_maps)
        self._build()
        self.who = WhoWorks(self, self.bus, self.status)
        self.first = FirstWay(self)
        self.team = Team(self, self.jobs, self.bus, self.notices, self.status)
        self.team.project_name = lambda: self.strip.project.text()
        self.team.opened = lambda: self.who.opened
        self.team.context = lambda: self.context
        self.team.open_item = lambda: getattr(self.workspace, "item_key", lambda: "")()
        self.keys = KeyMap(self, "Window")
        self.keys.bind(ACTIONS, self._handlers())
        self._bind_last_files()
        self._connect()
        if db_path is None:
            self.load(None)
        else:
            self.empty.show_state("progress-clock", f"Opening {Path(db_path).name} …")
            QTimer.singleShot(0, self, lambda: self.load(db_path))  # the window is on the screen first

    # What is shown

    @property
    def workspace(self) -> Any | None:
        """The workspace that is shown; None where no file is open."""
        return self._workspaces.get(self._shown) if self.context else None

    @property
    def shown(self) -> str:
        """The name of the workspace that is shown, or will be."""
        return self._shown

    def is_idle(self) -> bool:
        """Whether nothing is being read or stored."""
        return self.jobs.is_idle and (self._path is None or self._is_loaded)

    def key_maps(self) -> list[KeyMap]:
        """The key maps that are live now, the shown workspace's first."""
        return [*([self.workspace.keys] if self.workspace is not None else []), self.keys]

    def show_workspace(self, name: str) -> None:
        """Show a workspace, made when it is first needed."""
        if self.context is None:
            return
        if name not in self._workspaces:
            is_first = name == FIRST_STEPS
            workspace = self.first.make(self.context) if is_first else _make_workspace(name, self.context, self._stack)
            self._workspaces[name] = workspace
            self._stack.addWidget(workspace)
        if self._shown != name and self._shown in self._workspaces:
            self._workspaces[self._shown].release()
            self.status.say("")  # what was said was about the other workspace
        self._shown = name
        workspace = self._workspaces[name]
        self._stack.setCurrentWidget(workspace)
        self.rail.show_chosen(name)
        self.keys.set_condition(FIRST_STEPS, name == FIRST_STEPS)
        workspace.refresh()
        workspace.take_focus()
        self._draw_title()

    def open_task(self, workspace: str, task_id: str) -> None:
        """Show a workspace with a task open."""
        self.show_workspace(workspace)
        if self.workspace is not None:
            self.workspace.open_task(task_id)

    def open_pair(self, part: str, a: str, b: str) -> None:
        """Show review at the first open place where one person says the one and another the other."""
        from annodesk.ui.quality.pair import open_pair

        open_pair(self, part, a, b)

    def open_project(self, project_id: str, workspace: str, then: Callable[[], object] | None = None) -> None:
        """Show a workspace on another project of the open file; ``then`` is done once it is open."""
        if self.context is None or self.context.project_id == project_id:
            self.show_workspace(workspace)
            return
        self._then = then
        self._wanted_project, self._wanted_person, self._shown = project_id, self.context.person_id, workspace
        self.load(self._path)

    # Opening a file

    def load(self, path: Path | None) -> None:
        """Open a file, or say how to where there is none."""
        if path is None:
            self.empty.show_state(
                "folder-open-outline",
                "No project file is open",
                "Open an .annodesk file, or make one with: annodesk init PROJECT.toml --db FILE.annodesk",
                "Open a project file …",
            )
            self._stack.setCurrentWidget(self.empty)
            return
        self._path, self._is_loaded = Path(path), True
        self.empty.show_state("progress-clock", f"Opening {self._path.name} …")
        self._stack.setCurrentWidget(self.empty)
        self._close_file()
        self.jobs.store(
            open_file,
            self._path,
            self._wanted_project,
            self._wanted_person or last_time.person_in(self._path),
            on_done=self._on_opened,
            on_error=self._on_not_opened,
            what="open the file",
        )
        QTimer.singleShot(0, self, load_sound)  # nothing can be played before the file is open

    def _on_opened(self, opened: Opened) -> None:
        assert self._path is not None
        person_id = opened.person_id
        self.context = Context(opened.services, self.jobs, self.bus, opened.project.project_id, person_id, self.notices)
        self.who.open(opened, self.context, self._path)
        self._on_banner = opened.salvaged or self._path
        again = "Open what was saved" if opened.salvaged else "Try again"
        self.banner.say(opened.read_only, button=again if opened.read_only else "")
        self.status.set_trouble(f"Read only: {opened.read_only}" if opened.read_only else "")
        if not opened.read_only:
            self.status.set_saved(self._clock())
        self.strip.project.setText(shown(opened.project.project.name, LONGEST_NAME))
        self.keys.set_condition("open", True)
        self.team.following.open(opened.services)
        begins_with = self.first.begins_with(self._shown, person_id)
        self.show_workspace(begins_with)
        self._ask_model_state()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _show_reread(self, project: ProjectVersion) -> None:
        """The team's project or its people are others now; what is open keeps the version it was begun with."""
        self.strip.project.setText(shown(project.project.name, LONGEST_NAME))
        self._draw_title()
        if self.workspace is not None:
            self.workspace.refresh()

    def _on_not_opened(self, error: Exception) -> None:
        self._then = None
        if not isinstance(error, AnnodeskError):
            self.notices.error(error, "open the file")
        sentence = error.sentence if isinstance(error, AnnodeskError) else "The file could not be opened."
        hint = error.hint if isinstance(error, AnnodeskError) else "The report says what went wrong."
        self.empty.show_state("alert-circle-outline", sentence, hint, "Open another file …")
        self._stack.setCurrentWidget(self.empty)

    def _ask_model_state(self) -> None:
        assert self.context is not None
        self.status.set_model("looking at the model …", False)
        self.jobs.background(
            self.context.services.model_choice.status,
            self.context.project_id,
            on_done=lambda status: self.status.set_model(status.sentence, status.ok),
            on_error=lambda error: self.status.set_model(f"pre-labels are off: {error}", False),
            key="model state",
            what="look at the model",
        )

    def _on_changed(self, changes: Changes) -> None:
        from annodesk.services.changes import Kind

        if Kind.PROJECT in changes and self.context is not None:
            self._ask_model_state()  # it may name another model

    def _close_file(self) -> None:
        self.bus.leaving_file.emit()
        for workspace in self._workspaces.values():
            workspace.release()
            self._stack.removeWidget(workspace)
            workspace.hide()
            workspace.deleteLater()
        self._workspaces.clear()
        if self.context is not None:
            self.jobs.store(leave_file, self.context.services, what="close the file")
        self.context = None
        self.who.close()
        self.team.leave_file()
        self.team.holding.close()
        self.keys.set_condition("open", False)
        self.banner.say("")
        self.strip.project.setText("")
        self._draw_title()

    def _put_down(self) -> None:
        """Store what is being typed, and play nothing."""
        for workspace in self._workspaces.values():
            workspace.release()

    def _take_focus(self) -> None:
        if self.workspace is not None:
            self.workspace.take_focus()

    def _bind_last_files(self) -> None:
        """The other files of last time, to be opened by name."""
        self.keys.unbind(LAST_FILE)
        files = [path for path in last_time.files() if self._path is None or path != self._path.absolute()]
        actions = [last_file_action(number, path) for number, path in enumerate(files)]
        self.keys.bind(actions, {a.id: partial(self._open_file, path) for a, path in zip(actions, files, strict=True)})

    # The frame

    def _build(self) -> None:
        self.strip = TitleStrip(self._menu)
        self.rail = Rail(WORKSPACES)
        self.banner = Banner()
        self.empty = EmptyState()
        self.status = StatusLine()
        self._stack = QStackedWidget()
        self._stack.setProperty("role", "ground")
        self._stack.addWidget(self.empty)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.banner)
        middle.addWidget(self._stack, 1)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.rail)
        body.addLayout(middle, 1)
        host = QWidget()
        column = QVBoxLayout(host)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addLayout(body, 1)
        column.addWidget(self.status)
        self.setCentralWidget(host)
        self.rail.show_chosen(self._shown)
        geometry = settings().value("window/geometry")
        if not isinstance(geometry, QByteArray) or not self.restoreGeometry(geometry):
            self.resize(1440, 900)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "window.palette": self.over.toggle_palette,
            "window.keys": self.over.toggle_keys,
            "window.change_keys": self.change_keys,
            "window.help": self.over.show_help,
            "window.saved": self.say_saved,
            "window.annotate": lambda: self.show_workspace("annotate"),
            "window.review": lambda: self.show_workspace("review"),
            "window.desk": lambda: self.show_workspace("desk"),
            "window.agreement": lambda: self.show_workspace("agreement"),
            "window.setup": lambda: self.show_workspace("setup"),
            "window.open": self.ask_file,
            "window.person": self.who.open_people,
            "window.newcomer": self.who.ask_newcomer,
            "window.media_folder": self.ask_media_folder,
            "window.theme": self.toggle_theme,
            "window.larger": lambda: self._scale_text(1),
            "window.smaller": lambda: self._scale_text(-1),
            "window.full": lambda: self.showNormal() if self.isFullScreen() else self.showFullScreen(),
            "window.quit": self.close,
            **self.first.handlers(),
            **self.team.handlers(),
        }

    def _connect(self) -> None:
        self.rail.chosen.connect(self.show_workspace)
        self.strip.palette_asked.connect(self.over.toggle_palette)
        self.who.known.connect(self._bind_last_files)
        self.who.changed.connect(self._take_focus)
        self.who.reread.connect(self._show_reread)
        self.over.closed.connect(self._take_focus)
        self.status.keys_asked.connect(self.over.toggle_keys)
        self.empty.pressed.connect(self.ask_file)
        self.team.joined.connect(self._open_joined)
        self.team.leaving.connect(self._put_down)
        self.banner.pressed.connect(lambda: self.load(self._on_banner))
        self.bus.saved.connect(self.status.set_saved)
        self.bus.waiting.connect(self.status.set_waiting)
        self.bus.status_said.connect(self.status.say)
        self.bus.speed_said.connect(self.status.speed.setText)
        self.bus.title_changed.connect(self._draw_title)
        self.bus.open_asked.connect(self.open_task)
        self.bus.pair_asked.connect(self.open_pair)
        self.bus.changed.connect(self._on_changed)
        self.notices.noticed.connect(self.over.show_notice)
        self.notices.reported.connect(self.over.show_report)
        self.jobs.failed.connect(self.notices.error)
        bindings.current().changed.connect(self.update)  # keys are painted all over
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusWindowChanged.connect(self._read_keys_of)

    # What the keys do

    def change_keys(self) -> None:
        """Show the keys of whoever works here, to be changed."""
        self.over.change_keys(self.context.person_name if self.context is not None else "")

    def say_saved(self) -> None:
        """Answer Ctrl+S: nothing has to be saved by hand."""
        sentence = self.status.sentence()
        is_saved = sentence.startswith("All saved")
        self.notices.show(sentence, "Everything is saved as it happens." if is_saved else "", tone=Tone.OK)

    def ask_file(self) -> None:
        """Let the person choose a file."""
        start = str(self._path.parent) if self._path else ""
        chosen, _ = QFileDialog.getOpenFileName(self, "Open a project file", start, FILE_FILTER)
        if chosen:
            self._open_file(Path(chosen))

    def ask_media_folder(self) -> None:
        """Let the person say where the open project's recordings are."""
        from annodesk.ui.media_folder import ask_folder

        if self.context is not None:
            ask_folder(self.context, self)

    def _open_file(self, path: Path) -> None:
        self._wanted_project = None
        self.load(path)

    def _open_joined(self, path: Path, person_id: str) -> None:
        self._wanted_person, self._wanted_project, self.first.has_joined = person_id, None, True
        self.load(path)

    def toggle_theme(self) -> None:
        """Dark becomes light and light dark, until the program ends."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, "light" if theme.current().is_dark else "dark")

    def _scale_text(self, step: int) -> None:
        place = min(range(len(TEXT_SCALES)), key=lambda i: abs(TEXT_SCALES[i] - self._text_scale)) + step
        self._text_scale = TEXT_SCALES[max(0, min(len(TEXT_SCALES) - 1, place))]
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, "dark" if theme.current().is_dark else "light", text_scale=self._text_scale)
        self.bus.status_said.emit(f"Text at {self._text_scale:.0%}")

    def _menu(self) -> QMenu:
        return action_menu(self, self.key_maps())

    def _draw_title(self) -> None:
        workspace = self.workspace
        self.strip.item.set_whole(workspace.title() if workspace is not None else "")
        self.strip.note.setText(workspace.note() if workspace is not None else "")
        name = self.strip.project.text()
        self.status.set_place(f"{self._shown} · {name}" if name else "")
        set_title(self, " · ".join(part for part in ("annodesk", name, self.strip.item.whole()) if part))

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_keys_of(self.windowHandle())

    def _read_keys_of(self, handle: QWindow | None) -> None:
        """Read the keys of this window, and of tool windows over it, whose keys are this window's."""
        own = self.windowHandle()
        if handle is None or (
            handle != own and (handle.transientParent() != own or handle.type() != Qt.WindowType.Tool)
        ):
            return
        # Installed again each is still asked once; the last is first.
        for reader in (self._key_reader, self._held_keys, self.team.holding):
            handle.installEventFilter(reader)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.over.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        settings().setValue("window/geometry", self.saveGeometry())
        settings().setValue(BOARD, keyboard.current().found)
        self.team.close()
        self.bus.leaving_file.emit()
        for workspace in self._workspaces.values():
            workspace.release()
        if not self.jobs.is_closed:
            if self.context is not None:
                self.jobs.store(leave_file, self.context.services, what="close the file")
            self.jobs.close()
        super().closeEvent(event)


def _make_workspace(name: str, context: Context, parent: QWidget) -> QWidget:
    """A workspace by name; imported only now, so that the window is on the screen first."""
    if name == "annotate":
        from annodesk.ui.annotate.workspace import AnnotateWorkspace

        return AnnotateWorkspace(context, parent)
    if name == "desk":
        from annodesk.ui.dashboard.workspace import DeskWorkspace

        return DeskWorkspace(context, parent)
    if name == "agreement":
        from annodesk.ui.quality.workspace import AgreementWorkspace

        return AgreementWorkspace(context, parent)
    if name == "setup":
        from annodesk.ui.setup.workspace import SetupWorkspace

        return SetupWorkspace(context, parent)
    from annodesk.ui.review.workspace import ReviewWorkspace

    return ReviewWorkspace(context, parent)
