"""A model fetched from the hub: resumed where it broke off, stopped at once, kept only where its checksum is right."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from annodesk.errors import Cancelled, ModelError
from annodesk.prelabel.check import hash_model
from annodesk.prelabel.header import HeaderError, read_header
from annodesk.prelabel.hub import Offer, OfferedFile, endpoint, in_words, request_headers
from annodesk.prelabel.registry import Fetched, Registry, no_room
from annodesk.progress import CancelToken, Progress, silent

if TYPE_CHECKING:
    from annodesk.prelabel.names import ModelName

KEPT_FREE_BYTES = 512 << 20
BLOCK_BYTES = 1 << 17
POLL_S = 0.05


def fetch(
    registry: Registry,
    name: ModelName,
    offer: Offer,
    *,
    now_us: int,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> Fetched:
    """The file that a name means, on this computer; what was fetched before goes on, what is here is not fetched again.

    Raises
    ------
    ModelError : not there, no room, not what the hub says it is, or no end of failures
    Cancelled : stopped on request; what has come is kept, and the next fetch goes on from there
    """
    cancel = cancel or CancelToken()
    wanted = offer.choose(name)
    sum_known = wanted.sha256 or hashlib.sha256(f"git {wanted.git_sha1}".encode()).hexdigest()
    with registry.alone_with(sum_known) as home:
        place = registry.place(sum_known, wanted.path)
        known = registry.find(offer.name_of(wanted, name.revision))
        if known is not None and known.path == place and _is_whole(place, wanted, cancel):
            progress(1.0, "here already")
            return known
        try:
            if not (place.is_file() and place.stat().st_size == wanted.size_bytes and _is_whole(place, wanted, cancel)):
                part = home / "part"
                _require_room(home, wanted.size_bytes - (part.stat().st_size if part.exists() else 0))
                _bring(name, offer, wanted, part, progress, cancel)
                os.replace(part, place)
            progress(1.0, "checking")
            sha256, status = wanted.sha256 or hash_model(place, cancel), place.stat()
            found = Fetched(
                name=offer.name_of(wanted, name.revision),
                repo=offer.repo,
                file=wanted.path,
                revision=offer.revision,
                sha256=sha256,
                size_bytes=status.st_size,
                mtime_ns=status.st_mtime_ns,
                licence=offer.licence,
                licence_url=offer.licence_url,
                fetched_at_us=now_us,
                path=place,
            )
            registry.keep(found)
        except OSError as error:
            raise no_room(error) from error
    return found


def _require_room(home: Path, more_bytes: int) -> None:
    free = shutil.disk_usage(home).free
    if more_bytes > free - KEPT_FREE_BYTES:
        raise ModelError(
            f"The model takes {more_bytes / 1e9:,.1f} GB more, and {free / 1e9:,.1f} GB are free on the disk.",
            "Free some space, choose a smaller file, or set ANNODESK_DATA to a folder on another disk.",
        )


def _bring(
    name: ModelName, offer: Offer, wanted: OfferedFile, part: Path, progress: Progress, cancel: CancelToken
) -> None:
    """Fetch what is missing of a part, and check it; a part that proves wrong is thrown away."""
    size = part.stat().st_size if part.exists() else 0
    if size > wanted.size_bytes:
        part.unlink()
    if size != wanted.size_bytes:
        with in_words(name):
            _download(name, offer, wanted, part, progress, cancel)
    progress(1.0, "checking")
    if not _is_whole(part, wanted, cancel):
        part.unlink()
        raise ModelError(
            f"What came of {name.repo} is not what the hub says it is: its checksum is another.",
            "Try again; if it happens twice, choose another model.",
        )
    try:
        read_header(part)
    except HeaderError as error:
        part.unlink()
        raise ModelError(f"The file {wanted.path} of {name.repo} {error}.", "Choose another file.") from error


class _Part:
    """The file being fetched, as the hub's library writes it: how much came is seen, and it can be stopped."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._file = path.open("ab+")
        self._size_bytes = size_bytes
        self._turn = threading.Lock()
        self.come = self._file.seek(0, 2)
        self.is_over = False

    def write(self, block: bytes) -> int:
        with self._turn:
            if self.is_over:
                raise Cancelled
            if self.come + len(block) > self._size_bytes:
                raise ModelError("The hub sends more than it said.", "Try again; if it happens twice, choose another.")
            self.come += self._file.write(block)
            return len(block)

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, to: int, whence: int = 0) -> int:
        return self._file.seek(to, whence)

    def truncate(self, size: int | None = None) -> int:
        left = self._file.truncate(size)
        self.come = left
        return left

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Let nothing more be written."""
        with self._turn:
            self.is_over = True
            with contextlib.suppress(ValueError):
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()


def _download(
    name: ModelName, offer: Offer, wanted: OfferedFile, path: Path, progress: Progress, cancel: CancelToken
) -> None:
    from huggingface_hub import constants
    from huggingface_hub.file_download import hf_hub_url, http_get
    from huggingface_hub.utils import disable_progress_bars, logging

    disable_progress_bars("huggingface_hub.http_get")
    logging.set_verbosity_error()  # it would write to the terminal
    # It writes whole blocks alone: of ten megabytes each, much would come twice after a cut.
    constants.DOWNLOAD_CHUNK_SIZE = BLOCK_BYTES
    url = hf_hub_url(offer.repo, wanted.path, revision=offer.revision, endpoint=endpoint())
    part = _Part(path, wanted.size_bytes)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            # The library tries again a few times by itself, each time from where it stopped.
            http_get(
                url, part, resume_size=part.come, headers=request_headers(), expected_size=wanted.size_bytes,
                displayed_filename=wanted.path,
            )  # fmt: skip
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits
            failures.append(error)

    # On a thread of its own, so that a server that hangs keeps nobody from stopping.
    thread = threading.Thread(target=run, name="model-fetch", daemon=True)
    thread.start()
    began, had = time.monotonic(), part.come
    try:
        while thread.is_alive():
            thread.join(POLL_S)
            cancel.check()
            progress(part.come / wanted.size_bytes, _words(part.come, wanted.size_bytes, had, time.monotonic() - began))
    finally:
        part.close()
    if failures:
        if getattr(getattr(failures[0], "response", None), "status_code", None) == 416:
            path.unlink()  # what there is cannot be the beginning of what is there now
        raise failures[0]


def _words(come: int, size: int, had: int, seconds: float) -> str:
    rate = (come - had) / seconds if seconds > 1 else 0.0
    left = f", {math.ceil((size - come) / rate):,} s left" if rate > 0 else ""
    return f"{come / 1e6:,.1f} of {size / 1e6:,.1f} MB{left}"


def _is_whole(path: Path, wanted: OfferedFile, cancel: CancelToken) -> bool:
    try:
        if path.stat().st_size != wanted.size_bytes:
            return False
        if wanted.sha256:
            return hash_model(path, cancel) == wanted.sha256
        digest = hashlib.sha1(f"blob {wanted.size_bytes}\0".encode(), usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(4 << 20):
                cancel.check()
                digest.update(block)
        return digest.hexdigest() == wanted.git_sha1
    except OSError:
        return False
