"""What may teach a team's model, as the worker's login reads it."""

from __future__ import annotations

from annodesk.model.schema import Tier
from annodesk.services.settled_places import SettledPlace, settled_places
from annodesk.store import snapshots
from tests.services.team.crew import Crew

LABELS = ("speech", "music", "advert")


def places(crew: Crew) -> list[SettledPlace]:
    assert crew.project is not None
    tier = next(part for part in crew.project.schema.parts() if isinstance(part, Tier) and part.name == "content")
    with crew.as_worker() as db:
        return settled_places(db, crew.project_id, tier, LABELS, snapshots)


def test_what_stands_for_a_team_teaches_its_model(crew: Crew) -> None:
    for name in ("ada", "ben"):
        for _ in range(3):
            crew.label(name)
    assert places(crew) == []
    crew.round()
    found = places(crew)
    assert len({one.item.id for one in found}) == 3
    assert [one.labels for one in found][:3] == [("speech",), ("music",), ("speech",)]
    assert all(one.independent == one.labels for one in found)


def test_hidden_references_of_a_team_do_not(crew: Crew) -> None:
    for name in ("ada", "ben"):
        for _ in range(3):
            crew.label(name)
    crew.round()
    hidden = places(crew)[0].item.id
    crew.admin(
        "insert into annodesk.reference_item (project_id, item_id, is_hidden, made_at_us) values (%s, %s, true, 1)",
        crew.project_id, hidden,
    )  # fmt: skip
    assert hidden not in {one.item.id for one in places(crew)}
    assert len({one.item.id for one in places(crew)}) == 2
