"""The engine as annodesk sees it: a process that scores labels, and what happens when that process dies."""

from __future__ import annotations

import collections
import contextlib
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from annodesk.errors import Cancelled, ModelError
from annodesk.prelabel.check import DEFAULT_CONTEXT_TOKENS, WORK_GOES_ON, ModelFacts, check_model, engine_available
from annodesk.prelabel.child import Child, ChildDied
from annodesk.prelabel.prefixes import prefix_folder
from annodesk.prelabel.scores import (
    EachScores,
    LabelScores,
    Prelabel,
    SpanScores,
    check_labels,
    each_scores,
    label_scores,
    span_scores,
)
from annodesk.progress import CancelToken, Pace, Progress, silent

if TYPE_CHECKING:
    from annodesk.prelabel.frames import Message

SMALL_MODEL_BYTES = 64 << 20
"""Below this one thread is as fast as several (measured with 1 and 6 MB), and leaves the machine to the person."""

PATIENCE_S = 30.0
"""The engine sends a sign of life every second while it works; after this long without one it counts as dead."""

ITEMS_PER_MESSAGE = 64
"""Few enough that a request to stop never waits behind a long message."""

STOP_WAIT_S = 0.1
POLL_S = 0.05

Result = TypeVar("Result")

_log = logging.getLogger(__name__)
_deaths: collections.Counter[tuple[str, int, int]] = collections.Counter()


class EngineStopped(ModelError):
    """It cannot go on with one model, which ended the engine twice or is another file now; ``partial`` holds the scores
    it gave before, ``log`` its last words."""

    def __init__(self, sentence: str, hint: str, partial: Sequence[Any], log: Sequence[str]) -> None:
        super().__init__(sentence, hint)
        self.partial: list[Any] = list(partial)
        self.prelabels: list[Prelabel] = []
        self.log = list(log)


class ScoringCancelled(Cancelled):
    """Scoring was stopped on request; ``partial`` holds the scores of the first items."""

    def __init__(self, partial: Sequence[Any]) -> None:
        super().__init__()
        self.partial: list[Any] = list(partial)
        self.prelabels: list[Prelabel] = []


