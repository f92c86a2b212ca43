"""The engine's own process: reads jobs from its standard input, answers on what was its standard output.

Whatever ends it (a damaged file, lack of memory, a bug in native code) ends nothing else. It ends by itself
when annodesk does.
"""

from __future__ import annotations

import collections
import contextlib
import faulthandler
import importlib.metadata
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

from annodesk.errors import ModelError
from annodesk.prelabel.frames import FrameError, Message, read_frame, write_frame
from annodesk.prelabel.native import Stopped
from annodesk.prelabel.prefixes import PrefixFiles
from annodesk.prelabel.scorer import LabelScorer
from annodesk.prelabel.spans import SpanMarker
from annodesk.progress import step_back

HEARTBEAT_S = 1.0
STEPS_BACK = 10
"""Behind whoever asks it: it computes for as long as it is let, on all processors but one."""
KEPT_LOG_LINES = 40
_LOG_DEBUG, _LOG_WARNING = 1, 3  # as in ggml.h; the numbers in llama_cpp/_logger.py are others


def main() -> None:
    """Serve until the other side closes the pipe."""
    incoming, outgoing = own_pipes()
    faulthandler.enable(sys.stderr)
    step_back(STEPS_BACK)
    worker = _Worker(outgoing)
    threading.Thread(target=_listen, args=(incoming, worker), daemon=True).start()
    threading.Thread(target=worker.beat, daemon=True).start()
    worker.serve()


def own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Both pipes under new numbers; what native code prints then goes to standard error, never between messages."""
    incoming, outgoing = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(incoming, os.O_BINARY)
        msvcrt.setmode(outgoing, os.O_BINARY)
    return os.fdopen(incoming, "rb"), os.fdopen(outgoing, "wb")


def _listen(incoming: BinaryIO, worker: _Worker) -> None:
    """Take jobs and requests to stop; end the process at once where annodesk has gone."""
    with contextlib.suppress(FrameError, OSError):
        while (message := read_frame(incoming)) is not None:
            worker.take(message)
    os._exit(0)


class _Worker:
    """Holds the model and does one job after the other."""

    def __init__(self, outgoing: BinaryIO) -> None:
        self._outgoing = outgoing
        self._sending = threading.Lock()
        self._jobs: queue.Queue[Message] = queue.Queue()
        self._stopped_job = -1
        self._job = -1
        self._scorer: LabelScorer | None = None
        self._marker: SpanMarker | None = None
        self._log: collections.deque[str] = collections.deque(maxlen=KEPT_LOG_LINES)
        self._log_callback: Any = None

    def take(self, message: Message) -> None:
        if message.get("do") == "stop":
            self._stopped_job = int(message["job"])
        else:
            self._jobs.put(message)

    def beat(self) -> None:
        """Tell the other side, while a job runs, that this process lives."""
        while True:
            threading.Event().wait(HEARTBEAT_S)
            if self._job >= 0:
                self._send({"beat": True, "job": self._job})

    def serve(self) -> None:
        while True:
            message = self._jobs.get()
            self._job = int(message["job"])
            self._answer(message)
            self._job = -1

    def _answer(self, message: Message) -> None:
        job = self._job
        try:
            if message["do"] == "load":
                answer = self._load(message)
            elif message["do"] == "count":
                answer = self._count(message)
            else:
                answer = self._each_item(message)
        except Stopped:
            answer = {"stopped": True}
        except ModelError as error:
            answer = {"failed": error.sentence, "hint": error.hint, "log": list(self._log)}
        except MemoryError:
            answer = {"failed": "There is not enough memory for the model.", "hint": "", "log": list(self._log)}
        self._send({"job": job, "end": True, **answer})

    def _load(self, message: Message) -> Message:
        import llama_cpp

        if self._log_callback is None:
            self._log_callback = llama_cpp.llama_log_callback(self._keep_log)
            llama_cpp.llama_log_set(self._log_callback, None)
        if self._scorer is not None:
            self._scorer.close()
            self._scorer = None
        version = f"llama-cpp-python {importlib.metadata.version('llama-cpp-python')}"
        folder = message.get("prefix_folder")
        self._scorer = LabelScorer(
            Path(message["path"]),
            n_ctx=int(message["n_ctx"]),
            n_threads=int(message["n_threads"]),
            should_stop=self._should_stop,
            prefixes=PrefixFiles(Path(folder), f"{message['sha256']} {version}") if folder else None,
        )
        self._marker = SpanMarker(self._scorer)
        return {"engine_version": version, "shares_prefix": self._scorer.shares_prefix}

    def _each_item(self, message: Message) -> Message:
        """Answer item by item, so that what is done is kept whatever happens at the next."""
        answer = {"score": self._score, "score each": self._score_each, "mark": self._mark}[message["do"]]
        for index in range(len(message["items"])):
            if self._should_stop():
                raise Stopped
            self._send({"job": self._job, "index": index, **answer(message, index)})
        return {}

    def _score(self, message: Message, index: int) -> Message:
        labels = message["labels"] if "labels" in message else message["labels_of"][index]
        scorer = self._loaded()
        return {"log_probs": scorer.score(message["prefix"], scorer.framed(message["items"][index]), labels)}

    def _score_each(self, message: Message, index: int) -> Message:
        scorer, questions, answers = self._loaded(), message["questions"], message["answers"]
        item = scorer.framed(message["items"][index])
        return {"log_probs": scorer.score_each(message["prefix"], item, questions, answers)}

    def _mark(self, message: Message, index: int) -> Message:
        item, text = self._loaded().framed(message["items"][index]), message["texts"][index]
        assert self._marker is not None
        found, is_whole = self._marker.mark(message["prefix"], item, text, message["labels"])
        return {"spans": [(one.start, one.end, one.label, one.probability) for one in found], "is_whole": is_whole}

    def _count(self, message: Message) -> Message:
        scorer = self._loaded()
        return {"counts": [scorer.count(text) for text in message["texts"]]}

    def _loaded(self) -> LabelScorer:
        if self._scorer is None:
            raise ModelError("No model is loaded.")
        return self._scorer

    def _should_stop(self) -> bool:
        return self._stopped_job == self._job

    def _keep_log(self, level: int, text: bytes, _data: object) -> None:
        line = text.decode("utf-8", errors="replace").rstrip("\n")
        if level <= _LOG_DEBUG or not line.strip(" ."):
            return
        self._log.append(line)
        if level >= _LOG_WARNING:
            os.write(2, (line + "\n").encode())

    def _send(self, message: Message) -> None:
        try:
            with self._sending:
                write_frame(self._outgoing, message)
        except OSError:
            os._exit(0)


if __name__ == "__main__":
    main()
