"""Names of models on the hub: ``owner/model``, with a kind of quantisation, a file or a revision behind it."""

from __future__ import annotations

import re

from msgspec import Struct

from annodesk.errors import ModelError

LONGEST_NAME = 400
_OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_NAME = re.compile(
    rf"(?:hf://|https://huggingface\.co/)?(?P<repo>{_OWNER}/{_OWNER})"
    r"(?:@(?P<revision>[A-Za-z0-9][A-Za-z0-9._-]{0,99}))?"
    r"(?::(?P<kind>[A-Za-z0-9][A-Za-z0-9_-]{0,29})|/(?P<file>[A-Za-z0-9._/-]{1,200}\.gguf))?"
)
_KIND = re.compile(r"(?:^|[-_.])((?:I?Q\d(?:_[A-Z0-9]+)*|T?Q\d_\d|MXFP4(?:_[A-Z]+)?|BF16|FP?16|FP?32))$", re.IGNORECASE)
_PART = re.compile(r"-(\d{5})-of-(\d{5})$")


class ModelName(Struct, frozen=True):
    """A model of the hub, and which of its files.

    Parameters
    ----------
    repo : owner and model, with a slash between them
    kind : the quantisation wanted, such as Q4_K_M; empty where none was named
    file : the path of a file, empty where none was named
    revision : a branch, tag or commit; empty for the newest
    """

    repo: str
    kind: str = ""
    file: str = ""
    revision: str = ""

    def __str__(self) -> str:
        behind = f":{self.kind}" if self.kind else f"/{self.file}" if self.file else ""
        return f"{self.repo}{f'@{self.revision}' if self.revision else ''}{behind}"


def parse_name(text: str) -> ModelName | None:
    """The model of the hub that a text names; None where it can only be a path."""
    found = _NAME.fullmatch(text) if len(text) <= LONGEST_NAME else None
    if found is None:
        return None
    repo, file = found["repo"], found["file"] or ""
    # "models/small.gguf" is a file in a folder.
    if any(mark in repo for mark in ("..", "--")) or repo.lower().endswith(".gguf") or not is_plain_path(file or "x"):
        return None
    return ModelName(repo, found["kind"] or "", file, found["revision"] or "")


def require_name(text: str) -> ModelName:
    """The same, or ModelError where the text names no model of the hub."""
    found = parse_name(text)
    if found is None:
        raise ModelError(
            f"{text[:100]!r} is no name of a model.", "Names look like Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_K_M."
        )
    return found


def is_plain_path(path: str) -> bool:
    """Whether a path within a repository only goes down, through names without tricks."""
    parts = path.split("/")
    return all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", part) and ".." not in part for part in parts)


def kind_of(file: str) -> str:
    """The quantisation that a file's name states, in capitals; empty where it states none."""
    stem = _PART.sub("", file.rsplit("/", 1)[-1].removesuffix(".gguf"))
    found = _KIND.search(stem)
    return found[1].upper() if found else ""


def parts_of(file: str) -> int:
    """Of how many parts the file is one; 1 where it is whole."""
    found = _PART.search(file.removesuffix(".gguf"))
    return int(found[2]) if found else 1
