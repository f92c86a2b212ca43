"""A settled item that somebody doubts: labelled once more by fresh eyes, or looked at by an analyst."""

from __future__ import annotations

from tests.services.made import OTHER
from tests.services.team.crew import Crew
from tests.services.team.test_judging import refused


def settled(crew: Crew) -> str:
    """The first item, settled by Ada and Ben who agree."""
    crew.forget_offers()
    crew.label("ada")
    crew.label("ben")
    crew.round()
    return str(crew.value("select item_id from annodesk.item_state where state = 'settled'"))


def reopen(crew: Crew, name: str, item: str) -> str:
    return str(crew.call(name, "select annodesk.reopen(%s, %s, 'the end is wrong')", crew.project_id, item)[0][0])


def test_it_goes_to_somebody_who_has_seen_nobodys_work_and_is_decided_anew(crew: Crew) -> None:
    item = settled(crew)
    assert reopen(crew, "ana", item) == "reopened"
    assert crew.value("select count(*) from annodesk.settlement where stands") == 0
    assert crew.value("select count(*) from annodesk.settlement") == 1, "what stood is history"
    crew.round()
    crew.forget_offers()
    assert "reopened" in crew.states(), "nothing is decided before it is labelled again"
    for name in ("ada", "ben"):
        claim = crew.claim(name)
        assert claim is None or crew.value("select item_id from annodesk.task where id = %s", claim[1]) != item
    claim = crew.label("dan", OTHER)
    assert crew.value("select item_id from annodesk.task where id = %s", claim[1]) == item
    assert claim[4] is False, "without suggestions"
    crew.round()
    state = crew.value("select state from annodesk.item_state where item_id = %s", item)
    assert state == "escalated"
    told = crew.admin("select after from annodesk.state_change where subject_id = %s order by position", item)
    assert [row[0] for row in told] == ["scored", "settled", "reopened", "scored", "escalated"]


def test_where_everybody_has_labelled_it_an_analyst_looks_and_settles(crew: Crew) -> None:
    item = settled(crew)
    crew.call("max", "select annodesk.remove_role(%s, %s, 'annotator')", crew.project_id, crew.people["dan"])
    assert reopen(crew, "max", item) == "escalated"
    claim = crew.claim("joe", "review")
    assert claim is not None
    assert crew.call("joe", "select reason, evidence->>'note' from annodesk.escalation where closed_at_us is null") == [
        ("flagged", "the end is wrong")]  # fmt: skip


def test_what_an_analyst_settled_can_be_judged_again_by_another(crew: Crew) -> None:
    crew.forget_offers()
    crew.label("ada", OTHER)
    crew.label("ben")
    crew.round()
    crew.judge("ana")
    crew.round()
    item = str(crew.value("select item_id from annodesk.item_state where state = 'settled'"))
    crew.call("max", "select annodesk.remove_role(%s, %s, 'annotator')", crew.project_id, crew.people["dan"])
    assert reopen(crew, "joe", item) == "escalated"
    crew.judge("joe")
    assert crew.round().settled == 1
    author = (
        "select s.author_id from annodesk.settlement l join annodesk.annotation_set s on s.id = l.set_id where l.stands"
    )
    assert crew.value(author) == crew.people["joe"]
    assert crew.value("select count(*) from annodesk.escalation where closed_at_us is null") == 0


def test_who_labelled_it_or_does_not_say_why_opens_nothing(crew: Crew) -> None:
    item = settled(crew)
    ask = "select annodesk.reopen(%s, %s, %s)"
    assert refused(crew, "ana", ask, crew.project_id, item, "") == "AN043"
    assert refused(crew, "ada", ask, crew.project_id, item, "x") == "42501"
    crew.call("ana", ask, crew.project_id, item, "x")
    assert refused(crew, "ana", ask, crew.project_id, item, "x") == "AN042"
