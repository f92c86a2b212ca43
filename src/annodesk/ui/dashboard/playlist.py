"""The clips behind a number, one after the other: what stands, what was said, and what can be done about each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from annodesk.services.heard_as import HeardAs, Place
from annodesk.ui import theme
from annodesk.ui.annotate.digest_words import AROUND
from annodesk.ui.dashboard.heat import name_of
from annodesk.ui.key_button import KeyButton
from annodesk.ui.notices import Tone
from annodesk.ui.parts import Splitter, button, label
from annodesk.ui.plain import set_title, shown
from annodesk.ui.player.clip import ClipPlayer
from annodesk.ui.review.cards import Line, Side, SideCards
from annodesk.ui.review.pinning import PinDialog, run_decision
from annodesk.ui.review.wording import short_time

if TYPE_CHECKING:
    from annodesk.services import Services
    from annodesk.services.digest import Clip
    from annodesk.ui.bus import Context

CONTEXT_US = 1_000_000
"""So much is heard before and after a place."""


@dataclass(frozen=True, slots=True)
class Playlist:
    """Places to be heard: what they are the places of, where they were found, and by what labels are coloured."""

    title: str
    part: str
    places: tuple[Place, ...]
    note: str = ""


def playlist_of(found: HeardAs, stands: str, said: str) -> Playlist:
    """The places of one cell of a confusion table."""
    places = found.places.get((stands, said), ())
    whole = found.count.get((stands, said), 0)
    verb = "said to be" if found.unit == "answers" else "heard as"
    note = f"the {len(places)} longest of {whole:,}" if whole > len(places) else ""
    return Playlist(f"{name_of(stands)} {verb} {name_of(said)}", found.part, places, note)


def places_about(found: HeardAs, name: str) -> Playlist:
    """The longest places where somebody took a label for another, or another for it; of each cell some."""
    cells = [cell for cell in found.places if name in cell or not name]
    mixed = [found.places[cell][at] for at in range(12) for cell in cells if at < len(found.places[cell])]
    title = f"where people differ on {name or found.part}"
    return Playlist(title, found.part, tuple(mixed[:12]))


@dataclass(frozen=True, slots=True)
class Opened:
    """What one place is seen and heard from."""

    clip: Clip
    guidelines: str
    text: str


def open_clip(services: Services, project_id: str, item_id: str) -> Opened:
    """Read what a place is seen and heard from; runs on the store lane."""
    clip = services.digest.clip(project_id, item_id)
    text = clip.text.text if clip.text is not None and not clip.text.is_missing else ""
    return Opened(clip, services.projects.get(project_id).guidelines, text)


class WordsDialog(QDialog):
    """Asks for a few words; Return sends them.

    given(str)    the words
    """

    given = Signal(str)

    def __init__(self, title: str, says: str, send: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(420))
        self.words = QLineEdit()
        self.words.setAccessibleName(title)
        self.words.setMaxLength(1_000)
        self.send = button(send, role="primary")
        self.send.setEnabled(False)
        self.words.textChanged.connect(lambda text: self.send.setEnabled(bool(text.strip())))
        self.words.returnPressed.connect(self._send)
        self.send.clicked.connect(self._send)
        back = button("Back")
        back.clicked.connect(self.reject)
        feet = QHBoxLayout()
        feet.addStretch()
        feet.addWidget(back)
        feet.addWidget(self.send)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label(title, "title", wrap=True))
        column.addWidget(label(says, "dim", wrap=True))
        column.addWidget(self.words)
        column.addLayout(feet)
        self.words.setFocus()

    def _send(self) -> None:
        if self.words.text().strip():
            self.given.emit(self.words.text().strip())
            self.accept()


class PlaylistPage(QWidget):
    """The list on the left, the place that is heard on the right; what is chosen plays by itself.

    left()       back to where the number stands
    changed()    another place is shown, or none
    """

    left = Signal()
    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setAccessibleName("Clips")
        self.context = context
        self.playlist = Playlist("", "", ())
        self.opened: Opened | None = None
        self.dialog: QDialog | None = None
        self._open_of = ""
        self.player = ClipPlayer(self)
        self.player.changed.connect(self._show_playing)
        self._build()

    @property
    def place(self) -> Place | None:
        """The place that is shown."""
        row = self.list.currentRow()
        return self.playlist.places[row] if 0 <= row < len(self.playlist.places) else None

    def show_playlist(self, playlist: Playlist) -> None:
        """Show other places, the first of them at once."""
        self.player.stop()
        self.playlist, self.opened, self._open_of = playlist, None, ""
        self.list.blockSignals(True)
        self.list.clear()
        for one in playlist.places:
            self.list.addItem(QListWidgetItem(f"{shown(one.item, 60)}\n{where(one)}"))
        self.list.blockSignals(False)
        count = "1 clip" if len(playlist.places) == 1 else f"{len(playlist.places)} clips"
        self.title.setText(playlist.title[:1].upper() + playlist.title[1:])
        self.count.setText(" · ".join(filter(None, (playlist.part, count, playlist.note))))
        self.list.setCurrentRow(0)
        if not playlist.places:
            self.item.setText("No place of this can be heard any more.")
            self._show_tools()
        self.changed.emit()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "desk.next_clip": lambda: self.step(1),
            "desk.previous_clip": lambda: self.step(-1),
            "desk.hear": self.hear,
            "desk.discuss": self.discuss,
            "desk.send_to_review": self.send_to_review,
            "desk.pin": self.pin,
            "desk.back": self.leave,
        }

    def step(self, by: int) -> None:
        """Go to the next place, or to the one before."""
        row = self.list.currentRow() + by
        if 0 <= row < self.list.count():
            self.list.setCurrentRow(row)
        else:
            self.context.bus.status_said.emit("That was the last clip." if by > 0 else "That is the first clip.")

    def hear(self) -> None:
        """Play the place, or stop."""
        place, opened = self.place, self.opened
        if place is None or opened is None or place.start_us is None or place.end_us is None:
            return
        clip = opened.clip
        asset, path, offset_us = clip.item.timeline_asset, clip.media_path, 0
        if path is not None and asset is not None:
            offset_us = asset.offset_us
        elif clip.sounds:
            path, offset_us = clip.sounds[0].path, clip.sounds[0].offset_us
        if path is None:
            self.context.bus.status_said.emit(clip.media_problem or "There is nothing to hear.")
            return
        start, end = max(0, place.start_us - CONTEXT_US), min(clip.item.duration_us, place.end_us + CONTEXT_US)
        self.player.turn(f"{place.item_id}:{place.set_id}:{place.start_us}", path, start, end, offset_us=offset_us)

    def leave(self) -> None:
        """Be quiet and go back."""
        self.player.stop()
        self.left.emit()

    def release(self) -> None:
        """Be quiet and let go of the file."""
        self.player.release()

    # What is done about a place

    def discuss(self) -> None:
        """Say something about the place: beside the answer in this file, or to be sent to somebody."""
        place = self.place
        if place is None:
            return
        self.player.stop()
        if self.context.services.sync.where is not None or not place.set_id:
            QGuiApplication.clipboard().setText(as_text(place, self.playlist.part))
            hint = "Send it to whoever you want to discuss it with."
            if place.set_id:
                hint += " In a team comments on others' work go with a return."
            self.context.notices.show("The place and both answers are on the clipboard.", hint, tone=Tone.OK)
            return
        says = "It stands as a comment beside the answer, at this place, for its author and the analysts."
        self._ask("Discuss this place", says, "Say it", partial(self._comment, place))

    def _comment(self, place: Place, words: str) -> None:
        context = self.context
        context.jobs.store(
            context.services.annotate.comment,
            place.set_id,
            context.person_id,
            words,
            place.start_us,
            on_done=lambda _: context.notices.show("The comment stands beside the answer.", tone=Tone.OK),
            on_error=lambda error: context.notices.error(error, "comment on a place"),
            what="comment on a place",
        )

    def send_to_review(self) -> None:
        """Open the item again: somebody labels it who has not seen it, else an analyst judges it anew."""
        place = self.place
        if place is None:
            return
        self.player.stop()
        if place.other:
            self.context.notices.show("Nothing stands here yet.", "It waits for review already, or for its answers.")
            return
        says = (
            "The item is opened again. Somebody labels it who has not seen others' work on it; where there is nobody, "
            "it waits for an analyst. Say why."
        )
        work = self.context.services.judging.reopen
        self._ask(
            f"Send {shown(place.item, 60)} to review",
            says,
            "Send",
            lambda words: self._decide(partial(work, place.item_id, self.context.person_id, words), "send to review"),
        )

    def pin(self) -> None:
        """Pin the place to a clause of the guidelines."""
        place, opened = self.place, self.opened
        if place is None or opened is None:
            return
        self.player.stop()
        if place.other:
            self.context.notices.show("Nothing stands here yet.", "Settle it first, then pin it.")
            return
        quote = opened.text[place.start : place.end] if place.start is not None and place.end is not None else ""
        labels = tuple(filter(None, place.stands.split(" + ")))
        self.dialog = PinDialog(opened.guidelines, "", f"{self.playlist.part} at {where(place)}", labels, self)

        def send(clause: str, words: str) -> None:
            pin = partial(self.context.services.precedents.pin, place.item_id, self.context.person_id, clause, words)
            within = {"start_us": place.start_us, "end_us": place.end_us}
            self._decide(partial(pin, labels=labels, quote=quote, **within), "pin a place")

        self.dialog.given.connect(send)
        self.dialog.finished.connect(self.take_focus)
        self.dialog.open()

    def _ask(self, title: str, says: str, send: str, given: Callable[[str], object]) -> None:
        self.dialog = WordsDialog(title, says, send, self)
        self.dialog.given.connect(given)
        self.dialog.finished.connect(self.take_focus)
        self.dialog.open()

    def _decide(self, work: Callable[[], Any], what: str) -> None:
        context = self.context

        def done(decided: Any) -> None:
            context.notices.show(decided.sentence, tone=Tone.OK)
            context.bus.changed.emit(decided.changes)

        run_decision(context, work, done, what)

    # Inside

    def take_focus(self) -> None:
        """Give the list the keys."""
        self.list.setFocus()

    def _on_row(self, row: int) -> None:
        place = self.place
        if place is None or row < 0:
            return
        self.player.stop()
        self.item.setText(place.item)
        self.where.setText(where(place))
        self._show_sides()
        if self._open_of == place.item_id and self.opened is not None:
            self._show_opened(place.item_id, self.opened)
            return
        self.opened, self._open_of = None, place.item_id
        self.problem.setText("Fetching …")
        self.problem.show()
        context = self.context
        context.jobs.store(
            open_clip,
            context.services,
            context.project_id,
            place.item_id,
            on_done=partial(self._show_opened, place.item_id),
            on_error=self._on_error,
            what="open a clip",
        )
        self._show_tools()

    def _show_opened(self, item_id: str, opened: Opened) -> None:
        place = self.place
        if place is None or place.item_id != item_id:
            return
        self.opened = opened
        self._show_sides()
        problem = opened.clip.media_problem if place.start_us is not None and not opened.clip.sounds else ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        words = opened.text if place.start is not None or place.start_us is None else ""
        self.text.setText(around(words, place.start, place.end))
        self.text.setVisible(bool(words))
        self._show_tools()
        self.changed.emit()
        if self.isVisible() and not problem:
            self.hear()

    def _on_error(self, error: Exception) -> None:
        self.problem.setText(str(error))
        self.problem.show()

    def _show_sides(self) -> None:
        place = self.place
        if place is None:
            return
        colours: dict[str, str] = {}
        if self.opened is not None:
            from annodesk.ui.review.wording import label_colours

            colours = dict(label_colours(self.opened.clip.project.schema, self.playlist.part))
        stretch = where(place) if place.start_us is not None else ""
        first = f"Annotator {place.other}" if place.other else "What stands"
        style = "person" if place.other else "ruling"
        self.cards.set_sides(
            [
                Side(first, (Line(name_of(place.stands), colours.get(place.stands, ""), stretch),), style),
                Side(who(place), (Line(name_of(place.said), colours.get(place.said, ""), stretch),)),
            ]
        )

    def _show_tools(self) -> None:
        place = self.place
        self.hears.setEnabled(place is not None and place.start_us is not None and self.opened is not None)
        self.pins.setEnabled(self.opened is not None)
        for one in (self.discusses, self.sends):
            one.setEnabled(place is not None)

    def _show_playing(self) -> None:
        self.hears.set_words("Stop" if self.player.playing else "Hear it")

    def _build(self) -> None:
        self.title, self.count = label("", "title", wrap=True), label("", "small")
        self.list = QListWidget()
        self.list.setAccessibleName("Clips")
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.currentRowChanged.connect(self._on_row)
        back = KeyButton("Back", "desk.back", role="flat")
        back.clicked.connect(self.leave)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(16, 12, 8, 12)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.title)
        column.addWidget(self.count)
        column.addWidget(self.list, 1)
        self.item, self.where = label("", "title", wrap=True), label("", "dim")
        self.cards, self.text = SideCards(), label("", wrap=True)
        self.problem = label("", "dim", wrap=True)
        self.problem.hide()
        self.text.hide()
        self.hears = KeyButton("Hear it", "desk.hear", role="primary")
        self.discusses = KeyButton("Discuss …", "desk.discuss")
        self.sends = KeyButton("Send to review …", "desk.send_to_review")
        self.pins = KeyButton("Pin to guideline …", "desk.pin")
        self.before, self.after = KeyButton("Before", "desk.previous_clip"), KeyButton("Next", "desk.next_clip")
        for made, does in (
            (self.hears, self.hear), (self.discusses, self.discuss), (self.sends, self.send_to_review),
            (self.pins, self.pin), (self.before, lambda: self.step(-1)), (self.after, lambda: self.step(1)),
        ):  # fmt: skip
            made.clicked.connect(does)
        steps, does = QHBoxLayout(), QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._does = does
        for row, parts in (
            (steps, (self.hears, self.before, self.after)),
            (does, (self.discusses, self.sends, self.pins)),
        ):
            row.setSpacing(theme.SPACE * 2)
            for part in parts:
                row.addWidget(part)
            row.addStretch()
        inner = QWidget()
        inner.setProperty("role", "scrolled")
        right = QVBoxLayout(inner)
        right.setContentsMargins(20, 16, 20, 16)
        right.setSpacing(theme.SPACE * 3)
        for widget in (self.item, self.where, self.cards, self.text, self.problem):
            right.addWidget(widget)
        right.addLayout(steps)
        right.addLayout(does)
        right.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        self.split = Splitter("desk-clips", Qt.Orientation.Horizontal, (320, 800))
        self.split.addWidget(left)
        self.split.addWidget(area)
        self.split.setStretchFactor(1, 1)
        self.split.restore()
        self.split.splitterMoved.connect(lambda *_: self._fit())
        theme.notifier().theme_changed.connect(self._fit)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.split)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Too narrow for three buttons: they stand below each other."""
        is_narrow = self.split.widget(1).width() < theme.px(440)
        way = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        if self._does.direction() != way:
            self._does.setDirection(way)


def where(place: Place) -> str:
    """Where a place is, in words."""
    if place.start_us is not None and place.end_us is not None:
        return f"{short_time(place.start_us)} – {short_time(place.end_us)}"
    return (
        f"characters {place.start:,} to {place.end:,}"
        if place.start is not None and place.end is not None
        else "whole item"
    )


def around(text: str, start: int | None, end: int | None) -> str:
    """The words around a place of a text, what it is about between angles; the beginning of a text without a place."""
    if start is None or end is None:
        return text if len(text) <= 4 * AROUND else f"{text[: 4 * AROUND]}…"
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    before, after = "…" if first else "", "…" if last < len(text) else ""
    return f"{before}{text[first:start]}‹{text[start:end]}›{text[end:last]}{after}"


def who(place: Place, *, within: bool = False) -> str:
    """Who said it: a person by a letter; a model, which has no set of its own here, by its name."""
    if not place.set_id:
        return place.letter
    return f"{'annotator' if within else 'Annotator'} {place.letter}"


def as_text(place: Place, part: str) -> str:
    """A place with both answers, to be sent to somebody."""
    return (
        f"{place.item}, {part}, {where(place)}: {name_of(place.stands)} stands,"
        f" {who(place, within=True)} said {name_of(place.said)}"
    )
