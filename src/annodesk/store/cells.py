"""Names of the figures that are rolled up, and how their parts are written: days, reasons, parts and labels.

A figure is how many (``n``) and the sum of their values (``total``). Days count from 1970, by UTC.
"""

from __future__ import annotations

from annodesk.model.records import LATEST

DAY_US = 86_400_000_000
SEP = "\t"
"""Between what a figure's part is made of; no name of a project can have it in it."""

BAND = "band"
"""Items by how far they are, and their microseconds: ``Band``."""
UNSETTLED_IN = "unsettled in batch"
"""Items that are not settled, by batch."""
SETTLED_ON, HANDED_ON, REVIEWED_ON, REOPENED_ON = "settled on", "handed in on", "reviewed on", "reopened on"
"""Items settled, sets handed in and reviewed with the microseconds of work on them, and items opened again, by day."""
RAISED_ON = "escalated on"
"""Escalations by day and reason."""
WAITS_BY, WAITS_SINCE = "waits by reason", "waits since"
"""Open escalations by reason, with the sum of the seconds since 1970 at which they were raised; items by day."""
AGREED_ON, AGREED_OF = "agreement on", "agreement of version"
"""Agreement by day, or by version of the project, then part and label (both empty for whole items), in millionths."""
SQUARED = " squared"
"""What a figure's name ends with that has the sum of the values squared."""
MODEL_ON, REFERENCE_ON = "model on", "reference on"
"""How unaided answers agree with the model, and answers with what a reference is known to be, by day and part."""
WORK_ON, WORK_TIMES = "work on", "work times"
"""What handed-in sets took, by day and measure, and the sums of every two measures multiplied, in hundredths."""

STARVED = "starved"
"""Tasks that the people there are cannot finish, by needed skills; as value how many have those, and are missing."""
MANY = 1_000_000
"""In the value of `STARVED` the people who have the skills count so much each, those who are missing 1."""

MEASURES = ("one", "length", "segments", "aided", "time")
"""Of a handed-in set: 1, minutes of its task, how much is in it, whether suggestions were in view, minutes of work."""


def day_of(at_us: int) -> int:
    """The day of a time; what a clock gone wrong has written counts as the first or the last there is."""
    return min(max(at_us, 0), LATEST) // DAY_US


def part_of(*names: str | int) -> str:
    """The part of a figure that is about all of these."""
    return SEP.join(str(name) for name in names)
