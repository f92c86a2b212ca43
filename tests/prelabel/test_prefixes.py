"""Decoded beginnings of prompts outlive the engine, and a damaged or foreign one is never used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from annodesk.prelabel import prefixes
from annodesk.prelabel.engine import Engine
from annodesk.prelabel.prefixes import CHUNK_TOKENS, PrefixFiles, forget_prefixes, prefix_folder
from annodesk.prelabel.scorer import LabelScorer

TOKENS = list(range(3 * CHUNK_TOKENS + 20))
PREFIX = "Labels: speech; music; street noise\n" + "Take what is heard first, and never what is only expected.\n" * 30
ITEMS = [f"Sound: {k} s, level -{20 + k} dB, voiced {k}%\nLabel:" for k in range(4)]
LABELS = [" speech", " music", " street noise"]


def writes(content: bytes) -> object:
    def write(path: Path) -> bool:
        path.write_bytes(content)
        return True

    return write


@pytest.fixture
def files(tmp_path: Path) -> PrefixFiles:
    return PrefixFiles(tmp_path / "prefixes", "model", now=lambda: 1e9)


def test_what_was_kept_is_found_whole_or_by_whole_chunks(files: PrefixFiles) -> None:
    files.keep(TOKENS, writes(b"all"))  # type: ignore[arg-type]
    files.keep(TOKENS[: 2 * CHUNK_TOKENS], writes(b"head"))  # type: ignore[arg-type]
    assert files.longest(TOKENS, 0) is not None
    length, path = files.longest(TOKENS, 0) or (0, Path())
    assert (length, path.read_bytes()) == (len(TOKENS), b"all")
    other = [*TOKENS[: 2 * CHUNK_TOKENS + 5], 7, 8, 9]
    length, path = files.longest(other, 0) or (0, Path())
    assert (length, path.read_bytes()) == (2 * CHUNK_TOKENS, b"head")
    assert files.longest(other, 2 * CHUNK_TOKENS) is None


def test_another_model_finds_nothing(files: PrefixFiles, tmp_path: Path) -> None:
    files.keep(TOKENS, writes(b"all"))  # type: ignore[arg-type]
    assert PrefixFiles(tmp_path / "prefixes", "another model").longest(TOKENS, 0) is None


def test_a_damaged_file_is_deleted_and_not_found(files: PrefixFiles) -> None:
    files.keep(TOKENS, writes(b"all"))  # type: ignore[arg-type]
    _, path = files.longest(TOKENS, 0) or (0, Path())
    path.write_bytes(b"ill")
    assert files.longest(TOKENS, 0) is None
    assert not path.exists()


def test_what_cannot_be_written_leaves_nothing_behind(files: PrefixFiles, tmp_path: Path) -> None:
    def fails(path: Path) -> bool:
        path.write_bytes(b"half")
        raise OSError("the disk is full")

    files.keep(TOKENS, fails)
    files.keep(TOKENS, lambda path: False)
    assert list((tmp_path / "prefixes").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_a_kept_beginning_is_for_its_owner_alone(files: PrefixFiles, tmp_path: Path) -> None:
    files.keep(TOKENS, writes(b"all"))  # type: ignore[arg-type]
    _, path = files.longest(TOKENS, 0) or (0, Path())
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_longest_unused_go_where_room_is_short_or_a_month_has_passed(tmp_path: Path) -> None:
    now = 1e9
    files = PrefixFiles(tmp_path, "model", most_bytes=25, now=lambda: now)
    for first in range(3):
        now += 60
        files.keep([first, *TOKENS], writes(b"ten bytes."))  # type: ignore[arg-type]
        files.longest([first, *TOKENS], 0)  # used now
    assert [files.longest([first, *TOKENS], 0) is None for first in range(3)] == [True, False, False]
    now += prefixes.FORGOTTEN_AFTER_S + 61
    files.keep([9, *TOKENS], writes(b"new"))  # type: ignore[arg-type]
    files.longest([9, *TOKENS], 0)
    assert len(list(tmp_path.iterdir())) == 1


def _scorer(model: Path, files: PrefixFiles | None, n_ctx: int = 2048) -> LabelScorer:
    import llama_cpp

    _scorer.silent = llama_cpp.llama_log_callback(lambda *_: None)  # type: ignore[attr-defined]
    llama_cpp.llama_log_set(_scorer.silent, None)  # type: ignore[attr-defined]
    return LabelScorer(model, n_ctx=n_ctx, n_threads=1, should_stop=lambda: False, prefixes=files)


@pytest.mark.parametrize("name", ["small_model", "story_model"])
def test_a_beginning_from_a_file_gives_the_same_bits(
    installed: None, request: pytest.FixtureRequest, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model: Path = request.getfixturevalue(name)
    files = PrefixFiles(tmp_path / "prefixes", "model")
    first = _scorer(model, files)
    assert len(first.tokens(PREFIX)) > 2 * CHUNK_TOKENS
    undisturbed = [first.score(PREFIX, item, LABELS) for item in ITEMS]
    first.close()
    assert len(list((tmp_path / "prefixes").iterdir())) == 1
    second = _scorer(model, files)
    decoded: list[int] = []
    decode = second._model.decode
    counting = lambda rows, answered: (decoded.append(len(rows)), decode(rows, answered))  # noqa: E731
    monkeypatch.setattr(second._model, "decode", counting)
    assert [second.score(PREFIX, item, LABELS) for item in ITEMS] == undisturbed
    assert max(decoded) < CHUNK_TOKENS, "the beginning was decoded again"
    second.close()


def test_a_beginning_that_two_prompts_share_is_decoded_once_and_gives_the_same_bits(
    installed: None, small_model: Path, tmp_path: Path
) -> None:
    other = PREFIX + "Labels once more, in another order: music; speech\n"
    alone = _scorer(small_model, None)
    expected = alone.score(other, ITEMS[0], LABELS)
    alone.close()
    files = PrefixFiles(tmp_path / "prefixes", "model")
    scorer = _scorer(small_model, files)
    scorer.score(PREFIX, ITEMS[0], LABELS)
    assert scorer.score(other, ITEMS[0], LABELS) == expected
    scorer.close()
    again = _scorer(small_model, files)
    assert again.score(other, ITEMS[0], LABELS) == expected
    again.close()


def test_labels_in_another_order_for_every_item_do_not_fill_the_disk(
    installed: None, small_model: Path, tmp_path: Path
) -> None:
    scorer = _scorer(small_model, PrefixFiles(tmp_path / "prefixes", "model"))
    for k in range(5):
        own = PREFIX + f"Order {k} of the labels: {'; '.join(LABELS[k % 3 :] + LABELS[: k % 3])}\n"
        for item in ITEMS[:3]:
            scorer.score(own, item, LABELS)
    scorer.close()
    assert len(list((tmp_path / "prefixes").iterdir())) == 2, "the first one, and what all of them share"


def test_the_engine_keeps_beginnings_and_starts_from_them(installed: None, small_model: Path) -> None:
    forget_prefixes()
    with Engine(small_model) as engine:
        undisturbed = engine.score(PREFIX, ITEMS, LABELS)
    (kept,) = prefix_folder().iterdir()
    used_at = kept.stat().st_mtime_ns
    with Engine(small_model) as engine:
        assert engine.score(PREFIX, ITEMS, LABELS) == undisturbed
    assert kept.stat().st_mtime_ns > used_at
    with Engine(small_model, keeps_prefixes=False) as engine:
        assert engine.score(PREFIX, ITEMS, LABELS) == undisturbed
    forget_prefixes()
    assert list(prefix_folder().iterdir()) == []
