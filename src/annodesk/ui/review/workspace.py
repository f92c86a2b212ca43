"""The review workspace: the queue, the desk of the open item, and what the analyst's keys do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.actions import Action, KeyMap
from annodesk.ui.parts import Splitter
from annodesk.ui.player.playing import Playing
from annodesk.ui.player.sound_moves import SoundMoves
from annodesk.ui.player.transport import Transport
from annodesk.ui.player.video import VideoDeck
from annodesk.ui.player.video_moves import VideoMoves
from annodesk.ui.precedents import Pinned
from annodesk.ui.refused import RefusedEntry
from annodesk.ui.review.actions import ACTIONS
from annodesk.ui.review.alike import Alike
from annodesk.ui.review.asked import Asked
from annodesk.ui.review.decisions import Decisions
from annodesk.ui.review.desk import ReviewDesk
from annodesk.ui.review.hands import Hands
from annodesk.ui.review.hearing import Hearing
from annodesk.ui.review.others_work import OthersWork
from annodesk.ui.review.pinning import Pinning
from annodesk.ui.review.places import Places
from annodesk.ui.review.settling import Settling
from annodesk.ui.review.side import ReviewSide
from annodesk.ui.review.softening import Softening
from annodesk.ui.review.to_annotators import Telling
from annodesk.ui.review.waiting import Waiting
from annodesk.ui.review.wording import sides_text
from annodesk.ui.undo import Editor

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from annodesk.services.review import ReviewWork
    from annodesk.ui.bus import Context
    from annodesk.ui.timeline.view import TimelineView

_QUEUE, _DESK, _SIDE = range(3)


class ReviewWorkspace(QWidget):
    """Settles what people disagree on; one item at a time."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Review")
        self.context = context
        self.work: ReviewWork | None = None
        self.editor: Editor | None = None
        self.places = Places(())
        self.waiting = Waiting(context, self)
        self.desk, self.side = ReviewDesk(context.jobs), ReviewSide()
        self.transport = Transport(self)
        self.video = VideoDeck(self.desk.view, self.transport, context.jobs, self, window_key="Ctrl+F9")
        self.desk.add_picture(self.video.home)
        self.refused = RefusedEntry(self, self.desk.view)
        self._is_moving, self._at = False, ""
        self._build()
        self.playing = Playing(
            self.transport,
            context.jobs,
            self.desk.view,
            self.desk.place_bar.sound_button,
            context.bus.status_said.emit,
            context.bus.speed_said.emit,
            arrives="review",
        )
        self.hearing, self.decisions, self.softening = Hearing(self), Decisions(self), Softening(self)
        self.keys = KeyMap(self, "Review")
        self.hands = Hands(self)
        self.others, self.pinning, self.telling = OthersWork(self), Pinning(self), Telling(self)
        self.side.put_before_notes(self.telling.panel)
        self.pinned = Pinned(self.side.precedents, context, self.transport.pause, "review")
        self.asked = Asked(context, self, self.come_back)
        self.waiting.queue.add(self.asked.box)
        handlers = {**self.hands.handlers(), **self.decisions.handlers(), **self.hearing.handlers()}
        handlers |= {**self.others.handlers(), **self.playing.handlers("review"), **self.softening.handlers()}
        for more in (self.pinning, self.pinned, self.asked, self.telling):
            handlers |= more.handlers()
        self.keys.bind(ACTIONS, handlers | {"review.batch": self.waiting.queue.next_batch})
        self.settling = Settling(self)
        self.alike = Alike(self, self._stack)
        self._connect()
        self.show_conditions()

    # What the window asks

    @property
    def timeline(self) -> TimelineView:
        """The timeline of the desk."""
        return self.desk.view

    def title(self) -> str:
        """The open item's name."""
        return self.work.item.key if self.work is not None else ""

    def item_key(self) -> str:
        """The open item's key; empty where none is open."""
        return self.work.item.key if self.work is not None else ""

    def note(self) -> str:
        """What the analyst should know of how the item is shown."""
        return "names hidden, order shuffled" if self.work is not None else ""

    def actions(self) -> list[Action]:
        """Everything that can be done here, with its keys."""
        return self.keys.actions()

    def is_idle(self) -> bool:
        """Whether nothing is being read or stored."""
        return self.context.jobs.is_idle and self.video.is_idle and not self.settling.is_waiting

    def take_focus(self) -> None:
        """Give the focus to the work: the timeline, or the text where that is disputed."""
        if self.alike.is_shown:
            self.alike.take_focus()
        elif self.work is not None:
            self.desk.take_focus(self.places.current)
        elif self.waiting.page.button.isVisible():
            self.waiting.page.button.setFocus()

    def release(self) -> None:
        """Stop playback, and hand over what is being typed."""
        self.playing.release()
        self.pinned.release()
        self._come_to_rest()
        self.alike.release()
        self.video.release()

    def _come_to_rest(self) -> None:
        self.transport.pause()
        self.side.questions.flush()
        self.telling.keep()

    def refresh(self) -> None:
        """Read the queue again."""
        self.playing.tell()
        self.waiting.refresh()
        self.asked.refresh()

    def open_task(self, task_id: str, at: str = "") -> None:
        """Open an item; it is claimed where it was free. ``at`` is the place to begin with, and its kind."""
        if self.work is not None and self.work.task.id == task_id:
            self.go_to(self.places.go(at))
            self.alike.offer_before(at)
            self.take_focus()
            return
        self._at = at
        self._come_to_rest()
        self.waiting.begin_opening(task_id)
        self.context.jobs.store(
            self.context.services.review.open,
            self.context.project_id,
            self.context.person_id,
            task_id,
            on_done=partial(self._on_opened, task_id),
            on_error=partial(self._on_not_opened, task_id),
            what="open a review",
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.video.resume()

    def open_first(self, title: str = "") -> bool:
        """Open the item of that title, else the first of the queue; False where nothing waits or one is open."""
        ids = self.waiting.queue.task_ids(title) or self.waiting.queue.task_ids()
        if self.work is not None or not ids:
            return False
        self.open_task(ids[0])
        return True

    def _show_page(self) -> None:
        self._stack.setCurrentWidget(self.waiting.page)
        self.side.setVisible(False)
        if self.isVisible() and not self.waiting.page.button.isHidden():
            self.waiting.page.button.setFocus()

    # Opening and closing an item

    def _on_opened(self, task_id: str, work: ReviewWork) -> None:
        if task_id != self.waiting.asked:
            return
        self.close_work()
        self.waiting.show_opened(task_id)
        self.work = work
        self.editor = editor = Editor(work.session, self.context.services, self.context.jobs, self)
        editor.annotations_changed.connect(self._on_annotations)
        editor.saved.connect(self.context.bus.saved)
        editor.waiting_changed.connect(self.context.bus.waiting)
        editor.refused.connect(self.say)
        editor.recorded.connect(lambda recorded: self.context.bus.changed.emit(recorded.changes))
        self.decisions.before = ""
        self.places = self.decisions.taken_in(Places(work.disagreements))
        self.places = replace(self.places, at=0).next_open().go(self._at)
        self.desk.show_work(work)
        self.video.load(work.videos)
        self.side.show_work(work.project, work.guidelines, work.escalations, sides_text(work))
        self.pinned.read()
        if self.side.isHidden():
            self.side.show()
            self.splitter.restore()  # a part that was hidden has no width to come back to
        self._stack.setCurrentWidget(self.desk)
        asset = work.item.timeline_asset
        self.transport.set_source(
            work.media_path,
            offset_us=asset.offset_us if asset else 0,
            duration_us=asset.media.duration_us if asset and asset.media else None,
        )
        self.playing.open(asset, work.media_path, work.sounds, problem=work.media_problem)
        self.transport.set_bounds(self.desk.bounds)
        self.softening.soften()
        self.hands.bind_work()
        self.go_to(self.places)
        self.alike.offer_before(self._at)
        if not self.places.disagreements and work.text is not None and not self.desk.has_timeline:
            self.desk.show_text()
        self.take_focus()
        self.context.bus.title_changed.emit()
        QTimer.singleShot(0, self._fit_again)

    def _fit_again(self) -> None:
        """Zoom once more when the parts of the desk have their sizes; the first zoom went by the old ones."""
        if self.work is not None:
            self.desk.fit(self.places.current)

    def _on_not_opened(self, task_id: str, error: Exception) -> None:
        if task_id == self.waiting.asked:
            self.context.notices.error(error, "open a review")
            self.waiting.show_failed(error)

    def close_work(self) -> None:
        """Let go of the open item."""
        self.alike.dismiss()
        self.transport.pause()
        self.transport.set_source(None)
        self.video.close()
        self.hands.unbind_work()
        if self.editor is not None:
            self.editor.deleteLater()
        self.work, self.editor, self.places = None, None, Places(())
        self.settling.reset()
        self.context.bus.title_changed.emit()

    def _on_taken_down(self, items: frozenset[str]) -> None:
        work = self.work
        if work is not None and work.item.id in items:
            self.close_work()
            self.context.notices.show(f"{work.item.key} was taken down.", "Its labels are kept, without content.")
            self.refresh()

    def _on_person(self) -> None:
        self.close_work()
        self.waiting.start_afresh()
        self.show_conditions()
        if self.isVisible():
            self.refresh()

    # Places and rulings

    def go_to(self, places: Places) -> None:
        """Look at another place of the open item."""
        if self.work is None or self.editor is None:
            return
        self.transport.pause()
        self.places = places
        current = places.current
        tiers = {tier.name: tier for tier in self.desk.tiers()}
        tier = tiers.get(current.part) if current is not None else None
        tier = tier or self.desk.tier or next(iter(tiers.values()), None)
        if tier != self.desk.tier:
            self.desk.show_tier(tier)
            self.hands.bind_labels(tier)
        if current is not None:
            said = [label for side in current.answers for label in side.labels or ()]
            self.side.guideline.show_for(*said, current.part)
        self._show_all()
        self.desk.go_to(current)
        self.take_focus()
        self.hearing.arrive()

    @property
    def ruling(self) -> str:
        """What is ruled at the present place, in one word; empty where nothing is."""
        return self.decisions.word

    def _on_annotations(self, _annotations: object) -> None:
        before = self.places.at
        self.places = self.decisions.taken_in(self.places)
        if self.places.at != before:
            self.go_to(self.places)
        else:
            self._show_all()

    # Showing

    def say(self, sentence: str) -> None:
        """Tell the person in the status line and under the rulings."""
        self.context.bus.status_said.emit(sentence)

    def _show_all(self) -> None:
        self.alike.follow()
        if self.work is None or self.editor is None:
            return
        annotations, can_change = self.editor.annotations, not self.editor.locked
        self.desk.show_annotations(self.places, annotations, can_change=can_change)
        self.side.questions.show_answers(annotations, (), can_change=can_change)
        self.side.show_reasons(is_model_seen=not self.places.open_ones and not self.places.is_excluded)
        self.hands.show_labels()
        self.telling.show()
        self.desk.rulings.show_ruling(
            self.ruling,
            can_average=self.decisions.can_average(),
            in_time=self.places.current is None or self.places.current.start_us is not None,
            can_rule=can_change and self.places.current is not None and not self.places.is_excluded,
            hint=self.decisions.hint(),
        )
        self.show_conditions()
        self.settling.show_missing()
        self.settling.check_soon()

    def show_conditions(self) -> None:
        """Which actions make sense now."""
        is_open = self.work is not None and not self.alike.is_shown
        self.keys.set_condition("open", is_open)
        self.keys.set_condition("video", is_open and self.video.has_videos)
        self.keys.set_condition("videos", is_open and len(self.video.videos) > 1)
        self.keys.set_condition("cuts", is_open and self.video.has_cuts)
        self.keys.set_condition("timeline", is_open and self.desk.has_timeline)
        self.keys.set_condition("precedents", is_open and self.pinned.has_any)
        self.keys.set_condition("sensitive", is_open and bool(self.softening.kinds))
        self.keys.set_condition("places", is_open and bool(self.places.disagreements))
        self.keys.set_condition("place", is_open and self.places.current is not None)

    # Building

    def _build(self) -> None:
        self._stack = QStackedWidget()
        self._stack.setProperty("role", "ground")
        self._stack.addWidget(self.waiting.page)
        self._stack.addWidget(self.desk)
        self.splitter = Splitter("review", Qt.Orientation.Horizontal, (216, 980, 240))
        for widget in (self.waiting.queue, self._stack, self.side):
            self.splitter.addWidget(widget)
        for place, share in ((_QUEUE, 0), (_DESK, 1), (_SIDE, 0)):
            self.splitter.setStretchFactor(place, share)
        self.splitter.restore()
        self.side.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)

    def _connect(self) -> None:
        view, bar, rulings, bus = self.desk.view, self.desk.place_bar, self.desk.rulings, self.context.bus
        self.waiting.open_asked.connect(self.open_task)
        self.waiting.page_shown.connect(self._show_page)
        self.desk.draft_made.connect(self.decisions.stage)
        self.desk.refused.connect(self.say)
        self.desk.compare.left.connect(view.setFocus)
        bar.stepped.connect(lambda by: self.go_to(self.places.step(by)))
        bar.hear_asked.connect(self.hearing.hear)
        rulings.ruled.connect(self.decisions.rule)
        rulings.settle_asked.connect(self.settling.settle)
        for chooser in (self.desk.list, self.desk.heat, self.desk.questions):
            chooser.chosen.connect(lambda key: self.go_to(self.places.go(key)))
        theme.notifier().theme_changed.connect(self._show_all)  # labels' names are drawn in colours of the theme
        view.mark_clicked.connect(lambda key: self.go_to(self.places.go(key)))
        view.selection_changed.connect(self.hands.show_labels)
        view.segment_activated.connect(self.hearing.play_segment)
        view.playhead_moved.connect(self._on_playhead)
        self.transport.position_changed.connect(self._on_position)
        self.video.changed.connect(self.show_conditions)
        self.video.said.connect(self.say)
        self.refused.left.connect(self.take_focus)
        self.video_moves = VideoMoves(self.context, self.video)
        mixer = self.playing.mixer
        self.sound_moves = SoundMoves(self.context, self.playing, lambda: self.work)
        self.video.changed.connect(lambda: mixer.place(self.video.offsets_us()))
        self.transport.state_changed.connect(lambda: bar.show_playing(self.transport.is_playing))
        self.transport.heard.connect(view.note_heard)
        self.playing.panel.finished.connect(self.come_back)
        self.pinned.changed.connect(self.show_conditions)
        bus.person_changed.connect(self._on_person)
        bus.taken_down.connect(self._on_taken_down)
        bus.changed.connect(self._on_changed)

    def _on_playhead(self, time_us: int) -> None:
        if not self._is_moving:
            self.transport.seek(time_us)

    def come_back(self) -> None:
        """A dialog is over: the keys are the work's again."""
        self.window().activateWindow()
        self.take_focus()

    def _on_position(self, time_us: int) -> None:
        self._is_moving = True
        self.desk.view.follow_playhead(time_us)
        self._is_moving = False

    def _on_changed(self, changes: Any) -> None:
        from annodesk.services.changes import Kind

        if self.isVisible() and (Kind.ITEMS in changes or Kind.SCORES in changes) and not self.settling.is_settling:
            self.refresh()
