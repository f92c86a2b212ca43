"""Questions from inside a task and pinned rulings, as each person reaches them with psql and their own password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Json

from annodesk.store.private_server import PrivateServer
from tests.store.shared.test_work import admin, claimed, refused
from tests.team import PROJECT, Row, Team, edit_json, made_team

DAY_US = 86_400_000_000
ASSET = (
    "insert into annodesk.asset"
    " (project_id, id, item_id, type, role, position, offset_us, root, path, url, quick_print)"
)


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    with made_team(postgres, items=4) as made:
        yield made


def ask(team: Team, name: str, held: Row, words: str = "Which tier?", id: str = "q", **more: Any) -> None:
    said = Json({"id": id, "words": words, **more})
    team.call(name, "select annodesk.ask_question(%s, %s, %s)", PROJECT, held[0], said)


ANSWER = "select annodesk.answer_question(%s, %s, %s, %s)"


def answer(team: Team, name: str = "ana", id: str = "q", words: str = "Content.", speaks: bool = True) -> None:
    team.call(name, ANSWER, PROJECT, id, words, speaks)


def claim_now(team: Team, held: Row) -> tuple[str, int | None]:
    ((state, until),) = admin(
        team, "select state, lease_until_us - annodesk.now_us() from annodesk.claim where id = %s", held[0]
    )
    return str(state), until


def pushed(team: Team, name: str, held: Row) -> str:
    """One Edit in a set; returns its id."""
    one = edit_json()
    columns = "id, device, device_seq, parents, format, project_version, elapsed_us, made_at_us, body"
    values = [one[c.strip()] for c in columns.split(",")]
    marks = ", ".join(["%s"] * 12)
    team.call(
        name,
        f"insert into annodesk.edit (project_id, set_id, author_id, {columns}) values ({marks})",
        *(PROJECT, held[2], team.people[name]),
        *(Json(v) if isinstance(v, list | dict) else v for v in values),
    )
    return str(one["id"])


def test_a_task_keeps_its_place_without_a_lease_that_runs_until_it_is_answered(team: Team) -> None:
    held = claimed(team, "ada")
    ask(team, "ada", held)
    assert claim_now(team, held) == ("parked", None)
    admin(team, "select annodesk.free_expired(%s, 100)", PROJECT)
    assert claim_now(team, held)[0] == "parked"
    assert refused(team, "ada", "select annodesk.resume(%s, %s)", PROJECT, held[0]) == "AN060"
    assert claimed(team, "ada")[1] != held[1], "the next one can be taken"
    answer(team)
    state, until = claim_now(team, held)
    assert state == "leased"
    assert until == pytest.approx(7 * DAY_US, rel=0.01)
    assert team.call("ada", "select answer from annodesk.inquiry") == [("Content.",)]
    assert refused(team, "ana", ANSWER, PROJECT, "q", "Again.", True) == "AN064"


def test_asked_again_after_a_lost_reply_it_is_asked_once(team: Team) -> None:
    held = claimed(team, "ada")
    for _ in range(2):
        ask(team, "ada", held)
    assert admin(team, "select count(*) from annodesk.inquiry") == [(1,)]


def test_what_stood_when_it_was_asked_counts_where_the_answer_tells_the_label(team: Team) -> None:
    held = claimed(team, "ada")
    head = pushed(team, "ada", held)
    ask(team, "ada", held, head=head)
    answer(team, speaks=False)
    assert team.call("ada", "select independent_head from annodesk.view") == []
    ask(team, "ada", held, head=head, id="q2")
    answer(team, id="q2")
    assert team.call("ada", "select independent_head, was_finished from annodesk.view") == [(head, False)]
    other = claimed(team, "ada")
    strange = Json({"id": "q3", "words": "x", "head": head})
    assert refused(team, "ada", "select annodesk.ask_question(%s, %s, %s)", PROJECT, other[0], strange) == "AN004"


def test_an_answer_that_does_not_say_what_it_speaks_of_counts_as_feedback(team: Team) -> None:
    held = claimed(team, "ada")
    ask(team, "ada", held)
    team.call("ana", ANSWER, PROJECT, "q", "Content.", None)
    assert team.call("ada", "select independent_until_us > 0 from annodesk.view") == [(True,)]


def test_only_who_asked_and_who_judges_reads_a_question_and_nobody_who_asked_or_answered(team: Team) -> None:
    held = claimed(team, "ada")
    ask(team, "ada", held)
    found = "select words from annodesk.inquiry"
    assert [team.call(name, found) for name in ("ada", "ben", "ana", "moe")] == [
        [("Which tier?",)],
        [],
        [("Which tier?",)],
        [("Which tier?",)],
    ]
    for name in ("ada", "ana", "ann", "max", "moe"):
        for column in ("asked_by", "answered_by", "head"):
            assert refused(team, name, f"select {column} from annodesk.inquiry") == "42501"
    assert team.call("ana", "select annodesk.my_inquiries()") == [([],)]
    assert team.call("ada", "select annodesk.my_inquiries()") == [(["q"],)]


def test_nobody_answers_their_own_question_or_one_about_what_they_label(team: Team) -> None:
    held = claimed(team, "ann")
    ask(team, "ann", held, id="own")
    assert refused(team, "ann", ANSWER, PROJECT, "own", "x", True) == "AN063"
    other = claimed(team, "ada")
    while other[1] != held[1]:
        other = claimed(team, "ada")
    ask(team, "ada", other, id="colleague")
    assert refused(team, "ann", ANSWER, PROJECT, "colleague", "x", True) == "AN063", "it is open with her"
    assert team.call("ann", "select id from annodesk.inquiry") == [("own",)]
    team.call("ann", "select annodesk.withdraw_question(%s, %s, 'own')", PROJECT, held[0])
    team.submit("ann", held)
    assert refused(team, "ann", ANSWER, PROJECT, "colleague", "x", True) == "42501", "she has labelled it"
    assert refused(team, "ben", ANSWER, PROJECT, "colleague", "x", True) == "42501"
    assert refused(team, "ana", ANSWER, PROJECT, "no such question", "x", True) == "AN063"


def test_a_question_is_asked_of_ones_own_open_task_alone_in_so_many_words(team: Team) -> None:
    held = claimed(team, "ada")
    call = "select annodesk.ask_question(%s, %s, %s)"
    assert refused(team, "ben", call, PROJECT, held[0], Json({"id": "x", "words": "x"})) == "42501"
    for odd in ({}, {"id": "x"}, {"id": "x", "words": " "}, {"id": "x", "words": "x" * 2001}, {"words": "x"}):
        assert refused(team, "ada", call, PROJECT, held[0], Json(odd)) == "AN007"
    assert refused(team, "ada", call, PROJECT, held[0], Json({"id": "x", "words": "x", "time_us": "soon"})) == "AN007"
    team.submit("ada", held)
    assert refused(team, "ada", call, PROJECT, held[0], Json({"id": "x", "words": "x"})) == "AN005"


def test_a_withdrawn_question_gives_the_task_back_to_its_person(team: Team) -> None:
    held = claimed(team, "ada")
    ask(team, "ada", held)
    call = "select annodesk.withdraw_question(%s, %s, %s)"
    assert refused(team, "ben", call, PROJECT, held[0], "q") == "42501"
    for _ in range(2):
        team.call("ada", call, PROJECT, held[0], "q")
    state, until = claim_now(team, held)
    assert state == "leased"
    assert until == pytest.approx(DAY_US, rel=0.01)
    assert refused(team, "ana", ANSWER, PROJECT, "q", "x", True) == "AN062"


@pytest.mark.parametrize("how", ["absent", "removed", "taken down"])
def test_whoever_is_away_waits_for_no_answer_and_keeps_nobody_from_the_task(team: Team, how: str) -> None:
    held = claimed(team, "ada")
    ask(team, "ada", held)
    if how == "absent":
        team.call("moe", "select annodesk.set_terms(%s, %s, null, 9e15::bigint)", PROJECT, team.people["ada"])
    elif how == "removed":
        team.call("moe", "select annodesk.remove_member(%s, %s)", PROJECT, team.people["ada"])
    else:
        ((item,),) = admin(team, "select item_id from annodesk.task where id = %s", held[1])
        team.call("moe", "select annodesk.take_down(%s, %s)", PROJECT, item)
        team.call("moe", "select annodesk.blank_item(%s, %s)", PROJECT, item)
    assert claim_now(team, held)[0] == "expired"
    assert admin(team, "select count(*) from annodesk.slot where claim_id = %s", held[0]) == [(0,)]
    words = "" if how == "taken down" else "Which tier?"
    assert admin(team, "select state, words from annodesk.inquiry") == [("closed", words)]
    assert refused(team, "ana", ANSWER, PROJECT, "q", "x", True) == "AN062"


def test_the_feed_tells_of_a_question_those_who_judge_and_its_person(team: Team) -> None:
    held = claimed(team, "ada")
    team.call("work", "select annodesk.number_feed(%s)", PROJECT)
    ((before,),) = admin(team, "select coalesce(max(id), 0) from annodesk.feed")
    ask(team, "ada", held)
    told = admin(team, "select audience, kind from annodesk.feed where id > %s", before)
    assert sorted(told) == sorted([("analysts", "question"), ("managers", "question"), (team.people["ada"], "claim")])


# Pinned rulings


def pin(team: Team, name: str, item: str, id: str = "n", source: str = "ruling", **more: Any) -> None:
    said = {"id": id, "clause": "3.2 Advert", "item_id": item, "source": source, "words": "Host-read", "labels": ["a"]}
    team.call(name, "select annodesk.pin_precedent(%s, %s)", PROJECT, Json(said | more))


def settled(team: Team, n: int, state: str = "settled") -> str:
    item = f"{PROJECT}-{n}"
    admin(team, "update annodesk.item_state set state = %s where item_id = %s", state, item)
    return item


def test_everybody_reads_a_precedent_but_whoever_labels_that_item_or_a_copy_of_it(team: Team) -> None:
    admin(team, "delete from annodesk.reference_item")
    held = claimed(team, "ada")
    ((mine,),) = admin(team, "select item_id from annodesk.task where id = %s", held[1])
    other = settled(team, 3)
    admin(team, "update annodesk.item_state set state = 'escalated' where item_id = %s", mine)
    pin(team, "ana", mine, "of-mine")
    pin(team, "ana", other, "of-another")
    found = "select id from annodesk.precedent order by id"
    assert team.call("ada", found) == [("of-another",)]
    assert team.call("ben", found) == [("of-another",), ("of-mine",)]
    for n, item in enumerate((mine, other)):
        admin(team, f"{ASSET} values (%s, %s, %s, 'audio', '', 0, 0, 'r', 'p', '', 'same')", PROJECT, f"a{n}", item)
    assert team.call("ada", found) == [], "the other is a copy of hers"
    team.submit("ada", held)
    assert team.call("ada", found) == [("of-another",), ("of-mine",)]
    for name in ("ada", "ana", "max", "moe"):
        assert refused(team, name, "select made_by from annodesk.precedent") == "42501"


def test_only_a_ruling_is_pinned_by_who_judges_and_never_of_a_hidden_reference(team: Team) -> None:
    call = "select annodesk.pin_precedent(%s, %s)"
    said = {"id": "n", "clause": "c", "item_id": f"{PROJECT}-1", "source": "ruling", "words": "w", "labels": []}
    assert refused(team, "ada", call, PROJECT, Json(said)) == "42501"
    assert refused(team, "ana", call, PROJECT, Json(said)) == "AN065"
    assert refused(team, "ana", call, PROJECT, Json(said | {"source": "answer"})) == "AN065"
    assert refused(team, "ana", call, PROJECT, Json(said | {"item_id": settled(team, 0)})) == "AN066"
    assert refused(team, "ana", call, PROJECT, Json(said | {"item_id": settled(team, 1), "words": ""})) == "AN043"
    for odd in ("x", [1], [["x"]]):
        assert refused(team, "ana", call, PROJECT, Json(said | {"labels": odd})) == "AN007", "everybody's copy reads it"
    pin(team, "ana", f"{PROJECT}-1")
    assert refused(team, "ada", "select annodesk.unpin_precedent(%s, 'n')", PROJECT) == "42501"
    team.call("moe", "select annodesk.unpin_precedent(%s, 'n')", PROJECT)
    assert team.call("ben", "select id from annodesk.precedent") == []
    assert admin(team, "select count(*) from annodesk.precedent") == [(1,)], "that it was shown is kept"


def test_what_was_pinned_is_never_given_out_to_be_labelled_and_is_no_hidden_reference(team: Team) -> None:
    item = settled(team, 1)
    pin(team, "ana", item)
    team.call("ana", "select annodesk.unpin_precedent(%s, 'n')", PROJECT)
    admin(team, "update annodesk.item_state set state = 'open' where item_id = %s", item)
    taken = []
    while (claim := team.claim("ben")) is not None:
        taken.append(claim[1])
    assert len(taken) == 3
    assert f"t-{item}" not in taken
    settled(team, 1)
    admin(
        team,
        "insert into annodesk.settlement (project_id, id, task_id, set_id, settled_by, stands, made_at_us)"
        " select %s, 'l', %s, id, 'adjudication', true, 1 from annodesk.annotation_set limit 1",
        *(PROJECT, f"t-{item}"),
    )
    call = "select annodesk.confirm_reference(%s, %s, %s)"
    assert refused(team, "moe", call, PROJECT, item, True) == "AN067"
    team.call("moe", call, PROJECT, item, False)


def test_a_takedown_takes_words_and_clip_of_a_precedent(team: Team) -> None:
    item = settled(team, 1)
    admin(team, f"{ASSET} values (%s, 'a', %s, 'audio', '', 0, 5, 'media', 'talk.wav', '', 'p')", PROJECT, item)
    pin(team, "ana", item, quote="what was said", start_us=1, end_us=5)
    ((clip,),) = team.call("ben", "select clip from annodesk.precedent")
    assert (clip["root"], clip["path"], clip["offset_us"]) == ("media", "talk.wav", 5)
    team.call("moe", "select annodesk.take_down(%s, %s)", PROJECT, item)
    team.call("moe", "select annodesk.blank_item(%s, %s)", PROJECT, item)
    assert admin(team, "select words, quote, clip::text, removed_at_us > 0 from annodesk.precedent") == [
        ("", "", "{}", True)
    ]
    assert team.call("ben", "select id from annodesk.precedent") == []


def test_an_answer_is_pinned_in_words_without_the_place_it_was_asked_about(team: Team) -> None:
    held = claimed(team, "ada")
    ((item,),) = admin(team, "select item_id from annodesk.task where id = %s", held[1])
    admin(team, "delete from annodesk.reference_item")
    ask(team, "ada", held, time_us=5)
    answer(team)
    pin(team, "ana", item, source="answer", start_us=1, end_us=5, quote="secret")
    found = "select words, labels::text, quote, clip::text, start_us from annodesk.precedent"
    assert team.call("ben", found) == [("Host-read", "[]", "", "{}", None)]
    assert any(claim[1] == held[1] for claim in (claimed(team, "ben") for _ in range(4))), "it can still be labelled"


ABOUT = "select annodesk.ask_about(%s, %s, %s)"


def test_what_a_manager_asks_about_an_item_is_answered_by_an_analyst_and_told_to_both(team: Team) -> None:
    item = f"{PROJECT}-1"
    question = Json({"id": "about", "words": "Is this a jingle?", "time_us": 3, "place": "music at 0:01"})
    for _ in range(2):
        team.call("max", ABOUT, PROJECT, item, question)
    asked = "select words, place, state from annodesk.inquiry"
    assert team.call("ana", asked) == [("Is this a jingle?", "music at 0:01", "open")]
    assert team.call("ada", asked) == [], "nobody who labels reads it"
    assert team.call("max", "select annodesk.my_inquiries()") == [(["about"],)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        answer(team, "max", "about", "I say so myself.")
    answer(team, "ana", "about", "It is.")
    assert team.call("max", "select answer, state from annodesk.inquiry") == [("It is.", "answered")]
    assert refused(team, "ana", ANSWER, PROJECT, "about", "Again.", True) == "AN064"


def test_whoever_labelled_an_item_asks_nobody_about_it_from_the_desk(team: Team) -> None:
    held = claimed(team, "ann")
    ((item,),) = admin(team, "select item_id from annodesk.task where id = %s", held[1])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        team.call("ann", ABOUT, PROJECT, item, Json({"id": "x", "words": "What is it?"}))


def test_whoever_asked_about_an_item_is_never_given_it_to_label(team: Team) -> None:
    team.call("max", ABOUT, PROJECT, f"{PROJECT}-1", Json({"id": "about", "words": "Is this a jingle?"}))
    taken = []
    while (held := team.claim("max")) is not None:
        taken.append(held[1])
    assert taken
    assert f"t-{PROJECT}-1" not in taken
