"""What suggestions do to the time that work takes and to the answers given, told in figures and in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.shown import How, Played, Suggested, as_it_stands, suggestions_in
from annodesk.model.work import Role, Stage
from annodesk.quality.agreement import scored_parts
from annodesk.quality.anchoring import FEWEST, Anchoring, Effect, PartAnchoring, anchoring
from annodesk.quality.beside import PART, TaskBeside, from_json
from annodesk.services.agreeing import GROUP, tallied
from annodesk.services.beside import answered_in, beside_of
from annodesk.services.opened import shown_suggestions
from annodesk.store import journal, projects, tasks, traces

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection

SEED = 1
"""Of the resamples behind an interval, so that the same work always gives the same."""
IN_A_TEAM = "Of a team's work the analysts see what suggestions do; your computer holds your own tasks alone."


class AnchoringReport(Struct, frozen=True):
    """What suggestions do in a project.

    Parameters
    ----------
    measured : every figure with its interval; None where ``reason`` says why there is none
    told : the same in sentences, what matters first
    items : how many items it rests on
    """

    name: str
    measured: Anchoring | None
    told: tuple[str, ...]
    items: int = 0
    since_us: int | None = None
    until_us: int | None = None
    reason: str = ""


class AnsweredSuggestion(Struct, frozen=True):
    """One suggestion that was shown on a task, and what came of it.

    Parameters
    ----------
    answered_at_us : when it was answered, None where no gesture did; ``in_view_us`` how long it had been in view then
    played : how much of its stretch had been played by then; None where that is not recorded
    """

    suggestion: Suggested
    how: How
    answered_at_us: int | None
    in_view_us: int | None
    played: Played | None


class AnchoringFigures:
    """What suggestions do; everything here may read for long, and nothing of it is written."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def report(self, project_id: str, person_id: str, *, cancel: CancelToken | None = None) -> AnchoringReport:
        """What suggestions do to all the work of a project, for an analyst, or a manager of a group of five."""
        with self._desk.file.read() as db:
            project = projects.get_version(db, project_id).project
            roles = projects.roles_of(db, project_id, person_id)
            group = sum(Role.ANNOTATOR in held for _, held in projects.members(db, project_id))
        if not roles & {Role.ANALYST, Role.MANAGER}:
            sentence = "What suggestions do to everybody's work is for the analysts of a project."
            raise WorkflowError(sentence, "What they do to your own is shown to you.")
        if Role.ANALYST not in roles and group < GROUP:
            raise WorkflowError(f"Managers see such figures of {GROUP} people and more.", "Ask an analyst.")
        (rows,) = tallied(self._desk, self._sync, project_id, [PART])
        if cancel is not None:
            cancel.check()
        found = _understood([body for _, body in rows])
        times = [at_us for at_us, _ in rows]
        return _report(project, found, (min(times), max(times)) if times else (None, None))

    def own(self, project_id: str, person_id: str, *, cancel: CancelToken | None = None) -> AnchoringReport:
        """What suggestions do to a person's own work, for themselves."""
        desk = self._desk
        with desk.file.read() as db:
            project = projects.get_version(db, project_id).project
            claims = tasks.claims_of_person(db, project_id, person_id)
        if desk.is_shared:
            return AnchoringReport(project.name, None, (IN_A_TEAM,), reason=IN_A_TEAM)
        items: dict[str, list[TaskBeside]] = {}
        for claim in claims:
            if cancel is not None:
                cancel.check()
            with desk.file.read() as db:
                task = tasks.get_task(db, claim.task_id)
                if task.stage is Stage.ANNOTATE:
                    mine = beside_of(db, project_id, [task], journal, of_person=person_id)
                    items.setdefault(task.item_id, []).extend(mine)
        return _report(project, list(items.values()), (None, None))

    def answers(self, set_id: str) -> tuple[AnsweredSuggestion, ...]:
        """What was shown beside a set that is in this file, and what its author did with each of it, by time."""
        with self._desk.file.read() as db:
            said = journal.get_set(db, set_id)
            view = tasks.view_of(db, set_id)
            project = projects.get_version(db, said.project_id, said.project_version).project
            past = traces.past_of(traces.traces_of(db, set_id), said.head)
            if view.suggestions_from_us is None:
                return ()
            model = _model_seen(db, said, past)
            shown = shown_suggestions(model, project, project.prelabel.show)
        if model is None or shown is None:
            return ()
        noted = answered_in(past, model.id)
        at_us = {
            one.suggestion: trace.at_us
            for trace in traces.standing(past)
            if trace.shown is not None
            for one in trace.shown.answered
        }
        became = as_it_stands(shown, said, list(noted.values()))
        found = []
        for suggestion in suggestions_in(shown):
            one, how = noted.get(suggestion.id), became[suggestion.id]
            if one is None or how is How.LEFT:
                found.append(AnsweredSuggestion(suggestion, how, None, None, None))
            else:
                when = at_us.get(suggestion.id)
                found.append(AnsweredSuggestion(suggestion, how, when, one.in_view_us, one.played))
        return tuple(sorted(found, key=lambda one: (getattr(one.suggestion, "start_us", -1), one.suggestion.id)))


