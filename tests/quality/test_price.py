"""What a threshold costs: shares, errors and hours, and which labels may stand alone."""

from __future__ import annotations

import numpy as np
import pytest

from annodesk.quality.price import (
    NOTHING_MORE,
    Estimate,
    Judged,
    Key,
    Left,
    answers_by_key,
    judged_item,
    mean_of,
    price,
    promised,
    rate_of,
    standing_of,
)
from annodesk.quality.verdicts import ItemSaid, PartSaid, Saying, TaskSaid

SOURCE = "model 1"
NEWS = Key("format", "news", True, SOURCE)


def item(
    *sayings: tuple[str, float, bool | None],
    source: str = SOURCE,
    missed: int | None = None,
    drawn_us: int | None = None,
) -> ItemSaid:
    """An item with one question answered; with ``missed`` a tier of that name, which can be incomplete."""
    said = tuple(Saying(*one) for one in sayings)
    part = PartSaid(said, source, missed, is_closed=missed is None)
    return ItemSaid((TaskSaid({"format": part}),))


def judged(*items: ItemSaid, first_us: int = 1_000) -> Judged:
    """Items that were scored one after the other, newest first."""
    return Judged(tuple(judged_item(first_us + len(items) - n, one) for n, one in enumerate(items)))


def news(n: int, p: float = 0.95, *, wrong: int = 0) -> list[ItemSaid]:
    """Items with one label, some of them wrong."""
    return [item(("news", p, number >= wrong)) for number in range(n)]


def standing(items: list[ItemSaid], above: float = 0.9, key: Key = NEWS) -> str:
    """Why a label may not stand alone, empty where it may."""
    found = standing_of(key, answers_by_key(judged(*items)).get(key), above)
    assert found.may == (not found.why)
    return found.why


def test_a_label_stands_alone_after_two_hundred_answers_and_not_before() -> None:
    assert standing(news(199)) == "199 of the 200 answers given without sight of the suggestion that it takes"
    assert standing(news(200)) == ""
    assert standing([]).startswith("0 of the 200")


def test_answers_of_another_label_model_or_without_verdict_do_not_count() -> None:
    others = [item(("talk", 0.95, True)) for _ in range(50)]
    strange = [item(("news", 0.95, True), source="model 2") for _ in range(50)]
    unjudged = [item(("news", 0.95, None)) for _ in range(50)]
    assert standing(news(199) + others + strange + unjudged).startswith("199 of the 200")


def test_it_takes_answers_on_what_would_stand() -> None:
    assert standing(news(190, 0.5) + news(29)).startswith("29 of the 30 answers to what is above 0.9")
    assert standing(news(190, 0.5) + news(30)) == ""


def test_a_label_that_answers_deny_does_not_stand() -> None:
    assert standing(news(300, wrong=20), 0.95) == "", "6.7 % wrong may still be 5 %"
    assert standing(news(300, wrong=60), 0.95) == "right in 80.0% of 300 answers, which is less than 0.95"


def test_after_an_alarm_the_count_begins_anew() -> None:
    known = judged(*news(300))
    answers = answers_by_key(known, since_us={NEWS: 1_100})
    assert len(answers[NEWS].of) == 200
    assert answers_by_key(known, since_us={NEWS._replace(source="other"): 1_100})[NEWS].of.sum() == 300


def test_the_price_tells_items_errors_and_hours_of_what_is_left() -> None:
    items = news(150, 0.95, wrong=6) + news(150, 0.6, wrong=60)
    (found,) = price(judged(*items), (0.9,), Left(1_000, Estimate(0.5, 0.4, 0.6)))
    now = found.now
    assert (now.items, now.stand) == (300, 150)
    assert now.share is not None
    assert now.errors is not None
    assert now.hours is not None
    assert now.error_rate is not None
    assert now.share.value == 0.5
    assert now.labels == pytest.approx(500)
    assert now.errors.value == pytest.approx(500 * 6 / 150)
    assert now.error_rate.value == pytest.approx(0.04)
    assert now.hours.value == pytest.approx(250)
    for one in (now.share, now.errors, now.error_rate, now.hours):
        assert one.low < one.value < one.high
    assert found.later == now


def test_what_is_audited_saves_nothing_and_harms_nothing() -> None:
    known, hours = judged(*news(200, wrong=4)), Estimate(1.0, 1.0, 1.0)
    (whole,) = price(known, (0.9,), Left(100, hours))
    (audited,) = price(known, (0.9,), Left(100, hours, audited=0.1))
    assert audited.now.hours is not None
    assert whole.now.hours is not None
    assert audited.now.hours.value == pytest.approx(0.9 * whole.now.hours.value)
    assert audited.now.labels == pytest.approx(0.9 * whole.now.labels)


