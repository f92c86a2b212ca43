"""Models come from a hub over real HTTP: resumed, checked, and refused in a sentence where something is wrong."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub", reason="the extra llm is not installed")

from annodesk.errors import Cancelled, ModelError
from annodesk.prelabel import hub, hub_fetch
from annodesk.prelabel.check import embedded_model
from annodesk.prelabel.names import require_name
from annodesk.prelabel.registry import Fetched, Registry
from annodesk.progress import CancelToken
from tests.prelabel.hub_site import COMMIT, Hub, serving

NAME = "tiny/labeller-GGUF:Q8_0"
FILE = "labeller-q8_0.gguf"
NOW = 1_700_000_000_000_000


@pytest.fixture(scope="module")
def body() -> bytes:
    """A real model file."""
    return embedded_model().path.read_bytes()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, body: bytes) -> Iterator[Hub]:
    """A hub with one model, which fetching is pointed to."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 1)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with serving(Hub(files={FILE: body})) as hub_site:
        monkeypatch.setenv("HF_ENDPOINT", hub_site.url)
        yield hub_site


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


def fetch(registry: Registry, name: str = NAME, **wishes: object) -> Fetched:
    wanted = require_name(name)
    return hub_fetch.fetch(registry, wanted, hub.look(wanted), now_us=NOW, **wishes)  # type: ignore[arg-type]


def refusal(registry: Registry, name: str = NAME) -> ModelError:
    with pytest.raises(ModelError) as caught:
        fetch(registry, name)
    sentence = caught.value.sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert caught.value.hint
    return caught.value


# Looking


def test_a_look_tells_file_size_checksum_and_licence(site: Hub, body: bytes) -> None:
    offer = hub.look(require_name(NAME))
    assert (offer.repo, offer.revision, offer.licence) == (site.repo, COMMIT, "apache-2.0")
    (file,) = offer.files
    assert (file.path, file.size_bytes, file.kind) == (FILE, len(body), "Q8_0")
    assert file.sha256 == hashlib.sha256(body).hexdigest()
    assert all(method == "GET" and "/resolve/" not in path for method, path, _, _ in site.asked)


@pytest.mark.parametrize(
    ("card", "tags", "licence"),
    [
        ({"license": "other", "license_name": "own-terms"}, [], "own-terms"),
        ({}, ["license:mit"], "mit"),
        ({"license": ["odd"]}, [], ""),
        ({"license": "a\x1b[31m\nb" * 100}, [], None),
    ],
)
def test_the_licence_is_what_the_page_says(
    site: Hub, card: dict[str, object], tags: list[str], licence: str | None
) -> None:
    site.card, site.tags = card, tags
    found = hub.look(require_name(NAME)).licence
    assert "\n" not in found
    assert len(found) <= hub.LONGEST_LICENCE
    if licence is not None:
        assert found == licence


def test_a_licence_link_that_is_no_web_address_is_not_shown(site: Hub) -> None:
    site.card = {"license": "other", "license_link": "javascript:alert(1)"}
    assert hub.look(require_name(NAME)).licence_url == f"{site.url}/{site.repo}"


def test_of_several_files_the_usual_one_is_meant(site: Hub, body: bytes) -> None:
    site.files = {"x-f16.gguf": body, "x-Q4_K_M.gguf": body, "x-Q8_0.gguf": body, "mmproj-x-f16.gguf": body}
    wanted = require_name("tiny/labeller-GGUF")
    assert hub.look(wanted).choose(wanted).path == "x-Q4_K_M.gguf"
    assert len(hub.look(wanted).files) == 3


def test_a_kind_that_is_not_there_is_refused_with_what_is(site: Hub) -> None:
    error = refusal(Registry(), "tiny/labeller-GGUF:Q2_K")
    assert "no such file" in error.sentence
    assert NAME in error.hint