class Engine:
    """One model in a process of its own. Calls from several threads wait for one another.

    Parameters
    ----------
    model_path : a GGUF file
    expected_sha256 : the hash the file must have, known for the shipped model
    n_ctx : most tokens of one prompt; the model's own limit if that is smaller
    n_threads : given, or one less than the machine has, so that the window keeps a core
    keeps_prefixes : whether decoded beginnings of prompts are kept as files for the next start
    """

    def __init__(
        self,
        model_path: Path,
        *,
        expected_sha256: str | None = None,
        n_ctx: int = DEFAULT_CONTEXT_TOKENS,
        n_threads: int | None = None,
        patience_s: float = PATIENCE_S,
        keeps_prefixes: bool = True,
    ) -> None:
        self.model_path = Path(model_path)
        self.engine_version = ""
        self._expected_sha256 = expected_sha256
        self._n_ctx = n_ctx
        self._n_threads = n_threads
        self._patience_s = patience_s
        self._keeps_prefixes = keeps_prefixes
        self._lock = threading.RLock()
        self._facts: ModelFacts | None = None
        self._loaded_key: tuple[str, int, int] = ("", 0, 0)
        self._child: Child | None = None
        self._leaving: threading.Thread | None = None
        self._closed = False
        self._last_words: list[str] = []

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """The running engine process, for diagnosis."""
        child = self._child
        return child.process_id if child else None

    def load(self, *, again: bool = False, cancel: CancelToken | None = None) -> ModelFacts:
        """Check the file, start the process and load the model; returns at once where that is done already.

        ``again`` allows a file with which the engine has died twice; only a person asks for that.
        """
        with self._turn(cancel):
            self._closed = False
            if again:
                _deaths.pop(_file_key(self.model_path), None)
            return self._surviving(lambda: self._ensure_loaded(cancel), [])

    def score(
        self,
        prefix: str,
        items: Sequence[str],
        labels: Sequence[str] | Sequence[Sequence[str]],
        *,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> list[LabelScores]:
        """How probable each label is after ``prefix + item``, for every item, in order.

        A label is scored as written, so where the prompt ends in "Label:" it needs a leading space. ``labels`` are
        those of all items, or of each its own.

        Raises
        ------
        EngineStopped
            The process died twice, or the file changed; carries the scores until then.
        ScoringCancelled
            On request; carries the scores until then.
        ModelError
            A label or text that cannot be asked about.
        """
        same = [label for label in labels if isinstance(label, str)]
        each = [list(own) for own in labels if not isinstance(own, str)]
        lists = {tuple(own) for own in each} or {tuple(same)}
        for own in lists:
            check_labels([label.removeprefix(" ") for label in own])
        job: Message = {"do": "score", "prefix": prefix}
        own_of_items: dict[str, Sequence[Any]] = {"items": items}
        if len(lists) > 1:
            own_of_items["labels_of"] = each
        else:
            job["labels"] = list(lists.pop())
        return self._item_by_item(
            job, own_of_items, lambda answer: label_scores(answer["log_probs"]), "labelled", progress, cancel
        )

    def score_each(
        self,
        prefix: str,
        items: Sequence[str],
        questions: Sequence[str],
        *,
        answers: tuple[str, ...] = (" yes", " no"),
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> list[EachScores]:
        """How probable the first answer to each question is, such as yes for each label, for every item, in order.

        A question follows ``prefix + item`` and an answer follows the question; all of them are one decode. Questions
        do not see each other. Raises what ``score`` raises.
        """
        check_labels([question.strip() for question in questions])
        check_labels([answer.strip() for answer in answers])
        job = {"do": "score each", "prefix": prefix, "questions": list(questions), "answers": list(answers)}
        return self._item_by_item(
            job, {"items": items}, lambda answer: each_scores(answer["log_probs"]), "labelled", progress, cancel
        )

    def mark_spans(
        self,
        prefix: str,
        items: Sequence[str],
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> list[SpanScores]:
        """The spans that the model marks in each text, in order, each with its probability.

        ``prefix + item`` shows the model a text and ends where the first line of ``label: words`` begins. What it
        writes there can be nothing but one of the labels with words of the text as they stand, or the end. Raises what
        ``score`` raises.
        """
        check_labels(labels)
        job = {"do": "mark", "prefix": prefix, "labels": list(labels)}
        return self._item_by_item(
            job,
            {"items": items, "texts": texts},
            lambda answer: span_scores(answer["spans"], answer["is_whole"]),
            "marked",
            progress,
            cancel,
        )

    def _item_by_item(
        self,
        job: Message,
        own: Mapping[str, Sequence[Any]],
        read: Callable[[Message], Result],
        doing: str,
        progress: Progress,
        cancel: CancelToken | None,
    ) -> list[Result]:
        """Have a job done for every item; ``own`` is what differs from item to item, by its name in the message."""
        done: list[Result] = []
        total = len(own["items"])
        pace = Pace(total, doing)

        def work() -> None:
            self._ensure_loaded(cancel, done)
            while len(done) < total:
                some = {name: list(of[len(done) : len(done) + ITEMS_PER_MESSAGE]) for name, of in own.items()}
                for answer in self._ask({**job, **some}, cancel, done):
                    if "index" in answer:
                        self._check_unchanged(done)
                        done.append(read(answer))
                        progress(len(done) / total, pace.words(len(done)))

        if any(len(of) != total for of in own.values()):
            raise ValueError("every item needs one of each")
        with self._turn(cancel):
            self._closed = False
            if total:
                self._surviving(work, done)
        return done

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes."""

        def work() -> list[int]:
            self._ensure_loaded(None)
            counts: list[int] = []
            for answer in self._ask({"do": "count", "texts": list(texts)}, None, []):
                counts = [int(count) for count in answer["counts"]]
            return counts

        with self._turn(None):
            self._closed = False
            return self._surviving(work, [])

    def close(self) -> None:
        """End the process; safe to call twice, also while another thread scores."""
        self._closed = True
        self._drop_child()

    def _drop_child(self) -> None:
        self._leave_child()
        self._wait_for_end()

    def _leave_child(self) -> None:
        """End the process without waiting: it steps back behind others, also where it dies."""
        child, self._child = self._child, None
        if child is not None:
            self._wait_for_end()
            self._leaving = threading.Thread(target=self._end, args=(child,), name="annodesk-engine", daemon=True)
            self._leaving.start()

    def _end(self, child: Child) -> None:
        self._last_words = child.end()

    def _wait_for_end(self) -> None:
        leaving = self._leaving
        if leaving is not None:
            leaving.join()

    @contextlib.contextmanager
    def _turn(self, cancel: CancelToken | None) -> Iterator[None]:
        """Wait until no other call uses the process."""
        while not self._lock.acquire(timeout=POLL_S if cancel else -1):
            if cancel and cancel.is_cancelled:
                raise ScoringCancelled([])
        try:
            yield
        finally:
            self._lock.release()

    def _surviving(self, work: Callable[[], Result], done: Sequence[Any]) -> Result:
        """Do the work; if the process dies in it, once more in a new process."""
        key = _file_key(self.model_path)
        while True:
            if _deaths[key] >= 2:
                raise EngineStopped(
                    f"The model {self.model_path.name} stopped the engine twice and is not started again by itself.",
                    f"Start annodesk again if you changed something. {WORK_GOES_ON}",
                    done,
                    self._last_words,
                )
            try:
                return work()
            except ChildDied as death:
                self._drop_child()
                if self._closed:
                    raise ScoringCancelled(done) from death
                _deaths[key] += 1
                _log.warning("the engine %s with %s; its last words: %s", death, key[0], self._last_words)

    def _ensure_loaded(self, cancel: CancelToken | None, done: Sequence[Any] = ()) -> ModelFacts:
        if self._child is not None and self._facts is not None:
            return self._facts
        if not engine_available():
            raise ModelError(
                "Pre-labels are off: the language-model engine is not installed.",
                "Install annodesk with the extra llm.",
            )
        self._loaded_key = _file_key(self.model_path)
        facts = check_model(self.model_path, expected_sha256=self._expected_sha256, n_ctx=self._n_ctx, cancel=cancel)
        self._wait_for_end()
        self._child = Child()
        job = {
            "do": "load",
            "path": str(self.model_path.resolve()),
            "sha256": facts.sha256,
            "n_ctx": facts.n_ctx,
            "n_threads": self._n_threads or _threads_for(facts.size_bytes),
        }
        if self._keeps_prefixes:
            job["prefix_folder"] = str(prefix_folder())
        try:
            for answer in self._ask(job, cancel, done):
                self.engine_version = str(answer["engine_version"])
            self._check_unchanged(done)
        except (ModelError, Cancelled):
            self._leave_child()
            raise
        self._facts = facts
        return facts

    def _check_unchanged(self, done: Sequence[Any]) -> None:
        """Refuse answers of a file that is no longer the one that was checked: its hash would be another."""
        if _file_key(self.model_path) != self._loaded_key:
            self._drop_child()
            raise EngineStopped(
                f"The model {self.model_path.name} was changed or taken away while it was in use.",
                "What was labelled until then is kept. Start again to use the file as it is now.",
                done,
                [],
            )

    def _ask(self, job: Message, cancel: CancelToken | None, done: Sequence[Any]) -> Iterator[Message]:
        """Send one job and yield its answers; stops the process where it does not stop on request."""
        child = self._child
        assert child is not None
        number = child.send_job(job)
        heard_at = time.monotonic()
        stop_by = math.inf
        while True:
            if cancel and cancel.is_cancelled and stop_by == math.inf:
                child.send({"do": "stop", "job": number})
                stop_by = time.monotonic() + STOP_WAIT_S
            answer = child.receive(POLL_S if cancel else 1.0)
            now = time.monotonic()
            if now > stop_by:
                self._leave_child()
                raise ScoringCancelled(done)
            if answer is None:
                if now - heard_at > self._patience_s:
                    raise ChildDied("gave no sign of life")
                continue
            heard_at = now
            if answer.get("job") != number or "beat" in answer:
                continue
            if "failed" in answer:
                for line in answer.get("log", []):
                    _log.info("engine: %s", line)
                raise ModelError(
                    f"The model {self.model_path.name} was refused: {answer['failed']}{_reason(answer)}"
                    if job["do"] == "load"
                    else str(answer["failed"]),
                    str(answer["hint"]) or WORK_GOES_ON,
                )
            if "stopped" in answer:
                raise ScoringCancelled(done)
            if not answer.get("end") or len(answer) > 2:
                try:
                    yield answer
                except GeneratorExit:  # the caller left in the middle, as where its progress callback raises
                    child.send({"do": "stop", "job": number})
                    raise
            if answer.get("end"):
                if stop_by < math.inf:
                    raise ScoringCancelled(done)
                return


def _reason(answer: Message) -> str:
    """llama.cpp says only in its log why it refuses a file; its last line on an error comes behind the sentence."""
    for line in reversed(answer.get("log", [])):
        _, found, words = line.partition("error loading model: ")
        if found:
            return f" It says: {words.strip().rstrip('.')}."
    return ""


def _threads_for(size_bytes: int) -> int:
    if size_bytes < SMALL_MODEL_BYTES:
        return 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, cores - 1)


def _file_key(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (str(path), 0, 0)
    return (str(path.resolve()), status.st_size, status.st_mtime_ns)
