"""A canary: a new model answers a share of the items beside the one in use, and people's answers tell which is better.

What it says is a set of its own kind of author, which nobody is shown and which votes nowhere. It is promoted only
when its agreement with unaided answers is not worse at the confidence that the project states.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import MediaError, ModelError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind
from annodesk.model.ids import new_id
from annodesk.model.work import Stage, Task
from annodesk.prelabel.engine import Engine
from annodesk.progress import CancelToken, Progress, silent
from annodesk.quality.agreement import CountableSet, TaskSets
from annodesk.quality.paired import Sums, Verdict, add_up, agreement_of_both, compare
from annodesk.services.gathered import versions_of
from annodesk.services.independence import countable_sets
from annodesk.services.model_choice import choose_model, model_hash
from annodesk.services.opened import model_set
from annodesk.store import canary as rows
from annodesk.store import items, journal, projects, tasks
from annodesk.store.snapshots import FaultyError, Sets
from annodesk.workflow.sampling import is_drawn

if TYPE_CHECKING:
    from annodesk.model.project import CanaryPolicy, PrelabelPolicy, Project
    from annodesk.services.model_desk import ModelDesk
    from annodesk.services.prelabel import Prelabels
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion

_MILLIONTHS = 1_000_000


class CanaryRun(Struct, frozen=True):
    """What a run of the canary did: the items it answered, those it could not read, and how many wait for it."""

    answered: int = 0
    left: int = 0
    problems: tuple[str, ...] = ()


class CanaryReport(Struct, frozen=True):
    """How the canary does beside the model in use.

    Parameters
    ----------
    model : its name; ``old`` that of the model in use
    prompts : the purposes for which it is asked in other words than the model in use
    answered : items it has answered, of many the newest
    verdict : over the items that people have answered without suggestions and both models have answered
    sentence : the verdict in words
    """

    model: str
    old: str
    prompts: tuple[str, ...]
    share: float
    confidence: float
    margin: float
    answered: int
    verdict: Verdict
    sentence: str


def candidate_of(project: Project) -> Project | None:
    """The project as it would be with its canary promoted; None where it has none."""
    policy = project.prelabel
    if policy.canary is None:
        return None
    return replace(project, prelabel=_promoted(policy, policy.canary))


class Canary:
    """Runs a project's canary and holds it against the model in use, in the local file or in a shared database."""

    def __init__(self, desk: ModelDesk, prelabels: Prelabels, sets: Sets = journal) -> None:
        self._desk, self._prelabels, self._sets = desk, prelabels, sets

    def key(self, version: ProjectVersion) -> str:
        """What tells this canary from every other: both models by their content, and both ways to ask them.

        ModelError where one of the models is not on this computer.
        """
        candidate = candidate_of(version.project)
        assert candidate is not None
        return _key(version, candidate, self._hash(candidate.prelabel.model))

    def is_here(self, project_id: str) -> bool:
        """Whether this computer has the project's canary, where there is one."""
        with self._desk.file.read() as db:
            candidate = candidate_of(projects.get_version(db, project_id).project)
        return candidate is None or model_hash(candidate.prelabel.model, self._desk.home) is not None

    def run(
        self,
        project_id: str,
        *,
        limit: int | None = None,
        among: Collection[str] | None = None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> CanaryRun:
        """Let the canary answer what the model in use has answered of its share, ``limit`` items at most.

        Each task is written as soon as it is done. Does nothing where the project has no canary.
        """
        with self._desk.file.read() as db:
            version = projects.get_version(db, project_id)
        candidate = candidate_of(version.project)
        if candidate is None:
            return CanaryRun()
        key = self.key(version)  # reads whole files: no transaction waits for that
        with self._desk.file.read() as db:
            done = rows.answered(db, project_id, key, among=among)
            waiting = [
                task
                for task in drawn_tasks(db, version, key, among)
                if task.id not in done and self._stands(db, version, task.id) is not None
            ]
        wanted, answered, problems = {task.item_id for task in waiting}, set[str](), []
        if not waiting:
            return CanaryRun()
        path, sha256 = choose_model(candidate.prelabel.model, self._desk.home)
        with Engine(path, expected_sha256=sha256) as engine:
            engine.load(cancel=cancel)
            is_shipped, policy = sha256 is not None, candidate.prelabel
            _, labeller = self._prelabels.labeller(project_id, engine, is_shipped=is_shipped, policy=policy)
            for place, task in enumerate(waiting):
                if limit is not None and len(answered) >= limit and task.item_id not in answered:
                    continue
                if cancel is not None:
                    cancel.check()
                with self._desk.file.read() as db:
                    item = items.get_item(db, task.item_id)
                progress(place / len(waiting), f"canary: {item.key}")
                try:
                    elements = labeller.label(item, task, cancel).whole()
                except MediaError as error:
                    problems.append(f"{item.key}: {error}")
                    continue
                made = AnnotationSet(
                    new_id(),
                    author=Author(AuthorKind.CANARY, key),
                    project_id=project_id,
                    task_id=task.id,
                    project_version=version.version,
                    elements=elements,
                )
                with self._desk.file.write() as db:
                    # Another worker may have been quicker.
                    if not rows.answered(db, project_id, key, among=[task.id]):
                        self._sets.add_set(db, made, self._desk.clock())
                answered.add(task.item_id)
        progress(1.0, "done")
        return CanaryRun(len(answered), len(wanted) - len(answered), tuple(problems))

    def sums(self, db: Connection, version: ProjectVersion, key: str) -> Sums:
        """What both models' agreement with people adds up to, over the items that the canary has answered."""
        return add_up(self._pairs(db, version, self._newest(db, version, key)))

    def count(self, project_id: str) -> bool:
        """Write a team's sums of its canary; returns whether they are others than they were."""
        with self._desk.file.read() as db:
            version = projects.get_version(db, project_id)
        key = None if candidate_of(version.project) is None else self.key(version)
        with self._desk.file.write() as db:
            if key is None:
                return rows.keep_sums(db, "", {})
            made, sums = self._newest(db, version, key), self.sums(db, version, key)
            answered = {task.item_id for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE, among=list(made))}
            return rows.keep_sums(db, _team_key(version), _as_figures(sums, len(answered)))

    def report(self, project_id: str, *, is_shared: bool = False) -> CanaryReport | None:
        """How the canary does; None where the project has none. In a team as its worker counted last."""
        with self._desk.file.read() as db:
            version = projects.get_version(db, project_id)
        policy = version.project.prelabel
        if policy.canary is None:
            return None
        key = "" if is_shared else self.key(version)
        with self._desk.file.read() as db:
            if is_shared:
                sums, answered = _from_figures(rows.sums_of_team(db, project_id, _team_key(version)))
            else:
                made, sums = self._newest(db, version, key), self.sums(db, version, key)
                stages = tasks.list_tasks(db, project_id, Stage.ANNOTATE, among=list(made))
                answered = len({task.item_id for task in stages})
        canary = policy.canary
        verdict = compare(sums, confidence=canary.confidence, margin=canary.margin)
        return CanaryReport(
            canary.model or policy.model,
            policy.model,
            tuple(purpose for purpose, _ in canary.prompts),
            canary.share,
            canary.confidence,
            canary.margin,
            answered,
            verdict,
            verdict_sentence(verdict, canary.confidence, canary.margin),
        )

    def _newest(self, db: Connection, version: ProjectVersion, key: str) -> dict[str, str]:
        return rows.answered(db, version.project_id, key, most=rows.MOST_COMPARED)

    def _hash(self, named: str) -> str:
        found = model_hash(named, self._desk.home)
        if found is None:
            choose_model(named, self._desk.home)
            raise ModelError(f"The model {named} is not on this computer.", "Put it where the project says it is.")
        return found

    def _pairs(self, db: Connection, version: ProjectVersion, made: dict[str, str]) -> Iterator[tuple[float, float]]:
        by_item: dict[str, list[Task]] = {}
        for task in tasks.list_tasks(db, version.project_id, Stage.ANNOTATE, among=list(made)):
            by_item.setdefault(task.item_id, []).append(task)
        for _, stages in sorted(by_item.items()):
            try:
                people, old, new = self._said(db, version, stages, made)
            except FaultyError:
                continue  # put aside by the worker, until somebody has looked
            schemas = versions_of(db, version, people, (*old.values(), *new.values()))
            found = agreement_of_both(version.project.schema, people, old, new, versions=schemas)
            if found is not None:
                yield found

    def _said(
        self, db: Connection, version: ProjectVersion, stages: Sequence[Task], made: Mapping[str, str]
    ) -> tuple[list[TaskSets], dict[str, CountableSet], dict[str, CountableSet]]:
        """What people, the model in use and the canary have said of an item's tasks that both have answered."""
        people, old, new = [], {}, {}
        for task in stages:
            before = self._stands(db, version, task.id)
            if before is not None:
                old[task.id] = _counted(before)
                new[task.id] = _counted(self._sets.set_at(db, made[task.id], None))
                theirs = tuple(countable_sets(db, task.id, sets=self._sets))
                people.append(TaskSets(task.id, task.end_us - task.start_us, theirs))
        return people, old, new

    def _stands(self, db: Connection, version: ProjectVersion, task_id: str) -> AnnotationSet | None:
        """What the model in use has said of a task; None where its newest answer is another model's."""
        found = model_set(db, task_id, self._sets)
        if found is None or found.author.id != (version.model_sha256 or found.author.id):
            return None
        then = projects.get_version(db, version.project_id, found.project_version).project.prelabel
        return found if _asking(then) == _asking(version.project.prelabel) else None


