"""One open video and its decoder: frames in the order they are shown, from the start or from a key frame."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

from annodesk.errors import MediaError
from annodesk.media.containers import open_container, reading, require_file
from annodesk.media.picture import transparent_decoder

if TYPE_CHECKING:
    from av.codec.hwaccel import HWAccel
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_ATTACHED_PICTURE = 0x0400
# A damaged packet is passed over; so many in a row are a file that cannot be decoded.
_MOST_DAMAGED = 250


def moving_pictures(container: InputContainer) -> list[VideoStream]:
    """The streams of moving pictures, be there a decoder for them or not."""
    return [stream for stream in container.streams.video if not int(stream.disposition) & _ATTACHED_PICTURE]


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The first stream of moving pictures; a cover picture does not count."""
    for stream in moving_pictures(container):
        if stream.codec_context is None:  # no decoder knows the format
            raise MediaError(f"{path} holds pictures of a kind that cannot be decoded here.", "Convert it to H.264.")
        return stream
    raise MediaError(f"{path} has no pictures.", "Choose a video, or work on the sound.")


class FrameDecoder:
    """Iterates over decoded frames; ``start`` and ``start_at`` say from where. For one thread at a time.

    With ``card`` the graphics card decodes, or nothing does: it never gives way to the processor by itself.
    """

    def __init__(self, path: Path | str, *, keys_only: bool = False, card: HWAccel | None = None) -> None:
        self.path = require_file(path)
        self._keys_only, self._card = keys_only, card
        self._stack = contextlib.ExitStack()
        self._frames: Iterator[VideoFrame] = iter(())
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[VideoFrame]:
        return self

    def __next__(self) -> VideoFrame:
        with reading(self.path):
            return next(self._frames)

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        self._frames = iter(())
        self._stack.close()

    def start(self) -> None:
        """Go on from the first packet, by opening the file anew: not every format can seek there."""
        self.close()
        self._open()

    def start_at(self, pts: int, dts: int) -> bool:
        """Go on from the key frame with these timestamps; False where no seek leads to it.

        Containers seek by one or the other timestamp and may land behind the key frame, whence frames would decode
        without those they are made from: what comes before the key frame itself is not decoded.
        """
        for wanted in dict.fromkeys((pts, dts, min(pts, dts) - 1)):
            with reading(self.path):
                try:
                    self.container.seek(wanted, stream=self.stream, backward=True)
                except PermissionError:
                    continue  # FFmpeg's word for "cannot seek there"
                self._decoder.flush_buffers()
                packets = self.container.demux(self.stream)
                for packet in packets:
                    if not packet.is_keyframe or not packet.size:
                        continue
                    at = packet.pts if packet.pts is not None else packet.dts
                    if at == pts or packet.dts == dts:
                        self._frames = self._decode(itertools.chain((packet,), packets))
                        return True
                    if at is None or at > pts:
                        break
        self._frames = iter(())
        return False

    def _open(self) -> None:
        self.container: InputContainer = self._stack.enter_context(open_container(self.path, self._card))
        self.stream = video_stream(self.container, self.path)
        self._decoder: VideoCodecContext = transparent_decoder(self.stream) or self.stream.codec_context
        # Key frames alone come one at a time: threads would only have to be emptied each time.
        self._decoder.thread_type = "NONE" if self._keys_only else "AUTO"
        if self._keys_only:
            self._decoder.skip_frame = "NONKEY"
        self._frames = self._decode(self.container.demux(self.stream))

    def _decode(self, packets: Iterator[Packet[VideoStream]]) -> Iterator[VideoFrame]:
        import av

        damaged = 0
        for packet in packets:
            try:
                yield from self._decoder.decode(packet)
                damaged = 0
            except av.error.InvalidDataError:
                damaged += 1
                if damaged > _MOST_DAMAGED:
                    raise
