"""The probability of every candidate label, exactly, from llama.cpp's low-level interface.

Runs in the engine process only. The prompt's beginning (guidelines, label list, examples) is decoded once
and shared by all items; one item is decoded together with the ends of all its labels. Items never share a
decode: that is slower on a CPU, and a score would then depend on its neighbours.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annodesk.errors import ModelError

END_OF_LABEL = "\n"
"""Ends every label, or "rain" would win over "rain shower" for being its beginning."""

BATCH_TOKENS = 512
MOST_OUTPUTS = 128
MOST_SEQUENCES = 64
MAP_FROM_BYTES = 256 << 20
"""Smaller files are read whole: a mapped file that is cut short ends the process."""


class Stopped(Exception):
    """Scoring was stopped on request in the middle of an item."""


@dataclass
class _Row:
    """One token to decode, and the labels whose next token is judged after it."""

    token: int
    position: int
    sequences: Sequence[int]
    wanted: list[tuple[int, int]]


class LabelScorer:
    """One loaded model; not for use from two threads."""

    def __init__(self, path: Path, *, n_ctx: int, n_threads: int, should_stop: Callable[[], bool]) -> None:
        import llama_cpp

        self._llama: Any = llama_cpp
        self._n_ctx = n_ctx
        self._model = self._context = self._batch = None
        self._prefix: list[int] = []
        # Kept here because llama.cpp holds only the address of the C function.
        self._abort = llama_cpp.ggml_abort_callback(lambda _: should_stop())
        self._progress = llama_cpp.llama_progress_callback(lambda _share, _: not should_stop())
        llama_cpp.llama_backend_init()
        self._model = self._load(path)
        if not self._model:
            raise Stopped if should_stop() else ModelError("llama.cpp cannot load the model.")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._n_vocab = int(llama_cpp.llama_vocab_n_tokens(self._vocabulary))
        self._begins = bool(llama_cpp.llama_vocab_get_add_bos(self._vocabulary))
        if not llama_cpp.llama_model_has_decoder(self._model) or llama_cpp.llama_model_has_encoder(self._model):
            raise ModelError("The model does not write text, so it cannot choose labels.")
        recurrent = llama_cpp.llama_model_is_recurrent(self._model) or llama_cpp.llama_model_is_hybrid(self._model)
        self.shares_prefix = not recurrent
        self._context = self._open_context(n_threads)
        if not self._context:
            raise ModelError("llama.cpp cannot make room for the model's working memory.")
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(BATCH_TOKENS, 0, MOST_SEQUENCES)

    def _load(self, path: Path) -> Any:
        llama = self._llama
        parameters = llama.llama_model_default_params()
        parameters.n_gpu_layers = 0
        parameters.check_tensors = True
        parameters.progress_callback = self._progress
        mapped = path.stat().st_size >= MAP_FROM_BYTES
        if hasattr(parameters, "load_mode"):
            parameters.load_mode = llama.LLAMA_LOAD_MODE_MMAP if mapped else llama.LLAMA_LOAD_MODE_NONE
        else:
            parameters.use_mmap = mapped
        return llama.llama_model_load_from_file(str(path).encode(), parameters)

    def _open_context(self, n_threads: int) -> Any:
        llama = self._llama
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = self._n_ctx
        parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
        parameters.n_seq_max = MOST_SEQUENCES
        parameters.n_threads = parameters.n_threads_batch = n_threads
        parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        parameters.kv_unified = True
        parameters.swa_full = True
        parameters.no_perf = True
        parameters.abort_callback = self._abort
        if hasattr(parameters, "n_outputs_max"):
            parameters.n_outputs_max = MOST_OUTPUTS
        return llama.llama_init_from_model(self._model, parameters)

    def close(self) -> None:
        """Free the model; safe to call twice."""
        llama = self._llama
        if self._batch is not None:
            llama.llama_batch_free(self._batch)
        if self._context:
            llama.llama_free(self._context)
        if self._model:
            llama.llama_model_free(self._model)
        self._batch = self._context = self._model = None

    def tokens(self, text: str) -> list[int]:
        """The text in the model's tokens; what looks like a control token in it stays plain text."""
        body = text.encode("utf-8", errors="replace")
        room = len(body) + 8
        buffer = (self._llama.llama_token * room)()
        count = self._llama.llama_tokenize(self._vocabulary, body, len(body), buffer, room, self._begins, False)
        if count < 0:
            raise ModelError("The model cannot read the text.")
        return list(buffer[:count])

    def score(self, prefix: str, item: str, labels: Sequence[str]) -> list[float]:
        """Log-probability of each label and its line end after ``prefix + item``.

        The prompt is tokenised together with each label and cut where all of them still agree, so a
        vocabulary that joins across the cut is scored as it would be written.
        """
        shared_tokens = self.tokens(prefix)
        whole = [self.tokens(prefix + item + label + END_OF_LABEL) for label in labels]
        n_common = min(_agreement(self.tokens(prefix + item), tokens, len(tokens) - 1) for tokens in whole)
        if n_common < 1:
            raise ModelError("The prompt is empty.", "A model needs at least one word to go on.")
        self._check_fit(max(len(tokens) for tokens in whole))
        if not self.shares_prefix:
            return [self._score_alone(tokens, n_common) for tokens in whole]
        common = whole[0][:n_common]
        n_shared = min(_agreement(shared_tokens, common, len(common)), n_common - 1)
        self._hold_prefix(shared_tokens)
        sums = np.zeros(len(labels))
        try:
            for group in self._groups([len(tokens) - n_common for tokens in whole], n_common):
                self._score_group(common, n_shared, [(j, whole[j][n_common:]) for j in group], sums)
        except Exception:
            self._forget()
            raise
        return [float(value) for value in sums]

    def _check_fit(self, n_tokens: int) -> None:
        if n_tokens > self._n_ctx:
            raise ModelError(
                f"The text is too long for the model: {n_tokens:,} tokens, and it reads {self._n_ctx:,}.",
                "Cut the item into shorter pieces.",
            )

    def _groups(self, tail_lengths: Sequence[int], n_common: int) -> list[list[int]]:
        """Labels that fit into one decode: by sequences, and by the room their ends take."""
        groups: list[list[int]] = []
        room = 0
        for j, length in enumerate(tail_lengths):
            if not groups or len(groups[-1]) >= MOST_SEQUENCES - 1 or length > room:
                groups.append([])
                room = self._n_ctx - n_common
            groups[-1].append(j)
            room -= length
        return groups

    def _hold_prefix(self, tokens: list[int]) -> None:
        """Decode the shared beginning into sequence 0 unless it is there already."""
        if tokens == self._prefix:
            return
        self._check_fit(len(tokens))
        self._forget()
        try:
            self._decode([_Row(token, k, (0,), []) for k, token in enumerate(tokens)], np.zeros(0))
        except Exception:
            self._forget()
            raise
        self._prefix = list(tokens)

    def _score_group(
        self, common: list[int], n_shared: int, tails: list[tuple[int, list[int]]], sums: NDArray[np.float64]
    ) -> None:
        llama = self._llama
        sequences = range(1, len(tails) + 1)
        for sequence in sequences:
            llama.llama_memory_seq_cp(self._memory, 0, sequence, 0, n_shared)
        rows = [_Row(common[k], k, sequences, []) for k in range(n_shared, len(common))]
        last = rows[-1]
        for (j, tail), sequence in zip(tails, sequences, strict=True):
            last.wanted.append((j, tail[0]))
            for k in range(len(tail) - 1):
                rows.append(_Row(tail[k], len(common) + k, (sequence,), [(j, tail[k + 1])]))
        self._decode(rows, sums)
        for sequence in sequences:
            llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def _score_alone(self, tokens: list[int], n_common: int) -> float:
        """One label with its whole prompt, for models whose state cannot be shared."""
        self._forget()
        rows = [_Row(token, k, (0,), []) for k, token in enumerate(tokens[:-1])]
        for k in range(n_common - 1, len(rows)):
            rows[k].wanted.append((0, tokens[k + 1]))
        total = np.zeros(1)
        self._decode(rows, total)
        return float(total[0])

    def _forget(self) -> None:
        self._llama.llama_memory_clear(self._memory, True)
        self._prefix = []

    def _decode(self, rows: Sequence[_Row], sums: NDArray[np.float64]) -> None:
        """Decode in batches; after each, add what the wanted tokens got to their labels' sums."""
        start = 0
        while start < len(rows):
            end = n_outputs = 0
            for end in range(start, min(len(rows), start + BATCH_TOKENS)):
                n_outputs += bool(rows[end].wanted)
                if n_outputs == MOST_OUTPUTS:
                    break
            self._decode_batch(rows[start : end + 1], sums)
            start = end + 1

    def _decode_batch(self, rows: Sequence[_Row], sums: NDArray[np.float64]) -> None:
        batch = self._batch
        assert batch is not None
        for i, row in enumerate(rows):
            batch.token[i] = row.token
            batch.pos[i] = row.position
            batch.n_seq_id[i] = len(row.sequences)
            for k, sequence in enumerate(row.sequences):
                batch.seq_id[i][k] = sequence
            batch.logits[i] = bool(row.wanted)
        batch.n_tokens = len(rows)
        answer = self._llama.llama_decode(self._context, batch)
        if answer == 2:
            raise Stopped
        if answer:
            raise ModelError(f"The model stopped in the middle of a text (llama.cpp says {answer}).")
        for i, row in enumerate(rows):
            if row.wanted:
                log_probs = self._log_probs(i)
                for j, token in row.wanted:
                    sums[j] += log_probs[token]

    def _log_probs(self, row: int) -> NDArray[np.float64]:
        """Log-softmax over the vocabulary after one token, in 64 bits."""
        pointer = self._llama.llama_get_logits_ith(self._context, row)
        if not ctypes.cast(pointer, ctypes.c_void_p).value:
            raise ModelError("The model gave no answer for a text.")
        logits = np.ctypeslib.as_array(pointer, shape=(self._n_vocab,)).astype(np.float64)
        highest = logits.max()
        return np.asarray(logits - (highest + math.log(np.exp(logits - highest).sum())))


def _agreement(left: Sequence[int], right: Sequence[int], most: int) -> int:
    """How many tokens both begin with, at most ``most``."""
    length = min(len(left), len(right), most)
    for k in range(length):
        if left[k] != right[k]:
            return k
    return length
