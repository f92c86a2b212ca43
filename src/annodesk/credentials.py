"""Passwords: kept by the system's keyring, or in memory where there is none; never in a file, a log or a traceback."""

from __future__ import annotations

import logging
import threading

SERVICE = "annodesk"

_lock = threading.Lock()
_in_memory: dict[tuple[str, str], str] = {}


def find(place: str, login: str) -> str | None:
    """The password that a login has at a place (a host and database), None where it has to be asked for."""
    with _lock:
        known = _in_memory.get((place, login))
    if known is not None:
        return known
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(SERVICE, _entry(place, login))
    except (KeyringError, OSError, RuntimeError) as error:
        _say("could not be asked", error)
        return None


def keep(place: str, login: str, password: str) -> bool:
    """Keep a password; returns whether it outlives this program, for which the system needs a keyring."""
    with _lock:
        _in_memory[place, login] = password
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return False
    try:
        keyring.set_password(SERVICE, _entry(place, login), password)
        # There is a keyring that takes everything and keeps nothing.
        return keyring.get_password(SERVICE, _entry(place, login)) == password
    except (KeyringError, OSError, RuntimeError) as error:
        _say("does not keep passwords", error)
        return False


def forget(place: str, login: str) -> None:
    """Keep a password no longer."""
    with _lock:
        _in_memory.pop((place, login), None)
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return
    try:
        keyring.delete_password(SERVICE, _entry(place, login))
    except (KeyringError, OSError, RuntimeError) as error:
        _say("holds no such password", error)


def _entry(place: str, login: str) -> str:
    return f"{login}@{place}"


def _say(what: str, error: Exception) -> None:
    # The kind of error alone: what a keyring says of itself might quote what it was given.
    logging.getLogger(__name__).info("The keyring %s: %s", what, type(error).__name__)
