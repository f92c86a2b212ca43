"""Scoring labels: items per second of processor, beside llama-cpp-python as one would use it and beside the least work
there is: a prompt whose first 400 tokens are the same for all, items of 60 tokens, 8 labels. On the shipped model and
on one of the shape of Qwen2.5-0.5B with random weights, written here. All on one thread.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from annodesk.prelabel.check import embedded_model, engine_available
from annodesk.prelabel.engine import Engine, ScoringCancelled
from annodesk.prelabel.native import BATCH_TOKENS
from annodesk.prelabel.prefixes import PrefixFiles
from annodesk.prelabel.prompts import load_prompt
from annodesk.prelabel.scorer import END_OF_LABEL, LabelScorer
from annodesk.progress import CancelToken
from tests.benchmarks import report
from tests.model_files import write_qwen_shape

LABELS = ("rain", "dog bark", "engine", "speech", "speech with pauses", "music", "street noise", "applause")
WORDS = "a low wide hum over steady short clear notes near the far wall with some hiss and no voice at all"
PREFIX_TOKENS, ITEM_TOKENS, CONTEXT = 400, 60, 1024
ROUNDS = 3
NAIVE = "create_completion with a grammar, the whole prompt for every item"


class Work(Struct, frozen=True):
    """The prompts that all ways are given."""

    prefix: str
    items: list[str]

    @property
    def ways(self) -> list[str]:
        return [f" {label}" for label in LABELS]


def main() -> None:
    """Print the figures."""
    if not engine_available():
        print(json.dumps({"figure": "prelabel_speed", "skipped": "the extra llm is not installed"}))
        return
    import llama_cpp

    silent = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(silent, None)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ANNODESK_CACHE"] = folder
        _measure("shipped model", embedded_model().path, Path(folder), n_items=24, n_naive=6)
        written = write_qwen_shape(Path(folder) / "qwen shape.gguf")
        _measure("shape of Qwen2.5-0.5B", written, Path(folder), n_items=3, n_naive=1)
        _cancel("shape of Qwen2.5-0.5B", written)


def _measure(name: str, model: Path, folder: Path, *, n_items: int, n_naive: int) -> None:
    files = PrefixFiles(folder / name, name)
    scorer = LabelScorer(model, n_ctx=CONTEXT, n_threads=1, should_stop=lambda: False, prefixes=files)
    work = _work(scorer, n_items)
    started = time.process_time()
    scores = [scorer.score(work.prefix, item, work.ways) for item in work.items[:1]]
    first_s = time.process_time() - started
    naive, floor = _Naive(model), _Floor(scorer, model, work)
    ours_rate, naive_rate, floor_rate = [], [], []
    naive.label(work, work.items[:1])
    for _ in range(ROUNDS):  # in turns, so that all ways meet the same neighbours
        ours_rate.append(_rate(lambda: [scorer.score(work.prefix, item, work.ways) for item in work.items], n_items))
        floor_rate.append(_rate(floor.decode_all, n_items))
        naive_rate.append(_rate(lambda: naive.label(work, work.items[:n_naive]), n_naive))
    ours, plain, least = max(ours_rate), max(naive_rate), max(floor_rate)
    assert scorer.score(work.prefix, work.items[0], work.ways) == scores[0]
    told = {"prefix_tokens": PREFIX_TOKENS, "item_tokens": floor.item_tokens, "labels": len(LABELS)}
    report(
        f"items per CPU second, {name}, beside naive use (limit: a fifth of the time)",
        1 / ours,
        "CPU s per item",
        baseline=1 / plain,
        baseline_is=NAIVE,
        limit=1 / 5,
        items_per_cpu_s=round(ours, 2),
        times_as_many=round(ours / plain, 2),
        **told,
    )
    report(
        f"items per CPU second, {name}, beside the floor",
        1 / ours,
        "CPU s per item",
        baseline=1 / least,
        baseline_is="a bare decode of the new tokens of item and labels, nothing read and nothing tokenised",
        limit=1.25,
        decoded_tokens=floor.new_tokens,
    )
    scorer.close()
    naive.close()
    floor.close()
    again = LabelScorer(model, n_ctx=CONTEXT, n_threads=1, should_stop=lambda: False, prefixes=files)
    started = time.process_time()
    same = again.score(work.prefix, work.items[0], work.ways) == scores[0]
    report(
        f"the first item after a restart, {name}",
        time.process_time() - started,
        "CPU s",
        baseline=first_s,
        baseline_is="the prompt's beginning decoded, not read from its file",
        same_bits=same,
    )
    again.close()


def _cancel(name: str, model: Path) -> None:
    """From the request to stop to its answer, in the middle of items."""
    waited = []
    with Engine(model, n_ctx=CONTEXT, n_threads=1, keeps_prefixes=False) as engine:
        for k in range(5):
            engine.load()
            cancel = CancelToken()
            asked: list[float] = []

            def stop(token: CancelToken = cancel, at: list[float] = asked) -> None:
                at.append(time.perf_counter())
                token.cancel()

            timer = threading.Timer(0.5 + 0.13 * k, stop)
            timer.start()
            try:
                engine.score("word " * 300, ["item " * 50] * 50, [f" {label}" for label in LABELS], cancel=cancel)
            except ScoringCancelled:
                waited.append(time.perf_counter() - asked[0])
            timer.join()
    report(f"cancelling in the middle of an item, {name}, the longest of {len(waited)}", max(waited), "s", limit=0.2)


def _rate(work: Callable[[], object], count: int) -> float:
    started = time.process_time()
    work()
    return count / (time.process_time() - started)


def _work(scorer: LabelScorer, n_items: int) -> Work:
    """Examples until the beginning has its length, and items of theirs."""
    prompt, rng = load_prompt("text-1"), random.Random(3)
    some = lambda count: " ".join(rng.choice(WORDS.split()) for _ in range(count))  # noqa: E731
    shots: list[tuple[str, str]] = []
    while len(scorer.tokens(prompt.prefix(LABELS, shots))) < PREFIX_TOKENS:
        shots.append((some(4), rng.choice(LABELS)))
    items = []
    for _ in range(n_items):
        words = some(4)
        while len(scorer.tokens(prompt.ask(words))) < ITEM_TOKENS + 1:
            words += " " + some(1)
        items.append(prompt.ask(words))
    return Work(prompt.prefix(LABELS, shots), items)


class _Naive:
    """The way of the package's own examples."""

    def __init__(self, model: Path) -> None:
        from llama_cpp import Llama, LlamaGrammar

        ways = " | ".join(json.dumps(label) for label in LABELS)
        self._grammar = LlamaGrammar.from_string(f'root ::= " " ({ways})', verbose=False)
        self._llama = Llama(
            str(model), n_ctx=CONTEXT, n_batch=BATCH_TOKENS, n_threads=1, n_threads_batch=1, verbose=False
        )

    def label(self, work: Work, items: Sequence[str]) -> list[str]:
        found = []
        for item in items:
            self._llama.reset()
            done: Any = self._llama.create_completion(
                work.prefix + item, grammar=self._grammar, temperature=0.0, max_tokens=12
            )
            found.append(done["choices"][0]["text"].strip())
        assert set(found) <= set(LABELS)
        return found

    def close(self) -> None:
        self._llama.close()


