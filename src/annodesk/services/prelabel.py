"""Pre-labels: the model's own set on every task, with what each answer cost to believe."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from annodesk import settings
from annodesk.errors import MediaError, ModelError
from annodesk.media import features
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, Origin, OriginKind, Segment, Suggestion
from annodesk.model.ids import new_id
from annodesk.model.items import Asset, Item
from annodesk.model.project import Project
from annodesk.model.schema import Tier, TierKind
from annodesk.model.work import Stage, Task
from annodesk.prelabel.check import check_model, embedded_model, hash_model
from annodesk.prelabel.engine import Engine, engine_available
from annodesk.prelabel.prompts import SEGMENT_PROMPT, TEXT_PROMPT, load_prompt
from annodesk.prelabel.run import classify_texts, prelabel_segments
from annodesk.prelabel.scores import Prelabel
from annodesk.progress import CancelToken, Progress, silent
from annodesk.services.changes import Changes, Kind
from annodesk.services.media import Proposals
from annodesk.store import items, journal, projects, tasks
from annodesk.store.engine import Connection
from annodesk.store.snapshots import Sets

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Whether pre-labels can be made, in one sentence."""

    name: str
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class PrelabelResult:
    """What a run of the model did; ``problems`` are items it could not read."""

    items: int
    labelled: int
    left: int
    seconds: float
    model_sha256: str | None
    problems: tuple[str, ...]
    changes: Changes


@dataclass(frozen=True, slots=True)
class _Job:
    task: Task
    item: Item
    round: int


class Rows(Protocol):
    """Where rows are: the local file, or one project of a shared database."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection on which nothing is written."""

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction."""


class ModelDesk(Protocol):
    """What the model needs: rows, media, the time."""

    @property
    def file(self) -> Rows:
        """Where rows are."""

    @property
    def home(self) -> Path:
        """The folder that paths without a media root count from."""

    @property
    def clock(self) -> Callable[[], int]:
        """The time."""

    def rng(self, *names: str) -> random.Random:
        """A generator that gives the same numbers for the same names."""

    def resolve(self, asset: Asset) -> Path:
        """Where an asset's bytes are; MediaError where they are not."""


