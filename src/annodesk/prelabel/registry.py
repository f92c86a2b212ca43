"""Models that were fetched onto this computer: where each lies, where it came from, its checksum and its licence.

Every model has a folder of its own, named by its sha256, with the file and a record beside it. What is there is found
again without a network.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from annodesk.errors import ModelError
from annodesk.locks import lock, unlock
from annodesk.paths import data_dir, for_owner_alone
from annodesk.prelabel.check import hash_model
from annodesk.prelabel.names import ModelName, parse_name

if TYPE_CHECKING:
    from annodesk.progress import CancelToken

RECORD = "model.json"
MAX_RECORD_BYTES = 1 << 16
LONGEST_FILE_NAME = 100
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


class Fetched(Struct, frozen=True):
    """A model file that was fetched and is whole.

    Parameters
    ----------
    name : what to call it in a project file
    repo, file, revision : where it came from: the model of the hub, the file's path in it, and the commit
    licence : what its page says, such as ``apache-2.0``; empty where it says nothing
    size_bytes, mtime_ns : of the file when it had been checked
    """

    name: str
    repo: str
    file: str
    revision: str
    sha256: str
    size_bytes: int
    mtime_ns: int
    licence: str
    licence_url: str
    fetched_at_us: int
    path: Path


class Registry:
    """The fetched models of this computer."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or data_dir() / "models"

    def list(self) -> list[Fetched]:
        """All fetched models, by name."""
        with contextlib.suppress(OSError):
            return sorted(filter(None, map(_read, self.folder.iterdir())), key=lambda one: one.name)
        return []

    def find(self, named: str) -> Fetched | None:
        """The fetched model of that name; also by the hash's beginning, or without the file where only one is here."""
        wanted = parse_name(named)
        if wanted is None:
            by_hash = [one for one in self.list() if len(named) >= 8 and one.sha256.startswith(named.lower())]
            return by_hash[0] if len(by_hash) == 1 else None
        found = [one for one in self.list() if _is(one, wanted)]
        exact = [one for one in found if one.name == str(wanted)]
        # Of several fetched at different times under one name the newest is meant.
        same = exact or (found if len({one.file for one in found}) == 1 else [])
        return max(same, key=lambda one: one.fetched_at_us, default=None)

    def path_of(self, named: str, cancel: CancelToken | None = None) -> Path:
        """Where the fetched model of that name lies; ModelError where it is not here, or not what was fetched."""
        found = self.find(named)
        if found is None:
            raise ModelError(
                f"The model {named[:200]} is not on this computer.",
                f"Fetch it with: annodesk model fetch {named[:200]}",
            )
        status = found.path.stat()
        if (status.st_size, status.st_mtime_ns) != (found.size_bytes, found.mtime_ns) and (
            status.st_size != found.size_bytes or hash_model(found.path, cancel) != found.sha256
        ):
            raise ModelError(
                f"The model {found.name} is damaged: its content is not what was fetched.",
                f"Fetch it again with: annodesk model fetch {found.name}",
            )
        return found.path

    def forget(self, named: str) -> Fetched:
        """Delete a fetched model from this computer; what it has suggested stays."""
        found = self.find(named)
        if found is None:
            raise ModelError(f"No model {named[:200]!r} was fetched.", "See: annodesk model list")
        with self._alone_in(found.path.parent):
            (found.path.parent / RECORD).unlink(missing_ok=True)
            found.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            shutil.rmtree(found.path.parent)
        return found

    def place(self, sha256: str, file: str) -> Path:
        """Where a file of that content belongs, under a name that every system takes."""
        name = re.sub(r"[^A-Za-z0-9._-]", "_", file.rsplit("/", 1)[-1]).lstrip(".")
        name = f"{name.removesuffix('.gguf')[:LONGEST_FILE_NAME]}.gguf"
        return self._home(sha256) / (f"_{name}" if _RESERVED.match(name) else name)

    @contextmanager
    def alone_with(self, sha256: str) -> Iterator[Path]:
        """The folder of a content, for this process alone; ModelError where another fetches it just now."""
        with self._alone_in(self._home(sha256)) as home:
            yield home

    @contextmanager
    def _alone_in(self, home: Path) -> Iterator[Path]:
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = (home / "lock").open("a+b")
        except OSError as error:
            raise no_room(error) from error
        with held:
            if not lock(held):
                raise ModelError("This model is being fetched already.", "Wait until it is here.")
            try:
                yield home
            finally:
                unlock(held)

    def keep(self, model: Fetched) -> None:
        """Write the record that makes a fetched file one of the models here."""
        body = {name: value for name, value in asdict(model).items() if name != "path"} | {"path": model.path.name}
        beside = model.path.parent / f"{RECORD}.part"
        with open(beside, "w", encoding="utf-8", opener=for_owner_alone) as file:
            json.dump(body, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, model.path.parent / RECORD)

    def _home(self, sha256: str) -> Path:
        assert _SHA256.fullmatch(sha256)
        return self.folder / sha256[:16]


def no_room(error: OSError) -> ModelError:
    """What to say where a model cannot be written."""
    why = error.strerror or str(error)
    return ModelError(
        f"The model cannot be kept: {why}.", "Free some space, or check the permissions of the data folder."
    )


def _is(one: Fetched, wanted: ModelName) -> bool:
    known = parse_name(one.name)
    if known is None or one.repo.lower() != wanted.repo.lower():
        return False
    if wanted.revision and wanted.revision not in (one.revision, known.revision):
        return False
    if wanted.file:
        return one.file == wanted.file
    return not wanted.kind or known.kind.upper() == wanted.kind.upper()


def _read(home: Path) -> Fetched | None:
    """The model of a folder; None where nothing whole is there."""
    try:
        with (home / RECORD).open("rb") as file:
            body: Mapping[str, Any] = json.loads(file.read(MAX_RECORD_BYTES))
        words = {n: body[n] for n in ("name", "repo", "file", "revision", "sha256", "licence", "licence_url")}
        numbers = {n: body[n] for n in ("size_bytes", "mtime_ns", "fetched_at_us")}
        path = home / Path(body["path"]).name
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    is_sound = all(isinstance(one, str) for one in words.values()) and all(type(n) is int for n in numbers.values())
    if not is_sound or not _SHA256.fullmatch(words["sha256"]) or not path.is_file():
        return None
    return Fetched(**words, **numbers, path=path)
