"""Fetched media on disk: capped in size, what was unused for longest goes first, what a lease holds stays.

Names come from hashes alone, so nothing that a stranger wrote can name a place. A lease holds a file by a marker of its
own; a pack is all that one lease holds.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from annodesk import paths
from annodesk.errors import MediaError

DEFAULT_CAP_BYTES = 50 * 1024**3
KEPT_FREE_BYTES = 256 * 1024**2
"""So much of the disk is left to the person's own work."""
FORGOTTEN_S = 120.0
"""A half-fetched file nobody has written to for so long belongs to nobody any more."""

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PART, _CLAIMED = ".part", ".claimed"


class PackFolder:
    """The folder of fetched media; several programs may use one at a time."""

    def __init__(self, folder: Path | None = None, cap_bytes: int = DEFAULT_CAP_BYTES) -> None:
        self.folder = folder if folder is not None else paths.cache_dir() / "media" / "fetched"
        self.cap_bytes = cap_bytes
        self._leases = self.folder / "leases"
        for place in (self._leases, self.folder / "notes"):
            place.mkdir(parents=True, exist_ok=True)

    def place(self, url: str, sha256: str | None) -> Path:
        """Where a file lies or would lie: by its content's hash where that is known, else by its address's."""
        if sha256 is not None and not _SHA256.fullmatch(sha256):
            raise MediaError(f"{sha256[:70]!r} is not a sha256.", "Add the file again.")
        key = sha256 or f"url-{_hashed(url)}"
        suffix = PurePosixPath(unquote(urlsplit(url).path)).suffix.lower()
        return self.folder / f"{key}{suffix if _SUFFIX.fullmatch(suffix) and suffix not in (_PART, _CLAIMED) else ''}"

    def find(self, url: str, sha256: str | None) -> Path | None:
        """The file where it is here, whole; finding it counts as use."""
        place = self.place(url, sha256)
        if not place.is_file():
            return None
        with contextlib.suppress(OSError):
            os.utime(place)
        return place

    # Leases

    def hold(self, place: Path, lease_id: str) -> None:
        """Keep a file, here or still to come, for as long as a lease lasts."""
        pack = self._leases / _hashed(lease_id)
        pack.mkdir(parents=True, exist_ok=True)
        (pack / place.name).touch()

    def held(self) -> set[str]:
        """Names of the files that leases hold."""
        return {marker.name for pack in self._leases.iterdir() if pack.is_dir() for marker in pack.iterdir()}

    def delete_pack(self, lease_id: str) -> int:
        """End a lease's hold and delete what no other lease holds; returns the bytes freed."""
        return self._delete(self._leases / _hashed(lease_id))

    def keep_packs(self, lease_ids: Collection[str]) -> int:
        """Delete the packs of all leases but these, such as those that ended while the computer was off."""
        kept = {_hashed(lease_id) for lease_id in lease_ids}
        return sum(self._delete(pack) for pack in list(self._leases.iterdir()) if pack.name not in kept)

    def delete(self, url: str, sha256: str | None) -> None:
        """Delete a file whoever holds it, because it was taken down; also what was fetched of it so far."""
        place = self.place(url, sha256)
        for one in (place, *self.folder.glob(f"{place.name}*{_PART}"), *self.folder.glob(f"{place.name}*{_CLAIMED}")):
            with contextlib.suppress(OSError):
                one.unlink(missing_ok=True)
        for pack in self._leases.iterdir():
            (pack / place.name).unlink(missing_ok=True)

    def erase(self, sha256: str) -> None:
        """Delete every copy of this content, whatever its name ends in and whoever holds it."""
        if not _SHA256.fullmatch(sha256):
            return
        for folder in (self.folder, self.folder / "notes", *self._leases.iterdir()):
            for one in folder.glob(f"{sha256}*"):
                one.unlink(missing_ok=True)

    def _delete(self, pack: Path) -> int:
        if not pack.is_dir():
            return 0
        mine = [marker.name for marker in pack.iterdir()]
        shutil.rmtree(pack, ignore_errors=True)
        others = self.held()
        return sum(_unlink(self.folder / name) for name in mine if name not in others)

    # Room

    def make_room(self, more_bytes: int) -> None:
        """Delete what was unused for longest until so much more fits; MediaError where leases hold too much."""
        held, files, used = self.held(), [], 0
        for file in self._files():
            with contextlib.suppress(OSError):
                status = file.stat()
                used += status.st_size
                if file.name not in held and file.suffix not in (_PART, _CLAIMED):
                    files.append((status.st_mtime_ns, status.st_size, file))
        free = shutil.disk_usage(self.folder).free - KEPT_FREE_BYTES
        excess = max(used + more_bytes - self.cap_bytes, more_bytes - free)
        for _, _, file in sorted(files):
            if excess <= 0:
                break
            excess -= _unlink(file)
        if excess > 0:
            raise MediaError(
                f"There is no room for {_size(more_bytes)} more media.",
                "Bring back tasks that were taken offline, or free some space on the disk.",
            )

    def _files(self) -> list[Path]:
        return [file for file in self.folder.iterdir() if file.is_file()]

    # What is half there

    @contextlib.contextmanager
    def unfinished(self, place: Path) -> Iterator[Path]:
        """What there is of a file so far, for this fetch alone; it stays for the next one unless it is taken away."""
        part = place.with_name(place.name + _PART)
        mine = place.with_name(f"{place.name}.{os.getpid()}-{time.monotonic_ns():x}{_CLAIMED}")
        for left in (part, *self._forgotten(place)):
            with contextlib.suppress(OSError):
                left.rename(mine)
                with contextlib.suppress(OSError):
                    _note_of(left).replace(_note_of(mine))
                break
        mine.touch()
        try:
            yield mine
        finally:
            with contextlib.suppress(OSError):
                if mine.exists() and mine.stat().st_size:
                    with contextlib.suppress(OSError):
                        _note_of(mine).replace(_note_of(part))
                    mine.replace(part)
            mine.unlink(missing_ok=True)
            _note_of(mine).unlink(missing_ok=True)

    def _forgotten(self, place: Path) -> list[Path]:
        found = []
        for left in self.folder.glob(f"{place.name}.*{_CLAIMED}"):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > FORGOTTEN_S:
                    found.append(left)
        return found


def read_note(part: Path) -> str:
    """What is known of where a half-fetched file came from: a text that tells its versions apart."""
    try:
        return _note_of(part).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def write_note(part: Path, text: str) -> None:
    """Note where a half-fetched file comes from."""
    _note_of(part).write_text(text, encoding="utf-8")


def _note_of(part: Path) -> Path:
    return part.parent / "notes" / part.name


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _unlink(file: Path) -> int:
    try:
        size = file.stat().st_size
        file.unlink()
    except OSError:
        return 0
    return size


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count, 0) / 1e6:.1f} MB"
