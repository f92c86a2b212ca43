"""What a project's settled work says of its other places: examples from other items, and what helps, by numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.model.items import Item
from annodesk.model.schema import Question, Tier
from annodesk.prelabel.combine import NOT_ENOUGH
from annodesk.services.evidence import Evidence, PartEvidence
from annodesk.services.settled_places import SettledPlace
from annodesk.services.team_model import TeamDesk
from annodesk.store import items, projects
from tests.services.made import House, make_house, us

RATE_HZ = 8000
KINDS = ("speech", "music", "advert")
PIECE_S = 3


def sound_of(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Clicks, a tone, or noise, no two alike."""
    at = np.arange(PIECE_S * RATE_HZ) / RATE_HZ
    if kind == "music":
        return 0.2 * np.sin(2 * np.pi * rng.uniform(200, 500) * at)
    noise = rng.normal(0, 0.1, at.size)
    return noise if kind == "advert" else noise * (at * rng.uniform(4, 6) % 1 < 0.2)


def order_of(seed: int) -> list[str]:
    return [KINDS[(seed + n) % 3] for n in range(3)]


def make_pieces(path: Path, seconds: int = 0, seed: int = 0) -> Path:
    rng = np.random.default_rng(100 + seed)
    pieces = [sound_of(kind, rng) for kind in order_of(seed)]
    soundfile.write(path, np.concatenate(pieces).astype(np.float32), RATE_HZ)
    return path


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Nine recordings of three sounds each, of which Ada labels those she is told to."""
    monkeypatch.setattr("annodesk.prelabel.voices._TREES", 12)
    monkeypatch.setattr("tests.services.made.make_recording", make_pieces)
    house = make_house(tmp_path, items=9, people=("Ada",), overlap=1, with_text=True)
    yield house
    house.services.close()


def label(house: House, *numbers: int) -> None:
    for number in numbers:
        pieces = [(PIECE_S * n, PIECE_S * (n + 1), kind) for n, kind in enumerate(order_of(number))]
        house.submit("Ada", pieces, task=number)
    house.round()


def part_of(house: House, name: str) -> Tier | Question:
    with house.services.file.read() as db:
        schema = projects.get_version(db, house.project_id).project.schema
    (found,) = [part for part in schema.parts() if part.name == name]
    assert isinstance(found, Tier | Question)
    return found


def evidence(house: House, name: str = "content", labels: Sequence[str] = KINDS) -> PartEvidence:
    desk = TeamDesk(house.services.file, house.folder)
    return Evidence(desk).of_part(house.project_id, part_of(house, name), labels)


def all_items(house: House) -> list[Item]:
    with house.services.file.read() as db:
        return items.list_items(db, house.project_id)


def random_model(places: Sequence[object], _: object = None) -> list[Mapping[str, float]]:
    rng = np.random.default_rng(3)
    return [dict(zip(KINDS, rng.dirichlet((1, 1, 1)).tolist(), strict=True)) for _ in places]


def test_what_is_settled_tells_new_places_better_than_a_model_that_guesses(heard: House) -> None:
    label(heard, *range(8))
    known = evidence(heard)
    known.learn(random_model)
    new = all_items(heard)[8]
    right = 0
    for n, kind in enumerate(order_of(8)):
        (place,) = known.places([(new, us(PIECE_S * n), us(PIECE_S * (n + 1)))])
        found = known.weigh(place, {"speech": 0.4, "music": 0.3, "advert": 0.3})
        right += max(found, key=found.__getitem__) == kind
    assert right == 3
    report = known.report()
    assert (report.settled, report.independent) == (24, 24)
    assert report.by_model.value is not None
    assert report.combined.value is not None
    assert report.combined.value > 0.9 > report.by_model.value + 0.2
    assert report.combined.interval is not None
    assert report.helps[0].voice != "language model"


def test_examples_come_from_other_items_and_the_most_alike_is_the_last(heard: House) -> None:
    label(heard, *range(4))
    known = evidence(heard)
    for item in all_items(heard)[:2]:
        (place,) = known.places([(item, 0, us(PIECE_S))])
        shown = known.examples(place)
        assert item.id not in {one.item.id for one in shown}
        assert len({one.labels for one in shown}) >= 2
    (place,) = known.places([(all_items(heard)[8], 0, us(PIECE_S))])
    assert known.examples(place)[-1].labels == (order_of(8)[0],)


def test_the_model_is_asked_about_settled_places_with_examples_from_other_items(heard: House) -> None:
    label(heard, *range(8))
    known = evidence(heard)
    asked: list[SettledPlace] = []

    def ask(
        places: Sequence[SettledPlace], shown: Sequence[Sequence[SettledPlace]]
    ) -> Sequence[Mapping[str, float] | None]:
        asked.extend(places)
        for place, some in zip(places, shown, strict=True):
            assert some
            assert place.item.id not in {one.item.id for one in some}
        return [*random_model(places)[:-1], None]  # one of them cannot be read

    known.learn(ask)
    assert len(asked) == 24
    assert known.report().independent == 23


def test_with_hardly_any_answers_the_model_s_word_stands(heard: House) -> None:
    label(heard, 0)
    known = evidence(heard)
    known.learn(random_model)
    report = known.report()
    assert report.sentence.startswith(NOT_ENOUGH)
    assert (report.combined.value, report.helps) == (None, ())
    said = {"speech": 0.2, "music": 0.5, "advert": 0.3}
    (place,) = known.places([(all_items(heard)[8], 0, us(PIECE_S))])
    assert known.weigh(place, said) == said


def test_a_project_without_settled_work_shows_nothing_and_faults_at_nothing(heard: House) -> None:
    known = evidence(heard)
    known.learn(random_model)
    (place,) = known.places([(all_items(heard)[0], 0, us(PIECE_S))])
    assert known.examples(place) == ()
    assert known.report().settled == 0


def test_recordings_that_are_gone_are_told_of_by_their_words_alone(heard: House) -> None:
    label(heard, *range(8))
    for path in (heard.folder / "media").glob("*.wav"):
        path.unlink()
    known = evidence(heard)
    assert len(known.settled) == 24  # each has a text beside it
    (place,) = known.places([(all_items(heard)[8], 0, us(PIECE_S))])
    assert place.sound is None
    assert "take 8" in place.words


def test_answers_to_questions_are_weighed_label_by_label(heard: House) -> None:
    label(heard, *range(3))
    desk = TeamDesk(heard.services.file, heard.folder)
    labels = ("violence", "medical", "none")
    known = Evidence(desk).of_part(heard.project_id, part_of(heard, "policy"), labels, is_each=True)
    assert [one.labels for one in known.settled] == [("none",)] * 3
    (place,) = known.places([(all_items(heard)[8], 0, us(9))])
    assert [one.labels for one in known.examples(place, 6)] == [("none",)] * 3


def test_what_was_read_before_stands_until_one_of_its_items_is_worked_on_again(heard: House) -> None:
    label(heard, 0, 1)
    own = Evidence(TeamDesk(heard.services.file, heard.folder))
    known = own.of_part(heard.project_id, part_of(heard, "content"), KINDS)
    label(heard, 2)
    assert own.stands(known.item_ids)
    item = known.settled[0].item.id
    heard.services.judging.reopen(item, heard.id_of("Cleo"), "The end is wrong.")
    assert not own.stands(known.item_ids)
