"""What suggestions do, gathered by the worker of a team and told to analysts; nobody learns whose work it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.types.json import Json

from annodesk.model.annotations import AnnotationSet
from annodesk.model.edits import add, set_answer
from annodesk.model.shown import How, Played, Shown, ShownNote, to_note
from annodesk.quality.beside import PART, TaskBeside, from_json
from annodesk.store.private_server import PrivateServer
from tests.services.made import ALIKE, House, make_house, segments, taken_from
from tests.services.team.crew import Crew, as_row, bring, made_crew
from tests.team import Row

WRONG = ((0.0, 10.0, "speech", 0.99), (10.0, 25.0, "advert", 0.95), (25.0, 40.0, "speech", 0.92))


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    house = make_house(tmp_path, show="before")
    house.model_says(WRONG)
    yield house
    house.services.close()


@pytest.fixture
def crew(postgres: PrivateServer, local: House) -> Iterator[Crew]:
    with made_crew(postgres) as made:
        bring(made, local)
        made.round()
        yield made


def told(crew: Crew) -> list[TaskBeside]:
    """What an analyst is told."""
    rows = crew.call("ana", "select body from annodesk.tallies_of(%s, %s, 100)", crew.project_id, PART)
    return [task for (body,) in rows for task in from_json(body)]


def label_both(crew: Crew, local: House) -> list[Row]:
    """Two people label the item: who sees the suggestions takes them all, unplayed."""
    claims = []
    for name in ("ada", "ben"):
        claim = crew.claim(name)
        assert claim is not None
        claims.append(claim)
        if not claim[4]:
            empty = AnnotationSet(claim[2])
            crew.hand_in(name, claim, add(*segments(ALIKE)), set_answer(empty, "policy", ("none",)))
            continue
        ((set_id, body),) = crew.call(
            name, "select set_id, body from annodesk.read_suggestions(%s, %s)", crew.project_id, claim[0]
        )
        with local.services.file.read() as db:
            from annodesk.store import journal

            model = journal.get_set(db, set_id)
        assert len(body["elements"]) == len(model) == 3
        take_all(crew, name, claim, model)
    return claims


def take_all(crew: Crew, name: str, claim: Row, model: AnnotationSet) -> None:
    from annodesk.model.annotations import Author, AuthorKind
    from annodesk.services.editing import EditingSession

    assert crew.project is not None
    empty = AnnotationSet(
        claim[2], author=Author(AuthorKind.PERSON, crew.people[name]), project_id=crew.project_id, task_id=claim[1]
    )
    ticks = iter(range(1_000_000, 99_000_000, 1_000_000))
    session = EditingSession(
        crew.project.schema, empty, [], device=name, device_seq=iter(range(1, 99)).__next__, within=None,
        clock=ticks.__next__,
    )  # fmt: skip
    noted = tuple(Shown(s.id, How.TAKEN, 5, Played.NONE) for s in model.segments())
    made = [
        session.stage(
            add(*(taken_from(s) for s in model.segments())), note=to_note(ShownNote(model.id, "before", noted))
        ),
        session.stage(set_answer(empty, "policy", ("none",))),
    ]
    head, digest = session.annotations.head, session.annotations.digest()
    sent = Json([as_row(edit) for edit in made if edit is not None])
    crew.call(name, "select annodesk.submit(%s, %s, %s, %s, %s)", crew.project_id, claim[0], head, digest, sent)


def test_the_worker_keeps_what_suggestions_did_and_nobody_by_name(crew: Crew, local: House) -> None:
    label_both(crew, local)
    crew.round()
    ((one, other),) = [sorted(task.works, key=lambda work: not work.aided) for task in told(crew)]
    assert (one.drawn, one.aided, other.drawn, other.aided) == (True, True, False, False)
    assert (sum(m.alike for m in one.met), sum(m.alike for m in other.met)) == (3, 2)
    assert one.became == {How.TAKEN: 3}
    assert (one.unplayed, one.played_known) == (3, 3)
    assert one.worked_us == 2_000_000
    (body,) = (row[0] for row in crew.admin("select body from annodesk.tally where part = %s", PART))
    words = json.dumps(body)
    assert not [person for person in crew.people.values() if person in words]


def test_a_ruling_tells_the_team_where_the_model_was_right(crew: Crew, local: House) -> None:
    label_both(crew, local)
    crew.round()
    crew.judge("ana")
    crew.round()
    assert crew.states() == ["settled"]
    rulings = {m.is_right for task in told(crew) for work in task.works for m in work.met}
    assert None not in rulings
    assert crew.value("select count(*) from annodesk.tally where part = %s", PART) == 1


def test_an_annotator_is_told_nothing_of_it(crew: Crew, local: House) -> None:
    label_both(crew, local)
    crew.round()
    with pytest.raises(Exception, match=r"denied|may not|role"):
        crew.call("ada", "select body from annodesk.tallies_of(%s, %s, 100)", crew.project_id, PART)


def test_every_item_that_is_scored_has_one_row_of_it(crew: Crew, local: House) -> None:
    label_both(crew, local)
    crew.round()
    assert crew.value("select count(*) from annodesk.tally where part = %s", PART) == 1
