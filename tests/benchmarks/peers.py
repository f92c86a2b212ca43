"""One hour opened here, in Audacity and in Sonic Visualiser: from the start of the process to the complete overview.

Each runs alone on a virtual screen (Xvfb) whose pixels are read from memory. The overview is complete at the last
change of the screen's pixels before all has been still, and the process idle, for some seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.benchmarks import report
from tests.benchmarks._figures import as_installed
from tests.benchmarks._recordings import RATE_HZ, minute_of_noise

ROUNDS = 7
LIMITS = {"audacity": 1 / 3, "sonic-visualiser": 1 / 5}
_WIDTH, _HEIGHT = 1600, 1000
_LOOK_EVERY_S, _STILL_S, _LONGEST_S = 0.02, 3.0, 120.0
# One line in eight: to look at all of them takes a twentieth of a processor.
_LINES = 8
# A blinking caret or a clock is no part of a waveform.
_CHANGED_PIXELS = 400 // _LINES
_IDLE_SHARE = 0.2

_PROJECT = """name = "hour"
[[tier]]
name = "content"
labels = [ { name = "speech", key = "1" } ]
[workflow]
task_seconds = 7200
"""
_PREPARE = """
import sys
from pathlib import Path
from annodesk.model.work import Role
from annodesk.services import Services
services = Services.open(Path(sys.argv[1]), create=True)
project = services.projects.init(Path(sys.argv[2]))
services.people.add(project.id, "Ann", Role.ANNOTATOR)
services.items.add(project.id, [Path(sys.argv[3])])
services.coordinator.round(project.id)
services.close()
"""
# Nothing is asked at the first start: neither for updates nor whether to use the network.
_AUDACITY = """PrefsVersion=1.1.1r1
NewPrefsInitialized=1
[GUI]
ShowSplashScreen=0
[Version]
Major=3
Minor=2
Micro=4
[Directories]
TempDir={folder}/temporary
"""
_VISUALISER = "[Preferences]\n" + "".join(f"network-permission-4.{minor}=false\n" for minor in ("5", "5.1", "5.2"))


def main() -> None:
    """Print a figure per peer that is installed, and a line for each that is not."""
    missing = [name for name in ("Xvfb", *LIMITS) if shutil.which(name) is None]
    for name in missing:
        print(json.dumps({"figure": f"overview of an hour against {name}", "skipped": f"{name} is not installed"}))
    peers = [name for name in LIMITS if name not in missing]
    if not peers or "Xvfb" in missing:
        return
    with tempfile.TemporaryDirectory(prefix="annodesk-bench-") as name:
        folder = Path(name)
        hour = folder / "hour.wav"
        minute = minute_of_noise()
        with soundfile.SoundFile(hour, "w", RATE_HZ, 2, "PCM_16") as file:
            for k in range(60):
                file.write(minute >> (k // 10 % 5))
        found: dict[str, list[tuple[float, float]]] = {program: [] for program in ("annodesk", *peers)}
        for k in range(ROUNDS):
            for program, times in found.items():
                times.append(_seconds_to_overview(program, hour, folder / f"{program}{k}"))
                shutil.rmtree(folder / f"{program}{k}")
    ours = statistics.median(seconds for seconds, _ in found["annodesk"])
    for peer in peers:
        theirs = statistics.median(seconds for seconds, _ in found[peer])
        report(
            f"overview of an hour, from process start, against {peer}",
            ours,
            "s",
            baseline=theirs,
            baseline_is=f"{peer}, same file, same screen, same run",
            limit=round(LIMITS[peer], 3),
            our_memory_mb=round(max(mb for _, mb in found["annodesk"])),
            their_memory_mb=round(max(mb for _, mb in found[peer])),
            rounds=ROUNDS,
        )


def _seconds_to_overview(program: str, hour: Path, folder: Path) -> tuple[float, float]:
    """Seconds to the last change of the screen, and the most memory in MB of all its processes; a home of its own.

    What another program left is on the disk by then, and gone after it: gigabytes that the system still writes slow
    down whoever comes next.
    """
    folder.mkdir()
    command, environment = _call(program, hour, folder)
    os.sync()
    with _screen(folder) as (display, pixels):
        began = time.perf_counter()
        with subprocess.Popen(
            command,
            env=environment | {"DISPLAY": display},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                return _watch(process.pid, pixels, began, hour.stat().st_size)
            finally:
                process.kill()


def _call(program: str, hour: Path, folder: Path) -> tuple[list[str], dict[str, str]]:
    """How to start a program on the recording, as at home for the first time."""
    environment = {name: value for name, value in as_installed().items() if not name.startswith(("ANNODESK_", "QT_"))}
    environment |= {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "XDG_CONFIG_HOME": str(folder / ".config")}
    if program != "annodesk":
        settings = {
            ".config/audacity/audacity.cfg": _AUDACITY,
            ".audacity-data/audacity.cfg": _AUDACITY,
            ".config/sonic-visualiser/Sonic Visualiser.conf": _VISUALISER,
        }
        for name, text in settings.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text.replace("{folder}", str(folder)))
        return [program, str(hour)], environment
    for kind in ("DATA", "CACHE", "CONFIG"):
        environment[f"ANNODESK_{kind}"] = str(folder / kind.lower())
    project, database = folder / "hour.toml", folder / "hour.annodesk"
    project.write_text(_PROJECT)
    prepare = [sys.executable, "-c", _PREPARE, str(database), str(project), str(hour)]
    subprocess.run(prepare, env=environment, check=True, capture_output=True)
    shutil.rmtree(folder / "cache", ignore_errors=True)
    return [sys.executable, "-m", "annodesk", str(database)], environment


@contextlib.contextmanager
def _screen(folder: Path) -> Iterator[tuple[str, NDArray[np.uint32]]]:
    """A virtual screen of its own: its name, and its pixels as they are now."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{_WIDTH}x{_HEIGHT}x24", "-fbdir", str(folder)]
    with subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        try:
            os.close(write)
            with os.fdopen(read) as told:
                display = f":{told.readline().strip()}"
            file = folder / "Xvfb_screen0"
            # The pixels are the end of the file, behind a header and the colours.
            pixels = np.memmap(file, np.uint32, "r", file.stat().st_size - _WIDTH * _HEIGHT * 4)
            yield display, pixels
        finally:
            server.terminate()


