"""What every workspace can do with sound, as data: speed, scrubbing, the band that is heard, and the sound panel."""

from __future__ import annotations

from annodesk.ui.actions import Action


def play_actions(scope: str, when: str, group: str = "Play") -> tuple[Action, ...]:
    """The actions of `player/playing.py`, for one workspace."""
    return (
        Action(f"{scope}.arrival", "Play on arrival, on or off", ("Shift+R",), when=when, group=group,
               help="What you go to is played at once: a task that is opened, a segment, place or text reached by key, "
                    "a row of the table, a find."),
        Action(f"{scope}.slower", "Slower", ("-", "Ctrl+Shift+1"), when=when, group=group, repeats=True,
               help="Down to a tenth; the pitch stays."),
        Action(f"{scope}.faster", "Faster", ("=", "Ctrl+Shift+3"), when=when, group=group, repeats=True,
               help="Up to four times; the pitch stays."),
        Action(f"{scope}.as_recorded", "As fast as recorded", ("`", "Ctrl+Shift+2"), when=when, group=group),
        Action(f"{scope}.scrub_back", "Scrub back", ("Alt+,", "Ctrl+Shift+5"), when=when, group=group, repeats=True,
               help="Moves the playhead and lets a moment be heard; so does dragging on the ruler and film strip, "
                    "and with Ctrl+Shift on any lane."),
        Action(f"{scope}.scrub_on", "Scrub on", ("Alt+.", "Ctrl+Shift+6"), when=when, group=group, repeats=True),
        Action(f"{scope}.hear_band", "Play only the selected frequencies", ("Ctrl+Shift+H",), when=when, group=group,
               help="Those selected on the spectrogram, or of the selected segment; again plays all of them."),
        Action(f"{scope}.mute", "Mute the recording", ("Ctrl+Shift+4",), when=when, group=group),
        Action(f"{scope}.next_recording", "Hear the next recording of the item alone", ("Ctrl+Shift+7",), when=when,
               group=group,
               help="Further microphones and the sound of videos, each from its own time; after the last all together. "
                    "At first the main recording is heard and the others are muted; each item's mix is remembered."),
        Action(f"{scope}.sound", "Sound: device, channels, loudness …", ("Ctrl+Shift+S",), when=when, group=group),
    )  # fmt: skip
