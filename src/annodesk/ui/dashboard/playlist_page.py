"""The clips behind a number, one after the other: what stands, what was said, and what can be done about each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import Cancelled
from annodesk.model.needs import sensitive_of
from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.dashboard.discuss_dialog import lines_of
from annodesk.ui.dashboard.heat import name_of
from annodesk.ui.dashboard.place_acts import PlaceActs
from annodesk.ui.dashboard.playlist import Playlist, around, where, who
from annodesk.ui.dashboard.reading import while_here
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import Splitter, label
from annodesk.ui.plain import shown
from annodesk.ui.player.clip import ClipPlayer
from annodesk.ui.review.cards import Line, Side, SideCards
from annodesk.ui.review.softening import in_words
from annodesk.ui.review.wording import label_colours

if TYPE_CHECKING:
    from annodesk.services import Services
    from annodesk.services.digest import Clip
    from annodesk.services.discussing import Said
    from annodesk.services.heard_as import Place
    from annodesk.ui.bus import Context

CONTEXT_US = 1_000_000
"""So much is heard before and after a place."""


class Opened(Struct, frozen=True):
    """What one place is seen and heard from."""

    clip: Clip
    guidelines: str
    text: str
    said: tuple[Said, ...] = ()


def open_clip(services: Services, project_id: str, person_id: str, place: Place) -> Opened:
    """Read what a place is seen and heard from, and what was said of it; in a team the server may be asked for it."""
    clip = services.clips.of(project_id, place.item_id)
    text = clip.text.text if clip.text is not None and not clip.text.is_missing else ""
    said = services.discussing.said(person_id, place.item_id, place.set_id)
    return Opened(clip, services.projects.get(project_id).guidelines, text, said)


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
        self.acts = PlaceActs(context, self)
        self.playlist = Playlist("", "", ())
        self.opened: Opened | None = None
        self._open_of = ("", "")
        self.player = ClipPlayer(self)
        self.player.changed.connect(self._show_playing)
        self._build()

    @property
    def dialog(self) -> QDialog | None:
        """The dialog that was opened last."""
        return self.acts.dialog

    @property
    def place(self) -> Place | None:
        """The place that is shown."""
        row = self.list.currentRow()
        return self.playlist.places[row] if 0 <= row < len(self.playlist.places) else None

    def show_playlist(self, playlist: Playlist) -> None:
        """Show other places, the first of them at once."""
        self.player.stop()
        self.playlist, self.opened, self._open_of = playlist, None, ("", "")
        self.list.blockSignals(True)
        self.list.clear()
        for one in playlist.places:
            about = " · ".join(filter(None, (one.part if one.part != playlist.part else "", where(one))))
            self.list.addItem(QListWidgetItem(f"{shown(one.item, 60)}\n{about}"))
        self.list.blockSignals(False)
        count = "1 clip" if len(playlist.places) == 1 else f"{len(playlist.places)} clips"
        self.title.setText(playlist.title[:1].upper() + playlist.title[1:])
        self.count.setText(" · ".join(filter(None, (playlist.part, count, playlist.note))))
        self.list.setCurrentRow(0)
        if not playlist.places:
            self.item.setText("No place of this can be heard any more.")
            self._show_tools()
        self.changed.emit()

    def part_of(self, place: Place) -> str:
        """What part of the project a place is about."""
        return place.part or self.playlist.part

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "desk.next_clip": lambda: self.step(1),
            "desk.previous_clip": lambda: self.step(-1),
            "desk.hear": self.hear,
            "desk.discuss": self.acts.discuss,
            "desk.send_to_review": self.acts.send_to_review,
            "desk.pin": self.acts.pin,
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
        if place is None or opened is None:
            return
        self._show_text(place, is_held_back=False)  # asked for
        if place.start_us is None or place.end_us is None:
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

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project: nothing is heard."""
        self.show_playlist(Playlist("", "", ()))

    def release(self) -> None:
        """Be quiet and let go of the file."""
        self.player.release()

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
        self.where.setText(" · ".join(filter(None, (place.part, where(place)))))
        self._show_sides()
        key = (place.item_id, place.set_id)
        if self._open_of == key and self.opened is not None:
            self._show_opened(place, self.opened)
            return
        self.opened, self._open_of = None, key
        self.problem.setText("Fetching …")
        self.problem.show()
        self.read_again(plays=True)
        self._show_tools()

    def read_again(self, *, plays: bool = False) -> None:
        """Read the place that is shown, and what was said of it."""
        context, place = self.context, self.place
        if place is not None:
            context.jobs.background(
                open_clip,
                context.services,
                context.project_id,
                context.person_id,
                place,
                on_done=while_here(context, partial(self._show_opened, place, plays=plays)),
                on_error=self._on_error,
                key="open a clip",
                what="open a clip",
            )

    def _show_opened(self, of: Place, opened: Opened, *, plays: bool = True) -> None:
        place = self.place
        if place is None or (place.item_id, place.set_id) != (of.item_id, of.set_id):
            return
        self.opened = opened
        self._show_sides()
        problem = opened.clip.media_problem if place.start_us is not None and not opened.clip.sounds else ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        kinds = sensitive_of(opened.clip.item.metadata)
        self._show_text(place, is_held_back=bool(kinds))
        self._show_tools()
        self.changed.emit()
        self.talk.setText("\n".join(line for line, _ in lines_of(opened.said)))
        self.talk.setVisible(bool(opened.said))
        if self.isVisible() and not problem and plays and not kinds:
            self.hear()
        elif kinds:
            self.problem.setText(f"It holds {in_words(kinds)}: {shown_key('desk.hear')} plays it and shows its words.")
            self.problem.show()

    def _show_text(self, place: Place, *, is_held_back: bool) -> None:
        """The words around a place; nothing of them where they are held back."""
        words = ""
        if self.opened is not None and not is_held_back and (place.start is not None or place.start_us is None):
            words = self.opened.text
        self.text.setText(around(words, place.start, place.end))
        self.text.setVisible(bool(words))

    def _on_error(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.problem.setText(str(error))
            self.problem.show()

    def _show_sides(self) -> None:
        place = self.place
        if place is None:
            return
        colours: dict[str, str] = {}
        if self.opened is not None:
            colours = dict(label_colours(self.opened.clip.project.schema, self.part_of(place)))
        stretch = where(place) if place.start_us is not None else ""
        first = f"Annotator {place.other}" if place.other else "What stands"
        style = "person" if place.other else "ruling"
        one = Side(who(place), (Line(name_of(place.said), colours.get(place.said, ""), stretch),))
        if place.other and place.other == place.letter:  # nobody else has said anything yet
            self.cards.set_sides([one])
            return
        self.cards.set_sides(
            [
                Side(first, (Line(name_of(place.stands), colours.get(place.stands, ""), stretch),), style),
                one,
            ]
        )

    def _show_tools(self) -> None:
        place = self.place
        is_warned = self.opened is not None and bool(sensitive_of(self.opened.clip.item.metadata))
        is_heard = place is not None and (place.start_us is not None or is_warned)
        self.hears.setEnabled(is_heard and self.opened is not None)
        self.pins.setEnabled(self.opened is not None)
        self.discusses.setEnabled(self.opened is not None)
        self.sends.setEnabled(place is not None)

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
        self.cards, self.text, self.talk = SideCards(), label("", wrap=True), label("", wrap=True)
        self.problem = label("", "dim", wrap=True)
        self.problem.hide()
        self.text.hide()
        self.talk.hide()
        self.hears = KeyButton("Hear it", "desk.hear", role="primary")
        self.discusses = KeyButton("Discuss …", "desk.discuss")
        self.sends = KeyButton("Send to review …", "desk.send_to_review")
        self.pins = KeyButton("Pin to guideline …", "desk.pin")
        self.before, self.after = KeyButton("Before", "desk.previous_clip"), KeyButton("Next", "desk.next_clip")
        for made, does in (
            (self.hears, self.hear), (self.discusses, self.acts.discuss), (self.sends, self.acts.send_to_review),
            (self.pins, self.acts.pin), (self.before, lambda: self.step(-1)), (self.after, lambda: self.step(1)),
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
        for widget in (self.item, self.where, self.cards, self.text, self.talk, self.problem):
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
        area.installEventFilter(self)
        theme.notifier().theme_changed.connect(self._fit)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.split)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is heard has another width: by the window, by the splitter, or since it is shown first."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Too narrow for three buttons: they stand below each other."""
        is_narrow = self.split.widget(1).width() < theme.px(440)
        way = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        if self._does.direction() != way:
            self._does.setDirection(way)
