"""How often each person's answers meet confirmed ones: reference items, and items drawn by lot for an audit, alone.

What went to review for any other reason says nothing here: such items are the hard ones. Analysts see everybody's
figures. A person sees their own, as they stood a week ago: a figure that moved with each answer would tell which item
was a reference. Nobody else sees either, and nobody's is put beside another's in an order of merit (rule 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind
from annodesk.model.work import Role, SettledBy, Stage
from annodesk.quality.agreement import CountableSet, TaskSets
from annodesk.quality.person_accuracy import LEAST_ANSWERS, LEAST_RIGHT, Accuracy, Drift, accuracy, find_drift
from annodesk.services.independence import countable_sets
from annodesk.services.references import reference_answers, score_references
from annodesk.services.team_answers import answers_of_team, elements_of_team
from annodesk.store import confirmed, journal, projects, settled, tasks
from annodesk.workflow.escalation import Thresholds, thresholds

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.store.snapshots import Sets
    from annodesk.sync.meeting import Team

WEEK_US = 7 * 86_400_000_000
MOST_ITEMS = 2_000
"""So many references, and so many audits, are looked at: the newest."""
_AT_ONCE = 50


class Source(StrEnum):
    """What an answer was held against."""

    HIDDEN = "hidden reference"
    OPEN = "open reference"
    AUDIT = "audit"


COUNTED = (Source.HIDDEN, Source.AUDIT)
"""What a person's accuracy is made of; open references, which whoever takes one knows to be one, stand beside it."""


class Checked(Struct, frozen=True):
    """One answer held against a confirmed one: when it was handed in, and on which parts it met it."""

    person_id: str
    item_id: str
    task_id: str
    set_id: str
    source: Source
    at_us: int
    parts: Mapping[str, bool]

    @property
    def is_right(self) -> bool:
        """Whether it met the confirmed answer on every part."""
        return all(self.parts.values())


class PersonAccuracy(Struct, frozen=True):
    """What is known of one person's accuracy.

    ``reason`` says why nothing is: too few answers. ``drift`` is there where they are right less often than they were;
    ``misses`` are the answers that missed, newest first, for their analyst alone.
    """

    person_id: str
    name: str
    whole: Accuracy
    parts: Mapping[str, Accuracy]
    open: Accuracy
    drift: Drift | None = None
    misses: tuple[Checked, ...] = ()
    reason: str = ""

    @property
    def needs_somebody(self) -> bool:
        """Whether somebody should talk with them."""
        return self.drift is not None or self.whole.is_low

    @property
    def sentence(self) -> str:
        """What is known, in words."""
        if self.reason:
            return self.reason
        found = f"{_share(self.whole)} met confirmed answers."
        if self.drift is not None:
            return f"{found} It has fallen: {_share(self.drift.before)} before, {_share(self.drift.since)} since."
        return f"{found} That is under {LEAST_RIGHT:.0%}." if self.whole.is_low else found


def _share(one: Accuracy) -> str:
    return f"{one.right} of {one.n} answers ({one.low:.0%} to {one.high:.0%})"


