"""Benchmarks: each NAME.py has a main() that measures beside a baseline and prints one JSON line per figure."""

from __future__ import annotations

import json


def report(
    figure: str,
    value: float,
    unit: str,
    *,
    baseline: float | None = None,
    baseline_is: str = "",
    limit: float | None = None,
    **more: object,
) -> None:
    """Print one figure, its baseline from the same run and whether it is within its limit.

    Parameters
    ----------
    figure : what was measured, such as ``peaks of one hour``
    value, baseline : in ``unit``; the baseline is the same work done in the plainest way, told by ``baseline_is``
    limit : the most that ``value`` may be, as a multiple of the baseline where there is one, else in ``unit``
    """
    line: dict[str, object] = {"figure": figure, "value": round(value, 4), "unit": unit}
    compared = value
    if baseline is not None:
        compared = value / baseline if baseline else float("inf")
        line |= {"baseline": round(baseline, 4), "baseline_is": baseline_is, "ratio": round(compared, 3)}
    if limit is not None:
        line |= {"limit": limit, "ok": compared <= limit}
    print(json.dumps(line | more), flush=True)
