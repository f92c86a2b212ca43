"""The machine rule at work: lets the model's answers stand, gives some to people to audit, takes back what audits deny.

A label may stand alone only after so many answers of people who had not seen it (``quality.price``); what is promised
then is kept, and audits are held against it. Where they fall under it the label stands no more, and what stood since
then is queued again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.model.ids import new_id
from annodesk.model.refused import refused_parts
from annodesk.model.rules import submit_problems
from annodesk.model.times import Interval
from annodesk.model.work import Ending, ItemState, SettledBy, Stage, Task
from annodesk.quality import price
from annodesk.quality.agreement import scored_parts
from annodesk.quality.audits import audits_of, find_fall
from annodesk.quality.price import Answers, Judged, Key
from annodesk.quality.verdicts import ItemSaid, task_said
from annodesk.services.alarms import alarmed_until
from annodesk.services.gathered import said_now
from annodesk.services.kept_verdicts import KeptItem, keep, keep_beside, kept_among, kept_items, kept_of, stood_between
from annodesk.services.opened import model_set
from annodesk.services.settling import move_on, queue_again
from annodesk.store import answered, figures, projects, promises, settled, tasks
from annodesk.store.figures import Settlement
from annodesk.store.promises import Promise
from annodesk.workflow.machine import Verdict, judge_alone, machine_audit_share

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.progress import CancelToken
    from annodesk.services.places import Place
    from annodesk.store.answered import Answered
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion


class Memory(Struct):
    """What need not be looked at again.

    Parameters
    ----------
    for_people : items that people are to label, with the model's set and the rules by which that was found
    judged : the model's newest set on each item that was seen to be judged by those who had not seen it
    kept : what was kept of each item when it was read last
    doubted : by alarm the items that stood under it and are not queued again yet: somebody else was at them
    """

    for_people: dict[str, tuple[str, object]] = field(default_factory=dict)
    judged: dict[str, str] = field(default_factory=dict)
    kept: dict[str, KeptItem] = field(default_factory=dict)
    doubted: dict[str, list[str]] = field(default_factory=dict)


class MachineRound(Struct, frozen=True):
    """Items that the machine rule settled, gave to people to audit, and queued again; and the alarms it raised."""

    settled: tuple[str, ...] = ()
    audits: int = 0
    queued: tuple[str, ...] = ()
    alarms: tuple[Promise, ...] = ()
    is_more: bool = False


class _Rule(Struct, frozen=True):
    """Above which probability which labels stand alone, the answers that rests on, and what audits are drawn by."""

    above: float
    may: frozenset[Key]
    answers: dict[Key, Answers]
    version: ProjectVersion
    lots: str

    @property
    def mark(self) -> object:
        """Another one wherever an item may be judged otherwise."""
        return self.above, self.may, self.version.version


class _Alone(Struct, frozen=True):
    """An item that may stand, with the model's sets."""

    item_id: str
    tasks: tuple[Task, ...]
    sets: tuple[AnnotationSet, ...]
    said: ItemSaid
    verdict: Verdict


