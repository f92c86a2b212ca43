"""One open project file for the tests of services, and a maker of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.made import House, make_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = make_house(tmp_path)
    yield made
    made.services.close()


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Makes project files with other policies; all are closed at the end."""
    made: list[House] = []

    def make(**how: Any) -> House:
        folder = tmp_path / f"house-{len(made)}"
        folder.mkdir()
        made.append(make_house(folder, **how))
        return made[-1]

    yield make
    for house in made:
        house.services.close()
