"""Annotations in and out of a project: import under an author's name, export of what stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk import formats
from annodesk.errors import FormatError, NotFoundError, WorkflowError
from annodesk.formats.base import Document, Format, Skipped, tiers_of
from annodesk.formats.labels import to_labels
from annodesk.model.annotations import CHECKED_NONE, AnnotationSet, Answer, Element, Relation, Segment, Span, answer_id
from annodesk.model.edits import Draft, add
from annodesk.model.ids import new_id
from annodesk.model.outcomes import WHOLE, excludes_item, is_outcome, outcome_of
from annodesk.model.rules import element_problems, overlap_problems, overlaps
from annodesk.model.schema import RESERVED_NAMES
from annodesk.model.times import Interval
from annodesk.model.work import ItemState, Role, Stage, Task
from annodesk.services.changes import Changes, Kind
from annodesk.services.opened import model_set, read_text
from annodesk.services.projects import ensure_person
from annodesk.store import figures, items, journal, projects, tasks

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.model.project import Project
    from annodesk.services.annotate import Annotate
    from annodesk.services.base import Desk
    from annodesk.services.server import Ask
    from annodesk.services.tasks import Tasks
    from annodesk.services.team_results import TeamResults
    from annodesk.store.engine import Connection

SAFE = str.maketrans(dict.fromkeys([*'/\\:*?"<>|\x7f', *map(chr, range(32))], "_"))


MOST_NAME_BYTES = 110
"""Of an item and of an author, so that both, a number and an ending stay below the 255 bytes of most disks."""


class Which(StrEnum):
    """Whose annotations an export writes."""

    GOLD = "gold"
    ALL = "all"
    MODEL = "model"


class Imported(Struct, frozen=True):
    """What an import took in; ``skipped`` names what found no place."""

    segments: int
    spans: int
    answers: int
    skipped: tuple[Skipped, ...]
    submitted: int
    changes: Changes


class Exported(Struct, frozen=True):
    """The files an export wrote and what their format could not hold."""

    files: tuple[Path, ...]
    items: int
    losses: tuple[str, ...]


class Transfer:
    """Imports and exports a project's annotations."""

    def __init__(self, desk: Desk, task_service: Tasks, annotate: Annotate, results: TeamResults) -> None:
        self._desk, self._tasks, self._annotate, self._results = desk, task_service, annotate, results

    def import_files(
        self,
        project_id: str,
        author: str,
        paths: Sequence[Path],
        format_name: str | None = None,
        *,
        lenient: bool = False,
    ) -> Imported:
        """Take files in as one author's work, one Edit per task.

        A file belongs to the item it names, else, where it holds no other, to the item of its own name. Of a file
        that holds several people's work only the author's own is taken. Elements the schema does not allow are skipped
        and named; a segment that runs over the end of a task is cut there and goes on in the next. A set without open
        problems is submitted; any other stays the author's draft. Nothing is taken in where one of the files cannot be
        read.
        """
        author = author.strip()
        if not author:
            raise WorkflowError("An import needs an author.", "Name whose work it is.")
        if self._desk.is_shared:
            hint = "Import them into a file of its own, and publish that project."
            raise WorkflowError("Annotation files are not taken into a team's file.", hint)
        read = [(path, formats.read(path, format_name, lenient=lenient)) for path in _files(paths)]
        with self._desk.file.write() as db:
            person = ensure_person(db, project_id, author, (Role.ANNOTATOR,), self._desk.clock())
            project = projects.get_version(db, project_id).project
            homes = Homes(items.list_items(db, project_id))
        taken: list[Element] = []
        skipped: list[Skipped] = []
        submitted, item_ids = 0, []
        for path, result in read:
            skipped += result.skipped
            several = len({document.author for document in result.documents if document.author}) > 1
            for document in result.documents:
                item = homes.of(document, path if len(result.documents) == 1 or document.item is None else None)
                if item is None:
                    skipped.append(Skipped(str(path), None, f"no item is called {document.item or path.stem!r}"))
                    continue
                if several and document.author != author:
                    whose = f"{document.author}'s work" if document.author else "nobody's named work"
                    skipped.append(Skipped(str(path), None, f"{item.key}: it is {whose}, not {author}'s"))
                    continue
                fitted = to_labels(document, project.schema, file=str(path))
                skipped += fitted.skipped
                elements = [_at_home(e, item) for e in fitted.document.elements if not is_bookkeeping(e)]
                elements = self._within_text(item, elements, str(path), skipped)
                found, done = self._take_in(project_id, person.id, project, item, elements, str(path), skipped)
                taken += found
                submitted += done
                item_ids.append(item.id)
        said = [e for e in taken if not is_outcome(e)]
        counts = [sum(isinstance(e, kind) for e in said) for kind in (Segment, Span, Answer)]
        changes = Changes.of(Kind.EDITS, Kind.TASKS, items=tuple(item_ids))
        return Imported(counts[0], counts[1], counts[2], tuple(skipped), submitted, changes)

    def _within_text(self, item: Item, elements: list[Element], file: str, skipped: list[Skipped]) -> list[Element]:
        """The elements without spans past the end of the item's text."""
        text = read_text(self._desk, item) if any(isinstance(e, Span) for e in elements) else None
        if text is None or not text.asset_id:
            return elements
        length = len(text.text)
        past = [e for e in elements if isinstance(e, Span) and e.end > length]
        skipped += [
            Skipped(file, None, f"{item.key}: one {e.type} ends at character {e.end}, and its text at {length}")
            for e in past
        ]
        return [e for e in elements if not (isinstance(e, Span) and e.end > length)]

    def _take_in(
        self,
        project_id: str,
        person_id: str,
        project: Project,
        item: Item,
        elements: Sequence[Element],
        file: str,
        skipped: list[Skipped],
    ) -> tuple[list[Element], int]:
        with self._desk.file.read() as db:
            stages = tasks.tasks_of_item(db, item.id, Stage.ANNOTATE)
        taken: list[Element] = []
        submitted = 0
        homes = {e.id: e for e in elements}
        for task in stages:
            mine = [e for e in elements if _belongs(e, homes, task, stages)]
            if not mine:
                continue
            try:
                work = self._tasks.open(project_id, person_id, task.id)
                if work.session.locked:
                    raise WorkflowError(work.session.locked)
            except WorkflowError as error:
                skipped.append(Skipped(file, None, f"{item.key}: {error}"))
                continue
            within = Interval(task.start_us, task.end_us)
            draft = _allowed(project, work.session.annotations, mine, within, file, skipped)
            edit = work.session.stage(draft)
            if edit is not None:
                self._annotate.record(edit)
                taken += [c.after for c in edit.changes if c.after is not None]
            if not work.session.submit_problems():
                self._tasks.submit(work.session.annotations)
                submitted += 1
        return taken, submitted

    def export(
        self,
        project_id: str,
        which: Which,
        format_name: str,
        out: Path,
        *,
        on_loss: Callable[[str], None] = lambda loss: None,
        ask: Ask = lambda place: None,
    ) -> Exported:
        """Write annotations; what the format cannot hold is told to ``on_loss`` before anything is written.

        In a team's file a manager or an analyst exports what the whole team has said, as the server has it; anybody
        else what is their own.

        A format that holds several items makes one file at ``out``; any other makes a folder with a file per item
        (per item and author for all).
        """
        chosen = formats.by_name(format_name)
        documents, contradictions = self._gather(project_id, which, ask)
        losses = (*contradictions, *chosen.losses(documents))
        for loss in losses:
            on_loss(loss)
        if chosen.several:
            out.parent.mkdir(parents=True, exist_ok=True)
            chosen.write(documents, out)
            files = [out]
        else:
            files = _write_each(chosen, documents, out)
        return Exported(tuple(files), len({d.item for d in documents}), losses)

    def documents(self, project_id: str, which: Which) -> list[Document]:
        """What an export holds, by item key and author."""
        return self._gather(project_id, which)[0]

    def _is_for_the_team_to_say(self) -> bool:
        """Whether an export is of more than this file: who labels alone has here all they may read, also offline."""
        where = self._desk.belonging.where
        if where is None:
            return False
        with self._desk.file.read() as db:
            roles = projects.roles_of(db, where.project_id, where.person_id)
        return bool({Role.MANAGER, Role.ANALYST} & set(roles))

    def _gather(self, project_id: str, which: Which, ask: Ask = lambda place: None) -> tuple[list[Document], list[str]]:
        """The documents, and where several tasks of an item answer a question differently."""
        team = self._results.fetch(which.value, ask=ask) if self._is_for_the_team_to_say() else None
        with self._desk.file.read() as db:
            schema = projects.get_version(db, project_id).project.schema
            names = {person.id: person.name for person in projects.list_people(db)}
            found, contradictions = [], list(team.notes) if team is not None else []
            known = items.list_items(db, project_id)
            if team is not None and (missing := len(team.sets.keys() - {item.id for item in known})):
                contradictions.append(f"{missing} items are not on this computer; a manager's file holds all of them")
            for item in known:
                of_item = _sets(db, project_id, item, which) if team is None else team.sets.get(item.id, [])
                for author, sets in of_item:
                    elements, differ = joined_elements([e for s in sets for e in s if not is_bookkeeping(e)])
                    contradictions += [
                        f"{item.key}: {question} is answered differently in its parts; the first answer is written"
                        for question in differ
                    ]
                    main = item.assets[0].location.path if item.assets else None
                    found.append(
                        Document(
                            elements=elements,
                            tiers=tiers_of(schema),
                            media=main,
                            author=names.get(author, author) or None,
                            duration_us=item.duration_us,
                            item=item.key,
                            metadata=dict(item.metadata),
                        )
                    )
        return found, contradictions


