"""What is most like one of many."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annodesk.quality.likeness import Traits, likenesses, most_alike

SECOND = 1_000_000


def test_what_sounds_alike_comes_before_what_does_not() -> None:
    target = Traits(SECOND, (-20.0, 0.8, 180.0, 0.1))
    near, far = Traits(SECOND, (-21.0, 0.78, 185.0, 0.12)), Traits(SECOND, (-45.0, 0.0, 4000.0, 0.9))
    middle = Traits(SECOND, (-30.0, 0.5, 600.0, 0.4))
    assert most_alike(target, [far, middle, near]) == [2, 1, 0]


def test_words_that_are_rare_tell_more_than_those_that_all_have() -> None:
    target = Traits(words="cello of the evening")
    others = [Traits(words="day of the rain"), Traits(words="the cello one morning"), Traits(words="of the night")]
    assert most_alike(target, others)[0] == 1


def test_without_sound_and_words_length_decides() -> None:
    target = Traits(4 * SECOND)
    assert most_alike(target, [Traits(60 * SECOND), Traits(5 * SECOND), Traits(SECOND)]) == [1, 2, 0]


def test_one_that_cannot_be_heard_still_has_its_length() -> None:
    target = Traits(4 * SECOND, (1.0, 2.0))
    found = likenesses(target, [Traits(4 * SECOND), Traits(40 * SECOND, (1.0, 2.0))])
    assert found[0] == 1.0
    assert 0 < found[1] < 1


def test_equals_stay_in_their_order_and_nothing_is_like_nothing() -> None:
    assert most_alike(Traits(SECOND), [Traits(SECOND)] * 3) == [0, 1, 2]
    assert most_alike(Traits(), [Traits(), Traits()]) == [0, 1]
    assert most_alike(Traits(SECOND), []) == []


NUMBER = st.floats(allow_nan=True, allow_infinity=True, width=32)
TRAITS = st.builds(
    Traits,
    st.integers(0, 10**12),
    st.none() | st.tuples(NUMBER, NUMBER, NUMBER),
    st.text(max_size=20),
)


@given(TRAITS, st.lists(TRAITS, max_size=8))
def test_the_answer_is_always_an_order_of_finite_numbers(target: Traits, others: list[Traits]) -> None:
    assert sorted(most_alike(target, others)) == list(range(len(others)))
    found = likenesses(target, others)
    assert np.isfinite(found).all()
    assert all(value <= 1 + 1e-9 or math.isclose(value, 1) for value in found)