class _Floor:
    """The least that has to be computed: one decode per item of what is new in it, behind a beginning that is there."""

    def __init__(self, scorer: LabelScorer, model: Path, work: Work) -> None:
        import llama_cpp

        self._llama = llama_cpp
        self._model = llama_cpp.llama_model_load_from_file(str(model).encode(), llama_cpp.llama_model_default_params())
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx, parameters.n_batch, parameters.n_ubatch = CONTEXT, BATCH_TOKENS, BATCH_TOKENS
        parameters.n_threads = parameters.n_threads_batch = 1
        parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        parameters.no_perf = True
        self._context = llama_cpp.llama_init_from_model(self._model, parameters)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(BATCH_TOKENS, 0, 1)
        prefix = scorer.tokens(work.prefix)
        self._n_prefix = len(prefix)
        self._items = []
        for item in work.items:
            asked = scorer.tokens(work.prefix + item)
            whole = [scorer.tokens(work.prefix + item + way + END_OF_LABEL) for way in work.ways]
            tails = [token for tokens in whole for token in tokens[len(asked) : -1]]
            new = asked[self._n_prefix :]
            self._items.append((new + tails, len(new)))
        self.item_tokens = self._items[0][1]
        self.new_tokens = len(self._items[0][0])
        self._decode(prefix, 0, len(prefix))

    def decode_all(self) -> None:
        for tokens, n_item in self._items:
            self._decode(tokens, self._n_prefix, n_item - 1)
            self._llama.llama_memory_seq_rm(self._memory, 0, self._n_prefix, -1)

    def _decode(self, tokens: Sequence[int], start: int, answered_from: int) -> None:
        batch, n = self._batch, len(tokens)
        np.ctypeslib.as_array(batch.token, (BATCH_TOKENS,))[:n] = tokens
        np.ctypeslib.as_array(batch.pos, (BATCH_TOKENS,))[:n] = range(start, start + n)
        np.ctypeslib.as_array(batch.n_seq_id, (BATCH_TOKENS,))[:n] = 1
        for k in range(n):
            batch.seq_id[k][0] = 0
        np.ctypeslib.as_array(batch.logits, (BATCH_TOKENS,))[:n] = np.arange(n) >= answered_from
        batch.n_tokens = n
        assert self._llama.llama_decode(self._context, batch) == 0

    def close(self) -> None:
        self._llama.llama_batch_free(self._batch)
        self._llama.llama_free(self._context)
        self._llama.llama_model_free(self._model)


if __name__ == "__main__":
    main()