def _promoted(policy: PrelabelPolicy, canary: CanaryPolicy) -> PrelabelPolicy:
    model, prompts = canary.model or policy.model, canary.prompts or policy.prompts
    return replace(policy, model=model, prompts=prompts, canary=None)


def drawn_tasks(db: Connection, version: ProjectVersion, key: str, among: Collection[str] | None) -> list[Task]:
    """The tasks of the items that fall to a canary: always the same ones, whatever is added later."""
    canary = version.project.prelabel.canary
    assert canary is not None
    share = canary.share
    stages = tasks.list_tasks(db, version.project_id, Stage.ANNOTATE, among=among)
    return [task for task in stages if is_drawn(share, version.project_id, "canary", key, task.item_id)]


def verdict_sentence(verdict: Verdict, confidence: float, margin: float) -> str:
    """What a comparison says, for people."""
    sure, points = f"{confidence * 100:g} %", f"{margin * 100:g} points"
    if verdict.difference is None:
        items = "1 item" if verdict.n == 1 else f"{verdict.n} items"
        return f"Not enough to know: people have answered {items} on their own, and it takes at least 20."
    told = (
        f"Agreement with people is {verdict.new:.0%} beside {verdict.old:.0%} on {verdict.n} items, "
        f"a difference of at least {_points(verdict.at_least)} at {sure} confidence"
    )
    if verdict.is_not_worse:
        return f"{told}: not worse by more than {points}, so it may be promoted."
    if verdict.is_worse:
        return f"{told} and at most {_points(verdict.at_most)}: it is worse, and stays a canary."
    more = f" About {verdict.more} items more may tell." if verdict.more else ""
    return f"{told}: it may be worse by more than {points}, so it is not promoted yet.{more}"


