"""Scores as they are kept: by scope, with heads and code version, and of the item alone that was handed in."""

from __future__ import annotations

from sqlalchemy import select, text

from annodesk.model.work import Reason
from annodesk.quality.agreement import CODE_VERSION
from annodesk.store import figures
from annodesk.store import tables as t
from tests.services.made import ALIKE, OTHER, House


def of_scope(house: House, scope: str) -> list[figures.Score]:
    with house.services.file.read() as db:
        return figures.current_scores(db, house.project_id, scope=scope)


def test_handing_in_scores_that_item_alone(houses) -> None:
    house = houses(items=2)
    for name in ("Ada", "Ben"):
        house.submit(name, task=0)
    house.round()

    def kept() -> dict[str, set[str]]:
        with house.services.file.read() as db:
            found: dict[str, set[str]] = {}
            for row in db.execute(select(t.score.c.item_id, t.score.c.id)):
                found.setdefault(row.item_id, set()).add(row.id)
            return found

    before = kept()
    assert len(before) == 1
    for name in ("Ada", "Ben"):
        house.submit(name, task=1)
        house.round()
    after = kept()
    assert len(after) == 2
    assert all(after[item] == rows for item, rows in before.items())


def test_every_score_names_its_code_version_and_every_pair_its_heads(house: House) -> None:
    heads = {house.submit(name).session.annotations.head for name in ("Ada", "Ben")}
    house.round()
    with house.services.file.read() as db:
        rows = list(figures.current_scores(db, house.project_id))
    assert {row.code_version for row in rows} == {CODE_VERSION}
    pairs = [row for row in rows if row.scope == "pair"]
    assert pairs
    assert all({row.head_a, row.head_b} == heads for row in pairs)


def test_aided_pairs_are_kept_apart_and_make_no_score(houses) -> None:
    house = houses(show="before", people=("Ada", "Ben", "Eve"), overlap=3)
    house.model_says([(0, 10, "speech", 0.99)])
    works = {name: house.open(name) for name in ("Ada", "Ben", "Eve")}
    aided = [name for name, work in works.items() if work.show != "never"]
    (free,) = set(works) - set(aided)
    for name, said in ((aided[0], ALIKE), (aided[1], OTHER), (free, ALIKE)):
        house.submit(name, said)
    house.round()
    sets = {name: work.set_id for name, work in works.items()}
    apart = {frozenset({row.set_a, row.set_b}) for row in of_scope(house, "aided pair")}
    assert apart == {frozenset({sets[aided[0]], sets[aided[1]]})}
    counted = {frozenset({row.set_a, row.set_b}) for row in of_scope(house, "pair")}
    assert counted == {frozenset({sets[name], sets[free]}) for name in aided}
    content = {
        row.scope: row.value for row in [*of_scope(house, "aided"), *of_scope(house, "part")] if row.part == "content"
    }
    assert content["aided"] == 1 / 3
    assert content["part"] == (1 + 1 / 3) / 2


def test_the_model_is_scored_beside_unaided_people_and_is_in_no_score(houses) -> None:
    house = houses(show="before")
    model = house.model_says([(0, 10, "speech", 0.99), (10, 25, "music", 0.5)])
    works = {name: house.submit(name) for name in ("Ada", "Ben")}
    house.round()
    free = [work.set_id for work in works.values() if work.show == "never"]
    rows = [row for row in of_scope(house, "model") if row.label is None]
    assert [(row.set_a, row.set_b, row.part, row.value) for row in rows] == [(free[0], model.id, "content", 0.8)]
    assert [row.value for row in of_scope(house, "item")] == [1.0]
    assert model.id not in {s for row in of_scope(house, "pair") for s in (row.set_a, row.set_b)}


def test_answers_under_two_versions_are_compared_on_what_both_have(houses) -> None:
    house = houses()
    house.submit("Ada", ALIKE)
    file = house.folder / "project.toml"
    more = file.read_text().replace('labels = ["speech", "music", "advert"]', 'labels = ["speech", "music", "jingle"]')
    file.write_text(more + '\n[[question]]\nname = "mood"\nrequired = false\nlabels = ["calm", "loud"]\n')
    house.services.projects.init(file)
    house.submit("Ben", ((0, 10, "speech"), (10, 25, "music"), (25, 30, "jingle"), (30, 40, "speech")))
    house.round()
    assert [(row.part, row.label) for row in of_scope(house, "left out")] == [("content", "jingle"), ("mood", None)]
    with house.services.file.read() as db:
        raised = [e for some in figures.open_escalations(db, house.project_id).values() for e, _ in some]
    assert {(e.reason, e.culprit) for e in raised} <= {(Reason.LOW_AGREEMENT, "content")}


def test_a_recount_of_an_item_leaves_what_was_as_history(house: House) -> None:
    for name in ("Ada", "Ben"):
        house.submit(name, OTHER if name == "Ben" else ALIKE)
    house.round()
    with house.services.file.write() as db:
        before = db.execute(text("SELECT count(*) FROM score")).scalar_one()
        item = db.execute(text("SELECT DISTINCT item_id FROM score")).scalar_one()
        figures.replace_scores(db, item, [], 1, house.clock())
        assert db.execute(text("SELECT count(*) FROM score WHERE is_current")).scalar_one() == 0
        assert db.execute(text("SELECT count(*) FROM score")).scalar_one() == before
