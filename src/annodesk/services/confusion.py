"""Who takes what for what: the most probable answers of a part and a confusion matrix of each annotator.

Only answers given without suggestions count (rule 8), each as it stood before its author saw a comparison. Analysts see
all of it. Anybody else sees their own matrix alone, made of what is settled, so that nothing is told of an item that
somebody may still label; nobody's is ever put beside another's in an order of merit (rule 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import AnnotationSet
from annodesk.model.schema import Question, SpanType, Tier
from annodesk.model.work import ItemState, Role, SlotState, Stage
from annodesk.quality.agreement import scored_parts
from annodesk.quality.dawid_skene import DawidSkene, dawid_skene
from annodesk.quality.ratings import Listed
from annodesk.quality.said import said_of
from annodesk.services.independence import countable_sets
from annodesk.services.team_answers import answers_of_team
from annodesk.store import items, projects, tasks

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.quality.units import FloatArray
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

MOST_ITEMS = 2_000
"""So many of the settled items and of those in review are looked at: a matrix is about how somebody works now."""
LEAST_OWN = 20
"""Of fewer places one's own matrix would tell what single items are."""
_AT_ONCE = 50

_SCORED = (ItemState.SETTLED, ItemState.ESCALATED)
_BLIND = frozenset({SlotState.LEASED, SlotState.PARKED, SlotState.RECALLED, SlotState.RETURNED})


class PersonMatrix(Struct, frozen=True):
    """How often a person says each label (columns) of a place that is each label (rows), in the order of ``labels``.

    ``seen`` is how many places of each true label it rests on; a row of zeros rests on none.
    """

    person_id: str
    name: str
    shares: tuple[tuple[float, ...], ...]
    seen: tuple[float, ...]


class Probable(Struct, frozen=True):
    """The most probable label at one place of a settled item's task, and how probable it is."""

    item_id: str
    item: str
    task_id: str
    at: int
    label: str
    probability: float


class ConfusionMatrices(Struct, frozen=True):
    """What people's independent answers on a part say together; ``reason`` says why that is not defined.

    Parameters
    ----------
    labels : "" stands for nothing marked there
    shares : the share of places that each label has
    people : one's own alone for whoever is no analyst
    answers : for analysts alone, the least probable first; none of what waits for review, where shares of votes
        stay hidden from who is to rule
    items, places : how much it rests on
    converged : whether more iterations would change little
    is_timed : whether ``at`` of its answers is a time (us)
    """

    part: str
    label: str | None = None
    labels: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    people: tuple[PersonMatrix, ...] = ()
    answers: tuple[Probable, ...] = ()
    items: int = 0
    places: int = 0
    converged: bool = True
    is_timed: bool = False
    reason: str = ""


class _Task(Struct, frozen=True):
    """A task on which people answered."""

    item_id: str
    item: str
    task_id: str
    is_settled: bool


_Answered = tuple[_Task, list[AnnotationSet]]
"""A task and what was said on it independently."""


def confusion_matrices(
    desk: Desk,
    sync: Sync,
    project_id: str,
    part: str,
    person_id: str,
    *,
    label: str | None = None,
    cancel: CancelToken | None = None,
) -> ConfusionMatrices:
    """The model of one part, or of one label of it, over a project's scored items, as a person may see it.

    May read for long. In a team an analyst's workstation asks the server, under their own login.
    """
    with desk.file.read() as db:
        is_analyst = Role.ANALYST in projects.roles_of(db, project_id, person_id)
        schema = projects.get_version(db, project_id).project.schema
        names = {person.id: person.name for person in projects.list_people(db)}
    about = next((one for one in scored_parts(schema) if one.name == part), None)
    if about is None:
        return ConfusionMatrices(part, label, reason=f"{part} is a text, or not in the project; it is not compared.")
    if desk.is_shared and not is_analyst:
        return ConfusionMatrices(part, label, reason="In a team only analysts are shown this.")
    said = _Said(about, label, cancel)
    if desk.is_shared:
        sync.with_team(lambda team: said.add(_of_team(team)))
    else:
        with desk.file.read() as db:
            said.add(one for one in _here(db, project_id, person_id) if is_analyst or one[0].is_settled)
    whole = said.modelled(names)
    return whole if is_analyst else _own(whole, person_id)


def _own(whole: ConfusionMatrices, person_id: str) -> ConfusionMatrices:
    mine = tuple(one for one in whole.people if one.person_id == person_id)
    if whole.reason:
        return whole
    if not mine or sum(mine[0].seen) < LEAST_OWN:
        reason = f"Yours is shown once {LEAST_OWN} of your answers are settled that you gave without suggestions."
        return ConfusionMatrices(whole.part, whole.label, reason=reason)
    return replace(whole, people=mine, answers=())


