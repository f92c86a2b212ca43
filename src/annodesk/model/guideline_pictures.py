"""The pictures that a project's guidelines show: read from beside them, so that a version holds them whole."""

from __future__ import annotations

import re
from pathlib import Path

MAX_PICTURE_BYTES = 4 << 20
MAX_ALL_BYTES = 32 << 20
_PICTURE = re.compile(r"!\[[^\]\n]{0,2000}\]\(\s*<?([^\s<>()]{1,1000})>?[^)\n]{0,1000}\)")
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:|//")


def read_pictures(markdown: str, folder: Path) -> dict[str, bytes]:
    """The pictures a Markdown text names by a path below ``folder``; those on the Web stay there.

    Raises ValueError with the rest of a sentence that begins with a picture's name.
    """
    home = folder.resolve()
    found: dict[str, bytes] = {}
    room = MAX_ALL_BYTES
    for name in dict.fromkeys(_PICTURE.findall(markdown)):
        if _ELSEWHERE.match(name):
            continue
        path = (home / name.replace("\0", "_")).resolve()
        if not path.is_relative_to(home):
            raise ValueError(f"{name!r} leaves the project's folder")
        try:
            if path.exists() and not path.is_file():
                raise ValueError(f"{name!r} is not an ordinary file")
            with path.open("rb") as file:
                found[name] = file.read(MAX_PICTURE_BYTES + 1)
        except OSError as error:
            raise ValueError(f"{name!r} cannot be read: {error.strerror or error}") from error
        room -= len(found[name])
        if len(found[name]) > MAX_PICTURE_BYTES:
            raise ValueError(f"{name!r} is larger than {MAX_PICTURE_BYTES >> 20} MiB")
        if room < 0:
            raise ValueError(f"{name!r} and those before it are larger than {MAX_ALL_BYTES >> 20} MiB together")
    return found
