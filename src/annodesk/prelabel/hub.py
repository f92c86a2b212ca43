"""Models on the hub: what a name stands for there, its files, sizes, checksums and licence; nothing is fetched.

All that comes from there is somebody else's: sizes are capped, names are only names, and a file counts as fetched when
its content has the checksum that the hub states. $HF_ENDPOINT names another hub, $HF_TOKEN is sent where it is set.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from msgspec import Struct

from annodesk.errors import Cancelled, ModelError
from annodesk.prelabel.names import ModelName, is_plain_path, kind_of, parts_of

if TYPE_CHECKING:
    from annodesk.progress import CancelToken

USUAL_HUB = "https://huggingface.co"
ANSWER_S = 10.0
LOOK_S = 60.0
"""So long a whole answer about a model may take."""
MAX_ANSWER_BYTES = 32 << 20
MAX_MODEL_BYTES = 1 << 40
USUAL_KINDS = ("Q4_K_M", "Q8_0", "Q5_K_M", "Q4_0")
"""Of several files the first of these is meant where none was named."""
LONGEST_LICENCE = 200
MOST_LISTED = 8
_HEX = frozenset("0123456789abcdef")

_log = logging.getLogger(__name__)


class OfferedFile(Struct, frozen=True):
    """A GGUF file of a model on the hub; one of the two checksums is there."""

    path: str
    size_bytes: int
    sha256: str
    git_sha1: str

    @property
    def kind(self) -> str:
        """The quantisation its name states, empty where it states none."""
        return kind_of(self.path)


class Offer(Struct, frozen=True):
    """A model on the hub: its commit, what its page says of its licence, and its GGUF files, smallest first."""

    repo: str
    revision: str
    licence: str
    licence_url: str
    is_gated: bool
    files: tuple[OfferedFile, ...]
    url: str

    def choose(self, wanted: ModelName) -> OfferedFile:
        """The file that a name means; ModelError lists what there is where it means none, or several."""
        if wanted.file:
            found = [one for one in self.files if one.path == wanted.file]
        elif wanted.kind:
            found = [one for one in self.files if one.kind == wanted.kind.upper()]
        else:
            by_kind = {one.kind: one for one in reversed(self.files)}
            usual = [by_kind[kind] for kind in USUAL_KINDS if kind in by_kind]
            found = list(self.files) if len(self.files) == 1 else usual[:1]
        if len(found) == 1:
            return found[0]
        listed = [self.name_of(one) for one in self.files[:MOST_LISTED]]
        more = f" and {len(self.files) - MOST_LISTED} more" if len(self.files) > MOST_LISTED else ""
        what = "no such file" if wanted.file or (wanted.kind and not found) else "several files"
        raise ModelError(f"{self.repo} has {what} for {wanted}.", f"It has: {', '.join(listed)}{more}.")

    def name_of(self, file: OfferedFile, revision: str = "") -> str:
        """What a file is called in a project: by its quantisation where that says which one."""
        is_one = file.kind and sum(one.kind == file.kind for one in self.files) == 1
        return str(ModelName(self.repo, file.kind if is_one else "", "" if is_one else file.path, revision))


def look(name: ModelName, cancel: CancelToken | None = None) -> Offer:
    """What the hub says of a model; ModelError where it says nothing that can be used."""
    address = endpoint()
    version = f"/revision/{quote(name.revision, safe='')}" if name.revision else ""
    body = _ask(name, f"{address}/api/models/{quote(name.repo)}{version}", cancel)
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _strange(name) from error
    if not isinstance(told, dict):
        raise _strange(name)
    revision = told.get("sha")
    if not isinstance(revision, str) or not 7 <= len(revision) <= 64 or not _HEX.issuperset(revision):
        raise _strange(name)
    siblings = told.get("siblings")
    files, is_parted = [], False
    for one in siblings if isinstance(siblings, list) else []:
        file = _offered(one)
        if file is not None and parts_of(file.path) > 1:
            is_parted = True
        elif file is not None:
            files.append(file)
    if not files:
        if is_parted:
            raise ModelError(f"The files of {name.repo} are cut into parts.", "Choose a model that is one file.")
        raise ModelError(
            f"{name.repo} has no GGUF file whose checksum is known.", "Choose a model whose name ends in GGUF."
        )
    licence, licence_url = _licence(told, f"{address}/{name.repo}")
    return Offer(
        name.repo,
        revision,
        licence,
        licence_url,
        bool(told.get("gated")),
        tuple(sorted(files, key=lambda one: (one.size_bytes, one.path))),
        f"{address}/{name.repo}",
    )


def endpoint() -> str:
    """The address of the hub."""
    given = os.environ.get("HF_ENDPOINT", "").strip().rstrip("/")
    try:
        parts = urlsplit(given or USUAL_HUB)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address:
        raise ModelError("$HF_ENDPOINT is no address of a hub.", "It begins with https://; leave it out for the usual.")
    return given or USUAL_HUB


def request_headers() -> dict[str, str]:
    """What is sent along: who asks, and the person's own token where they have set one; none is looked for."""
    from huggingface_hub.utils import build_hf_headers

    token = os.environ.get("HF_TOKEN", "").strip()
    return dict(build_hf_headers(token=token or False, library_name="annodesk"))


