"""A PulseAudio server of our own with sinks that play into nothing, and a recorder of what they are given.

Qt looks for a sound server once per process, so what is to be heard is played by a process of its own: see ``scene``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import soundfile
from numpy.typing import NDArray

REPO = Path(__file__).resolve().parents[3]
RATE_HZ = 44100
PROGRAMS = ("pulseaudio", "pactl", "parec")
ABSENT = "pulseaudio, pactl and parec are not installed"
# A null sink may be too fast or too slow for its first two seconds, less so where it cannot rewind.
SETTLES_S = 2.0
_PATIENCE_S = 20.0


def is_installed() -> bool:
    """Whether a server can be started here."""
    return all(shutil.which(program) for program in PROGRAMS)


class SoundServer:
    """PulseAudio with one null sink per name, the first of them the default; ends with the block."""

    def __init__(self, *sinks: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="annodesk-sound-")
        root = Path(self._folder.name)
        self.environment = os.environ | {
            "HOME": str(root),
            "XDG_RUNTIME_DIR": str(root),
            "PULSE_SERVER": f"unix:{root / 'socket'}",
            "QT_QPA_PLATFORM": "offscreen",
        }
        modules = [f"module-native-protocol-unix socket={root / 'socket'} auth-anonymous=1"]
        modules += [f"module-null-sink sink_name={sink} rate={RATE_HZ} channels=2 norewinds=1" for sink in sinks]
        loads = [f"--load={module}" for module in modules]
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--log-level=error", "--use-pid-file=no"]
        self._process = subprocess.Popen(
            ["pulseaudio", *options, *loads],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + _PATIENCE_S
        while self.control("info", check=False) is None:
            if time.monotonic() > end:
                self.close()
                raise TimeoutError("the sound server does not answer")
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def control(self, *words: str, check: bool = True) -> str | None:
        """What ``pactl`` answers; None where it fails and may."""
        done = subprocess.run(["pactl", *words], env=self.environment, capture_output=True, text=True, check=check)
        return done.stdout if done.returncode == 0 else None

    def close(self) -> None:
        """End the server; its folder goes with it."""
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Recorder:
    """What a sink is given from now on, each piece with the moment it came."""

    def __init__(self, sink: str) -> None:
        words = ["--raw", "--format=s16le", f"--rate={RATE_HZ}", "--channels=2", "--latency-msec=10"]
        self._process = subprocess.Popen(["parec", *words, "-d", f"{sink}.monitor"], stdout=subprocess.PIPE)
        self._pieces: list[tuple[float, bytes]] = []
        self._thread = threading.Thread(target=self._read, name="recorder", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while piece := os.read(self._process.stdout.fileno(), 1 << 16):
            self._pieces.append((time.monotonic(), piece))

    def stop(self) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
        """The left side (n,), and when each sample came (n,), in monotonic seconds."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        sound = b"".join(piece for _, piece in self._pieces)
        samples = np.frombuffer(sound[: len(sound) // 4 * 4], "<i2").reshape(-1, 2)[:, 0]
        ends = np.cumsum([len(piece) for _, piece in self._pieces]) // 4
        came = np.array([at for at, _ in self._pieces])[np.searchsorted(ends, np.arange(len(samples)), side="right")]
        return samples, came


def click_track(path: Path, seconds: int = 20) -> Path:
    """A click of two samples every half second."""
    samples = np.zeros((RATE_HZ * seconds, 2), np.int16)
    samples[:: RATE_HZ // 2], samples[1 :: RATE_HZ // 2] = 30_000, -30_000
    soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")
    return path


def clicks_in(samples: NDArray[np.int16]) -> NDArray[np.intp]:
    """Where clicks are."""
    found = np.flatnonzero(np.abs(samples.astype(int)) > 9000)
    return found[np.diff(found, prepend=-RATE_HZ) > 200]


def scene(name: str, server: SoundServer, **options: Any) -> dict[str, Any]:
    """Play one of the scenes below in a process of its own, and take what it found."""
    call = f"from tests.ui.player.sounding import act; act({name!r}, {options!r})"
    done = subprocess.run(
        [sys.executable, "-c", call], cwd=REPO, env=server.environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def act(name: str, options: dict[str, Any]) -> None:
    """Play a scene in this process and print what it found as JSON."""
    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    with tempfile.TemporaryDirectory(prefix="annodesk-sound-") as folder:
        print(json.dumps(_SCENES[name](app, Path(folder), **options)))


def _spin(app: Any, seconds: float, each: Callable[[], object] = lambda: None) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        each()
        time.sleep(0.002)


def _wait(app: Any, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        _spin(app, 0.01)


def _loop(app: Any, folder: Path, *, rate: float, rounds: int) -> dict[str, Any]:
    """Intervals between the clicks of a looped second, and how far the playhead is from what is heard."""
    from annodesk.ui.player.transport import Transport

    transport = Transport()
    transport.set_source(click_track(folder / "clicks.wav"), duration_us=20_000_000)
    transport.set_rate(rate)
    recorder = Recorder("nul")
    _spin(app, 0.3)
    drawn: list[tuple[float, int]] = []
    transport.position_changed.connect(lambda at: drawn.append((time.monotonic(), at)))
    transport.play(10_000_000, 11_000_000, loop=True)
    _wait(app, lambda: transport.has_started)
    problem = transport.problem
    _spin(app, SETTLES_S + rounds / rate)
    transport.close()
    samples, came = recorder.stop()
    clicks = clicks_in(samples)
    settled = clicks[came[clicks] > came[clicks[0]] + SETTLES_S]
    expected = RATE_HZ / 2 / rate
    errors = np.abs(np.diff(settled) - expected)
    return {
        "problem": problem,
        "intervals": int(errors.size),
        "median_samples": float(np.median(errors)),
        "worst_samples": float(errors.max()),
        "playhead_ms": _playhead_errors(drawn, came[settled], rate),
    }


def _playhead_errors(drawn: list[tuple[float, int]], heard_s: NDArray[np.float64], rate: float) -> list[float]:
    """Milliseconds of the ear by which the playhead was ahead of each click, which lie at whole and half seconds."""
    moments, places = np.array([at for at, _ in drawn]), np.array([place for _, place in drawn])
    errors = []
    for at in heard_s:
        place = places[max(0, np.searchsorted(moments, at, side="right") - 1)]
        errors.append(round(float((place + 250_000) % 500_000 - 250_000) / 1000 / rate, 1))
    return errors


def _pitch(app: Any, folder: Path, *, rate: float) -> dict[str, Any]:
    """The strongest frequency of a tone of 440 Hz."""
    from annodesk.ui.player.transport import Transport

    tone = 0.4 * np.sin(2 * np.pi * 440 * np.arange(30 * RATE_HZ) / RATE_HZ)
    soundfile.write(folder / "tone.wav", tone, RATE_HZ)
    transport = Transport()
    transport.set_source(folder / "tone.wav", duration_us=30_000_000)
    transport.set_rate(rate)
    recorder = Recorder("nul")
    transport.play(0)
    _wait(app, lambda: transport.has_started)
    _spin(app, SETTLES_S + 2)
    transport.close()
    heard = recorder.stop()[0][-RATE_HZ - 8820 : -8820]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size)))
    return {"hz": float(np.argmax(spectrum) * RATE_HZ / heard.size)}


def _pactl(*words: str) -> list[str]:
    return subprocess.run(["pactl", *words], capture_output=True, text=True, check=True).stdout.splitlines()


def _is_heard_on(sink: str) -> bool:
    """Whether anything plays on this sink."""
    numbers = {line.split()[1]: line.split()[0] for line in _pactl("list", "short", "sinks")}
    return numbers.get(sink) in [line.split()[1] for line in _pactl("list", "short", "sink-inputs")]


def _device_goes(app: Any, folder: Path, *, server_pid: int) -> dict[str, Any]:
    """Where it is heard when another device is chosen, when that one goes, and when all do."""
    from annodesk.ui.player.transport import Transport

    transport = Transport()
    transport.set_source(click_track(folder / "clicks.wav"), duration_us=20_000_000)
    transport.play(0)
    _wait(app, lambda: transport.position_us > 300_000)
    names = [output.id for output in transport.outputs()]
    transport.set_device("other")
    _wait(app, lambda: transport.has_sound and transport.position_us > 1_500_000)
    chosen = _is_heard_on("other")
    at_loss = transport.position_us
    _pactl("unload-module", next(line.split()[0] for line in _pactl("list", "short", "modules") if "=other" in line))
    _wait(app, lambda: transport.position_us > at_loss + 1_500_000)
    fallen = _is_heard_on("nul")
    os.kill(server_pid, signal.SIGTERM)
    _wait(app, lambda: not transport.has_sound)
    before, started = transport.position_us, time.monotonic()
    _wait(app, lambda: transport.position_us > before + 1_500_000)
    passed = time.monotonic() - started
    found = {
        "outputs": names,
        "on_chosen": chosen,
        "on_default": fallen,
        "is_playing": transport.is_playing,
        "problem": transport.problem,
        "silent_ratio": (transport.position_us - before) / 1e6 / passed,
    }
    transport.close()
    return found


def _often(app: Any, folder: Path) -> dict[str, Any]:
    """How many of Qt's devices are left after playing and pausing a few times."""
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtMultimedia import QAudioSink

    from annodesk.ui.player.transport import Transport

    transport = Transport()
    transport.set_source(click_track(folder / "clicks.wav"), duration_us=20_000_000)
    at_once = []
    for _ in range(4):
        transport.play(0)
        _wait(app, lambda: transport.has_sound)
        at_once.append(len(transport.findChildren(QAudioSink)))
        transport.pause()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    found = {"at_once": max(at_once), "left": len(transport.findChildren(QAudioSink))}
    transport.close()
    return found


def _file_goes(app: Any, folder: Path, *, harm: str) -> dict[str, Any]:
    """What the annotate desk says where its recording goes while it is heard, and what is heard once it is back."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from annodesk.services import Services
    from annodesk.ui.annotate.workspace import AnnotateWorkspace
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.window import MainWindow
    from tests.ui.made import make_file

    os.environ |= {f"ANNODESK_{name}": str(folder / name) for name in ("CONFIG", "CACHE", "DATA")}
    made = make_file(folder / "file", items=1, with_model=False, with_text=False)
    window = MainWindow(Jobs(), made.path, person="Ann")
    window.show()
    _wait(app, lambda: isinstance(window.workspace, AnnotateWorkspace) and window.workspace.is_idle())
    workspace = window.workspace
    assert isinstance(workspace, AnnotateWorkspace)
    view, transport = workspace.view, workspace.view.transport
    _wait(app, lambda: view.work is not None and window.is_idle() and workspace.is_idle())
    assert view.work is not None
    assert view.work.media_path is not None
    QTest.keyClick(view.timeline, Qt.Key.Key_N)
    QTest.keyClick(view.timeline, Qt.Key.Key_Space)
    _wait(app, lambda: transport.has_sound and transport.position_us > 500_000)
    path, away = view.work.media_path, folder / "away.wav"
    away.write_bytes(path.read_bytes())
    path.unlink() if harm == "goes" else (folder / "file/other.wav").write_bytes(path.read_bytes()[:-2])
    if harm == "replaced":
        (folder / "file/other.wav").replace(path)
    _wait(app, lambda: not transport.is_playing)
    found: dict[str, Any] = {"problem": workspace.playing.mixer.words(), "stopped_at_us": transport.position_us}
    _wait(app, workspace.is_idle)
    reader = Services.open(made.path, read_only=True)
    found["segments_on_disk"] = len(reader.annotate.reload(view.annotations.id)[0].segments("content"))
    reader.close()
    away.replace(path)
    recorder = Recorder("nul")
    QTest.keyClick(view.timeline, Qt.Key.Key_Space)
    _wait(app, lambda: transport.has_sound and transport.position_us > found["stopped_at_us"] + 300_000)
    found |= {"problem_when_back": transport.problem, "played_on_us": transport.position_us}
    QTest.keyClick(view.timeline, Qt.Key.Key_Space)
    found["heard"] = bool(np.abs(recorder.stop()[0]).max() > 1000)
    window.close()
    return found


_SCENES: dict[str, Callable[..., dict[str, Any]]] = {
    "loop": _loop,
    "pitch": _pitch,
    "device goes": _device_goes,
    "file goes": _file_goes,
    "often": _often,
}
