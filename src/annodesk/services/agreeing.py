"""How people agree on each part of a project, read from what was tallied when its items were scored.

Alone the tallies are in the file; in a team they are asked of the server, which decides what this person may know.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.schema import LabelSchema, Question, SpanType, Tier
from annodesk.model.work import Role
from annodesk.progress import CancelToken, Progress, silent
from annodesk.quality.agreement import compare, metric_of, scored_parts
from annodesk.quality.pooled import PartMeasured, Side, measure
from annodesk.quality.tally import Tally, from_json
from annodesk.services.fitting import SegmentMeasures, measures_of
from annodesk.services.others import STANDS, others_lanes
from annodesk.store import journal, projects, tallies, tasks

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

MOST_ITEMS = 5_000
"""So many items are measured, those that were scored last: more would hardly move a figure, and take minutes."""
GROUP = 5
"""A manager is told about people only where they are so many (rule 12)."""

TALLIES = "select made_at_us, body from annodesk.tallies_of(%s, %s, %s)"

_Part = Tier | Question | SpanType


class Confusion(Struct, frozen=True):
    """Two things that people say of the same place, "" for nothing: at how many places, of how many items."""

    part: str
    a: str
    b: str
    places: int
    items: int


class PartAgreement(Struct, frozen=True):
    """Agreement on one part.

    Parameters
    ----------
    kind : what it is, in a word
    metric : by which number its item score compares two people
    people, aided, model : None where this person may know the items' scores alone
    scores : the part's score of each item that has one, ascending
    label_scores : the same of each label
    unsure : answers "not sure", which are in no coefficient
    """

    part: str
    kind: str
    metric: str
    people: PartMeasured | None
    aided: PartMeasured | None
    model: PartMeasured | None
    scores: tuple[float, ...]
    label_scores: Mapping[str, tuple[float, ...]]
    labels: tuple[str, ...]
    confusions: tuple[Confusion, ...] = ()
    unsure: int = 0
    fits: tuple[SegmentMeasures, ...] = ()
    """How segments, points or spans fit each other; of a question, and where only scores may be known, nothing."""
    items: int = 0
    """Items tallied: ``MOST_ITEMS`` says that there may be more."""


class AgreementReport(Struct, frozen=True):
    """How people agree, part by part in the schema's order; ``is_whole`` where that and not the scores alone is told.

    ``since_us`` and ``until_us`` are when the items were scored, None where none was.
    """

    name: str
    parts: tuple[PartAgreement, ...]
    is_whole: bool = True
    since_us: int | None = None
    until_us: int | None = None

    @property
    def items(self) -> int:
        """The most items that any part has been scored on."""
        return max((part.items for part in self.parts), default=0)


class OwnPart(Struct, frozen=True):
    """How a person's own answers on a part compare with what stands now, over ``items`` that are settled."""

    part: str
    kind: str
    scores: tuple[float, ...]
    confusions: tuple[Confusion, ...] = ()


class OwnReport(Struct, frozen=True):
    """A person's own answers beside what stands; ``reason`` says why there is nothing to compare."""

    name: str
    parts: tuple[OwnPart, ...]
    reason: str = ""


NOT_SHOWN = "This project does not show what others said, so your answers are not compared here."
NONE_SETTLED = "Nothing to compare yet: none of what you handed in is settled."


def report(
    desk: Desk,
    sync: Sync,
    project_id: str,
    person_id: str,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = silent,
) -> AgreementReport:
    """How people agree on each part, as an analyst sees it, and a manager of a group."""
    with desk.file.read() as db:
        version = projects.get_version(db, project_id)
        roles = projects.roles_of(db, project_id, person_id)
        group = sum(Role.ANNOTATOR in held for _, held in projects.members(db, project_id))
    if not roles & {Role.ANALYST, Role.MANAGER}:
        raise WorkflowError("How people agree is for the analysts of a project.", "Your own answers are shown to you.")
    is_whole = Role.ANALYST in roles or group >= GROUP
    found, times = list[PartAgreement](), list[int]()
    parts = scored_parts(version.project.schema)
    read = tallied(desk, sync, project_id, [part.name for part in parts])
    for number, (part, rows) in enumerate(zip(parts, read, strict=True)):
        if cancel is not None:
            cancel.check()
        progress(number / len(parts), f"measuring {part.name}")
        times += [made_at_us for made_at_us, _ in rows]
        told = understood_tallies(part.name, [body for _, body in rows])
        found.append(_part(part, told, is_whole=is_whole, cancel=cancel))
    since, until = (min(times), max(times)) if times else (None, None)
    return AgreementReport(version.project.name, tuple(found), is_whole, since, until)


def confusions(desk: Desk, sync: Sync, project_id: str, part: str) -> tuple[Confusion, ...]:
    """Which two things are said of the same places of a part, over the items scored last; most frequent first."""
    (rows,) = tallied(desk, sync, project_id, [part])
    return confusions_of(part, understood_tallies(part, [body for _, body in rows]))


