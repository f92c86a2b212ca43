"""What is heard as what: what stands at a place beside what each person said there alone, in time and in counts.

Only answers given without suggestions count (rule 8), each as it stood before its author saw a comparison, and never
the answer that stands by itself. Names are in none of it: a clip calls people by letters (rule 12).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.model.annotations import NOT_SURE, AnnotationSet
from annodesk.model.schema import LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.model.work import ItemState, Role, SlotState, Stage
from annodesk.quality.agreement import answer_value, scored_parts
from annodesk.quality.alignment import match_onsets, segment_pieces
from annodesk.quality.tally import cells_of, pieces_of
from annodesk.services.agreeing import GROUP
from annodesk.services.independence import countable_sets
from annodesk.services.said_beside import Beside, is_told, keys_of, newest_settled, said_beside
from annodesk.store import figures, items, journal, projects, takedown, tasks

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

MOST_ITEMS = 2_000
"""So many settled items are read, the newest: what is heard as what tells of how people work now."""
MOST_CLIPS = 40
"""So many places of one cell are kept to be played, the longest."""
NOTHING = ""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TOO_FEW = f"In a team managers hear what groups of {GROUP} and more said; its analysts hear everybody."
NOT_YOURS = "What everybody said beside what stands is for the analysts and managers of a project."
_BLIND = frozenset({SlotState.LEASED, SlotState.PARKED, SlotState.RECALLED, SlotState.RETURNED})
_LEAST_US = 250_000
"""What is no longer than this is where a boundary lies, and no label heard as another."""

Cell = tuple[str, str]
"""What stands, and what was said there; "" for nothing."""


class Place(Struct, frozen=True):
    """A place to be heard: what stands there, and what one person said.

    ``other`` is the letter of whoever says ``stands`` where nothing stands yet, empty where that stands; where it is
    the same as ``letter`` there is one answer alone. ``start_us`` and ``end_us`` are None where it is about a text or a
    question; ``start`` and ``end`` are a text's. ``part`` is empty where all places of a list are of one part.
    """

    item_id: str
    item: str
    task_id: str
    set_id: str
    letter: str
    stands: str
    said: str
    start_us: int | None = None
    end_us: int | None = None
    start: int | None = None
    end: int | None = None
    other: str = ""
    part: str = ""


class HeardAs(Struct, frozen=True):
    """What is heard as what on one part.

    Parameters
    ----------
    labels : rows and columns in the project's order; "" for nothing marked
    amount : by cell the time (us), characters or answers
    count : by cell at how many places
    unit : ``seconds``, ``characters`` or ``answers``
    items, answers : what it rests on: settled items, and people's answers on them
    reason : why there is nothing to show
    """

    part: str
    labels: tuple[str, ...] = ()
    amount: Mapping[Cell, int] = field(default_factory=dict)
    count: Mapping[Cell, int] = field(default_factory=dict)
    places: Mapping[Cell, tuple[Place, ...]] = field(default_factory=dict)
    unit: str = "seconds"
    items: int = 0
    answers: int = 0
    reason: str = ""

    def share(self, stands: str, said: str, *, by_count: bool = False) -> float | None:
        """The share of what stands as the one that was said to be the other; None where the row rests on nothing."""
        of = self.count if by_count else self.amount
        whole = sum(of.get((stands, one), 0) for one in self.labels)
        return of.get((stands, said), 0) / whole if whole else None

    def worst(self) -> Cell | None:
        """The cell off the diagonal with the highest share of its row, by amount; nothing marked counts as little."""
        off = [(one, other) for one in self.labels for other in self.labels if one != other and one]
        found = [(self.share(*cell) or 0.0, self.amount.get(cell, 0), cell) for cell in off]
        best = max(found, default=None)
        return best[2] if best is not None and best[0] > 0 else None


class Answered(Struct, frozen=True):
    """A settled task: what stands, and what people said on it alone."""

    item_id: str
    item: str
    task_id: str
    duration_us: int
    stands: AnnotationSet
    said: tuple[AnnotationSet, ...]
    letters: tuple[str, ...] = ()
    """What those people are called; by their places where they are not named."""


Part = Tier | Question | SpanType


def heard_as(
    desk: Desk,
    sync: Sync,
    project_id: str,
    person_id: str,
    part: str,
    *,
    among: Collection[str] | None = None,
    cancel: CancelToken | None = None,
) -> HeardAs:
    """What is heard as what on a part, over the settled items, or some of them; may read for long.

    In a team the server is asked, and notes that this person has seen others' work on what it shows.
    """
    with desk.file.read() as db:
        why_not = not_told(db, project_id, person_id, is_shared=desk.is_shared)
        schema = projects.get_version(db, project_id).project.schema
    about = next((one for one in scored_parts(schema) if one.name == part), None)
    if why_not:
        return HeardAs(part, reason=why_not)
    if about is None:
        return HeardAs(part, reason=f"{part} is a text, or not in the project; it is not compared.")
    if isinstance(about, Tier) and about.kind is TierKind.POINT:
        return HeardAs(part, reason=f"{part} marks moments; they are compared by their time.")
    if desk.is_shared:

        def ask(team: Team) -> HeardAs:
            if not is_told(team):
                return HeardAs(part, reason=TOO_FEW)
            return counted(about, _of_team(team, among, cancel), cancel)

        return sync.with_team(ask)
    with desk.file.read() as db:
        return counted(about, _here(db, project_id, person_id, among), cancel)


def not_told(db: Connection, project_id: str, person_id: str, *, is_shared: bool) -> str:
    """Why somebody is not told what people said, without who; empty where they are. A server decides by the same."""
    roles = projects.roles_of(db, project_id, person_id)
    if not roles & {Role.ANALYST, Role.MANAGER}:
        return NOT_YOURS
    group = sum(Role.ANNOTATOR in held for _, held in projects.members(db, project_id))
    return TOO_FEW if is_shared and Role.ANALYST not in roles and group < GROUP else ""


def first_part(schema: LabelSchema) -> str:
    """The part that is looked at first: the first that has labels to take for each other; empty where none has."""
    parts = scored_parts(schema)
    found = (one.name for one in parts if not (isinstance(one, Tier) and one.kind is TierKind.POINT))
    return next(found, "")


def counted(part: Part, answered: Iterable[Answered], cancel: CancelToken | None = None) -> HeardAs:
    """The table over what was answered."""
    amount: defaultdict[Cell, int] = defaultdict(int)
    count: defaultdict[Cell, int] = defaultdict(int)
    kept: defaultdict[Cell, list[tuple[int, Place]]] = defaultdict(list)
    seen, answers = set[str](), 0
    for task in answered:
        if cancel is not None:
            cancel.check()
        for number, said in enumerate(task.said):
            letter, is_said = task.letters[number] if task.letters else LETTERS[number % 26], False
            for stands, heard, start, end in _pairs(part, task, said):
                is_said = True
                amount[stands, heard] += end - start
                if not isinstance(part, Question) and stands != heard and end - start <= _least(part):
                    continue
                count[stands, heard] += 1
                if stands != heard:
                    place = _place(part, task, said.id, letter, stands, heard, start, end)
                    kept[stands, heard].append((end - start, place))
            seen |= {task.item_id} if is_said else set()
            answers += is_said
    names = {name for cell in amount for name in cell}
    known = {one.name: place for place, one in enumerate(part.labels)}
    labels = tuple(sorted(names, key=lambda name: (name == NOTHING, known.get(name, len(known)), name)))
    unit = "answers" if isinstance(part, Question) else "characters" if isinstance(part, SpanType) else "seconds"
    if not answers:
        reason = "Nothing to compare yet: it takes settled items that somebody labelled without suggestions."
        return HeardAs(part.name, unit=unit, reason=reason)
    longest = {
        cell: tuple(place for _, place in sorted(found, key=lambda one: -one[0])[:MOST_CLIPS])
        for cell, found in kept.items()
    }
    return HeardAs(part.name, labels, dict(amount), dict(count), longest, unit, len(seen), answers)


def compared(part: Part, task: Answered, other: str) -> Iterator[tuple[Place, int]]:
    """The places where two things are said of a task, and how long they are."""
    return ((place, weight) for place, weight in said_at(part, task, other) if place.stands != place.said)


def said_at(part: Part, task: Answered, other: str) -> Iterator[tuple[Place, int]]:
    """What two say of a task, place by place, alike or not, and how long each is."""
    for number, said in enumerate(task.said):
        letter = task.letters[number] if task.letters else LETTERS[number % 26]
        told = _moments(part, task, said) if _is_points(part) else _pairs(part, task, said)
        for stands, heard, start, end in told:
            if stands == heard or isinstance(part, Question) or _is_points(part) or end - start > _least(part):
                place = _place(part, task, said.id, letter, stands, heard, start, end)
                yield replace(place, other=other), end - start


def _least(part: Part) -> int:
    return _LEAST_US if isinstance(part, Tier) else 0


def _pairs(part: Part, task: Answered, said: AnnotationSet) -> Iterator[tuple[str, str, int, int]]:
    """What stands, what was said, and from where to where; neighbouring stretches of one cell are one."""
    if isinstance(part, Question):
        one, other = _value(part, task.stands), _value(part, said)
        if one is not None and other is not None:
            yield one, other, 0, 1
        return
    stands, heard = pieces_of(part, task.stands), pieces_of(part, said)
    covered = 0
    for lane in sorted({*stands, *heard}):
        open_one: tuple[str, str, int, int] | None = None
        for start, end, (a, b) in cells_of([stands.get(lane, []), heard.get(lane, [])], from_zero=False):
            covered += end - start
            cell = _name(a), _name(b)
            if open_one is not None and open_one[:2] == cell and open_one[3] == start:
                open_one = (*cell, open_one[2], end)
                continue
            if open_one is not None:
                yield open_one
            open_one = (*cell, start, end)
        if open_one is not None:
            yield open_one
    if isinstance(part, Tier) and task.duration_us > covered:
        yield NOTHING, NOTHING, 0, task.duration_us - covered


def _is_points(part: Part) -> bool:
    return isinstance(part, Tier) and part.kind is TierKind.POINT


def _moments(part: Part, task: Answered, said: AnnotationSet) -> Iterator[tuple[str, str, int, int]]:
    """The same of a tier of moments, those that fit each other as their score has it; a moment has no length."""
    ours, theirs = (segment_pieces(one.segments(part.name)) for one in (task.stands, said))
    pairs = match_onsets(ours, theirs)
    for i, _ in pairs:
        yield _name(ours[i].labels), _name(ours[i].labels), ours[i].start, ours[i].start
    for side, pieces in enumerate((ours, theirs)):
        known = {pair[side] for pair in pairs}
        for piece in (one for place, one in enumerate(pieces) if place not in known):
            label = _name(piece.labels)
            yield *((NOTHING, label) if side else (label, NOTHING)), piece.start, piece.start


def _name(said: Collection[str] | None) -> str:
    return " + ".join(sorted(said or ()))


def _value(question: Question, annotations: AnnotationSet) -> str | None:
    value = answer_value(question, annotations)
    if value is None or value == NOT_SURE:
        return None
    if question.kind is QuestionKind.RATING:
        return f"{value:g}" if isinstance(value, int | float) else None
    if isinstance(value, str):
        return value
    return " + ".join(sorted(map(str, value))) if isinstance(value, Collection) else str(value)


def _place(part: Part, task: Answered, set_id: str, letter: str, stands: str, said: str, start: int, end: int) -> Place:
    about = (task.item_id, task.item, task.task_id, set_id, letter, stands, said)
    if isinstance(part, Tier):
        return Place(*about, start_us=start, end_us=end)
    return Place(*about, start=start, end=end) if isinstance(part, SpanType) else Place(*about)


def blind_items(db: Connection, project_id: str, person_id: str) -> set[str]:
    """Items that a person has open to label: others' answers on them are out of their sight."""
    held = [c.task_id for c in tasks.claims_of_person(db, project_id, person_id) if c.state in _BLIND]
    open_ones = [tasks.get_task(db, task_id) for task_id in held]
    return {task.item_id for task in open_ones if task.stage is Stage.ANNOTATE}


