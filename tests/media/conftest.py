"""Recordings made once per run: one known sound in every format that this machine can write."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

RATE_HZ = 44100
SECONDS = 14


@pytest.fixture(scope="session")
def known_sound() -> NDArray[np.float32]:
    """Fourteen seconds (2, n): tones that never repeat, in 50 ms steps of loudness; quieter on the right."""
    rng = np.random.default_rng(5)
    t = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    steps = np.repeat(rng.uniform(0.1, 0.9, SECONDS * 20), RATE_HZ // 20)
    left = steps * np.sin(2 * np.pi * (200 + 40 * t) * t)
    right = 0.5 * steps[::-1] * np.sin(2 * np.pi * (900 - 20 * t) * t)
    return np.stack([left, right]).astype(np.float32)


@pytest.fixture(scope="session")
def recordings(known_sound: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The known sound by format name."""
    folder = tmp_path_factory.mktemp("recordings")
    made: dict[str, Path] = {}
    by_soundfile = {
        "wav-8": ("WAV", "PCM_U8"),
        "wav-16": ("WAV", "PCM_16"),
        "wav-24": ("WAV", "PCM_24"),
        "wav-32": ("WAV", "PCM_32"),
        "wav-float": ("WAV", "FLOAT"),
        "rf64": ("RF64", "PCM_16"),
        "flac": ("FLAC", "PCM_16"),
        "mp3": ("MP3", "MPEG_LAYER_III"),
        "vorbis": ("OGG", "VORBIS"),
        "opus": ("OGG", "OPUS"),
    }
    for name, (kind, subtype) in by_soundfile.items():
        rate_hz = 48000 if subtype == "OPUS" else RATE_HZ
        made[name] = folder / f"{name}.{'opus' if name == 'opus' else kind.lower()}"
        with soundfile.SoundFile(made[name], "w", rate_hz, 2, subtype, format=kind) as file:
            # In pieces: libsndfile's Vorbis encoder overflows its stack on one long write.
            for block in np.array_split(known_sound.T, 50):
                file.write(block)
    by_av = {"m4a": "aac", "mka": "flac", "webm": "libopus", "mkv-aac": "aac"}
    for name, codec in by_av.items():
        made[name] = folder / f"{name}.{'mkv' if name.startswith('mk') else name}"
        _encode(made[name], codec, known_sound)
    return made


def _encode(path: Path, codec: str, samples: NDArray[np.float32]) -> None:
    rate_hz = 48000 if codec == "libopus" else RATE_HZ
    with av.open(str(path), "w") as container:
        options = {"aac_pns": "0"} if codec == "aac" else {}  # noise that a decoder makes up differs after a seek
        stream = container.add_stream(codec, rate=rate_hz, layout="stereo", options=options)
        wanted = stream.codec_context.format.name if stream.codec_context.format else "fltp"
        resampler = av.AudioResampler(format=wanted, layout="stereo", rate=rate_hz)
        for start in range(0, samples.shape[1], 1 << 14):
            part = np.ascontiguousarray(samples[:, start : start + (1 << 14)])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.rate, frame.pts = rate_hz, start
            for ready in resampler.resample(frame):
                for packet in stream.encode(ready):
                    container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