class Accuracies:
    """People's accuracy, as those may see it who may."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def of_people(
        self, project_id: str, asked_by: str, *, cancel: CancelToken | None = None
    ) -> tuple[PersonAccuracy, ...]:
        """Everybody's, by name, for an analyst of the project; may read for long."""
        with self._desk.file.read() as db:
            if Role.ANALYST not in projects.roles_of(db, project_id, asked_by):
                sentence = "Only analysts of this project see how often people's answers meet confirmed ones."
                raise WorkflowError(sentence, "Everybody sees their own figures under My work.")
            members = projects.members(db, project_id)
            names = {person.id: person.name for person in projects.list_people(db)}
        by_person: dict[str, list[Checked]] = {one.id: [] for one, roles in members if Role.ANNOTATOR in roles}
        for found in self._checked(project_id, cancel):
            by_person.setdefault(found.person_id, []).append(found)
        made = [accuracy_of(person_id, names.get(person_id, ""), found) for person_id, found in by_person.items()]
        return tuple(sorted(made, key=lambda one: (one.name, one.person_id)))

    def own(self, project_id: str, person_id: str, *, cancel: CancelToken | None = None) -> PersonAccuracy:
        """One's own, as it stood a week ago; without the answers it is made of, which would tell what items are."""
        with self._desk.file.read() as db:
            name = projects.find_person(db, person_id).name
        if self._desk.is_shared:
            from annodesk.services.own_accuracy import own_in_team

            return self._sync.with_team(lambda team: own_in_team(team, name))
        until_us = self._desk.clock() - WEEK_US
        checked = self._checked(project_id, cancel)
        mine = [one for one in checked if one.person_id == person_id and one.at_us <= until_us]
        found = accuracy_of(person_id, name, mine)
        return PersonAccuracy(person_id, name, found.whole, found.parts, found.open, found.drift, reason=found.reason)

    def held_against_references(self, project_id: str, *, cancel: CancelToken | None = None) -> list[Checked]:
        """Every answer that was held against a reference item, oldest first; for those who may read others' work."""
        return [one for one in self._checked(project_id, cancel) if one.source is not Source.AUDIT]

    def _checked(self, project_id: str, cancel: CancelToken | None) -> list[Checked]:
        with self._desk.file.read() as db:
            project = projects.get_version(db, project_id).project
            limits = {b.id: thresholds(project, b) for b in projects.list_batches(db, project_id)}
        of_any = thresholds(project)
        if self._desk.is_shared:
            found = self._sync.with_team(lambda team: list(_of_team(team, cancel)))
        else:
            with self._desk.file.read() as db:
                drawn = confirmed.audited(db, project_id, MOST_ITEMS)
                found = list(confirmed_here(db, project_id, drawn, cancel, journal))
        told = [
            one for known in found for one in held_against(project.schema, known, limits.get(known.batch_id, of_any))
        ]
        return sorted(told, key=lambda one: (one.at_us, one.set_id))


def accuracy_of(person_id: str, name: str, checked: Sequence[Checked]) -> PersonAccuracy:
    """A person's figures from what of theirs was held against a confirmed answer, oldest first."""
    counted = [one for one in checked if one.source in COUNTED]
    by_part: dict[str, list[bool]] = {}
    for one in counted:
        for part, is_met in one.parts.items():
            by_part.setdefault(part, []).append(is_met)
    right = [one.is_right for one in counted]
    whole = accuracy(right)
    in_open = accuracy([one.is_right for one in checked if one.source is Source.OPEN])
    parts = {part: accuracy(met) for part, met in by_part.items()}
    if len(counted) < LEAST_ANSWERS:
        how_many = "None" if not counted else f"Only {len(counted)}"
        reason = (
            f"{how_many} of these answers could be held against a confirmed one; from {LEAST_ANSWERS} on this says how "
            "many met it."
        )
        return PersonAccuracy(person_id, name, whole, parts, in_open, reason=reason)
    misses = tuple(one for one in reversed(counted) if not one.is_right)
    return PersonAccuracy(person_id, name, whole, parts, in_open, find_drift(right), misses)


class Known(Struct, frozen=True):
    """A task with its confirmed answer, and what people answered who could not know it, with when."""

    item_id: str
    task_id: str
    batch_id: str
    source: Source
    answer: CountableSet
    given: Sequence[tuple[CountableSet, int]]


def held_against(schema: LabelSchema, known: Known, limits: Thresholds) -> Iterator[Checked]:
    """What became of each answer; none where the confirmed one leaves the item out."""
    for given, at_us in known.given:
        task = TaskSets(known.task_id, 0, (given,))
        met: dict[str, bool] = {}
        for row in score_references(schema, [task], {known.task_id: known.answer}):
            met[row.part] = met.get(row.part, True) and row.value >= limits.reference_below(row.part, row.label)
        if met:
            person = given.annotations.author.id
            yield Checked(person, known.item_id, known.task_id, given.set_id, known.source, at_us, met)


# Alone


def confirmed_here(
    db: Connection,
    project_id: str,
    drawn: Iterable[tuple[str, int]],
    cancel: CancelToken | None,
    sets: Sets,
) -> Iterator[Known]:
    """References and audits of a file, or as a worker reads them; ``drawn`` are audits, with when each was drawn."""
    for item_id, is_hidden in confirmed.references(db, project_id, MOST_ITEMS):
        if cancel is not None:
            cancel.check()
        stages = tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)
        answers, since_us = reference_answers(db, item_id, stages, sets)
        source = Source.HIDDEN if is_hidden else Source.OPEN
        for task in stages:
            if task.id in answers:
                given = [one for one in _given(db, task.id, sets) if one[1] > since_us]
                yield Known(item_id, task.id, task.batch_id or "", source, answers[task.id], given)
    for item_id, since_us in drawn:
        if cancel is not None:
            cancel.check()
        stages = tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)
        standing = settled.standing(db, [task.id for task in stages])
        for task in stages:
            one = standing.get(task.id)
            if one is not None and one.settled_by is SettledBy.ADJUDICATION:
                answer = CountableSet(one.set_id, one.head, sets.set_at(db, one.set_id, one.head), aided=False)
                given = [found for found in _given(db, task.id, sets) if found[1] <= since_us and not found[0].aided]
                yield Known(item_id, task.id, task.batch_id or "", Source.AUDIT, answer, given)


