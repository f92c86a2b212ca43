"""Adding files to a project: items, their assets, and the tasks cut from them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.errors import AnnodeskError, MediaError, WorkflowError
from annodesk.formats import transcripts
from annodesk.media import cache, probe
from annodesk.model.ids import new_id
from annodesk.model.items import TRANSCRIPT, Asset, AssetType, Item, MediaInfo
from annodesk.model.times import US_PER_SECOND
from annodesk.model.work import Batch, BatchState, Role, Stage, Task
from annodesk.progress import CancelToken, Progress, silent
from annodesk.services.changes import Changes, Kind
from annodesk.services.texts import read_text
from annodesk.store import items as rows
from annodesk.store import outbox, projects, tasks
from annodesk.store.lots import make_local_secret
from annodesk.workflow.routing import make_slots, overlap_of

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion

TEXT_SUFFIXES = frozenset({".txt", ".md"})
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".wmv", ".ogv"}
)
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".svg"})
OTHER_SUFFIXES = frozenset(
    {".annodesk", ".csv", ".db", ".docx", ".eaf", ".html", ".ini", ".json", ".jsonl", ".log", ".parquet", ".pdf"}
    | {".pfsx", ".pickle", ".psfx", ".py", ".textgrid", ".toml", ".tsv", ".xlsx", ".xml"}
    | {".yaml", ".yml", ".zip"}
)
"""What lies beside recordings and is none: said so, rather than called damaged."""
MAX_COLUMNS = 256
"""The most columns of a table of metadata."""

SHORTEST_LAST_TASK = 0.25
"""A last piece shorter than this share of a task joins the one before it."""


class Skipped(Struct, frozen=True):
    """A file that was not added, and why."""

    file: str
    reason: str


class Added(Struct, frozen=True):
    """What adding files did."""

    items: int
    assets: int
    duplicates: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    changes: Changes


class _Found(Struct):
    key: str
    paths: list[Path] = field(default_factory=list)
    roles: dict[Path, str] = field(default_factory=dict)


class Items:
    """Adds and lists what is to be labelled."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add(
        self,
        project_id: str,
        paths: Sequence[Path],
        metadata_csv: Path | None = None,
        *,
        batch_id: str | None = None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> Added:
        """Add files and folders; files that differ only in their ending make one item.

        Beside ``talk.mp4`` or ``talk.wav`` the video ``talk.left.mp4`` and the further microphone ``talk.mic2.wav`` are
        two more of that item, in the roles ``left`` and ``mic2``; ``talk.final.wav`` is another take, and so an item.
        ``talk.srt``, ``talk.vtt`` or ``talk.rttm`` beside it says what is said when.
        A file whose content is in the project already is a duplicate and not added again. Files that cannot be
        labelled are skipped with their reason. The content hash is left to a later pass. Without a batch they come into
        the newest that is open.
        """
        self._desk.require_manager("Recordings are added")
        metadata = _read_metadata(metadata_csv) if metadata_csv else {}
        skipped: list[Skipped] = []
        found = _gather(paths, skipped)
        known = self._known_prints(project_id)
        duplicates: list[str] = []
        added: list[Item] = []
        for place, group in enumerate(found):
            progress(place / max(1, len(found)), f"looking at {group.key}")
            if cancel is not None:
                cancel.check()
            item = self._look(group, metadata.get(group.key, {}), skipped)
            if item is None:
                continue
            first = item.assets[0].quick_print
            if first is not None and first in known:
                duplicates.append(f"{group.key} (as {known[first]})")
                continue
            if first is not None:
                known[first] = group.key
            added.append(item)
        with self._desk.file.write() as db:
            now = self._desk.clock()
            version = projects.get_version(db, project_id)
            batch = _batch_for(projects.list_batches(db, project_id), batch_id)
            people = sum(Role.ANNOTATOR in roles for _, roles in projects.members(db, project_id))
            taken, lots = {item.key for item in rows.list_items(db, project_id)}, make_local_secret(db, project_id)
            for item in added:
                item = _with_free_key(item, taken)
                rows.add_item(db, project_id, batch.id, item, now)
                self._cut(db, version, batch, item, people, now, lots)
            outbox.ask_for_items(db, [item.id for item in added], now)
        progress(1.0, "done")
        assets = sum(len(item.assets) for item in added)
        return Added(len(added), assets, tuple(duplicates), tuple(skipped), Changes.of(Kind.ITEMS, Kind.TASKS))

    def every(self, project_id: str) -> list[Item]:
        """All items of a project, by key."""
        with self._desk.file.read() as db:
            return rows.list_items(db, project_id)

    def hash_assets(self, project_id: str, *, progress: Progress = silent, cancel: CancelToken | None = None) -> int:
        """Note the content hash of every asset that has none yet; returns how many were hashed."""
        with self._desk.file.read() as db:
            waiting = rows.unhashed_assets(db, project_id)
        done = 0
        for place, asset in enumerate(waiting):
            progress(place / len(waiting), f"checksum of {asset.location.path}")
            try:
                path = self._desk.resolve(asset)
                sha256 = probe.content_hash(path, cancel=cancel)
            except MediaError:
                continue
            cache.confirm(path, sha256)
            with self._desk.file.write() as db:
                rows.set_sha256(db, asset.id, sha256)
            done += 1
        return done

    def _known_prints(self, project_id: str) -> dict[str, str]:
        with self._desk.file.read() as db:
            return rows.known_prints(db, project_id)

    def _look(self, group: _Found, metadata: dict[str, str], skipped: list[Skipped]) -> Item | None:
        assets: list[Asset] = []
        for path in group.paths:
            try:
                if not _is_text(path.name):
                    raise MediaError("Its name is not UTF-8 text.", "Rename it.")
                kind, media = _kind_of(path)
                location = self._desk.place(path)
                quick_print = probe.quick_print(path)
            except (AnnodeskError, ValueError, OSError) as error:
                skipped.append(Skipped(str(path), str(error)))
                continue
            role = TRANSCRIPT if _is_transcript(path) else group.roles.get(path, "")
            assets.append(Asset(new_id(), kind, location, role, quick_print=quick_print, media=media))
        if not any(asset.media is not None for asset in assets):
            said = "a transcript belongs to a recording of the same name beside it"
            skipped.extend(Skipped(a.location.path, said) for a in assets if a.role == TRANSCRIPT)
            assets = [asset for asset in assets if asset.role != TRANSCRIPT]
        if not assets:
            return None
        ranked = sorted(assets, key=lambda a: (list(AssetType).index(a.type), bool(a.role)))
        if ranked[0].type is AssetType.TEXT and len(ranked) > 1:
            skipped.extend(Skipped(a.location.path, "one text makes one item") for a in ranked[1:])
            ranked = ranked[:1]
        placed = tuple(
            replace(a, role="main" if n == 0 else a.role or a.type.value, order=n) for n, a in enumerate(ranked)
        )
        duration = max((a.media.duration_us for a in placed if a.media is not None), default=0)
        return Item(new_id(), group.key, duration, placed, dict(metadata))

    def _cut(
        self, db: Connection, version: ProjectVersion, batch: Batch, item: Item, people: int, now: int, lots: str
    ) -> None:
        project, policy = version.project, version.project.workflow
        overlap = overlap_of(
            item.id,
            seed=lots,
            overlap=policy.overlap,
            overlap_share=policy.overlap_share,
            batch=batch,
            people=people,
        )
        for start, end in stretches(item.duration_us, policy.task_seconds * US_PER_SECOND):
            task = Task(new_id(), item.id, Stage.ANNOTATE, start, end, batch.id, batch.priority)
            slots = make_slots(
                task.id,
                overlap,
                seed=lots,
                unaided_share=project.prelabel.unaided_share,
            )
            tasks.add_task(db, version.project_id, task, slots, now)