def _here(db: Connection, project_id: str, person_id: str, among: Collection[str] | None) -> Iterator[Answered]:
    """Settled tasks of this file, the newest items' first, but for items that the person has open to label."""
    states = items.item_states(db, project_id)
    found = tasks.list_tasks(db, project_id, Stage.ANNOTATE)
    blind = blind_items(db, project_id, person_id)
    is_asked = [
        item_id
        for item_id, state in states.items()
        if state is ItemState.SETTLED and item_id not in blind and (among is None or item_id in among)
    ]
    newest = set(sorted(is_asked, reverse=True)[:MOST_ITEMS])
    newest -= takedown.taken_down(db, newest)
    keys = {item.id: item.key for item in items.list_items(db, project_id)}
    standing = figures.settlements(db, project_id)
    for task in found:
        stands = standing.get(task.id)
        if stands is None or task.item_id not in newest:
            continue
        counting = [one for one in countable_sets(db, task.id) if not one.aided and one.set_id != stands.set_id]
        if counting:
            answer = journal.set_at(db, stands.set_id, stands.head)
            said = tuple(one.annotations for one in counting)
            yield Answered(task.item_id, keys[task.item_id], task.id, task.end_us - task.start_us, answer, said)


def _of_team(team: Team, among: Collection[str] | None, cancel: CancelToken | None) -> Iterator[Answered]:
    """The same as the server shows it."""
    if among is None:
        keys = newest_settled(team, MOST_ITEMS)
    else:
        keys = keys_of(team, list(among)[:MOST_ITEMS], only_settled=True)
    for task in said_beside(team, list(keys), cancel=cancel):
        stood = answered_beside(task, keys[task.item_id])
        if stood is not None:
            yield stood


def answered_beside(task: Beside, key: str) -> Answered | None:
    """What people said alone beside what stands; None where nothing stands, or nobody said anything else."""
    stands = task.stands
    if stands is None:
        return None
    alone = [one for one in task.said if not one.aided and one.annotations.id != stands.id]
    said, letters = tuple(one.annotations for one in alone), tuple(one.letter for one in alone)
    about = (task.item_id, key, task.task_id, task.length_us)
    return Answered(*about, stands, said, letters) if alone else None
