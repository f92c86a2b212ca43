"""Pre-labels of a project with settled work: what the model said alone is kept beside what all together say."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annodesk.model.annotations import CHECKED_NONE, SETTLED_WORK, Answer, AuthorKind, OriginKind, Segment, answer_id
from annodesk.prelabel.combine import ENOUGH, NOT_ENOUGH
from annodesk.services.prelabel import Prelabels
from annodesk.store import items, journal, tasks
from tests.services.made import House, make_house
from tests.services.test_evidence import PIECE_S, label, make_pieces, order_of

pytestmark = pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="the extra llm is not installed")


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Nine recordings of three sounds each."""
    monkeypatch.setattr("annodesk.prelabel.voices._TREES", 12)
    monkeypatch.setattr("tests.services.made.make_recording", make_pieces)
    house = make_house(tmp_path, items=9, people=("Ada",), overlap=1)
    yield house
    house.services.close()


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Six recordings more than answers are needed."""
    monkeypatch.setattr("annodesk.prelabel.voices._TREES", 12)
    monkeypatch.setattr("annodesk.services.own_work.LEARNT_FOR_S", 0.0)
    monkeypatch.setattr("tests.services.made.make_recording", make_pieces)
    house = make_house(tmp_path, items=ENOUGH + 6, people=("Ada",), overlap=1)
    yield house
    house.services.close()


def answers(house: House, number: int) -> dict[str, Answer]:
    """What the model's newest set answers to questions."""
    with house.services.file.read() as db:
        made = journal.sets_of_task(db, house.tasks()[number], AuthorKind.MODEL)
    newest = max(made, key=lambda one: one.round)
    return {one.question: one for one in newest.answers()}


def by_model(house: House, number: int) -> list[Segment]:
    with house.services.file.read() as db:
        (made,) = journal.sets_of_task(db, house.tasks()[number], AuthorKind.MODEL)
    return made.segments("content")


def test_pre_labels_follow_settled_work_and_keep_what_the_model_said_alone(heard: House) -> None:
    label(heard, *range(8))
    done = heard.services.prelabel.run(heard.project_id, among=[heard.tasks()[8]])
    assert done.labelled == 1
    assert any(note.startswith("content: from 24 independent answers") for note in done.notes)
    found = by_model(heard, 8)
    for n, kind in enumerate(order_of(8)):
        middle = round((n + 0.5) * PIECE_S * 1_000_000)
        (there,) = [one for one in found if one.start_us <= middle < one.end_us]
        assert there.labels == (kind,)
        suggestion = there.origin.suggestion
        assert suggestion is not None
        assert dict(suggestion.probabilities)[kind] == suggestion.probability
        assert suggestion.alone
        assert suggestion.alone != suggestion.probabilities


def test_with_little_settled_it_says_so(heard: House) -> None:
    label(heard, 0, 1)
    done = heard.services.prelabel.run(heard.project_id, among=[heard.tasks()[8]])
    assert any(NOT_ENOUGH in note for note in done.notes)


def test_where_nothing_is_settled_nothing_is_said_of_it(heard: House) -> None:
    done = heard.services.prelabel.run(heard.project_id, among=[heard.tasks()[8]])
    assert done.notes == ()
    assert by_model(heard, 8)


def test_examples_stand_in_the_prompt_of_a_model_that_reads_them(heard: House, monkeypatch: pytest.MonkeyPatch) -> None:
    label(heard, 0, 1)
    monkeypatch.setattr("annodesk.services.prelabel.embedded_examples", lambda: 5)
    prelabels = heard.services.prelabel
    assert isinstance(prelabels, Prelabels)
    _, labeller = prelabels.labeller(heard.project_id)
    with heard.services.file.read() as db:
        item = items.list_items(db, heard.project_id)[8]
    (asked,) = [one for one in labeller.asks(item) if one.part == "content"]
    (target,) = labeller.targets(asked, labeller.contents(item), [(0, PIECE_S * 1_000_000)])
    assert labeller.evidence is not None
    shown = labeller.evidence.examples(asked, target)
    assert 2 <= len(shown) <= 5
    assert shown[-1][1] == order_of(8)[0]


