"""In a team the model is heard beside answers given without it; its server tells nobody of what they have open."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.services.behind import Behind, Beside
from annodesk.store.cells import MODEL_ON
from tests.services.made import ALIKE, House
from tests.services.team.crew import Crew
from tests.services.team.test_heard_in_team import BEN, let_label, workstation


@pytest.fixture
def local(local: House) -> House:
    """The model has said the same of all three recordings."""
    for task in range(3):
        local.model_says([(*one, 0.9) for one in BEN], task=task)
    return local


def test_the_model_is_held_against_them(crew: Crew, tmp_path: Path) -> None:
    crew.forget_offers()
    mine = crew.label("ada", ALIKE)
    crew.label("ben", ALIKE)
    crew.round()
    item = crew.value("select item_id from annodesk.task where id = %s", mine[1])
    sure = Behind(MODEL_ON, beside=Beside.MODEL, probability=(0.8, 0.95))
    unsure = Behind(MODEL_ON, beside=Beside.MODEL, probability=(0.1, 0.5))
    with workstation(crew, tmp_path, "joe") as services:
        ask = services.quality.clips
        (place,) = ask(crew.project_id, crew.people["joe"], Behind(MODEL_ON, beside=Beside.MODEL), "content").places
        assert (place.item_id, place.stands, place.said) == (item, "music", "advert")
        assert (place.letter, place.set_id) == ("the model", "")
        assert len(ask(crew.project_id, crew.people["joe"], sure, "content", "advert").places) == 1
        assert ask(crew.project_id, crew.people["joe"], unsure, "content", "advert").places == ()


def test_not_of_what_one_has_open_to_label(crew: Crew) -> None:
    let_label(crew, "joe")
    claim = crew.claim("joe")
    assert claim is not None
    ask = "select m.* from annodesk.task k, annodesk.model_beside(%s, array[k.item_id]) m where k.id = %s"
    assert crew.call("joe", ask, crew.project_id, claim[1]) == []
    assert len(crew.call("ana", ask, crew.project_id, claim[1])) == 1
