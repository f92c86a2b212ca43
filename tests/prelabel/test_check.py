"""Model files are judged before llama.cpp sees them, in one sentence each."""

from __future__ import annotations

import os
import random
import struct
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from annodesk.errors import ModelError
from annodesk.prelabel import check
from annodesk.prelabel.check import check_model, embedded_model, free_memory_bytes
from annodesk.prelabel.header import read_header


def _refusal(path: Path, **wishes: object) -> ModelError:
    with pytest.raises(ModelError) as caught:
        check_model(path, **wishes)  # type: ignore[arg-type]
    sentence = caught.value.sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert "Work goes on without pre-labels" in caught.value.hint
    return caught.value


def _changed(path: Path, tmp_path: Path, change: object) -> Path:
    body = bytearray(path.read_bytes())
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(change(body))  # type: ignore[operator]
    return damaged


def test_the_shipped_model_is_whole_and_says_what_it_is(small_model: Path) -> None:
    shipped = embedded_model()
    facts = check_model(small_model, expected_sha256=shipped.sha256)
    assert facts.architecture == "llama"
    assert facts.name == shipped.name
    assert 1_000_000 < facts.n_parameters < 20_000_000
    assert facts.n_vocab > 256
    assert facts.size_bytes <= 20 << 20


def test_a_model_made_by_others_is_read(story_model: Path) -> None:
    facts = check_model(story_model, n_ctx=4096)
    assert (facts.n_vocab, facts.n_ctx, facts.n_ctx_train) == (512, 2048, 2048)


def test_a_missing_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    assert "is not there" in _refusal(tmp_path / "nothing.gguf").sentence


def test_a_folder_is_told_in_one_sentence(tmp_path: Path) -> None:
    assert "is a folder" in _refusal(tmp_path).sentence


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.gguf"
    os.mkfifo(pipe)
    assert "not an ordinary file" in _refusal(pipe).sentence


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"GG", "not a model in GGUF format"),
        (b"hello world\n" * 1000, "not a model in GGUF format"),
        (bytes(100_000), "not a model in GGUF format"),
        (b"GGUF", "ends in the middle"),
        (b"GGUF" + struct.pack("<I", 99) + bytes(1000), "GGUF version 99"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0) + bytes(1000), "tensors, which cannot be"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60) + bytes(1000), "keys, which cannot be"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62) + bytes(1000), "ends in the middle"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + bytes(1000), "holds no weights"),
    ],
)
def test_what_is_no_model_is_told_in_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "odd.gguf"
    path.write_bytes(content)
    assert words in _refusal(path).sentence


@pytest.mark.parametrize("share", [0.001, 0.02, 0.2, 0.5, 0.99])
def test_a_truncated_model_is_refused_in_one_sentence(small_model: Path, tmp_path: Path, share: float) -> None:
    cut = _changed(small_model, tmp_path, lambda body: body[: int(len(body) * share)])
    assert "cut off" in (sentence := _refusal(cut).sentence) or "ends in the middle" in sentence


def test_a_model_that_lacks_its_last_byte_is_refused(small_model: Path, tmp_path: Path) -> None:
    assert "cut off" in _refusal(_changed(small_model, tmp_path, lambda body: body[:-1])).sentence


def test_damaged_weights_of_the_shipped_model_are_found_by_its_hash(small_model: Path, tmp_path: Path) -> None:
    def flip(body: bytearray) -> bytearray:
        body[-100] ^= 1
        return body

    damaged = _changed(small_model, tmp_path, flip)
    check_model(damaged)
    assert "is damaged" in _refusal(damaged, expected_sha256=embedded_model().sha256).sentence


def test_a_model_larger_than_the_free_memory_is_refused_with_both_numbers(small_model: Path) -> None:
    assert "0.1 GB of memory, and 0.0 GB are free" in _refusal(small_model, free_bytes=1_000_000).sentence


def test_the_context_wanted_counts_towards_the_memory(small_model: Path) -> None:
    assert check_model(small_model, n_ctx=2048).memory_bytes > check_model(small_model, n_ctx=256).memory_bytes


def test_the_system_says_how_much_memory_is_free() -> None:
    free = free_memory_bytes()
    assert free is None or free > 1 << 20


