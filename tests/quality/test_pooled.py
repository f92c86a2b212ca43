"""Agreement over the items of a project, from what was tallied of them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from annodesk.errors import Cancelled
from annodesk.model.schema import Label, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.progress import CancelToken
from annodesk.quality.coefficients import agreement_of
from annodesk.quality.pooled import ALIKE, FEW, MOMENTS, NOBODY, Side, measure
from annodesk.quality.ratings import Ratings
from annodesk.quality.tally import Tally, TaskTally, Unit

LABELS = (Label("speech"), Label("music"), Label("advert"))
CHOICE = Question("format", labels=LABELS)
SEVERAL = Question("policy", QuestionKind.MULTI_LABEL, labels=LABELS)
RATING = Question("quality", QuestionKind.RATING)
TIER = Tier("content", labels=LABELS)


def item(*said: str | None, aided: Sequence[bool] = (), weight: int = 1, model: str | None = None) -> Tally:
    """An item in which each side says this; labels joined by a bar, None where it says nothing at all."""
    given = [None if one is None else frozenset(filter(None, one.split("|"))) for one in said]
    flags = tuple(aided) or (False,) * len(said)
    if model is not None:
        given.append(frozenset({model}))
    task = TaskTally(flags, (Unit(tuple(given), weight),), model is not None)
    return Tally("part", None, {}, (task,))


def drawn(part: Question, answers: Sequence[str], n: int, seed: int = 3) -> list[list[str | None]]:
    """Ratings by three people, a fifth of them missing."""
    rng = random.Random(seed)
    found: list[list[str | None]] = []
    for _ in range(n):
        true = rng.choice(answers)
        row = [true if rng.random() < 0.7 else rng.choice(answers) for _ in range(3)]
        found.append([None if rng.random() < 0.2 else one for one in row])
    return found


@pytest.mark.parametrize(
    ("part", "metric", "answers"),
    [
        (CHOICE, "alpha-nominal", ("speech", "music", "advert")),
        (SEVERAL, "alpha-masi", ("speech", "speech|music", "music|advert", "advert")),
        (RATING, "alpha-interval", ("1", "2", "3", "4", "5")),
    ],
)
def test_of_questions_it_is_krippendorffs_alpha(part: Question, metric: str, answers: Sequence[str]) -> None:
    rows = drawn(part, answers, 60)
    by_item = {
        f"i{n}": {f"p{k}": frozenset(one.split("|")) for k, one in enumerate(row) if one is not None}
        for n, row in enumerate(rows)
    }
    expected = agreement_of(Ratings(by_item, ("p0", "p1", "p2")), metric)
    found = measure(part, [item(*row) for row in rows]).whole
    assert found.value == pytest.approx(expected.value, abs=1e-12)
    assert found.items == expected.n
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_a_stretch_counts_as_much_as_it_is_long() -> None:
    alike = measure(TIER, [item("speech", "speech", weight=90), item("music", "speech", weight=10)])
    assert alike.whole.percent == pytest.approx(0.9)
    assert alike.whole.prevalence == {"speech": pytest.approx(0.95), "music": pytest.approx(0.05)}
    # 1 - (0.1) / (2 * 0.95 * 0.05)
    assert alike.whole.value == pytest.approx(1 - 0.1 / 0.095)


def test_each_label_is_held_against_all_others() -> None:
    rows = [("speech", "speech")] * 6 + [("music", "advert")] * 2 + [("music", "music")] * 4
    found = measure(CHOICE, [item(*row) for row in rows])
    assert found.labels["speech"].value == pytest.approx(1.0)
    assert found.labels["advert"].value is not None
    assert found.labels["advert"].value < 0.1
    assert found.labels["speech"].prevalence == {"speech": pytest.approx(0.5)}
    assert found.labels["music"].percent == pytest.approx(10 / 12)


def test_two_people_who_saw_the_same_suggestion_count_apart() -> None:
    both = [item("speech", "speech", aided=(True, True))] * 3 + [item("speech", "music", aided=(False, True))] * 3
    people, aided = (measure(CHOICE, both, side).whole for side in (Side.PEOPLE, Side.AIDED))
    assert (people.items, people.percent) == (3, 0.0)
    assert (aided.items, aided.percent) == (3, 1.0)


def test_of_several_people_with_suggestions_one_counts_beside_who_had_none() -> None:
    one = item("speech", "music", "music", aided=(False, True, True))
    found = measure(CHOICE, [one]).whole
    assert found.items == 1
    assert sum(found.prevalence.values()) == pytest.approx(1)
    assert found.prevalence == {"speech": 0.5, "music": 0.5}


def test_the_model_is_held_against_each_person_who_worked_without_it() -> None:
    rows = [item("speech", "music", "music", aided=(False, False, True), model="speech")]
    found = measure(CHOICE, rows, Side.MODEL).whole
    assert found.items == 1
    assert found.percent == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("part", "rows", "reason"),
    [
        (CHOICE, [], NOBODY[Side.PEOPLE]),
        (CHOICE, [("speech",)], NOBODY[Side.PEOPLE]),
        (CHOICE, [("speech", None)], NOBODY[Side.PEOPLE]),
        (CHOICE, [("speech", "speech")] * 20, ALIKE),
        (TIER, [("speech", "speech")] * 20, ALIKE),
        (SpanType("entity"), [("", "")], ALIKE),
        (Tier("events", kind=TierKind.POINT, labels=LABELS), [("speech", "music")], MOMENTS),
    ],
)
def test_what_is_not_defined_says_why(part: Question, rows: Sequence[tuple[str | None, ...]], reason: str) -> None:
    found = measure(part, [item(*row) for row in rows]).whole
    assert (found.value, found.reason, found.low, found.high) == (None, reason, None, None)


def test_a_label_nobody_says_says_so() -> None:
    found = measure(CHOICE, [item("speech", "music")] * 4).labels["advert"]
    assert (found.value, found.reason) == (None, "nobody says advert")


def test_of_few_items_there_is_no_interval() -> None:
    rows = [item("speech", "speech"), item("music", "speech"), item("music", "music")]
    few = measure(CHOICE, (rows * FEW)[: FEW - 1]).whole
    enough = measure(CHOICE, (rows * FEW)[:FEW]).whole
    assert few.value is not None
    assert few.low is None
    assert enough.low is not None


def test_the_same_tallies_give_the_same_interval() -> None:
    rows = [item(*row) for row in drawn(CHOICE, ("speech", "music"), 40)]
    assert measure(CHOICE, rows) == measure(CHOICE, rows)


def test_no_figure_is_ever_not_a_number() -> None:
    odd = [item("", ""), item("speech|music", ""), item("advert", "advert", weight=10**12), item("x", "y")]
    for part in (TIER, SpanType("entity", labels=LABELS), CHOICE, SEVERAL, RATING):
        found = measure(part, odd * 5)
        for one in (found.whole, *found.labels.values()):
            for value in (one.value, one.low, one.high, one.percent, *one.prevalence.values()):
                assert value is None or value == value


def test_measuring_stops_when_it_is_told_to() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        measure(CHOICE, [item("speech", "music")] * 20, cancel=token)
