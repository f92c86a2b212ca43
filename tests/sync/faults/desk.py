"""A workstation in a process of its own, told line by line what to do; it is there to be killed, stopped and cut off.

    python -m tests.sync.faults.desk

It reads one JSON list per line, a verb and its arguments, ``open`` first, and answers each with one line:
``{"said": ...}``, or
``{"error": sentence, "hint": ..., "kind": ...}``. Only ``work`` never ends: it edits, hands in and syncs until it is
killed, and says ``{"edit": id}`` for each Edit that is on the disk.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from annodesk.errors import AnnodeskError
from annodesk.model import edits
from annodesk.model.annotations import Segment
from annodesk.model.edits import Draft
from annodesk.model.ids import new_id
from annodesk.model.work import SlotState
from annodesk.services import Services
from annodesk.services.base import wall_clock_us
from annodesk.services.sync import Synced
from annodesk.services.tasks import TaskWork
from annodesk.store import facts, journal, tables, tasks
from annodesk.store.engine import open_local

SECOND_US = 1_000_000
LONGEST_PAUSE_S = 0.05


def say(**what: Any) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


class Desk:
    """One person's file and what they do with it; verbs are its methods."""

    def __init__(self, path: str, device: str, limit_s: float, ahead_s: float) -> None:
        ahead_us = round(ahead_s * SECOND_US)
        file = open_local(Path(path), create=True)
        self.services = Services(file, device=device, clock=lambda: wall_clock_us() + ahead_us)
        self.services.sync.limit_s = limit_s
        self._rounds = threading.Condition()
        self._done = 0

    @property
    def where(self) -> facts.Joined:
        with self.services.file.read() as db:
            found = facts.joined(db)
        assert found is not None
        return found

    def join(self, url: str, project: str) -> str:
        return self.services.sync.join(url, project).person_id

    def sync(self) -> dict[str, Any]:
        done = self.services.sync.round()
        result = done.result
        return {
            "pushed": result.pushed, "pulled": result.pulled, "waiting": result.waiting, "refused": result.refused,
            "conflicts": result.conflicts, "notes": result.notes, "standing": done.state.standing.value,
        }  # fmt: skip

    def state(self) -> dict[str, Any]:
        found = self.services.sync.state()
        return {
            "standing": found.standing.value, "waiting": found.waiting, "conflicts": found.conflicts,
            "sentence": found.sentence(str),
        }  # fmt: skip

    def claims(self) -> dict[str, str]:
        """States of this person's tasks."""
        with self.services.file.read() as db:
            found = tasks.claims_of_person(db, self.where.project_id, self.where.person_id)
        return {claim.task_id: claim.state.value for claim in found}

    def take(self) -> str:
        """Ask for the next task and fetch it."""
        before = set(self.claims())
        self.services.sync.ask_for_task()
        self.sync()
        (found,) = set(self.claims()) - before
        return found

    def label(self, task_id: str, start_s: float, end_s: float, label: str = "speech", count: int = 1) -> list[str]:
        """Put segments of one length after each other; the ids of the Edits."""
        work, step = self._open(task_id), (end_s - start_s) / count
        made = []
        for number in range(count):
            at = [round((start_s + step * k) * SECOND_US) for k in (number, number + 1)]
            made.append(self._do(work, edits.add(Segment(new_id(), "content", at[0], at[1], (label,)))))
        return made

    def write(self, task_id: str, text: str) -> str:
        """Write a text on the first segment."""
        work = self._open(task_id)
        first = work.session.annotations.segments("content")[0]
        return self._do(work, edits.set_text(work.session.annotations, first.id, text))

    def answer(self, task_id: str, question: str, value: Any) -> str:
        work = self._open(task_id)
        given = tuple(value) if isinstance(value, list) else value
        return self._do(work, edits.set_answer(work.session.annotations, question, given))

    def choose(self, task_id: str) -> int:
        """Decide for the first side of every choice; how many there were."""
        work, count = self._open(task_id), 0
        while work.session.alternatives:
            group = work.session.alternatives[0]
            self.services.annotate.record(work.session.decide(group, group.sides[0].draft))
            count += 1
        return count

    def submit(self, task_id: str) -> None:
        self.services.tasks.submit(self._open(task_id).session.annotations)

    def finish(self, task_id: str) -> list[str]:
        """Fill a task and hand it in here."""
        end_s = self._open(task_id).task.end_us / SECOND_US
        made = self.label(task_id, 0, end_s)
        made.append(self.answer(task_id, "policy", ["none"]))
        self.submit(task_id)
        return made

    def stored(self, task_id: str) -> dict[str, Any]:
        """The own set on a task as the file holds it."""
        with self.services.file.read() as db:
            claim = tasks.claim_of(db, task_id, self.where.person_id)
            assert claim is not None
            assert claim.set_id is not None
            found = journal.get_set(db, claim.set_id)
        return {"set": found.id, "digest": found.digest(), "head": found.head, "elements": len(found)}

    def items(self, state: str) -> list[str]:
        """Items that stand so in this file."""
        with self.services.file.read() as db:
            found = db.execute(select(tables.item_state.c.item_id).where(tables.item_state.c.state == state))
            return list(found.scalars())

    def log(self) -> list[str]:
        return [line.sentence for line in self.services.sync.log()]

    def start(self) -> None:
        """Sync on a thread from now on."""
        self.services.sync.start(self._after)

    def nudge(self) -> None:
        """What the window does after each Edit."""
        self.services.sync.nudge()

    def until(self, standing: str, waiting: int, seconds: float) -> bool:
        """Whether the thread's rounds come to stand like this within a time."""
        deadline = time.monotonic() + seconds
        with self._rounds:
            while (left := deadline - time.monotonic()) > 0:
                found = self.services.sync.state()
                if (found.standing.value, found.waiting) == (standing, waiting):
                    return True
                self._rounds.wait(min(left, 0.5))
        return False

    def stop(self) -> float:
        """End the thread; how long that took."""
        began = time.monotonic()
        self.services.sync.stop()
        return time.monotonic() - began

    def close(self) -> None:
        self.services.close()

    def work(self, seed: str) -> None:
        """Take tasks, edit, hand in, skip and recall, at random, until killed."""
        rng = random.Random(seed)
        self.start()
        while True:
            states = self.claims()
            held = sorted(task for task, state in states.items() if state in (SlotState.LEASED, SlotState.RECALLED))
            done = sorted(task for task, state in states.items() if state == SlotState.SUBMITTED)
            try:
                if done and rng.random() < 0.1:
                    self.services.tasks.recall(self._open(rng.choice(done)).set_id)
                elif held:
                    self._fill(held[0], rng)
                else:
                    self._wait_for(self.services.sync.ask_for_task)
            except AnnodeskError as error:
                say(told=str(error))

    def _fill(self, task_id: str, rng: random.Random) -> None:
        work = self._open(task_id)
        if not work.session.annotations.segments("content"):
            self._do(work, edits.add(Segment(new_id(), "content", 0, work.task.end_us, ("speech",))), aloud=True)
        for _ in range(rng.randrange(1, 20)):
            self._do(work, _gesture(work, rng), aloud=True)
            time.sleep(rng.uniform(0, LONGEST_PAUSE_S))
        if rng.random() < 0.1:
            self.services.tasks.skip(work.set_id, "bad sound", "hum")
            return
        self._do(work, edits.set_answer(work.session.annotations, "policy", ("none",)), aloud=True)
        self.services.tasks.submit(work.session.annotations)
        say(submitted=work.set_id)

    def _wait_for(self, act: Callable[[], None]) -> None:
        with self._rounds:
            before = self._done
            act()
            self._rounds.wait_for(lambda: self._done > before, timeout=2)

    def _after(self, synced: Synced | None) -> None:
        with self._rounds:
            self._done += 1
            self._rounds.notify_all()

    def _open(self, task_id: str) -> TaskWork:
        return self.services.tasks.open(self.where.project_id, self.where.person_id, task_id)

    def _do(self, work: TaskWork, draft: Draft, *, aloud: bool = False) -> str:
        edit = work.session.stage(draft)
        if edit is None:
            return ""
        self.services.annotate.record(edit)
        if aloud:
            say(edit=edit.id)
        return edit.id


