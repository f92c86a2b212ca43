"""Fetched models are found by their names, without the hub and without what talks to it."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from annodesk.errors import ModelError
from annodesk.prelabel import hub
from annodesk.prelabel.names import require_name
from annodesk.prelabel.registry import Fetched, Registry
from annodesk.services.model_choice import choose_model, model_hash


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The models of a data folder of this test alone."""
    monkeypatch.setenv("ANNODESK_DATA", str(tmp_path / "data"))
    return Registry()


def put(registry: Registry, name: str, body: bytes, at_us: int = 1) -> Fetched:
    """A fetched model, whatever its content."""
    wanted, sha256 = require_name(name), hashlib.sha256(body).hexdigest()
    with registry.alone_with(sha256):
        path = registry.place(sha256, f"{wanted.kind or 'x'}.gguf")
        path.write_bytes(body)
    status = path.stat()
    made = Fetched(
        name, wanted.repo, path.name, "c0ffee0", sha256, status.st_size, status.st_mtime_ns, "mit", "", at_us, path
    )
    registry.keep(made)
    return made


def test_without_the_hubs_library_fetching_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub.utils", None)
    with pytest.raises(ModelError, match="not installed") as caught:
        hub.look(require_name("a/b"))
    assert "extra llm" in caught.value.hint


def test_a_project_finds_a_fetched_model_by_its_name(registry: Registry, tmp_path: Path) -> None:
    made = put(registry, "a/b:Q8_0", b"one")
    assert choose_model("a/b:Q8_0", tmp_path) == (made.path, None)
    assert model_hash("a/b:q8_0", tmp_path) == made.sha256
    assert model_hash("a/b:Q4_0", tmp_path) is None


def test_a_file_that_is_there_wins_over_a_name(registry: Registry, tmp_path: Path) -> None:
    put(registry, "a/b:Q8_0", b"one")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"two")
    assert choose_model("a/b", tmp_path)[0] == tmp_path / "a" / "b"


def test_of_several_kinds_none_is_guessed(registry: Registry) -> None:
    put(registry, "a/b:Q8_0", b"one")
    assert registry.find("a/b") is not None
    put(registry, "a/b:Q4_0", b"two")
    assert registry.find("a/b") is None
    assert registry.find("A/B:Q4_0") is not None


def test_of_one_name_fetched_twice_the_newest_is_meant(registry: Registry) -> None:
    put(registry, "a/b:Q8_0", b"old", at_us=1)
    newest = put(registry, "a/b:Q8_0", b"new", at_us=2)
    assert registry.find("a/b:Q8_0") == newest


def test_a_model_is_found_by_the_beginning_of_its_hash(registry: Registry) -> None:
    made = put(registry, "a/b:Q8_0", b"one")
    assert registry.find(made.sha256[:12]) == made
    assert registry.find(made.sha256[:4]) is None
