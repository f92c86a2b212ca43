"""Names of models on the hub are told from paths, and what a file's name says of it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.errors import ModelError
from annodesk.prelabel.names import ModelName, is_plain_path, kind_of, parse_name, parts_of, require_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Qwen/Qwen2.5-0.5B-Instruct-GGUF", ModelName("Qwen/Qwen2.5-0.5B-Instruct-GGUF")),
        ("a/b:Q4_K_M", ModelName("a/b", kind="Q4_K_M")),
        ("a/b/sub/x.gguf", ModelName("a/b", file="sub/x.gguf")),
        ("a/b@main:q8_0", ModelName("a/b", kind="q8_0", revision="main")),
        ("hf://a/b", ModelName("a/b")),
        ("https://huggingface.co/a/b", ModelName("a/b")),
    ],
)
def test_a_name_is_read(text: str, name: ModelName) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "embedded",
        "model.gguf",
        "models/small.gguf",
        "/home/me/model.gguf",
        "../up/model.gguf",
        "C:\\models\\x.gguf",
        "a/b/../../x.gguf",
        "a/b/.hidden.gguf",
        "a..b/c",
        "a/b:Q4 K",
        "a/b\n",
        "a/b?x=1",
        "-a/b",
        "a/b/c",
        "ä/b",
        "",
        "a/" + "b" * 500,
    ],
)
def test_what_is_a_path_or_nonsense_is_no_name(text: str) -> None:
    assert parse_name(text) is None


def test_a_name_is_written_as_it_was_read() -> None:
    for text in ("a/b", "a/b:Q4_0", "a/b@v1/x.gguf"):
        assert str(require_name(text)) == text


def test_nonsense_is_refused_with_an_example() -> None:
    with pytest.raises(ModelError, match="no name of a model") as caught:
        require_name("rm -rf /")
    assert "Qwen/" in caught.value.hint


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("x-Q4_K_M.gguf", "Q4_K_M"),
        ("qwen2.5-0.5b-instruct-q8_0.gguf", "Q8_0"),
        ("x.IQ2_XXS.gguf", "IQ2_XXS"),
        ("sub/x-f16.gguf", "F16"),
        ("x-bf16.gguf", "BF16"),
        ("x-Q4_0-00001-of-00002.gguf", "Q4_0"),
        ("quiet.gguf", ""),
    ],
)
def test_the_quantisation_is_read_from_a_files_name(file: str, kind: str) -> None:
    assert kind_of(file) == kind


def test_parts_are_told_from_whole_files() -> None:
    assert parts_of("x-Q4_0-00001-of-00003.gguf") == 3
    assert parts_of("x-Q4_0.gguf") == 1


@given(st.text(max_size=60))
def test_no_path_that_is_plain_leaves_its_folder(path: str) -> None:
    if is_plain_path(path):
        assert ".." not in path
        assert not path.startswith(("/", "."))
        assert "\\" not in path
        assert ":" not in path