def segment_measures(desk: Desk, sync: Sync, project_id: str, name: str) -> tuple[SegmentMeasures, ...]:
    """How the segments of a tier or the spans of a type fit each other; nothing of any other part."""
    with desk.file.read() as db:
        schema = projects.get_version(db, project_id).project.schema
    parts: list[Tier | SpanType] = [*schema.tiers, *schema.span_types]
    part = next((one for one in parts if one.name == name), None)
    if part is None:
        return ()
    (rows,) = tallied(desk, sync, project_id, [name])
    return measures_of(part, understood_tallies(name, [body for _, body in rows]))


_Rows = Sequence[tuple[int, Mapping[str, Any]]]


def tallied(desk: Desk, sync: Sync, project_id: str, parts: Sequence[str]) -> list[_Rows]:
    """When each item was scored and what was tallied then, for each part."""
    if not desk.is_shared:
        with desk.file.read() as db:
            return [tallies.newest(db, project_id, part, MOST_ITEMS) for part in parts]

    def ask(team: Team) -> list[_Rows]:
        found: list[_Rows] = []
        for part in parts:
            rows = team.link.ask(TALLIES, team.project_id, part, MOST_ITEMS)
            found.append([(int(row["made_at_us"]), row["body"]) for row in rows])
        return found

    return sync.with_team(ask)


def understood_tallies(part: str, bodies: Sequence[Mapping[str, Any]]) -> list[Tally]:
    """What is no tally was made by another hand and is left out."""
    found = []
    for body in bodies:
        try:
            found.append(from_json(part, body))
        except ValueError:
            continue
    return found


def _part(part: _Part, told: Sequence[Tally], *, is_whole: bool, cancel: CancelToken | None) -> PartAgreement:
    labels: defaultdict[str, list[float]] = defaultdict(list)
    for tally in told:
        for label, value in tally.labels.items():
            labels[label].append(value)
    measured = {
        side: measure(part, told, side, cancel=cancel) if is_whole else None
        for side in (Side.PEOPLE, Side.AIDED, Side.MODEL)
    }
    return PartAgreement(
        part.name,
        kind_of(part),
        metric_of(part),
        measured[Side.PEOPLE],
        measured[Side.AIDED],
        measured[Side.MODEL],
        tuple(sorted(tally.score for tally in told if tally.score is not None)),
        {label: tuple(sorted(values)) for label, values in labels.items()},
        tuple(label.name for label in part.labels),
        confusions_of(part.name, told) if is_whole else (),
        sum(task.unsure for tally in told for task in tally.tasks),
        measures_of(part, told) if is_whole and not isinstance(part, Question) else (),
        len(told),
    )


def kind_of(part: _Part) -> str:
    """What a part is, in a word or two."""
    if isinstance(part, Tier):
        return "tier" if part.kind == "interval" else "moments"
    return "span type" if isinstance(part, SpanType) else f"{part.kind} question"


def confusions_of(part: str, told: Sequence[Tally]) -> tuple[Confusion, ...]:
    """Which two things are said of the same place, the most frequent first."""
    places: Counter[tuple[str, str]] = Counter()
    items: Counter[tuple[str, str]] = Counter()
    for tally in told:
        here: Counter[tuple[str, str]] = Counter()
        for task in tally.tasks:
            here.update(task.places)
        places += here
        items.update(here.keys())
    order = sorted(places.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Confusion(part, a, b, count, items[a, b]) for (a, b), count in order)


# What a person may see of their own


def own_report(desk: Desk, project_id: str, person_id: str, *, cancel: CancelToken | None = None) -> OwnReport:
    """How a person's own answers compare with what stands, on items that are settled for them.

    Compared is what they handed in first. In a team the file holds of others' work what the server has shown.
    """
    with desk.file.read() as db:
        version = projects.get_version(db, project_id)
        claims = tasks.claims_of_person(db, project_id, person_id)
    project = version.project
    if project.workflow.see_others == "never":
        return OwnReport(project.name, (), NOT_SHOWN)
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for claim in claims:
        if cancel is not None:
            cancel.check()
        with desk.file.read() as db:
            _compare_own(db, claim, project.schema, scores, project=project, is_shared=desk.is_shared)
    parts = tuple(
        OwnPart(part.name, kind_of(part), tuple(sorted(scores[part.name])))
        for part in scored_parts(project.schema)
        if scores[part.name]
    )
    return OwnReport(project.name, parts, "" if parts else NONE_SETTLED)


def _compare_own(
    db: Connection,
    claim: tasks.Claim,
    schema: LabelSchema,
    scores: defaultdict[str, list[float]],
    *,
    project: Any,
    is_shared: bool,
) -> None:
    if claim.set_id is None:
        return
    task = tasks.get_task(db, claim.task_id)
    lanes = others_lanes(db, task, claim, project, is_shared=is_shared)
    standing = next((lane.annotations for lane in lanes if lane.title == STANDS), None)
    if standing is None:
        return
    handed_in = tasks.submissions_of(db, claim.set_id)
    if not handed_in:
        return
    mine = journal.set_at(db, claim.set_id, handed_in[0].head)
    for part in scored_parts(schema):
        scores[part.name].append(compare(part, mine, standing)[0].value)
