"""Synthesises labelled sounds: speech, music, adverts, noise and silence, each different for every seed.

The demo recordings and the training clips of the embedded model both come from here. The demo uses the voices in
DEMO_VOICES and seeds from DEMO_FIRST_SEED on; training uses TRAIN_VOICES and smaller seeds, so that nothing the demo
plays was ever trained on. Speech needs espeak-ng; everything else is numpy and scipy.

Every function returns float32, mono, (n,), at RATE_HZ, full scale -1.0 to 1.0.
"""

from __future__ import annotations

import subprocess

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Samples = NDArray[np.float32]

RATE_HZ = 22050
LABELS = ("speech", "music", "advert", "silence", "noise")
DEMO_FIRST_SEED = 9000
DEMO_VOICES = ("en-gb+f3", "en-us+m4", "en-gb-scotland+m6")
TRAIN_VOICES = tuple(
    f"{accent}+{variant}"
    for accent in ("en-gb", "en-us", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029")
    for variant in ("m1", "m2", "m3", "m5", "m7", "m8", "f1", "f2", "f4", "f5")
)

ARTISTS = ("Mara Quill", "The Paper Lanterns", "Otis Fenn", "Low Harbour", "Anja Brandt", "Tin Cathedral", "Rua Nova")
TRACKS = ("Slow Ferry", "Copper Wire", "Nine Winters", "Glass Orchard", "Left at the Bridge", "Salt and Honey")
PLACES = ("Lisbon", "Leith", "Gothenburg", "Recife", "Galway", "Porto", "Bergen", "the old fish market")

_SPEECH_LINES = (
    "Welcome back. Today we talk about {artist}, who recorded {track} in a kitchen in {place}.",
    "I first heard {track} on a night bus through {place}, and I did not know who was singing.",
    "Well, {artist} never plays the same set twice, so you have to listen closely.",
    "The drums on {track} were done in one take, in a stairwell, with the door open.",
    "We spoke to {artist} about leaving {place}, and about writing songs when nobody is waiting for them.",
    "People ask me why the record is so quiet. I think it is because {place} is quiet in the winter.",
    "There is a line in {track} that I still do not understand, and I have stopped asking.",
    "So what happened after the tour? You went back to {place}, and then?",
    "It took two years, three studios and one broken piano before {track} was finished.",
    "That is a fair question. I would say that {artist} changed how we listen to small rooms.",
)
_ADVERT_LINES = (
    "Tired of waiting? Get {product} today and save thirty percent! Only this week! Go to {site} now!",
    "This show is brought to you by {product}. Fresh, fast, and made for you. Order now at {site}!",
    "Do not miss it! {product} is back, bigger and better than ever. Call now, or visit {site}!",
    "Want more from your morning? Try {product}, free for thirty days! Use the code SOUND at {site}!",
    "New! New! New! {product}, now with double the flavour and half the price. Only at {site}!",
)
_PRODUCTS = ("Brightwell Coffee", "Zoom Noodles", "Sleepwell mattresses", "Fizzy Peach", "Quickparcel", "Tidy Box")
_SITES = ("brightwell dot com", "zoom noodles dot com", "sleepwell dot net", "fizzy peach dot com", "tidy box dot com")

_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10), "dorian": (0, 2, 3, 5, 7, 9, 10)}
_PROGRESSIONS = ((0, 3, 4, 0), (0, 4, 5, 3), (5, 3, 0, 4), (0, 5, 3, 4), (0, 2, 3, 3), (1, 4, 0, 0))


def speech(text: str, voice: str = "en-gb", rate: int = 165, pitch: int = 50) -> Samples:
    """What espeak-ng says; ``rate`` in words a minute, ``pitch`` 0 to 99. Silence at both ends is trimmed."""
    command = ["espeak-ng", "-v", voice, "-s", str(rate), "-p", str(pitch), "--stdin", "--stdout"]
    answer = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    # The streamed header claims 2 GB; the samples are simply what follows its 44 bytes.
    said = np.frombuffer(answer.stdout[44:], "<i2").astype(np.float32) / 32768
    loud = np.flatnonzero(np.abs(said) > 0.003)
    return _levelled(said[loud[0] : loud[-1] + 1] if loud.size else said, -20.0)