def _model_seen(db: Connection, said: AnnotationSet, past: Sequence[traces.Trace]) -> AnnotationSet | None:
    """The model's answer that was answered here, else its newest."""
    models = {one.id: one for one in journal.sets_of_task(db, said.task_id, AuthorKind.MODEL)}
    answered = [trace.shown.source for trace in past if trace.shown is not None and trace.shown.source in models]
    return models[answered[-1]] if answered else max(models.values(), key=lambda one: one.round, default=None)


def _understood(bodies: Sequence[Mapping[str, Any]]) -> list[tuple[TaskBeside, ...]]:
    found = []
    for body in bodies:
        try:
            found.append(from_json(body))
        except ValueError:
            continue
    return found


def _report(
    project: Project, items: Sequence[Sequence[TaskBeside]], times: tuple[int | None, int | None]
) -> AnchoringReport:
    mode = project.prelabel.show
    if mode == "never":
        # What it was before is still to be read.
        modes = [one.mode for item in items for task in item for one in task.works]
        mode = max(set(modes), key=modes.count) if modes else mode
    with_work = [item for item in items if any(one.mode == mode for task in item for one in task.works)]
    if not with_work:
        reason = "Nothing to tell yet: no work was handed in on anything the model had suggestions for."
        return AnchoringReport(project.name, None, (reason,), reason=reason)
    parts = [part.name for part in scored_parts(project.schema)]
    measured = anchoring(with_work, mode, parts, SEED)
    return AnchoringReport(project.name, measured, tuple(told(measured)), len(with_work), *times)


def told(measured: Anchoring) -> list[str]:
    """What was measured, in sentences: what is known first, then what came of the suggestions themselves."""
    found = []
    if measured.n_with < FEWEST or measured.n_without < FEWEST:
        found.append(
            f"Not enough to know what suggestions do. Tasks done with them: {measured.n_with}, without:"
            f" {measured.n_without}; it takes {FEWEST} of each."
        )
    else:
        found += [
            *_time_words(measured.time),
            *_following_words("People say the same as the model on", measured.following),
            *_following_words("Where a ruling bears the model out, on", measured.followed_right),
            *_following_words("Where a ruling says that the model is wrong, on", measured.followed_wrong),
            *_shift_words(measured.parts),
        ]
    return [*found, *_became_words(measured)]


def _time_words(time: Effect) -> list[str]:
    if time.value is None or time.low is None or time.high is None:
        return []
    interval = f"{_more_or_less(time.low)} to {_more_or_less(time.high)}"
    if time.is_clear:
        return [f"With suggestions the same work takes {_more_or_less(time.value)} time ({interval})."]
    return [f"Suggestions make no difference to time that can be told: {_more_or_less(time.value)} ({interval})."]


def _more_or_less(ratio: float) -> str:
    return f"{abs(1 - ratio):.0%} {'less' if ratio < 1 else 'more'}".replace("%", " %")


def _following_words(what: str, one: Effect) -> list[str]:
    if one.value is None or one.with_them is None or one.without is None or one.low is None or one.high is None:
        return []
    shares = f"{_percent(one.with_them)} of suggestions in view and {_percent(one.without)} of those not shown"
    interval = f"{_points(one.low)} to {_points(one.high)}"
    verdict = "" if one.is_clear else "; that may be chance"
    return [f"{what} {shares}: {_points(one.value)} points ({interval}){verdict}."]


def _shift_words(parts: Sequence[PartAnchoring]) -> list[str]:
    found = []
    for part in parts:
        for label, one in part.labels.items():
            if one.is_clear and one.value is not None and one.low is not None and one.high is not None:
                interval = f"{_points(one.low)} to {_points(one.high)}"
                found.append(
                    f"{part.part}: {label} is given {_points(one.value)} points with suggestions ({interval})."
                )
    return found


def _became_words(measured: Anchoring) -> list[str]:
    found = []
    shown = sum(measured.became.values())
    if shown:
        words = {
            How.TAKEN: "taken as they were",
            How.MOVED: "taken and moved",
            How.RENAMED: "taken and renamed",
            How.BULK: "taken in bulk",
            How.REFUSED: "refused",
            How.OWN: "answered otherwise",
            How.LEFT: "left alone",
        }
        counts = [f"{n:,} {words[how]}" for how in How if (n := measured.became.get(how, 0))]
        found.append(f"Of {shown:,} suggestions shown: {', '.join(counts)}.")
    if measured.unplayed is not None:
        found.append(
            f"Of {measured.taken_known:,} taken, {_percent(measured.unplayed)} were taken before anything of their"
            " stretch was played."
        )
    compared = measured.compared
    if compared is not None and compared.differed:
        ruled = f" ({compared.right} of them right, {compared.wrong} wrong, by rulings)"
        found.append(
            f"After their own answer people saw {compared.differed:,} suggestions that differed from it and took over"
            f" {compared.came_over:,}{ruled if compared.right + compared.wrong else ''}."
        )
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _points(difference: float) -> str:
    return f"{100 * difference:+.0f}".replace("-", "\u2212")
