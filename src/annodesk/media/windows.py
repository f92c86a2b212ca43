"""How many samples one spectrum is made of; apart from what computes it, for menus that only name the choices."""

from __future__ import annotations

WINDOW = 1024
"""Samples of one spectrum, where nobody asks for another; the overview's own."""
WINDOWS = (256, 512, 1024, 2048, 4096, 8192)
"""Lengths of a spectrum that can be asked for: short ones tell times apart, long ones frequencies."""
