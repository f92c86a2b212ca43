"""Derived files (peaks, frame indices) on disk: found by the recording's content, capped in size, safe to delete.

A recording is known by path, size and time of change, which lead to its quick print; derived files are named by the
quick print, so a moved or copied recording keeps them. The whole folder may be deleted at any moment.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from annodesk import paths
from annodesk.errors import MediaError
from annodesk.media.containers import require_file

DEFAULT_CAP_BYTES = 10 * 1024**3

_BLOCK_BYTES = 64 * 1024
_MIDDLE_BLOCKS = 16
_PRINT = re.compile(r"[0-9a-f]+-[0-9a-f]{32}")


def quick_print(path: Path | str) -> str:
    """Size and hash of the first, the last and 16 middle blocks of 64 KiB: tells recordings apart in milliseconds."""
    found = require_file(path)
    size = found.stat().st_size
    digest = hashlib.sha256()
    try:
        with found.open("rb") as file:
            for start in _block_starts(size):
                file.seek(start)
                digest.update(file.read(_BLOCK_BYTES))
    except OSError as error:
        raise MediaError(f"{found} cannot be read: {error.strerror}.", "Check the disk and its cable.") from error
    return f"{size:x}-{digest.hexdigest()[:32]}"


def known_print(path: Path | str) -> str:
    """The quick print, remembered for as long as the file's size and time of change stay as they are.

    A file changed in place may keep its quick print; then what was derived from it is forgotten.
    """
    found = require_file(path)
    status = found.stat()
    note = _folder("prints") / f"{hashlib.sha256(os.fsencode(found)).hexdigest()[:32]}.json"
    known = _read_note(note)
    if known.get("size") == status.st_size and known.get("mtime_ns") == status.st_mtime_ns:
        before = str(known.get("print"))
        if _PRINT.fullmatch(before):
            return before
    fresh = quick_print(found)
    if known.get("print") == fresh:
        forget(fresh)
    body = json.dumps({"path": str(found), "size": status.st_size, "mtime_ns": status.st_mtime_ns, "print": fresh})
    with contextlib.suppress(OSError), writing(note) as temporary:
        temporary.write_text(body)
    return fresh


def derived(path: Path | str, kind: str, version: int) -> Path:
    """Where this kind of derived file of a recording lies or would lie; reading it counts as use."""
    print_ = known_print(path)
    place = _folder("derived") / f"{print_}.{kind}{version}"
    with contextlib.suppress(OSError):
        os.utime(place)
    return place


def confirm(path: Path | str, sha256: str) -> bool:
    """Note the whole file's hash; where it belies the quick print, forget what was derived and say False."""
    print_ = known_print(path)
    note = _folder("derived") / f"{print_}.sha256"
    before = note.read_text().strip() if note.exists() else sha256
    if before != sha256:
        forget(print_)
    with contextlib.suppress(OSError), writing(note) as temporary:
        temporary.write_text(sha256)
    return before == sha256


def known_sha256(path: Path | str) -> str | None:
    """The whole file's hash as it was noted; None where it was not."""
    with contextlib.suppress(OSError):
        return (_folder("derived") / f"{known_print(path)}.sha256").read_text().strip() or None
    return None


def forget(print_: str) -> None:
    """Delete everything derived from recordings with this quick print."""
    for place in _folder("derived").glob(f"{print_}.*"):
        place.unlink(missing_ok=True)


def erase(print_: str) -> None:
    """Delete everything derived from recordings with this quick print, and every note of where they lay."""
    if not _PRINT.fullmatch(print_):
        return
    forget(print_)
    for note in _folder("prints").iterdir():
        if _read_note(note).get("print") == print_:
            note.unlink(missing_ok=True)


@contextlib.contextmanager
def writing(place: Path) -> Iterator[Path]:
    """A temporary file that takes its place, whole, when the block ends well, and vanishes when it does not."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{place.name[:80]}.", suffix=".tmp", dir=place.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)


def trim(cap_bytes: int = DEFAULT_CAP_BYTES) -> int:
    """Delete the files unused for longest until the rest fits; returns the bytes freed."""
    files = []
    for place in _folder("derived").iterdir():
        with contextlib.suppress(OSError):
            status = place.stat()
            files.append((status.st_mtime_ns, status.st_size, place))
    excess = sum(size for _, size, _ in files) - cap_bytes
    freed = 0
    for _, size, place in sorted(files):
        if freed >= excess:
            break
        with contextlib.suppress(OSError):
            place.unlink()
            freed += size
    return freed


def _block_starts(size: int) -> list[int]:
    last = max(0, size - _BLOCK_BYTES)
    count = _MIDDLE_BLOCKS + 2
    return sorted({last * k // (count - 1) for k in range(count)})


def _folder(name: str) -> Path:
    folder = paths.cache_dir() / "media" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _read_note(note: Path) -> dict[str, object]:
    try:
        body = json.loads(note.read_text())
    except (OSError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}
