"""The probability of every candidate label, exactly, from the model's next-token probabilities.

Runs in the engine process only. The prompt's beginning (guidelines, label list, examples) is decoded once
and shared by all items; one item is decoded together with the ends of all its labels, what labels have in common
once. Items never share a decode: that is slower on a CPU, and a score would then depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.errors import ModelError
from annodesk.prelabel.endings import Ending, Endings, agreement
from annodesk.prelabel.native import BATCH_TOKENS, MOST_OUTPUTS, MOST_SEQUENCES, NativeModel
from annodesk.prelabel.prefixes import CHUNK_TOKENS, MOST_FILE_BYTES, PrefixFiles
from annodesk.prelabel.template import with_answer

if TYPE_CHECKING:
    from numpy.typing import NDArray

END_OF_LABEL = "\n"
"""Ends every label, or "rain" would win over "rain shower" for being its beginning."""

_PREFIX, _TRUNK, _FIRST_ENDING = 0, 1, 2
"""The prompt's beginning, an item that several decodes share, and the first of the labels, as sequences."""

_VALUES_AT_ONCE = 1 << 19


class _Row(Struct):
    """One token to decode, and the labels whose next token is judged after it."""

    token: int
    position: int
    sequences: list[int]
    wanted: list[tuple[int, int]]