def _sets(db: Connection, project_id: str, item: Item, which: Which) -> list[tuple[str, list[AnnotationSet]]]:
    stages = tasks.tasks_of_item(db, item.id, Stage.ANNOTATE)
    if which is Which.GOLD:
        if figures.item_state(db, item.id) is not ItemState.SETTLED:
            return []
        standing = figures.settlements(db, project_id)
        if any(task.id not in standing for task in stages):
            return []  # a team's file that holds the item and not what stands
        return [("", [journal.set_at(db, standing[t.id].set_id, standing[t.id].head) for t in stages])]
    if which is Which.MODEL:
        found = [s for t in stages if (s := model_set(db, t.id)) is not None]
        return [("model", found)] if found else []
    by_author: dict[str, list[AnnotationSet]] = {}
    for task in stages:
        for claim in tasks.claims_of_task(db, task.id):
            if claim.set_id is not None and (handed_in := tasks.submissions_of(db, claim.set_id)):
                by_author.setdefault(claim.person_id, []).append(journal.set_at(db, claim.set_id, handed_in[-1].head))
    return list(by_author.items())


def is_bookkeeping(element: Element) -> bool:
    """Whether this only records how the work went: a rejected suggestion, a side taken; outcomes are results."""
    return isinstance(element, Answer) and element.question in RESERVED_NAMES and not is_outcome(element)


