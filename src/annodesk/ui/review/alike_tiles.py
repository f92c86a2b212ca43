"""The clips of the grid as a model: what each is, what is chosen for it, and what came of ruling it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from annodesk.ui.plain import shown
from annodesk.ui.review.wording import place_text

if TYPE_CHECKING:
    from annodesk.quality.disputes import Choice
    from annodesk.services.open_places import OpenPlace
    from annodesk.ui.review.alike_looks import Look

Key = tuple[str, str]
TILE, LOOK, HEARD = (int(Qt.ItemDataRole.UserRole) + n for n in range(3))


class Tile(Struct, frozen=True):
    """One clip; ``state`` is empty, ``ruled``, ``settled`` or ``refused``, and ``said`` tells more of it."""

    place: OpenPlace
    choice: Choice | None = None
    is_left_out: bool = False
    state: str = ""
    said: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something can be chosen for it."""
        return self.state in ("", "refused")

    @property
    def is_chosen(self) -> bool:
        """Whether it is to be ruled next."""
        return self.is_open and not self.is_left_out and self.choice is not None

    @property
    def words(self) -> str:
        """The tile as it is read out."""
        sides = ", ".join(f"{letter} says {choice.words}" for letter, choice in self.place.sides)
        what = {"ruled": "ruled", "settled": "settled", "refused": self.said}.get(self.state, "")
        if not what:
            what = "left out" if self.is_left_out else f"chosen: {self.choice.words}" if self.choice else "not chosen"
        return f"{self.place.title}, {place_text(self.place.disagreement)}, {sides}, {what}"


class Tiles(QAbstractListModel):
    """The clips, in order.

    counts_changed()    how many are open, chosen or left out may be others
    """

    counts_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._tiles: list[Tile] = []
        self._rows: dict[Key, int] = {}
        self._looks: Mapping[Key, Look] = {}
        self._heard: tuple[int, float] = (-1, 0.0)

    # What the view asks

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._tiles)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self._tiles):
            return None
        tile = self._tiles[index.row()]
        if role == TILE:
            return tile
        if role == LOOK:
            return self._looks.get(tile.place.key)
        if role == HEARD:
            return self._heard[1] if self._heard[0] == index.row() else None
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole):
            return shown(tile.words)
        return None

    # Reading and changing

    @property
    def tiles(self) -> Sequence[Tile]:
        """All of them."""
        return self._tiles

    @property
    def chosen(self) -> list[Tile]:
        """Those that are to be ruled next."""
        return [tile for tile in self._tiles if tile.is_chosen]

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was chosen, left out or ruled yet."""
        return all(tile == Tile(tile.place) for tile in self._tiles)

    def show_places(self, places: Iterable[OpenPlace], looks: Mapping[Key, Look]) -> None:
        """Show other places; what was chosen is forgotten."""
        self.beginResetModel()
        self._tiles = [Tile(place) for place in places]
        self._rows = {tile.place.key: row for row, tile in enumerate(self._tiles)}
        self._looks, self._heard = looks, (-1, 0.0)
        self.endResetModel()
        self.counts_changed.emit()

    def add_places(self, places: Iterable[OpenPlace]) -> None:
        """Show these too, after the others; what is shown already stays as it is."""
        fresh = [place for place in places if place.key not in self._rows]
        if fresh:
            first = len(self._tiles)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._tiles += [Tile(place) for place in fresh]
            self._rows |= {place.key: first + n for n, place in enumerate(fresh)}
            self.endInsertRows()
            self.counts_changed.emit()

    def choose(self, rows: Iterable[int], choice: Choice) -> None:
        """Choose for these; what was left out is taken in by that, what is ruled stays."""
        for row in rows:
            if self._tiles[row].is_open:
                self._put(row, replace(self._tiles[row], choice=choice, is_left_out=False, state="", said=""))
        self.counts_changed.emit()

    def leave_out(self, rows: Collection[int]) -> None:
        """Leave these out; where all of them are, take them in again."""
        rows = [row for row in rows if self._tiles[row].is_open]
        is_out = not all(self._tiles[row].is_left_out for row in rows)
        for row in rows:
            self._put(row, replace(self._tiles[row], is_left_out=is_out))
        self.counts_changed.emit()

    def note(self, keys: Iterable[Key], state: str, said: str = "") -> None:
        """What came of ruling these."""
        for key in keys:
            if (row := self._rows.get(key)) is not None:
                tile = self._tiles[row]
                choice = None if state == "refused" else tile.choice
                self._put(row, replace(tile, choice=choice, state=state, said=said))
        self.counts_changed.emit()

    def next_open(self, row: int) -> int:
        """The next row for which nothing is chosen yet, around the end; the row itself where there is none."""
        count = len(self._tiles)
        for by in range(1, count):
            tile = self._tiles[(row + by) % count]
            if tile.is_open and not tile.is_left_out and tile.choice is None:
                return (row + by) % count
        return row

    def show_heard(self, row: int, share: float) -> None:
        """Where in a clip it plays; row -1 where nothing does."""
        before, self._heard = self._heard[0], (row, share)
        for one in {before, row} - {-1}:
            self._tell(one)

    def look_came(self, key: Key) -> None:
        """There is a picture of this one now."""
        if (row := self._rows.get(key)) is not None:
            self._tell(row)

    def _put(self, row: int, tile: Tile) -> None:
        if self._tiles[row] != tile:
            self._tiles[row] = tile
            self._tell(row)

    def _tell(self, row: int) -> None:
        at = self.index(row)
        self.dataChanged.emit(at, at)
