"""Remote media into the folder of fetched media: resumed where it broke off, checked, stopped at once.

Web servers are read by our own source; object stores (s3 and its like) by fsspec, where its plugin for them is
installed; files of a network folder only below roots that a person has named on this workstation.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from msgspec import Struct

from annodesk.errors import MediaError
from annodesk.media.http_source import BLOCK_BYTES, CutError, HttpSource, PartError, shown_url
from annodesk.media.pack_folder import PackFolder, read_note, write_note
from annodesk.progress import CancelToken, Progress, silent

STALL_S = 30.0
ATTEMPTS = 5
SLOWEST_BYTES = 1024
"""A connection that brings less than this in the time of a stall counts as stalled."""
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci", "hf", "webhdfs", "sftp"})


class Wanted(Struct, frozen=True):
    """A file to be fetched: its address, and what is known of its content."""

    url: str
    sha256: str | None = None
    size_bytes: int | None = None


class Source(Protocol):
    """A file being read from some byte on."""

    start: int
    total: int | None
    version: str

    def read(self) -> bytes:
        """The next bytes; none at the end."""

    def close(self) -> None:
        """Let go, also while another thread reads."""


class _FileSource:
    """A file of an object store or of a mapped folder."""

    def __init__(self, file: IO[bytes], start: int, total: int | None, version: str) -> None:
        self._file, self.start, self.total, self.version = file, start, total, version
        if start:
            file.seek(start)

    def read(self) -> bytes:
        try:
            return self._file.read(BLOCK_BYTES)
        except (OSError, ValueError) as error:
            raise CutError(str(error)) from error

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.close()


def fetch(
    folder: PackFolder,
    wanted: Wanted,
    *,
    lease_id: str | None = None,
    roots: Sequence[Path] = (),
    progress: Progress = silent,
    cancel: CancelToken | None = None,
    stall_s: float = STALL_S,
    wait: Callable[[float], None] = time.sleep,
) -> Path:
    """A file of the folder with the wanted content; what is there already is not fetched again.

    Parameters
    ----------
    lease_id : holds the file from now on, so that it is not deleted to make room
    roots : folders on this workstation that a person has named; ``file:`` addresses must lie below one
    stall_s : a connection that brings nothing for so long is given up, and begun again a few times

    Raises
    ------
    MediaError : not there, not allowed, no room, another content than the one wanted, or no end of failures
    Cancelled : stopped on request; what has come is kept, and the next fetch goes on from there
    """
    cancel = cancel or CancelToken()
    cancel.check()
    opens = _opening(wanted.url, roots)
    place = folder.place(wanted.url, wanted.sha256)
    if lease_id is not None:
        folder.hold(place, lease_id)
    if (found := folder.find(wanted.url, wanted.sha256)) is not None:
        progress(1.0, "here already")
        return found
    failures = 0
    with folder.unfinished(place) as part:
        while True:
            before = part.stat().st_size
            try:
                _go_on(folder, wanted, opens, part, progress, cancel, stall_s)
                break
            except CutError as error:
                if isinstance(error, PartError):
                    _empty(part)
                failures = 0 if part.stat().st_size > before > 0 else failures + 1
                if failures >= ATTEMPTS:
                    raise MediaError(
                        f"{shown_url(wanted.url)} cannot be fetched: {error}.",
                        "Check the network, then try again; it goes on where it stopped.",
                    ) from error
                _pause(min(0.25 * 2**failures, 8.0), cancel, wait)
            except OSError as error:
                hint = "Free some space, or choose another place for the cache."
                raise MediaError(f"Media cannot be kept: {error.strerror or error}.", hint) from error
        _check(part, wanted, progress, cancel)
        os.replace(part, place)
    return place


def sha256_of(path: Path, progress: Progress = silent, cancel: CancelToken | None = None) -> str:
    """The hash of a whole file."""
    digest, done, size = hashlib.sha256(), 0, max(1, path.stat().st_size)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if cancel is not None:
                cancel.check()
            digest.update(block)
            done += len(block)
            progress(done / size, "checking")
    return digest.hexdigest()


def _go_on(
    folder: PackFolder,
    wanted: Wanted,
    opens: Callable[[int, str, float], Source],
    part: Path,
    progress: Progress,
    cancel: CancelToken,
    stall_s: float,
) -> None:
    """Read from where the part ends; from the beginning where the server cannot, or has another file now."""
    start, note = part.stat().st_size, read_note(part)
    address, _, version = note.partition("\n")
    if start and (address != wanted.url or (not version and wanted.sha256 is None)):
        start, version = 0, ""
    with _Pump(lambda: opens(start, version if start else "", stall_s), cancel, stall_s) as pump:
        source = pump.source
        total = source.total
        if wanted.size_bytes is not None and total is not None and total != wanted.size_bytes:
            raise MediaError(f"{shown_url(wanted.url)} has another length than expected.", "Add the file again.")
        if start and (source.start != start or source.version != version):
            start = source.start
            if source.start:
                raise PartError("it has changed")
        write_note(part, f"{wanted.url}\n{source.version}")
        most = total if total is not None else wanted.size_bytes
        folder.make_room(max(0, (most or 0) - start))
        done = start
        with part.open("r+b") as file:
            file.truncate(start)
            file.seek(start)
            room = done + (64 << 20)
            while block := pump.next():
                file.write(block)
                done += len(block)
                if most is not None and done > most:
                    raise PartError("it sends more than it said")
                if most is None and done > room:
                    folder.make_room(64 << 20)
                    room = done + (64 << 20)
                progress(min(done / most, 1.0) if most else 0.0, f"{done / 1e6:.1f} MB")
            file.flush()
            os.fsync(file.fileno())
    if most is not None and done < most:
        raise CutError("the connection was cut")


def _check(part: Path, wanted: Wanted, progress: Progress, cancel: CancelToken) -> None:
    if wanted.size_bytes is not None and part.stat().st_size != wanted.size_bytes:
        _empty(part)
        raise MediaError(f"{shown_url(wanted.url)} has another length than expected.", "Add the file again.")
    if wanted.sha256 is not None and sha256_of(part, progress, cancel) != wanted.sha256:
        _empty(part)
        raise MediaError(
            f"{shown_url(wanted.url)} is not the file that was added to the project.",
            "Ask who set up the project; it may have been replaced, or damaged on its way.",
        )


def _empty(part: Path) -> None:
    with part.open("r+b") as file:
        file.truncate(0)


def _pause(seconds: float, cancel: CancelToken, wait: Callable[[float], None]) -> None:
    for _ in range(max(1, round(seconds / 0.1))):
        cancel.check()
        wait(0.1)


class _Pump:
    """Reads on a thread of its own, so that a source that hangs holds up nobody."""

    def __init__(self, opens: Callable[[], Source], cancel: CancelToken, stall_s: float) -> None:
        self._opens, self._cancel, self._stall_s = opens, cancel, stall_s
        self._blocks: queue.Queue[Source | bytes | Exception] = queue.Queue(8)
        self._is_over = threading.Event()
        self._window_began, self._window_bytes = time.monotonic(), 0
        self._thread = threading.Thread(target=self._run, name="fetch", daemon=True)
        self._source: Source | None = None

    @property
    def source(self) -> Source:
        """What is read."""
        assert self._source is not None
        return self._source

    def __enter__(self) -> _Pump:
        self._thread.start()
        try:
            found = self._get()
        except BaseException:
            self._is_over.set()
            raise
        assert not isinstance(found, bytes)
        self._source = found
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self.source.close()
        with contextlib.suppress(queue.Empty):
            while True:
                self._blocks.get_nowait()
        self._thread.join(1.0)

    def next(self) -> bytes:
        """The next bytes; none at the end. CutError where nothing comes for too long."""
        block = self._get()
        assert isinstance(block, bytes)
        self._window_bytes += len(block)
        now = time.monotonic()
        if now - self._window_began > self._stall_s:
            if self._window_bytes < SLOWEST_BYTES and block:
                raise CutError("it sends almost nothing")
            self._window_began, self._window_bytes = now, 0
        return block

    def _get(self) -> Source | bytes:
        until = time.monotonic() + self._stall_s
        while True:
            self._cancel.check()
            try:
                found = self._blocks.get(timeout=0.05)
            except queue.Empty:
                if time.monotonic() > until:
                    raise CutError("it does not answer") from None
                continue
            if isinstance(found, Exception):
                raise found
            return found

    def _run(self) -> None:
        source: Source | None = None
        try:
            source = self._opens()
            self._put(source)
            while not self._is_over.is_set():
                block = source.read()
                self._put(block)
                if not block:
                    return
        except Exception as error:  # noqa: BLE001 - raised again where somebody waits for the bytes
            self._put(error)
        finally:
            if source is not None and self._is_over.is_set():
                source.close()

    def _put(self, what: Source | bytes | Exception) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(queue.Full):
                self._blocks.put(what, timeout=0.05)
                return


def _opening(url: str, roots: Sequence[Path]) -> Callable[[int, str, float], Source]:
    """How an address is opened; MediaError for one that nothing may be fetched from."""
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname, parts.scheme.lower()
        _ = parts.port
    except ValueError as error:
        raise MediaError(f"{url[:200]!r} is no address.", "Ask who set up the project.") from error
    if any(ord(sign) <= 32 or ord(sign) == 127 for sign in url) or "::" in url:
        raise MediaError(f"{url[:200]!r} is no address that media are fetched from.", "Ask who set up the project.")
    if scheme in ("http", "https") and host:
        if parts.username is not None or parts.password is not None:
            raise MediaError(f"{shown_url(url)} has a password in its address.", "Ask who set up the project.")
        return lambda start, version, timeout_s: HttpSource(url, start, version, timeout_s)
    if scheme == "file":
        path = _below(url, roots)
        return lambda start, _version, _timeout_s: _local(path, start)
    if scheme in OBJECT_STORES and host:
        return lambda start, _version, _timeout_s: _object(url, scheme, start)
    raise MediaError(
        f"Media are not fetched from {scheme[:20] or 'such an address'}.", "Web servers and object stores will do."
    )


def _below(url: str, roots: Sequence[Path]) -> Path:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise MediaError(f"{shown_url(url)} names another computer.", "Map its folder as a media root.")
    path = Path(url2pathname(parts.path)).resolve()
    if not any(path.is_relative_to(root.resolve()) for root in roots):
        raise MediaError(
            f"{path} is in no folder that was named on this computer.",
            "Name its folder under [media_roots] in settings.toml.",
        )
    if not path.is_file():
        raise MediaError(f"{path} is not there.", "Put it back, or ask who set up the project.")
    return path


def _local(path: Path, start: int) -> Source:
    try:
        status = path.stat()
        file = path.open("rb")
    except OSError as error:
        raise CutError(error.strerror or str(error)) from error
    return _FileSource(file, min(start, status.st_size), status.st_size, f"{status.st_size}-{status.st_mtime_ns}")


def _object(url: str, scheme: str, start: int) -> Source:
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url)
        about = system.info(path)
        size = about.get("size")
        version = str(about.get("ETag") or about.get("etag") or about.get("LastModified") or about.get("mtime") or size)
        file = system.open(path, "rb", block_size=4 * BLOCK_BYTES)
    except ImportError as error:
        raise MediaError(
            f"What reads {scheme} addresses is not installed.", f"Install fsspec's plugin for {scheme}."
        ) from error
    except FileNotFoundError as error:
        raise MediaError(f"{shown_url(url)} is not there.", "Ask who set up the project where it is now.") from error
    except PermissionError as error:
        raise MediaError(f"{shown_url(url)} may not be read from here.", "Ask who keeps it for access.") from error
    except Exception as error:
        raise CutError(f"{type(error).__name__}") from error
    return _FileSource(file, start if size is None or start <= size else 0, size, version)
