"""A clip to practise on: the real workspace on a file of its own, with a coach above it and a word on it afterwards."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from annodesk import paths
from annodesk.errors import AnnodeskError
from annodesk.ui.annotate.workspace import AnnotateWorkspace
from annodesk.ui.bus import Bus, Context
from annodesk.ui.first.coach import ORDERS, Coach
from annodesk.ui.first.page import Page
from annodesk.ui.notices import Notice, Notices, Tone
from annodesk.ui.parts import button, label, settings

if TYPE_CHECKING:
    from annodesk.services.practice import Practice, Verdict

CLIPS = len(ORDERS)
KEPT_S = 86_400
"""What is older than this in the cache is nobody's any more."""
_PREFIX = "practice-"


class PracticePage(QWidget):
    """Makes the clip when it is reached, and throws it away with everything done on it when it is left.

    passed()    the person goes on
    """

    passed = Signal()

    def __init__(self, number: int, context: Context) -> None:
        super().__init__()
        self.number, self._outer = number, context
        self.setAccessibleName(f"Practice {number + 1} of {CLIPS}")
        self.coach = Coach()
        self.workspace: AnnotateWorkspace | None = None
        self._practice: Practice | None = None
        self._folder: Path | None = None
        self._inner: Context | None = None
        self._wish: object | None = None
        self.waiting = label("Making the clip …", "dim")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.after = Page("", "", go_on="Go on")
        self.after.passed.connect(self.passed)
        self.again = button("Once more")
        self.again.clicked.connect(self.begin)
        self.after.body.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        self.after.order(self.again)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.waiting)
        self.stack.addWidget(self.after)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.coach)
        column.addWidget(self.stack, 1)

    @property
    def is_judged(self) -> bool:
        """Whether the clip was handed in and is spoken of."""
        return self.stack.currentWidget() is self.after

    def folder_name(self) -> str:
        """What the clip's folder in the cache is called; empty where there is none."""
        return self._folder.name if self._folder is not None else ""

    def is_idle(self) -> bool:
        """Whether nothing is being made, read or stored."""
        return self._outer.jobs.is_idle and (self.workspace is None or self.workspace.is_idle())

    def begin(self) -> None:
        """Make the clip anew."""
        from annodesk.services import practice

        self.release()
        self.stack.setCurrentWidget(self.waiting)
        title = f"Practice {self.number + 1} of {CLIPS}: {practice.CLIPS[self.number].title.lower()}"
        self.coach.show_orders(title, ORDERS[self.number])
        self.coach.show()
        self._wish = wish = object()
        self._outer.jobs.store(
            _make,
            self.number,
            on_done=lambda made: self._on_made(*made, wish),
            on_error=lambda error: self._on_not_made(error, wish),
            what="make a clip to practise on",
        )

    def release(self) -> None:
        """Throw away the clip and what was done on it."""
        workspace, self.workspace = self.workspace, None
        if workspace is not None and self._inner is not None:
            self._inner.person_id = ""  # what it has asked for comes to nobody
            workspace.release()
            self.stack.removeWidget(workspace)
            workspace.hide()
        made, folder, self._practice, self._folder = self._practice, self._folder, None, None
        self._wish = None
        if folder is not None and made is not None:
            self._outer.jobs.store(
                _throw_away,
                made,
                folder,
                on_done=lambda _: workspace.deleteLater() if workspace is not None else None,  # after its own answers
                what="throw away what was practised on",
            )

    def take_focus(self) -> None:
        """Give the keys to the clip, or to the way on."""
        if self.is_judged:
            self.after.take_focus()
        elif self.workspace is not None:
            self.workspace.take_focus()

    # Inside

    def _on_made(self, made: Practice, folder: Path, wish: object) -> None:
        if wish is not self._wish:  # left before it was there
            self._outer.jobs.store(_throw_away, made, folder, what="throw away what was practised on")
            return
        self._practice, self._folder = made, folder
        outer, bus = self._outer.bus, Bus()
        for name in ("title_changed", "status_said", "speed_said"):
            getattr(bus, name).connect(getattr(outer, name))
        notices = Notices(bus)
        notices.noticed.connect(self._on_notice)
        notices.reported.connect(self._outer.notices.reported)
        self._inner = Context(
            made.services, self._outer.jobs, bus, made.project_id, made.person_id, notices, "You"
        )  # fmt: skip
        self.workspace = workspace = AnnotateWorkspace(self._inner)
        bus.setParent(workspace)
        view = workspace.view
        workspace.list.hide()  # there is one task, and it is open
        view.changed.connect(self._look)
        view.transport.state_changed.connect(self._look)
        workspace.out.left.connect(self._on_left)
        self.stack.addWidget(workspace)
        self.stack.setCurrentWidget(workspace)
        workspace.refresh()
        workspace.take_focus()
        outer.title_changed.emit()

    def _on_not_made(self, error: Exception, wish: object) -> None:
        if wish is self._wish:
            self._outer.notices.error(error, "make a clip to practise on")
            self.passed.emit()

    def _on_notice(self, notice: Notice) -> None:
        """What went wrong is told; that it was handed in is told by the page that follows."""
        if notice.tone in (Tone.BAD, Tone.WARN):
            self._outer.notices.noticed.emit(notice)

    def _look(self) -> None:
        if self.workspace is not None:
            self.coach.look(self.workspace.view)

    def _on_left(self) -> None:
        from annodesk.services.practice import judge_work

        if self._practice is None:
            return
        made = self._practice
        self._outer.jobs.store(
            judge_work,
            made,
            self.number,
            on_done=lambda verdict: self._on_judged(verdict, made),
            on_error=lambda _error: self.passed.emit(),  # skipped: there is nothing to speak of
            what="look at what was practised",
        )

    def _on_judged(self, verdict: Verdict, made: Practice) -> None:
        if made is not self._practice:
            return
        summary, *rest = verdict.sentences
        self.after.title.setText(summary)
        self.after.words.setText("\n".join(rest))
        self.coach.hide()
        self.stack.setCurrentWidget(self.after)
        self.after.take_focus()
        self._outer.bus.title_changed.emit()


def _make(number: int) -> tuple[Practice, Path]:
    """Make a clip in a folder of its own, and clear away those of a window that was killed; on the store lane."""
    from annodesk.services.practice import make_practice

    cache = paths.cache_dir()
    for left in cache.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > KEPT_S:
                shutil.rmtree(left, ignore_errors=True)
    folder: Path | None = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=cache))
        return make_practice(folder, number), folder
    except Exception as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise AnnodeskError(f"No clip could be made: {error.strerror or error}.", "Free some space.") from error


def _throw_away(made: Practice, folder: Path) -> None:
    """Remove a clip's file, and what the window remembered of it; runs on the store lane."""
    made.services.close()
    shutil.rmtree(folder, ignore_errors=True)
    kept = settings()
    for key in kept.allKeys():
        if made.person_id in key or made.project_id in key:
            kept.remove(key)
