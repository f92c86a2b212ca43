"""What the person is told: notices that pass, and the report of a bug."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError

log = logging.getLogger(__name__)


class Tone(StrEnum):
    """How a notice is meant; drawn with an icon as well as a colour."""

    INFO = "info"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


class Notice(Struct, frozen=True):
    """One sentence, one next step, and perhaps a button."""

    sentence: str
    hint: str = ""
    tone: Tone = Tone.INFO
    button: str = ""
    on_button: Callable[[], object] | None = None


class Report(Struct, frozen=True):
    """A bug: what was being done and the traceback."""

    what: str
    text: str


class Notices(QObject):
    """Where every view says what the person should know; the window draws them. ``seen`` keeps what was said."""

    noticed = Signal(object)
    reported = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.seen: list[Notice] = []
        self.reports: list[Report] = []

    def show(
        self,
        sentence: str,
        hint: str = "",
        *,
        tone: Tone | str = Tone.INFO,
        button: str = "",
        on_button: Callable[[], object] | None = None,
    ) -> Notice:
        """Tell the person something that does not stop them."""
        notice = Notice(sentence, hint, Tone(tone), button, on_button)
        self.seen.append(notice)
        self.noticed.emit(notice)
        return notice

    def error(self, error: BaseException, what: str = "") -> None:
        """An AnnodeskError becomes a notice; anything else is a bug and opens the report."""
        if isinstance(error, AnnodeskError):
            self.show(error.sentence, error.hint, tone=Tone.BAD)
            return
        log.error("bug while trying to %s", what or "work", exc_info=error)
        text = "".join(traceback.format_exception(error))
        report = Report(what, text)
        self.reports.append(report)
        self.reported.emit(report)
