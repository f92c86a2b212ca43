"""Whether there is a display to open the window on."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    """Whether a window could be seen."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