def _watch(pid: int, pixels: NDArray[np.uint32], began: float, file_bytes: int) -> tuple[float, float]:
    """When the screen changed for the last time before it and the process were still, all of the file read; MB."""
    lines = pixels.reshape(_HEIGHT, _WIDTH)[::_LINES]
    before = np.array(lines)
    changed_s, most_mb, has_drawn = 0.0, 0.0, False
    used = [(0.0, 0.0)]
    while (now := time.perf_counter() - began) < _LONGEST_S:
        current = np.array(lines)
        if np.count_nonzero(current != before) >= _CHANGED_PIXELS:
            changed_s, has_drawn, before = now, True, current
        used.append((now, _cpu_s(pid)))
        most_mb = max(most_mb, sum(map(_most_memory_mb, [pid, *_children(pid)])))
        earlier = next(cpu for at, cpu in reversed(used) if at <= max(0.0, now - _STILL_S))
        is_idle = used[-1][1] - earlier < _IDLE_SHARE * _STILL_S
        has_read = _bytes_read(pid) >= file_bytes  # else a question stands on the screen, and no waveform
        if has_drawn and has_read and is_idle and now - changed_s > _STILL_S:
            return changed_s, most_mb
        time.sleep(_LOOK_EVERY_S)
    raise RuntimeError(f"the screen was not still within {_LONGEST_S:.0f} s")


def _children(pid: int) -> list[int]:
    """The processes that its first thread has begun, and that have not ended."""
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _cpu_s(pid: int) -> float:
    """Processor time used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _bytes_read(pid: int) -> int:
    """How much the process and those it began, which have ended, have read from the disk or its cache."""
    return int(Path(f"/proc/{pid}/io").read_text().split()[1])


def _most_memory_mb(pid: int) -> float:
    """The most memory the process has held; 0 once it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
