"""Ruling many clips at once: item by item on the store lane, each told of, taken back together, settled where whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from annodesk.errors import AnnodeskError
from annodesk.quality.disputes import Choice

if TYPE_CHECKING:
    from annodesk.services.alike import ItemRuled, Ruled, TakenBack
    from annodesk.services.changes import Changes
    from annodesk.services.open_places import OpenPlace
    from annodesk.ui.review.alike_found import OpenOnes
    from annodesk.ui.review.alike_page import GridPage
    from annodesk.ui.review.workspace import ReviewWorkspace

Wanted = list[tuple["OpenPlace", Choice]]
MOST_TOLD = 3
"""So many problems are told one by one; each stands on its clip, too."""


class AlikeBatch(QObject):
    """The rulings of one visit to the grid."""

    def __init__(self, room: ReviewWorkspace, page: GridPage, ones: OpenOnes, tell: Callable[[], object]) -> None:
        super().__init__(room)
        self._room, self._page, self._ones, self._tell = room, page, ones, tell
        self._person_id = ""
        self._batches: list[list[Ruled]] = []
        self._held: set[str] = set()
        self._touched: set[str] = set()
        self.whole: dict[str, str] = {}
        """Items that are wholly ruled, by review: the set to be settled."""
        self._waiting = 0
        self._problems: list[str] = []
        self._changes: Changes | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being stored."""
        return self._waiting > 0

    @property
    def last(self) -> int:
        """How many rulings the last batch holds; 0 where there is none to take back."""
        return len(self._batches[-1]) if self._batches else 0

    def has_touched(self, set_id: str) -> bool:
        """Whether something of a set was ruled or taken back here since this was last asked."""
        was_touched = set_id in self._touched
        self._touched.discard(set_id)
        return was_touched

    def begin(self) -> None:
        """The grid is opened; batches of earlier visits can still be taken back."""
        self.whole, self._touched = {}, set()
        self._person_id = self._room.context.person_id

    def forget(self) -> None:
        """Somebody else works here."""
        self._batches, self.whole, self._touched, self._held = [], {}, set(), set()

    def end(self) -> None:
        """The grid is left: what was taken for it and is not settled goes back, with its rulings kept."""
        room, context = self._room, self._room.context
        # Not what is open, nor what is just being opened in place of the grid.
        kept = {self._open_task(), room.waiting.asked}
        given = sorted(self._held - kept)
        self._held.clear()
        if given:
            context.jobs.store(
                context.services.alike.let_go,
                self._person_id,
                given,
                on_done=self._announce,
                what="give reviews back",
            )
            items = "1 item is" if len(given) == 1 else f"{len(given)} items are"
            self._room.say(f"{items} not wholly ruled: back in the queue, with your rulings kept.")

    # Ruling

    def rule(self, wanted: Sequence[tuple[OpenPlace, Choice]]) -> None:
        """Rule these, item by item."""
        if self.is_busy or not wanted:
            return
        by_item: dict[str, Wanted] = {}
        for place, choice in wanted:
            by_item.setdefault(place.task_id, []).append((place, choice))
        self._waiting, self._problems = len(by_item), []
        self._batches.append([])
        self._page.say(f"Ruling {len(wanted)} …")
        self._tell()
        context = self._room.context
        context.jobs.background(
            context.services.alike.prepare,
            context.project_id,
            context.person_id,
            tuple(by_item),
            on_done=partial(self._on_prepared, by_item),
            on_error=partial(self._on_unprepared, by_item),
            what="take reviews",
        )

    def _on_unprepared(self, by_item: dict[str, Wanted], error: Exception) -> None:
        self._batches.pop()
        self._waiting = 0
        self._page.say(_words(error))
        if not isinstance(error, AnnodeskError):
            self._room.context.notices.error(error, "take reviews")
        self._tell()

    def _on_prepared(self, by_item: dict[str, Wanted], refused: dict[str, str]) -> None:
        from annodesk.services.alike import ItemRuled, new_batch

        context, batch = self._room.context, new_batch()
        for task_id, wanted in by_item.items():
            if task_id in refused:
                title = wanted[0][0].title
                self._on_ruled(wanted, ItemRuled(task_id, title, problems=(f"{title}: {refused[task_id]}",)))
                continue
            context.jobs.store(
                context.services.alike.rule,
                context.project_id,
                context.person_id,
                batch,
                wanted,
                on_done=partial(self._on_ruled, wanted),
                on_error=partial(self._on_not_ruled, wanted),
                what="rule several at once",
            )

    def _on_not_ruled(self, wanted: Wanted, error: Exception) -> None:
        from annodesk.services.alike import ItemRuled

        if not isinstance(error, AnnodeskError):
            self._room.context.notices.error(error, "rule several at once")
        title = wanted[0][0].title
        self._on_ruled(wanted, ItemRuled(wanted[0][0].task_id, title, problems=(f"{title}: {_words(error)}",)))

    def _on_ruled(self, wanted: Wanted, item: ItemRuled) -> None:
        done = {one.place.key for one in item.ruled}
        self._ones.note_done(done)
        self._batches[-1].extend(item.ruled)
        self._touched |= {one.set_id for one in item.ruled}
        self._problems += item.problems
        self._page.tiles.note(done, "ruled")
        said = item.problems[0].removeprefix(f"{item.title}: ") if item.problems else ""
        self._page.tiles.note({place.key for place, _ in wanted} - done, "refused", said)
        if item.ruled and item.is_held:
            self._held.add(item.task_id)
        if item.ruled and item.is_whole and item.task_id != self._open_task():
            self.whole[item.task_id] = item.ruled[0].set_id
        self._gather(item.changes)
        self._one_less(self._rulings_are_in)

    def _rulings_are_in(self) -> None:
        ruled = self._batches[-1]
        if not ruled:
            self._batches.pop()
        items = len({one.place.task_id for one in ruled})
        said = f"{len(ruled)} ruled in {items} item{'s' * (items != 1)}." if ruled else "Nothing was ruled."
        if self.whole:
            count = len(self.whole)
            said += f" {'1 item is' if count == 1 else f'{count} items are'} now wholly ruled."
        self._finish(said)

    def undo(self) -> None:
        """Take the last batch back."""
        if self.is_busy:
            return
        if not self._batches:
            self._page.say("There is no batch to take back.")
            return
        self._waiting, self._problems = 1, []
        self._tell()
        context = self._room.context
        context.jobs.store(
            context.services.alike.take_back,
            self._batches[-1],
            on_done=self._on_taken_back,
            on_error=self._on_failed,
            what="take a batch back",
        )

    def _on_taken_back(self, back: TakenBack) -> None:
        self._touched |= {one.set_id for one in self._batches.pop()}
        keys = {place.key for place in back.places}
        self._ones.note_open(keys)
        self._page.tiles.note(keys, "")
        self._problems = list(back.problems)
        for task_id in {place.task_id for place in back.places}:
            self.whole.pop(task_id, None)
        self._gather(back.changes)
        count = len(keys)
        self._one_less(lambda: self._finish(f"{count} ruling{'s' * (count != 1)} taken back."))

    # Settling

    def settle(self) -> None:
        """Let the items that are wholly ruled stand."""
        if self.is_busy or not self.whole:
            if not self.whole:
                self._page.say("No item is wholly ruled yet; open one to rule the rest of it.")
            return
        whole, self.whole = self.whole, {}
        self._waiting, self._problems = len(whole), []
        settled: list[str] = []
        self._tell()
        context = self._room.context
        for task_id, set_id in whole.items():
            context.jobs.store(
                context.services.alike.settle,
                set_id,
                on_done=partial(self._on_settled, task_id, settled),
                on_error=partial(self._on_not_settled, task_id, settled),
                what="settle items",
            )

    def _on_settled(self, task_id: str, settled: list[str], changes: Changes) -> None:
        settled.append(task_id)
        self._held.discard(task_id)
        tiles = self._page.tiles
        tiles.note({t.place.key for t in tiles.tiles if t.place.task_id == task_id and t.state == "ruled"}, "settled")
        self._batches = [kept for b in self._batches if (kept := [one for one in b if one.place.task_id != task_id])]
        self._gather(changes)
        self._one_less(lambda: self._settled_are_in(settled))

    def _on_not_settled(self, task_id: str, settled: list[str], error: Exception) -> None:
        tile = next((tile for tile in self._page.tiles.tiles if tile.place.task_id == task_id), None)
        self._problems.append(f"{tile.place.title if tile else ''}: {_words(error)}")
        if not isinstance(error, AnnodeskError):
            self._room.context.notices.error(error, "settle items")
        self._one_less(lambda: self._settled_are_in(settled))

    def _settled_are_in(self, settled: list[str]) -> None:
        count = len(settled)
        self._finish(f"{'1 item is' if count == 1 else f'{count} items are'} settled.")

    # What is not here

    def fetch(self) -> None:
        """Ask the server for what people said in the items whose answers are not here."""
        unknown = self._ones.unknown
        if self.is_busy or not unknown:
            return
        self._waiting = 1
        self._page.say(f"Fetching {len(unknown)} items …")
        self._tell()
        context = self._room.context
        context.jobs.background(
            context.services.alike.fetch,
            context.project_id,
            unknown,
            on_done=self._on_fetched,
            on_error=self._on_failed,
            what="fetch what people said",
        )

    def _on_fetched(self, count: int) -> None:
        self._one_less(lambda: self._finish(f"{count} items were fetched."))
        self._ones.look()

    # Inside

    def _open_task(self) -> str:
        return self._room.work.task.id if self._room.work is not None else ""

    def _gather(self, changes: Changes) -> None:
        self._changes = changes if self._changes is None else self._changes | changes

    def _one_less(self, then: Callable[[], object]) -> None:
        self._waiting -= 1
        if not self._waiting:
            then()

    def _on_failed(self, error: Exception) -> None:
        self._waiting = 0
        if not isinstance(error, AnnodeskError):
            self._room.context.notices.error(error, "rule several at once")
        self._finish(_words(error))

    def _finish(self, said: str) -> None:
        told = self._problems[:MOST_TOLD]
        more = len(self._problems) - len(told)
        rest = [f"And {more} more, as their clips say."] if more > 0 else []
        self._page.say(" ".join((said, *told, *rest)))
        changes, self._changes = self._changes, None
        if changes is not None:
            self._announce(changes)
        self._tell()

    def _announce(self, changes: Any) -> None:
        if changes.kinds:
            self._room.context.bus.changed.emit(changes)


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, AnnodeskError) else "It failed; the report says what went wrong."
