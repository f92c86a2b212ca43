"""Which model a project names, where it lies, and whether it can be used here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk import settings
from annodesk.errors import ModelError
from annodesk.prelabel.check import check_model, embedded_model, engine_available, hash_model
from annodesk.prelabel.names import parse_name
from annodesk.store import projects

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services.model_desk import ModelDesk

EMBEDDED = "embedded"


class ModelStatus(Struct, frozen=True):
    """Whether pre-labels can be made, in one sentence."""

    name: str
    ok: bool
    sentence: str


class ModelChoice:
    """The model of each project of a file."""

    def __init__(self, desk: ModelDesk) -> None:
        self._desk = desk

    def status(self, project_id: str | None = None, model: Path | str | None = None) -> ModelStatus:
        """Whether the model of a project (the shipped one where none is named) can be used here."""
        try:
            if not engine_available():
                raise ModelError("Pre-labels are off: the language-model engine is not installed.")
            path, sha256 = self.choose(project_id, model)
            facts = check_model(path, expected_sha256=sha256)
        except ModelError as error:
            return ModelStatus("", False, str(error))
        name = "embedded model" if sha256 else facts.name or path.name
        return ModelStatus(name, True, f"{name} ready")

    def choose(self, project_id: str | None, model: Path | str | None = None) -> tuple[Path, str | None]:
        """Path of a model (the project's where none is named), and its hash where it is the shipped one."""
        named = str(model) if model else settings.load().model
        if not named and project_id is not None:
            with self._desk.file.read() as db:
                named = projects.get_version(db, project_id).project.prelabel.model
        return choose_model(named, self._desk.home)


def choose_model(named: str, home: Path) -> tuple[Path, str | None]:
    """Path of the model a project names, and the hash it must have where it is the shipped one.

    ModelError where it is named as a model of the hub, and was not fetched onto this computer.
    """
    if named in ("", EMBEDDED):
        shipped = embedded_model()
        return shipped.path, shipped.sha256
    path = Path(named).expanduser()
    path = path if path.is_absolute() else home / path
    if parse_name(named) is not None and not path.exists():
        from annodesk.prelabel.registry import Registry

        path = Registry().path_of(named)
    return path, None


def model_hash(named: str, home: Path, cancel: CancelToken | None = None) -> str | None:
    """The sha256 of the model a project names; None where the file is not here: another computer may have it."""
    try:
        path, sha256 = choose_model(named, home)
        return sha256 or hash_model(path, cancel)
    except ModelError:
        return None
