"""What keys, palette and the gutter's mouse do to the tiers: hide, lock, move, make higher; remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtWidgets import QMenu

from annodesk.ui.annotate.tier_look import STEP_PX, TierLook
from annodesk.ui.plain import entry_text

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from annodesk.model.schema import Tier
    from annodesk.ui.actions import KeyMap
    from annodesk.ui.annotate.taskview import TaskView

_MENU = (
    ("annotate.tier_lock", "Lock", "Unlock"),
    ("annotate.tier_hide", "Hide", ""),
    ("annotate.tier_raise", "Move up", ""),
    ("annotate.tier_sink", "Move down", ""),
    ("annotate.tier_taller", "Higher", ""),
    ("annotate.tier_flatter", "Lower", ""),
)


class TierHands:
    """The handlers of the tier actions; they act on the active tier."""

    def __init__(self, view: TaskView) -> None:
        self._view = view
        lanes = view.timeline.lanes
        lanes.arranges = True
        lanes.lock_pressed.connect(self.turn_lock)
        lanes.show_all_pressed.connect(self.show_all)
        lanes.lane_dropped.connect(self._on_dropped)
        lanes.height_dragged.connect(self._on_height)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "annotate.tier_lock": lambda: self._on_active(lambda tier: self.turn_lock(tier.name)),
            "annotate.tier_hide": lambda: self._on_active(self.hide),
            "annotate.tiers_show": self.show_all,
            "annotate.tier_raise": lambda: self._on_active(lambda tier: self.move(tier, -1)),
            "annotate.tier_sink": lambda: self._on_active(lambda tier: self.move(tier, 1)),
            "annotate.tier_taller": lambda: self._on_active(lambda tier: self.grow(tier, STEP_PX)),
            "annotate.tier_flatter": lambda: self._on_active(lambda tier: self.grow(tier, -STEP_PX)),
        }

    def open_menu(self, keys: KeyMap, lane_id: str, where: QPoint) -> None:
        """The menu of a tier's title."""
        view = self._view
        view.timeline.active_lane = lane_id
        tier = view.tier
        if tier is None:
            return
        menu = QMenu(view)
        for action_id, words, turned in _MENU:
            is_on = action_id == "annotate.tier_lock" and tier.name in view.look.locked
            shown = keys.keys_of(action_id)
            title = f"{turned if is_on else words} {entry_text(tier.name)}" if words in ("Lock", "Hide") else words
            entry = menu.addAction(f"{title}\t{shown[0]}" if shown else title)
            entry.triggered.connect(lambda _checked=False, action_id=action_id: keys.trigger(action_id))
        if view.look.hidden:
            menu.addSeparator()
            menu.addAction("Show all tiers").triggered.connect(lambda: self.show_all())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def _on_active(self, do: Callable[[Tier], object]) -> None:
        tier = self._view.tier
        if tier is not None:
            do(tier)

    def _show(self, look: TierLook, sentence: str = "") -> None:
        self._view.set_look(look)
        self._view.said.emit(sentence)

    def turn_lock(self, name: str) -> None:
        """Lock a tier, or open it."""
        look = self._view.look.turned("locked", name)
        self._show(look, f"{name} is {'locked: nothing on it changes' if name in look.locked else 'open again'}.")

    def hide(self, tier: Tier) -> None:
        """Hide a tier, unless it is the only one left."""
        view = self._view
        if len(view.look.shown(view.schema)) < 2:
            view.said.emit("This is the only tier in view.")
            return
        below = view.look.shown(view.schema)
        place = below.index(tier)
        beside = below[place + 1] if place + 1 < len(below) else below[place - 1]
        view.timeline.active_lane = beside.name
        key = view.key_of("annotate.tiers_show")
        self._show(view.look.turned("hidden", tier.name), f"{tier.name} is hidden; {key or 'its line'} shows it again.")

    def show_all(self) -> None:
        """Show every tier again."""
        self._show(replace(self._view.look, hidden=frozenset()))

    def move(self, tier: Tier, by: int) -> None:
        """Move a tier up or down among those shown."""
        view = self._view
        names = [one.name for one in view.look.shown(view.schema)]
        self._show(view.look.moved(view.schema, tier.name, names.index(tier.name) + by))

    def grow(self, tier: Tier, by_px: int) -> None:
        """Make a tier higher or lower."""
        look = self._view.look
        self._show(look.with_height(tier.name, look.height_of(tier) + by_px))

    def _on_dropped(self, name: str, onto: str) -> None:
        view = self._view
        names = [one.name for one in view.look.shown(view.schema)]
        if name in names and onto in names:
            self._show(view.look.moved(view.schema, name, names.index(onto)))

    def _on_height(self, name: str, height_px: int) -> None:
        if self._view.schema.has_tier(name):
            self._show(self._view.look.with_height(name, height_px))
