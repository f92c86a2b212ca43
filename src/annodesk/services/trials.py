"""A trial of a model on the project's own settled items, before it is adopted: half a minute, nothing is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import Cancelled, MediaError, WorkflowError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, Element, Segment, Suggestion
from annodesk.model.ids import new_id
from annodesk.model.work import SettledBy, Stage, Task
from annodesk.prelabel.check import ModelFacts, embedded_examples
from annodesk.prelabel.engine import Engine
from annodesk.prelabel.examples import MOST_EXAMPLES
from annodesk.progress import CancelToken, Progress, silent
from annodesk.quality.agreement import CountableSet, TaskSets
from annodesk.quality.bootstrap import FloatArray, Interval, interval
from annodesk.quality.paired import Verdict, add_up, agreement_of_both, compare
from annodesk.services.canary import verdict_sentence
from annodesk.services.evidence import Evidence
from annodesk.services.gathered import versions_of
from annodesk.services.independence import countable_sets
from annodesk.services.model_choice import choose_model
from annodesk.services.opened import model_set
from annodesk.services.own_work import OwnWork
from annodesk.store import figures, items, projects, tasks

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.prelabel.asked import Asked
    from annodesk.prelabel.settled_spans import LikelySpan
    from annodesk.services.labelling import Target
    from annodesk.services.model_desk import ModelDesk
    from annodesk.services.prelabel import Prelabels
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion

TRIAL_S = 30.0
PIECE_US = 20_000_000
"""Of a long task so much is tried: many short pieces tell more than few long ones."""
CONFIDENCE, MARGIN = 0.95, 0.05
ENOUGH = 20
SEED = 56


class Trial(Struct, frozen=True):
    """What a trial showed.

    Parameters
    ----------
    facts : of the model's file
    n : pieces that people had answered without suggestions, and the model in time
    agreement, spread : mean agreement with those people, 0 to 1, and its interval; None of nothing
    beside : the same pieces by the model in use, where it had answered them
    load_s, seconds_each : what it takes to load, and for a piece
    whole_s : about what the whole project would take
    off_format : how much of its probability the model gives to no label at all, on the mean
    sentence : all that in words
    """

    facts: ModelFacts
    n: int
    agreement: float | None
    spread: Interval | None
    beside: Verdict | None
    load_s: float
    seconds_each: float | None
    whole_s: float | None
    off_format: float | None
    problems: tuple[str, ...]
    sentence: str


class _Piece(Struct, frozen=True):
    task: Task
    people: TaskSets
    old: AnnotationSet | None


class _Until(CancelToken):
    """Stops at a time, or when somebody asks."""

    def __init__(self, until_s: float, clock_s: Callable[[], float], cancel: CancelToken | None) -> None:
        super().__init__()
        self._until_s, self._clock_s, self._cancel = until_s, clock_s, cancel

    @property
    def is_cancelled(self) -> bool:
        """Whether it is time."""
        asked = self._cancel is not None and self._cancel.is_cancelled
        return asked or self._clock_s() >= self._until_s

    def check(self) -> None:
        """Raise Cancelled where it is time."""
        if self.is_cancelled:
            raise Cancelled


class _Shown:
    """Settled work as examples alone: to weigh it, the model would be asked about more than there is time for."""

    def __init__(self, settled: OwnWork) -> None:
        self.examples, self.narrowed = settled.examples, settled.narrowed

    def alone(self, asked: Asked, target: Target) -> None:
        """Nothing: it is the model that is tried."""

    def can_tell(self, asked: Asked, *, of_text: bool) -> bool:
        """So there is nothing to tell either."""
        return False

    def spans(self, asked: Asked, item: Item, text: str) -> Sequence[LikelySpan]:
        """Nor to mark."""
        return ()

    def weigh(self, asked: Asked, target: Target, by_model: Mapping[str, float]) -> Mapping[str, float]:
        """What the model says, as it is."""
        return by_model


class Trials:
    """Tries models on a project of the local file."""

    def __init__(self, desk: ModelDesk, prelabels: Prelabels, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._desk, self._prelabels, self._clock_s = desk, prelabels, clock_s

    def run(
        self,
        project_id: str,
        model: str,
        *,
        seconds: float = TRIAL_S,
        prompts: Mapping[str, str] | None = None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> Trial:
        """Let a model answer pieces of settled items for so long, and hold them against what people said by themselves.

        Parameters
        ----------
        model : a path, or the name of a fetched model
        prompts : by purpose, in place of the project's

        Raises
        ------
        ModelError : where the model cannot be used
        WorkflowError : where nothing is settled that could tell
        """
        with self._desk.file.read() as db:
            version = projects.get_version(db, project_id)
            waiting = self._settled(db, project_id)
            stretches = sum(-(-(t.end_us - t.start_us) // PIECE_US) or 1 for t in _stages(db, project_id))
        if not waiting:
            raise WorkflowError(
                "Nothing is settled yet that somebody answered without suggestions.",
                "Label and settle some items first; in a team run it as a canary: its worker has them all.",
            )
        policy = replace(version.project.prelabel, model=model, canary=None)
        if prompts:
            policy = replace(policy, prompts=tuple(prompts.items()))
        self._desk.rng("trial", project_id, model).shuffle(waiting)
        path, sha256 = choose_model(model, self._desk.home)
        pairs: list[tuple[float, float]] = []
        found: list[float] = []
        off: list[float] = []
        problems: dict[str, None] = {}
        with Engine(path, expected_sha256=sha256) as engine:
            progress(0.0, "loading the model")
            began = self._clock_s()
            facts = engine.load(cancel=cancel)
            load_s = self._clock_s() - began
            is_shipped = sha256 is not None
            most = embedded_examples() if is_shipped else MOST_EXAMPLES
            _, labeller = self._prelabels.labeller(project_id, engine, is_shipped=is_shipped, policy=policy)
            began, tried = self._clock_s(), 0
            until = _Until(began + seconds, self._clock_s, cancel)
            settled = OwnWork(Evidence(self._desk), project_id, replace(labeller, engine=None), most=most, cancel=until)
            labeller = replace(labeller, evidence=_Shown(settled))
            for task in waiting:
                if (spent := self._clock_s() - began) >= seconds:
                    break
                if cancel is not None:
                    cancel.check()
                progress(min(1.0, spent / seconds), f"{tried} pieces tried")
                with self._desk.file.read() as db:
                    piece, item = self._piece(db, project_id, task), items.get_item(db, task.item_id)
                if piece is None:
                    continue
                try:
                    said = labeller.label(item, piece.task, until).whole()
                except MediaError as error:
                    problems[str(error)] = None
                    continue
                except Cancelled:
                    if cancel is not None and cancel.is_cancelled:
                        raise
                    break  # its time is up in the middle of a piece
                tried += 1
                off += [s.off_format_mass for element in said if (s := _suggestion(element)) is not None]
                self._hold(version, piece, said, found, pairs)
            seconds_each = (self._clock_s() - began) / tried if tried else None
        progress(1.0, "done")
        values = np.array(found)
        spread = interval(np.ones(len(values)), _mean_of(values), np.random.default_rng(SEED)) if found else None
        beside = compare(add_up(pairs), confidence=CONFIDENCE, margin=MARGIN) if pairs else None
        agreement = float(values.mean()) if found else None
        return Trial(
            facts,
            len(found),
            agreement,
            spread,
            beside,
            load_s,
            seconds_each,
            None if seconds_each is None else seconds_each * stretches,
            float(np.mean(off)) if off else None,
            tuple(problems),
            _sentence(len(found), agreement, spread, beside),
        )

    def _settled(self, db: Connection, project_id: str) -> list[Task]:
        """Tasks whose answer stands by people, one of whom at least saw no suggestion."""
        standing = figures.settlements(db, project_id)
        by_people = {i for i, one in standing.items() if one.settled_by is not SettledBy.MACHINE}
        return [task for task in _stages(db, project_id) if task.id in by_people]

    def _piece(self, db: Connection, project_id: str, task: Task) -> _Piece | None:
        """A stretch of a task with what people said of it by themselves; None where nobody did."""
        people = [one for one in countable_sets(db, task.id) if not one.aided]
        if not people:
            return None
        length = task.end_us - task.start_us
        start = task.start_us
        if length > PIECE_US:
            start += self._desk.rng("piece", project_id, task.id).randrange(length - PIECE_US)
        piece = replace(task, start_us=start, end_us=min(task.end_us, start + PIECE_US))
        sets = tuple(replace(one, annotations=_within(one.annotations, piece)) for one in people)
        old = model_set(db, task.id)
        return _Piece(
            piece, TaskSets(task.id, piece.end_us - start, sets), None if old is None else _within(old, piece)
        )

    def _hold(
        self,
        version: ProjectVersion,
        piece: _Piece,
        said: Sequence[Element],
        found: list[float],
        pairs: list[tuple[float, float]],
    ) -> None:
        """Hold what a model said of a piece against people, and beside the model in use where that has answered it."""
        made = AnnotationSet(new_id(), author=Author(AuthorKind.CANARY), project_version=version.version, elements=said)
        new = CountableSet(made.id, None, made, aided=False)
        old = None if piece.old is None else CountableSet(piece.old.id, None, piece.old, aided=False)
        task_id, schema = piece.task.id, version.project.schema
        with self._desk.file.read() as db:
            schemas = versions_of(db, version, [piece.people], [new, *([] if old is None else [old])])
        beside = {task_id: new if old is None else old}
        both = agreement_of_both(schema, [piece.people], beside, {task_id: new}, versions=schemas)
        if both is not None:
            found.append(both[1])
            pairs += [] if old is None else [both]


def _stages(db: Connection, project_id: str) -> list[Task]:
    return tasks.list_tasks(db, project_id, Stage.ANNOTATE)


def _within(annotations: AnnotationSet, piece: Task) -> AnnotationSet:
    """What a set says within a stretch; segments that reach beyond it are cut at its ends."""
    kept: list[Element] = []
    for element in annotations:
        if not isinstance(element, Segment):
            kept.append(element)
        elif element.start_us == element.end_us:
            kept += [element] if piece.start_us <= element.start_us < piece.end_us else []
        else:
            start, end = max(element.start_us, piece.start_us), min(element.end_us, piece.end_us)
            kept += [replace(element, start_us=start, end_us=end)] if start < end else []
    return annotations.with_elements(kept)


def _suggestion(element: Element) -> Suggestion | None:
    return getattr(getattr(element, "origin", None), "suggestion", None)


def _mean_of(values: FloatArray) -> Callable[[FloatArray], FloatArray]:
    return lambda weights: np.asarray((values @ weights) / weights.sum(axis=0))


def _sentence(n: int, agreement: float | None, spread: Interval | None, beside: Verdict | None) -> str:
    if agreement is None:
        return "Not enough to know: it answered nothing in time that people have answered on their own."
    between = ""
    if spread is not None and spread.low is not None and spread.high is not None:
        between = f" (between {spread.low:.0%} and {spread.high:.0%})"
    pieces = "1 piece" if n == 1 else f"{n} pieces"
    told = f"It agrees with people by {agreement:.0%}{between} on {pieces} that they answered without suggestions."
    if n < ENOUGH:
        return f"{told} Of fewer than {ENOUGH} that is not enough to know."
    if beside is not None and beside.difference is not None:
        return f"{told} {verdict_sentence(beside, CONFIDENCE, MARGIN)}"
    return told
