"""Makes the recordings under resources/demo: a podcast with its transcript, a trailer with cuts, and ten short clips.

Run once; its output is committed. The same seeds give the same sounds (with the same espeak-ng): voices and seeds are
those kept out of training, see demo_sounds.py. What was placed where is written to truth.json, the truth that accuracy
is measured against.

    python packaging/make_demo_media.py [--into DIR]
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path

import av
import demo_sounds as sounds
import numpy as np
import soundfile
from demo_sounds import RATE_HZ, Samples
from numpy.typing import NDArray

HOST, GUEST, ANNOUNCER = sounds.DEMO_VOICES

# label, seconds (None: as long as the text), voice, text; {artist}, {track} and {place} mark the spans of the truth.
PODCAST: tuple[tuple[str, float | None, str, str], ...] = (
    ("music", 7.0, "", ""),
    ("speech", None, HOST, "Hello, welcome to Small Rooms. I am in [place:Leith] today, to meet [artist:Mara Quill]."),
    ("speech", None, GUEST, "Thank you for coming all the way up. It rained on you, I think. It always does."),
    ("silence", 2.0, "", ""),
    ("speech", None, HOST, "Your new record begins with [track:Slow Ferry]. Where was that song written?"),
    ("music", 9.0, "", ""),
    ("speech", None, GUEST, "On the night boat to [place:Bergen]. [artist:Otis Fenn] played the drums on a suitcase."),
    ("noise", 6.0, "", ""),
    ("advert", None, ANNOUNCER, "This show is brought to you by Brightwell Coffee! Fresh, fast, and made for you. "
     "Order now at brightwell dot com!"),
    ("silence", 1.5, "", ""),
    ("speech", None, HOST, "And we are back. Let us hear [track:Copper Wire], recorded in [place:Lisbon]."),
    ("music", 8.0, "", ""),
    ("noise", 4.0, "", ""),
    ("speech", None, GUEST, "That was the first take. We never managed a second one. Good night, [place:Leith]."),
    ("silence", 1.2, "", ""),
    ("music", 6.0, "", ""),
)  # fmt: skip

CLIPS = (
    ("speech", 4.2),
    ("noise", 5.0),
    ("music", 6.5),
    ("advert", 7.4),
    ("silence", 3.0),
    ("music", 4.0),
    ("speech", 5.6),
    ("advert", 6.2),
    ("noise", 3.6),
    ("silence", 3.4),
)

WIDTH_PX, HEIGHT_PX, FRAMES_PER_SECOND = 320, 180, 25
SCENE_FRAMES = (60, 45, 70, 30, 55, 40)

Picture = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=Path(__file__).resolve().parent.parent / "resources" / "demo")
    into: Path = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    truth: dict[str, object] = {"labels": list(sounds.LABELS)}
    truth["podcast.flac"], text, spans = make_podcast(into / "podcast.flac")
    (into / "podcast.txt").write_text(text)
    truth["podcast.txt"] = {"spans": spans}
    truth["trailer.mp4"] = make_trailer(into / "trailer.mp4")
    for number, (label, seconds) in enumerate(CLIPS, start=1):
        name = f"clip-{number:02}.flac"
        clip = sounds.clip(label, sounds.DEMO_FIRST_SEED + 100 + number, seconds, sounds.DEMO_VOICES)
        _write(into / name, clip)
        truth[name] = {"duration_us": _us(clip.size), "segments": [_segment(0, clip.size, label)]}
    (into / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    total = sum(path.stat().st_size for path in into.iterdir())
    print(f"{into}: {len(CLIPS) + 2} recordings, {total / 1e6:.1f} MB")


def make_podcast(path: Path) -> tuple[dict[str, object], str, list[dict[str, object]]]:
    """Write the podcast; gives its true segments, the transcript, and the transcript's true spans."""
    pieces: list[Samples] = []
    segments: list[dict[str, object]] = []
    text, spans = "", []
    at = 0
    for number, (label, seconds, voice, line) in enumerate(PODCAST):
        seed = sounds.DEMO_FIRST_SEED + number
        said, marked = _without_marks(line)
        if label == "speech":
            piece = sounds.speech(said, voice, 160, 45 if voice == HOST else 35)
        elif label == "advert":
            piece = sounds.advert(seed, None, voice, said)
        else:
            maker = {"music": sounds.music, "noise": sounds.noise, "silence": sounds.silence}[label]
            piece = maker(seed, seconds or 1.0)
        if said:
            spans += [span | {"start": span["start"] + len(text), "end": span["end"] + len(text)} for span in marked]
            text += said + "\n"
        pieces.append(piece)
        segments.append(_segment(at, at + piece.size, label) | ({"text": said} if said else {}))
        at += piece.size
    _write(path, np.concatenate(pieces))
    return {"duration_us": _us(at), "segments": segments}, text, spans


