"""Rulings told to those who labelled, and disputes, on a real server and under real logins."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Json

from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.edits import add, combine, set_answer
from annodesk.model.schema import RULING, TOLD
from annodesk.quality.disagreements import find_disagreements
from annodesk.services.decisions import take
from annodesk.services.standing import annotate_task, review_lanes
from annodesk.store import snapshots, tasks
from annodesk.store.private_server import PrivateServer
from tests.services.made import Stretch, make_house
from tests.services.team.crew import Crew, bring, made_crew
from tests.team import Row

THEIRS: tuple[Stretch, ...] = ((0, 10, "advert"), (10, 25, "music"), (25, 40, "advert"))
MINE = "select id, body, words, is_final, disputed_at_us, waits from annodesk.told_ruling order by made_at_us, id"
DISPUTE = "select annodesk.dispute(%s, %s, %s)"


def refused(crew: Crew, name: str, statement: str, *values: object) -> str:
    with pytest.raises(psycopg.Error) as told:
        crew.call(name, statement, *values)
    return str(told.value.sqlstate)


def rule(crew: Crew, name: str, follow: str, words: str = "") -> Row:
    """Take the next review, follow one person everywhere, and hand it in."""
    claim = crew.claim(name, "review")
    assert claim is not None
    assert crew.project is not None
    with crew.as_worker() as db:
        review = tasks.get_task(db, claim[1])
        held = tasks.claim_of(db, review.id, crew.people[name])
        lanes = review_lanes(db, annotate_task(db, review), held, sets=snapshots)
    side = next(one for one in lanes if one.annotations.author.id == crew.people[follow])
    empty = AnnotationSet(claim[2])
    places = find_disagreements(crew.project.schema, [lane.annotations for lane in lanes])
    marks = [set_answer(empty, RULING, side.letter, target=d.key) for d in places]
    if words:
        marks.append(set_answer(empty, TOLD, words, target=places[0].key))
    crew.hand_in(name, claim, combine("copy", add(*side.annotations)), *marks, kind=AuthorKind.ADJUDICATOR)
    crew.round()
    return claim


@pytest.fixture
def ruled(crew: Crew) -> Crew:
    """Ana followed Ben, with words; Ada is told."""
    crew.label("ada", THEIRS)
    crew.label("ben")
    crew.round()
    rule(crew, "ana", "ben", "Adverts sell something.")
    return crew


def test_each_is_told_of_their_own_alone_and_nobody_is_named(ruled: Crew) -> None:
    rows = ruled.call("ada", MINE)
    assert [row[1]["said"]["stretches"][0]["labels"] for row in rows] == [["advert"], ["advert"]]
    assert rows[0][2] == "Adverts sell something."
    assert ruled.call("ben", MINE) == []
    whole = str(ruled.call("ada", "select * from annodesk.told_ruling"))
    assert ruled.people["ana"] not in whole
    assert ruled.people["ben"] not in whole
    assert ("item", ruled.value("select item_id from annodesk.told_ruling limit 1")) in ruled.feed("ada")
    for name in ("ana", "joe", "max"):
        assert refused(ruled, name, MINE) == "42501"


def test_what_was_seen_is_noted_for_ones_own_alone(ruled: Crew) -> None:
    ids = [row[0] for row in ruled.call("ada", MINE)]
    see = "select annodesk.see_rulings(%s, %s)"
    assert ruled.call("ben", see, ruled.project_id, ids) == [(0,)]
    assert ruled.call("ada", see, ruled.project_id, ids) == [(2,)]
    assert ruled.call("ada", see, ruled.project_id, ids) == [(0,)]
    assert refused(ruled, "ana", see, ruled.project_id, ids) == "42501"


def test_a_dispute_goes_to_another_analyst_and_never_back_to_who_ruled(ruled: Crew) -> None:
    ((told, *_), (other, *_)) = ruled.call("ada", MINE)
    assert refused(ruled, "ada", DISPUTE, ruled.project_id, told, " ") == "AN043"
    assert refused(ruled, "ben", DISPUTE, ruled.project_id, told, "Mine now.") == "42501"
    assert ruled.call("ada", DISPUTE, ruled.project_id, told, "It is music.") == [("goes",)]
    assert ruled.call("ada", DISPUTE, ruled.project_id, told, "It is music.") == [("goes",)], "after a lost reply"
    assert refused(ruled, "ada", DISPUTE, ruled.project_id, told, "Still.") == "AN061"
    assert ruled.call("ada", DISPUTE, ruled.project_id, other, "And here.") == [("goes",)]
    seen = ruled.call("ana", "select reason, evidence from annodesk.escalation where closed_at_us is null")
    assert sorted(row[1]["note"] for row in seen) == ["And here.", "It is music."]
    assert {row[0] for row in seen} == {"disputed"}
    history = ruled.call("ana", "select by from annodesk.state_change where subject = 'item'")
    assert ruled.people["ada"] not in {row[0] for row in history}
    # Who ruled gets it back by no way.
    assert ruled.claim("ana", "review") is None
    mine = ruled.call("ana", "select id, state from annodesk.claim where person_id = %s", ruled.people["ana"])
    held = next(row[0] for row in mine if row[1] == "submitted")
    assert refused(ruled, "ana", "select annodesk.recall(%s, %s)", ruled.project_id, held) == "AN008"
    assert refused(ruled, "ana", "select annodesk.resume(%s, %s)", ruled.project_id, held) == "AN005"
    again = (
        "select annodesk.submit(c.project_id, c.id, h.head, 'other', '[]', 'because') from annodesk.claim c"
        " join annodesk.submission h on h.set_id = c.set_id where c.id = %s"
    )
    ruled.call("ana", again, held)
    ruled.round()
    assert "escalated" in ruled.states(), "a correction of hers settles nothing"
    theirs = ruled.value("select set_id from annodesk.told_ruling limit 1")
    give_back = "select annodesk.return_work(%s, %s, 'x')"
    assert refused(ruled, "ana", give_back, ruled.project_id, theirs) == "AN065"
    assert ruled.claim("joe", "review") is not None


def test_an_expired_claim_of_who_ruled_gets_no_place_again(ruled: Crew) -> None:
    told = ruled.call("ada", MINE)[0][0]
    ruled.call("ada", DISPUTE, ruled.project_id, told, "It is music.")
    held = ruled.value(
        "select id from annodesk.claim where person_id = %s and state = 'submitted'", ruled.people["ana"]
    )
    for state in ("expired", "recalled", "returned", "parked"):
        ruled.admin("update annodesk.claim set state = %s, reason = 'unseen' where id = %s", state, held)
        assert refused(ruled, "ana", "select annodesk.resume(%s, %s)", ruled.project_id, held) == "AN009"
    ruled.admin("update annodesk.claim set state = 'expired', reason = 'unseen' where id = %s", held)
    assert ruled.claim("ana", "review") is None


def test_the_second_ruling_stands_both_are_kept_and_the_annotators_learn_of_it(ruled: Crew) -> None:
    told = ruled.call("ada", MINE)[0][0]
    ruled.call("ada", DISPUTE, ruled.project_id, told, "It is music.")
    assert ruled.value("select count(*) from annodesk.settlement where stands") == 0
    claim = rule(ruled, "joe", "ada")
    both = ruled.admin("select stands, count(*) from annodesk.settlement group by 1 order by 1")
    assert both == [(False, 1), (True, 1)]
    assert ruled.value("select set_id from annodesk.settlement where stands") == claim[2]
    now = ruled.call("ada", MINE)
    assert [row[1].get("outcome") for row in now] == [None, None, "yours", "yours"]
    assert [row[3] for row in now] == [False, False, True, True]
    (fresh, *_) = ruled.call("ben", MINE)[0]
    assert refused(ruled, "ben", DISPUTE, ruled.project_id, fresh, "No.") == "AN062"
    assert refused(ruled, "ada", DISPUTE, ruled.project_id, now[1][0], "No.") == "AN062"


def test_without_another_analyst_it_waits_until_there_is_one(ruled: Crew) -> None:
    for name, role in (("joe", "analyst"), ("max", "manager")):
        ruled.admin("delete from annodesk.membership where person_id = %s and role = %s", ruled.people[name], role)
    told = ruled.call("ada", MINE)[0][0]
    assert ruled.call("ada", DISPUTE, ruled.project_id, told, "It is music.") == [("waits",)]
    assert ruled.call("ada", MINE)[0][5] is True
    assert ruled.claim("ana", "review") is None
    joins = "insert into annodesk.membership (project_id, person_id, role) values (%s, %s, 'analyst')"
    ruled.admin(joins, ruled.project_id, ruled.people["joe"])
    assert ruled.claim("joe", "review") is not None


def test_a_hidden_reference_item_is_told_of_and_disputed_like_any_other(ruled: Crew) -> None:
    item = ruled.value("select item_id from annodesk.told_ruling limit 1")
    ruled.call("joe", "select annodesk.confirm_reference(%s, %s, true)", ruled.project_id, item)
    feed = ruled.feed("ada")
    told = ruled.call("ada", MINE)[0][0]
    assert ruled.call("ada", DISPUTE, ruled.project_id, told, "It is music.") == [("goes",)]
    assert ruled.admin("select item_id from annodesk.reference_item") == []
    assert ruled.feed("ada")[: len(feed)] == feed


def test_pins_travel_with_a_return_and_tell_nobodys_name(crew: Crew) -> None:
    mine = crew.label("ada", THEIRS)
    crew.label("ben")
    crew.round()
    pins = Json([{"text": "Starts later.", "time_us": 5_000_000}, {"text": "This?", "element_id": "answer:policy:item"},
                 {"text": " "}])  # fmt: skip
    crew.call("ana", "select annodesk.return_work(%s, %s, '', %s)", crew.project_id, mine[2], pins)
    read = "select author_id, text, time_us, element_id, is_resolved from annodesk.comment order by text"
    assert crew.call("ada", read) == [
        ("analyst", "Starts later.", 5_000_000, None, False),
        ("analyst", "This?", None, "answer:policy:item", False),
    ]
    assert crew.call("ben", read) == []
    assert crew.people["ana"] not in str(crew.call("ada", "select state, reason, note from annodesk.claim"))
    crew.call("ada", "update annodesk.comment set is_resolved = true where text = 'This?'")
    assert [row[4] for row in crew.call("ana", read)] == [False, True]


def test_what_people_were_told_alone_is_published_with_their_work(postgres: PrivateServer, tmp_path: Path) -> None:
    house = make_house(tmp_path)
    house.submit("Ada")
    house.submit("Ben", THEIRS)
    house.round()
    work = house.review()
    side = next(lane.letter for lane in work.lanes if lane.annotations.author.id == house.id_of("Ada"))
    for one in work.disagreements:
        house.do(work, take(work, one, side))
    house.services.review.settle(work.session.annotations)
    with made_crew(postgres) as crew:
        bring(crew, house)
        told = crew.admin("select distinct person_id from annodesk.told_ruling")
        assert told == [(house.id_of("Ben"),)]
    house.services.close()


def test_what_is_pinned_is_bounded(crew: Crew) -> None:
    mine = crew.label("ada", THEIRS)
    ask = "select annodesk.return_work(%s, %s, 'x', %s)"
    many = Json([{"text": "x", "time_us": n} for n in range(201)])
    assert refused(crew, "ana", ask, crew.project_id, mine[2], many) == "AN007"


def test_nothing_of_a_ruling_is_left_when_its_item_is_taken_down(ruled: Crew) -> None:
    item = ruled.value("select item_id from annodesk.told_ruling limit 1")
    told = ruled.call("ada", MINE)[0][0]
    ruled.call("ada", DISPUTE, ruled.project_id, told, "The caller says so.")
    ruled.call("max", "select annodesk.take_down(%s, %s)", ruled.project_id, item)
    ruled.call("max", "select annodesk.blank_item(%s, %s)", ruled.project_id, item)
    left = ruled.admin("select body, words, objection from annodesk.told_ruling")
    assert left == [({}, "", "")] * 2
    ruled.admin("update annodesk.told_ruling set words = 'again'")
    assert ruled.value("select max(words) from annodesk.told_ruling") == ""