@pytest.mark.parametrize("seed", range(60))
def test_any_damage_to_the_header_ends_in_facts_or_one_sentence_soon(
    small_model: Path, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)

    def scatter(body: bytearray) -> bytearray:
        for _ in range(rng.choice((1, 3, 30))):
            body[rng.randrange(4, 3000)] = rng.choice((0, 1, 255, rng.randrange(256)))
        return body

    damaged = _changed(small_model, tmp_path, scatter)
    started = time.monotonic()
    try:
        check_model(damaged)
    except ModelError as error:
        assert "\n" not in error.sentence  # noqa: PT017
    assert time.monotonic() - started < 20


def test_a_list_of_a_billion_empty_texts_is_refused_without_walking_it(tmp_path: Path) -> None:
    key = b"tokenizer.ggml.tokens"
    path = tmp_path / "hostile.gguf"
    with path.open("wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", len(key)) + key)
        file.write(struct.pack("<IIQ", 9, 8, 1_000_000_000))
        file.truncate(9_000_000_000)
    assert "texts under tokenizer.ggml.tokens, which cannot be" in _refusal(path).sentence


def test_a_hash_is_taken_once_and_again_after_a_change(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    os.utime(path, ns=(1, 1))
    before = check.hash_model(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert check.hash_model(path) == before
    os.utime(path, ns=(2, 2))
    assert check.hash_model(path) != before


def _text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def _key(name: str, kind: int, rest: bytes) -> bytes:
    return _text(name.encode()) + struct.pack("<I", kind) + rest


def _header_of(path: Path, n_keys: int, body: bytes, more_bytes: int = 0) -> Path:
    """A file with keys and then zeros, which take no room on the disk."""
    with path.open("wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, 0, n_keys) + body)
        file.truncate(file.tell() + more_bytes)
    return path


CLAIMS = {
    "one list of 200 MiB": (1, _key("x", 9, struct.pack("<IQ", 0, 200 << 20)), 200 << 20),
    "one text of 200 MiB": (1, _key("x", 8, struct.pack("<Q", 200 << 20)), 200 << 20),
    "2,000 lists": (2000, b"".join(_key(f"{n}", 9, struct.pack("<IQ", 0, 4096) + bytes(4096)) for n in range(2000)), 0),
    "500 long texts": (500, b"".join(_key(f"{n}", 8, _text(b"\xff" * 30_000)) for n in range(500)), 0),
}


@pytest.mark.parametrize(("n_keys", "body", "more_bytes"), CLAIMS.values(), ids=CLAIMS)
def test_a_header_that_claims_much_takes_no_memory(tmp_path: Path, n_keys: int, body: bytes, more_bytes: int) -> None:
    path = _header_of(tmp_path / "large.gguf", n_keys, body, more_bytes)
    tracemalloc.start()
    try:
        header = read_header(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(header.values) + len(header.lengths) >= n_keys
    assert peak < 8 << 20


def test_of_a_long_text_the_beginning_is_kept_and_of_a_list_the_largest(tmp_path: Path) -> None:
    numbers = struct.pack("<IQ5I", 4, 5, 2, 8, 8, 1, 0)
    body = (
        _key("general.name", 8, _text(b"n" * 5000)) + _key("heads", 9, numbers) + _key("after", 4, bytes([7, 0, 0, 0]))
    )
    header = read_header(_header_of(tmp_path / "long.gguf", 3, body))
    assert header.text("general.name") == "n" * 256
    assert (header.number("heads"), header.lengths["heads"], header.number("after")) == (8, 5, 7)


def _tiny(path: Path, architecture: str, *, tokens: int = 3, **numbers: int) -> Path:
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(str(path), architecture)
    for name, number in numbers.items():
        writer.add_uint16(name.replace("__", "."), number)
    if tokens:
        writer.add_token_list([f"t{k}" for k in range(tokens)])
    writer.add_tensor("token_embd.weight", np.zeros((3, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("architecture", ["bert", "nomic-bert", "t5encoder", "clip"])
def test_a_model_that_writes_no_text_is_refused_by_its_kind(tmp_path: Path, architecture: str) -> None:
    assert f"is of the kind {architecture}, which" in _refusal(_tiny(tmp_path / "m.gguf", architecture)).sentence


def test_a_part_of_a_model_is_told_from_a_whole_one(tmp_path: Path) -> None:
    refused = _refusal(_tiny(tmp_path / "m-00001-of-00003.gguf", "llama", split__count=3))
    assert "one of 3 parts" in refused.sentence
    assert "gguf-split --merge" in refused.hint


def test_a_model_without_a_vocabulary_is_refused(tmp_path: Path) -> None:
    assert "holds no vocabulary" in _refusal(_tiny(tmp_path / "m.gguf", "llama", tokens=0)).sentence
