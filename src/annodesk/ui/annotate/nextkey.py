"""What the next key will do, from the state of the open task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.ui.annotate.suggestions import probability, suggestion_words
from annodesk.ui.timeline.segment_paint import percent

if TYPE_CHECKING:
    from annodesk.ui.annotate.nextline import Run
    from annodesk.ui.annotate.taskview import TaskView


def next_runs(view: TaskView) -> list[Run]:
    """What the next key does, the likeliest first."""
    assert view.work is not None
    if not view.can_change:
        return [("dim", view.editor.locked if view.editor is not None else "")]
    chosen, tier = view.selected_segments(), view.tier
    if chosen and tier is not None and tier.labels and any(not s.labels for s in chosen):
        keys = view.label_keys[tier.name]
        runs: list[Run] = [("warn", "no label yet:")]
        for one in tier.labels[:6]:
            runs += [("key", keys[one.name]), ("text", one.name)] if keys[one.name] else []
        return runs
    focused = view.focused_suggestion()
    if focused is not None:
        before, name, after = suggestion_words(focused, view.timeline.playhead_us)
        runs = [("dim", before), ("strong", name), ("dim", after), *_key(view, "take", "take"),
                *_key(view, "reject", "not this")]  # fmt: skip
        above = view.work.show_above
        if any(probability(one) >= above for one in view.pending.elements):
            runs += _key(view, "take_all", f"take all above {percent(above)}")
        return [*runs, *_key(view, "take_and_submit", "take the rest and submit")]
    if view.progress().missing == ():
        word = "done, compare with the model" if view.awaits_reveal else "submit"
        return [("dim", "Everything required is answered"), *_key(view, "submit", word)]
    if tier is not None and not view.segments(tier.name) and not view.is_none(tier.name):
        if view.timeline.isHidden():
            return [("dim", f"Nothing to hear or see for {tier.name}"), *_key(view, "none", "there is none")]
        return [("dim", "Nothing here yet"), *_key(view, "draw", "draw at the playhead"),
                *_key(view, "none", "there is none")]  # fmt: skip
    if chosen:
        return [*_key(view, "play_segment", "hear it"), *_key(view, "split", "split at the playhead"),
                *_key(view, "delete", "delete")]  # fmt: skip
    return [("dim", "Still missing"), ("strong", ", ".join(view.progress().missing[:3]))]


def _key(view: TaskView, name: str, words: str) -> list[Run]:
    """The key an action has now and what it does; nothing where it has none."""
    key = view.key_of(f"annotate.{name}")
    return [("key", key), ("text", words)] if key else []
