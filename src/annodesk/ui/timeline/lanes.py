"""What the timeline is told to show: lanes of segments, marks over them, and flags at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from annodesk.model.schema import Tier

LaneStyle = Literal["person", "suggestion", "other", "ruling"]
MarkKind = Literal["disagreement", "ruled", "heard"]


class LaneSpec(Struct, frozen=True):
    """One lane: filled for ``person``, dashed and dimmer for ``suggestion``, framed for ``ruling``.

    ``height`` is in pixels at a normal text size; a lane grows with larger text.
    """

    id: str
    title: str
    tier: Tier
    style: LaneStyle = "person"
    editable: bool = False
    height: int = 38
    locked: bool = False
    depth: int = 0
    says_hidden: bool = False
    """Whether it shows nothing at a disputed place until that is ruled, and says so there."""

    @property
    def refusal(self) -> str:
        """Why nothing can be changed on it."""
        if self.locked:
            return f"{self.title or self.tier.name} is locked: the lock beside its name opens it."
        return f"{self.title or self.tier.name} cannot be changed here."


class Mark(Struct, frozen=True):
    """A stretch that wants attention; ``lane`` limits the amber "yours to decide" frame to one ruling lane.

    ``words`` say on that lane what was ruled where there is no one answer.
    """

    start_us: int
    end_us: int
    kind: MarkKind
    key: str = ""
    lane: str = ""
    words: str = ""


class Flag(Struct, frozen=True):
    """A comment, one of the person's own bookmarks, or a pin (done or not), at a time."""

    time_us: int
    kind: Literal["comment", "bookmark", "pin", "done"]
    text: str = ""