class MachineRule:
    """Lets answers of the model stand, in the local file or in a shared database."""

    def __init__(self, place: Place, memory: Memory | None = None) -> None:
        self._place, self._memory = place, memory or Memory()
        self._left: int | None = None

    def round(self, project_id: str, *, cancel: CancelToken | None = None, most: int | None = None) -> MachineRound:
        """Judge what the model has answered anew, look at the audits, then at what nobody has begun.

        Of ``most`` items at a time; the result says whether there are more.
        """
        self._left = most
        pages = list(self._place.answered(project_id))
        with self._place.read() as db:
            version = projects.get_version(db, project_id)
        for page in pages:
            self._judge_again(version, page, cancel)
        with self._place.read() as db:
            held = promises.of_project(db, project_id)
            above = version.project.prelabel.accept_above
            if above is None and all(one.ended_at_us is not None for one in held):
                return MachineRound(is_more=self._is_over)
            kept = kept_items(db, project_id, known=self._memory.kept)
        self._memory.kept = {one.item_id: one for one in kept}
        alarms, queued = self._look_at_audits(project_id, held, kept)
        if above is None:
            return MachineRound(queued=tuple(queued), alarms=tuple(alarms), is_more=self._is_over)
        if alarms:
            with self._place.read() as db:
                held = promises.of_project(db, project_id)
        answers = price.answers_by_key(_judged(kept), since_us=alarmed_until(held))
        standing = (price.standing_of(key, found, above) for key, found in answers.items())
        may = frozenset(one.key for one in standing if one.may)
        stands, audits = list[str](), 0
        if may:
            rule = _Rule(above, may, answers, version, self._place.lots(project_id))
            stands, audits = self._let_stand(rule, pages, cancel)
        return MachineRound(tuple(stands), audits, tuple(queued), tuple(alarms), self._is_over)

    def _judge_again(self, version: ProjectVersion, page: Sequence[Answered], cancel: CancelToken | None) -> None:
        """Hold what the model says now against people's answers, where it answered after they were compared."""
        seen = self._memory.judged
        # Tasks of one item may lie on two pages, each with the newest of its own sets.
        fresh = {one.item_id: one.answer for one in page if seen.get(one.item_id, "") < one.answer}
        with self._place.read() as db:
            known = answered.decided(db, version.project_id, sorted(fresh)) if fresh else set()
            kept = kept_among(db, sorted(known))
        for item_id in sorted(known):
            if cancel is not None:
                cancel.check()
            said, now, keep_now = (
                kept.get(item_id),
                partial(self._now, version, item_id),
                partial(self._keep_now, item_id),
            )
            if self._is_over:
                return
            is_judged = said is not None and (said.stands or said.answer >= fresh[item_id])
            if not is_judged:
                self._count()
            if is_judged or self._place.one_item(item_id, now, keep_now) is not None:
                seen[item_id] = fresh[item_id]

    @property
    def _is_over(self) -> bool:
        """Whether as many items have been looked at as are to be at once."""
        return self._left is not None and self._left <= 0

    def _count(self) -> None:
        if self._left is not None:
            self._left -= 1

    def _now(self, version: ProjectVersion, item_id: str, db: Connection) -> ItemSaid | None:
        """What the model says now of an item that people have labelled; None of one that stood without them."""
        kept = kept_of(db, item_id)
        if kept is not None and kept.stands:
            return None
        return said_now(db, version, item_id, self._place.sets, kept)

    def _keep_now(self, item_id: str, db: Connection, said: ItemSaid) -> None:
        keep_beside(db, item_id, said, self._place.now_us())
        self._memory.kept.pop(item_id, None)

    def _let_stand(
        self, rule: _Rule, pages: Sequence[Sequence[Answered]], cancel: CancelToken | None
    ) -> tuple[list[str], int]:
        stands, audits = [], 0
        for one in self._not_begun(rule, pages):
            if self._is_over:
                break
            self._count()
            if cancel is not None:
                cancel.check()
            found = self._place.one_item(
                one.item_id,
                partial(self._judge, rule=rule, one=one),
                partial(self._act, rule),
            )
            if found is not None:
                audits += found.verdict is Verdict.AUDIT
                stands += [one.item_id] if found.verdict is Verdict.STANDS else []
        return stands, audits

    def _not_begun(self, rule: _Rule, pages: Sequence[Sequence[Answered]]) -> Iterator[Answered]:
        """Items that nobody has begun and that were not seen to be for people."""
        for page in pages:
            fresh = [one for one in page if not self._is_for_people(rule, one)]
            with self._place.read() as db:
                ids = sorted(one.item_id for one in fresh)
                free = answered.unbegun(db, rule.version.project_id, ids) if ids else set()
            yield from (one for one in fresh if one.item_id in free)

    def _is_for_people(self, rule: _Rule, one: Answered) -> bool:
        """Whether an item was seen to be for people by these rules, with this answer of the model or a newer one.

        Tasks of one item may lie on two pages, each with the newest of its own sets.
        """
        newest, mark = self._memory.for_people.get(one.item_id, ("", None))
        return mark == rule.mark and one.answer <= newest

    def _judge(self, db: Connection, *, rule: _Rule, one: Answered) -> _Alone | None:
        """What becomes of an item; None where it is for people, or somebody is at it just now."""
        stages = tuple(tasks.tasks_of_item(db, one.item_id, Stage.ANNOTATE))
        if not self._is_free(db, one.item_id, stages):
            return None
        kept = kept_of(db, one.item_id)
        found = self._alone(db, rule, one.item_id, stages)
        if found is None or (kept is not None and kept.drawn_us is not None):
            self._memory.for_people[one.item_id] = one.answer, rule.mark
            return None
        return found if self._place.take_places(db, [task.id for task in stages]) else None

    def _alone(self, db: Connection, rule: _Rule, item_id: str, stages: Sequence[Task]) -> _Alone | None:
        project = rule.version.project
        parts, sets, said = scored_parts(project.schema), [], []
        for task in stages:
            model = model_set(db, task.id, self._place.sets)
            if model is None or refused_parts(model):
                return None
            if submit_problems(project.schema, model, Interval(task.start_us, task.end_us)):
                return None
            sets.append(model)
            said.append(task_said(parts, model, ()))
        whole = ItemSaid(tuple(said), answer=max(one.id for one in sets))
        verdict = judge_alone(
            price.kinds_of(whole),
            above=rule.above,
            may=rule.may,
            audit_share=machine_audit_share(project.workflow.audit_share),
            seed=rule.lots,
            item_id=item_id,
        )
        return None if verdict is Verdict.PEOPLE else _Alone(item_id, tuple(stages), tuple(sets), whole, verdict)

    def _is_free(self, db: Connection, item_id: str, stages: Collection[Task]) -> bool:
        is_open = figures.item_state(db, item_id) is ItemState.OPEN
        return bool(stages) and is_open and not any(tasks.claims_of_task(db, task.id) for task in stages)

    def _act(self, rule: _Rule, db: Connection, found: _Alone) -> None:
        now, ids = self._place.now_us(), [task.id for task in found.tasks]
        # Alone, somebody may have begun it since it was judged.
        if not self._is_free(db, found.item_id, found.tasks):
            return
        self._promise(db, rule, {key for key, _ in price.kinds_of(found.said)}, now)
        if found.verdict is Verdict.AUDIT:
            answered.blind_places(db, ids)
            keep(db, found.item_id, replace(found.said, drawn_us=now), now)
            return
        for task, answer in zip(found.tasks, found.sets, strict=True):
            figures.settle(db, Settlement(task.id, answer.id, answer.head, SettledBy.MACHINE, now))
        move_on(db, found.item_id, ItemState.SETTLED, SettledBy.MACHINE, now)
        keep(db, found.item_id, replace(found.said, stands=True), now)
        self._place.close_places(db, ids)
        self._place.tell(db, found.item_id, ItemState.SETTLED)

    def _promise(self, db: Connection, rule: _Rule, keys: Collection[Key], now_us: int) -> None:
        """Note what is promised of labels that begin to stand; what stood by other rules ends."""
        project_id = rule.version.project_id
        standing = {_key_of(one): one for one in promises.of_project(db, project_id) if one.ended_at_us is None}
        for key in sorted(keys):
            known = standing.get(key)
            if known is not None and known.above == rule.above:
                continue
            if known is not None:
                promises.end(db, project_id, known.id, Ending.CHANGED, now_us)
            found = rule.answers[key]
            share, n = price.promised(found, rule.above), round(float(found.of.sum()))
            made = Promise(new_id(), *key, above=rule.above, share=share, answers=n, made_at_us=now_us)
            promises.add(db, project_id, [made])

    def _look_at_audits(
        self, project_id: str, held: Sequence[Promise], kept: Sequence[KeptItem]
    ) -> tuple[list[Promise], list[str]]:
        """Raise alarm where audits have fallen under a promise, and queue again what has stood since then."""
        is_held = any(one.ended_at_us is None for one in held)
        answers = price.answers_by_key(_judged(kept)) if is_held else {}
        alarms, queued = [], list[str]()
        for one in held:
            if one.ending is Ending.ALARM:
                queued += self._queue_rest(project_id, one)
            elif one.ended_at_us is None and (found := answers.get(_key_of(one))) is not None:
                alarm = self._raise_alarm(project_id, one, found)
                if alarm is not None:
                    alarms.append(alarm)
                    queued += self._queue(self._stood(project_id, alarm))
        return alarms, queued

    def _raise_alarm(self, project_id: str, one: Promise, found: Answers) -> Promise | None:
        seen = audits_of(found, one.above, one.made_at_us)
        fall = find_fall([is_right for _, is_right in seen], one.share)
        if fall is None:
            return None
        # It may have begun as soon as the last audit was drawn that speaks for the promise.
        since_us = seen[fall.first - 1][0] if fall.first else one.made_at_us
        with self._place.write() as db:
            now = self._place.now_us()
            n, right_ones = fall.audits, fall.right
            promises.end(
                db, project_id, one.id, Ending.ALARM, now, since_us=since_us, audits=n, audits_right=right_ones
            )
        ended = replace(one, ended_at_us=now, ending=Ending.ALARM)
        return replace(ended, since_us=since_us, audits=n, audits_right=right_ones)

    def _stood(self, project_id: str, alarm: Promise) -> list[str]:
        """What has stood with a label since audits fell under its promise."""
        key, low, high = _key_of(alarm), alarm.since_us or 0, alarm.ended_at_us or 0
        with self._place.read() as db:
            stood = stood_between(db, project_id, low, high)
            return [item_id for item_id, said in stood if key in price.keys_of(said)]

    def _queue(self, item_ids: Sequence[str]) -> list[str]:
        """Open some items again that have stood without a person."""
        return [item_id for item_id in item_ids if self._queue_one(item_id)]

    def _queue_rest(self, project_id: str, alarm: Promise) -> list[str]:
        """Open again what somebody else was at when an alarm was raised; what stood is read once for each alarm."""
        rest = self._memory.doubted
        if alarm.id not in rest:
            rest[alarm.id] = self._stood(project_id, alarm)
        queued = self._queue(rest[alarm.id])
        rest[alarm.id] = [item_id for item_id in rest[alarm.id] if item_id not in queued]
        return queued

    def _queue_one(self, item_id: str) -> bool:
        def judge(db: Connection) -> str | None:
            ids = [task.id for task in tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)]
            ways = {one.settled_by for one in settled.standing(db, ids).values()}
            is_settled = figures.item_state(db, item_id) is ItemState.SETTLED
            return item_id if is_settled and ways == {SettledBy.MACHINE} else None

        return self._place.one_item(item_id, judge, self._queue_again) is not None

    def _queue_again(self, db: Connection, item_id: str) -> None:
        now = self._place.now_us()
        ids = [task.id for task in tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)]
        settled.withdraw(db, ids)
        queue_again(db, item_id, now)
        kept = kept_of(db, item_id)
        if kept is not None:
            keep(db, item_id, replace(kept, stands=False), now)
        self._place.open_places(db, ids)
        self._place.tell(db, item_id, ItemState.REOPENED)


def _judged(kept: Sequence[KeptItem]) -> Judged:
    return Judged(tuple(one.judged for one in kept))


def _key_of(one: Promise) -> Key:
    return Key(one.part, one.label, one.is_given, one.source)
