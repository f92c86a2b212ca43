"""Draws what is labelled next, by what models are unsure of or disagree on, and writes down with what probability."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.work import ItemState, Stage, Task
from annodesk.quality import verdicts
from annodesk.quality.agreement import compare, scored_parts
from annodesk.quality.model_check import least_sure
from annodesk.services.changes import Changes, Kind
from annodesk.services.evaluate import predicted_sets
from annodesk.services.unsure_first import unsure_of
from annodesk.store import items, journal, projects, sampled, takedown, tallies, tasks
from annodesk.store.checked import to_json
from annodesk.workflow.drawing import (
    By,
    Candidate,
    DrawPlan,
    Probabilities,
    against_people,
    disagreement,
    draw_items,
    in_any,
    uncertainty,
)

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.model.project import Project
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

MOST_STRATA = 200
"""A field with more values than this, such as a name, spreads nothing: each value would have a part of one item."""
NO_VALUE = ""
_JUDGED_AT_MOST = 5_000
_SENT_AT_ONCE = 5_000

Predictions = Mapping[str, Sequence[Probabilities]]
"""What a model says of items, by their key: one distribution a part."""


class Drawn(Struct, frozen=True):
    """What a draw did: the keys of the drawn items, of how many, and of how many of those nothing was predicted."""

    keys: tuple[str, ...]
    pool: int
    without_prediction: int
    strata: Mapping[str, int]
    lowest: float
    highest: float
    changes: Changes

    @property
    def sentence(self) -> str:
        """The same in words."""
        if not self.keys:
            return "Nothing was drawn: no item is left that nobody has begun."
        low, high = f"{self.lowest:.3g}", f"{self.highest:.3g}"
        chances = f"each with a probability of {low}" if low == high else f"with probabilities from {low} to {high}"
        some = f"; nothing is predicted of {self.without_prediction} of them" if self.without_prediction else ""
        return f"{len(self.keys):,} of {self.pool:,} items were drawn{some}, {chances}. They are given out first."


class DrawPreview(Struct, frozen=True):
    """What a draw would do: how many of how many, how many each value of a field would have, how probable each is."""

    count: int
    pool: int
    without_prediction: int
    strata: Mapping[str, float]
    lowest: float
    highest: float

    @property
    def sentence(self) -> str:
        """The same in words."""
        if not self.pool:
            return "No item is left that nobody has begun: add recordings first."
        low, high = f"{self.lowest:.3g}", f"{self.highest:.3g}"
        chances = f"each with a probability of {low}" if low == high else f"each with a probability of {low} to {high}"
        some = f" Nothing is predicted of {self.without_prediction:,}; they count as the mean of the others."
        return (
            f"{self.count:,} of {self.pool:,} items that nobody has begun would be drawn, {chances}."
            f"{some if self.without_prediction else ''}"
        )


class _Prepared(Struct, frozen=True):
    known: Mapping[str, Item]
    candidates: list[Candidate]
    drawn: list[Candidate]
    before: Mapping[str, tuple[float, bool]]

    def unpredicted(self, among: Collection[str], plan: DrawPlan) -> int:
        return 0 if plan.by is By.RANDOM else sum(c.worth is None for c in self.candidates if c.item_id in among)


class Sampling:
    """Draws items to be labelled next, for managers."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def preview(
        self,
        project_id: str,
        plan: DrawPlan,
        *,
        spread_by: str = "",
        files: Sequence[Path] = (),
        cancel: CancelToken | None = None,
    ) -> DrawPreview:
        """What a draw by this plan would do; nothing is drawn, and nothing written down."""
        ready = self._prepare(project_id, plan, spread_by, None, None, files, cancel)
        # How probable each item is does not depend on the lot.
        done = draw_items(ready.candidates, plan, rng=np.random.default_rng(0))
        strata: dict[str, float] = {}
        for one in ready.candidates if spread_by else ():
            strata[one.stratum] = strata.get(one.stratum, 0.0) + done.probabilities[one.item_id]
        chances = done.probabilities.values()
        return DrawPreview(
            len(done.chosen),
            len(ready.candidates),
            ready.unpredicted(ready.known.keys(), plan),
            dict(sorted(strata.items())),
            min(chances, default=0.0),
            max(chances, default=0.0),
        )

    def draw(
        self,
        project_id: str,
        plan: DrawPlan,
        *,
        spread_by: str = "",
        predictions: Predictions | None = None,
        second: Predictions | None = None,
        files: Sequence[Path] = (),
        cancel: CancelToken | None = None,
    ) -> Drawn:
        """Draw from what nobody has begun; what is drawn is given out before what is not.

        Parameters
        ----------
        spread_by : a metadata field whose values each get their part
        predictions, second : what one or two models say, by item key; without them what the file holds is used: the
            model's own answers, those of a second model on trial, and how often people found its labels wrong
        files : the same as one or two files of predictions
        """
        ready = self._prepare(project_id, plan, spread_by, predictions, second, files, cancel)
        known, now = ready.known, self._desk.clock()
        rng = np.random.default_rng(self._desk.rng(project_id, "draw", str(now)).getrandbits(64))
        done = draw_items(ready.candidates, plan, rng=rng, drawn=ready.drawn)
        how = plan.by.value if not spread_by else f"{plan.by.value}, spread"
        overall = {i: in_any(ready.before.get(i, (0.0, False))[0], p) for i, p in done.probabilities.items()}
        if self._desk.is_shared:
            self._tell_server(project_id, done.probabilities, set(done.chosen), how)
        else:
            with self._desk.file.write() as db:
                sampled.record(db, overall, done.chosen, how, now, before=ready.before)
                sampled.put_first(db, sorted(done.chosen))
        chances = [done.probabilities[i] for i in done.chosen]
        strata = {one.item_id: one.stratum for one in ready.candidates}
        return Drawn(
            tuple(sorted(known[i].key for i in done.chosen)),
            len(ready.candidates),
            ready.unpredicted(frozenset(done.chosen), plan),
            dict(sorted(Counter(strata[i] for i in done.chosen).items())) if spread_by else {},
            min(chances, default=0.0),
            max(chances, default=0.0),
            Changes.of(Kind.TASKS, Kind.ITEMS, items=done.chosen),
        )

    def _prepare(
        self,
        project_id: str,
        plan: DrawPlan,
        spread_by: str,
        predictions: Predictions | None,
        second: Predictions | None,
        files: Sequence[Path],
        cancel: CancelToken | None,
    ) -> _Prepared:
        """What may be drawn, with what it is worth; refused where nothing is known that it could be told from."""
        self._desk.require_manager("What is labelled next is drawn")
        taken = self._taken_on_server(project_id) if self._desk.is_shared else set()
        with self._desk.file.read() as db:
            version = projects.get_version(db, project_id)
            before = sampled.known(db, project_id)
            taken |= {item_id for item_id, (_, is_drawn) in before.items() if is_drawn}
            pool = self._pool(db, project_id) - taken
            told = {item.id: item for item in items.list_items(db, project_id) if item.id in pool or item.id in taken}
            known = {item_id: item for item_id, item in told.items() if item_id in pool}
            if files and plan.by is not By.RANDOM:
                wrong = _wrong(db, project_id) if plan.by is By.DISAGREEMENT else {}
                worth = _of_predictions(version.project, told, plan.by, files, wrong)
            elif predictions is None and plan.by is not By.RANDOM:
                worth = _of_models(db, version.project, project_id, told, plan.by, cancel)
            else:
                keys = {item_id: item.key for item_id, item in told.items()}
                worth = _of_files(keys, plan.by, predictions or {}, second)
        if plan.by is not By.RANDOM and known and all(worth.get(item_id) is None for item_id in known):
            hint = "Let the model label them first, name a file of predictions, or draw at random."
            raise WorkflowError(f"Nothing is known that {plan.by.value} could be told from.", hint)
        strata = {i: str(item.metadata.get(spread_by, NO_VALUE)) if spread_by else "" for i, item in told.items()}
        if len(set(strata.values())) > MOST_STRATA:
            found = len(set(strata.values()))
            raise WorkflowError(
                f"{spread_by} has {found:,} values, too many to spread a draw by.", f"{MOST_STRATA} are possible."
            )
        one = {i: Candidate(i, worth.get(i), strata[i]) for i in sorted(told)}
        drawn = [candidate for i, candidate in one.items() if i not in known]
        return _Prepared(known, [one[i] for i in sorted(known)], drawn, before)

    def probabilities(self, project_id: str) -> dict[str, float]:
        """Items that were drawn here, by id, with the probability with which each would have been drawn."""
        with self._desk.file.read() as db:
            return sampled.drawn(db, project_id)

    def _pool(self, db: Connection, project_id: str) -> set[str]:
        """Items that nobody has begun, and that are there."""
        states = items.item_states(db, project_id)
        gone = takedown.taken_down(db)
        begun = {task_id for task_id, people in tasks.holders_of_project(db, project_id).items() if people}
        stages = tasks.list_tasks(db, project_id, Stage.ANNOTATE)
        touched = {task.item_id for task in stages if task.id in begun}
        return {i for i, state in states.items() if state is ItemState.OPEN} - touched - gone

    def _taken_on_server(self, project_id: str) -> set[str]:
        asked = "select item_id from annodesk.sampled where project_id = %s and is_drawn"
        return self._sync.with_team(lambda team: {str(row["item_id"]) for row in team.link.ask(asked, project_id)})

    def _tell_server(self, project_id: str, chances: Mapping[str, float], chosen: set[str], how: str) -> None:
        rows = [{"item_id": i, "probability": p, "is_drawn": i in chosen} for i, p in chances.items()]
        asked = "select annodesk.record_draw(%s, %s::json, %s)"

        def tell(team: Team) -> None:
            with team.link.transaction():
                for first in range(0, len(rows), _SENT_AT_ONCE):
                    team.link.ask(asked, project_id, to_json(rows[first : first + _SENT_AT_ONCE]), how)

        self._sync.with_team(tell)
        self._sync.nudge()


