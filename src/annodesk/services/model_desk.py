"""What the model needs of whoever has it work: rows, media, the time; on a workstation as on a team's worker."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from annodesk.model.items import Asset
    from annodesk.store.engine import Connection


class Rows(Protocol):
    """Where rows are: the local file, or one project of a shared database."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection on which nothing is written."""

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction."""


class ModelDesk(Protocol):
    """What the model needs: rows, media, the time."""

    @property
    def file(self) -> Rows:
        """Where rows are."""

    @property
    def home(self) -> Path:
        """The folder that paths without a media root count from."""

    @property
    def clock(self) -> Callable[[], int]:
        """The time."""

    def rng(self, *names: str) -> random.Random:
        """A generator that gives the same numbers for the same names."""

    def resolve(self, asset: Asset) -> Path:
        """Where an asset's bytes are; MediaError where they are not."""
