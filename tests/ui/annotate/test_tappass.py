"""The tap pass in a real window: keys pressed while it plays, edges at the changes, one Edit, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from annodesk.model.taps import PRIOR_LAG_US, Reaction
from annodesk.services.taps import TapFile
from annodesk.ui.annotate import tappass_lag
from annodesk.ui.annotate.tappass import TapPass
from annodesk.ui.keys import bindings
from annodesk.ui.keys.choice import Choice
from annodesk.ui.toasts import Toasts
from tests.ui import made
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk

pytestmark = pytest.mark.qt
S = 1_000_000
LAG_S = PRIOR_LAG_US / S
Opener = Callable[..., Desk]
Key = Qt.Key


class Listening:
    """A person who listens; the clock is theirs, so that a tap falls exactly where they mean it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.transport = desk.workspace.view.transport
        self.now_s = 1000.0
        self.transport._silent, self.transport._clock = True, lambda: self.now_s
        self.taps.hand.clock = lambda: self.now_s

    @property
    def taps(self) -> TapPass:
        return self.desk.workspace.taps

    def start(self, at_s: float = 0.0) -> None:
        """Begin with the playhead here."""
        self.desk.workspace.view.timeline.move_playhead(round(at_s * S))
        self.desk.press(Key.Key_T, SHIFT)
        self.desk.qtbot.waitUntil(lambda: self.transport.has_started)

    def hear_to(self, at_s: float) -> None:
        """Listen on until here."""
        self.desk.qtbot.waitUntil(lambda: self.transport.has_started)
        left_us = round(at_s * S) - self.transport.position_us
        while left_us > 0:
            step = min(left_us, 900_000)
            self.now_s += step / S / self.transport.rate
            left_us -= step
            self.desk.qtbot.waitUntil(lambda: abs(self.taps.hand.last_us - self.transport.position_us) < 2)
        self.desk.qtbot.wait(1)

    def tap(self, key: Qt.Key, change_s: float, lag_s: float = LAG_S) -> None:
        """Tap as late as people do after something was heard."""
        self.hear_to(change_s + lag_s)
        self.desk.press(key)

    def hold(self, key: Qt.Key, start_s: float, end_s: float) -> None:
        self.hear_to(start_s)
        send(QEvent.Type.KeyPress, key)
        for at_s in (start_s + 0.2, start_s + 0.3):
            self.hear_to(at_s)
            send(QEvent.Type.KeyPress, key, repeats=True)
        self.hear_to(end_s)
        send(QEvent.Type.KeyRelease, key)

    def done(self) -> None:
        """The key again, and wait for the edges to be placed."""
        self.desk.press(Key.Key_T, SHIFT)
        self.desk.settle()


def send(kind: QEvent.Type, key: Qt.Key, *, repeats: bool = False) -> None:
    """One half of a key press where the focus is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QApplication.sendEvent(focus, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, "", repeats))


def make_steady(path: Path, seconds: int = 40, rate_hz: int = 16_000, seed: int = 0) -> Path:
    """A recording that changes at 9, 20, 27 and 36 s alone, and falls silent twice around 14.6 s."""
    t = np.arange(seconds * rate_hz) / rate_hz
    sound = np.zeros_like(t)
    for place, (start, end) in enumerate(((0, 9), (9, 20), (20, 27), (27, 36), (36, 40))):
        inside = (t >= start) & (t < end)
        sound += inside * np.sin(2 * np.pi * 300 * 2**place * t) * (0.1 if place % 2 else 0.4)
    for gap in (14.50, 14.66):
        sound[(t >= gap) & (t < gap + 0.04)] = 0
    noise = np.random.default_rng(seed).normal(0, 0.01, t.size)
    soundfile.write(path, (sound + noise).astype(np.float32), rate_hz)
    return path


@pytest.fixture
def desk(open_desk: Opener, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The annotate workspace on a recording whose changes are known."""
    monkeypatch.setattr(made, "make_recording", make_steady)
    return open_desk()


@pytest.fixture(autouse=True)
def nothing_learnt(desk: Desk) -> Iterator[None]:
    tappass_lag.forget(desk.made.ann_id)
    yield
    tappass_lag.forget(desk.made.ann_id)


@pytest.fixture
def listening(desk: Desk) -> Listening:
    return Listening(desk)


def segments(desk: Desk) -> list[tuple[str, float, float]]:
    return [(s.label, round(s.start_us / S, 2), round(s.end_us / S, 2)) for s in desk.annotations.segments("content")]


def three_taps(listening: Listening) -> None:
    """Music begins at 9 s (speech), 20 s (advert) and 27 s (speech), up to 30 s."""
    listening.start(8.0)
    listening.tap(Key.Key_1, 9.0)
    listening.tap(Key.Key_3, 20.0)
    listening.tap(Key.Key_1, 27.0)
    listening.hear_to(30.0)


