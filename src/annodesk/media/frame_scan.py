"""Makes the index of a video's frames: reads its packets, and asks the decoder whether they tell the truth."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.errors import MediaError
from annodesk.media.containers import open_container, origin_pts, reading, time_base
from annodesk.media.frame_decode import FrameDecoder, video_stream
from annodesk.media.frame_index import FrameIndex, Int64

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from annodesk.progress import CancelToken, Progress

_VP8_SHOWN = 0x10
# So many frames from the start are asked of the decoder.
_CHECKED_FRAMES = 48
# What a header claims beyond the last packet, before the file counts as broken off.
_MISSING_S = 1.0
_USUAL_RATE_HZ = 25


class _Packets(Struct):
    """What the packets say: frames in decoding order, and whether the file ends before its header says."""

    pts: list[int] = field(default_factory=list)
    dts: list[int] = field(default_factory=list)
    keys: list[tuple[int, int, int]] = field(default_factory=list)  # pts, dts, how many frames are shown before it
    end: int = 0
    is_timed: bool = True
    breaks_off: bool = False

    @property
    def frames(self) -> int:
        """How many frames are to be shown."""
        return len(self.pts)


def scan(path: Path, progress: Progress, cancel: CancelToken) -> FrameIndex:
    """The index of a file's first video; MediaError where no frame of it can be decoded."""
    with open_container(path) as container, reading(path):
        stream = video_stream(container, path)
        packets = _read_packets(container, stream, progress, cancel)
        tick_s, origin = time_base(stream), origin_pts(container, stream)
        rate_hz = Fraction(stream.average_rate or stream.base_rate or _USUAL_RATE_HZ)
        declared_s = (container.duration or 0) / 1_000_000
        is_matroska = "matroska" in container.format.name
    if not packets.frames:
        raise MediaError(f"{path} has no pictures that can be decoded.", "Convert it, or copy it again.")
    if is_matroska and not packets.breaks_off and packets.end * tick_s < declared_s - _MISSING_S:
        packets.breaks_off = _last_packet_s(path, cancel) < declared_s - _MISSING_S
    if packets.is_timed:
        checked = _checked(path, _of_packets(packets, tick_s, origin, rate_hz), cancel)
        if checked is not None:
            return checked
    return _counted(path, packets, tick_s, origin, rate_hz, progress, cancel)


def _read_packets(container: InputContainer, stream: VideoStream, progress: Progress, cancel: CancelToken) -> _Packets:
    import av

    found = _Packets()
    is_vp8 = stream.codec_context.name in {"vp8", "libvpx"}
    size = max(1, container.size)
    is_last_broken, is_counted = False, "mp4" in container.format.name
    n_packets = 0
    try:
        for packet in container.demux(stream):
            if not packet.size or (is_vp8 and not bytes(packet)[0] & _VP8_SHOWN):
                continue  # a reference picture that is never shown
            pts = packet.dts if packet.pts is None else packet.pts
            if pts is None:
                found.is_timed, pts = False, found.frames
            dts = pts if packet.dts is None else packet.dts
            if packet.is_keyframe:
                found.keys.append((pts, dts, found.frames))
            is_last_broken = packet.is_corrupt
            n_packets += 1
            if packet.is_discard:
                continue
            found.pts.append(pts)
            found.dts.append(dts)
            found.end = max(found.end, pts + (packet.duration or 0))
            if not found.frames % 500:
                cancel.check()
                progress(min(1.0, (packet.pos or 0) / size), "Finding the frames")
    except (av.error.FFmpegError, EOFError):
        if not found.frames:
            raise
        found.breaks_off = True
    found.breaks_off |= is_last_broken or (is_counted and n_packets < stream.frames)
    return found


def _last_packet_s(path: Path, cancel: CancelToken) -> float:
    """Where the last packet of any stream ends."""
    end_s = Fraction(0)
    with open_container(path) as container, reading(path):
        for packet in container.demux():
            cancel.check()
            if packet.pts is not None and packet.time_base:
                end_s = max(end_s, (packet.pts + (packet.duration or 0)) * packet.time_base)
    return float(end_s)


def _of_packets(packets: _Packets, tick_s: Fraction, origin: int, rate_hz: Fraction) -> FrameIndex:
    order = np.argsort(np.array(packets.pts, np.int64), kind="stable")
    pts = np.array(packets.pts, np.int64)[order]
    number_of = np.empty(order.size, np.int64)
    number_of[order] = np.arange(order.size)
    keys = sorted(packets.keys) or [(int(pts[0]), int(pts[0]), int(order[0]))]
    numbers = []
    for key_pts, _, place in keys:
        is_shown = place < order.size and packets.pts[place] == key_pts
        numbers.append(int(number_of[place]) if is_shown else int(np.searchsorted(pts, key_pts)))
    return FrameIndex(
        pts,
        np.array([key[0] for key in keys], np.int64),
        tick_s,
        origin,
        _end(pts, packets.end, tick_s, rate_hz),
        np.array([key[1] for key in keys], np.int64),
        np.array(numbers, np.int64),
        breaks_off=packets.breaks_off,
    )


