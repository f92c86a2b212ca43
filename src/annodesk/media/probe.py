"""What a media file holds: streams, durations and rates, and the hash of its content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from annodesk.errors import MediaError
from annodesk.media.cache import quick_print
from annodesk.media.container_audio import is_decodable, packet_samples, unknown_encoding
from annodesk.media.containers import LONGEST_S, open_container, reading, require_file, require_possible
from annodesk.media.decode import audible_frames, open_soundfile
from annodesk.media.frame_decode import moving_pictures, video_stream
from annodesk.media.frames import FrameIndex
from annodesk.model.items import AudioInfo, MediaInfo, VideoInfo
from annodesk.progress import CancelToken, Progress, silent

if TYPE_CHECKING:
    import soundfile
    from av.container import InputContainer

__all__ = ["content_hash", "probe", "quick_print"]

_HASH_BLOCK_BYTES = 1 << 22

_CODECS = {
    "PCM_S8": "pcm_s8",
    "PCM_U8": "pcm_u8",
    "PCM_16": "pcm_s16",
    "PCM_24": "pcm_s24",
    "PCM_32": "pcm_s32",
    "FLOAT": "pcm_f32",
    "DOUBLE": "pcm_f64",
    "ULAW": "pcm_mulaw",
    "ALAW": "pcm_alaw",
    "MPEG_LAYER_III": "mp3",
    "MPEG_LAYER_II": "mp2",
    "MPEG_LAYER_I": "mp1",
}


def probe(path: Path | str) -> MediaInfo:
    """The audio and video streams of a file and how long it is; MediaError where it is none or is damaged."""
    found = require_file(path)
    opened = open_soundfile(found)
    if opened is not None:
        return _of_soundfile(found, opened)
    return _of_container(found)


def content_hash(path: Path | str, progress: Progress = silent, cancel: CancelToken | None = None) -> str:
    """The sha256 of the whole file, in hex; read in blocks, told and stoppable between them."""
    found = require_file(path)
    digest, done, size = hashlib.sha256(), 0, max(1, found.stat().st_size)
    try:
        with found.open("rb") as file:
            while block := file.read(_HASH_BLOCK_BYTES):
                if cancel:
                    cancel.check()
                digest.update(block)
                done += len(block)
                progress(min(1.0, done / size), "Checksum")
    except OSError as error:
        raise MediaError(f"{found} cannot be read: {error.strerror}.", "Check the disk and its cable.") from error
    return digest.hexdigest()


def _of_soundfile(path: Path, opened: soundfile.SoundFile) -> MediaInfo:
    with opened:
        codec = _CODECS.get(opened.subtype, opened.subtype.lower())
        if codec.startswith(("pcm_s16", "pcm_s24", "pcm_s32", "pcm_f")) and opened.format in (
            "WAV",
            "RF64",
            "W64",
            "WAVEX",
        ):
            codec += "le"
        if opened.format == "FLAC":
            codec = "flac"
        if opened.samplerate <= 0 or opened.channels <= 0:
            raise MediaError(f"{path} has a damaged header.", "Copy the recording again from where it came.")
        samples = require_possible(path, audible_frames(opened), opened.samplerate)
        audio = AudioInfo(codec, opened.samplerate, opened.channels, samples)
    return MediaInfo(_duration_us(samples, audio.rate_hz), (audio,), ())


def _of_container(path: Path) -> MediaInfo:
    audio: list[AudioInfo] = []
    video: list[VideoInfo] = []
    end_us, is_unknown = 0, False
    with open_container(path) as container, reading(path):
        n_audio = len(container.streams.audio)
        has_video = _has_video(container, path)
        if has_video:
            stream = video_stream(container, path)
            index = FrameIndex.of(path)
            context = stream.codec_context
            video.append(
                VideoInfo(
                    context.name, context.width, context.height, index.count, index.time_us(0), index.is_variable_rate
                )
            )
            end_us = index.end_us
            if not 0 <= end_us <= LONGEST_S * 1_000_000:
                raise MediaError(f"{path} has damaged timestamps.", "Convert it, or copy it again.")
    for number in range(n_audio):
        with open_container(path) as container, reading(path):
            sound = container.streams.audio[number]
            if not is_decodable(sound):
                is_unknown = True
                continue
            rate_hz = int(sound.rate or 0)
            if rate_hz <= 0 or not sound.channels:
                continue
            samples = require_possible(path, packet_samples(container, sound, rate_hz), rate_hz)
            audio.append(AudioInfo(sound.codec_context.name, rate_hz, int(sound.channels or 0), samples))
            end_us = max(end_us, _duration_us(samples, rate_hz))
    if is_unknown and not audio and not video:
        raise unknown_encoding(path)
    if not audio and not video:
        raise MediaError(f"{path} has neither sound nor moving pictures.", "Give an audio or video file.")
    return MediaInfo(end_us, tuple(audio), tuple(video))


def _has_video(container: InputContainer, path: Path) -> bool:
    try:
        video_stream(container, path)
    except MediaError:
        if moving_pictures(container) and not container.streams.audio:
            raise
        return False
    return True


def _duration_us(samples: int, rate_hz: int) -> int:
    return round(samples * 1_000_000 / rate_hz)
