"""How far the model has come with a project, and how sure it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import ModelError
from annodesk.store import items, prelabelled

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.prelabel import Prelabels


class Coverage(Struct, frozen=True):
    """Of how many ``items`` the model has answered every task (``labelled``); of ``unasked`` ones nothing is asked."""

    items: int
    labelled: int
    unasked: int = 0

    @property
    def left(self) -> int:
        """Items that wait for it."""
        return self.items - self.labelled


class Prelabelled:
    """What is in the local file; of a team's project that is what this workstation holds."""

    def __init__(self, desk: Desk, prelabels: Prelabels) -> None:
        self._desk, self._prelabels = desk, prelabels

    def coverage(self, project_id: str) -> Coverage:
        """How far the model has come with the items of which it can be asked something."""
        with self._desk.file.read() as db:
            answered = prelabelled.answered_items(db, project_id)
            known = items.list_items(db, project_id)
        try:
            _, labeller = self._prelabels.labeller(project_id)
        except ModelError:  # a model that is not here: of what it could be asked is not known
            return Coverage(len(answered), sum(answered.values()))
        asked: dict[tuple[bool, bool], bool] = {}
        for item in known:
            kind = (item.timeline_asset is None, item.text_asset is None)
            if kind not in asked:
                asked[kind] = bool(labeller.asks(item))
            if not asked[kind] and not answered.get(item.id, True):
                del answered[item.id]
        unasked = sum(not asked[item.timeline_asset is None, item.text_asset is None] for item in known)
        return Coverage(len(answered), sum(answered.values()), unasked)

    def probabilities(self, project_id: str) -> tuple[float, ...]:
        """How sure the model was of each thing it said, in its newest answer to each task."""
        with self._desk.file.read() as db:
            return tuple(prelabelled.probabilities(db, project_id))
