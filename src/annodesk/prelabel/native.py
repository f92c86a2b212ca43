"""One loaded model through llama.cpp's low-level interface: its tokens, its decodes, and sequences that share a state.

Runs in the engine process only: a bug here, or in native code, ends the process.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annodesk.errors import ModelError
from annodesk.prelabel.template import ANSWER, Frame, frame_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH_TOKENS = 512
MOST_OUTPUTS = 128
MOST_SEQUENCES = 64
MAP_FROM_BYTES = 256 << 20
"""Smaller files are read whole: a mapped file that is cut short ends the process."""


class Stopped(Exception):
    """Work was stopped on request in the middle of an item."""


class NativeModel:
    """A model and its working memory of ``n_ctx`` tokens; not for use from two threads."""

    def __init__(self, path: Path, *, n_ctx: int, n_threads: int, should_stop: Callable[[], bool]) -> None:
        import llama_cpp

        self._llama: Any = llama_cpp
        self._model = self._context = self._batch = None
        self._should_stop = should_stop
        # Kept here because llama.cpp holds only the address of the C function.
        self._abort = llama_cpp.ggml_abort_callback(lambda _: should_stop())
        self._progress = llama_cpp.llama_progress_callback(lambda _share, _: not should_stop())
        llama_cpp.llama_backend_init()
        self._model = self._load(path)
        if not self._model:
            raise Stopped if should_stop() else ModelError("llama.cpp cannot load the model.")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self.n_vocab = int(llama_cpp.llama_vocab_n_tokens(self._vocabulary))
        self._begins = bool(llama_cpp.llama_vocab_get_add_bos(self._vocabulary))
        if not llama_cpp.llama_model_has_decoder(self._model) or llama_cpp.llama_model_has_encoder(self._model):
            raise ModelError("The model does not write text, so it cannot choose labels.")
        recurrent = llama_cpp.llama_model_is_recurrent(self._model) or llama_cpp.llama_model_is_hybrid(self._model)
        self.shares_prefix = not recurrent
        self._frame = self._find_frame()
        self.n_ctx = n_ctx
        self._context = self._open_context(n_ctx + (self._frame.length if self._frame else 0), n_threads)
        if not self._context:
            raise ModelError("llama.cpp cannot make room for the model's working memory.")
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(BATCH_TOKENS, 0, MOST_SEQUENCES)
        in_batch = np.ctypeslib.as_array
        batch = self._batch
        self._batch_tokens = in_batch(batch.token, (BATCH_TOKENS,))
        self._batch_positions = in_batch(batch.pos, (BATCH_TOKENS,))
        self._batch_counts = in_batch(batch.n_seq_id, (BATCH_TOKENS,))
        self._batch_answered = in_batch(batch.logits, (BATCH_TOKENS,))
        self._batch_sequences = [in_batch(batch.seq_id[i], (MOST_SEQUENCES,)) for i in range(BATCH_TOKENS)]

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

    def _open_context(self, n_ctx: int, n_threads: int) -> Any:
        llama = self._llama
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = n_ctx
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

    @property
    def is_framed(self) -> bool:
        """Whether the model was made for talking, so that prompts stand in the frame its file brings."""
        return self._frame is not None

    @property
    def n_frame(self) -> int:
        """How many tokens the frame takes, besides what may be used."""
        return self._frame.length if self._frame else 0

    def _find_frame(self) -> Frame | None:
        llama = self._llama
        found = llama.llama_model_chat_template(self._model, None)
        if not found:
            return None
        bos, eos = llama.llama_vocab_bos(self._vocabulary), llama.llama_vocab_eos(self._vocabulary)
        words = frame_of(found.decode("utf-8", errors="replace"), self._name(bos), self._name(eos))
        if words is None:
            return None
        before = self._tokens(words.before, special=True)
        if self._begins and before[:1] != [bos]:
            before.insert(0, bos)
        return Frame(before, self._tokens(words.after, special=True))

    def _name(self, token: int) -> str:
        name = self._llama.llama_vocab_get_text(self._vocabulary, token) if token >= 0 else None
        return (name or b"").decode("utf-8", errors="replace")

    def count(self, text: str) -> int:
        """How many tokens a text takes by itself, without a frame."""
        return len(self._tokens(text, begins=self._begins))

    def tokens(self, text: str) -> list[int]:
        """The text in the model's tokens; what looks like a control token in it stays plain text.

        Where the model has a frame, the text stands in it, and what follows the sign ``ANSWER`` is the beginning of the
        model's own turn.
        """
        if self._should_stop():
            raise Stopped
        if self._frame is None:
            return self._tokens(text, begins=self._begins)
        asked, sign, answered = text.partition(ANSWER)
        found = [*self._frame.before, *self._tokens(asked)]
        return [*found, *self._frame.after, *self._tokens(answered)] if sign else found

    def _tokens(self, text: str, *, begins: bool = False, special: bool = False) -> list[int]:
        if not text and not begins:
            return []
        body = text.encode("utf-8", errors="replace")
        room = len(body) + 8
        buffer = (self._llama.llama_token * room)()
        count = self._llama.llama_tokenize(self._vocabulary, body, len(body), buffer, room, begins, special)
        if count < 0:
            raise ModelError("The model cannot read the text.")
        return list(buffer[:count])

    def ends(self) -> list[int]:
        """Tokens with which the model ends its turn."""
        is_end = self._llama.llama_vocab_is_eog
        return [token for token in range(self.n_vocab) if is_end(self._vocabulary, token)]

    def pieces(self) -> dict[bytes, int]:
        """What each token writes; of tokens that write the same, the first that is not a single byte's own."""
        llama = self._llama
        buffer = ctypes.create_string_buffer(256)
        pieces: dict[bytes, int] = {}
        bytes_alone: dict[bytes, int] = {}
        for token in range(self.n_vocab):
            if token % 4096 == 0 and self._should_stop():
                raise Stopped
            if llama.llama_vocab_is_control(self._vocabulary, token):
                continue
            length = llama.llama_token_to_piece(self._vocabulary, token, buffer, len(buffer), 0, False)
            if length > 0:
                attributes = llama.llama_vocab_get_attr(self._vocabulary, token)
                known = bytes_alone if attributes & llama.LLAMA_TOKEN_ATTR_BYTE else pieces
                known.setdefault(buffer.raw[:length], token)
        return bytes_alone | pieces

    def decode(self, rows: Sequence[tuple[int, int, Sequence[int]]], answered: Sequence[bool]) -> None:
        """One decode of at most ``BATCH_TOKENS`` tokens.

        Parameters
        ----------
        rows : token, position and the sequences it belongs to
        answered : after which of them the next token is wanted
        """
        batch = self._batch
        assert batch is not None
        count = len(rows)
        self._batch_tokens[:count] = [token for token, _, _ in rows]
        self._batch_positions[:count] = [position for _, position, _ in rows]
        self._batch_counts[:count] = [len(sequences) for _, _, sequences in rows]
        self._batch_answered[:count] = answered
        for place, (_, _, sequences) in zip(self._batch_sequences, rows, strict=False):
            place[: len(sequences)] = sequences
        batch.n_tokens = count
        answer = self._llama.llama_decode(self._context, batch)
        if answer == 2:
            raise Stopped
        if answer:
            raise ModelError(f"The model stopped in the middle of a text (llama.cpp says {answer}).")

    def answers(self, count: int) -> NDArray[np.float32]:
        """What the model answered in the last decode, a row for each token after which an answer was wanted; good until
        the next."""
        pointer = self._llama.llama_get_logits(self._context)
        if not ctypes.cast(pointer, ctypes.c_void_p).value:
            raise ModelError("The model gave no answer for a text.")
        return np.ctypeslib.as_array(pointer, shape=(count, self.n_vocab))

    def share(self, source: int, target: int, n_tokens: int) -> None:
        """Let a sequence begin with the first tokens of another."""
        self._llama.llama_memory_seq_cp(self._memory, source, target, 0, n_tokens)

    def cut(self, sequence: int, n_tokens: int = 0) -> bool:
        """Forget a sequence from so many tokens on; False where only the whole could be forgotten."""
        return bool(self._llama.llama_memory_seq_rm(self._memory, sequence, n_tokens or -1, -1))

    def forget(self) -> None:
        """Forget all sequences."""
        self._llama.llama_memory_clear(self._memory, True)

    def state_bytes(self, sequence: int) -> int:
        """How large the file of a sequence would be."""
        return int(self._llama.llama_state_seq_get_size(self._context, sequence))

    def write_state(self, path: Path, sequence: int, tokens: Sequence[int]) -> bool:
        """Write what was computed of a sequence; False where it could not be written."""
        listed = (self._llama.llama_token * len(tokens))(*tokens)
        name = str(path).encode()
        return bool(self._llama.llama_state_seq_save_file(self._context, name, sequence, listed, len(tokens)))

    def read_state(self, path: Path, sequence: int, tokens: Sequence[int]) -> bool:
        """Whether the file holds just these tokens and was read."""
        listed, count = (self._llama.llama_token * len(tokens))(), ctypes.c_size_t()
        name = str(path).encode()
        read = self._llama.llama_state_seq_load_file(
            self._context, name, sequence, listed, len(tokens), ctypes.byref(count)
        )
        return bool(read) and count.value == len(tokens) and list(listed) == list(tokens)
