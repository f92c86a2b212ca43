"""Asks where this computer has a project's recordings, and says what was found there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from annodesk.ui.notices import Tone
from annodesk.ui.plain import shown

if TYPE_CHECKING:
    from annodesk.services.folders import Looked
    from annodesk.ui.bus import Context


def ask_folder(context: Context, parent: QWidget, done: Callable[[Looked], object] | None = None) -> None:
    """Let the person choose the folder; what is open comes back with its sound by itself."""
    chosen = QFileDialog.getExistingDirectory(parent, "Where are the recordings?")
    if chosen:
        name_folder(context, Path(chosen), done or (lambda looked: say(context, looked)))


def name_folder(context: Context, folder: Path, done: Callable[[Looked], object]) -> None:
    """Have the recordings looked for in a folder."""
    context.jobs.store(
        context.services.folders.name, context.project_id, folder, on_done=done, what="name the recordings' folder"
    )


def say(context: Context, looked: Looked) -> None:
    """Tell what was found."""
    context.notices.show(*words(looked), tone=Tone.OK if looked.found == looked.files else Tone.WARN)


def words(looked: Looked) -> tuple[str, str]:
    """What was found, and what is not there."""
    if not looked.files:
        return "The folder is noted.", "No recording has come from the server yet."
    if looked.found == looked.files:
        return f"All {looked.files} files of your tasks are found." if looked.files > 1 else "The file is found.", ""
    missing = f"For instance {shown(looked.missing, 60)} is not there."
    return f"{looked.found} of {looked.files} files are found.", missing
