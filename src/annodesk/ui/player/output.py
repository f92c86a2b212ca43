"""The audio device: pulls sound from a feed and says how much of it has been heard."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtCore import QIODevice, QLoggingCategory, QObject, Signal, qInstallMessageHandler

from annodesk.ui.loading import load_library

if TYPE_CHECKING:
    from annodesk.ui.player.feed import Feed

log = logging.getLogger(__name__)

BUFFER_S = 0.2
SCRUB_BUFFER_S = 0.06
# Looks at a device, one with each tick of 16 ms, in which it asks for nothing, before it counts as gone.
_STALLED_LOOKS = 180
_MULTIMEDIA = "PySide6.QtMultimedia"
# What Qt's sound libraries say while the system loads them. A message to Python waits for the interpreter, the system's
# loader waits with it, and another thread that holds the interpreter and looks up a C function waits for the loader.
_SAID_IN_LOADING = "qt.multimedia.symbolsresolver*=false"


class NoSound(Exception):
    """There is no device that plays this; the message says why in a few words."""


class Output(Struct, frozen=True):
    """An audio device that can be chosen; ``id`` is the system's own and stays from one start to the next."""

    id: str
    name: str
    is_default: bool


class FeedDevice(QIODevice):
    """The feed as Qt's audio sink reads it: what the decoder has, then silence; knows which of it was sound."""

    def __init__(self, feed: Feed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self.given_frames = 0
        self.last_read_s = 0.0
        # Runs of sound: first frame given to the device, first frame taken from the feed, and how many.
        self._runs: deque[tuple[int, int, int]] = deque(maxlen=1024)
        self.open(QIODevice.OpenModeFlag.ReadOnly)

    def isSequential(self) -> bool:
        return True

    def bytesAvailable(self) -> int:
        return 1 << 20

    def readData(self, max_bytes: int) -> bytes:
        size = self._feed.bytes_per_frame
        first, wanted = self._feed.taken_frames, max_bytes - max_bytes % size
        sound = self._feed.take(wanted)
        if sound:
            self._runs.append((self.given_frames, first, len(sound) // size))
        if wanted:
            self.given_frames += wanted // size
            self.last_read_s = time.monotonic()
        return sound + bytes(wanted - len(sound))

    def writeData(self, data: bytes, n: int) -> int:
        return -1

    def heard_frames(self, frames: float) -> float:
        """How many frames of the feed are among so many that the device has played: silence does not count."""
        for given, first, n in reversed(self._runs):
            if frames >= given:
                return first + min(n, frames - given)
        return 0.0


class SoundOutput(QObject):
    """A running audio sink; ``heard_frames`` is how much of the feed has come out of it."""

    lost = Signal()

    def __init__(self, sink: Any, device: FeedDevice, feed: Feed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sink, self._device, self._feed = sink, device, feed
        self._latest = 0.0
        self.device_id = ""
        self._is_closed = self.is_lost = False
        self._idle_looks, self._seen_frames = 0, -1
        sink.start(device)

    def heard_frames(self) -> float:
        """Frames of the feed that have been heard; never goes back.

        What the sound server says it has played is right to 6 ms with PulseAudio (Qt 6.11, by recording). A system
        that counts as played what it has only taken is corrected by what Qt still holds.
        """
        feed, device, sink = self._feed, self._device, self._sink
        buffered = max(0, sink.bufferSize() - sink.bytesFree()) // feed.bytes_per_frame
        since_read_s = min(time.monotonic() - device.last_read_s, BUFFER_S) if device.last_read_s else 0.0
        by_buffer = device.given_frames - buffered + since_read_s * feed.rate_hz
        played = min(sink.processedUSecs() * feed.rate_hz / 1_000_000, by_buffer, device.given_frames)
        self._latest = max(self._latest, device.heard_frames(played))
        return self._latest

    def heard_us(self) -> int | None:
        """Where in the recording that is; None before its first sample."""
        return self._feed.time_us(self.heard_frames())

    @property
    def has_ended(self) -> bool:
        """Whether all the feed had has been heard."""
        return self._feed.has_ended and self.heard_frames() >= self._feed.taken_frames

    @property
    def has_stalled(self) -> bool:
        """Whether the device has asked for nothing for long."""
        return self._idle_looks > _STALLED_LOOKS

    def look(self) -> None:
        """To be called often: where a sound server dies Qt says nothing, but asks for nothing more."""
        self._idle_looks = self._idle_looks + 1 if self._device.given_frames == self._seen_frames else 0
        self._seen_frames = self._device.given_frames
        if self.has_stalled:
            self._tell_lost()

    def close(self) -> None:
        """Stop the device."""
        self._is_closed = True
        self._sink.stop()
        self._device.close()

    def follow(self) -> None:
        """Tell that the device is gone, once: it stopped without being asked to."""
        if self._sink.state().name == "StoppedState":
            self._tell_lost()

    def _tell_lost(self) -> None:
        if not self._is_closed:
            self._is_closed = self.is_lost = True
            self.lost.emit()


def open_output(feed: Feed, device: Any, parent: QObject | None = None, *, buffer_s: float = BUFFER_S) -> SoundOutput:
    """Start playing a feed that is ready on one of Qt's devices; NoSound where it refuses."""
    sinks = _multimedia().QAudioSink
    form = _form(feed.rate_hz, feed.channels)
    if not device.isFormatSupported(form):
        raise NoSound(f"the audio device does not play {feed.rate_hz} Hz")
    sink = sinks(device, form, parent)
    sink.setBufferSize(round(buffer_s * feed.rate_hz) * feed.bytes_per_frame)
    output = SoundOutput(sink, FeedDevice(feed, sink), feed, parent)
    sink.setParent(output)  # they go together: a window that plays all day opens thousands
    if sink.error().name != "NoError":  # its enumeration is QAudio in one release of Qt and QtAudio in the next
        output.close()
        output.deleteLater()
        raise NoSound("the audio device cannot be opened")
    output.device_id = id_of(device)
    sink.stateChanged.connect(output.follow)
    return output


def playable_hz(device: Any, rate_hz: int) -> int:
    """The recording's own rate where the device plays it, else the device's."""
    if device.isFormatSupported(_form(rate_hz, 1)):
        return rate_hz
    return int(device.preferredFormat().sampleRate()) or rate_hz


def find_device(device_id: str = "") -> Any:
    """The audio device with this id, the system's own choice where there is none such; NoSound where there is none."""
    default, devices = _devices()
    found = next((device for device in devices if device_id and id_of(device) == device_id), default)
    if found is None or found.isNull():
        raise NoSound("no audio device")
    return found


def list_outputs() -> list[Output]:
    """The audio devices there are now."""
    try:
        default, devices = _devices()
    except NoSound:
        return []
    return [Output(id_of(device), device.description(), id_of(device) == id_of(default)) for device in devices]


def load_sound() -> None:
    """Load Qt's sound and what it finds devices with, where that keeps nobody waiting yet; once."""
    if _MULTIMEDIA not in sys.modules:
        QLoggingCategory.setFilterRules(_SAID_IN_LOADING)
        load_library(_MULTIMEDIA)
        with contextlib.suppress(NoSound):
            _devices()


def watch_devices(parent: QObject, *told: Callable[[], object]) -> Any:
    """Call these whenever a device comes or goes, as long as what is returned lives; None where Qt has no sound."""
    with _quiet(), contextlib.suppress(ImportError):
        watched = _multimedia().QMediaDevices(parent)
        for one in told:
            watched.audioOutputsChanged.connect(one)
        return watched
    return None


def _devices() -> tuple[Any, list[Any]]:
    try:
        with _quiet():
            devices = _multimedia().QMediaDevices
            return devices.defaultAudioOutput(), list(devices.audioOutputs())
    except ImportError as error:
        raise NoSound("a sound library of the system is missing") from error


def _multimedia() -> Any:
    """Qt's sound, loaded when it is first needed; ImportError where the system lacks a library for it."""
    if _MULTIMEDIA not in sys.modules:
        QLoggingCategory.setFilterRules(_SAID_IN_LOADING)
    from PySide6 import QtMultimedia

    return QtMultimedia


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Where there is no sound server Qt warns; here that is an ordinary state, told to the person as such."""
    previous = qInstallMessageHandler(_log_quietly)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)


def id_of(device: Any) -> str:
    """The system's own id of one of Qt's devices."""
    return bytes(device.id().data()).decode("utf-8", "replace")


def _form(rate_hz: int, channels: int) -> Any:
    forms = _multimedia().QAudioFormat
    form = forms()
    form.setSampleRate(rate_hz)
    form.setChannelCount(channels)
    form.setSampleFormat(forms.SampleFormat.Int16)
    return form


def _log_quietly(kind: Any, context: Any, message: str) -> None:
    log.info("Qt: %s", message)
