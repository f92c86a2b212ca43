"""Two machines of one author with random gestures, random rounds and a line that breaks: both end in the same set."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from annodesk.errors import AnnodeskError
from annodesk.services.tasks import TaskWork
from tests.proxy import Line
from tests.services.test_editing import any_gesture
from tests.sync.computers import Computer, admin
from tests.sync.test_faults import over
from tests.team import Team

Make = Callable[..., Computer]


def play(
    team: Team, desk: Make, bad_line: Line, rng: random.Random, steps: int
) -> tuple[tuple[Computer, Computer], str, int]:
    """Gestures, undo, choices and rounds at random; both machines, the task, and how many gestures were made."""
    url = over(bad_line, team, "ada")
    machines = (desk("ada", device="one", url=url, limit_s=5.0), desk("ada", device="other", url=url, limit_s=5.0))
    task = machines[0].take()
    machines[1].sync()
    works: list[TaskWork] = [machine.open(task) for machine in machines]
    made = 0
    for _ in range(steps):
        which = rng.randrange(2)
        machine, session = machines[which], works[which].session
        kind = rng.random()
        try:
            if kind < 0.15:
                if rng.random() < 0.3:
                    bad_line.cut_reply_to(rng.choice([b"COMMIT", b"annodesk.pushed", b"annodesk.edit"]))
                found = machine.sync()
                for history in found.result.branches.values():
                    session.pull(history)
            elif kind < 0.25 and session.alternatives:
                group = rng.choice(session.alternatives)
                machine.services.annotate.record(session.decide(group, rng.choice(group.sides).draft))
            elif kind < 0.35:
                edit = session.undo().edit
                if edit is not None:
                    machine.services.annotate.record(edit)
            elif kind < 0.4:
                works[which] = machine.open(task)
            else:
                machine.do(works[which], any_gesture(session.annotations, rng))
                made += 1
        except AnnodeskError:
            works[which] = machine.open(task)
    bad_line.cut_reply_to(b"never said")
    for machine in (*machines, *machines):
        machine.sync()
    return machines, task, made


@pytest.mark.parametrize(
    ("seed", "steps"),
    [(None, 60), *(pytest.param(seed, 200, marks=pytest.mark.slow) for seed in range(20))],
)
def test_whatever_two_machines_do_and_whenever_they_sync_they_agree(
    team: Team, desk: Make, bad_line: Line, rng: random.Random, seed: int | None, steps: int
) -> None:
    machines, task, made = play(team, desk, bad_line, rng if seed is None else random.Random(seed), steps)
    one, other = (machine.stored(task) for machine in machines)
    assert made > steps / 10
    assert one.digest() == other.digest()
    assert one.head == other.head
    first, second = (machine.open(task).session for machine in machines)
    assert first.alternatives == second.alternatives
    assert first.annotations.digest() == one.digest()
    counts = [machine.count("journal") for machine in machines]
    assert counts == [admin(team, "select count(*) from annodesk.edit")[0][0]] * 2
    assert [machine.sync().result.waiting for machine in machines] == [0, 0]
