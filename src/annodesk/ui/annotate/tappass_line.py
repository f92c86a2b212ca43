"""What the line of keys says during a tap pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annodesk.ui.annotate.nextline import Run
    from annodesk.ui.annotate.tappass import TapPass

MOST_LABELS = 6


def runs_of(taps: TapPass, start_key: str) -> list[Run]:
    """What can be pressed now, the likeliest first; empty while there is no pass."""
    if taps.mode == "off":
        return []
    state = taps.state
    count = len([tap for tap in state.taps if tap.rate])
    if taps.mode == "tapping":
        runs: list[Run] = [("strong", "tap pass"), ("dim", f"{count} taps")]
        tier = taps.view.tier
        for one in tier.labels[:MOST_LABELS] if tier is not None else ():
            key = taps.view.label_keys.get(tier.name, {}).get(one.name, "") if tier is not None else ""
            runs += [("key", key), ("text", one.name)] if key else []
        return [*runs, ("key", "annotate.none"), ("text", "nothing"), ("key", start_key), ("text", "done")]
    if not state.taps:
        back: list[Run] = [("dim", "The taps are thrown away"), ("key", "tap.back"), ("text", "bring them back")]
        return [*back, ("key", "tap.leave"), ("text", "leave")]
    doubtful = len(state.doubtful())
    lag_ms = round(taps.lag_us / 1000)
    runs = [("key", "tap.accept"), ("text", "take all"), ("dim", f"of {count} taps, lag {lag_ms} ms")]
    if not taps.is_idle:
        runs.append(("dim", "listening for changes …"))
    runs += [("key", "tap.next"), ("text", f"{doubtful} in doubt")] if doubtful else []
    focused = state.placed_of(state.focus)
    if focused is None:
        return [*runs, ("key", start_key), ("text", "tap on"), ("key", "tap.discard"), ("text", "throw away")]
    runs += [("warn", focused.why)] if focused.why else []
    runs += [("key", "tap.earlier"), ("key", "tap.later"), ("text", "another change")]
    return [*runs, ("key", "tap.raw"), ("text", "the tap"), ("key", "tap.listen"), ("text", "hear")]
