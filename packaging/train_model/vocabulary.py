"""The embedded model's vocabulary: pieces of words, and whole phrases for what is measured of a sound.

" level -21 dB," is one token. A description is then twenty tokens instead of seventy, each of them one measurement with
its value, so that a small network need not first find out which number belongs to which name.

llama.cpp joins neighbouring pieces wherever the joined text is in the vocabulary, highest score first. Words are scored
above phrases, so a phrase is joined only from whole words. Texts are always cut by llama.cpp itself: what the model is
trained on and what it is asked cannot differ.
"""

from __future__ import annotations

import re
import string
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

SPACE = "▁"
UNKNOWN, BEGIN, END = 0, 1, 2
LINE_END = "\n"
_CHUNK = re.compile(rf"{SPACE}?[^\W\d_]+|{SPACE}?\d|{SPACE}?[^\w\s]|{SPACE}|_|\s")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LEAST_SEEN = 20
_GRAM = 3
_KERNEL_WIDTHS = 5.0
"""How many widths of the likeness of two values fit between the lowest and the highest."""


class Vocabulary(Struct, frozen=True):
    """Pieces in the order of their numbers; a score of 0 and a kind of its own for what is not joined."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    kinds: tuple[gguf.TokenType, ...]
    phrases: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.pieces)


def build_vocabulary(texts: Iterable[str], descriptions: Iterable[str], n_joins: int) -> Vocabulary:
    """The vocabulary of some texts and descriptions of sounds; ``n_joins`` pieces of words at most are learned."""
    phrases = _phrases(descriptions)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(chunk for chunk in _chunks(text) if chunk.lstrip(SPACE).isalpha())
    words = {word for phrase in phrases for word in _words(phrase)}
    for word in words:
        counts.update({chunk: 1_000_000 for chunk in _chunks(word) if chunk.lstrip(SPACE).isalpha()})
    joined = _learned(counts, n_joins)
    known = set(joined)
    for word in sorted(words, key=lambda word: (len(word), word)):
        for end in range(2, len(word) + 1):
            if word[:end] not in known and not word[:end].lstrip(SPACE).isalpha():
                joined.append(word[:end])
                known.add(word[:end])
    for phrase in phrases:
        parts = _words(phrase)
        for end in range(2, len(parts) + 1):
            if (part := "".join(parts[:end])) not in known:
                joined.append(part)
                known.add(part)
    signs = sorted({*string.printable.strip(), SPACE, *(sign for text in counts for sign in text)} - known)
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), LINE_END]
    kinds = [
        gguf.TokenType.UNKNOWN,
        *[gguf.TokenType.CONTROL] * 2,
        *[gguf.TokenType.BYTE] * 256,
        gguf.TokenType.USER_DEFINED,
        *[gguf.TokenType.NORMAL] * (len(joined) + len(signs)),
    ]
    pieces = [*special, *joined, *signs]
    scores = [0.0] * len(special) + [-float(rank) for rank in range(1, len(joined) + len(signs) + 1)]
    return Vocabulary(tuple(pieces), tuple(scores), tuple(kinds), tuple(phrases))


def _phrases(descriptions: Iterable[str]) -> list[str]:
    """What descriptions are made of, with the space before and the comma behind; a range of two numbers is two."""
    seen: Counter[str] = Counter()
    for description in descriptions:
        parts = description.split(", ")
        for k, part in enumerate(parts):
            comma = "," if k + 1 < len(parts) else ""
            name, to, end = part.partition(" to ")
            seen.update([f" {name}", f" to {end}{comma}"] if to else [f" {name}{comma}"])
    return sorted(part.replace(" ", SPACE) for part, count in seen.items() if count >= _LEAST_SEEN)


def _words(phrase: str) -> list[str]:
    return [SPACE + word for word in phrase.split(SPACE)[1:]]


def _chunks(text: str) -> list[str]:
    return _CHUNK.findall(text.replace(" ", SPACE))


def _learned(counts: Mapping[str, int], n_joins: int) -> list[str]:
    """The commonest neighbours, joined again and again (byte-pair encoding); ties go by the alphabet."""
    words = [list(word) for word in counts]
    weights = list(counts.values())
    pairs: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], set[int]] = {}
    for k, word in enumerate(words):
        for pair in pairwise(word):
            pairs[pair] += weights[k]
            places.setdefault(pair, set()).add(k)
    joined: list[str] = []
    known: set[str] = set()
    while pairs and len(joined) < n_joins:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] < 2:
            break
        piece = "".join(best)
        if piece not in known:
            joined.append(piece)
            known.add(piece)
        for k in sorted(places.pop(best, ())):
            word = words[k]
            for pair in pairwise(word):
                pairs[pair] -= weights[k]
            at = 0
            while at < len(word) - 1:
                if (word[at], word[at + 1]) == best:
                    word[at : at + 2] = [piece]
                at += 1
            for pair in pairwise(word):
                pairs[pair] += weights[k]
                places.setdefault(pair, set()).add(k)
        pairs.pop(best, None)
    return joined


class Tokeniser:
    """llama.cpp's own cut of a text, from a model file that holds the vocabulary."""

    def __init__(self, path: Path) -> None:
        import llama_cpp

        self._llama: Any = llama_cpp
        parameters = llama_cpp.llama_model_default_params()
        parameters.vocab_only = True
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not self._model:
            raise ValueError(f"llama.cpp cannot read the vocabulary of {path}")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._line = lru_cache(maxsize=100_000)(self._cut)

    def encode(self, text: str) -> list[int]:
        """Tokens of a text, without the sign that begins one; lines are cut apart, as llama.cpp does."""
        tokens: list[int] = []
        for line in text.splitlines(keepends=True):
            tokens += self._line(line)
        return tokens

    def whole(self, text: str) -> list[int]:
        """The same without cutting lines apart first: to see that it is the same."""
        return list(self._cut(text))

    def _cut(self, text: str) -> tuple[int, ...]:
        body = text.encode("utf-8")
        room = len(body) + 8
        buffer = (self._llama.llama_token * room)()
        count = self._llama.llama_tokenize(self._vocabulary, body, len(body), buffer, room, False, False)
        return tuple(buffer[:count])


