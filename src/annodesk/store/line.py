"""What goes wrong on the line to a shared database, in words, and how long an answer is awaited."""

from __future__ import annotations

from annodesk.errors import AnnodeskError, StoreError

ANSWER_S = 30.0
"""The longest an answer may take: a line that has gone dead says nothing at all."""

_TAKEN_OUT = ("no member of this project", "may not enter any more", "belongs to no person")
_SHUT_OUT = ("password", "may not enter", "no such database or login")


class Unreachable(StoreError):
    """The shared database does not answer now; what waits, waits."""


class Refused(AnnodeskError):
    """The shared database answered, and says no; ``code`` is its SQLSTATE."""

    def __init__(self, sentence: str, hint: str = "", code: str = "") -> None:
        super().__init__(sentence, hint)
        self.code = code


class ShutOut(Refused):
    """This login may not enter, or is no member of the project any more."""

    @property
    def is_removal(self) -> bool:
        """Whether somebody has taken this person out; a password may just be another one now."""
        return any(words in self.sentence for words in _TAKEN_OUT)


def sorted_out(told: StoreError, code: str = "") -> AnnodeskError:
    """The same words as ShutOut where this login may not enter, else as Unreachable."""
    if any(words in told.sentence for words in _SHUT_OUT):
        return ShutOut(told.sentence, told.hint, code)
    return Unreachable(told.sentence, told.hint)
