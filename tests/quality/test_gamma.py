"""Gamma: the best alignment against trying all, and against the figures of the reference implementation."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annodesk import formats
from annodesk.errors import Cancelled
from annodesk.progress import CancelToken
from annodesk.quality import unit_alignment
from annodesk.quality.alignment import Piece
from annodesk.quality.gamma import SHUFFLED, STATISTICAL, disorder_of, gamma_of, value_of
from annodesk.quality.unit_alignment import TooMany

Sides = Sequence[Sequence[Piece]]

PIECE = st.builds(
    lambda start, length, label: Piece(start, start + length, frozenset(label)),
    st.integers(0, 14),
    st.integers(0, 8),
    st.sampled_from(["x", "y"]),
)
SIDES = st.integers(2, 4).flatmap(
    lambda n: st.lists(st.lists(PIECE, max_size=4 if n == 2 else 3 if n == 3 else 2), min_size=n, max_size=n)
)


def apart(one: Piece, other: Piece) -> float:
    shift, lengths = (
        abs(one.start - other.start) + abs(one.end - other.end),
        one.end - one.start + other.end - other.start,
    )
    if not lengths:
        return 3 * (0.0 if not shift else 1e9) + (one.labels != other.labels)
    return 3 * (shift / lengths) ** 2 + (one.labels != other.labels)


def cost(group: Sequence[Piece | None]) -> float:
    """A unitary alignment's disorder as the paper writes it."""
    pairs = list(combinations(group, 2))
    return sum(1.0 if a is None or b is None else apart(a, b) for a, b in pairs) / len(pairs)


def all_alignments(sides: list[list[Piece]]) -> Iterator[float]:
    """What every way of putting all pieces into groups costs."""
    first = next((n for n, side in enumerate(sides) if side), None)
    if first is None:
        yield 0.0
        return
    piece, rest = sides[first][0], [side[1:] if n == first else side for n, side in enumerate(sides)]

    def choose(n: int, group: list[Piece | None], left: list[list[Piece]]) -> Iterator[float]:
        if n == len(sides):
            here = cost(group)
            yield from (here + more for more in all_alignments(left))
            return
        yield from choose(n + 1, [*group, None], left)
        for k in range(len(left[n])):
            yield from choose(
                n + 1, [*group, left[n][k]], [s[:k] + s[k + 1 :] if m == n else s for m, s in enumerate(left)]
            )

    yield from choose(first + 1, [None] * first + [piece], rest)


@settings(max_examples=100)
@given(SIDES)
def test_no_alignment_has_less_disorder_than_the_one_found(sides: list[list[Piece]]) -> None:
    pieces = sum(map(len, sides))
    if pieces:
        assert disorder_of(sides) == pytest.approx(min(all_alignments(sides)) * len(sides) / pieces)


DENSE = st.lists(
    st.lists(
        st.builds(
            lambda start, length, label: Piece(start, start + length, frozenset(label)),
            st.integers(0, 60),
            st.integers(1, 20),
            st.sampled_from(["x", "y", "z"]),
        ),
        min_size=4,
        max_size=9,
    ),
    min_size=3,
    max_size=3,
)


@settings(max_examples=25)
@given(DENSE)
def test_integer_programming_finds_the_same_disorder(sides: list[list[Piece]]) -> None:
    usual, limits = disorder_of(sides), (unit_alignment._PRUNED_FROM, unit_alignment._MOST_STATES)
    try:
        unit_alignment._PRUNED_FROM = unit_alignment._MOST_STATES = 0
        program = disorder_of(sides)
        unit_alignment._PRUNED_FROM = unit_alignment._MOST_STATES = 1 << 30
        unpruned = disorder_of(sides)
    finally:
        unit_alignment._PRUNED_FROM, unit_alignment._MOST_STATES = limits
    assert program == pytest.approx(usual, abs=1e-6)
    assert unpruned == pytest.approx(usual, abs=1e-12)


@given(SIDES, st.integers(1, 1000), st.integers(0, 10**9))
def test_disorder_knows_no_unit_of_time_and_no_order_of_people(
    sides: list[list[Piece]], scale: int, later: int
) -> None:
    if not any(sides):
        return
    moved = [
        [Piece(p.start * scale + later, p.end * scale + later, p.labels) for p in reversed(s)] for s in sides[::-1]
    ]
    assert disorder_of(moved) == pytest.approx(disorder_of(sides))


def read(path: Path) -> list[list[Piece]]:
    """A table of annotator, label, start and end, as pygamma-agreement keeps its data."""
    sides: dict[str, list[Piece]] = {}
    with path.open(newline="") as file:
        for annotator, label, start, end in csv.reader(file):
            sides.setdefault(annotator, []).append(
                Piece(round(float(start) * 1e6), round(float(end) * 1e6), frozenset({label}))
            )
    return list(sides.values())