def _given(db: Connection, task_id: str, kept: Sets) -> list[tuple[CountableSet, int]]:
    sets = countable_sets(db, task_id, sets=kept)
    first = tasks.first_submissions(db, [one.set_id for one in sets]) if sets else {}
    return [(one, first[one.set_id].made_at_us) for one in sets]


# In a team

_REFERENCES = """
select item_id, is_hidden, set_id, made_at_us from annodesk.reference_item
 where project_id = %s and suspended_at_us is null order by made_at_us desc limit %s
"""
AUDITED = """
select s.item_id, e.made_at_us
  from (select project_id, item_id from annodesk.item_state
         where project_id = %s and state = 'settled' order by changed_at_us desc limit %s) s
  join lateral (select max(made_at_us) as made_at_us, bool_and(reason = 'audit') as is_drawn from annodesk.escalation
                 where project_id = s.project_id and item_id = s.item_id) e on e.is_drawn
"""
_STOOD = """
select k.item_id, k.id as task_id, i.batch_id, coalesce(l.set_id, case when n.n = 1 then w.set_id end) as set_id,
       coalesce(l.head, case when l.set_id is null then a.head end) as head
  from unnest(%s::text[], %s::text[], %s::bigint[]) as w (item_id, set_id, until_us)
  join annodesk.task k on k.project_id = %s and k.item_id = w.item_id and k.stage = 'annotate'
  join annodesk.item i on i.project_id = k.project_id and i.id = k.item_id
  join lateral (select count(*) as n from annodesk.task
                 where project_id = k.project_id and item_id = k.item_id and stage = 'annotate') n on true
  left join lateral (select set_id, head from annodesk.settlement
                      where project_id = k.project_id and task_id = k.id and settled_by = 'adjudication'
                        and made_at_us <= w.until_us order by made_at_us desc, id desc limit 1) l on true
  left join annodesk.annotation_set a on a.project_id = k.project_id and a.id = w.set_id
"""
_EVER = 2**62


def _of_team(team: Team, cancel: CancelToken | None) -> Iterator[Known]:
    """The same as the server has it; what the analyst has open to label is out of their sight."""
    references = team.link.ask(_REFERENCES, team.project_id, MOST_ITEMS)
    wanted = [
        (row["item_id"], row["set_id"], row["made_at_us"], Source.HIDDEN if row["is_hidden"] else Source.OPEN)
        for row in references
    ]
    drawn = team.link.ask(AUDITED, team.project_id, MOST_ITEMS)
    wanted += [(row["item_id"], None, row["made_at_us"], Source.AUDIT) for row in drawn]
    for first in range(0, len(wanted), _AT_ONCE):
        if cancel is not None:
            cancel.check()
        page = wanted[first : first + _AT_ONCE]
        for source in Source:
            yield from _page_of_team(team, [one[:3] for one in page if one[3] is source], source)


def _page_of_team(team: Team, page: Sequence[tuple[str, str | None, int]], source: Source) -> Iterable[Known]:
    if not page:
        return
    since_us = {item_id: at_us for item_id, _, at_us in page}
    until = [_EVER if source is Source.AUDIT else at_us for _, _, at_us in page]
    asked = ([one[0] for one in page], [one[1] for one in page], until, team.project_id)
    stood = [row for row in team.link.ask(_STOOD, *asked) if row["set_id"] is not None]
    elements = elements_of_team(team, {row["set_id"]: row["head"] for row in stood})
    given = answers_of_team(team, list(since_us), unaided_only=source is Source.AUDIT)
    for row in stood:
        item_id, set_id = row["item_id"], row["set_id"]
        if set_id not in elements and row["head"] is not None:
            continue
        said = AnnotationSet(set_id, author=Author(AuthorKind.ADJUDICATOR), elements=elements.get(set_id, []))
        answers = [
            (one.counted, one.first_at_us)
            for one in given.get(row["task_id"], [])
            if (one.first_at_us <= since_us[item_id]) == (source is Source.AUDIT)
        ]
        answer = CountableSet(set_id, row["head"], said, aided=False)
        yield Known(item_id, row["task_id"], row["batch_id"], source, answer, answers)
