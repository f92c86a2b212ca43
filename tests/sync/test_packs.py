"""Tasks taken offline with their media, worked on without a line, brought back; media go with the leases."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annodesk import settings
from annodesk.errors import MediaError, WorkflowError
from annodesk.media.files import media_folder
from annodesk.model.work import SlotState
from annodesk.progress import CancelToken
from annodesk.services.packs import Packs
from annodesk.store.line import Refused, Unreachable
from tests.media.web import Site, serving
from tests.proxy import Line
from tests.sync.computers import Computer, Json, admin, show_suggestions
from tests.sync.test_leases import cards, left_hours
from tests.team import PROJECT, Team

Make = Callable[..., Computer]
BODY = os.urandom(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Media and settings of this test alone; no way round by a proxy."""
    monkeypatch.setenv("ANNODESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def site(team: Team) -> Iterator[Site]:
    """A web server with the recording of each of the three items, each at an address of its own."""
    with serving(Site(body=BODY)) as running:
        for n in range(3):
            add_asset(team, n, running.url.replace("one.wav", f"{n}.wav"))
        yield running


def add_asset(team: Team, item: int, url: str, sha256: str | None = None) -> None:
    admin(
        team,
        "insert into annodesk.asset (project_id, id, item_id, type, role, position, offset_us, root, path, url, sha256)"
        " values (%s, %s, %s, 'audio', '', 0, 0, '', '', %s, %s)",
        *(PROJECT, f"a{item}", f"{PROJECT}-{item}", url, sha256),
    )


@pytest.fixture
def ada(desk: Make) -> Computer:
    made = desk("ada")
    made.sync()
    return made


def media(one: Computer) -> list[bool]:
    """Whether the recording of each task in the list is here."""
    found = []
    for task_id in sorted(cards(one)):
        found.append(one.open(task_id).media_path is not None)
    return found


def files() -> list[str]:
    """What lies in the folder of fetched media."""
    return [file.name for file in media_folder().folder.iterdir() if file.is_file()]


def test_a_pack_is_leased_for_days_and_its_media_are_here(team: Team, ada: Computer, site: Site) -> None:
    told: list[float] = []
    taken = ada.services.packs.take(2, 3, progress=lambda share, words: told.append(share))
    assert (taken.tasks, taken.problems, taken.is_cancelled) == (2, (), False)
    assert left_hours(team) == [72.0, 72.0]
    assert media(ada) == [True, True]
    assert told == sorted(told)
    assert told[-1] == 1.0
    state = ada.services.packs.state()
    assert (state.tasks, state.begun, state.held, state.why_not) == (2, 0, 2, "")
    assert state.until_us == taken.until_us


def test_what_is_in_hand_goes_first_and_a_longer_time_than_the_project_allows_is_its_longest(
    team: Team, ada: Computer, site: Site
) -> None:
    held = ada.take()
    ada.label(held)
    assert ada.services.packs.take(2, 365).tasks == 2
    assert left_hours(team) == [168.0, 168.0]
    assert held in cards(ada)
    assert len(cards(ada)) == 2


def test_more_than_there_is_says_so_and_takes_what_there_is(team: Team, ada: Computer, site: Site) -> None:
    taken = ada.services.packs.take(9, 1)
    assert taken.tasks == 3
    assert taken.problems == ("There is nothing more for you just now.",)


def test_a_quota_is_the_end_of_a_pack_in_words(team: Team, ada: Computer, site: Site) -> None:
    team.call("moe", "select annodesk.set_terms(%s, %s, 2, null)", PROJECT, team.people["ada"])
    taken = ada.services.packs.take(3, 1)
    assert taken.tasks == 2
    assert taken.problems == (
        "You have taken as many tasks as agreed for a day. Go on tomorrow, or ask the manager for more.",
    )


def test_offline_work_is_there_once_afterwards_and_bring_back_returns_the_rest(
    team: Team, desk: Make, bad_line: Line, site: Site
) -> None:
    url = f"postgresql://{team.login('ada')}@127.0.0.1:{bad_line.port}/{team.database}"
    ada = desk("ada", url=url, limit_s=2.0)
    ada.sync()
    ada.services.packs.take(3, 2)
    done, begun, untouched = sorted(cards(ada))
    bad_line.close()
    ada.finish(done)
    ada.label(begun)
    with pytest.raises(Unreachable):
        ada.sync()
    back = ada.services.packs.bring_back()
    assert (back.returned, back.kept) == (1, 1)
    assert cards(ada) == {begun: SlotState.LEASED}, "here it is so at once"
    assert left_hours(team) == [48.0, 48.0, 48.0]
    bad_line.close(False)
    assert ada.sync().result.refused == []
    states = dict(admin(team, "select task_id, state from annodesk.claim"))
    assert states == {done: "submitted", begun: "leased", untouched: "expired"}
    assert left_hours(team) == [24.0], "what is begun goes on under an ordinary lease"
    assert ada.services.packs.state().tasks == 0
    assert admin(team, "select count(*), count(distinct id) from annodesk.edit") == [(3, 3)]
    assert len(files()) == 1, "media went with what went"


def test_media_go_when_the_lease_ends_and_also_without_a_line(
    team: Team, desk: Make, bad_line: Line, site: Site
) -> None:
    url = f"postgresql://{team.login('ada')}@127.0.0.1:{bad_line.port}/{team.database}"
    ada = desk("ada", url=url, limit_s=2.0)
    ada.sync()
    ada.services.packs.take(2, 2)
    assert len(files()) == 2
    bad_line.close()
    ada.clock.hours(47)
    with pytest.raises(Unreachable):
        ada.sync()
    assert len(files()) == 2
    first, _ = sorted(cards(ada))
    ada.services.packs.open_task = first
    ada.clock.hours(2)
    with pytest.raises(Unreachable):
        ada.sync()
    assert media(ada) == [True, False], "nobody's recording stops in the middle"
    ada.services.packs.close()
    assert files() == []


def test_media_go_with_somebody_who_is_taken_out_of_the_project_and_their_work_stays(
    team: Team, ada: Computer, site: Site
) -> None:
    ada.services.packs.take(1, 2)
    (task,) = cards(ada)
    ada.label(task)
    team.call("moe", "select annodesk.remove_member(%s, %s)", PROJECT, team.people["ada"])
    with pytest.raises(Refused):
        ada.sync()
    assert files() == []
    assert len(ada.stored(task)) == 1


def test_a_wrong_password_deletes_nothing(team: Team, ada: Computer, site: Site) -> None:
    ada.services.packs.take(1, 2)
    services = ada.services
    services.sync.stop()
    services.sync._address = services.sync._address.with_password("another")  # type: ignore[union-attr]
    with contextlib.suppress(Refused):
        ada.sync()
    assert len(files()) == 1


def test_a_task_whose_media_cannot_be_had_goes_back_and_is_named(team: Team, ada: Computer, site: Site) -> None:
    admin(team, "update annodesk.asset set sha256 = %s where id = 'a1'", "0" * 64)
    taken = ada.services.packs.take(3, 2)
    assert taken.tasks == 2
    (problem,) = taken.problems
    assert problem.startswith(f"{PROJECT}-1: ")
    assert "is not the file that was added" in problem
    assert sorted(cards(ada)) == [f"t-{PROJECT}-0", f"t-{PROJECT}-2"]
    assert left_hours(team) == [48.0, 48.0]
    assert len(files()) == 2


def test_stopped_it_keeps_what_is_whole_and_gives_back_the_rest(team: Team, ada: Computer, site: Site) -> None:
    held = ada.take()
    cancel = CancelToken()

    def watch(share: float, words: str) -> None:
        if "2 of 3" in words:
            cancel.cancel()

    taken = ada.services.packs.take(3, 2, progress=watch, cancel=cancel)
    assert (taken.tasks, taken.is_cancelled) == (1, True)
    states = admin(team, "select count(*) filter (where state = 'leased') from annodesk.claim")
    assert states == [(len(cards(ada)),)]
    assert 1 <= len(cards(ada)) <= 2
    assert held in ada.states()


def test_what_was_fetched_of_a_file_before_it_stopped_is_not_fetched_again(ada: Computer, site: Site) -> None:
    site.stall_at = 200_000
    cancel = CancelToken()
    ada.services.packs.take(1, 2, cancel=cancel, progress=lambda share, words: share > 0.3 and cancel.cancel())
    site.stall_at = None
    site.going_on.set()
    assert ada.services.packs.take(1, 2).tasks == 1
    assert (site.asked[-1] or "").startswith("bytes=1")


def test_a_pack_that_finds_no_room_says_so_and_leases_nothing_it_cannot_hold(
    team: Team, ada: Computer, site: Site
) -> None:
    settings.change(offline_media_gb=700_000 / 1024**3)
    taken = ada.services.packs.take(3, 2)
    assert taken.tasks == 2
    assert "There is no room" in taken.problems[0]
    assert left_hours(team) == [48.0, 48.0]


def forbid(team: Team, rule: str) -> None:
    """Say it in a new version of the project, as a manager does."""
    ((file,),) = admin(team, "select file from annodesk.project_version where project_id = %s", PROJECT)
    text = file.replace("[workflow]", f"[workflow]\n{rule} = false")
    assert text != file
    ask = ("select annodesk.add_version(%s, %s, '', %s, 'm', null, 'settled', 'before', 24, 7,"
           " offline_media => %s, offline_suggestions => %s)")  # fmt: skip
    team.call("moe", ask, PROJECT, text, Json({}), rule != "offline_media", rule != "offline_suggestions")


def test_a_project_may_forbid_it(team: Team, ada: Computer, site: Site) -> None:
    forbid(team, "offline_media")
    with pytest.raises(WorkflowError, match="not taken offline"):
        ada.services.packs.take(1, 1)
    assert admin(team, "select count(*) from annodesk.claim") == [(0,)]
    assert ada.services.packs.state().why_not == "The work of this project is not taken offline."


def test_a_client_that_does_not_heed_it_is_refused_by_the_server(
    team: Team, ada: Computer, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid(team, "offline_media")
    monkeypatch.setattr(Packs, "_why_not", lambda self: "")
    with pytest.raises(Refused, match="not taken offline"):
        ada.services.packs.take(2, 1)
    assert admin(team, "select distinct state from annodesk.claim") == [("expired",)]


def test_where_media_may_not_be_kept_only_those_of_the_open_task_come_and_they_go_with_the_window(
    team: Team, ada: Computer, site: Site
) -> None:
    forbid(team, "offline_media")
    ada.sync()
    first, second = ada.take(), ada.take()
    assert not ada.services.packs.is_lacking()
    ada.services.packs.open_task = second
    assert ada.services.packs.is_lacking()
    assert ada.services.packs.fetch_ahead() == ()
    assert ada.open(first).media_path is None
    assert ada.open(second).media_path is not None
    ada.services.packs.close()
    assert files() == []


def test_suggestions_stay_at_home_where_the_project_wants_it(team: Team, ada: Computer, site: Site) -> None:
    show_suggestions(team, "before")
    forbid(team, "offline_suggestions")
    segment = {"kind": "segment", "id": "s1", "tier": "content", "start_us": 0, "end_us": 1000, "labels": ["speech"]}
    body = Json({"elements": [segment]})
    with team.connect("work") as db:
        db.execute("select set_config('annodesk.project', %s, false)", (PROJECT,))
        for n in range(3):
            db.execute(
                "insert into annodesk.annotation_set (id, task_id, author_kind, author_id, round, project_version,"
                " made_at_us) values (%s, %s, 'model', 'model', 1, 1, 1)",
                (f"m{n}", f"t-{PROJECT}-{n}"),
            )
            db.execute(
                "insert into annodesk.suggestion (task_id, set_id, body, digest) values (%s, %s, %s, '')",
                (f"t-{PROJECT}-{n}", f"m{n}", body),
            )
    ada.take()
    assert ada.count("annotation_set") == 2, "shown at the desk"
    ada.services.packs.take(2, 1)
    assert ada.count("annotation_set") == 2, "the two own ones alone"
    ada.services.packs.bring_back()
    ada.sync()
    assert admin(team, "select count(*) from annodesk.view") == [(1,)]


def test_the_next_tasks_media_come_ahead(ada: Computer, site: Site) -> None:
    ada.take()
    assert media(ada) == [False]
    assert ada.services.packs.is_lacking()
    assert ada.services.packs.fetch_ahead() == ()
    assert media(ada) == [True]
    assert not ada.services.packs.is_lacking()


def test_media_that_are_not_to_be_had_are_named_and_the_others_come(team: Team, ada: Computer, site: Site) -> None:
    admin(team, "update annodesk.asset set url = 'ftp://example.org/x.wav' where id = 'a0'")
    ada.take(), ada.take()
    (problem,) = ada.services.packs.fetch_ahead()
    assert problem.startswith(f"{PROJECT}-0: Media are not fetched from ftp.")
    assert media(ada) == [False, True]


def test_a_folder_on_another_device_is_copied_into_the_pack(
    team: Team, ada: Computer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = tmp_path / "network"
    away.mkdir()
    (away / "one.wav").write_bytes(BODY)
    settings.change(media_roots={"studio": str(away)})
    add_asset(team, 0, "", SHA256)
    admin(team, "update annodesk.asset set root = 'studio', path = 'one.wav'")
    real = os.stat

    def stat(path: object, **how: object) -> os.stat_result:
        found = real(path, **how)  # type: ignore[arg-type]
        if Path(str(path)) == away / "one.wav":
            return os.stat_result((*found[:2], found.st_dev + 1, *found[3:]))
        return found

    from annodesk.services import packs

    monkeypatch.setattr(packs.os, "stat", stat)
    assert ada.services.packs.take(1, 1).tasks == 1
    (away / "one.wav").unlink()
    assert media(ada) == [True]


@pytest.mark.parametrize(("count", "days"), [(0, 1), (501, 1), (1, 0), (1, float("nan"))])
def test_a_pack_of_nothing_is_none(ada: Computer, count: int, days: float) -> None:
    with pytest.raises(WorkflowError):
        ada.services.packs.take(count, days)


def test_a_file_that_stands_alone_has_nothing_to_take(tmp_path: Path) -> None:
    from annodesk.services import Services

    with Services.open(tmp_path / "alone.annodesk", create=True) as services:
        assert "all here" in services.packs.state().why_not
        with pytest.raises(WorkflowError):
            services.packs.take(1, 1)
        with pytest.raises(WorkflowError):
            services.packs.bring_back()
        services.packs.close()


def test_nothing_is_said_to_be_here_that_is_not(ada: Computer, site: Site) -> None:
    ada.services.packs.take(1, 1)
    for name in files():
        (media_folder().folder / name).unlink()
    (task,) = cards(ada)
    work = ada.open(task)
    assert work.media_path is None
    assert work.media_problem
    with pytest.raises(MediaError):
        ada.services.tasks._desk.resolve(work.item.assets[0])