def make_trailer(path: Path) -> dict[str, object]:
    """Write the trailer: six scenes with hard cuts, music, then an advert; gives its true cuts and segments."""
    n_frames = sum(SCENE_FRAMES)
    n = round(n_frames / FRAMES_PER_SECOND * RATE_HZ)
    music = sounds.music(sounds.DEMO_FIRST_SEED + 60, 5.2)
    advert = sounds.advert(sounds.DEMO_FIRST_SEED + 61, n / RATE_HZ - 5.2, ANNOUNCER, "Small Rooms. The film. Soon!")
    sound = np.concatenate([music, advert])[:n]
    with av.open(str(path), "w") as container:
        video = container.add_stream(
            "libx264", rate=FRAMES_PER_SECOND, options={"crf": "26", "g": "50", "threads": "1"}
        )
        video.width, video.height, video.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        audio = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        audio.codec_context.bit_rate = 64_000
        number = 0
        for scene, frames in enumerate(SCENE_FRAMES):
            for step in range(frames):
                frame = av.VideoFrame.from_ndarray(_picture(scene, step), format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
                container.mux(video.encode(frame))
                number += 1
        container.mux(video.encode(None))
        for start in range(0, sound.size, 1024):
            block = av.AudioFrame.from_ndarray(sound[None, start : start + 1024].copy(), format="fltp", layout="mono")
            block.rate, block.pts, block.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))
    cuts = np.cumsum(SCENE_FRAMES)[:-1]
    return {
        "duration_us": round(n_frames * 1_000_000 / FRAMES_PER_SECOND),
        "cuts": [{"frame": int(cut), "time_us": int(cut) * 1_000_000 // FRAMES_PER_SECOND} for cut in cuts],
        "segments": [_segment(0, music.size, "music"), _segment(music.size, sound.size, "advert")],
    }


def _picture(scene: int, step: int) -> Picture:
    """One frame of a scene, (height, width, 3): six motifs in six colours, each moving in its own way."""
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX]
    colour = np.array(((230, 120, 60), (60, 110, 200), (240, 220, 180), (90, 60, 120), (60, 150, 110), (20, 20, 30)))
    paper = np.array(((40, 30, 60), (230, 230, 215), (150, 40, 50), (240, 200, 90), (15, 40, 50), (235, 90, 70)))
    if scene == 0:
        mask = np.hypot(x - 60 - 3 * step, y - 100) < 50
    elif scene == 1:
        mask = (x + 2 * step) // 24 % 2 == 0
    elif scene == 2:
        mask = y > 110 + 30 * np.sin((x + 4 * step) / 40)
    elif scene == 3:
        mask = (x // 32 + y // 30 + step // 8) % 2 == 0
    elif scene == 4:
        mask = np.abs((y - 90) - (x - 160) * np.tan(step / 60)) < 14
    else:
        mask = (np.abs(x - 160) < 20 + 2 * step) & (np.abs(y - 90) < 12 + step)
    shade = (0.75 + 0.25 * y / HEIGHT_PX)[..., None]
    return np.asarray(np.where(mask[..., None], colour[scene], paper[scene]) * shade, np.uint8)


def _without_marks(line: str) -> tuple[str, list[dict[str, object]]]:
    """The line as it is said, and where its ``[type:name]`` marks lie in it, in code points."""
    said, spans = "", []
    for part in line.replace("]", "[").split("["):
        kind, colon, name = part.partition(":")
        if colon and kind in ("artist", "track", "place"):
            spans.append({"start": len(said), "end": len(said) + len(name), "label": kind, "text": name})
            part = name
        said += part
    return said, spans


def _segment(start: int, end: int, label: str) -> dict[str, object]:
    return {"start_us": _us(start), "end_us": _us(end), "label": label}


def _us(samples: int) -> int:
    return round(samples * 1_000_000 / RATE_HZ)


def _write(path: Path, samples: Samples) -> None:
    soundfile.write(path, samples, RATE_HZ, "PCM_16")


if __name__ == "__main__":
    main()