def joined_elements(elements: Sequence[Element]) -> tuple[tuple[Element, ...], list[str]]:
    """One item's elements from all of its tasks, and the questions that its tasks answer differently.

    Of an item that is left out only that is told.
    """
    if excludes_item(elements):
        return tuple(e for e in elements if is_outcome(e) and e.target == WHOLE)[:1], []
    used = {e.tier for e in elements if isinstance(e, Segment)} | {e.type for e in elements if isinstance(e, Span)}
    seen: dict[str, Element] = {}
    differ: dict[str, None] = {}
    for element in elements:
        if isinstance(element, Answer):
            # That a tier is empty was said of one task alone where another has something on it.
            if element.value == CHECKED_NONE and element.question in used:
                continue
            first = seen.setdefault(element.id, element)
            if isinstance(first, Answer) and first.value != element.value and not is_outcome(element):
                differ[element.question] = None
            continue
        if element.id in seen:
            element = replace(element, id=new_id())
        seen[element.id] = element
    return tuple(seen.values()), list(differ)


def _write_each(chosen: Format, documents: Sequence[Document], out: Path) -> list[Path]:
    if out.exists() and not out.is_dir():
        raise FormatError(out, None, f"a {chosen.title} export is a folder, and this is a file.", "Name a folder.")
    out.mkdir(parents=True, exist_ok=True)
    authors = {d.author for d in documents}
    files: list[Path] = []
    taken: set[str] = set()
    for document in documents:
        name = _short(document.item or "item")
        if len(authors) > 1:
            name += f".{_short(document.author or 'unknown')}"
        path = out / f"{_free_name(name, taken)}{chosen.extensions[0]}"
        chosen.write(document, path)
        files.append(path)
    return files


def _short(name: str) -> str:
    """A name that any disk takes as a part of a file's name."""
    return name.translate(SAFE).encode(errors="replace")[:MOST_NAME_BYTES].decode(errors="ignore")


def _free_name(name: str, taken: set[str]) -> str:
    """The name, numbered where another item's came out the same, also on disks that do not tell cases apart."""
    free, number = name, 2
    while free.casefold() in taken:
        free, number = f"{name} ({number})", number + 1
    taken.add(free.casefold())
    return free


