"""How figures are told: one JSON line each, beside the baseline measured in the same run."""

from __future__ import annotations

import compileall
import json
import os
from pathlib import Path
from typing import Any


def tell(name: str, value: float, unit: str, baseline: float, *, ratio: float | None = None, **more: Any) -> None:
    """Print one figure; ``ratio`` is value over baseline where nothing else is said."""
    share = ratio if ratio is not None else (value / baseline if baseline else None)
    line = {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "baseline": round(baseline, 3),
        "ratio": None if share is None else round(share, 3),
        **more,
    }
    print(json.dumps(line), flush=True)


def as_installed() -> dict[str, str]:
    """The environment of a program as a person starts it: compiled when it was installed, not anew at each start."""
    import annodesk

    compileall.compile_dir(str(Path(annodesk.__file__).parent), quiet=2)
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def quantile(values: list[float], share: float) -> float:
    """The value that so large a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
