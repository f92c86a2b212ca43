"""What is decided about others' work beside one's own rulings: it goes back, is opened again, becomes a reference.

In a team the server decides and answers at once: nothing of this waits, so nobody acts on what was refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from annodesk.errors import WorkflowError
from annodesk.model.ids import new_id
from annodesk.model.work import (
    Comment,
    Escalation,
    ItemState,
    Reason,
    Role,
    SettledBy,
    Slot,
    SlotState,
    Stage,
    Task,
)
from annodesk.services.changes import Changes, Decided, Kind
from annodesk.store import answered, figures, precedents, projects, settled, tasks, told
from annodesk.store.checked import to_json
from annodesk.workflow import states

if TYPE_CHECKING:
    from annodesk.model.pins import Pin
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

MOST_SHOWN = 500

_NEWEST = """
select s.item_id, i.key, s.changed_at_us, coalesce(r.stands, false) as is_reference,
       (select string_agg(distinct l.settled_by, ' ') from annodesk.task k
          join annodesk.settlement l on l.project_id = k.project_id and l.task_id = k.id and l.stands
         where k.project_id = s.project_id and k.item_id = s.item_id) as ways
  from (select project_id, item_id, changed_at_us from annodesk.item_state
         where project_id = %s and state = 'settled' order by changed_at_us desc limit %s) s
  cross join lateral (select key from annodesk.item where project_id = s.project_id and id = s.item_id limit 1) i
  left join lateral (select suspended_at_us is null as stands from annodesk.reference_item
         where project_id = s.project_id and item_id = s.item_id limit 1) r on true
 order by s.changed_at_us desc
