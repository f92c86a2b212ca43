"""Text files that people give us: read whole, as UTF-8, under a size cap."""

from __future__ import annotations

from pathlib import Path

from annodesk.errors import MediaError

MAX_TEXT_BYTES = 16 << 20


def read_text(path: Path) -> str:
    """The file's text, without a byte order mark; MediaError says why there is none."""
    try:
        if not path.is_file():
            raise MediaError(f"{path.name} is not an ordinary file.", "Name a text file.")
        with path.open("rb") as file:
            data = file.read(MAX_TEXT_BYTES + 1)
        if len(data) > MAX_TEXT_BYTES:
            raise MediaError(f"{path.name} is larger than {MAX_TEXT_BYTES >> 20} MiB.", "Split it into several files.")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MediaError(f"{path.name} is not UTF-8 text.", "Save it as UTF-8.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise MediaError(f"{path.name} cannot be read: {reason}.", "Check its name and its permissions.") from error