def _batch_for(batches: Sequence[Batch], batch_id: str | None) -> Batch:
    """The batch of that id, else the newest that is open and no pilot that is over."""
    if batch_id is None:
        open_ones = [one for one in batches if one.state is not BatchState.CLOSED and one.passed_at_us is None]
        return (open_ones or list(batches))[-1]
    found = next((one for one in batches if one.id == batch_id), None)
    if found is None:
        raise WorkflowError("There is no such batch in this project.", "Read the list of batches again.")
    if found.state is BatchState.CLOSED:
        raise WorkflowError(f"The batch {found.name} is closed.", "Open it, or choose another.")
    return found


def stretches(duration_us: int, task_us: int) -> list[tuple[int, int]]:
    """A recording cut into tasks of one length; a short rest joins the last one."""
    if duration_us <= task_us:
        return [(0, duration_us)]
    starts = list(range(0, duration_us, task_us))
    if duration_us - starts[-1] < SHORTEST_LAST_TASK * task_us:
        starts.pop()
    return list(zip(starts, [*starts[1:], duration_us], strict=True))


def _kind_of(path: Path) -> tuple[AssetType, MediaInfo | None]:
    suffix = path.suffix.lower()
    if _is_transcript(path):
        transcripts.read_transcript(path)
        return AssetType.TEXT, None
    if suffix in TEXT_SUFFIXES:
        read_text(path)
        return AssetType.TEXT, None
    if suffix in IMAGE_SUFFIXES:
        raise MediaError(f"{path.name} is a picture; this version labels sound, video and text.")
    if suffix in OTHER_SUFFIXES:
        raise MediaError(f"{path.name} is neither a recording nor a video nor plain text.")
    info = probe.probe(path)
    if not info.duration_us:
        raise MediaError(f"{path.name} holds no sound and no picture.")
    return (AssetType.VIDEO if info.video else AssetType.AUDIO), info


