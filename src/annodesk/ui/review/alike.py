"""After a ruling: the other open disagreements of the same kind, offered, looked through as a grid, ruled together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from annodesk.model.schema import LabelSchema, Tier
from annodesk.quality.disputes import HALF_WAY, Choice, Dispute
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.keys import label_keys
from annodesk.ui.player.transport import Transport
from annodesk.ui.review.alike_actions import GRID, OPEN, choice_action
from annodesk.ui.review.alike_batch import AlikeBatch
from annodesk.ui.review.alike_card import AlikeCard
from annodesk.ui.review.alike_found import OpenOnes
from annodesk.ui.review.alike_looks import Looks
from annodesk.ui.review.alike_page import GridPage
from annodesk.ui.review.wording import label_colours

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStackedWidget

    from annodesk.services.open_places import OpenPlace
    from annodesk.services.review import ReviewWork
    from annodesk.ui.review.workspace import ReviewWorkspace

Key = tuple[str, str]
_FREE_KEYS = "123456789"
_TAKEN = frozenset("XG")
ORDERED_AHEAD = 60
"""Of so many places at most the likeness is worked out before anybody asks to see them."""


class Alike(QObject):
    """Watches over one review workspace's rulings, and is the grid that they lead to."""

    def __init__(self, room: ReviewWorkspace, stack: QStackedWidget) -> None:
        super().__init__(room)
        self._room, self._stack = room, stack
        self.card, self.page = AlikeCard(), GridPage()
        self.transport = Transport(self)
        self.looks = Looks(room.context.jobs, self._in_view, self)
        self.ones = OpenOnes(room.context, self._is_open, self)
        self.batch = AlikeBatch(room, self.page, self.ones, self._on_batch)
        self._work: ReviewWork | None = None
        self._schema = LabelSchema()
        self._ruled: frozenset[str] = frozenset()
        self._like: OpenPlace | None = None
        self._offers: tuple[Choice, ...] = ()
        self.is_shown = self._is_putting = self._is_asked = False
        stack.addWidget(self.page)
        layout = room.desk.rulings.layout()
        assert layout is not None
        layout.addWidget(self.card)
        self.card.pressed.connect(self.open)
        page = self.page
        page.chosen.connect(self.choose)
        page.rule_asked.connect(self.rule)
        page.settle_asked.connect(self.batch.settle)
        page.undo_asked.connect(self.batch.undo)
        page.back_asked.connect(self.leave)
        page.fetch_asked.connect(self.fetch)
        page.list.arrived.connect(self._on_arrived)
        page.list.moved.connect(self.looks.look)
        page.tiles.counts_changed.connect(self._show_counts)
        self.looks.came.connect(page.tiles.look_came)
        self.transport.position_changed.connect(self._on_position)
        self.transport.state_changed.connect(self._on_position)
        self.ones.came.connect(self._on_came)
        self.ones.ordered.connect(self._on_ordered)
        room.waiting.page_shown.connect(self._offer_on_page)
        room.context.bus.person_changed.connect(self._start_afresh)
        room.context.bus.taken_down.connect(self._on_taken_down)

    # After a ruling

    def follow(self) -> None:
        """The open item is another, or something in it was ruled or opened again."""
        work, ruled = self._room.work, self._room.places.ruled
        if work is not self._work:
            self._work, self._ruled, self._like, self._is_asked = work, ruled, None, False
            self._hide_card()
            if work is not None:
                self._schema = work.project.schema
                self.ones.look()
            return
        fresh, self._ruled = ruled - self._ruled, ruled
        if work is None:
            return
        if len(fresh) == 1:
            self._offer(work, next(iter(fresh)))
        elif self._like is not None and not self._is_asked and self._like.disagreement.key not in ruled:
            self._like = None
            self._hide_card()

    def offer_before(self, key: str) -> None:
        """Offer those of a place's kind before it is ruled: somebody came here to look at just these."""
        work = self._room.work
        if work is not None and key and key not in self._room.places.ruled:
            self._offer(work, key)
            self._is_asked = True

    def _offer(self, work: ReviewWork, key: str) -> None:
        from annodesk.services.open_places import place_in

        self._is_asked = False
        found = next((d for d in work.disagreements if d.key == key), None)
        self._like = place_in(work, found) if found is not None else None
        self.ones.look(anew=False)
        self._show_card()

    def _on_came(self) -> None:
        if not self.is_shown:
            self._show_card()
            return
        self._show_unknown()
        like, tiles = self._like, self.page.tiles
        if like is not None and not self.batch.is_busy:
            tiles.add_places(self.ones.of(like.dispute))
            self.page.fit_sides(max((len(tile.place.sides) for tile in tiles.tiles), default=2))
            self.ones.compare(like, [tile.place for tile in tiles.tiles])

    def _is_open(self, key: Key) -> bool:
        """Whether a place that was found is still open, as the open item has it."""
        return self._work is None or key[0] != self._work.task.id or key[1] not in self._ruled

    def _show_card(self) -> None:
        like = self._like
        if like is None or self.ones.found is None:
            self._hide_card()
            return
        places, unknown = self.ones.of(like.dispute), len(self.ones.unknown)
        if not unknown and all(place.key == like.key for place in places):
            self._hide_card()
            return
        more = f"{unknown} items of the queue are not here yet" if unknown else ""
        is_new = self.card.isHidden()
        self.card.show_count(len(places), like.dispute.pair, more)
        if is_new:
            QTimer.singleShot(0, self._room.desk.share_room)
        if not self._room.keys.is_enabled(OPEN.id):
            self._room.keys.unbind(OPEN.id)
            self._room.keys.bind([OPEN], {OPEN.id: self.open})
            self._room.keys.set_condition(OPEN.when, True)
            self.card.button.set_key(self._room.keys.first_key(OPEN.id))
        if len(places) <= ORDERED_AHEAD:
            self.ones.compare(like, places)

    def _offer_on_page(self) -> None:
        """The item whose ruling led here is settled: its page says that there are others of the kind."""
        like, page = self._like, self._room.waiting.page
        count = len(self.ones.of(like.dispute)) if like is not None and self._room.work is None else 0
        if like is not None and count and self._room.keys.is_enabled(OPEN.id):
            others = "1 other place" if count == 1 else f"{count} other places"
            key = shown_key(self._room.keys.first_key(OPEN.id))
            page.say(f"{page.sentence.text()} {others} of the pair {like.dispute.pair}: {key} shows them as a grid.")

    def _hide_card(self) -> None:
        if not self.card.isHidden():
            self.card.hide()
            QTimer.singleShot(0, self._room.desk.share_room)
        self._room.keys.unbind(OPEN.id)
        self._room.keys.set_condition(OPEN.when, False)

    # The grid

    def open(self) -> None:
        """Look through what is open of the kind just ruled."""
        like = self._like
        if like is None or self.ones.found is None or self.is_shown:
            return
        self._room.transport.pause()
        self._room.side.questions.flush()
        self.is_shown = True
        self._offers = like.dispute.offers
        keys = _keys_of(self._schema, like.dispute)
        self.page.show_dispute(
            like.dispute,
            list(zip(self._offers, keys, strict=True)),
            dict(label_colours(self._schema, like.dispute.part)),
        )
        actions = [choice_action(n, one.words, keys[n]) for n, one in enumerate(self._offers)]
        handlers: dict[str, Callable[[], object]] = {a.id: partial(self.choose, n) for n, a in enumerate(actions)}
        self._room.show_conditions()
        self._room.keys.bind([*actions, *GRID], handlers | self._handlers(), wins=True)
        self.batch.begin()
        self._show_unknown()
        choose = ", ".join(f"{shown_key(key)} {one.words}" for one, key in zip(self._offers, keys, strict=True))
        self.page.say(f"{choose}; {shown_key('alike.rule')} rules the chosen ones.")
        places = self.ones.of(like.dispute)
        self._stack.setCurrentWidget(self.page)
        self._show_places(self.ones.in_order(like, places))
        self.looks.turn(True)
        self.ones.compare(like, places)
        self.take_focus()

    def leave(self) -> None:
        """Back to the item, or to what waits; reviews that were taken for this and are not settled are given back."""
        if not self.is_shown:
            return
        if self.batch.is_busy:
            self.page.say("One moment: the rulings are being stored.")
            return
        self._close_page()
        room = self._room
        self.batch.end()
        if room.work is not None and room.editor is not None:
            self._read_again()
            self._stack.setCurrentWidget(room.desk)
            room.show_conditions()
            room.take_focus()
        else:
            room.show_conditions()
            room.waiting.show_what_waits()
        self.ones.look()
        self._show_card()

    def dismiss(self) -> None:
        """The open item is being let go of: the grid goes with it."""
        if self.is_shown:
            self._close_page()
            self.batch.end()

    def _close_page(self) -> None:
        self.is_shown = False
        self.looks.turn(False)
        self.transport.set_source(None)
        self._room.keys.unbind("alike.")

    def release(self) -> None:
        """The window closes."""
        if self.is_shown:
            self.batch.end()
        self.transport.close()

    def take_focus(self) -> None:
        """Give the focus to the clips."""
        self.page.list.setFocus()

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "alike.move": self.take_focus,
            "alike.hear": self.hear,
            "alike.every": self.page.list.selectAll,
            "alike.leave_out": self.leave_out,
            "alike.rule": self.rule,
            "alike.settle": self.batch.settle,
            "alike.undo": self.batch.undo,
            "alike.fetch": self.fetch,
            "alike.back": self.leave,
        }

    def _show_places(self, places: Sequence[OpenPlace]) -> None:
        self.page.tiles.show_places(places, self.looks.known)
        self.page.fit_sides(max((len(place.sides) for place in places), default=2))
        self._is_putting = True
        self.page.list.go_to(0)
        self._is_putting = False
        if self._room.playing.mixer.plays_on_arrival:
            self._arrive_at(0)
        if not places:
            self.page.say("Nothing of this kind is open any more.")

    def _show_counts(self) -> None:
        self.page.show_counts(whole=len(self.batch.whole), undoable=self.batch.last, is_busy=self.batch.is_busy)

    def _show_unknown(self) -> None:
        count = len(self.ones.unknown)
        items = "1 item of the queue is" if count == 1 else f"{count} items of the queue are"
        self.page.show_unknown(
            f"{items} not here yet: what people said there is on the server." if count else "", can_fetch=bool(count)
        )
        self._room.keys.set_condition("fetch", bool(count))

    def _in_view(self) -> list[OpenPlace]:
        tiles = self.page.tiles.tiles
        rows = self.page.list.rows_in_view()
        return [tiles[row].place for row in sorted(rows, key=lambda row: abs(row - max(0, self.page.list.row)))]

    def _on_ordered(self, like: OpenPlace) -> None:
        tiles = self.page.tiles
        is_untouched = tiles.is_untouched and self.page.list.row <= 0
        before = [tile.place for tile in tiles.tiles]
        after = self.ones.in_order(like, before)
        if self.is_shown and self._like == like and is_untouched and not self.batch.is_busy and after != before:
            self._show_places(after)

    # Choosing and hearing

    def choose(self, number: int) -> None:
        """Say what is right for the selected clips; of a single one the view goes on to the next."""
        rows = self.page.list.selected_rows
        if self.batch.is_busy or not rows or number >= len(self._offers):
            return
        tiles = self.page.tiles
        kept = [row for row in rows if len(rows) == 1 or not tiles.tiles[row].is_left_out]
        tiles.choose(kept, self._offers[number])
        if len(rows) == 1:
            self.page.list.go_to(tiles.next_open(rows[0]))

    def leave_out(self) -> None:
        """Leave the selected clips out, or take them in again."""
        rows = self.page.list.selected_rows
        if not self.batch.is_busy and rows:
            self.page.tiles.leave_out(rows)

    def hear(self) -> None:
        """Play the clip, or stop."""
        if self.transport.is_playing:
            self.transport.pause()
        else:
            self._play(self.page.list.row)

    def _on_arrived(self, row: int) -> None:
        self.transport.pause()
        if self.is_shown and not self._is_putting:
            self._arrive_at(row)

    def _arrive_at(self, row: int) -> None:
        """Play what is gone to; of what is sensitive nothing plays by itself."""
        tiles = self.page.tiles.tiles
        if 0 <= row < len(tiles) and tiles[row].place.is_sensitive:
            self._room.say(f"Sensitive content: {shown_key('alike.hear')} plays it.")
        else:
            self._play(row)

    def _play(self, row: int) -> None:
        tiles = self.page.tiles.tiles
        place = tiles[row].place if 0 <= row < len(tiles) else None
        if place is None or place.heard is None or place.sound is None:
            return
        self.transport.set_source(place.sound, offset_us=place.sound_from_us)
        self.transport.set_rate(self._room.transport.rate)
        self.transport.set_bounds(place.within)
        self.transport.play(place.heard.start_us, place.heard.end_us)

    def _on_position(self, *_: object) -> None:
        row, tiles = self.page.list.row, self.page.tiles
        heard = tiles.tiles[row].place.heard if 0 <= row < len(tiles.tiles) else None
        if heard is None or not self.transport.is_playing:
            tiles.show_heard(-1, 0.0)
        else:
            tiles.show_heard(row, (self.transport.position_us - heard.start_us) / max(1, heard.duration_us))

    # Ruling

    def rule(self) -> None:
        """Rule the chosen ones."""
        if not self.page.tiles.chosen:
            words = " or ".join(f"{made.shown_key} {made.text()}" for made in self.page.choices[:2])
            self.page.say(f"Choose first what is right: {words}.")
            return
        self.transport.pause()
        self.batch.rule([(tile.place, tile.choice) for tile in self.page.tiles.chosen if tile.choice is not None])

    def fetch(self) -> None:
        """Fetch what is not here yet of the items in the queue."""
        self.batch.fetch()

    def _on_batch(self) -> None:
        """Something has been ruled, taken back or settled."""
        self._show_counts()
        if self.is_shown:
            self._go_on()
            self.take_focus()
        elif not self.batch.is_busy:
            # The grid was left by opening an item while the rulings were being stored.
            self.batch.end()
            self._read_again()

    def _go_on(self) -> None:
        """Go to what is still open, where the clip that is looked at is not any more."""
        row, tiles = self.page.list.row, self.page.tiles
        if 0 <= row < len(tiles.tiles) and not tiles.tiles[row].is_open and not self.batch.is_busy:
            self._is_putting = True
            self.page.list.go_to(tiles.next_open(row))
            self._is_putting = False

    def _read_again(self) -> None:
        """The open item has been ruled in from the grid: its view goes on with that."""
        room = self._room
        if room.work is not None and room.editor is not None and self.batch.has_touched(room.work.set_id):
            room.editor.reload()

    def _on_taken_down(self, items: frozenset[str]) -> None:
        """Nothing of what was taken down is kept, nor shown on."""
        tiles = self.page.tiles
        if self.is_shown and any(tile.place.item_id in items for tile in tiles.tiles):
            self.leave()
        tiles.show_places((), self.looks.known)
        self.looks.forget()
        self._room.context.services.alike.forget()
        self.ones.forget()
        self._like = None
        self._hide_card()

    def _start_afresh(self) -> None:
        self.dismiss()
        self._like = None
        self.batch.forget()
        self._hide_card()


def _keys_of(schema: LabelSchema, dispute: Dispute) -> list[str]:
    """A key for each choice: the label's own where it has one, M for the middle as at the desk, else a digit."""
    part = next((one for one in schema.parts() if one.name == dispute.part), None)
    own = label_keys(schema, part) if isinstance(part, Tier) else {}
    wishes = ["M" if one == HALF_WAY else own.get(one.label, "") if not one.how else "" for one in dispute.offers]
    taken = {key for key in wishes if key} | _TAKEN
    free = iter(key for key in _FREE_KEYS if key not in taken)
    seen: set[str] = set()
    keys = []
    for wish in wishes:
        key = wish if wish and wish not in _TAKEN and wish not in seen else next(free, "")
        seen.add(key)
        keys.append(key)
    return keys
