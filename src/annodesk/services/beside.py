"""Gathers what became of the model's suggestions in the work on an item, wherever its rows are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.shown import TOOK, Played, Shown, as_it_stands
from annodesk.model.work import SettledBy, Stage, Task
from annodesk.quality import beside
from annodesk.quality.beside import Compared, TaskBeside, Worked, came_over, met_of, said_in
from annodesk.services.editing import IDLE_US
from annodesk.services.opened import shown_suggestions
from annodesk.store import journal, projects, settled, tallies, tasks, traces
from annodesk.store.checked import MisfitError

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.store.engine import Connection
    from annodesk.store.snapshots import Sets
    from annodesk.store.tasks import Submission, View
    from annodesk.store.traces import Trace

_STRANGE = (AnnodeskError, MisfitError, TypeError, ValueError, LookupError, ArithmeticError)
"""What rows that another hand has made can lead to."""


class _Suggesting(Struct, frozen=True):
    """A task with what the model has said of it, newest first, and what a ruling says."""

    task: Task
    models: tuple[tuple[int, AnnotationSet], ...]
    ruled: AnnotationSet | None


def beside_of(
    db: Connection, project_id: str, found: Iterable[Task], sets: Sets, *, of_person: str | None = None
) -> tuple[TaskBeside, ...]:
    """What became of suggestions in the work on some tasks (of one person), as it was handed in first.

    Nothing tells who did it.
    """
    versions: dict[int, Project] = {}
    told = []
    for task in found:
        models = sets.sets_of_task(db, task.id, AuthorKind.MODEL)
        if not models:
            continue
        times = traces.made_at(db, [model.id for model in models])
        newest_first = tuple(sorted(((times[m.id], m) for m in models), key=lambda one: (-one[1].round, -one[0])))
        suggesting = _Suggesting(task, newest_first, _ruled(db, task.id, sets))
        claims = {claim.set_id: claim for claim in tasks.submitted_claims(db, task.id)}
        works = []
        for first, view in tasks.handed_in_first(db, task.id):
            claim = claims[first.set_id]
            if of_person not in (None, claim.person_id):
                continue
            try:
                said = sets.set_at(db, first.set_id, first.head)
                if said.project_version not in versions:
                    version = projects.get_version(db, project_id, said.project_version)
                    versions[said.project_version] = version.project
                project = versions[said.project_version]
                one = _work(db, project, suggesting, said, first, view, sets, drawn=claim.shows_suggestions)
            except _STRANGE:
                continue  # what another hand has made is not measured
            works += [] if one is None else [one]
        told.append(TaskBeside(task.end_us - task.start_us, tuple(works)))
    return tuple(told)


def note_beside(db: Connection, project_id: str, item_id: str, now_us: int, sets: Sets = journal) -> None:
    """Tell anew of an item that was scored what became of its suggestions, such as when a ruling says what is right."""
    found = beside_of(db, project_id, tasks.tasks_of_item(db, item_id, Stage.ANNOTATE), sets)
    tallies.put_tally(db, item_id, beside.PART, beside.to_json(found), now_us)


def _ruled(db: Connection, task_id: str, sets: Sets) -> AnnotationSet | None:
    """The ruling that stands; what people agree on is no judge of what they were shown."""
    standing = settled.standing(db, [task_id]).get(task_id)
    if standing is None or standing.settled_by is not SettledBy.ADJUDICATION:
        return None
    handed_in = tasks.submissions_of(db, standing.set_id)
    if not handed_in:
        return None
    try:
        return sets.set_at(db, standing.set_id, handed_in[-1].head)
    except _STRANGE:
        return None


def _work(
    db: Connection,
    project: Project,
    suggesting: _Suggesting,
    said: AnnotationSet,
    first: Submission,
    view: View,
    sets: Sets,
    *,
    drawn: bool,
) -> Worked | None:
    """One person's work; None where the model had nothing to be shown by then."""
    mode, schema = project.prelabel.show, project.schema
    model = next((model for at_us, model in suggesting.models if at_us <= first.made_at_us), None)
    shown = shown_suggestions(model, project, mode)
    if mode == "never" or model is None or shown is None or not len(shown):
        return None
    has_been_told = view.independent_until_us is not None and view.independent_until_us < first.made_at_us
    if has_been_told and mode != "after-commit":
        return None  # a question was answered, or a ruling told: that is other work
    past = traces.past_of(traces.traces_of(db, first.set_id), first.head)
    tail_us = tail_of(past, first)
    worked_us = _worked(past) + tail_us
    met = met_of(schema, shown, said, suggesting.ruled)
    is_aided = view.suggestions_from_us is not None and view.suggestions_from_us < first.made_at_us
    if not is_aided:
        return Worked(mode, drawn, False, worked_us, met, said_in(schema, said))
    noted = answered_in(past, model.id)
    became = as_it_stands(shown, said, list(noted.values()))
    known = [noted[i].played for i, how in became.items() if how in TOOK and i in noted and noted[i].played]
    compared: Compared | None = None
    if has_been_told:
        before = sets.set_at(db, first.set_id, view.independent_head)
        earlier = {trace.id for trace in traces.past_of(past, view.independent_head)}
        since_us = _worked(trace for trace in past if trace.id not in earlier) + tail_us
        compared = came_over(schema, shown, before, said, suggesting.ruled, since_us)
    return Worked(
        mode,
        drawn,
        True,
        worked_us,
        met,
        said_in(schema, said),
        dict(Counter(became.values())),
        known.count(Played.NONE),
        len(known),
        compared,
    )


def _worked(some: Iterable[Trace]) -> int:
    """Working time; no Edit of ours tells of more than a pause that still is work."""
    return sum(min(trace.elapsed_us, IDLE_US) for trace in some)


def tail_of(past: Sequence[Trace], first: Submission) -> int:
    """The time between the last change and handing in; a pause that is too long for work does not count."""
    tail_us = first.made_at_us - max((trace.at_us for trace in past), default=first.made_at_us)
    return tail_us if 0 <= tail_us <= IDLE_US else 0


def answered_in(past: Sequence[Trace], source: str) -> Mapping[str, Shown]:
    """How each suggestion of one set of the model's was answered last, as far as that has not been taken back."""
    found: dict[str, Shown] = {}
    for trace in traces.standing(past):
        if trace.shown is not None and trace.shown.source == source:
            found |= {shown.suggestion: shown for shown in trace.shown.answered}
    return found
