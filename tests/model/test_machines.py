"""Two and three machines of one author, random gestures and random sync: all end with the same set, nothing is lost."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from annodesk.model.annotations import AnnotationSet, Change, Segment
from annodesk.model.branches import Branches, Outcome
from annodesk.model.edits import Edit, any_edit_from_json
from annodesk.model.rules import overlap_problems
from tests.model.machines import SCHEMA, SET, Machine, Server

KEPT = {Outcome.FOLDED, Outcome.ALTERNATIVE, Outcome.DECIDED}


def play(seed: int, machines: int, steps: int) -> tuple[Server, list[Machine]]:
    """Let machines act and sync at random, then bring everything to all of them."""
    rng = random.Random(seed)
    server = Server()
    group = [Machine("abc"[n], server, random.Random(f"{seed}:{n}")) for n in range(machines)]
    for _ in range(steps):
        one = rng.choice(group)
        kind = rng.random()
        if kind < 0.8:
            one.act()
        elif kind < 0.9:
            one.push(rng.choice((None, 1, 3)))
        else:
            one.pull(rng.choice((None, 1, 2, 5)))
    for one in group:
        one.push()
    for one in group:
        one.pull()
    return server, group


def seen(branches: Branches) -> tuple[object, ...]:
    """Everything about a folded set that must be the same on every machine."""
    return (
        branches.annotations.digest(),
        branches.annotations.head,
        dict(branches.outcomes),
        branches.alternatives(),
        branches.locked,
        branches.unfinished,
    )


def check(seed: int, machines: int, steps: int) -> tuple[int, int]:
    """One whole game; how many alternatives there were, and how many Edits."""
    server, group = play(seed, machines, steps)
    first = seen(group[0].folded())
    for machine in group:
        assert seen(machine.folded()) == first, "what a machine has folded"
        if machine.known:
            assert machine.session.annotations.digest() == first[0], "what a machine shows"
            assert machine.session.alternatives == first[3]
    rng = random.Random(seed)
    shuffled = list(server.edits)
    rng.shuffle(shuffled)
    one_by_one = Branches(SCHEMA, AnnotationSet(SET))
    for edit in shuffled:
        one_by_one.add(edit)
    assert seen(one_by_one) == first, "whatever the order of arrival"
    outcomes = group[0].folded().outcomes
    assert outcomes.keys() == server.ids == {e.id for m in group for e in m.known.values()}, "nothing is lost"
    assert set(outcomes.values()) <= KEPT
    now = group[0].folded().annotations
    assert overlap_problems(SCHEMA, now, [s.id for s in now.segments()]) == []
    check_oddities(server.edits, rng)
    count = len(first[3])  # type: ignore[arg-type]
    decide_all(group)
    return count, len(server.edits)


def check_oddities(edits: list[Edit], rng: random.Random) -> None:
    """Handed in at some moment, with one Edit of a later version or one that does not fit: alike in every order."""
    if not edits:
        return
    odd = rng.choice(edits)
    later = any_edit_from_json({**odd.to_json(), "format": 99})
    misfit = replace(odd, changes=(Change(Segment("no", "content", 0, 1), None),))
    for submitted, instead in (((rng.choice(edits).id,), odd), ((), later), ((), misfit)):
        some = [instead if edit is odd else edit for edit in edits]
        ends = []
        for _ in range(3):
            rng.shuffle(some)
            branches = Branches(SCHEMA, AnnotationSet(SET), submitted)
            for edit in some:
                branches.add(edit)
            ends.append(seen(branches))
        assert ends[0] == ends[1] == ends[2]
        assert branches.outcomes.keys() == {edit.id for edit in edits}
        assert Outcome.WAITING not in branches.outcomes.values()


def decide_all(group: list[Machine]) -> None:
    """One machine decides what is open; then nobody has anything to decide."""
    one = group[-1]
    for _ in range(200):
        if not one.session.alternatives:
            break
        one.decide()
    one.push()
    for machine in group:
        machine.pull()
    ends = [machine.folded() for machine in group]
    assert len({(b.annotations.digest(), b.annotations.head) for b in ends}) == 1
    assert all(not b.has_open and not b.unfinished and not b.alternatives() for b in ends)
    now = ends[0].annotations
    assert overlap_problems(SCHEMA, now, [s.id for s in now.segments()]) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from((2, 3)), st.integers(1, 80))
def test_machines_that_know_the_same_edits_show_the_same(seed: int, machines: int, steps: int) -> None:
    note(f"seed {seed}, {machines} machines, {steps} steps")
    check(seed, machines, steps)


def test_the_game_has_alternatives_and_agreement_in_it() -> None:
    counts = [check(seed, 2 + seed % 2, 5 * seed) for seed in range(16)]
    assert any(open_ for open_, _ in counts)
    assert any(not open_ for open_, _ in counts)


@pytest.mark.slow
def test_long_games_end_alike(capsys: pytest.CaptureFixture[str]) -> None:
    base = random.SystemRandom().randrange(2**32)
    with capsys.disabled():
        print(f"\nseeds {base} to {base + 599}")
    for seed in range(base, base + 600):
        check(seed, 2 + seed % 2, 50 + seed % 250)