class _Said:
    """What was said at each place, as numbers; sets are let go as soon as they are read."""

    def __init__(self, part: Tier | Question | SpanType, label: str | None, cancel: CancelToken | None) -> None:
        self._part, self._label, self._cancel = part, label, cancel
        self._labels: dict[str, int] = {}
        self._people: dict[str, int] = {}
        self._where: list[tuple[_Task, int]] = []
        self._place: list[int] = []
        self._person: list[int] = []
        self._code: list[int] = []

    def add(self, answered: Iterable[_Answered]) -> None:
        for task, sets in answered:
            if self._cancel is not None:
                self._cancel.check()
            authors = [self._people.setdefault(one.author.id, len(self._people)) for one in sets]
            for at, words in said_of(self._part, sets, label=self._label):
                for who, word in zip(authors, words, strict=True):
                    if word is not None:
                        self._place.append(len(self._where))
                        self._person.append(who)
                        self._code.append(self._labels.setdefault(word, len(self._labels)))
                self._where.append((task, at))

    def modelled(self, names: Mapping[str, str]) -> ConfusionMatrices:
        n_items = len({task.item_id for task, _ in self._where})
        # Labels in the project's own order, what it does not know after them.
        known = {one.name: place for place, one in enumerate(self._part.labels)}
        labels = sorted(self._labels, key=lambda name: (known.get(name, len(known)), name))
        new = np.argsort([self._labels[name] for name in labels]) if labels else np.zeros(0, dtype=np.intp)
        place, person = np.array(self._place, dtype=np.intp), np.array(self._person, dtype=np.intp)
        codes = new[np.array(self._code, dtype=np.intp)]
        ratings = Listed(place, person, codes, len(self._where), len(self._people), len(labels))
        try:
            model = dawid_skene(ratings, len(labels))
        except AnnodeskError as error:
            found = ConfusionMatrices(self._part.name, self._label, items=n_items, places=len(self._where))
            return replace(found, reason=error.sentence)
        return ConfusionMatrices(
            self._part.name,
            self._label,
            tuple(labels),
            tuple(model.priors.tolist()),
            tuple(
                PersonMatrix(who, names.get(who, ""), _rows(model.confusion[n]), tuple(model.seen[n].tolist()))
                for who, n in sorted(self._people.items(), key=lambda one: names.get(one[0], one[0]))
            ),
            tuple(sorted(_answers(model, labels, self._where), key=lambda one: one.probability)),
            n_items,
            len(self._where),
            model.converged,
            isinstance(self._part, Tier),
        )


def _rows(matrix: FloatArray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def _answers(model: DawidSkene, labels: Sequence[str], where: Sequence[tuple[_Task, int]]) -> Iterator[Probable]:
    most = model.posterior.max(axis=1).tolist()
    for (task, at), best, probability in zip(where, model.label.tolist(), most, strict=True):
        if task.is_settled:
            yield Probable(task.item_id, task.item, task.task_id, at, labels[best], probability)


# Alone


def _here(db: Connection, project_id: str, person_id: str) -> Iterator[_Answered]:
    """Tasks of this file, but for items that the person has open to label."""
    states = items.item_states(db, project_id)
    stages = {task.id: task for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE)}
    held = [claim for claim in tasks.claims_of_person(db, project_id, person_id) if claim.state in _BLIND]
    blind = {stages[claim.task_id].item_id for claim in held if claim.task_id in stages}
    keys = {item.id: item.key for item in items.list_items(db, project_id)}
    known = [[i for i, one in states.items() if one is state and i not in blind] for state in _SCORED]
    newest = {item_id for found in known for item_id in sorted(found, reverse=True)[:MOST_ITEMS]}
    for task in stages.values():
        if task.item_id in newest:
            sets = [one.annotations for one in countable_sets(db, task.id) if not one.aided]
            is_settled = states[task.item_id] is ItemState.SETTLED
            yield _Task(task.item_id, keys[task.item_id], task.id, is_settled), sets


# In a team

_NEWEST = """
select s.item_id as id, i.key, s.state
  from (select project_id, item_id, state from annodesk.item_state
         where project_id = %s and state = %s order by changed_at_us desc limit %s) s
  cross join lateral (select key from annodesk.item where project_id = s.project_id and id = s.item_id limit 1) i
"""


def _of_team(team: Team) -> Iterator[_Answered]:
    """The newest items' tasks as the server has them; what the analyst has open to label is out of their sight."""
    newest = [row for state in _SCORED for row in team.link.ask(_NEWEST, team.project_id, state.value, MOST_ITEMS)]
    for first in range(0, len(newest), _AT_ONCE):
        states = {row["id"]: row for row in newest[first : first + _AT_ONCE]}
        for task_id, given in answers_of_team(team, list(states), unaided_only=True).items():
            item = states[given[0].item_id]
            sets = [one.counted.annotations for one in given]
            yield _Task(item["id"], item["key"], task_id, item["state"] == ItemState.SETTLED), sets
