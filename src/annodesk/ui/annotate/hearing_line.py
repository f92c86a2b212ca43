"""What the line of keys says during a hearing pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.ui.annotate.nextkey import next_runs

if TYPE_CHECKING:
    from annodesk.ui.annotate.hearing import HearingPass
    from annodesk.ui.annotate.nextline import Run

END = "annotate.hearing_pass"


def runs_of(hearing: HearingPass) -> list[Run]:
    """What the pass waits for, before the keys that work all the same; empty where there is nothing to say of it."""
    view = hearing.view
    if not hearing.is_on or view.work is None:
        return []
    ends: list[Run] = [("key", view.key_of(END)), ("dim", "ends the pass")]
    if hearing.phase == "grace":
        return [("strong", "Handed in in a moment"), ("text", "any key or click keeps it here")]
    if hearing.phase == "away":
        return [("strong", "Hearing pass"), ("text", "waits until this window has the keys again"), *ends]
    if hearing.phase == "asleep":
        return [
            ("warn", "Still there?"),
            ("key", view.key_of("annotate.play")),
            ("text", "plays it and goes on"),
            *ends,
        ]
    if hearing.phase == "paused":
        plays = [("key", view.key_of("annotate.play")), ("text", "plays on")]
        return [("strong", "Hearing pass:"), *plays, *next_runs(view)]
    if hearing.phase == "kept":
        return [("strong", "Kept here:"), *_hand_in(hearing), ("dim", "and goes on")]
    found = hearing.open_thing
    if found is None or (found.element is not None and not hearing.leads):
        return []  # what works on what is gone to, as without a pass
    if hearing.leads:
        return [("warn", found.sentence), ("key", view.key_of("annotate.next")), ("text", "goes there"), *ends]
    return [("strong", f"{found.sentence}:"), *next_runs(view)]


def _hand_in(hearing: HearingPass) -> list[Run]:
    """The key that hands the task in."""
    if len(hearing.view.pending):
        name, words = "take_and_submit", "takes the rest and hands it in"
    else:
        name, words = "submit", "hands it in"
    return [("key", hearing.view.key_of(f"annotate.{name}")), ("text", words)]
