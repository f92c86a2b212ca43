"""Settings keep what a person chose, and their comments; a broken file is told, never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk import paths, settings
from annodesk.errors import AnnodeskError, NotFoundError


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings folder of this test's own."""
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


def test_without_a_file_everything_is_at_its_default() -> None:
    assert settings.load() == settings.Settings()


def test_a_change_is_kept_with_the_rest_of_the_file_and_its_comments() -> None:
    settings.settings_path().write_text('# mine\ntheme = "dark"  # at night\nlater_key = 7\n')
    settings.change(device="abc")
    text = settings.settings_path().read_text()
    assert settings.load().theme == "dark"
    assert settings.load().device == "abc"
    assert "# mine" in text
    assert "# at night" in text
    assert "later_key = 7" in text
    assert list(settings.settings_path().parent.iterdir()) == [settings.settings_path()]


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe", b'theme = "purple"', b"media_roots = 3"])
def test_a_broken_file_is_told_and_left_as_it_is(content: bytes) -> None:
    settings.settings_path().write_bytes(content)
    for use in (settings.load, lambda: settings.change(device="abc")):
        with pytest.raises(AnnodeskError, match=r"settings\.toml") as caught:
            use()
        assert "\n" not in caught.value.sentence
    assert settings.settings_path().read_bytes() == content


def test_a_value_that_is_none_of_the_choices_is_refused() -> None:
    with pytest.raises(ValueError, match="theme"):
        settings.change(theme="purple")
    assert not settings.settings_path().exists()


def test_a_shipped_file_that_is_missing_is_told() -> None:
    assert (paths.resource("demo") / "project.toml").is_file()
    with pytest.raises(NotFoundError, match="The shipped file demo/none is missing"):
        paths.resource("demo/none")
