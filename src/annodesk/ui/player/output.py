"""The audio device: pulls samples from a feed and says how many have been played."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QIODevice, QObject, qInstallMessageHandler

if TYPE_CHECKING:
    from annodesk.ui.player.feed import SoundFeed

log = logging.getLogger(__name__)

BUFFER_S = 0.2


class NoSound(Exception):
    """There is no device that plays this; the message says why in a few words."""


class FeedDevice(QIODevice):
    """The feed as Qt's audio sink reads it: what the decoder has, then silence. Counts frames of sound alone."""

    def __init__(self, feed: SoundFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self.fed_frames = 0
        self.last_read_s = 0.0
        self.open(QIODevice.OpenModeFlag.ReadOnly)

    def isSequential(self) -> bool:
        return True

    def bytesAvailable(self) -> int:
        return 1 << 20

    def readData(self, max_bytes: int) -> bytes:
        sound = self._feed.take(max_bytes)
        self.fed_frames += len(sound) // self._feed.bytes_per_frame
        self.last_read_s = time.monotonic()
        return sound + bytes(max_bytes - len(sound))

    def writeData(self, data: bytes, n: int) -> int:
        return -1


class SoundOutput(QObject):
    """A running audio sink; ``played_us`` is how much of the feed has been heard."""

    def __init__(self, sink: Any, device: FeedDevice, feed: SoundFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sink, self._device, self._feed = sink, device, feed
        self._latest_us = 0
        self._drained_s: float | None = None
        sink.start(device)

    def played_us(self) -> int:
        """Microseconds of sound that have left the buffer; never goes back."""
        feed, device, sink = self._feed, self._device, self._sink
        fed_us = device.fed_frames * 1_000_000 // feed.rate_hz
        buffered = max(0, sink.bufferSize() - sink.bytesFree()) // feed.bytes_per_frame
        buffered_us = min(fed_us, max(buffered * 1_000_000 // feed.rate_hz, 0))
        now = time.monotonic()
        since_read_us = round((now - device.last_read_s) * 1_000_000) if device.last_read_s else 0
        if feed.has_ended and self._drained_s is None:
            self._drained_s = now
        if self._drained_s is not None:  # what counts as buffered is silence by now: go by the clock to the end
            self._latest_us = min(fed_us, self._latest_us + max(0, round((now - self._drained_s) * 1_000_000)))
            self._drained_s = now
        else:
            step_us = min(since_read_us, round(BUFFER_S * 1_000_000))
            self._latest_us = max(self._latest_us, min(fed_us, fed_us - buffered_us + step_us))
        return self._latest_us

    @property
    def has_ended(self) -> bool:
        """Whether all the feed had has been played."""
        return self._feed.has_ended and self.played_us() >= self._device.fed_frames * 1_000_000 // self._feed.rate_hz

    def close(self) -> None:
        """Stop the device."""
        self._sink.stop()
        self._device.close()


def open_output(feed: SoundFeed, parent: QObject | None = None) -> SoundOutput:
    """Start playing a feed that is ready; NoSound where there is no device for it."""
    device = _default_device()
    from PySide6.QtMultimedia import QAudioFormat, QAudioSink

    form = QAudioFormat()
    form.setSampleRate(feed.rate_hz)
    form.setChannelCount(feed.channels)
    form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
    if not device.isFormatSupported(form):
        raise NoSound(f"the audio device does not play {feed.rate_hz} Hz")
    sink = QAudioSink(device, form, parent)
    sink.setBufferSize(round(BUFFER_S * feed.rate_hz) * feed.bytes_per_frame)
    source = FeedDevice(feed, sink)
    output = SoundOutput(sink, source, feed, parent)
    if sink.error().name != "NoError":  # its enumeration is QAudio in one release of Qt and QtAudio in the next
        output.close()
        raise NoSound("the audio device cannot be opened")
    return output


def _default_device() -> Any:
    # Where there is no sound server Qt warns; here that is an ordinary state, told to the person as such.
    previous = qInstallMessageHandler(_log_quietly)
    try:
        from PySide6.QtMultimedia import QMediaDevices

        device = QMediaDevices.defaultAudioOutput()
    except ImportError as error:
        raise NoSound("a sound library of the system is missing") from error
    finally:
        qInstallMessageHandler(previous)
    if device.isNull():
        raise NoSound("no audio device")
    return device


def _log_quietly(kind: Any, context: Any, message: str) -> None:
    log.info("Qt: %s", message)
