"""The same recordings with planted disagreement in a team: people hand in on a real server, and a worker decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from annodesk.services.overview import Overview
from annodesk.store.private_server import PrivateServer
from tests.services.planted import Pass, Planted, Say, cases, make_planted
from tests.services.team.crew import Crew, bring, made_crew


@pytest.fixture
def planted(tmp_path: Path, shared: Path, postgres: PrivateServer) -> Iterator[tuple[Crew, dict[str, Planted]]]:
    found = cases(shared)
    house = make_planted(tmp_path, shared, found)
    try:
        with made_crew(postgres) as crew:
            bring(crew, house)
            yield crew, found
    finally:
        house.services.close()


def test_every_planted_case_is_in_the_teams_queue_with_its_reason_and_nothing_else_is(
    planted: tuple[Crew, dict[str, Planted]],
) -> None:
    crew, found = planted
    keys = dict(crew.admin("select t.id, i.key from annodesk.task t join annodesk.item i on i.id = t.item_id"))
    ends = dict(crew.admin("select id, end_us from annodesk.task"))
    done: Counter[str] = Counter()
    working = ["ada", "ben", "dan"]
    while working:
        for name in list(working):
            claim = crew.claim(name)
            if claim is None:
                working.remove(name)
                continue
            key = Path(str(keys[claim[1]])).stem
            acts = found[key].acts
            act = acts[done[key]] if done[key] < len(acts) else Say("Rooster")
            done[key] += 1
            if isinstance(act, Pass):
                crew.call(name, "select annodesk.skip(%s, %s, %s)", crew.project_id, claim[0], act.reason)
                continue
            if act.flag:
                crew.call(name, "select annodesk.raise_flag(%s, %s, %s)", crew.project_id, claim[0], act.flag)
            crew.hand_in(name, claim, *act.drafts(int(ends[claim[1]])))
    did = crew.round()
    rows = crew.admin(
        "select i.key, e.reason, e.culprit from annodesk.escalation e join annodesk.item i on i.id = e.item_id"
        " where e.closed_at_us is null"
    )
    told: dict[str, set[tuple[str, str]]] = {}
    for key, reason, culprit in rows:
        told.setdefault(Path(key).stem, set()).add((reason, culprit))
    expected = {key: {(str(r), c) for r, c in one.expected} for key, one in found.items() if one.expected}
    assert told == expected
    assert did.escalated == len(expected)
    with Overview(crew.address("ana")) as overview:
        queue = overview.queue(crew.project_id)
    assert sorted(Path(row["item"]).stem for row in queue) == sorted(expected)
    assert all(any(row["reason"] == reason for reason, _ in expected[Path(row["item"]).stem]) for row in queue)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        crew.call("ada", "select reason from annodesk.escalation")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        crew.call("ada", "select value from annodesk.score")