class Homes:
    """Finds the item that a document belongs to."""

    def __init__(self, known: Iterable[Item]) -> None:
        self._by_key: dict[str, Item] = {}
        self._by_end: dict[str, list[Item]] = {}
        for item in known:
            self._by_key[item.key] = item
            self._by_end.setdefault(item.key.rsplit("/", 1)[-1], []).append(item)

    def of(self, document: Document, path: Path | None) -> Item | None:
        """The item by the document's own word, by its file's name where that tells, or by the media it names."""
        media = PurePosixPath((document.media or "").replace("\\", "/")).stem
        stem = path.stem if path is not None else ""
        for name in filter(None, (document.item, stem, stem.split(".")[0], media)):
            if name in self._by_key:
                return self._by_key[name]
            if len(close := self._by_end.get(name, [])) == 1:
                return close[0]
        return None


def _files(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [p for p in sorted(path.rglob("*")) if p.is_file() and not p.name.startswith(".")]
        elif path.is_file():
            found.append(path)
        else:
            raise NotFoundError(f"There is no file {path}.")
    return found


def _at_home(element: Element, item: Item) -> Element:
    if isinstance(element, Span) and item.text_asset is not None:
        return replace(element, asset=item.text_asset.id)
    if isinstance(element, Answer):
        element = replace(element, id=answer_id(element.question, element.target))
        outcome = outcome_of(element.value) if element.question in RESERVED_NAMES else None
        if outcome is not None and outcome.asset is not None and item.text_asset is not None:
            outcome = replace(outcome, asset=item.text_asset.id)
            return replace(element, value=outcome.to_value())
    return element


def _belongs(element: Element, all_of_it: Mapping[str, Element], task: Task, stages: Sequence[Task]) -> bool:
    if len(stages) == 1:
        return True
    if isinstance(element, Segment):
        if element.end_us > element.start_us:
            inside = max(element.start_us, task.start_us) < min(element.end_us, task.end_us)
        else:
            inside = task.start_us <= element.start_us < task.end_us
        return inside or (task is stages[-1] and element.start_us >= task.end_us)
    if isinstance(element, Answer):
        outcome = outcome_of(element.value) if element.question in RESERVED_NAMES else None
        if outcome is not None and outcome.start_us is not None:
            is_last = task is stages[-1] and outcome.start_us >= task.end_us
            return is_last or task.start_us <= outcome.start_us < task.end_us
        about = all_of_it.get(element.target)
        return about is None or _belongs(about, all_of_it, task, stages)
    if isinstance(element, Relation) and (source := all_of_it.get(element.source)) is not None:
        return _belongs(source, all_of_it, task, stages)
    return task is stages[0]


def _allowed(
    project: Project,
    annotations: AnnotationSet,
    elements: Sequence[Element],
    within: Interval,
    file: str,
    skipped: list[Skipped],
) -> Draft:
    kept: dict[str, Element] = {}
    for element in elements:
        if isinstance(element, Segment):
            start, end = max(element.start_us, within.start_us), min(element.end_us, within.end_us)
            element = replace(element, start_us=start, end_us=max(start, end))
        if element.id in kept or element.id in annotations:
            what = f"question {element.question}" if isinstance(element, Answer) else f"id {element.id[:40]}"
            skipped.append(Skipped(file, None, f"The {what} has an element already."))
        elif problems := element_problems(project.schema, element, within):
            skipped.append(Skipped(file, None, problems[0].sentence))
        else:
            kept[element.id] = element
    # What is fine beside all the others is fine; of the rest, each is taken that is fine beside what was taken before.
    together = annotations.with_changes(add(*kept.values()).changes)
    waiting = {p.element_id or "" for p in overlap_problems(project.schema, together, kept)}
    asked = set(waiting)
    while asked:
        asked = {e.id for e in kept.values() if isinstance(e, Segment) and e.parent in asked} - waiting
        waiting |= asked
    growing = annotations.with_changes(add(*(e for i, e in kept.items() if i not in waiting)).changes)
    for element_id in [i for i in kept if i in waiting]:
        element, after = kept[element_id], growing
        problems = overlaps(project.schema, growing, element) if isinstance(element, Segment) else []
        if not problems:
            after = growing.with_changes(add(element).changes)
            problems = overlap_problems(project.schema, after, [element_id])
        if problems:
            skipped.append(Skipped(file, None, problems[0].sentence))
            del kept[element_id]
        else:
            growing = after
    return Draft("import", add(*kept.values()).changes if kept else ())