def test_several_files_none_of_them_usual_are_listed(site: Hub, body: bytes) -> None:
    site.files = {"x-Q2_K.gguf": body, "x-Q3_K_S.gguf": body}
    assert "several files" in refusal(Registry(), "tiny/labeller-GGUF").sentence


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"sha": "../../x"}, "cannot be understood"),
        ({"sha": None}, "cannot be understood"),
        ({"siblings": None}, "no GGUF file"),
        ({"siblings": [{"rfilename": "../../up.gguf", "lfs": {"sha256": "a" * 64, "size": 5}}]}, "no GGUF file"),
        ({"siblings": [{"rfilename": "x.gguf", "lfs": {"sha256": "../" * 21 + "a", "size": 5}}]}, "no GGUF file"),
        ({"siblings": [{"rfilename": "x.gguf", "lfs": {"sha256": "a" * 64, "size": -5}}]}, "no GGUF file"),
        ({"siblings": [{"rfilename": "x.gguf", "lfs": {"sha256": "a" * 64, "size": True}}]}, "no GGUF file"),
        ({"siblings": [{"rfilename": "x.gguf", "size": 5}]}, "no GGUF file"),
        ({"siblings": [7, None, {"rfilename": 3}]}, "no GGUF file"),
        ({"siblings": [{"rfilename": "x-00001-of-00002.gguf", "lfs": {"sha256": "a" * 64, "size": 5}}]}, "into parts"),
    ],
)
def test_a_hub_that_says_nonsense_is_told_in_one_sentence(site: Hub, told: dict[str, object], words: str) -> None:
    site.told = told
    assert words in refusal(Registry()).sentence


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[1]", b'"x"', b"\xff\xfe", b"[" * 100_000])
def test_an_answer_that_is_no_json_object_is_told(site: Hub, raw: bytes) -> None:
    site.raw = raw
    assert "cannot be understood" in refusal(Registry()).sentence


def test_an_answer_without_end_is_given_up(site: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_ANSWER_BYTES", 4 << 20)
    site.endless = True
    assert "cannot be understood" in refusal(Registry()).sentence


@pytest.mark.parametrize(
    ("code", "word", "words"),
    [
        (401, "RepoNotFound", "knows no model"),
        (404, "", "knows no model"),
        (403, "GatedRepo", "accepted its terms"),
        (401, "GatedRepo", "accepted its terms"),
        (429, "", "left alone"),
        (500, "", "cannot answer just now"),
        (503, "", "cannot answer just now"),
    ],
)
def test_a_refusal_of_the_hub_is_told(site: Hub, code: int, word: str, words: str) -> None:
    site.codes = [(code, word)]
    assert words in refusal(Registry()).sentence


def test_a_revision_that_is_not_there_is_told(site: Hub) -> None:
    assert "no revision 'v9'" in refusal(Registry(), "tiny/labeller-GGUF@v9:Q8_0").sentence


def test_a_hub_that_is_away_is_told(site: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "cannot be reached" in refusal(Registry()).sentence


@pytest.mark.parametrize("endpoint", ["file:///etc/passwd", "nonsense", "http://", "http://[x"])
def test_an_endpoint_that_is_no_address_is_told(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    assert "HF_ENDPOINT" in refusal(Registry()).sentence


# Fetching


def test_a_fetched_model_is_whole_and_found_by_its_name(site: Hub, registry: Registry, body: bytes) -> None:
    found = fetch(registry)
    assert found.path.read_bytes() == body
    assert (found.name, found.licence, found.revision) == (NAME, "apache-2.0", COMMIT)
    assert found.sha256 == hashlib.sha256(body).hexdigest()
    assert registry.find(NAME) == found
    assert registry.path_of("tiny/labeller-GGUF") == found.path
    assert [one.name for one in found.path.parent.iterdir() if one.suffix == ".part" or one.name == "part"] == []


def test_a_model_that_is_here_is_not_fetched_again(site: Hub, registry: Registry) -> None:
    fetch(registry)
    asked = len(site.asked)
    fetch(registry)
    assert all("/resolve/" not in path for _, path, _, _ in site.asked[asked:])


def test_a_cut_connection_goes_on_where_it_was(site: Hub, registry: Registry, body: bytes) -> None:
    site.cut_at = [300_000]
    assert fetch(registry).path.read_bytes() == body
    ranges = [wish for _, path, wish, _ in site.asked if path.startswith("/store/")]
    assert ranges[0] is None
    assert ranges[-1] is not None
    assert int(ranges[-1].removeprefix("bytes=").rstrip("-")) > 0


def test_a_fetch_that_was_stopped_goes_on_where_it_was(site: Hub, registry: Registry, body: bytes) -> None:
    site.slow_s = 0.05
    cancel = CancelToken()

    def watch(share: float, _: str) -> None:
        if share > 0.2:
            cancel.cancel()

    with pytest.raises(Cancelled):
        fetch(registry, cancel=cancel, progress=watch)
    assert registry.list() == []
    (part,) = registry.folder.glob("*/part")
    come = part.stat().st_size
    assert 0 < come < len(body)
    assert part.read_bytes() == body[:come]
    site.slow_s = 0.0
    asked = len(site.asked)
    assert fetch(registry).path.read_bytes() == body
    assert f"bytes={come}-" in [wish for _, _, wish, _ in site.asked[asked:]]


def test_a_server_without_ranges_is_read_from_the_beginning(site: Hub, registry: Registry, body: bytes) -> None:
    site.cut_at, site.ranges = [300_000], False
    assert fetch(registry).path.read_bytes() == body


def test_a_server_that_hangs_is_left_at_once(site: Hub, registry: Registry) -> None:
    site.stall_at = 100_000
    cancel = CancelToken()
    threading.Timer(0.5, cancel.cancel).start()
    with pytest.raises(Cancelled):
        fetch(registry, cancel=cancel)


def test_another_content_than_stated_is_thrown_away(site: Hub, registry: Registry, body: bytes) -> None:
    site.sent = body[:-1] + bytes([body[-1] ^ 1])
    assert "checksum is another" in refusal(registry).sentence
    assert registry.list() == []
    assert list(registry.folder.glob("*/part")) == []
    site.sent = None
    assert fetch(registry).path.read_bytes() == body


def test_more_than_was_stated_is_not_kept(site: Hub, registry: Registry, body: bytes) -> None:
    site.sent = body + b"x" * 5_000_000
    refusal(registry)
    assert registry.list() == []
    assert sum(one.stat().st_size for one in registry.folder.rglob("*") if one.is_file()) <= len(body)


def test_less_than_was_stated_is_told(site: Hub, registry: Registry, body: bytes) -> None:
    site.sent = body[: len(body) // 2]
    refusal(registry)
    assert registry.list() == []


def test_a_damaged_part_is_noticed_and_fetched_anew(site: Hub, registry: Registry, body: bytes) -> None:
    sha256 = hashlib.sha256(body).hexdigest()
    with registry.alone_with(sha256) as home:
        (home / "part").write_bytes(b"\0" * 1000)
    assert "checksum" in refusal(registry).sentence
    assert fetch(registry).path.read_bytes() == body


def test_a_part_that_is_too_long_is_fetched_anew(site: Hub, registry: Registry, body: bytes) -> None:
    with registry.alone_with(hashlib.sha256(body).hexdigest()) as home:
        (home / "part").write_bytes(b"\0" * (len(body) + 5))
    assert fetch(registry).path.read_bytes() == body


def test_a_file_in_git_is_checked_by_gits_own_checksum(site: Hub, registry: Registry, body: bytes) -> None:
    site.in_git = {FILE}
    found = fetch(registry)
    assert found.sha256 == hashlib.sha256(body).hexdigest()
    assert fetch(registry).path == found.path
    site.sent = b"GGUF" + body[5:] + b"x"
    registry.forget(NAME)
    assert "checksum" in refusal(registry).sentence


def test_what_is_no_model_is_refused_though_its_checksum_is_right(site: Hub, registry: Registry) -> None:
    site.files = {FILE: b"MZ" + b"\0" * 5000}
    assert "not a model in GGUF format" in refusal(registry).sentence
    assert registry.list() == []


def test_a_full_disk_is_told_before_anything_is_fetched(
    site: Hub, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_fetch, "KEPT_FREE_BYTES", 1 << 60)
    assert "are free on the disk" in refusal(registry).sentence
    assert all("/resolve/" not in path for _, path, _, _ in site.asked)


def test_a_model_being_fetched_elsewhere_is_told(site: Hub, registry: Registry, body: bytes) -> None:
    with registry.alone_with(hashlib.sha256(body).hexdigest()):
        assert "being fetched already" in refusal(registry).sentence


def test_a_token_is_sent_where_it_was_set_and_to_the_hub_alone(
    site: Hub, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_ofthetest")
    fetch(registry)
    assert all(had for _, path, _, had in site.asked if not path.startswith("/store/"))
    assert not any(had for _, path, _, had in site.asked if path.startswith("/store/"))


def test_no_token_of_the_persons_is_looked_for(
    site: Hub, registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from huggingface_hub import constants

    (tmp_path / "token").write_text("hf_secret")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    fetch(registry)
    assert not any(had for *_, had in site.asked)


# Kept


def test_a_model_that_was_changed_since_is_told(site: Hub, registry: Registry) -> None:
    found = fetch(registry)
    with found.path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x7f")
    with pytest.raises(ModelError, match="damaged"):
        registry.path_of(NAME)
    site.asked.clear()
    assert hashlib.sha256(fetch(registry).path.read_bytes()).hexdigest() == found.sha256
    assert any("/resolve/" in path for _, path, _, _ in site.asked)


def test_a_model_whose_time_alone_changed_is_the_same(site: Hub, registry: Registry) -> None:
    found = fetch(registry)
    found.path.touch()
    assert registry.path_of(NAME) == found.path


def test_a_forgotten_model_is_gone(site: Hub, registry: Registry) -> None:
    found = fetch(registry)
    registry.forget(NAME)
    assert not found.path.exists()
    assert registry.list() == []
    with pytest.raises(ModelError, match="not on this computer"):
        registry.path_of(NAME)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"name": 3}', "null"])
def test_a_record_that_cannot_be_read_is_no_model(site: Hub, registry: Registry, damage: str) -> None:
    found = fetch(registry)
    (found.path.parent / "model.json").write_text(damage)
    assert registry.list() == []
    assert fetch(registry).name == NAME


def test_a_record_cannot_name_a_file_elsewhere(site: Hub, registry: Registry, tmp_path: Path) -> None:
    found = fetch(registry)
    record = found.path.parent / "model.json"
    said = json.loads(record.read_text())
    (tmp_path / "other.gguf").write_bytes(b"GGUF")
    record.write_text(json.dumps({**said, "path": "../../other.gguf"}))
    assert registry.list() == []


@pytest.mark.parametrize("file", ["CON.gguf", "a b$.gguf", "sub/deep/x.gguf", "x" * 180 + ".gguf", "..gguf"])
def test_a_files_name_is_one_that_every_system_takes(registry: Registry, file: str) -> None:
    place = registry.place("ab" * 32, file)
    assert place.parent.parent == registry.folder
    assert place.suffix == ".gguf"
    assert len(place.name) <= 110
    assert not place.name.lower().startswith("con.")