def _points(share: float | None) -> str:
    return f"{100 * (share or 0.0):+.1f} points"


def _asking(policy: PrelabelPolicy) -> str:
    """The ways of asking a model that make its answers another's: the prompts."""
    return json.dumps(sorted(policy.prompts))


def _key(version: ProjectVersion, candidate: Project, sha256: str) -> str:
    before = version.project.prelabel
    parts = (version.model_sha256 or before.model, _asking(before), sha256, _asking(candidate.prelabel))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _team_key(version: ProjectVersion) -> str:
    """The same for workstations, which need not have the models: what the version says of both."""
    candidate = candidate_of(version.project)
    assert candidate is not None
    return _key(version, candidate, candidate.prelabel.model)


def _counted(made: AnnotationSet) -> CountableSet:
    return CountableSet(made.id, made.head, made, aided=False)


def _as_figures(sums: Sums, answered: int) -> dict[str, tuple[int, int]]:
    totals = {"old": sums.old, "new": sums.new, "squares": sums.squares}
    found = {part: (sums.n, round(total * _MILLIONTHS)) for part, total in totals.items()}
    return {**found, "answered": (answered, 0)}


def _from_figures(kept: dict[str, tuple[int, int]]) -> tuple[Sums, int]:
    n = kept.get("old", (0, 0))[0]
    totals = [kept.get(part, (0, 0))[1] / _MILLIONTHS for part in ("old", "new", "squares")]
    return Sums(n, *totals), kept.get("answered", (0, 0))[0]
