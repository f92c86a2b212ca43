"""The worker of a team on a real server: what is handed in is folded, scored, settled, escalated and given out."""

from __future__ import annotations

from tests.services.made import OTHER
from tests.services.team.crew import Crew


def test_two_who_agree_are_settled_by_consensus(crew: Crew) -> None:
    one, two = crew.label("ada"), crew.label("ben")
    assert one[1] == two[1]
    did = crew.round()
    assert (did.scored, did.escalated, did.settled) == (1, 0, 1)
    assert sorted(crew.states()) == ["open", "open", "settled"]
    assert crew.value("select settled_by from annodesk.settlement where stands") == "consensus"
    assert crew.value("select count(*) from annodesk.set_snapshot") == 3
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
    assert crew.value("select count(*) from annodesk.escalation where closed_at_us is null") == 0
