"""What taps mean: segments on tiers of every kind, a person's lag, and edges at the changes that were meant."""

from __future__ import annotations

import random

import pytest

from annodesk.model.schema import Label, Tier, TierKind
from annodesk.model.taps import (
    PRIOR_LAG_US,
    Change,
    RawEdge,
    Reaction,
    Stretch,
    Tap,
    find_lag,
    lateness,
    place,
    plan_of,
)

LABELS = (Label("speech"), Label("music"))
CONTENT = Tier("content", labels=LABELS)
OVERLAPPING = Tier("voices", overlap=True, labels=LABELS)
EVENTS = Tier("events", kind=TierKind.POINT, labels=LABELS)
MS = 1_000


def tap(at_ms: int, label: str = "speech", until_ms: int | None = None, tier: str = "content") -> Tap:
    return Tap(tier, label, at_ms * MS, until_us=None if until_ms is None else until_ms * MS)


def shape(tier: Tier, *taps: Tap) -> list[tuple[str, int, int | None]]:
    """Label, start and end in milliseconds of what the taps mean."""
    plan = plan_of(tier, taps)
    return [
        (s.label, plan.edges[s.start].at_us // MS, None if s.end is None else plan.edges[s.end].at_us // MS)
        for s in plan.stretches
    ]


def test_a_tap_lasts_until_the_next_where_segments_may_not_overlap() -> None:
    found = shape(CONTENT, tap(1000), tap(3000, "music"), tap(5000))
    assert found == [("speech", 1000, 3000), ("music", 3000, 5000), ("speech", 5000, None)]


def test_the_tap_for_nothing_ends_what_is_running_and_begins_nothing() -> None:
    assert shape(CONTENT, tap(500, ""), tap(1000), tap(3000, ""), tap(5000, "music")) == [
        ("speech", 1000, 3000),
        ("music", 5000, None),
    ]


def test_a_held_key_is_a_segment_and_leaves_a_gap() -> None:
    found = shape(CONTENT, tap(1000, until_ms=2000), tap(4000, "music", until_ms=5000))
    assert found == [("speech", 1000, 2000), ("music", 4000, 5000)]


def test_a_tap_during_a_hold_ends_it() -> None:
    assert shape(CONTENT, tap(1000, until_ms=4000), tap(3000, "music")) == [
        ("speech", 1000, 3000),
        ("music", 3000, None),
    ]


def test_labels_run_side_by_side_where_segments_may_overlap_and_end_with_their_own_next_tap() -> None:
    taps = [tap(1000, tier="voices"), tap(2000, "music", tier="voices"), tap(3000, tier="voices")]
    assert shape(OVERLAPPING, *taps) == [("speech", 1000, 3000), ("music", 2000, None)]


def test_taps_on_a_point_tier_are_points() -> None:
    plan = plan_of(EVENTS, [tap(1000, tier="events"), tap(1500, "music", until_ms=1900, tier="events")])
    assert [(s.label, s.start, s.end) for s in plan.stretches] == [("speech", 0, 0), ("music", 1, 1)]
    assert len(plan.edges) == 2


def test_taps_of_other_tiers_mean_nothing_here() -> None:
    assert plan_of(CONTENT, [tap(1000, tier="events")]).stretches == ()


def edge(at_ms: int, side: str = "turn", before: str = "speech", after: str = "music", rate: float = 1.0) -> RawEdge:
    return RawEdge(at_ms * MS, rate, side, before, after)  # type: ignore[arg-type]


def test_an_edge_goes_to_the_clear_change_that_the_lag_points_at() -> None:
    (found,) = place([edge(5260)], [Change(4400 * MS, 9.0), Change(5000 * MS, 9.0)], Reaction())
    assert (found.time_us, found.why) == (5000 * MS, "")
    assert found.unrefined_us == 5010 * MS


def test_the_lag_is_taken_off_in_the_time_of_the_recording_at_the_rate_used() -> None:
    (found,) = place([edge(5000, rate=2.0)], [], Reaction(lag_us=200 * MS))
    assert found.time_us == 4600 * MS


def test_an_edge_without_a_change_nearby_stays_and_is_asked_about() -> None:
    (found,) = place([edge(5250)], [Change(1000 * MS, 20.0)], Reaction())
    assert found.time_us == 5000 * MS
    assert "no change" in found.why


def test_an_edge_between_two_equal_changes_is_asked_about_with_both_as_choices() -> None:
    changes = [Change(4940 * MS, 8.0), Change(5060 * MS, 8.0)]
    (found,) = place([edge(5250)], changes, Reaction())
    assert "several" in found.why
    assert found.choices == (4940 * MS, 5000 * MS, 5060 * MS)


def test_a_held_label_begins_where_sound_begins_not_where_it_ends() -> None:
    changes = [Change(4950 * MS, 8.0, rise_db=-20.0), Change(5060 * MS, 8.0, rise_db=20.0)]
    (found,) = place([edge(5250, "start", "", "speech")], changes, Reaction())
    assert found.time_us == 5060 * MS


def test_turns_between_the_same_labels_learn_from_each_other_whether_the_sound_rises() -> None:
    clear = [Change(k * 10_000 * MS, 9.0, rise_db=15.0) for k in range(1, 7)]
    doubtful = [Change(79_960 * MS, 8.0, rise_db=-15.0), Change(80_070 * MS, 7.9, rise_db=15.0)]
    edges = [edge(k * 10_000 + 250) for k in range(1, 7)]
    assert place([*edges, edge(80_260)], [*clear, *doubtful], Reaction())[-1].time_us == 80_070 * MS
    assert place([edge(80_240)], doubtful, Reaction())[0].time_us == 79_960 * MS


def test_two_edges_never_take_one_change() -> None:
    changes = [Change(5000 * MS, 12.0), Change(5200 * MS, 6.0)]
    found = place([edge(5250), edge(5330)], changes, Reaction())
    assert [p.time_us for p in found] == [5000 * MS, 5200 * MS]


def test_a_place_the_person_chose_stays_and_is_sure() -> None:
    (found,) = place([edge(5250)], [Change(5000 * MS, 12.0)], Reaction(), {0: 4900 * MS})
    assert (found.time_us, found.why) == (4900 * MS, "")


def test_the_same_label_twice_is_flagged_and_nothing_is_invented() -> None:
    found = place([edge(5250, before="speech", after="speech")], [Change(5000 * MS, 12.0)], Reaction())
    assert [p.time_us for p in found] == [5000 * MS]
    assert "missed" in found[0].why


@pytest.mark.parametrize("lag_ms", [150, 250, 400])
def test_the_lag_of_a_person_is_found_from_one_pass(rng: random.Random, lag_ms: int) -> None:
    changes = sorted(
        (Change(k * 1700 * MS + rng.randrange(-300, 300) * MS, rng.uniform(4, 12)) for k in range(1, 80)),
        key=lambda c: c.time_us,
    )
    meant = [change for change in changes if change.gain > 6]
    edges = [RawEdge(round(c.time_us + rng.gauss(lag_ms, 60) * MS), 1.0, "turn", "a", "b") for c in meant]
    assert abs(find_lag(edges, changes, Reaction()).lag_us - lag_ms * MS) < 40 * MS


def test_without_changes_the_lag_stays_as_it_was() -> None:
    known = Reaction(lag_us=180 * MS)
    assert find_lag([edge(5000), edge(9000)], [], known) == known


def test_a_person_is_learnt_by_the_median_and_a_slip_counts_little() -> None:
    learnt = Reaction().learnt([180 * MS] * 40 + [900 * MS] * 3)
    assert abs(learnt.lag_us - 180 * MS) < 15 * MS
    assert learnt.spread_us < 80 * MS
    assert Reaction().learnt([]).lag_us == PRIOR_LAG_US


def test_how_late_taps_were_counts_the_persons_own_clock_and_sure_edges_alone() -> None:
    placed = place([edge(5400, rate=2.0), edge(9250)], [Change(5000 * MS, 12.0)], Reaction(lag_us=210 * MS))
    assert lateness(placed) == [200 * MS]


def test_a_plan_of_overlapping_labels_keeps_each_segments_own_edges() -> None:
    taps = [tap(1000, until_ms=4000, tier="voices"), tap(2000, "music", until_ms=3000, tier="voices")]
    plan = plan_of(OVERLAPPING, taps)
    assert [e.at_us // MS for e in plan.edges] == [1000, 2000, 3000, 4000]
    assert plan.stretches == (Stretch("speech", 0, 3), Stretch("music", 1, 2))