def _is_transcript(path: Path) -> bool:
    return path.suffix.lower() in transcripts.SUFFIXES


def _is_text(name: str) -> bool:
    """Whether a file's name is made of characters: on some disks it may be any bytes."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _gather(paths: Iterable[Path], skipped: list[Skipped]) -> list[_Found]:
    groups: dict[tuple[str, str], _Found] = {}
    for path in paths:
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file())
            visible = [p for p in inside if not any(x.startswith(".") for x in p.relative_to(path).parts)]
            named = [(p, p.relative_to(path).with_suffix("").as_posix()) for p in visible]
        elif path.is_file():
            named = [(path, path.stem)]
        else:
            skipped.append(Skipped(str(path), "is not there"))
            continue
        for file, key in named:
            home = (str(file.resolve().parent), file.stem)
            groups.setdefault(home, _Found(key)).paths.append(file)
    return _with_roles(groups)


def _with_roles(groups: dict[tuple[str, str], _Found]) -> list[_Found]:
    """The groups, those of ``talk.left`` joined to ``talk`` where there is one in the same folder."""
    for (folder, stem), group in list(groups.items()):
        main, _, role = stem.rpartition(".")
        found = groups.get((folder, main))
        if found is None or not role[:1].isalpha():
            continue
        if not role.lower().startswith("mic") and any(p.suffix.lower() not in VIDEO_SUFFIXES for p in group.paths):
            continue
        found.paths += group.paths
        found.roles |= dict.fromkeys(group.paths, role)
        del groups[folder, stem]
    return list(groups.values())


def _with_free_key(item: Item, taken: set[str]) -> Item:
    key, number = item.key, 2
    while key in taken:
        key, number = f"{item.key} ({number})", number + 1
    taken.add(key)
    return Item(item.id, key, item.duration_us, item.assets, item.metadata)


def _read_metadata(path: Path) -> dict[str, dict[str, str]]:
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    try:
        columns = reader.fieldnames or ()
        if "key" not in columns:
            raise AnnodeskError(f"{path} has no column named key.", "Name each item in a column called key.")
        if len(columns) > MAX_COLUMNS:
            raise AnnodeskError(f"{path} has {len(columns):,} columns.", f"Keep the {MAX_COLUMNS} that matter.")
        return {row["key"]: {k: v for k, v in row.items() if k and k != "key" and v} for row in reader}
    except csv.Error as error:
        raise AnnodeskError(f"{path} is not a table: {error}.", "Save it as a UTF-8 CSV file.") from error
