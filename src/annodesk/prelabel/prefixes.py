"""Decoded beginnings of prompts kept as files, so that a long one is not decoded again after a restart.

A file is found by the model, the engine's version and the tokens, and holds what llama.cpp wrote; its own hash stands
in its name, since llama.cpp would take damaged keys and values for good ones. The whole folder may be deleted at any
moment. Texts can be read back from such a file: it is for the owner alone, and goes when content is taken down.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

from annodesk import paths

CHUNK_TOKENS = 128
"""Beginnings are decoded in pieces of this length, always from the start: one that two prompts share is the same bits
in both, however far they go on alike."""

MOST_BYTES = 1 << 30
MOST_FILE_BYTES = 256 << 20
FORGOTTEN_AFTER_S = 30 * 86_400.0
_FORM = "1"
_KEY_SIGNS = 32
_ENDING = ".prefix"
_UNFINISHED = ".unfinished"
_UNFINISHED_AFTER_S = 3600.0


def prefix_folder() -> Path:
    """Where decoded beginnings lie on this computer."""
    return paths.cache_dir() / "prefixes"


def forget_prefixes() -> None:
    """Delete every decoded beginning: one of them may hold a text that is to be gone."""
    for path in _files(prefix_folder()):
        with contextlib.suppress(OSError):
            path.unlink()


class PrefixFiles:
    """The files of one model.

    Parameters
    ----------
    folder : made where it is missing
    model : what the files are good for: the model's hash and the engine's version
    now : the time in seconds, as files carry it
    """

    def __init__(
        self, folder: Path, model: str, *, most_bytes: int = MOST_BYTES, now: Callable[[], float] = time.time
    ) -> None:
        self._folder, self._most_bytes, self._now = folder, most_bytes, now
        self._begun = hashlib.sha256(f"{_FORM}\n{model}\n".encode())

    def longest(self, tokens: Sequence[int], more_than: int) -> tuple[int, Path] | None:
        """The longest kept beginning of the tokens, of more than so many: its length and its file, found whole.

        Only the tokens as a whole, or a beginning of whole chunks.
        """
        kept = {path.name[:_KEY_SIGNS]: path for path in _files(self._folder) if path.name.endswith(_ENDING)}
        if not kept:
            return None
        for length, key in reversed(self._keys(tokens)):
            if length <= more_than:
                return None
            path = kept.get(key)
            if path is not None and self._is_whole(path):
                return length, path
        return None

    def keep(self, tokens: Sequence[int], write: Callable[[Path], bool]) -> None:
        """Have the decoded tokens written to a file, where they are not kept yet; ``write`` says whether it could.

        Nothing is said where the disk is full or may not be written: the file only saves time.
        """
        _, key = self._keys(tokens)[-1]
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(path.name.startswith(key) for path in _files(self._folder)):
                return
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=_UNFINISHED)
            os.close(handle)
            unfinished = Path(name)
            try:
                if write(unfinished):
                    unfinished.replace(self._folder / f"{key}-{_hash_of(unfinished)}{_ENDING}")
            finally:
                unfinished.unlink(missing_ok=True)
            self._make_room()

    def _keys(self, tokens: Sequence[int]) -> list[tuple[int, str]]:
        """Every length at which a beginning may be kept, with its name."""
        digest = self._begun.copy()
        keys = []
        for start in range(0, len(tokens), CHUNK_TOKENS):
            piece = tokens[start : start + CHUNK_TOKENS]
            digest.update(array("q", piece).tobytes())
            keys.append((start + len(piece), digest.hexdigest()[:_KEY_SIGNS]))
        return keys

    def _is_whole(self, path: Path) -> bool:
        """Whether the file is what was written; a damaged one is deleted."""
        try:
            whole = path.name == f"{path.name[:_KEY_SIGNS]}-{_hash_of(path)}{_ENDING}"
            if whole:
                os.utime(path, (self._now(), self._now()))
            else:
                path.unlink()
        except OSError:
            return False
        return whole

    def _make_room(self) -> None:
        """Delete what was not used for long, and the longest unused above the room there is."""
        known = sorted(
            ((path.stat().st_mtime, path.stat().st_size, path) for path in _files(self._folder)), reverse=True
        )
        left = self._most_bytes
        for used_at, size, path in known:
            age = self._now() - used_at
            left -= size
            if left < 0 or age > (_UNFINISHED_AFTER_S if path.name.endswith(_UNFINISHED) else FORGOTTEN_AFTER_S):
                path.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.name.endswith((_ENDING, _UNFINISHED))]
    except OSError:
        return []


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_KEY_SIGNS]
