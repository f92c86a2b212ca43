"""Dawid and Skene's model of 100,000 items beside crowd-kit: time, memory, and whether the labels are the same.

crowd-kit brings some hundred megabytes that nothing else needs, so it is installed for this alone, into an environment
that sees the one of the tests::

    python -m venv --system-site-packages bench
    bench/bin/pip install crowd-kit
    PYTHONPATH=src bench/bin/python -m tests.benchmarks dawid_skene

Without it the figures come without a baseline.
"""

from __future__ import annotations

import importlib
import json
from typing import Any

import numpy as np

from annodesk.quality.dawid_skene import dawid_skene, majority
from annodesk.quality.ratings import listed
from tests.benchmarks import report
from tests.benchmarks._ratings import LABELS, PEOPLE, as_ratings, make_codes, peak_mb, seconds

KINDS = {
    f"100,000 items x {PEOPLE} people, 20 % missing": make_codes,
    f"20,000 items x {PEOPLE} people who are wrong more often than right": lambda: make_codes(20_000, right=0.45),
}


def main() -> None:
    """Print the figures."""
    dawid_skene(make_codes(1_000), LABELS)
    for kind, make in KINDS.items():
        _beside(f"Dawid and Skene, {kind}", make())
    codes = make_codes()
    ratings = as_ratings(codes)
    report("100,000 items from ratings by name", seconds(lambda: _from_names(ratings)), "s")
    report("majority of 100,000 items", seconds(lambda: majority(codes, LABELS), 3), "s")


def _beside(figure: str, codes: np.ndarray) -> None:
    took = seconds(lambda: dawid_skene(codes, LABELS), 3)
    found = dawid_skene(codes, LABELS)
    more: dict[str, Any] = {"iterations": found.iterations, "converged": found.converged}
    theirs = _theirs(codes)
    if theirs is None:
        report(figure, took, "s", **more)
    else:
        their_seconds, their_labels, rated = theirs
        report(
            figure,
            took,
            "s",
            baseline=their_seconds,
            baseline_is="crowd-kit's DawidSkene of 100 iterations on the same ratings as a table",
            limit=1 / 3,
            other_labels=int((found.label[rated] != their_labels).sum()),
            **more,
        )
    report(f"{figure}, memory at its highest", peak_mb(lambda: dawid_skene(codes, LABELS)), "MB")


def _from_names(ratings: Any) -> None:
    found, labels, _ = listed(ratings)
    dawid_skene(found, len(labels))


def _theirs(codes: np.ndarray) -> tuple[float, np.ndarray, np.ndarray] | None:
    """Their time, and their labels of the items that were rated."""
    try:
        pandas, kit = importlib.import_module("pandas"), importlib.import_module("crowdkit.aggregation")
    except ImportError:
        print(json.dumps({"figure": "crowd-kit", "skipped": "it is not installed; this benchmark's text says how"}))
        return None
    item, person = np.nonzero(codes >= 0)
    table = pandas.DataFrame({"task": item, "worker": person, "label": codes[item, person]})
    labels: list[Any] = []
    took = seconds(lambda: labels.append(kit.DawidSkene(100).fit_predict(table)))
    return took, labels[0].to_numpy(), labels[0].index.to_numpy()


if __name__ == "__main__":
    main()
