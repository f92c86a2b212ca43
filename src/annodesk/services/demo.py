"""The whole loop on the demo's media or one's own: pre-label, two annotators, agreement, review, settled, export."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from annodesk.errors import AnnodeskError, ModelError
from annodesk.model.work import ItemState, Role, SlotState, Stage, Task
from annodesk.paths import resource
from annodesk.progress import Progress, silent
from annodesk.services import Services
from annodesk.services.base import Desk, device_id, wall_clock_us
from annodesk.services.demo_people import Ear, SignalEar, Worker, WrittenEar
from annodesk.services.independence import countable_sets
from annodesk.services.opened import model_set
from annodesk.services.transfer import Which
from annodesk.store import figures, items, journal, tasks

if TYPE_CHECKING:
    from annodesk.model.annotations import Segment

ANNOTATORS = ("Ada", "Ben")
ANALYST = "Cleo"
MANAGER = "Max"
FILE_NAME = "demo.annodesk"
SHOWPIECE = "podcast"
"""The item left half done for the person who opens the demo, and drawn in the picture of the annotate workspace."""
HALF_DONE = 0.6
LEFT_FOR_YOU = 3
"""Items nobody has labelled yet in a demo that is opened in the window."""
FORMATS = (("native", "gold.jsonl"), ("csv", "gold.csv"), ("textgrid", "textgrid"), ("elan", "elan"))


class DemoFigures(Struct, frozen=True):
    """What the loop did, for people and scripts; shares are None where nothing could be measured."""

    items: int
    prelabels: int
    prelabel_accuracy: float | None
    submitted: int
    agreement: float | None
    escalated: int
    settled: int
    exported: int
    files: tuple[str, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The keys of the command-line contract."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}


class Demo:
    """A demo project in a folder of its own.

    Parameters
    ----------
    folder : where the project file, the media of the shipped demo, and what is exported lie
    media : a folder of one's own recordings to use in place of the shipped ones; they are left where they are
    """

    def __init__(self, folder: Path, media: Path | None = None) -> None:
        if media is not None and not media.is_dir():
            raise AnnodeskError(f"{media} is not a folder.", "Name a folder with recordings.")
        self.folder, self.media = folder, media
        self.path = folder / FILE_NAME
        self._unfinished = folder / "demo.unfinished"
        self.notes: list[str] = []

    @property
    def is_made(self) -> bool:
        """Whether the folder holds a demo project already; one that was broken off while it was made is none."""
        return self.path.exists() and not self._unfinished.exists()

    def prepare(self, *, progress: Progress = silent) -> None:
        """Make the project with its people and items, and let the model label what it can; ``finish`` comes after."""
        shipped = resource("demo")
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._unfinished.exists():
            for left in self.folder.glob(f"{self.path.name}*"):
                left.unlink()
        self._unfinished.touch()
        for name in ("project.toml", "guidelines.md"):
            shutil.copyfile(shipped / name, self.folder / name)
        source = self.media or self._copy_media(shipped)
        with Services.open(self.path, create=True) as services:
            project = services.projects.init(self.folder / "project.toml")
            for name in ANNOTATORS:
                services.people.add(project.id, name, Role.ANNOTATOR)
            services.people.add(project.id, ANALYST, Role.ANALYST)
            services.people.add(project.id, MANAGER, Role.MANAGER)
            added = services.items.add(project.id, [source], progress=progress)
            self.notes += [f"left out {s.file}: {s.reason}" for s in added.skipped]
            if not added.items:
                raise AnnodeskError(f"{source} holds nothing that can be labelled.", "Name a folder with recordings.")
            services.items.hash_assets(project.id)
            services.coordinator.round(project.id)
            try:
                done = services.prelabel.run(project.id, progress=progress)
                self.notes += [f"not pre-labelled: {problem}" for problem in done.problems]
            except ModelError as error:
                self.notes.append(str(error))

    def finish(self) -> None:
        """From now on the demo is made, and is opened as it is."""
        self._unfinished.unlink(missing_ok=True)

    def annotate(self, *, leave: Sequence[str] = (), progress: Progress = silent) -> None:
        """Let both annotators work through every task, except those of items named to be left.

        Of each pair of places the annotator with suggestions takes the one that shows them where the task has one.
        """
        with Services.open(self.path) as services:
            project, desk = services.projects.find(), self._desk(services)
            people = {name: services.people.find(name) for name in ANNOTATORS}
            schema = services.projects.get(project.id).project.schema
            worker = Worker(services.annotate)
            waiting = self._open_tasks(desk, project.id)
            for place, (task, key) in enumerate(waiting):
                progress(place / len(waiting), f"labelling {key}")
                if key in leave:
                    continue
                for name in self._order(desk, task):
                    if not self._may_take(desk, task, people[name].id):
                        continue
                    work = services.tasks.open(project.id, people[name].id, task.id)
                    if work.session.locked:
                        continue
                    worker.label(work, self._ear(desk, name).hear(work.item, task, schema))
                    services.tasks.submit(work.session.annotations)
                services.coordinator.round(project.id)
            progress(1.0, "labelled")

    def begin(self, key: str = SHOWPIECE, *, share: float = HALF_DONE) -> bool:
        """Let the first annotator begin an item that the other finishes; False where there is no such open item."""
        with Services.open(self.path) as services:
            project, desk = services.projects.find(), self._desk(services)
            schema = services.projects.get(project.id).project.schema
            found = [task for task, name in self._open_tasks(desk, project.id) if name == key]
            if not found:
                return False
            task = found[0]
            for name in self._order(desk, task):
                work = services.tasks.open(project.id, services.people.find(name).id, task.id)
                heard = self._ear(desk, name).hear(work.item, task, schema)
                is_first = name == ANNOTATORS[0]
                Worker(services.annotate).label(work, heard, share=share if is_first else 1.0)
                if not is_first:
                    services.tasks.submit(work.session.annotations)
            services.coordinator.round(project.id)
        return True

    def leave_work(self, *, progress: Progress = silent) -> None:
        """Let the others do their part, so that whoever opens the demo finds a task begun, others open, and a review.

        The first annotator, in whose name the window opens, keeps the showpiece half done; the other has submitted it,
        so that finishing it shows what becomes of it. The last items are untouched by anybody.
        """
        with Services.open(self.path, read_only=True) as services:
            keys = [item.key for item in services.items.every(services.projects.find().id)]
        first = SHOWPIECE if SHOWPIECE in keys else keys[0]
        self.annotate(
            leave=[first, *keys[-LEFT_FOR_YOU:]] if len(keys) > LEFT_FOR_YOU + 1 else [first], progress=progress
        )
        self.begin(first)

    def review(self, *, progress: Progress = silent) -> None:
        """Let the analyst rule and settle everything that was escalated."""
        with Services.open(self.path) as services:
            project, desk = services.projects.find(), self._desk(services)
            analyst = services.people.find(ANALYST)
            schema = services.projects.get(project.id).project.schema
            worker = Worker(services.annotate)
            cards = services.review.cards(project.id, analyst.id)
            for place, card in enumerate(cards):
                progress(place / len(cards), f"reviewing {card.title}")
                work = services.review.open(project.id, analyst.id, card.task_id)
                worker.rule(work, self._ear(desk, ANALYST).hear(work.item, work.task, schema))
                try:
                    services.review.settle(work.session.annotations)
                except AnnodeskError as error:
                    self.notes.append(f"{card.title} stays in review: {error}")
            services.coordinator.round(project.id)

    def export(self) -> tuple[Path, ...]:
        """Write what is settled in each format beside the project."""
        files: list[Path] = []
        with Services.open(self.path, read_only=True) as services:
            project = services.projects.find()
            for name, out in FORMATS:
                files += services.transfer.export(project.id, Which.GOLD, name, self.folder / "export" / out).files
        return tuple(files)

    def figures(self, files: Sequence[Path] = ()) -> DemoFigures:
        """Count what the project holds now."""
        with Services.open(self.path, read_only=True) as services:
            project, desk = services.projects.find(), self._desk(services)
            status = services.dashboard.status(project.id)[0]
            with desk.file.read() as db:
                stages = tasks.list_tasks(db, project.id, Stage.ANNOTATE)
                models = {task.id: found for task in stages if (found := model_set(db, task.id)) is not None}
                standing = figures.settlements(db, project.id)
                gold = {i: journal.set_at(db, s.set_id, s.head) for i, s in standing.items()}
                submitted = sum(len(countable_sets(db, task.id)) for task in stages)
                escalated = figures.count_escalated(db, project.id)
                settled = sum(s is ItemState.SETTLED for s in items.item_states(db, project.id).values())
        agreeing = [
            share_alike(models[i].segments(), gold[i].segments())
            for i in models
            if i in gold and gold[i].segments() and models[i].segments()
        ]
        return DemoFigures(
            items=status["items"],
            prelabels=sum(len(found) for found in models.values()),
            prelabel_accuracy=sum(agreeing) / len(agreeing) if agreeing else None,
            submitted=submitted,
            agreement=status["agreement"],
            escalated=escalated,
            settled=settled,
            exported=settled if files else 0,
            files=tuple(str(path) for path in files),
            notes=tuple(self.notes),
        )

    def _desk(self, services: Services) -> Desk:
        return Desk(services.file, device_id(), wall_clock_us)

    def _copy_media(self, shipped: Path) -> Path:
        target = self.folder / "media"
        target.mkdir(exist_ok=True)
        for path in sorted(shipped.iterdir()):
            if path.is_file() and path.suffix not in (".json", ".toml", ".md"):
                shutil.copyfile(path, target / path.name)
        return target

    def _ear(self, desk: Desk, name: str) -> Ear:
        if self.media is not None:
            return SignalEar(desk, name)
        return WrittenEar(resource(f"demo/answers/{name.lower()}.jsonl"))

    def _open_tasks(self, desk: Desk, project_id: str) -> list[tuple[Task, str]]:
        with desk.file.read() as db:
            keys = {item.id: item.key for item in items.list_items(db, project_id)}
            return [(task, keys[task.item_id]) for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE)]

    def _order(self, desk: Desk, task: Task) -> list[str]:
        """Both annotators, so that the first gets the place with suggestions where the task has one."""
        with desk.file.read() as db:
            free = [slot for slot in tasks.slots_of(db, task.id) if slot.state is SlotState.OPEN]
        first_is_aided = not free or free[0].shows_suggestions
        return list(ANNOTATORS if first_is_aided else reversed(ANNOTATORS))

    def _may_take(self, desk: Desk, task: Task, person_id: str) -> bool:
        with desk.file.read() as db:
            held = tasks.claim_of(db, task.id, person_id)
            is_free = any(slot.state is SlotState.OPEN for slot in tasks.slots_of(db, task.id))
        return is_free if held is None else held.state is SlotState.LEASED


def share_alike(a: Sequence[Segment], b: Sequence[Segment]) -> float:
    """Share of ``b``'s labelled time that ``a`` labels alike, 0 to 1; both sorted, each without overlaps."""
    total = sum(s.end_us - s.start_us for s in b)
    alike = sum(one.interval.overlap_us(other.interval) for one in a for other in b if one.labels == other.labels)
    return alike / total if total else 0.0


def run_all(
    folder: Path,
    media: Path | None = None,
    *,
    progress: Progress = silent,
    picture: Callable[[str, Path], None] | None = None,
) -> DemoFigures:
    """The whole loop; ``picture`` is called at the moments worth a picture: ``annotate`` and ``review``."""
    demo = Demo(folder, media)
    demo.prepare(progress=progress)
    demo.finish()
    if picture is None:
        demo.annotate(progress=progress)
    else:
        first = SHOWPIECE if media is None else _first_key(demo)
        demo.annotate(leave=[first], progress=progress)
        if demo.begin(first):
            picture("annotate", demo.path)
        demo.annotate(progress=progress)
        picture("review", demo.path)
    demo.review(progress=progress)
    return demo.figures(demo.export())


def _first_key(demo: Demo) -> str:
    with Services.open(demo.path, read_only=True) as services:
        return services.items.every(services.projects.find().id)[0].key
