"""Sensitive content at the review desk: an item that begins muted and blurred, and plays nothing by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from annodesk.model.needs import sensitive_of
from annodesk.ui.actions import shown_key
from annodesk.ui.notices import Tone

if TYPE_CHECKING:
    from annodesk.ui.review.workspace import ReviewWorkspace


class Softening:
    """What one workspace shows and plays of what is sensitive."""

    def __init__(self, workspace: ReviewWorkspace) -> None:
        self._room = workspace
        self.is_blurred = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of sensitive content that the open item holds."""
        return sensitive_of(self._room.work.item.metadata) if self._room.work is not None else ()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {"review.reveal": self.reveal}

    def soften(self) -> None:
        """Let the open item begin without a sound and blurred, where it is sensitive, and say what it holds."""
        self._blur(bool(self.kinds))
        if self.kinds:
            key = shown_key("review.reveal")
            words = f"This one holds {in_words(self.kinds)}."
            self._room.context.notices.show(words, f"It is muted and blurred: {key} lets it be seen.", tone=Tone.WARN)

    def reveal(self) -> None:
        """Let the open item be seen and heard, or blurred and muted again."""
        if self.kinds:
            self._blur(not self.is_blurred)

    def _blur(self, is_blurred: bool) -> None:
        room, self.is_blurred = self._room, is_blurred
        room.video.set_blurred(is_blurred)
        room.desk.compare.set_blurred(is_blurred)
        room.playing.is_quiet = bool(self.kinds)
        # Not by way of the mixer, which would remember it of the recording.
        if self.kinds:
            room.transport.set_strip(replace(room.transport.strip(), is_muted=is_blurred))


def in_words(kinds: tuple[str, ...]) -> str:
    """Several kinds of content as they are said."""
    if len(kinds) < 2:
        return "".join(kinds)
    return f"{', '.join(kinds[:-1])} and {kinds[-1]}"
