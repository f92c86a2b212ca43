"""Gamma of 3 people beside pygamma-agreement: time, the disorder of the best alignment, and the value.

That package needs versions of its own of what the tests need too, and some hundred megabytes, so it is installed for
this alone, into an environment of its own, whose interpreter is named::

    python -m venv bench
    bench/bin/pip install pygamma-agreement
    ANNODESK_BENCH_PYGAMMA=bench/bin/python python -m tests.benchmarks gamma

Without it the figures come without a baseline. Both draw 30 random annotations by the same rules from generators of
their own, so the values differ by chance; they are held against what that chance allows.
"""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from annodesk.quality.alignment import Piece
from annodesk.quality.gamma import Gamma, disorder_of, gamma_of
from tests.benchmarks import report

SAMPLES = 30
ROUNDS = 3
LABELS = ("speech", "music", "advert", "noise")
INTERPRETER = "ANNODESK_BENCH_PYGAMMA"

# Runs in the other interpreter: sides as JSON lines in, one marked line of figures out for each.
_THEIRS = """
import json, logging, sys, time
began = time.perf_counter()
import numpy as np
from pyannote.core import Segment
from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum
logging.disable(logging.WARNING)
imported = time.perf_counter() - began
made = CombinedCategoricalDissimilarity(alpha=3, beta=1, delta_empty=1)

def continuum(sides):
    found = Continuum()
    for name, side in enumerate(sides):
        for start, end, label in side:
            found.add(str(name), Segment(start, end), label)
    return found

warm = continuum([[(0, 1, "a"), (2, 3, "b")]] * 3)
warm.compute_gamma(made, n_samples=2)
warm.compute_gamma(made, n_samples=2, fast=True)
for line in sys.stdin:
    asked = json.loads(line)
    units = continuum(asked["sides"])
    told = {"imported_s": imported}
    if asked["timed"]:
        np.random.seed(1)
        began, used = time.perf_counter(), time.process_time()
        found = units.compute_gamma(made, n_samples=asked["samples"])
        told.update(exact_s=time.perf_counter() - began, exact_cpu_s=time.process_time() - used)
        chance = [one.disorder for one in found.chance_alignments]
        told.update(gamma=float(found.gamma), expected=float(np.mean(chance)), spread=float(np.std(chance)))
        np.random.seed(1)
        began = time.perf_counter()
        units.compute_gamma(made, n_samples=asked["samples"], fast=True)
        told["fast_s"] = time.perf_counter() - began
    told["disorder"] = float(units.get_best_alignment(made).disorder)
    print("\\nTOLD " + json.dumps(told), flush=True)
"""
_TOLD = "TOLD "


def main() -> None:
    """Print the figures."""
    hundred, three_hundred = make_sides(100), make_sides(300)
    theirs = _theirs([(hundred, True), *((sides, False) for _, sides in _shared())])
    took = seconds(lambda: _gamma(hundred), ROUNDS)
    figure = f"gamma of 3 people x 100 segments, {SAMPLES} random annotations"
    if theirs is None:
        report(figure, took, "s")
    else:
        first, *others = theirs
        ours = _gamma(hundred)
        report(
            figure,
            took,
            "s",
            baseline=first["exact_s"],
            baseline_is="pygamma-agreement on the same segments, imported and compiled before",
            limit=0.1,
            processor_ratio=round(processor_s(lambda: _gamma(hundred)) / first["exact_cpu_s"], 4),
            their_import_s=round(first["imported_s"], 1),
            **_beside(ours, first),
        )
        report(
            figure, took, "s", baseline=first["fast_s"], baseline_is="its fast form, which may miss the best alignment"
        )
        for (name, sides), told in zip(_shared(), others, strict=True):
            disorder = disorder_of(sides)
            off = abs(disorder - told["disorder"])
            report(f"disorder of {name} beside pygamma-agreement's", off, "", limit=1e-6, disorder=disorder)
    for n, sides in ((300, three_hundred), (1000, make_sides(1000))):
        took = seconds(lambda sides=sides: _gamma(sides))
        limit = 5.0 if n == 300 else None
        report(f"gamma of 3 people x {n} segments, {SAMPLES} random annotations", took, "s", limit=limit)
    exact = gamma_of(hundred)
    took = seconds(lambda: gamma_of(hundred))
    report("gamma of 3 people x 100 segments, chance known to 1 %", took, "s", samples=exact.samples)


