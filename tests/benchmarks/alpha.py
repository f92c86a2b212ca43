"""Krippendorff's alpha, nominal, of 100,000 and a million items, beside the krippendorff package.

The package is one of the tests' own (``pip install -e .[test]``); where it is absent the figures come without it.
Both are given an array of codes, each in its own form; what it takes from ratings as they are read is told beside.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from annodesk.quality.coefficients import METRICS, agreement_of, agreement_of_codes
from tests.benchmarks import report
from tests.benchmarks._ratings import as_floats, as_ratings, make_codes, peak_mb, seconds

ROUNDS = 7
PACKAGE = "the krippendorff package on the same ratings as an array with NaN, best of the same rounds"


def main() -> None:
    """Print the figures."""
    codes = make_codes(100_000)
    theirs = _package(codes)
    ours = lambda: agreement_of_codes(codes)  # noqa: E731
    same: dict[str, Any] = {}
    if theirs is not None:
        same = {"alpha": ours().value, "difference": abs((ours().value or 0) - theirs())}
    _beside("alpha nominal, 100,000 items x 5 people, 20 % missing, from codes", "s", ours, theirs, seconds_of, **same)
    _beside("the same, memory at its highest", "MB", ours, theirs, peak_mb)
    million = make_codes(1_000_000)
    took = seconds(lambda: agreement_of_codes(million))
    report("alpha nominal, 1,000,000 items x 5 people, from codes", took, "s", limit=2.0)
    for name, given in (("100,000", codes), ("1,000,000", million)):
        ratings = as_ratings(given)
        took = seconds(lambda ratings=ratings: agreement_of(ratings))
        report(f"alpha nominal, {name} items, from ratings by name, with each item's own agreement", took, "s")
    for metric in METRICS:
        alone = seconds(lambda metric=metric: agreement_of_codes(codes, metric), 3)
        drawn = seconds(lambda metric=metric: agreement_of_codes(codes, metric, rng=np.random.default_rng(0)))
        report(
            f"{metric} with its interval of 1,000 resamples, 100,000 items",
            drawn,
            "s",
            baseline=alone,
            baseline_is="without the interval",
        )


def seconds_of(work: Callable[[], Any]) -> float:
    """The best of some rounds after one to warm up."""
    work()
    return seconds(work, ROUNDS)


def _beside(
    figure: str,
    unit: str,
    ours: Callable[[], Any],
    theirs: Callable[[], Any] | None,
    measure: Callable[[Callable[[], Any]], float],
    **more: Any,
) -> None:
    if theirs is None:
        report(figure, measure(ours), unit)
    else:
        report(figure, measure(ours), unit, baseline=measure(theirs), baseline_is=PACKAGE, limit=1.0, **more)


def _package(codes: np.ndarray) -> Callable[[], float] | None:
    try:
        import krippendorff
    except ImportError:
        print(json.dumps({"figure": "krippendorff", "skipped": "it is not installed: pip install krippendorff"}))
        return None
    table = as_floats(codes)
    return lambda: float(krippendorff.alpha(reliability_data=table, level_of_measurement="nominal"))


if __name__ == "__main__":
    main()