def _gesture(work: TaskWork, rng: random.Random) -> Draft:
    """One change that leaves no stretch without a label."""
    now = work.session.annotations
    ours = now.segments("content")
    one = rng.choice(ours)
    ways: list[Callable[[], Draft]] = [
        lambda: edits.set_labels(now, [one.id], (rng.choice(["speech", "music", "advert"]),)),
        lambda: edits.set_text(now, one.id, f"words {rng.randrange(1000)}"),
        lambda: edits.set_answer(now, "quality", rng.randrange(1, 6)),
    ]
    if one.end_us - one.start_us > 2 * SECOND_US:
        ways.append(lambda: edits.split(now, one.id, (one.start_us + one.end_us) // 2))
    if len(ours) > 1:
        ways.append(lambda: edits.merge(now, [s.id for s in ours[:2]]))
    return rng.choice(ways)()


def main() -> None:
    """Do what is asked until nothing more is."""
    desk: Desk | None = None
    for line in sys.stdin:
        verb, *rest = json.loads(line)
        try:
            if desk is None:
                desk = Desk(*rest)
                say(said=verb)
            else:
                say(said=getattr(desk, verb)(*rest))
        except AnnodeskError as error:
            say(error=error.sentence, hint=error.hint, kind=type(error).__name__)
        if verb == "close":
            return


if __name__ == "__main__":
    main()