class LabelScorer:
    """One loaded model; not for use from two threads.

    ``prefixes`` keeps decoded beginnings of prompts for the next start.
    """

    def __init__(
        self,
        path: Path,
        *,
        n_ctx: int,
        n_threads: int,
        should_stop: Callable[[], bool],
        prefixes: PrefixFiles | None = None,
    ) -> None:
        self._model = NativeModel(path, n_ctx=n_ctx, n_threads=n_threads, should_stop=should_stop)
        self.shares_prefix = self._model.shares_prefix
        self.tokens = self._model.tokens
        self.pieces = self._model.pieces
        self.count = self._model.count
        self._most = n_ctx + self._model.n_frame
        self._endings = Endings(self.tokens)
        self._prefix: list[int] = []
        self._prefix_uses = self._prefix_new = 0
        self._prefixes = prefixes
        self._written: list[int] = []
        self._line_end = self.tokens("\n")[-1]
        # A model made for talking ends its turn behind a label where another one ends the line.
        self._ends = [self._line_end, *self._model.ends()] if self._model.is_framed else [self._line_end]

    def close(self) -> None:
        """Free the model; safe to call twice."""
        self._model.close()

    def framed(self, item: str) -> str:
        """The item as it is to be asked about, where the model wants a frame; else as it is."""
        return with_answer(item) if self._model.is_framed else item

    def score(self, prefix: str, item: str, labels: Sequence[str], end: str = END_OF_LABEL) -> list[float]:
        """Log-probability of each label and its end after ``prefix + item``."""
        return self._judge(prefix, self._endings.of(prefix, item, [("", labels)], end))

    def score_each(self, prefix: str, item: str, questions: Sequence[str], answers: Sequence[str]) -> list[list[float]]:
        """For each question after ``prefix + item``, the log-probability of each answer and its line end."""
        endings = self._endings.of(prefix, item, [(question, answers) for question in questions], END_OF_LABEL)
        found = self._judge(prefix, endings)
        return [found[k : k + len(answers)] for k in range(0, len(found), len(answers))]

    def begin(self, prefix: str, text: str) -> NDArray[np.float64]:
        """Log-probabilities of every token after ``prefix + text``; ``go_on`` follows, and ``leave`` at the end."""
        self._written = self.tokens(prefix + text)
        self._check_fit(len(self._written))
        if not self.shares_prefix:
            self._forget()
            return self._write(0)
        n_shared = self._share(prefix, self._written)
        self._model.share(_PREFIX, _TRUNK, n_shared)
        return self._write(n_shared)

    def go_on(self, token: int) -> NDArray[np.float64]:
        """Log-probabilities of every token after one more."""
        self._written.append(token)
        self._check_fit(len(self._written))
        return self._write(len(self._written) - 1)

    def leave(self) -> None:
        """Forget what ``begin`` and ``go_on`` wrote."""
        if self.shares_prefix:
            self._model.cut(_TRUNK)
        else:
            self._forget()

    def _write(self, start: int) -> NDArray[np.float64]:
        last = len(self._written) - 1
        try:
            for at in range(start, last + 1, BATCH_TOKENS):
                some = range(at, min(at + BATCH_TOKENS, last + 1))
                self._model.decode([(self._written[k], k, [_TRUNK]) for k in some], [k == last for k in some])
        except Exception:
            self._forget()
            raise
        (logits,) = self._model.answers(1)
        return np.asarray(logits - _log_sums(logits[None])[0], dtype=np.float64)

    def _judge(self, prefix: str, endings: Sequence[Ending]) -> list[float]:
        """Sum of the log-probabilities of each ending's judged tokens."""
        first = endings[0].tokens
        n_common = min(min(ending.judged_from, agreement(first, ending.tokens)) for ending in endings)
        if n_common < 1:
            raise ModelError("The prompt is empty.", "A model needs at least one word to go on.")
        self._check_fit(max(len(ending.tokens) for ending in endings))
        sums = np.zeros(len(endings))
        if not self.shares_prefix:
            for j, ending in enumerate(endings):
                self._score_alone(j, ending, sums)
            return [float(value) for value in sums]
        common = first[:n_common]
        n_shared = self._share(prefix, common)
        room = self._most - len(self._prefix) - (n_common - n_shared)
        groups = _groups([len(ending.tokens) - n_common for ending in endings], room)
        trunk = _PREFIX
        try:
            if len(groups) > 1 and n_shared < n_common - 1:
                self._model.share(_PREFIX, _TRUNK, n_shared)
                self._decode([_Row(common[k], k, [_TRUNK], []) for k in range(n_shared, n_common - 1)], sums)
                trunk, n_shared = _TRUNK, n_common - 1
            for group in groups:
                self._score_group(common, n_shared, trunk, [(j, endings[j]) for j in group], sums)
            if trunk == _TRUNK:
                self._model.cut(_TRUNK)
        except Exception:
            self._forget()
            raise
        return [float(value) for value in sums]

    def _check_fit(self, n_tokens: int) -> None:
        if n_tokens > self._most:
            raise ModelError(
                f"The text is too long for the model: {n_tokens:,} tokens, and it reads {self._most:,}.",
                "Cut the item into shorter pieces.",
            )

    def _share(self, prefix: str, common: list[int]) -> int:
        """Have the prefix decoded; how many of the tokens it spares."""
        tokens = self._endings.prefix(prefix)
        self._hold_prefix(tokens)
        return min(agreement(tokens, common), len(common) - 1)

    def _hold_prefix(self, tokens: list[int]) -> None:
        """Decode the shared beginning into its sequence, as far as it is not there or in a file."""
        if tokens == self._prefix:
            self._prefix_uses += 1
            # What only one item needs is not worth a file, nor what is largely in one already: labels in another order.
            if self._prefix_uses == 2 and 2 * self._prefix_new > len(tokens):
                self._save_prefix()
            return
        self._check_fit(len(tokens))
        n_kept = agreement(self._prefix, tokens) // CHUNK_TOKENS * CHUNK_TOKENS
        try:
            if n_kept and self._model.cut(_PREFIX, n_kept):
                self._prefix = tokens[:n_kept]
                self._save_prefix()
            else:
                n_kept = 0
                self._forget()
            n_kept = self._load_prefix(tokens, n_kept)
            self._prefix_new = len(tokens) - n_kept
            for start in range(n_kept, len(tokens), CHUNK_TOKENS):
                piece = range(start, min(start + CHUNK_TOKENS, len(tokens)))
                self._model.decode([(tokens[k], k, [_PREFIX]) for k in piece], [False] * len(piece))
        except Exception:
            self._forget()
            raise
        self._prefix, self._prefix_uses = list(tokens), 1

    def _save_prefix(self) -> None:
        tokens = self._prefix
        if self._prefixes is None or len(tokens) < CHUNK_TOKENS or self._model.state_bytes(_PREFIX) > MOST_FILE_BYTES:
            return
        self._prefixes.keep(tokens, lambda path: self._model.write_state(path, _PREFIX, tokens))

    def _load_prefix(self, tokens: list[int], n_kept: int) -> int:
        """How many tokens are decoded after looking for a file that holds more of them."""
        found = self._prefixes.longest(tokens, n_kept) if self._prefixes is not None else None
        if found is None:
            return n_kept
        length, path = found
        self._forget()
        if self._model.read_state(path, _PREFIX, tokens[:length]):
            return length
        self._forget()
        return 0

    def _score_group(
        self, common: list[int], n_shared: int, trunk: int, group: list[tuple[int, Ending]], sums: NDArray[np.float64]
    ) -> None:
        """One decode of the item's rest and of some endings, each in a sequence of its own."""
        sequences = list(range(_FIRST_ENDING, _FIRST_ENDING + len(group)))
        for sequence in sequences:
            self._model.share(trunk, sequence, n_shared)
        rows = [_Row(common[k], k, sequences, []) for k in range(n_shared, len(common))]
        after: dict[tuple[int, int], int] = {}
        for (j, ending), sequence in zip(group, sequences, strict=True):
            tokens, at = ending.tokens, len(common) - n_shared - 1
            for k in range(len(common), len(tokens)):
                if k >= ending.judged_from:
                    rows[at].wanted.append((j, tokens[k]))
                if k == len(tokens) - 1:  # judged, and nothing after it
                    break
                if (at, tokens[k]) not in after:
                    after[at, tokens[k]] = len(rows)
                    rows.append(_Row(tokens[k], k, [], []))
                at = after[at, tokens[k]]
                rows[at].sequences.append(sequence)
        self._decode(rows, sums)
        for sequence in sequences:
            self._model.cut(sequence)

    def _score_alone(self, j: int, ending: Ending, sums: NDArray[np.float64]) -> None:
        """One ending with its whole prompt, for models whose state cannot be shared."""
        self._forget()
        tokens = ending.tokens
        rows = [_Row(token, k, [_PREFIX], []) for k, token in enumerate(tokens[:-1])]
        for k in range(ending.judged_from - 1, len(rows)):
            rows[k].wanted.append((j, tokens[k + 1]))
        self._decode(rows, sums)

    def _forget(self) -> None:
        self._model.forget()
        self._prefix = []
        self._prefix_uses = 0

    def _decode(self, rows: Sequence[_Row], sums: NDArray[np.float64]) -> None:
        """Decode in batches; after each, add what the wanted tokens got to their labels' sums."""
        start = 0
        while start < len(rows):
            end = n_outputs = 0
            for end in range(start, min(len(rows), start + BATCH_TOKENS)):
                n_outputs += bool(rows[end].wanted)
                if n_outputs == MOST_OUTPUTS:
                    break
            some = rows[start : end + 1]
            self._model.decode(
                [(row.token, row.position, row.sequences) for row in some], [bool(row.wanted) for row in some]
            )
            self._add([row.wanted for row in some if row.wanted], sums)
            start = end + 1

    def _add(self, wanted: Sequence[list[tuple[int, int]]], sums: NDArray[np.float64]) -> None:
        """Add what the last decode says of the wanted tokens, a list for each of its answers."""
        if not wanted:
            return
        logits = self._model.answers(len(wanted))
        for row, total, tokens in zip(logits, _log_sums(logits), wanted, strict=True):
            for j, token in tokens:
                if token == self._line_end and len(self._ends) > 1:
                    sums[j] += _log_sums(row[None, self._ends])[0] - total
                else:
                    sums[j] += float(row[token]) - total


def _groups(tail_lengths: Sequence[int], room: int) -> list[list[int]]:
    """Endings that fit into one decode: by sequences, and by the room they take."""
    groups: list[list[int]] = []
    left = 0
    for j, length in enumerate(tail_lengths):
        if not groups or len(groups[-1]) >= MOST_SEQUENCES - _FIRST_ENDING or length > left:
            groups.append([])
            left = room
        groups[-1].append(j)
        left -= length
    return groups


def _log_sums(logits: NDArray[np.float32]) -> list[float]:
    """Of each row the logarithm of the sum of the exponentials, the sum in 64 bits."""
    found: list[float] = []
    at_once = max(1, _VALUES_AT_ONCE // logits.shape[1])
    for start in range(0, len(logits), at_once):
        rows = logits[start : start + at_once]
        highest = rows.max(axis=1, keepdims=True)
        totals = np.exp(rows - highest).sum(axis=1, dtype=np.float64)
        found += (highest[:, 0] + np.log(totals)).tolist()
    return found