def _of_files(
    keys: Mapping[str, str], by: By, predictions: Predictions, second: Predictions | None
) -> dict[str, float | None]:
    if by is By.DISAGREEMENT:
        if second is None:
            raise WorkflowError("Two models disagree where there are two.", "Name a second file of predictions.")
        pairs = {i: (predictions.get(key), second.get(key)) for i, key in keys.items()}
        return {i: disagreement(a, b) if a and b and len(a) == len(b) else None for i, (a, b) in pairs.items()}
    return {item_id: uncertainty(predictions.get(key, ())) for item_id, key in keys.items()}


def _of_models(
    db: Connection, project: Project, project_id: str, among: Collection[str], by: By, cancel: CancelToken | None
) -> dict[str, float | None]:
    """The same from what the file holds; an item counts by that of its tasks that is worth most."""
    found: dict[str, float | None] = {}
    wrong = _wrong(db, project_id) if by is By.DISAGREEMENT else {}
    for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE):
        if cancel is not None:
            cancel.check()
        if task.item_id not in among:
            continue
        value = _of_task(db, project, task, by, wrong)
        if value is not None:
            found[task.item_id] = max(value, found.get(task.item_id) or 0.0)
    return found


def _of_task(db: Connection, project: Project, task: Task, by: By, wrong: Mapping[str, float]) -> float | None:
    model = _newest(db, task.id, AuthorKind.MODEL)
    if model is None:
        return None
    return _worth(project, model, _newest(db, task.id, AuthorKind.CANARY), by, wrong)


