"""Fetching media from a real server that cuts, stalls, lies and redirects; from folders; and from an object store."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from annodesk.errors import Cancelled, MediaError
from annodesk.media.fetch import Wanted, fetch
from annodesk.media.http_source import _Redirects
from annodesk.media.pack_folder import PackFolder, write_note
from annodesk.progress import CancelToken
from tests.media.web import CERTIFICATE, Site, serving

BODY = os.urandom(1_500_000)
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(Site(body=BODY)) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> PackFolder:
    return PackFolder(tmp_path / "fetched")


def no_wait(_seconds: float) -> None:
    time.sleep(0.001)


def get(folder: PackFolder, site: Site, **more: object) -> Path:
    sha256 = more.pop("sha256", SHA256)
    return fetch(folder, Wanted(site.url, sha256), wait=no_wait, **more)  # type: ignore[arg-type]


def left_over(folder: PackFolder) -> list[str]:
    return sorted(f.name for f in folder.folder.iterdir() if f.is_file())


def test_a_file_comes_whole_under_a_name_of_ours_and_only_once(folder: PackFolder, site: Site) -> None:
    told: list[float] = []
    place = get(folder, site, progress=lambda share, _words: told.append(share))
    assert place.read_bytes() == BODY
    assert place.name == f"{SHA256}.wav"
    assert told[: told.index(1.0)] == sorted(told[: told.index(1.0)])
    assert told[-1] == 1.0
    assert get(folder, site) == place
    assert len(site.asked) == 1
    assert left_over(folder) == [place.name]


def test_a_cut_connection_is_gone_on_with_where_it_broke(folder: PackFolder, site: Site) -> None:
    site.cut_at = [400_000, 300_000]
    assert get(folder, site).read_bytes() == BODY
    assert site.asked == [None, "bytes=400000-", "bytes=700000-"]


def test_what_was_fetched_is_gone_on_with_by_the_next_fetch(folder: PackFolder, site: Site) -> None:
    site.stall_at = 500_000
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        get(folder, site, cancel=cancel, progress=lambda share, _words: share > 0.3 and cancel.cancel())
    site.stall_at = None
    site.going_on.set()
    assert [name.rpartition(".")[2] for name in left_over(folder)] == ["part"]
    again = PackFolder(folder.folder)
    assert get(again, site).read_bytes() == BODY
    assert site.asked[-1] not in (None, "bytes=0-")


def test_a_cancelled_fetch_stops_at_once_although_the_server_says_nothing(folder: PackFolder, site: Site) -> None:
    site.stall_at = 1000
    cancel = CancelToken()
    threading.Timer(0.2, cancel.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        get(folder, site, cancel=cancel)
    assert time.monotonic() - began < 3
    assert "fetch" not in {t.name for t in threading.enumerate() if t.is_alive()}


def test_a_server_that_ignores_ranges_is_read_from_the_beginning(folder: PackFolder, site: Site) -> None:
    site.cut_at, site.ranges = [400_000], False
    assert get(folder, site).read_bytes() == BODY
    assert site.asked == [None, "bytes=400000-"]


def test_a_server_that_answers_another_range_is_asked_for_all(folder: PackFolder, site: Site) -> None:
    site.cut_at, site.lying_ranges = [400_000], True
    assert get(folder, site).read_bytes() == BODY
    assert site.asked == [None, "bytes=400000-", None]


def test_a_file_that_changed_on_the_server_is_not_joined_from_two(folder: PackFolder, site: Site) -> None:
    new = os.urandom(1_200_000)
    site.cut_at = [400_000]

    def change(_seconds: float) -> None:
        site.body, site.version = new, '"2"'

    place = fetch(folder, Wanted(site.url), wait=change)
    assert place.read_bytes() == new


def test_without_hash_or_version_nothing_is_joined(folder: PackFolder, site: Site) -> None:
    site.version, site.cut_at = None, [400_000]
    assert get(folder, site, sha256=None).read_bytes() == BODY
    assert site.asked == [None, None]


def test_a_file_that_was_whole_already_is_only_checked(folder: PackFolder, site: Site) -> None:
    place = get(folder, site)
    with folder.unfinished(place) as part:
        part.write_bytes(BODY)
        write_note(part, f"{site.url}\n{site.version}")
    place.unlink()
    assert get(folder, site).read_bytes() == BODY
    assert site.asked == [None, f"bytes={len(BODY)}-"]


def test_a_stalled_server_is_given_up_and_what_came_is_kept(folder: PackFolder, site: Site) -> None:
    site.stall_at = 0
    began = time.monotonic()
    with pytest.raises(MediaError, match="does not answer"):
        get(folder, site, stall_s=0.2)
    assert time.monotonic() - began < 10
    assert len(site.asked) == 5


def test_a_length_that_is_never_reached_is_told(folder: PackFolder, site: Site) -> None:
    site.extra_length, site.ranges = 10, False
    with pytest.raises(MediaError, match="cut"):
        get(folder, site, stall_s=0.3)
    assert not any(name.endswith(".wav") for name in left_over(folder))


def test_a_file_without_a_length_comes_whole(folder: PackFolder, site: Site) -> None:
    site.no_length = True
    assert get(folder, site).read_bytes() == BODY


def test_another_content_is_refused_and_not_kept(folder: PackFolder, site: Site) -> None:
    with pytest.raises(MediaError, match="not the file that was added"):
        get(folder, site, sha256="0" * 64)
    assert left_over(folder) == []


def test_an_endless_answer_ends_where_there_is_no_more_room(tmp_path: Path, site: Site) -> None:
    small = PackFolder(tmp_path / "small", cap_bytes=4_000_000)
    site.no_length, site.endless = True, True
    with pytest.raises(MediaError, match="no room"):
        fetch(small, Wanted(site.url), wait=no_wait)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(404, "is not there"), (403, "may not be read"), (401, "may not be read"), (418, "answers 418")],
)
def test_a_refusal_is_told_in_a_sentence(folder: PackFolder, site: Site, code: int, sentence: str) -> None:
    site.codes = [code]
    with pytest.raises(MediaError, match=sentence):
        get(folder, site)
    assert len(site.asked) == 1


def test_a_busy_server_is_asked_again(folder: PackFolder, site: Site) -> None:
    site.codes = [503, 429]
    assert get(folder, site).read_bytes() == BODY


def test_an_encrypted_connection_is_read_only_where_the_server_proves_who_it_is(
    folder: PackFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(Site(body=BODY), encrypted=True) as site:
        with pytest.raises(MediaError, match="does not prove who it is"):
            get(folder, site)
        assert site.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        site.cut_at = [400_000]
        assert get(folder, site).read_bytes() == BODY
        assert site.asked == [None, "bytes=400000-"]


def test_a_redirect_to_the_same_kind_of_address_is_followed(folder: PackFolder, site: Site) -> None:
    site.redirect = "/there.wav"
    assert get(folder, site).read_bytes() == BODY


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "s3://b/x"])
def test_a_redirect_to_another_kind_of_address_is_refused(folder: PackFolder, site: Site, target: str) -> None:
    site.redirect = target
    with pytest.raises(MediaError, match=r"another kind of address|cannot be fetched"):
        get(folder, site)
    assert left_over(folder) == []


def test_a_redirect_from_an_encrypted_to_an_open_address_is_refused() -> None:
    asked = Request("https://example.org/a.wav")
    for code in (301, 302, 303, 307, 308):
        with pytest.raises(MediaError, match="another kind of address"):
            _Redirects().redirect_request(asked, io.BytesIO(), code, "", {}, "http://example.org/a.wav")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a.wav",
        "data:audio/wav;base64,AAAA",
        "/etc/passwd",
        "c:\\sounds\\a.wav",
        "simplecache::file:///etc/passwd",
        "zip://a.wav::http://example.org/x.zip",
        "http://",
        "http://exa mple.org/a.wav",
        "http://example.org/a\r\nX-Evil: 1",
        "http://[::1",
        "http://me:secret@example.org/a.wav",
        "memory://a.wav",
        "local:///etc/passwd",
    ],
)
def test_an_address_nothing_is_fetched_from_is_refused(folder: PackFolder, url: str) -> None:
    with pytest.raises(MediaError) as told:
        fetch(folder, Wanted(url))
    assert "secret" not in str(told.value)
    assert left_over(folder) == []


def test_an_error_shows_neither_password_nor_signature(folder: PackFolder, site: Site) -> None:
    site.codes = [404]
    with pytest.raises(MediaError) as told:
        fetch(folder, Wanted(f"{site.url}?signature=abc123"))
    assert "abc123" not in str(told.value)


@pytest.mark.parametrize("path", ["/../../x.wav", "/%2e%2e%2f%2e%2e%2fx", "/a.wav%00", "/con.", "/x." + "y" * 300])
def test_no_name_from_outside_leaves_the_folder(folder: PackFolder, site: Site, path: str) -> None:
    place = fetch(folder, Wanted(site.url.replace("/sounds/one.wav", path)))
    assert place.parent == folder.folder
    assert len(place.name) < 80


def test_files_are_copied_only_from_folders_that_were_named(folder: PackFolder, tmp_path: Path) -> None:
    named, other = tmp_path / "named", tmp_path / "other"
    for one in (named, other):
        one.mkdir()
        (one / "a b.wav").write_bytes(BODY)
    (named / "link.wav").symlink_to(other / "a b.wav")
    wanted = Wanted((named / "a b.wav").as_uri(), SHA256)
    assert fetch(folder, wanted, roots=[named]).read_bytes() == BODY
    for url in ((other / "a b.wav").as_uri(), (named / "link.wav").as_uri(), f"{named.as_uri()}/../other/a%20b.wav"):
        with pytest.raises(MediaError, match="in no folder that was named"):
            fetch(folder, Wanted(url), roots=[named])
    with pytest.raises(MediaError, match="is not there"):
        fetch(folder, Wanted((named / "none.wav").as_uri()), roots=[named])
    with pytest.raises(MediaError, match="names another computer"):
        fetch(folder, Wanted("file://server/share/a.wav"), roots=[named])


def test_an_object_store_is_read_through_its_plugin(folder: PackFolder) -> None:
    class Store(MemoryFileSystem):
        protocol = "oss"
        store: dict[str, object] = {}

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return "/" + path.removeprefix("oss://").lstrip("/")

    fsspec.register_implementation("oss", Store, clobber=True)
    Store().pipe_file("/bucket/one.wav", BODY)
    assert fetch(folder, Wanted("oss://bucket/one.wav", SHA256)).read_bytes() == BODY
    with pytest.raises(MediaError, match="is not there"):
        fetch(folder, Wanted("oss://bucket/none.wav"))


def test_an_object_store_without_its_plugin_is_told(folder: PackFolder) -> None:
    with pytest.raises(MediaError, match="is not installed"):
        fetch(folder, Wanted("abfs://box/one.wav"))
