"""Errors a person can act on: one sentence on what happened, one on what to do next.

Anything that is not an AnnodeskError is a bug and is reported with its traceback.
"""

from __future__ import annotations

from pathlib import Path


class AnnodeskError(Exception):
    """A failure of the surroundings or of the input, told in one sentence and one next step."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class ProjectError(AnnodeskError):
    """A project file that says something impossible; names its line and key."""

    def __init__(self, path: Path | str, line: int | None, key: str, what: str, hint: str = "") -> None:
        where = f"{path}, line {line}" if line is not None else f"{path}"
        super().__init__(f"{where}: {key}: {what}" if key else f"{where}: {what}", hint)
        self.path, self.line, self.key = Path(path), line, key


class ValidationError(AnnodeskError):
    """An annotation that its label schema does not allow."""


class EditError(AnnodeskError):
    """An Edit that cannot be applied to the set it names."""


class FormatError(AnnodeskError):
    """An annotation file that cannot be read or written; names the file and line."""

    def __init__(self, path: Path | str, line: int | None, what: str, hint: str = "") -> None:
        where = f"{path}, line {line}" if line is not None else f"{path}"
        super().__init__(f"{where}: {what}", hint)
        self.path, self.line, self.what = Path(path), line, what


class MediaError(AnnodeskError):
    """A recording, video or text that cannot be opened or decoded."""


class ModelError(AnnodeskError):
    """A language model that cannot be loaded or has stopped; work goes on without pre-labels."""


class StoreError(AnnodeskError):
    """A database file that cannot be opened, written or understood."""


class DamagedError(StoreError):
    """A local file that is not whole any more; nothing is written to it."""


class BusyError(StoreError):
    """The file is open for writing elsewhere; names the holder."""


class WorkflowError(AnnodeskError):
    """Something the workflow does not allow now: a lost lease, a closed task, an unfinished answer."""


class NotFoundError(AnnodeskError):
    """A project, item, task or person that is not there."""


class Cancelled(AnnodeskError):
    """Long work was stopped on request; what was finished is kept."""

    def __init__(self) -> None:
        super().__init__("Stopped.", "What was finished until now is kept.")