def _worth(
    project: Project, model: AnnotationSet, other: AnnotationSet | None, by: By, wrong: Mapping[str, float]
) -> float | None:
    """How unsure a model is, or how far it is from another one or from what people say of its labels."""
    if by is By.UNCERTAINTY:
        return unsure_of(project.schema, model)
    if other is None:
        said = [{f"{part}: {label}": p} for part, label, p in least_sure(project.schema, model)]
        return against_people(said, wrong)
    apart = [1 - compare(part, model, other)[0].value for part in scored_parts(project.schema)]
    return max(apart, default=None)


def _of_predictions(
    project: Project, known: Mapping[str, Item], by: By, files: Sequence[Path], wrong: Mapping[str, float]
) -> dict[str, float | None]:
    """The same from one or two files of predictions, as they are held against what stands."""
    told = [predicted_sets(path, project) for path in files[:2]]
    found: dict[str, float | None] = {}
    for item_id, item in known.items():
        model = told[0].get(item.key)
        other = told[1].get(item.key) if len(told) > 1 else None
        if model is not None and (other is not None or len(told) == 1 or by is not By.DISAGREEMENT):
            found[item_id] = _worth(project, model, other, by, wrong)
    return found


def _newest(db: Connection, task_id: str, kind: AuthorKind) -> AnnotationSet | None:
    return max(journal.sets_of_task(db, task_id, kind), key=lambda one: one.round, default=None)


def _wrong(db: Connection, project_id: str) -> dict[str, float]:
    """Of each label the share of the model's answers on which people, who had not seen them, said otherwise."""
    asked, denied = Counter[str](), Counter[str]()
    for _, body in tallies.newest(db, project_id, verdicts.NAME, _JUDGED_AT_MOST):
        for task in verdicts.from_json(body).tasks:
            for name, part in task.parts.items():
                for one in part.sayings:
                    if one.right is not None and one.is_given:
                        asked[f"{name}: {one.label}"] += 1
                        denied[f"{name}: {one.label}"] += not one.right
    return {label: denied[label] / count for label, count in asked.items()}
