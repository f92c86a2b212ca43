"""What is labelled next: drawn by what models say, and every item's probability of being drawn is the true one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.errors import WorkflowError
from annodesk.workflow.drawing import (
    LEAST_RANDOM_SHARE,
    By,
    Candidate,
    DrawPlan,
    against_people,
    disagreement,
    draw_further,
    draw_items,
    in_any,
    uncertainty,
)


def candidates(*worth: float | None, stratum: str = "") -> list[Candidate]:
    return [Candidate(f"{stratum}{n}", value, stratum) for n, value in enumerate(worth)]


def test_a_model_is_least_sure_where_its_labels_are_even() -> None:
    assert uncertainty([{"a": 0.5, "b": 0.5}]) == pytest.approx(1)
    assert uncertainty([{"a": 1.0}]) == 0
    assert uncertainty([{"a": 0.9}]) == uncertainty([{"a": 0.9, "b": 0.1}])
    assert uncertainty([{"a": 0.99}, {"b": 0.6}]) == uncertainty([{"b": 0.6}])
    assert uncertainty([]) is None


def test_two_models_are_as_far_apart_as_the_part_on_which_they_differ_most() -> None:
    assert disagreement([{"a": 1.0}], [{"b": 1.0}]) == 1
    assert disagreement([{"a": 0.7, "b": 0.3}], [{"a": 0.5, "b": 0.5}]) == pytest.approx(0.2)
    assert disagreement([{"a": 1.0}], [{}]) is None


def test_people_have_denied_the_label_a_model_is_wrong_on_most() -> None:
    assert against_people([{"a": 0.9}, {"b": 0.8}], {"a": 0.1, "b": 0.4}) == 0.4
    assert against_people([{"c": 0.9}], {"a": 0.1}) is None


def test_each_item_is_drawn_as_often_as_is_said_of_it() -> None:
    """Of 4,000 draws each share is within four standard errors of its probability."""
    known = candidates(0.9, 0.5, 0.1, 0.0, None, 0.02) + candidates(1.0, 0.3, 0.3, stratum="pt")
    plan, times = DrawPlan(4, random_share=0.2), 4_000
    rng, found, said = np.random.default_rng(1), Counter[str](), {}
    for _ in range(times):
        done = draw_items(known, plan, rng=rng)
        assert len(done.chosen) == len(set(done.chosen)) == 4
        found.update(done.chosen)
        said = done.probabilities
    assert sum(said.values()) == pytest.approx(4)
    for item_id, p in said.items():
        error = (p * (1 - p) / times) ** 0.5
        assert abs(found[item_id] / times - p) <= 4 * error + 1e-9, (item_id, p)


def test_weighting_by_the_probabilities_gives_back_the_truth() -> None:
    """A draw of the doubtful alone tells a model's errors ten times too high; weighted it does not."""
    rng = np.random.default_rng(2)
    doubt = rng.uniform(0, 1, 2_000) ** 4
    wrong = rng.uniform(0, 1, 2_000) < 0.4 * doubt
    known = [Candidate(str(n), float(value)) for n, value in enumerate(doubt)]
    plain, weighted = [], []
    for _ in range(60):
        done = draw_items(known, DrawPlan(200, random_share=0.2), rng=rng)
        drawn = [(wrong[int(i)], 1 / done.probabilities[i]) for i in done.chosen]
        plain.append(np.mean([one for one, _ in drawn]))
        weighted.append(sum(one * weight for one, weight in drawn) / sum(weight for _, weight in drawn))
    assert np.mean(plain) > 2 * wrong.mean()
    assert np.mean(weighted) == pytest.approx(wrong.mean(), abs=0.01)


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=40),
    st.integers(1, 50),
    st.floats(0, 1),
    st.booleans(),
)
def test_the_random_share_is_always_kept(worth: list[float | None], count: int, share: float, is_even: bool) -> None:
    known = [Candidate(str(n), value, str(n % 3)) for n, value in enumerate(worth)]
    done = draw_items(known, DrawPlan(count, random_share=share, is_even=is_even), rng=np.random.default_rng(3))
    wanted = min(count, len(known))
    assert len(done.chosen) == len(set(done.chosen)) == wanted
    for stratum in {one.stratum for one in known}:
        members = [done.probabilities[one.item_id] for one in known if one.stratum == stratum]
        least = max(share, LEAST_RANDOM_SHARE) * sum(members) / len(members)
        assert min(members) >= least * (1 - 1e-9) > 0
        assert max(members) <= 1


def test_strata_have_as_many_as_they_are_large_or_each_as_many() -> None:
    known = candidates(*[0.5] * 90, stratum="en") + candidates(*[0.5] * 10, stratum="pt")
    rng = np.random.default_rng(4)
    drawn = Counter(i[:2] for i in draw_items(known, DrawPlan(20), rng=rng).chosen)
    assert drawn == {"en": 18, "pt": 2}
    drawn = Counter(i[:2] for i in draw_items(known, DrawPlan(30, is_even=True), rng=rng).chosen)
    assert drawn == {"en": 20, "pt": 10}, "what a stratum has not, others take"


