"""What an item is opened with, to be labelled as to be reviewed: its media, its text, what is known of a set so far."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.errors import EditError, MediaError, WorkflowError
from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.refused import without_refusals
from annodesk.services import texts
from annodesk.store import journal

if TYPE_CHECKING:
    from annodesk.model.edits import Edit
    from annodesk.model.items import Item
    from annodesk.model.project import Project
    from annodesk.model.schema import LabelSchema
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection
    from annodesk.store.snapshots import Sets


class TextDocument(Struct, frozen=True):
    """A text asset, read whole."""

    asset_id: str
    text: str
    title: str
    is_missing: bool = False
    """Whether the file is not on this computer; then the text says why."""


def timeline_media(desk: Desk, item: Item) -> tuple[Path | None, str]:
    """Where the item's sound or picture is, or why it cannot be shown."""
    asset = item.timeline_asset
    return (None, "") if asset is None else desk.find(asset)


def read_text(desk: Desk, item: Item) -> TextDocument | None:
    """The item's text asset, None where it has none; a text that cannot be read shows why in its place."""
    asset = item.text_asset
    if asset is None:
        return None
    title = Path(asset.location.path).name
    try:
        path = desk.resolve(asset)
    except MediaError as error:
        return TextDocument("", str(error), title, is_missing=True)
    try:
        return TextDocument(asset.id, texts.read_text(path), title)
    except MediaError as error:
        return TextDocument("", str(error), title)


def known_edits(db: Connection, set_id: str) -> tuple[list[Edit], str]:
    """A set's Edits, and why it can only be looked at where a later version made some of them."""
    try:
        return journal.edits_of(db, set_id), ""
    except EditError as error:
        return [], str(error)


def from_elsewhere(db: Connection, set_id: str, schema: LabelSchema) -> dict[str, Any]:
    """What a session must know of a set that other machines have worked on too; nothing where none has."""
    pulled = journal.pulled_ids(db, set_id)
    return {"branches": journal.branches_of(db, set_id, schema), "pulled": pulled} if pulled else {}


def require_whole(db: Connection, set_id: str, schema: LabelSchema) -> None:
    """Refuse to hand in a set that waits for a decision, or for work that is still on its way."""
    if journal.pulled_ids(db, set_id) and (why := journal.branches_of(db, set_id, schema).unfinished):
        raise WorkflowError(why)


def model_set(db: Connection, task_id: str, sets: Sets = journal) -> AnnotationSet | None:
    """The model's newest answer to a task, None where it has none."""
    found = sets.sets_of_task(db, task_id, AuthorKind.MODEL)
    return max(found, key=lambda s: s.round) if found else None


def shown_suggestions(model: AnnotationSet | None, project: Project, show: str) -> AnnotationSet | None:
    """The part of the model's answer a person may see under a show mode."""
    model = None if model is None else without_refusals(model)
    if model is None or show != "above-threshold":
        return model
    above = project.prelabel.show_above
    return model.with_elements(
        element
        for element in model
        if getattr(element, "origin", None) is not None
        and element.origin.suggestion is not None  # type: ignore[union-attr]
        and element.origin.suggestion.probability >= above  # type: ignore[union-attr]
    )