# Found with pygamma-agreement 0.5.9: CombinedCategoricalDissimilarity(alpha=3, beta=1, delta_empty=1), exact alignment.
DISORDERS = {
    "AlexPaulSuzan.csv": 0.9606249,
    "annotation_paul_suzann_alex.csv": 0.7049736,
    "3by100.csv": 0.3435117,
}


@pytest.mark.parametrize("name", DISORDERS)
def test_disorder_is_that_of_the_reference_implementation(shared: Path, name: str) -> None:
    sides = read(shared / "data/agreement/gamma" / name)
    assert disorder_of(sides) == pytest.approx(DISORDERS[name], abs=1e-6)


def test_people_who_are_tiers_of_one_file_are_aligned_too(shared: Path) -> None:
    document = formats.read(shared / "data/annotations/elan/MaureenMarvinRobin.eaf").document
    sides = [
        [Piece(s.start_us, s.end_us, frozenset({s.text})) for s in document.segments if s.tier == person]
        for person in ("Maureen", "Marvin", "Robin")
    ]
    assert [len(side) for side in sides] == [2, 1, 1]
    assert disorder_of(sides) == pytest.approx(3.0, abs=1e-6)


def test_gamma_is_within_the_published_range(shared: Path) -> None:
    found = gamma_of(read(shared / "data/agreement/gamma/3by100.csv"))
    assert found.value is not None
    assert 0.79 <= found.value <= 0.81


def test_gamma_by_shuffling_is_within_the_published_range(shared: Path) -> None:
    sides = read(shared / "data/agreement/gamma/AlexPaulSuzan.csv")
    found = gamma_of(sides, sampler=SHUFFLED)
    assert found.value is not None
    assert 0.44 <= found.value <= 0.47
    assert found.lanes[0].groups == 5


# Their gamma, mean and deviation of the disorder by chance, samples: with numpy's generator seeded so before.
SAMPLED = [
    ("3by100.csv", STATISTICAL, 1, 0.8025906, 1.7400982, 0.0446138, 30),
    ("3by100.csv", STATISTICAL, 2, 0.8009980, 1.7261722, 0.0385442, 30),
    ("AlexPaulSuzan.csv", STATISTICAL, 1, 0.4218338, 1.6615030, 0.2182736, 300),
    ("AlexPaulSuzan.csv", STATISTICAL, 4772, 0.4288721, 1.6819787, 0.2123772, 300),
    ("AlexPaulSuzan.csv", SHUFFLED, 1, 0.4459997, 1.7339791, 0.2033864, 300),
]


@pytest.mark.parametrize(("name", "sampler", "seed", "value", "mean", "spread", "samples"), SAMPLED)
def test_gamma_is_within_the_sampling_error_of_both(
    shared: Path, name: str, sampler: str, seed: int, value: float, mean: float, spread: float, samples: int
) -> None:
    sides = read(shared / "data/agreement/gamma" / name)
    found = gamma_of(sides, seed=seed, samples=samples, precision=None, sampler=sampler)
    assert found.value is not None
    assert found.expected is not None
    assert found.observed is not None
    # Both means come from so many samples of one spread.
    error = 1.96 * spread * (2 / samples) ** 0.5
    assert found.expected == pytest.approx(mean, abs=error)
    assert found.value == pytest.approx(value, abs=error * found.observed / mean**2)


def test_the_same_seed_gives_the_same_value_and_another_one_a_near_one() -> None:
    sides = talk(3, 12)
    first, again, other = (gamma_of(sides, seed=seed, samples=100, precision=None) for seed in (4, 4, 5))
    assert first == again
    assert first.value != other.value
    assert first.value == pytest.approx(other.value, abs=0.05)


def talk(people: int, n: int, *, off: int = 100, lane: str = "content") -> list[list[Piece]]:
    """People who mark the same pieces, each a little later than the one before and now and then with another label."""
    return [
        [
            Piece(
                1000 + k * 1000 + (k * k) % 7 * 90 + side * off,
                1700 + k * 1000 + (k * k) % 5 * 60 + side * off,
                frozenset({"speech" if (k + side) % 5 else "music"}),
                lane,
            )
            for k in range(n)
        ]
        for side in range(people)
    ]


def test_chance_is_drawn_until_it_is_known_well_enough() -> None:
    found = gamma_of(talk(2, 8), precision=0.02)
    assert found.samples > 30
    assert found.value is not None
    assert found.expected is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    # The interval's half width in terms of the expected disorder is the precision asked for, but for the sample.
    assert 1 - found.observed / found.expected / 0.97 < found.low  # type: ignore[operator]
    assert gamma_of(talk(2, 8), precision=None).samples == 30


