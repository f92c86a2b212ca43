"""The shipped presets: keys and mouse habits as people know them from other tools."""

from __future__ import annotations

from functools import cache

from annodesk.paths import resource
from annodesk.ui.keys import choice
from annodesk.ui.keys.choice import Choice

DEFAULT = "annodesk"
TITLES = {DEFAULT: "annodesk", "elan": "ELAN", "praat": "Praat", "audacity": "Audacity", "cvat": "CVAT"}
"""Names of the presets, and what a person calls them."""


@cache
def preset(name: str) -> Choice:
    """A preset by name: what differs from the actions' own keys. One that is not known is the default."""
    if name == DEFAULT or name not in TITLES:
        return Choice(DEFAULT, wheel="zoom")
    return choice.read(resource("keys") / f"{name}.toml")[0]
