"""Pre-labels: the model's own set on every task, with what each answer cost to believe."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk import settings
from annodesk.errors import MediaError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, Element
from annodesk.model.ids import new_id
from annodesk.model.work import Stage, Task
from annodesk.prelabel.check import embedded_examples, embedded_kinds
from annodesk.prelabel.engine import Engine
from annodesk.prelabel.examples import MOST_EXAMPLES
from annodesk.prelabel.narrowing import narrow_texts
from annodesk.prelabel.prompts import TEXT_PROMPT, load_prompt, prompts_of
from annodesk.prelabel.run import classify_texts
from annodesk.prelabel.scores import NARROW_ABOVE, Prelabel, check_labels
from annodesk.progress import CancelToken, Pace, Progress, silent
from annodesk.services.changes import Changes, Kind
from annodesk.services.evidence import Evidence
from annodesk.services.labelling import Labeller
from annodesk.services.media import Proposals
from annodesk.services.model_choice import ModelChoice, choose_model
from annodesk.services.model_desk import Rows as Rows
from annodesk.services.own_work import Learnt, OwnWork
from annodesk.store import answered, items, journal, projects, tasks

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.model.project import PrelabelPolicy
    from annodesk.services.model_desk import ModelDesk as ModelDesk
    from annodesk.store.projects import ProjectVersion
    from annodesk.store.snapshots import Sets


class PrelabelResult(Struct, frozen=True):
    """What a run of the model did; ``problems`` are items it could not read, ``notes`` what else is to be known."""

    items: int
    labelled: int
    left: int
    seconds: float
    model_sha256: str | None
    problems: tuple[str, ...]
    changes: Changes
    notes: tuple[str, ...] = ()


class _Job(Struct, frozen=True):
    task: Task
    item: Item
    round: int


class Prelabels:
    """Runs the model over a project's tasks."""

    def __init__(self, desk: ModelDesk, sets: Sets = journal, learnt: Learnt | None = None) -> None:
        self.desk, self._sets, self._proposals = desk, sets, Proposals()
        self.choice = ModelChoice(desk)
        self._learnt = learnt or Learnt()

    def run(
        self,
        project_id: str,
        *,
        model: Path | str | None = None,
        limit: int | None = None,
        anew: bool = False,
        among: Collection[str] | None = None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> PrelabelResult:
        """Label every task (of some) the model has not labelled yet (all with ``anew``), ``limit`` items at most.

        Each task is written as soon as it is done, so an interrupted run keeps what it finished. Items whose media
        cannot be read are left out and named. Raises ModelError where the model cannot be used.
        """
        started = time.monotonic()
        path, sha256 = self.choice.choose(project_id, model)
        tried: set[str] = set()
        labelled: set[str] = set()
        problems: list[str] = []
        shortened, stages = 0, list[str]()
        with Engine(path, expected_sha256=sha256) as engine:
            version, labeller = self.labeller(project_id, engine, is_shipped=sha256 is not None, cancel=cancel)
            jobs = self._jobs(project_id, labeller, anew=anew, among=among)
            wanted = {job.item.id for job in jobs}
            pace = Pace(len(jobs), "labelled")
            model_sha256 = engine.load(cancel=cancel).sha256
            for place, job in enumerate(jobs):
                # Items that cannot be read do not use up the limit, or a run after them would never come further.
                if limit is not None and len(labelled) >= limit and job.item.id not in labelled:
                    continue
                tried.add(job.item.id)
                told = partial(_told_on, progress, job.item.key, pace, place, len(jobs))
                told(0.0, "")
                if cancel is not None:
                    cancel.check()
                try:
                    found = labeller.label(job.item, job.task, cancel, told)
                except MediaError as error:
                    problems.append(f"{job.item.key}: {error}")
                    continue
                problems += found.problems
                shortened += found.shortened
                self._write(project_id, version.version, job, model_sha256, found.elements)
                labelled.add(job.item.id)
            if isinstance(labeller.evidence, OwnWork):
                stages = [f"{part}: {stage.sentence}" for part, stage in labeller.evidence.first_stages()]
                stages += labeller.evidence.notes()
        progress(1.0, "done")
        return PrelabelResult(
            len(tried),
            len(labelled),
            len(wanted) - len(labelled),
            time.monotonic() - started,
            model_sha256,
            tuple(problems),
            Changes.of(Kind.PRELABELS, items=tuple(labelled)),
            (*_notes(shortened), *stages),
        )

    def labeller(
        self,
        project_id: str,
        engine: Engine | None = None,
        *,
        is_shipped: bool | None = None,
        version: int | None = None,
        policy: PrelabelPolicy | None = None,
        cancel: CancelToken | None = None,
    ) -> tuple[ProjectVersion, Labeller]:
        """What labels tasks of a project as its version says; writes nothing.

        Parameters
        ----------
        engine : the model that is asked; without one it can only be told what would be asked
        is_shipped : whether the model is the shipped one; the project's own choice where None
        version : of the project; the newest where None
        policy : in place of the project's own, to see what another would do
        """
        if is_shipped is None:
            is_shipped = self.choice.choose(project_id)[1] is not None
        with self.desk.file.read() as db:
            found = projects.get_version(db, project_id, version)
        project = found.project
        named = dict((policy or project.prelabel).prompts)
        labeller = Labeller(
            engine=engine,
            schema=project.schema,
            guidelines=found.guidelines,
            prompts=prompts_of(named, is_shipped_model=is_shipped),
            finds=self.desk,
            rng=self.desk.rng,
            kinds=embedded_kinds() if is_shipped and not named else None,
            hears_alone=is_shipped,
            proposals=self._proposals,
        )
        asked_as = (str(engine and engine.model_path), *sorted(prompt.version for prompt in labeller.prompts.values()))
        labeller.evidence = OwnWork(
            Evidence(self.desk, self._sets),
            project_id,
            labeller,
            most=embedded_examples() if is_shipped else MOST_EXAMPLES,
            parts=self._learnt.of(project_id, found.version, *asked_as),
            cancel=cancel,
        )
        return found, labeller

    def classify(
        self,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        examples: Sequence[tuple[str, str]] = (),
        model: Path | str | None = None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> list[Prelabel]:
        """A label for each text, without a project."""
        return classify(texts, labels, examples=examples, model=model, progress=progress, cancel=cancel)

    def _jobs(self, project_id: str, labeller: Labeller, *, anew: bool, among: Collection[str] | None) -> list[_Job]:
        """Tasks of which something can be asked or told, and which round of the model's answers is next."""
        jobs = []
        with self.desk.file.read() as db:
            for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE, among=among):
                earlier = self._sets.sets_of_task(db, task.id, AuthorKind.MODEL)
                item = items.get_item(db, task.item_id)
                if anew or not earlier:
                    jobs.append(_Job(task, item, 1 + max((s.round for s in earlier), default=0)))
        return [job for job in jobs if labeller.asks(job.item) or labeller.tells(job.item)]

    def _write(self, project_id: str, version: int, job: _Job, sha256: str, elements: Sequence[Element]) -> None:
        annotations = AnnotationSet(
            new_id(),
            author=Author(AuthorKind.MODEL, sha256),
            project_id=project_id,
            task_id=job.task.id,
            round=job.round,
            project_version=version,
            elements=elements,
        )
        with self.desk.file.write() as db:
            answered.hold(db, job.task.id)
            earlier = self._sets.sets_of_task(db, job.task.id, AuthorKind.MODEL)
            # Another worker may have been quicker.
            if all(one.round < job.round for one in earlier):
                self._sets.add_set(db, annotations, self.desk.clock())


def _told_on(progress: Progress, key: str, pace: Pace, place: int, count: int, share: float, words: str) -> None:
    """One task's progress as that of all; of a single one, which may be long, in its own words."""
    progress((place + share) / count, f"{key}: {words}" if count == 1 and words else f"{key}: {pace.words(place)}")


def _notes(shortened: int) -> tuple[str, ...]:
    if not shortened:
        return ()
    answers = "One answer rests" if shortened == 1 else f"{shortened:,} answers rest"
    return (f"{answers} on the beginning alone of what was longer than the model reads.",)


def classify(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    examples: Sequence[tuple[str, str]] = (),
    model: Path | str | None = None,
    note: Callable[[str], None] | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> list[Prelabel]:
    """A label for each text, in order, by the model at a path (the shipped one where none is given).

    ``note`` is told where there are so many labels that the model is asked about the nearest alone.
    """
    narrowing = None
    if len(labels) > NARROW_ABOVE:
        check_labels(labels)
        narrowing = narrow_texts(labels, examples=examples)
        if note is not None:
            note(narrowing.first_stage().sentence)
    path, sha256 = choose_model(str(model) if model else settings.load().model, Path.cwd())
    with Engine(path, expected_sha256=sha256) as engine:
        prompt = load_prompt(TEXT_PROMPT)
        return classify_texts(
            engine, prompt, texts, labels, examples=examples, narrowing=narrowing, progress=progress, cancel=cancel
        )