def answer_formats(house: House, *numbers: int) -> None:
    """Ada says that all of them are news."""
    for number in numbers:
        kind = order_of(number)[0]
        said = Answer(answer_id("format"), "format", "news")
        house.submit("Ada", [(0, 3 * PIECE_S, kind)], said, task=number)
    house.round()


def test_a_question_the_model_is_not_asked_is_answered_by_settled_work_once_enough_is_known(many: House) -> None:
    answer_formats(many, *range(ENOUGH - 1))
    many.services.prelabel.run(many.project_id, among=many.tasks()[-1:])
    assert answers(many, -1) == {}, "nineteen answers are too few"
    answer_formats(many, *range(ENOUGH - 1, ENOUGH + 4))
    many.services.prelabel.run(many.project_id, anew=True, among=many.tasks()[-1:])
    found = answers(many, -1)["format"]
    assert found.origin.kind is OriginKind.MODEL
    suggestion = found.origin.suggestion
    assert suggestion is not None
    assert suggestion.prompt_version == SETTLED_WORK
    likely = dict(suggestion.probabilities)
    assert likely[str(found.value)] == suggestion.probability == max(likely.values())
    assert sum(likely.values()) == pytest.approx(1.0)
    assert "quality" not in answers(many, -1), "nobody has answered it"


SPORT, FOOD = "The goal came late in match {n}, and the keeper saw it.", "Bake the cake {n} with sugar, eggs and flour."


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Texts, of which every second is about sport, and some more than answers are needed."""
    monkeypatch.setattr("annodesk.services.own_work.LEARNT_FOR_S", 0.0)
    house = make_house(tmp_path, items=0, people=("Ada",), overlap=1)
    for n in range(ENOUGH + 4):
        text = (SPORT if n % 2 else FOOD).format(n=n)
        (tmp_path / "media" / f"text-{n:02}.txt").write_text(text, encoding="utf-8")
    house.services.items.add(house.project_id, [tmp_path / "media"])
    house.round()
    yield house
    house.services.close()


def answer_texts(house: House, *numbers: int, of: Callable[[int], str]) -> None:
    for number in numbers:
        said = Answer(answer_id("format"), "format", of(number))
        empty = Answer(answer_id("content"), "content", CHECKED_NONE)
        house.submit("Ada", (), said, empty, task=number)
    house.round()


def text_number(house: House, place: int) -> int:
    with house.services.file.read() as db:
        task = tasks.get_task(db, house.tasks()[place])
        return int(items.get_item(db, task.item_id).key.removeprefix("text-"))


def test_a_text_is_answered_by_settled_texts_once_enough_is_known_and_not_before(written: House) -> None:
    def topic(place: int) -> str:
        return "news" if text_number(written, place) % 2 else "talk"

    prelabel, last = written.services.prelabel, written.tasks()[-1:]
    answer_texts(written, *range(ENOUGH - 1), of=topic)
    done = prelabel.run(written.project_id, among=last)
    assert (done.items, done.labelled, done.left) == (0, 0, 0), "nothing to ask, and too little to tell"
    answer_texts(written, *range(ENOUGH - 1, ENOUGH + 3), of=topic)
    done = prelabel.run(written.project_id, among=last)
    assert (done.items, done.labelled) == (1, 1)
    found = answers(written, -1)["format"]
    assert found.value == topic(-1)
    assert found.origin.suggestion is not None
    assert found.origin.suggestion.prompt_version == SETTLED_WORK


def test_what_is_no_better_than_a_guess_is_not_told(written: House) -> None:
    rng = random.Random(3)
    answer_texts(written, *range(ENOUGH + 3), of=lambda _: rng.choice(("news", "talk")))
    written.services.prelabel.run(written.project_id, among=written.tasks()[-1:])
    assert set(answers(written, -1)) == {"policy"}, "of which everybody always says the same"
