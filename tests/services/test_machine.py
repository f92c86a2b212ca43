"""Answers of the model that stand without a person: when, what is audited, and what takes them back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.model.edits import set_answer
from annodesk.model.work import Ending, SettledBy
from annodesk.quality import price
from annodesk.services import kept_verdicts
from annodesk.store import figures, lots, promises, tasks
from annodesk.workflow.sampling import is_drawn
from tests.services.alone import Make, make_alone, model_answers, need_few, people_answer, states
from tests.services.made import House, make_recording


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Make]:
    """Makes project files; all are closed at the end."""
    made: list[House] = []

    def make(**how: object) -> House:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(make_alone(folder, **how))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for house in made:
        house.services.close()


def standing(house: House) -> list[str]:
    """By what each answer that stands does, by the task's place."""
    with house.services.file.read() as db:
        found = figures.settlements(db, house.project_id)
    return [found[i].settled_by.value if i in found else "" for i in house.tasks()]


def held(house: House) -> list[promises.Promise]:
    with house.services.file.read() as db:
        return promises.of_project(db, house.project_id)


def test_after_enough_answers_without_sight_of_it_a_label_stands_without_a_person(
    alone: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_few(monkeypatch)
    house = alone()
    model_answers(house, *range(10))
    people_answer(house, 0, 1, 2, 3)
    assert states(house)[4:] == ["open"] * 6
    people_answer(house, 4)
    assert standing(house) == [SettledBy.SINGLE] * 5 + [SettledBy.MACHINE] * 5
    status = house.status()
    assert (status["settled"], status["done"]) == (10, 5)
    assert not house.services.dashboard.queue(house.project_id, house.id_of("Ada")), "nobody is offered them"
    (promise,) = held(house)
    assert (promise.part, promise.label, promise.above, promise.answers) == ("format", "news", 0.9, 5)
    assert 0.4 < promise.share < 0.7, "five answers promise little"


def test_answers_from_before_the_model_answered_count_as_well(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch)
    house = alone()
    people_answer(house, *range(5))
    model_answers(house, *range(10))
    house.round()
    assert states(house) == ["settled"] * 10
    assert standing(house)[5:] == [SettledBy.MACHINE] * 5


def test_another_model_is_judged_by_the_same_answers_and_stands_by_its_own(
    alone: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_few(monkeypatch)
    house = alone(items_there=12)
    model_answers(house, *range(6))
    people_answer(house, *range(6))
    model_answers(house, *range(4), label="talk", time=2, model="cd" * 32)
    model_answers(house, 4, 5, time=2, model="cd" * 32)
    model_answers(house, *range(6, 9), model="cd" * 32)
    model_answers(house, 9)
    house.round()
    assert states(house)[6:] == ["open"] * 6, "what was known of the first says nothing of the second, or is gone"
    found = house.services.pricing.report(house.project_id, house.id_of("Cleo"), (0.9,)).prices[0].labels
    assert {(one.name, one.answers, one.key.source[:4]) for one in found} == {("talk", 4, "cdcd"), ("news", 2, "cdcd")}


def test_some_at_a_time_come_to_the_same(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch)
    house = alone(items_there=16)
    people_answer(house, *range(5))
    model_answers(house, *range(16))
    rounds = 1
    while house.services.coordinator.round(house.project_id, most=3).is_more:
        rounds += 1
        assert rounds < 20
    assert rounds > 3
    assert standing(house) == [SettledBy.SINGLE] * 5 + [SettledBy.MACHINE] * 11


def test_it_takes_two_hundred_answers(alone: Make) -> None:
    house = alone()
    model_answers(house, *range(10))
    people_answer(house, *range(8))
    assert states(house)[8:] == ["open"] * 2
    assert price.NEEDED == 200


def test_nothing_stands_where_a_project_does_not_say_so(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch)
    house = alone(accept="")
    model_answers(house, *range(10))
    people_answer(house, *range(6))
    assert states(house)[6:] == ["open"] * 4


def test_answers_with_the_suggestion_in_view_do_not_count(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch)
    house = alone(show="before")
    model_answers(house, *range(10))
    people_answer(house, *range(8))
    assert states(house)[8:] == ["open"] * 2


def test_what_the_model_is_not_sure_of_or_says_otherwise_is_for_people(
    alone: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_few(monkeypatch)
    house = alone()
    model_answers(house, *range(6))
    model_answers(house, 6, p=0.89)
    model_answers(house, 7, label="talk")
    people_answer(house, *range(5))
    assert states(house)[5:] == ["settled", "open", "open", "open", "open"]
    model_answers(house, 6, p=0.97, time=2)
    house.round()
    assert states(house)[6] == "settled", "a newer answer is looked at"


def test_what_somebody_has_begun_stays_theirs(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch)
    house = alone()
    model_answers(house, *range(10))
    house.open("Ben", 9)
    people_answer(house, *range(5))
    assert states(house)[5:] == ["settled"] * 4 + ["open"]


def test_what_the_model_cannot_answer_keeps_an_item_with_people(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch)
    house = alone(more='\n[[question]]\nname = "why"\nkind = "text"\n')
    model_answers(house, *range(10))
    for place in range(6):
        work = house.open("Ada", place)
        house.do(work, set_answer(work.session.annotations, "format", "news"))
        house.do(work, set_answer(work.session.annotations, "why", "because"))
        house.services.tasks.submit(work.session.annotations)
    house.round()
    assert states(house)[6:] == ["open"] * 4


def test_an_audit_goes_to_a_person_who_sees_no_suggestion(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch, audited=1.0)
    house = alone(show="after-commit")
    model_answers(house, *range(9))
    people_answer(house, *range(5))
    assert states(house)[5:] == ["open"] * 5
    with house.services.file.read() as db:
        shows = [tasks.slots_of(db, task)[0].shows_suggestions for task in house.tasks()[5:]]
    assert shows == [False] * 4 + [True], "the last has no answer of the model"
    people_answer(house, 5)
    assert standing(house)[5] == SettledBy.SINGLE
    (promise,) = held(house)
    assert promise.ended_at_us is None


def let_stand(alone: Make, monkeypatch: pytest.MonkeyPatch) -> House:
    """A file in which the model was right five times, and 25 of its answers stand."""
    need_few(monkeypatch)
    house = alone(items_there=30)
    model_answers(house, *range(30))
    people_answer(house, *range(5))
    assert standing(house)[5:] == [SettledBy.MACHINE] * 25
    return house


def test_what_is_audited_is_drawn_by_a_secret_of_the_file(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch, audited=0.5)
    house = alone(items_there=25)
    with house.services.file.write() as db:
        secret = lots.make_local_secret(db, house.project_id)
        assert lots.make_local_secret(db, house.project_id) == secret, "it is made once"
    model_answers(house, *range(25))
    people_answer(house, *range(5))
    with house.services.file.read() as db:
        ids = [tasks.get_task(db, task_id).item_id for task_id in house.tasks()[5:]]
    drawn = ["open" if is_drawn(0.5, secret, "machine audit", item_id) else "settled" for item_id in ids]
    assert states(house)[5:] == drawn
    other = alone(items_there=1)
    with other.services.file.read() as db:
        assert lots.local_secret(db, other.project_id) not in (None, secret)


def test_where_audits_fall_under_the_promise_what_stood_since_is_queued_again(
    alone: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_few(monkeypatch)
    house = alone(items_there=30)
    model_answers(house, *range(15))
    people_answer(house, *range(5))
    assert standing(house)[5:15] == [SettledBy.MACHINE] * 10
    need_few(monkeypatch, audited=1.0)
    model_answers(house, *range(15, 25))
    house.round()
    assert states(house)[15:25] == ["open"] * 10
    need_few(monkeypatch)
    model_answers(house, *range(25, 28))
    house.round()
    assert states(house)[25:28] == ["settled"] * 3
    people_answer(house, 15, 16, 17)
    assert states(house)[25:28] == ["settled"] * 3, "audits that are right raise no alarm"
    result = None
    for place in range(18, 25):
        work = house.open("Ada", place)
        house.do(work, set_answer(work.session.annotations, "format", "talk"))
        house.services.tasks.submit(work.session.annotations)
        result = house.services.coordinator.round(house.project_id)
        if result.alarms:
            break
    assert result is not None
    (sentence,) = result.alarms
    assert "format, news: of " in sentence
    assert states(house)[25:28] == ["reopened"] * 3
    assert states(house)[5:15] == ["settled"] * 10, "what stood before is not in doubt"
    (promise,) = held(house)
    assert promise.ending is Ending.ALARM
    assert promise.audits_right < promise.audits
    cards = {card.task_id for card in house.services.tasks.cards(house.project_id, house.id_of("Ben"))}
    assert set(house.tasks()[25:28]) <= cards
    people_answer(house, 25, label="talk", name="Ben")
    assert states(house)[25] == "settled"
    assert house.services.pricing.alarms(house.project_id, house.id_of("Cleo")) == (promise,)
    model_answers(house, 28)
    house.round()
    assert states(house)[28] == "open", "the label does not stand any more"


def test_an_answer_that_stood_can_be_opened_again_and_waits_for_one_person(
    alone: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = let_stand(alone, monkeypatch)
    with house.services.file.read() as db:
        task = tasks.get_task(db, house.tasks()[9])
    house.services.judging.reopen(task.item_id, house.id_of("Cleo"), "It is wrong.")
    house.round()
    assert states(house)[9] == "reopened"
    with house.services.file.read() as db:
        (slot,) = tasks.slots_of(db, task.id)
    assert not slot.shows_suggestions
    people_answer(house, 9, label="talk", name="Ben")
    assert standing(house)[9] == SettledBy.SINGLE


def test_another_threshold_makes_another_promise(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    house = let_stand(alone, monkeypatch)
    path = house.folder / "project.toml"
    path.write_text(path.read_text().replace("accept_above = 0.9", "accept_above = 0.8"))
    house.services.projects.init(path)
    house.round()
    assert len(held(house)) == 1, "nothing new stands yet"
    make_recording(house.folder / "media" / "more.wav", 1, 99)
    house.services.items.add(house.project_id, [house.folder / "media"])
    model_answers(house, len(house.tasks()) - 1, p=0.85)
    house.round()
    first, second = held(house)
    assert (first.ending, second.ending) == (Ending.CHANGED, None)
    assert (first.above, second.above) == (0.9, 0.8)


def test_an_item_whose_tasks_are_read_apart_is_judged_once(alone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch)
    monkeypatch.setattr("annodesk.services.places._LOOKED_AT_ONCE", 1)
    house = alone(items_there=5)
    model_answers(house, *range(5))
    people_answer(house, *range(5))
    path = house.folder / "project.toml"
    path.write_text(path.read_text().replace("overlap = 1\n", "overlap = 1\ntask_seconds = 1\n"))
    house.services.projects.init(path)
    make_recording(house.folder / "media" / "long.wav", 3, 99)
    house.services.items.add(house.project_id, [house.folder / "media"])
    assert len(house.tasks()) > 6
    model_answers(house, *range(5, len(house.tasks())), p=0.5)
    rounds = 1
    while house.services.coordinator.round(house.project_id, most=1).is_more:
        rounds += 1
        assert rounds < 20
    assert states(house)[5:] == ["open"]


def test_however_much_stands_what_people_judged_is_still_looked_at(
    alone: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_verdicts, "MOST_ITEMS", 6)
    house = let_stand(alone, monkeypatch)
    make_recording(house.folder / "media" / "more.wav", 1, 99)
    house.services.items.add(house.project_id, [house.folder / "media"])
    model_answers(house, 30)
    house.round()
    assert standing(house)[30] == SettledBy.MACHINE
    (found,) = house.services.pricing.report(house.project_id, house.id_of("Cleo"), (0.9,)).prices
    assert [one.answers for one in found.labels] == [5]
    assert found.later.share is not None
    assert (found.later.stand, found.later.share.value) == (found.later.items, 1.0)
