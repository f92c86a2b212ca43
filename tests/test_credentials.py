"""Passwords are kept by the keyring, or in memory where there is none, and are never told to the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from annodesk import credentials

PLACE, LOGIN, PASSWORD = "host/db", "ada", "correct horse"


class Box(KeyringBackend):
    """A keyring that keeps what it is given."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError(f"no {username}")


class Locked(Box):
    """A keyring that nobody opens."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"locked: {PASSWORD}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"locked: {password}")


@pytest.fixture(autouse=True)
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    before = keyring.get_keyring()
    monkeypatch.setattr(credentials, "_in_memory", {})
    made = Box()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def forget_memory() -> None:
    credentials._in_memory.clear()


def test_a_password_outlives_the_program_where_there_is_a_keyring(box: Box) -> None:
    assert credentials.keep(PLACE, LOGIN, PASSWORD)
    forget_memory()
    assert credentials.find(PLACE, LOGIN) == PASSWORD


def test_a_password_is_for_one_place_and_login_alone(box: Box) -> None:
    credentials.keep(PLACE, LOGIN, PASSWORD)
    assert credentials.find("elsewhere/db", LOGIN) is None
    assert credentials.find(PLACE, "ben") is None


def test_a_forgotten_password_is_nowhere(box: Box) -> None:
    credentials.keep(PLACE, LOGIN, PASSWORD)
    credentials.forget(PLACE, LOGIN)
    assert credentials.find(PLACE, LOGIN) is None
    assert box.kept == {}


def test_forgetting_what_was_never_kept_is_no_error(box: Box) -> None:
    credentials.forget(PLACE, LOGIN)
    assert credentials.find(PLACE, LOGIN) is None


def test_without_a_keyring_the_password_is_kept_until_the_program_ends() -> None:
    keyring.set_keyring(Locked())
    assert not credentials.keep(PLACE, LOGIN, PASSWORD)
    assert credentials.find(PLACE, LOGIN) == PASSWORD
    forget_memory()
    assert credentials.find(PLACE, LOGIN) is None


def test_nothing_of_a_password_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    keyring.set_keyring(Locked())
    with caplog.at_level(logging.DEBUG):
        credentials.keep(PLACE, LOGIN, PASSWORD)
        forget_memory()
        credentials.find(PLACE, LOGIN)
        credentials.forget(PLACE, LOGIN)
    assert "The keyring" in caplog.text
    assert PASSWORD not in caplog.text
