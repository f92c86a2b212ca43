"""The worker of a team on a real server: what is handed in is folded, scored, settled, escalated and given out."""

from __future__ import annotations

import threading

import psycopg
import pytest
from psycopg.types.json import Json

from annodesk.model.annotations import AnnotationSet
from annodesk.model.edits import add, set_answer
from annodesk.model.outcomes import WHOLE, Outcome, OutcomeKind
from annodesk.services.shared_place import SharedPlace
from annodesk.services.worker import Rounds, Worker
from annodesk.store import remote
from tests.services.made import ALIKE, OTHER, segments
from tests.services.team.crew import Crew

WIDE = "select count(*) from annodesk."


def test_two_who_agree_are_settled_by_consensus(crew: Crew) -> None:
    one, two = crew.label("ada"), crew.label("ben")
    assert one[1] == two[1]
    did = crew.round()
    assert (did.scored, did.escalated, did.settled) == (1, 0, 1)
    assert sorted(crew.states()) == ["open", "open", "settled"]
    assert crew.value("select settled_by from annodesk.settlement where stands") == "consensus"
    assert crew.value(f"{WIDE}set_snapshot") == 3
    assert crew.round().scored == 0


def test_two_who_disagree_go_to_an_analyst_and_what_they_settle_stands(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben", OTHER)
    did = crew.round()
    assert (did.scored, did.escalated, did.settled) == (1, 1, 0)
    assert "escalated" in crew.states()
    claim = crew.judge("ana")
    assert crew.round().settled == 1
    assert "escalated" not in crew.states()
    found = crew.admin("select settled_by, set_id from annodesk.settlement where stands")
    assert found == [("adjudication", claim[2])]
    assert crew.value(f"{WIDE}escalation where closed_at_us is null") == 0


def test_what_was_unfinished_when_a_question_was_answered_is_compared_with_nobody_s(crew: Crew) -> None:
    claim = crew.claim("ada")
    assert claim is not None
    question = Json({"id": "q", "words": "Which?"})
    crew.call("ada", "select annodesk.ask_question(%s, %s, %s)", crew.project_id, claim[0], question)
    crew.call("ana", "select annodesk.answer_question(%s, 'q', 'Speech.', true)", crew.project_id)
    crew.hand_in("ada", claim, add(*segments(ALIKE)), set_answer(AnnotationSet(claim[2]), "policy", ("none",)))
    assert crew.label("ben")[1] == claim[1]
    assert crew.round().escalated == 1
    ((why,),) = crew.admin("select evidence from annodesk.escalation")
    assert why == {"why": "no two answers that were finished without feedback"}
    assert crew.value(f"{WIDE}score where scope = 'pair'") == 0


def test_an_adjudication_that_leaves_something_open_goes_back_to_its_analyst(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben", OTHER)
    crew.round()
    claim = crew.judge("ana", rules=False)
    assert crew.round().settled == 0
    state, note = crew.call("ana", "select state, note from annodesk.claim where id = %s", claim[0])[0]
    assert state == "returned"
    assert note
    assert "escalated" in crew.states()


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_a_place_without_one_answer_settles_in_a_team_too(crew: Crew, kind: OutcomeKind) -> None:
    crew.label("ada")
    crew.label("ben", OTHER)
    crew.round()
    crew.judge("ana", ruling=Outcome(kind, "content", 0, 1, reason="why").to_value())
    assert crew.round().settled == 1
    assert "settled" in crew.states()


def test_an_item_left_out_as_a_whole_settles_in_a_team_too(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben", OTHER)
    crew.round()
    crew.judge("ana", ruling=Outcome(OutcomeKind.EXCLUDED, reason="noise").to_value(), target=WHOLE)
    assert crew.round().settled == 1


def test_an_outcome_that_is_only_a_word_rules_nothing(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben", OTHER)
    crew.round()
    crew.judge("ana", ruling="undecided")
    assert crew.round().settled == 0


def test_the_feed_tells_those_who_may_know_and_nobody_else(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben")
    crew.round()
    item = crew.value("select item_id from annodesk.item_state where state = 'settled'")
    rows = crew.admin("select audience from annodesk.feed where kind = 'item' and item_id = %s", item)
    whom = {str(row[0]) for row in rows}
    assert {"analysts", "managers"} <= whom
    assert crew.people["dan"] not in whom
    assert crew.value(f"{WIDE}feed where position is null") == 0


def test_labellers_learn_of_a_settled_item_only_where_they_may_see_it(crew: Crew) -> None:
    told = []
    for shows in ("never", "settled"):
        crew.admin("update annodesk.project_rules set see_others = %s", shows)
        crew.forget_offers()
        crew.label("ada")
        crew.label("ben")
        crew.round()
        told.append([kind for kind, _ in crew.feed("ada")].count("item"))
    assert told == [0, 1]


def test_two_skips_with_one_reason_send_an_item_to_review(crew: Crew) -> None:
    for name in ("ada", "ben"):
        held = crew.claim(name)
        assert held is not None
        crew.call(name, "select annodesk.skip(%s, %s, 'no sound')", crew.project_id, held[0])
    assert crew.round().escalated == 1
    assert crew.value("select reason from annodesk.escalation") == "skipped"


def test_a_set_that_is_not_what_its_author_says_is_put_aside_and_judged_once_it_is(crew: Crew) -> None:
    claim = crew.claim("ada")
    assert claim is not None
    crew.hand_in("ada", claim, add(*segments(ALIKE)), set_answer(AnnotationSet(claim[2]), "policy", ("none",)))
    crew.label("ben")
    digest = crew.value("select digest from annodesk.submission where set_id = %s", claim[2])
    crew.admin("update annodesk.submission set digest = 'another' where set_id = %s", claim[2])
    did = crew.round()
    assert (did.scored, did.put_aside) == (0, 1)
    assert "handed in" in crew.call("ana", "select reason from annodesk.set_fault")[0][0]
    crew.admin("update annodesk.submission set digest = %s where set_id = %s", digest, claim[2])
    crew.admin("update annodesk.duty set done_at_us = 0")
    assert crew.round().scored == 1
    assert crew.value(f"{WIDE}set_fault") == 0


@pytest.mark.parametrize("body", ['{"changes": 7}', "[]", '{"changes": [{"after": {"kind": "segment"}}]}', "{}"])
def test_what_nobody_can_understand_stops_no_worker(crew: Crew, body: str) -> None:
    claim = crew.claim("ada")
    assert claim is not None
    row = {
        "id": "x", "device": "d", "device_seq": 1, "parents": [], "undoes": None, "format": 1, "project_version": 1,
        "elapsed_us": 0, "made_at_us": 1, "server_offset_us": None,
    }  # fmt: skip
    sent = Json([{**row, "body": "BODY"}]).obj
    text = str(sent).replace("'", '"').replace("None", "null").replace('"BODY"', body)
    crew.call("ada", "select annodesk.submit(%s, %s, 'x', 'd', %s::json)", crew.project_id, claim[0], text)
    crew.label("ben")
    for _ in range(2):
        crew.label("dan")
        crew.label("ben")
    did = crew.round()
    assert did.put_aside == 1
    assert did.settled == 2


def test_work_above_the_overlap_is_kept_and_does_not_count(crew: Crew) -> None:
    late = crew.claim("ada")
    assert late is not None
    crew.admin("update annodesk.claim set lease_until_us = 1")
    crew.round()
    assert crew.value("select state from annodesk.claim where id = %s", late[0]) == "expired"
    assert ("claim", None) in crew.feed("ada")
    crew.forget_offers()
    for name in ("ben", "dan"):
        assert crew.label(name)[1] == late[1]
    done = set_answer(AnnotationSet(late[2]), "policy", ("none",))
    assert crew.hand_in("ada", late, add(*segments(OTHER)), done) == "late"
    assert crew.round().settled == 1
    assert crew.value(f"{WIDE}score where scope = 'pair' and (set_a = %s or set_b = %s)", late[2], late[2]) == 0


def test_offers_are_made_for_annotators_and_taken_in_their_order(crew: Crew) -> None:
    assert crew.round().routed == 9
    ask = "select task_id from annodesk.offer_rank where person_id = %s order by rank"
    offered = [row[0] for row in crew.admin(ask, crew.people["ada"])]
    taken = [found[1] for _ in offered if (found := crew.claim("ada")) is not None]
    assert taken == offered
    assert crew.round().routed == 6


def test_figures_of_the_team_are_rolled_up_for_managers(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben")
    crew.round()
    ask = "select name, part, n, total from annodesk.figure order by name, part"
    found = {(row[0], row[1]): (row[2], row[3]) for row in crew.call("max", ask)}
    assert found["items", "settled"] == (1, 0)
    assert found["items", "open"] == (2, 0)
    assert found["agreement", ""] == (1, 1_000_000)
    assert found["settled by", "consensus"] == (1, 0)


def test_workers_at_once_do_each_thing_once(crew: Crew) -> None:
    for _ in range(3):
        crew.label("ada")
        crew.label("ben", OTHER if crew.value(f"{WIDE}claim") % 4 == 0 else ALIKE)
    done: list[Rounds] = []
    gate = threading.Barrier(3)

    def work() -> None:
        worker = Worker(crew.address("work"))
        gate.wait()
        done.append(worker.once())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = crew.round()
    assert sum(rounds.scored for rounds in done) + last.scored == 3
    require_whole(crew)


def test_a_person_who_takes_back_while_it_is_judged_is_not_judged(crew: Crew) -> None:
    mine = crew.label("ada")
    crew.label("ben")
    url = crew.server.url(f"{crew.prefix}ada", crew.database)
    with psycopg.connect(url, password="correct horse") as db:
        db.execute("select annodesk.recall(%s, %s)", (crew.project_id, mine[0]))
        assert crew.round().scored == 0
    assert crew.round().scored == 0
    crew.call("ada", "select annodesk.resume(%s, %s)", crew.project_id, mine[0])
    crew.call(
        "ada", "select annodesk.submit(%s, %s, (select head from annodesk.annotation_set where id = %s),"
        " (select digest from annodesk.submission where set_id = %s))", crew.project_id, mine[0], mine[2], mine[2],
    )  # fmt: skip
    assert crew.round().scored == 1


def test_an_item_that_another_than_the_coordinator_has_looked_at_is_still_due(crew: Crew) -> None:
    held = crew.label("ada")
    crew.label("ben")
    item_id = crew.value("select item_id from annodesk.task where id = %s", held[1])
    with remote.open_shared(crew.address("work")).connect() as db:
        place = SharedPlace(db, crew.address("work"), crew.project_id)
        assert place.one_item(item_id, lambda db: None, lambda db, found: None) is None
        assert place.seen == 1
    assert crew.value(f"{WIDE}due where item_id = %s", item_id) > 0
    assert crew.round().scored == 1
    assert crew.value(f"{WIDE}due") == 0


def require_whole(crew: Crew) -> None:
    """Every item is decided once, with everything that belongs to it."""
    assert crew.value(f"{WIDE}due") == 0
    for item_id, state in crew.admin("select item_id, state from annodesk.item_state where state <> 'open'"):
        moves = crew.admin(
            "select before, after from annodesk.state_change where subject = 'item' and subject_id = %s"
            " order by position", item_id,
        )  # fmt: skip
        assert moves == [("open", "scored"), ("scored", state)]
        scores = "score where scope = 'item' and is_current and item_id = %s"
        assert crew.value(f"{WIDE}{scores}", item_id) == 1
        stands = "settlement l join annodesk.task t on t.id = l.task_id where l.stands and t.item_id = %s"
        assert crew.value(f"{WIDE}{stands}", item_id) == (state == "settled")
        reviews = crew.value(f"{WIDE}task where stage = 'review' and item_id = %s", item_id)
        assert reviews == (state == "escalated")
        places = "slot s join annodesk.task t on t.id = s.task_id where t.stage = 'review' and t.item_id = %s"
        assert crew.value(f"{WIDE}{places}", item_id) == reviews
        told = "feed where kind = 'item' and audience = 'managers' and item_id = %s"
        assert crew.value(f"{WIDE}{told}", item_id) >= 1
    lone = "annotation_set a where author_kind = 'consensus' and not exists (select from annodesk.settlement l"
    assert crew.value(f"{WIDE}{lone} where l.set_id = a.id)") == 0


@pytest.mark.log_errors("project spoilt is left for 60 seconds")
def test_a_project_in_which_everything_fails_holds_up_no_other(crew: Crew, caplog: pytest.LogCaptureFixture) -> None:
    spoilt = "select annodesk.make_project('spoilt', 'spoilt')"
    crew.call("max", spoilt)
    crew.admin("update annodesk.project set is_published = true where id = 'spoilt'")
    crew.admin(
        "create function annodesk.fail() returns trigger language plpgsql as $$ begin"
        " if new.project_id = 'spoilt' then raise exception 'a disk full of holes'; end if; return new; end $$"
    )
    crew.admin("create trigger fail before insert on annodesk.duty for each row execute function annodesk.fail()")
    crew.label("ada")
    crew.label("ben")
    stop, rounds = threading.Event(), list[Rounds]()

    def done(did: Rounds) -> None:
        rounds.append(did)
        if len(rounds) >= 3:
            stop.set()

    Worker(crew.address("work")).run(stop, pause_s=0.01, done=done)
    assert sum(did.settled for did in rounds) == 1
    assert [one.getMessage() for one in caplog.records].count("project spoilt is left for 60 seconds") == 1