def test_taps_become_segments_at_the_changes_of_sound_as_one_edit(desk: Desk, listening: Listening) -> None:
    three_taps(listening)
    assert segments(desk) == []
    listening.done()
    assert segments(desk) == []  # nothing is in the set before it is accepted
    desk.press(Key.Key_Return)
    found = segments(desk)
    assert [label for label, _, _ in found] == ["speech", "advert", "speech"]
    for (_, start, end), (meant, until) in zip(found, ((9, 20), (20, 27), (27, 30)), strict=True):
        assert abs(start - meant) < 0.03
        assert abs(end - until) < 0.03
    assert len(desk.on_disk().segments("content")) == 3
    desk.press(Key.Key_Z, CTRL)
    assert segments(desk) == []


def test_a_held_key_is_a_segment_and_its_repeats_are_no_taps(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    listening.hold(Key.Key_1, 9.25, 20.25)
    listening.done()
    desk.press(Key.Key_Return)
    ((label, start, end),) = segments(desk)
    assert label == "speech"
    assert abs(start - 9) < 0.03
    assert abs(end - 20) < 0.03


def test_a_hold_ends_at_the_playhead_when_the_window_is_left(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    listening.hear_to(9.25)
    send(QEvent.Type.KeyPress, Key.Key_1)
    listening.hear_to(12.0)
    QApplication.sendEvent(desk.window, QEvent(QEvent.Type.WindowDeactivate))
    assert not listening.transport.is_playing
    (tap,) = listening.taps.state.taps
    assert (tap.until_us, tap.until_rate) == (12 * S, 0.0)


def test_a_hold_ends_at_the_playhead_when_a_text_field_takes_the_focus(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    listening.hear_to(9.25)
    send(QEvent.Type.KeyPress, Key.Key_1)
    listening.hear_to(12.0)
    desk.workspace.ways.focus_comment()
    assert isinstance(QApplication.focusWidget(), QLineEdit)
    send(QEvent.Type.KeyPress, Key.Key_2)
    assert [tap.until_us for tap in listening.taps.state.taps] == [12 * S]


def test_taps_count_only_while_it_plays_and_nothing_is_selected(desk: Desk, listening: Listening) -> None:
    desk.press(Key.Key_N)
    chosen = desk.annotations.segments("content")[0].id
    listening.start(8.0)
    assert desk.workspace.view.timeline.selection[1] == frozenset()
    desk.workspace.view.timeline.select("content", [chosen])
    desk.press(Key.Key_1)
    assert listening.taps.state.taps == []
    desk.workspace.view.timeline.select(None, ())
    desk.press(Key.Key_Space)
    assert not listening.transport.is_playing
    desk.press(Key.Key_1)
    assert listening.taps.state.taps == []
    assert desk.annotations.segment(chosen).labels == ()


def test_no_other_key_changes_the_set_during_a_pass(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    before = desk.annotations
    for key in (Key.Key_N, Key.Key_S, Key.Key_Y, Key.Key_Q):
        desk.press(key)
    assert desk.annotations is before
    listening.done()
    desk.press(Key.Key_N)
    assert desk.annotations is not before  # nothing was tapped: the pass is over


def test_tab_visits_only_edges_in_doubt_and_plays_across_them(desk: Desk, listening: Listening) -> None:
    played: list[int] = []
    listening.transport.play_across = lambda edge_us, span_us: played.append(edge_us)  # type: ignore[method-assign]
    listening.start(8.0)
    listening.tap(Key.Key_1, 9.0)
    listening.tap(Key.Key_4, 14.6)  # nothing changes there
    listening.tap(Key.Key_3, 20.0)
    listening.done()
    doubtful = [listening.taps.state.time_of(key) for key in listening.taps.state.doubtful()]
    assert any(abs(at - 14.6 * S) < 0.4 * S for at in doubtful)
    assert not any(abs(at - 9 * S) < 0.2 * S or abs(at - 20 * S) < 0.2 * S for at in doubtful)
    for _ in doubtful:
        desk.press(Key.Key_Tab)
    assert played == doubtful
    said: list[str] = []
    desk.workspace.view.said.connect(said.append)
    desk.press(Key.Key_Tab)
    assert "No other edge is in doubt" in said[-1]


def test_an_edge_in_doubt_goes_to_the_change_before_or_after_or_to_the_tap(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    listening.tap(Key.Key_1, 14.6)
    listening.hear_to(18)
    listening.done()
    state = listening.taps.state
    focus = state.focus = ("content", state.edges()["content"][0])
    placed = state.placed_of(focus)
    assert placed is not None
    first = state.time_of(focus)
    desk.press(Key.Key_Left)
    assert state.time_of(focus) == max(c for c in placed.choices if c < first)
    desk.press(Key.Key_Down)
    assert state.time_of(focus) == placed.unrefined_us
    desk.settle()
    desk.press(Key.Key_Return)
    assert desk.annotations.segments("content")[0].start_us == placed.unrefined_us


def test_escape_leaves_the_taps_and_a_second_start_finds_them(
    open_desk: Opener, desk: Desk, listening: Listening
) -> None:
    three_taps(listening)
    desk.press(Key.Key_Escape)
    assert listening.taps.mode == "off"
    assert segments(desk) == []
    desk.settle()
    again = open_desk(made=desk.made) if _closed(desk) else desk
    assert "A pass of" in told(again)
    again.press(Key.Key_T, SHIFT)
    again.settle()
    again.press(Key.Key_Return)
    assert [label for label, _, _ in segments(again)] == ["speech", "advert", "speech"]
    again.settle()
    assert not TapFile(again.annotations.id).path.exists()


def told(desk: Desk) -> str:
    """The sentences of the notices in view."""
    return " ".join(text for toasts in desk.window.findChildren(Toasts) for text in toasts.texts())


def _closed(desk: Desk) -> bool:
    desk.close()
    return True


def test_taps_are_on_the_disk_before_the_pass_ends(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    listening.tap(Key.Key_1, 9.0)
    listening.tap(Key.Key_3, 20.0)
    desk.settle()
    taps, heard_us = TapFile(desk.annotations.id).read()
    assert [tap.label for tap in taps] == ["speech", "advert"]
    assert heard_us >= 20 * S


def test_the_last_tap_is_taken_back(desk: Desk, listening: Listening) -> None:
    three_taps(listening)
    desk.press(Key.Key_Backspace)
    assert [tap.label for tap in listening.taps.state.taps] == ["speech", "advert"]
    desk.settle()
    assert [tap.label for tap in TapFile(desk.annotations.id).read()[0]] == ["speech", "advert"]


def test_taps_thrown_away_come_back_by_ctrl_z(desk: Desk, listening: Listening) -> None:
    three_taps(listening)
    listening.done()
    desk.press(Key.Key_Delete)
    desk.press(Key.Key_Return)
    assert segments(desk) == []
    desk.press(Key.Key_Z, CTRL)
    desk.settle()
    desk.press(Key.Key_Return)
    assert len(segments(desk)) == 3


def test_zero_says_that_nothing_is_there_from_here_on(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    listening.tap(Key.Key_1, 9.0)
    listening.tap(Key.Key_0, 20.0)
    listening.hear_to(25)
    listening.done()
    desk.press(Key.Key_Return)
    ((_, start, end),) = segments(desk)
    assert abs(start - 9) < 0.03
    assert abs(end - 20) < 0.03


def test_the_lag_is_taken_off_at_the_rate_used(desk: Desk, listening: Listening) -> None:
    listening.transport.set_rate(2.0)
    listening.start(8.0)
    listening.tap(Key.Key_1, 9.0, lag_s=2 * LAG_S)
    listening.tap(Key.Key_3, 20.0, lag_s=2 * LAG_S)
    listening.hear_to(25)
    listening.done()
    desk.press(Key.Key_Return)
    assert [abs(start - meant) < 0.03 for (_, start, _), meant in zip(segments(desk), (9, 20), strict=True)] == [
        True,
        True,
    ]


def test_what_is_there_already_stays_and_taps_fill_what_is_free(desk: Desk, listening: Listening) -> None:
    desk.workspace.view.timeline.move_playhead(12 * S)
    desk.press(Key.Key_N)
    desk.press(Key.Key_2)
    three_taps(listening)
    listening.done()
    desk.press(Key.Key_Return)
    found = segments(desk)
    assert ("music", 12.0, 14.0) in found
    assert ("speech", 14.0) in [(label, start) for label, start, _ in found]


def test_taps_on_a_tier_of_points_are_points(desk: Desk, listening: Listening) -> None:
    desk.press(Key.Key_Down)
    listening.start(8.0)
    listening.tap(Key.Key_1, 9.0)
    listening.hold(Key.Key_2, 20.25, 21.5)
    listening.done()
    desk.press(Key.Key_Return)
    points = desk.annotations.segments("events")
    assert [(p.label, p.start_us == p.end_us) for p in points] == [("laugh", True), ("jingle", True)]
    assert [round(p.start_us / S, 1) for p in points] == [9.0, 20.0]


def test_a_jump_of_the_playhead_ends_what_was_running(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    listening.tap(Key.Key_1, 9.0)
    listening.hear_to(12.0)
    desk.workspace.view.timeline.move_playhead(26 * S)
    listening.hear_to(26.5)
    listening.tap(Key.Key_1, 27.0)
    listening.hear_to(30)
    listening.done()
    desk.press(Key.Key_Return)
    assert [(round(start), round(end)) for _, start, end in segments(desk)] == [(9, 12), (27, 30)]


def test_the_lag_is_learnt_for_the_person_and_can_be_forgotten(desk: Desk, listening: Listening) -> None:
    listening.start(0.0)
    for key, change in ((Key.Key_1, 9.0), (Key.Key_3, 20.0), (Key.Key_1, 27.0), (Key.Key_2, 36.0)):
        listening.tap(key, change, lag_s=0.35)
    listening.done()
    desk.press(Key.Key_Return)
    learnt = tappass_lag.reaction_of(desk.made.ann_id)
    assert len(learnt.samples_us) >= 3
    assert learnt.lag_us > PRIOR_LAG_US
    assert tappass_lag.reaction_of(desk.made.ben_id) == Reaction()
    assert desk.workspace.keys.trigger("annotate.tap_forget")
    assert tappass_lag.reaction_of(desk.made.ann_id) == Reaction()


def test_an_edge_corrected_after_the_pass_teaches_the_lag(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    listening.tap(Key.Key_1, 9.0)
    listening.hear_to(14)
    listening.done()
    desk.press(Key.Key_Return)
    known = tappass_lag.reaction_of(desk.made.ann_id).samples_us
    desk.workspace.view.timeline.select("content", [desk.annotations.segments("content")[0].id])
    desk.workspace.view.timeline.move_playhead(8_850_000)
    desk.press(Key.Key_BracketLeft)
    desk.workspace.taps.close()
    assert tappass_lag.reaction_of(desk.made.ann_id).samples_us == (*known, 400_000)


def test_the_line_of_keys_tells_what_the_pass_waits_for(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    line = desk.workspace.view.next_line
    assert "tap pass" in line.sentence()
    assert "speech" in line.sentence()
    listening.tap(Key.Key_1, 9.0)
    listening.done()
    assert "take all" in line.sentence()
    assert "lag 2" in line.sentence()
    desk.press(Key.Key_Escape)
    assert "taps" not in line.sentence()


def test_another_task_leaves_the_pass_and_its_taps_come_back_with_the_first(desk: Desk, listening: Listening) -> None:
    three_taps(listening)
    first = desk.workspace.view.work
    assert first is not None
    desk.press(Key.Key_PageDown, CTRL)
    desk.settle()
    assert listening.taps.mode == "off"
    assert listening.taps.state.taps == []
    desk.workspace.open_task(first.task.id)
    desk.settle()
    assert [tap.label for tap in listening.taps.state.taps if tap.rate] == ["speech", "advert", "speech"]


def test_shift_tab_goes_to_the_doubtful_edge_before(desk: Desk, listening: Listening) -> None:
    listening.start(8.0)
    listening.tap(Key.Key_1, 12.3)
    listening.tap(Key.Key_3, 16.7)
    listening.hear_to(18)
    listening.done()
    doubtful = listening.taps.state.doubtful()
    assert len(doubtful) == 2
    desk.press(Key.Key_Tab, SHIFT)
    assert listening.taps.state.focus == doubtful[-1] or listening.taps.state.focus == doubtful[0]


def test_without_a_recording_there_is_no_pass(desk: Desk) -> None:
    desk.workspace.view.bar.set_has_media(False)
    assert not desk.workspace.view.bar.tap.isEnabled()


def test_the_keys_of_a_pass_are_the_persons_own(desk: Desk) -> None:
    bindings.current().use(Choice(keys={"tap.back": ("F15",), "tap.accept": ("F16", "2"), "tap.leave": ("F17",)}))
    try:
        person = Listening(desk)
        person.start()
        person.tap(Key.Key_1, 1.0)
        person.tap(Key.Key_2, 9.0)
        assert [tap.label for tap in person.taps.state.taps] == ["speech", "music"]  # a label's key taps, before all
        desk.press(Key.Key_F15)
        assert [tap.label for tap in person.taps.state.taps] == ["speech"]
        desk.press(Key.Key_Backspace)
        assert len(person.taps.state.taps) == 1
        desk.press(Key.Key_F16)
        desk.settle()
        assert person.taps.mode == "review"
        assert "F16 take all" in desk.workspace.view.next_line.sentence()
        desk.press(Key.Key_F16)
        desk.settle()
        assert [s.label for s in desk.annotations.segments("content")] == ["speech"]
    finally:
        bindings.current().use(Choice())
