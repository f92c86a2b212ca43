"""What suggestions do, measured on work of which that is known."""

from __future__ import annotations

import numpy as np
import pytest

from annodesk.model.shown import How
from annodesk.quality.anchoring import FEWEST, Anchoring, anchoring
from annodesk.quality.beside import Compared, Met, TaskBeside, Worked

S = 1_000_000


def work(*, aided: bool, seconds: float, alike: int, of: int = 4, mode: str = "before", right: bool | None = None,
         drawn: bool | None = None, music: int = 5) -> Worked:  # fmt: skip
    return Worked(
        mode,
        aided if drawn is None else drawn,
        aided,
        round(seconds * S),
        (Met("content", "music", right, alike, of),),
        {("content", "music"): music * S, ("content", "speech"): (10 - music) * S},
        {How.TAKEN: alike, How.REFUSED: of - alike} if aided else {},
        1 if aided else 0,
        2 if aided else 0,
    )


def measure(works: list[list[Worked]], mode: str = "before") -> Anchoring:
    return anchoring([[TaskBeside(10 * S, tuple(one))] for one in works], mode, ["content"], 1)


def planted(n: int, rng: np.random.Generator, *, faster: float, follow: float, own: float) -> list[list[Worked]]:
    """Items on which one works with suggestions and another without, whose effect is known."""
    found = []
    for _ in range(n):
        length = float(rng.lognormal(3, 0.3))
        found.append(
            [
                work(aided=True, seconds=faster * length, alike=int(rng.binomial(4, follow))),
                work(aided=False, seconds=length * float(rng.lognormal(0, 0.1)), alike=int(rng.binomial(4, own))),
            ]
        )
    return found


def test_a_planted_effect_is_found_within_its_interval() -> None:
    found = measure(planted(60, np.random.default_rng(5), faster=0.7, follow=0.9, own=0.6))
    assert found.time.low is not None
    assert found.time.high is not None
    assert found.time.low < 0.7 < found.time.high < 0.85
    assert found.time.is_clear
    assert found.following.low is not None
    assert found.following.high is not None
    assert 0.1 < found.following.low < 0.3 < found.following.high < 0.5
    assert (found.n_with, found.n_without) == (60, 60)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = 0
    for seed in range(40):
        found = measure(planted(40, np.random.default_rng(100 + seed), faster=1.0, follow=0.7, own=0.7))
        low, high = found.following.low, found.following.high
        assert low is not None
        assert high is not None
        held += low <= 0 <= high
    assert held >= 33, "95 % of 40 are 38; fewer than 33 would come once in a thousand times"


def test_too_little_work_says_so_and_gives_no_figure() -> None:
    found = measure(
        [[work(aided=True, seconds=9, alike=4)] for _ in range(FEWEST)] + [[work(aided=False, seconds=9, alike=1)]]
    )
    assert found.time.value is None
    assert found.following.value is None
    assert "Not enough to know" in found.following.reason
    assert found.following.with_them == 1.0


def test_who_had_a_place_with_suggestions_and_saw_none_is_on_neither_side() -> None:
    works = [[work(aided=False, drawn=True, seconds=99, alike=0)] for _ in range(30)]
    found = measure([*works, *planted(30, np.random.default_rng(1), faster=1, follow=0.5, own=0.5)])
    assert (found.n_with, found.n_without) == (30, 30)


def test_only_work_under_the_mode_asked_for_counts() -> None:
    other = [[work(aided=True, seconds=1, alike=4, mode="above-threshold")] for _ in range(30)]
    found = measure([*other, *planted(30, np.random.default_rng(1), faster=1, follow=0.5, own=0.5)])
    assert (found.n_with, found.n_without) == (30, 30)
    assert sum(found.became.values()) == 30 * 4


def test_what_rulings_say_is_told_apart() -> None:
    works = [
        [work(aided=True, seconds=9, alike=3, right=False), work(aided=False, seconds=9, alike=1, right=False)]
        for _ in range(30)
    ]
    found = measure(works)
    assert found.followed_wrong.value == pytest.approx(0.5)
    assert found.followed_wrong.is_clear
    assert found.followed_right.value is None
    assert found.followed_right.reason


def test_labels_that_are_given_more_often_are_found() -> None:
    rng = np.random.default_rng(3)
    works = [
        [
            work(aided=True, seconds=9, alike=2, music=int(rng.integers(6, 9))),
            work(aided=False, seconds=9, alike=2, music=int(rng.integers(3, 6))),
        ]
        for _ in range(30)
    ]
    (part,) = measure(works).parts
    music = part.labels["music"]
    assert music.is_clear
    assert music.value is not None
    assert 0.2 < music.value < 0.4
    assert part.labels["speech"].value == pytest.approx(-music.value)


def test_without_a_length_time_is_told_by_the_task() -> None:
    items = [
        [TaskBeside(0, (work(aided=True, seconds=5, alike=2), work(aided=False, seconds=10, alike=2)))]
        for _ in range(25)
    ]
    assert anchoring(items, "before", ["content"], 1).time.value == pytest.approx(0.5)


def test_what_came_of_suggestions_is_added_up() -> None:
    found = measure([[work(aided=True, seconds=9, alike=3)] for _ in range(2)])
    assert found.became == {How.TAKEN: 6, How.REFUSED: 2}
    assert found.unplayed == 0.5
    assert found.bulk_share == 0.0


def test_comparisons_are_added_up() -> None:
    one = Worked("after-commit", True, True, 5 * S, compared=Compared(3, 2, 1, 1, 7))
    found = anchoring([[TaskBeside(10 * S, (one, one))]], "after-commit", ["content"], 1)
    assert found.compared == Compared(6, 4, 2, 2, 14)


def test_the_same_work_always_gives_the_same() -> None:
    works = planted(30, np.random.default_rng(1), faster=0.9, follow=0.8, own=0.6)
    assert measure(works) == measure(works)
