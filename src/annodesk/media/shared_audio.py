"""One open recording that several threads read."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from annodesk.media.decode import AudioSource, open_audio


class SharedAudio:
    """A recording that is opened when it is first read; of several threads one at a time gets through."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._source: AudioSource | None = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[AudioSource]:
        """The open recording, for this thread alone; MediaError where it cannot be opened."""
        with self._lock:
            if self._source is None:
                self._source = open_audio(self.path)
            yield self._source

    def close(self) -> None:
        """Let go of the file once whoever reads it is done; it is opened again where it is read again."""
        with self._lock:
            if self._source is not None:
                self._source.close()
                self._source = None
