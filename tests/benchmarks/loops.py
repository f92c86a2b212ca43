"""Loops: every interval of a click track looped twenty times, recorded from a sound server's null sink."""

from __future__ import annotations

import json

from tests.benchmarks import report
from tests.ui.player import sounding
from tests.ui.player.sounding import RATE_HZ, SoundServer, scene

ROUNDS = 20
# What an interval may be off, in milliseconds; one sample as recorded.
LIMITS_MS = {1.0: 1000 / RATE_HZ, 0.5: 5.0, 2.0: 5.0}


def main() -> None:
    """Print the figures; says why where no sound server can be started."""
    if not sounding.is_installed():
        print(json.dumps({"figure": "loops", "skipped": sounding.ABSENT}))
        return
    for rate, limit_ms in LIMITS_MS.items():
        with SoundServer("nul") as server:
            found = scene("loop", server, rate=rate, rounds=ROUNDS)
        report(
            f"a second with two clicks looped {ROUNDS} times at {rate:g} times, worst interval",
            found["worst_samples"] * 1000 / RATE_HZ,
            "ms",
            limit=limit_ms,
            intervals=found["intervals"],
        )
        errors = sorted(found["playhead_ms"])
        report(
            f"playhead ahead of what is recorded at {rate:g} times, median",
            errors[len(errors) // 2],
            "ms",
            least=errors[0],
            most=errors[-1],
        )


if __name__ == "__main__":
    main()