def test_perfect_agreement_is_one_and_saying_other_things_elsewhere_is_below_chance() -> None:
    same = talk(3, 10, off=0)
    same = [same[0]] * 3
    assert gamma_of(same).value == 1.0
    apart = [[Piece(p.start + side * 40_000, p.end + side * 40_000, p.labels) for p in same[0]] for side in range(2)]
    found = gamma_of(apart, precision=None).value
    assert found is not None
    assert found < 0


def test_tiers_are_aligned_by_themselves() -> None:
    words, tones = talk(2, 10), talk(2, 6, off=300, lane="tone")
    both = [[*a, *b] for a, b in zip(words, tones, strict=True)]
    found = gamma_of(both, precision=None)
    assert {one.lane: one.observed for one in found.lanes} == {
        "content": pytest.approx(disorder_of(words)),
        "tone": pytest.approx(disorder_of(tones)),
    }
    assert value_of(found.lanes) == pytest.approx(found.value)
    assert value_of([]) is None


def test_a_tier_on_which_too_little_varies_is_told_and_left_out() -> None:
    words = talk(2, 10)
    alone = [[*words[0], Piece(3000, 4000, frozenset({"soft"}), "tone")], words[1]]
    found = gamma_of(alone, precision=None)
    assert found.value == pytest.approx(gamma_of(words, precision=None).value)
    assert {one.lane: one.value is None for one in found.lanes} == {"content": False, "tone": True}
    assert value_of([one for one in found.lanes if one.lane == "tone"]) is None
    clicks = [Piece(n * 1000, n * 1000, frozenset({"click"}), "clicks") for n in range(5)]
    pointed = gamma_of([[*words[0], *clicks], [*words[1], *clicks[:3]]], precision=None)
    assert (pointed.value, [one.value for one in pointed.lanes if one.lane == "clicks"]) == (found.value, [None])
    only = gamma_of([[Piece(0, 10, frozenset("x"))], []])
    assert only.value is None
    assert "By chance alone" in only.reason


def test_items_of_one_tier_share_their_habits_by_chance() -> None:
    items = [talk(2, 1, lane=f"item {n}") for n in range(6)]
    several = [
        [Piece(p.start + 31 * n * n, p.end + 57 * n, p.labels, p.lane) for p in items[n][side]]
        for side in (0, 1)
        for n in range(6)
    ]
    sides = [[p for part in several[:6] for p in part], [p for part in several[6:] for p in part]]
    alone, together = gamma_of(sides, precision=None), gamma_of(sides, precision=None, kind=lambda lane: "content")
    # One piece of each has no deviation of its own: what lengths and gaps there are is seen from all items.
    assert together.value is not None
    assert together.expected is not None
    assert (alone.expected or 0) < together.expected


def test_somebody_who_marked_nothing_is_not_left_out() -> None:
    found = gamma_of([*talk(2, 10), []], precision=None)
    assert found.annotators == 3
    assert found.value is not None
    assert found.value < (gamma_of(talk(2, 10), precision=None).value or 0)


POINTS = [[Piece(5, 5), Piece(9, 9)], [Piece(5, 5)]]


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ([], "Only one person"),
        ([talk(1, 4)[0]], "Only one person"),
        ([[], []], "Nobody has marked anything"),
        (POINTS, "without a length"),
        # One piece of one length each: chance repeats it in one place.
        ([[Piece(0, 10, frozenset("x"))], [Piece(0, 10, frozenset("x")), Piece(10, 20, frozenset("x"))]], None),
    ],
)
def test_what_is_not_defined_says_why(sides: Sides, said: str | None) -> None:
    found = gamma_of(sides)
    if said is None:
        assert found.value is not None or found.reason
    else:
        assert found.value is None
        assert said in found.reason


def test_pieces_without_a_length_are_alike_only_in_one_place() -> None:
    stretch = Piece(0, 100, frozenset("x"))
    assert disorder_of([[stretch, Piece(50, 50)], [stretch, Piece(50, 50)]]) == 0
    assert disorder_of([[stretch, Piece(50, 50)], [stretch, Piece(51, 51)]]) == pytest.approx(1.0)


def test_too_many_ways_to_align_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_alignment, "MOST_GROUPS", 100)
    crowd = [[Piece(k, 1000 + k, frozenset("x")) for k in range(20)] for _ in range(4)]
    with pytest.raises(TooMany):
        disorder_of(crowd)
    assert "too many ways" in gamma_of(crowd).reason


def test_ten_thousand_pieces_against_one_have_a_value() -> None:
    many = [Piece(n * 1000, n * 1000 + 900, frozenset({str(n % 5)})) for n in range(10_000)]
    found = gamma_of([many, [Piece(0, 10_000_000, frozenset({"0"}))]], samples=2, precision=None)
    assert found.observed == pytest.approx(2.0, abs=0.01)
    assert found.value is not None


def test_drawing_stops_when_asked_to() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        gamma_of(talk(3, 10), cancel=cancel)