def _end(pts: Int64, end: int, tick_s: Fraction, rate_hz: Fraction) -> int:
    """Where the last frame ends: as the packets say, else after a usual frame."""
    if end > pts[-1]:
        return end
    between = np.diff(pts)
    between = between[between > 0]
    usual = int(np.median(between)) if between.size else round(1 / (rate_hz * tick_s))
    return int(pts[-1]) + max(1, usual)


def _checked(path: Path, index: FrameIndex, cancel: CancelToken) -> FrameIndex | None:
    """The index without frames that cannot be decoded at its ends; None where the decoder tells other times."""
    with FrameDecoder(path) as decoder:
        head = [frame.pts for frame in islice(decoder, _CHECKED_FRAMES)]
    cancel.check()
    is_whole = len(head) < _CHECKED_FRAMES
    places = _places(head, index.pts)
    if places is None:
        return None
    last = places[-1] if is_whole else index.count - 1
    if index.breaks_off and not is_whole:
        key = index.key_of(max(0, index.count - _CHECKED_FRAMES))
        key_pts = int(index.keyframes[key])
        with FrameDecoder(path) as decoder:
            if not decoder.start_at(key_pts, int(index.key_dts[key])):
                decoder.start()
            tail = [frame.pts for frame in decoder if frame.pts is not None and frame.pts >= key_pts]
        found = _places(tail, index.pts)
        last = found[-1] if found else last
    return _part(index, places[0], last)


def _places(emitted: Sequence[int | None], pts: Int64) -> list[int] | None:
    """The number of each decoded frame; None where they are not among these timestamps in this order."""
    places: list[int] = []
    low = 0
    for at in emitted:
        if at is None:
            return None
        place = low + int(np.searchsorted(pts[low:], at))
        if place >= pts.size or pts[place] != at:
            return None
        places.append(place)
        low = place + 1
    return places or None


def _part(index: FrameIndex, first: int, last: int) -> FrameIndex:
    """The index of frames ``first`` to ``last`` alone."""
    if first == 0 and last == index.count - 1:
        return index
    end = index.end if last == index.count - 1 else int(index.pts[last + 1])
    held = index.key_numbers <= last
    # Of key frames from which nothing before ``first`` could be decoded, none is of use.
    held &= index.key_numbers >= first if bool((index.key_numbers == first).any()) else True
    keys = index.keyframes[held], index.key_dts[held], np.maximum(0, index.key_numbers[held] - first)
    is_cut = index.breaks_off or last < index.count - 1
    return replace(
        index,
        pts=index.pts[first : last + 1],
        keyframes=keys[0],
        key_dts=keys[1],
        key_numbers=keys[2],
        end=end,
        breaks_off=is_cut,
    )


def _counted(
    path: Path,
    packets: _Packets,
    tick_s: Fraction,
    origin: int,
    rate_hz: Fraction,
    progress: Progress,
    cancel: CancelToken,
) -> FrameIndex:
    """The index by decoding everything: frames by their number, times from the decoder, the packets or the rate."""
    emitted: list[int | None] = []
    key_numbers: list[int] = []
    with FrameDecoder(path) as decoder:
        for frame in decoder:
            if frame.key_frame:
                key_numbers.append(len(emitted))
            emitted.append(frame.pts)
            if not len(emitted) % 25:
                cancel.check()
                progress(min(1.0, len(emitted) / packets.frames), "Counting the frames")
    if not emitted:
        raise MediaError(f"{path} has no pictures that can be decoded.", "Convert it, or copy it again.")
    given = [at for at in emitted if at is not None]
    is_true = len(given) == len(emitted) and all(low < high for low, high in pairwise(given))
    can_seek = packets.is_timed and len(key_numbers) == len(packets.keys)
    if is_true:
        pts = np.array(given, np.int64)
    elif packets.is_timed and packets.frames == len(emitted):
        pts = np.sort(np.array(packets.dts, np.int64))
    else:
        pts = np.array([origin + round(n / (rate_hz * tick_s)) for n in range(len(emitted))], np.int64)
    if not can_seek:
        key_numbers = [0]
    key_dts = [dts for _, dts, _ in packets.keys] if can_seek else [int(pts[0])]
    numbers = np.array(key_numbers, np.int64)
    return FrameIndex(
        pts,
        pts[numbers],
        tick_s,
        origin,
        _end(pts, 0, tick_s, rate_hz),
        np.array(key_dts, np.int64),
        numbers,
        is_counted=not is_true,
        breaks_off=packets.breaks_off,
    )