def test_an_item_with_a_label_that_may_not_stand_is_for_people() -> None:
    rare = [item(("talk", 0.99, True)) for _ in range(40)]
    (found,) = price(judged(*news(200), *rare), (0.9,), Left(240))
    assert (found.now.stand, found.later.stand) == (200, 240)
    assert {one.name: one.may for one in found.labels} == {"news": True, "talk": False}


def test_a_higher_threshold_lets_no_more_items_stand() -> None:
    rng = np.random.default_rng(1)
    items = [item(("news", p, bool(rng.random() < p))) for p in rng.random(400)]
    found = price(judged(*items), (0.5, 0.7, 0.9, 0.99), Left(100))
    stand = [one.later.stand for one in found]
    assert stand == sorted(stand, reverse=True)
    assert stand[0] > stand[-1]


def test_only_answers_of_the_newest_model_make_the_price() -> None:
    newer, older = news(10), [item(("news", 0.95, False), source="old") for _ in range(50)]
    (found,) = price(judged(*newer, *older), (0.9,), Left(100))
    assert found.later.items == 10
    assert [one.key.source for one in found.labels] == [SOURCE]


def test_where_nothing_was_judged_errors_are_not_told() -> None:
    (found,) = price(judged(*[item(("news", 0.95, None))] * 50), (0.9,), Left(100))
    assert found.later.stand == 50
    assert found.later.errors is None
    assert found.labels[0].error is None


def test_where_no_item_is_known_nothing_is_told() -> None:
    (found,) = price(judged(), (0.9,), Left(100))
    assert (found.now.items, found.now.share, found.now.errors, found.labels) == (0, None, None, ())


def test_no_error_found_is_no_promise_of_none() -> None:
    (found,) = price(judged(*news(200)), (0.9,), Left(100))
    assert found.now.errors is not None
    assert (found.now.errors.value, found.now.errors.low) == (0, 0)
    assert 1 < found.now.errors.high < 3


def test_places_that_are_missed_are_errors_too() -> None:
    items = [item(("news", 0.95, True), missed=n < 60) for n in range(300)]
    (found,) = price(judged(*items), (0.9,), Left(300))
    assert found.later.error_rate is not None
    assert found.later.error_rate.value == pytest.approx(0.2)
    missing = next(one for one in found.labels if one.key.label == NOTHING_MORE)
    assert missing.name == "nothing more"
    assert not missing.may, "people mark more in a fifth of the items"
    assert found.now.stand == 0


def test_errors_that_lie_together_in_items_are_worth_fewer_answers() -> None:
    spread = [item(*[("news", 0.95, (n * 10 + k) % 10 > 0) for k in range(10)]) for n in range(40)]
    clumped = [item(*[("news", 0.95, n % 10 > 0)] * 10) for n in range(40)]
    one, other = (rate_of(answers_by_key(judged(*items))[NEWS], 0.9)[2] for items in (spread, clumped))
    assert one is not None
    assert other is not None
    assert one.value == other.value == pytest.approx(0.1)
    assert other.high - other.low > 2 * (one.high - one.low)


@pytest.mark.parametrize("clump", [1, 8])
def test_the_interval_of_errors_holds_the_truth_about_as_often_as_it_says(clump: int) -> None:
    rng, inside, runs = np.random.default_rng(7), 0, 300
    for _ in range(runs):
        share = rng.beta(2, 38, size=60) if clump > 1 else np.full(60 * 4, 0.05)
        items = [item(*[("news", 0.95, bool(rng.random() > p)) for _ in range(clump)]) for p in share]
        error = rate_of(answers_by_key(judged(*items))[NEWS], 0.9)[2]
        assert error is not None
        inside += error.low <= 0.05 <= error.high
    assert inside / runs > 0.91


def test_a_promise_is_what_is_right_at_the_least() -> None:
    found = answers_by_key(judged(*news(300, wrong=6)))[NEWS]
    assert 0.95 < promised(found, 0.9) < 0.98


def test_products_and_means_keep_their_bounds() -> None:
    found = Estimate(2, 1, 4).by(Estimate(3, 3, 3))
    assert (found.value, found.low, found.high) == (6, 3, 12)
    assert mean_of(2, 10, 60) is None
    mean = mean_of(4, 20, 120)
    assert mean is not None
    assert mean.low < 5 == mean.value < mean.high


def test_answers_of_a_few_items_are_not_enough() -> None:
    items = [item(*[("news", 0.95, True)] * 50) for _ in range(9)]
    assert standing(items) == "answers on 9 of the 10 items that it takes"
    assert standing([*items, item(("news", 0.95, True))]) == ""