def check(vocabulary: Vocabulary, tokeniser: Tokeniser, texts: Sequence[str]) -> None:
    """Refuse a vocabulary that cuts a phrase, or texts otherwise than line by line."""
    cut = [phrase for phrase in vocabulary.phrases if len(tokeniser.whole(phrase.replace(SPACE, " "))) != 1]
    if cut:
        raise ValueError(f"{len(cut)} phrases are cut, such as {cut[:5]}")
    for text in texts:
        if tokeniser.encode(text) != tokeniser.whole(text):
            raise ValueError(f"cut otherwise line by line: {text!r}")


def first_embedding(vocabulary: Vocabulary, width: int, seed: int) -> NDArray[np.float32]:
    """Vectors to begin with, (pieces, width), each coordinate of unit variance.

    Phrases of one measurement are alike as their values are near on its scale (random cosines, whose products are a
    bell curve of the distance); pieces of words as they share groups of three letters, whatever their case.
    """
    rows = np.empty((len(vocabulary), width))
    values: dict[str, list[float]] = {}
    for phrase in vocabulary.phrases:
        name, value = _measured(phrase)
        if value is not None:
            values.setdefault(name, []).append(value)
    scales = {name: sorted(set(found)) for name, found in values.items()}
    phrases = set(vocabulary.phrases)
    for k, piece in enumerate(vocabulary.pieces):
        name, value = _measured(piece)
        if piece in phrases and value is not None and len(scales[name]) > 1:
            scale = scales[name]
            at = scale.index(value) / (len(scale) - 1)
            rng = np.random.default_rng([seed, 1, zlib.crc32(name.encode())])
            speed, phase = rng.normal(0, _KERNEL_WIDTHS, width), rng.uniform(0, 2 * np.pi, width)
            rows[k] = np.sqrt(2) * np.cos(speed * at + phase)
        else:
            rows[k] = _lettered(piece, k, width, seed)
    return rows.astype(np.float32)


def _measured(phrase: str) -> tuple[str, float | None]:
    """The measurement's name, without its number, and the number."""
    found = _NUMBER.search(phrase)
    name = _NUMBER.sub("#", phrase, count=1).rstrip(",")
    return name, float(found[0]) if found else None


def _lettered(piece: str, number: int, width: int, seed: int) -> NDArray[np.float64]:
    text = piece.lstrip(SPACE).casefold()
    own = np.random.default_rng([seed, 2, number]).normal(size=width)
    if not text.isalpha() or len(text) < 2:
        return own
    framed = f"<{text}>"
    grams = {framed, *(framed[at : at + _GRAM] for at in range(len(framed) - _GRAM + 1))}
    shared = sum(
        np.random.default_rng([seed, 3, zlib.crc32(gram.encode())]).normal(size=width) for gram in sorted(grams)
    )
    return np.asarray(0.9 * shared / np.sqrt(len(grams)) + 0.44 * own)


def add_vocabulary(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    """The vocabulary in a model file. No space before the first word: one would come after every line end too."""
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([piece.encode() for piece in vocabulary.pieces])
    writer.add_token_scores(list(vocabulary.scores))
    writer.add_token_types([int(kind) for kind in vocabulary.kinds])
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_unk_token_id(UNKNOWN)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