class Prelabels:
    """Runs the model over a project's tasks."""

    def __init__(self, desk: ModelDesk, sets: Sets = journal) -> None:
        self._desk, self._sets, self._proposals = desk, sets, Proposals()

    def status(self, project_id: str | None = None, model: Path | None = None) -> ModelStatus:
        """Whether the model of a project (the shipped one where none is named) can be used here."""
        try:
            if not engine_available():
                raise ModelError("Pre-labels are off: the language-model engine is not installed.")
            path, sha256 = self._choose(project_id, model)
            facts = check_model(path, expected_sha256=sha256)
        except ModelError as error:
            return ModelStatus("", False, str(error))
        name = "embedded model" if sha256 else facts.name or path.name
        return ModelStatus(name, True, f"{name} ready")

    def run(
        self,
        project_id: str,
        *,
        model: Path | None = None,
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
        with self._desk.file.read() as db:
            version = projects.get_version(db, project_id)
            jobs = []
            for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE, among=among):
                earlier = self._sets.sets_of_task(db, task.id, AuthorKind.MODEL)
                item = items.get_item(db, task.item_id)
                if item.timeline_asset is not None and (anew or not earlier):
                    jobs.append(_Job(task, item, 1 + max((s.round for s in earlier), default=0)))
        tiers = labelled_tiers(version.project)
        wanted = {job.item.id for job in jobs}
        jobs = jobs if tiers else []
        path, sha256 = self._choose(project_id, model)
        tried: set[str] = set()
        labelled: set[str] = set()
        problems: list[str] = []
        model_sha256: str | None = None
        with Engine(path, expected_sha256=sha256) as engine:
            model_sha256 = engine.load(cancel=cancel).sha256
            for place, job in enumerate(jobs):
                # Items that cannot be read do not use up the limit, or a run after them would never come further.
                if limit is not None and len(labelled) >= limit and job.item.id not in labelled:
                    continue
                tried.add(job.item.id)
                progress(place / len(jobs), f"pre-labelling {job.item.key}")
                if cancel is not None:
                    cancel.check()
                try:
                    segments = self._label(engine, job, tiers, cancel)
                except MediaError as error:
                    problems.append(f"{job.item.key}: {error}")
                    continue
                self._write(project_id, version.version, job, model_sha256, segments)
                labelled.add(job.item.id)
        progress(1.0, "done")
        return PrelabelResult(
            len(tried),
            len(labelled),
            len(wanted) - len(labelled),
            time.monotonic() - started,
            model_sha256,
            tuple(problems),
            Changes.of(Kind.PRELABELS, items=tuple(labelled)),
        )

    def classify(
        self,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        examples: Sequence[tuple[str, str]] = (),
        model: Path | None = None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> list[Prelabel]:
        """A label for each text, without a project."""
        return classify(texts, labels, examples=examples, model=model, progress=progress, cancel=cancel)

    def _choose(self, project_id: str | None, model: Path | None) -> tuple[Path, str | None]:
        named = str(model) if model else settings.load().model
        if not named and project_id is not None:
            with self._desk.file.read() as db:
                named = projects.get_version(db, project_id).project.prelabel.model
        return choose_model(named, self._desk.home)

    def _label(self, engine: Engine, job: _Job, tiers: Sequence[Tier], cancel: CancelToken | None) -> list[Segment]:
        asset = job.item.timeline_asset
        assert asset is not None
        media, task = self._desk.resolve(asset), job.task
        stretches = self._proposals.within(media, task.start_us, task.end_us, cancel=cancel)
        if not stretches:
            return []
        seed = 1 + self._desk.rng("prelabel", task.id).randrange(2**31)
        prompt = load_prompt(SEGMENT_PROMPT)
        known: dict[tuple[int, int], Mapping[str, float]] = {}

        def ask(where: Sequence[tuple[int, int]], labels: Sequence[str]) -> list[Prelabel]:
            for start, end in where:
                if (start, end) not in known:
                    known[start, end] = asdict(features.describe_file(media, start, end))
            return prelabel_segments(engine, prompt, [known[w] for w in where], labels, seed=seed, cancel=cancel)

        segments = []
        for tier in tiers:
            labels = [label.name for label in tier.labels]
            first = ask(stretches, labels)
            joined = join_alike(stretches, [p.label for p in first])
            # The probability belongs to the stretch it is shown on, so joined stretches are asked about again.
            answers = first if joined == list(stretches) else ask(joined, labels)
            segments += [_to_segment(tier, where, p) for where, p in zip(joined, answers, strict=True)]
        return segments

    def _write(self, project_id: str, version: int, job: _Job, sha256: str, segments: Sequence[Segment]) -> None:
        annotations = AnnotationSet(
            new_id(),
            author=Author(AuthorKind.MODEL, sha256),
            project_id=project_id,
            task_id=job.task.id,
            round=job.round,
            project_version=version,
            elements=segments,
        )
        with self._desk.file.write() as db:
            self._sets.add_set(db, annotations, self._desk.clock())


def classify(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    examples: Sequence[tuple[str, str]] = (),
    model: Path | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> list[Prelabel]:
    """A label for each text, in order, by the model at a path (the shipped one where none is given)."""
    path, sha256 = choose_model(str(model) if model else settings.load().model, Path.cwd())
    with Engine(path, expected_sha256=sha256) as engine:
        prompt = load_prompt(TEXT_PROMPT)
        return classify_texts(engine, prompt, texts, labels, examples=examples, progress=progress, cancel=cancel)


def choose_model(named: str, home: Path) -> tuple[Path, str | None]:
    """Path of the model a project names, and the hash it must have where it is the shipped one."""
    if named in ("", EMBEDDED):
        shipped = embedded_model()
        return shipped.path, shipped.sha256
    path = Path(named).expanduser()
    return (path if path.is_absolute() else home / path), None


def model_hash(named: str, home: Path) -> str | None:
    """The sha256 of the model a project names; None where the file is not here: another computer may have it."""
    path, sha256 = choose_model(named, home)
    try:
        return sha256 or hash_model(path)
    except ModelError:
        return None


def labelled_tiers(project: Project) -> list[Tier]:
    """Tiers the model can label from sound: top-level interval tiers with at least two labels."""
    return [
        tier
        for tier in project.schema.tiers
        if tier.kind is TierKind.INTERVAL and tier.parent is None and len(tier.labels) >= 2
    ]


def join_alike(stretches: Sequence[tuple[int, int]], labels: Sequence[str]) -> list[tuple[int, int]]:
    """Neighbours that touch and carry one label, joined."""
    joined: list[tuple[int, int]] = []
    before = None
    for (start, end), label in zip(stretches, labels, strict=True):
        if joined and label == before and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
        before = label
    return joined


def _to_segment(tier: Tier, where: tuple[int, int], answer: Prelabel) -> Segment:
    suggestion = Suggestion(
        probability=answer.probability,
        model_sha256=answer.model_sha256,
        model_name=answer.model_name,
        prompt_version=answer.prompt_version,
        seed=answer.seed,
        engine_version=answer.engine_version,
        off_format_mass=answer.off_format_mass,
        probabilities=tuple(answer.probabilities.items()),
    )
    origin = Origin(OriginKind.MODEL, suggestion=suggestion)
    return Segment(new_id(), tier.name, where[0], where[1], (answer.label,), origin=origin)
