"""Text that somebody is typing and has not committed: kept beside the set, so that a crash costs no words."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from annodesk.paths import data_dir, for_owner_alone

_MOST_BYTES = 8 << 20


class HalfTyped(Struct, frozen=True):
    """The text of a segment as it is being typed, and as it was before."""

    segment: str
    before: str
    text: str


class HalfTypedFile:
    """At most one such text for each set, in the person's own data."""

    def __init__(self, set_id: str) -> None:
        name = hashlib.sha256(set_id.encode()).hexdigest()[:32]  # an id comes out of a file and is no file name
        self.path: Path = data_dir() / "texts" / f"{name}.json"

    def write(self, kept: HalfTyped) -> None:
        """Keep this in place of what was kept."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_suffix(f".{os.getpid()}.part")
        with open(beside, "w", encoding="utf-8", opener=for_owner_alone) as file:
            json.dump(asdict(kept), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.path)

    def read(self) -> HalfTyped | None:
        """What was kept; None where nothing was, or it makes no sense."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            with open(self.path, "rb") as file:
                body = json.loads(file.read(_MOST_BYTES))
            return HalfTyped(str(body["segment"]), str(body["before"]), str(body["text"]))
        return None

    def remove(self) -> None:
        """Nothing is being typed any more."""
        self.path.unlink(missing_ok=True)