def make_sides(n: int, *, seed: int = 0) -> list[list[Piece]]:
    """Three people's segments of some seconds, one after another: each moves, relabels and leaves out a few."""
    rng = np.random.default_rng(seed)
    gaps, lengths = rng.exponential(2.0, n), 1 + rng.exponential(6.0, n)
    ends = np.cumsum(gaps + lengths)
    labels = rng.choice(len(LABELS), n)
    sides = []
    for _ in range(3):
        off = rng.normal(0, 0.6, (2, n))
        said = np.where(rng.random(n) < 0.15, rng.choice(len(LABELS), n), labels)
        kept = rng.random(n) > 0.03
        rows = zip(
            ends - lengths + off[0], np.maximum(ends + off[1], ends - lengths + off[0] + 0.1), said, kept, strict=True
        )
        sides.append(
            [
                Piece(round(start * 1e6) + 1_000_000, round(end * 1e6) + 1_000_000, frozenset({LABELS[label]}))
                for start, end, label, is_kept in rows
                if is_kept
            ]
        )
    return sides


def seconds(work: Callable[[], Any], rounds: int = 1) -> float:
    """The best wall time of some rounds."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def processor_s(work: Callable[[], Any]) -> float:
    """Processor time, which others on the machine change less."""
    used = time.process_time()
    work()
    return time.process_time() - used


def _gamma(sides: list[list[Piece]]) -> Gamma:
    return gamma_of(sides, samples=SAMPLES, precision=None)


def _shared() -> list[tuple[str, list[list[Piece]]]]:
    """The package's own data, where the shared data are."""
    folder = Path(os.environ.get("ANNODESK_SHARED", "../shared")) / "data/agreement/gamma"
    found = []
    for path in sorted(folder.glob("*.csv")):
        sides: dict[str, list[Piece]] = {}
        with path.open(newline="") as file:
            for name, label, start, end in csv.reader(file):
                sides.setdefault(name, []).append(
                    Piece(round(float(start) * 1e6), round(float(end) * 1e6), frozenset({label}))
                )
        if sum(map(len, sides.values())) < 500:
            found.append((path.name, list(sides.values())))
    return found


def _beside(ours: Gamma, theirs: dict[str, float]) -> dict[str, Any]:
    """Both values, and how far apart they may be: the 95 % interval of the difference of two means of samples."""
    assert ours.value is not None
    assert ours.observed is not None
    assert ours.expected is not None
    share = theirs["spread"] / theirs["expected"] / math.sqrt(SAMPLES)
    allowed = 1.96 * math.sqrt(2) * share * ours.observed / ours.expected
    apart = abs(ours.value - theirs["gamma"])
    return {
        "gamma": round(ours.value, 4),
        "their_gamma": round(theirs["gamma"], 4),
        "apart": round(apart, 5),
        "apart_allowed": round(allowed, 5),
        "disorder_apart": abs(ours.observed - theirs["disorder"]),
    }


def _theirs(asked: list[tuple[list[list[Piece]], bool]]) -> list[dict[str, float]] | None:
    python = os.environ.get(INTERPRETER)
    if not python:
        print(json.dumps({"figure": "pygamma-agreement", "skipped": f"{INTERPRETER} is not set; see this benchmark"}))
        return None
    lines = [
        json.dumps(
            {
                "sides": [[(p.start / 1e6, p.end / 1e6, next(iter(p.labels))) for p in side] for side in sides],
                "samples": SAMPLES,
                "timed": timed,
            }
        )
        for sides, timed in asked
    ]
    done = subprocess.run(
        [python, "-c", _THEIRS], input="\n".join(lines), capture_output=True, text=True, check=True, timeout=300
    )
    # Its solver tells of its work on stdout now and then.
    return [json.loads(line.removeprefix(_TOLD)) for line in done.stdout.splitlines() if line.startswith(_TOLD)]


if __name__ == "__main__":
    main()