"""


class SettledItem(Struct, frozen=True):
    """An item whose answer stands: by what, since when, and whether it is a reference."""

    item_id: str
    title: str
    at_us: int
    ways: tuple[SettledBy, ...]
    is_reference: bool


class Judging:
    """What an analyst or a manager may decide about what others did."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def settled(self, project_id: str) -> list[SettledItem]:
        """The items settled last, newest first."""
        if not self._desk.is_shared:
            with self._desk.file.read() as db:
                return [SettledItem(*row) for row in settled.newest(db, project_id, MOST_SHOWN)]
        rows = self._sync.with_team(lambda team: team.link.ask(_NEWEST, team.project_id, MOST_SHOWN))
        return [
            SettledItem(
                row["item_id"],
                row["key"],
                row["changed_at_us"],
                tuple(SettledBy(way) for way in (row["ways"] or "").split()),
                row["is_reference"],
            )
            for row in rows
        ]

    def return_work(self, set_id: str, person_id: str, words: str, pins: Sequence[Pin] = ()) -> Decided:
        """Give a submission back to its author with what is to be done, and where; its item waits for it again.

        Who gave it back is not told.
        """
        if not pins or words.strip():
            words = _require_words(words, "Say what is to be done.")
        ask = "select annodesk.return_work(%s, %s, %s, %s)"
        sent = to_json([asdict(pin) for pin in pins])
        self._decide(ask, set_id, words, sent, alone=lambda db: self._return(db, set_id, person_id, words, pins))
        with_pins = f" with {len(pins)} {'pin' if len(pins) == 1 else 'pins'}" if pins else ""
        changed = Changes.of(Kind.ITEMS, Kind.TASKS, Kind.COMMENTS, sets=(set_id,))
        return Decided(f"Returned to its annotator{with_pins}.", changed)

    def reopen(self, item_id: str, person_id: str, words: str) -> Decided:
        """Open a settled item again: somebody labels it who has not seen it, else it is judged anew."""
        words = _require_words(words, "Say why it is opened again.")
        ask = "select annodesk.reopen(%s, %s, %s) as said"
        after = self._decide(ask, item_id, words, alone=lambda db: self._reopen(db, item_id, person_id, words))
        to_label = "Open again; somebody labels it who has not seen it."
        sentence = to_label if after == ItemState.REOPENED else "Open again; it waits for review."
        return Decided(sentence, Changes.of(Kind.ITEMS, Kind.TASKS, items=(item_id,)))

    def confirm(self, item_id: str, person_id: str, *, is_hidden: bool) -> Decided:
        """Make an adjudicated answer a reference, hidden among ordinary work or open; never by who settled it."""
        ask = "select annodesk.confirm_reference(%s, %s, %s)"
        self._decide(
            ask, item_id, is_hidden, alone=lambda db: self._confirm(db, item_id, person_id, is_hidden=is_hidden)
        )
        kind = "hidden" if is_hidden else "open"
        return Decided(f"It is a reference item now, {kind}.", Changes.of(Kind.ITEMS, items=(item_id,)))

    def retire_reference(self, item_id: str, person_id: str) -> None:
        """Hold nothing against a reference item any more, and give it to nobody."""

        def alone(db: Connection) -> str:
            self._judge(db, item_id, person_id)
            settled.forget_reference(db, item_id)
            return ""

        self._decide("select annodesk.retire_reference(%s, %s)", item_id, alone=alone)

    def _decide(self, statement: str, *values: Any, alone: Callable[[Connection], str]) -> str:
        if not self._desk.is_shared:
            with self._desk.file.write() as db:
                return alone(db)

        def ask(team: Team) -> str:
            rows = team.link.ask(statement, team.project_id, *values)
            return str(rows[0].get("said", "")) if rows else ""

        said = self._sync.with_team(ask)
        self._sync.nudge()
        return said

    # Alone

    def _judge(self, db: Connection, item_id: str, person_id: str) -> tuple[str, frozenset[Role]]:
        """The project of an item, and the person's roles there; refused to who may not judge it."""
        project_id = tasks.project_of_task(db, tasks.tasks_of_item(db, item_id)[0].id)
        roles = projects.roles_of(db, project_id, person_id)
        states.require_reviewer(person_id, roles, tasks.labellers(db, item_id))
        return project_id, roles

    def _return(self, db: Connection, set_id: str, person_id: str, words: str, pins: Sequence[Pin]) -> str:
        claim = tasks.claim_of_set(db, set_id)
        task = tasks.get_task(db, claim.task_id)
        _, roles = self._judge(db, task.item_id, person_id)
        now = self._desk.clock()
        if figures.item_state(db, task.item_id) is ItemState.SETTLED:
            raise WorkflowError("It is settled.", "Open the item again instead.")
        if any(told.disputes(db, task.item_id, one.id)[0] for one in tasks.tasks_of_item(db, task.item_id)):
            raise WorkflowError("It was disputed, and is ruled again first.", "Settle it.")
        for pin in pins:
            by, place = Role.ANALYST.value, (pin.time_us, pin.element_id)
            figures.add_comment(
                db, Comment(new_id(), set_id, by, pin.text, *place, made_at_us=now, text_at=pin.text_at)
            )
        states.move_slot(claim.as_slot(), SlotState.RETURNED, by=person_id, roles=roles)
        tasks.set_claim_state(db, claim, SlotState.RETURNED, person_id, now, note=words)
        # What it was scored on has been taken back, so it is as before.
        figures.set_item_state(db, task.item_id, ItemState.OPEN, person_id, now)
        figures.close_escalations(db, task.item_id, now)
        return ""

    def _reopen(self, db: Connection, item_id: str, person_id: str, words: str) -> str:
        project_id, roles = self._judge(db, item_id, person_id)
        now, before = self._desk.clock(), figures.item_state(db, item_id)
        after = states.move_item(before, ItemState.REOPENED, by=person_id, roles=roles)
        stages = tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)
        standing = settled.standing(db, [task.id for task in stages])
        by_machine = {task_id for task_id, one in standing.items() if one.settled_by is SettledBy.MACHINE}
        settled.withdraw(db, [task.id for task in stages])
        figures.set_item_state(db, item_id, after, person_id, now)
        for review in tasks.tasks_of_item(db, item_id, Stage.REVIEW):
            for claim in tasks.claims_of_task(db, review.id):
                if claim.state in (SlotState.SUBMITTED, SlotState.LEASED):
                    tasks.set_claim_state(db, claim, SlotState.EXPIRED, person_id, now)
                    tasks.free_slot(db, claim.id)
        members = [p.id for p, held in projects.members(db, project_id) if Role.ANNOTATOR in held]
        held = [{claim.person_id for claim in tasks.claims_of_task(db, task.id)} for task in stages]
        is_fresh = all(set(members) - one for one in held) and not precedents.items_ever(db, [item_id])
        raised = Escalation(new_id(), item_id, Reason.FLAGGED, evidence={"note": words, "reopened": True})
        figures.add_escalation(db, raised, None, now)
        if is_fresh:
            figures.close_escalations(db, item_id, now)
            # Where no person has labelled it the places are still there.
            answered.blind_places(db, sorted(by_machine))
            for task in (task for task in stages if task.id not in by_machine):
                there = tasks.slots_of(db, task.id)
                if any(slot.person_id is None for slot in there):  # as a reference it has one for the next
                    answered.blind_places(db, [task.id])
                else:
                    tasks.add_slot(db, Slot(new_id(), task.id, len(there) + 1, shows_suggestions=False))
            return after.value
        known = {review.start_us for review in tasks.tasks_of_item(db, item_id, Stage.REVIEW)}
        for task in stages:
            if task.start_us not in known:
                review = Task(new_id(), item_id, Stage.REVIEW, task.start_us, task.end_us, task.batch_id, task.priority)
                tasks.add_task(db, project_id, review, [Slot(new_id(), review.id, 1, shows_suggestions=False)], now)
        figures.set_item_state(db, item_id, ItemState.ESCALATED, person_id, now)
        return ItemState.ESCALATED.value

    def _confirm(self, db: Connection, item_id: str, person_id: str, *, is_hidden: bool) -> str:
        self._judge(db, item_id, person_id)
        stages = tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)
        standing = settled.standing(db, [task.id for task in stages])
        is_judged = all(one.settled_by is SettledBy.ADJUDICATION for one in standing.values())
        if figures.item_state(db, item_id) is not ItemState.SETTLED or len(standing) < len(stages) or not is_judged:
            raise WorkflowError("Only an answer that an analyst has settled becomes a reference.", "Choose another.")
        if person_id in {one.author_id for one in standing.values()}:
            raise WorkflowError("You settled this item, so somebody else confirms it.", "Ask another analyst.")
        if is_hidden and precedents.items_ever(db, [item_id]):
            sentence = "Its answer is, or was, pinned to the guidelines, so it can only be an open reference."
            raise WorkflowError(sentence, "Choose another, or make it an open one.")
        answer = standing[stages[0].id].set_id
        settled.make_reference(db, item_id, answer, person_id, is_hidden=is_hidden, now_us=self._desk.clock())
        return ""


def _require_words(words: str, sentence: str) -> str:
    if not words.strip():
        raise WorkflowError(sentence, "A few words are enough.")
    return words.strip()
