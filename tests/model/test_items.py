"""A location never leads out of its media root."""

from __future__ import annotations

import pytest

from annodesk.model.items import Location


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a\\..\\x", "C:/x", "a\0b"])
def test_a_path_that_leaves_its_root_or_names_no_file_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="does not stay inside"):
        Location(path=path)


def test_a_path_below_its_root_is_taken() -> None:
    assert Location("music", "2024/..hidden/clip 1.wav").path == "2024/..hidden/clip 1.wav"