def test_at_random_worth_says_nothing() -> None:
    done = draw_items(candidates(1.0, 0.0, None, 0.3), DrawPlan(2, By.RANDOM), rng=np.random.default_rng(5))
    assert set(done.probabilities.values()) == {0.5}


def test_nothing_is_drawn_of_nothing_and_never_by_a_number_below_one() -> None:
    rng = np.random.default_rng(6)
    assert draw_items([], DrawPlan(3), rng=rng).chosen == ()
    with pytest.raises(WorkflowError, match="number below 1"):
        draw_items(candidates(0.5), DrawPlan(0), rng=rng)


def test_being_drawn_in_one_of_two_draws() -> None:
    assert in_any(0.0, 0.3) == 0.3
    assert in_any(0.5, 0.5) == 0.75
    assert in_any(1.0, 0.2) == 1.0


def test_draw_after_draw_each_item_weighs_what_its_probability_says() -> None:
    """Of 300 times six draws the mean of what weighted items say lies within four standard errors of the truth."""
    worth = [((37 * n) % 101 / 101) ** 3 for n in range(60)]
    says = [value > 0.3 for value in worth]
    rng, means, totals = np.random.default_rng(3), [], []
    for _ in range(300):
        before: dict[str, tuple[float, bool]] = {}
        for _ in range(6):
            done = draw_further(candidates(*worth), before, 5, 0.2, rng=rng)
            assert len(done.chosen) == 5
            assert all(p >= before.get(i, (0.0, False))[0] for i, p in done.probabilities.items())
            before = {i: (p, i in done.chosen or before.get(i, (0, False))[1]) for i, p in done.probabilities.items()}
        weights = {int(i): 1 / p for i, (p, is_drawn) in before.items() if is_drawn}
        assert len(weights) == 30
        totals.append(sum(weights.values()))
        means.append(sum(weight for n, weight in weights.items() if says[n]) / totals[-1])
    for found, truth in ((means, sum(says) / 60), (totals, 60)):
        assert abs(np.mean(found) - truth) < 4 * np.std(found) / 300**0.5 + 0.01 * truth


def test_of_draws_by_hand_what_was_drawn_first_counts_for_no_more_than_what_was_drawn_last() -> None:
    """The same of four draws by different plans, each from what is left."""
    worth = [((37 * n) % 101 / 101) ** 3 for n in range(60)]
    says = [value > 0.3 for value in worth]
    known = {str(n): Candidate(str(n), value, str(n % 2)) for n, value in enumerate(worth)}
    plans = [DrawPlan(6), DrawPlan(8, By.RANDOM), DrawPlan(6, random_share=0.5), DrawPlan(5, is_even=True)]
    rng, means, totals = np.random.default_rng(5), [], []
    for _ in range(300):
        whole, taken = dict.fromkeys(known, 0.0), dict[str, Candidate]()
        for plan in plans:
            left = [one for i, one in known.items() if i not in taken]
            done = draw_items(left, plan, rng=rng, drawn=list(taken.values()))
            assert not taken.keys() & set(done.chosen)
            whole = {i: in_any(p, done.probabilities[i]) for i, p in whole.items()}
            taken |= {i: known[i] for i in done.chosen}
        weights = {int(i): 1 / whole[i] for i in taken}
        totals.append(sum(weights.values()))
        means.append(sum(weight for n, weight in weights.items() if says[n]) / totals[-1])
    for found, truth in ((means, sum(says) / 60), (totals, 60)):
        assert abs(np.mean(found) - truth) < 4 * np.std(found) / 300**0.5 + 0.02 * truth


def test_what_was_drawn_would_be_drawn_again_where_all_is_and_from_a_stratum_of_its_own() -> None:
    taken = [Candidate("x", 0.2, "a"), Candidate("y", None, "b")]
    done = draw_items([Candidate("z", 0.9, "a")], DrawPlan(3), rng=np.random.default_rng(1), drawn=taken)
    assert done.probabilities == {"x": 1.0, "y": 1.0, "z": 1.0}
    assert done.chosen == ("z",)


def test_of_what_is_left_at_most_all_is_drawn_and_then_it_is_certain() -> None:
    done = draw_further(candidates(0.9, None, 0.1), {"0": (0.4, True)}, 9, 0.1, rng=np.random.default_rng(1))
    assert set(done.chosen) == {"1", "2"}
    assert set(done.probabilities.values()) == {1.0}
    certain = dict.fromkeys(("0", "1", "2"), (1.0, True))
    assert draw_further(candidates(0.9, None, 0.1), certain, 9, 0.1, rng=np.random.default_rng(1)).chosen == ()