def _ask(name: ModelName, url: str, cancel: CancelToken | None) -> bytes:
    with in_words(name):
        from huggingface_hub.utils import get_session

        until, body = time.monotonic() + LOOK_S, bytearray()
        with get_session().stream(
            "GET", url, params={"blobs": "true"}, headers=request_headers(), timeout=ANSWER_S
        ) as response:
            _require_ok(name, response.status_code, response.headers)
            for block in response.iter_bytes():
                if cancel is not None:
                    cancel.check()
                body += block
                if len(body) > MAX_ANSWER_BYTES or time.monotonic() > until:
                    raise _strange(name)
        return bytes(body)


def _require_ok(name: ModelName, code: int, headers: Mapping[str, str]) -> None:
    if code < 400:
        return
    said = headers.get("X-Error-Code", "")
    if said == "GatedRepo" or code == 403:
        raise ModelError(
            f"{name.repo} is given only to those who accepted its terms.",
            "Accept them on its page, then set HF_TOKEN to a token of yours.",
        )
    if code in (401, 404):
        what = f"revision {name.revision!r} of it" if said == "RevisionNotFound" else f"model {name.repo}"
        raise ModelError(f"The hub knows no {what}.", "Check the name; a private one needs HF_TOKEN.")
    if code == 429:
        raise ModelError("The hub asks to be left alone for a while.", "Try again in some minutes.")
    raise ModelError(f"The hub cannot answer just now (it says {code}).", "Try again later; nothing is lost.")


def _offered(one: Any) -> OfferedFile | None:
    """A GGUF file that can be checked; None for all else that lies in a repository."""
    path = one.get("rfilename") if isinstance(one, dict) else None
    if not isinstance(path, str) or len(path) > 200 or not path.endswith(".gguf") or not is_plain_path(path):
        return None
    if path.rsplit("/", 1)[-1].lower().startswith("mmproj"):
        return None  # reads pictures for another model, and writes nothing itself
    lfs = one.get("lfs") if isinstance(one.get("lfs"), dict) else {}
    size = lfs.get("size", one.get("size"))
    sha256, git_sha1 = lfs.get("sha256") or "", "" if lfs else one.get("blobId") or ""
    if type(size) is not int or not 0 < size <= MAX_MODEL_BYTES:
        return None
    for known, length in ((sha256, 64), (git_sha1, 40)):
        if not isinstance(known, str) or (known and (len(known) != length or not _HEX.issuperset(known))):
            return None
    return OfferedFile(path, size, sha256, git_sha1) if sha256 or git_sha1 else None


def _licence(told: Mapping[str, Any], page: str) -> tuple[str, str]:
    card = told.get("cardData")
    card = card if isinstance(card, dict) else {}
    tags = told.get("tags")
    tagged = (
        [t.partition(":")[2] for t in tags if isinstance(t, str) and t.startswith("license:")]
        if isinstance(tags, list)
        else []
    )
    words = [card.get("license_name"), card.get("license"), *tagged]
    plain = [" ".join(word.split())[:LONGEST_LICENCE] for word in words if isinstance(word, str) and word.strip()]
    named = next((word for word in plain if word != "other"), plain[0] if plain else "")
    link = card.get("license_link")
    is_link = isinstance(link, str) and link.startswith("https://") and len(link) <= 500 and link.isprintable()
    return named, str(link) if is_link else page


@contextlib.contextmanager
def in_words(name: ModelName) -> Iterator[None]:
    """What goes wrong on the way, as a sentence."""
    try:
        yield
    except (ModelError, Cancelled):
        raise
    except ImportError as error:
        raise ModelError(
            "Models cannot be fetched: what talks to the hub is not installed.", "Install annodesk with the extra llm."
        ) from error
    except Exception as error:
        _log.info("the hub and %s: %r", name, error)
        response = getattr(error, "response", None)
        if response is not None:
            _require_ok(name, int(response.status_code), response.headers)
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError):
            raise
        if type(error).__name__ == "OfflineModeIsEnabled":
            raise ModelError("Fetching is switched off by $HF_HUB_OFFLINE.", "Unset it, and try again.") from error
        raise ModelError(
            f"{urlsplit(endpoint()).hostname} cannot be reached, or breaks off.",
            "Check the network, then try again: it goes on where it stopped.",
        ) from error


def _strange(name: ModelName) -> ModelError:
    return ModelError(f"What the hub says of {name.repo} cannot be understood.", "Try again later, or choose another.")
