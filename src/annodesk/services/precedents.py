"""Rulings pinned to a clause of the guidelines: put there by who judges, read by everybody with the clip.

Never shown to somebody who has that item, or a copy of it, open to label; never of a hidden reference item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.errors import AnnodeskError, MediaError, WorkflowError
from annodesk.model.ids import new_id
from annodesk.model.items import Asset, AssetType, Item, Location
from annodesk.model.work import ItemState, Precedent, PrecedentSource, SlotState, Stage
from annodesk.services.changes import Changes, Decided, Kind
from annodesk.store import figures, inquiries, items, precedents, projects, settled, takedown, tasks
from annodesk.store.checked import to_json
from annodesk.workflow import states

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection

LONGEST_CLAUSE, LONGEST_WORDS, LONGEST_QUOTE = 300, 1_000, 500
_HELD = (SlotState.LEASED, SlotState.PARKED, SlotState.RECALLED, SlotState.RETURNED)
_PINNABLE = (ItemState.ESCALATED, ItemState.SETTLED)


class Pinned(Struct, frozen=True):
    """A precedent as a panel shows it; ``problem`` says why it cannot be heard here."""

    precedent: Precedent
    media_path: Path | None
    problem: str
    offset_us: int = 0

    @property
    def can_be_heard(self) -> bool:
        """Whether it has a place in time and its recording is here."""
        return self.precedent.start_us is not None and self.media_path is not None


class Precedents:
    """What is pinned to the guidelines."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def shown(self, project_id: str, person_id: str) -> list[Pinned]:
        """What this person may be shown now, newest first."""
        with self._desk.file.read() as db:
            held = [c.task_id for c in tasks.claims_of_person(db, project_id, person_id) if c.state in _HELD]
            stages = [tasks.get_task(db, task_id) for task_id in held]
            closed = precedents.copies_of(db, {task.item_id for task in stages if task.stage is Stage.ANNOTATE})
            found = precedents.shown(db, project_id, but_not_of=closed)
        return [self._pinned(one) for one in found]

    def pin(
        self,
        item_id: str,
        person_id: str,
        clause: str,
        words: str,
        *,
        labels: Sequence[str] = (),
        quote: str = "",
        start_us: int | None = None,
        end_us: int | None = None,
        source: PrecedentSource = PrecedentSource.RULING,
    ) -> Decided:
        """Pin what was ruled at a place of an item to a clause."""
        clause, words = clause.strip(), words.strip()
        if not clause or not words:
            raise WorkflowError("Say which clause it is about, and what was ruled.", "A few words are enough.")
        if len(clause) > LONGEST_CLAUSE or len(words) > LONGEST_WORDS:
            raise WorkflowError(f"A precedent has {LONGEST_WORDS:,} characters at most.", "Say it in fewer words.")
        now = self._desk.clock()
        made = Precedent(
            new_id(),
            clause,
            item_id,
            words,
            tuple(labels),
            quote[:LONGEST_QUOTE],
            {},
            start_us,
            end_us,
            person_id,
            now,
            source,
        )
        if self._desk.is_shared:
            said = {name: getattr(made, name) for name in ("id", "clause", "item_id", "words", "quote")}
            said |= {"labels": list(labels), "start_us": start_us, "end_us": end_us, "source": source.value}
            sent = to_json(said)
            ask = "select annodesk.pin_precedent(%s, %s::json)"
            self._sync.with_team(lambda team: team.link.ask(ask, team.project_id, sent))
            self._sync.nudge()
        else:
            with self._desk.file.write() as db:
                self._pin(db, made, person_id)
        return Decided(f"Pinned to {clause}.", Changes.of(Kind.PRECEDENTS))

    def pin_answer(self, inquiry_id: str, person_id: str, clause: str, words: str) -> Decided:
        """Pin the answer to a question in words alone, without the place it was asked about."""
        with self._desk.file.read() as db:
            asked = inquiries.get(db, inquiry_id)
        return self.pin(asked.item_id, person_id, clause, words, source=PrecedentSource.ANSWER)

    def unpin(self, precedent_id: str, person_id: str) -> Decided:
        """Show a precedent no more."""
        if self._desk.is_shared:
            ask = "select annodesk.unpin_precedent(%s, %s)"
            self._sync.with_team(lambda team: team.link.ask(ask, team.project_id, precedent_id))
            self._sync.nudge()
        else:
            with self._desk.file.write() as db:
                project_id = precedents.project_of(db, precedent_id)
                states.require_reviewer(person_id, projects.roles_of(db, project_id, person_id), ())
                precedents.remove(db, precedent_id, person_id, self._desk.clock())
        return Decided("It is pinned no more.", Changes.of(Kind.PRECEDENTS))

    def _pin(self, db: Connection, made: Precedent, person_id: str) -> None:
        item = items.get_item(db, made.item_id)
        project_id = tasks.project_of_task(db, tasks.tasks_of_item(db, item.id)[0].id)
        states.require_reviewer(person_id, projects.roles_of(db, project_id, person_id), tasks.labellers(db, item.id))
        if takedown.taken_down(db, [item.id]):
            raise WorkflowError("This item was taken down.", "Choose another.")
        is_ruling = made.source is PrecedentSource.RULING
        if is_ruling and figures.item_state(db, item.id) not in _PINNABLE:
            raise WorkflowError("Only a ruling can be pinned.", "Rule it first.")
        if settled.is_hidden_reference(db, item.id):
            raise WorkflowError("It is a hidden reference item, so its answer stays hidden.", "Choose another.")
        precedents.add(db, project_id, made, clip_of(item) if is_ruling else {})

    def _pinned(self, one: Precedent) -> Pinned:
        if one.start_us is None:
            return Pinned(one, None, "")
        try:
            asset = _asset(one.clip)
        except (ValueError, TypeError, KeyError):
            return Pinned(one, None, "Its recording is not known here.")
        try:
            return Pinned(one, self._desk.resolve(asset), "", asset.offset_us)
        except MediaError as error:
            return Pinned(one, None, str(error), asset.offset_us)
        except AnnodeskError as error:
            return Pinned(one, None, error.sentence, asset.offset_us)


def clip_of(item: Item) -> dict[str, Any]:
    """What is needed to hear an item where its rows are not at hand; the server makes the same."""
    asset = item.timeline_asset
    if asset is None:
        return {}
    where = asset.location
    place = {"root": where.root, "path": where.path, "url": where.url}
    known = {"sha256": asset.sha256, "quick_print": asset.quick_print, "offset_us": asset.offset_us}
    return {"type": asset.type.value, **place, **known}


def _asset(clip: Mapping[str, Any]) -> Asset:
    where = Location(str(clip["root"]), str(clip["path"]), str(clip["url"]))
    return Asset("", AssetType(clip["type"]), where, offset_us=int(clip["offset_us"]), sha256=clip.get("sha256"))