def speech_text(seed: int) -> str:
    """One sentence of a music podcast, naming an artist, a track or a place."""
    rng = np.random.default_rng([seed, 1])
    return _filled(rng.choice(_SPEECH_LINES), rng)


def advert_text(seed: int) -> str:
    """What an announcer shouts."""
    rng = np.random.default_rng([seed, 2])
    return _filled(rng.choice(_ADVERT_LINES), rng)


def music(seed: int, seconds: float) -> Samples:
    """A piece in a random key, tempo, metre of instruments and progression; sometimes bare drums or one instrument."""
    rng = np.random.default_rng([seed, 3])
    n = round(seconds * RATE_HZ)
    beat_s = 60 / rng.uniform(70, 165)
    root = rng.integers(40, 56)
    scale = _SCALES[str(rng.choice(list(_SCALES)))]
    progression = _PROGRESSIONS[rng.integers(len(_PROGRESSIONS))]
    parts = rng.random(5) < (0.6, 0.65, 0.6, 0.6, 0.45)
    if not parts[:4].any():
        parts[rng.integers(4)] = True
    out = np.zeros(n + RATE_HZ * 3, np.float32)
    instruments = rng.integers(len(_INSTRUMENTS), size=4)
    swing = rng.uniform(0, 0.12) * beat_s
    for beat in range(int(seconds / beat_s) + 1):
        at = beat * beat_s
        chord = progression[(beat // 4) % len(progression)]
        if parts[0] and beat % 4 == 0:
            for k in (0, 2, 4):
                _put(out, at, 0.22 * _note(instruments[0], _pitch(root + 12, scale, chord + k), 4 * beat_s, rng))
        if parts[1] and (beat % 2 == 0 or rng.random() < 0.3):
            _put(out, at, 0.4 * _note(instruments[1], _pitch(root - 12, scale, chord), 1.2 * beat_s, rng))
        if parts[2]:
            for half in (0.0, 0.5):
                if rng.random() < 0.65:
                    step = chord + int(rng.choice((0, 1, 2, 4, 5, 7)))
                    note = _note(instruments[2], _pitch(root + 12, scale, step), beat_s * rng.uniform(0.5, 1.5), rng)
                    _put(out, at + half * beat_s + (swing if half else 0), 0.35 * note)
        if parts[3]:
            for third in range(4):
                note = _note(instruments[3], _pitch(root + 24, scale, chord + (0, 2, 4, 2)[third]), 0.5 * beat_s, rng)
                _put(out, at + third * beat_s / 4, 0.15 * note)
        if parts[4]:
            _drums(out, at, beat, beat_s, rng)
    out = out[:n]
    if rng.random() < 0.5:
        out = _reverb(out, rng)
    return _faded(_levelled(out, rng.uniform(-26, -14)), 0.02)


def advert(
    seed: int, seconds: float | None = None, voice: str = "en-gb-scotland+m6", text: str | None = None
) -> Samples:
    """An announcer, fast and bright, over a jingle between two stings; ``seconds`` long, or as the text needs."""
    rng = np.random.default_rng([seed, 4])
    said = speech(text or advert_text(seed), voice, int(rng.integers(190, 240)), int(rng.integers(55, 90)))
    said = _compressed(_levelled(said, -16.0))
    lead = rng.uniform(0.25, 0.7)
    length = seconds or lead + said.size / RATE_HZ + 0.5
    bed = _jingle(rng, length)
    bed = _levelled(bed, -16.0 - rng.uniform(4, 14))
    out = np.zeros(round(length * RATE_HZ), np.float32)
    out += bed[: out.size]
    k = round(lead * RATE_HZ)
    while k < out.size:
        part = said[: out.size - k]
        out[k : k + part.size] += part
        k += said.size + round(rng.uniform(0.2, 0.4) * RATE_HZ)
    for at in (0.0, max(0.0, length - 0.6)):
        _put(out, at, 0.2 * _note(2, 84 + int(rng.integers(0, 8)), 0.5, rng))
    return _faded(_levelled(out, rng.uniform(-19, -12)), 0.01)


def noise(seed: int, seconds: float) -> Samples:
    """Something that is neither speech nor music: hiss, rumble, hum, wind, rain, a crowd, traffic or a machine."""
    rng = np.random.default_rng([seed, 5])
    n = round(seconds * RATE_HZ)
    makers = (_coloured, _hum, _wind, _rain, _crowd, _traffic, _machine)
    out = makers[rng.integers(len(makers))](rng, n)
    if rng.random() < 0.3:
        out = _levelled(out, -20) + 0.5 * _levelled(_coloured(rng, n), -20)
    return _faded(_levelled(out, rng.uniform(-36, -14)), 0.01)


def silence(seed: int, seconds: float) -> Samples:
    """Digital silence, or the faint hiss and hum of a quiet room (-85 to -62 dB)."""
    rng = np.random.default_rng([seed, 6])
    n = round(seconds * RATE_HZ)
    if rng.random() < 0.25:
        return np.zeros(n, np.float32)
    room = _coloured(rng, n) + (0.3 * _hum(rng, n) if rng.random() < 0.4 else 0)
    return _levelled(room, rng.uniform(-85, -62))


def clip(label: str, seed: int, seconds: float, voices: tuple[str, ...] = TRAIN_VOICES) -> Samples:
    """A labelled clip of exactly ``seconds`` with the level, room and background of this seed."""
    rng = np.random.default_rng([seed, 7])
    n = round(seconds * RATE_HZ)
    voice = str(rng.choice(voices))
    if label == "music":
        out = music(seed, seconds)
    elif label == "noise":
        out = noise(seed, seconds)
    elif label == "silence":
        return silence(seed, seconds)
    elif label == "advert":
        out = advert(seed, None if rng.random() < 0.5 else seconds, voice)
    elif label == "speech":
        rate, pitch = int(rng.integers(130, 200)), int(rng.integers(20, 80))
        pieces = []
        while sum(piece.size for piece in pieces) < n:
            pieces += [speech(speech_text(seed * 31 + len(pieces)), voice, rate, pitch)]
            pieces += [np.zeros(round(rng.uniform(0.1, 0.6) * RATE_HZ), np.float32)]
        out = np.concatenate(pieces)
        start = int(rng.integers(0, max(1, out.size - n)))
        out = _levelled(out[start : start + n], rng.uniform(-30, -16))
    else:
        raise ValueError(f"{label!r} is none of {', '.join(LABELS)}")
    start = int(rng.integers(0, max(1, out.size - n)))
    out = np.pad(out[start : start + n], (0, max(0, n - out.size)))
    if label in ("speech", "advert") and rng.random() < 0.3:
        out = _reverb(out, rng, seconds=0.25)
    if rng.random() < 0.4:
        out = out + _levelled(_coloured(rng, n), _level_db(out) - rng.uniform(18, 40))
    return _faded(np.clip(out, -1, 1).astype(np.float32), 0.005)


def _filled(line: str, rng: np.random.Generator) -> str:
    names = {"artist": ARTISTS, "track": TRACKS, "place": PLACES, "product": _PRODUCTS, "site": _SITES}
    return str(line).format(**{key: rng.choice(values) for key, values in names.items()})


def _level_db(x: NDArray[np.floating]) -> float:
    return float(10 * np.log10(np.mean(np.square(x, dtype=np.float64)) + 1e-12)) if x.size else -120.0


def _levelled(x: NDArray[np.floating], level_db: float) -> Samples:
    """The same sound at an RMS level, pulled down where its peaks would clip."""
    gain = 10 ** ((level_db - _level_db(x)) / 20)
    peak = float(np.abs(x).max()) if x.size else 0.0
    return (x * min(gain, 0.98 / peak if peak else gain)).astype(np.float32)


def _faded(x: Samples, seconds: float) -> Samples:
    k = min(round(seconds * RATE_HZ), x.size // 2)
    if k:
        ramp = np.linspace(0, 1, k, dtype=np.float32)
        x = x.copy()
        x[:k] *= ramp
        x[-k:] *= ramp[::-1]
    return x


def _put(out: NDArray[np.float32], at_s: float, sound: NDArray[np.floating]) -> None:
    start = round(at_s * RATE_HZ)
    part = sound[: max(0, out.size - start)]
    out[start : start + part.size] += part


def _pitch(root: int, scale: tuple[int, ...], step: int) -> float:
    return float(root + 12 * (step // 7) + scale[step % 7])


def _partials(hz: float, n: int, weights: NDArray[np.floating], detune: float = 0.0) -> NDArray[np.float64]:
    t = np.arange(n) / RATE_HZ
    out = np.zeros(n)
    for k, weight in enumerate(weights, start=1):
        if k * hz < RATE_HZ * 0.45:
            out += weight * np.sin(2 * np.pi * k * hz * (1 + detune * k) * t)
    return out


def _organ(hz: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return _partials(hz, n, np.array([1, 0.7, 0.4, 0.3, 0.1, 0.2])) * _envelope(n, 0.02, 0.9)


def _pluck(hz: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    t = np.arange(n) / RATE_HZ
    out = np.zeros(n)
    for k in range(1, 9):
        if k * hz < RATE_HZ * 0.45:
            out += np.exp(-t * (1.5 + k * 1.3)) / k * np.sin(2 * np.pi * k * hz * t * (1 + 0.0002 * k * k))
    return out


def _bell(hz: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    t = np.arange(n) / RATE_HZ
    return np.exp(-3 * t) * np.sin(2 * np.pi * hz * t + 2.5 * np.exp(-5 * t) * np.sin(2 * np.pi * 3.5 * hz * t))


def _saw(hz: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    both = _partials(hz, n, 1 / np.arange(1, 14) ** 1.3) + _partials(hz * 1.006, n, 1 / np.arange(1, 14) ** 1.3)
    return 0.5 * both * _envelope(n, 0.08, 0.8)


def _flute(hz: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    t = np.arange(n) / RATE_HZ
    vibrato = 0.004 * np.sin(2 * np.pi * 5.2 * t) * hz / 5.2
    breath = 0.03 * rng.standard_normal(n)
    tone = np.sin(2 * np.pi * (hz * t + vibrato)) + 0.25 * np.sin(4 * np.pi * (hz * t + vibrato))
    return (tone + breath) * _envelope(n, 0.06, 0.85)


_INSTRUMENTS = (_organ, _pluck, _bell, _saw, _flute)


def _envelope(n: int, attack_s: float, hold: float) -> NDArray[np.float64]:
    attack, release = max(1, min(n, round(attack_s * RATE_HZ))), max(1, round(n * (1 - hold)))
    envelope = np.ones(n)
    envelope[:attack] = np.linspace(0, 1, attack)
    envelope[n - release :] *= np.linspace(1, 0, release)
    return envelope


def _note(instrument: int, pitch: float, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    n = max(64, round(seconds * RATE_HZ))
    return _INSTRUMENTS[instrument](440 * 2 ** ((pitch - 69) / 12), n, rng) * rng.uniform(0.7, 1.0)


def _drums(out: NDArray[np.float32], at: float, beat: int, beat_s: float, rng: np.random.Generator) -> None:
    n = RATE_HZ // 4
    t = np.arange(n) / RATE_HZ
    if beat % 2 == 0:
        _put(out, at, 0.7 * np.exp(-9 * t) * np.sin(2 * np.pi * (50 * t + 5 * (1 - np.exp(-30 * t)))))
    else:
        _put(out, at, 0.35 * np.exp(-18 * t) * (rng.standard_normal(n) + np.sin(2 * np.pi * 190 * t)))
    for half in (0.0, 0.5):
        hat = np.diff(rng.standard_normal(n + 1)) * np.exp(-60 * t)
        _put(out, at + half * beat_s, 0.07 * hat)


def _jingle(rng: np.random.Generator, seconds: float) -> Samples:
    """A bright, busy loop in major, the bed of an advert."""
    beat_s = 60 / rng.uniform(115, 150)
    root, motif = int(rng.integers(55, 66)), rng.integers(0, 8, 8)
    lead = int(rng.choice((1, 2, 3)))
    out = np.zeros(round((seconds + 2) * RATE_HZ), np.float32)
    for beat in range(int(seconds / beat_s) + 1):
        chord = (0, 3, 4, 0)[(beat // 4) % 4]
        _put(out, beat * beat_s, 0.4 * _note(1, _pitch(root - 12, _SCALES["major"], chord), beat_s, rng))
        for half in (0, 1):
            step = chord + int(motif[(2 * beat + half) % 8])
            note = _note(lead, _pitch(root + 12, _SCALES["major"], step), beat_s * 0.6, rng)
            _put(out, (beat + half / 2) * beat_s, 0.3 * note)
        _drums(out, beat * beat_s, beat, beat_s, rng)
    return out[: round(seconds * RATE_HZ)]


def _compressed(x: Samples) -> Samples:
    return np.tanh(2.2 * x / (np.abs(x).max() + 1e-9)).astype(np.float32) * 0.6


def _reverb(x: Samples, rng: np.random.Generator, seconds: float = 0.8) -> Samples:
    n = round(seconds * RATE_HZ)
    room = rng.standard_normal(n) * np.exp(-np.arange(n) / RATE_HZ * rng.uniform(5, 9) / seconds)
    wet = signal.fftconvolve(x, room)[: x.size]
    return (x + rng.uniform(0.1, 0.35) * wet / (np.abs(wet).max() + 1e-9) * np.abs(x).max()).astype(np.float32)


def _coloured(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Noise whose power falls with frequency to the power 0 (white) to 2 (brown)."""
    spectrum = np.fft.rfft(rng.standard_normal(max(n, 2)))
    frequency = np.arange(spectrum.size)
    spectrum /= np.maximum(frequency, 20) ** (rng.uniform(0, 2) / 2)
    return np.fft.irfft(spectrum, max(n, 2))[:n] * 30


def _band(x: NDArray[np.float64], low_hz: float, high_hz: float) -> NDArray[np.float64]:
    return signal.sosfilt(signal.butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos"), x)


def _slow(rng: np.random.Generator, n: int, rate_hz: float) -> NDArray[np.float64]:
    """A random curve between 0 and 1 that turns about ``rate_hz`` times a second."""
    knots = max(4, int(n / RATE_HZ * rate_hz) + 3)
    return np.interp(np.linspace(0, knots - 1, n), np.arange(knots), rng.random(knots))


def _hum(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    hz = float(rng.choice((50.0, 60.0))) * rng.uniform(0.99, 1.01)
    return _partials(hz, n, rng.random(8) / np.arange(1, 9)) + 0.1 * rng.standard_normal(n) * rng.random()


def _wind(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    gusts = _slow(rng, n, 0.7) ** 2 + 0.05
    return gusts * _band(rng.standard_normal(n), 60, rng.uniform(300, 900)) + 0.05 * gusts * _coloured(rng, n)


def _rain(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    drops = rng.standard_normal(n) * (rng.random(n) < rng.uniform(20, 400) / RATE_HZ)
    ring = np.exp(-np.arange(200) / 40) * rng.standard_normal(200)
    return signal.fftconvolve(drops, ring)[:n] + 0.15 * _band(rng.standard_normal(n), 500, 9000)


def _crowd(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Many voices at once, none to be understood: speech-shaped bands that come and go at the pace of syllables."""
    out = np.zeros(n)
    for _ in range(int(rng.integers(8, 16))):
        buzz = signal.sawtooth(2 * np.pi * np.cumsum(rng.uniform(90, 240) * (1 + 0.1 * _slow(rng, n, 3))) / RATE_HZ)
        source = 0.3 * buzz + rng.standard_normal(n)
        centre = rng.uniform(300, 2200)
        out += _slow(rng, n, 4) ** 3 * _band(source, centre * 0.7, centre * 1.4)
    return out


def _traffic(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    t = np.arange(n) / RATE_HZ
    out = 0.2 * _band(rng.standard_normal(n), 40, 400)
    for at in rng.uniform(0, n / RATE_HZ, max(1, int(n / RATE_HZ / 2))):
        passing = np.exp(-(((t - at) / rng.uniform(0.4, 1.2)) ** 2))
        out += passing * _band(rng.standard_normal(n), 80, rng.uniform(800, 3000))
    return out


def _machine(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """A motor: rough harmonics of a wandering low rate, with rattle."""
    phase = np.cumsum(rng.uniform(18, 110) * (1 + 0.15 * _slow(rng, n, 0.8))) / RATE_HZ
    rough = signal.sawtooth(2 * np.pi * phase) + 0.6 * rng.standard_normal(n) * (0.5 + 0.5 * np.sin(2 * np.pi * phase))
    return _band(rough, 50, rng.uniform(1500, 6000))
